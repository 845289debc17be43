//! What goes to functions and what comes back.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use rustomize_yaml::{Source, Style, Tag, Tree, emit_as_is};

use super::annotations::{self, annotated};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result};
use crate::resource::{Resource, ResourceSet, get_or_create_mapping};

/// All resources as a stream of documents.
pub(super) fn items(resources: &ResourceSet) -> Result<String> {
    let mut text = String::new();
    for resource in resources {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        let tree = annotated(resource);
        emit(&tree, &mut text)?;
    }
    Ok(text)
}

fn emit(tree: &Tree, text: &mut String) -> Result<()> {
    rustomize_yaml::emit(tree, tree.root(), text).map_err(|error| Error::from_yaml(error, tree.source()))
}

/// The text of one resource with one more annotation.
pub(super) fn with_annotation(config: &str, key: &str, value: &str) -> Result<String> {
    Ok(annotate(parse_one(config)?, [(key, value)]))
}

/// The text of a resource with more annotations, in quotes behind those that it has, as functions get it upstream.
/// Some of them look at lines.
fn annotate<'a>(mut tree: Tree, annotations: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let root = tree.root();
    let metadata = get_or_create_mapping(&mut tree, root, "metadata");
    let map = get_or_create_mapping(&mut tree, metadata, "annotations");
    for (key, value) in annotations {
        let value = tree.new_scalar(value, Tag::Str, Style::SingleQuoted);
        tree.set(map, key, value);
    }
    let mut text = String::new();
    emit_as_is(&tree, root, &mut text);
    text
}

fn parse_one(text: &str) -> Result<Tree> {
    let source = Arc::new(Source::new(Default::default(), "function configuration", text));
    let mut trees = rustomize_yaml::read_resources(&source).map_err(|error| Error::from_yaml(error, &source))?;
    trees.pop().ok_or_else(|| Error::new(Code::Plugin, "the configuration of a function is empty"))
}

/// The ResourceList that a function reads: the documents of `items`, and its configuration.
///
/// Both are texts that we printed, so they are put together as texts.
pub(super) fn resource_list(items: &str, config: &str) -> Result<String> {
    let mut list = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n");
    for (index, document) in split_documents(items).enumerate() {
        push_indented(&numbered(parse_one(&document)?, index), "- ", &mut list);
    }
    list.push_str("functionConfig:\n");
    push_indented(config, "  ", &mut list);
    Ok(list)
}

/// Documents of a text that [`items`] made: a separator stands at the start of its line, which no other line can.
fn split_documents(text: &str) -> impl Iterator<Item = String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match (line, documents.last_mut()) {
            ("---\n", _) => documents.push(String::new()),
            (_, Some(document)) => document.push_str(line),
            (_, None) => {}
        }
    }
    documents.into_iter().filter(|document| !document.trim().is_empty())
}

/// Functions find the place of each resource in their input, and a number to hand back.
fn numbered(tree: Tree, index: usize) -> String {
    let (place, number) = (index.to_string(), (index + 1).to_string());
    let annotations = [
        ("config.kubernetes.io/index", &place),
        ("internal.config.kubernetes.io/index", &place),
        ("internal.config.kubernetes.io/annotations-migration-resource-id", &place),
        ("internal.config.kubernetes.io/id", &number),
        ("config.k8s.io/id", &number),
    ];
    annotate(tree, annotations.map(|(key, value)| (key, value.as_str())))
}

/// Appends the lines of a text, `first` in front of the first one and two spaces in front of the others.
pub fn push_indented(text: &str, first: &str, into: &mut String) {
    for (index, line) in text.lines().enumerate() {
        if index == 0 {
            into.push_str(first);
        } else if !line.is_empty() {
            into.push_str("  ");
        }
        into.push_str(line);
        into.push('\n');
    }
}

/// The `results` of a ResourceList, a line each; nothing when there are none or the text cannot be read.
pub(super) fn results(output: &str) -> Vec<String> {
    let source = Arc::new(Source::new(Default::default(), "output", output));
    let Ok(Some(tree)) = rustomize_yaml::read_document(&source, rustomize_yaml::Dialect::Yaml12) else {
        return Vec::new();
    };
    let Some(results) = tree.get(tree.root(), "results") else { return Vec::new() };
    // A list, or (older) a mapping with the list under `items`.
    let list = tree.get(results, "items").unwrap_or(results);
    let text = |id, path: &[&str]| tree.path(id, path).map(|id| tree.text(id)).filter(|text| !text.is_empty());
    tree.items(list)
        .filter_map(|result| {
            let message = text(result, &["message"])?;
            let severity = text(result, &["severity"]).unwrap_or("error");
            let kind = text(result, &["resourceRef", "kind"]);
            let resource = kind.zip(text(result, &["resourceRef", "name"]));
            let field = text(result, &["field", "path"]);
            let mut line = format!("{severity}: {message}");
            if let Some((kind, name)) = resource {
                line += &format!(" ({kind} {name})");
            }
            if let Some(field) = field {
                line += &format!(" at {field}");
            }
            Some(line)
        })
        .collect()
}

/// Takes over what a transformer made of the resources: changed ones in their places, new ones at the end; what it
/// left out goes.
pub(super) fn update(resources: &mut ResourceSet, made: Vec<Resource>, plugin: &str, context: &Context) -> Result<()> {
    let mut kept = FxHashSet::default();
    let mut seen = ResourceSet::default();
    for mut resource in made {
        annotations::remove_annotations(&mut resource, &[annotations::ID]);
        context.schema.meet(&mut resource)?;
        if seen.find(resource.id()).is_some() {
            let message = format!("{plugin} made two resources with the same id: {}", resource.id());
            return Err(Error::new(Code::DuplicateResource, message));
        }
        seen.push(resource.clone());
        match resources.find(resource.id()) {
            Some(position) => {
                kept.insert(position);
                let old = resources.get_mut(position);
                old.set_tree(resource.shared_tree().clone());
                old.book = resource.book;
            }
            None => {
                kept.insert(resources.len());
                resources.append(resource, context.sources)?;
            }
        }
    }
    resources.keep((0..resources.len()).map(|position| kept.contains(&position)).collect());
    Ok(())
}
