//! Patches.

use rustomize_yaml::{NodeId, Tree};

use super::{Edited, Editor, fields, usage, warn};
use crate::cli::PatchArgs;
use crate::diagnostics::Result;

/// `edit add patch`
pub fn add(arguments: &PatchArgs, editor: &Editor) -> Result<()> {
    check(arguments)?;
    if arguments.path.is_empty() && arguments.patch.is_empty() {
        return Err(usage("--path or --patch must be given"));
    }
    editor.change(|tree| {
        let root = tree.root();
        if fields::items(tree, root, "patches").into_iter().any(|patch| is_same(tree, patch, arguments)) {
            warn("the patch is in the kustomization already");
            return Ok(Edited::No);
        }
        let patch = tree.new_mapping();
        fields::set_text(tree, patch, "path", &arguments.path);
        fields::set_text(tree, patch, "patch", &arguments.patch);
        let fields_of_target = arguments.target();
        if !fields_of_target.is_empty() {
            let target = fields::pairs(tree, patch, "target");
            for (name, text) in fields_of_target {
                fields::set_text(tree, target, name, text);
            }
        }
        let patches = fields::list(tree, root, "patches");
        tree.push(patches, patch);
        Ok(Edited::Yes)
    })
}

/// `edit remove patch`
pub fn remove(arguments: &PatchArgs, editor: &Editor) -> Result<()> {
    check(arguments)?;
    editor.change(|tree| {
        let all = fields::items(tree, tree.root(), "patches");
        let kept: Vec<NodeId> = all.iter().copied().filter(|&patch| !is_same(tree, patch, arguments)).collect();
        if kept.len() == all.len() {
            warn("the patch is not in the kustomization");
            return Ok(Edited::No);
        }
        fields::keep(tree, "patches", &kept);
        Ok(Edited::Yes)
    })
}

fn check(arguments: &PatchArgs) -> Result<()> {
    if arguments.path.is_empty() || arguments.patch.is_empty() {
        return Ok(());
    }
    Err(usage("--path and --patch exclude each other"))
}

/// Whether a patch has exactly these fields.
fn is_same(tree: &Tree, patch: NodeId, arguments: &PatchArgs) -> bool {
    let wanted = arguments.target();
    let has_options = fields::get(tree, patch, "options").is_some_and(|options| !tree.is_null(options));
    let given = match fields::get(tree, patch, "target").filter(|&target| !tree.is_null(target)) {
        Some(target) => {
            let of_entry = |(_, value): (NodeId, NodeId)| !tree.text(value).is_empty();
            let count = tree.entries(target).filter(|&entry| of_entry(entry)).count();
            count == wanted.len()
                && !wanted.is_empty()
                && wanted.iter().all(|(name, text)| fields::text(tree, target, name) == *text)
        }
        None => wanted.is_empty(),
    };
    !has_options
        && given
        && fields::text(tree, patch, "path") == arguments.path
        && fields::text(tree, patch, "patch") == arguments.patch
}
