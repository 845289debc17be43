//! What a replacement copies, and to where.

use rustomize_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::types::Selector;

/// A value to copy from one field to others. In a kustomization it can stand in a file of its own instead.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Replacement {
    /// The file that holds one replacement or a list of them; of meaning in a kustomization alone.
    pub path: Spanned<String>,
    /// Where the value comes from.
    pub source: Option<SourceSelector>,
    /// Where it goes. There has to be a list; only in a file of its own or in a plugin may it be empty.
    #[schemars(with = "Vec<Spanned<TargetSelector>>")]
    pub targets: Option<Vec<Spanned<TargetSelector>>>,
    /// The value itself, instead of a source.
    pub source_value: Option<Spanned<String>>,
}

/// The one field that a replacement takes its value from. The texts of the id are compared, not matched as patterns.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct SourceSelector {
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
    /// The field; `metadata.name` when empty.
    pub field_path: Spanned<String>,
    /// Which part of the field.
    pub options: Option<FieldOptions>,
}

/// Fields of the resources that are selected and not rejected.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetSelector {
    /// Which resources.
    pub select: Option<Selector>,
    /// Which of them not.
    pub reject: Vec<Selector>,
    /// The fields; `metadata.name` when there are none.
    pub field_paths: Vec<Spanned<String>>,
    /// Which part of the fields.
    pub options: Option<FieldOptions>,
}

/// Which part of a field is read or written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct FieldOptions {
    /// Splits the text into parts.
    pub delimiter: String,
    /// Which of the parts.
    pub index: i64,
    /// Accepted and of no effect, as upstream.
    pub encoding: String,
    /// Makes the field where it is missing.
    pub create: bool,
}
