//! How a reader makes trees: document after document in the same room, and a copy of just the right size of each.

use std::mem::take;
use std::sync::Arc;

use super::origins::Origins;
use super::slot::Form;
use super::{Kind, MADE_AT_FIRST, NodeId, Style, Tag, Text, Tree, with_room};
use crate::Source;

/// From how many nodes on a tree is not copied when it is read, but takes the room with it.
const MANY_NODES: usize = 1 << 14;

impl Text {
    /// A text that [`Tree::swap_made`] has put into the tree.
    pub(crate) fn in_made(offset: u32, len: u32) -> Text {
        Text { offset, len: len | Text::MADE }
    }
}

impl Tree {
    /// A tree for a reader to fill, with room for so many nodes. It has no root until one is read.
    pub(crate) fn to_fill(source: Arc<Source>, nodes: usize) -> Tree {
        Tree {
            nodes: Vec::with_capacity(nodes),
            origins: Origins::new(source.id),
            made: String::new(),
            source,
            root: NodeId(0),
            steering: None,
            twins: Vec::new(),
            repeats: false,
        }
    }

    /// What was read, with room for what a build mostly adds. What is left can be filled again.
    pub(crate) fn take_filled(&mut self) -> Tree {
        let mut tree = Tree::to_fill(Arc::clone(&self.source), 0);
        if self.nodes.len() < MANY_NODES {
            tree.nodes.reserve_exact(with_room(self.nodes.len()));
            tree.nodes.extend_from_slice(&self.nodes);
            self.nodes.clear();
        } else {
            tree.nodes = take(&mut self.nodes);
            tree.nodes.shrink_to(with_room(tree.nodes.len()));
        }
        tree.made = take(&mut self.made);
        if tree.made.capacity() > tree.made.len() / 4 * 5 + MADE_AT_FIRST {
            tree.made.shrink_to(tree.made.len() + MADE_AT_FIRST);
        }
        tree.root = self.root;
        tree.steering = take(&mut self.steering);
        tree.twins = take(&mut self.twins);
        tree.repeats = take(&mut self.repeats);
        tree
    }

    /// Hands out the texts that do not stand in the source as they are, and takes them back with more of them.
    pub(crate) fn swap_made(&mut self, made: &mut String) {
        std::mem::swap(&mut self.made, made);
    }

    /// A new node as a reader makes it: `at` is its place in this tree's source.
    #[inline]
    pub fn read_node(&mut self, kind: Kind, style: Style, tag: Tag, text: Text, at: u32) -> NodeId {
        self.push_node(kind, Form::new(kind, style, tag, 0), text, at)
    }

    /// A new scalar without quotes that is known to be a [word](crate::word).
    #[inline]
    pub(crate) fn read_word(&mut self, text: Text, at: u32) -> NodeId {
        let form = Form::new(Kind::Scalar, Style::Plain, Tag::Str, 0).with_word(true);
        self.push_node(Kind::Scalar, form, text, at)
    }

    /// Links a child that nothing follows yet at the end, without a stamp.
    #[inline]
    pub(crate) fn link_read(&mut self, collection: NodeId, child: NodeId) {
        let slot = &mut self.nodes[collection.index()];
        let last = slot.last();
        slot.set_last(child);
        match last.some() {
            Some(last) => self.nodes[last.index()].next = child,
            None => slot.set_first(child),
        }
    }
}
