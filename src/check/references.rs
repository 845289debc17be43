//! References to objects that the build does not have.

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{NodeId, Tree};

use super::external::External;
use super::manifests::short_name;
use super::{Finding, Manifests, rules};
use crate::diagnostics::{Result, nearest};
use crate::resource::{DEFAULT_NAMESPACE, Resource};

/// A field that names an object.
struct Reference {
    kind: &'static str,
    /// The name.
    node: NodeId,
    /// The namespace, where the field says which.
    namespace: Option<NodeId>,
    /// A key of the object that has to be there.
    key: Option<NodeId>,
}

/// Where workloads have their pods.
const POD_SPECS: [(&str, &[&str]); 9] = [
    ("Pod", &["spec"]),
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("PodTemplate", &["template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
];

/// Reports references to ConfigMaps, Secrets, ServiceAccounts, PersistentVolumeClaims and Services that are not there.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let objects = Objects::of(manifests);
    let mut external = None;
    for resource in &manifests.resources {
        for reference in references(resource) {
            if let Some(finding) = objects.missing(manifests, resource, &reference) {
                let name = resource.tree().text(reference.node);
                let external = external.get_or_insert_with(|| External::of(manifests.collector, manifests.options));
                if !external.has(reference.kind, name) {
                    findings.push(finding);
                }
            }
        }
    }
    Ok(())
}

/// The kinds that are referred to.
const REFERRED: [&str; 5] = ["ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Service"];

/// What a build has, and what will be made of it.
#[derive(Default)]
struct Objects<'a> {
    by_id: FxHashMap<(&'a str, &'a str, &'a str), &'a Resource>,
    /// A namespace where there is an object of a kind and a name.
    namespaces: FxHashMap<(&'a str, &'a str), &'a str>,
    /// The names that the input gives to the objects of a kind in a namespace.
    names: FxHashMap<(&'a str, &'a str), Vec<&'a str>>,
    /// Secrets that operators make of what is in the build: namespace and name.
    promised: FxHashSet<(&'a str, &'a str)>,
}

impl<'a> Objects<'a> {
    fn of(manifests: &Manifests<'a>) -> Objects<'a> {
        let mut objects = Objects::default();
        for &resource in manifests.resources.iter().filter(|resource| REFERRED.contains(&resource.kind())) {
            let (kind, namespace) = (resource.kind(), resource.id().effective_namespace());
            objects.by_id.insert((kind, namespace, resource.name()), resource);
            objects.namespaces.insert((kind, resource.name()), namespace);
            let first = resource.book.previous.first().map_or(resource.name(), |first| &*first.name);
            objects.names.entry((kind, namespace)).or_default().push(first);
        }
        for resource in &manifests.resources {
            let namespace = resource.id().effective_namespace();
            objects.promised.extend(promised_secret(resource).map(|name| (namespace, name)));
        }
        objects
    }

    /// The finding that an object, or a key of it, is not there.
    fn missing(&self, manifests: &Manifests, resource: &Resource, reference: &Reference) -> Option<Finding> {
        let tree = resource.tree();
        let (kind, name) = (reference.kind, tree.text(reference.node));
        let namespace = match reference.namespace.map(|node| tree.text(node)) {
            Some(namespace) if !namespace.is_empty() => namespace,
            _ if resource.id().is_cluster_scoped() => DEFAULT_NAMESPACE,
            _ => resource.id().effective_namespace(),
        };
        if let Some(found) = self.by_id.get(&(kind, namespace, name)) {
            return reference.key.and_then(|key| without_key(manifests, resource, found, key));
        }
        if kind == "Secret" && self.promised.contains(&(namespace, name)) {
            return None;
        }
        let message = format!("{} names the {kind} `{name}`, which the build does not have", short_name(resource));
        let finding = manifests.finding(&rules::MISSING_REFERENCE, resource, reference.node, message);
        if let Some(other) = self.namespaces.get(&(kind, name)) {
            return Some(finding.help(format!("there is one in the namespace `{other}`, not in `{namespace}`")));
        }
        let names = self.names.get(&(kind, namespace)).into_iter().flatten().copied();
        let declared = format!("if it comes from elsewhere, say so: `# rustomize: external {kind}/{name}`");
        // To compare with more would take long, and help nobody.
        Some(match nearest(name, names.take(SOME)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(declared),
        })
    }
}

/// Advice is looked for among so many.
const SOME: usize = 200;

/// The Secret that an operator makes of a resource.
fn promised_secret(resource: &Resource) -> Option<&str> {
    let tree = resource.tree();
    let text = |path: &[&str]| tree.path(tree.root(), path).map(|node| tree.text(node)).filter(|text| !text.is_empty());
    match (resource.id().gvk.group(), resource.kind()) {
        ("bitnami.com", "SealedSecret") => text(&["spec", "template", "metadata", "name"]).or(Some(resource.name())),
        ("external-secrets.io", "ExternalSecret") => text(&["spec", "target", "name"]).or(Some(resource.name())),
        ("cert-manager.io", "Certificate") => text(&["spec", "secretName"]),
        ("", _) => None,
        (_, "OnePasswordItem" | "VaultStaticSecret" | "VaultDynamicSecret" | "InfisicalSecret") => {
            text(&["spec", "destination", "name"]).or(Some(resource.name()))
        }
        _ => None,
    }
}

/// The finding that a ConfigMap or Secret does not have a key.
fn without_key(manifests: &Manifests, resource: &Resource, found: &Resource, key: NodeId) -> Option<Finding> {
    let (tree, data) = (resource.tree(), found.tree());
    let wanted = tree.text(key);
    let sections = ["data", "stringData", "binaryData"];
    let keys = sections.iter().filter_map(|section| data.get(data.root(), section));
    let keys: Vec<&str> = keys.flat_map(|section| data.entries(section).map(|(key, _)| data.text(key))).collect();
    // What has no data gets it from somebody else.
    if keys.is_empty() || keys.contains(&wanted) {
        return None;
    }
    let message = format!("the {} has no key `{wanted}`, which {} reads", short_name(found), short_name(resource));
    let finding = manifests.finding(&rules::MISSING_REFERENCE, resource, key, message);
    let near = nearest(wanted, keys.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    Some(finding.help(format!("it has {}", keys.join(", "))).help_if(near))
}

/// The references of a resource.
fn references(resource: &Resource) -> Vec<Reference> {
    let (kind, tree) = (resource.kind(), resource.tree());
    let mut found = Found { tree, references: Vec::new() };
    if let Some((_, path)) = POD_SPECS.iter().find(|(known, _)| *known == kind)
        && let Some(pod) = tree.path(tree.root(), path)
    {
        found.pod(pod);
    }
    match kind {
        "StatefulSet" => found.at(tree.root(), &["spec", "serviceName"], "Service"),
        "Ingress" => found.ingress(),
        "ServiceAccount" => {
            for list in ["secrets", "imagePullSecrets"] {
                found.each(tree.root(), &[list], |found, item| found.at(item, &["name"], "Secret"));
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            found.each(tree.root(), &["subjects"], |found, subject| {
                if found.text(subject, "kind") == "ServiceAccount" {
                    found.in_namespace(subject, "ServiceAccount");
                }
            });
        }
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            found.each(tree.root(), &["webhooks"], |found, webhook| {
                found.service_at(webhook, &["clientConfig", "service"]);
            });
        }
        "APIService" => found.service_at(tree.root(), &["spec", "service"]),
        "CustomResourceDefinition" => {
            found.service_at(tree.root(), &["spec", "conversion", "webhook", "clientConfig", "service"]);
        }
        "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" => {
            found.each(tree.root(), &["spec", "rules"], |found, rule| {
                found.each(rule, &["backendRefs"], |found, backend| {
                    if matches!(found.text(backend, "kind"), "" | "Service") {
                        found.in_namespace(backend, "Service");
                    }
                });
            });
        }
        _ => {}
    }
    found.references
}

struct Found<'a> {
    tree: &'a Tree,
    references: Vec<Reference>,
}

impl<'a> Found<'a> {
    fn text(&self, node: NodeId, key: &str) -> &'a str {
        self.tree.get(node, key).map_or("", |value| self.tree.text(value))
    }

    fn each(&mut self, node: NodeId, path: &[&str], mut act: impl FnMut(&mut Self, NodeId)) {
        let list = self.tree.path(node, path).filter(|&list| self.tree.is_sequence(list));
        list.into_iter().flat_map(|list| self.tree.items(list)).for_each(|item| act(self, item));
    }

    /// The name at the end of a path, if there is one.
    fn at(&mut self, node: NodeId, path: &[&str], kind: &'static str) {
        self.push(node, path, kind, None, None);
    }

    fn push(
        &mut self,
        node: NodeId,
        path: &[&str],
        kind: &'static str,
        namespace: Option<NodeId>,
        key: Option<NodeId>,
    ) {
        let name = self.tree.path(node, path).filter(|&name| !self.tree.text(name).is_empty());
        self.references.extend(name.map(|node| Reference { kind, node, namespace, key }));
    }

    /// An object that the node names with its namespace.
    fn in_namespace(&mut self, node: NodeId, kind: &'static str) {
        self.push(node, &["name"], kind, self.tree.get(node, "namespace"), None);
    }

    fn service_at(&mut self, node: NodeId, path: &[&str]) {
        if let Some(service) = self.tree.path(node, path) {
            self.in_namespace(service, "Service");
        }
    }

    /// A node that names an object which has to be there, unless it says that it has not to.
    fn required(&mut self, node: Option<NodeId>, name: &str, kind: &'static str) {
        let Some(node) = node.filter(|&node| self.text(node, "optional") != "true") else { return };
        let key = self.tree.get(node, "key");
        self.push(node, &[name], kind, None, key);
        if let Some(items) = self.tree.get(node, "items") {
            for key in self.tree.items(items).filter_map(|item| self.tree.get(item, "key")).collect::<Vec<_>>() {
                self.push(node, &[name], kind, None, Some(key));
            }
        }
    }

    fn pod(&mut self, pod: NodeId) {
        // The deprecated name of the field counts only where the new one says nothing.
        let account =
            if self.text(pod, "serviceAccountName").is_empty() { "serviceAccount" } else { "serviceAccountName" };
        self.at(pod, &[account], "ServiceAccount");
        self.each(pod, &["imagePullSecrets"], |found, secret| found.at(secret, &["name"], "Secret"));
        self.each(pod, &["volumes"], Found::volume);
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            self.each(pod, &[list], Found::container);
        }
    }

    fn volume(&mut self, volume: NodeId) {
        let tree = self.tree;
        self.required(tree.get(volume, "configMap"), "name", "ConfigMap");
        self.required(tree.get(volume, "secret"), "secretName", "Secret");
        self.at(volume, &["persistentVolumeClaim", "claimName"], "PersistentVolumeClaim");
        self.each(volume, &["projected", "sources"], |found, source| {
            found.required(tree.get(source, "configMap"), "name", "ConfigMap");
            found.required(tree.get(source, "secret"), "name", "Secret");
        });
    }

    fn container(&mut self, container: NodeId) {
        let tree = self.tree;
        self.each(container, &["envFrom"], |found, source| {
            found.required(tree.get(source, "configMapRef"), "name", "ConfigMap");
            found.required(tree.get(source, "secretRef"), "name", "Secret");
        });
        self.each(container, &["env"], |found, variable| {
            let Some(source) = tree.get(variable, "valueFrom") else { return };
            found.required(tree.get(source, "configMapKeyRef"), "name", "ConfigMap");
            found.required(tree.get(source, "secretKeyRef"), "name", "Secret");
        });
    }

    fn ingress(&mut self) {
        let root = self.tree.root();
        // cert-manager makes the Secrets of an Ingress that is annotated so.
        let annotations = self.tree.path(root, &["metadata", "annotations"]);
        let mut keys = annotations.into_iter().flat_map(|map| self.tree.entries(map));
        if !keys.any(|(key, _)| self.tree.text(key).starts_with("cert-manager.io/")) {
            self.each(root, &["spec", "tls"], |found, tls| found.at(tls, &["secretName"], "Secret"));
        }
        self.at(root, &["spec", "defaultBackend", "service", "name"], "Service");
        self.each(root, &["spec", "rules"], |found, rule| {
            found.each(rule, &["http", "paths"], |found, path| {
                found.at(path, &["backend", "service", "name"], "Service");
            });
        });
    }
}
