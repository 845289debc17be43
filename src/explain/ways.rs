//! The ways to values, as JSON: worked out once for all resources that have the same fields.

use rustomize_yaml::{Tree, push_json_string, push_json_text};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::json::push_number;
use super::path::push_part;
use crate::schema::{Node, Schema};

/// How many ways are kept. Those that come beyond them are forgotten when they have been gone.
const MOST: usize = 1000;

/// How far from where a field is expected among those of its mapping it is looked for.
const NEAR: usize = 16;

/// Of how many steps it is kept at each way what is told of them.
const MOST_TOLD: usize = 8;

/// What the object of a value begins with.
const PATH: &str = "{\"path\":\"";
/// What follows the path.
const KEYS: &str = "\",\"keys\":[";

/// The ways that are known, as a tree: each one goes on from another one. Those that are not kept come last.
#[derive(Default)]
pub(super) struct Ways {
    all: Vec<Way>,
    /// The numbers of those that begin, with the `apiVersion` and the `kind` of their resources.
    roots: Vec<(String, String, usize)>,
}

struct Way {
    last: Last,
    /// The type of what is there.
    node: Option<Node>,
    /// The begin of the object of a value: the path, and the keys without the closing bracket.
    head: String,
    /// Where the path ends in it.
    path_end: usize,
    /// The ways that go on from here.
    next: Vec<usize>,
    told: Told,
}

/// By step: the number of what is told of changes that it makes here; `None` where those are told one by one.
type Told = SmallVec<[(usize, Option<usize>); 2]>;

/// The last part of a way.
enum Last {
    Root,
    Field(SmolStr),
    /// An item of a list: its index, and what it is called in paths.
    Item(Option<usize>, Box<str>),
}

impl Ways {
    /// The way to a resource as a whole.
    pub fn root(&mut self, schema: &Schema, tree: &Tree) -> usize {
        let text = |key| tree.get(tree.root(), key).map_or("", |node| tree.text(node));
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if self.all.len() >= MOST {
            self.all.clear();
            self.roots.clear();
        }
        let known = self.roots.iter().find(|root| (&*root.0, &*root.1) == (api_version, kind));
        if let Some(&(.., number)) = known {
            return number;
        }
        let number = self.start("", "", schema.root(api_version, kind));
        self.roots.push((api_version.to_owned(), kind.to_owned(), number));
        number
    }

    /// A way that begins with a path and with keys, both as JSON. It is forgotten with the next resource.
    pub fn start(&mut self, path: &str, keys: &str, node: Option<Node>) -> usize {
        let head = [PATH, path, KEYS, keys].concat();
        self.push(Last::Root, node, head, PATH.len() + path.len())
    }

    fn push(&mut self, last: Last, node: Option<Node>, head: String, path_end: usize) -> usize {
        self.all.push(Way { last, node, head, path_end, next: Vec::new(), told: Told::new() });
        self.all.len() - 1
    }

    /// The way to a field of what is at the end of a way; `place` says as the how manieth one it is expected.
    pub fn field(&mut self, schema: &Schema, from: usize, name: &SmolStr, place: usize) -> usize {
        let known = self.near(from, place, |last| matches!(last, Last::Field(other) if other == name));
        known.unwrap_or_else(|| {
            let node = self.all[from].node.as_ref().and_then(|node| schema.field(node, name));
            let is_first = self.path(from).is_empty();
            let (mut part, mut key) = (String::new(), String::new());
            push_part(&mut part, name, is_first);
            push_json_string(&mut key, name);
            self.go_on(from, Last::Field(name.clone()), node, &part, &key)
        })
    }

    /// The way to an item of the list at the end of a way; `part` is what it is called in paths.
    pub fn item(&mut self, schema: &Schema, from: usize, index: Option<usize>, part: &str, place: usize) -> usize {
        let is_it = |last: &Last| matches!(last, Last::Item(other, text) if *other == index && **text == *part);
        self.near(from, place, is_it).unwrap_or_else(|| {
            let node = self.all[from].node.as_ref().and_then(|node| schema.items(node));
            let mut key = String::new();
            match index {
                Some(index) => push_number(index, &mut key),
                None => key.push_str("null"),
            }
            self.go_on(from, Last::Item(index, part.into()), node, part, &key)
        })
    }

    /// The way from another one on whose last part is the right one.
    fn near(&self, from: usize, place: usize, is_it: impl Fn(&Last) -> bool) -> Option<usize> {
        let next = &self.all[from].next;
        let is_here = |&&number: &&usize| is_it(&self.all[number].last);
        let near = || next.iter().skip(place.saturating_sub(NEAR)).take(2 * NEAR).find(is_here);
        next.get(place).filter(is_here).or_else(near).copied()
    }

    /// A new way.
    fn go_on(&mut self, from: usize, last: Last, node: Option<Node>, part: &str, key: &str) -> usize {
        let keys = &self.all[from].head[self.all[from].path_end + KEYS.len()..];
        let mut head = String::with_capacity(self.all[from].head.len() + part.len() + key.len() + 1);
        head.push_str(PATH);
        head.push_str(self.path(from));
        push_json_text(&mut head, part);
        let path_end = head.len();
        head.push_str(KEYS);
        head.push_str(keys);
        if !keys.is_empty() {
            head.push(',');
        }
        head.push_str(key);
        let number = self.push(last, node, head, path_end);
        if number < MOST {
            self.all[from].next.push(number);
        }
        number
    }

    /// The way was gone to its end and back.
    pub fn leave(&mut self, way: usize) {
        if way >= MOST {
            self.all.truncate(way);
        }
    }

    fn path(&self, way: usize) -> &str {
        &self.all[way].head[PATH.len()..self.all[way].path_end]
    }

    /// The type of what is at the end of a way.
    pub fn node(&self, way: usize) -> Option<&Node> {
        self.all[way].node.as_ref()
    }

    /// The begin of the object of a value: its path, and its keys without the closing bracket.
    pub fn head(&self, way: usize) -> &str {
        &self.all[way].head
    }

    /// What [`Ways::tell`] was told of a step, unless it has been forgotten.
    pub fn told(&self, way: usize, step: usize) -> Option<Option<usize>> {
        self.all[way].told.iter().find(|(other, _)| *other == step).map(|&(_, told)| told)
    }

    /// Keeps the number of what is told of changes that a step makes at the end of a way.
    pub fn tell(&mut self, way: usize, step: usize, told: Option<usize>) {
        let known = &mut self.all[way].told;
        if known.len() < MOST_TOLD {
            known.push((step, told));
        }
    }
}
