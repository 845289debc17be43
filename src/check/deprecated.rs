//! Deprecated fields of kustomizations, with what to write instead.

use std::sync::Arc;

use rustomize_yaml::{NodeId, Source, Tree};

use super::{Finding, rules};
use crate::diagnostics::Span;

/// Fields of a kustomization, and what stands in their place today.
const FIELDS: [(&str, &str); 7] = [
    ("bases", "list its entries under `resources`"),
    ("commonLabels", "use `labels`, with `includeSelectors: true` to keep the selectors as they are"),
    ("imageTags", "use `images`"),
    ("patchesJson6902", "use `patches`"),
    ("patchesStrategicMerge", "use `patches`, each file as `path`, each text as `patch`"),
    ("vars", "use `replacements`"),
    ("helmChartInflationGenerator", "use `helmCharts`, and `helmGlobals` for what holds for all of them"),
];

/// Reports each deprecated field of a kustomization.
pub(super) fn of_kustomization(source: &Arc<Source>, tree: &Tree, findings: &mut Vec<Finding>) {
    for (key, value) in tree.entries(tree.root()).filter(|&(_, value)| !tree.is_null(value)) {
        let name = tree.text(key);
        if let Some((field, instead)) = FIELDS.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)) {
            findings.push(finding(source, tree, key, field, instead));
        }
        if ["configMapGenerator", "secretGenerator"].iter().any(|field| field.eq_ignore_ascii_case(name)) {
            let envs = tree.items(value).filter_map(|entry| {
                let mut entries = tree.entries(entry);
                entries.find(|&(key, value)| tree.text(key).eq_ignore_ascii_case("env") && !tree.is_null(value))
            });
            let instead = "list the file under `envs`";
            findings.extend(envs.map(|(key, _)| finding(source, tree, key, "env", instead)));
        }
    }
}

fn finding(source: &Arc<Source>, tree: &Tree, key: NodeId, field: &str, instead: &str) -> Finding {
    let span = Span { source: source.clone(), at: tree.node(key).at, len: tree.source_len(key) };
    Finding::new(&rules::DEPRECATED_FIELD, format!("`{field}` is deprecated")).at(Some(span), "").help(instead)
}
