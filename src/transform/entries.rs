//! Setting the entries of mappings, as labels and annotations are set.

use std::collections::BTreeMap;

use rustomize_yaml::{NodeId, StringEntry, Tag, Tree};
use smallvec::SmallVec;

use crate::diagnostics::{Code, Error, Result, Sources};
use crate::refs::field_spec::{Act, Field};
use crate::refs::{Create, FieldList, FieldSpecs, Found};
use crate::resource::{Gvk, Resource, get_or_create_mapping};

/// Entries that are set in every mapping that field specs name, which is made where they say so.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    entries: Vec<StringEntry>,
    specs: FieldSpecs,
}

impl Entries {
    /// Entries, and where they are set.
    pub fn new(entries: &BTreeMap<String, String>, specs: FieldSpecs) -> Entries {
        let entries = entries.iter().map(|(key, value)| StringEntry::new(key, value)).collect();
        Entries { entries, specs }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| (entry.key(), entry.value()))
    }

    /// The fields of a type that they are set in.
    pub fn select(&self, gvk: &Gvk) -> &[Field] {
        self.specs.select(gvk)
    }

    /// The same, if they can be found before.
    pub fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        let fields = self.specs.select_shared(gvk);
        let is_simple = !names_annotations_without_making_them(&self.specs);
        is_simple.then_some(FieldList { fields, create: Create::Mapping, sought: true })
    }

    /// Sets them in a resource.
    ///
    /// A new value is one and the same under all fields of a resource, as in kustomize: see [`Tree::join`]. Fails where a
    /// field spec leads to a list or a scalar, and where an entry without a name would be set.
    pub fn set(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if resource.has_build_annotations() && names_annotations_without_making_them(&self.specs) {
            make_annotations(resource);
        }
        self.set_where(resource, sources, |resource, act| self.specs.visit(resource, Create::Mapping, act))
    }

    /// Does the same where [the fields](Entries::fields) have been found.
    pub fn set_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.set_where(resource, sources, |resource, act| found.visit(resource, Create::Mapping, act))
    }

    fn set_where(
        &self,
        resource: &mut Resource,
        sources: &Sources,
        visit: impl FnOnce(&mut Resource, Act) -> Result<()>,
    ) -> Result<()> {
        let mut added = Added::default();
        visit(resource, &mut |tree, mapping| {
            if tree.is_null(mapping) {
                return Ok(());
            }
            if !tree.is_mapping(mapping) {
                return Err(not_a_mapping(tree, mapping, sources));
            }
            if self.entries.first().is_some_and(|first| first.key().is_empty()) {
                return Err(no_name(tree, mapping, sources));
            }
            for (number, entry) in self.entries.iter().enumerate() {
                match tree.get(mapping, entry.key()) {
                    Some(existing) => tree.set_typed(existing, Tag::Str, entry.value()),
                    None => added.add(tree, mapping, (number, entry)),
                }
            }
            Ok(())
        })?;
        if added.is_repeated {
            added.join(resource.body_mut());
        }
        Ok(())
    }
}

/// The entries that have been added to a resource.
#[derive(Default)]
struct Added {
    /// The number of the entry, and the new value.
    values: SmallVec<[(usize, NodeId); 8]>,
    /// Whether one of them was added to several mappings.
    is_repeated: bool,
}

impl Added {
    fn add(&mut self, tree: &mut Tree, mapping: NodeId, (number, entry): (usize, &StringEntry)) {
        let same = self.values.iter().find(|(other, _)| *other == number);
        let value = match same {
            Some(&(_, value)) => {
                self.is_repeated = true;
                tree.append_again(mapping, value)
            }
            None => tree.append_string_entry(mapping, entry),
        };
        self.values.push((number, value));
    }

    fn join(mut self, tree: &mut Tree) {
        self.values.sort_by_key(|(number, _)| *number);
        for same_entry in self.values.chunk_by(|(one, _), (other, _)| one == other).filter(|chunk| chunk.len() > 1) {
            tree.join(same_entry.iter().map(|(_, value)| *value));
        }
    }
}

/// Upstream keeps its state in annotations, so the mapping exists; it is not printed as long as it is empty.
fn make_annotations(resource: &mut Resource) {
    let tree = resource.body_mut();
    if let Some(metadata) = tree.get(tree.root(), "metadata") {
        get_or_create_mapping(tree, metadata, "annotations");
    }
}

fn names_annotations_without_making_them(specs: &FieldSpecs) -> bool {
    specs.specs().iter().any(|spec| spec.path == "metadata/annotations" && !spec.create)
}

fn not_a_mapping(tree: &Tree, node: NodeId, sources: &Sources) -> Error {
    let found = if tree.is_sequence(node) { "a list" } else { "a scalar" };
    let message = format!("labels or annotations cannot be set in {found}");
    Error::new(Code::FieldSpec, message)
        .label_if(sources.span(tree, node), "a field spec leads here, where a mapping is needed")
}

fn no_name(tree: &Tree, mapping: NodeId, sources: &Sources) -> Error {
    Error::new(Code::FieldSpec, "a label or annotation must have a name, found an empty one")
        .label_if(sources.span(tree, mapping), "would be set here")
}
