//! What strategic merge patches say of a value, as they are written.

use rustomize_yaml::{NodeId, Tree};

use super::causes::At;
use super::history::{Branch, History};
use super::journal::Mark;

/// The lines by which a patch names its target.
pub fn identity(patch: &Tree) -> Vec<Mark> {
    let fields: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    let found = fields.iter().filter_map(|path| patch.path(patch.root(), path));
    found.map(|node| Mark::of_node(patch, node)).collect()
}

/// Where a patch names the item that a value of a list tells apart, by that very value.
pub fn naming(patch: &Tree, at: At) -> Option<Mark> {
    let [way @ .., _, value] = at.path else { return None };
    let list = way[1..].iter().try_fold(patch.root(), |node, branch| next(patch, node, at.history, branch))?;
    let (key, text) = (value.key.as_deref()?, at.history.tree_of(value).text(value.node));
    let named = patch.items(list).filter_map(|item| patch.get(item, key));
    named
        .filter(|&name| patch.is_scalar(name))
        .find(|&name| patch.text(name) == text)
        .map(|name| Mark::of_node(patch, name))
}

/// Whether a patch says, on the way to a value, that a collection takes the place of what is there.
pub fn replaces(patch: &Tree, at: At) -> bool {
    let says = |node: NodeId| says(patch, node, "replace");
    let mut node = patch.root();
    for branch in &at.path[1..] {
        if says(node) || (patch.is_sequence(node) && patch.items(node).any(says)) {
            return true;
        }
        let Some(next) = next(patch, node, at.history, branch) else { return false };
        node = next;
    }
    false
}

fn says(patch: &Tree, node: NodeId, directive: &str) -> bool {
    patch.get(node, "$patch").is_some_and(|said| patch.text(said) == directive)
}

/// How far a patch names the way to a value, and what stands there: a directive, a null, or the last field.
pub fn deepest(doc: &Tree, at: At) -> Option<(usize, Mark)> {
    let mut node = doc.root();
    let mut depth = 0;
    for branch in &at.path[1..] {
        let Some(next) = next(doc, node, at.history, branch) else { break };
        (node, depth) = (next, depth + 1);
        // What stands beside this directive only says what is deleted.
        if doc.is_null(node) || says(doc, node, "delete") {
            break;
        }
    }
    let directive = match doc.get(node, "$patch") {
        Some(directive) => Some(directive),
        None => doc.items(node).find_map(|item| doc.get(item, "$patch").filter(|_| doc.len(item) == 1)),
    };
    if directive.is_some() || depth > 0 {
        // A directive of the whole resource counts although nothing leads to it.
        let depth = if directive.is_some() { depth + 1 } else { depth };
        return Some((depth, Mark::of_node(doc, directive.unwrap_or(node))));
    }
    None
}

fn next(doc: &Tree, node: NodeId, history: &History, branch: &Branch) -> Option<NodeId> {
    match &branch.key {
        Some(key) => doc.get(node, key),
        None => item(doc, node, history, branch),
    }
}

/// The item of a patch's list that speaks of an item of the resource: they agree in a text of the first level.
fn item(doc: &Tree, list: NodeId, history: &History, branch: &Branch) -> Option<NodeId> {
    let (stage, node) = branch_before(history, branch);
    let tree = &history.stages[stage].tree;
    let agrees = |item: NodeId| {
        if doc.is_scalar(item) {
            return tree.is_scalar(node) && doc.text(item) == tree.text(node);
        }
        let mut entries = doc.entries(item).filter(|&(_, value)| doc.is_scalar(value));
        entries.any(|(key, value)| {
            let own = tree.get(node, doc.text(key));
            own.is_some_and(|own| tree.is_scalar(own) && tree.text(own) == doc.text(value))
        })
    };
    if doc.is_sequence(list) { doc.items(list).find(|&item| agrees(item)) } else { None }
}

/// The last stage and node that a branch had.
fn branch_before(history: &History, branch: &Branch) -> (usize, NodeId) {
    let stage = branch.last_removal().map_or(history.stages.len() - 1, |(stage, _)| stage);
    (stage, branch.node)
}
