//! The deprecated form of Helm charts.

use rustomize_yaml::{NodeId, Tag, Tree};

use super::fields;

const OLD: &str = "helmChartInflationGenerator";

/// Fields of a chart that have another name today.
const RENAMED: [(&str, &str); 5] = [
    ("chartName", "name"),
    ("chartVersion", "version"),
    ("chartRepoUrl", "repo"),
    ("values", "valuesFile"),
    ("valuesLocal", "valuesInline"),
];

/// Fields that `helmGlobals` has today, for all charts.
const GLOBAL: [(&str, &str); 2] = [("chartHome", "chartHome"), ("helmHome", "configHome")];

/// Fields that have no effect.
const WITHOUT_EFFECT: [&str; 4] = ["chartRepoName", "helmBin", "releaseNamespace", "extraArgs"];

/// Moves what stands in `helmChartInflationGenerator` to `helmCharts` and `helmGlobals`.
///
/// As upstream, the last home counts, and only where there is no `helmGlobals` yet.
pub fn modernise(tree: &mut Tree) {
    let root = tree.root();
    let charts = fields::items(tree, root, OLD);
    let globals: Vec<(&str, String)> = GLOBAL
        .into_iter()
        .map(|(old, new)| (new, last(tree, &charts, old)))
        .filter(|(_, home)| !home.is_empty())
        .collect();
    for chart in charts {
        modernise_chart(tree, chart);
    }
    let has_globals = fields::get(tree, root, "helmGlobals").is_some_and(|globals| !tree.is_null(globals));
    if !has_globals && !globals.is_empty() {
        let mapping = fields::pairs(tree, root, "helmGlobals");
        globals.iter().for_each(|(field, home)| fields::set_text(tree, mapping, field, home));
    }
    fields::move_items(tree, OLD, "helmCharts");
}

fn last(tree: &Tree, charts: &[NodeId], field: &str) -> String {
    let homes = charts.iter().map(|&chart| fields::text(tree, chart, field));
    homes.rev().find(|home| !home.is_empty()).unwrap_or_default().to_owned()
}

fn modernise_chart(tree: &mut Tree, chart: NodeId) {
    for field in GLOBAL.iter().map(|(old, _)| *old).chain(WITHOUT_EFFECT) {
        if let Some((key, _)) = fields::entry(tree, chart, field) {
            tree.remove_entry(chart, key);
        }
    }
    for (old, new) in RENAMED {
        if let Some((key, _)) = fields::entry(tree, chart, old) {
            tree.set_typed(key, Tag::Str, new);
        }
    }
}
