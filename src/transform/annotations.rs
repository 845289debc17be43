use std::collections::BTreeMap;

use super::entries::set_entries;
use crate::context::EachResource;
use crate::diagnostics::{Result, Sources};
use crate::refs::FieldSpecs;
use crate::resource::{Gvk, Resource};

/// Sets annotations.
#[derive(Debug, Clone, Default)]
pub struct AnnotationsTransformer {
    annotations: BTreeMap<String, String>,
    field_specs: FieldSpecs,
}

impl AnnotationsTransformer {
    /// Sets `annotations` in the mappings that `field_specs` name.
    pub fn new(annotations: BTreeMap<String, String>, field_specs: FieldSpecs) -> AnnotationsTransformer {
        AnnotationsTransformer { annotations, field_specs }
    }
}

impl EachResource for AnnotationsTransformer {
    fn concerns(&self, _: &Gvk) -> bool {
        !self.annotations.is_empty()
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        set_entries(resource, &self.annotations, &self.field_specs, sources)
    }
}
