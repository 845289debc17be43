//! Reading JSON as Go's `encoding/json` does, into a tree that knows where its nodes stand.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{Error, ErrorKind, Kind, NodeId, Result, Source, Style, Tag, Text, Tree};

/// Nested deeper than this, kustomize refuses to read.
const MAX_DEPTH: usize = 10_000;

/// Reads a text that is one JSON value. Of equal keys the last one counts.
///
/// Fails where the text is not JSON.
pub(super) fn read(source: &Arc<Source>) -> Result<Tree> {
    let mut reader = Reader { text: source.text(), at: 0, tree: Tree::new(source.clone()), open: Vec::new() };
    let root = reader.value()?;
    reader.skip_blanks();
    if reader.at < reader.text.len() {
        return Err(reader.error("something stands behind the end of the JSON value"));
    }
    reader.tree.set_root(root);
    Ok(reader.tree)
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    tree: Tree,
    /// Collections that are being read, with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
}

impl Reader<'_> {
    /// Reads a value with all that is in it, without recursion.
    fn value(&mut self) -> Result<NodeId> {
        loop {
            self.skip_blanks();
            let mut done = match self.peek() {
                Some(b'[') => self.begin(Kind::Sequence, b']')?,
                Some(b'{') => self.begin(Kind::Mapping, b'}')?,
                _ => Some(self.scalar()?),
            };
            // A value that is complete may complete those around it.
            while let Some(value) = done {
                let Some((collection, key)) = self.open.last_mut() else { return Ok(value) };
                let (collection, key) = (*collection, key.take());
                self.place(collection, key, value);
                done = self.after(collection)?;
            }
        }
    }

    /// Opens a collection; returns it when it is empty.
    fn begin(&mut self, kind: Kind, end: u8) -> Result<Option<NodeId>> {
        let empty = Text::in_source(0, 0);
        let node = self.tree.read_node(kind, Style::Flow, Tag::Collection, empty, self.at as u32);
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(Some(node));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::new(ErrorKind::TooDeep, self.at as u32, "nested deeper than 10,000 levels"));
        }
        self.open.push((node, None));
        if kind == Kind::Mapping {
            self.key()?;
        }
        Ok(None)
    }

    fn key(&mut self) -> Result<()> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in double quotes is missing"));
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.error("a colon is missing behind the key"));
        }
        self.at += 1;
        if let Some((_, waiting)) = self.open.last_mut() {
            *waiting = Some(key);
        }
        Ok(())
    }

    fn place(&mut self, collection: NodeId, key: Option<NodeId>, value: NodeId) {
        if let Some(key) = key {
            self.tree.link_last(collection, key);
        }
        self.tree.link_last(collection, value);
    }

    /// What stands behind a value in a collection; returns the collection when it ends.
    fn after(&mut self, collection: NodeId) -> Result<Option<NodeId>> {
        let is_mapping = self.tree.is_mapping(collection);
        self.skip_blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                if is_mapping {
                    self.key()?;
                }
                Ok(None)
            }
            Some(b'}') if is_mapping => self.end(collection),
            Some(b']') if !is_mapping => self.end(collection),
            _ => Err(self.error("a comma or the end of the collection is missing")),
        }
    }

    fn end(&mut self, collection: NodeId) -> Result<Option<NodeId>> {
        self.at += 1;
        self.open.pop();
        if self.tree.is_mapping(collection) {
            self.drop_repeated(collection);
        }
        Ok(Some(collection))
    }

    /// Keeps the last one of entries with equal keys.
    fn drop_repeated(&mut self, mapping: NodeId) {
        let entries: Vec<(NodeId, NodeId)> = self.tree.entries(mapping).collect();
        let last: FxHashMap<&str, NodeId> = entries.iter().map(|&(key, _)| (self.tree.text(key), key)).collect();
        if last.len() < entries.len() {
            let is_last = |key: NodeId| last.get(self.tree.text(key)) == Some(&key);
            let kept = entries.iter().filter(|&&(key, _)| is_last(key));
            let kept: Vec<NodeId> = kept.flat_map(|&(key, value)| [key, value]).collect();
            self.tree.set_items(mapping, &kept);
        }
    }

    fn scalar(&mut self) -> Result<NodeId> {
        if self.peek() == Some(b'"') {
            return self.string();
        }
        let rest = &self.text[self.at..];
        let end = rest.find([',', ']', '}', ':', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let tag = match &rest[..end] {
            "null" => Tag::Null,
            "true" | "false" => Tag::Bool,
            number if is_number(number) && number.contains(['.', 'e', 'E']) => Tag::Float,
            number if is_number(number) => Tag::Int,
            _ => return Err(self.error("no JSON value begins here")),
        };
        if tag == Tag::Float && rest[..end].parse::<f64>().is_ok_and(f64::is_infinite) {
            return Err(self.error("the number is too large"));
        }
        let text = Text::in_source(self.at as u32, end as u32);
        let node = self.tree.read_node(Kind::Scalar, Style::Plain, tag, text, self.at as u32);
        self.at += end;
        Ok(node)
    }

    fn string(&mut self) -> Result<NodeId> {
        let start = self.at;
        self.at += 1;
        let plain = self.text[self.at..].find(|character| matches!(character, '"' | '\\' | '\0'..='\x1f'));
        let plain = plain.ok_or_else(|| self.error("the string has no end"))?;
        let text = if self.text.as_bytes()[self.at + plain] == b'"' {
            let text = Text::in_source(self.at as u32, plain as u32);
            self.at += plain + 1;
            text
        } else {
            let text = self.escaped()?;
            self.tree.store(&text)
        };
        Ok(self.tree.read_node(Kind::Scalar, Style::DoubleQuoted, Tag::Str, text, start as u32))
    }

    fn escaped(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(character) = rest.chars().next() else { return Err(self.error("the string has no end")) };
            match character {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => return Err(self.error("a control character stands in the string")),
                _ => {
                    self.at += character.len_utf8();
                    text.push(character);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let code = self.text.as_bytes().get(self.at + 1);
        let character = match code {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("there is no such escape")),
        };
        self.at += 2;
        Ok(character)
    }

    /// One or two escapes of four digits; half a pair becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char> {
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u").and_then(|rest| rest.get(..4))?;
            u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let first = unit(&self.text[self.at..]).ok_or_else(|| self.error("an escape needs four digits"))?;
        self.at += 6;
        let second = unit(&self.text[self.at..]);
        let units = [Some(first), second].into_iter().flatten();
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => {
                self.at += if character.len_utf16() == 2 { 6 } else { 0 };
                Ok(character)
            }
            _ => Ok(char::REPLACEMENT_CHARACTER),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        let blanks = self.text[self.at..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        self.at += blanks.count();
    }

    fn error(&self, message: &str) -> Error {
        Error::new(ErrorKind::Syntax, self.at as u32, format!("the JSON is wrong: {message}"))
    }
}

/// Whether the text is a number as JSON writes them.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use rustomize_yaml::{FileId, to_json};

    use super::*;

    fn read_text(text: &str) -> Result<String> {
        let tree = read(&Arc::new(Source::new(FileId(1), "patch.json", text)))?;
        let mut json = String::new();
        to_json(&tree, tree.root(), &mut json)?;
        Ok(json)
    }

    #[test]
    fn json_is_read_as_it_is() {
        for text in ["[]", "{}", r#"{"a":[1,-2.5,true,null,"x"],"b":{"c":{}}}"#, r#"["\u003c\n\t\\"]"#] {
            assert_eq!(read_text(text).unwrap(), text);
        }
        assert_eq!(read_text(" [ 1 ,\t2 ]\n").unwrap(), "[1,2]");
        assert_eq!(read_text(r#"{"a":1,"b":2,"a":3}"#).unwrap(), r#"{"a":3,"b":2}"#);
        assert_eq!(read_text(r#"["\/\u00e9\ud83d\ude00\ud83d x"]"#).unwrap(), "[\"/\u{e9}\u{1f600}\u{fffd} x\"]");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let wrong =
            ["[", "[1", "[1,]", "{a: 1}", "{\"a\" 1}", "[01]", "[1.]", "[+1]", "[nul]", "['x']", "[\"x]", "[] []"];
        for text in wrong.into_iter().chain(["[\"\\x\"]", "[\"\\u12\"]", "[\"a\nb\"]", "[1e400]", "[1}", ""]) {
            assert!(read_text(text).is_err(), "{text}");
        }
        assert_eq!(read_text(&"[".repeat(20_000)).unwrap_err().kind, ErrorKind::TooDeep);
    }
}
