//! Which lines of OpenAPI definitions, as `crds` of a kustomization names them, say that something is to be done to a field.

use rustomize_yaml::{NodeId, Tree};

use super::journal::Mark;
use super::settings::field_of;

/// The extensions of a property by which it becomes a field of a transformer.
const EXTENSIONS: [&str; 6] = [
    "x-kubernetes-annotation",
    "x-kubernetes-label-selector",
    "x-kubernetes-identity",
    "x-kubernetes-object-ref-api-version",
    "x-kubernetes-object-ref-kind",
    NAME_KEY,
];

/// Under which field of a property a reference has its name.
const NAME_KEY: &str = "x-kubernetes-object-ref-name-key";

/// Adds the fields that the definitions mark, each with the lines that do: the extensions, and the references to the types
/// on the way.
pub(super) fn collect_specs(tree: &Tree, root: NodeId, specs: &mut Vec<(String, Mark)>) {
    let mut types = tree.entries(root).filter_map(|(_, definition)| properties(tree, definition)).peekable();
    if types.peek().is_none() {
        return;
    }
    for properties in types {
        if ["kind", "apiVersion", "metadata"].iter().all(|field| tree.get(properties, field).is_some()) {
            Collector { tree, root, path: Vec::new(), way: Vec::new(), specs }.collect(properties);
        }
    }
}

fn properties(tree: &Tree, definition: NodeId) -> Option<NodeId> {
    tree.get(field_of(tree, definition, "Schema")?, "properties")
}

struct Collector<'a> {
    tree: &'a Tree,
    root: NodeId,
    path: Vec<&'a str>,
    /// The references to types that lead here.
    way: Vec<NodeId>,
    specs: &'a mut Vec<(String, Mark)>,
}

impl Collector<'_> {
    fn collect(&mut self, properties: NodeId) {
        for (name, property) in self.tree.entries(properties) {
            self.path.push(self.tree.text(name));
            self.property(property);
            self.path.pop();
        }
    }

    fn property(&mut self, property: NodeId) {
        let tree = self.tree;
        let found: Vec<NodeId> = EXTENSIONS.iter().filter_map(|name| field_of(tree, property, name)).collect();
        if !found.is_empty() {
            let path = self.path.join("/");
            let key = field_of(tree, property, NAME_KEY).map_or("name", |key| tree.text(key));
            // What is marked is the field, or the name under it.
            let paths = [format!("{path}/{key}"), path];
            let nodes = || self.way.iter().chain(&found);
            let specs = paths.iter().flat_map(|path| nodes().map(|&node| (path.clone(), Mark::of_node(tree, node))));
            self.specs.extend(specs);
        }
        let Some(target) = tree.get(property, "$ref") else { return };
        // The build refuses types that refer to themselves.
        let is_known = self.way.iter().any(|&other| tree.text(other) == tree.text(target));
        let Some(definition) = tree.get(self.root, tree.text(target)).filter(|_| !is_known) else { return };
        if let Some(properties) = properties(tree, definition) {
            self.way.push(target);
            self.collect(properties);
            self.way.pop();
        }
    }
}
