use rustc_hash::FxHashSet;
use rustomize_yaml::{Kind, NodeId, Spanned, Tree};
use smallvec::SmallVec;

use super::image::{ImageNames, Reference};
use crate::check::{Collector, Finding, rules};
use crate::compat::Compat;
use crate::context::{Context, EachResource};
use crate::diagnostics::{Code, Error, Result, Sources, nearest};
use crate::explain::Mark;
use crate::kustomization::Image;
use crate::refs::field_spec::Act;
use crate::refs::{Create, FieldList, FieldSpecs, Found};
use crate::resource::{Gvk, Resource, ResourceSet};

/// Gives container images another name, tag or digest.
#[derive(Debug, Clone, Default)]
pub struct ImageTagTransformer {
    images: Vec<Spanned<Image>>,
    names: ImageNames,
    field_specs: FieldSpecs,
    compat: Compat,
}

impl ImageTagTransformer {
    /// Changes the images that `images` name, one entry after the other: in every list called `containers` or
    /// `initContainers`, and in the fields that `field_specs` name.
    ///
    /// So most images are changed twice by one entry, as in kustomize: a `tagSuffix` comes twice.
    pub fn new(images: Vec<Spanned<Image>>, field_specs: FieldSpecs, compat: Compat) -> ImageTagTransformer {
        ImageTagTransformer {
            names: ImageNames::new(images.iter().map(|image| image.name.as_str()), compat),
            images,
            field_specs,
            compat,
        }
    }
}

impl EachResource for ImageTagTransformer {
    fn concerns(&self, gvk: &Gvk) -> bool {
        gvk.kind() != "CustomResourceDefinition"
    }

    /// Fails where there is something else than a text in the place of an image; as an older kustomize also where the
    /// name of an image is no pattern.
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.change_where(resource, sources, |resource, act| self.field_specs.visit(resource, Create::No, act))
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        Some(FieldList { fields: self.field_specs.select_shared(gvk), create: Create::No, sought: true })
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.change_where(resource, sources, |resource, act| found.visit(resource, Create::No, act))
    }

    fn examine(&self, resources: &ResourceSet, _setting: Mark, context: &Context, findings: &Collector) {
        let mut is_matched = vec![false; self.images.len()];
        let mut seen = FxHashSet::default();
        for resource in resources.iter().filter(|resource| resource.kind() != "CustomResourceDefinition") {
            let tree = resource.tree();
            let mut nodes = Images::new();
            // What cannot be an image is an error of the step itself.
            let _ = collect_images(tree, tree.root(), &mut nodes);
            nodes.iter().for_each(|&node| self.match_once(tree.text(node), &mut seen, &mut is_matched));
        }
        if is_matched.contains(&false) {
            self.match_fields(resources, &mut seen, &mut is_matched, context.sources);
        }
        for (number, image) in self.images.iter().enumerate().filter(|(number, _)| !is_matched[*number]) {
            findings.report(self.unmatched(number, image, &seen, context.sources));
        }
    }
}

impl ImageTagTransformer {
    fn change_where(
        &self,
        resource: &mut Resource,
        sources: &Sources,
        visit: impl FnOnce(&mut Resource, Act) -> Result<()>,
    ) -> Result<()> {
        let mut hits = Images::new();
        self.find(resource, &mut hits, sources, visit)?;
        if hits.is_empty() {
            return Ok(());
        }
        if let Some(number) = self.names.first_unsound() {
            return Err(self.not_a_pattern(&self.images[number], sources));
        }
        let changes_id = self.field_specs.may_change_id(&resource.id().gvk);
        hits.sort_unstable();
        for same in hits.chunk_by(|one, other| one == other) {
            self.update(resource, same[0], same.len(), changes_id);
        }
        Ok(())
    }

    /// Finds the images of a resource, each as often as each entry works on it.
    fn find(
        &self,
        resource: &mut Resource,
        hits: &mut Images,
        sources: &Sources,
        visit: impl FnOnce(&mut Resource, Act) -> Result<()>,
    ) -> Result<()> {
        let tree = resource.tree();
        if tree.may_have(&LISTS_OF_CONTAINERS) {
            collect_images(tree, tree.root(), hits).map_err(|node| not_a_container(tree, node, sources))?;
        }
        if let Some(&node) = hits.iter().find(|&&node| !tree.is_scalar(node)) {
            return Err(not_a_text(tree, node, sources));
        }
        visit(resource, &mut |tree, node| {
            hits.push(node);
            if tree.is_scalar(node) { Ok(()) } else { Err(not_a_text(tree, node, sources)) }
        })
    }

    fn update(&self, resource: &mut Resource, node: NodeId, times: usize, changes_id: bool) {
        let Some(reference) = self.updated(resource.tree().text(node), times) else { return };
        let tree = if changes_id { resource.tree_mut() } else { resource.body_mut() };
        tree.set_text(node, &reference);
    }

    /// What becomes of a reference when each entry works on it so many times; `None` when none means it.
    pub fn updated(&self, text: &str, times: usize) -> Option<String> {
        let mut updated: Option<String> = None;
        let mut from = 0;
        while let Some(number) = self.names.find(updated.as_deref().unwrap_or(text), from) {
            for _ in 0..times {
                let current = updated.as_deref().unwrap_or(text);
                if self.names.fits(number, current) {
                    updated = Some(update(&self.images[number], current));
                }
            }
            from = number + 1;
        }
        updated
    }

    /// Notes which entries work on a reference that has not been seen yet, each on what the one before has made.
    fn match_once(&self, text: &str, seen: &mut FxHashSet<String>, is_matched: &mut [bool]) {
        if seen.contains(text) {
            return;
        }
        let mut updated: Option<String> = None;
        let mut from = 0;
        while let Some(number) = self.names.find(updated.as_deref().unwrap_or(text), from) {
            is_matched[number] = true;
            updated = Some(update(&self.images[number], updated.as_deref().unwrap_or(text)));
            from = number + 1;
        }
        seen.insert(text.to_owned());
    }

    /// Notes which entries work on the fields that field specs name.
    fn match_fields(
        &self,
        resources: &ResourceSet,
        seen: &mut FxHashSet<String>,
        is_matched: &mut [bool],
        sources: &Sources,
    ) {
        let mut texts = Vec::new();
        for resource in resources.iter() {
            let mut copy = resource.clone();
            let visited = self.field_specs.visit(&mut copy, Create::No, &mut |tree, node| {
                texts.push(tree.text(node).to_owned());
                if tree.is_scalar(node) { Ok(()) } else { Err(not_a_text(tree, node, sources)) }
            });
            // The step itself fails in the same way.
            let _ = visited;
        }
        texts.iter().for_each(|text| self.match_once(text, seen, is_matched));
    }

    fn unmatched(&self, number: usize, image: &Spanned<Image>, seen: &FxHashSet<String>, sources: &Sources) -> Finding {
        let place = sources.place(&image.name).or_else(|| sources.place(image));
        let finding = Finding::new(&rules::UNMATCHED_IMAGE, format!("no container has the image `{}`", *image.name));
        let finding = finding.at(place, "");
        let mut names: Vec<&str> = seen.iter().map(|text| Reference::split(text).name).collect();
        names.sort_unstable();
        // Whoever has renamed an image himself goes on with its new name.
        let renamed = self.images[..number].iter().find(|other| other.name == image.name && !other.new_name.is_empty());
        match (renamed, nearest(&image.name, names.iter().copied())) {
            (Some(other), _) => finding.help(format!("an entry before has renamed it to `{}`", *other.new_name)),
            (None, Some(near)) => finding.help(format!("did you mean `{near}`?")),
            (None, None) => {
                // The same image of a registry, or without one.
                let last = |name: &'_ str| name.rsplit('/').next().unwrap_or_default().to_owned();
                let namesake = names.iter().find(|name| last(name) == last(&image.name));
                finding.help_if(namesake.map(|name| format!("there is `{name}`")))
            }
        }
    }

    fn not_a_pattern(&self, image: &Spanned<Image>, sources: &Sources) -> Error {
        Error::new(Code::InvalidField, format!("the name of an image is no regular expression: `{}`", image.name))
            .label_if(sources.place(&image.name).or_else(|| sources.place(image)), "")
            .note(format!("kustomize {} fails here; newer ones take it for a name that no image has", self.compat))
    }
}

fn not_a_text(tree: &Tree, node: NodeId, sources: &Sources) -> Error {
    Error::new(Code::FieldSpec, "an image is not a text")
        .label_if(sources.span(tree, node), "must be a reference such as `app:v1`")
}

/// The images of a resource.
type Images = SmallVec<[NodeId; 8]>;

/// Keys whose lists have containers in them, wherever they stand.
const LISTS_OF_CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// Finds the images of containers. The error is an item of a list of
/// containers that is not a mapping.
fn collect_images(tree: &Tree, node: NodeId, images: &mut Images) -> std::result::Result<(), NodeId> {
    match tree.kind(node) {
        Kind::Scalar => {}
        Kind::Sequence => {
            let mut collections = tree.items(node).filter(|&item| !tree.is_scalar(item));
            collections.try_for_each(|item| collect_images(tree, item, images))?;
        }
        Kind::Mapping => {
            for (key, value) in tree.entries(node).filter(|&(_, value)| !tree.is_scalar(value)) {
                collect_images(tree, value, images)?;
                if tree.is_sequence(value) && LISTS_OF_CONTAINERS.iter().any(|name| tree.is_scalar_of(key, name)) {
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

fn not_a_container(tree: &Tree, node: NodeId, sources: &Sources) -> Error {
    Error::new(Code::FieldSpec, "cannot set images: an item of a list of containers is not a mapping")
        .label_if(sources.span(tree, node), "must be a container")
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

    #[test]
    fn one_entry_after_the_other_works_on_what_the_one_before_has_made() {
        let image = |name: &str, new_name: &str, suffix: &str| {
            Spanned::from(Image {
                name: name.to_owned().into(),
                new_name: new_name.to_owned().into(),
                tag_suffix: suffix.to_owned().into(),
                ..Image::default()
            })
        };
        let images = vec![image("b", "c", ""), image("a", "b", "-x"), image("b", "", "-y"), image("c", "d", "")];
        let transformer = ImageTagTransformer::new(images, FieldSpecs::default(), Compat::Newest);
        assert_eq!(transformer.updated("a:1", 2).unwrap(), "b:1-x-y-y", "renamed, the first entry fits no more");
        assert_eq!(transformer.updated("b:1", 1).unwrap(), "d:1");
        assert_eq!(transformer.updated("z", 2), None);
    }
}
