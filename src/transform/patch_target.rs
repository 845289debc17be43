//! Finding and changing the target that a strategic merge patch names itself.

use std::sync::Arc;

use rustomize_yaml::Source;

use crate::check::{Collector, Finding, rules};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Sources, Span, nearest};
use crate::kustomization::Selector;
use crate::patch::select;
use crate::resource::{Resource, ResourceSet};

/// The position of the one resource that the patch names, by its current id or by any earlier one.
///
/// Fails when there is none, or more than one.
pub fn find_target(resources: &ResourceSet, patch: &Resource, context: &Context) -> Result<usize> {
    let id = context.schema.in_scope(patch.original_id())?;
    let found = resources.with_any_id(&id);
    let place = context.sources.span(patch.tree(), patch.tree().root());
    match found[..] {
        [position] => Ok(position),
        [] => Err(Error::new(Code::PatchTarget, format!("there is no resource {id} to patch"))
            .label_if(place, "this patch names it")
            .help(advice(resources, patch))),
        [..] => {
            let message = format!("the patch could be for {} resources, which all are or were {id}", found.len());
            let error = Error::new(Code::PatchTarget, message).label_if(place, "this patch");
            let error = error.help("select the one that is meant with a `target`");
            Err(found.iter().fold(error, |error, &position| {
                let tree = resources.get(position).tree();
                error.label_if(context.sources.span(tree, tree.root()), "one of them")
            }))
        }
    }
}

/// Reports a patch whose target selects nothing. `patch` is where the patch stands.
pub fn report_unmatched(
    resources: &ResourceSet,
    target: &Selector,
    patch: Option<&Span>,
    context: &Context,
    findings: &Collector,
) {
    // What is wrong with the target is an error of the build.
    if !select(resources, target, context.sources).is_ok_and(|selected| selected.is_empty()) {
        return;
    }
    let (place, words) = described(resources, target, context.sources);
    let finding = Finding::new(&rules::UNMATCHED_PATCH, format!("the target of a patch selects no resource: {words}"));
    let finding = finding.at(place.or_else(|| patch.cloned()), "");
    findings.report(finding.help_if(near_selection(resources, target)));
}

/// What a selector that selects nothing says: where, and in words. The place is that of the first field that selects
/// nothing by itself.
pub fn described(resources: &ResourceSet, target: &Selector, sources: &Sources) -> (Option<Span>, String) {
    let none = Selector::default();
    let fields = [
        ("name", &target.name, Selector { name: target.name.clone(), ..none.clone() }),
        ("kind", &target.kind, Selector { kind: target.kind.clone(), ..none.clone() }),
        ("namespace", &target.namespace, Selector { namespace: target.namespace.clone(), ..none.clone() }),
        (
            "labelSelector",
            &target.label_selector,
            Selector { label_selector: target.label_selector.clone(), ..none.clone() },
        ),
        (
            "annotationSelector",
            &target.annotation_selector,
            Selector { annotation_selector: target.annotation_selector.clone(), ..none.clone() },
        ),
        ("group", &target.group, Selector { group: target.group.clone(), ..none.clone() }),
        ("version", &target.version, Selector { version: target.version.clone(), ..none }),
    ];
    let given = || fields.iter().filter(|(_, text, _)| !text.is_empty());
    let words: Vec<String> = given().map(|(field, text, _)| format!("{field} `{}`", text.as_str())).collect();
    let is_empty = |alone: &Selector| select(resources, alone, sources).is_ok_and(|selected| selected.is_empty());
    let culprit = given().find(|(.., alone)| is_empty(alone)).or_else(|| given().next());
    let words = if words.is_empty() { vec!["anything".to_owned()] } else { words };
    (culprit.and_then(|(_, text, _)| sources.place(text)), words.join(", "))
}

/// What a selector that selects nothing may have meant: a name like the one that it gives, or a kind.
pub fn near_selection(resources: &ResourceSet, target: &Selector) -> Option<String> {
    let kind = target.kind.as_str();
    let of_kind = || resources.iter().filter(|resource| kind.is_empty() || resource.kind() == kind);
    if !target.name.is_empty() {
        let same_name = resources.positions_by_name(&target.name);
        if let Some(&position) = same_name.first() {
            return Some(format!("there is {}", resources.get(position).id()));
        }
        if let Some(near) = nearest(&target.name, of_kind().map(Resource::name)) {
            return Some(format!("did you mean `{near}`?"));
        }
    }
    if !kind.is_empty() && of_kind().next().is_none() {
        let near = nearest(kind, resources.iter().map(Resource::kind));
        return Some(near.map_or_else(
            || format!("no resource has the kind {kind}"),
            |near| format!("did you mean the kind `{near}`?"),
        ));
    }
    None
}

/// The texts that patches were read from.
pub fn sources_of(patches: &[Resource]) -> Vec<Arc<Source>> {
    let mut sources: Vec<Arc<Source>> = patches.iter().map(|patch| patch.tree().source().clone()).collect();
    sources.dedup_by_key(|source| source.id);
    sources
}

/// What may have been meant: the same name with another type or namespace, or a name like it.
fn advice(resources: &ResourceSet, patch: &Resource) -> String {
    let id = patch.id();
    let mut namesakes = resources.positions_by_name(&id.name);
    namesakes.retain(|&position| !resources.get(position).is_deleted());
    let same_kind = namesakes.iter().find(|&&position| resources.get(position).kind() == id.gvk.kind());
    if let Some(&position) = same_kind.or(namesakes.first()) {
        return format!("there is {}", resources.get(position).id());
    }
    let is_candidate = |resource: &&Resource| resource.kind() == id.gvk.kind() && !resource.is_deleted();
    let of_kind = resources.iter().filter(is_candidate).map(Resource::name);
    match nearest(&id.name, of_kind.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if of_kind.count() == 0 => format!("no resource of kind {} is among `resources`", id.gvk.kind()),
        None => "add it to `resources`, or use a `target`, which may select nothing".to_owned(),
    }
}
