//! The kustomization file as a type: its fields, its deprecated names, its rules.

mod generator;
mod helm;
mod read;
mod replacement;
mod schema;
mod types;

pub use generator::{ConfigMapArgs, GeneratorOptions, SecretArgs};
pub use helm::{HelmChart, HelmGlobals};
pub use read::{read, read_as_written};
pub use replacement::{FieldOptions, Replacement, SourceSelector, TargetSelector};
pub use schema::json_schema;
#[cfg(test)]
pub use types::VarField;
pub use types::{
    FieldSpec, Image, Kustomization, Label, LegacySortOptions, ObjectMeta, Patch, PatchOptions, Replica, Selector,
    SortOptions, Var, VarTarget,
};

#[cfg(test)]
mod tests;
