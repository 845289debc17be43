//! Resources that are there for the build alone and do not reach its output.

use rustc_hash::FxHashSet;

use crate::diagnostics::{Result, Sources};
use crate::resource::{ResId, Resource, ResourceSet, same_id};

/// Takes out the resources that the annotation `config.kubernetes.io/local-config` marks.
///
/// As upstream, which takes out whatever has an id that none of the others has: a local resource that has come to the id
/// of another one stays, which only an order that does not look at ids lets pass. Fails when two of the others, or two
/// of those that go, have one id.
pub(super) fn drop_local(resources: &mut ResourceSet, sources: &Sources) -> Result<()> {
    if !resources.iter().any(is_local) {
        return resources.refuse_duplicates(sources);
    }
    let taken: FxHashSet<ResId> = others(resources).map(|resource| resource.id().clone()).collect();
    let stays = |resource: &Resource| !is_local(resource) || taken.contains(resource.id());
    refuse_equals(resources.iter().filter(|resource| !stays(resource)), sources)?;
    resources.retain(stays);
    refuse_equals(others(resources), sources)
}

fn others(resources: &ResourceSet) -> impl Iterator<Item = &Resource> {
    resources.iter().filter(|resource| !is_local(resource))
}

/// Whether the annotation says so. Of several of this name, the first one counts here.
pub(super) fn is_local(resource: &Resource) -> bool {
    let tree = resource.tree();
    let value = tree.path(tree.root(), &["metadata", "annotations", "config.kubernetes.io/local-config"]);
    value.is_some_and(|value| tree.text(value) != "false")
}

fn refuse_equals<'a>(resources: impl Iterator<Item = &'a Resource>, sources: &Sources) -> Result<()> {
    let mut seen: Vec<&Resource> = Vec::new();
    let mut ids: FxHashSet<(&str, &str, &str)> = FxHashSet::default();
    for resource in resources {
        let id = resource.id();
        if !ids.insert((id.gvk.kind(), id.effective_namespace(), &*id.name))
            && let Some(other) = seen.iter().find(|other| other.id().same(id))
        {
            return Err(same_id(resource, other, sources));
        }
        seen.push(resource);
    }
    Ok(())
}
