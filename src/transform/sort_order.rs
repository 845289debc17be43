use rustc_hash::FxHashMap;

use super::duplicates::refuse_duplicates;
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::{LegacySortOptions, SortOptions};
use crate::resource::{KINDS_FIRST, KINDS_LAST, ResId, ResourceSet};

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
    /// Fails for options that contradict each other and, in the legacy order, for two resources of one id.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let SortOptions { order, legacy_sort_options: legacy } = &self.options;
        match (order.as_str(), legacy) {
            ("legacy", Some(LegacySortOptions { order_first, order_last })) => {
                sort(resources, context, Ranks::new(order_first, order_last))
            }
            ("legacy", None) => sort(resources, context, Ranks::new(&KINDS_FIRST, &KINDS_LAST)),
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
struct Ranks<'a>(FxHashMap<&'a str, i64>);

impl<'a> Ranks<'a> {
    fn new<T: AsRef<str>>(first: &'a [T], last: &'a [T]) -> Ranks<'a> {
        let before = first.iter().zip(-(first.len() as i64)..);
        let behind = last.iter().zip(1..);
        Ranks(before.chain(behind).map(|(kind, rank)| (kind.as_ref(), rank)).collect())
    }

    fn of(&self, kind: &str) -> i64 {
        self.0.get(kind).copied().unwrap_or_default()
    }
}

fn sort(resources: &mut ResourceSet, context: &Context, ranks: Ranks) -> Result<()> {
    refuse_duplicates(resources, |_| true, "two resources have the same id", context.sources)?;
    resources.sort_by_cached_key(|resource| Key::new(resource.id(), &ranks));
    Ok(())
}

/// What resources are sorted by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rank: i64,
    /// False for the real namespaces, so that they come before other types of that kind.
    is_other: bool,
    /// Group, version and kind, with a mark for one that is missing, joined.
    types: String,
    /// Namespace and name, with a mark for one that is missing, joined.
    names: String,
}

impl Key {
    fn new(id: &ResId, ranks: &Ranks) -> Key {
        let (group, version, kind) = (id.gvk.group(), id.gvk.version(), id.gvk.kind());
        let rank = ranks.of(kind);
        Key {
            rank,
            is_other: rank == 0 || kind != "Namespace" || !group.is_empty(),
            types: [or(group, "~G"), or(version, "~V"), or(kind, "~K")].join("_"),
            names: [or(&id.namespace, "~X"), or(&id.name, "~N")].join("|"),
        }
    }
}

fn or<'a>(text: &'a str, mark: &'static str) -> &'a str {
    if text.is_empty() { mark } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Gvk;

    fn sorted(ids: &[(&str, &str, &str, &str)], ranks: &Ranks) -> Vec<String> {
        let mut keys: Vec<(Key, String)> = ids
            .iter()
            .map(|&(group, kind, namespace, name)| {
                let id = ResId::new(Gvk::new(group, "v1", kind), name, namespace);
                (Key::new(&id, ranks), format!("{kind} {namespace}/{name}"))
            })
            .collect();
        keys.sort();
        keys.into_iter().map(|(_, name)| name).collect()
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
