use std::collections::BTreeMap;

use rustomize_yaml::{Dialect, read_document, read_resources};

use super::entries::Entries;
use super::volatile;
use crate::check::{Collector, Finding, rules};
use crate::context::{Context, EachResource, Transformer};
use crate::diagnostics::{Result, Sources, Span};
use crate::explain::Mark;
use crate::kustomization::FieldSpec;
use crate::refs::field_spec::Field;
use crate::refs::{FieldList, FieldSpecs, Found};
use crate::resource::{Gvk, Resource, ResourceSet};
use crate::version::KUSTOMIZE;

/// Sets labels.
#[derive(Debug, Clone, Default)]
pub struct LabelTransformer {
    labels: Entries,
}

impl LabelTransformer {
    /// Sets `labels` in the mappings that `field_specs` name.
    pub fn new(labels: BTreeMap<String, String>, field_specs: FieldSpecs) -> LabelTransformer {
        LabelTransformer { labels: Entries::new(&labels, field_specs) }
    }
}

impl EachResource for LabelTransformer {
    fn concerns(&self, _: &Gvk) -> bool {
        !self.labels.is_empty()
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.labels.set(resource, sources)
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        self.labels.fields(gvk)
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.labels.set_found(resource, found, sources)
    }

    fn examine(&self, resources: &ResourceSet, setting: Mark, context: &Context, findings: &Collector) {
        for (key, value) in self.labels.iter().filter(|(key, value)| volatile::is_volatile(key, value)) {
            let reached = resources.iter().filter(|resource| self.reaches_selector(resource, key, value));
            let reached: Vec<String> = reached.map(|one| format!("{}/{}", one.kind(), one.name())).collect();
            let Some((first, others)) = reached.split_first() else { continue };
            let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            let message = format!("the label `{key}: {value}` reaches the selector of {first}{others}");
            let finding = Finding::new(&rules::VOLATILE_SELECTOR, message).at(setting_key(setting, key, context), "");
            findings.report(finding.help(
                "a selector cannot change while the workload runs: set it with `labels` without `includeSelectors`, and \
                 `includeTemplates: true` for the pods",
            ));
        }
    }
}

impl LabelTransformer {
    /// Whether the label gets into a selector that cannot be changed later.
    fn reaches_selector(&self, resource: &Resource, key: &str, value: &str) -> bool {
        if !IMMUTABLE_SELECTORS.contains(&resource.kind()) {
            return false;
        }
        let tree = resource.tree();
        let own = tree.path(tree.root(), &["spec", "selector", "matchLabels", key]);
        let is_reached = |field: &Field| field.path() == "spec/selector/matchLabels";
        own.is_none_or(|own| tree.text(own) != value) && self.labels.select(&resource.id().gvk).iter().any(is_reached)
    }
}

/// Workloads whose selector stays what it is from their beginning.
const IMMUTABLE_SELECTORS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/// Where a setting names a label: an entry of `labels`, `commonLabels`, or the configuration of a transformer.
fn setting_key(setting: Mark, key: &str, context: &Context) -> Option<Span> {
    let source = context.sources.get(setting.file)?;
    let at = Span { source: source.clone(), at: setting.at, len: 0 };
    let read = read_document(&source, Dialect::Yaml11).ok().flatten();
    let trees = read.map_or_else(|| read_resources(&source).unwrap_or_default(), |tree| vec![tree]);
    let found = trees.iter().find_map(|tree| {
        let setting = volatile::mapping_at(tree, tree.root(), setting.at)?;
        let inner = ["pairs", "labels"].iter().find_map(|field| tree.get(setting, field)).unwrap_or(setting);
        tree.entry(inner, key).map(|(key, _)| (tree.node(key).at, tree.source_len(key)))
    });
    Some(found.map_or(at, |(at, len)| Span { source, at, len }))
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
