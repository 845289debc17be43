//! Fields that are found by their path, and what resources say about each other: field specs, the configuration made
//! of them, name references, vars.

mod config;
mod crd;
mod defaults;
mod expansion;
mod field_map;
pub mod field_spec;
mod field_specs;
mod field_trie;
mod name_reference;
mod name_references;
pub mod path;
mod referrals;
mod vars;

pub use config::TransformerConfig;
pub use field_map::Found;
pub use field_spec::Create;
pub use field_specs::FieldSpecs;
pub use field_trie::{FieldList, FieldTrie, Hits};
pub use name_reference::{fix_names, fix_names_and_look};
pub use vars::{VarSet, names_of_vars};

#[cfg(test)]
mod tests;
