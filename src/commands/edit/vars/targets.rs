//! Which fields of which resources a var is used in.

use rustomize_yaml::{FileId, NodeId, Source, Style, Tag, Tree, read_resources};

use super::files::{PatchEntry, TouchedFile};
use super::uses::{Part, parts};
use crate::commands::edit::fields;
use crate::diagnostics::Result;
use crate::resource::Gvk;

/// A use of a var: the path of the field, in the form of replacements, and the part of its text.
type Use = (String, Part);

/// The targets, made in `tree`, that a replacement needs to write what a file uses a var for. A file that is not YAML
/// has none.
pub fn of_file(tree: &mut Tree, file: &TouchedFile, name: &str, names: &[String]) -> Result<Vec<NodeId>> {
    let source = Source::new(FileId(0), file.path.to_string_lossy(), file.text.clone()).into();
    let mut targets = Vec::new();
    for document in read_resources(&source).unwrap_or_default() {
        for resource in resources_of(&document) {
            let uses = Search { tree: &document, name, names }.uses(resource)?;
            let select = select(&document, resource, file.patch.as_ref());
            targets.extend(uses.iter().map(|one| target(tree, &select, one)));
        }
    }
    Ok(targets)
}

/// The resources of a document: the items of a list, or what it is itself.
fn resources_of(document: &Tree) -> Vec<NodeId> {
    let root = document.root();
    let is_list = matches!(fields::text(document, root, "kind"), "List" | "ResourceList");
    match fields::get(document, root, "items") {
        Some(items) if is_list => document.items(items).collect(),
        _ => vec![root],
    }
}

/// Looks for the uses of one var in a document.
struct Search<'a> {
    tree: &'a Tree,
    name: &'a str,
    names: &'a [String],
}

impl Search<'_> {
    fn uses(&self, root: NodeId) -> Result<Vec<Use>> {
        let mut found = Vec::new();
        if self.tree.is_sequence(root) {
            for operation in self.tree.items(root) {
                let mut path: Vec<String> = segments_of_pointer(fields::text(self.tree, operation, "path"));
                if let Some(value) = fields::get(self.tree, operation, "value") {
                    self.search(value, &mut path, &mut found)?;
                }
            }
        } else {
            self.search(root, &mut Vec::new(), &mut found)?;
        }
        Ok(found)
    }

    fn search(&self, node: NodeId, path: &mut Vec<String>, found: &mut Vec<Use>) -> Result<()> {
        let tree = self.tree;
        if tree.is_scalar(node) {
            let parts = parts(tree.text(node), self.name, self.names)?;
            found.extend(parts.into_iter().map(|part| (path.join("."), part)));
            return Ok(());
        }
        let children: Vec<(String, NodeId)> = if tree.is_mapping(node) {
            tree.entries(node).map(|(key, value)| (segment(tree.text(key)), value)).collect()
        } else {
            tree.items(node).enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        };
        for (segment, child) in children {
            path.push(segment);
            self.search(child, path, found)?;
            path.pop();
        }
        Ok(())
    }
}

/// A key as a segment of the path of a replacement.
fn segment(key: &str) -> String {
    if key.contains('.') { format!("[{key}]") } else { key.to_owned() }
}

/// The segments of the path of a JSON 6902 patch.
fn segments_of_pointer(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|part| segment(&part.replace("~1", "/").replace("~0", "~"))).collect()
}

/// The fields of a target's `select`: what the entry of a patch says, else what the resource is.
fn select(document: &Tree, resource: NodeId, patch: Option<&PatchEntry>) -> Vec<(String, String)> {
    let of_metadata = |field: &str| {
        let metadata = fields::get(document, resource, "metadata");
        metadata.map_or("", |metadata| fields::text(document, metadata, field)).to_owned()
    };
    let kind = fields::text(document, resource, "kind");
    let both = |patch: &&PatchEntry| patch.allow_name_change && patch.allow_kind_change;
    match patch.filter(|patch| !patch.target.is_empty() && !both(patch)) {
        Some(patch) => {
            let mut select = patch.target.clone();
            let overrides = [
                ("name", of_metadata("name"), patch.allow_name_change),
                ("kind", kind.to_owned(), patch.allow_kind_change),
                ("namespace", of_metadata("namespace"), !of_metadata("namespace").is_empty()),
            ];
            for (field, text, _) in overrides.into_iter().filter(|(_, _, applies)| *applies) {
                select.retain(|(known, _)| known != field);
                select.push((field.to_owned(), text));
            }
            select
        }
        None => {
            let (group, version) = Gvk::split_api_version(fields::text(document, resource, "apiVersion"));
            let (name, namespace) = (of_metadata("name"), of_metadata("namespace"));
            let fields =
                [("group", group), ("kind", kind), ("name", &name), ("namespace", &namespace), ("version", version)];
            fields.map(|(field, text)| (field.to_owned(), text.to_owned())).to_vec()
        }
    }
}

fn target(tree: &mut Tree, select: &[(String, String)], (path, part): &Use) -> NodeId {
    let target = tree.new_mapping();
    fields::push(tree, target, "fieldPaths", path);
    if let Part::Between { delimiter, index } = part {
        let options = fields::pairs(tree, target, "options");
        fields::set_text(tree, options, "delimiter", &delimiter.to_string());
        if *index > 0 {
            let index = tree.new_scalar(&index.to_string(), Tag::Int, Style::Plain);
            fields::add(tree, options, "index", index);
        }
    }
    let mapping = fields::pairs(tree, target, "select");
    select.iter().for_each(|(field, text)| fields::set_text(tree, mapping, field, text));
    target
}
