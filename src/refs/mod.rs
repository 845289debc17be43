//! Fields that are found by their path, and what resources say about each other: field specs, the configuration made
//! of them, name references, vars.

pub mod field_spec;
mod field_specs;

pub use field_spec::{Create, Field};
pub use field_specs::FieldSpecs;
