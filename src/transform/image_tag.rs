use rustomize_yaml::{Kind, NodeId, Spanned, Tree};

use super::image::{ImageName, Reference};
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::Image;
use crate::refs::{Create, FieldSpecs};
use crate::resource::{Resource, ResourceSet};

/// Gives container images another name, tag or digest.
#[derive(Debug, Clone, Default)]
pub struct ImageTagTransformer {
    image: Spanned<Image>,
    name: ImageName,
    field_specs: FieldSpecs,
}

impl ImageTagTransformer {
    /// Changes the images that `image` names: in every list called `containers` or `initContainers`, and then in the
    /// fields that `field_specs` name.
    ///
    /// So most images are changed twice, as in kustomize: a `tagSuffix` comes twice.
    pub fn new(image: Spanned<Image>, field_specs: FieldSpecs) -> ImageTagTransformer {
        ImageTagTransformer { name: ImageName::new(&image.name), image, field_specs }
    }
}

impl Transformer for ImageTagTransformer {
    /// Fails where there is something else than a text in the place of an image.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for position in 0..resources.len() {
            if resources.get(position).kind() == "CustomResourceDefinition" {
                continue;
            }
            let changes_id = self.field_specs.may_change_id(&resources.get(position).id().gvk);
            let resource = if changes_id { resources.get_mut(position) } else { resources.body_mut(position) };
            self.update_containers(resource, context)?;
            self.field_specs.visit(resource, Create::No, &mut |tree, node| {
                if let Some(reference) = self.updated(tree, node, context)? {
                    tree.set_text(node, &reference);
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl ImageTagTransformer {
    fn update_containers(&self, resource: &mut Resource, context: &Context) -> Result<()> {
        let mut images = Vec::new();
        let tree = resource.tree();
        collect_images(tree, tree.root(), &mut images).map_err(|node| not_a_container(tree, node, context))?;
        for image in images {
            if let Some(reference) = self.updated(resource.tree(), image, context)? {
                resource.body_mut().set_text(image, &reference);
            }
        }
        Ok(())
    }

    /// The reference that takes the place of the one at `node`; `None` when the image is another one.
    fn updated(&self, tree: &Tree, node: NodeId, context: &Context) -> Result<Option<String>> {
        if !tree.is_scalar(node) {
            return Err(Error::new(Code::FieldSpec, "an image is not a text")
                .label_if(context.sources.span(tree, node), "must be a reference such as `app:v1`"));
        }
        let text = tree.text(node);
        Ok(self.name.fits(text).then(|| update(&self.image, text)))
    }
}

/// Finds the images of containers, in the order in which upstream changes them. The error is an item of a list of
/// containers that is not a mapping.
fn collect_images(tree: &Tree, node: NodeId, images: &mut Vec<NodeId>) -> std::result::Result<(), NodeId> {
    match tree.kind(node) {
        Kind::Scalar => {}
        Kind::Sequence => tree.items(node).try_for_each(|item| collect_images(tree, item, images))?,
        Kind::Mapping => {
            for (key, value) in tree.entries(node) {
                collect_images(tree, value, images)?;
                if tree.is_sequence(value) && matches!(tree.text(key), "containers" | "initContainers") {
                    for container in tree.items(value).filter(|&item| !tree.is_null(item)) {
                        if !tree.is_mapping(container) {
                            return Err(container);
                        }
                        images.extend(tree.get(container, "image"));
                    }
                }
            }
        }
    }
    Ok(())
}

fn not_a_container(tree: &Tree, node: NodeId, context: &Context) -> Error {
    Error::new(Code::FieldSpec, "cannot set images: an item of a list of containers is not a mapping")
        .label_if(context.sources.span(tree, node), "must be a container")
        .help("`images` look into every list that is called `containers` or `initContainers`")
}

fn update(image: &Image, text: &str) -> String {
    let Reference { name, tag, digest } = Reference::split(text);
    let mut updated = if image.new_name.is_empty() { name.to_owned() } else { image.new_name.value.clone() };
    let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str(), image.tag_suffix.as_str()) {
        ("", "", "") => (tag.to_owned(), digest),
        ("", "", suffix) => (format!("{tag}{suffix}"), ""),
        (tag, digest, _) => (tag.to_owned(), digest),
    };
    for (mark, part) in [(':', tag.as_str()), ('@', digest)] {
        if !part.is_empty() {
            updated.push(mark);
            updated.push_str(part);
        }
    }
    updated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_and_digest_replace_both() {
        let image = |new_name: &str, new_tag: &str, digest: &str, suffix: &str| Image {
            new_name: new_name.to_owned().into(),
            new_tag: new_tag.to_owned().into(),
            digest: digest.to_owned().into(),
            tag_suffix: suffix.to_owned().into(),
            ..Image::default()
        };
        for (change, before, after) in [
            (image("", "v2", "", ""), "app:v1@sha256:a", "app:v2"),
            (image("", "", "sha256:b", ""), "app:v1", "app@sha256:b"),
            (image("", "v2", "sha256:b", "-x"), "app", "app:v2@sha256:b"),
            (image("", "", "", "-x"), "app:v1@sha256:a", "app:v1-x"),
            (image("", "", "", "-x"), "app", "app:-x"),
            (image("r.io/b", "", "", ""), "app:v1@sha256:a", "r.io/b:v1@sha256:a"),
        ] {
            assert_eq!(update(&change, before), after);
        }
    }
}
