//! What becomes of a string that is written as JSON and read as YAML: kustomize does so before it prints.

use std::borrow::Cow;

use crate::settle::unprintable;
use crate::{NodeId, Result, Tree};

/// The longest key, in characters and with its quotes, that the YAML reader takes inside JSON.
const LONGEST_KEY: usize = 1024;

/// What is left of a string. `id` is where it stands, for errors.
///
/// JSON leaves the control characters from U+007F to U+009F as they are; YAML refuses them, but for U+0085, which is
/// a line break there and is folded into a space.
pub fn string<'a>(tree: &Tree, id: NodeId, text: Cow<'a, str>) -> Result<Cow<'a, str>> {
    if text.is_ascii() && memchr::memchr(0x7f, text.as_bytes()).is_none() {
        return Ok(text);
    }
    let is_refused = |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = text.chars().find(|&c| is_refused(c)) {
        let message = format!("the character U+{:04X} cannot be printed", c as u32);
        return Err(unprintable(tree, id, message).help("remove it, or put the data into `binaryData`"));
    }
    if !text.contains('\u{85}') {
        return Ok(text);
    }
    fold_next_lines(&text)
        .map(Cow::from)
        .ok_or_else(|| unprintable(tree, id, "a line of the text begins with `---` or `...` after a U+0085 line break"))
}

/// What is left of the key of a mapping.
pub fn key<'a>(tree: &Tree, id: NodeId, text: Cow<'a, str>) -> Result<Cow<'a, str>> {
    if text.len() + 2 > LONGEST_KEY / 6 && text.chars().map(json_width).sum::<usize>() + 2 > LONGEST_KEY {
        return Err(unprintable(tree, id, format!("the key is longer than {LONGEST_KEY} characters")));
    }
    if text.contains('\u{85}') {
        return Err(unprintable(tree, id, "the key has a U+0085 line break"));
    }
    string(tree, id, text)
}

/// How many characters JSON needs for one.
fn json_width(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\x08' | '\x0c' => 2,
        '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => 1,
    }
}

/// Folds U+0085 as a quoted YAML scalar is folded; nothing when a line begins with a document marker.
fn fold_next_lines(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split('\u{85}').collect();
    let last = lines.len() - 1;
    let mut out = String::with_capacity(text.len());
    let mut blank_lines = 0;
    for (at, &line) in lines.iter().enumerate() {
        let marked = ["---", "..."].into_iter().find_map(|marker| line.strip_prefix(marker));
        if at > 0 && marked.is_some_and(|rest| rest.starts_with(' ') || (rest.is_empty() && at < last)) {
            return None;
        }
        let line = if at > 0 { line.trim_start_matches(' ') } else { line };
        let line = if at < last { line.trim_end_matches(' ') } else { line };
        if at > 0 && at < last && line.is_empty() {
            blank_lines += 1;
            continue;
        }
        match (at, blank_lines) {
            (0, _) => {}
            (_, 0) => out.push(' '),
            (_, count) => out.extend(std::iter::repeat_n('\n', count)),
        }
        blank_lines = 0;
        out.push_str(line);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_lines_are_folded_like_the_lines_of_a_quoted_text() {
        for (text, folded) in [
            ("a\u{85}b", "a b"),
            ("a \u{85}  b", "a b"),
            ("a\u{85}\u{85}b", "a\nb"),
            ("a\u{85} \u{85}\u{85}b", "a\n\nb"),
            ("a\u{85}", "a "),
            ("\u{85}a", " a"),
            ("a\u{85}---b", "a ---b"),
        ] {
            assert_eq!(fold_next_lines(text).as_deref(), Some(folded), "{text:?}");
        }
        assert_eq!(fold_next_lines("a\u{85}--- b"), None);
    }
}
