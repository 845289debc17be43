//! Renders Kubernetes bases and overlays exactly as `kustomize build` does, and keeps for every value where it came
//! from.

mod accumulate;
pub mod check;
mod cli;
mod commands;
mod compat;
mod context;
pub mod deps;
pub mod diagnostics;
pub mod diff;
pub mod explain;
mod functions;
mod generate;
mod helm;
mod kustomization;
mod load;
mod localize;
mod manifests;
mod options;
mod output;
mod parallel;
mod patch;
mod pattern;
mod quantity;
mod refs;
mod resource;
mod revision;
mod run;
mod schema;
mod session;
#[doc(hidden)]
pub mod stages;
mod transform;
mod version;

pub use commands::edit::overrides::Overrides;
pub use compat::Compat;
pub use options::{BuildOptions, FunctionOptions, HelmOptions, LoadRestrictor, Reorder};
pub use output::{Output, Printed};
pub use run::run;
pub use session::Session;
