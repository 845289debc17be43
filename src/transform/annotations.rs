use std::collections::BTreeMap;

use super::entries::set_entries;
use super::pass;
use crate::context::{Context, EachResource, Transformer};
use crate::diagnostics::{Result, Sources};
use crate::refs::FieldSpecs;
use crate::resource::{Resource, ResourceSet};

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
        pass::run_alone(self, resources, context.sources)
    }

    fn each<'a>(&'a self, _: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        Some(Box::new(self))
    }
}

impl EachResource for AnnotationsTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        set_entries(resource, &self.annotations, &self.field_specs, sources)
    }
}
