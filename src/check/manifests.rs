use rustomize_yaml::{FileId, NodeId, Tree};

use super::{CheckOptions, Collector, Finding, Rule};
use crate::diagnostics::{Sources, Span};
use crate::resource::Resource;
use crate::session::Session;

/// The resources of a build as they were printed, and what rules may know beside them.
pub(crate) struct Manifests<'a> {
    /// The resources, in the order of the output.
    pub resources: Vec<&'a Resource>,
    /// What the build has read.
    pub session: &'a Session,
    /// Every text that was read.
    pub sources: &'a Sources,
    /// What the build came upon.
    pub collector: &'a Collector,
    /// What is asked for.
    pub options: &'a CheckOptions,
}

impl<'a> Manifests<'a> {
    pub fn new(
        resources: impl Iterator<Item = &'a Resource>,
        session: &'a Session,
        collector: &'a Collector,
        options: &'a CheckOptions,
    ) -> Self {
        Manifests { resources: resources.collect(), session, sources: &session.files.sources, collector, options }
    }

    /// A finding about a node of a resource: a key or a value.
    pub fn finding(
        &self,
        rule: &'static Rule,
        resource: &Resource,
        node: NodeId,
        message: impl Into<String>,
    ) -> Finding {
        let mut finding = Finding::new(rule, message).at(self.place(resource, node), "");
        finding.resource = Some(full_name(resource));
        finding.field = Some(field_path(resource.tree(), node)).filter(|path| !path.is_empty());
        finding
    }

    /// Where a node of a resource stands in the input; for one that a step made, where what is around it stands.
    pub fn place(&self, resource: &Resource, node: NodeId) -> Option<Span> {
        let tree = resource.tree();
        if tree.node(node).file != FileId::default() {
            return self.span(tree, node);
        }
        let way = way_to(tree, node);
        way.into_iter().rev().find_map(|node| self.span(tree, node))
    }

    fn span(&self, tree: &Tree, node: NodeId) -> Option<Span> {
        let span = self.sources.span(tree, node)?;
        // A collection is shown by its first character, a quoted text with its quotes.
        let len = tree.source_len(node);
        Some(if len > 0 { Span { len, ..span } } else { span })
    }
}

/// A resource as messages call it: `Deployment/web`.
pub(crate) fn short_name(resource: &Resource) -> String {
    format!("{}/{}", resource.kind(), resource.name())
}

fn full_name(resource: &Resource) -> String {
    match resource.namespace() {
        "" => short_name(resource),
        namespace => format!("{namespace}/{}", short_name(resource)),
    }
}

/// The nodes that lead from the root to a node, keys among them; the node itself is the last.
fn way_to(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut way = vec![tree.root()];
    descend(tree, node, &mut way);
    way
}

fn descend(tree: &Tree, wanted: NodeId, way: &mut Vec<NodeId>) -> bool {
    let Some(&here) = way.last() else { return false };
    if here == wanted {
        return true;
    }
    let mut key = None;
    for child in tree.items(here) {
        let depth = way.len();
        if tree.is_mapping(here) {
            match key.take() {
                None => {
                    key = Some(child);
                    if child == wanted {
                        way.push(child);
                        return true;
                    }
                    continue;
                }
                Some(key) => way.push(key),
            }
        }
        way.push(child);
        if descend(tree, wanted, way) {
            return true;
        }
        way.truncate(depth);
    }
    false
}

/// The path of a field as people write it: `spec.containers[0].image`. A key has the path of its value.
pub(crate) fn field_path(tree: &Tree, node: NodeId) -> String {
    let way = way_to(tree, node);
    let mut path = String::new();
    let mut at = 0;
    while at + 1 < way.len() {
        let here = way[at];
        if tree.is_mapping(here) {
            let key = tree.text(way[at + 1]);
            let is_plain = !key.is_empty() && !key.contains(['.', '[', ']']);
            match is_plain {
                true if path.is_empty() => path.push_str(key),
                true => path.push_str(&format!(".{key}")),
                false => path.push_str(&format!("[{key}]")),
            }
            at += 2;
        } else {
            let index = tree.items(here).position(|item| item == way[at + 1]).unwrap_or_default();
            path.push_str(&format!("[{index}]"));
            at += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustomize_yaml::{Dialect, Source, read_document};

    use super::*;

    #[test]
    fn paths_are_what_people_write() {
        let text = "metadata:\n  labels:\n    a.b/c: x\nspec:\n  list:\n  - one\n  - name: two\n";
        let tree = read_document(&Arc::new(Source::new(FileId(1), "a", text)), Dialect::Yaml11).unwrap().unwrap();
        let at = |path: &[&str]| tree.path(tree.root(), path).unwrap();
        assert_eq!(field_path(&tree, at(&["metadata", "labels", "a.b/c"])), "metadata.labels[a.b/c]");
        let item = tree.item(at(&["spec", "list"]), 1).unwrap();
        let (key, value) = tree.entry(item, "name").unwrap();
        assert_eq!(field_path(&tree, value), "spec.list[1].name");
        assert_eq!(field_path(&tree, key), "spec.list[1].name");
        assert_eq!(field_path(&tree, tree.root()), "");
    }
}
