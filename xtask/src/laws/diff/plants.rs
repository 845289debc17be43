//! What is planted in copies of generated trees.

use std::path::PathBuf;

use crate::trees::value::{Docs, Value, list, map};
use crate::trees::{Body, Tree, spelling};

/// What is planted, so that it is known again wherever it turns up.
pub const MARK: &str = "planted";

/// Something that is changed in a copy of a tree.
#[derive(Clone, Copy)]
pub struct Plant {
    /// The kind of place.
    pub kind: &'static str,
    /// What is seen where it has come; `None` where something goes.
    pub mark: Option<&'static str>,
    /// Whether objects are called differently.
    pub renames: bool,
    /// The tree with the change; `None` where there is no such place.
    pub plant: fn(&Tree) -> Option<Tree>,
}

/// What is planted: something with the mark, and once something that goes.
pub const PLANTS: [Plant; 11] = [
    plant("a field of a base", in_base),
    plant("another value in a base", instead_in_base),
    Plant { mark: None, ..plant("a value less in a base", out_of_base) },
    plant("a patch", in_patch),
    plant("an image", in_image),
    plant("a literal", |tree| in_literal(tree, "configMapGenerator")),
    plant("a literal of a Secret", |tree| in_literal(tree, "secretGenerator")),
    plant("a label", |tree| in_overlay(tree, "labels", map! { "pairs" => map! { MARK => MARK } })),
    plant("a selecting label", |tree| {
        in_overlay(tree, "labels", map! { "pairs" => map! { MARK => MARK }, "includeSelectors" => true })
    }),
    Plant { renames: true, ..plant("a prefix", |tree| in_field(tree, "namePrefix", "planted-")) },
    Plant { renames: true, ..plant("a namespace", |tree| in_field(tree, "namespace", MARK)) },
];

const fn plant(kind: &'static str, plant: fn(&Tree) -> Option<Tree>) -> Plant {
    Plant { kind, mark: Some(MARK), renames: false, plant }
}

/// The tree without `buildMetadata`, by which each change would be noted at all resources.
pub fn without_notes(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    if let Some(overlay) = kustomization(&mut tree, "overlay").filter(|overlay| overlay.get("buildMetadata").is_some())
    {
        overlay.set("buildMetadata", list![]);
    }
    tree
}

/// The kustomization of a layer.
fn kustomization<'a>(tree: &'a mut Tree, layer: &str) -> Option<&'a mut Value> {
    let is_kustomization = |path: &str| {
        let name = path.strip_prefix(layer).and_then(|rest| rest.strip_prefix('/'));
        name.is_some_and(|name| ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name))
    };
    let path: PathBuf = tree.files.keys().find(|path| is_kustomization(path))?.into();
    docs(tree, path.to_str()?)?.docs.first_mut()
}

fn docs<'a>(tree: &'a mut Tree, path: &str) -> Option<&'a mut Docs> {
    match &mut tree.files.get_mut(path)?.body {
        Body::Yaml(docs) => Some(docs),
        Body::Bytes(_) | Body::Link(_) => None,
    }
}

/// Adds an item to a list of the overlay, in whatever case its name is written.
fn in_overlay(tree: &Tree, field: &str, item: Value) -> Option<Tree> {
    let mut tree = tree.clone();
    let overlay = kustomization(&mut tree, "overlay")?;
    let field = spelling(overlay, field);
    if overlay.get(&field).is_none() {
        overlay.set(&field, list![]);
    }
    overlay.get_mut(&field)?.push(item);
    Some(tree)
}

/// The tree with a change in the first resource of the base that takes it.
fn in_resource(tree: &Tree, change: impl Fn(&mut Value) -> bool) -> Option<Tree> {
    let mut tree = tree.clone();
    let listed: Vec<String> = kustomization(&mut tree, "base")?
        .get("resources")?
        .items()
        .iter()
        .filter_map(Value::text)
        .map(|path| format!("base/{path}"))
        .collect();
    for path in listed {
        let Some(docs) = docs(&mut tree, &path) else { continue };
        let mut resources = docs.docs.iter_mut().filter(|doc| doc.get("items").is_none());
        if resources.any(&change) {
            return Some(tree);
        }
    }
    None
}

/// An annotation more.
fn in_base(tree: &Tree) -> Option<Tree> {
    in_resource(tree, |resource| {
        let Some(metadata) = resource.get_mut("metadata") else { return false };
        let annotations = metadata.map_at("annotations");
        let is_map = matches!(annotations, Value::Map(_));
        annotations.set(MARK, MARK);
        is_map
    })
}

/// The fields in which resources have values that mean nothing to a build.
const CONTENTS: [&str; 3] = ["data", "spec", "stringData"];

/// Another text in the place of one.
fn instead_in_base(tree: &Tree) -> Option<Tree> {
    in_resource(tree, |resource| {
        for field in CONTENTS {
            let Some(content) = resource.get_mut(field) else { continue };
            let first = content.entries().iter().find(|(_, value)| value.text().is_some()).map(|(key, _)| key.clone());
            if let Some(first) = first {
                content.set(&first, MARK);
                return true;
            }
        }
        false
    })
}

/// One value less.
fn out_of_base(tree: &Tree) -> Option<Tree> {
    in_resource(tree, |resource| {
        for field in CONTENTS {
            let Some(content) = resource.get_mut(field) else { continue };
            let first = content.entries().iter().find(|(_, value)| value.text().is_some()).map(|(key, _)| key.clone());
            if let Some(first) = first {
                content.remove(&first);
                return true;
            }
        }
        false
    })
}

/// A patch that annotates everything.
fn in_patch(tree: &Tree) -> Option<Tree> {
    let patch = "{apiVersion: v1, kind: any, metadata: {name: any, annotations: {planted: planted}}}";
    in_overlay(tree, "patches", map! { "patch" => patch, "target" => map! { "kind" => ".*" } })
}

/// Another tag for the image of the first container of the tree that has one.
fn in_image(tree: &Tree) -> Option<Tree> {
    let image = tree.files.values().find_map(|file| match &file.body {
        Body::Yaml(docs) => docs.docs.iter().find_map(image),
        Body::Bytes(_) | Body::Link(_) => None,
    })?;
    let name = image.split([':', '@']).next().unwrap_or(&image).to_owned();
    in_overlay(tree, "images", map! { "name" => name, "newTag" => MARK })
}

fn image(value: &Value) -> Option<String> {
    if let Some(image) = value.get("image").and_then(Value::text) {
        return Some(image.to_owned());
    }
    let below = value.entries().iter().map(|(_, value)| value).chain(value.items());
    below.into_iter().find_map(image)
}

/// A literal more in the first generator that has any.
fn in_literal(tree: &Tree, field: &str) -> Option<Tree> {
    let mut tree = tree.clone();
    for layer in ["overlay", "mid", "base"] {
        let Some(kustomization) = kustomization(&mut tree, layer) else { continue };
        let Some(generators) = kustomization.get_mut(field) else { continue };
        let Value::List(generators) = generators.bare_mut() else { continue };
        let with_literals = generators.iter_mut().find_map(|generator| generator.get_mut("literals"));
        if let Some(literals) = with_literals {
            literals.push("PLANTED=planted");
            return Some(tree);
        }
    }
    None
}

/// A field of the overlay.
fn in_field(tree: &Tree, field: &str, text: &str) -> Option<Tree> {
    let mut tree = tree.clone();
    let overlay = kustomization(&mut tree, "overlay")?;
    let field = spelling(overlay, field);
    overlay.set(&field, text);
    Some(tree)
}
