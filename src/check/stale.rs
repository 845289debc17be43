//! Names and namespaces that resources of the build had before it renamed them, left where kustomize does not look.
//!
//! Names are short words that mean other things too: labels, containers, databases. So a value counts only where
//! nothing else can be meant: in fields of custom resources that are called after what they name, in addresses with
//! the form of one, and in variables that are called after addresses.

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{NodeId, Tree};

use super::manifests::short_name;
use super::{Finding, Manifests, rules};
use crate::diagnostics::{Result, Span};
use crate::resource::{DEFAULT_NAMESPACE, Resource};

/// Reports values that are names of before.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let renamed = Renamed::of(manifests);
    if renamed.by_name.is_empty() && renamed.namespaces.is_empty() {
        return Ok(());
    }
    for resource in &manifests.resources {
        let mut search = Search { manifests, renamed: &renamed, resource, findings };
        search.annotations();
        match resource.kind() {
            "ConfigMap" => search.config_map(),
            _ if is_custom(resource) => search.custom(resource.tree().root(), ""),
            _ => search.containers(resource.tree().root()),
        }
    }
    Ok(())
}

/// Whether kustomize knows nothing of the fields of a resource.
fn is_custom(resource: &Resource) -> bool {
    let gvk = &resource.id().gvk;
    gvk.namespaced().is_none() && gvk.group().contains('.')
}

/// The resources with another name or namespace than at first.
struct Renamed<'a> {
    by_name: FxHashMap<&'a str, Vec<&'a Resource>>,
    /// Namespaces that resources have left, each with one of them.
    namespaces: FxHashMap<&'a str, &'a Resource>,
    /// Kinds and names of today.
    current: FxHashSet<(&'a str, &'a str)>,
}

impl<'a> Renamed<'a> {
    fn of(manifests: &Manifests<'a>) -> Renamed<'a> {
        let mut renamed = Renamed {
            by_name: FxHashMap::default(),
            namespaces: FxHashMap::default(),
            current: manifests.resources.iter().map(|resource| (resource.kind(), resource.name())).collect(),
        };
        let present: FxHashSet<&str> = manifests.resources.iter().map(|one| one.id().effective_namespace()).collect();
        let objects: FxHashSet<&str> =
            manifests.resources.iter().filter(|one| one.kind() == "Namespace").map(|one| one.name()).collect();
        for &resource in &manifests.resources {
            for previous in &resource.book.previous {
                if *previous.name != *resource.name() {
                    let known = renamed.by_name.entry(&*previous.name).or_default();
                    if known.last().is_none_or(|last| !std::ptr::eq(*last, resource)) {
                        known.push(resource);
                    }
                }
                let namespace = &*previous.namespace;
                let is_left = !namespace.is_empty() && namespace != DEFAULT_NAMESPACE && !present.contains(namespace);
                if is_left && !objects.contains(namespace) && !resource.id().is_cluster_scoped() {
                    renamed.namespaces.entry(namespace).or_insert(resource);
                }
            }
        }
        renamed
    }

    /// The resource of a kind that had a name which nothing of its kind has today.
    fn named(&self, kind: &str, name: &str) -> Option<&'a Resource> {
        let known = self.by_name.get(name)?;
        known.iter().copied().find(|resource| resource.kind() == kind && !self.current.contains(&(kind, name)))
    }
}

/// The kind that a field speaks of, by its name.
fn hinted_kind(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase().replace(['-', '_'], "");
    let hints = [
        ("secret", "Secret"),
        ("configmap", "ConfigMap"),
        ("serviceaccount", "ServiceAccount"),
        ("service", "Service"),
        ("claim", "PersistentVolumeClaim"),
        ("pvc", "PersistentVolumeClaim"),
    ];
    hints.into_iter().find(|(hint, _)| key.contains(hint)).map(|(_, kind)| kind)
}

/// Whether a field or variable holds an address, by its name.
fn is_address(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let words = ["host", "hosts", "addr", "address", "url", "uri", "endpoint", "endpoints", "upstream", "server"];
    key.split(['_', '-', '.']).next_back().is_some_and(|last| words.iter().any(|word| last.ends_with(word)))
}

struct Search<'a, 'f> {
    manifests: &'a Manifests<'a>,
    renamed: &'a Renamed<'a>,
    resource: &'a Resource,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Search<'a, '_> {
    fn tree(&self) -> &'a Tree {
        self.resource.tree()
    }

    /// The fields of a custom resource. `key` is the one that leads here.
    fn custom(&mut self, node: NodeId, key: &str) {
        let tree = self.tree();
        if tree.is_scalar(node) {
            return self.custom_value(node, key);
        }
        if tree.is_sequence(node) {
            return tree.items(node).for_each(|item| self.custom(item, key));
        }
        self.named_object(node, key);
        for (name, value) in tree.entries(node) {
            let name = tree.text(name);
            if key.is_empty() && matches!(name, "metadata" | "apiVersion" | "kind") {
                continue;
            }
            self.custom(value, name);
        }
    }

    /// A mapping that names an object: with its kind, or under a key that says what it is.
    fn named_object(&mut self, node: NodeId, key: &str) {
        let tree = self.tree();
        let Some(name) = tree.get(node, "name").filter(|&name| tree.is_scalar(name)) else { return };
        let kind = tree.get(node, "kind").map(|kind| tree.text(kind));
        if let Some(kind) = kind.or_else(|| hinted_kind(key)) {
            self.report_name(kind, name);
        }
    }

    fn custom_value(&mut self, node: NodeId, key: &str) {
        let tree = self.tree();
        let text = tree.text(node);
        if key == "namespace" {
            if let Some(&left) = self.renamed.namespaces.get(text) {
                let message = format!("`{text}` is a namespace that {} was in before", short_name(left));
                self.report(node, None, message, format!("it is in `{}` now", left.id().effective_namespace()));
            }
        } else if key != "name" {
            match hinted_kind(key) {
                Some(kind) if self.renamed.named(kind, text).is_some() => self.report_name(kind, node),
                _ => self.addresses(node, is_address(key)),
            }
        }
    }

    fn report_name(&mut self, kind: &str, node: NodeId) {
        let text = self.tree().text(node);
        if let Some(now) = self.renamed.named(kind, text) {
            self.report_renamed(node, None, text, now);
        }
    }

    /// The variables and arguments of the containers of a workload.
    fn containers(&mut self, node: NodeId) {
        let tree = self.tree();
        for (key, value) in tree.entries(node) {
            match tree.text(key) {
                "containers" | "initContainers" | "ephemeralContainers" => {
                    tree.items(value).for_each(|container| self.container(container));
                }
                "spec" | "template" | "jobTemplate" => self.containers(value),
                _ => {}
            }
        }
    }

    fn container(&mut self, container: NodeId) {
        let tree = self.tree();
        let list = |key| tree.get(container, key).into_iter().flat_map(|list| tree.items(list));
        for variable in list("env") {
            if let (Some(name), Some(value)) = (tree.get(variable, "name"), tree.get(variable, "value")) {
                self.addresses(value, is_address(tree.text(name)));
            }
        }
        for argument in list("command").chain(list("args")).filter(|&argument| tree.is_scalar(argument)) {
            let text = tree.text(argument);
            let flag = text.strip_prefix("--").and_then(|rest| rest.split_once('=')).map(|(flag, _)| flag);
            self.addresses(argument, flag.is_some_and(is_address));
        }
    }

    /// Annotations that are called after a Secret or ConfigMap. (A `service` is often none of Kubernetes.)
    fn annotations(&mut self) {
        let tree = self.tree();
        let annotations = tree.path(tree.root(), &["metadata", "annotations"]);
        for (key, value) in annotations.into_iter().flat_map(|annotations| tree.entries(annotations)) {
            let key = tree.text(key).rsplit('/').next().unwrap_or_default();
            if let Some(kind) = hinted_kind(key).filter(|kind| matches!(*kind, "Secret" | "ConfigMap")) {
                self.report_name(kind, value);
            }
        }
    }

    fn config_map(&mut self) {
        let tree = self.tree();
        let data = tree.get(tree.root(), "data");
        for (key, value) in data.into_iter().flat_map(|data| tree.entries(data)) {
            self.addresses(value, is_address(tree.text(key)));
        }
    }

    /// Reports the first address in a text that is one of a Service by its name of before, or in the namespace of before.
    /// A bare name is one only where the field is for addresses.
    fn addresses(&mut self, node: NodeId, is_address: bool) {
        let text = self.tree().text(node);
        let found = words(text).find_map(|(at, word)| {
            let mut labels = word.split('.');
            let (first, second) = (labels.next()?, labels.next());
            // Nearly all words are none of these names.
            let is_known = self.renamed.by_name.contains_key(first)
                || second.is_some_and(|second| self.renamed.namespaces.contains_key(second));
            let stale = is_known.then(|| self.stale_host(&Host::new(text, at, word), is_address))?;
            Some((at, stale?))
        });
        if let Some((at, stale)) = found {
            match stale {
                Stale::Name(name, now) => self.report_renamed(node, Some(at), name, now),
                Stale::Namespace(namespace, now) => {
                    let message = format!("`{namespace}` is the namespace that {} was in before", short_name(now));
                    let advice = format!("it is in `{}` now", now.id().effective_namespace());
                    self.report(node, Some(at), message, advice);
                }
            }
        }
    }

    fn stale_host<'t>(&self, host: &Host<'t>, is_address: bool) -> Option<Stale<'t, 'a>> {
        let mut labels = host.name.split('.');
        let (name, namespace, is_service) = (labels.next()?, labels.next(), labels.next() == Some("svc"));
        match (namespace, self.renamed.named("Service", name)) {
            (None, Some(now)) if host.is_url || (is_address && host.is_whole) || host.has_port_of(now) => {
                Some(Stale::Name(name, now))
            }
            (Some(namespace), Some(now)) if is_service && was_in(now, namespace) => Some(Stale::Name(name, now)),
            (Some(namespace), None) if is_service => {
                let now = *self.renamed.namespaces.get(namespace)?;
                Some(Stale::Namespace(namespace, now))
            }
            _ => None,
        }
    }

    fn report_renamed(&mut self, node: NodeId, at: Option<usize>, name: &str, now: &Resource) {
        let message = format!("`{name}` is the name that {} had before", short_name(now));
        let advice = format!(
            "it is called `{}` now: copy the name with `replacements`, or name the field in a `nameReference` of `configurations`",
            now.name()
        );
        self.report(node, at, message, advice);
    }

    fn report(&mut self, node: NodeId, at: Option<usize>, message: String, advice: String) {
        let mut finding = self.manifests.finding(&rules::STALE_NAME, self.resource, node, message);
        if let (Some(at), Some(label)) = (at, finding.labels.first_mut()) {
            let text = self.tree().text(node);
            label.span = within(&label.span, text, at).unwrap_or_else(|| label.span.clone());
        }
        self.findings.push(finding.help(advice));
    }
}

enum Stale<'t, 'a> {
    /// A name, and the Service that had it.
    Name(&'t str, &'a Resource),
    /// A namespace, and a resource that was in it.
    Namespace(&'t str, &'a Resource),
}

fn was_in(resource: &Resource, namespace: &str) -> bool {
    resource.id().effective_namespace() == namespace
        || resource.book.previous.iter().any(|previous| *previous.namespace == *namespace)
}

/// Where a part of a text stands in the file, as far as the text is written there as it is.
fn within(span: &Span, text: &str, at: usize) -> Option<Span> {
    let word_len = text[at..].find(|c: char| !is_host_character(c)).unwrap_or(text.len() - at);
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next()?;
    let rest = span.source.text().get(span.at as usize..)?;
    let found = rest.find(line)? + (at - line_start);
    Some(Span { source: span.source.clone(), at: span.at + found as u32, len: word_len as u32 })
}

/// A word in a text that could be the name of a host.
struct Host<'t> {
    name: &'t str,
    /// It stands behind `://`, perhaps with a user between.
    is_url: bool,
    /// There is nothing else in the text but a flag before it, and a port behind it.
    is_whole: bool,
    port: Option<&'t str>,
}

impl Host<'_> {
    /// Whether it stands before a port that a Service has, and alone.
    fn has_port_of(&self, service: &Resource) -> bool {
        let Some(port) = self.port.filter(|_| self.is_whole) else { return false };
        let tree = service.tree();
        let ports = tree.path(tree.root(), &["spec", "ports"]);
        let mut ports = ports.into_iter().flat_map(|ports| tree.items(ports));
        ports.any(|one| tree.get(one, "port").is_some_and(|one| tree.text(one) == port))
    }
}

fn is_host_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '.'
}

/// The words of a text that could be names of hosts, and where they are.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_host_character)?;
        at = text[start..].find(|c: char| !is_host_character(c)).map_or(text.len(), |length| start + length);
        Some((start, &text[start..at]))
    })
}

/// How far before a host its scheme can be: users and passwords are shorter.
const LONGEST_USER: usize = 300;

impl<'t> Host<'t> {
    /// A word of a text, with what stands around it.
    fn new(text: &'t str, at: usize, name: &'t str) -> Host<'t> {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        let near = &before[before.ceil_char_boundary(before.len().saturating_sub(LONGEST_USER))..];
        let digits = behind.strip_prefix(':').map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            &rest[..end]
        });
        let port = digits.filter(|digits| !digits.is_empty());
        let rest = port.map_or(behind, |port| &behind[1 + port.len()..]);
        // What stands before an `@` is a user, or a password.
        let ends_authority = |c: char| c.is_whitespace() || "/?#\"'".contains(c);
        let is_user = behind.split(ends_authority).next().is_some_and(|rest| rest.contains('@'));
        let is_flag = before.starts_with("--") && before.ends_with('=');
        Host {
            name,
            is_url: near.rfind("://").is_some_and(|scheme| match &near[scheme + 3..] {
                "" => !is_user,
                user => user.ends_with('@') && !user.contains(ends_authority),
            }),
            is_whole: rest.trim().is_empty() && (before.trim().is_empty() || is_flag),
            port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_other_words() {
        let found = |text: &str| -> Vec<String> {
            let hosts = words(text).map(|(at, word)| Host::new(text, at, word));
            let marked = hosts.filter(|host| host.is_url || host.is_whole);
            marked.map(|host| format!("{} {} {:?}", host.name, host.is_url, host.port)).collect()
        };
        assert_eq!(found("db"), ["db false None"]);
        assert_eq!(found("db:5432"), ["db false Some(\"5432\")"]);
        assert_eq!(found("--host=db"), ["db false None"]);
        assert_eq!(found("postgres://u:p@db:5432/db"), ["db true Some(\"5432\")"]);
        assert_eq!(found("http://db/db db"), ["db true None"]);
        assert_eq!(found("db and db"), [""; 0]);
    }

    #[test]
    fn names_say_what_they_hold() {
        assert!(is_address("DB_HOST") && is_address("api-url") && is_address("backendUrl") && is_address("host"));
        assert!(!is_address("OTEL_SERVICE_NAME") && !is_address("HOST_NAME") && !is_address("APP"));
        assert_eq!(hinted_kind("existingSecret"), Some("Secret"));
        assert_eq!(hinted_kind("serviceAccountName"), Some("ServiceAccount"));
        assert_eq!(hinted_kind("database"), None);
    }
}
