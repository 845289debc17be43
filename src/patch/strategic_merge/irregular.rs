//! Merging lists of which some items lack a key that others have.
//!
//! What kustomize does with them follows no rule that could be told, only from its steps: an item without the key makes
//! others vanish, a port without a protocol takes the place of one that has it. So the steps are taken one by one.

use rustomize_yaml::{Kind, NodeId, Tag, Tree};

use super::{Merged, Merger};
use crate::diagnostics::Result;
use crate::schema::Node;

impl Merger<'_> {
    /// The items of the merged list, in order. `target` and `patch` may be the same list.
    pub(super) fn merge_irregular(
        &mut self,
        target: NodeId,
        patch: Option<NodeId>,
        keys: &[&str],
        schema: Option<&Node>,
    ) -> Result<Vec<NodeId>> {
        let is_same = patch == Some(target);
        let mut own: Vec<NodeId> = self.tree.items(target).collect();
        let patch: Option<Vec<NodeId>> = patch.map(|patch| self.tree.items(patch).collect());
        let mut identities = self.identities(&own, patch.as_deref().unwrap_or_default(), keys);
        let keys = if keys.is_empty() { vec![""] } else { keys.to_vec() };
        if keys.len() > 1 {
            complete(&mut identities);
        }
        let in_use = keys_in_use(&identities, &keys);
        let keys: Vec<&str> = in_use.iter().map(|&at| keys[at]).collect();

        let mut merged = Vec::new();
        for identity in &identities {
            let values: Vec<String> = in_use.iter().map(|&at| identity[at].clone()).collect();
            let old = self.first_matching(&own, &keys, &values);
            let new =
                if is_same { old } else { patch.as_deref().and_then(|all| self.first_matching(all, &keys, &values)) };
            self.path.extend(old.or(new));
            let result = self.merge(old, new, schema.cloned())?;
            self.path.truncate(self.path.len() - usize::from(old.or(new).is_some()));
            match result {
                Merged::Node(value) if !self.is_empty_mapping(value) => {
                    self.complete_keys(value, &keys, &values);
                    self.set_element(&mut merged, value, &keys, &values)?;
                }
                _ => self.remove_matching(&mut own, &keys, &values)?,
            }
        }
        if identities.is_empty() {
            return Ok(own);
        }
        if self.new_items_last { self.append_all(own, &merged, &keys) } else { self.append_all(merged, &own, &keys) }
    }

    /// The texts of the keys of all items, those that stay first, first, each once. An item without a key has "" for it.
    fn identities(&self, own: &[NodeId], patch: &[NodeId], keys: &[&str]) -> Vec<Vec<String>> {
        let mut seen = rustc_hash::FxHashSet::default();
        let identity = |&item: &NodeId| -> Vec<String> {
            if keys.is_empty() {
                vec![self.tree.text(item).to_owned()]
            } else {
                keys.iter().map(|key| self.key_text(item, key).to_owned()).collect()
            }
        };
        let (first, second) = if self.new_items_last { (own, patch) } else { (patch, own) };
        first.iter().chain(second).map(identity).filter(|identity| seen.insert(identity.clone())).collect()
    }

    fn key_text(&self, item: NodeId, key: &str) -> &str {
        match self.tree.get(item, key) {
            Some(value) if !self.tree.is_null(value) => self.tree.text(value),
            _ => "",
        }
    }

    /// The first item that has all these texts. Keys without a text do not count, unless none has one.
    fn first_matching(&self, items: &[NodeId], keys: &[&str], values: &[String]) -> Option<NodeId> {
        let all_empty = values.iter().all(String::is_empty);
        let wanted = || keys.iter().zip(values).filter(|(_, value)| all_empty || !value.is_empty());
        items.iter().copied().find(|&item| {
            if keys[0].is_empty() {
                return self.tree.text(item) == values[0];
            }
            self.tree.is_mapping(item)
                && wanted().all(|(key, value)| self.tree.get(item, key).is_some_and(|own| self.tree.text(own) == value))
        })
    }

    fn is_empty_mapping(&self, id: NodeId) -> bool {
        self.tree.is_mapping(id) && self.tree.is_empty(id)
    }

    /// Gives an item the keys that it was matched by and does not have; takes the tag from a scalar.
    fn complete_keys(&mut self, item: NodeId, keys: &[&str], values: &[String]) {
        for (key, value) in keys.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
            if key.is_empty() && self.tree.kind(item) == Kind::Scalar {
                self.tree.set_typed(item, Tag::Unset, value);
            } else if self.tree.is_mapping(item) && self.tree.get(item, key).is_none() {
                let text = self.tree.new_scalar(value, Tag::Unset, Tree::style_of_new(value));
                self.tree.set(item, key, text);
            }
        }
    }

    /// Whether an item has these texts, where there is a text for a key: a key with the text "" needs to be there only.
    /// Fails for an item that is not a mapping, or not a scalar where no key is given.
    fn matches(&self, item: NodeId, keys: &[&str], values: &[String]) -> Result<bool> {
        if keys[0].is_empty() {
            let is_scalar = self.tree.kind(item) == Kind::Scalar;
            return if is_scalar { Ok(self.tree.text(item) == values[0]) } else { Err(self.not_a_mapping(item)) };
        }
        if values.is_empty() {
            return Ok(false);
        }
        if !self.tree.is_mapping(item) {
            return Err(self.not_a_mapping(item));
        }
        // Keys beyond the given texts are not looked at.
        Ok(keys.iter().zip(values).all(|(key, value)| {
            self.tree.get(item, key).is_some_and(|own| value.is_empty() || self.tree.text(own) == value)
        }))
    }

    /// Takes the items with these texts out, and all that are null or empty.
    pub(super) fn remove_matching(&self, items: &mut Vec<NodeId>, keys: &[&str], values: &[String]) -> Result<()> {
        self.exchange(items, None, keys, values).map(|_| ())
    }

    /// Puts an item in the place of all that have these texts, or at the end, where a null does not come.
    fn set_element(&self, items: &mut Vec<NodeId>, item: NodeId, keys: &[&str], values: &[String]) -> Result<()> {
        if !self.exchange(items, Some(item), keys, values)? && !self.tree.is_null(item) {
            items.push(item);
        }
        Ok(())
    }

    /// Says whether any item was exchanged. Without any texts to go by, all items go.
    fn exchange(&self, items: &mut Vec<NodeId>, by: Option<NodeId>, keys: &[&str], values: &[String]) -> Result<bool> {
        let has_text = !keys[0].is_empty() && values.first().is_some_and(|value| !value.is_empty());
        let mut found = false;
        let mut result = Vec::with_capacity(items.len());
        for &item in items.iter() {
            if self.tree.is_null(item) || self.is_empty_mapping(item) {
                continue;
            }
            if has_text && !self.tree.is_mapping(item) {
                result.push(item);
            } else if self.matches(item, keys, values)? {
                found = true;
                result.extend(by);
            } else if !values.is_empty() {
                result.push(item);
            }
        }
        *items = result;
        Ok(found)
    }

    /// Adds the items of one list to those of another, in the place of those with equal keys.
    fn append_all(&self, mut merged: Vec<NodeId>, others: &[NodeId], keys: &[&str]) -> Result<Vec<NodeId>> {
        for &item in others {
            if keys[0].is_empty() {
                self.set_element(&mut merged, item, keys, &[self.tree.text(item).to_owned()])?;
                continue;
            }
            let mut values = Vec::new();
            for key in keys {
                if !self.tree.is_null(item) && !self.tree.is_mapping(item) {
                    return Err(self.not_a_mapping(item));
                }
                match self.tree.get(item, key) {
                    // The item is there at once, but the steps go on, with one text less.
                    None => merged.push(item),
                    Some(value) => values.push(self.tree.text(value).to_owned()),
                }
            }
            if keys.len() > 1 {
                self.remove_matching(&mut merged, keys, &values)?;
            }
            self.set_element(&mut merged, item, keys, &values)?;
        }
        Ok(merged)
    }
}

/// The positions of keys that any item has a text for; all when there is none.
fn keys_in_use(identities: &[Vec<String>], keys: &[&str]) -> Vec<usize> {
    let in_use: Vec<usize> =
        (0..keys.len()).filter(|&at| identities.iter().any(|identity| !identity[at].is_empty())).collect();
    if in_use.is_empty() { (0..keys.len()).collect() } else { in_use }
}

/// Fills the gaps of identities from others that agree in at least one key and differ only in gaps.
fn complete(identities: &mut [Vec<String>]) {
    for first in 0..identities.len() {
        // What it is filled with in this round does not count before the next one.
        let own = identities[first].clone();
        for second in 0..identities.len() {
            if let Some(both) = union(&own, &identities[second]) {
                identities[first].clone_from(&both);
                identities[second] = both;
            }
        }
    }
}

fn union(a: &[String], b: &[String]) -> Option<Vec<String>> {
    let fits = a.iter().zip(b).all(|(a, b)| a == b || a.is_empty() || b.is_empty());
    let agrees = a.iter().zip(b).any(|(a, b)| a == b);
    (fits && agrees).then(|| a.iter().zip(b).map(|(a, b)| if a.is_empty() { b } else { a }.clone()).collect())
}
