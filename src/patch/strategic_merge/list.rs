//! Merging lists whose items are matched by keys, or as members of a set.

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{Kind, NodeId, Style, Tag};

use super::directive::Directive;
use super::{Merged, Merger};
use crate::diagnostics::Result;
use crate::schema::Node;

/// Up to here, items are told apart by comparing each with each.
const SHORT: usize = 16;

impl Merger<'_> {
    /// Merges a list of the target with one of the patch, which may be null; one of both is a list.
    pub(super) fn merge_lists(&mut self, old: Option<NodeId>, patch: Option<NodeId>, schema: &Node) -> Result<Merged> {
        let (target, patch) = match (old, patch) {
            (Some(old), None) => (old, None),
            (Some(_), Some(patch)) if self.tree.is_null(patch) => return Ok(Merged::Gone),
            (Some(old), Some(patch)) => match self.take_list_directive(patch)? {
                Directive::Delete => return Ok(Merged::Gone),
                Directive::Replace => (patch, Some(patch)),
                Directive::Merge => (old, Some(patch)),
            },
            (None, Some(patch)) => {
                if !self.tree.is_empty(patch) {
                    self.tree.set_style(patch, Style::Plain);
                }
                (patch, Some(patch))
            }
            (None, None) => return Ok(Merged::Gone),
        };
        let keys = schema.merge_keys();
        let items = self.schema.items(schema);
        if patch.is_none_or(|patch| patch == target) && self.merge_alone(target, patch, &keys, items.as_ref())? {
            return Ok(Merged::Node(target));
        }
        let matched = if self.new_items_last { None } else { self.match_items(target, patch, &keys) };
        match matched {
            Some(matched) => self.merge_matched(target, &matched, items.as_ref())?,
            None => {
                let mut merged = self.merge_irregular(target, patch, &keys, items.as_ref())?;
                self.part_repeated(&mut merged);
                self.set_list(target, &merged);
            }
        }
        Ok(Merged::Node(target))
    }

    /// Merges a short list that nothing is matched with, and that has no two items with equal keys: the items stay where
    /// they are. Says whether it is such a list.
    fn merge_alone(
        &mut self,
        list: NodeId,
        patch: Option<NodeId>,
        keys: &[&str],
        schema: Option<&Node>,
    ) -> Result<bool> {
        let items: Vec<NodeId> = self.tree.items(list).collect();
        let Some(keys) = self.item_keys(&items, keys).filter(|_| items.len() <= SHORT) else { return Ok(false) };
        if (1..items.len()).any(|at| (0..at).any(|before| keys.of(before) == keys.of(at))) {
            return Ok(false);
        }
        let is_set = keys.are_whole_items;
        let mut kept = Vec::with_capacity(items.len());
        for &item in &items {
            let pair = Pair { target: Some(item), patch: patch.map(|_| item), last: None };
            if self.merge_pair(&pair, is_set, schema)?.is_some() {
                kept.push(item);
            }
        }
        if kept.len() < items.len() {
            self.tree.set_items(list, &kept);
        }
        self.tree.forget_steering_at(list);
        Ok(true)
    }

    /// The result of a merge is a list of its own: comments that steered it do not stay.
    fn set_list(&mut self, list: NodeId, items: &[NodeId]) {
        self.tree.set_items(list, items);
        self.tree.forget_steering_at(list);
    }

    /// An item can come out several times; each has to be a node of its own.
    fn part_repeated(&mut self, items: &mut [NodeId]) {
        let mut seen = FxHashSet::default();
        for item in items {
            if !seen.insert(*item) {
                *item = self.tree.duplicate(*item);
            }
        }
    }

    /// Matches items by their keys, where every item has a text for each key that any item has, as lists usually do;
    /// `None` for other lists, whose items match in stranger ways.
    fn match_items(&self, target: NodeId, patch: Option<NodeId>, keys: &[&str]) -> Option<Matched> {
        let mut items: Vec<NodeId> = patch.map_or(Vec::new(), |patch| self.tree.items(patch).collect());
        let of_patch = items.len();
        items.extend(self.tree.items(target));
        let keys = self.item_keys(&items, keys)?;

        let mut found: FxHashMap<&[&str], usize> = FxHashMap::default();
        let mut pairs: Vec<Pair> = Vec::new();
        for (position, &item) in items.iter().enumerate() {
            let at = *found.entry(keys.of(position)).or_insert_with(|| {
                pairs.push(Pair::default());
                pairs.len() - 1
            });
            let pair = &mut pairs[at];
            if position < of_patch {
                pair.patch.get_or_insert(item);
            } else {
                pair.target.get_or_insert(item);
                pair.last = Some((item, position));
            }
        }
        Some(Matched { pairs, is_set: keys.are_whole_items, by_many_keys: keys.count > 1 })
    }

    /// The texts by which items are told apart, of those keys that any item has; `None` when some item lacks one of
    /// them. Without any keys it is whole items, which must be scalars.
    fn item_keys(&self, items: &[NodeId], keys: &[&str]) -> Option<ItemKeys<'_>> {
        let tree = &*self.tree;
        let text = |id: NodeId| if tree.is_null(id) { "" } else { tree.text(id) };
        if keys.is_empty() || items.is_empty() {
            let texts: Vec<&str> = items.iter().map(|&item| text(item)).collect();
            let is_regular = texts.iter().all(|text| !text.is_empty());
            return is_regular.then_some(ItemKeys { texts, count: 1, are_whole_items: true });
        }
        let at_key = |item, key: &str| tree.get(item, key).map_or("", text);
        let mut texts: Vec<&str> =
            items.iter().flat_map(|&item| keys.iter().map(move |key| at_key(item, key))).collect();
        let mut count = keys.len();
        for key in (0..keys.len()).rev() {
            if texts.iter().skip(key).step_by(count).all(|text| text.is_empty()) {
                let mut position = 0;
                texts.retain(|_| {
                    position += 1;
                    (position - 1) % count != key
                });
                count -= 1;
            }
        }
        let is_regular = count > 0 && texts.iter().all(|text| !text.is_empty());
        is_regular.then_some(ItemKeys { texts, count, are_whole_items: false })
    }

    /// Merges matched items. Those of the patch come first, in its order; the others follow in their own.
    fn merge_matched(&mut self, list: NodeId, matched: &Matched, schema: Option<&Node>) -> Result<()> {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let mut changed = false;
        for pair in &matched.pairs {
            let Some(value) = self.merge_pair(pair, matched.is_set, schema)? else {
                changed = true;
                continue;
            };
            match pair.last {
                // The item of the target stands, whatever the merge made of it: so kustomize undoes `$patch: replace`
                // of an item, and keeps the last of several items with equal keys.
                Some((item, position)) if matched.by_many_keys => last.push((position, item)),
                Some((item, _)) => first.push(item),
                None => first.push(value),
            }
        }
        last.sort_unstable_by_key(|&(position, _)| position);
        first.extend(last.into_iter().map(|(_, item)| item));
        if changed || !self.tree.items(list).eq(first.iter().copied()) {
            self.set_list(list, &first);
        } else {
            self.tree.forget_steering_at(list);
        }
        Ok(())
    }

    /// What the items of a pair become; `None` when they go away.
    fn merge_pair(&mut self, pair: &Pair, is_set: bool, schema: Option<&Node>) -> Result<Option<NodeId>> {
        self.path.extend(pair.target.or(pair.patch));
        let merged = self.merge(pair.target, pair.patch, schema.cloned())?;
        self.path.pop();
        let Merged::Node(value) = merged else { return Ok(None) };
        if is_set && self.tree.kind(value) == Kind::Scalar {
            self.tree.set_tag(value, Tag::Unset);
        }
        let is_empty = self.tree.is_mapping(value) && self.tree.is_empty(value);
        Ok((!is_empty).then_some(value))
    }
}

/// What tells items apart.
struct ItemKeys<'a> {
    /// Those of the first item, those of the second one, and so on.
    texts: Vec<&'a str>,
    /// How many texts an item has.
    count: usize,
    /// The items are scalars and told apart as a whole.
    are_whole_items: bool,
}

impl<'a> ItemKeys<'a> {
    fn of(&self, position: usize) -> &[&'a str] {
        &self.texts[position * self.count..][..self.count]
    }
}

/// The items of two lists, matched.
struct Matched {
    pairs: Vec<Pair>,
    /// The items are scalars and match as a whole.
    is_set: bool,
    by_many_keys: bool,
}

/// Items with equal keys.
#[derive(Default)]
struct Pair {
    /// The first one of the target.
    target: Option<NodeId>,
    /// The first one of the patch.
    patch: Option<NodeId>,
    /// The last one of the target, and its position.
    last: Option<(NodeId, usize)>,
}
