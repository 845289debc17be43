//! What `diff` claims of one object, by the places in it.

use anyhow::{Result, bail, ensure};
use rustomize::diff::{Change, FieldPath, Segment};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What is claimed of a value and of what is below it.
#[derive(Default)]
pub struct Claims<'a> {
    pub here: Vec<Claim<'a>>,
    pub below: Vec<(&'a Segment, Claims<'a>)>,
}

#[derive(Clone, Copy)]
pub enum Claim<'a> {
    /// It differs.
    Change(&'a Change),
    /// It names something that is called differently.
    Follows(&'a FieldPath),
}

impl<'a> Claims<'a> {
    pub fn add(&mut self, path: &'a [Segment], claim: Claim<'a>) {
        let Some((first, rest)) = path.split_first() else { return self.here.push(claim) };
        let at = self.below.iter().position(|(segment, _)| *segment == first).unwrap_or_else(|| {
            self.below.push((first, Claims::default()));
            self.below.len() - 1
        });
        self.below[at].1.add(rest, claim);
    }

    pub fn is_empty(&self) -> bool {
        self.here.is_empty() && self.below.is_empty()
    }

    /// Whether nothing but names is claimed to differ.
    pub fn only_follow(&self) -> bool {
        let all_follow = self.here.iter().all(|claim| matches!(claim, Claim::Follows(_)));
        all_follow && self.below.iter().all(|(_, below)| below.only_follow())
    }
}

/// The items of a list by what is claimed of them.
pub struct Items<'c, 'a> {
    pub removed: BTreeMap<usize, &'c Claims<'a>>,
    pub added: BTreeMap<usize, &'c Claims<'a>>,
    pub changed: BTreeMap<usize, (usize, &'c Claims<'a>)>,
}

impl<'c, 'a> Items<'c, 'a> {
    pub fn of(old: &[Json], new: &[Json], claims: &'c Claims<'a>) -> Result<Items<'c, 'a>> {
        let mut items = Items { removed: BTreeMap::new(), added: BTreeMap::new(), changed: BTreeMap::new() };
        for (segment, below) in &claims.below {
            let Segment::Item { before, after, .. } = segment else { bail!("a field of a list") };
            ensure!(before.is_none_or(|at| at < old.len()) && after.is_none_or(|at| at < new.len()), "no such item");
            let is_new = match (before, after) {
                (Some(before), Some(after)) => items.changed.insert(*before, (*after, below)).is_none(),
                (Some(before), None) => items.removed.insert(*before, below).is_none(),
                (None, Some(after)) => items.added.insert(*after, below).is_none(),
                (None, None) => false,
            };
            ensure!(is_new, "an item is told of twice");
        }
        Ok(items)
    }

    /// The items that stay, as they follow one another.
    pub fn in_order(&self, old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
        let olds = (0..old.len()).filter(|at| !self.removed.contains_key(at));
        olds.zip((0..new.len()).filter(|at| !self.added.contains_key(at))).collect()
    }

    /// The items that stay: those of which something is said, and those that are the same.
    pub fn in_any_order(&self, old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
        let mut free: BTreeSet<usize> = (0..new.len()).filter(|at| !self.added.contains_key(at)).collect();
        free.retain(|at| !self.changed.values().any(|(after, _)| after == at));
        let olds = (0..old.len()).filter(|at| !self.removed.contains_key(at));
        let mut partners = Vec::new();
        for before in olds {
            let same = || free.iter().copied().find(|after| old[before] == new[*after]);
            let partner = self.changed.get(&before).map(|(after, _)| *after).or_else(same);
            if let Some(after) = partner {
                free.remove(&after);
                partners.push((before, after));
            }
        }
        partners
    }
}

/// How many items two lists have in common, in the same order.
pub fn most_in_common(old: &[Json], new: &[Json]) -> usize {
    let mut above = vec![0; new.len() + 1];
    for one in old {
        let mut row = vec![0];
        for (at, other) in new.iter().enumerate() {
            row.push(if one == other { above[at] + 1 } else { above[at + 1].max(row[at]) });
        }
        above = row;
    }
    above.last().copied().unwrap_or(0)
}
