use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};

use super::patch_target::{find_target, sources_of};
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::patch::{apply_strategic_merge, prepared_for_targets};
use crate::resource::{Resource, ResourceSet, read_resources};

/// Applies the patches of `patchesStrategicMerge`, each to the resource that it names.
#[derive(Debug)]
pub struct PatchStrategicMergeTransformer(Vec<Resource>);

impl PatchStrategicMergeTransformer {
    /// Reads the patches: `paths` are files, or texts of patches in their place; `inline` is a text.
    ///
    /// Fails for a file that cannot be read, and when there is no patch in any of them.
    pub fn load(
        paths: &[Spanned<String>],
        inline: &Spanned<String>,
        context: &Context,
    ) -> Result<PatchStrategicMergeTransformer> {
        let mut patches = Vec::new();
        for path in paths {
            match inline_patches(path, context) {
                Some(inline) => patches.extend(inline),
                None => patches.extend(read_resources(&context.loader.text(path)?)?),
            }
        }
        if !inline.is_empty() {
            patches.extend(read_resources(&context.sources.add_inline(inline))?);
        }
        if patches.is_empty() {
            let place = context.sources.place(paths.first().unwrap_or(inline));
            return Err(Error::new(Code::InvalidPatch, "the strategic merge patches are empty")
                .label_if(place, "")
                .help("remove the field, or write a patch"));
        }
        Ok(PatchStrategicMergeTransformer(patches))
    }
}

/// The patches that an entry is, when it is not a path.
fn inline_patches(entry: &Spanned<String>, context: &Context) -> Option<Vec<Resource>> {
    if entry.is_empty() {
        return Some(Vec::new());
    }
    // A resource has a colon in it, and few paths have.
    if !entry.contains([':', '\n', '#']) {
        return None;
    }
    read_resources(&context.sources.add_inline(entry)).ok()
}

impl Transformer for PatchStrategicMergeTransformer {
    fn patches(&self) -> Vec<Arc<Source>> {
        sources_of(&self.0)
    }

    fn passes_over_deleted(&self) -> bool {
        true
    }

    /// Fails when a patch finds no target or several, and where it does not fit its target.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for patch in &self.0 {
            let position = find_target(resources, patch, context)?;
            let mut patch = prepared_for_targets(patch);
            patch.set_api_version(resources.get(position).api_version());
            resources.change(position, |resource| apply_strategic_merge(resource, &patch, context))?;
            resources.refuse_duplicates(context.sources)?;
        }
        Ok(())
    }
}
