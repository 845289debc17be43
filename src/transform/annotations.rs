use std::collections::BTreeMap;

use super::entries::Entries;
use crate::context::EachResource;
use crate::diagnostics::{Result, Sources};
use crate::refs::{FieldList, FieldSpecs, Found};
use crate::resource::{Gvk, Resource};

/// Sets annotations.
#[derive(Debug, Clone, Default)]
pub struct AnnotationsTransformer {
    annotations: Entries,
}

impl AnnotationsTransformer {
    /// Sets `annotations` in the mappings that `field_specs` name.
    pub fn new(annotations: BTreeMap<String, String>, field_specs: FieldSpecs) -> AnnotationsTransformer {
        AnnotationsTransformer { annotations: Entries::new(&annotations, field_specs) }
    }
}

impl EachResource for AnnotationsTransformer {
    fn concerns(&self, _: &Gvk) -> bool {
        !self.annotations.is_empty()
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.annotations.set(resource, sources)
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        self.annotations.fields(gvk)
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.annotations.set_found(resource, found, sources)
    }
}
