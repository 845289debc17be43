//! The key-value pairs of a ConfigMap or Secret: from files of `key=value` lines, from literals, from whole files.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};

use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Span};

/// The lists that the pairs of one resource come from.
pub struct PairSources<'a> {
    /// Files of `key=value` lines.
    pub envs: &'a [Spanned<String>],
    /// Pairs as `key=value`.
    pub literals: &'a [Spanned<String>],
    /// Files as `path` or `key=path`.
    pub files: &'a [Spanned<String>],
}

/// What a key stands for: any bytes, with the place of the entry that asked for them.
pub type Value = Spanned<Arc<[u8]>>;

impl PairSources<'_> {
    /// Reads all pairs, sorted by key.
    ///
    /// Fails for entries that are not of their form, files that cannot be read, and a key that comes twice.
    pub fn read(&self, context: &Context) -> Result<BTreeMap<String, Value>> {
        let mut pairs = Pairs { context, values: BTreeMap::new() };
        for path in self.envs {
            pairs.add_lines(path)?;
        }
        for literal in self.literals {
            let (key, value) = split_literal(literal).ok_or_else(|| {
                Error::new(Code::GeneratorSource, format!("the literal `{}` is not of the form key=value", **literal))
                    .label_if(context.sources.place(literal), "")
            })?;
            pairs.add(key, literal.clone().map(|_| value.as_bytes().into()))?;
        }
        for file in self.files {
            let (key, path) = split_file(file).map_err(|wrong| {
                Error::new(Code::GeneratorSource, format!("the file entry `{}` {wrong}", **file))
                    .label_if(context.sources.place(file), "")
                    .help("write `path`, whose last part becomes the key, or `key=path`")
            })?;
            let path = file.clone().map(|_| path.to_owned());
            let bytes = context.loader.bytes(&path)?;
            let place = pairs.place_of_file(&path, &bytes).unwrap_or_else(|| path.clone());
            pairs.add(key, place.map(|_| bytes))?;
        }
        Ok(pairs.values)
    }
}

struct Pairs<'a> {
    context: &'a Context<'a>,
    values: BTreeMap<String, Value>,
}

impl Pairs<'_> {
    fn add(&mut self, key: &str, value: Value) -> Result<()> {
        let place = self.context.sources.place(&value);
        if let Some(first) = self.values.insert(key.to_owned(), value) {
            return Err(Error::new(Code::GeneratorSource, format!("the key `{key}` comes twice"))
                .label_if(place, "again from here")
                .label_if(self.context.sources.place(&first), "first from here"));
        }
        Ok(())
    }

    fn add_lines(&mut self, path: &Spanned<String>) -> Result<()> {
        let bytes = self.context.loader.bytes(path)?;
        let shown = self.shown(path, &bytes);
        for (number, line) in (1..).zip(lines(&bytes)) {
            match split_line(line, number == 1) {
                Ok(Some((key, value))) => {
                    let place = shown.as_ref().map_or(path.clone(), |shown| place_in(shown, line, value, &bytes));
                    self.add(key, place.map(|_| value.as_bytes().into()))?;
                }
                Ok(None) => {}
                Err(column) => return Err(self.not_text(path, &bytes, number, column)),
            }
        }
        Ok(())
    }

    /// The text of a file, for the journal to point into; `None` when there is no journal, or no text.
    fn shown(&self, path: &Spanned<String>, bytes: &[u8]) -> Option<Arc<Source>> {
        self.context.journal?;
        let text = std::str::from_utf8(bytes).ok()?;
        Some(self.context.sources.add_text(&self.context.loader.shown_entry(path), text))
    }

    /// The place of a whole file, when there is a journal and the file is text.
    fn place_of_file(&self, path: &Spanned<String>, bytes: &[u8]) -> Option<Spanned<String>> {
        let shown = self.shown(path, bytes)?;
        self.context.journal?.take_whole(&shown);
        Some(Spanned { value: String::new(), file: shown.id, at: 0, len: 0 })
    }

    /// The error for a line with a byte that is not UTF-8.
    fn not_text(&self, path: &Spanned<String>, bytes: &[u8], number: usize, column: usize) -> Error {
        let name = self.context.loader.shown_entry(path);
        let shown: Arc<Source> = self.context.sources.add_text(&name, String::from_utf8_lossy(bytes));
        // The text that is shown has no byte order mark.
        let column = if number == 1 && bytes.starts_with(BYTE_ORDER_MARK.as_bytes()) { column - 3 } else { column };
        let line_start = shown.text().split_inclusive('\n').take(number - 1).map(str::len).sum::<usize>();
        let span = Span { source: shown, at: (line_start + column) as u32, len: 1 };
        Error::new(Code::GeneratorSource, format!("line {number} of {name} is not valid UTF-8"))
            .label(span, "")
            .label_if(self.context.sources.place(path), "read because of this entry")
            .help("save the file as UTF-8, or list it under `files:` when it is binary")
    }
}

/// The place of the value of a line of a file of which all bytes are shown as a text.
fn place_in(shown: &Source, line: &[u8], value: &str, bytes: &[u8]) -> Spanned<String> {
    let (at, end) = (line.as_ptr() as usize - bytes.as_ptr() as usize, line.len() - value.len());
    // Of the bytes before, the text lacks a byte order mark and the carriage returns of line ends.
    let dropped = bytes[..at].windows(2).filter(|pair| pair == b"\r\n").count();
    let mark = if bytes.starts_with(BYTE_ORDER_MARK.as_bytes()) { BYTE_ORDER_MARK.len() } else { 0 };
    let at = (at + end).saturating_sub(dropped + mark) as u32;
    Spanned { value: String::new(), file: shown.id, at, len: 0 }
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A line that is longer than this ends the file, as in kustomize: it and what follows are lost.
const LONGEST_LINE: usize = 64 * 1024 - 1;

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = whole.split(|byte| *byte == b'\n').take_while(|line| line.len() <= LONGEST_LINE);
    lines.filter(move |_| !bytes.is_empty()).map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Key and value of one line; `None` for an empty line, a comment, and a line without a key.
///
/// A line that is not UTF-8 is an error: the number of good bytes before the first bad one.
fn split_line(line: &[u8], is_first: bool) -> std::result::Result<Option<(&str, &str)>, usize> {
    let line = std::str::from_utf8(line).map_err(|error| error.valid_up_to())?;
    let line = if is_first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
    let line = line.trim_start();
    if line.starts_with('#') {
        return Ok(None);
    }
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    Ok((!key.is_empty()).then_some((key, value)))
}

/// Key and value of `key=value`; a pair of quotes around the whole value goes away.
fn split_literal(literal: &str) -> Option<(&str, &str)> {
    let (key, value) = literal.split_once('=').filter(|(key, _)| !key.is_empty())?;
    let inner = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some((key, inner.unwrap_or(value)))
}

/// Key and path of `path` or `key=path`; the error says what is wrong with the entry.
pub fn split_file(entry: &str) -> std::result::Result<(&str, &str), &'static str> {
    let Some((key, path)) = entry.split_once('=') else { return Ok((base_name(entry), entry)) };
    match (key, path) {
        (_, path) if path.contains('=') => Err("has more than one `=`"),
        ("", _) => Err("has no key before its `=`"),
        (_, "") => Err("has no path after its `=`"),
        both => Ok(both),
    }
}

/// The last part of a path, as Go's `path.Base` gives it.
fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[u8]) -> Vec<(String, String)> {
        let split = lines(text).zip(0..).map(|(line, number)| split_line(line, number == 0).unwrap());
        split.flatten().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn lines_are_pairs_comments_or_empty() {
        let text = b"\xef\xbb\xbfA=1\r\n# comment\n\n  B = two words \nC=x=y\nBARE\n=nothing\n\t# too";
        let expected = [("A", "1"), ("B ", " two words "), ("C", "x=y"), ("BARE", "")];
        assert_eq!(pairs(text), owned(&expected));
        assert_eq!(pairs(b""), []);
        assert_eq!(pairs(b"\n\n"), []);
    }

    #[test]
    fn a_byte_order_mark_counts_on_the_first_line_alone() {
        assert_eq!(pairs(b"A=1\n\xef\xbb\xbfB=2"), owned(&[("A", "1"), ("\u{feff}B", "2")]));
    }

    #[test]
    fn a_line_of_64_kib_ends_the_file() {
        let text = |length: usize| format!("A=1\nB={}\nC=3\n", "x".repeat(length - 2)).into_bytes();
        assert_eq!(pairs(&text(65_535)).len(), 3);
        assert_eq!(pairs(&text(65_536)), owned(&[("A", "1")]));
    }

    #[test]
    fn a_line_that_is_not_text_says_where() {
        assert_eq!(split_line(b"A=\xff", false), Err(2));
    }

    #[test]
    fn literals_lose_one_pair_of_quotes() {
        for (literal, expected) in [
            ("a=b", Some(("a", "b"))),
            ("a=\"b c\"", Some(("a", "b c"))),
            ("a='b'", Some(("a", "b"))),
            ("a=''b''", Some(("a", "'b'"))),
            ("a=\"b'", Some(("a", "\"b'"))),
            ("a=\"", Some(("a", "\""))),
            ("a=\"\"", Some(("a", ""))),
            ("a=b=c", Some(("a", "b=c"))),
            ("a=", Some(("a", ""))),
            ("=b", None),
            ("a", None),
        ] {
            assert_eq!(split_literal(literal), expected, "{literal}");
        }
    }

    #[test]
    fn file_entries_may_name_their_key() {
        assert_eq!(split_file("dir/app.conf"), Ok(("app.conf", "dir/app.conf")));
        assert_eq!(split_file("key=dir/app.conf"), Ok(("key", "dir/app.conf")));
        assert_eq!(split_file("dir/"), Ok(("dir", "dir/")));
        for wrong in ["=a", "a=", "a=b=c", "="] {
            assert!(split_file(wrong).is_err(), "{wrong}");
        }
    }
}
