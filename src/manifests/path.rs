use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Tree, read_document};

use super::flow_text;
use crate::diagnostics::{Code, Error, Result};
use crate::pattern::Pattern;

/// A path to fields: names, `[name=pattern]` or a number for items of lists, `*` for all of them.
#[derive(Debug, Clone)]
pub struct FieldPath(Vec<Step>);

#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Index(usize),
    Every,
    /// The items whose field fits; the items themselves without a field.
    Matching(String, Pattern),
}

/// A value at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The value in one line, as YAML.
    pub shown: String,
    /// The text of a scalar; empty for a collection.
    pub value: String,
    /// What the items on the way are called, the last one first.
    pub matches: Vec<String>,
}

impl FieldPath {
    /// Understands the parts of a path. Fails for a pattern that is none.
    pub fn new(parts: &[impl AsRef<str>]) -> Result<FieldPath> {
        parts.iter().map(|part| step(part.as_ref())).collect::<Result<_>>().map(FieldPath)
    }

    /// The parts of a path as it is typed: `spec.containers[name=web].image`; a dot in a name comes after a backslash.
    pub fn split(text: &str) -> Result<Vec<String>> {
        let mut parts = Vec::new();
        for part in separated(text) {
            match part.split('[').collect::<Vec<_>>().as_slice() {
                [_] => parts.push(part),
                [list, item] => parts.extend([(*list).to_owned(), format!("[{item}")]),
                _ => {
                    let error = Error::new(Code::Usage, format!("{part} is no part of a path"));
                    return Err(error.help("write list[field=value]"));
                }
            }
        }
        Ok(parts)
    }

    /// The values at the path; a field that is not there has none.
    pub fn hits(&self, tree: &Tree) -> Vec<Hit> {
        let mut hits = Vec::new();
        collect(tree, tree.root(), &self.0, &mut Vec::new(), &mut hits);
        hits
    }
}

/// What stands between the dots that are neither in brackets nor behind a backslash.
fn separated(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    let mut in_brackets = false;
    while let Some(mut character) = characters.next() {
        in_brackets = character == '[' || in_brackets && character != ']';
        if character == '.' && !in_brackets {
            parts.push(String::new());
            continue;
        }
        if character == '\\' && characters.peek() == Some(&'.') {
            character = '.';
            characters.next();
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

fn step(part: &str) -> Result<Step> {
    if let Ok(index) = part.parse() {
        return Ok(Step::Index(index));
    }
    match part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => {
            let (field, pattern) = inner.split_once('=').ok_or_else(|| {
                Error::new(Code::Usage, format!("{part} does not say which items")).help("write [field=value]")
            })?;
            let pattern = Pattern::search(pattern)
                .map_err(|_| Error::new(Code::Usage, format!("{pattern} is no regular expression")))?;
            Ok(Step::Matching(field.to_owned(), pattern))
        }
        None if part == "*" => Ok(Step::Every),
        None => Ok(Step::Field(part.to_owned())),
    }
}

fn collect(tree: &Tree, node: NodeId, steps: &[Step], matches: &mut Vec<String>, hits: &mut Vec<Hit>) {
    let Some((step, rest)) = steps.split_first() else {
        let value = if tree.is_scalar(node) { tree.text(node).to_owned() } else { String::new() };
        let matches = matches.iter().rev().cloned().collect();
        return hits.push(Hit { shown: flow_text(tree, node), value, matches });
    };
    match step {
        Step::Field(name) => match tree.is_mapping(node).then(|| tree.get(node, name)).flatten() {
            Some(value) if tree.is_scalar(value) && !rest.is_empty() => inside(tree.text(value), rest, hits),
            Some(value) => collect(tree, value, rest, matches, hits),
            None => {}
        },
        _ if !tree.is_sequence(node) => {}
        Step::Index(index) => {
            if let Some(item) = tree.item(node, *index) {
                collect(tree, item, rest, matches, hits);
            }
        }
        Step::Every => tree.items(node).for_each(|item| {
            matches.push("*".to_owned());
            collect(tree, item, rest, matches, hits);
            matches.pop();
        }),
        Step::Matching(field, pattern) => tree.items(node).for_each(|item| {
            let compared = if field.is_empty() { Some(item) } else { tree.get(item, field) };
            let Some(text) = compared.map(|node| flow_text(tree, node)).filter(|text| pattern.is_match(text)) else {
                return;
            };
            matches.extend((!field.is_empty()).then_some(text));
            collect(tree, item, rest, matches, hits);
            if !field.is_empty() {
                matches.pop();
            }
        }),
    }
}

/// Goes on in YAML that stands inside of a text.
fn inside(text: &str, steps: &[Step], hits: &mut Vec<Hit>) {
    let source = Arc::new(Source::new(FileId(0), "", text));
    if let Ok(Some(tree)) = read_document(&source, Dialect::Yaml12) {
        collect(&tree, tree.root(), steps, &mut Vec::new(), hits);
    }
}
