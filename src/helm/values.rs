//! The values of a chart: its values file and `valuesInline`, merged as kustomize merges them.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use rustomize_yaml::{Dialect, NodeId, Road, Source, Spanned, Style, Tag, Tree, canonicalise, emit, read_document};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::diagnostics::{Code, Error, Result};
use crate::patch::merge_values;

/// Whose values win, `valuesMerge` in a kustomization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ValuesMerge {
    /// Those of `valuesInline`.
    #[default]
    Override,
    /// Those of the file.
    Merge,
    /// `valuesInline` are all that there are.
    Replace,
}

impl ValuesMerge {
    /// The mode of that name, the empty one too; `None` for an unknown name.
    pub fn from_name(name: &str) -> Option<ValuesMerge> {
        match name {
            "" | "override" => Some(ValuesMerge::Override),
            "merge" => Some(ValuesMerge::Merge),
            "replace" => Some(ValuesMerge::Replace),
            _ => None,
        }
    }
}

/// A file of values.
pub(super) struct ValuesFile {
    /// The file as the kustomization names it.
    pub entry: Spanned<String>,
    /// The file itself, if it lies in a chart that was pulled.
    pub pulled: Option<PathBuf>,
    /// Whether it is the chart's own, which nobody has named.
    pub is_own: bool,
}

impl ValuesFile {
    pub fn bytes(&self, context: &Context) -> Result<Arc<[u8]>> {
        let read = match &self.pulled {
            None => context.loader.bytes(&self.entry),
            Some(path) => fs::read(path).map(Arc::from).map_err(|error| {
                let code = if error.kind() == ErrorKind::NotFound { Code::MissingFile } else { Code::Unreadable };
                Error::new(code, format!("{}: {error}", context.loader.show(path)))
            }),
        };
        read.map_err(|error| self.explain(error))
    }

    pub fn text(&self, context: &Context) -> Result<Arc<Source>> {
        match &self.pulled {
            Some(path) => context.sources.add_bytes(&context.loader.show(path), self.bytes(context)?.to_vec()),
            None => context.loader.text(&self.entry).map_err(|error| self.explain(error)),
        }
    }

    /// A chart can do without values for Helm, and not for kustomize.
    fn explain(&self, error: Error) -> Error {
        let needs_advice = self.is_own && error.code() == Code::MissingFile && error.diagnostic().help.is_none();
        if needs_advice {
            error.help("a chart needs a values.yaml, which may be empty; or name another file with `valuesFile`")
        } else {
            error
        }
    }
}

/// `valuesInline` alone, as YAML.
pub(super) fn printed(inline: &Map<String, Value>) -> Result<String> {
    print(tree_of(inline))
}

/// What the file and `valuesInline` come to, as YAML.
///
/// They merge as a strategic merge patch does, so a null takes a value away: Helm then has the chart's own value. Fails
/// for a file that is empty or not YAML, and where one side has a mapping and the other has not.
pub(super) fn merged(
    file: &Arc<Source>,
    inline: &Map<String, Value>,
    mode: ValuesMerge,
    context: &Context,
) -> Result<String> {
    let from_file = (read(file)?, file.name.as_str());
    let inline = (through_yaml(tree_of(inline))?, "`valuesInline`");
    let ((mut values, name), (over, over_name)) = match mode {
        ValuesMerge::Merge => (inline, from_file),
        ValuesMerge::Override | ValuesMerge::Replace => (from_file, inline),
    };
    merge_values(&mut values, &over, [over_name, name], context.schema, context.sources)?;
    print(decoded(values, file)?)
}

fn read(file: &Arc<Source>) -> Result<Tree> {
    let tree = read_document(file, Dialect::Yaml12).map_err(|error| Error::from_yaml(error, file))?;
    tree.ok_or_else(|| {
        Error::new(Code::Helm, format!("{} is empty, and `valuesInline` cannot be merged with nothing", file.name))
            .help("write `valuesMerge: replace` beside `valuesInline`, or `{}` into the file")
    })
}

/// Values as Go decodes them from the merged nodes: their types are fixed, keys are strings.
fn decoded(mut tree: Tree, file: &Arc<Source>) -> Result<Tree> {
    let root = tree.root();
    // The outermost keys may be of any type, since they are decoded as strings.
    let keys: Vec<NodeId> = tree.entries(root).map(|(key, _)| key).filter(|&key| !tree.is_null(key)).collect();
    for key in keys {
        tree.set_tag(key, Tag::Str);
    }
    canonicalise(&mut tree, root, Road::List).map_err(|error| Error::from_yaml(error, file))?;
    Ok(tree)
}

/// The tree as kustomize has it after printing it and reading that: merging goes by the text of numbers.
fn through_yaml(mut tree: Tree) -> Result<Tree> {
    let root = tree.root();
    canonicalise(&mut tree, root, Road::Json6902Value).map_err(unplaced)?;
    Ok(tree)
}

fn print(tree: Tree) -> Result<String> {
    let mut text = String::new();
    emit(&tree, tree.root(), &mut text).map_err(unplaced)?;
    Ok(text)
}

fn unplaced(error: rustomize_yaml::Error) -> Error {
    let failure = Error::new(Code::of_yaml(error.kind), format!("the values of the chart: {}", error.message));
    error.help.into_iter().fold(failure, Error::help)
}

/// `valuesInline` as nodes. All numbers are floats, as they come out of Go's JSON.
fn tree_of(values: &Map<String, Value>) -> Tree {
    let mut tree = Tree::made();
    let root = mapping(&mut tree, values);
    tree.set_root(root);
    tree
}

fn mapping(tree: &mut Tree, values: &Map<String, Value>) -> NodeId {
    let mapping = tree.new_mapping();
    for (key, value) in values {
        let key = tree.new_scalar(key, Tag::Str, Style::DoubleQuoted);
        let value = node(tree, value);
        tree.append_entry(mapping, key, value);
    }
    mapping
}

fn node(tree: &mut Tree, value: &Value) -> NodeId {
    match value {
        Value::Null => tree.new_scalar("null", Tag::Null, Style::Plain),
        Value::Bool(value) => tree.new_scalar(&value.to_string(), Tag::Bool, Style::Plain),
        Value::Number(number) => {
            let float = number.as_f64().unwrap_or_default();
            tree.new_scalar(&format!("{float:e}"), Tag::Float, Style::Plain)
        }
        Value::String(text) => tree.new_scalar(text, Tag::Str, Style::DoubleQuoted),
        Value::Array(items) => {
            let sequence = tree.new_sequence();
            for item in items {
                let item = node(tree, item);
                tree.push(sequence, item);
            }
            sequence
        }
        Value::Object(values) => mapping(tree, values),
    }
}
