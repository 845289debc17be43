//! Trees as JSON, byte for byte as Go's `encoding/json` writes them.

use crate::entries::{self, Around, Entry, Found};
use crate::order::Order;
use crate::settle::{self, Value};
use crate::{Kind, NodeId, Result, Style, Tree, number};

/// Appends a node as `json.Marshal` prints it after kustomize has decoded it: no spaces, keys sorted by their bytes,
/// `<`, `>`, `&`, U+2028 and U+2029 escaped.
///
/// Fails where printing as YAML fails, but for characters that only YAML refuses.
pub fn to_json(tree: &Tree, id: NodeId, out: &mut String) -> Result<()> {
    let mut printer = Printer { tree, out, entries: Vec::with_capacity(32) };
    printer.push(id, Around { flow: false, outermost: true, reread: true })
}

struct Printer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
    /// The sorted entries of the mappings that are being written, innermost last.
    entries: Vec<Entry>,
}

impl Printer<'_> {
    fn push(&mut self, id: NodeId, around: Around) -> Result<()> {
        let around = Around { flow: around.flow || self.tree.style(id) == Style::Flow, ..around };
        match self.tree.kind(id) {
            Kind::Scalar => self.scalar(id, around),
            Kind::Sequence => {
                self.out.push('[');
                for (at, item) in self.tree.items(id).enumerate() {
                    if at > 0 {
                        self.out.push(',');
                    }
                    self.push(item, Around { outermost: false, ..around })?;
                }
                self.out.push(']');
                Ok(())
            }
            Kind::Mapping => self.mapping(id, around),
        }
    }

    fn scalar(&mut self, id: NodeId, around: Around) -> Result<()> {
        if let Some(text) = self.tree.word(id).or_else(|| settle::steady_string(self.tree, id)) {
            push_json_string(self.out, text);
        } else if let Some(text) = settle::steady_value(self.tree, id) {
            self.out.push_str(text);
        } else {
            push_scalar(settle::value(self.tree, id, around.flow)?, self.out);
        }
        Ok(())
    }

    fn mapping(&mut self, id: NodeId, around: Around) -> Result<()> {
        self.out.push('{');
        let start = self.entries.len();
        if entries::push_sorted(self.tree, id, Order::Bytes, &mut self.entries) == Found::Odd {
            for (at, (key, _, value)) in entries::sorted(self.tree, id, around, Order::Bytes)?.iter().enumerate() {
                self.entry(key, *value, at == 0, around)?;
            }
        }
        for at in start..self.entries.len() {
            let Entry { name, value, .. } = self.entries[at];
            self.entry(self.tree.text(name), value, at == start, around)?;
        }
        self.entries.truncate(start);
        self.out.push('}');
        Ok(())
    }

    fn entry(&mut self, key: &str, value: NodeId, is_first: bool, around: Around) -> Result<()> {
        if !is_first {
            self.out.push(',');
        }
        push_json_string(self.out, key);
        self.out.push(':');
        self.push(value, Around { outermost: false, ..around })
    }
}

fn push_scalar(value: Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Integer(digits) => out.push_str(&digits),
        Value::Float(value) => number::push_json_float(out, value),
        Value::Text(text) => push_json_string(out, &text),
    }
}

/// A string in JSON's quotes, as `json.Marshal` prints it.
pub fn json_string(text: &str) -> String {
    let mut quoted = String::new();
    push_json_string(&mut quoted, text);
    quoted
}

/// Appends a string in JSON's quotes, as `json.Marshal` prints it.
pub fn push_json_string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    push_json_text(out, text);
    out.push('"');
}

/// Appends a text as it stands between JSON's quotes.
pub fn push_json_text(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let Some(mut at) = next_suspect(bytes) else { return out.push_str(text) };
    let mut done = 0;
    loop {
        let character = text[at..].chars().next().filter(|&c| needs_escape(c));
        if let Some(c) = character {
            out.push_str(&text[done..at]);
            push_escape(out, c);
            done = at + c.len_utf8();
        }
        // What begins with the same byte as U+2028 has three bytes as well.
        at += if bytes[at] == FIRST_OF_U2028 { 3 } else { 1 };
        match next_suspect(&bytes[at..]) {
            Some(found) => at += found,
            None => break,
        }
    }
    out.push_str(&text[done..]);
}

/// The first byte of U+2028 and U+2029.
const FIRST_OF_U2028: u8 = 0xe2;

/// Whether an escape may begin with a byte.
const fn is_suspect(byte: u8) -> bool {
    // Without branches, so that the compiler makes vector code of it.
    (byte < b' ')
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == b'<')
        | (byte == b'>')
        | (byte == b'&')
        | (byte == FIRST_OF_U2028)
}

static SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_suspect(byte as u8);
        byte += 1;
    }
    table
};

/// Where a byte is that an escape may begin with.
fn next_suspect(bytes: &[u8]) -> Option<usize> {
    // All of a block is looked at, many bytes at once: nearly every one is plain.
    let (blocks, rest) = bytes.as_chunks::<16>();
    let is_plain = |block: &&[u8; 16]| !block.iter().fold(false, |found, &byte| found | is_suspect(byte));
    let plain = blocks.iter().take_while(is_plain).count() * 16;
    let rest = if plain < blocks.len() * 16 { &bytes[plain..] } else { rest };
    rest.iter().position(|&byte| SUSPECT[byte as usize]).map(|at| plain + at)
}

fn needs_escape(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn push_escape(out: &mut String, c: char) {
    let short = match c {
        '"' | '\\' => c,
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x08' => 'b',
        '\x0c' => 'f',
        _ => return out.push_str(&format!("\\u{:04x}", c as u32)),
    };
    out.push('\\');
    out.push(short);
}

/// JSON in one line, as [`to_json`] prints it, laid out as Go's `json.MarshalIndent` does with two spaces.
pub fn indent_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string) = (0, false);
    let mut rest = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = rest.next() {
        match c {
            _ if in_string => {
                out.push(c);
                match c {
                    '\\' => out.extend(rest.next()),
                    '"' => in_string = false,
                    _ => {}
                }
            }
            '{' | '[' => {
                out.push(c);
                if rest.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    out.extend(rest.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{FileId, Source, read_resources};

    fn json(text: &str) -> String {
        let source = Arc::new(Source::new(FileId(1), "a.yaml", text));
        let tree = &read_resources(&source).unwrap()[0];
        let mut out = String::new();
        to_json(tree, tree.root(), &mut out).unwrap();
        out
    }

    #[test]
    fn keys_are_sorted_by_their_bytes_and_values_have_their_types() {
        let text = "b: [1, 1.0, 1e21, 'x', null, true, 2020-01-01]\na10: {}\na2: []\nB: 0x1f\n";
        let expected = r#"{"B":31,"a10":{},"a2":[],"b":[1,1,1e+21,"x",null,true,"2020-01-01T00:00:00Z"]}"#;
        assert_eq!(json(text), expected);
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        assert_eq!(
            json(r#"a: "0123456789abcdef…<…\u20280123456789abcdef0123456789abcdef""#),
            "{\"a\":\"0123456789abcdef…\\u003c…\\u20280123456789abcdef0123456789abcdef\"}"
        );
        assert_eq!(
            json(r#"a: "<a href='b'>&\"\\\n\t\b\f\x01\x7f\u2028é😀""#),
            "{\"a\":\"\\u003ca href='b'\\u003e\\u0026\\\"\\\\\\n\\t\\b\\f\\u0001\u{7f}\\u2028é😀\"}"
        );
    }
}
