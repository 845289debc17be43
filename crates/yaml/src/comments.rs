//! The comments of a document, by the lines on which they stand: enough to put them back when it is printed again.

use std::sync::Arc;

use crate::resolve::Dialect;
use crate::{FileId, NodeId, Source, Style, Tree, read_document};

/// The comments of a text, in order.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    pub blocks: Vec<Block>,
    /// Comments behind something else, by line.
    trailing: Vec<(usize, String)>,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// Comments on lines of their own in one column, with nothing between them.
#[derive(Debug)]
pub(crate) struct Block {
    /// The first line, counted from 0.
    pub line: usize,
    /// The column of the first.
    pub column: usize,
    pub texts: Vec<String>,
    pub blank_before: bool,
    pub blank_after: bool,
}

/// The comments of the text that a tree was read from, a line each.
pub fn comments(tree: &Tree) -> Vec<String> {
    let Comments { blocks, trailing, .. } = Comments::read(tree.source().text());
    let blocks = blocks.into_iter().flat_map(|block| block.texts);
    blocks.chain(trailing.into_iter().map(|(_, text)| text)).collect()
}

impl Comments {
    /// Reads the comments of a text; there are none in what is not YAML.
    pub fn read(text: &str) -> Comments {
        if !text.contains('#') {
            return Comments::default();
        }
        let source = Arc::new(Source::new(FileId::default(), "", text));
        let tree = read_document(&source, Dialect::Yaml12).ok().flatten();
        tree.map(|tree| Comments::of(&tree)).unwrap_or_default()
    }

    fn of(tree: &Tree) -> Comments {
        let text = tree.source().text();
        let lines: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        let mut comments = Comments { lines, ..Comments::default() };
        let mut scalars = Vec::new();
        collect_scalars(tree, tree.root(), 0, &mut scalars);
        scalars.sort_by_key(|&(id, _)| tree.node(id).at);
        let covered = comments.find_trailing(tree, &scalars);
        comments.find_blocks(text, &covered);
        comments
    }

    /// The line, counted from 0, of a byte of the text.
    pub fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at).saturating_sub(1)
    }

    /// The column, in bytes, of the first character of a line that is no space.
    pub fn first_column(&self, text: &str, line: usize) -> usize {
        let Some(&start) = self.lines.get(line) else { return 0 };
        text[start..].len() - text[start..].trim_start_matches(' ').len()
    }

    /// The comment at the end of a line.
    pub fn at_end_of(&self, line: usize) -> Option<&str> {
        let found = self.trailing.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        Some(&self.trailing[found].1)
    }

    fn text_of<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let end = self.lines.get(line + 1).map_or(text.len(), |next| next - 1);
        &text[self.lines[line]..end.max(self.lines[line])]
    }

    /// Finds the comments behind scalars; says which lines are inside of scalars.
    fn find_trailing(&mut self, tree: &Tree, scalars: &[(NodeId, usize)]) -> Vec<bool> {
        let text = tree.source().text();
        let mut covered = vec![false; self.lines.len()];
        for (number, &(id, parent_column)) in scalars.iter().enumerate() {
            let (first, end) = self.extent(tree, id, parent_column);
            let last = self.line_of(end);
            covered[first + 1..=last].fill(true);
            let is_block = matches!(tree.style(id), Style::Literal | Style::Folded);
            let (line, from) = if is_block { (first, tree.node(id).at as usize) } else { (last, end) };
            let next = scalars.get(number + 1).map(|&(next, _)| self.line_of(tree.node(next).at as usize));
            let rest = &text[from..self.lines.get(line + 1).map_or(text.len(), |next| next - 1).max(from)];
            let behind_blank = |&(at, _): &(usize, &str)| rest[..at].ends_with([' ', '\t']);
            let comment = rest.match_indices('#').find(behind_blank).filter(|_| next != Some(line) || is_block);
            self.trailing.extend(comment.map(|(at, _)| (line, rest[at..].trim_end().to_owned())));
        }
        self.trailing.dedup_by_key(|(line, _)| *line);
        covered
    }

    /// The first line of a scalar, and where it ends.
    fn extent(&self, tree: &Tree, id: NodeId, parent_column: usize) -> (usize, usize) {
        let text = tree.source().text();
        let at = tree.node(id).at as usize;
        let line = self.line_of(at);
        let end = match tree.style(id) {
            Style::SingleQuoted => quoted_end(text, at, '\''),
            Style::DoubleQuoted => quoted_end(text, at, '"'),
            Style::Literal | Style::Folded => {
                let indent = |line: usize| {
                    let text = self.text_of(text, line);
                    (!text.trim().is_empty()).then(|| text.len() - text.trim_start_matches(' ').len())
                };
                let later = (line + 1..self.lines.len()).filter_map(indent).next();
                let least = later.unwrap_or(0).max(parent_column + 1);
                let last = (line + 1..self.lines.len())
                    .take_while(|&line| indent(line).is_none_or(|indent| indent >= least))
                    .last();
                last.map_or(at, |line| self.lines[line])
            }
            _ => at + plain_length(text, at, tree.text(id)),
        };
        (line, end)
    }

    fn find_blocks(&mut self, text: &str, covered: &[bool]) {
        let is_blank = |line: usize| self.text_of(text, line).trim().is_empty();
        let mut blocks: Vec<Block> = Vec::new();
        for line in (0..self.lines.len()).filter(|&line| !covered[line]) {
            let written = self.text_of(text, line);
            let comment = written.trim();
            if !comment.starts_with('#') {
                continue;
            }
            let column = written.len() - written.trim_start().len();
            let blank_after = line + 1 < self.lines.len() - 1 && is_blank(line + 1);
            match blocks.last_mut() {
                Some(block) if block.line + block.texts.len() == line && block.column == column => {
                    block.texts.push(comment.to_owned());
                    block.blank_after = blank_after;
                }
                _ => blocks.push(Block {
                    line,
                    column,
                    texts: vec![comment.to_owned()],
                    blank_before: line > 0 && is_blank(line - 1),
                    blank_after,
                }),
            }
        }
        self.blocks = blocks;
    }
}

/// All scalars with the column of the entry that they belong to.
fn collect_scalars(tree: &Tree, node: NodeId, parent_column: usize, scalars: &mut Vec<(NodeId, usize)>) {
    if tree.is_scalar(node) {
        scalars.push((node, parent_column));
        return;
    }
    let column = |id: NodeId| {
        let before = &tree.source().text()[..tree.node(id).at as usize];
        before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
    };
    if tree.is_mapping(node) {
        for (key, value) in tree.entries(node) {
            collect_scalars(tree, key, column(key), scalars);
            collect_scalars(tree, value, column(key), scalars);
        }
    } else {
        tree.items(node).for_each(|item| collect_scalars(tree, item, parent_column, scalars));
    }
}

/// The place behind the quote that ends a scalar.
fn quoted_end(text: &str, at: usize, quote: char) -> usize {
    let mut rest = text[at..].char_indices().skip(1).peekable();
    while let Some((offset, c)) = rest.next() {
        if c == '\\' && quote == '"' {
            rest.next();
        } else if c == quote {
            if quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == quote) {
                rest.next();
            } else {
                return at + offset + 1;
            }
        }
    }
    text.len()
}

/// How long a plain scalar is as written: its text, with line breaks and blanks where that has single spaces.
fn plain_length(text: &str, at: usize, scalar: &str) -> usize {
    let mut rest = &text[at..];
    for word in scalar.split_whitespace() {
        match rest.trim_start().strip_prefix(word) {
            Some(after) => rest = after,
            None => break,
        }
    }
    text.len() - at - rest.len()
}
