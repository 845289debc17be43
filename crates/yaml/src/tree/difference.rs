//! What was changed in a tree, so that the tree before need not be kept.

use super::origins::Origins;
use super::slot::Slot;
use super::{NodeId, Steering, Tree};

/// What it takes to get a tree back from one that has [grown](Tree::is_grown_from) from it.
#[derive(Debug)]
pub struct Difference {
    /// The nodes that are others now, as they were.
    pub(super) slots: Vec<(NodeId, Slot)>,
    /// How many nodes there were, and how long the texts that were made.
    nodes: usize,
    made: usize,
    root: NodeId,
    origins: Origins,
    steering: Option<Box<Steering>>,
    twins: Vec<(u32, NodeId)>,
    repeats: bool,
}

impl Tree {
    /// What has changed since the tree was another one; `None` where it has not grown from that.
    pub fn since(&self, before: &Tree) -> Option<Difference> {
        if !self.is_grown_from(before) || self.nodes.len() < before.nodes.len() {
            return None;
        }
        let pairs = self.nodes.iter().zip(&before.nodes).zip(0..);
        let others = pairs.filter(|((now, old), _)| !now.is_twin(old));
        Some(Difference {
            slots: others.map(|((_, old), number)| (NodeId(number), *old)).collect(),
            nodes: before.nodes.len(),
            made: before.made.len(),
            root: before.root,
            origins: before.origins.clone(),
            steering: before.steering.clone(),
            twins: before.twins.clone(),
            repeats: before.repeats,
        })
    }

    /// The tree that this one was, as [`Tree::since`] has noted it.
    pub fn before(&self, difference: &Difference) -> Tree {
        let Difference { slots, nodes, made, root, origins, steering, twins, repeats } = difference;
        let mut nodes = self.nodes[..*nodes].to_vec();
        slots.iter().for_each(|&(id, slot)| nodes[id.index()] = slot);
        Tree {
            nodes,
            origins: origins.clone(),
            made: self.made[..*made].to_owned(),
            source: self.source.clone(),
            root: *root,
            steering: steering.clone(),
            twins: twins.clone(),
            repeats: *repeats,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{FileId, Source, StepId, Tag, Tree, emit, read_resources};

    fn printed(tree: &Tree) -> String {
        let mut text = String::new();
        emit(tree, tree.root(), &mut text).unwrap();
        text
    }

    #[test]
    fn what_a_tree_was_is_got_back() {
        let text = "a: {x: [1, {y: 2}]}\nb: \"two\\nlines\"\nc: 3\n";
        let before = read_resources(&Arc::new(Source::new(FileId(1), "a.yaml", text))).unwrap().remove(0);
        let mut now = before.clone();
        now.begin_step(StepId(7));
        let b = now.get(now.root(), "b").unwrap();
        now.set_typed(b, Tag::Str, "other");
        now.remove(now.root(), "a");
        now.set_string(now.root(), "d", "new");
        let difference = now.since(&before).unwrap();
        let again = now.before(&difference);
        assert_eq!(printed(&again), printed(&before));
        assert_eq!(again.node(b).step, StepId(0));
        assert_eq!(now.node(b).step, StepId(7));
        assert!(again.since(&before).unwrap().slots.is_empty());
        assert!(before.since(&now).is_none());
    }
}
