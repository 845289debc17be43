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
        if let Some(quoting) = Quoting::at_a_glance(text) {
            return quoting;
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

    /// The same for lines of printable ASCII that nothing is odd about.
    pub fn at_a_glance(text: &str) -> Option<Quoting> {
        if memchr::memchr(b'\n', text.as_bytes()).is_some() {
            is_clean_block(text).then_some(Quoting { style: OutputStyle::Literal, multiline: true })
        } else if is_plain_line(text) {
            let style = if is_typed(text) { OutputStyle::DoubleQuoted } else { OutputStyle::Plain };
            Some(Quoting { style, multiline: false })
        } else {
            None
        }
    }
}

/// Appends a text that can only be plain or, for its type, double-quoted, and that needs no look at its place; says
/// whether it was one. Most texts are.
pub fn push_word(out: &mut String, text: &str) -> bool {
    if !is_word(text) {
        return false;
    }
    if is_typed(text) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(text);
    }
    true
}

/// Whether a text is letters, digits and characters that mean nothing in YAML where they stand: it can be plain, but
/// for `:` inside `{}` and `[]`.
pub fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts_well = match bytes {
        [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] | [b'-'] => false,
        [b'-' | b'.' | b'+', ..] => true,
        [first, ..] => WORD_START[*first as usize],
        [] => false,
    };
    starts_well && bytes.last() != Some(&b':') && is_all_of_words(text)
}

/// Whether a text is letters, digits and characters that mean nothing in YAML unless they stand in front.
pub fn is_all_of_words(text: &str) -> bool {
    is_all(text.as_bytes(), &WORD)
}

/// Whether a text is ASCII on one line that syntax lets be plain; a quick look that answers no when in doubt.
pub fn is_plain_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|&first| WORD_START[first as usize])
        && !matches!(bytes.last(), Some(b' ' | b':'))
        && bytes.iter().fold(true, |all, byte| all & matches!(byte, 0x20..=0x7e))
        && memchr::memchr_iter(b':', bytes).all(|at| bytes[at + 1] != b' ')
        && memchr::memchr_iter(b'#', bytes).all(|at| bytes[at - 1] != b' ')
}

/// Whether a text is ASCII lines that can be a literal block; a quick look that answers no when in doubt.
pub fn is_clean_block(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut line_ends = memchr::memchr_iter(b'\n', bytes).peekable();
    line_ends.peek().is_some()
        && bytes.last() != Some(&b' ')
        && line_ends.all(|at| at == 0 || bytes[at - 1] != b' ')
        && bytes.iter().fold(true, |all, byte| all & matches!(byte, b'\n' | 0x20..=0x7e))
}

/// Whether the table has all bytes. Nearly always it has, so that four at a time are looked up before anything is decided.
fn is_all(bytes: &[u8], table: &[bool; 256]) -> bool {
    let has = |byte: u8| table[byte as usize];
    let (fours, rest) = bytes.as_chunks::<4>();
    fours.iter().all(|&[a, b, c, d]| has(a) & has(b) & has(c) & has(d)) && rest.iter().all(|&byte| has(byte))
}

/// Letters, digits and `$()/;<^_~`.
static WORD_START: [bool; 256] = table(b"$()/;<^_~");

/// Letters, digits and characters that can stand anywhere but in front.
static WORD: [bool; 256] = table(b"!$%&'()*+-./:;<=>@^_`|~");

const fn table(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

/// No word that means something else than itself is longer: `false`.
const LONGEST_WORD: usize = 5;

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
        Some(_) if bytes.len() > LONGEST_WORD => false,
        Some(_) => {
            is_old_bool(text)
                || matches!(
                    text,
                    "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "~" | "null" | "Null" | "NULL"
                )
        }
    }
}

/// Whether a text is one of the booleans that YAML 1.2 did away with.
pub fn is_old_bool(text: &str) -> bool {
    text.len() <= 3
        && matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "off"
                | "Off"
                | "OFF"
        )
}

/// Whether a text is a number in base 60, `12:30:45` say, which go-yaml quotes though it does not read it.
pub fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let Some(colon) = memchr::memchr(b':', unsigned.as_bytes()) else { return false };
    let (first, rest) = (&unsigned[..colon], &unsigned[colon + 1..]);
    let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    first.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit() || byte == b'_')
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
