//! From the text of a resource file to resources.

use std::collections::VecDeque;
use std::sync::Arc;

use rustomize_yaml::{Kind, NodeId, Road, Source, Tree, read_pieces};

use super::Resource;
use super::head::Head;
use crate::diagnostics::{Code, Error, Result, Span};
use crate::parallel;

/// Every resource of a text, with lists expanded, in kustomize's order.
///
/// Empty, null and comment-only documents are skipped. Fails for YAML that cannot be read, and for documents without
/// `kind` or `metadata.name`.
pub fn read_resources(source: &Arc<Source>) -> Result<Vec<Resource>> {
    expand_lists(documents(source)?, source)
}

/// Like [`read_resources`], but each `FooList` stays what it is, unless it is a `List` that stands alone.
pub fn read_resources_and_lists(source: &Arc<Source>) -> Result<Vec<Resource>> {
    Ok(documents(source)?.into_iter().map(|(tree, head)| Resource::with_head(tree, &head)).collect())
}

/// The documents, each with what it says of itself.
fn documents(source: &Arc<Source>) -> Result<VecDeque<(Tree, Head)>> {
    let parts = trees(source).map_err(|error| Error::from_yaml(error, source))?;
    let mut pending = VecDeque::with_capacity(parts.iter().map(Vec::len).sum());
    for tree in parts.into_iter().flatten() {
        let head = Head::of(&tree);
        match list_items(&tree, &head) {
            Some(items) if is_one_document(source) => {
                let items = items.into_iter().map(|item| extract(&tree, item)).filter(has_content);
                pending.extend(items.map(|item| {
                    let head = Head::of(&item);
                    (item, head)
                }));
            }
            _ if !has_content(&tree) => {}
            _ => pending.push_back((tree, head)),
        }
    }
    for (tree, head) in &pending {
        check(tree, head, source)?;
    }
    Ok(pending)
}

/// How many bytes of a file take as long to read as it takes to change a resource a little.
const BYTES_PER_WORK: usize = 1_000;

/// The documents of a text in order, in one part or more.
fn trees(source: &Arc<Source>) -> rustomize_yaml::Result<Vec<Vec<Tree>>> {
    let text = source.text();
    let mut pieces = rustomize_yaml::pieces(text);
    let parts = parallel::map_parts(&mut pieces, text.len() / BYTES_PER_WORK, |part| read_pieces(source, part));
    parts.into_iter().collect()
}

/// A copy of the subtree at `id` as a tree of its own.
fn extract(tree: &Tree, id: NodeId) -> Tree {
    let mut item = Tree::new(tree.source().clone());
    let root = item.graft(tree, id);
    item.set_root(root);
    item
}

/// The items of a `List` or `ResourceList`, which kustomize unwraps on reading when nothing else is in the file.
fn list_items(tree: &Tree, head: &Head) -> Option<Vec<NodeId>> {
    let root = tree.root();
    let kind = head.kind.map_or("", |kind| tree.text(kind));
    if !matches!(kind, "List" | "ResourceList") {
        return None;
    }
    let items = tree.get(root, "items");
    if items.is_none() && tree.get(root, "functionConfig").is_none() {
        return None;
    }
    Some(items.map(|items| tree.items(items).collect()).unwrap_or_default())
}

/// Whether the text has no separator between documents.
fn is_one_document(source: &Source) -> bool {
    let text = source.text();
    !text.match_indices("\n---").any(|(at, separator)| text[at + separator.len()..].contains('\n'))
}

/// kustomize drops documents that are null, `{}` or `[]` without a word.
fn has_content(tree: &Tree) -> bool {
    let root = tree.root();
    match tree.kind(root) {
        Kind::Scalar => !tree.is_null(root),
        _ => !tree.is_empty(root),
    }
}

/// Every resource needs a kind, and all but lists a name.
fn check(tree: &Tree, head: &Head, source: &Arc<Source>) -> Result<()> {
    let root = tree.root();
    let fail = |message: String, at: NodeId, help: &str| {
        let span = Span { source: source.clone(), at: tree.node(at).at, len: 0 };
        Err(Error::new(Code::InvalidResource, message).label(span, "").help(help))
    };
    if tree.kind(root) != Kind::Mapping {
        let what = if tree.is_scalar(root) { "a scalar" } else { "a list" };
        let message = format!("a resource must be a mapping with `kind` and `metadata`, found {what}");
        return fail(message, root, "a resource begins with `apiVersion:`, `kind:` and `metadata:`");
    }
    let text = |node: Option<NodeId>| match node {
        Some(id) if !tree.is_null(id) => tree.text(id),
        _ => "",
    };
    let (kind, name) = (text(head.kind), text(head.name));
    if kind.is_empty() {
        let message = if name.is_empty() {
            "a resource has no `kind`".to_owned()
        } else {
            format!("the resource `{name}` has no `kind`")
        };
        return fail(message, root, "add `kind:` to it; a file that is no resource does not belong under `resources`");
    }
    if !kind.ends_with("List") && name.is_empty() {
        let place = tree.get(root, "metadata").unwrap_or(root);
        let help = if tree.path(root, &["metadata", "generateName"]).is_some() {
            "kustomize needs `metadata.name`; `generateName` does not do"
        } else {
            "add `metadata.name`"
        };
        return fail(format!("the {kind} has no `metadata.name`"), place, help);
    }
    Ok(())
}

/// Replaces each `FooList` that has items by them; they come after all other documents, as in kustomize.
fn expand_lists(mut pending: VecDeque<(Tree, Head)>, source: &Arc<Source>) -> Result<Vec<Resource>> {
    let mut resources = Vec::with_capacity(pending.len());
    while let Some((mut tree, head)) = pending.pop_front() {
        let root = tree.root();
        let is_list = head.kind.is_some_and(|kind| tree.text(kind).ends_with("List"));
        let Some(items) = is_list.then(|| tree.get(root, "items")).flatten() else {
            resources.push(Resource::with_head(tree, &head));
            continue;
        };
        if tree.is_null(items) {
            continue;
        }
        if !tree.is_sequence(items) {
            let span = Span { source: source.clone(), at: tree.node(items).at, len: 0 };
            return Err(Error::new(Code::InvalidResource, "the `items` of a list must be a sequence").label(span, ""));
        }
        rustomize_yaml::canonicalise(&mut tree, items, Road::List).map_err(|error| Error::from_yaml(error, source))?;
        for item in tree.items(items).map(|item| extract(&tree, item)).filter(has_content) {
            let head = Head::of(&item);
            check(&item, &head, source)?;
            pending.push_back((item, head));
        }
    }
    Ok(resources)
}
