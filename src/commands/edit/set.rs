//! `rustomize edit set`

use rustomize_yaml::{NodeId, Style, Tag, Tree};

use super::generators::Generators;
use super::metadata::Pairs;
use super::{Edited, Editor, Outcome, build_metadata, fields, generators, only, some, usage};
use crate::cli::SetCommand;
use crate::diagnostics::Result;
use crate::transform::Reference;

/// Sets what a command says.
pub fn run(command: &SetCommand, editor: &Editor) -> Result<()> {
    match command {
        SetCommand::Annotation { pairs } => {
            let pairs = Pairs::parse(pairs, "annotation")?;
            pairs.keys().try_for_each(check_annotation)?;
            editor.change(|tree| pairs.add(tree, "commonAnnotations", true))
        }
        SetCommand::Label { pairs } => {
            let pairs = Pairs::parse(pairs, "label")?;
            editor.change(|tree| pairs.add(tree, "commonLabels", true))
        }
        SetCommand::Buildmetadata { options } => {
            let options = build_metadata(options)?;
            editor.change(|tree| set_options(tree, &options))
        }
        SetCommand::Configmap(arguments) => generators::set(Generators::ConfigMaps, arguments, editor),
        SetCommand::Secret(arguments) => generators::set(Generators::Secrets, arguments, editor),
        SetCommand::Image { images } => {
            let images = some(images, "image")?.iter().map(|image| NewImage::parse(image));
            let images = images.collect::<Result<Vec<_>>>()?;
            editor.change(|tree| set_images(tree, &images))
        }
        SetCommand::Nameprefix { value } => set_field("namePrefix", only(value, "prefix")?, editor),
        SetCommand::Namesuffix { value } => set_field("nameSuffix", only(value, "suffix")?, editor),
        SetCommand::Namespace { value } => set_field("namespace", only(value, "namespace")?, editor),
        SetCommand::Replicas { replicas } => {
            let replicas = some(replicas, "name=count")?.iter().map(|replica| parse_replicas(replica));
            let replicas = replicas.collect::<Result<Vec<_>>>()?;
            editor.change(|tree| set_replicas(tree, &replicas))
        }
    }
}

fn set_field(name: &str, value: &str, editor: &Editor) -> Result<()> {
    editor.change(|tree| {
        let root = tree.root();
        fields::set_text(tree, root, name, value);
        Ok(Edited::Yes)
    })
}

fn check_annotation(key: &str) -> Result<()> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let fits = |text: &str, more: &[u8], longest| {
        let bytes = text.as_bytes();
        (1..=longest).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || more.contains(byte))
            && bytes[0].is_ascii_alphanumeric()
            && bytes[bytes.len() - 1].is_ascii_alphanumeric()
    };
    let is_prefix = |prefix: &str| fits(prefix, b"-.", 253) && prefix.as_bytes()[0].is_ascii_alphabetic();
    if prefix.is_none_or(is_prefix) && fits(name, b"-_.", 63) {
        return Ok(());
    }
    Err(usage(format!("{key:?} is not a valid key of an annotation")))
}

fn set_options(tree: &mut Tree, options: &[&str]) -> Outcome {
    let root = tree.root();
    let list = fields::list(tree, root, "buildMetadata");
    let old: Vec<NodeId> = tree.items(list).collect();
    let mut new = Vec::new();
    for option in options {
        let known = old.iter().copied().find(|&item| tree.text(item) == *option && !new.contains(&item));
        new.push(known.unwrap_or_else(|| tree.new_string(option)));
    }
    tree.set_items(list, &new);
    Ok(Edited::Yes)
}

/// What is said of an image; `*` stands for what is there.
pub struct NewImage {
    name: String,
    /// `newName`, `newTag` and `digest`.
    values: [String; 3],
}

const IMAGE_FIELDS: [&str; 3] = ["newName", "newTag", "digest"];

impl NewImage {
    /// Understands `image=new:tag@digest` and its shorter forms.
    pub fn parse(argument: &str) -> Result<NewImage> {
        let (key, value) = argument.split_once('=').unwrap_or(("", argument));
        let Reference { name, tag, digest } = Reference::split(value);
        if name == argument {
            let error = usage(format!("{argument} says nothing new of the image"));
            return Err(
                error.help("write image=new, image=new:tag, image:tag or image@digest; a tag may come with @digest")
            );
        }
        let (name, new_name) = if key.is_empty() { (name, "") } else { (key, name) };
        Ok(NewImage { name: name.to_owned(), values: [new_name, tag, digest].map(str::to_owned) })
    }
}

/// Says this of images, sorted by name.
pub fn set_images(tree: &mut Tree, images: &[NewImage]) -> Outcome {
    let root = tree.root();
    let list = fields::list(tree, root, "images");
    let mut by_name: Vec<(String, NodeId)> = Vec::new();
    for item in tree.items(list).collect::<Vec<_>>() {
        let name = fields::text(tree, item, "name").to_owned();
        let is_set = images.iter().any(|image| image.name == name);
        match by_name.iter().position(|(known, _)| *known == name) {
            // Of images that are told twice, the last one counts, but values are kept of the first one.
            Some(at) if !is_set => by_name[at].1 = item,
            Some(_) => {}
            None => by_name.push((name, item)),
        }
    }
    for (number, image) in images.iter().enumerate() {
        if images[number + 1..].iter().any(|later| later.name == image.name) {
            continue;
        }
        let known = by_name.iter().find(|(name, _)| *name == image.name).map(|(_, item)| *item);
        let item = known.unwrap_or_else(|| tree.new_mapping());
        if known.is_none() {
            fields::set_text(tree, item, "name", &image.name);
            by_name.push((image.name.clone(), item));
        }
        for (field, value) in IMAGE_FIELDS.into_iter().zip(&image.values) {
            if value != "*" {
                fields::set_text(tree, item, field, value);
            }
        }
        fields::set_text(tree, item, "tagSuffix", "");
    }
    set_sorted(tree, list, by_name);
    Ok(Edited::Yes)
}

/// Understands `name=count`.
pub fn parse_replicas(argument: &str) -> Result<(String, String)> {
    let count = argument.split_once('=').and_then(|(name, count)| Some((name, count.parse::<i64>().ok()?)));
    let Some((name, count)) = count else {
        return Err(usage(format!("{argument} is not of the form name=count")));
    };
    Ok((name.to_owned(), count.to_string()))
}

/// Sets numbers of replicas, sorted by name.
pub fn set_replicas(tree: &mut Tree, replicas: &[(String, String)]) -> Outcome {
    let root = tree.root();
    let list = fields::list(tree, root, "replicas");
    let mut by_name: Vec<(String, NodeId)> = Vec::new();
    for item in tree.items(list).collect::<Vec<_>>() {
        let name = fields::text(tree, item, "name").to_owned();
        match by_name.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = item,
            None => by_name.push((name, item)),
        }
    }
    for (name, count) in replicas {
        let known = by_name.iter().find(|(known, _)| known == name).map(|(_, item)| *item);
        let item = known.unwrap_or_else(|| tree.new_mapping());
        if known.is_none() {
            fields::set_text(tree, item, "name", name);
            by_name.push((name.clone(), item));
        }
        match fields::get(tree, item, "count") {
            Some(old) if tree.text(old) == count => {}
            Some(old) => tree.set_typed(old, Tag::Int, count),
            None => {
                let count = tree.new_scalar(count, Tag::Int, Style::Plain);
                fields::add(tree, item, "count", count);
            }
        }
    }
    set_sorted(tree, list, by_name);
    Ok(Edited::Yes)
}

/// Gives a list its items, sorted by name.
fn set_sorted(tree: &mut Tree, list: NodeId, mut by_name: Vec<(String, NodeId)>) {
    by_name.sort_by(|(one, _), (other, _)| one.cmp(other));
    let items: Vec<NodeId> = by_name.into_iter().map(|(_, item)| item).collect();
    tree.set_items(list, &items);
}
