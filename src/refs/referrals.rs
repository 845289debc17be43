//! Who may be meant by a name: the renamed resources, by what they were called and where they are.

use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use rustomize_yaml::{Tag, Tree};

use super::name_references::Reference;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::resource::{CLUSTER_SCOPE, DEFAULT_NAMESPACE, PreviousId, Resource};

/// Indexes of the resources that have been renamed. Those that few references need are made when first asked for.
pub(super) struct Referrals {
    /// By a previous name, a previous kind and where the resource is now.
    by_kind: Index,
    /// By a previous name and where the resource is now.
    by_scope: OnceLock<Index>,
    /// By a previous name.
    by_name: OnceLock<Index>,
    /// By a previous name and the first namespace.
    by_origin: OnceLock<Index>,
    /// The first namespaces of all resources, alone and with where the resource is now.
    origins: OnceLock<FxHashSet<u64>>,
}

/// Positions of resources by the hash of a key, so that what is found has to be checked again.
#[derive(Default)]
struct Index {
    /// The last entry of a key, counted from 1.
    last: FxHashMap<u64, u32>,
    /// A position, and the entry of the same key before this one, counted from 1; 0 for none.
    entries: Vec<(u32, u32)>,
}

impl Index {
    /// An index of the renamed resources under a key made of each of their previous ids.
    fn new(resources: &[Resource], key: impl Fn(&Resource, &PreviousId) -> u64) -> Index {
        let mut index = Index::default();
        for (position, resource) in resources.iter().enumerate() {
            for previous in &resource.book.previous {
                index.add(position, key(resource, previous));
            }
        }
        index
    }

    /// An index under each previous name with each previous kind, which few resources have several of.
    fn of_kinds(resources: &[Resource]) -> Index {
        let mut index = Index::default();
        index.last.reserve(resources.iter().filter(|resource| !resource.book.previous.is_empty()).count());
        for (position, resource) in resources.iter().enumerate() {
            let (previous, scope) = (&resource.book.previous, scope(resource));
            for (at, PreviousId { name, kind, .. }) in previous.iter().enumerate() {
                let is_known = |known: &PreviousId| known.name == *name && known.kind == *kind;
                if !previous[..at].iter().any(is_known) {
                    index.add(position, hash((name, kind, scope)));
                }
                for other in previous.iter().filter(|other| other.kind != *kind) {
                    index.add(position, hash((name, &other.kind, scope)));
                }
            }
        }
        index
    }

    fn add(&mut self, position: usize, key: u64) {
        let number = self.entries.len() as u32 + 1;
        let before = self.last.insert(key, number).unwrap_or(0);
        self.entries.push((position as u32, before));
    }

    fn add_to(&self, found: &mut Vec<usize>, key: u64) {
        let mut number = self.last.get(&key).copied().unwrap_or(0);
        while number > 0 {
            let (position, before) = self.entries[number as usize - 1];
            found.push(position as usize);
            number = before;
        }
    }
}

fn hash(key: impl Hash) -> u64 {
    FxBuildHasher.hash_one(key)
}

/// Where a resource lies, as far as references are concerned: nowhere, or in a namespace as written, perhaps empty.
fn scope(resource: &Resource) -> Option<&str> {
    let id = resource.id();
    (!id.is_cluster_scoped()).then_some(&*id.namespace)
}

/// The namespaces, as they may be written, that are effectively this one.
fn spellings(namespace: &str) -> Vec<String> {
    if namespace.is_empty() || namespace == DEFAULT_NAMESPACE {
        vec![String::new(), DEFAULT_NAMESPACE.to_owned()]
    } else {
        vec![namespace.to_owned()]
    }
}

/// The effective namespace of the first id that a resource had.
fn original_namespace(resource: &Resource) -> &str {
    match resource.book.previous.first() {
        Some(first) if first.namespace.is_empty() => DEFAULT_NAMESPACE,
        Some(first) => &first.namespace,
        None => resource.id().effective_namespace(),
    }
}

impl Referrals {
    /// The index of a set as it stands.
    pub fn new(resources: &[Resource]) -> Referrals {
        Referrals {
            by_kind: Index::of_kinds(resources),
            by_scope: OnceLock::new(),
            by_name: OnceLock::new(),
            by_origin: OnceLock::new(),
            origins: OnceLock::new(),
        }
    }

    fn by_scope(&self, resources: &[Resource]) -> &Index {
        let scoped = || Index::new(resources, |resource, previous| hash((&previous.name, scope(resource))));
        self.by_scope.get_or_init(scoped)
    }

    fn by_name(&self, resources: &[Resource]) -> &Index {
        self.by_name.get_or_init(|| Index::new(resources, |_, previous| hash(&previous.name)))
    }

    fn by_origin(&self, resources: &[Resource]) -> &Index {
        self.by_origin.get_or_init(|| {
            Index::new(resources, |resource, previous| hash((&previous.name, original_namespace(resource))))
        })
    }

    /// Positions, in order, of the resources that once had this name and that the referrer can see; if the reference
    /// gives a namespace, only of those that were there at first, or, where nothing was, of those that are there now.
    /// Of those that never were of `kind`, if it is not empty, some may be left out.
    pub fn candidates(
        &self,
        resources: &[Resource],
        referrer: &Referrer,
        (name, kind): (&str, &str),
        namespace: Option<&str>,
    ) -> Vec<usize> {
        let from_origin = namespace.is_some_and(|namespace| self.is_origin(resources, referrer, namespace));
        let mut found =
            self.listed(resources, referrer, (name, kind), namespace.map(|namespace| (namespace, from_origin)));
        found.retain(|&position| {
            let resource = &resources[position];
            resource.book.previous.iter().any(|previous| *previous.name == *name)
                && referrer.sees(resource)
                && namespace.is_none_or(|namespace| match from_origin {
                    true => original_namespace(resource) == namespace,
                    false => !resource.id().is_cluster_scoped() && resource.id().effective_namespace() == namespace,
                })
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// At least the [`Referrals::candidates`], in any order. A namespace comes with whether it is the original one.
    fn listed(
        &self,
        resources: &[Resource],
        referrer: &Referrer,
        (name, kind): (&str, &str),
        namespace: Option<(&str, bool)>,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        match (&referrer.namespaces, namespace) {
            (None, None) => self.by_name(resources).add_to(&mut found, hash(name)),
            (None, Some((namespace, true))) => {
                self.by_origin(resources).add_to(&mut found, hash((name, namespace)));
            }
            (None, Some((namespace, false))) => {
                for spelling in spellings(namespace) {
                    self.by_scope(resources).add_to(&mut found, hash((name, Some(&*spelling))));
                }
            }
            (Some(namespaces), _) => {
                for scope in namespaces.iter().map(|namespace| Some(&**namespace)).chain([None]) {
                    match kind {
                        "" => self.by_scope(resources).add_to(&mut found, hash((name, scope))),
                        kind => self.by_kind.add_to(&mut found, hash((name, kind, scope))),
                    }
                }
            }
        }
        found
    }

    /// Whether any resource that the referrer can see, renamed or not, was in this namespace at first.
    fn is_origin(&self, resources: &[Resource], referrer: &Referrer, namespace: &str) -> bool {
        let origins = self.origins.get_or_init(|| {
            let both = |resource| {
                let origin = original_namespace(resource);
                [hash(origin), hash((origin, scope(resource)))]
            };
            resources.iter().filter(|resource| original_namespace(resource) != CLUSTER_SCOPE).flat_map(both).collect()
        });
        match &referrer.namespaces {
            None => origins.contains(&hash(namespace)),
            Some(namespaces) => {
                let mut scopes = namespaces.iter().map(|namespace| Some(&**namespace)).chain([None]);
                scopes.any(|scope| origins.contains(&hash((namespace, scope))))
            }
        }
    }
}

/// A resource that refers to others, as far as this limits what it may mean.
pub(super) struct Referrer {
    /// The namespaces, as written, that it sees beside what is cluster-scoped; `None` when it sees everything because
    /// it is cluster-scoped itself.
    namespaces: Option<Vec<String>>,
    /// Group and kind of what a `roleRef` refers to.
    role: Option<(String, String)>,
}

impl Referrer {
    /// Fails for a RoleBinding whose subjects do not have the form that kustomize needs.
    pub fn new(resource: &Resource, sources: &Sources) -> Result<Referrer> {
        let id = resource.id();
        let namespaces = if id.is_cluster_scoped() {
            None
        } else {
            let mut namespaces = spellings(&id.namespace);
            namespaces.extend(subject_namespaces(resource, sources)?);
            Some(namespaces)
        };
        Ok(Referrer { namespaces, role: role_type(resource.tree()) })
    }

    fn sees(&self, resource: &Resource) -> bool {
        match (&self.namespaces, scope(resource)) {
            (None, _) | (_, None) => true,
            (Some(namespaces), Some(namespace)) => namespaces.iter().any(|seen| seen == namespace),
        }
    }
    /// Narrows the candidates down, step by step as kustomize does: by the type that the reference is to, by the role
    /// that a binding names, by namespace, and, while there are several, by the prefixes and suffixes that they and the
    /// referrer have in common.
    pub fn narrow(
        &self,
        resources: &[Resource],
        referrer: &Resource,
        mut found: Vec<usize>,
        reference: &Reference,
    ) -> Vec<usize> {
        let role = self.role.as_ref().filter(|_| reference.is_role());
        found.retain(|&position| {
            let candidate = &resources[position];
            was_of_type(candidate, &reference.group, &reference.version, &reference.kind)
                && role.is_none_or(|(group, kind)| was_of_type(candidate, group, "", kind))
                && in_reach(referrer, candidate)
        });
        if found.len() != 1 {
            found.retain(|&position| same_affixes(&resources[position], referrer, true));
            if found.len() > 1 {
                found.retain(|&position| same_affixes(&resources[position], referrer, false));
            }
        }
        found
    }
}

/// Whether a previous id of the resource had this type; empty parts fit anything.
fn was_of_type(resource: &Resource, group: &str, version: &str, kind: &str) -> bool {
    let gvk = &resource.id().gvk;
    (group.is_empty() || group == gvk.group())
        && (version.is_empty() || version == gvk.version())
        && (kind.is_empty() || resource.book.previous.iter().any(|previous| &*previous.kind == kind))
}

/// Whether the namespaces allow a reference: one of the two is cluster-scoped, or a ServiceAccount is meant, or both
/// are in the same.
fn in_reach(referrer: &Resource, candidate: &Resource) -> bool {
    let (from, to) = (referrer.id(), candidate.id());
    from.is_cluster_scoped() || to.is_cluster_scoped() || to.gvk.kind() == "ServiceAccount" || from.same_namespace(to)
}

/// Whether one resource's prefixes are the last ones of the other's, and the same for suffixes.
fn same_affixes(a: &Resource, b: &Resource, none_fits_all: bool) -> bool {
    let same = |a: &[Arc<str>], b: &[Arc<str>]| {
        if a.is_empty() || b.is_empty() {
            return none_fits_all || a.len() == b.len();
        }
        a.ends_with(b) || b.ends_with(a)
    };
    same(&a.book.prefixes, &b.book.prefixes) && same(&a.book.suffixes, &b.book.suffixes)
}

/// Group and kind that the resource's `roleRef` gives, when it gives both.
fn role_type(tree: &Tree) -> Option<(String, String)> {
    let role = tree.get(tree.root(), "roleRef")?;
    let text = |field| tree.get(role, field).map(|node| tree.text(node).to_owned());
    Some((text("apiGroup")?, text("kind")?))
}

/// The namespaces of the ServiceAccounts that a RoleBinding names.
fn subject_namespaces(resource: &Resource, sources: &Sources) -> Result<Vec<String>> {
    if resource.kind() != "RoleBinding" {
        return Ok(Vec::new());
    }
    let tree = resource.tree();
    let Some(subjects) = tree.get(tree.root(), "subjects").filter(|&subjects| tree.is_sequence(subjects)) else {
        return Ok(Vec::new());
    };
    let mut namespaces = Vec::new();
    for subject in tree.items(subjects) {
        let error = |node, message: String| {
            Error::new(Code::InvalidResource, format!("{message} in {}", resource.id()))
                .label_if(sources.span(tree, node), "")
        };
        if !tree.is_mapping(subject) {
            return Err(error(subject, "a subject is not a mapping".to_owned()));
        }
        let (Some(namespace), Some(kind)) = (tree.get(subject, "namespace"), tree.get(subject, "kind")) else {
            continue;
        };
        if tree.text(kind) != "ServiceAccount" {
            continue;
        }
        if !matches!(tree.tag(namespace), Tag::Str | Tag::Unset) {
            let message = format!("the namespace `{}` of a subject is not text", tree.text(namespace));
            return Err(error(namespace, message));
        }
        namespaces.push(tree.text(namespace).to_owned());
    }
    Ok(namespaces)
}
