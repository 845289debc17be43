//! Tools for the people who build rustomize.

fn main() {}
