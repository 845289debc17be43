//! Renders Kubernetes bases and overlays exactly as `kustomize build` does, and keeps for every value where it came
//! from.

pub mod diagnostics;
