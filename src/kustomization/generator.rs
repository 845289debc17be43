//! What ConfigMaps and Secrets are made of.

use std::collections::BTreeMap;

use rustomize_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// A ConfigMap to make.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfigMapArgs {
    /// The namespace of the ConfigMap.
    pub namespace: Spanned<String>,
    /// Its name, before prefixes and the hash.
    pub name: Spanned<String>,
    /// What it does to one that is there already: `create`, `replace` or `merge`.
    pub behavior: Spanned<String>,
    /// Pairs as `key=value`.
    pub literals: Vec<Spanned<String>>,
    /// Files as `path` or `key=path`.
    pub files: Vec<Spanned<String>>,
    /// Files of `key=value` lines.
    pub envs: Vec<Spanned<String>>,
    /// Deprecated: the old, single form of `envs`; empty once a kustomization has been read.
    pub env: Spanned<String>,
    /// Settings that win over those for all generators.
    pub options: Option<GeneratorOptions>,
}

/// A Secret to make.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct SecretArgs {
    /// The namespace of the Secret.
    pub namespace: Spanned<String>,
    /// Its name, before prefixes and the hash.
    pub name: Spanned<String>,
    /// What it does to one that is there already: `create`, `replace` or `merge`.
    pub behavior: Spanned<String>,
    /// Pairs as `key=value`.
    pub literals: Vec<Spanned<String>>,
    /// Files as `path` or `key=path`.
    pub files: Vec<Spanned<String>>,
    /// Files of `key=value` lines.
    pub envs: Vec<Spanned<String>>,
    /// Deprecated: the old, single form of `envs`; empty once a kustomization has been read.
    pub env: Spanned<String>,
    /// Settings that win over those for all generators.
    pub options: Option<GeneratorOptions>,
    /// The Secret's type; `Opaque` when empty.
    #[serde(rename = "type")]
    pub secret_type: Spanned<String>,
}

/// Settings of generated ConfigMaps and Secrets.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct GeneratorOptions {
    /// Labels for the resource.
    pub labels: BTreeMap<String, String>,
    /// Annotations for the resource.
    pub annotations: BTreeMap<String, String>,
    /// Leaves the name without a hash of the content.
    pub disable_name_suffix_hash: bool,
    /// Makes the resource immutable.
    pub immutable: bool,
}

impl GeneratorOptions {
    /// The options of one generator under those for all: its own labels and annotations win, while a switch that is
    /// on for all cannot be turned off.
    pub fn merged(own: Option<&GeneratorOptions>, global: Option<&GeneratorOptions>) -> Option<GeneratorOptions> {
        let Some(global) = global else { return own.cloned() };
        let mut merged = own.cloned().unwrap_or_default();
        for (into, from) in [(&mut merged.labels, &global.labels), (&mut merged.annotations, &global.annotations)] {
            for (key, value) in from {
                into.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        merged.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        merged.immutable |= global.immutable;
        Some(merged)
    }
}
