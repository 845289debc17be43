//! What is new in an edited file.

use crate::{Dialect, NodeId, Style, Tag, Tree, emit, json_string, resolve};

/// The lines of a new entry of a block mapping at a column; its first line without the indentation.
///
/// With `indented`, the items of a list stand two columns further in than its key.
pub(super) fn entry(tree: &Tree, key: NodeId, value: NodeId, column: usize, indented: bool) -> Option<String> {
    let mut made = Tree::made();
    let mapping = made.new_mapping();
    let [new_key, new_value] = [made.graft(tree, key), made.graft(tree, value)];
    made.append_entry(mapping, new_key, new_value);
    let further = if indented && tree.is_sequence(value) && tree.style(value) != Style::Flow { 2 } else { 0 };
    printed(&made, mapping, column + further)
}

/// The lines of a new item of a block sequence at a column; its first line without the indentation.
pub(super) fn item(tree: &Tree, item: NodeId, column: usize) -> Option<String> {
    let mut made = Tree::made();
    let sequence = made.new_sequence();
    let item = made.graft(tree, item);
    made.push(sequence, item);
    printed(&made, sequence, column)
}

fn printed(tree: &Tree, id: NodeId, column: usize) -> Option<String> {
    let mut text = String::new();
    emit(tree, id, &mut text).ok()?;
    let mut lines = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && line != "\n" {
            lines.extend(std::iter::repeat_n(' ', column));
        }
        lines.push_str(line);
    }
    Some(lines)
}

/// A scalar in the style of the one in whose place it comes; `None` where it cannot have that style.
pub(super) fn scalar(tree: &Tree, id: NodeId, style: Style) -> Option<String> {
    let text = tree.text(id);
    let is_text = matches!(tree.tag(id), Tag::Str | Tag::Unset);
    match style {
        Style::Literal | Style::Folded => None,
        _ if !is_text => Some(text.to_owned()),
        Style::SingleQuoted if !text.contains('\n') => Some(format!("'{}'", text.replace('\'', "''"))),
        Style::SingleQuoted | Style::DoubleQuoted => Some(json_string(text)),
        _ => {
            let mut made = Tree::made();
            let new = made.new_string(text);
            let mut out = String::new();
            emit(&made, new, &mut out).ok()?;
            let out = out.trim_end_matches('\n');
            Some(if out.contains('\n') { json_string(text) } else { out.to_owned() })
        }
    }
}

/// Any node inside of a flow collection.
pub(super) fn in_flow(tree: &Tree, id: NodeId) -> String {
    if tree.is_mapping(id) {
        let entry = |(key, value)| format!("{}: {}", in_flow(tree, key), in_flow(tree, value));
        return format!("{{{}}}", tree.entries(id).map(entry).collect::<Vec<_>>().join(", "));
    }
    if tree.is_sequence(id) {
        return format!("[{}]", tree.items(id).map(|item| in_flow(tree, item)).collect::<Vec<_>>().join(", "));
    }
    let text = tree.text(id);
    let is_text = matches!(tree.tag(id), Tag::Str | Tag::Unset);
    if !is_text || is_plain(text) { text.to_owned() } else { json_string(text) }
}

/// Whether a text needs no quotes anywhere.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    resolve(text, Dialect::Yaml11) == Tag::Str
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'.' || first == b'/')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"./_-=".contains(&byte))
}
