use std::collections::BTreeMap;

use super::entries::set_entries;
use crate::context::{Context, EachResource, Transformer};
use crate::diagnostics::{Result, Sources};
use crate::kustomization::FieldSpec;
use crate::refs::FieldSpecs;
use crate::resource::{Resource, ResourceSet};
use crate::version::KUSTOMIZE;

/// Sets labels.
#[derive(Debug, Clone, Default)]
pub struct LabelTransformer {
    labels: BTreeMap<String, String>,
    field_specs: FieldSpecs,
}

impl LabelTransformer {
    /// Sets `labels` in the mappings that `field_specs` name.
    pub fn new(labels: BTreeMap<String, String>, field_specs: FieldSpecs) -> LabelTransformer {
        LabelTransformer { labels, field_specs }
    }
}

impl EachResource for LabelTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        set_entries(resource, &self.labels, &self.field_specs, sources)
    }
}

/// Labels everything with the version of kustomize that the output is like.
#[derive(Debug, Clone, Copy, Default)]
pub struct ManagedByLabel;

impl Transformer for ManagedByLabel {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let labels = BTreeMap::from([("app.kubernetes.io/managed-by".to_owned(), format!("kustomize-{KUSTOMIZE}"))]);
        let metadata = FieldSpec { path: "metadata/labels".into(), create: true, ..FieldSpec::default() };
        LabelTransformer::new(labels, vec![metadata].into()).transform(resources, context)
    }
}
