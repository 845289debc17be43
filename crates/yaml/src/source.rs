use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::read::are_usual;
use crate::{Error, ErrorKind, Result, flow_scalar};

/// Which file a node was read from: an index into the sources of one session. 0 means "made, not read".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// The text of one file (or of an inline piece) as the reader sees it, and what people call it.
#[derive(Debug, Default)]
pub struct Source {
    /// The file's number in its session.
    pub id: FileId,
    /// What to show to people: a path relative to where they stand, a URL, or `kustomization.yaml: patches[0].patch`.
    pub name: String,
    text: ByteString,
    /// Whether the text has nothing but printable ASCII and line feeds.
    is_usual: bool,
    /// For a text that stands inside another file: that file, and where in it the text begins.
    outer: Option<(Arc<Source>, u32)>,
}

impl Source {
    /// A source from text that is UTF-8 already; `\r\n` becomes `\n` and a leading byte order mark goes away.
    ///
    /// Neither changes the line or the column of anything that is left, so positions stay those of the file.
    pub fn new(id: FileId, name: impl Into<String>, text: impl Into<String>) -> Self {
        Source::from_text(id, name, ByteString::from(text.into()))
    }

    /// The same of a text that may lie in a larger piece of memory, where it stays.
    pub fn from_text(id: FileId, name: impl Into<String>, mut text: ByteString) -> Self {
        let is_usual = are_usual(text.as_bytes());
        if !is_usual {
            if let Some(behind) = text.strip_prefix('\u{feff}') {
                text = text.slice_ref(behind);
            }
            if text.contains("\r\n") {
                text = text.replace("\r\n", "\n").into();
            }
        }
        Source { id, name: name.into(), text, is_usual, outer: None }
    }

    /// The same source as a scalar that begins at byte `at` of a file, so that positions are those of the file.
    ///
    pub fn inside(mut self, outer: Arc<Source>, at: u32) -> Self {
        self.outer = Some((outer, at));
        self
    }

    /// A source from the bytes of a file: UTF-8, or UTF-16 with a byte order mark.
    ///
    /// Fails with [`ErrorKind::Encoding`] where the bytes are not text; `at` counts bytes of the input.
    pub fn from_bytes(id: FileId, name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        Source::from_shared_bytes(id, name, bytes.into())
    }

    /// The same of bytes that may lie in a larger piece of memory, where they stay.
    ///
    /// Fails as [`Source::from_bytes`] does.
    pub fn from_shared_bytes(id: FileId, name: impl Into<String>, bytes: Bytes) -> Result<Self> {
        let utf16 = |unit: fn([u8; 2]) -> u16| {
            let units = bytes[2..].chunks(2).map(|pair| match pair {
                [a, b] => unit([*a, *b]),
                _ => 0xd800, // half a unit is as wrong as half a pair
            });
            let decoded: std::result::Result<String, _> = char::decode_utf16(units).collect();
            decoded.map_err(|_| Error::new(ErrorKind::Encoding, 0, "the file is not valid UTF-16"))
        };
        let text = match &bytes[..] {
            [0xff, 0xfe, ..] => utf16(u16::from_le_bytes)?.into(),
            [0xfe, 0xff, ..] => utf16(u16::from_be_bytes)?.into(),
            _ => ByteString::try_from(bytes.clone()).map_err(|error| {
                let at = error.valid_up_to();
                let message = format!("the file is not valid UTF-8 (byte 0x{:02x} at offset {at})", bytes[at]);
                Error::new(ErrorKind::Encoding, at as u32, message)
                    .help("save the file as UTF-8, or list it under `files:` of a generator when it is binary")
            })?,
        };
        Ok(Source::from_text(id, name, text))
    }

    /// Whether the text has nothing but printable ASCII and line feeds, as most have.
    pub(crate) fn is_usual(&self) -> bool {
        self.is_usual
    }

    /// The text that spans point into.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; the end of the text for an offset beyond it.
    pub fn position(&self, at: u32) -> Position {
        if let Some((outer, place)) = self.outer.as_ref().filter(|_| self.is_rewritten()) {
            let rest = outer.text.get(*place as usize..).unwrap_or_default();
            return outer.position(place + flow_scalar::offset(rest, &self.text, at as usize) as u32);
        }
        let at = floor_char_boundary(&self.text, at as usize);
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (lines, columns) = self.inset();
        Position {
            line: memchr::memchr_iter(b'\n', before.as_bytes()).count() as u32 + 1 + lines,
            column: before[line_start..].chars().count() as u32 + 1 + columns,
        }
    }

    /// Whether it is a scalar inside another file in a form that has escapes or folds its lines: not a block.
    pub fn is_rewritten(&self) -> bool {
        self.outer.as_ref().is_some_and(|(outer, at)| {
            let rest = outer.text.get(*at as usize..).unwrap_or_default();
            !rest.starts_with(['|', '>'])
        })
    }

    /// How many lines come before this text in its file, and how many characters before each of its lines. Found out
    /// when it is asked: a file can have thousands of such texts.
    fn inset(&self) -> (u32, u32) {
        let Some((outer, at)) = &self.outer else { return (0, 0) };
        let start = outer.position(*at);
        let rest = outer.text.get(*at as usize..).unwrap_or_default();
        let indent = |line: &str| (line.len() - line.trim_start().len()) as u32;
        let first = rest.lines().skip(1).find(|line| !line.trim_start().is_empty()).map_or(0, indent);
        let own = self.text.lines().find(|line| !line.is_empty()).map_or(0, indent);
        // A text can lack empty lines that its block begins with.
        let is_empty = |line: &&str| line.trim_start().is_empty();
        let blank = rest.lines().skip(1).take_while(is_empty).count() as u32;
        let own_blank = self.text.lines().take_while(is_empty).count() as u32;
        (start.line + blank.saturating_sub(own_blank), first.saturating_sub(own))
    }

    /// The whole line that holds a byte offset, without its newline.
    pub fn line(&self, at: u32) -> &str {
        let at = floor_char_boundary(&self.text, at as usize);
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        &self.text[start..end]
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new(FileId(1), "a.yaml", "a: é x\r\nb: 2\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(6), Position { line: 1, column: 6 });
        assert_eq!(source.position(8), Position { line: 2, column: 1 });
        assert_eq!(source.line(8), "b: 2");
        assert_eq!(source.position(1000).line, 3);
    }

    #[test]
    fn utf16_with_a_mark_is_read_and_bad_bytes_are_refused() {
        let bytes = vec![0xff, 0xfe, b'a', 0, b':', 0];
        assert_eq!(Source::from_bytes(FileId(1), "a", bytes).unwrap().text(), "a:");
        let error = Source::from_bytes(FileId(1), "a", vec![b'a', 0xff]).unwrap_err();
        assert_eq!((error.kind, error.at), (ErrorKind::Encoding, 1));
    }
}
