use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Style, Tag, Tree};
use rustomize_yaml::{edit_in, emit_as_is, read_document, reprint};

use super::{Manifest, order};
use crate::diagnostics::{Error, Result};
use crate::resource::get_or_create_mapping;

/// Which annotations tell where a manifest came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotations {
    /// None.
    None,
    /// Those with the path.
    Path,
    /// Those with the path and the number of the document.
    All,
}

/// How manifests are printed.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether fields are put in their usual order.
    pub arranged: bool,
    /// Whether comments are left out.
    pub without_comments: bool,
    /// Whether each is printed in one line of `{}`.
    pub flow: bool,
    /// Which annotations they get.
    pub annotations: Annotations,
}

/// Manifests with `---` between them. Fails for what cannot be printed.
pub fn stream(manifests: &[Manifest], look: Look) -> Result<String> {
    let texts = manifests.iter().map(|manifest| text(manifest, look)).collect::<Result<Vec<_>>>()?;
    Ok(texts.join("---\n"))
}

fn text(manifest: &Manifest, look: Look) -> Result<String> {
    let mut after = manifest.tree.clone();
    clear_empty(&mut after);
    let added = annotate(&mut after, manifest, look.annotations);
    let keeps_order = manifest.annotation("config.kubernetes.io/formatting") == Some("none");
    if look.arranged && !keeps_order {
        order::arrange(&mut after);
    }
    if look.flow {
        let root = after.root();
        after.set_style(root, Style::Flow);
    }
    let with_comments = if look.without_comments || look.flow { None } else { commented(&manifest.tree, &after)? };
    let mut text = String::new();
    match with_comments {
        Some(mut tree) => {
            quote(&mut tree, &added);
            reprint(&tree, &mut text);
        }
        None => {
            quote(&mut after, &added);
            emit_as_is(&after, after.root(), &mut text);
        }
    }
    Ok(text)
}

/// The text of a manifest that was changed: with the comments of what stayed as it was, in the order and the styles of
/// `after`, a changed clone of `before`. Fails for what cannot be printed.
pub fn changed_text(before: &Tree, after: &Tree) -> Result<String> {
    let mut after = after.clone();
    clear_empty(&mut after);
    let mut text = String::new();
    match commented(before, &after)? {
        Some(mut tree) => {
            let root = tree.root();
            copy_styles(&mut tree, root, &after, after.root());
            reprint(&tree, &mut text);
        }
        None => emit_as_is(&after, after.root(), &mut text),
    }
    Ok(text)
}

/// Gives the nodes of a tree the styles of one that has the same nodes.
fn copy_styles(tree: &mut Tree, node: NodeId, from: &Tree, other: NodeId) {
    tree.set_style(node, from.style(other));
    let children: Vec<NodeId> = tree.items(node).collect();
    for (child, other) in children.into_iter().zip(from.items(other)) {
        copy_styles(tree, child, from, other);
    }
}

/// The tree after the changes with the comments of the one before, in a text of its own; `None` where that cannot be had.
fn commented(before: &Tree, after: &Tree) -> Result<Option<Tree>> {
    if before.style(before.root()) == Style::Flow {
        return Ok(None);
    }
    let text = edit_in(before, after, Dialect::Yaml12).map_err(|error| Error::from_yaml(error, before.source()))?;
    let source = Arc::new(Source::new(FileId(0), "", text));
    let tree = read_document(&source, Dialect::Yaml12).ok().flatten();
    Ok(tree.and_then(|mut tree| {
        let root = tree.root();
        put_in_order(&mut tree, root, after, after.root()).then_some(tree)
    }))
}

/// Puts the fields of a tree in the order of another one; says whether it holds the same. Only fields that are new can
/// stand in another order in the text of an edited tree, so that no comment gets to a wrong place.
fn put_in_order(tree: &mut Tree, node: NodeId, like: &Tree, other: NodeId) -> bool {
    if tree.kind(node) != like.kind(other) || tree.len(node) != like.len(other) {
        return false;
    }
    if tree.is_scalar(node) {
        return tree.text(node) == like.text(other);
    }
    let is_misplaced = |(&key, &wanted): (&NodeId, &NodeId)| tree.text(key) != like.text(wanted);
    let (old, wanted): (Vec<NodeId>, Vec<NodeId>) = (tree.items(node).collect(), like.items(other).collect());
    if tree.is_mapping(node) && old.iter().zip(&wanted).step_by(2).any(is_misplaced) {
        let entries: Option<Vec<_>> = like.entries(other).map(|(key, _)| tree.entry(node, like.text(key))).collect();
        let Some(entries) = entries else { return false };
        let items: Vec<NodeId> = entries.into_iter().flat_map(|(key, value)| [key, value]).collect();
        tree.set_items(node, &items);
    }
    let items: Vec<NodeId> = tree.items(node).collect();
    items.into_iter().zip(wanted).all(|(node, other)| put_in_order(tree, node, like, other))
}

/// Annotations without any go, and metadata without anything.
pub fn clear_empty(tree: &mut Tree) {
    let root = tree.root();
    let Some(metadata) = tree.get(root, "metadata") else { return };
    if tree.get(metadata, "annotations").is_some_and(|annotations| tree.is_empty(annotations)) {
        tree.remove(metadata, "annotations");
    }
    if tree.is_empty(metadata) {
        tree.remove(root, "metadata");
    }
}

/// Adds annotations, and says which.
fn annotate(tree: &mut Tree, manifest: &Manifest, annotations: Annotations) -> Vec<&'static str> {
    let index = manifest.index.to_string();
    let all = [
        ("config.kubernetes.io/index", index.as_str(), annotations == Annotations::All),
        ("config.kubernetes.io/path", &manifest.path, annotations != Annotations::None && !manifest.path.is_empty()),
        ("internal.config.kubernetes.io/index", &index, annotations == Annotations::All),
        (
            "internal.config.kubernetes.io/path",
            &manifest.path,
            annotations != Annotations::None && !manifest.path.is_empty(),
        ),
    ];
    let added: Vec<_> = all.into_iter().filter(|(_, _, is_added)| *is_added).collect();
    if added.is_empty() {
        return Vec::new();
    }
    let root = tree.root();
    let metadata = get_or_create_mapping(tree, root, "metadata");
    let mapping = get_or_create_mapping(tree, metadata, "annotations");
    for (key, value, _) in &added {
        let value = tree.new_scalar(value, Tag::Str, Style::SingleQuoted);
        tree.set(mapping, key, value);
    }
    added.into_iter().map(|(key, _, _)| key).collect()
}

/// Quotes annotations that were added, as programs that read them expect.
fn quote(tree: &mut Tree, added: &[&str]) {
    for key in added {
        if let Some(value) = tree.path(tree.root(), &["metadata", "annotations", key]) {
            tree.set_style(value, Style::SingleQuoted);
        }
    }
}

/// A value in one line, as YAML.
pub fn flow_text(tree: &Tree, node: NodeId) -> String {
    let mut copy = Tree::made();
    let root = copy.graft(tree, node);
    let style = if copy.is_scalar(root) { Style::Plain } else { Style::Flow };
    copy.set_style(root, style);
    copy.set_root(root);
    let mut text = String::new();
    emit_as_is(&copy, root, &mut text);
    text.trim().to_owned()
}
