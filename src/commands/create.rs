//! `rustomize create`

use std::fs;
use std::path::Path;

use rustomize_yaml::{FileId, Source, Tree, edit};

use super::edit::{Pairs, fields, refused, verified};
use crate::cli::CreateArgs;
use crate::diagnostics::{Code, Error, Result};
use crate::load::KUSTOMIZATION_FILE_NAMES;
use crate::output::write_file;
use crate::resource::read_resources;

/// Writes a new kustomization.yaml in the current directory.
///
/// Fails where there is a kustomization already, and for resources that are not there.
pub fn run(arguments: &CreateArgs) -> Result<()> {
    let named: Vec<String> = list(&arguments.resources);
    let mut resources = verified(&named)?;
    if let Some(name) = KUSTOMIZATION_FILE_NAMES.iter().find(|name| Path::new(name).exists()) {
        return Err(refused(format!("there is a {name} already")).help("change it with 'rustomize edit'"));
    }
    if arguments.autodetect {
        let mut found = Vec::new();
        detect("", arguments.recursive, &mut found).map_err(|error| unwritable(&error))?;
        found.retain(|path| !resources.contains(path));
        resources.extend(found);
    }
    let text = text(arguments, &resources)?;
    write_file(Path::new(KUSTOMIZATION_FILE_NAMES[0]), &text)
}

fn list(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split(',').map(str::to_owned).collect() }
}

fn text(arguments: &CreateArgs, resources: &[String]) -> Result<String> {
    let mut tree = Tree::made();
    let root = tree.new_mapping();
    tree.set_root(root);
    fields::set_text(&mut tree, root, "apiVersion", "kustomize.config.k8s.io/v1beta1");
    fields::set_text(&mut tree, root, "kind", "Kustomization");
    resources.iter().for_each(|resource| fields::push(&mut tree, root, "resources", resource));
    fields::set_text(&mut tree, root, "namePrefix", &arguments.nameprefix);
    fields::set_text(&mut tree, root, "nameSuffix", &arguments.namesuffix);
    fields::set_text(&mut tree, root, "namespace", &arguments.namespace);
    add_pairs(&mut tree, "commonLabels", &arguments.labels, "label")?;
    add_pairs(&mut tree, "commonAnnotations", &arguments.annotations, "annotation")?;
    edit(&Tree::made(), &tree).map_err(|error| Error::from_yaml(error, &Default::default()))
}

fn add_pairs(tree: &mut Tree, field: &str, pairs: &str, kind: &'static str) -> Result<()> {
    if !pairs.is_empty() {
        Pairs::parse(&list(pairs), kind)?.add(tree, field, true)?;
    }
    Ok(())
}

/// The files below a directory that hold resources, and with `recursive` the kustomizations, in order of their paths.
fn detect(directory: &str, recursive: bool, found: &mut Vec<String>) -> std::io::Result<()> {
    let mut entries =
        fs::read_dir(if directory.is_empty() { "." } else { directory })?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
        if !entry.file_type()?.is_dir() {
            if holds_resources(&path) {
                found.push(path);
            }
        } else if recursive && KUSTOMIZATION_FILE_NAMES.iter().any(|name| Path::new(&path).join(name).exists()) {
            found.push(path);
        } else if recursive {
            detect(&path, recursive, found)?;
        }
    }
    Ok(())
}

fn holds_resources(path: &str) -> bool {
    let source = fs::read(path).ok().and_then(|bytes| Source::from_bytes(FileId(0), path, bytes).ok());
    source.is_some_and(|source| read_resources(&source.into()).is_ok())
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::new(Code::Output, format!("cannot make {}: {error}", KUSTOMIZATION_FILE_NAMES[0]))
}
