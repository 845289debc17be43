use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::schema;

/// Group, version and kind of a Kubernetes type; copies share the texts.
#[derive(Clone, Eq)]
pub struct Gvk(Arc<Parts>);

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    group: Box<str>,
    version: Box<str>,
    kind: Arc<str>,
    namespaced: Option<bool>,
    /// Of the other fields.
    hash: u64,
}

impl PartialEq for Gvk {
    fn eq(&self, other: &Gvk) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.hash == other.0.hash && self.0 == other.0)
    }
}

impl Hash for Gvk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

thread_local! {
    /// The types met so far, by the hash of their `apiVersion` and `kind`: a build has few.
    static KNOWN: RefCell<FxHashMap<u64, Gvk>> = RefCell::default();
}

/// A build with more types than this has them made anew.
const MANY_TYPES: usize = 1000;

impl Gvk {
    /// A type by its three parts.
    pub fn new(group: &str, version: &str, kind: &str) -> Gvk {
        let namespaced = schema::is_namespaced(group, version, kind);
        let hash = FxBuildHasher.hash_one((group, version, kind));
        Gvk(Arc::new(Parts { group: group.into(), version: version.into(), kind: kind.into(), namespaced, hash }))
    }

    /// Empty for the core group.
    pub fn group(&self) -> &str {
        &self.0.group
    }

    /// `v1`, say.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// `Deployment`, say.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The kind as shared.
    pub fn shared_kind(&self) -> &Arc<str> {
        &self.0.kind
    }

    /// A hash of the three parts.
    pub(super) fn hash(&self) -> u64 {
        self.0.hash
    }

    /// Whether the type lives in namespaces, where the built-in schema knows.
    pub fn namespaced(&self) -> Option<bool> {
        self.0.namespaced
    }

    /// The type that `apiVersion` and `kind` give.
    pub fn of(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = Gvk::split_api_version(api_version);
        let key = FxBuildHasher.hash_one((api_version, kind));
        KNOWN.with_borrow_mut(|known| match known.get(&key) {
            Some(gvk) if gvk.kind() == kind && gvk.version() == version && gvk.group() == group => gvk.clone(),
            _ => {
                let gvk = Gvk::new(group, version, kind);
                if known.len() < MANY_TYPES {
                    known.insert(key, gvk.clone());
                }
                gvk
            }
        })
    }

    /// The same group and version with another kind.
    pub fn with_kind(&self, kind: &str) -> Gvk {
        if self.kind() == kind { self.clone() } else { Gvk::new(self.group(), self.version(), kind) }
    }

    /// Group and version of an `apiVersion`: what stands before and after its first slash.
    pub fn split_api_version(api_version: &str) -> (&str, &str) {
        api_version.split_once('/').unwrap_or(("", api_version))
    }

    /// `group/version`, or the version alone for the core group.
    pub fn api_version(&self) -> String {
        if self.group().is_empty() { self.version().to_owned() } else { format!("{}/{}", self.group(), self.version()) }
    }

    /// Whether `selector` selects this type: each of its parts is empty (anything goes) or equal.
    pub fn is_selected_by(&self, selector: &Gvk) -> bool {
        let fits = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
        fits(selector.group(), self.group())
            && fits(selector.version(), self.version())
            && fits(selector.kind(), self.kind())
    }
}

impl fmt::Display for Gvk {
    /// `Deployment.v1.apps`, as kustomize prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &'static str, value: &str| if value.is_empty() { text.to_owned() } else { value.to_owned() };
        write!(f, "{}.{}.{}", or("[noKind]", self.kind()), or("[noVer]", self.version()), or("[noGrp]", self.group()))
    }
}

/// What identifies a resource in a build.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResId {
    /// Its type.
    pub gvk: Gvk,
    /// Empty when it has none.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    cluster_scoped: bool,
}

/// Kinds that come before all others, in this order.
pub const KINDS_FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others, in this order.
pub const KINDS_LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The namespace that an unnamed one stands for.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Stands for the namespace of a resource that cannot have one.
pub const CLUSTER_SCOPE: &str = "_non_namespaceable_";

impl ResId {
    /// An id by its parts; the built-in schema says whether the type is cluster-scoped.
    pub fn new(gvk: Gvk, name: impl Into<Arc<str>>, namespace: impl Into<Arc<str>>) -> ResId {
        let cluster_scoped = gvk.namespaced() == Some(false);
        ResId { gvk, namespace: namespace.into(), name: name.into(), cluster_scoped }
    }

    /// The same id of a type whose scope is known from elsewhere.
    pub fn in_scope(self, cluster_scoped: bool) -> ResId {
        ResId { cluster_scoped, ..self }
    }

    /// Whether the type is certainly cluster-scoped.
    pub fn is_cluster_scoped(&self) -> bool {
        self.cluster_scoped
    }

    /// The namespace that counts in comparisons: `default` for none, [`CLUSTER_SCOPE`] where there can be none.
    pub fn effective_namespace(&self) -> &str {
        if self.cluster_scoped {
            CLUSTER_SCOPE
        } else if self.namespace.is_empty() {
            DEFAULT_NAMESPACE
        } else {
            &self.namespace
        }
    }

    /// The same, as shared.
    pub fn shared_effective_namespace(&self) -> Arc<str> {
        match self.effective_namespace() {
            namespace if *namespace == *self.namespace => self.namespace.clone(),
            namespace => shared_namespace(namespace),
        }
    }

    /// Whether both lie in the same effective namespace.
    pub fn same_namespace(&self, other: &ResId) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Whether type and name agree, in whatever namespaces.
    pub fn same_gvk_and_name(&self, other: &ResId) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    /// Whether both name the same resource (kustomize's `ResId.Equals`): type, name, effective namespace.
    pub fn same(&self, other: &ResId) -> bool {
        self.same_gvk_and_name(other) && self.same_namespace(other)
    }

    /// Whether `selector` selects this id: each of its parts is empty (anything goes) or fits.
    pub fn is_selected_by(&self, selector: &ResId) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.same_namespace(self))
            && self.gvk.is_selected_by(&selector.gvk)
    }
}

thread_local! {
    /// The namespaces that were met last.
    static NAMESPACES: RefCell<Vec<Arc<str>>> = RefCell::default();
}

/// Many resources lie in few namespaces: the names of so many are kept once.
const MANY_NAMESPACES: usize = 8;

/// The name of a namespace, shared with those who have it already if they are not too many.
pub(super) fn shared_namespace(name: &str) -> Arc<str> {
    NAMESPACES.with_borrow_mut(|known| match known.iter().find(|known| ***known == *name) {
        Some(namespace) => namespace.clone(),
        None => {
            let namespace: Arc<str> = name.into();
            if known.len() == MANY_NAMESPACES {
                // The next build of a session has others.
                known.remove(0);
            }
            known.push(namespace.clone());
            namespace
        }
    })
}

impl fmt::Display for ResId {
    /// `Deployment.v1.apps/name.namespace`, as kustomize prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &'static str, value: &str| if value.is_empty() { text.to_owned() } else { value.to_owned() };
        write!(f, "{}/{}.{}", self.gvk, or("[noName]", &self.name), or("[noNs]", &self.namespace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &str, name: &str, namespace: &str) -> ResId {
        ResId::new(Gvk::new("", "v1", kind), name, namespace)
    }

    #[test]
    fn no_namespace_and_default_are_the_same() {
        assert!(id("ConfigMap", "a", "").same(&id("ConfigMap", "a", "default")));
        assert!(!id("ConfigMap", "a", "").same(&id("ConfigMap", "a", "x")));
    }

    #[test]
    fn cluster_scoped_kinds_ignore_the_namespace() {
        assert!(id("Namespace", "a", "x").same(&id("Namespace", "a", "y")));
    }

    #[test]
    fn ids_print_as_kustomize_prints_them() {
        assert_eq!(id("ConfigMap", "b", "").to_string(), "ConfigMap.v1.[noGrp]/b.[noNs]");
    }
}
