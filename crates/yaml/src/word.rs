//! Words: texts that are strings in all versions of YAML, and that are plain wherever a block collection has them.
//!
//! Most texts of manifests are such. Their nodes know it, so that it is found out once.

use crate::order::front;
use crate::quote;

/// Whether a text is a word without spaces, after a look at all of it; a quick look that answers no when in doubt.
pub fn is_word(text: &str) -> bool {
    begins_as_word(text.as_bytes()) && !text.ends_with(':') && quote::is_all_of_words(text)
}

/// Whether a plain text of printable ASCII on one line is a word, if a reader takes it for a text or for a key; a quick look
/// that answers no when in doubt.
#[inline]
pub fn begins_as_word(text: &[u8]) -> bool {
    let Some(&first) = text.first() else { return false };
    match STARTS[first as usize] {
        Start::Sure => true,
        Start::Doubtful => text.len() > LONGEST_TYPED || !may_have_type(text),
        Start::Digit => text.last().is_some_and(|&last| ends_no_number(last)),
        Start::Dash => matches!(text, [_, b'-', third, ..] if third.is_ascii_alphanumeric()),
        Start::Other => false,
    }
}

/// Whether a byte ends no number in any base and no date: `100m`, `96Mi`.
fn ends_no_number(last: u8) -> bool {
    matches!(last.to_ascii_lowercase(), b'g'..=b'y')
}

/// No null and no boolean is longer: `false`.
const LONGEST_TYPED: usize = 5;

/// Whether a text of so many letters may be a null or a boolean.
fn may_have_type(text: &[u8]) -> bool {
    const LOWER: u64 = u64::from_be_bytes([0x20; 8]);
    const fn lower(text: &[u8]) -> u64 {
        front(text) | LOWER
    }
    const TYPED: [u64; 9] = [
        lower(b"null"),
        lower(b"true"),
        lower(b"no"),
        lower(b"on"),
        lower(b"yes"),
        lower(b"off"),
        lower(b"y"),
        lower(b"n"),
        lower(b"false"),
    ];
    TYPED.contains(&lower(text))
}

/// What the first byte of a text says about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Neither syntax nor any type forbids the text to be plain.
    Sure,
    /// It may be one like `true`.
    Doubtful,
    /// It may be a number or a date.
    Digit,
    /// It may be a number or an item, but for what begins with two dashes: `--verbose`.
    Dash,
    /// It may be a number, or mean something in YAML.
    Other,
}

static STARTS: [Start; 256] = {
    let mut table = [Start::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => Start::Doubtful,
            b'a'..=b'z' | b'A'..=b'Z' | b'$' | b'(' | b'/' | b'_' => Start::Sure,
            b'0'..=b'9' => Start::Digit,
            b'-' => Start::Dash,
            _ => Start::Other,
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quote::{OutputStyle, Quoting};
    use crate::{Dialect, Tag, resolve};

    fn assert_is_plain_string(text: &str) {
        let quoting = Quoting::of(text);
        assert_eq!((quoting.style, quoting.multiline), (OutputStyle::Plain, false), "{text:?}");
        for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
            assert_eq!(resolve(text, dialect), Tag::Str, "{text:?}");
        }
    }

    #[test]
    fn words_are_recognised() {
        for text in [
            "name",
            "app.kubernetes.io/name",
            "shop-0",
            "a:b",
            "x=<y>",
            "Trueish",
            "nul",
            "yesno",
            "/etc",
            "$(A)",
            "100m",
            "96Mi",
            "1x",
            "0xg",
            "2020-01-01T",
            "--listen=:8080",
            "--1",
        ] {
            assert!(is_word(text), "{text:?}");
            assert_is_plain_string(text);
        }
    }

    #[test]
    fn what_may_be_something_else_is_no_word() {
        for text in [
            "",
            "y",
            "No",
            "on",
            "OFF",
            "true",
            "Null",
            "~",
            "1",
            "-",
            "-a",
            "--",
            "---",
            "---a",
            "-1",
            ".5",
            "0x1f",
            "1e3",
            "1_",
            "12:30",
            "2020-01-01T00:00:00Z",
            "0b",
            "+1",
            "<<",
            "a:",
            "a b",
            "a#b",
            "a,b",
            "[a]",
            "'a'",
            "é",
            "a\n",
            "a\tb",
            "!a",
            "*a",
            "=",
        ] {
            assert!(!is_word(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_word_is_a_plain_string(text in "[a-zA-Z0-9:.<>=!?'\"#~_/ -]{0,8}|[yYnNtTfFoO][a-zA-Z]{0,5}|[0-9-][0-9a-zA-Z:._+-]{0,6}") {
            if is_word(&text) {
                assert_is_plain_string(&text);
            }
        }
    }
}
