use std::ops::Range;

use rustomize_yaml::{Dialect, NodeId, Style, Tag, Tree, emit, resolve};

use super::origin::{origin_text, transformations_text};
use crate::diagnostics::{Code, Diagnostic, Error, Result, Sources};
use crate::resource::{Resource, ResourceSet, get_or_create_mapping, is_build_annotation};

/// What a build came to, as text.
#[derive(Debug, Clone, Default)]
pub struct Output {
    text: String,
    documents: Vec<Document>,
    warnings: Vec<Diagnostic>,
}

#[derive(Debug, Clone)]
struct Document {
    range: Range<usize>,
    /// What its file is called, but for the namespace.
    file_name: String,
    /// The effective namespace; `None` for what cannot be in one.
    namespace: Option<String>,
}

impl Output {
    /// All resources, with `---` between them.
    pub fn yaml(&self) -> &str {
        &self.text
    }

    /// The same output, with what there was to warn of.
    pub(crate) fn with_warnings(self, warnings: Vec<Diagnostic>) -> Output {
        Output { warnings, ..self }
    }

    /// What there was to warn of.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The name and the text of a file for each resource, as `build --output DIRECTORY` writes them.
    ///
    /// The names begin with the namespace when the resources lie in more than one. Fails for a resource whose name
    /// would make the file lie somewhere else.
    pub fn files(&self) -> Result<Vec<(String, String)>> {
        let mut namespaces: Vec<&str> = self.documents.iter().filter_map(|one| one.namespace.as_deref()).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let name = |document: &Document| match &document.namespace {
            Some(namespace) if namespaces.len() > 1 => format!("{}_{}", namespace.to_lowercase(), document.file_name),
            _ => document.file_name.clone(),
        };
        let files = self.documents.iter().map(|one| (name(one), self.text[one.range.clone()].to_owned()));
        let files: Vec<(String, String)> = files.collect();
        match files.iter().find(|(name, _)| name.contains(['/', '\\'])) {
            None => Ok(files),
            Some((name, _)) => {
                Err(Error::new(Code::Output, format!("a resource cannot be written to a file called `{name}`"))
                    .help("write to stdout or to one file instead of a directory"))
            }
        }
    }
}

/// Which notes of its making a resource carries into the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notes {
    /// Where it came from.
    pub origins: bool,
    /// Which transformers touched it.
    pub transformations: bool,
}

pub const ORIGIN: &str = "config.kubernetes.io/origin";
pub const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Turns resources into text: kustomize's own annotations go, those that were asked for come, all annotations become
/// strings.
///
/// Fails for the first resource that cannot be printed, at the value that is the cause.
pub fn render(resources: ResourceSet, notes: Notes, sources: &Sources) -> Result<Output> {
    let mut output = Output { documents: Vec::with_capacity(resources.len()), ..Output::default() };
    for mut resource in resources.into_vec() {
        finish_annotations(&mut resource, notes)?;
        if !output.text.is_empty() {
            output.text.push_str("---\n");
        }
        let start = output.text.len();
        let tree = resource.tree();
        emit(tree, tree.root(), &mut output.text)
            .map_err(|error| Error::of_node(error, sources).note(format!("while printing {}", resource.id())))?;
        output.documents.push(Document {
            range: start..output.text.len(),
            file_name: file_name(&resource),
            namespace: (!resource.id().is_cluster_scoped()).then(|| resource.id().effective_namespace().to_owned()),
        });
    }
    Ok(output)
}

/// Group, version, kind and name in lower case, with `_` between those that are there.
fn file_name(resource: &Resource) -> String {
    let gvk = &resource.id().gvk;
    let parts = [&gvk.group, &gvk.version, &gvk.kind].into_iter().filter(|part| !part.is_empty());
    let types = parts.map(String::as_str).collect::<Vec<_>>().join("_");
    format!("{}_{}.yaml", types.to_lowercase(), resource.name().to_lowercase())
}

/// Brings the annotations into the form that they are printed in, which upstream does by writing them all anew.
fn finish_annotations(resource: &mut Resource, notes: Notes) -> Result<()> {
    let origin = resource.book.origin.as_ref().filter(|_| notes.origins).map(origin_text);
    let transformations = Some(&resource.book.transformations).filter(|list| notes.transformations && !list.is_empty());
    let transformations = transformations.map(|list| transformations_text(list));
    let tree = resource.tree();
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return Ok(()) };
    let existing = tree.get(metadata, "annotations");
    let is_finished = |map| tree.is_mapping(map) && !tree.is_empty(map) && is_finished(tree, map, notes);
    if origin.is_none() && transformations.is_none() && existing.is_none_or(is_finished) {
        return Ok(());
    }
    let tree = resource.body_mut();
    tree.part_twins();
    let map = get_or_create_mapping(tree, metadata, "annotations");
    to_mapping(tree, map)?;
    make_strings(tree, map, notes);
    if let Some(origin) = origin {
        tree.set_string(map, ORIGIN, &origin);
    }
    if let Some(transformations) = transformations {
        let before = tree.get(map, TRANSFORMATIONS).map(|id| tree.text(id).to_owned()).unwrap_or_default();
        tree.set_string(map, TRANSFORMATIONS, &(before + &transformations));
    }
    if tree.is_empty(map) {
        tree.remove(metadata, "annotations");
    }
    Ok(())
}

fn is_dropped(key: &str, notes: Notes) -> bool {
    match key {
        ORIGIN => !notes.origins,
        TRANSFORMATIONS => !notes.transformations,
        _ => is_build_annotation(key),
    }
}

/// Whether writing the annotations anew would change nothing that is printed.
fn is_finished(tree: &Tree, map: NodeId, notes: Notes) -> bool {
    tree.entries(map).all(|(key, value)| {
        !is_dropped(tree.text(key), notes) && is_finished_key(tree, key) && is_finished_value(tree, value)
    })
}

/// A key that was a string only because of its quotes loses them, and can then not be printed, as upstream.
fn is_finished_key(tree: &Tree, key: NodeId) -> bool {
    tree.tag(key) == Tag::Unset || resolve(tree.text(key), Dialect::Yaml12) == Tag::Str
}

fn is_finished_value(tree: &Tree, value: NodeId) -> bool {
    let has_style = match tree.style(value) {
        Style::Folded => false,
        Style::SingleQuoted | Style::DoubleQuoted => !tree.text(value).contains('\n'),
        Style::Plain | Style::Literal | Style::Flow => true,
    };
    tree.is_scalar(value) && tree.tag(value) == Tag::Str && has_style
}

fn make_strings(tree: &mut Tree, map: NodeId, notes: Notes) {
    let entries: Vec<(NodeId, NodeId)> = tree.entries(map).collect();
    for (key, value) in entries {
        if is_dropped(tree.text(key), notes) {
            tree.remove_entry(map, key);
            continue;
        }
        if !is_finished_key(tree, key) {
            let text = tree.text(key).to_owned();
            let untagged = tree.new_scalar(&text, Tag::Unset, Style::Plain);
            tree.assign(key, untagged);
        }
        if !is_finished_value(tree, value) {
            let text = tree.text(value).to_owned();
            tree.set_typed(value, Tag::Str, &text);
            tree.set_style(value, if text.contains('\n') { Style::Literal } else { Style::Plain });
        }
    }
}

/// Makes a mapping of what upstream takes for one: the items of a list are keys and values in turn, a scalar is empty.
fn to_mapping(tree: &mut Tree, node: NodeId) -> Result<()> {
    if tree.is_mapping(node) {
        return Ok(());
    }
    let items: Vec<NodeId> = tree.items(node).collect();
    if !items.len().is_multiple_of(2) {
        return Err(Error::new(Code::InvalidResource, "`metadata.annotations` is a list, not a mapping"));
    }
    let mapping = tree.new_mapping();
    tree.assign(node, mapping);
    for pair in items.chunks_exact(2) {
        tree.append_entry(node, pair[0], pair[1]);
    }
    Ok(())
}
