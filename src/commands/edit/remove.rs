//! `rustomize edit remove`

use rustomize_yaml::NodeId;

use super::generators::Generators;
use super::{Edited, build_metadata, change, fields, generators, glob, metadata, patches, some};
use crate::cli::RemoveCommand;
use crate::diagnostics::Result;

/// Removes what a command says.
pub fn run(command: &RemoveCommand, dry_run: bool) -> Result<()> {
    match command {
        RemoveCommand::Annotation(arguments) => metadata::remove(arguments, "commonAnnotations", "annotation", dry_run),
        RemoveCommand::Label(arguments) => metadata::remove(arguments, "commonLabels", "label", dry_run),
        RemoveCommand::Buildmetadata { options } => {
            let options = build_metadata(options)?;
            change(dry_run, |tree| {
                let mut kept = fields::items(tree, tree.root(), "buildMetadata");
                kept.retain(|&item| !options.contains(&tree.text(item)));
                fields::keep(tree, "buildMetadata", &kept);
                Ok(Edited::Yes)
            })
        }
        RemoveCommand::Component { entries } => remove_entries("components", entries, dry_run),
        RemoveCommand::Resource { entries } => remove_entries("resources", entries, dry_run),
        RemoveCommand::Transformer { entries } => remove_entries("transformers", entries, dry_run),
        RemoveCommand::Configmap(arguments) => generators::remove(Generators::ConfigMaps, arguments, dry_run),
        RemoveCommand::Secret(arguments) => generators::remove(Generators::Secrets, arguments, dry_run),
        RemoveCommand::Patch(arguments) => patches::remove(arguments, dry_run),
    }
}

fn remove_entries(field: &str, patterns: &[String], dry_run: bool) -> Result<()> {
    some(patterns, "entry")?;
    change(dry_run, |tree| {
        let all = fields::items(tree, tree.root(), field);
        let is_meant = |item: NodeId| patterns.iter().any(|pattern| glob::fits(pattern, tree.text(item)));
        let kept: Vec<NodeId> = all.iter().copied().filter(|&item| !is_meant(item)).collect();
        if kept.len() == all.len() {
            return Ok(Edited::No);
        }
        fields::keep(tree, field, &kept);
        Ok(Edited::Yes)
    })
}
