//! How resources of a set are found: positions under keys, brought up to date when somebody asks.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Resource;

/// Positions of resources, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Positions {
    pub list: Vec<u32>,
    pub is_in: Vec<bool>,
}

impl Positions {
    /// All of so many resources.
    pub fn all(count: usize) -> Positions {
        Positions { list: (0..count as u32).collect(), is_in: vec![true; count] }
    }

    #[inline]
    pub fn insert(&mut self, position: usize) {
        if self.is_in.len() <= position {
            self.is_in.resize(position + 1, false);
        }
        if !self.is_in[position] {
            self.is_in[position] = true;
            self.list.push(position as u32);
        }
    }

    pub fn has(&self, position: usize) -> bool {
        self.is_in.get(position) == Some(&true)
    }

    /// Takes one out that came in last.
    pub fn remove_last(&mut self, position: usize) {
        if self.list.last() == Some(&(position as u32)) {
            self.list.pop();
            self.is_in[position] = false;
        }
    }

    /// Takes them out, in the order in which they came in. The room of `is_in` stays: to make it anew would cost as much
    /// as there are positions, each time.
    pub fn take(&mut self) -> Vec<u32> {
        let list = std::mem::take(&mut self.list);
        for &position in &list {
            self.is_in[position as usize] = false;
        }
        list
    }

    /// Positions after resources went: where each is now, `None` for one that went.
    pub fn renumber(&mut self, moved: &[Option<u32>]) {
        for position in self.take() {
            if let Some(now) = moved[position as usize] {
                self.insert(now as usize);
            }
        }
    }
}

/// Positions by the hash of a key, so that what is found has to be checked again.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// The last entry of a key, counted from 1.
    last: FxHashMap<u64, u32>,
    /// A position, and the entry of the same key before this one, counted from 1; 0 for none.
    entries: Vec<(u32, u32)>,
    /// Resources whose keys may have changed since they were indexed.
    pub stale: Positions,
    /// How many resources were looked at one by one since the index was brought up to date.
    scanned: usize,
}

/// To look at so many resources takes about as long as to bring the index up to date for one.
pub(super) const SCANNED_FOR_ONE_INDEXED: usize = 32;

impl Index {
    /// The position of an entry whose resource went.
    const GONE: u32 = u32::MAX;

    /// An index of so many resources, none of which it has looked at.
    pub fn of_all(count: usize) -> Index {
        Index { stale: Positions::all(count), ..Index::default() }
    }

    /// Whether to look at all of so many resources rather than to bring the index up to date: as long as all such looks
    /// together have taken less.
    pub fn is_scan_cheaper(&mut self, count: usize) -> bool {
        let scanned = self.scanned + count;
        let is_cheaper = scanned <= SCANNED_FOR_ONE_INDEXED * self.stale.list.len();
        if is_cheaper {
            self.scanned = scanned;
        }
        is_cheaper
    }

    pub fn renumber(&mut self, moved: &[Option<u32>]) {
        for (position, _) in self.entries.iter_mut().filter(|(position, _)| *position != Index::GONE) {
            *position = moved[*position as usize].unwrap_or(Index::GONE);
        }
        self.stale.renumber(moved);
    }

    /// Takes in the stale resources, each under the keys that `keys` gives.
    #[inline]
    pub fn refresh(&mut self, list: &[Resource], keys: impl Fn(&Resource, &mut dyn FnMut(u64))) {
        self.scanned = 0;
        if self.last.is_empty() {
            self.last.reserve(self.stale.list.len());
            self.entries.reserve(self.stale.list.len());
        }
        for position in self.stale.take() {
            keys(&list[position as usize], &mut |key| self.add(key, position));
        }
    }

    #[inline]
    pub fn add(&mut self, key: u64, position: u32) {
        let number = self.entries.len() as u32 + 1;
        let last = self.last.entry(key).or_default();
        let before = *last;
        if before > 0 && self.entries[before as usize - 1].0 == position {
            return;
        }
        *last = number;
        self.entries.push((position, before));
    }

    /// What the key leads to, the last entry first; a position may come twice.
    pub fn positions(&self, key: u64) -> impl Iterator<Item = usize> {
        let entry = |number: u32| self.entries.get((number as usize).checked_sub(1)?);
        let last = self.last.get(&key).and_then(|&number| entry(number));
        let entries = std::iter::successors(last, move |(_, before)| entry(*before));
        entries.filter(|(position, _)| *position != Index::GONE).map(|(position, _)| *position as usize)
    }

    /// What the key leads to, in order.
    pub fn sorted_positions(&self, key: u64) -> Vec<usize> {
        let mut positions: Vec<usize> = self.positions(key).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// The positions of the resources of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Kinds {
    /// In order.
    pub positions: FxHashMap<Arc<str>, Vec<u32>>,
    /// The kind under which each resource is to be found.
    known: Vec<Option<Arc<str>>>,
    /// Resources whose kinds may have changed since.
    pub stale: Positions,
}

impl Kinds {
    /// An index of so many resources, none of which it has looked at.
    pub fn of_all(count: usize) -> Kinds {
        Kinds { stale: Positions::all(count), ..Kinds::default() }
    }

    /// Takes in the stale resources. Few of them have another kind than before.
    pub fn refresh(&mut self, list: &[Resource]) {
        self.known.resize(list.len(), None);
        for position in self.stale.take() {
            let kind = list[position as usize].id().gvk.shared_kind();
            let known = &mut self.known[position as usize];
            if known.as_ref() == Some(kind) {
                continue;
            }
            if let Some(positions) = known.replace(kind.clone()).and_then(|before| self.positions.get_mut(&before)) {
                positions.retain(|&other| other != position);
            }
            let positions = self.positions.entry(kind.clone()).or_default();
            let place = positions.partition_point(|&other| other < position);
            positions.insert(place, position);
        }
    }
}

/// The hash of a key.
#[inline]
pub(super) fn hash(key: impl Hash) -> u64 {
    FxBuildHasher.hash_one(key)
}
