//! What comes back from a function, put into the manifest that went there: comments and the order of fields are of the
//! one, all else of the other.

use std::collections::HashMap;

use rustomize_yaml::{Kind, NodeId, Style, Tree, comments};

use super::item::Item;

/// The manifest that came back as `made`, with the comments of `sent`; with its own alone where it has new ones.
pub fn merged(sent: &Item, mut made: Tree) -> Item {
    let root = made.root();
    unfold(&mut made, root);
    let known = comments(&sent.before);
    if comments(&made).iter().any(|comment| !known.contains(comment)) {
        let before = made.clone();
        order_like(&mut made, root, &sent.tree, sent.tree.root());
        return Item { before, tree: made };
    }
    let mut item = sent.clone();
    let into = item.tree.root();
    take_over(&mut item.tree, into, &made, root);
    item
}

/// As upstream: folded texts that went through a function come in double quotes.
fn unfold(tree: &mut Tree, node: NodeId) {
    if tree.style(node) == Style::Folded {
        tree.set_style(node, Style::DoubleQuoted);
    }
    let children: Vec<NodeId> = tree.items(node).collect();
    children.into_iter().for_each(|child| unfold(tree, child));
}

/// Puts fields in the order of those of another tree; fields that it does not have come last.
fn order_like(tree: &mut Tree, node: NodeId, from: &Tree, other: NodeId) {
    let mut pairs = Vec::new();
    if tree.is_mapping(node) && from.is_mapping(other) {
        let known = |key: NodeId| tree.get(node, from.text(key)).is_some();
        let ranks: HashMap<&str, usize> = from
            .entries(other)
            .filter(|&(key, _)| known(key))
            .zip(0..)
            .map(|((key, _), rank)| (from.text(key), rank))
            .collect();
        let mut entries: Vec<(NodeId, NodeId)> = tree.entries(node).collect();
        entries.sort_by_key(|&(key, _)| ranks.get(tree.text(key)).copied().unwrap_or(usize::MAX));
        let items: Vec<NodeId> = entries.iter().flat_map(|&(key, value)| [key, value]).collect();
        pairs = entries.iter().filter_map(|&(key, value)| Some((value, from.get(other, tree.text(key))?))).collect();
        tree.set_items(node, &items);
    } else if tree.is_sequence(node) && from.is_sequence(other) {
        pairs = tree.items(node).zip(from.items(other)).collect();
    }
    pairs.into_iter().for_each(|(node, other)| order_like(tree, node, from, other));
}

/// Makes a node hold what another one holds, and keeps what they share.
fn take_over(tree: &mut Tree, node: NodeId, from: &Tree, other: NodeId) {
    match (tree.kind(node), from.kind(other)) {
        (Kind::Mapping, Kind::Mapping) => take_over_mapping(tree, node, from, other),
        (Kind::Sequence, Kind::Sequence) => take_over_sequence(tree, node, from, other),
        (Kind::Scalar, Kind::Scalar) => {
            if tree.text(node) != from.text(other) || tree.tag(node) != from.tag(other) {
                tree.set_typed(node, from.tag(other), from.text(other));
            }
        }
        _ => {
            let new = tree.graft(from, other);
            tree.assign(node, new);
        }
    }
    tree.set_style(node, from.style(other));
}

fn take_over_mapping(tree: &mut Tree, node: NodeId, from: &Tree, other: NodeId) {
    let mut new: HashMap<&str, NodeId> = from.entries(other).map(|(key, value)| (from.text(key), value)).collect();
    let mut items = Vec::new();
    for (key, value) in tree.entries(node).collect::<Vec<_>>() {
        if let Some(other) = new.remove(tree.text(key)) {
            take_over(tree, value, from, other);
            items.extend([key, value]);
        }
    }
    for (key, value) in from.entries(other) {
        if new.contains_key(from.text(key)) {
            items.extend([tree.graft(from, key), tree.graft(from, value)]);
        }
    }
    tree.set_items(node, &items);
}

/// Items are the same when they have the same name, or stand at the same place where they have none.
fn take_over_sequence(tree: &mut Tree, node: NodeId, from: &Tree, other: NodeId) {
    let old: Vec<NodeId> = tree.items(node).collect();
    let mut named: HashMap<String, NodeId> =
        old.iter().filter_map(|&item| Some((name(tree, item)?.to_owned(), item))).collect();
    let mut items = Vec::new();
    for (place, other) in from.items(other).enumerate() {
        let twin = match name(from, other) {
            Some(name) => named.remove(name),
            None => old.get(place).copied().filter(|&item| name(tree, item).is_none()),
        };
        let is_twin = |&item: &NodeId| tree.kind(item) == from.kind(other) && tree.text(item) == from.text(other);
        match twin.filter(is_twin) {
            Some(item) => {
                take_over(tree, item, from, other);
                items.push(item);
            }
            None => items.push(tree.graft(from, other)),
        }
    }
    tree.set_items(node, &items);
}

fn name(tree: &Tree, item: NodeId) -> Option<&str> {
    tree.get(item, "name").map(|name| tree.text(name)).filter(|name| !name.is_empty())
}
