//! The built-in transformers that the fields of a kustomization stand for, in kustomize's order.

use std::borrow::Cow;
use std::collections::VecDeque;

use rustomize_yaml::Spanned;

use super::Walk;
use super::target::Target;
use crate::context::{Context, Transformer};
use crate::diagnostics::Result;
use crate::explain::Mark;
use crate::kustomization::{FieldSpec, Label};
use crate::refs::{FieldSpecs, TransformerConfig};
use crate::resource::Origin;
use crate::transform::{
    AnnotationsTransformer, ImageTagTransformer, Json6902Args, LabelTransformer, NamespaceTransformer,
    PatchJson6902Transformer, PatchStrategicMergeTransformer, PatchTransformer, PrefixTransformer,
    ReplacementTransformer, ReplicaCountTransformer, SuffixTransformer,
};

/// A transformer and what `buildMetadata` calls it.
pub(super) struct Step {
    /// The kind of the transformer.
    pub kind: Cow<'static, str>,
    pub transformer: Box<dyn Transformer>,
    /// Where it is asked for.
    pub setting: Mark,
    pub origin: Option<Box<Origin>>,
}

impl Walk<'_> {
    /// The steps of the target's own fields. Fails where a patch or another file that they need cannot be read.
    pub(super) fn builtin_transformers(
        &self,
        target: &Target,
        config: &TransformerConfig,
        context: &Context,
    ) -> Result<VecDeque<Step>> {
        let kustomization = &target.kustomization;
        let mut steps = Steps { target, steps: VecDeque::with_capacity(kustomization.patches.len()) };
        if !kustomization.patches_strategic_merge.is_empty() {
            let (paths, inline) = (&kustomization.patches_strategic_merge, Spanned::default());
            let transformer = PatchStrategicMergeTransformer::load(paths, &inline, context)?;
            steps.add("PatchStrategicMergeTransformer", Mark::default(), transformer);
        }
        for patch in &kustomization.patches {
            steps.add("PatchTransformer", Mark::of(patch), PatchTransformer::load(patch, context)?);
        }
        if !kustomization.namespace.is_empty() {
            let namespace = kustomization.namespace.clone();
            let setting = Mark::of(&namespace);
            let transformer = NamespaceTransformer::new(namespace.value, config.namespace.clone());
            steps.add("NamespaceTransformer", setting, transformer);
        }
        if !kustomization.name_prefix.is_empty() {
            let prefix = kustomization.name_prefix.value.clone();
            let setting = Mark::of(&kustomization.name_prefix);
            steps.add("PrefixTransformer", setting, PrefixTransformer::new(prefix, config.name_prefix.clone()));
        }
        if !kustomization.name_suffix.is_empty() {
            let suffix = kustomization.name_suffix.value.clone();
            let setting = Mark::of(&kustomization.name_suffix);
            steps.add("SuffixTransformer", setting, SuffixTransformer::new(suffix, config.name_suffix.clone()));
        }
        if !kustomization.labels.is_empty() || !kustomization.common_labels.is_empty() {
            for label in &kustomization.labels {
                let specs = label_field_specs(label, config)?;
                steps.add("LabelTransformer", Mark::of(label), LabelTransformer::new(label.pairs.clone(), specs));
            }
            // Upstream always adds this one too, and lists it among the transformations even when it has no labels.
            let labels = kustomization.common_labels.value.clone();
            let setting = Mark::of(&kustomization.common_labels);
            steps.add("LabelTransformer", setting, LabelTransformer::new(labels, config.common_labels.clone()));
        }
        if !kustomization.common_annotations.is_empty() {
            let annotations = kustomization.common_annotations.value.clone();
            let specs = config.common_annotations.clone();
            let setting = Mark::of(&kustomization.common_annotations);
            steps.add("AnnotationsTransformer", setting, AnnotationsTransformer::new(annotations, specs));
        }
        for patch in &kustomization.patches_json6902 {
            let args = patch.clone().map(Json6902Args::from);
            steps.add("PatchJson6902Transformer", Mark::of(patch), PatchJson6902Transformer::load(&args, context)?);
        }
        // All replicas in one step, and all images, unless each has to be noted as a step of its own.
        let is_noted = target.origin.is_some();
        let at_once = if is_noted || !self.observers.is_none() { 1 } else { kustomization.replicas.len().max(1) };
        for replicas in kustomization.replicas.chunks(at_once) {
            let transformer = ReplicaCountTransformer::new(replicas.to_vec(), config.replicas.clone());
            steps.add("ReplicaCountTransformer", Mark::of(&replicas[0]), transformer);
        }
        let at_once = if is_noted { 1 } else { kustomization.images.len().max(1) };
        for images in kustomization.images.chunks(at_once) {
            let specs = config.images.clone();
            let transformer = ImageTagTransformer::new(images.to_vec(), specs, context.loader.compat());
            steps.add("ImageTagTransformer", Mark::default(), transformer);
        }
        if !kustomization.replacements.is_empty() {
            let transformer = ReplacementTransformer::of_field(&kustomization.replacements, context)?;
            steps.add("ReplacementTransformer", Mark::default(), transformer);
        }
        Ok(steps.steps)
    }
}

struct Steps<'a> {
    target: &'a Target,
    steps: VecDeque<Step>,
}

impl Steps<'_> {
    fn add(&mut self, kind: &'static str, setting: Mark, transformer: impl Transformer + 'static) {
        self.steps.push_back(Step {
            kind: Cow::Borrowed(kind),
            transformer: Box::new(transformer),
            setting,
            origin: self.target.builtin_origin(kind).map(Box::new),
        });
    }
}

/// The field specs that one entry of `labels` reaches: its own, those of configurations, and by its switches those of
/// selectors, templates and volume claim templates.
fn label_field_specs(label: &Label, config: &TransformerConfig) -> Result<FieldSpecs> {
    let mut specs = FieldSpecs::from(label.fields.clone()).merged(&config.labels)?;
    if label.include_selectors {
        return specs.merged(&config.common_labels);
    }
    if label.include_templates {
        specs = specs.merged(&config.template_labels)?;
    }
    if label.include_volume_claim_templates.as_ref().is_some_and(|included| included.value) {
        specs = specs.merged(&config.volume_claim_template_labels)?;
    }
    let metadata = FieldSpec { path: Cow::Borrowed("metadata/labels"), create: true, ..FieldSpec::default() };
    specs.merged(&FieldSpecs::from(vec![metadata]))
}
