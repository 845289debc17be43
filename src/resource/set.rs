use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::{ResId, Resource};
use crate::diagnostics::{Code, Error, Result, Sources};

/// The resources of a build in order, indexed by every name that they have or had.
///
/// The index is brought up to date when it is asked, for the resources that were lent out to be changed since; nothing
/// is ever rebuilt. Entries of names that a resource no longer has are left in it and checked at look-up.
#[derive(Debug, Clone, Default)]
pub struct ResourceSet {
    list: Vec<Resource>,
    index: RefCell<Index>,
    /// Resources whose ids may have become those of others since [`ResourceSet::refuse_duplicates`] looked last.
    unchecked: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
struct Index {
    by_name: FxHashMap<String, Vec<u32>>,
    /// Resources whose names may have changed since they were indexed.
    stale: Vec<u32>,
}

impl ResourceSet {
    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The resources in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.list.iter()
    }

    /// The resource at a position; panics beyond the end.
    pub fn get(&self, position: usize) -> &Resource {
        &self.list[position]
    }

    /// The resource at a position, to be changed in any way.
    pub fn get_mut(&mut self, position: usize) -> &mut Resource {
        self.index.get_mut().stale.push(position as u32);
        self.unchecked.push(position as u32);
        &mut self.list[position]
    }

    /// The resource at a position, to be changed in any way that leaves all its ids as they are.
    pub fn body_mut(&mut self, position: usize) -> &mut Resource {
        &mut self.list[position]
    }

    /// All resources in order, to be changed in any way that leaves all their ids as they are.
    pub fn bodies_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.list.iter_mut()
    }

    /// Appends a resource without looking whether its id is taken.
    pub fn push(&mut self, resource: Resource) {
        self.unchecked.push(self.list.len() as u32);
        self.push_checked(resource);
    }

    fn push_checked(&mut self, resource: Resource) {
        self.index.get_mut().stale.push(self.list.len() as u32);
        self.list.push(resource);
    }

    /// Appends a resource. Fails when its current id is taken, naming both places.
    pub fn append(&mut self, resource: Resource, sources: &Sources) -> Result<()> {
        let Some(position) = self.find(resource.id()) else {
            self.push_checked(resource);
            return Ok(());
        };
        Err(same_id(&resource, self.get(position), sources))
    }

    /// Fails when two resources have one current id, naming both places. Looks only at those that could have changed
    /// since it looked last.
    pub fn refuse_duplicates(&mut self, sources: &Sources) -> Result<()> {
        for position in std::mem::take(&mut self.unchecked) {
            let resource = self.get(position as usize);
            let same = self.by_current_id(resource.name(), |id| id.same(resource.id()));
            let other = same.into_iter().map(|other| self.get(other));
            let other = other.filter(|other| !other.is_deleted() && !std::ptr::eq(*other, resource)).next();
            if let Some(other) = other.filter(|_| !resource.is_deleted()) {
                return Err(same_id(resource, other, sources));
            }
        }
        Ok(())
    }

    /// Positions, in order, of the resources that have or had this name.
    pub fn positions_by_name(&self, name: &str) -> Vec<usize> {
        let mut index = self.index.borrow_mut();
        index.refresh(&self.list);
        let mut positions: Vec<usize> =
            index.by_name.get(name).into_iter().flatten().map(|&position| position as usize).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// Positions, in order, of the resources whose current id satisfies `matches`, among those called `name`.
    pub fn by_current_id(&self, name: &str, mut matches: impl FnMut(&ResId) -> bool) -> Vec<usize> {
        let mut positions = self.positions_by_name(name);
        positions.retain(|&position| {
            let id = self.list[position].id();
            id.name == name && matches(id)
        });
        positions
    }

    /// Positions, in order, of the resources with any id, current or previous, that satisfies `matches`, among those
    /// that are or were called `name`. Deleted resources do not count.
    pub fn by_any_id(&self, name: &str, mut matches: impl FnMut(&ResId) -> bool) -> Vec<usize> {
        let mut positions = self.positions_by_name(name);
        positions.retain(|&position| {
            let resource = &self.list[position];
            !resource.is_deleted() && resource.any_id(|id| id.name == name && matches(id))
        });
        positions
    }

    /// The position of the resource with this current id, when there is exactly one or more: the first.
    pub fn find(&self, id: &ResId) -> Option<usize> {
        self.by_current_id(&id.name, |other| other.same(id)).first().copied()
    }

    /// Keeps the resources that `keep` accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        let before = self.list.len();
        self.list.retain(keep);
        if self.list.len() < before {
            self.reindex();
        }
    }

    /// Drops the resources that patches deleted.
    pub fn drop_deleted(&mut self) {
        self.retain(|resource| !resource.is_deleted());
    }

    /// Takes the resources out.
    pub fn into_vec(self) -> Vec<Resource> {
        self.list
    }

    /// Puts the resources into another order.
    pub fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&Resource) -> K) {
        self.list.sort_by_cached_key(key);
        self.reindex();
    }

    fn reindex(&mut self) {
        let index = self.index.get_mut();
        index.by_name.clear();
        index.stale = (0..self.list.len() as u32).collect();
        if !self.unchecked.is_empty() {
            self.unchecked = (0..self.list.len() as u32).collect();
        }
    }
}

fn same_id(resource: &Resource, other: &Resource, sources: &Sources) -> Error {
    let place = |resource: &Resource| sources.span(resource.tree(), resource.tree().root());
    let error = Error::new(Code::DuplicateResource, format!("two resources have the same id: {}", resource.id()));
    match (place(resource), place(other)) {
        (Some(one), Some(two)) if one.same(&two) => error
            .label(one, "added twice")
            .help("list what adds it once, or tell the two apart by a name prefix or a namespace"),
        (one, two) => error
            .label_if(one, "this one")
            .label_if(two, "is there already")
            .help("rename one of them, or make one a patch of the other"),
    }
}

impl Index {
    fn refresh(&mut self, list: &[Resource]) {
        for position in std::mem::take(&mut self.stale) {
            let resource = &list[position as usize];
            let previous = resource.book.previous.iter().map(|previous| previous.name.as_str());
            for name in previous.chain([resource.name()]) {
                match self.by_name.get_mut(name) {
                    Some(positions) if positions.last() == Some(&position) => {}
                    Some(positions) => positions.push(position),
                    None => {
                        self.by_name.insert(name.to_owned(), vec![position]);
                    }
                }
            }
        }
    }
}

impl FromIterator<Resource> for ResourceSet {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        let mut set = ResourceSet::default();
        resources.into_iter().for_each(|resource| set.push(resource));
        set
    }
}

impl<'a> IntoIterator for &'a ResourceSet {
    type Item = &'a Resource;
    type IntoIter = std::slice::Iter<'a, Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
