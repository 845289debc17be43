//! Paths with dots, as vars and replacements use them: `spec.containers.[name=web].image`.

use std::cell::OnceCell;

use rustomize_yaml::{Kind, NodeId, Style, Tag, Tree};

use super::field_spec::leads_to_id;
use crate::pattern::{self, Pattern};

/// A path taken apart once and followed often.
///
/// There are two ways to follow one, which differ as they do in kustomize: [`DottedPath::look_up`] leads to one node,
/// compares with the values in brackets, and knows `-` for the last item; [`DottedPath::find`] leads to many, takes the
/// values in brackets for patterns, knows `*`, reaches into texts that hold YAML or JSON, and can make what is missing.
#[derive(Debug)]
pub struct DottedPath {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    text: String,
    meaning: Meaning,
}

#[derive(Debug)]
enum Meaning {
    /// A key of a mapping.
    Key,
    /// An item of a list, counted from 0.
    Index(usize),
    /// Below zero.
    NegativeIndex,
    /// `-`, the last item.
    Last,
    /// `*`, all items.
    Every,
    /// `[key=value]`: the items with this value under this key; without a key, the items that are this value.
    Match { key: String, value: String, pattern: Search },
    /// Brackets without `=`.
    MatchWithoutValue,
    /// Nothing but spaces.
    Blank,
}

impl Meaning {
    fn of(text: &str) -> Meaning {
        match text {
            "" => Meaning::Blank,
            "-" => Meaning::Last,
            "*" => Meaning::Every,
            _ => match (text.parse::<i64>(), text.strip_prefix('[').and_then(|text| text.strip_suffix(']'))) {
                (Ok(index), _) => usize::try_from(index).map_or(Meaning::NegativeIndex, Meaning::Index),
                (_, Some(inner)) => match inner.split_once('=') {
                    Some((key, value)) => {
                        Meaning::Match { key: key.into(), value: value.into(), pattern: Search::new(value) }
                    }
                    None => Meaning::MatchWithoutValue,
                },
                _ => Meaning::Key,
            },
        }
    }
}

/// Why a path cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// A clause without a full stop.
    pub reason: String,
    /// The node that does not fit, unless it is inside a text.
    pub node: Option<NodeId>,
}

impl Blocked {
    fn at(node: NodeId, reason: impl Into<String>) -> Blocked {
        Blocked { reason: reason.into(), node: Some(node) }
    }

    fn kind(tree: &Tree, node: NodeId, part: &Part, wanted: &str) -> Blocked {
        let found = match tree.kind(node) {
            Kind::Scalar => "a scalar",
            Kind::Mapping => "a mapping",
            Kind::Sequence => "a list",
        };
        Blocked::at(node, format!("`{}` needs {wanted}, but meets {found}", part.text))
    }
}

/// Where [`DottedPath::find`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A node of the tree; one that was made under a null is not part of it.
    Node(NodeId),
    /// A node of this kind inside a text that holds YAML or JSON. Changing it changes nothing, as in kustomize.
    InText(Kind),
}

impl DottedPath {
    /// The path of a text: dots separate, unless escaped with a backslash or in brackets.
    pub fn new(path: &str) -> DottedPath {
        split(path).into_iter().collect()
    }

    /// How many parts it has.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether the path leads to, into, or over a part of a resource's id.
    pub fn is_part_of_id(&self) -> bool {
        leads_to_id(self.keys())
    }

    /// Whether the path leads to, into, or over a part of a resource's type.
    pub fn is_part_of_type(&self) -> bool {
        matches!(self.keys().next(), None | Some("kind" | "apiVersion"))
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.text.trim()).filter(|text| !text.is_empty())
    }
}

impl FromIterator<String> for DottedPath {
    fn from_iter<I: IntoIterator<Item = String>>(parts: I) -> Self {
        let part = |text: String| Part { meaning: Meaning::of(text.trim()), text };
        DottedPath { parts: parts.into_iter().map(part).collect() }
    }
}

/// Splits a path at dots; `\.` is a dot. What stands in brackets stays whole: with its brackets when there is a `=` in
/// it, else without.
pub fn split(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut pieces = super::field_spec::split_path(path, '.').into_iter();
    while let Some(mut part) = pieces.next() {
        if part.starts_with('[') && !part.ends_with(']') {
            for piece in pieces.by_ref() {
                part.push('.');
                part.push_str(&piece);
                if piece.ends_with(']') {
                    break;
                }
            }
            if !part.contains('=') {
                part = part.trim_matches(['[', ']']).to_owned();
            }
        }
        parts.push(part);
    }
    parts
}

/// Like [`split`], with an index that directly follows a key, as in `ports[0]`, as a part of its own.
pub fn split_indexed(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in split(path) {
        let index = part.strip_suffix(']').and_then(|part| part.rsplit_once('['));
        match index {
            Some((key, index)) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                parts.extend((!key.is_empty()).then(|| key.to_owned()));
                parts.push(index.to_owned());
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Following a path to one node.
impl DottedPath {
    /// The node that the first `count` parts lead to from the root; `None` where something is missing or null on the
    /// way. A null at the end is found.
    ///
    /// Fails where a part meets another kind of node than it needs.
    pub fn look_up(&self, tree: &Tree, count: usize) -> Result<Option<NodeId>, Blocked> {
        let mut node = tree.root();
        for part in &self.parts[..count] {
            match look_up_part(tree, node, part)? {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }
}

fn look_up_part(tree: &Tree, node: NodeId, part: &Part) -> Result<Option<NodeId>, Blocked> {
    let list = |found: fn(&Tree, NodeId, &Part) -> Option<NodeId>| match tree.kind(node) {
        _ if tree.is_null(node) => Ok(None),
        Kind::Sequence => Ok(found(tree, node, part)),
        _ => Err(Blocked::kind(tree, node, part, "a list")),
    };
    match &part.meaning {
        Meaning::Blank => Ok(Some(node)),
        Meaning::Index(_) => list(|tree, node, part| match part.meaning {
            Meaning::Index(index) => tree.item(node, index),
            _ => None,
        }),
        Meaning::Last if tree.is_null(node) || (tree.is_sequence(node) && tree.is_empty(node)) => {
            Err(Blocked::at(node, "`-` needs a list that is not empty"))
        }
        Meaning::Last => list(|tree, node, _| tree.items(node).last()),
        Meaning::NegativeIndex => Err(Blocked::at(node, format!("the index `{}` is negative", part.text))),
        Meaning::Every => Err(Blocked::at(node, "`*` cannot be used where one value is needed")),
        Meaning::MatchWithoutValue => Err(without_value(node, part)),
        Meaning::Match { .. } => list(|tree, node, part| {
            tree.items(node).find(|&item| match &part.meaning {
                Meaning::Match { key, value, .. } if key.is_empty() => tree.text(item) == value,
                Meaning::Match { key, value, .. } => tree.get(item, key).is_some_and(|have| tree.text(have) == value),
                _ => false,
            })
        }),
        Meaning::Key => match tree.kind(node) {
            _ if tree.is_null(node) => Ok(None),
            Kind::Mapping => Ok(tree.get(node, part.text.trim())),
            _ => Err(Blocked::kind(tree, node, part, "a mapping")),
        },
    }
}

fn without_value(node: NodeId, part: &Part) -> Blocked {
    Blocked::at(node, format!("`{}` is neither a key nor of the form `[key=value]`", part.text))
}

/// Following a path to many nodes.
impl DottedPath {
    /// All nodes that the parts from number `start` on lead to from the root, in document order; none where something
    /// is missing.
    ///
    /// `making` says that missing mappings, lists, matching items and one item behind the last are to be made, and what
    /// comes at the end. `in_text` reads the YAML or JSON of a text that stands in the way.
    /// Fails where a part meets another kind of node than it needs, or an index beyond the end of a list.
    pub fn find(
        &self,
        tree: &mut Tree,
        start: usize,
        making: Option<Kind>,
        in_text: &dyn Fn(&str) -> Option<Tree>,
    ) -> Result<Vec<Found>, Blocked> {
        let mut finder = Finder { parts: &self.parts, making, in_text, found: Vec::new() };
        finder.follow(tree, tree.root(), start)?;
        Ok(finder.found)
    }
}

struct Finder<'a> {
    parts: &'a [Part],
    making: Option<Kind>,
    in_text: &'a dyn Fn(&str) -> Option<Tree>,
    found: Vec<Found>,
}

impl Finder<'_> {
    fn follow(&mut self, tree: &mut Tree, node: NodeId, at: usize) -> Result<(), Blocked> {
        let parts = self.parts;
        let Some(part) = parts.get(at) else {
            self.found.push(Found::Node(node));
            return Ok(());
        };
        match &part.meaning {
            // only look-ups trim
            _ if part.text.trim().len() != part.text.len() => self.key(tree, node, at),
            Meaning::Index(index) => self.index(tree, node, at, *index),
            Meaning::Match { key, value, pattern } => self.matching(tree, node, at, (key, value, pattern)),
            Meaning::MatchWithoutValue => Err(without_value(node, part)),
            Meaning::Every => {
                for item in items(tree, node, part)? {
                    self.follow(tree, item, at + 1)?;
                }
                Ok(())
            }
            Meaning::Key | Meaning::Last | Meaning::NegativeIndex | Meaning::Blank => self.key(tree, node, at),
        }
    }

    fn key(&mut self, tree: &mut Tree, node: NodeId, at: usize) -> Result<(), Blocked> {
        let part = &self.parts[at];
        let known = match tree.kind(node) {
            _ if tree.is_null(node) => None,
            Kind::Scalar if part.text.is_empty() => tree.text(node).is_empty().then_some(node),
            Kind::Mapping if !part.text.is_empty() => tree.get(node, &part.text),
            _ => return Err(Blocked::kind(tree, node, part, "a mapping")),
        };
        let value = match (known, self.made_before(at + 1)) {
            (Some(value), _) => value,
            (None, None) => return Ok(()),
            (None, Some(kind)) => {
                let (key, value) = (tree.new_scalar(&part.text, Tag::Unset, Style::Plain), new_node(tree, kind));
                if tree.is_mapping(node) {
                    tree.append_entry(node, key, value);
                }
                value
            }
        };
        if tree.is_scalar(value) && at + 1 < self.parts.len() {
            return self.follow_into(tree, value, at + 1);
        }
        self.follow(tree, value, at + 1)
    }

    /// What is to be made when the part before number `at` is missing.
    fn made_before(&self, at: usize) -> Option<Kind> {
        let end = self.making?;
        Some(match self.parts.get(at) {
            None => end,
            Some(part) => match part.meaning {
                Meaning::Blank => end,
                Meaning::Index(_) | Meaning::Match { .. } | Meaning::MatchWithoutValue => Kind::Sequence,
                _ => Kind::Mapping,
            },
        })
    }

    fn index(&mut self, tree: &mut Tree, list: NodeId, at: usize, index: usize) -> Result<(), Blocked> {
        let known = items(tree, list, &self.parts[at])?;
        let item = match (known.get(index), self.made_before(at + 1)) {
            (Some(&item), _) => item,
            (None, Some(kind)) if known.len() == index => append_new(tree, list, kind),
            _ => {
                let reason = format!("index {index} is given, but there are only {} items", known.len());
                return Err(Blocked::at(list, reason));
            }
        };
        self.follow(tree, item, at + 1)
    }

    fn matching(
        &mut self,
        tree: &mut Tree,
        list: NodeId,
        at: usize,
        (key, value, pattern): (&str, &str, &Search),
    ) -> Result<(), Blocked> {
        let before = self.found.len();
        for item in items(tree, list, &self.parts[at])? {
            let text = if key.is_empty() { Some(item) } else { tree.get(item, key) };
            let Some(text) = text else { continue };
            if pattern.matches(&printed(tree, text)).map_err(|reason| Blocked::at(list, reason))? {
                self.follow_match(tree, item, at, key)?;
            }
        }
        if self.found.len() > before || self.making.is_none() {
            return Ok(());
        }
        if !pattern.matches(value).map_err(|reason| Blocked::at(list, reason))? {
            return Err(Blocked::at(
                list,
                format!("no item matches the pattern `{value}`, and none can be made of it"),
            ));
        }
        let item = append_new(tree, list, if key.is_empty() { Kind::Scalar } else { Kind::Mapping });
        if key.is_empty() {
            tree.set_text(item, value);
        } else {
            let value = tree.new_scalar(value, Tag::Unset, Style::Plain);
            let key = tree.new_scalar(key, Tag::Unset, Style::Plain);
            tree.append_entry(item, key, value);
        }
        self.follow_match(tree, item, at, key)
    }

    /// What comes after an item that is matched as a whole does not count.
    fn follow_match(&mut self, tree: &mut Tree, item: NodeId, at: usize, key: &str) -> Result<(), Blocked> {
        if key.is_empty() {
            self.found.push(Found::Node(item));
            return Ok(());
        }
        self.follow(tree, item, at + 1)
    }

    fn follow_into(&mut self, tree: &Tree, node: NodeId, at: usize) -> Result<(), Blocked> {
        let Some(mut inner) = (self.in_text)(tree.text(node)) else {
            return Err(Blocked::kind(tree, node, &self.parts[at], "a mapping or a list"));
        };
        let mut finder = Finder { found: Vec::new(), ..*self };
        let root = inner.root();
        finder.follow(&mut inner, root, at).map_err(|blocked| Blocked::at(node, blocked.reason))?;
        self.found.extend(finder.found.into_iter().map(|found| match found {
            Found::Node(node) => Found::InText(inner.kind(node)),
            Found::InText(kind) => Found::InText(kind),
        }));
        Ok(())
    }
}

/// The items of a list; a null has none.
fn items(tree: &Tree, node: NodeId, part: &Part) -> Result<Vec<NodeId>, Blocked> {
    match tree.kind(node) {
        _ if tree.is_null(node) => Ok(Vec::new()),
        Kind::Sequence => Ok(tree.items(node).collect()),
        _ => Err(Blocked::kind(tree, node, part, "a list")),
    }
}

fn new_node(tree: &mut Tree, kind: Kind) -> NodeId {
    match kind {
        Kind::Scalar => tree.new_scalar("", Tag::Unset, Style::Plain),
        Kind::Mapping => tree.new_mapping(),
        Kind::Sequence => tree.new_sequence(),
    }
}

/// A new item; what is put under a null is lost, as in kustomize.
fn append_new(tree: &mut Tree, list: NodeId, kind: Kind) -> NodeId {
    let item = new_node(tree, kind);
    if tree.is_sequence(list) {
        tree.push(list, item);
    }
    item
}

/// A scalar as it would be printed, which is what patterns are matched against: a quoted one has its quotes.
fn printed(tree: &Tree, node: NodeId) -> String {
    let text = tree.text(node);
    match tree.style(node) {
        Style::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
        Style::DoubleQuoted => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        _ => text.trim().to_owned(),
    }
}

/// A regular expression that matches anywhere, compiled only when it has to be.
#[derive(Debug)]
struct Search {
    text: String,
    compiled: OnceCell<Result<Pattern, String>>,
}

impl Search {
    fn new(text: &str) -> Search {
        Search { text: text.to_owned(), compiled: OnceCell::new() }
    }

    /// Fails with a clause that says what is wrong with the pattern.
    fn matches(&self, text: &str) -> Result<bool, String> {
        if pattern::is_simple(&self.text) {
            let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            return Ok(starts.into_iter().any(|at| pattern::after_simple(&self.text, &text[at..]).is_some()));
        }
        let compiled = self.compiled.get_or_init(|| {
            Pattern::search(&self.text).map_err(|reason| format!("`{}` is no regular expression: {reason}", self.text))
        });
        compiled.as_ref().map(|pattern| pattern.is_match(text)).map_err(String::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_separate_unless_escaped_or_in_brackets() {
        for (path, parts) in [
            ("spec.containers.[name=web.app].image", &["spec", "containers", "[name=web.app]", "image"][..]),
            ("metadata.annotations.[a.b/c]", &["metadata", "annotations", "a.b/c"]),
            ("data.config\\.json.key", &["data", "config.json", "key"]),
            ("", &[""]),
            ("a..b", &["a", "", "b"]),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
        assert_eq!(split_indexed("spec.ports[0].name"), ["spec", "ports", "0", "name"]);
        assert_eq!(split_indexed("spec.ports[a]"), ["spec", "ports[a]"]);
    }

    #[test]
    fn patterns_without_special_characters_match_anywhere() {
        for (pattern, text, expected) in [
            ("web", "my-web-app", true),
            ("w.b", "my-wab", true),
            ("web.", "web", false),
            ("", "", true),
            ("^web$", "\"web\"", false),
            ("^w[a-e]b$", "web", true),
        ] {
            assert_eq!(Search::new(pattern).matches(text), Ok(expected), "{pattern} {text}");
        }
        assert!(Search::new("(").matches("x").is_err());
    }
}
