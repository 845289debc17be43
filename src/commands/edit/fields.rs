//! Finding and changing fields of a kustomization, whose names are understood in any case.

use rustomize_yaml::{NodeId, Tag, Tree};

/// The key and the value of a field.
pub fn entry(tree: &Tree, mapping: NodeId, name: &str) -> Option<(NodeId, NodeId)> {
    tree.entries(mapping).find(|&(key, _)| tree.text(key).eq_ignore_ascii_case(name))
}

/// The value of a field.
pub fn get(tree: &Tree, mapping: NodeId, name: &str) -> Option<NodeId> {
    entry(tree, mapping, name).map(|(_, value)| value)
}

/// The text of a field; empty without one.
pub fn text<'a>(tree: &'a Tree, mapping: NodeId, name: &str) -> &'a str {
    get(tree, mapping, name).map_or("", |value| tree.text(value))
}

/// The texts of a list of the kustomization.
pub fn texts(tree: &Tree, name: &str) -> Vec<String> {
    items(tree, tree.root(), name).into_iter().map(|item| tree.text(item).to_owned()).collect()
}

/// The items of a list; none without it.
pub fn items(tree: &Tree, mapping: NodeId, name: &str) -> Vec<NodeId> {
    let list = get(tree, mapping, name).filter(|&list| tree.is_sequence(list));
    list.map(|list| tree.items(list).collect()).unwrap_or_default()
}

/// Adds a field that is not there yet.
pub fn add(tree: &mut Tree, mapping: NodeId, name: &str, value: NodeId) {
    let key = tree.new_string(name);
    tree.append_entry(mapping, key, value);
}

/// Gives a field a text; the empty text removes it.
pub fn set_text(tree: &mut Tree, mapping: NodeId, name: &str, text: &str) {
    match entry(tree, mapping, name) {
        Some((key, _)) if text.is_empty() => tree.remove_entry(mapping, key),
        Some((_, value)) if tree.text(value) != text => tree.set_typed(value, Tag::Str, text),
        None if !text.is_empty() => {
            let value = tree.new_string(text);
            add(tree, mapping, name, value);
        }
        _ => {}
    }
}

/// The list of a mapping, made where it is missing.
pub fn list(tree: &mut Tree, mapping: NodeId, name: &str) -> NodeId {
    let new = tree.new_sequence();
    collection(tree, mapping, name, new)
}

/// The mapping under a field, made where it is missing.
pub fn pairs(tree: &mut Tree, mapping: NodeId, name: &str) -> NodeId {
    let new = tree.new_mapping();
    collection(tree, mapping, name, new)
}

fn collection(tree: &mut Tree, mapping: NodeId, name: &str, new: NodeId) -> NodeId {
    match entry(tree, mapping, name) {
        // An empty one is written as `[]`, `{}` or nothing, which new entries do not stay in.
        Some((key, value)) if tree.is_empty(value) => {
            let key = tree.text(key).to_owned();
            tree.set(mapping, &key, new);
            new
        }
        Some((_, value)) => value,
        None => {
            add(tree, mapping, name, new);
            new
        }
    }
}

/// Adds a text to a list.
pub fn push(tree: &mut Tree, mapping: NodeId, name: &str, text: &str) {
    let list = list(tree, mapping, name);
    let item = tree.new_string(text);
    tree.push(list, item);
}

/// Keeps these items of a list of the kustomization, in this order; without any, the field goes.
pub fn keep(tree: &mut Tree, name: &str, kept: &[NodeId]) {
    let root = tree.root();
    let Some((key, list)) = entry(tree, root, name) else { return };
    if kept.is_empty() {
        tree.remove_entry(root, key);
    } else if tree.items(list).ne(kept.iter().copied()) {
        tree.set_items(list, kept);
    }
}

/// Moves the items of a list to the end of another; where that is not there, the list gets its name.
pub fn move_items(tree: &mut Tree, from: &str, to: &str) {
    let items = items(tree, tree.root(), from);
    replace(tree, from, to, &items);
}

/// Puts items at the end of a list instead of the field `from`; where the list is not there, it comes in the place of
/// that field. Without items the field just goes.
pub fn replace(tree: &mut Tree, from: &str, to: &str, new: &[NodeId]) {
    let root = tree.root();
    let Some((key, value)) = entry(tree, root, from) else { return };
    if new.is_empty() {
        return tree.remove_entry(root, key);
    }
    if !items(tree, root, to).is_empty() {
        tree.remove_entry(root, key);
        let list = list(tree, root, to);
        let all: Vec<NodeId> = tree.items(list).chain(new.iter().copied()).collect();
        return tree.set_items(list, &all);
    }
    if let Some((empty, _)) = entry(tree, root, to) {
        tree.remove_entry(root, empty);
    }
    if !tree.is_sequence(value) || tree.items(value).ne(new.iter().copied()) {
        let list = tree.new_sequence();
        tree.set_items(list, new);
        let written = tree.text(key).to_owned();
        tree.set(root, &written, list);
    }
    tree.set_typed(key, Tag::Str, to);
}
