use std::collections::HashSet;
use std::sync::Arc;

use rustomize_yaml::{Dialect, NodeId, Style, Tag, Tree, emit, emit_for_file, resolve};

use super::Steps;
use crate::diagnostics::{Code, Diagnostic, Error, Result, Sources};
use crate::parallel;
use crate::resource::{ORIGIN, Resource, ResourceSet, TRANSFORMATIONS, get_or_create_mapping, is_build_annotation};

/// What a build came to, as text.
#[derive(Debug, Clone, Default)]
pub struct Output {
    text: String,
    /// The resources as they were printed.
    resources: Vec<Resource>,
    /// Where the text of each resource ends.
    ends: Vec<usize>,
    /// The texts are for files already.
    file_each: bool,
    warnings: Vec<Diagnostic>,
}

impl Output {
    /// All resources, with `---` between them.
    pub fn yaml(&self) -> &str {
        &self.text
    }

    /// The resources, each with its text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&Resource, &str)> {
        let mut start = 0;
        self.resources.iter().zip(&self.ends).map(move |(resource, end)| {
            let text = &self.text[start..*end];
            start = *end + SEPARATOR.len();
            (resource, text)
        })
    }

    /// The same output, with what there was to warn of.
    pub(crate) fn with_warnings(self, warnings: Vec<Diagnostic>) -> Output {
        Output { warnings, ..self }
    }

    /// What there was to warn of.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The resources as they were printed, in order.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter()
    }

    /// The text of the resource at a position.
    pub(crate) fn text_of(&self, position: usize) -> Option<&str> {
        let end = *self.ends.get(position)?;
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before] + SEPARATOR.len());
        self.text.get(start..end)
    }

    /// The name and the text of a file for each resource, as `build --output DIRECTORY` writes them.
    ///
    /// The names begin with the namespace when the resources lie in more than one. Fails for a resource whose name
    /// would make the file lie somewhere else.
    pub fn files(&self) -> Result<Vec<(String, String)>> {
        let namespaces: HashSet<&str> = self.resources.iter().filter_map(namespace).collect();
        let files = self.texts().map(|(resource, text)| {
            let name = match namespace(resource) {
                Some(namespace) if namespaces.len() > 1 => {
                    format!("{}_{}", namespace.to_lowercase(), file_name(resource))
                }
                _ => file_name(resource),
            };
            if name.contains(['/', '\\']) {
                let message = format!("a resource cannot be written to a file called `{name}`");
                return Err(
                    Error::new(Code::Output, message).help("write to stdout or to one file instead of a directory")
                );
            }
            Ok((name, if self.file_each { text.to_owned() } else { text_for_file(resource)? }))
        });
        files.collect()
    }
}

fn text_for_file(resource: &Resource) -> Result<String> {
    let mut text = String::new();
    let tree = resource.tree();
    emit_for_file(tree, tree.root(), &mut text).map_err(|error| Error::new(Code::Output, error.message))?;
    Ok(text)
}

/// The effective namespace; `None` for what cannot be in one.
fn namespace(resource: &Resource) -> Option<&str> {
    let id = resource.id();
    (!id.is_cluster_scoped()).then(|| id.effective_namespace())
}

/// Group, version, kind and name in lower case, with `_` between those that are there.
fn file_name(resource: &Resource) -> String {
    let gvk = &resource.id().gvk;
    let parts = [gvk.group(), gvk.version(), gvk.kind()].into_iter().filter(|part| !part.is_empty());
    let types = parts.collect::<Vec<_>>().join("_");
    format!("{}_{}.yaml", types.to_lowercase(), resource.name().to_lowercase())
}

/// What stands between two resources.
pub(super) const SEPARATOR: &str = "---\n";

/// Which notes of its making a resource carries into the output.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Where it came from.
    pub origins: bool,
    /// Which transformers touched it.
    pub transformations: bool,
    /// Whether each resource gets a file of its own.
    pub file_each: bool,
    /// What the steps are called, for errors.
    pub steps: Arc<Steps>,
}

/// Turns resources into text: kustomize's own annotations go, those that were asked for come, all annotations become
/// strings.
///
/// Fails for the first resource that cannot be printed, at the value that is the cause.
pub fn render(resources: ResourceSet, notes: &Notes, sources: &Sources) -> Result<Output> {
    let mut resources = resources.into_vec();
    let work = work_for(&resources);
    let parts = parallel::map_parts(&mut resources, work, |part| Part::render(part, notes, sources));
    let mut parts = parts.into_iter().collect::<Result<Vec<Part>>>()?;
    let Part { text, ends } = if parts.len() == 1 { parts.swap_remove(0) } else { Part::joined(parts) };
    Ok(Output { text, resources, ends, file_each: notes.file_each, warnings: Vec::new() })
}

/// The text of resources that follow one another, and where that of each ends.
struct Part {
    text: String,
    ends: Vec<usize>,
}

impl Part {
    fn render(resources: &mut [Resource], notes: &Notes, sources: &Sources) -> Result<Part> {
        let text = String::with_capacity(resources.iter().map(room_for).sum());
        let mut part = Part { text, ends: Vec::with_capacity(resources.len()) };
        for resource in resources {
            if !part.ends.is_empty() {
                part.text.push_str(SEPARATOR);
            }
            append_text(resource, notes, sources, &mut part.text)?;
            part.ends.push(part.text.len());
        }
        Ok(part)
    }

    fn joined(parts: Vec<Part>) -> Part {
        let length = parts.iter().map(|part| part.text.len() + SEPARATOR.len()).sum();
        let mut joined = Part { text: String::with_capacity(length), ends: Vec::new() };
        for part in parts {
            if !joined.ends.is_empty() {
                joined.text.push_str(SEPARATOR);
            }
            let start = joined.text.len();
            joined.ends.extend(part.ends.into_iter().map(|end| start + end));
            joined.text.push_str(&part.text);
        }
        joined
    }
}

/// How many nodes take as long to print as it takes to change a resource a little.
const NODES_PER_WORK: usize = 16;

/// How much work it is to print resources, in the measure of [`parallel`].
pub(super) fn work_for(resources: &[Resource]) -> usize {
    resources.iter().map(|resource| resource.tree().node_count()).sum::<usize>() / NODES_PER_WORK
}

/// About how many bytes a node becomes.
const BYTES_PER_NODE: usize = 14;

/// About how many bytes a resource becomes.
pub(super) fn room_for(resource: &Resource) -> usize {
    resource.tree().node_count() * BYTES_PER_NODE
}

/// Appends the text of a resource, after the last changes to its annotations. Fails where it cannot be printed.
pub(super) fn append_text(resource: &mut Resource, notes: &Notes, sources: &Sources, text: &mut String) -> Result<()> {
    finish_annotations(resource, notes, sources)?;
    let tree = resource.tree();
    let emit = if notes.file_each { emit_for_file } else { emit };
    emit(tree, tree.root(), text).map_err(|error| {
        let step = notes.steps.name(error.step);
        let error = Error::of_node(error, sources).note(format!("while printing {}", resource.id()));
        step.into_iter().fold(error, |error, step| error.note(format!("written last by {step}")))
    })
}

/// Brings the annotations into the form that they are printed in, which upstream does by writing them all anew.
fn finish_annotations(resource: &mut Resource, notes: &Notes, sources: &Sources) -> Result<()> {
    let tree = resource.tree();
    let Some(metadata) = tree.get(tree.root(), "metadata") else {
        // Only a list needs none; upstream makes some where it takes its notes away.
        let tree = resource.body_mut();
        let (root, metadata) = (tree.root(), tree.new_mapping());
        tree.set(root, "metadata", metadata);
        return Ok(());
    };
    if !tree.is_mapping(metadata) && !tree.is_null(metadata) {
        let message = format!("the `metadata` of {} is no mapping", resource.id());
        return Err(Error::new(Code::InvalidResource, message).label_if(sources.span(tree, metadata), ""));
    }
    let existing = tree.get(metadata, "annotations");
    let is_finished = |map| tree.is_mapping(map) && !tree.is_empty(map) && is_finished(tree, map, notes);
    if existing.is_none_or(is_finished) {
        return Ok(());
    }
    let tree = resource.body_mut();
    tree.part_twins();
    let map = get_or_create_mapping(tree, metadata, "annotations");
    to_mapping(tree, map)?;
    tree.drop_repeats(map);
    make_strings(tree, map, notes);
    if tree.is_empty(map) {
        tree.remove(metadata, "annotations");
    }
    Ok(())
}

fn is_dropped(key: &str, notes: &Notes) -> bool {
    match key {
        ORIGIN => !notes.origins,
        TRANSFORMATIONS => !notes.transformations,
        _ => is_build_annotation(key),
    }
}

/// Whether writing the annotations anew would change nothing that is printed.
fn is_finished(tree: &Tree, map: NodeId, notes: &Notes) -> bool {
    let is_flow = tree.style(map) == Style::Flow;
    !tree.has_repeats()
        && tree.entries(map).all(|(key, value)| {
            !is_dropped(tree.text(key), notes)
                && is_finished_key(tree, key)
                && is_finished_value(tree, value)
                && !(is_flow && tree.text(value).contains('\n'))
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

fn make_strings(tree: &mut Tree, map: NodeId, notes: &Notes) {
    tree.set_style(map, Style::Plain);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::test_support::{resources, with_files};

    fn rendered(text: &str) -> Result<Output> {
        with_files(&[], |context| {
            let set = resources(text, context).into_iter().collect();
            render(set, &Notes::default(), context.sources)
        })
    }

    /// The annotations as they are printed, for those that are written; the expectations were printed by kustomize.
    fn annotations(written: &str) -> Result<String> {
        let output = rendered(&format!("kind: A\nmetadata:\n  name: x\n  annotations: {written}\n"))?;
        let inside = output.yaml().strip_prefix("kind: A\nmetadata:\n").unwrap();
        Ok(inside.strip_suffix("  name: x\n").unwrap().to_owned())
    }

    #[test]
    fn annotations_become_strings() {
        for (written, expected) in [
            ("{a: ~, b: 1.0, c: 0x1F}", "  annotations:\n    a: \"~\"\n    b: \"1.0\"\n    c: \"0x1F\"\n"),
            ("{d: 2020-01-01, e: !!binary aGVsbG8=}", "  annotations:\n    d: \"2020-01-01\"\n    e: aGVsbG8=\n"),
            (
                "{a: null, b: , f: {x: y}, g: [1]}",
                "  annotations:\n    a: \"null\"\n    b: \"\"\n    f: \"\"\n    g: \"\"\n",
            ),
            ("{h: yes, i: !foo bar}", "  annotations:\n    h: \"yes\"\n    i: bar\n"),
            ("[a, b]", "  annotations:\n    a: b\n"),
            ("null", ""),
            ("{}", ""),
            ("text", ""),
        ] {
            assert_eq!(annotations(written).unwrap(), expected, "{written}");
        }
        assert!(annotations("{'1': a}").is_err(), "the quotes of a key are forgotten");
        assert!(annotations("{a: \"\\tx\\ny\"}").is_err(), "a block cannot begin with a tab");
        assert!(annotations("[a]").is_err());
    }

    #[test]
    fn a_list_without_items_gets_metadata() {
        for (written, expected) in [
            ("{kind: FooList, a: b}", Some("a: b\nkind: FooList\nmetadata: {}\n")),
            ("{kind: FooList, metadata: ~}", Some("kind: FooList\nmetadata: null\n")),
            ("{kind: FooList, metadata: []}", None),
            ("{kind: FooList, metadata: x}", None),
        ] {
            assert_eq!(rendered(written).ok().as_ref().map(Output::yaml), expected, "{written}");
        }
    }

    #[test]
    fn annotations_of_kustomize_go() {
        let written = "{config.kubernetes.io/origin: x, config.kubernetes.io/index: '1', \
                       internal.config.kubernetes.io/previousNames: x, internal.config.kubernetes.io/foo: b}";
        let expected = "  annotations:\n    internal.config.kubernetes.io/foo: b\n";
        assert_eq!(annotations(written).unwrap(), expected);
    }

    #[test]
    fn a_value_that_cannot_be_printed_is_shown() {
        let error = rendered("kind: A\nspec:\n  a: .inf\n").unwrap_err().to_string();
        assert!(error.contains("test.yaml:3:6"), "{error}");
    }

    #[test]
    fn files_are_named_after_their_resources() {
        let one = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: Web}}\n";
        let two = "---\n{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n";
        let three = "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: Prod}}\n";
        let names = |text: &str| {
            let files = rendered(text).unwrap().files().unwrap();
            assert!(files.iter().all(|(_, text)| text.starts_with("apiVersion") && !text.contains("---")));
            files.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[one, two].concat()), ["apps_v1_deployment_web.yaml", "v1_namespace_a.yaml"]);
        let all = ["default_apps_v1_deployment_web.yaml", "v1_namespace_a.yaml", "prod_v1_service_web.yaml"];
        assert_eq!(names(&[one, two, three].concat()), all);
        assert!(rendered("{kind: A, metadata: {name: ../x}}").unwrap().files().is_err());
    }

    /// As kustomize does: it prints one line break more than it writes.
    #[test]
    fn folded_texts_differ_between_stdout_and_files() {
        let output = rendered("kind: A\nmetadata:\n  name: x\nspec: >\n  a\n\n   b\n  c\n").unwrap();
        assert!(output.yaml().ends_with("spec: |\n  a\n\n\n   b\n  c\n"), "{}", output.yaml());
        assert!(output.files().unwrap()[0].1.ends_with("spec: |\n  a\n\n   b\n  c\n"));
    }
}
