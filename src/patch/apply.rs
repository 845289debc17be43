//! Patching a resource: what a patch does to its tree, and to what kustomize keeps about it.

use rustomize_yaml::{NodeId, Style, Tag, Tree};

use super::{JsonPatch, Outcome, ReplacedList, strategic_merge};
use crate::check::{Finding, rules};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::kustomization::PatchOptions;
use crate::resource::{Bookkeeping, Resource};

/// Merges a strategic merge patch into a resource, which keeps its kind, name and namespace unless the patch may change
/// them.
///
/// Fails as [`strategic_merge`] does.
pub fn apply_strategic_merge(resource: &mut Resource, patch: &Resource, context: &Context) -> Result<()> {
    let (kind, name) = (resource.kind().to_owned(), resource.name().to_owned());
    let namespace = resource.namespace().to_owned();
    if patch.book.allow_name_change || patch.book.allow_kind_change {
        resource.store_previous_id();
    }
    let is_unknown = context.collector.is_some()
        && resource.id().gvk.namespaced().is_none()
        && context.schema.root(resource.api_version(), resource.kind()).is_none();
    let mut replaced = Vec::new();
    let noted = context.collector.filter(|_| is_unknown).map(|_| &mut replaced);
    let merged = strategic_merge(resource.tree_mut(), patch.tree(), context.schema, context.sources, noted);
    let outcome = merged.map_err(|error| match error.code() {
        Code::InvalidPatch => error.note(format!("while merging a patch into {}", resource.id())),
        _ => error,
    })?;
    if let Some(collector) = context.collector {
        replaced.into_iter().for_each(|list| collector.report(replaced_list(resource, list)));
    }
    if outcome == Outcome::Deleted {
        resource.mark_deleted();
    }
    if resource.is_deleted() {
        return Ok(());
    }
    carry_state(resource, patch);
    if !patch.book.allow_kind_change {
        resource.set_kind(&kind);
    }
    if !patch.book.allow_name_change {
        resource.set_name(&name);
    }
    resource.set_namespace(&namespace);
    Ok(())
}

fn replaced_list(resource: &Resource, list: ReplacedList) -> Finding {
    let message = format!("a patch replaces the list {} of {}/{}", list.path, resource.kind(), resource.name());
    Finding::new(&rules::REPLACED_LIST, message)
        .at(list.patch, "this is all that is left")
        .at(list.target, "what was here is gone")
        .help("add to the list with a JSON 6902 patch, or give the type a schema: `openapi`, or `--merge-with-crds` if the build has its \
             CustomResourceDefinition")
}

/// Lets a patch change the name or the kind of its target. Its annotations become strings, as kustomize notes the
/// permission among them.
pub fn allow_changes(patch: &mut Resource, options: PatchOptions) {
    if options.allow_name_change || options.allow_kind_change {
        make_strings(patch.body_mut(), "annotations");
        patch.book.allow_name_change |= options.allow_name_change;
        patch.book.allow_kind_change |= options.allow_kind_change;
    }
}

/// The patch as kustomize prepares it for selected targets: its labels and annotations become strings, so that a null
/// among them removes nothing.
pub fn prepared_for_targets(patch: &Resource) -> Resource {
    let mut patch = patch.clone();
    let (kind, name, namespace) = (patch.kind().to_owned(), patch.name().to_owned(), patch.namespace().to_owned());
    let tree = patch.tree_mut();
    make_strings(tree, "labels");
    make_strings(tree, "annotations");
    patch.set_name(&name);
    patch.set_namespace(&namespace);
    patch.set_kind(&kind);
    patch
}

/// Applies a JSON patch to a resource. Its ids may change; remembering the old ones is the caller's matter.
///
/// Fails as [`JsonPatch::apply`] does, and for a resource that JSON cannot hold.
pub fn apply_json_patch(resource: &mut Resource, patch: &JsonPatch, sources: &Sources) -> Result<()> {
    let id = resource.id().clone();
    let kept = patch.touches_annotations().then(|| expose_state(resource));
    resource.send_through_json().map_err(|error| Error::from_yaml(error, resource.tree().source()))?;
    let tree = resource.tree_mut();
    patch.apply(tree, &id, sources)?;
    make_strings(tree, "annotations");
    if let Some(kept) = kept {
        take_state(resource, kept);
    }
    Ok(())
}

/// Makes strings of the labels or annotations; a field without any goes away.
fn make_strings(tree: &mut Tree, field: &str) {
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return };
    let Some(map) = tree.get(metadata, field) else { return };
    if tree.is_empty(map) || !tree.is_mapping(map) {
        tree.remove(metadata, field);
        return;
    }
    let entries: Vec<(NodeId, NodeId)> = tree.entries(map).collect();
    for (key, value) in entries {
        tree.set_tag(key, Tag::Unset);
        tree.set_style(key, Style::Plain);
        tree.make_string(value);
    }
}

/// Upstream keeps the state of resources in annotations, so a patch that drops or replaces all of them drops the state
/// with them, and one that has such annotations itself sets it.
fn carry_state(resource: &mut Resource, patch: &Resource) {
    let fate = fate_of_annotations(patch.tree());
    if fate != Fate::Merged {
        resource.book = Bookkeeping::default();
    }
    if fate != Fate::Removed {
        set_state(&mut resource.book, &patch.book);
    }
}

/// Overwrites what is set in `from`.
fn set_state(book: &mut Bookkeeping, from: &Bookkeeping) {
    for (affixes, new) in [(&mut book.prefixes, &from.prefixes), (&mut book.suffixes, &from.suffixes)] {
        if !new.is_empty() {
            affixes.clone_from(new);
        }
    }
    if !from.referred_by.is_empty() {
        book.referred_by.clone_from(&from.referred_by);
    }
    if !from.previous.is_empty() {
        book.previous.clone_from(&from.previous);
    }
    if from.generated {
        book.generated = true;
        book.behavior = from.behavior;
    }
    book.needs_hash |= from.needs_hash;
    book.from_helm |= from.from_helm;
}

/// What a strategic merge patch does to the annotations as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Merged,
    Replaced,
    Removed,
}

fn fate_of_annotations(patch: &Tree) -> Fate {
    let directive = |map: NodeId| patch.get(map, "$patch").map(|directive| patch.text(directive));
    let Some(metadata) = patch.get(patch.root(), "metadata") else { return Fate::Merged };
    let annotations = patch.get(metadata, "annotations");
    match (directive(metadata), annotations) {
        (Some("delete"), _) => Fate::Removed,
        (Some("replace"), _) => Fate::Replaced,
        (_, Some(annotations)) if patch.is_null(annotations) => Fate::Removed,
        (_, Some(annotations)) => match directive(annotations) {
            Some("delete") => Fate::Removed,
            Some("replace") => Fate::Replaced,
            _ => Fate::Merged,
        },
        _ => Fate::Merged,
    }
}

/// Writes the state into annotations, where a JSON patch can see it, as upstream's can; returns it.
fn expose_state(resource: &mut Resource) -> Bookkeeping {
    let annotations = resource.build_annotations();
    let tree = resource.body_mut();
    let root = tree.root();
    let metadata = crate::resource::get_or_create_mapping(tree, root, "metadata");
    if !annotations.is_empty() {
        let map = crate::resource::get_or_create_mapping(tree, metadata, "annotations");
        for (name, value) in annotations {
            tree.set_string(map, &name, &value);
        }
    }
    std::mem::take(&mut resource.book)
}

/// Takes the state back out of the annotations. What was known before holds, whatever the patch made of it.
fn take_state(resource: &mut Resource, kept: Bookkeeping) {
    resource.absorb_annotations();
    let from_helm = resource.book.from_helm;
    set_state(&mut resource.book, &kept);
    resource.book.from_helm = from_helm;
    resource.book.allow_name_change |= kept.allow_name_change;
    resource.book.allow_kind_change |= kept.allow_kind_change;
    make_strings(resource.body_mut(), "annotations");
}
