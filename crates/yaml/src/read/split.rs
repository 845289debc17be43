//! Cutting a file of resources into pieces before anything is parsed, as kustomize does.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::{Error, ErrorKind, Result};

/// What a separator begins with. To make ready for looking takes longer than to look through a small file.
static SEPARATOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n---"));

/// The pieces of a text, in order: it is cut at every line but the first that begins with `---` and has a line break
/// at its end, wherever such a line stands, in a quoted text too.
///
/// # Errors
/// Anything but a comment behind `---`, at the separator where it stands.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Result<Range<usize>>> {
    let mut separators = SEPARATOR.find_iter(text.as_bytes());
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        loop {
            let Some(newline) = separators.next() else {
                start = None;
                return Some(Ok(from..text.len()));
            };
            if newline < from {
                continue; // its line break belongs to the separator before it
            }
            let rest = &text[newline + 4..];
            let Some(len) = memchr::memchr(b'\n', rest.as_bytes()) else {
                start = None;
                return Some(Ok(from..text.len()));
            };
            let behind = rest[..len].trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                start = None;
                return Some(Err(not_alone(newline + 1, 3 + len)));
            }
            start = Some(newline + 4 + len + 1);
            return Some(Ok(from..newline + 1));
        }
    })
}

fn not_alone(at: usize, len: usize) -> Error {
    Error::new(ErrorKind::Syntax, at as u32, "a line that begins with `---` separates documents and holds nothing else")
        .spanning(len as u32)
        .help("begin the document on the next line; indent the line if it belongs to a text")
}
