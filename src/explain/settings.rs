//! Which setting of a step made a value: the entry of a kustomization, or of the file that configures the step.

use rustomize_yaml::{FileId, NodeId, Spanned, Tree, from_node_lenient};

use super::causes::Marks;
use super::definitions;
use super::journal::{Mark, Step, steps};
use super::texts::{Text, Texts};
use crate::compat::Compat;
use crate::kustomization::Image;
use crate::refs::FieldSpecs;
use crate::transform::ImageTagTransformer;

/// A change whose setting is looked for.
pub(crate) struct Change<'a> {
    pub step: &'a Step,
    /// The fields on the way to the value.
    pub keys: &'a [&'a str],
    /// The text before.
    pub before: Option<&'a str>,
}

/// Settings that made a change.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Their places, the narrowest first.
    pub marks: Marks,
    /// The text that the narrowest says, where it says nothing else.
    says: Option<Box<str>>,
    /// Whether they speak of the very value that was changed, whatever it was.
    is_specific: bool,
}

impl Found {
    fn at(marks: Marks, is_specific: bool) -> Found {
        Found { marks, says: None, is_specific }
    }

    /// Whether they speak of a value that was this before: the same value again is set by a setting that says it, and in
    /// passing by any other.
    pub fn is_specific(&self, before: Option<&str>) -> bool {
        self.is_specific || (self.says.is_some() && self.says.as_deref() == before)
    }
}

/// Whether the settings of a step depend on the name of the field alone, whatever the value was and where it stands.
pub(crate) fn depend_on_field(step: &Step) -> bool {
    matches!(
        step.kind.as_str(),
        "NamespaceTransformer"
            | "PrefixTransformer"
            | "SuffixTransformer"
            | "LabelTransformer"
            | "AnnotationsTransformer"
            | "ReplicaCountTransformer"
    )
}

/// The settings that made a change.
pub(crate) fn find(texts: &Texts, change: &Change) -> Found {
    let step = change.step;
    let Some(text) = texts.file(step.kustomization) else { return Found::default() };
    let root = text.trees().first().map(|tree| (tree, tree.root()));
    if step.setting.is_some() && step.setting.file != step.kustomization {
        let Some(text) = texts.file(step.setting.file) else {
            return Found::at(Marks::from_slice(&[step.setting]), false);
        };
        return at_node(change, text.node(step.setting.at), root);
    }
    let node = if step.setting.is_some() { text.node(step.setting.at) } else { root };
    at_node(change, node, root)
}

/// Where a step says that it sets namespaces only where there are none.
pub(crate) fn sparing(texts: &Texts, step: &Step) -> Option<Mark> {
    if step.kind != "NamespaceTransformer" || !step.setting.is_some() {
        return None;
    }
    let text = texts.file(step.setting.file)?;
    let (tree, node) = text.node(step.setting.at)?;
    tree.get(node, "unsetOnly").map(|node| Mark::of_node(tree, node))
}

/// The place of a field of a kustomization.
pub(crate) fn root_field(texts: &Texts, file: FileId, field: &str) -> Option<Mark> {
    let text = texts.file(file)?;
    let tree = text.trees().first()?;
    field_of(tree, tree.root(), field).map(|node| Mark::of_node(tree, node))
}

/// The field specs in the files that kustomizations name as `configurations` or `crds`: their paths without brackets, and
/// the places that say so.
pub(crate) fn field_specs(texts: &Texts, kustomizations: &[FileId]) -> Vec<(String, Mark)> {
    let mut specs = Vec::new();
    for &file in kustomizations {
        let Some(text) = texts.file(file) else { continue };
        let Some(tree) = text.trees().first() else { continue };
        for (field, collect) in [("configurations", collect_specs as Collect), ("crds", definitions::collect_specs)] {
            let Some(list) = field_of(tree, tree.root(), field) else { continue };
            let files = tree.items(list).filter_map(|entry| texts.named(file, tree.text(entry)));
            files.flat_map(Text::trees).for_each(|tree| collect(tree, tree.root(), &mut specs));
        }
    }
    specs
}

/// Adds the field specs of a document.
type Collect = fn(&Tree, NodeId, &mut Vec<(String, Mark)>);

fn collect_specs(tree: &Tree, node: NodeId, specs: &mut Vec<(String, Mark)>) {
    if let Some(path) = tree.get(node, "path") {
        specs.push((tree.text(path).replace("[]", ""), Mark::of_node(tree, node)));
    }
    tree.items(node).for_each(|child| collect_specs(tree, child, specs));
}

type Place<'t> = Option<(&'t Tree, NodeId)>;

fn at_node(change: &Change, node: Place, root: Place) -> Found {
    let step = change.step;
    let fallback: Marks = Some(step.setting).into_iter().filter(|setting| setting.is_some()).collect();
    let Some((tree, node)) = node else { return Found::at(fallback, false) };
    let mark = |node| Mark::of_node(tree, node);
    let narrow = |found: Option<NodeId>| {
        let marks = found.map(mark).into_iter().chain(fallback.iter().copied()).collect();
        Found { marks, says: found.map(|node| tree.text(node).into()), is_specific: false }
    };
    let last = change.keys.last().copied().unwrap_or_default();
    match step.kind.as_str() {
        _ if tree.is_scalar(node) => {
            Found { marks: Marks::from_slice(&[mark(node)]), says: Some(tree.text(node).into()), is_specific: false }
        }
        "NamespaceTransformer" => narrow(tree.path(node, &["metadata", "namespace"])),
        "PrefixTransformer" => narrow(field_of(tree, node, "prefix")),
        "SuffixTransformer" => narrow(field_of(tree, node, "suffix")),
        "PrefixSuffixTransformer" => {
            let both = [field_of(tree, node, "prefix"), field_of(tree, node, "suffix")];
            let both = both.into_iter().flatten().filter(|&text| !tree.text(text).is_empty());
            Found::at(both.map(mark).chain(fallback.iter().copied()).collect(), false)
        }
        "LabelTransformer" => narrow(one_of(tree, node, &["pairs", "labels"], last)),
        "AnnotationsTransformer" => narrow(one_of(tree, node, &["annotations"], last)),
        "ImageTagTransformer" => images(tree, node, change.before.unwrap_or_default(), &fallback),
        "ReplicaCountTransformer" => {
            let replica = field_of(tree, node, "replica").unwrap_or(node);
            narrow(field_of(tree, replica, "count"))
        }
        "ValueAddTransformer" => narrow(field_of(tree, node, "value")),
        steps::HASHES | steps::REFERENCES | steps::VARS => Found::default(),
        steps::MANAGED_BY => narrow(field_of(tree, node, "buildMetadata")),
        "ConfigMapGenerator" | "SecretGenerator" | "generator" => {
            let mut marks = match tree.get(node, "kind").map(|kind| tree.text(kind)) {
                Some("IAMPolicyGenerator") => account(tree, node, last),
                _ => options(tree, node, change.keys, root),
            };
            let is_specific = !marks.is_empty();
            marks.push(mark(node));
            Found::at(marks, is_specific)
        }
        _ => Found::at(fallback, false),
    }
}

/// The value under `key` in one of the fields, or in the node itself.
fn one_of(tree: &Tree, node: NodeId, fields: &[&str], key: &str) -> Option<NodeId> {
    let inside = fields.iter().find_map(|field| tree.get(field_of(tree, node, field)?, key));
    inside.or_else(|| tree.get(node, key))
}

/// The option of a generator that made a value: of its own, or of `generatorOptions`.
fn options(tree: &Tree, node: NodeId, keys: &[&str], root: Place) -> Marks {
    // The kind of a configuration says what is made; its version is that of the configuration.
    let keys = if keys == ["apiVersion"] { &["kind"] } else { keys };
    let path: &[&str] = match keys {
        ["metadata", path @ ..] => path,
        path => path,
    };
    let walk = |tree: &Tree, from: NodeId| {
        path.iter()
            .try_fold(from, |node, key| tree.get(node, key).or_else(|| field_of(tree, node, key)))
            .map(|node| Mark::of_node(tree, node))
    };
    let global = || {
        let (tree, root) = root?;
        Some((tree, field_of(tree, root, "generatorOptions")?))
    };
    let own = field_of(tree, node, "options").map(|options| (tree, options));
    let named: Marks = own.into_iter().chain(global()).filter_map(|(tree, options)| walk(tree, options)).collect();
    let configured = || tree.path(node, keys).map(|node| Mark::of_node(tree, node));
    let own_field = || walk(tree, node).or_else(configured);
    let own_field = if named.is_empty() { own_field() } else { None };
    let is_name = keys == ["metadata", "name"];
    let hash = own.into_iter().chain(global()).filter(|_| is_name).find_map(|(tree, options)| {
        let switch = field_of(tree, options, "disableNameSuffixHash")?;
        Some(Mark::of_node(tree, switch))
    });
    named.into_iter().chain(own_field).chain(hash).collect()
}

/// What an IAMPolicyGenerator calls its accounts: the one in the cluster, or the one in the cloud in an annotation.
fn account(tree: &Tree, node: NodeId, field: &str) -> Marks {
    let paths: &[[&str; 2]] = match field {
        "name" | "namespace" => &[["kubernetesService", field]],
        "iam.gke.io/gcp-service-account" => &[["serviceAccount", "name"], ["serviceAccount", "projectId"]],
        _ => &[],
    };
    let found = paths.iter().filter_map(|path| path.iter().try_fold(node, |node, key| field_of(tree, node, key)));
    found.map(|node| Mark::of_node(tree, node)).collect()
}

/// The fields of the entries of `images` that change a reference, one entry after the other.
fn images(tree: &Tree, node: NodeId, before: &str, fallback: &[Mark]) -> Found {
    let lists = ["images", "imageTags"].iter().filter_map(|field| field_of(tree, node, field));
    let mut entries: Vec<NodeId> = lists.flat_map(|list| tree.items(list)).collect();
    entries.extend(field_of(tree, node, "imageTag"));
    let (mut current, mut marks, mut all): (_, Vec<Mark>, Vec<Mark>) = (before.to_owned(), Vec::new(), Vec::new());
    for entry in entries {
        let Ok(image) = from_node_lenient::<Spanned<Image>>(tree, entry) else { continue };
        let transformer = ImageTagTransformer::new(vec![image.clone()], FieldSpecs::default(), Compat::default());
        let Some(updated) = transformer.updated(&current, 1) else { continue };
        current = updated;
        all.push(Mark::of_node(tree, entry));
        let fields = [&image.digest, &image.new_tag, &image.tag_suffix, &image.new_name];
        let is_in_use = |field: &&&Spanned<String>| !field.is_empty() && field.file != FileId::default();
        // What comes last has the last word.
        marks.splice(0..0, fields.iter().filter(is_in_use).map(|field| Mark::of(*field)));
    }
    let is_specific = !all.is_empty() && current == before;
    marks.extend(all);
    marks.extend(fallback);
    Found::at(marks.into(), is_specific)
}

/// A field of a kustomization, or of a part of it; the case of its letters does not matter. Of several spellings, the one
/// counts that the reader takes: the last in the order of JSON that says something.
pub(super) fn field_of(tree: &Tree, root: NodeId, field: &str) -> Option<NodeId> {
    let spellings = tree.entries(root).filter(|&(key, _)| tree.text(key).eq_ignore_ascii_case(field));
    spellings.max_by_key(|&(key, value)| (!tree.is_null(value), tree.text(key))).map(|(_, value)| value)
}
