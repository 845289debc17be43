//! The comments of a document, by the lines on which they stand: enough to put them back when it is printed again.

use std::sync::Arc;

use crate::extent::scalar_end;
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
        collect_scalars(tree, tree.root(), &mut scalars);
        scalars.sort_by_key(|&id| tree.node(id).at);
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
    fn find_trailing(&mut self, tree: &Tree, scalars: &[NodeId]) -> Vec<bool> {
        let text = tree.source().text();
        let mut covered = vec![false; self.lines.len()];
        for (number, &id) in scalars.iter().enumerate() {
            let at = tree.node(id).at as usize;
            let (first, end) = (self.line_of(at), scalar_end(text, at, tree.text(id)).unwrap_or(at));
            let last = self.line_of(end);
            covered[first + 1..=last].fill(true);
            let is_block = matches!(tree.style(id), Style::Literal | Style::Folded);
            let (line, from) = if is_block { (first, at) } else { (last, end) };
            let next = scalars.get(number + 1).map(|&next| self.line_of(tree.node(next).at as usize));
            let rest = &text[from..self.lines.get(line + 1).map_or(text.len(), |next| next - 1).max(from)];
            let behind_blank = |&(at, _): &(usize, &str)| rest[..at].ends_with([' ', '\t']);
            let comment = rest.match_indices('#').find(behind_blank).filter(|_| next != Some(line) || is_block);
            self.trailing.extend(comment.map(|(at, _)| (line, rest[at..].trim_end().to_owned())));
        }
        self.trailing.dedup_by_key(|(line, _)| *line);
        covered
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

/// All scalars, keys too.
fn collect_scalars(tree: &Tree, node: NodeId, scalars: &mut Vec<NodeId>) {
    if tree.is_scalar(node) {
        scalars.push(node);
    }
    tree.items(node).for_each(|child| collect_scalars(tree, child, scalars));
}
