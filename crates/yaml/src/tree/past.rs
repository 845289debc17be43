//! What a tree was, told by what it has become.

use super::origins::Origins;
use super::slot::Slot;
use super::{NodeId, Steering, Tree};

/// How many changed nodes there mostly are at most.
const FEW: usize = 24;

/// A tree as it was before it was changed: no more than what is otherwise in the changed tree.
#[derive(Debug)]
pub struct Past {
    /// The nodes that have been changed since, as they were.
    nodes: Vec<(NodeId, Slot)>,
    /// How many nodes there were.
    count: u32,
    /// How long the texts were that had been made.
    made: u32,
    origins: Origins,
    root: NodeId,
    steering: Option<Box<Steering>>,
    twins: Vec<(u32, NodeId)>,
    repeats: bool,
}

impl Past {
    /// The nodes that have been changed since.
    pub(super) fn changed(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().map(|&(id, _)| id)
    }
}

impl Tree {
    /// What this tree was when it was `before`; `None` where it has not [grown](Tree::is_grown_from) from that, or where
    /// too much was changed for it to be short.
    pub fn past(&self, before: &Tree) -> Option<Past> {
        if self.nodes.len() < before.nodes.len() || !self.is_grown_from(before) {
            return None;
        }
        let most = before.nodes.len() / 2;
        // Mostly a few, so that what is kept takes no more room than it needs.
        let mut few = [(NodeId::NONE, Slot::NOTHING); FEW];
        let (mut count, mut more) = (0, Vec::new());
        for (index, (now, &old)) in self.nodes.iter().zip(&before.nodes).enumerate() {
            if now.is_twin(&old) {
                continue;
            }
            let node = (NodeId(index as u32), old);
            match few.get_mut(count) {
                _ if count == most => return None,
                Some(place) => *place = node,
                None => more.push(node),
            }
            count += 1;
        }
        let mut nodes = Vec::with_capacity(count);
        nodes.extend_from_slice(&few[..count.min(FEW)]);
        nodes.append(&mut more);
        Some(Past {
            nodes,
            count: before.nodes.len() as u32,
            made: before.made.len() as u32,
            origins: before.origins.clone(),
            root: before.root,
            steering: before.steering.clone(),
            twins: before.twins.clone(),
            repeats: before.repeats,
        })
    }

    /// The tree that this one was.
    pub fn before(&self, past: &Past) -> Tree {
        let mut nodes = self.nodes[..past.count as usize].to_vec();
        for &(id, slot) in &past.nodes {
            nodes[id.index()] = slot;
        }
        Tree {
            nodes,
            origins: past.origins.clone(),
            made: self.made[..past.made as usize].to_owned(),
            source: self.source.clone(),
            root: past.root,
            steering: past.steering.clone(),
            twins: past.twins.clone(),
            repeats: past.repeats,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{FileId, Source, Tag, Tree, read_resources, to_json};

    fn tree(text: &str) -> Tree {
        read_resources(&Arc::new(Source::new(FileId(1), "a.yaml", text))).unwrap().remove(0)
    }

    fn json(tree: &Tree) -> String {
        let mut text = String::new();
        to_json(tree, tree.root(), &mut text).unwrap();
        text
    }

    #[test]
    fn a_changed_tree_knows_what_it_was() {
        let first = tree("{a: 1, b: [x, y], c: {d: e}, f: g}");
        let mut second = first.clone();
        let value = second.get(second.root(), "a").unwrap();
        second.set_typed(value, Tag::Str, "two");
        let mut third = second.clone();
        let new = third.new_string("new");
        let root = third.root();
        third.set(root, "h", new);
        third.remove(root, "b");
        assert_eq!(json(&third), r#"{"a":"two","c":{"d":"e"},"f":"g","h":"new"}"#);
        let pasts = [second.past(&first).unwrap(), third.past(&second).unwrap()];
        let again = third.before(&pasts[1]);
        assert_eq!(json(&again), r#"{"a":"two","b":["x","y"],"c":{"d":"e"},"f":"g"}"#);
        assert_eq!(json(&again.before(&pasts[0])), r#"{"a":1,"b":["x","y"],"c":{"d":"e"},"f":"g"}"#);
    }

    #[test]
    fn of_another_tree_it_knows_nothing() {
        let [one, other] = ["{a: 1, b: 2, c: 3}", "{a: 1, b: 2, c: 3}"].map(tree);
        assert!(one.past(&other).is_none());
        let mut changed = one.clone();
        for key in ["a", "b", "c"] {
            let value = changed.get(changed.root(), key).unwrap();
            changed.set_typed(value, Tag::Str, "x");
        }
        assert!(changed.past(&one).is_some());
        changed.set_root(changed.get(changed.root(), "a").unwrap());
        assert_eq!(json(&changed.before(&changed.past(&one).unwrap())), r#"{"a":1,"b":2,"c":3}"#);
    }
}
