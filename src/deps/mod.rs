//! Which files builds read, and which builds a file reaches.
//!
//! Kustomizations are read, and nothing is built, fetched or run: so it works for builds that fail or need flags, and a
//! thousand of them take a fraction of a second. What a build would read if it were there is known too.

mod changed;
mod configured;
mod graph;
mod links;
mod print;
mod scan;

pub use changed::{Touched, touched};
pub use graph::{Dependencies, Kustomization, Thing, Use};
pub(crate) use links::Ways;
pub use print::{Format, print, print_touched};
