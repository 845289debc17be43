//! Which quotes the output puts around a string.

use crate::Tag;
use crate::resolve::{self, Dialect};
use crate::shape::Shape;
use crate::style::{self, Place};

/// How a string is written in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoting {
    pub style: OutputStyle,
    /// It has a line break of any kind.
    pub multiline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputStyle {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

impl Quoting {
    /// Chooses as go-yaml v2 does: a block for lines, double quotes for what YAML 1.1 would take for something else
    /// than a string, and where syntax forbids the choice, the next style that is possible.
    pub fn of(text: &str) -> Quoting {
        if is_word(text) {
            let style = if is_typed(text) { OutputStyle::DoubleQuoted } else { OutputStyle::Plain };
            return Quoting { style, multiline: false };
        }
        let shape = Shape::of(text);
        let style = if text.contains('\n') {
            if shape.block { OutputStyle::Literal } else { OutputStyle::DoubleQuoted }
        } else if is_typed(text) {
            OutputStyle::DoubleQuoted
        } else if shape.plain {
            OutputStyle::Plain
        } else if shape.single {
            OutputStyle::SingleQuoted
        } else {
            OutputStyle::DoubleQuoted
        };
        Quoting { style, multiline: shape.multiline }
    }
}

/// Whether a text is letters, digits and characters that never mean anything in YAML, so that it can be plain.
fn is_word(text: &str) -> bool {
    text.as_bytes().first().is_some_and(|first| first.is_ascii_alphanumeric() || matches!(first, b'/' | b'_' | b'$'))
        && text.bytes().all(|byte| WORD[byte as usize])
}

/// Letters, digits and `$()+-./;<=\^_~`.
static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"$()+-./;<=\\^_~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether YAML 1.1 would take a plain text for something else than a string.
fn is_typed(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.first() {
        None => true,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {
            let may_be_date = bytes.get(4) == Some(&b'-');
            resolve::resolve(text, Dialect::Yaml11) != Tag::Str
                || (may_be_date && resolve::resolve(text, Dialect::Yaml12) == Tag::Time)
                || is_sexagesimal(text)
        }
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            text.len() <= "false".len() && resolve::resolve(text, Dialect::Yaml11) != Tag::Str
        }
        _ => false,
    }
}

/// Whether a text is one of the booleans that YAML 1.2 did away with.
pub fn is_old_bool(text: &str) -> bool {
    text.len() <= "off".len() && resolve::resolve(text, Dialect::Yaml11) == Tag::Bool
}

/// Whether a text is a number in base 60, `12:30:45` say, which go-yaml quotes though it does not read it.
pub fn is_sexagesimal(text: &str) -> bool {
    let Some((first, rest)) = text.split_once(':') else { return false };
    let first = first.strip_prefix(['-', '+']).unwrap_or(first);
    let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit() || byte == b'_')
        && rest.split(':').all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

/// Appends a string in the given style, without a line break after it.
pub fn push(out: &mut String, text: &str, style: OutputStyle, place: Place) {
    match style {
        OutputStyle::Plain => style::push_plain(out, text, place),
        OutputStyle::SingleQuoted => style::push_single_quoted(out, text, place),
        OutputStyle::DoubleQuoted | OutputStyle::Literal => style::push_double_quoted(out, text, place),
    }
}

/// Appends a string and the line break after it; a literal block has its own.
pub fn push_line(out: &mut String, text: &str, quoting: Quoting, place: Place) {
    if quoting.style == OutputStyle::Literal {
        if style::push_literal(out, text, place.indent) {
            return;
        }
    } else {
        push(out, text, quoting.style, place);
    }
    out.push('\n');
}
