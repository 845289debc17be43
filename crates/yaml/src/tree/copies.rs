//! Copies of a tree, of which many are made where many builds begin with the same resources.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Kind, MADE_AT_FIRST, NodeId, Tree, with_room};
use crate::entries;
use crate::order::Order;

/// A copy is made to be changed: it has room for what changes mostly add.
impl Clone for Tree {
    fn clone(&self) -> Tree {
        self.copy(with_room(self.nodes.len()), self.made.len() + MADE_AT_FIRST)
    }
}

/// How much room earlier copies of a tree have needed in the end; threads share it.
#[derive(Debug, Default)]
pub struct Room {
    nodes: AtomicU32,
    made: AtomicU32,
}

impl Room {
    /// Takes note of what a copy has come to need.
    pub fn note(&self, tree: &Tree) {
        for (known, needed) in [(&self.nodes, tree.nodes.len()), (&self.made, tree.made.len())] {
            // Mostly as much as the copy before, so that there is nothing to write for others to read.
            if (known.load(Ordering::Relaxed) as usize) < needed {
                known.fetch_max(needed as u32, Ordering::Relaxed);
            }
        }
    }
}

impl Tree {
    /// A copy that need not grow where it comes to need what others have needed.
    pub fn copy_with_room(&self, room: &Room) -> Tree {
        // As one build gives longer names than the other.
        const SOME_MORE: usize = 32;
        let [nodes, made] = [&room.nodes, &room.made].map(|known| known.load(Ordering::Relaxed) as usize);
        match nodes {
            0 => self.clone(),
            _ => self.copy(nodes.max(self.nodes.len()), made.max(self.made.len()) + SOME_MORE),
        }
    }

    fn copy(&self, room_for_nodes: usize, room_for_made: usize) -> Tree {
        let mut nodes = Vec::with_capacity(room_for_nodes);
        nodes.extend_from_slice(&self.nodes);
        let mut made = String::with_capacity(room_for_made);
        made.push_str(&self.made);
        Tree {
            nodes,
            origins: self.origins.clone(),
            made,
            source: self.source.clone(),
            root: self.root,
            steering: self.steering.clone(),
            twins: self.twins.clone(),
            repeats: self.repeats,
        }
    }

    /// Takes note of the mappings whose keys are words and stand in the order in which they are printed, each once: in
    /// this tree and in its copies, they are printed without another look, until they get other entries.
    pub fn note_order(&mut self) {
        for number in 0..self.nodes.len() {
            let id = NodeId(number as u32);
            if self.kind(id) == Kind::Mapping && entries::are_words_in_order(self, id, Order::Natural) {
                let slot = &mut self.nodes[number];
                slot.set_form(slot.form().with_order(true));
            }
        }
    }

    /// Whether a node is a mapping that is known to be in order: see [`Tree::note_order`].
    #[inline]
    pub(crate) fn is_in_order(&self, id: NodeId) -> bool {
        self.form(id).is_in_order()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{FileId, Source, emit, read_resources};

    fn tree(text: &str) -> Tree {
        read_resources(&Arc::new(Source::new(FileId(1), "test", text))).unwrap().remove(0)
    }

    fn printed(tree: &Tree) -> String {
        let mut text = String::new();
        emit(tree, tree.root(), &mut text).unwrap();
        text
    }

    #[test]
    fn what_is_in_order_is_printed_as_ever_whatever_changes() {
        let text = "kind: A\nspec:\n  a: 1\n  b2: {x: 1, z: 2}\n  b10: {z: 1, x: 2}\n  c: [{d: 1, e: 2}]\n";
        type Change = fn(&mut Tree, NodeId);
        let changes: [Change; 8] = [
            |_, _| {},
            |tree, spec| _ = tree.set_string(spec, "a1", "new"),
            |tree, spec| _ = tree.set_string(spec, "z", "new"),
            |tree, spec| _ = tree.set_string(spec, "b2", "other"),
            |tree, spec| _ = tree.remove(spec, "b10"),
            |tree, spec| {
                let [key, value] = ["y", "new"].map(|text| tree.new_string(text));
                tree.prepend_entry(spec, key, value);
            },
            |tree, spec| {
                let copy = tree.duplicate(spec);
                tree.set_string(copy, "aa", "new");
                tree.set(spec, "d", copy);
            },
            |tree, spec| {
                let items: Vec<NodeId> = tree.items(spec).collect();
                tree.set_items(spec, &[&items[2..], &items[..2]].concat());
            },
        ];
        for change in changes {
            let mut plain = tree(text);
            let mut ordered = tree(text);
            ordered.note_order();
            assert!(ordered.is_in_order(ordered.root()));
            let mut ordered = ordered.clone();
            for tree in [&mut plain, &mut ordered] {
                let spec = tree.get(tree.root(), "spec").unwrap();
                change(tree, spec);
            }
            assert_eq!(printed(&ordered), printed(&plain));
        }
    }

    #[test]
    fn only_words_in_order_are_taken_note_of() {
        for (text, expected) in [
            ("{kind: a, a: b}", false),
            ("{a: b, kind: a}", true),
            ("{a: b, kind: a, 'true': x}", false),
            ("{a2: b, a10: b, kind: a}", true),
            ("{a10: b, a2: b, kind: a}", false),
        ] {
            let mut tree = tree(text);
            tree.note_order();
            assert_eq!(tree.is_in_order(tree.root()), expected, "{text}");
        }
    }

    #[test]
    fn a_copy_has_room_for_what_an_earlier_one_came_to_need() {
        let (tree, room) = (tree("{kind: A, metadata: {name: a}}"), Room::default());
        for grows in [true, false] {
            let mut copy = tree.copy_with_room(&room);
            let before = [copy.nodes.capacity(), copy.made.capacity()];
            let metadata = copy.get(copy.root(), "metadata").unwrap();
            for number in 0..100 {
                copy.set_string(metadata, &format!("key-{number}"), "a value of some length");
            }
            room.note(&copy);
            assert_eq!(before != [copy.nodes.capacity(), copy.made.capacity()], grows);
        }
    }
}
