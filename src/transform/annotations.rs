use std::collections::BTreeMap;

use super::entries::set_entries;
use crate::context::{Context, Transformer};
use crate::diagnostics::Result;
use crate::refs::FieldSpecs;
use crate::resource::ResourceSet;

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

impl Transformer for AnnotationsTransformer {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        set_entries(resources, &self.annotations, &self.field_specs, context)
    }
}
