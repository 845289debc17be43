use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::{LegacySortOptions, SortOptions};
use crate::resource::{Gvk, KINDS_FIRST, KINDS_LAST, ResId, Resource, ResourceSet};

/// Puts resources into the order of the output.
#[derive(Debug, Clone, Default)]
pub struct SortOrder {
    options: SortOptions,
}

impl From<SortOptions> for SortOrder {
    fn from(options: SortOptions) -> Self {
        SortOrder { options }
    }
}

impl SortOrder {
    /// The order of a build that says nothing about it: namespaces first, webhooks last.
    pub fn legacy() -> SortOrder {
        SortOrder::from(SortOptions { order: "legacy".to_owned().into(), legacy_sort_options: None })
    }
}

impl Transformer for SortOrder {
    /// Fails for options that contradict each other, and in legacy order where two resources have one id.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let SortOptions { order, legacy_sort_options: legacy } = &self.options;
        if order.as_str() == "legacy" {
            resources.refuse_duplicates(context.sources)?;
        }
        match (order.as_str(), legacy) {
            ("legacy", Some(LegacySortOptions { order_first, order_last })) => {
                sort(resources, Ranks::new(order_first, order_last));
                Ok(())
            }
            ("legacy", None) => {
                sort(resources, Ranks::new(&KINDS_FIRST, &KINDS_LAST));
                Ok(())
            }
            ("fifo", None) => Ok(()),
            ("fifo", Some(_)) => {
                Err(Error::new(Code::InvalidField, "`legacySortOptions` are of no use with `order: fifo`")
                    .label_if(context.sources.place(order), "")
                    .help("leave them out, or write `order: legacy`"))
            }
            _ => Err(Error::new(Code::InvalidField, format!("there is no sort order `{}`", **order))
                .label_if(context.sources.place(order), "")
                .help("`order` of `sortOptions` must be `legacy` or `fifo`")),
        }
    }
}

/// The rank of kinds: below zero for those that come first, above for those that come last.
struct Ranks<'a> {
    first: Vec<&'a str>,
    last: Vec<&'a str>,
}

impl<'a> Ranks<'a> {
    fn new<T: AsRef<str>>(first: &'a [T], last: &'a [T]) -> Ranks<'a> {
        let [first, last] = [first, last].map(|kinds| kinds.iter().map(AsRef::as_ref).collect());
        Ranks { first, last }
    }

    /// Of a kind that is listed several times, the last one counts.
    fn of(&self, kind: &str) -> i64 {
        let place = |kinds: &[&str]| kinds.iter().rposition(|&known| known == kind).map(|place| place as i64);
        let behind = place(&self.last).map(|place| place + 1);
        behind.or_else(|| place(&self.first).map(|place| place - self.first.len() as i64)).unwrap_or_default()
    }
}

fn sort(resources: &mut ResourceSet, ranks: Ranks) {
    let places = places(resources.iter().map(Resource::id), &ranks);
    let keys: Vec<Key> = resources.iter().map(|resource| Key::new(resource.id(), &places)).collect();
    let mut positions: Vec<usize> = (0..keys.len()).collect();
    // Those of one type are mostly in order already.
    positions.sort_by_key(|&position| keys[position].place);
    for same in positions.chunk_by_mut(|&one, &other| keys[one].place == keys[other].place) {
        same.sort_by(|&one, &other| keys[one].cmp(&keys[other]));
    }
    drop(keys);
    resources.reorder(positions);
}

/// The place of each type among all types, so that resources are not sorted by texts that thousands have in common.
fn places<'a>(ids: impl Iterator<Item = &'a ResId>, ranks: &Ranks) -> FxHashMap<&'a Gvk, usize> {
    let mut places: FxHashMap<&Gvk, usize> = FxHashMap::default();
    let mut before = None;
    for gvk in ids.map(|id| &id.gvk) {
        // Mostly several of one type follow one another.
        if before.replace(gvk) != Some(gvk) {
            places.insert(gvk, 0);
        }
    }
    let mut types: Vec<&Gvk> = places.keys().copied().collect();
    types.sort_by(|one, other| compare_types(one, other, ranks));
    for (place, same) in types.chunk_by(|one, other| compare_types(one, other, ranks).is_eq()).enumerate() {
        places.extend(same.iter().map(|gvk| (*gvk, place)));
    }
    places
}

/// By rank, then by group, version and kind, with a mark for one that is missing, joined.
fn compare_types(one: &Gvk, other: &Gvk, ranks: &Ranks) -> Ordering {
    let rank = |gvk: &Gvk| {
        let rank = ranks.of(gvk.kind());
        // The real namespaces come before other types of that kind.
        (rank, rank == 0 || gvk.kind() != "Namespace" || !gvk.group().is_empty())
    };
    let joined = |gvk: &Gvk| [or(gvk.group(), "~G"), or(gvk.version(), "~V"), or(gvk.kind(), "~K")].join("_");
    rank(one).cmp(&rank(other)).then_with(|| joined(one).cmp(&joined(other)))
}

/// What resources are sorted by.
#[derive(PartialEq, Eq)]
struct Key<'a> {
    /// The place of its type among all of them.
    place: usize,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Key<'a> {
    fn new(id: &'a ResId, places: &FxHashMap<&Gvk, usize>) -> Key<'a> {
        Key { place: places[&id.gvk], namespace: &id.namespace, name: &id.name }
    }

    /// Namespace and name, with a mark for one that is missing, joined.
    fn names(&self) -> impl Iterator<Item = u8> {
        [or(self.namespace, "~X"), "|", or(self.name, "~N")].into_iter().flat_map(str::bytes)
    }

    fn compare_names(&self, other: &Key) -> Ordering {
        match self.namespace == other.namespace {
            true => or(self.name, "~N").cmp(or(other.name, "~N")),
            false => self.names().cmp(other.names()),
        }
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Key) -> Ordering {
        self.place.cmp(&other.place).then_with(|| self.compare_names(other))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn or<'a>(text: &'a str, mark: &'static str) -> &'a str {
    if text.is_empty() { mark } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(ids: &[(&str, &str, &str, &str)], ranks: &Ranks) -> Vec<String> {
        let ids: Vec<(ResId, String)> = ids
            .iter()
            .map(|&(group, kind, namespace, name)| {
                let id = ResId::new(Gvk::new(group, "v1", kind), name, namespace);
                (id, format!("{kind} {namespace}/{name}"))
            })
            .collect();
        let places = places(ids.iter().map(|(id, _)| id), ranks);
        let mut keys: Vec<(Key, &str)> = ids.iter().map(|(id, shown)| (Key::new(id, &places), &**shown)).collect();
        keys.sort();
        keys.into_iter().map(|(_, name)| name.to_owned()).collect()
    }

    #[test]
    fn kinds_come_by_rank_then_by_type_then_by_name() {
        let ids = [
            ("", "Service", "", "b"),
            ("", "Service", "x", "a"),
            ("", "Service", "", "a"),
            ("apps", "Deployment", "", "a"),
            ("b.example", "Custom", "", "a"),
            ("a.example", "Other", "", "a"),
            ("", "Pod", "", "a"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "a"),
            ("example.com", "Namespace", "", "a"),
            ("", "Namespace", "", "z"),
        ];
        let expected = [
            "Namespace /z",
            "Namespace /a",
            "Service x/a",
            "Service /a",
            "Service /b",
            "Deployment /a",
            "Other /a",
            "Custom /a",
            "Pod /a",
            "ValidatingWebhookConfiguration /a",
        ];
        assert_eq!(sorted(&ids, &Ranks::new(&KINDS_FIRST, &KINDS_LAST)), expected);
    }

    #[test]
    fn a_kind_in_both_lists_comes_last() {
        let ids = [("", "Pod", "", "a"), ("", "Service", "", "a"), ("", "Secret", "", "a")];
        let ranks = Ranks::new(&["Pod", "Secret"], &["Pod"]);
        assert_eq!(sorted(&ids, &ranks), ["Secret /a", "Service /a", "Pod /a"]);
    }
}
