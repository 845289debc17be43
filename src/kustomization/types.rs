//! The fields of a kustomization and the small types that they share with built-in transformers and generators.
//!
//! Every field has a default and none refuses unknown names by itself: whether unknown fields are errors is the
//! reader's choice, as upstream is strict about kustomizations and lenient about plugin configurations. An absent
//! text and an empty one mean the same everywhere.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustomize_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::generator::{ConfigMapArgs, GeneratorOptions, SecretArgs};
use super::helm::{HelmChart, HelmChartArgs, HelmGlobals};
use super::replacement::Replacement;

/// What a kustomization file says.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Kustomization {
    /// `kustomize.config.k8s.io/v1beta1`, `…/v1alpha1` for a component.
    #[schemars(extend("enum" = ["kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1"]))]
    pub api_version: Spanned<String>,
    /// `Kustomization` or `Component`.
    #[schemars(extend("enum" = ["Kustomization", "Component"]))]
    pub kind: Spanned<String>,
    /// Read by other tools alone.
    pub metadata: Option<ObjectMeta>,
    /// A schema to use for merging: `path` of a file, or a built-in `version`.
    pub openapi: BTreeMap<String, Spanned<String>>,

    /// Put before the names of all resources.
    pub name_prefix: Spanned<String>,
    /// Put behind the names of all resources.
    pub name_suffix: Spanned<String>,
    /// Set on all namespaced resources.
    pub namespace: Spanned<String>,
    /// Deprecated: labels for resources, templates and selectors.
    pub common_labels: Spanned<BTreeMap<String, String>>,
    /// Labels with a say in where they go.
    pub labels: Vec<Spanned<Label>>,
    /// Annotations for all resources and templates.
    pub common_annotations: Spanned<BTreeMap<String, String>>,
    /// Deprecated: paths or texts of strategic merge patches.
    pub patches_strategic_merge: Vec<Spanned<String>>,
    /// Deprecated: JSON patches with a target.
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Vec<Spanned<Patch>>,
    /// Patches of either kind.
    pub patches: Vec<Spanned<Patch>>,
    /// New names, tags or digests for container images.
    pub images: Vec<Spanned<Image>>,
    /// Deprecated: the old name of `images`; empty once the file has been read.
    pub image_tags: Vec<Spanned<Image>>,
    /// Values to copy from one place to others.
    pub replacements: Vec<Arc<Spanned<Replacement>>>,
    /// Replica counts by resource name.
    pub replicas: Vec<Spanned<Replica>>,
    /// Deprecated: values to put in the place of `$(NAME)`.
    pub vars: Vec<Arc<Spanned<Var>>>,
    /// The order of the output.
    pub sort_options: Option<SortOptions>,

    /// Files, directories and URLs to build from.
    pub resources: Vec<Spanned<String>>,
    /// Directories and URLs of components.
    pub components: Vec<Spanned<String>>,
    /// Files of OpenAPI definitions of custom resources.
    pub crds: Vec<Spanned<String>>,
    /// Deprecated: the old name of `resources`; empty once the file has been read.
    pub bases: Vec<Spanned<String>>,

    /// ConfigMaps to make.
    pub config_map_generator: Vec<Spanned<ConfigMapArgs>>,
    /// Secrets to make.
    pub secret_generator: Vec<Spanned<SecretArgs>>,
    /// What holds for all Helm charts.
    pub helm_globals: Option<HelmGlobals>,
    /// Helm charts to inflate.
    pub helm_charts: Vec<Spanned<HelmChart>>,
    /// Deprecated: the old form of `helmGlobals` and `helmCharts`; empty once the file has been read.
    pub helm_chart_inflation_generator: Vec<Spanned<HelmChartArgs>>,
    /// What holds for all generated ConfigMaps and Secrets.
    pub generator_options: Option<GeneratorOptions>,

    /// Files of field specs for the built-in transformers.
    pub configurations: Vec<Spanned<String>>,
    /// Files, directories or texts of generators.
    pub generators: Vec<Spanned<String>>,
    /// Files, directories or texts of transformers.
    pub transformers: Vec<Spanned<String>>,
    /// Files, directories or texts of validators.
    pub validators: Vec<Spanned<String>>,
    /// Which notes of its making the output carries: `originAnnotations`, `transformerAnnotations`, `managedByLabel`.
    pub build_metadata: Vec<Spanned<String>>,
}

/// The part of a resource's metadata that a kustomization or a plugin configuration can carry.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectMeta {
    /// The name.
    pub name: String,
    /// The namespace; the NamespaceTransformer takes its value from here.
    pub namespace: Spanned<String>,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The annotations.
    pub annotations: BTreeMap<String, String>,
}

/// A field of the resources of a kind: where a built-in transformer works.
///
/// The texts are borrowed in the built-in tables and owned when read from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct FieldSpec {
    /// API group; empty for any.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub group: Cow<'static, str>,
    /// API version; empty for any.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub version: Cow<'static, str>,
    /// Kind; empty for any.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub kind: Cow<'static, str>,
    /// Path of the field, such as `spec/template/metadata/labels` or `spec/containers[]/image`.
    pub path: Cow<'static, str>,
    /// Whether the field is made where it is missing.
    pub create: bool,
}

/// Which resources are meant: those that fit everything which is set. The texts of the id are anchored patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    /// API group.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub group: Spanned<String>,
    /// API version.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub version: Spanned<String>,
    /// Kind.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub kind: Spanned<String>,
    /// Name.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub name: Spanned<String>,
    /// Namespace.
    #[serde(deserialize_with = "rustomize_yaml::unconverted")]
    pub namespace: Spanned<String>,
    /// An expression over the annotations, in the syntax of label selectors.
    pub annotation_selector: Spanned<String>,
    /// An expression over the labels.
    pub label_selector: Spanned<String>,
}

/// Labels and how far they reach.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Label {
    /// The labels.
    pub pairs: BTreeMap<String, String>,
    /// Selectors and templates too.
    pub include_selectors: bool,
    /// Pod templates too; implied by `include_selectors`.
    pub include_templates: bool,
    /// Volume claim templates too; implied by `include_selectors`.
    pub include_volume_claim_templates: Option<Spanned<bool>>,
    /// These fields too.
    pub fields: Vec<FieldSpec>,
}

/// A strategic merge patch or a JSON patch, and what it applies to.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Patch {
    /// The file that holds the patch.
    pub path: Spanned<String>,
    /// The patch itself.
    pub patch: Spanned<String>,
    /// Its targets; a strategic merge patch without one names its target itself.
    pub target: Option<Box<Selector>>,
    /// What else it may do.
    pub options: Option<PatchOptions>,
}

/// What a patch may do beyond the usual.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PatchOptions {
    /// Change the name of the target.
    pub allow_name_change: bool,
    /// Change the kind of the target.
    pub allow_kind_change: bool,
}

/// A container image and what becomes of its name, tag or digest.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Image {
    /// The image's name without a tag; a pattern.
    pub name: Spanned<String>,
    /// The new name.
    pub new_name: Spanned<String>,
    /// Text to append to the tag.
    pub tag_suffix: Spanned<String>,
    /// The new tag.
    pub new_tag: Spanned<String>,
    /// The new digest, which wins over the tag.
    pub digest: Spanned<String>,
}

/// A resource's new number of replicas.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Replica {
    /// The name of the resource.
    pub name: Spanned<String>,
    /// How many.
    pub count: i64,
}

/// A name for the value of a field, used as `$(NAME)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Var {
    /// The name.
    pub name: Spanned<String>,
    /// The resource that has the value.
    pub objref: VarTarget,
    /// The field that has the value.
    pub fieldref: VarField,
}

/// The resource that a [`Var`] takes its value from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct VarTarget {
    /// Group and version in one; wins over the two.
    pub api_version: Spanned<String>,
    /// API group.
    pub group: Spanned<String>,
    /// API version.
    pub version: Spanned<String>,
    /// Kind.
    pub kind: Spanned<String>,
    /// Name, as it was before any prefix.
    pub name: Spanned<String>,
    /// Namespace.
    pub namespace: Spanned<String>,
}

/// The field that a [`Var`] takes its value from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct VarField {
    /// `metadata.name` when empty.
    pub field_path: Spanned<String>,
}

/// The order of the output.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct SortOptions {
    /// `legacy` or `fifo`.
    #[schemars(extend("enum" = ["legacy", "fifo"]))]
    pub order: Spanned<String>,
    /// Changes to the legacy order.
    pub legacy_sort_options: Option<LegacySortOptions>,
}

/// Which kinds come first and last in the legacy order.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacySortOptions {
    /// Kinds that come first, in this order.
    pub order_first: Vec<String>,
    /// Kinds that come last, in this order.
    pub order_last: Vec<String>,
}
