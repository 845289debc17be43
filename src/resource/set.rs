use std::cell::{Ref, RefCell};

use rustc_hash::{FxBuildHasher, FxHashSet};
use rustomize_yaml::StepId;

use super::index::{Index, Kinds, Positions, hash};
use super::{DEFAULT_NAMESPACE, ResId, Resource};
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::parallel;

/// How many resources are looked at in the time in which one is changed a little: to wake a thread for a few hundred of
/// them takes longer than to look at them.
const LOOKS_PER_WORK: usize = 8;

/// The resources of a build in order, indexed by every name and every id that they have or had.
///
/// The indexes are brought up to date when they are asked, for the resources that were lent out to be changed since;
/// nothing is ever rebuilt. Entries of names and ids that a resource no longer has are left and checked at look-up.
#[derive(Debug, Clone, Default)]
pub struct ResourceSet {
    list: Vec<Resource>,
    by_name: RefCell<Index>,
    /// By kind, effective namespace and name.
    by_id: RefCell<Index>,
    /// There when it has been asked.
    by_kind: RefCell<Option<Kinds>>,
    /// Resources whose ids may have become those of others since [`ResourceSet::refuse_duplicates`] looked last.
    unchecked: Positions,
    /// The step of the build that changes are the work of.
    step: StepId,
    /// Resources that were lent out since [`ResourceSet::drop_deleted`] looked last.
    lent: Positions,
}

impl ResourceSet {
    /// A set of resources of which no two have one id.
    pub fn of_different(list: Vec<Resource>) -> ResourceSet {
        let index = || RefCell::new(Index::of_all(list.len()));
        let (by_name, by_id, lent) = (index(), index(), Positions::all(list.len()));
        ResourceSet { list, by_name, by_id, lent, ..ResourceSet::default() }
    }

    /// From now on, changes of resources are the work of `step`.
    pub fn begin_step(&mut self, step: StepId) {
        self.step = step;
    }

    /// The step that changes are the work of.
    pub fn step(&self) -> StepId {
        self.step
    }

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

    /// The resources in order.
    pub fn as_slice(&self) -> &[Resource] {
        &self.list
    }

    /// The resource at a position; panics beyond the end.
    pub fn get(&self, position: usize) -> &Resource {
        &self.list[position]
    }

    /// The resource at a position, to be changed in any way.
    pub fn get_mut(&mut self, position: usize) -> &mut Resource {
        self.mark(position);
        self.unchecked.insert(position);
        self.body_mut(position)
    }

    /// The resource at a position, to be changed in any way that leaves all its ids as they are.
    pub fn body_mut(&mut self, position: usize) -> &mut Resource {
        self.list[position].begin_step(self.step);
        self.lent.insert(position);
        &mut self.list[position]
    }

    /// All resources in order, to be changed in any way that leaves all their ids as they are and deletes none.
    pub fn bodies_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        for resource in &mut self.list {
            resource.begin_step(self.step);
        }
        self.list.iter_mut()
    }

    /// Changes the resource at a position in any way.
    pub fn change(&mut self, position: usize, change: impl FnOnce(&mut Resource) -> Result<()>) -> Result<()> {
        if watch(self.body_mut(position), change)? {
            self.mark(position);
            self.unchecked.insert(position);
        }
        Ok(())
    }

    /// Changes every resource by itself, perhaps several at once, in any way.
    ///
    /// `steps` says how much there is to do to each, and `concerns`, at a glance, whether there is anything. `change` fails with the number of the step that does not work: the
    /// error is that of the first of these steps, and of the first resource there.
    pub fn change_each(
        &mut self,
        steps: usize,
        concerns: impl Fn(&Resource) -> bool + Sync,
        change: impl Fn(&mut Resource) -> std::result::Result<(), (usize, Error)> + Sync,
    ) -> std::result::Result<(), (usize, Error)> {
        let work = self.list.len() * steps;
        let results = parallel::map_mut(&mut self.list, work, |resource| {
            if !concerns(resource) {
                return Ok((false, false));
            }
            let has_moved = watch(resource, &change)?;
            Ok((has_moved, resource.is_deleted()))
        });
        let mut failure = None;
        for (position, result) in results.into_iter().enumerate() {
            match result {
                Ok((has_moved, is_deleted)) => {
                    if is_deleted {
                        self.lent.insert(position);
                    }
                    if has_moved {
                        self.mark(position);
                        self.unchecked.insert(position);
                    }
                }
                Err((step, error)) => {
                    if failure.as_ref().is_none_or(|(first, _)| step < *first) {
                        failure = Some((step, error));
                    }
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Appends a resource without looking whether its id is taken.
    pub fn push(&mut self, resource: Resource) {
        self.unchecked.insert(self.list.len());
        self.push_checked(resource);
    }

    fn push_checked(&mut self, resource: Resource) {
        self.mark(self.list.len());
        self.lent.insert(self.list.len());
        self.list.push(resource);
    }

    fn mark(&mut self, position: usize) {
        self.by_name.get_mut().stale.insert(position);
        self.by_id.get_mut().stale.insert(position);
        if let Some(by_kind) = self.by_kind.get_mut() {
            by_kind.stale.insert(position);
        }
    }

    /// Appends all resources of another set. Fails like [`ResourceSet::append`].
    pub fn append_all(&mut self, mut other: ResourceSet, sources: &Sources) -> Result<()> {
        // What is alone has only itself to be checked against, and the indexes are there. Where that fails, each is
        // appended, so that the error is always the same one.
        if self.list.is_empty() && other.refuse_duplicates(sources).is_ok() {
            let step = self.step;
            *self = ResourceSet { step, ..other };
            return Ok(());
        }
        let lent = std::mem::take(&mut other.lent);
        for (position, resource) in other.list.into_iter().enumerate() {
            let appended = self.len();
            self.append(resource, sources)?;
            if !lent.has(position) {
                self.lent.remove_last(appended);
            }
        }
        Ok(())
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
        if self.unchecked.list.is_empty() {
            return Ok(());
        }
        let (unchecked, stale) = (self.unchecked.list.len(), self.by_id.get_mut().stale.list.len());
        if unchecked.max(stale) > self.list.len() / 2 && self.surely_differ() {
            self.unchecked.take();
            return Ok(());
        }
        let mut unchecked = self.unchecked.take();
        unchecked.sort_unstable();
        let index = self.fresh_ids();
        for position in unchecked {
            let resource = self.get(position as usize);
            let same = index.positions(id_hash(resource.id()));
            let same = same.filter(|&other| other != position as usize && self.get(other).id().same(resource.id()));
            let other = same.filter(|&other| !self.get(other).is_deleted()).min();
            if let Some(other) = other.filter(|_| !resource.is_deleted()) {
                return Err(same_id(resource, self.get(other), sources));
            }
        }
        Ok(())
    }

    /// Whether no resource has the id of another one; false also when in doubt. Looks at all of them, but at no index.
    pub fn surely_differ(&self) -> bool {
        self.all_differ(|resource| id_hash(resource.id()))
    }

    /// Whether no two resources of a kind have one name, in whatever namespaces; false also when in doubt.
    pub fn surely_differ_by_name(&self) -> bool {
        self.all_differ(|resource| hash((resource.id().gvk.kind(), &*resource.id().name)))
    }

    fn all_differ(&self, hash: impl Fn(&Resource) -> u64 + Sync) -> bool {
        let hashes = parallel::map(&self.list, self.list.len() / LOOKS_PER_WORK, hash);
        let mut seen = FxHashSet::with_capacity_and_hasher(hashes.len(), FxBuildHasher);
        hashes.into_iter().all(|hash| seen.insert(hash))
    }

    /// Positions, in order, of the resources that have or had this name.
    pub fn positions_by_name(&self, name: &str) -> Vec<usize> {
        let mut index = self.by_name.borrow_mut();
        if index.is_scan_cheaper(self.list.len()) {
            return self.scan(|resource| resource.has_or_had_name(name));
        }
        index.refresh(&self.list, |resource, add| {
            resource.book.previous.iter().for_each(|previous| add(hash(&*previous.name)));
            add(hash(resource.name()));
        });
        let mut positions = index.sorted_positions(hash(name));
        positions.retain(|&position| self.list[position].has_or_had_name(name));
        positions
    }

    fn scan(&self, is_wanted: impl Fn(&Resource) -> bool) -> Vec<usize> {
        let wanted = self.list.iter().enumerate().filter(|(_, resource)| is_wanted(resource));
        wanted.map(|(position, _)| position).collect()
    }

    /// Positions, in order, of the resources that are of this kind now.
    pub fn positions_by_kind(&self, kind: &str) -> Vec<usize> {
        let mut by_kind = self.by_kind.borrow_mut();
        let kinds = by_kind.get_or_insert_with(|| Kinds::of_all(self.list.len()));
        kinds.refresh(&self.list);
        let positions = kinds.positions.get(kind).into_iter().flatten();
        positions.map(|&position| position as usize).collect()
    }

    /// The index of the ids that resources have or have had, as they are now.
    fn fresh_ids(&self) -> Ref<'_, Index> {
        self.by_id.borrow_mut().refresh(&self.list, |resource, add| {
            for previous in &resource.book.previous {
                let namespace = Some(&*previous.namespace).filter(|known| !known.is_empty());
                let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
                add(hash((&*previous.kind, namespace, &*previous.name)));
            }
            add(id_hash(resource.id()));
        });
        self.by_id.borrow()
    }

    /// Positions, in order, of the resources that may have or have had this id.
    fn positions_by_id(&self, id: &ResId) -> Vec<usize> {
        if self.by_id.borrow_mut().is_scan_cheaper(self.list.len()) {
            return self.scan(|resource| resource.has_or_had_name(&id.name));
        }
        self.fresh_ids().sorted_positions(id_hash(id))
    }

    /// Positions, in order, of the resources that have this id now.
    pub fn with_current_id(&self, id: &ResId) -> Vec<usize> {
        let mut positions = self.positions_by_id(id);
        positions.retain(|&position| self.list[position].id().same(id));
        positions
    }

    /// Positions, in order, of the resources that have or had this id. Deleted resources do not count.
    pub fn with_any_id(&self, id: &ResId) -> Vec<usize> {
        let mut positions = self.positions_by_id(id);
        positions.retain(|&position| {
            let resource = &self.list[position];
            !resource.is_deleted() && resource.any_id(|other| other.same(id))
        });
        positions
    }

    /// Positions, in order, of the resources with any id, current or previous, that satisfies `matches`, among those
    /// that are or were called `name`. Deleted resources do not count.
    pub fn by_any_id(&self, name: &str, mut matches: impl FnMut(&ResId) -> bool) -> Vec<usize> {
        let mut positions = self.positions_by_name(name);
        positions.retain(|&position| {
            let resource = &self.list[position];
            !resource.is_deleted() && resource.any_id(|id| *id.name == *name && matches(id))
        });
        positions
    }

    /// The position of the resource with this current id, when there is exactly one or more: the first.
    pub fn find(&self, id: &ResId) -> Option<usize> {
        self.fresh_ids().positions(id_hash(id)).filter(|&position| self.list[position].id().same(id)).min()
    }

    /// Keeps the resources that `keep` accepts, which may be asked of several at once.
    pub fn retain(&mut self, keep: impl Fn(&Resource) -> bool + Sync) {
        self.keep(parallel::map(&self.list, self.list.len() / LOOKS_PER_WORK, keep));
    }

    /// Keeps the resources at whose positions it says so.
    pub fn keep(&mut self, is_kept: Vec<bool>) {
        if is_kept.iter().all(|&is_kept| is_kept) {
            return;
        }
        let mut kept = 0..;
        let moved: Vec<Option<u32>> = is_kept.iter().map(|&is_kept| is_kept.then(|| kept.next()).flatten()).collect();
        let mut is_kept = is_kept.into_iter();
        self.list.retain(|_| is_kept.next() == Some(true));
        self.by_name.get_mut().renumber(&moved);
        self.by_id.get_mut().renumber(&moved);
        *self.by_kind.get_mut() = None;
        self.unchecked.renumber(&moved);
        self.lent.renumber(&moved);
    }

    /// Drops the resources that patches deleted. Looks only at those that were lent out since it looked last.
    pub fn drop_deleted(&mut self) {
        let lent = self.lent.take();
        if lent.into_iter().any(|position| self.list[position as usize].is_deleted()) {
            self.retain(|resource| !resource.is_deleted());
        }
    }

    /// Takes the resources out.
    pub fn into_vec(self) -> Vec<Resource> {
        self.list
    }

    /// Puts the resources into another order: `positions` has each position that there is, once.
    pub fn reorder(&mut self, mut positions: Vec<usize>) {
        for at in 0..positions.len() {
            // What stood at a place before this one has been swapped to where that place's resource stood.
            let mut from = positions[at];
            while from < at {
                from = positions[from];
            }
            positions[at] = from;
            self.list.swap(at, from);
        }
        self.reindex();
    }

    fn reindex(&mut self) {
        let stale = Positions::all(self.list.len());
        *self.by_name.get_mut() = Index::of_all(self.list.len());
        *self.by_id.get_mut() = Index::of_all(self.list.len());
        *self.by_kind.get_mut() = None;
        if !self.unchecked.list.is_empty() {
            self.unchecked = stale.clone();
        }
        self.lent = stale;
    }
}

/// Changes a resource, and says whether its ids are others then.
fn watch<E>(
    resource: &mut Resource,
    change: impl FnOnce(&mut Resource) -> std::result::Result<(), E>,
) -> std::result::Result<bool, E> {
    let previous = resource.book.previous.len();
    resource.begin_watch();
    change(resource)?;
    Ok(resource.has_moved() || resource.book.previous.len() != previous)
}

/// The error that two resources have one id, with both places.
pub fn same_id(resource: &Resource, other: &Resource, sources: &Sources) -> Error {
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

fn id_hash(id: &ResId) -> u64 {
    hash((id.gvk.kind(), id.effective_namespace(), &*id.name))
}

impl FromIterator<Resource> for ResourceSet {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        let mut set = ResourceSet::default();
        let resources = resources.into_iter();
        set.list.reserve(resources.size_hint().0);
        resources.for_each(|resource| set.push(resource));
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

#[cfg(test)]
mod tests {
    use rustomize_yaml::Tree;

    use super::super::index::SCANNED_FOR_ONE_INDEXED;
    use super::*;

    fn named(name: &str) -> Resource {
        let mut tree = Tree::made();
        let root = tree.new_mapping();
        tree.set_root(root);
        tree.set_string(root, "kind", "Foo");
        let mut resource = Resource::new(tree);
        resource.set_name(name);
        resource
    }

    #[test]
    fn what_is_deleted_goes_and_the_rest_is_found_where_it_is_then() {
        let mut set: ResourceSet = ["a", "b", "c", "d"].map(named).into_iter().collect();
        assert_eq!(set.positions_by_name("c"), [2]);
        set.body_mut(1).mark_deleted();
        set.get_mut(3).set_name("e");
        set.drop_deleted();
        assert_eq!(set.len(), 3);
        let (c, e) = (set.get(1).id().clone(), set.get(2).id().clone());
        assert_eq!((set.positions_by_name("b"), set.positions_by_name("c")), (vec![], vec![1]));
        assert_eq!((set.find(&c), set.find(&e)), (Some(1), Some(2)));
        set.retain(|resource| resource.name() != "a");
        assert_eq!((set.find(&c), set.find(&e)), (Some(0), Some(1)));
    }

    #[test]
    fn names_and_ids_are_found_by_looking_at_all_and_then_by_an_index() {
        let mut set: ResourceSet = ["a", "b", "c"].map(named).into_iter().collect();
        for round in 0..3 * SCANNED_FOR_ONE_INDEXED {
            let id = set.get(1).id().clone();
            assert_eq!((set.positions_by_name("b"), set.with_any_id(&id)), (vec![1], vec![1]), "{round}");
        }
        set.get_mut(2).set_name("b");
        for round in 0..3 * SCANNED_FOR_ONE_INDEXED {
            let id = set.get(1).id().clone();
            assert_eq!((set.positions_by_name("b"), set.with_any_id(&id)), (vec![1, 2], vec![1, 2]), "{round}");
            assert!(set.positions_by_name("c").is_empty(), "{round}");
        }
    }

    #[test]
    fn kinds_are_found_where_resources_are_now() {
        let mut set: ResourceSet = ["a", "b", "c"].map(named).into_iter().collect();
        assert_eq!((set.positions_by_kind("Foo"), set.positions_by_kind("Bar")), (vec![0, 1, 2], vec![]));
        set.change(1, |resource| {
            resource.set_kind("Bar");
            Ok(())
        })
        .unwrap();
        assert_eq!((set.positions_by_kind("Foo"), set.positions_by_kind("Bar")), (vec![0, 2], vec![1]));
        set.push(named("d"));
        set.retain(|resource| resource.name() != "a");
        assert_eq!((set.positions_by_kind("Foo"), set.positions_by_kind("Bar")), (vec![1, 2], vec![0]));
        set.get_mut(0).set_kind("Foo");
        set.reorder(vec![2, 0, 1]);
        assert_eq!(set.positions_by_kind("Foo"), [0, 1, 2]);
    }

    #[test]
    fn duplicates_are_found_among_what_has_changed() {
        let sources = Sources::default();
        let mut set: ResourceSet = ["a", "b", "c"].map(named).into_iter().collect();
        set.refuse_duplicates(&sources).unwrap();
        set.get_mut(2).set_name("a");
        set.get_mut(0).mark_deleted();
        set.refuse_duplicates(&sources).unwrap();
        set.get_mut(1).set_name("a");
        assert!(set.refuse_duplicates(&sources).is_err());
    }
}
