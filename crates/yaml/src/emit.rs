//! Printing: a tree becomes the text that kustomize prints.

use std::borrow::Cow;

use crate::entries::{self, Around, Entry};
use crate::order::natural_order;
use crate::quote::{self, Quoting};
use crate::settle::{self, Value};
use crate::style::{self, Place};
use crate::{Kind, NodeId, Result, Style, Tree, number, through_json};

/// Appends a resource as kustomize prints it, down to the byte.
///
/// Keys come in [`natural_order`], lists are not indented under their key, long lines are folded at 80 columns, and
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
    let mut emitter = Emitter { tree, out, reread, entries: Vec::with_capacity(32) };
    match tree.kind(id) {
        Kind::Scalar => emitter.scalar(id, 2, false),
        _ if tree.is_empty(id) => emitter.empty(id),
        Kind::Mapping => emitter.mapping(id, 0, false, true),
        Kind::Sequence => emitter.sequence(id, 0, false),
    }
}

/// The width beyond which go-yaml v2 breaks a line at the next space.
const WIDTH: usize = 80;
/// The longest key, in bytes, that is written as `key: value`; longer ones become `? key`.
const SIMPLE_KEY: usize = 128;
struct Emitter<'a> {
    tree: &'a Tree,
    out: &'a mut String,
    /// Scalars are what they are after they have been printed and read once more.
    reread: bool,
    /// The sorted entries of the mappings that are being written, innermost last.
    entries: Vec<Entry<'a>>,
}

impl<'a> Emitter<'a> {
    /// Writes the entries of a mapping that is not empty; the cursor stands where the first key comes.
    fn mapping(&mut self, id: NodeId, indent: usize, flow: bool, outermost: bool) -> Result<()> {
        let flow = flow || self.tree.style(id) == Style::Flow;
        let start = self.entries.len();
        entries::push_sorted(
            self.tree,
            id,
            Around { flow, outermost, reread: self.reread },
            natural_order,
            &mut self.entries,
        )?;
        let end = self.entries.len();
        for at in start..end {
            if at > start {
                style::push_indent(self.out, indent);
            }
            let (simple, value) = self.key(at, indent)?;
            if simple {
                self.value(value, indent, flow)?;
            } else {
                style::push_indent(self.out, indent);
                self.out.push(':');
                self.item(value, indent, flow)?;
            }
        }
        self.entries.truncate(start);
        Ok(())
    }

    /// Writes the key of an entry, and gives the value; whether it stands on the same line comes first, as some keys
    /// have to be written as `? key` on lines of their own.
    fn key(&mut self, at: usize, indent: usize) -> Result<(bool, NodeId)> {
        let Entry { key, name, value } = &self.entries[at];
        if key.len() <= SIMPLE_KEY && quote::push_word(self.out, key) {
            self.out.push(':');
            return Ok((true, *value));
        }
        let key = through_json::key(self.tree, *name, Cow::Borrowed(key))?;
        let quoting = Quoting::of(&key);
        let simple = key.len() <= SIMPLE_KEY && !quoting.multiline;
        let place = Place { indent: indent + 2, width: if simple { usize::MAX } else { WIDTH } };
        if simple {
            quote::push(self.out, &key, quoting.style, place);
            self.out.push(':');
        } else {
            self.out.push_str("? ");
            quote::push_line(self.out, &key, quoting, place);
        }
        Ok((simple, *value))
    }

    /// Writes what follows `key:`, up to and with the line break.
    fn value(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        match self.tree.kind(id) {
            Kind::Scalar => {
                self.out.push(' ');
                self.scalar(id, indent + 2, flow)
            }
            _ if self.tree.is_empty(id) => {
                self.out.push(' ');
                self.empty(id)
            }
            Kind::Mapping => {
                self.out.push('\n');
                style::push_indent(self.out, indent + 2);
                self.mapping(id, indent + 2, flow, false)
            }
            Kind::Sequence => {
                self.out.push('\n');
                style::push_indent(self.out, indent);
                self.sequence(id, indent, flow)
            }
        }
    }

    /// Writes what follows a `-`, or a `:` alone, up to and with the line break: collections begin on the same line.
    fn item(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
        self.out.push(' ');
        match self.tree.kind(id) {
            Kind::Scalar => self.scalar(id, indent + 2, flow),
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
                style::push_indent(self.out, indent);
            }
            self.out.push('-');
            self.item(item, indent, flow)?;
        }
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, indent: usize, flow: bool) -> Result<()> {
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
            Value::Float(value) => number::push_printed_float(self.out, value),
        }
        self.out.push('\n');
        Ok(())
    }
    fn string(&mut self, id: NodeId, text: Cow<'a, str>, indent: usize) -> Result<()> {
        if quote::push_word(self.out, &text) {
            self.out.push('\n');
        } else {
            let text = through_json::string(self.tree, id, text)?;
            quote::push_line(self.out, &text, Quoting::of(&text), Place { indent, width: WIDTH });
        }
        Ok(())
    }
}
