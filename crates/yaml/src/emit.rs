//! Printing: a tree becomes the text that kustomize prints.

use std::borrow::Cow;

use crate::entries::{self, Around, Entry, Found};
use crate::order::Order;
use crate::quote::{self, OutputStyle, Quoting};
use crate::settle::{self, Value};
use crate::style::{self, Place};
use crate::{Kind, NodeId, Result, Style, Tree, number, through_json};

/// Appends a resource as kustomize prints it, down to the byte.
///
/// Keys come in [`natural_order`](crate::natural_order), lists are not indented under their key, long lines are folded at 80 columns, and
/// strings that YAML 1.1 would take for something else are quoted; comments, styles and the author's order are gone.
/// What kustomize cannot print is an [`Unprintable`](crate::ErrorKind::Unprintable), [`Tag`](crate::ErrorKind::Tag) or [`DuplicateKey`](crate::ErrorKind::DuplicateKey)
/// at the place where the value was read.
pub fn emit(tree: &Tree, id: NodeId, out: &mut String) -> Result<()> {
    print(tree, id, true, out)
}

/// Appends a resource as kustomize writes it to a file of its own, when the output is a directory.
///
/// What [`emit`] prints was printed and read once more in between; here it was not. So the types that merges and
/// replacements have left behind count, whatever the quotes are, and blocks come out as they were read.
pub fn emit_for_file(tree: &Tree, id: NodeId, out: &mut String) -> Result<()> {
    print(tree, id, false, out)
}

fn print(tree: &Tree, id: NodeId, reread: bool, out: &mut String) -> Result<()> {
    let mut emitter = Emitter { tree, out: std::mem::take(out), reread, entries: Vec::with_capacity(32) };
    let result = match tree.kind(id) {
        Kind::Scalar => emitter.scalar(id, 0, 2, false),
        _ if tree.is_empty(id) => emitter.empty(id),
        Kind::Mapping => emitter.mapping(id, 0, false, true),
        Kind::Sequence => emitter.sequence(id, 0, false),
    };
    *out = emitter.out;
    result
}

/// The width beyond which go-yaml v2 breaks a line at the next space.
const WIDTH: usize = 80;
/// The longest key, in bytes, that is written as `key: value`; longer ones become `? key`.
const SIMPLE_KEY: usize = 128;

struct Emitter<'a> {
    tree: &'a Tree,
    out: String,
    /// Scalars are what they are after they have been printed and read once more.
    reread: bool,
    /// The sorted entries of the mappings that are being written, innermost last.
    entries: Vec<Entry>,
}

impl<'a> Emitter<'a> {
    /// Writes the entries of a mapping that is not empty; the cursor stands where the first key comes.
    fn mapping(&mut self, id: NodeId, indent: usize, flow: bool, outermost: bool) -> Result<()> {
        let flow = flow || self.tree.style(id) == Style::Flow;
        if self.tree.is_in_order(id) {
            return self.ordered(id, indent, flow);
        }
        let start = self.entries.len();
        if entries::push_sorted(self.tree, id, Order::Natural, &mut self.entries) == Found::Odd {
            return self.odd_mapping(id, indent, Around { flow, outermost, reread: self.reread });
        }
        for at in start..self.entries.len() {
            if at > start {
                style::push_indent(&mut self.out, indent);
            }
            let Entry { name, value, .. } = self.entries[at];
            self.entry(name, value, indent, flow)?;
        }
        self.entries.truncate(start);
        Ok(())
    }

    /// Writes the entries of a mapping that is known to be in order.
    fn ordered(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        for (at, (name, value)) in self.tree.entries(id).enumerate() {
            if at > 0 {
                style::push_indent(&mut self.out, indent);
            }
            self.entry(name, value, indent, flow)?;
        }
        Ok(())
    }

    /// Writes an entry whose key is a string that stays as it is.
    #[inline]
    fn entry(&mut self, name: NodeId, value: NodeId, indent: usize, flow: bool) -> Result<()> {
        match self.tree.word(name) {
            Some(key) if key.len() <= SIMPLE_KEY => {
                self.out.push_str(key);
                match self.tree.word(value) {
                    Some(text) if indent + key.len() + 2 + text.len() <= WIDTH => {
                        self.out.push_str(": ");
                        self.out.push_str(text);
                        self.out.push('\n');
                        Ok(())
                    }
                    _ => self.value(value, key.len(), indent, flow),
                }
            }
            _ => self.odd_entry(self.tree.text(name), name, value, indent, flow),
        }
    }

    /// Writes a mapping that has keys which have to be looked at together.
    fn odd_mapping(&mut self, id: NodeId, indent: usize, around: Around) -> Result<()> {
        for (at, (key, name, value)) in entries::sorted(self.tree, id, around, Order::Natural)?.iter().enumerate() {
            if at > 0 {
                style::push_indent(&mut self.out, indent);
            }
            self.odd_entry(key, *name, *value, indent, around.flow)?;
        }
        Ok(())
    }

    /// Writes an entry whose key has to be looked at.
    fn odd_entry(&mut self, key: &str, name: NodeId, value: NodeId, indent: usize, flow: bool) -> Result<()> {
        if key.len() <= SIMPLE_KEY && quote::push_word(&mut self.out, key) {
            return self.value(value, key.len() + 2, indent, flow);
        }
        let key = through_json::key(self.tree, name, Cow::Borrowed(key))?;
        let quoting = Quoting::of(&key);
        let simple = key.len() <= SIMPLE_KEY && !quoting.multiline;
        let place = Place { indent: indent + 2, width: if simple { usize::MAX } else { WIDTH } };
        if simple {
            quote::push(&mut self.out, &key, quoting.style, place);
            // An escape takes at most four columns for a byte.
            return self.value(value, 4 * key.len() + 2, indent, flow);
        }
        self.out.push_str("? ");
        quote::push_line(&mut self.out, &key, quoting, place);
        style::push_indent(&mut self.out, indent);
        self.out.push(':');
        self.item(value, indent, flow)
    }

    /// Writes the colon behind a key and what follows, up to and with the line break. The key is at most `width` columns
    /// wide.
    fn value(&mut self, id: NodeId, width: usize, indent: usize, flow: bool) -> Result<()> {
        match self.tree.kind(id) {
            Kind::Scalar => {
                self.out.push_str(": ");
                return self.scalar(id, indent + width + 2, indent + 2, flow);
            }
            _ if self.tree.is_empty(id) => {
                self.out.push_str(": ");
                return self.empty(id);
            }
            _ => self.out.push_str(":\n"),
        }
        let is_mapping = self.tree.is_mapping(id);
        let indent = if is_mapping { indent + 2 } else { indent };
        style::push_indent(&mut self.out, indent);
        if is_mapping { self.mapping(id, indent, flow, false) } else { self.sequence(id, indent, flow) }
    }

    /// Writes what follows a `-`, or a `:` alone, up to and with the line break: collections begin on the same line.
    fn item(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        self.out.push(' ');
        match self.tree.kind(id) {
            Kind::Scalar => self.scalar(id, indent + 2, indent + 2, flow),
            _ if self.tree.is_empty(id) => self.empty(id),
            Kind::Mapping => self.mapping(id, indent + 2, flow, false),
            Kind::Sequence => self.sequence(id, indent + 2, flow),
        }
    }

    fn empty(&mut self, id: NodeId) -> Result<()> {
        self.out.push_str(if self.tree.is_mapping(id) { "{}\n" } else { "[]\n" });
        Ok(())
    }

    /// Writes the items of a sequence that is not empty; the cursor stands where the first `-` comes.
    fn sequence(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        let flow = flow || self.tree.style(id) == Style::Flow;
        for (at, item) in self.tree.items(id).enumerate() {
            if at > 0 {
                style::push_indent(&mut self.out, indent);
            }
            self.out.push('-');
            self.item(item, indent, flow)?;
        }
        Ok(())
    }

    /// Writes a scalar with the line break behind it. At most `column` columns are before it, and `indent` in front of
    /// further lines.
    fn scalar(&mut self, id: NodeId, column: usize, indent: usize, flow: bool) -> Result<()> {
        if let Some(text) = self.tree.word(id) {
            if column + text.len() <= WIDTH {
                self.out.push_str(text);
            } else {
                style::push_ascii(&mut self.out, text, Place { indent, width: WIDTH });
            }
            self.out.push('\n');
            return Ok(());
        }
        self.odd_scalar(id, indent, flow)
    }

    /// Writes a scalar that has to be looked at.
    fn odd_scalar(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        if let Some(text) = settle::steady_string(self.tree, id) {
            return self.string(id, Cow::Borrowed(text), indent);
        }
        if let Some(text) = settle::steady_value(self.tree, id) {
            self.out.push_str(text);
            self.out.push('\n');
            return Ok(());
        }
        let value = if self.reread { settle::value(self.tree, id, flow) } else { settle::decoded(self.tree, id) };
        match value? {
            Value::Text(text) => return self.string(id, text, indent),
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Value::Integer(digits) => self.out.push_str(&digits),
            Value::Float(value) => number::push_printed_float(&mut self.out, value),
        }
        self.out.push('\n');
        Ok(())
    }

    fn string(&mut self, id: NodeId, text: Cow<'a, str>, indent: usize) -> Result<()> {
        let place = Place { indent, width: WIDTH };
        if quote::push_word(&mut self.out, &text) {
            self.out.push('\n');
        } else if let Some(quoting) = Quoting::at_a_glance(&text) {
            if quoting.style != OutputStyle::Literal {
                quote::push_line(&mut self.out, &text, quoting, place);
            } else if !style::push_ascii_literal(&mut self.out, &text, indent) {
                self.out.push('\n');
            }
        } else {
            let text = through_json::string(self.tree, id, text)?;
            quote::push_line(&mut self.out, &text, Quoting::of(&text), place);
        }
        Ok(())
    }
}
