//! Characters that YAML forbids: controls, and U+FFFE and U+FFFF.

use std::ops::Range;

use crate::{Error, ErrorKind};

/// How many bytes go-yaml decodes at a time.
const CHUNK: usize = 512;

/// How many bytes are looked at without a branch.
const BLOCK: usize = 64;

/// Whether a text has nothing but printable ASCII and line feeds, as most have: nothing in it is forbidden, and its lines
/// end in one way.
pub(crate) fn are_usual(bytes: &[u8]) -> bool {
    // One more makes both what is no ASCII and the last of ASCII, a control, negative.
    let is_usual = |byte: u8| (byte.wrapping_add(1) as i8 > 0x20) | (byte == b'\n');
    let are = |block: &[u8]| block.iter().fold(true, |usual, &byte| usual & is_usual(byte));
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    // the last block may overlap the one before it
    blocks.iter().all(|block| are(block)) && bytes.last_chunk::<BLOCK>().map_or_else(|| are(rest), |last| are(last))
}

/// Where the first forbidden character of the range stands.
pub(super) fn first_forbidden(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = &text.as_bytes()[range.clone()];
    let mut from = 0;
    while let Some(at) = next_suspect(bytes, from) {
        if is_forbidden(&bytes[at..]) {
            return Some(range.start + at);
        }
        from = at + 1;
    }
    None
}

/// The next byte at or behind `from` that is, or may begin, a forbidden character.
fn next_suspect(bytes: &[u8], mut from: usize) -> Option<usize> {
    let suspect = |byte: u8| {
        (byte < 0x20) & (byte != b'\n') & (byte != b'\t') & (byte != b'\r')
            | (byte == 0x7f)
            | (byte == 0xc2)
            | (byte == 0xef)
    };
    // blocks first: their loop has no branches, so that the compiler makes vector code of it
    while let Some(block) = bytes.get(from..from + BLOCK) {
        if block.iter().fold(false, |found, &byte| found | suspect(byte)) {
            break;
        }
        from += BLOCK;
    }
    bytes[from..].iter().position(|&byte| suspect(byte)).map(|at| from + at)
}

fn is_forbidden(bytes: &[u8]) -> bool {
    match bytes {
        [0xc2, second, ..] => *second < 0xa0 && *second != 0x85,
        [0xef, 0xbf, third, ..] => *third >= 0xbe,
        [0xef, ..] => false,
        _ => true,
    }
}

/// Whether go-yaml, with its scanner at `reached`, has decoded as far as `at`: it decodes a block at a time, so that a
/// forbidden character counts even a little behind the end of a document.
pub(super) fn is_decoded(text: &str, start: usize, reached: usize, at: usize) -> bool {
    let mut decoded = start;
    while decoded <= reached + 4 {
        decoded += CHUNK;
        if decoded > at {
            return true;
        }
        while !text.is_char_boundary(decoded) {
            decoded -= 1;
        }
    }
    false
}

/// The error of a forbidden character.
pub(super) fn forbidden(text: &str, at: usize) -> Error {
    let character = text[at..].chars().next().unwrap_or_default();
    let message = format!("the control character U+{:04X} is not allowed in YAML", u32::from(character));
    Error::new(ErrorKind::Encoding, at as u32, message)
        .spanning(character.len_utf8() as u32)
        .help("remove it, or write it as an escape sequence in double quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_ascii_and_line_feeds_are_usual() {
        for byte in 0..=255 {
            let expected = matches!(byte, b' '..=b'~' | b'\n');
            for len in [1, 63, 64, 65, 200] {
                for at in [0, len / 2, len - 1] {
                    let mut text = vec![b'a'; len];
                    text[at] = byte;
                    assert_eq!(are_usual(&text), expected, "{byte} at {at} of {len}");
                }
            }
        }
    }
}
