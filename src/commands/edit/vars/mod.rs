//! `rustomize edit fix --vars`: replacements in the place of vars.

mod files;
mod targets;
mod uses;

use rustomize_yaml::{NodeId, Tree};

use super::changes::Change;
use super::{fields, warn};
use crate::diagnostics::Result;
use crate::resource::Gvk;
use files::TouchedFile;
use uses::placeholder;

/// Turns the vars of a kustomization into replacements, and says what becomes of the files that use them: each
/// `$(NAME)` becomes `NAME_PLACEHOLDER`, which a replacement writes over.
///
/// Looks into the local resources and patches of the kustomization, and of those that it is made of. Fails for a use
/// that no replacement can stand for.
pub fn to_replacements(tree: &mut Tree) -> Result<Vec<Change>> {
    let vars = fields::items(tree, tree.root(), "vars");
    if vars.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = vars.iter().map(|&var| fields::text(tree, var, "name").to_owned()).collect();
    let files = files::touched(tree);
    let mut replacements = Vec::new();
    for (&var, name) in vars.iter().zip(&names) {
        let mut targets = Vec::new();
        for file in &files {
            targets.extend(targets::of_file(tree, file, name, &names)?);
        }
        if targets.is_empty() {
            warn(format!("no resource and no patch uses the var {name}: there is nothing to replace"));
            continue;
        }
        replacements.push(replacement(tree, var, &targets));
    }
    fields::replace(tree, "vars", "replacements", &replacements);
    Ok(files.into_iter().map(|file| with_placeholders(file, &names)).collect())
}

fn replacement(tree: &mut Tree, var: NodeId, targets: &[NodeId]) -> NodeId {
    let source = source_of(tree, var);
    let list = tree.new_sequence();
    tree.set_items(list, targets);
    let replacement = tree.new_mapping();
    fields::add(tree, replacement, "source", source);
    fields::add(tree, replacement, "targets", list);
    replacement
}

fn source_of(tree: &mut Tree, var: NodeId) -> NodeId {
    let in_object = |field: &str| {
        let object = fields::get(tree, var, "objref");
        object.map_or("", |object| fields::text(tree, object, field)).to_owned()
    };
    let api_version = in_object("apiVersion");
    let (group, version) = match Gvk::split_api_version(&api_version) {
        (_, "") => (in_object("group"), in_object("version")),
        (group, version) => (group.to_owned(), version.to_owned()),
    };
    let field = fields::get(tree, var, "fieldref");
    let field_path = field.map_or("", |field| fields::text(tree, field, "fieldPath")).to_owned();
    let texts = [
        ("fieldPath", field_path),
        ("group", group),
        ("kind", in_object("kind")),
        ("name", in_object("name")),
        ("namespace", in_object("namespace")),
        ("version", version),
    ];
    let source = tree.new_mapping();
    texts.iter().for_each(|(field, text)| fields::set_text(tree, source, field, text));
    source
}

fn with_placeholders(file: TouchedFile, names: &[String]) -> Change {
    let after =
        names.iter().fold(file.text.clone(), |text, name| text.replace(&format!("$({name})"), &placeholder(name)));
    Change { name: file.path.to_string_lossy().into_owned(), before: file.text, after }
}
