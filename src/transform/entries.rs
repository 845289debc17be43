//! Setting the entries of mappings, as labels and annotations are set.

use std::collections::BTreeMap;

use rustomize_yaml::{NodeId, Tag, Tree};

use crate::diagnostics::{Code, Error, Result, Sources};
use crate::refs::{Create, FieldSpecs};
use crate::resource::{Resource, get_or_create_mapping};

/// Sets the entries in every mapping of a resource that the field specs name, making the mapping where they say so.
///
/// A new value is one and the same under all fields of a resource, as in kustomize: see [`Tree::join`]. Fails where a
/// field spec leads to a list or a scalar.
pub fn set_entries(
    resource: &mut Resource,
    entries: &BTreeMap<String, String>,
    specs: &FieldSpecs,
    sources: &Sources,
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    if resource.has_build_annotations() && names_annotations_without_making_them(specs) {
        make_annotations(resource);
    }
    let mut added: Vec<(usize, NodeId)> = Vec::with_capacity(4 * entries.len());
    let mut is_repeated = false;
    specs.visit(resource, Create::Mapping, &mut |tree, mapping| {
        if tree.is_null(mapping) {
            return Ok(());
        }
        if !tree.is_mapping(mapping) {
            return Err(not_a_mapping(tree, mapping, sources));
        }
        for (number, (key, value)) in entries.iter().enumerate() {
            match tree.get(mapping, key) {
                Some(existing) => tree.set_typed(existing, Tag::Str, value),
                None => {
                    let same = added.iter().find(|(other, _)| *other == number);
                    let new = match same {
                        Some(&(_, made)) => {
                            is_repeated = true;
                            tree.append_again(mapping, made)
                        }
                        None => tree.append_string(mapping, key, value),
                    };
                    added.push((number, new));
                }
            }
        }
        Ok(())
    })?;
    if !is_repeated {
        return Ok(());
    }
    added.sort_by_key(|(number, _)| *number);
    for same_entry in added.chunk_by(|(one, _), (other, _)| one == other).filter(|chunk| chunk.len() > 1) {
        resource.body_mut().join(same_entry.iter().map(|(_, value)| *value));
    }
    Ok(())
}

/// Upstream keeps its state in annotations, so the mapping exists; it is not printed as long as it is empty.
fn make_annotations(resource: &mut Resource) {
    let tree = resource.body_mut();
    if let Some(metadata) = tree.get(tree.root(), "metadata") {
        get_or_create_mapping(tree, metadata, "annotations");
    }
}

fn names_annotations_without_making_them(specs: &FieldSpecs) -> bool {
    specs.specs().iter().any(|spec| spec.path == "metadata/annotations" && !spec.create)
}

fn not_a_mapping(tree: &Tree, node: NodeId, sources: &Sources) -> Error {
    let found = if tree.is_sequence(node) { "a list" } else { "a scalar" };
    let message = format!("labels or annotations cannot be set in {found}");
    Error::new(Code::FieldSpec, message)
        .label_if(sources.span(tree, node), "a field spec leads here, where a mapping is needed")
}
