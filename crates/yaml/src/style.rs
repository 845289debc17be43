//! The five styles of scalars, as libyaml's emitter writes them.

use crate::shape::{break_len, char_width, is_printable};

/// Where a scalar is written: what its continuation lines are indented by, and where long lines are folded.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Columns before every line but the first.
    pub indent: usize,
    /// Lines are broken at the first space beyond this column; `usize::MAX` never.
    pub width: usize,
}

/// Appends line breaks and indentation.
pub fn push_indent(out: &mut String, columns: usize) {
    const SPACES: &str = "                                                                ";
    let mut left = columns;
    while left > SPACES.len() {
        out.push_str(SPACES);
        left -= SPACES.len();
    }
    out.push_str(&SPACES[..left]);
}

/// In which column, counted in characters from 0, the next character comes.
fn column(out: &str) -> usize {
    let start = memchr::memrchr(b'\n', out.as_bytes()).map_or(0, |newline| newline + 1);
    let line = &out[start..];
    if line.is_ascii() {
        return line.len();
    }
    // These two are line breaks as well, and print as they are in single quotes and blocks.
    let line = line.rsplit(['\u{2028}', '\u{2029}']).next().unwrap_or_default();
    line.chars().count()
}

/// Appends a plain scalar.
pub fn push_plain(out: &mut String, text: &str, place: Place) {
    if text.is_ascii() {
        return push_ascii(out, text, place);
    }
    let mut folder = Folder::new(out, place);
    for (at, c) in text.char_indices() {
        let foldable = c == ' ' && text.as_bytes().get(at + 1) != Some(&b' ');
        folder.push(out, c, foldable);
    }
}

/// Appends ASCII without line breaks, breaking lines beyond the width at spaces that stand alone.
pub fn push_ascii(out: &mut String, text: &str, place: Place) {
    let bytes = text.as_bytes();
    let line = memchr::memrchr(b'\n', out.as_bytes()).map_or(0, |newline| newline + 1);
    // Columns are bytes, or the line so far has other characters and they are counted.
    let mut column = out.len() - line;
    if column.saturating_add(text.len()) <= place.width {
        return out.push_str(text);
    }
    column = self::column(out);
    let mut start = 0;
    let mut from = place.width.saturating_sub(column).saturating_add(1);
    while let Some(at) = bytes.get(from..).and_then(|rest| memchr::memchr(b' ', rest)).map(|found| from + found) {
        from = at + 1;
        let alone = at > 0 && bytes[at - 1] != b' ' && bytes.get(at + 1).is_some_and(|&next| next != b' ');
        if alone {
            out.push_str(&text[start..at]);
            out.push('\n');
            push_indent(out, place.indent);
            start = at + 1;
            from = start + place.width.saturating_sub(place.indent) + 1;
        }
    }
    out.push_str(&text[start..]);
}

/// Appends a single-quoted scalar.
pub fn push_single_quoted(out: &mut String, text: &str, place: Place) {
    out.push('\'');
    if text.is_ascii() && !text.contains('\n') {
        push_ascii(out, &text.replace('\'', "''"), place);
        return out.push('\'');
    }
    let mut folder = Folder::new(out, place);
    let mut breaks = false;
    for (at, c) in text.char_indices() {
        let rest = &text.as_bytes()[at..];
        if break_len(rest) > 0 {
            if !breaks && c == '\n' {
                out.push('\n');
            }
            out.push(c);
            folder.spaces = false;
            breaks = true;
            continue;
        }
        if breaks {
            folder.restart(out);
            breaks = false;
        }
        if c == '\'' {
            folder.push(out, c, false);
        }
        let inside = at > 0 && rest.len() > 1;
        folder.push(out, c, c == ' ' && inside && rest.get(1) != Some(&b' '));
    }
    out.push('\'');
}

/// Appends a double-quoted scalar.
pub fn push_double_quoted(out: &mut String, text: &str, place: Place) {
    out.push('"');
    let mut folder = Folder::new(out, place);
    // libyaml looks for a byte order mark at the start of the text, whatever character it is at.
    let escape_all = text.starts_with('\u{feff}');
    for (at, c) in text.char_indices() {
        let rest = &text.as_bytes()[at..];
        if escape_all || c == '"' || c == '\\' || break_len(rest) > 0 || !is_printable(rest) {
            let before = out.len();
            push_escape(out, c);
            folder.advance(out.len() - before);
            continue;
        }
        let inside = at > 0 && rest.len() > 1;
        if folder.push(out, c, c == ' ' && inside) && rest.get(1) == Some(&b' ') {
            out.push('\\');
            folder.column += 1;
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, c: char) {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => return push_code(out, c as u32),
    };
    out.push('\\');
    out.push(short);
}

fn push_code(out: &mut String, code: u32) {
    out.push_str(&match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    });
}

/// Writes characters and breaks the line at spaces beyond the width.
struct Folder {
    place: Place,
    column: usize,
    /// The last character was a space, written or not.
    spaces: bool,
}

impl Folder {
    fn new(out: &str, place: Place) -> Folder {
        Folder { place, column: column(out), spaces: false }
    }

    /// Writes `c`; a foldable space beyond the width becomes a line break instead, and the answer is true.
    fn push(&mut self, out: &mut String, c: char, foldable: bool) -> bool {
        if foldable && !self.spaces && self.column > self.place.width {
            self.spaces = true;
            out.push('\n');
            self.restart(out);
            return true;
        }
        out.push(c);
        self.column += 1;
        self.spaces = c == ' ';
        false
    }

    /// Indents a new line.
    fn restart(&mut self, out: &mut String) {
        push_indent(out, self.place.indent);
        self.column = self.place.indent;
    }

    /// Takes note of what was written without this.
    fn advance(&mut self, columns: usize) {
        self.column += columns;
        self.spaces = false;
    }
}

/// Appends a literal block; says whether it ended with a line break.
pub fn push_literal(out: &mut String, text: &str, indent: usize) -> bool {
    out.push('|');
    push_block_header(out, text);
    let mut breaks = true;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let mut len = break_len(rest);
        let breaking = len > 0;
        if !breaking {
            len = line_len(rest);
            if breaks {
                push_indent(out, indent);
            }
        }
        out.push_str(&text[at..at + len]);
        breaks = breaking;
        at += len;
    }
    breaks
}

/// The same for ASCII lines without other line breaks than `\n`.
pub fn push_ascii_literal(out: &mut String, text: &str, indent: usize) -> bool {
    out.push('|');
    push_block_header(out, text);
    let mut push = |line: &str| {
        if !matches!(line.as_bytes(), [] | [b'\n']) {
            push_indent(out, indent);
        }
        out.push_str(line);
    };
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        push(&text[start..=end]);
        start = end + 1;
    }
    push(&text[start..]);
    start == text.len()
}

/// The bytes up to the next line break of any kind that can stand in a block scalar.
fn line_len(bytes: &[u8]) -> usize {
    let mut from = 0;
    while let Some(found) = memchr::memchr2(b'\n', 0xe2, &bytes[from..]) {
        let at = from + found;
        if break_len(&bytes[at..]) > 0 {
            return at;
        }
        from = at + 1;
    }
    bytes.len()
}

/// Appends a folded block as go-yaml v3 does, without a width; says whether it ended with a line break.
pub fn push_folded(out: &mut String, text: &str, indent: usize) -> bool {
    out.push('>');
    push_block_header(out, text);
    let bytes = text.as_bytes();
    // go-yaml looks at the first line of the text, not at the next one, to decide on the extra line break.
    let first = &bytes[breaks_len(bytes)..];
    let extra_breaks = first.first().is_some_and(|byte| !matches!(byte, b' ' | b'\t'));
    let (mut breaks, mut blank_line) = (true, true);
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let len = break_len(rest);
        if len > 0 {
            if !breaks && !blank_line && rest[0] == b'\n' && extra_breaks {
                out.push('\n');
            }
            out.push_str(&text[at..at + len]);
            breaks = true;
            at += len;
            continue;
        }
        if breaks {
            push_indent(out, indent);
            blank_line = matches!(rest[0], b' ' | b'\t');
            breaks = false;
        }
        let len = char_width(rest[0]).max(line_len(rest));
        out.push_str(&text[at..at + len]);
        at += len;
    }
    breaks
}

/// Takes back what re-reading a folded block of go-yaml's changes: the text that comes out of [`push_folded`].
pub fn reread_folded(text: &str) -> String {
    let mut printed = String::new();
    push_folded(&mut printed, text, 0);
    let (header, body) = printed.split_once('\n').unwrap_or_default();
    let bytes = body.as_bytes();
    let is_blank = |at: usize| matches!(bytes[at], b' ' | b'\t');
    let mut at = breaks_len(bytes);
    let (mut out, mut ending, mut blank_lines, mut after_blank) = (String::new(), "", &body[..at], false);
    while at < bytes.len() {
        let line = &body[at..at + line_len(&bytes[at..])];
        if after_blank || is_blank(at) || ending != "\n" {
            out.push_str(ending);
        } else if blank_lines.is_empty() {
            out.push(' ');
        }
        out.push_str(blank_lines);
        out.push_str(line);
        after_blank = is_blank(at);
        at += line.len();
        ending = &body[at..at + break_len(&bytes[at..])];
        at += ending.len();
        blank_lines = &body[at..at + breaks_len(&bytes[at..])];
        at += blank_lines.len();
    }
    if !header.ends_with('-') {
        out.push_str(ending);
    }
    if header.ends_with('+') {
        out.push_str(blank_lines);
    }
    out
}

/// The bytes of all the line breaks that `bytes` begin with.
fn breaks_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while break_len(&bytes[at..]) > 0 {
        at += break_len(&bytes[at..]);
    }
    at
}

/// Appends what follows `|` or `>`: an indentation digit when the text begins with a blank, and how it ends.
fn push_block_header(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b' ') || break_len(bytes) > 0 {
        out.push('2');
    }
    let mut ends = text.char_indices().rev().map(|(at, _)| break_len(&bytes[at..]) > 0);
    match (ends.next(), ends.next()) {
        (Some(true), None | Some(true)) => out.push('+'),
        (Some(true), Some(false)) => {}
        _ => out.push('-'),
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_of_ascii_are_written_as_all_blocks_are(text in "\n?[ a\n]{0,12}", indent in 0..70_usize) {
            let [mut quick, mut slow] = [String::new(), String::new()];
            let ends = [push_ascii_literal(&mut quick, &text, indent), push_literal(&mut slow, &text, indent)];
            prop_assert_eq!(quick, slow);
            prop_assert_eq!(ends[0], ends[1]);
        }
    }
}
