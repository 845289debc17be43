//! Field paths: how they are shown, and what they lead to.

use rustomize_yaml::nearest;
use smallvec::SmallVec;

use super::history::{Branch, History};
use crate::diagnostics::{Code, Error, Result};
use crate::schema::{Node, Schema};

/// How the values of a resource are called.
pub(crate) struct Shown<'a> {
    schema: &'a Schema,
    history: &'a History,
}

impl<'a> Shown<'a> {
    pub fn new(schema: &'a Schema, history: &'a History) -> Shown<'a> {
        Shown { schema, history }
    }

    /// The type of the resource.
    pub fn root(&self) -> Option<Node> {
        let tree = self.history.tree();
        let text = |key| tree.get(tree.root(), key).map_or("", |node| tree.text(node));
        self.schema.root(text("apiVersion"), text("kind"))
    }

    /// Goes on to a child of a value of some type: appends it to the path as people type it, `index` being that of an
    /// item that is still there, `are_twins` whether items of the list are called alike. Returns its type.
    pub fn step(
        &self,
        path: &mut String,
        node: Option<&Node>,
        child: &Branch,
        index: Option<usize>,
        are_twins: bool,
    ) -> Option<Node> {
        if let Some(key) = &child.key {
            push_field(path, key);
            // Nobody goes on from a single value.
            let is_leaf = child.children.is_empty() && child.gone.is_empty();
            return node.filter(|_| !is_leaf).and_then(|node| self.schema.field(node, key));
        }
        self.item(path, node, child, index, are_twins);
        node.and_then(|node| self.schema.items(node))
    }

    /// Appends an item of a list of some type to a path, as [`Shown::step`] does.
    pub fn item(&self, path: &mut String, node: Option<&Node>, item: &Branch, index: Option<usize>, are_twins: bool) {
        path.push('[');
        let name = self.name(node, item).filter(|_| !are_twins || index.is_none());
        match (name, index) {
            (Some((key, value)), _) => {
                path.push_str(key);
                path.push('=');
                path.push_str(value);
            }
            (None, Some(index)) => path.push_str(&index.to_string()),
            (None, None) => path.push('-'),
        }
        path.push(']');
    }

    /// Whether items of a list are called alike: two ports of one number, in types that nobody knows anything.
    pub fn has_twins(&self, node: Option<&Node>, list: &Branch) -> bool {
        if list.children.len() < 2 || list.children[0].key.is_some() {
            return false;
        }
        let keys = merge_keys(node);
        let mut names: SmallVec<[_; 8]> = list.children.iter().filter_map(|child| self.named(&keys, child)).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The key and the text by which the type of a list tells its items apart.
    fn name<'n>(&'n self, node: Option<&'n Node>, item: &'n Branch) -> Option<(&'n str, &'n str)> {
        self.named(&merge_keys(node), item)
    }

    /// The same by the first of some keys that an item has.
    fn named<'n>(&'n self, keys: &[&'n str], item: &'n Branch) -> Option<(&'n str, &'n str)> {
        let tree = self.history.tree_of(item);
        keys.iter().find_map(|&key| {
            let value = tree.get(item.node, key).filter(|&value| tree.is_scalar(value))?;
            let value = tree.text(value);
            (!value.contains(']')).then_some((key, value))
        })
    }
}

/// The keys by which the items of a list are told apart.
fn merge_keys(node: Option<&Node>) -> Vec<&str> {
    node.map(Node::merge_keys).filter(|keys| !keys.is_empty()).unwrap_or_else(|| vec!["name"])
}

/// Appends a field to a path, `.name`; in brackets where it has signs in it that have a meaning in paths.
pub(crate) fn push_field(path: &mut String, name: &str) {
    let is_first = path.is_empty();
    push_part(path, name, is_first);
}

/// Appends a field as it stands in a path, as the first part of it or behind others.
pub(crate) fn push_part(path: &mut String, name: &str, is_first: bool) {
    if name.is_empty() || name.bytes().any(|byte| matches!(byte, b'.' | b'[' | b']' | b'=')) {
        path.extend(["[", name, "]"]);
        return;
    }
    if !is_first {
        path.push('.');
    }
    path.push_str(name);
}

/// What a path leads to: the branches from the root on.
pub(crate) struct Led<'h> {
    pub branches: Vec<&'h Branch>,
    /// How the last one is shown.
    pub path: String,
    /// Its type.
    pub node: Option<Node>,
}

/// Follows a path as people type it. Fails where it leads nowhere, and says what is nearest.
pub(crate) fn follow<'h>(schema: &Schema, history: &'h History, path: &str) -> Result<Led<'h>> {
    let shown = Shown::new(schema, history);
    let mut led = Led { branches: vec![&history.root], path: String::new(), node: shown.root() };
    let mut rest = path.trim();
    while !rest.is_empty() {
        let branch = led.branches[led.branches.len() - 1];
        let Some((child, index, left)) = next(&shown, led.node.as_ref(), branch, rest) else {
            return Err(lost(&shown, &led, branch, rest));
        };
        let are_twins = shown.has_twins(led.node.as_ref(), branch);
        led.node = shown.step(&mut led.path, led.node.as_ref(), child, index, are_twins);
        led.branches.push(child);
        rest = left;
    }
    Ok(led)
}

/// The children of a branch, those that went away without an index.
fn children(branch: &Branch) -> impl Iterator<Item = (Option<usize>, &Branch)> {
    let living = branch.children.iter().enumerate().map(|(index, child)| (Some(index), child));
    living.chain(branch.gone.iter().map(|child| (None, child)))
}

/// The child that the path goes on to, its index, and the rest of the path.
fn next<'h, 'p>(
    shown: &Shown,
    node: Option<&Node>,
    branch: &'h Branch,
    rest: &'p str,
) -> Option<(&'h Branch, Option<usize>, &'p str)> {
    let mut best: Option<(&Branch, Option<usize>, &str, usize)> = None;
    for (index, child) in children(branch) {
        for name in names(shown, node, child, index) {
            let Some((length, left)) = begins_with(rest, &name) else { continue };
            if best.is_none_or(|(.., longest)| length > longest) {
                best = Some((child, index, left, length));
            }
        }
    }
    best.map(|(child, index, left, _)| (child, index, left))
}

/// What a child can be called.
fn names(shown: &Shown, node: Option<&Node>, child: &Branch, index: Option<usize>) -> Vec<String> {
    if let Some(key) = &child.key {
        return vec![key.to_string()];
    }
    let tree = shown.history.tree_of(child);
    let mut names: Vec<String> = index.iter().map(ToString::to_string).collect();
    if tree.is_scalar(child.node) {
        names.push(tree.text(child.node).to_owned());
    }
    for (key, value) in tree.entries(child.node).filter(|&(_, value)| tree.is_scalar(value)) {
        names.push(format!("{}={}", tree.text(key), tree.text(value)));
    }
    names.extend(shown.name(node, child).map(|(_, value)| value.to_owned()));
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

fn lost(shown: &Shown, led: &Led, branch: &Branch, rest: &str) -> Error {
    let word = match rest.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default().trim_matches(['"', '\'']),
        None => {
            // A second dot belongs to the name.
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            let dots = rest.len() - rest.trim_start_matches('.').len();
            let end = rest[dots..].find(['.', '[']).map_or(rest.len(), |end| dots + end);
            &rest[..end]
        }
    };
    let place = if led.path.is_empty() { "the resource".to_owned() } else { format!("`{}`", led.path) };
    let error = Error::new(Code::NotThere, format!("there is no `{word}` in {place}, and never was"));
    let node = led.node.as_ref();
    let names: Vec<String> = children(branch).flat_map(|(index, child)| names(shown, node, child, index)).collect();
    let value = word.split_once('=').map_or(word, |(_, value)| value);
    let near = nearest(word, names.iter().map(String::as_str))
        .or_else(|| nearest(value, names.iter().filter(|name| !name.contains('=')).map(String::as_str)));
    match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.help("it is a single value"),
        None if word.parse::<usize>().is_ok() && branch.children.iter().all(|child| child.key.is_none()) => {
            let last = branch.children.len().checked_sub(1);
            error.help(last.map_or("the list is empty".to_owned(), |last| format!("its items are [0] to [{last}]")))
        }
        None => {
            let is_short = |name: &&str| !name.contains('=') && name.parse::<usize>().is_err();
            let mut names: Vec<&str> = names.iter().map(String::as_str).filter(is_short).collect();
            names.truncate(12);
            error.help(format!("there is {}", names.join(", ")))
        }
    }
}
