//! Where nodes begin and end in the text of a file.

use crate::extent::{quoted_length, scalar_end};
use crate::{NodeId, Style, Tree};

/// A tree and the text that it was read from, ending in a newline.
pub(super) struct Extents<'a> {
    pub tree: &'a Tree,
    pub text: &'a str,
}

impl Extents<'_> {
    /// Where a node's last character ends; `None` for what is written in an unusual way.
    pub fn end(&self, id: NodeId) -> Option<usize> {
        let at = self.tree.node(id).at as usize;
        let rest = self.text.get(at..)?;
        if self.tree.is_scalar(id) {
            let is_nothing = self.tree.style(id) == Style::Plain && self.tree.text(id).is_empty();
            return if is_nothing {
                Some(self.text[..at].trim_end().len())
            } else {
                scalar_end(self.text, at, self.tree.text(id))
            };
        }
        if self.tree.style(id) == Style::Flow {
            return Some(at + flow_len(rest)?);
        }
        self.end(self.tree.items(id).last()?)
    }

    /// Where a child of a block collection begins: at its key, or at its dash.
    pub fn child_start(&self, parent: NodeId, child: NodeId) -> Option<usize> {
        let at = self.tree.node(child).at as usize;
        if self.tree.is_mapping(parent) {
            return Some(at);
        }
        self.text.get(..at)?.trim_end_matches([' ', '\n']).strip_suffix('-').map(str::len)
    }

    /// The begin of the line that holds a place.
    pub fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The begin of the line after the one that holds a place.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// Where the comments and empty lines above a line begin.
    pub fn comments_start(&self, line: usize) -> usize {
        let mut start = line;
        while start > 0 {
            let above = self.line_start(start - 1);
            let content = self.text[above..start].trim();
            if !content.is_empty() && !content.starts_with('#') {
                break;
            }
            start = above;
        }
        start
    }

    /// Whether the first list of the document is indented under its key.
    pub fn has_indented_lists(&self) -> bool {
        let is_block_list =
            |&(_, value): &(NodeId, NodeId)| self.tree.is_sequence(value) && self.tree.style(value) != Style::Flow;
        let Some((_, list)) = self.tree.entries(self.tree.root()).find(is_block_list) else { return false };
        let dash = self.tree.first_child(list).and_then(|first| self.child_start(list, first));
        dash.is_some_and(|dash| dash > self.line_start(dash))
    }
}

fn flow_len(rest: &str) -> Option<usize> {
    if !rest.starts_with(['[', '{']) {
        return None;
    }
    let mut depth = 0;
    let mut at = 0;
    let mut previous = b' ';
    while let Some(&byte) = rest.as_bytes().get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b'"' | b'\'' if b" [{,:\n".contains(&previous) => at += quoted_length(&rest[at..])? - 1,
            b'#' if previous.is_ascii_whitespace() => at += rest[at..].find('\n')?,
            _ => {}
        }
        previous = byte;
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
