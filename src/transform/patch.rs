use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};

use super::patch_target::{find_target, report_unmatched, sources_of};
use crate::check::Collector;
use crate::context::{Context, EachResource, Transformer};
use crate::diagnostics::{Code, Error, Result, Sources, Span};
use crate::explain::Mark;
use crate::kustomization::{Patch, Selector};
use crate::patch::{
    JsonPatch, Selection, allow_changes, apply_json_patch, apply_strategic_merge, only_text, prepared_for_targets,
    select,
};
use crate::resource::{Gvk, Resource, ResourceSet, read_resources};

/// Applies an entry of `patches`: strategic merge patches or a JSON patch, from a file or inline.
#[derive(Debug)]
pub struct PatchTransformer {
    content: Content,
    target: Option<Box<Selector>>,
    place: Option<Span>,
}

#[derive(Debug)]
enum Content {
    /// Nothing but blanks and comments: kustomize passes over it.
    Nothing,
    StrategicMerge(Vec<Resource>),
    Json(Box<JsonPatch>),
}

impl PatchTransformer {
    /// Reads the patch.
    ///
    /// Fails when not exactly one of `path` and `patch` is set, for a file that cannot be read, and for a text that is
    /// neither a strategic merge patch nor a JSON patch.
    pub fn load(patch: &Spanned<Patch>, context: &Context) -> Result<PatchTransformer> {
        let inline = Spanned { value: patch.patch.trim().to_owned(), ..patch.patch };
        let source = match (inline.is_empty(), patch.path.is_empty()) {
            (true, true) => return Err(one_of_both(patch, "a patch needs `path` or `patch`", context)),
            (false, false) => return Err(one_of_both(patch, "a patch cannot have both `path` and `patch`", context)),
            (false, true) => context.sources.add_inline(&inline),
            (true, false) => context.loader.text(&patch.path)?,
        };
        let mut content = read_content(&source)?;
        if let (Content::StrategicMerge(patches), Some(options)) = (&mut content, patch.options) {
            patches.iter_mut().for_each(|patch| allow_changes(patch, options));
        }
        Ok(PatchTransformer { content, target: patch.target.clone(), place: context.sources.place(patch) })
    }

    fn merge_into_selected(
        &self,
        patches: &[Resource],
        target: &Selector,
        set: &mut ResourceSet,
        context: &Context,
    ) -> Result<()> {
        let [patch] = patches else {
            let message = "several strategic merge patches in one entry cannot have a `target`";
            let place = context.sources.span(patches[1].tree(), patches[1].tree().root());
            return Err(Error::new(Code::InvalidPatch, message)
                .label_if(place, "the second one")
                .help("give each an entry of its own, or leave `target` out: they name their targets themselves"));
        };
        let mut patch = prepared_for_targets(patch);
        for position in select(set, target, context.sources)? {
            patch.set_api_version(set.get(position).api_version());
            set.change(position, |resource| apply_strategic_merge(resource, &patch, context))?;
        }
        set.refuse_duplicates(context.sources)
    }

    fn merge_into_named(&self, patches: &[Resource], set: &mut ResourceSet, context: &Context) -> Result<()> {
        for patch in patches {
            let position = find_target(set, patch, context)?;
            set.change(position, |resource| apply_strategic_merge(resource, patch, context))?;
        }
        Ok(())
    }

    fn apply_json(&self, patch: &JsonPatch, set: &mut ResourceSet, context: &Context) -> Result<()> {
        let Some(target) = &self.target else {
            return Err(Error::new(Code::PatchTarget, "a JSON patch needs a `target`")
                .label_if(self.place.clone(), "")
                .help("say which resources it is for, such as `target: {kind: Deployment, name: web}`"));
        };
        for position in select(set, target, context.sources)? {
            set.change(position, |resource| {
                resource.store_previous_id();
                apply_json_patch(resource, patch, context.sources)
            })?;
        }
        Ok(())
    }
}

impl Transformer for PatchTransformer {
    fn patches(&self) -> Vec<Arc<Source>> {
        match &self.content {
            Content::Nothing => Vec::new(),
            Content::StrategicMerge(patches) => sources_of(patches),
            Content::Json(patch) => vec![patch.source().clone()],
        }
    }

    /// Fails when a strategic merge patch without `target` finds none, or several, when a JSON patch has no `target`,
    /// and where the patch does not fit a target. That a `target` selects nothing is no error.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        match (&self.content, &self.target) {
            (Content::Nothing, _) => Ok(()),
            (Content::StrategicMerge(patches), Some(target)) => {
                self.merge_into_selected(patches, target, resources, context)
            }
            (Content::StrategicMerge(patches), None) => self.merge_into_named(patches, resources, context),
            (Content::Json(patch), _) => self.apply_json(patch, resources, context),
        }
    }

    fn examine(&self, resources: &ResourceSet, _setting: Mark, context: &Context, findings: &Collector) {
        if let (Content::StrategicMerge(_) | Content::Json(_), Some(target)) = (&self.content, &self.target) {
            report_unmatched(resources, target, self.place.as_ref(), context, findings);
        }
    }

    fn passes_over_deleted(&self) -> bool {
        true
    }

    /// A JSON patch whose target is found without an index, by looking at every resource.
    fn each<'a>(&'a self, sources: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        let (Content::Json(patch), Some(target)) = (&self.content, &self.target) else { return None };
        if only_text(&target.name).is_some() {
            return None;
        }
        let selection = Selection::new(target, sources).ok().filter(|selection| selection.check().is_ok())?;
        Some(Box::new(JsonPass { patch, selection }))
    }
}

/// A JSON patch and the resources that it is for.
struct JsonPass<'a> {
    patch: &'a JsonPatch,
    selection: Selection<'a>,
}

impl EachResource for JsonPass<'_> {
    fn concerns(&self, gvk: &Gvk) -> bool {
        self.selection.selects_type(gvk)
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        if !self.selection.selects(resource)? {
            return Ok(());
        }
        resource.store_previous_id();
        apply_json_patch(resource, self.patch, sources)
    }
}

fn one_of_both(patch: &Spanned<Patch>, message: &str, context: &Context) -> Error {
    Error::new(Code::InvalidField, message)
        .label_if(context.sources.place(patch), "")
        .help("`path` names a file, `patch` holds the text itself")
}

/// A text is a strategic merge patch when it reads as resources, else it has to be a JSON patch.
fn read_content(source: &Arc<Source>) -> Result<Content> {
    let error = match read_resources(source) {
        Ok(patches) if patches.is_empty() => return Ok(Content::Nothing),
        Ok(patches) => return Ok(Content::StrategicMerge(patches)),
        Err(error) => error,
    };
    match JsonPatch::parse(source) {
        Ok(patch) if patch.is_empty() => Ok(Content::Nothing),
        Ok(patch) => Ok(Content::Json(Box::new(patch))),
        Err(json_error) if source.text().trim_start().starts_with(['[', '-']) => Err(json_error),
        Err(_) if error.code() == Code::InvalidResource => Err(neither(&error)),
        Err(_) => Err(error),
    }
}

fn neither(error: &Error) -> Error {
    let error = error.diagnostic();
    let message = format!("the patch is neither a resource nor a list of operations: {}", error.message);
    let neither = Error::new(Code::InvalidPatch, message);
    let neither = error.labels.iter().fold(neither, |neither, label| neither.label(label.span.clone(), &*label.text));
    neither.help("a strategic merge patch has the `kind` and the `metadata.name` of its target")
}
