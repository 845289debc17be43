//! Field paths: how they are shown, and what they lead to.

use rustomize_yaml::{NodeId, Tree, nearest};

use super::history::{Branch, History};
use crate::diagnostics::{Code, Error, Result};
use crate::schema::{Node, Schema};

/// The way from the root of a resource to a value, shown as people type it.
pub(crate) struct Shown<'a> {
    schema: &'a Schema,
    history: &'a History,
}

/// A value on the way: what is known of its type, and its path so far.
#[derive(Clone)]
pub(crate) struct Stop {
    pub path: String,
    pub node: Option<Node>,
}

impl<'a> Shown<'a> {
    pub fn new(schema: &'a Schema, history: &'a History) -> Shown<'a> {
        Shown { schema, history }
    }

    /// The root.
    pub fn root(&self) -> Stop {
        let tree = self.history.tree();
        let text = |key| tree.get(tree.root(), key).map_or("", |node| tree.text(node));
        Stop { path: String::new(), node: self.schema.root(text("apiVersion"), text("kind")) }
    }

    /// The way on to a child; `index` counts the items of a list.
    pub fn step(&self, stop: &Stop, child: &Branch, index: usize) -> Stop {
        let Some(key) = &child.key else {
            let node = stop.node.as_ref().and_then(|node| self.schema.items(node));
            let label = self.label(stop, child).unwrap_or_else(|| index.to_string());
            return Stop { path: format!("{}[{label}]", stop.path), node };
        };
        let node = stop.node.as_ref().and_then(|node| self.schema.field(node, key));
        let path = match (&*stop.path, key.contains(['.', '[', ']', '=']) || key.is_empty()) {
            (path, true) => format!("{path}[{key}]"),
            ("", false) => key.to_string(),
            (path, false) => format!("{path}.{key}"),
        };
        Stop { path, node }
    }

    /// `name=web` for an item that the type of its list tells by a name.
    fn label(&self, stop: &Stop, item: &Branch) -> Option<String> {
        let (key, value) = self.name(stop, item)?;
        Some(format!("{key}={value}"))
    }

    /// The key and the text by which the type of a list tells its items apart.
    pub fn name(&self, stop: &Stop, item: &Branch) -> Option<(String, String)> {
        let tree = self.history.tree_of(item);
        let keys = stop.node.as_ref().map(|node| node.merge_keys().into_iter().map(str::to_owned).collect());
        let keys: Vec<String> = keys.unwrap_or_default();
        let keys = if keys.is_empty() { vec!["name".to_owned()] } else { keys };
        keys.into_iter().find_map(|key| {
            let value = scalar(tree, item.node, &key)?;
            (!value.contains(']')).then_some((key, value))
        })
    }
}

fn scalar(tree: &Tree, node: NodeId, key: &str) -> Option<String> {
    tree.get(node, key).filter(|&value| tree.is_scalar(value)).map(|value| tree.text(value).to_owned())
}

/// What a path leads to: the branches from the root on.
pub(crate) struct Led<'h> {
    pub branches: Vec<&'h Branch>,
    /// How the last one is shown.
    pub stop: Stop,
}

/// Follows a path as people type it. Fails where it leads nowhere, and says what is nearest.
pub(crate) fn follow<'h>(schema: &Schema, history: &'h History, path: &str) -> Result<Led<'h>> {
    let shown = Shown::new(schema, history);
    let mut led = Led { branches: vec![&history.root], stop: shown.root() };
    let mut rest = path.trim();
    while !rest.is_empty() {
        let branch = led.branches[led.branches.len() - 1];
        let Some((child, index, left)) = next(&shown, &led.stop, branch, rest) else {
            return Err(lost(&shown, &led.stop, branch, rest));
        };
        led.stop = shown.step(&led.stop, child, index);
        led.branches.push(child);
        rest = left;
    }
    Ok(led)
}

/// The child that the path goes on to, its index, and the rest of the path.
fn next<'h, 'p>(shown: &Shown, stop: &Stop, branch: &'h Branch, rest: &'p str) -> Option<(&'h Branch, usize, &'p str)> {
    let living = branch.children.iter().enumerate();
    let gone = branch.gone.iter().map(|child| (usize::MAX, child));
    let mut best: Option<(&Branch, usize, &str, usize)> = None;
    for (index, child) in living.chain(gone) {
        for name in names(shown, stop, child, index) {
            let Some((length, left)) = begins_with(rest, &name) else { continue };
            if best.is_none_or(|(.., longest)| length > longest) {
                best = Some((child, index, left, length));
            }
        }
    }
    best.map(|(child, index, left, _)| (child, index, left))
}

/// What a child can be called.
fn names(shown: &Shown, stop: &Stop, child: &Branch, index: usize) -> Vec<String> {
    if let Some(key) = &child.key {
        return vec![key.to_string()];
    }
    let tree = shown.history.tree_of(child);
    let mut names = Vec::new();
    if index != usize::MAX {
        names.push(index.to_string());
    }
    if tree.is_scalar(child.node) {
        names.push(tree.text(child.node).to_owned());
    }
    for (key, value) in tree.entries(child.node).filter(|&(_, value)| tree.is_scalar(value)) {
        names.push(format!("{}={}", tree.text(key), tree.text(value)));
    }
    names.extend(shown.name(stop, child).map(|(_, value)| value));
    names
}

/// Whether a path begins with a name, as `.name`, `name` or `[name]`: how long it is, and the rest.
fn begins_with<'p>(path: &'p str, name: &str) -> Option<(usize, &'p str)> {
    if let Some(inside) = path.strip_prefix('[') {
        let inside = inside.strip_prefix(['"', '\'']).unwrap_or(inside);
        let rest = inside.strip_prefix(name)?;
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
        return Some((name.len(), rest.strip_prefix(']')?));
    }
    let rest = path.strip_prefix('.').unwrap_or(path).strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some((name.len(), rest))
}

fn lost(shown: &Shown, stop: &Stop, branch: &Branch, rest: &str) -> Error {
    let word = match rest.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default().trim_matches(['"', '\'']),
        None => {
            let rest = rest.trim_start_matches('.');
            rest.split(['.', '[']).next().unwrap_or_default()
        }
    };
    let place = if stop.path.is_empty() { "the resource".to_owned() } else { format!("`{}`", stop.path) };
    let error = Error::new(Code::NotThere, format!("there is no `{word}` in {place}, and never was"));
    let children = branch.children.iter().enumerate().chain(branch.gone.iter().map(|child| (usize::MAX, child)));
    let names: Vec<String> = children.flat_map(|(index, child)| names(shown, stop, child, index)).collect();
    let value = word.split_once('=').map_or(word, |(_, value)| value);
    let near = nearest(word, names.iter().map(String::as_str))
        .or_else(|| nearest(value, names.iter().filter(|name| !name.contains('=')).map(String::as_str)));
    match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.help("it is a single value"),
        None => {
            let is_short = |name: &&str| !name.contains('=') && name.parse::<usize>().is_err();
            let mut names: Vec<&str> = names.iter().map(String::as_str).filter(is_short).collect();
            names.truncate(12);
            error.help(format!("there is {}", names.join(", ")))
        }
    }
}
