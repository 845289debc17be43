//! The steps that change resources, one file a transformer.
//!
//! Each is a struct of settings that can be made from a field of a kustomization or read from a configuration file with
//! `apiVersion: builtin`.

mod annotations;
pub mod builtin;
mod duplicates;
mod entries;
mod hash;
mod image;
mod image_tag;
mod labels;
mod name_affix;
mod namespace;
mod replicas;
mod sort_order;
#[cfg(test)]
mod tests;

pub use annotations::AnnotationsTransformer;
pub use hash::HashTransformer;
pub use image_tag::ImageTagTransformer;
pub use labels::{LabelTransformer, ManagedByLabel};
pub use name_affix::{PrefixTransformer, SuffixTransformer};
pub use namespace::{NamespaceTransformer, RoleBindingSubjects};
pub use replicas::ReplicaCountTransformer;
pub use sort_order::SortOrder;
