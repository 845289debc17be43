//! Printing a node as it is: its own key order, styles and tags, as kustomize shows it to functions and people.

use crate::shape::Shape;
use crate::style::{self, Place};
use crate::{Dialect, Kind, NodeId, Style, Tag, Tree, resolve};

/// Appends a node as go-yaml v3 prints it with kustomize's settings: an indentation of two, lists not indented under
/// their key, lines never folded. Ends with a line break.
///
/// Tags of the author's own are left out; comments are not kept in trees.
pub fn emit_as_is(tree: &Tree, id: NodeId, out: &mut String) {
    let mut printer = Printer { tree, out };
    if printer.is_flow(id, false) || tree.is_scalar(id) {
        printer.inline(id, 2, Spot { flow: false, simple_key: false });
        printer.end_line();
    } else {
        printer.block(id, 0);
    }
}

/// The longest key, in bytes, that is written as `key: value`.
const SIMPLE_KEY: usize = 128;

struct Printer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
}

/// Where a node is printed.
#[derive(Clone, Copy)]
struct Spot {
    /// Inside `{}` or `[]`.
    flow: bool,
    /// In front of a `:` on the same line.
    simple_key: bool,
}

impl Printer<'_> {
    /// Whether a collection is printed as `{}` or `[]`.
    fn is_flow(&self, id: NodeId, in_flow: bool) -> bool {
        !self.tree.is_scalar(id) && (in_flow || self.tree.style(id) == Style::Flow || self.tree.is_empty(id))
    }

    /// Writes the lines of a block collection; the cursor stands where the first one begins.
    fn block(&mut self, id: NodeId, indent: usize) {
        let mut first = true;
        let mut start = |printer: &mut Self| {
            if !std::mem::take(&mut first) {
                style::push_indent(printer.out, indent);
            }
        };
        if self.tree.is_sequence(id) {
            for item in self.tree.items(id) {
                start(self);
                self.out.push('-');
                self.item(item, indent);
            }
            return;
        }
        for (key, value) in self.tree.entries(id) {
            start(self);
            if self.is_simple_key(key) {
                self.inline(key, indent + 2, Spot { flow: false, simple_key: true });
                self.out.push(':');
                self.value(value, indent);
            } else {
                self.out.push('?');
                self.item(key, indent);
                style::push_indent(self.out, indent);
                self.out.push(':');
                self.item(value, indent);
            }
        }
    }

    /// Writes what follows `-`, `?` or a `:` of its own line: block collections begin on the same line.
    fn item(&mut self, id: NodeId, indent: usize) {
        if self.tree.is_scalar(id) || self.is_flow(id, false) {
            return self.value(id, indent);
        }
        self.out.push(' ');
        self.block(id, indent + 2);
    }

    /// Writes what follows `key:`, up to and with the line break.
    fn value(&mut self, id: NodeId, indent: usize) {
        if self.tree.is_scalar(id) || self.is_flow(id, false) {
            self.out.push(' ');
            let start = self.out.len();
            self.inline(id, indent + 2, Spot { flow: false, simple_key: false });
            if self.out.len() == start {
                self.out.pop();
            }
            return self.end_line();
        }
        let indent = if self.tree.is_sequence(id) { indent } else { indent + 2 };
        self.out.push('\n');
        style::push_indent(self.out, indent);
        self.block(id, indent);
    }

    /// Ends the line, unless a block scalar has done so.
    fn end_line(&mut self) {
        if !self.out.ends_with(['\n', '\u{2028}', '\u{2029}']) {
            self.out.push('\n');
        }
    }

    fn is_simple_key(&self, id: NodeId) -> bool {
        if !self.tree.is_scalar(id) {
            return self.tree.is_empty(id);
        }
        let text = self.tree.text(id);
        let tag = self.shown_tag(id).map_or(0, |tag| tag.short().len());
        tag + text.len() <= SIMPLE_KEY && !Shape::with_tabs(text).multiline
    }

    /// Writes a scalar or a flow collection; `indent` is that of continuation lines.
    fn inline(&mut self, id: NodeId, indent: usize, spot: Spot) {
        match self.tree.kind(id) {
            Kind::Scalar => self.scalar(id, indent, spot),
            Kind::Sequence => {
                self.out.push('[');
                for (at, item) in self.tree.items(id).enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    self.inline(item, indent + 2, Spot { flow: true, simple_key: false });
                }
                self.out.push(']');
            }
            Kind::Mapping => {
                self.out.push('{');
                for (at, (key, value)) in self.tree.entries(id).enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    let simple_key = self.is_simple_key(key);
                    self.out.push_str(if simple_key { "" } else { "? " });
                    self.inline(key, indent + 2, Spot { flow: true, simple_key });
                    self.out.push_str(if simple_key { ": " } else { " : " });
                    self.inline(value, indent + 2, Spot { flow: true, simple_key: false });
                }
                self.out.push('}');
            }
        }
    }

    fn scalar(&mut self, id: NodeId, indent: usize, spot: Spot) {
        let text = self.tree.text(id);
        let place = Place { indent, width: usize::MAX };
        let tag = self.shown_tag(id);
        if let Some(tag) = tag {
            self.out.push_str(tag.short());
            self.out.push(' ');
        }
        match self.shown_style(id, spot) {
            Style::SingleQuoted => style::push_single_quoted(self.out, text, place),
            Style::DoubleQuoted => style::push_double_quoted(self.out, text, place),
            Style::Literal => drop(style::push_literal(self.out, text, indent)),
            Style::Folded => drop(style::push_folded(self.out, text, indent)),
            Style::Plain | Style::Flow => self.out.push_str(text),
        }
        if tag.is_some() && text.is_empty() && self.out.ends_with(' ') {
            self.out.pop();
        }
    }

    /// The tag that go-yaml prints: one that was written out, or that the text alone would not get.
    fn shown_tag(&self, id: NodeId) -> Option<Tag> {
        let node = self.tree.node(id);
        let shown = match node.tag {
            Tag::Unset | Tag::Custom | Tag::Collection => false,
            Tag::Str => node.tagged,
            tag => node.tagged || tag != plain_tag(self.tree.text(id)),
        };
        shown.then_some(node.tag)
    }

    /// The style that go-yaml prints a scalar in: its own, where syntax allows it.
    fn shown_style(&self, id: NodeId, spot: Spot) -> Style {
        let node = self.tree.node(id);
        let text = self.tree.text(id);
        let shape = Shape::with_tabs(text);
        let wanted = match node.style {
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Plain | Style::Flow if node.tag == Tag::Str && !node.tagged && plain_tag(text) != Tag::Str => {
                Style::DoubleQuoted
            }
            Style::Plain | Style::Flow => Style::Plain,
            style => style,
        };
        if spot.simple_key && shape.multiline {
            return Style::DoubleQuoted;
        }
        let fits = match wanted {
            Style::Plain if text.is_empty() => !spot.flow && !spot.simple_key,
            Style::Plain => {
                if spot.flow {
                    shape.flow_plain
                } else {
                    shape.plain
                }
            }
            Style::Literal | Style::Folded => shape.block && !spot.flow && !spot.simple_key,
            _ => true,
        };
        match wanted {
            wanted if fits && wanted != Style::SingleQuoted => wanted,
            Style::Plain | Style::SingleQuoted if shape.single => Style::SingleQuoted,
            _ => Style::DoubleQuoted,
        }
    }
}

/// The tag of a plain text as go-yaml's printer sees it: unlike its reader, it takes `<<` for a string.
fn plain_tag(text: &str) -> Tag {
    match resolve(text, Dialect::Yaml12) {
        Tag::Merge => Tag::Str,
        tag => tag,
    }
}
