use rustomize_yaml::{NodeId, StepId, Tree};

use super::origins::{Origins, origins};
use super::{CheckOptions, Collector, Finding, Rule};
use crate::diagnostics::{Sources, Span};
use crate::explain::Key;
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
    origins: Box<Origins<'a>>,
}

impl<'a> Manifests<'a> {
    /// What the build of `directory` came to.
    pub fn new(
        session: &'a Session,
        directory: &'a str,
        resources: impl Iterator<Item = &'a Resource>,
        collector: &'a Collector,
        options: &'a CheckOptions,
    ) -> Self {
        Manifests {
            resources: resources.collect(),
            session,
            sources: &session.files.sources,
            collector,
            options,
            origins: origins(session, &options.build, directory),
        }
    }

    /// A finding about a node of a resource: a key or a value.
    pub fn finding(
        &self,
        rule: &'static Rule,
        resource: &Resource,
        node: NodeId,
        message: impl Into<String>,
    ) -> Finding {
        self.finding_at(rule, resource, node, self.place(resource, node), message)
    }

    /// A finding about a text that steps may have changed since it was read: where it was wrong from the beginning, no
    /// step is to blame.
    pub fn finding_of_text(
        &self,
        rule: &'static Rule,
        resource: &Resource,
        node: NodeId,
        message: impl Into<String>,
        is_wrong: impl Fn(&str) -> bool,
    ) -> Finding {
        let written = self.span(resource.tree(), node).filter(|span| is_wrong(word_at(span)));
        let place = written.or_else(|| self.place(resource, node));
        self.finding_at(rule, resource, node, place, message)
    }

    fn finding_at(
        &self,
        rule: &'static Rule,
        resource: &Resource,
        node: NodeId,
        place: Option<Span>,
        message: impl Into<String>,
    ) -> Finding {
        let mut finding = Finding::new(rule, message).at(place, "");
        finding.resource = Some(full_name(resource));
        finding.field = Some(field_path(resource.tree(), node)).filter(|path| !path.is_empty());
        finding
    }

    /// Where a node of a resource stands in the input; for one that a step made, the setting that made it, or else where what
    /// is around it stands.
    pub fn place(&self, resource: &Resource, node: NodeId) -> Option<Span> {
        let tree = resource.tree();
        if let Some(span) = self.span(tree, node).filter(|span| stands_at(tree, node, span)) {
            return Some(span);
        }
        let way = way_to(tree, node);
        let made = (self.origins)(&self.resources, resource, &keys_of(tree, &way));
        made.or_else(|| way.into_iter().rev().find_map(|node| self.span(tree, node)))
    }

    fn span(&self, tree: &Tree, node: NodeId) -> Option<Span> {
        let span = self.sources.span(tree, node)?;
        // A collection is shown by its first character, a quoted text with its quotes.
        let len = tree.source_len(node);
        Some(if len > 0 { Span { len, ..span } } else { span })
    }
}

/// The word that stands at a place, without quotes.
fn word_at(span: &Span) -> &str {
    let found = span.source.text().get(span.at as usize..).unwrap_or_default();
    let quote = found.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inside = quote.map_or(found, |_| &found[1..]);
    let is_end = |c: char| match quote {
        Some(quote) => c == quote,
        None => c.is_whitespace() || matches!(c, ',' | '}' | ']'),
    };
    inside.split(is_end).next().unwrap_or_default()
}

/// Whether a node stands at its place as it is: steps change texts, which keep their places. What is written in a block or
/// with escapes is taken for itself.
fn stands_at(tree: &Tree, node: NodeId, span: &Span) -> bool {
    if !tree.is_scalar(node) || tree.node(node).step == StepId::default() {
        return true;
    }
    let text = tree.text(node);
    let found = span.source.text().get(span.at as usize..).unwrap_or_default();
    let inside = found.strip_prefix(['"', '\'']).unwrap_or(found);
    found.starts_with(['|', '>']) || text.contains(['\n', '\\', '"', '\'']) || inside.starts_with(text)
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

/// The keys and indexes of a way, as it leads to a value; a key is on the way to its value.
fn keys_of(tree: &Tree, way: &[NodeId]) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut at = 0;
    while at + 1 < way.len() {
        let here = way[at];
        if tree.is_mapping(here) {
            keys.push(Key::Field(tree.text(way[at + 1]).to_owned()));
            at += 2;
        } else {
            keys.push(Key::Item(tree.items(here).position(|item| item == way[at + 1])));
            at += 1;
        }
    }
    keys
}

/// The path of a field as people write it: `spec.containers[0].image`. A key has the path of its value.
pub(crate) fn field_path(tree: &Tree, node: NodeId) -> String {
    let mut path = String::new();
    for key in keys_of(tree, &way_to(tree, node)) {
        match key {
            Key::Field(key) if key.is_empty() || key.contains(['.', '[', ']']) => path.push_str(&format!("[{key}]")),
            Key::Field(key) if path.is_empty() => path.push_str(&key),
            Key::Field(key) => path.push_str(&format!(".{key}")),
            Key::Item(index) => path.push_str(&format!("[{}]", index.unwrap_or_default())),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustomize_yaml::{Dialect, FileId, Source, read_document};

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
