//! Values that are one and the same.
//!
//! kustomize's label and annotation setters add *one* node under every field where the label is new, so that whatever
//! changes one of them later changes all: a patch of the labels of a pod template changes the selector too.

use super::{Kind, NodeId, Tree};

/// Two labels of a pod template, its selector and the object itself.
const ROOM: usize = 6;

impl Tree {
    /// From now on, these values are one: what is written to one of them is written to all.
    pub fn join(&mut self, values: impl IntoIterator<Item = NodeId>) {
        let number = self.twins.last().map_or(0, |(number, _)| number + 1);
        if self.twins.is_empty() {
            self.twins.reserve_exact(ROOM);
        }
        self.twins.extend(values.into_iter().map(|value| (number, value)));
    }

    /// Whether any values are one.
    pub fn has_twins(&self) -> bool {
        !self.twins.is_empty()
    }

    /// Whether a collection is one with others.
    pub fn has_twin_collections(&self) -> bool {
        self.twins.iter().any(|(_, value)| self.kind(*value) != Kind::Scalar)
    }

    /// Makes all values independent of each other, as copying a resource or a round trip through JSON does.
    pub fn part_twins(&mut self) {
        self.twins.clear();
    }

    /// Makes the values of a mapping independent of all others, as writing the mapping anew does.
    pub fn part_values(&mut self, mapping: NodeId) {
        if self.twins.is_empty() {
            return;
        }
        let values: Vec<NodeId> = self.entries(mapping).map(|(_, value)| value).collect();
        self.twins.retain(|(_, twin)| !values.contains(twin));
    }

    /// Writes what `id` has become to the values that are one with it.
    pub(super) fn write_to_twins(&mut self, id: NodeId) {
        let Some(&(number, _)) = self.twins.iter().find(|(_, value)| *value == id) else { return };
        let others = self.twins.iter().filter(|(other, value)| *other == number && *value != id);
        let others: Vec<NodeId> = others.map(|(_, value)| *value).collect();
        for other in others {
            let copy = if self.kind(id) == Kind::Scalar { id } else { self.duplicate(id) };
            self.put(other, *self.slot(copy));
        }
    }

    /// Lets `new` take the place of `old` among those that are one with it.
    pub(super) fn replace_twin(&mut self, old: NodeId, new: NodeId) {
        if let Some((_, twin)) = self.twins.iter_mut().find(|(_, twin)| *twin == old) {
            *twin = new;
            self.write_to_twins(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tag;

    /// `{a: x, b: x, c: x}`, where a and b are one.
    fn sample() -> (Tree, NodeId) {
        let mut tree = Tree::made();
        let map = tree.new_mapping();
        tree.set_root(map);
        let values = ["a", "b", "c"].map(|key| tree.set_string(map, key, "x"));
        tree.join(values[..2].iter().copied());
        (tree, map)
    }

    fn texts(tree: &Tree, map: NodeId) -> Vec<&str> {
        tree.entries(map).map(|(_, value)| tree.text(value)).collect()
    }

    #[test]
    fn every_way_of_writing_reaches_the_twin() {
        let (mut tree, map) = sample();
        let a = tree.get(map, "a").unwrap();
        tree.set_typed(a, Tag::Str, "1");
        assert_eq!(texts(&tree, map), ["1", "1", "x"]);
        tree.set_string(map, "b", "2");
        assert_eq!(texts(&tree, map), ["2", "2", "x"]);
        let three = tree.new_string("3");
        tree.assign(a, three);
        assert_eq!(texts(&tree, map), ["3", "3", "x"]);
        tree.set_string(map, "c", "4");
        assert_eq!(texts(&tree, map), ["3", "3", "4"]);
    }

    #[test]
    fn a_twin_that_was_removed_stays_away() {
        let (mut tree, map) = sample();
        tree.remove(map, "b");
        tree.set_string(map, "b", "new");
        assert_eq!(texts(&tree, map), ["x", "x", "new"]);
    }

    #[test]
    fn a_mapping_that_is_written_anew_parts_from_the_others() {
        let mut tree = Tree::made();
        let root = tree.new_mapping();
        tree.set_root(root);
        let maps = ["a", "b", "c"].map(|key| {
            let map = tree.new_mapping();
            tree.set(root, key, map);
            map
        });
        let values = maps.map(|map| tree.set_string(map, "k", "x"));
        tree.join(values);
        tree.part_values(maps[0]);
        tree.set_string(maps[1], "k", "y");
        let texts = maps.map(|map| tree.get(map, "k").map(|value| tree.text(value).to_owned()));
        assert_eq!(texts.map(Option::unwrap), ["x", "y", "y"]);
    }

    #[test]
    fn a_collection_is_copied() {
        let (mut tree, map) = sample();
        let inner = tree.new_mapping();
        tree.set_string(inner, "k", "v");
        tree.set(map, "a", inner);
        tree.set_string(inner, "l", "w");
        let b = tree.get(map, "b").unwrap();
        assert_eq!((tree.len(b), tree.get(b, "k").map(|id| tree.text(id))), (1, Some("v")));
    }
}
