//! Validators: transformers that may look at everything and change nothing but one label. What they leave out or add
//! is ignored.

use super::target::Target;
use super::{Accumulator, Walk};
use crate::diagnostics::{Code, Error, Result};
use crate::resource::{Resource, ResourceSet};
use rustomize_yaml::FileId;

/// The one label that a validator may set.
const VALIDATED_BY: &str = "validated-by";

impl Walk<'_> {
    /// Runs the target's validators, each on the set as it stands. Fails when one fails, or changes anything.
    pub(super) fn run_validators(&self, target: &Target, accumulator: &mut Accumulator) -> Result<()> {
        let entries = &target.kustomization.validators;
        if entries.is_empty() {
            return Ok(());
        }
        let steps = self.configured_transformers(target, entries, "validators")?;
        let schema = self.schema.borrow();
        let context = self.context(target, &schema);
        for step in steps {
            let before = accumulator.resources.clone();
            self.begin_step(&mut accumulator.resources, step.kind.clone(), target);
            self.note_setting(&step);
            step.transformer.transform(&mut accumulator.resources, &context)?;
            self.observe(&mut accumulator.resources);
            let all_must_stay = !step.transformer.answers_anew();
            if let Some(changed) = first_difference(&before, &accumulator.resources, all_must_stay) {
                let place = self.session.files.sources.span(changed.tree(), changed.tree().root());
                let message = format!("a validator must not change resources, but it changed {}", changed.id());
                return Err(Error::new(Code::Plugin, message).label_if(place, "this resource"));
            }
            keep_those_of(before, &mut accumulator.resources);
        }
        Ok(())
    }
}

/// The first resource that is in both sets, but not with the same data, the label of validators aside. When all must
/// stay, those that are not in the second set differ, too.
fn first_difference<'a>(before: &'a ResourceSet, after: &ResourceSet, all_must_stay: bool) -> Option<&'a Resource> {
    before.iter().find(|resource| match after.find(resource.id()) {
        Some(position) => !same_but_for_label(resource, after.get(position)),
        None => all_must_stay,
    })
}

/// Puts back those resources, in their order, as they are `after` the validator where they are still there. What it
/// left out or added is of no consequence: it worked on a list of its own. Most programs that validate print nothing.
fn keep_those_of(before: ResourceSet, after: &mut ResourceSet) {
    let as_before = before.len() == after.len() && before.iter().zip(after.iter()).all(|(a, b)| a.id() == b.id());
    if as_before {
        return;
    }
    let mut kept = before;
    for position in 0..kept.len() {
        if let Some(now) = after.find(kept.get(position).id()) {
            *kept.body_mut(position) = after.get(now).clone();
        }
    }
    *after = kept;
}

fn same_but_for_label(before: &Resource, after: &Resource) -> bool {
    let mut after = after.clone();
    if after.metadata_map("labels").any(|(key, _)| key == VALIDATED_BY) {
        if !labels_can_be_made_anew(before) {
            return false;
        }
        let tree = after.body_mut();
        if let Some(labels) = tree.path(tree.root(), &["metadata", "labels"]) {
            tree.remove(labels, VALIDATED_BY);
            if tree.is_empty(labels)
                && let Some(metadata) = tree.get(tree.root(), "metadata")
            {
                tree.remove(metadata, "labels");
            }
        }
    }
    before.tree().same_data(before.tree().root(), after.tree(), after.tree().root())
}

/// Whether labels that are made anew, at the end of the metadata, cannot be told from those that are there. Kustomize
/// takes the label of validators out in this way and compares all that it knows of the nodes, their lines too, so that
/// a validator must not label a resource that has labels from a file, or something after them.
fn labels_can_be_made_anew(resource: &Resource) -> bool {
    let tree = resource.tree();
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return true };
    let Some((_, labels)) = tree.entry(metadata, "labels") else { return true };
    let made = |id| tree.node(id).file == FileId(0);
    let last = tree.entries(metadata).last().is_some_and(|(_, value)| value == labels);
    // What kustomize notes in annotations of what is generated comes after the labels.
    let annotated = resource.book.generated || resource.book.needs_hash;
    last && !annotated && made(labels) && tree.entries(labels).all(|(key, value)| made(key) && made(value))
}
