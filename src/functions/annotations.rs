//! What functions are told about resources, and what they tell us, in annotations.

use rustomize_yaml::{NodeId, Tree};

use crate::diagnostics::{Code, Error, Result};
use crate::resource::{Behavior, ResId, Resource, get_or_create_mapping};

const NEEDS_HASH: &str = "kustomize.config.k8s.io/needs-hash";
const BEHAVIOR: &str = "kustomize.config.k8s.io/behavior";
/// Names a resource while it is with a function.
pub(super) const ID: &str = "kustomize.config.k8s.io/id";

/// The resource's tree with kustomize's state in annotations, as functions see it.
pub(super) fn annotated(resource: &Resource) -> Tree {
    let mut tree = resource.tree().clone();
    let root = tree.root();
    let metadata = get_or_create_mapping(&mut tree, root, "metadata");
    let map = get_or_create_mapping(&mut tree, metadata, "annotations");
    for (key, value) in state(resource) {
        tree.set_string(map, &key, &value);
    }
    make_strings(&mut tree, map);
    tree
}

/// Setting annotations makes strings of all of them, as it does upstream.
fn make_strings(tree: &mut Tree, map: NodeId) {
    let values: Vec<NodeId> = tree.entries(map).map(|(_, value)| value).collect();
    for value in values.into_iter().filter(|&value| tree.is_scalar(value)).collect::<Vec<_>>() {
        tree.set_tag(value, rustomize_yaml::Tag::Str);
    }
}

fn state(resource: &Resource) -> Vec<(String, String)> {
    let mut entries = vec![(ID.to_owned(), id_text(resource.id()))];
    entries.extend(resource.build_annotations());
    entries
}

/// The id as YAML, without empty fields, sorted by name.
fn id_text(id: &ResId) -> String {
    let gvk = &id.gvk;
    let fields = [
        ("group", gvk.group()),
        ("kind", gvk.kind()),
        ("name", &id.name),
        ("namespace", &id.namespace),
        ("version", gvk.version()),
    ];
    let mut tree = Tree::made();
    let map = tree.new_mapping();
    for (field, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        tree.set_string(map, field, value);
    }
    let mut text = String::new();
    // Only control characters could not be printed, and no name that could be read has any.
    rustomize_yaml::emit(&tree, map, &mut text).ok();
    text
}

/// Takes what a generator says of a resource in annotations: whether its name gets a hash, and its behavior.
pub(super) fn take_generator_options(resource: &mut Resource) -> Result<()> {
    let needs_hash = match resource.annotation(NEEDS_HASH) {
        None => false,
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
        Some(other) => {
            let message =
                format!("the annotation {NEEDS_HASH} of {} must be a boolean, found `{other}`", resource.id());
            return Err(Error::new(Code::Plugin, message));
        }
    };
    let behavior = Behavior::from_name(resource.annotation(BEHAVIOR).unwrap_or_default());
    remove_annotations(resource, &[NEEDS_HASH, BEHAVIOR]);
    resource.book.needs_hash |= needs_hash;
    resource.book.generated = true;
    resource.book.behavior = behavior;
    Ok(())
}

/// Removes annotations, and the field with the last one.
pub(super) fn remove_annotations(resource: &mut Resource, keys: &[&str]) {
    let tree = resource.body_mut();
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return };
    let Some(map) = tree.get(metadata, "annotations") else { return };
    for key in keys {
        tree.remove(map, key);
    }
    if tree.is_empty(map) {
        tree.remove(metadata, "annotations");
    } else {
        make_strings(tree, map);
    }
}
