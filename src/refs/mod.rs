//! Fields that are found by their path, and what resources say about each other: field specs, the configuration made
//! of them, name references, vars.

mod config;
mod defaults;
pub mod field_spec;
mod field_specs;
mod name_reference;
mod name_references;
mod referrals;

pub use config::TransformerConfig;
pub use field_spec::{Create, Field};
pub use field_specs::FieldSpecs;
pub use name_reference::fix_names;
