//! JSON patches (RFC 6902), as leniently as kustomize reads and applies them.
//!
//! A patch is YAML, or JSON when it begins with `[`. Its values go into the resource by way of JSON, and so does the
//! whole resource: see [`Road`].

mod apply;
mod json_text;
mod pointer;
mod test;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use apply::Applying;
use rustomize_yaml::{Dialect, Kind, NodeId, Road, Source, Tree, canonicalise, read_document};

use crate::diagnostics::{Code, Error, Result, Span};

/// A parsed JSON patch.
#[derive(Debug)]
pub struct JsonPatch {
    /// The patch with its values as they come into a resource.
    tree: Tree,
    /// The patch as it was read, of which nodes have the same ids: what `test` compares with.
    read: Tree,
    is_json: bool,
    operations: Vec<Operation>,
    touches_annotations: bool,
}

/// One operation. What is wrong with it is found out only when it is applied.
#[derive(Debug)]
struct Operation {
    place: NodeId,
    kind: String,
    path: Option<String>,
    from: Option<String>,
    /// `None` for a null too: kustomize does not tell them apart.
    value: Option<NodeId>,
}

impl JsonPatch {
    /// Parses a patch; a text without content is a patch without operations.
    ///
    /// Fails for what is neither YAML nor JSON, and for what is not a list of mappings.
    pub fn parse(source: &Arc<Source>) -> Result<JsonPatch> {
        let is_json = source.text().starts_with('[');
        let tree = if is_json { json_text::read(source).map(Some) } else { read_document(source, Dialect::Yaml11) };
        let Some(mut tree) = tree.map_err(|error| Error::from_yaml(error, source))? else {
            let (tree, read, operations) = (Tree::made(), Tree::made(), Vec::new());
            return Ok(JsonPatch { tree, read, is_json, operations, touches_annotations: false });
        };
        let root = tree.root();
        let refused = |tree: &Tree, id: NodeId, message: &str| {
            let span = Span { source: source.clone(), at: tree.node(id).at, len: 0 };
            Error::new(Code::InvalidPatch, message).label(span, "")
        };
        if !tree.is_sequence(root) && !tree.is_null(root) {
            return Err(refused(&tree, root, "a JSON patch is a list of operations"));
        }
        let wrong = tree.items(root).find(|&item| !tree.is_mapping(item) && !tree.is_null(item));
        if let Some(item) = wrong {
            return Err(refused(&tree, item, "an operation of a JSON patch is a mapping"));
        }
        let operations: Vec<Operation> = tree.items(root).map(|item| Operation::read(&tree, item)).collect();
        let touches_annotations = operations.iter().any(Operation::touches_annotations);
        let read = tree.clone();
        canonicalise(&mut tree, root, Road::Json6902Value).map_err(|error| Error::from_yaml(error, source))?;
        Ok(JsonPatch { tree, read, is_json, operations, touches_annotations })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        self.tree.source()
    }

    /// Whether it has no operations.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Whether an operation reads or writes annotations as a whole, or what holds them.
    pub fn touches_annotations(&self) -> bool {
        self.touches_annotations
    }
}

impl Operation {
    fn read(tree: &Tree, item: NodeId) -> Operation {
        let text = |key: &str| {
            let value = tree.get(item, key)?;
            (tree.kind(value) == Kind::Scalar && is_string(tree, value)).then(|| tree.text(value).to_owned())
        };
        Operation {
            place: item,
            kind: text("op").unwrap_or_default(),
            path: text("path"),
            from: text("from"),
            value: tree.get(item, "value").filter(|&value| !tree.is_null(value)),
        }
    }

    fn touches_annotations(&self) -> bool {
        [&self.path, &self.from].into_iter().flatten().any(|path| {
            let mut parts = path.split('/').skip(1);
            let (first, second) = (parts.next().unwrap_or_default(), parts.next());
            first.is_empty() || (first == "metadata" && second.is_none_or(|name| name == "annotations"))
        })
    }
}

/// Whether JSON has a string for the scalar.
fn is_string(tree: &Tree, id: NodeId) -> bool {
    use rustomize_yaml::{Scalar, scalar_value};
    let value = scalar_value(tree.tag(id), tree.style(id), tree.text(id), Dialect::Yaml11);
    matches!(value, Ok(Scalar::Str(_)))
}
