use rustomize_yaml::{Dialect, NodeId, Spanned, Style, Tag, Tree, from_node_lenient, read_document};
use serde::Deserialize;

use super::NamespaceTransformer;
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::Selector;
use crate::patch::select;
use crate::refs::FieldSpecs;
use crate::resource::{Resource, ResourceSet};

/// Writes one value into fields of many resources.
#[derive(Debug, Clone)]
pub struct ValueAddTransformer {
    value: String,
    targets: Vec<Target>,
}

/// The settings of a [`ValueAddTransformer`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ValueAddConfig {
    /// The value; the name of the kustomization's directory when empty.
    value: String,
    /// Where it goes.
    targets: Vec<Target>,
    /// A file with more targets.
    target_file_path: Spanned<String>,
}

/// Fields that get the value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Target {
    /// Which resources; all when there is none.
    selector: Option<Selector>,
    /// The field, with slashes between its parts; it is made where it is missing.
    field_path: Spanned<String>,
    /// Above 0: the field holds a path, and the value becomes its part of this number, counted from 1.
    file_path_position: i64,
}

impl ValueAddTransformer {
    /// Fails when there are no targets, or one without a field.
    pub fn new(config: ValueAddConfig, context: &Context) -> Result<ValueAddTransformer> {
        let mut targets = config.targets;
        if !config.target_file_path.is_empty() {
            targets.extend(read_targets(&config.target_file_path, context)?);
        }
        if targets.is_empty() {
            return Err(Error::new(Code::Plugin, "a ValueAddTransformer needs at least one target"));
        }
        for target in &targets {
            let wrong = if target.field_path.is_empty() {
                "a target of a ValueAddTransformer needs a `fieldPath`"
            } else if target.file_path_position < 0 {
                "`filePathPosition` cannot be negative"
            } else {
                continue;
            };
            return Err(Error::new(Code::Plugin, wrong).label_if(context.sources.place(&target.field_path), ""));
        }
        let value = match config.value.trim() {
            "" => context.loader.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            value => value.to_owned(),
        };
        Ok(ValueAddTransformer { value, targets })
    }
}

fn read_targets(path: &Spanned<String>, context: &Context) -> Result<Vec<Target>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Targets {
        targets: Vec<Target>,
    }
    let source = context.loader.text(path)?;
    let tree = read_document(&source, Dialect::Yaml11).map_err(|error| Error::from_yaml(error, &source))?;
    let Some(tree) = tree else { return Ok(Vec::new()) };
    let targets: Targets =
        from_node_lenient(&tree, tree.root()).map_err(|error| Error::of_node(error, context.sources))?;
    Ok(targets.targets)
}

impl Transformer for ValueAddTransformer {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for target in &self.targets {
            let positions = match &target.selector {
                Some(selector) => select(resources, selector, context.sources)?,
                None => (0..resources.len()).collect(),
            };
            for position in positions {
                self.set(resources.get_mut(position), target, context)?;
            }
        }
        Ok(())
    }
}

impl ValueAddTransformer {
    fn set(&self, resource: &mut Resource, target: &Target, context: &Context) -> Result<()> {
        if *target.field_path == "metadata/namespace" {
            return NamespaceTransformer::new(self.value.clone(), FieldSpecs::default())
                .apply(resource, context.sources);
        }
        let tree = resource.tree_mut();
        let node = lookup_or_create(tree, &split(&target.field_path))
            .map_err(|error| error.label_if(context.sources.place(&target.field_path), ""))?;
        let Some(node) = node else { return Ok(()) };
        if !tree.is_scalar(node) {
            let message = format!("`{}` is a mapping or a list, not a text", *target.field_path);
            return Err(Error::new(Code::FieldSpec, message).label_if(context.sources.place(&target.field_path), ""));
        }
        let value = match usize::try_from(target.file_path_position) {
            Ok(position @ 1..) => insert_path_part(tree.text(node), position - 1, &self.value),
            _ => self.value.clone(),
        };
        tree.set_text(node, &value);
        Ok(())
    }
}

/// The parts of a path: split at slashes that have no backslash before them, without spaces around them, and without
/// empty ones.
fn split(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in path.split('/') {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push('/');
                last.push_str(piece);
            }
            None => parts.push(piece.to_owned()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The field that the parts lead to; fields, and items written as `[key=value]`, are made where they are missing.
///
/// `None` where a null or the end of a list stands in the way. Fails where a part meets another kind of node than it
/// needs.
fn lookup_or_create(tree: &mut Tree, parts: &[String]) -> Result<Option<NodeId>> {
    let mut node = tree.root();
    for (at, part) in parts.iter().enumerate() {
        let next = parts.get(at + 1).map(String::as_str);
        let found = match Part::of(part)? {
            Part::Item(index) => item(tree, node, index)?,
            Part::Matching(key, value) => Some(matching_item(tree, node, key, value)?),
            Part::Field(name) => field(tree, node, name, next)?,
        };
        let Some(found) = found else { return Ok(None) };
        node = found;
    }
    Ok(Some(node))
}

enum Part<'a> {
    Field(&'a str),
    /// The item of a list with this number; the last one for `None`.
    Item(Option<usize>),
    Matching(&'a str, &'a str),
}

impl Part<'_> {
    fn of(text: &str) -> Result<Part<'_>> {
        if let Ok(index) = text.parse::<i64>() {
            let index = usize::try_from(index).map_err(|_| wrong_part(text, "is negative"))?;
            return Ok(Part::Item(Some(index)));
        }
        match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inside) => match inside.split_once('=') {
                Some((key, value)) => Ok(Part::Matching(key, value)),
                None => Err(wrong_part(text, "is not of the form [key=value]")),
            },
            None if text == "-" => Ok(Part::Item(None)),
            None if text == "*" => Err(wrong_part(text, "is not supported here")),
            None => Ok(Part::Field(text)),
        }
    }
}

fn wrong_part(part: &str, what: &str) -> Error {
    Error::new(Code::FieldSpec, format!("the part `{part}` of a field path {what}"))
}

fn item(tree: &Tree, list: NodeId, index: Option<usize>) -> Result<Option<NodeId>> {
    if tree.is_null(list) {
        return Ok(None);
    }
    if !tree.is_sequence(list) {
        return Err(wrong_part(&index.map_or("-".to_owned(), |index| index.to_string()), "needs a list"));
    }
    Ok(match index {
        Some(index) => tree.item(list, index),
        None => tree.items(list).last(),
    })
}

/// The first item that has the value under the key, or is the value where there is no key; made where there is none.
fn matching_item(tree: &mut Tree, list: NodeId, key: &str, value: &str) -> Result<NodeId> {
    if !tree.is_sequence(list) {
        return Err(wrong_part(&format!("[{key}={value}]"), "needs a list"));
    }
    let is_match = |&item: &NodeId| match key {
        "" => tree.text(item) == value,
        _ => tree.get(item, key).is_some_and(|found| tree.text(found) == value),
    };
    if let Some(item) = tree.items(list).find(is_match) {
        return Ok(item);
    }
    let scalar = tree.new_scalar(value, Tag::Unset, Style::Plain);
    let item = match key {
        "" => scalar,
        _ => {
            let mapping = tree.new_mapping();
            tree.set(mapping, key, scalar);
            mapping
        }
    };
    tree.push(list, item);
    Ok(item)
}

/// The value under a key, made of the kind that the next part needs.
fn field(tree: &mut Tree, mapping: NodeId, name: &str, next: Option<&str>) -> Result<Option<NodeId>> {
    if tree.is_null(mapping) {
        return Ok(None);
    }
    if !tree.is_mapping(mapping) {
        return Err(wrong_part(name, "needs a mapping"));
    }
    if let Some(value) = tree.get(mapping, name) {
        return Ok(Some(value));
    }
    let made = match next {
        None => tree.new_scalar("", Tag::Unset, Style::Plain),
        Some(next) if next.starts_with('[') && next.ends_with(']') || next.parse::<u64>().is_ok() => {
            tree.new_sequence()
        }
        Some(_) => tree.new_mapping(),
    };
    tree.set(mapping, name, made);
    Ok(Some(made))
}

/// Puts `part` into a path as its part number `position`, counted from 0; at the end where there are fewer. What is
/// absolute stays so.
fn insert_path_part(path: &str, position: usize, part: &str) -> String {
    let (root, rest) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest));
    let mut parts: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split('/').collect() };
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", clean(&parts.join("/"), root == "/"))
}

/// A path without `.` and doubled slashes, and without `..` and what it takes back.
fn clean(path: &str, is_absolute: bool) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(&last) if part == ".." && last != ".." => drop(parts.pop()),
            None if part == ".." && is_absolute => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_put_into_a_path() {
        for (path, position, expected) in [
            ("", 0, "PEACH"),
            ("/", 3, "/PEACH"),
            ("pie", 0, "PEACH/pie"),
            ("/pie", 0, "/PEACH/pie"),
            ("raw", 1, "raw/PEACH"),
            ("a/nice/warm/pie", 3, "a/nice/warm/PEACH/pie"),
            ("/a/nice/warm/pie", 9, "/a/nice/warm/pie/PEACH"),
            ("a/", 1, "a/PEACH"),
        ] {
            assert_eq!(insert_path_part(path, position, "PEACH"), expected, "{path}");
        }
    }
}
