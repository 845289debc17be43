//! The `rustomize` program.
fn main() {}
