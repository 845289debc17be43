//! Lists of field specs: which of them hold for a type, how two lists become one.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::field_map::FieldMap;
use super::field_spec::{self, Act, Create, Field};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::FieldSpec;
use crate::resource::{ByType, Gvk, KINDS_FIRST, KINDS_LAST, Resource};

/// An immutable list of field specs, cheap to clone and shared, which remembers what it selects for each type.
#[derive(Debug, Clone, Default)]
pub struct FieldSpecs(Arc<List>);

#[derive(Debug, Default)]
struct List {
    specs: Cow<'static, [FieldSpec]>,
    selected: ByType<FieldMap>,
    repeats: OnceLock<Repeats>,
    is_sorted: OnceLock<bool>,
}

/// Whether a list has a spec for a path after one for the same path and the same or a narrower type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeats {
    None,
    Agreeing,
    /// Two of them differ in `create`.
    Conflicting,
}

impl From<Vec<FieldSpec>> for FieldSpecs {
    fn from(specs: Vec<FieldSpec>) -> Self {
        FieldSpecs(Arc::new(List { specs: specs.into(), ..List::default() }))
    }
}

impl From<&'static [FieldSpec]> for FieldSpecs {
    fn from(specs: &'static [FieldSpec]) -> Self {
        FieldSpecs(Arc::new(List { specs: specs.into(), ..List::default() }))
    }
}

impl FieldSpecs {
    /// A built-in table of fields: sorted and without repeats, as a test makes sure, so that no build has to look.
    pub fn built_in(table: &'static [FieldSpec]) -> FieldSpecs {
        let (repeats, is_sorted) = (Repeats::None.into(), true.into());
        FieldSpecs(Arc::new(List { specs: table.into(), repeats, is_sorted, ..List::default() }))
    }

    /// A built-in table of fields that agrees with itself, as a test makes sure, and may repeat some of them.
    pub fn agreeing(table: &'static [FieldSpec]) -> FieldSpecs {
        FieldSpecs(Arc::new(List { specs: table.into(), repeats: Repeats::Agreeing.into(), ..List::default() }))
    }
}

/// Using a list.
impl FieldSpecs {
    /// The specs in order.
    pub fn specs(&self) -> &[FieldSpec] {
        &self.0.specs
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.specs.is_empty()
    }

    /// The fields of resources of this type, in order; worked out once for each type.
    pub fn select(&self, gvk: &Gvk) -> &[Field] {
        self.map(gvk).fields()
    }

    /// The same, to keep.
    pub fn select_shared(&self, gvk: &Gvk) -> &Arc<[Field]> {
        self.map(gvk).fields()
    }

    fn map(&self, gvk: &Gvk) -> &FieldMap {
        self.0.selected.get_or_make(gvk, |gvk| {
            let selected = self.specs().iter().filter(|spec| field_spec::selects(spec, gvk));
            FieldMap::new(selected.map(Field::new).collect())
        })
    }

    /// Calls `act` for every node that the specs name in `resource`, as if for one spec after the other.
    ///
    /// The tree is copied from a shared one only when a spec has something to do. Where ids may change
    /// ([`FieldSpecs::may_change_id`]), the resource must have been borrowed from its set accordingly.
    pub fn visit(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        self.map(&resource.id().gvk).visit(resource, create, act)
    }

    /// Whether one of the specs for this type names a field that makes up the id of a resource.
    pub fn may_change_id(&self, gvk: &Gvk) -> bool {
        self.select(gvk).iter().any(Field::is_part_of_id)
    }
}

/// Putting lists together.
impl FieldSpecs {
    /// This list and those of `other` that it does not have.
    ///
    /// As in kustomize, a spec is not added when the list has one for the same path and the same *or a narrower* type;
    /// it is an error when the two differ in `create`.
    pub fn merged(&self, other: &FieldSpecs) -> Result<FieldSpecs> {
        let shared = Arc::ptr_eq(&self.0, &other.0) && self.agrees_with_itself();
        if other.is_empty() || shared {
            return Ok(self.clone());
        }
        if self.is_empty() && other.repeats() == Repeats::None {
            return Ok(other.clone());
        }
        let mut specs = self.0.specs.to_vec();
        let mut by_path: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (index, spec) in self.specs().iter().enumerate() {
            by_path.entry(&spec.path).or_default().push(index);
        }
        for spec in other.specs() {
            let same_path = by_path.entry(&spec.path).or_default();
            match same_path.iter().map(|&index| &specs[index]).find(|known| is_narrower(known, spec)) {
                None => {
                    same_path.push(specs.len());
                    specs.push(spec.clone());
                }
                Some(known) if known.create != spec.create => return Err(conflict(known, spec)),
                Some(_) => {}
            }
        }
        Ok(if specs.len() == self.0.specs.len() { self.clone() } else { specs.into() })
    }

    /// Whether merging the list into itself gives the list again.
    pub(super) fn agrees_with_itself(&self) -> bool {
        self.repeats() != Repeats::Conflicting
    }

    fn repeats(&self) -> Repeats {
        *self.0.repeats.get_or_init(|| {
            let mut repeats = Repeats::None;
            let mut by_path: FxHashMap<&str, Vec<&FieldSpec>> = FxHashMap::default();
            for spec in self.specs() {
                let earlier = by_path.entry(&spec.path).or_default();
                match earlier.iter().find(|known| is_narrower(known, spec)) {
                    Some(known) if known.create != spec.create => return Repeats::Conflicting,
                    Some(_) => repeats = Repeats::Agreeing,
                    None => {}
                }
                earlier.push(spec);
            }
            repeats
        })
    }

    /// The list in the order that kustomize gives its configuration: by kind, then group, then version.
    pub fn sorted(&self) -> FieldSpecs {
        let is_sorted = || self.specs().is_sorted_by(|a, b| compare(a, b).is_le());
        if *self.0.is_sorted.get_or_init(is_sorted) {
            return self.clone();
        }
        let mut specs = self.0.specs.to_vec();
        specs.sort_by(compare);
        specs.into()
    }

    /// Whether both are one and the same list in memory, or empty.
    pub fn is_shared_with(&self, other: &FieldSpecs) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.is_empty() && other.is_empty())
    }
}

/// Whether `known` has the type that `spec` speaks of, or a narrower one.
fn is_narrower(known: &FieldSpec, spec: &FieldSpec) -> bool {
    let fits = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
    fits(&spec.group, &known.group) && fits(&spec.version, &known.version) && fits(&spec.kind, &known.kind)
}

fn conflict(known: &FieldSpec, spec: &FieldSpec) -> Error {
    let name = |spec: &FieldSpec| match &*spec.kind {
        "" => "all kinds".to_owned(),
        kind => format!("kind `{kind}`"),
    };
    let message = format!(
        "two field specs for `{}` disagree on `create`: {} for {}, {} for {}",
        spec.path,
        known.create,
        name(known),
        spec.create,
        name(spec)
    );
    Error::new(Code::Configuration, message).help("give both the same `create`, or leave out the one that is built in")
}

fn compare(a: &FieldSpec, b: &FieldSpec) -> Ordering {
    compare_types((&a.group, &a.version, &a.kind), (&b.group, &b.version, &b.kind))
}

/// Orders types, given as group, version and kind, as kustomize's `Gvk.IsLessThan` does.
pub(super) fn compare_types(a: (&str, &str, &str), b: (&str, &str, &str)) -> Ordering {
    let rank = |kind: &str| {
        let first = KINDS_FIRST.iter().position(|&known| known == kind);
        first.or_else(|| KINDS_LAST.iter().position(|&known| known == kind).map(|at| KINDS_FIRST.len() + 1 + at))
    };
    let by_rank = rank(a.2).unwrap_or(KINDS_FIRST.len()).cmp(&rank(b.2).unwrap_or(KINDS_FIRST.len()));
    by_rank.then_with(|| sort_text(a).cmp(sort_text(b)))
}

/// The bytes of `group_version_kind`.
fn sort_text<'a>((group, version, kind): (&'a str, &'a str, &'a str)) -> impl Iterator<Item = u8> + 'a {
    let or = |text: &'a str, none: &'a str| if text.is_empty() { none } else { text };
    [or(group, "~G"), "_", or(version, "~V"), "_", or(kind, "~K")].into_iter().flat_map(str::bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: &'static str, path: &'static str, create: bool) -> FieldSpec {
        FieldSpec { kind: kind.into(), path: path.into(), create, ..FieldSpec::default() }
    }

    fn kinds(specs: &FieldSpecs) -> Vec<&str> {
        specs.specs().iter().map(|spec| &*spec.kind).collect()
    }

    #[test]
    fn specs_are_selected_by_the_parts_that_they_name() {
        let specs = FieldSpecs::from(vec![spec("", "a", false), spec("Pod", "b", false), spec("Job", "c", false)]);
        let fields = specs.select(&Gvk::new("", "v1", "Pod"));
        assert_eq!(fields.iter().map(Field::path).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_wider_spec_is_dropped_where_a_narrower_one_is_known() {
        // seen with kustomize: `commonLabels` for `kind: ConfigMap, path: metadata/labels, create: true` in a
        // configuration takes the label from all other kinds
        let narrow = FieldSpecs::from(vec![spec("ConfigMap", "metadata/labels", true)]);
        let wide = FieldSpecs::from(vec![spec("", "metadata/labels", true)]);
        assert_eq!(kinds(&narrow.merged(&wide).unwrap()), ["ConfigMap"]);
        let both = wide.merged(&narrow).unwrap().sorted();
        assert_eq!(kinds(&both), ["ConfigMap", ""]);
        assert_eq!(kinds(&FieldSpecs::default().merged(&both).unwrap()), ["ConfigMap"]);
    }

    #[test]
    fn specs_that_disagree_on_create_are_an_error() {
        let no = FieldSpecs::from(vec![spec("ConfigMap", "metadata/labels", false)]);
        let yes = FieldSpecs::from(vec![spec("", "metadata/labels", true)]);
        let error = no.merged(&yes).unwrap_err();
        assert!(error.to_string().contains("two field specs for `metadata/labels` disagree"), "{error}");
    }

    #[test]
    fn merging_what_is_known_shares_the_list() {
        let specs = FieldSpecs::from(vec![spec("", "a", false), spec("Pod", "b", false)]);
        assert!(FieldSpecs::default().merged(&specs).unwrap().is_shared_with(&specs));
        assert!(specs.merged(&specs.clone()).unwrap().is_shared_with(&specs));
        let part = FieldSpecs::from(vec![spec("Pod", "b", false)]);
        assert!(specs.merged(&part).unwrap().is_shared_with(&specs));
    }

    #[test]
    fn kinds_sort_as_kustomize_sorts_them() {
        let order = ["Namespace", "ClusterRole", "Service", "Deployment", "Foo", "", "MutatingWebhookConfiguration"];
        let specs: Vec<_> = order.iter().rev().map(|kind| spec(kind, "a", false)).collect();
        assert_eq!(kinds(&FieldSpecs::from(specs).sorted()), order);
    }
}
