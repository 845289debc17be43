//! What is known of Kubernetes types: merge keys, scopes.

use crate::resource::Gvk;

/// The schema as it stands at one point of a build: the built-in one, or one that the user gave.
#[derive(Debug, Clone, Default)]
pub struct Schema {}

/// Whether the type is certainly cluster-scoped, by the built-in table.
pub fn is_cluster_scoped(gvk: &Gvk) -> bool {
    gvk.group.is_empty() && gvk.version == "v1" && gvk.kind == "Namespace"
}
