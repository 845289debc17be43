//! Which fields hold the names of which resources, and where such fields are in a tree.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rustomize_yaml::{Kind, NodeId, Tree};

use super::field_spec::{self, Field, Part, leads_to_id};
use super::field_specs::{FieldSpecs, compare_types};
use crate::diagnostics::Result;
use crate::resource::{ByType, Gvk};

/// A type of resource that others refer to, and the fields that hold such references.
#[derive(Debug, Clone)]
pub struct NameReference {
    /// API group of the type; empty for any.
    pub group: Cow<'static, str>,
    /// API version of the type; empty for any.
    pub version: Cow<'static, str>,
    /// Kind of the type; empty for any.
    pub kind: Cow<'static, str>,
    /// The fields that hold names of its resources.
    pub referrers: FieldSpecs,
}

impl NameReference {
    fn type_parts(&self) -> (&str, &str, &str) {
        (&self.group, &self.version, &self.kind)
    }
}

/// An immutable list of name references, cheap to clone and shared, which remembers for each type of referrer where to
/// look.
#[derive(Debug, Clone, Default)]
pub struct NameReferences(Arc<List>);

#[derive(Debug, Default)]
struct List {
    references: Vec<NameReference>,
    is_in_order: OnceLock<bool>,
    may_change_ids: OnceLock<bool>,
    maps: ByType<ReferenceMap>,
}

impl From<Vec<NameReference>> for NameReferences {
    fn from(references: Vec<NameReference>) -> Self {
        NameReferences(Arc::new(List { references, ..List::default() }))
    }
}

impl NameReferences {
    /// The built-in table: sorted, and without fields that make up ids, as a test makes sure, so that no build has to
    /// look.
    pub fn built_in(references: Vec<NameReference>) -> NameReferences {
        let (is_in_order, may_change_ids) = (true.into(), false.into());
        NameReferences(Arc::new(List { references, is_in_order, may_change_ids, ..List::default() }))
    }

    /// This list with the references of `other`: those to a type that it knows are merged into its entry.
    ///
    /// Fails like [`FieldSpecs::merged`]. The result is sorted.
    pub fn merged(&self, other: &NameReferences) -> Result<NameReferences> {
        if other.0.references.is_empty() || (self.is_shared_with(other) && self.agrees_with_itself()) {
            return Ok(self.clone());
        }
        if self.0.references.is_empty() && other.is_in_order() {
            return Ok(other.clone());
        }
        let mut references = self.0.references.clone();
        let mut changed = false;
        for added in &other.0.references {
            let Some(known) = references.iter_mut().find(|known| known.type_parts() == added.type_parts()) else {
                references.push(added.clone());
                changed = true;
                continue;
            };
            let merged = known.referrers.merged(&added.referrers)?;
            changed |= !merged.is_shared_with(&known.referrers);
            known.referrers = merged;
        }
        if !changed {
            return Ok(self.clone());
        }
        Ok(NameReferences::from(references).sorted())
    }

    /// The list in the order that kustomize gives its configuration: by kind, then group, then version.
    pub fn sorted(&self) -> NameReferences {
        let mut references = self.0.references.clone();
        references.sort_by(|a, b| compare_types(a.type_parts(), b.type_parts()));
        references.into()
    }

    fn agrees_with_itself(&self) -> bool {
        self.0.references.iter().all(|reference| reference.referrers.agrees_with_itself())
    }

    /// Whether the list is sorted and has each type once.
    fn is_in_order(&self) -> bool {
        let references = &self.0.references;
        let is_sorted = || references.is_sorted_by(|a, b| compare_types(a.type_parts(), b.type_parts()).is_lt());
        *self.0.is_in_order.get_or_init(is_sorted)
    }

    /// The references in order.
    #[cfg(test)]
    pub fn iter(&self) -> impl Iterator<Item = &NameReference> {
        self.0.references.iter()
    }

    /// Whether both are one and the same list in memory, or empty.
    pub fn is_shared_with(&self, other: &NameReferences) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.references.is_empty() && other.0.references.is_empty())
    }

    /// Whether any of the fields makes up the id of a resource.
    pub(super) fn may_change_ids(&self) -> bool {
        let specs = || self.0.references.iter().flat_map(|reference| reference.referrers.specs());
        *self.0.may_change_ids.get_or_init(|| specs().any(|spec| may_be_part_of_id(&spec.path)))
    }

    /// Where resources of this type hold names; worked out once for each type.
    pub(super) fn of_referrer(&self, gvk: &Gvk) -> &ReferenceMap {
        self.0.maps.get_or_make(gvk, |gvk| ReferenceMap::new(&self.0.references, gvk))
    }
}

/// Whether a path may lead to what makes up an id: a quick look at hundreds of paths, which says yes when in doubt.
fn may_be_part_of_id(path: &str) -> bool {
    leads_to_id(path.split('/').map(|part| part.trim_end_matches("[]").trim()).filter(|name| !name.is_empty()))
}

/// One field that may hold names: what a referrer's map leads to.
#[derive(Debug)]
pub(super) struct Reference {
    /// Group, version and kind of what is referred to; each empty for any.
    pub group: Cow<'static, str>,
    pub version: Cow<'static, str>,
    pub kind: Cow<'static, str>,
    /// The path of the field.
    pub path: Cow<'static, str>,
}

impl Reference {
    /// Whether what is referred to has the type that the referrer's `roleRef` gives.
    pub fn is_role(&self) -> bool {
        self.path.ends_with("roleRef/name")
    }
}

/// All fields in which the resources of one type hold names, as a trie over the parts of their paths: one walk over a
/// tree finds them all.
#[derive(Debug)]
pub(super) struct ReferenceMap {
    /// In the order in which kustomize goes through them.
    references: Vec<Reference>,
    /// The first is the root.
    stops: Vec<Stop>,
}

/// A place in the trie.
#[derive(Debug, Default)]
struct Stop {
    /// Key, whether it is written with `[]`, and the stop that it leads to.
    ways: Vec<(Cow<'static, str>, bool, usize)>,
    /// Numbers of the references whose paths end here.
    ends: Vec<usize>,
    /// How many parts lead here.
    depth: usize,
    /// The path that goes on from here with a part that is no key, and that part: an error where a mapping is met.
    odd: Option<(Cow<'static, str>, Part)>,
}

/// A node that a reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// The number of the reference, or `None` for a null that becomes an empty list on the way.
    pub reference: Option<usize>,
    /// The node.
    pub node: NodeId,
}

impl ReferenceMap {
    fn new(all: &[NameReference], referrer: &Gvk) -> ReferenceMap {
        let mut map = ReferenceMap { references: Vec::new(), stops: vec![Stop::default()] };
        for target in all {
            for spec in target.referrers.specs().iter().filter(|spec| field_spec::selects(spec, referrer)) {
                map.add(&Field::new(spec));
                map.references.push(Reference {
                    group: target.group.clone(),
                    version: target.version.clone(),
                    kind: target.kind.clone(),
                    path: spec.path.clone(),
                });
            }
        }
        map
    }

    fn add(&mut self, field: &Field) {
        let mut at = 0;
        for part in field.parts() {
            if !part.is_key {
                self.stops[at].odd.get_or_insert_with(|| (field.shared_path(), part.clone()));
                return;
            }
            at = self.way(at, part);
        }
        self.stops[at].ends.push(self.references.len());
    }

    /// The stop behind `part`, made when there is none.
    fn way(&mut self, from: usize, part: &Part) -> usize {
        let next = self.stops.len();
        let stop = &mut self.stops[from];
        if let Some((_, sequence, known)) = stop.ways.iter_mut().find(|way| way.0 == part.name) {
            *sequence |= part.sequence;
            return *known;
        }
        stop.ways.push((part.name.clone(), part.sequence, next));
        let depth = stop.depth + 1;
        self.stops.push(Stop { depth, ..Stop::default() });
        next
    }

    /// The reference of a number.
    pub fn reference(&self, number: usize) -> &Reference {
        &self.references[number]
    }

    /// Whether resources of this type hold no names at all.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// Every node that a reference leads to, by number of the reference, then in document order.
    ///
    /// Fails where a scalar stands in the way of a path.
    pub fn find(&self, tree: &Tree, hits: &mut Vec<Hit>) -> Result<()> {
        hits.clear();
        self.walk(tree, tree.root(), 0, hits)?;
        hits.sort_by_key(|hit| hit.reference);
        Ok(())
    }

    fn walk(&self, tree: &Tree, node: NodeId, at: usize, hits: &mut Vec<Hit>) -> Result<()> {
        hits.extend(self.stops[at].ends.iter().map(|&number| Hit { reference: Some(number), node }));
        self.descend(tree, node, at, hits)
    }

    fn descend(&self, tree: &Tree, node: NodeId, at: usize, hits: &mut Vec<Hit>) -> Result<()> {
        let stop = &self.stops[at];
        if tree.is_null(node) || (stop.ways.is_empty() && stop.odd.is_none()) {
            return Ok(());
        }
        match tree.kind(node) {
            Kind::Scalar => Err(field_spec::blocked(tree, node, self.some_path_through(at), stop.depth)),
            Kind::Sequence => tree.items(node).try_for_each(|item| self.descend(tree, item, at, hits)),
            Kind::Mapping => match &stop.odd {
                Some((path, part)) => Err(field_spec::odd_path(path, part)),
                None => tree.entries(node).try_for_each(|(key, value)| {
                    match stop.ways.iter().find(|way| tree.is_scalar_of(key, &way.0)) {
                        Some((_, true, _)) if tree.is_null(value) => {
                            hits.push(Hit { reference: None, node: value });
                            Ok(())
                        }
                        Some(&(_, _, next)) => self.walk(tree, value, next, hits),
                        None => Ok(()),
                    }
                }),
            },
        }
    }

    /// A path that leads through this stop, for messages.
    fn some_path_through(&self, mut at: usize) -> &str {
        loop {
            let stop = &self.stops[at];
            match (stop.ends.first(), stop.ways.first(), &stop.odd) {
                (Some(&number), ..) if stop.ways.is_empty() => return &self.references[number].path,
                (_, Some(way), _) => at = way.2,
                (.., Some((path, _))) => return path,
                (Some(&number), ..) => return &self.references[number].path,
                (None, None, None) => return "",
            }
        }
    }
}
