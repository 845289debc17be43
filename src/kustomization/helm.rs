//! Helm charts as a kustomization names them.

use rustomize_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What holds for all Helm charts of a kustomization.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmGlobals {
    /// The directory that holds charts; `charts` when empty.
    pub chart_home: Spanned<String>,
    /// Helm's configuration directory; the user's own when empty.
    pub config_home: Spanned<String>,
}

/// A Helm chart to inflate.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmChart {
    /// The chart's name.
    pub name: Spanned<String>,
    /// The chart's version.
    pub version: Spanned<String>,
    /// Where the chart can be pulled from.
    pub repo: Spanned<String>,
    /// The name of the release.
    pub release_name: Spanned<String>,
    /// The namespace of the release.
    pub namespace: Spanned<String>,
    /// Values files on top of the first one.
    pub additional_values_files: Vec<Spanned<String>>,
    /// A values file instead of the chart's own.
    pub values_file: Spanned<String>,
    /// Values.
    pub values_inline: Map<String, Value>,
    /// How `values_inline` and the values file meet: `override` (when empty), `merge` or `replace`.
    pub values_merge: Spanned<String>,
    /// Whether the chart's CRDs are part of the output.
    #[serde(rename = "includeCRDs")]
    pub include_crds: bool,
    /// Leaves hooks out.
    pub skip_hooks: bool,
    /// API versions that the chart shall believe in.
    pub api_versions: Vec<String>,
    /// The Kubernetes version that the chart shall believe in.
    pub kube_version: String,
    /// A template for the name of the release.
    pub name_template: String,
    /// Leaves tests out.
    pub skip_tests: bool,
    /// Helm's own `--debug`.
    pub debug: bool,
    /// Allows development versions of the chart.
    pub devel: bool,
}

impl HelmChart {
    /// The directory that holds the chart's, relative to that of the kustomization.
    pub fn home(&self, globals: Option<&HelmGlobals>) -> String {
        let home = globals.map_or("", |globals| &globals.chart_home);
        let home = if home.is_empty() { "charts" } else { home };
        if self.version.is_empty() || self.repo.is_empty() {
            home.to_owned()
        } else {
            format!("{home}/{}-{}", *self.name, *self.version)
        }
    }
}

/// The deprecated form of a Helm chart.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmChartArgs {
    /// Becomes [`HelmChart::name`].
    pub chart_name: Spanned<String>,
    /// Becomes [`HelmChart::version`].
    pub chart_version: Spanned<String>,
    /// Becomes [`HelmChart::repo`].
    pub chart_repo_url: Spanned<String>,
    /// Becomes [`HelmGlobals::chart_home`]; the last one that is set counts.
    pub chart_home: Spanned<String>,
    /// Accepted and of no effect, as upstream.
    pub chart_repo_name: String,
    /// Accepted and of no effect, as upstream.
    pub helm_bin: String,
    /// Becomes [`HelmGlobals::config_home`]; the last one that is set counts.
    pub helm_home: Spanned<String>,
    /// Becomes [`HelmChart::values_file`].
    pub values: Spanned<String>,
    /// Becomes [`HelmChart::values_inline`].
    pub values_local: Map<String, Value>,
    /// Becomes [`HelmChart::values_merge`].
    pub values_merge: Spanned<String>,
    /// Becomes [`HelmChart::release_name`].
    pub release_name: Spanned<String>,
    /// Accepted and of no effect, as upstream.
    pub release_namespace: String,
    /// Accepted and of no effect, as upstream.
    pub extra_args: Vec<String>,
}

impl HelmChartArgs {
    /// The chart in today's form.
    pub fn into_chart(self) -> HelmChart {
        HelmChart {
            name: self.chart_name,
            version: self.chart_version,
            repo: self.chart_repo_url,
            values_file: self.values,
            values_inline: self.values_local,
            values_merge: self.values_merge,
            release_name: self.release_name,
            ..HelmChart::default()
        }
    }
}
