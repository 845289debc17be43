//! What CustomResourceDefinitions of the build say of how the lists of their types merge.

use std::collections::HashMap;
use std::sync::Arc;

use rustomize_yaml::{NodeId, Tree, from_node_lenient};

use super::open_api::Definition;

/// Nobody writes schemas that nest deeper, and the stack has an end.
const MAX_DEPTH: usize = 200;

/// Definitions by group, version and kind.
#[derive(Debug, Clone, Default)]
pub(super) struct CustomDefinitions(HashMap<(String, String, String), Arc<Definition>>);

impl CustomDefinitions {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The definition of a type.
    pub fn root(&self, group: &str, version: &str, kind: &str) -> Option<&Arc<Definition>> {
        self.0.get(&(group.to_owned(), version.to_owned(), kind.to_owned()))
    }

    /// Takes in what a CustomResourceDefinition says of each version. What cannot be read says nothing.
    pub fn add(&mut self, tree: &Tree) {
        let text = |node: NodeId, path: &[&str]| tree.path(node, path).map_or("", |node| tree.text(node)).to_owned();
        let Some(spec) = tree.get(tree.root(), "spec") else { return };
        let (group, kind) = (text(spec, &["group"]), text(spec, &["names", "kind"]));
        for version in tree.get(spec, "versions").into_iter().flat_map(|versions| tree.items(versions)) {
            let schema = tree.path(version, &["schema", "openAPIV3Schema"]).filter(|schema| is_shallow(tree, *schema));
            let definition = schema.and_then(|schema| from_node_lenient::<Definition>(tree, schema).ok());
            if let Some(definition) = definition {
                let name = (group.clone(), text(version, &["name"]), kind.clone());
                self.0.insert(name, Arc::new(definition.merging_by_list_types()));
            }
        }
    }
}

fn is_shallow(tree: &Tree, node: NodeId) -> bool {
    let mut open = vec![(node, 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return false;
        }
        open.extend(tree.items(node).map(|item| (item, depth + 1)));
    }
    true
}
