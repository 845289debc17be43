//! Where scalars end in the text that they were read from.

/// Where the scalar that begins at `at` ends: behind its last character, which of a block is one of its last line that
/// is not empty. `value` is what it says, which tells where a plain one ends. `None` for what is written otherwise.
pub fn scalar_end(text: &str, at: usize, value: &str) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = match rest.as_bytes().first() {
        Some(b'"' | b'\'') => quoted_length(rest)?,
        Some(b'|' | b'>') => return block_end(text, at),
        _ => plain_length(rest, value)?,
    };
    Some(at + length)
}

/// How much of a text the characters of a plain scalar take at its begin, however its lines are folded.
fn plain_length(text: &str, value: &str) -> Option<usize> {
    if text.starts_with(value) {
        return Some(value.len());
    }
    let mut characters = text.char_indices().filter(|(_, character)| !character.is_whitespace());
    let mut end = 0;
    for wanted in value.chars().filter(|character| !character.is_whitespace()) {
        let (at, found) = characters.next()?;
        if found != wanted {
            return None;
        }
        end = at + found.len_utf8();
    }
    Some(end)
}

/// How much of a text the quoted scalar at its begin takes.
pub(crate) fn quoted_length(text: &str) -> Option<usize> {
    let quote = *text.as_bytes().first().filter(|first| matches!(first, b'"' | b'\''))?;
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        let is_doubled = quote == b'\'' && matches!(bytes.peek(), Some((_, b'\'')));
        if byte == b'\\' && quote == b'"' || byte == quote && is_doubled {
            bytes.next();
        } else if byte == quote {
            return Some(at + 1);
        }
    }
    None
}

/// Where the block scalar ends whose `|` or `>` is at a place.
fn block_end(text: &str, at: usize) -> Option<usize> {
    let header = text[at..].lines().next()?;
    let around = indentation_around(&text[..at]);
    let digit = header.split('#').next()?.bytes().find(u8::is_ascii_digit);
    let mut least = digit.map(|digit| around.unwrap_or(0) + usize::from(digit - b'0'));
    let mut end = at + header.len();
    let mut line_start = end + 1;
    for line in text.get(line_start..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        if !content.trim_end().is_empty() {
            let own = line.len() - content.len();
            if own < *least.get_or_insert(own.max(around.map_or(0, |around| around + 1))) {
                break;
            }
            end = line_start + line.trim_end_matches('\n').len();
        }
        line_start += line.len();
    }
    Some(end)
}

/// How far in what holds a value is, given the text before the value: the column of its key, or of its dash; `None` for
/// the value of a document.
fn indentation_around(before: &str) -> Option<usize> {
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let mut column = None;
    let mut at = 0;
    loop {
        at += line[at..].len() - line[at..].trim_start_matches(' ').len();
        match line.as_bytes().get(at..) {
            Some([]) | None => return column,
            Some([b'-', b' ', ..]) => {
                column = Some(at);
                at += 1;
            }
            Some(_) => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{FileId, NodeId, Source, Tree, read_resources};

    /// What stands in the text from where the value of the last entry begins to where it ends.
    fn extent(text: &str) -> String {
        let tree = read_resources(&Arc::new(Source::new(FileId(1), "a.yaml", text))).unwrap().remove(0);
        let value = first_scalar(&tree, tree.root());
        let at = tree.node(value).at as usize;
        let end = scalar_end(text, at, tree.text(value)).unwrap();
        text[at..end].to_owned()
    }

    fn first_scalar(tree: &Tree, id: NodeId) -> NodeId {
        match tree.entries(id).next().map(|(_, value)| value).or_else(|| tree.items(id).next()) {
            Some(inside) => first_scalar(tree, inside),
            None => id,
        }
    }

    #[test]
    fn plain_and_quoted_texts_end_with_their_last_character() {
        assert_eq!(extent("a: b # c\nd: e\n"), "b");
        assert_eq!(extent("a: b c\n  d  e\nf: g\n"), "b c\n  d  e");
        assert_eq!(extent("a: 'it''s' # c\n"), "'it''s'");
        assert_eq!(extent("a: \"x \\\" y\n  z\" # c\n"), "\"x \\\" y\n  z\"");
        assert_eq!(extent("a: [é, f]\n"), "é");
    }

    #[test]
    fn blocks_end_where_their_indentation_does() {
        assert_eq!(extent("a: |\n  b\n\n  c\n\nd: e\n"), "|\n  b\n\n  c");
        assert_eq!(extent("a: >- # why\n  b\n    c\n# d\ne: f\n"), ">- # why\n  b\n    c");
        assert_eq!(extent("a:\n- |\n  b\n- c\n"), "|\n  b");
        assert_eq!(extent("a:\n- k: |\n    b\n  l: c\n"), "|\n    b");
        assert_eq!(extent("a:\n  - - |+\n     b\n"), "|+\n     b");
    }

    #[test]
    fn a_block_may_say_its_indentation() {
        assert_eq!(extent("a: |2\n    b\n  c\nd: e\n"), "|2\n    b\n  c");
        assert_eq!(extent("a:\n  b: |1-\n     c\n   d\n  e: f\n"), "|1-\n     c\n   d");
    }

    #[test]
    fn an_empty_block_is_its_header() {
        assert_eq!(extent("a: |\nb: c\n"), "|");
        assert_eq!(extent("a:\n  b: |-\n\n  c: d\n"), "|-");
    }
}
