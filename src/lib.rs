//! rustomize
