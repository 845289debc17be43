//! What a resource says of itself first: the fields that each has.

use rustomize_yaml::{NodeId, Tree};

/// Where the fields that all resources have are in a tree, found by one look at each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    pub api_version: Option<NodeId>,
    pub kind: Option<NodeId>,
    pub name: Option<NodeId>,
    pub namespace: Option<NodeId>,
    pub annotations: Option<NodeId>,
}

impl Head {
    /// The fields of the tree's root; of two of a name, the first one.
    pub fn of(tree: &Tree) -> Head {
        let [api_version, kind, metadata] = find(tree, tree.root(), ["apiVersion", "kind", "metadata"]);
        let inner = metadata.map(|metadata| find(tree, metadata, ["name", "namespace", "annotations"]));
        let [name, namespace, annotations] = inner.unwrap_or_default();
        Head { api_version, kind, name, namespace, annotations }
    }
}

/// The values under some keys of a mapping.
fn find<const N: usize>(tree: &Tree, mapping: NodeId, keys: [&str; N]) -> [Option<NodeId>; N] {
    let mut found = [None; N];
    let mut open = N;
    for (key, value) in tree.entries(mapping) {
        let number = (0..N).find(|&number| found[number].is_none() && tree.is_scalar_of(key, keys[number]));
        if let Some(number) = number {
            found[number] = Some(value);
            open -= 1;
        }
        if open == 0 {
            break;
        }
    }
    found
}
