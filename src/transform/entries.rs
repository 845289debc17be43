//! Setting the entries of mappings, as labels and annotations are set.

use std::collections::BTreeMap;

use rustomize_yaml::{NodeId, Tag, Tree};

use crate::context::Context;
use crate::diagnostics::{Code, Error, Result};
use crate::refs::{Create, FieldSpecs};
use crate::resource::{Resource, ResourceSet, get_or_create_mapping};

/// Sets the entries in every mapping that the field specs name, making the mapping where they say so.
///
/// A new value is one and the same under all fields of a resource, as in kustomize: see [`Tree::join`]. Fails where a
/// field spec leads to a list or a scalar.
pub fn set_entries(
    resources: &mut ResourceSet,
    entries: &BTreeMap<String, String>,
    specs: &FieldSpecs,
    context: &Context,
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    for position in 0..resources.len() {
        let changes_id = specs.may_change_id(&resources.get(position).id().gvk);
        let resource = if changes_id { resources.get_mut(position) } else { resources.body_mut(position) };
        set_entries_of(resource, entries, specs, context)?;
    }
    Ok(())
}

fn set_entries_of(
    resource: &mut Resource,
    entries: &BTreeMap<String, String>,
    specs: &FieldSpecs,
    context: &Context,
) -> Result<()> {
    let mut added: Vec<Vec<NodeId>> = vec![Vec::new(); entries.len()];
    if resource.has_build_annotations() && names_annotations_without_making_them(specs) {
        // Upstream keeps its state there, so the mapping exists; it is not printed as long as it is empty.
        let tree = resource.body_mut();
        let root = tree.root();
        if let Some(metadata) = tree.get(root, "metadata") {
            get_or_create_mapping(tree, metadata, "annotations");
        }
    }
    specs.visit(resource, Create::Mapping, &mut |tree, mapping| {
        if tree.is_null(mapping) {
            return Ok(());
        }
        if !tree.is_mapping(mapping) {
            return Err(not_a_mapping(tree, mapping, context));
        }
        for ((key, value), added) in entries.iter().zip(&mut added) {
            match tree.get(mapping, key) {
                Some(existing) => tree.set_typed(existing, Tag::Str, value),
                None => added.push(tree.set_string(mapping, key, value)),
            }
        }
        Ok(())
    })?;
    for values in added.iter().filter(|values| values.len() > 1) {
        resource.body_mut().join(values);
    }
    Ok(())
}

fn names_annotations_without_making_them(specs: &FieldSpecs) -> bool {
    specs.specs().iter().any(|spec| spec.path == "metadata/annotations" && !spec.create)
}

fn not_a_mapping(tree: &Tree, node: NodeId, context: &Context) -> Error {
    let found = if tree.is_sequence(node) { "a list" } else { "a scalar" };
    let message = format!("labels or annotations cannot be set in {found}");
    Error::new(Code::FieldSpec, message)
        .label_if(context.sources.span(tree, node), "a field spec leads here, where a mapping is needed")
}
