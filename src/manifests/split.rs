use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Style, Tree, emit_as_is, read_document};

/// The items of a list, each as a document of its own: the lines where it stands, with their comments. An item that
/// cannot be cut out (since it stands in brackets, say) is printed anew.
pub fn item_texts(tree: &Tree, items: NodeId) -> Vec<String> {
    let text = tree.source().text();
    let starts: Vec<usize> = tree.items(items).map(|item| tree.node(item).at as usize).collect();
    let after = tree.items(tree.root()).map(|node| tree.node(node).at as usize);
    let after = after.filter(|&at| starts.last().is_some_and(|&last| at > last)).min();
    let end = after.map_or(text.len(), |at| line_start(text, at));
    let is_block = tree.style(items) != Style::Flow;
    tree.items(items)
        .enumerate()
        .map(|(number, item)| {
            let until = starts.get(number + 1).map_or(end, |&next| comments_start(text, next));
            let piece = is_block.then(|| cut(text, starts[number], until)).flatten();
            piece.filter(|piece| holds(piece, tree, item)).unwrap_or_else(|| {
                let mut printed = String::new();
                emit_as_is(tree, item, &mut printed);
                printed
            })
        })
        .collect()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the comments begin that stand above the line of an item, in the column of its dash; else where the line does.
fn comments_start(text: &str, at: usize) -> usize {
    let mut start = line_start(text, at);
    let dash = text[start..at].find('-').unwrap_or(0);
    while start > 0 {
        let above = line_start(text, start - 1);
        let line = &text[above..start];
        if !line.trim_start().starts_with('#') || line.len() - line.trim_start().len() != dash {
            break;
        }
        start = above;
    }
    start
}

/// The lines from the comments above an item to `until`, moved to the left by the column of the item.
fn cut(text: &str, at: usize, until: usize) -> Option<String> {
    let start = line_start(text, at);
    let column = at - start;
    let mut piece: String =
        text[comments_start(text, at)..start].lines().map(|line| format!("{}\n", line.trim())).collect();
    for (number, line) in text.get(at..until)?.split_inclusive('\n').enumerate() {
        let moved = if number == 0 { Some(line) } else { line.strip_prefix(&" ".repeat(column)) };
        piece.push_str(moved.unwrap_or_else(|| line.trim_start_matches(' ')));
    }
    Some(piece)
}

fn holds(piece: &str, tree: &Tree, item: NodeId) -> bool {
    let source = Arc::new(Source::new(FileId::default(), "", piece));
    let read = read_document(&source, Dialect::Yaml12);
    matches!(read, Ok(Some(read)) if tree.same_data(item, &read, read.root()))
}
