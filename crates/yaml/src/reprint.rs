//! Printing a tree as go-yaml v3 prints the nodes that it has read: order, styles and tags are the author's, the layout
//! is its own. kustomize does so with YAML that stands inside a text.

use crate::resolve::{self, Dialect};
use crate::shape::Shape;
use crate::style::{self, Place};
use crate::{Kind, NodeId, Style, Tag, Tree};

/// Appends a document. Aliases and merge keys have been expanded when it was read.
pub fn reprint(tree: &Tree, out: &mut String) {
    let root = tree.root();
    let mut printer = Printer { tree, out };
    match tree.kind(root) {
        Kind::Scalar => printer.scalar_line(root, 0, false),
        _ if printer.is_flow(root) => printer.flow_line(root),
        Kind::Mapping => printer.mapping(root, 0),
        Kind::Sequence => printer.sequence(root, 0),
    }
}

/// The longest key, in bytes, that is written as `key: value`.
const SIMPLE_KEY: usize = 128;

struct Printer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
}

/// Block collections.
impl Printer<'_> {
    /// Writes the entries; the cursor stands where the first key comes.
    fn mapping(&mut self, mapping: NodeId, indent: usize) {
        for (number, (key, value)) in self.tree.entries(mapping).enumerate() {
            if number > 0 {
                style::push_indent(self.out, indent);
            }
            if self.is_simple_key(key) {
                self.scalar(key, Where { indent, flow: false, key: true });
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

    fn is_simple_key(&self, key: NodeId) -> bool {
        let text = self.tree.text(key);
        self.tree.is_scalar(key) && text.len() <= SIMPLE_KEY && !Shape::with_tabs(text).multiline
    }

    /// Writes what follows `key:`, up to and with the line break.
    fn value(&mut self, value: NodeId, indent: usize) {
        match self.tree.kind(value) {
            Kind::Scalar => self.scalar_line(value, indent + 2, true),
            _ if self.is_flow(value) => {
                self.out.push(' ');
                self.flow_line(value);
            }
            Kind::Mapping => {
                self.out.push('\n');
                style::push_indent(self.out, indent + 2);
                self.mapping(value, indent + 2);
            }
            Kind::Sequence => {
                self.out.push('\n');
                style::push_indent(self.out, indent);
                self.sequence(value, indent);
            }
        }
    }

    /// Writes the items; the cursor stands where the first `-` comes.
    fn sequence(&mut self, sequence: NodeId, indent: usize) {
        for (number, item) in self.tree.items(sequence).enumerate() {
            if number > 0 {
                style::push_indent(self.out, indent);
            }
            self.out.push('-');
            self.item(item, indent);
        }
    }

    /// Writes what follows a `-`, a `?` or a `:` alone, up to and with the line break.
    fn item(&mut self, item: NodeId, indent: usize) {
        if self.tree.is_scalar(item) {
            return self.scalar_line(item, indent + 2, true);
        }
        self.out.push(' ');
        match self.tree.kind(item) {
            _ if self.is_flow(item) => self.flow_line(item),
            Kind::Mapping => self.mapping(item, indent + 2),
            _ => self.sequence(item, indent + 2),
        }
    }

    /// Whether a collection is written in braces or brackets: by its style, or because it is empty.
    fn is_flow(&self, collection: NodeId) -> bool {
        self.tree.style(collection) == Style::Flow || self.tree.is_empty(collection)
    }
}

/// Flow collections.
impl Printer<'_> {
    fn flow_line(&mut self, collection: NodeId) {
        self.flow(collection);
        self.out.push('\n');
    }

    fn flow(&mut self, node: NodeId) {
        let inside = Where { indent: 0, flow: true, key: false };
        match self.tree.kind(node) {
            Kind::Scalar => self.scalar(node, inside),
            Kind::Sequence => {
                self.out.push('[');
                for (number, item) in self.tree.items(node).enumerate() {
                    self.out.push_str(if number > 0 { ", " } else { "" });
                    self.flow(item);
                }
                self.out.push(']');
            }
            Kind::Mapping => {
                self.out.push('{');
                for (number, (key, value)) in self.tree.entries(node).enumerate() {
                    self.out.push_str(if number > 0 { ", " } else { "" });
                    if self.is_simple_key(key) {
                        self.scalar(key, Where { key: true, ..inside });
                        self.out.push_str(": ");
                    } else {
                        self.out.push_str("? ");
                        self.flow(key);
                        self.out.push_str(" : ");
                    }
                    self.flow(value);
                }
                self.out.push('}');
            }
        }
    }
}

/// Where a scalar stands.
#[derive(Clone, Copy)]
struct Where {
    indent: usize,
    flow: bool,
    key: bool,
}

/// Scalars.
impl Printer<'_> {
    /// Writes a scalar up to and with the line break, behind a space when `spaced` and there is anything to write.
    fn scalar_line(&mut self, scalar: NodeId, indent: usize, spaced: bool) {
        let before = self.out.len();
        if spaced {
            self.out.push(' ');
        }
        self.scalar(scalar, Where { indent, flow: false, key: false });
        if spaced && self.out.len() == before + 1 {
            self.out.truncate(before);
        }
        if !self.out[before..].ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn scalar(&mut self, scalar: NodeId, place: Where) {
        let (tree, text) = (self.tree, self.tree.text(scalar));
        let (tag, forced) = self.printed_tag(scalar);
        if let Some(tag) = tag {
            self.out.push_str(tag);
            self.out.push(' ');
        }
        let wanted = match tree.style(scalar) {
            _ if tag.is_some() => Style::Plain,
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Plain | Style::Flow if forced => Style::DoubleQuoted,
            style => style,
        };
        let fold = Place { indent: place.indent, width: usize::MAX };
        match possible_style(text, wanted, place) {
            Style::SingleQuoted => style::push_single_quoted(self.out, text, fold),
            Style::DoubleQuoted => style::push_double_quoted(self.out, text, fold),
            Style::Literal => {
                style::push_literal(self.out, text, place.indent.max(2));
            }
            Style::Folded => {
                style::push_folded(self.out, text, place.indent.max(2));
            }
            Style::Plain | Style::Flow => style::push_plain(self.out, text, fold),
        }
    }

    /// The tag to write out, and whether quotes have to make a string of the text instead.
    fn printed_tag(&self, scalar: NodeId) -> (Option<&'static str>, bool) {
        let node = self.tree.node(scalar);
        let natural = || resolve::resolve(self.tree.text(scalar), Dialect::Yaml12);
        match node.tag {
            Tag::Unset | Tag::Collection => (None, false),
            tag if node.tagged => (Some(tag.short()), false),
            Tag::Str => (None, node.style == Style::Plain && natural() != Tag::Str),
            tag if natural() == tag => (None, false),
            tag => (Some(tag.short()), false),
        }
    }
}

/// The style itself, or the next one in which the text can be written there.
fn possible_style(text: &str, wanted: Style, place: Where) -> Style {
    let shape = Shape::with_tabs(text);
    let mut style = wanted;
    if style == Style::Plain {
        let allowed = if place.flow { shape.flow_plain } else { shape.plain };
        let is_lost = text.is_empty() && (place.flow || place.key);
        if !allowed || is_lost || (shape.multiline && (place.flow || place.key)) {
            style = Style::SingleQuoted;
        }
    }
    if matches!(style, Style::Literal | Style::Folded) && (!shape.block || place.flow || place.key) {
        style = Style::DoubleQuoted;
    }
    if style == Style::SingleQuoted && !shape.single { Style::DoubleQuoted } else { style }
}
