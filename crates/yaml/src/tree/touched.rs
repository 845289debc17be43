//! What was written in a tree since it was another one.

use super::{Kind, NodeId, Past, Tree};

/// Follows a tree from one state to the next and knows which of its values were written, themselves or inside.
///
/// Nodes are compared where they lie, and only what differs is looked for in the tree. That takes knowing which
/// collection each node is in, which is kept from state to state.
#[derive(Debug, Default)]
pub struct Touched {
    /// The collection that each node is in; nothing before the first states.
    parents: Vec<NodeId>,
    /// Whether each node was written, itself or inside; nothing where nothing is known.
    marks: Vec<bool>,
    /// Room for walks.
    open: Vec<NodeId>,
}

impl Touched {
    /// Takes note of what was written in a tree since it was `before`, from which it has
    /// [grown](Tree::is_grown_from).
    pub fn compare(&mut self, before: &Tree, now: &Tree) {
        let nodes = now.nodes.iter().zip(&before.nodes).enumerate();
        self.go_on(before, now, nodes.filter(|(_, (new, old))| !new.is_twin(old)).map(|(index, _)| index));
    }

    /// The same where it is known what the tree was `before`.
    pub fn follow(&mut self, past: &Past, before: &Tree, now: &Tree) {
        self.go_on(before, now, past.changed().map(NodeId::index));
    }

    fn go_on(&mut self, before: &Tree, now: &Tree, changed: impl Iterator<Item = usize>) {
        if before.root != now.root || !now.origins.have_grown_from(&before.origins) {
            return self.forget();
        }
        if self.parents.is_empty() {
            self.parents.resize(before.nodes.len(), NodeId::NONE);
            self.open.push(before.root);
            self.adopt(before, |_| true);
        }
        self.parents.resize(now.nodes.len(), NodeId::NONE);
        self.marks.clear();
        self.marks.resize(now.nodes.len(), false);
        changed.for_each(|index| self.mark(index));
        if let Some(new) = self.marks.get_mut(before.nodes.len()..) {
            new.fill(true);
        }
        // What has come to another collection is in one that was written, and so is all on the way to that.
        let marks = std::mem::take(&mut self.marks);
        self.open.push(now.root);
        self.adopt(now, |id| marks[id.index()]);
        self.marks = marks;
    }

    /// From now on nothing is known, until there are two states that follow each other.
    pub fn forget(&mut self) {
        self.parents.clear();
        self.marks.clear();
    }

    /// Whether neither the node nor anything in it was written.
    pub fn has_left(&self, id: NodeId) -> bool {
        self.marks.get(id.index()) == Some(&false)
    }

    /// Marks a node and the collections around it.
    fn mark(&mut self, index: usize) {
        let mut index = index;
        while let Some(mark) = self.marks.get_mut(index).filter(|mark| !**mark) {
            *mark = true;
            index = self.parents[index].index();
        }
    }

    /// Notes which collection each node is in, in the open collections and in those inside for which `is_deeper` holds.
    fn adopt(&mut self, tree: &Tree, is_deeper: impl Fn(NodeId) -> bool) {
        while let Some(id) = self.open.pop() {
            for child in tree.items(id) {
                self.parents[child.index()] = id;
                if tree.kind(child) != Kind::Scalar && is_deeper(child) {
                    self.open.push(child);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{FileId, Source, Tag, read_resources};

    fn tree(text: &str) -> Tree {
        read_resources(&Arc::new(Source::new(FileId(1), "a.yaml", text))).unwrap().remove(0)
    }

    /// The fields of the root that were written.
    fn touched(touched: &Touched, tree: &Tree) -> Vec<String> {
        let fields = tree.entries(tree.root()).filter(|&(_, value)| !touched.has_left(value));
        fields.map(|(key, _)| tree.text(key).to_owned()).collect()
    }

    #[test]
    fn what_was_written_is_known_with_all_around_it() {
        let before = tree("a: {x: [1, {y: 2}]}\nb: {x: 1}\nc: 3\n");
        let mut now = before.clone();
        let mut known = Touched::default();
        let deep = |tree: &Tree| {
            let list = tree.path(tree.root(), &["a", "x"]).unwrap();
            tree.get(tree.items(list).last().unwrap(), "y").unwrap()
        };
        let y = deep(&now);
        now.set_typed(y, Tag::Str, "z");
        known.compare(&before, &now);
        assert_eq!(touched(&known, &now), ["a"]);
        let last = now.clone();
        known.compare(&last, &now);
        assert_eq!(touched(&known, &now), [""; 0]);
    }

    #[test]
    fn what_moves_is_looked_for_where_it_is_now() {
        let before = tree("a: {x: {y: 1}}\nb: {}\nc: 3\n");
        let mut moved = before.clone();
        let mut known = Touched::default();
        let [a, b] = ["a", "b"].map(|key| moved.get(moved.root(), key).unwrap());
        let x = moved.get(a, "x").unwrap();
        moved.remove(a, "x");
        moved.set(b, "x", x);
        known.compare(&before, &moved);
        assert_eq!(touched(&known, &moved), ["a", "b"]);
        let mut now = moved.clone();
        let y = now.get(x, "y").unwrap();
        now.set_typed(y, Tag::Str, "2");
        known.compare(&moved, &now);
        assert_eq!(touched(&known, &now), ["b"]);
    }

    #[test]
    fn of_a_new_root_nothing_is_known() {
        let before = tree("a: 1\n");
        let mut now = before.clone();
        let root = now.duplicate(now.root());
        now.set_root(root);
        let mut known = Touched::default();
        known.compare(&before, &now);
        assert_eq!(touched(&known, &now), ["a"]);
    }
}
