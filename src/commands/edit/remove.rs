//! `rustomize edit remove`

use rustomize_yaml::NodeId;

use super::generators::Generators;
use super::glob::Pattern;
use super::{Edited, Editor, build_metadata, fields, generators, metadata, patches, some};
use crate::cli::RemoveCommand;
use crate::diagnostics::Result;

/// Removes what a command says.
pub fn run(command: &RemoveCommand, editor: &Editor) -> Result<()> {
    match command {
        RemoveCommand::Annotation(arguments) => metadata::remove(arguments, "commonAnnotations", "annotation", editor),
        RemoveCommand::Label(arguments) => metadata::remove(arguments, "commonLabels", "label", editor),
        RemoveCommand::Buildmetadata { options } => {
            let options = build_metadata(options)?;
            editor.change(|tree| {
                let mut kept = fields::items(tree, tree.root(), "buildMetadata");
                kept.retain(|&item| !options.contains(&tree.text(item)));
                fields::keep(tree, "buildMetadata", &kept);
                Ok(Edited::Yes)
            })
        }
        RemoveCommand::Component { entries } => remove_entries("components", entries, editor),
        RemoveCommand::Resource { entries } => remove_entries("resources", entries, editor),
        RemoveCommand::Transformer { entries } => remove_entries("transformers", entries, editor),
        RemoveCommand::Configmap(arguments) => generators::remove(Generators::ConfigMaps, arguments, editor),
        RemoveCommand::Secret(arguments) => generators::remove(Generators::Secrets, arguments, editor),
        RemoveCommand::Patch(arguments) => patches::remove(arguments, editor),
    }
}

fn remove_entries(field: &str, patterns: &[String], editor: &Editor) -> Result<()> {
    let patterns = some(patterns, "entry")?.iter().map(|pattern| Pattern::new(pattern)).collect::<Result<Vec<_>>>()?;
    editor.change(|tree| {
        let all = fields::items(tree, tree.root(), field);
        let is_meant = |item: NodeId| patterns.iter().any(|pattern| pattern.fits(tree.text(item)));
        let kept: Vec<NodeId> = all.iter().copied().filter(|&item| !is_meant(item)).collect();
        if kept.len() == all.len() {
            return Ok(Edited::No);
        }
        fields::keep(tree, field, &kept);
        Ok(Edited::Yes)
    })
}
