//! The steps that change resources, one file a transformer.
//!
//! Each is a struct of settings that can be made from a field of a kustomization or read from a configuration file with
//! `apiVersion: builtin`.

mod annotations;
pub mod builtin;
mod entries;
mod hash;
mod image;
mod image_tag;
mod labels;
mod name_affix;
mod namespace;
pub mod pass;
mod patch;
mod patch_json6902;
mod patch_strategic_merge;
mod patch_target;
mod replacement;
mod replicas;
mod sort_order;
#[cfg(test)]
mod tests;
mod turns;
mod value_add;
mod volatile;

pub use annotations::AnnotationsTransformer;
pub use hash::HashTransformer;
pub use image::Reference;
pub use image_tag::ImageTagTransformer;
pub use labels::{LabelTransformer, ManagedByLabel};
pub use name_affix::{PrefixTransformer, SuffixTransformer};
pub use namespace::{NamespaceTransformer, RoleBindingSubjects};
pub use patch::PatchTransformer;
pub use patch_json6902::{Json6902Args, PatchJson6902Transformer};
pub use patch_strategic_merge::PatchStrategicMergeTransformer;
pub use replacement::ReplacementTransformer;
pub use replicas::ReplicaCountTransformer;
pub use sort_order::SortOrder;
pub use value_add::ValueAddTransformer;
