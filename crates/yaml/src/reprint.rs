//! Printing a tree as go-yaml v3 prints the nodes that it has read: order, styles and tags are the author's, the layout
//! is its own. kustomize does so with YAML that stands inside a text.

use crate::comments::{Block, Comments};
use crate::resolve::{self, Dialect};
use crate::shape::Shape;
use crate::style::{self, Place};
use crate::{Kind, NodeId, Style, Tag, Tree};

/// Appends a document, with the comments that it was read with. Aliases and merge keys have been expanded then.
pub fn reprint(tree: &Tree, out: &mut String) {
    let root = tree.root();
    let comments = Comments::read(tree.source().text());
    let mut printer = Printer { tree, out, comments: &comments, next_block: 0, columns: Vec::new(), last_line: None };
    match tree.kind(root) {
        Kind::Scalar => printer.scalar_line(root, 0, false, None),
        _ if printer.is_flow(root) => printer.flow_line(root, None),
        Kind::Mapping => printer.mapping(root, 0),
        Kind::Sequence => printer.sequence(root, 0),
    }
    printer.comments_at_the_end();
}

/// The longest key, in bytes, that is written as `key: value`.
const SIMPLE_KEY: usize = 128;

struct Printer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
    comments: &'a Comments,
    /// The first block of comments that has not been printed.
    next_block: usize,
    /// The columns in the text of the entries printed so far, and their columns in the output.
    columns: Vec<(usize, usize)>,
    /// The line in the text of the last of them.
    last_line: Option<usize>,
}

/// Block collections.
impl Printer<'_> {
    /// Writes the entries; the cursor stands where the first key comes.
    fn mapping(&mut self, mapping: NodeId, indent: usize) {
        for (number, (key, value)) in self.tree.entries(mapping).enumerate() {
            if number > 0 {
                style::push_indent(self.out, indent);
            }
            self.comments_before(key, indent);
            if self.is_simple_key(key) {
                self.scalar(key, Where { indent, flow: false, key: true });
                self.out.push(':');
                self.value(value, indent, self.line_of(key));
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

    /// Writes what follows `key:`, up to and with the line break. The key was read on `line`.
    fn value(&mut self, value: NodeId, indent: usize, line: Option<usize>) {
        match self.tree.kind(value) {
            Kind::Scalar => self.scalar_line(value, indent + 2, true, line),
            _ if self.is_flow(value) => {
                self.out.push(' ');
                self.flow_line(value, line);
            }
            Kind::Mapping => {
                self.end_line(line);
                style::push_indent(self.out, indent + 2);
                self.mapping(value, indent + 2);
            }
            Kind::Sequence => {
                self.end_line(line);
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
            self.comments_before(item, indent);
            self.out.push('-');
            self.item(item, indent);
        }
    }

    /// Writes what follows a `-`, a `?` or a `:` alone, up to and with the line break.
    fn item(&mut self, item: NodeId, indent: usize) {
        let line = self.line_of(item);
        if self.tree.is_scalar(item) {
            return self.scalar_line(item, indent + 2, true, line);
        }
        self.out.push(' ');
        match self.tree.kind(item) {
            _ if self.is_flow(item) => self.flow_line(item, line),
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
    fn flow_line(&mut self, collection: NodeId, line: Option<usize>) {
        self.flow(collection);
        self.end_line(line);
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

/// Comments.
impl Printer<'_> {
    /// The line on which a node was read.
    fn line_of(&self, node: NodeId) -> Option<usize> {
        let node = self.tree.node(node);
        (node.file == self.tree.source().id).then(|| self.comments.line_of(node.at as usize))
    }

    /// Breaks the line, after the comment that stands at the end of this line of the text.
    fn end_line(&mut self, line: Option<usize>) {
        if let Some(comment) = line.and_then(|line| self.comments.at_end_of(line)) {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }

    /// Writes the comments that stand before an entry; the cursor stands where the entry comes, and will again.
    fn comments_before(&mut self, entry: NodeId, indent: usize) {
        let Some(line) = self.line_of(entry) else { return };
        let column = self.comments.first_column(self.tree.source().text(), line);
        let comments = self.comments;
        while let Some(block) = comments.blocks.get(self.next_block).filter(|block| block.line < line) {
            self.next_block += 1;
            let is_header = self.columns.is_empty();
            let is_behind = self.columns.last().is_some_and(|(last, _)| *last >= block.column);
            let is_foot = is_behind && (block.column > column || (block.blank_after && !block.blank_before));
            let own = if is_foot && block.column > column { self.column_of_foot(block) } else { indent };
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.push_block(block, own);
            if (is_header && block.blank_after) || (is_foot && own == indent) {
                self.out.push('\n');
            }
            style::push_indent(self.out, indent);
        }
        if self.last_line.replace(line) != Some(line) {
            self.columns.push((column, indent));
        }
    }

    /// The column of the entry that a comment behind it belongs to.
    fn column_of_foot(&self, block: &Block) -> usize {
        self.columns.iter().rev().find(|(column, _)| *column <= block.column).map_or(0, |&(_, printed)| printed)
    }

    fn push_block(&mut self, block: &Block, indent: usize) {
        for text in &block.texts {
            style::push_indent(self.out, indent);
            self.out.push_str(text);
            self.out.push('\n');
        }
    }

    fn comments_at_the_end(&mut self) {
        let comments = self.comments;
        for block in &comments.blocks[self.next_block..] {
            let indent = self.column_of_foot(block);
            let text = self.tree.source().text();
            let line_before = block.line.saturating_sub(1);
            let is_after_comment =
                comments.at_end_of(line_before).is_some() && comments.first_column(text, line_before) == 0;
            if block.column == 0 && (block.blank_before || is_after_comment) {
                self.out.push('\n');
            }
            self.push_block(block, indent);
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
    fn scalar_line(&mut self, scalar: NodeId, indent: usize, spaced: bool, line: Option<usize>) {
        let before = self.out.len();
        if spaced {
            self.out.push(' ');
        }
        self.scalar(scalar, Where { indent, flow: false, key: false });
        if spaced && self.out.len() == before + 1 {
            self.out.truncate(before);
        }
        if !self.out[before..].ends_with('\n') {
            return self.end_line(line);
        }
        let header = before + self.out[before..].find('\n').unwrap_or(0);
        if let Some(comment) = line.and_then(|line| self.comments.at_end_of(line)) {
            self.out.insert_str(header, &format!(" {comment}"));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{FileId, Source, read_document};

    fn reprinted(text: &str) -> String {
        let source = Arc::new(Source::new(FileId(1), "", text));
        let mut out = String::new();
        reprint(&read_document(&source, Dialect::Yaml12).unwrap().unwrap(), &mut out);
        out
    }

    // All of these were seen with go-yaml 3.0.4, at an indent of 2 and with compact sequences.

    #[test]
    fn what_is_laid_out_so_already_stays() {
        for text in [
            "a: 1\nb:\n- x\n- y: 2\n  z: {q: 1, r: [a, 'b', \"c\"]}\n- - n\n  - m\nc: |\n  lit\n  two\nd: ''\ne:\nf: ~\n",
            "# head\n\n# more\na: 1 # line\n# foot\n\nb:\n  # in\n  c: 2\n  # foot of c\nd: 'x' # d\n",
            "a: |\n  text # no comment\n  # nor this\n# but this\nb: \"q # x\" # yes\n",
            "l:\n# x\n- a # la\n# y\n- b\n",
            "a: !!str 1\nb: !!int 3\n",
        ] {
            assert_eq!(reprinted(text), text);
        }
    }

    #[test]
    fn the_layout_is_go_yamls_own() {
        for (text, expected) in [
            ("a:\n    b:   1   # c\n\n    # d\n    e: [x,   y]\n", "a:\n  b: 1 # c\n  # d\n  e: [x, y]\n"),
            ("l:\n  # x\n  - a\n  # z\nm: 1\n", "l:\n# x\n- a\n# z\n\nm: 1\n"),
            ("a: >-\n  x\n  y\n", "a: >-\n  x y\n"),
            ("x: \"a\\nb\"\ny: plain\n  text\n", "x: \"a\\nb\"\ny: plain text\n"),
            ("a: 1 # l\n# foot\n", "a: 1 # l\n\n# foot\n"),
        ] {
            assert_eq!(reprinted(text), expected);
        }
    }

    #[test]
    fn texts_without_a_type_get_quotes_or_tags_only_where_needed() {
        let mut tree = Tree::made();
        let map = tree.new_mapping();
        tree.set_root(map);
        for (key, tag, text) in [("s", Tag::Str, "true"), ("u", Tag::Unset, "true"), ("i", Tag::Int, "x")] {
            let value = tree.new_scalar(text, tag, Style::Plain);
            tree.set(map, key, value);
        }
        let mut out = String::new();
        reprint(&tree, &mut out);
        assert_eq!(out, "s: \"true\"\nu: true\ni: !!int x\n");
    }
}
