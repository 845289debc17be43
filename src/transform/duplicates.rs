//! Resources that have become one.

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Error, Result, Sources};
use crate::resource::{Gvk, Resource, ResourceSet};

/// Fails when two resources have the same id, unless neither of them is concerned.
pub fn refuse_duplicates(
    resources: &ResourceSet,
    is_concerned: impl Fn(&Resource) -> bool,
    message: &str,
    sources: &Sources,
) -> Result<()> {
    let mut known: FxHashMap<(&Gvk, &str, &str), &Resource> = FxHashMap::default();
    known.reserve(resources.len());
    for resource in resources {
        let id = resource.id();
        let key = (&id.gvk, id.effective_namespace(), id.name.as_str());
        let Some(first) = known.insert(key, resource) else { continue };
        if is_concerned(first) || is_concerned(resource) {
            let place = |resource: &Resource| sources.span(resource.tree(), resource.tree().root());
            return Err(Error::new(Code::DuplicateResource, format!("{message}: {id}"))
                .label_if(place(first), "this one")
                .label_if(place(resource), "and this one")
                .help("rename one of them, or put one into a namespace of its own"));
        }
    }
    Ok(())
}
