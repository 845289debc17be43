//! `rustomize edit add`

use std::path::Path;

use rustomize_yaml::{Spanned, Tree};

use super::metadata::Pairs;
use super::{
    Edited, Editor, Outcome, build_metadata, fields, generators, glob, metadata, only, patches, refused, some, warn,
};
use crate::cli::AddCommand;
use crate::diagnostics::Result;
use crate::load::{KUSTOMIZATION_FILE_NAMES, Loader};
use crate::{LoadRestrictor, Session};

/// Adds what a command says.
pub fn run(command: &AddCommand, editor: &Editor) -> Result<()> {
    match command {
        AddCommand::Annotation { pairs, force } => {
            let pairs = Pairs::parse(pairs, "annotation")?;
            editor.change(|tree| pairs.add(tree, "commonAnnotations", *force))
        }
        AddCommand::Label(arguments) => metadata::add_labels(arguments, editor),
        AddCommand::Base { directories } => {
            let directories = only(directories, "base directory")?;
            editor.change(|tree| add_bases(tree, directories))
        }
        AddCommand::Buildmetadata { options } => {
            let options = build_metadata(options)?;
            editor.change(|tree| add_options(tree, &options))
        }
        AddCommand::Component { components } => {
            let entries = verified(some(components, "component")?)?;
            add_entries("components", &entries, editor)
        }
        AddCommand::Resource { resources, no_verify } => {
            let resources = some(resources, "resource")?;
            let entries = if *no_verify { resources.to_vec() } else { verified(resources)? };
            add_entries("resources", &entries, editor)
        }
        AddCommand::Configuration { files } => add_files("configurations", files, editor),
        AddCommand::Generator { files } => add_files("generators", files, editor),
        AddCommand::Transformer { files } => add_files("transformers", files, editor),
        AddCommand::Configmap(arguments) => generators::add_config_map(arguments, editor),
        AddCommand::Secret(arguments) => generators::add_secret(arguments, editor),
        AddCommand::Patch(arguments) => patches::add(arguments, editor),
    }
}

fn add_bases(tree: &mut Tree, directories: &str) -> Outcome {
    for directory in directories.split(',') {
        if !Path::new(directory).exists() {
            return Err(refused(format!("{directory} does not exist")));
        }
        let root = tree.root();
        if fields::texts(tree, "resources").iter().any(|known| known == directory) {
            return Err(refused(format!("the base {directory} is in the kustomization already")));
        }
        fields::push(tree, root, "resources", directory);
    }
    Ok(Edited::Yes)
}

fn add_options(tree: &mut Tree, options: &[&str]) -> Outcome {
    for option in options {
        if fields::texts(tree, "buildMetadata").iter().any(|known| known == option) {
            return Err(refused(format!("the buildMetadata option {option} is in the kustomization already")));
        }
        let root = tree.root();
        fields::push(tree, root, "buildMetadata", option);
    }
    Ok(Edited::Yes)
}

/// The files that patterns fit; what fits none must be a directory or a repository.
pub fn verified(patterns: &[String]) -> Result<Vec<String>> {
    verified_at(&Loader::open(&Session::default().files, ".", LoadRestrictor::RootOnly)?, patterns)
}

/// The same, as seen from the directory of a loader.
pub fn verified_at(loader: &Loader, patterns: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for pattern in patterns {
        let files = glob::files_at(loader.root(), pattern)?;
        if files.is_empty() {
            loader.enter(&Spanned::from(pattern.clone()))?;
            found.push(pattern.clone());
        }
        found.extend(files);
    }
    Ok(found)
}

fn add_files(field: &str, patterns: &[String], editor: &Editor) -> Result<()> {
    let files = generators::existing(some(patterns, "file")?)?;
    if files.is_empty() { Ok(()) } else { add_entries(field, &files, editor) }
}

fn add_entries(field: &str, entries: &[String], editor: &Editor) -> Result<()> {
    editor.change(|tree| push_entries(tree, field, entries))
}

/// Adds entries to a list, but for those that are there.
pub fn push_entries(tree: &mut Tree, field: &str, entries: &[String]) -> Outcome {
    for entry in entries.iter().filter(|entry| !is_kustomization(entry)) {
        if fields::texts(tree, field).contains(entry) {
            warn(format!("{entry} is in {field} already"));
            continue;
        }
        let root = tree.root();
        fields::push(tree, root, field, entry);
    }
    Ok(Edited::Yes)
}

/// Whether an entry is the file that is edited, which a pattern may well fit.
fn is_kustomization(entry: &str) -> bool {
    KUSTOMIZATION_FILE_NAMES.contains(&entry)
}
