//! Merging mappings: field by field.

use rustc_hash::FxHashMap;
use rustomize_yaml::{NodeId, Tag};

use super::directive::Directive;
use super::{Merged, Merger};
use crate::diagnostics::Result;
use crate::schema::Node;

/// A key and its value.
type Entry = (NodeId, NodeId);

/// From here on, entries are found by a map rather than by a scan.
const LONG: usize = 16;

impl Merger<'_> {
    /// Merges a mapping of the target with one of the patch, which may be null; one of both is a mapping.
    pub(super) fn merge_mappings(
        &mut self,
        old: Option<NodeId>,
        patch: Option<NodeId>,
        schema: Option<Node>,
    ) -> Result<Merged> {
        let (target, patch) = match (old, patch) {
            (Some(old), None) => (old, None),
            (Some(_), Some(patch)) if self.tree.is_null(patch) => return Ok(Merged::Gone),
            (Some(old), Some(patch)) => match self.take_mapping_directive(patch)? {
                Directive::Delete => return Ok(Merged::Gone),
                Directive::Replace => (patch, Some(patch)),
                Directive::Merge => {
                    self.carry_steering(patch, old);
                    (old, Some(patch))
                }
            },
            (None, Some(patch)) => match self.take_mapping_directive(patch) {
                Ok(Directive::Delete) => return Ok(Merged::Gone),
                // Where there is nothing to merge with, an unknown directive is a field like any other, once.
                _ => (patch, Some(patch)),
            },
            (None, None) => return Ok(Merged::Gone),
        };
        self.merge_entries(target, patch, schema)?;
        Ok(Merged::Node(target))
    }

    fn carry_steering(&mut self, from: NodeId, to: NodeId) {
        if !self.tree.has_steering() {
            return;
        }
        let Some(comment) = self.tree.steering(from).next().map(str::to_owned) else { return };
        self.tree.forget_steering_at(to);
        self.tree.steer(to, &comment);
    }

    fn merge_entries(&mut self, target: NodeId, patch: Option<NodeId>, schema: Option<Node>) -> Result<()> {
        let mut gone = Vec::new();
        let Some(patch) = patch.filter(|&patch| patch != target) else {
            let mut next = self.tree.first_child(target);
            while let Some(key) = next {
                let Some(value) = self.tree.next_sibling(key) else { break };
                next = self.tree.next_sibling(value);
                if !self.tree.is_first(target, key) {
                    continue;
                }
                self.refuse_empty_key(key)?;
                if self.tree.is_scalar(value) && !self.tree.is_null(value) {
                    self.quote(value);
                    continue;
                }
                let own = Some((key, value));
                if self.merge_entry(target, own, own.filter(|_| patch.is_some()), schema.as_ref())? == Merged::Gone {
                    gone.push(key);
                }
            }
            self.remove_entries(target, &gone);
            return Ok(());
        };
        for (old, new) in self.pair_entries(target, patch) {
            if self.merge_entry(target, old, new, schema.as_ref())? == Merged::Gone {
                gone.extend(old.map(|(key, _)| key));
            }
        }
        self.remove_entries(target, &gone);
        Ok(())
    }

    /// The entries of the target with those of the patch under the same key, then the new ones, sorted.
    fn pair_entries(&self, target: NodeId, patch: NodeId) -> Vec<(Option<Entry>, Option<Entry>)> {
        let tree = &*self.tree;
        let long = [patch, target].iter().all(|&mapping| tree.entries(mapping).nth(LONG).is_some());
        let index = |mapping: NodeId| -> FxHashMap<&str, Entry> {
            if long {
                let entries = tree.entries(mapping).filter(|&(key, _)| tree.is_first(mapping, key));
                entries.map(|entry| (tree.text(entry.0), entry)).collect()
            } else {
                FxHashMap::default()
            }
        };
        let (of_target, of_patch) = (index(target), index(patch));
        let find = |index: &FxHashMap<&str, Entry>, mapping: NodeId, key: NodeId| {
            if long { index.get(tree.text(key)).copied() } else { tree.entry(mapping, tree.text(key)) }
        };
        // Of entries with one key, only the first one counts.
        let firsts = |mapping: NodeId| tree.entries(mapping).filter(move |&(key, _)| tree.is_first(mapping, key));
        let both = firsts(target).map(|old| (Some(old), find(&of_patch, patch, old.0)));
        let mut new: Vec<Entry> = firsts(patch).filter(|new| find(&of_target, target, new.0).is_none()).collect();
        new.sort_by_key(|&(key, _)| tree.text(key));
        both.chain(new.into_iter().map(|new| (None, Some(new)))).collect()
    }

    /// Merges the values of one key and puts the result into the target; `Gone` is left to the caller.
    fn merge_entry(
        &mut self,
        target: NodeId,
        old: Option<Entry>,
        new: Option<Entry>,
        schema: Option<&Node>,
    ) -> Result<Merged> {
        let Some((key, _)) = old.or(new) else { return Ok(Merged::Gone) };
        self.refuse_empty_key(key)?;
        self.path.push(key);
        let schema = self.schema_of_field(old, new, schema);
        let merged = self.merge(old.map(|(_, value)| value), new.map(|(_, value)| value), schema)?;
        self.path.pop();
        if let Merged::Node(value) = merged {
            self.put(target, old, key, value);
        }
        Ok(merged)
    }

    /// Kustomize takes the key "" for "the value itself" when it writes what it has merged, and a mapping is no scalar.
    fn refuse_empty_key(&self, key: NodeId) -> Result<()> {
        if self.tree.text(key).is_empty() { Err(self.empty_key(key)) } else { Ok(()) }
    }

    fn put(&mut self, target: NodeId, old: Option<Entry>, key: NodeId, value: NodeId) {
        self.quote(value);
        match old {
            Some((_, there)) if there == value => {}
            Some((_, there)) => {
                let style = self.tree.style(there);
                self.tree.set_style(value, style);
                self.tree.assign(there, value);
            }
            None => {
                self.tree.set_tag(key, Tag::Unset);
                self.tree.forget_steering_at(key);
                self.tree.append_entry(target, key, value);
            }
        }
    }

    /// The schema of a field: from a comment at a value or its key, else from that of the mapping. Scalars need none.
    fn schema_of_field(&self, old: Option<Entry>, new: Option<Entry>, schema: Option<&Node>) -> Option<Node> {
        let mut entries = [old, new].into_iter().flatten();
        if entries.clone().all(|(_, value)| self.tree.is_scalar(value)) {
            return None;
        }
        if self.tree.has_steering() {
            let comment = |(key, value)| self.schema_from_comment(value).or_else(|| self.schema_from_comment(key));
            if let Some(schema) = entries.clone().find_map(comment) {
                return Some(schema);
            }
        }
        let (key, _) = entries.next()?;
        self.schema.field(schema?, self.tree.text(key))
    }

    fn remove_entries(&mut self, mapping: NodeId, gone: &[NodeId]) {
        if let [key] = gone {
            self.tree.remove_entry(mapping, *key);
        } else if !gone.is_empty() {
            // Both are in the order of the mapping.
            let mut gone = gone.iter().peekable();
            let kept: Vec<NodeId> = self
                .tree
                .entries(mapping)
                .filter(|(key, _)| gone.next_if_eq(&key).is_none())
                .flat_map(|(key, value)| [key, value])
                .collect();
            self.tree.set_items(mapping, &kept);
        }
    }
}
