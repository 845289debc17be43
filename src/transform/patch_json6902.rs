use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};
use serde::Deserialize;

use super::patch_target::report_unmatched;
use crate::check::Collector;
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result, Span};
use crate::explain::Mark;
use crate::kustomization::{Patch, Selector};
use crate::patch::{JsonPatch, apply_json_patch, select};
use crate::resource::ResourceSet;

/// Applies an entry of `patchesJson6902`.
#[derive(Debug)]
pub struct PatchJson6902Transformer {
    patch: JsonPatch,
    target: Selector,
    place: Option<Span>,
}

/// An entry of `patchesJson6902` as a configuration file writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Json6902Args {
    /// Which resources it is for; a name is needed.
    pub target: Option<Selector>,
    /// The file that holds the patch.
    pub path: Spanned<String>,
    /// The patch itself.
    pub json_op: Spanned<String>,
}

impl From<Patch> for Json6902Args {
    fn from(patch: Patch) -> Self {
        Json6902Args { target: patch.target.map(|target| *target), path: patch.path, json_op: patch.patch }
    }
}

impl PatchJson6902Transformer {
    /// Reads the patch.
    ///
    /// Fails without the name of a target, when not exactly one of `path` and the patch is set, for a file that cannot
    /// be read, for what is not a JSON patch, and for one without operations.
    pub fn load(args: &Spanned<Json6902Args>, context: &Context) -> Result<PatchJson6902Transformer> {
        let wrong = |message: &str| Error::new(Code::InvalidField, message).label_if(context.sources.place(args), "");
        let Some(target) = args.target.clone().filter(|target| !target.name.is_empty()) else {
            return Err(wrong("a JSON patch needs the name of its target"));
        };
        let source = match (args.path.is_empty(), args.json_op.is_empty()) {
            (true, true) => return Err(wrong("a JSON patch needs a file or a text")),
            (false, false) => return Err(wrong("a JSON patch cannot have both a file and a text")),
            (false, true) => context.loader.text(&args.path)?,
            (true, false) => context.sources.add_inline(&args.json_op),
        };
        let patch = JsonPatch::parse(&source)?;
        if patch.is_empty() {
            return Err(wrong("the JSON patch has no operations"));
        }
        Ok(PatchJson6902Transformer { patch, target, place: context.sources.place(args) })
    }
}

impl Transformer for PatchJson6902Transformer {
    fn patches(&self) -> Vec<Arc<Source>> {
        vec![self.patch.source().clone()]
    }

    fn examine(&self, resources: &ResourceSet, _setting: Mark, context: &Context, findings: &Collector) {
        report_unmatched(resources, &self.target, self.place.as_ref(), context, findings);
    }

    fn passes_over_deleted(&self) -> bool {
        true
    }

    /// Fails where the patch does not apply to a target; that there is no target is no error.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for position in select(resources, &self.target, context.sources)? {
            resources.change(position, |resource| apply_json_patch(resource, &self.patch, context.sources))?;
        }
        Ok(())
    }
}
