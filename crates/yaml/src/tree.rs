//! The tree of nodes that a YAML document becomes, and every way to change it.
//!
//! Nodes live in one vector and are linked by index, so that a tree is copied with one `memcpy`, an insertion or a
//! removal costs constant time, and values move between documents by copying a few words a node. Nodes that fall out
//! of the tree stay in the vector, unreachable: documents are small and short-lived.

mod change;
mod copies;
mod origins;
mod past;
mod reading;
mod slot;
mod string_entry;
#[cfg(test)]
mod tests;
mod touched;
mod twins;
mod words;

use std::sync::Arc;

pub use copies::Room;
pub use past::Past;
pub use string_entry::StringEntry;
pub use touched::Touched;

use crate::{Dialect, FileId, Source, resolve};
use origins::Origins;
use slot::{Form, Slot};

/// A node of one [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    const NONE: NodeId = NodeId(u32::MAX);

    fn some(self) -> Option<NodeId> {
        (self != NodeId::NONE).then_some(self)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which step of a build wrote a value last; 0 means "as read". The caller numbers its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// What a node is. Aliases are expanded while reading, so there is no kind for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text with a [`Tag`].
    Scalar,
    /// Keys and values in the author's order.
    Mapping,
    /// Items in order.
    Sequence,
}

/// How a node was written, which decides how its text is understood when it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// A plain scalar, or a collection in block form.
    Plain,
    /// `'single'`
    SingleQuoted,
    /// `"double"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection in `{}` or `[]`.
    Flow,
}

/// The type of a scalar, fixed when it is read (go-yaml v3's rules), or given by the step that wrote it.
///
/// A tag can disagree with the text: a prefix put on an integer keeps [`Tag::Int`]. What comes out is then decided at
/// printing, and may be an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Not decided: resolved from the text at printing.
    Unset,
    /// `null`, `~`, nothing
    Null,
    /// `true`, `false`
    Bool,
    /// `1`, `0x1f`
    Int,
    /// `1.5`, `.inf`
    Float,
    /// `2020-01-01`
    Time,
    /// Any other text, or a quoted one.
    Str,
    /// `!!binary`, as written in the source: base64.
    Binary,
    /// The plain scalar `<<`.
    Merge,
    /// A tag that kustomize does not know: the text is a string.
    Custom,
    /// The default of collections (`!!map`, `!!seq`).
    Collection,
}

impl Tag {
    /// The tag as YAML writes it, `!!int` say; empty when unset, `!` for one of the author's own.
    pub fn short(self) -> &'static str {
        match self {
            Tag::Unset | Tag::Collection => "",
            Tag::Null => "!!null",
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Time => "!!timestamp",
            Tag::Str => "!!str",
            Tag::Binary => "!!binary",
            Tag::Merge => "!!merge",
            Tag::Custom => "!",
        }
    }
}

/// Where the text of a scalar lies: in the source, or among the texts made since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    offset: u32,
    /// Highest bit: in `Tree::made`.
    len: u32,
}

impl Text {
    const MADE: u32 = 1 << 31;
    const EMPTY: Text = Text { offset: 0, len: 0 };

    fn is_in_source(self) -> bool {
        self.len & Text::MADE == 0
    }

    fn len(self) -> usize {
        (self.len & !Text::MADE) as usize
    }

    /// A text that stands in the source at `offset`, as it is.
    pub fn in_source(offset: u32, len: u32) -> Text {
        Text { offset, len }
    }
}

/// What there is to know about one node, but its text and its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// How it was written.
    pub style: Style,
    /// Its type.
    pub tag: Tag,
    /// Whether the tag was written out, `!!int "5"`: it then counts for more than quotes.
    pub tagged: bool,
    /// The file that it was read from.
    pub file: FileId,
    /// Byte offset in that file's text.
    pub at: u32,
    /// The step that wrote it last.
    pub step: StepId,
}

/// How much room the first text that is made gets beside itself: others will follow.
const MADE_AT_FIRST: usize = 200;

/// One YAML document.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Slot>,
    origins: Origins,
    made: String,
    source: Arc<Source>,
    root: NodeId,
    /// Comments that begin with `{` and so steer merges, by node.
    steering: Option<Box<Steering>>,
    /// Values that are one with those of the same number.
    twins: Vec<(u32, NodeId)>,
    /// Whether a mapping had a key twice when it was read.
    repeats: bool,
}

/// What few trees have, and so keep apart.
#[derive(Debug, Clone, Default)]
struct Steering {
    comments: Vec<(NodeId, Text)>,
}

/// How many nodes to have room for where there are so many.
fn with_room(nodes: usize) -> usize {
    nodes * 5 / 4 + 12
}

/// Building: how a reader or a generator makes nodes.
impl Tree {
    /// An empty tree over `source`; its root is a null scalar until [`Tree::set_root`].
    pub fn new(source: Arc<Source>) -> Tree {
        let mut tree = Tree::to_fill(source, 0);
        tree.root = tree.new_scalar("", Tag::Null, Style::Plain);
        tree
    }

    /// An empty tree that was read from nowhere.
    pub fn made() -> Tree {
        Tree::new(Arc::new(Source::default()))
    }

    /// Whether it is a changed copy of another tree, so that what both have in common lies at the same places.
    pub fn is_grown_from(&self, before: &Tree) -> bool {
        Arc::ptr_eq(&self.source, &before.source) && self.made.starts_with(&before.made)
    }

    /// Makes `root` the root of the tree.
    pub fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// Makes room for `nodes` more nodes.
    pub fn reserve(&mut self, nodes: usize) {
        if self.nodes.capacity() - self.nodes.len() < nodes {
            self.nodes.reserve_exact(nodes.max(self.room_to_grow()));
        }
    }

    /// Most trees get a few nodes more and then stay as they are: twice the room would mostly stay empty.
    fn room_to_grow(&self) -> usize {
        self.nodes.len() / 4 + 8
    }

    /// Stores a text that does not stand in the source as it is (escapes, folded lines), for [`Tree::read_node`].
    pub fn store(&mut self, text: &str) -> Text {
        self.make_room_for_text(text.len());
        let offset = self.made.len() as u32;
        self.made.push_str(text);
        Text { offset, len: text.len() as u32 | Text::MADE }
    }

    #[inline]
    fn make_room_for_text(&mut self, len: usize) {
        if self.made.capacity() - self.made.len() < len {
            let more = if self.made.capacity() == 0 { MADE_AT_FIRST } else { self.made.len() / 4 + 16 };
            self.made.reserve_exact(len + more);
        }
    }

    /// A new scalar, not yet part of the tree.
    pub fn new_scalar(&mut self, text: &str, tag: Tag, style: Style) -> NodeId {
        let stored = self.store(text);
        let origin = self.origins.of_made();
        let form = Form::new(Kind::Scalar, style, tag, origin).with_word_of(text);
        self.push_slot(Slot::scalar(form, stored, 0))
    }

    /// A new plain scalar without a tag, for a text that is known to be a [word](crate::is_word).
    pub fn new_word(&mut self, word: &str) -> NodeId {
        let stored = self.store(word);
        let form = Form::new(Kind::Scalar, Style::Plain, Tag::Unset, self.origins.of_made());
        self.push_slot(Slot::scalar(form.with_word(true), stored, 0))
    }

    /// A new string, as kustomize makes them: tagged as a string, in the style of [`Tree::style_of_new`].
    pub fn new_string(&mut self, text: &str) -> NodeId {
        self.new_scalar(text, Tag::Str, Tree::style_of_new(text))
    }

    /// The style that kustomize gives a new text: a block for several lines, double quotes for what YAML 1.1 would take
    /// for something else than a string. It stays when something else is written there later, and so makes a string of
    /// that too.
    pub fn style_of_new(text: &str) -> Style {
        if text.contains('\n') {
            Style::Literal
        } else if text.is_empty() || matches!(resolve(text, Dialect::Yaml11), Tag::Str | Tag::Merge) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        }
    }

    /// A new empty mapping, not yet part of the tree.
    pub fn new_mapping(&mut self) -> NodeId {
        self.new_node(Kind::Mapping, Style::Plain, Tag::Collection, Text::EMPTY)
    }

    /// A new empty sequence, not yet part of the tree.
    pub fn new_sequence(&mut self) -> NodeId {
        self.new_node(Kind::Sequence, Style::Plain, Tag::Collection, Text::EMPTY)
    }

    fn new_node(&mut self, kind: Kind, style: Style, tag: Tag, text: Text) -> NodeId {
        let origin = self.origins.of_made();
        self.push_node(kind, Form::new(kind, style, tag, origin), text, 0)
    }

    #[inline]
    fn push_node(&mut self, kind: Kind, form: Form, text: Text, at: u32) -> NodeId {
        self.push_slot(if kind == Kind::Scalar { Slot::scalar(form, text, at) } else { Slot::collection(form, at) })
    }

    #[inline]
    fn push_slot(&mut self, slot: Slot) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        if self.nodes.len() == self.nodes.capacity() {
            self.nodes.reserve_exact(self.room_to_grow());
        }
        self.nodes.push(slot);
        id
    }

    /// Notes that a comment beginning with `{` stands at `node` (at its head or on its line).
    pub fn steer(&mut self, node: NodeId, comment: &str) {
        let text = self.store(comment);
        self.steering.get_or_insert_default().comments.push((node, text));
    }
}

/// Reading.
impl Tree {
    /// The root of the document.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The text that this tree was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// What there is to know about a node.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node {
        let slot = self.slot(id);
        let form = slot.form();
        let (file, step) = self.origins.get(form.origin());
        let (kind, style, tag, tagged) = (form.kind(), form.style(), form.tag(), form.is_tagged());
        Node { kind, style, tag, tagged, file, at: slot.at, step }
    }

    #[inline]
    fn slot(&self, id: NodeId) -> &Slot {
        &self.nodes[id.index()]
    }

    #[inline]
    fn form(&self, id: NodeId) -> Form {
        self.slot(id).form()
    }

    /// How many nodes the tree holds, unreachable ones too.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// What the node is.
    #[inline]
    pub fn kind(&self, id: NodeId) -> Kind {
        self.form(id).kind()
    }

    /// The tag of the node.
    #[inline]
    pub fn tag(&self, id: NodeId) -> Tag {
        self.form(id).tag()
    }

    /// The style of the node.
    #[inline]
    pub fn style(&self, id: NodeId) -> Style {
        self.form(id).style()
    }

    /// Whether the node is a mapping.
    #[inline]
    pub fn is_mapping(&self, id: NodeId) -> bool {
        self.kind(id) == Kind::Mapping
    }

    /// Whether the node is a sequence.
    #[inline]
    pub fn is_sequence(&self, id: NodeId) -> bool {
        self.kind(id) == Kind::Sequence
    }

    /// Whether the node is a scalar.
    #[inline]
    pub fn is_scalar(&self, id: NodeId) -> bool {
        self.kind(id) == Kind::Scalar
    }

    /// Whether the node is a scalar tagged null (`null`, `~`, nothing).
    #[inline]
    pub fn is_null(&self, id: NodeId) -> bool {
        let form = self.form(id);
        form.kind() == Kind::Scalar && form.tag() == Tag::Null
    }

    /// The text of a scalar, unescaped; empty for a collection.
    #[inline]
    pub fn text(&self, id: NodeId) -> &str {
        let slot = self.slot(id);
        if slot.form().kind() == Kind::Scalar { self.resolve_text(slot.text()) } else { "" }
    }

    #[inline]
    fn resolve_text(&self, text: Text) -> &str {
        let offset = text.offset as usize;
        let len = text.len();
        if text.is_in_source() { &self.source.text()[offset..offset + len] } else { &self.made[offset..offset + len] }
    }

    /// How many bytes of the source a scalar takes on the line where it begins, quotes included; 0 for a collection,
    /// and for a node of another source.
    pub fn source_len(&self, id: NodeId) -> u32 {
        let node = self.node(id);
        if node.kind != Kind::Scalar || node.file != self.source.id {
            return 0;
        }
        let line = self.source.text().get(node.at as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let quote = if node.style == Style::SingleQuoted { '\'' } else { '"' };
        let end = match node.style {
            Style::SingleQuoted | Style::DoubleQuoted => {
                let mut escaped = false;
                let is_end = |&(at, c): &(usize, char)| {
                    let ends = at > 0 && c == quote && !escaped;
                    escaped = c == '\\' && quote == '"' && !escaped;
                    ends
                };
                line.char_indices().find(is_end).map_or(line.len(), |(at, _)| at + 1)
            }
            Style::Literal | Style::Folded => line.len(),
            _ => self.text(id).len().min(line.len()),
        };
        end as u32
    }

    /// How many entries a mapping or items a sequence has; 0 for a scalar. They are counted.
    pub fn len(&self, id: NodeId) -> usize {
        match self.kind(id) {
            Kind::Scalar => 0,
            Kind::Mapping => self.entries(id).count(),
            Kind::Sequence => self.items(id).count(),
        }
    }

    /// Whether a collection has nothing in it; true for a scalar.
    #[inline]
    pub fn is_empty(&self, id: NodeId) -> bool {
        self.slot(id).first_of_any() == NodeId::NONE
    }

    /// The items of a sequence in order; of a mapping, keys and values in turn; nothing for a scalar.
    #[inline]
    pub fn items(&self, id: NodeId) -> Items<'_> {
        Items { tree: self, next: self.slot(id).first_of_any() }
    }

    /// The first item of a sequence, or the first key of a mapping.
    #[inline]
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.slot(id).first_of_any().some()
    }

    /// What follows a node in its collection: for walks that change the nodes they pass.
    #[inline]
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        self.slot(id).next.some()
    }

    /// The entries of a mapping in the author's order; nothing for other kinds.
    #[inline]
    pub fn entries(&self, id: NodeId) -> Entries<'_> {
        Entries { tree: self, next: self.first_key(id) }
    }

    /// The key and the value of the entry whose key has the text `key`.
    pub fn entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let mut next = self.first_key(mapping);
        while let Some(name) = next.some() {
            let slot = self.slot(name);
            if self.is_of(slot, key) {
                return Some((name, slot.next));
            }
            next = self.slot(slot.next).next;
        }
        None
    }

    #[inline]
    fn first_key(&self, id: NodeId) -> NodeId {
        let slot = self.slot(id);
        if slot.form().kind() == Kind::Mapping { slot.first() } else { NodeId::NONE }
    }

    #[inline]
    fn is_text(&self, text: Text, other: &str) -> bool {
        let buffer = if text.is_in_source() { self.source.text() } else { &self.made };
        let start = text.offset as usize;
        buffer.as_bytes().get(start..start + text.len()).is_some_and(|text| are_equal(text, other.as_bytes()))
    }

    /// Whether a node is a scalar with this text.
    #[inline]
    pub fn is_scalar_of(&self, id: NodeId, text: &str) -> bool {
        self.is_of(self.slot(id), text)
    }

    #[inline]
    fn is_of(&self, slot: &Slot, text: &str) -> bool {
        let own = slot.text();
        // Lengths differ more often than not, and are at hand.
        own.len() == text.len() && slot.form().kind() == Kind::Scalar && self.is_text(own, text)
    }

    /// Whether any scalar has one of these texts: a look at one node after the other, also at those that have fallen out
    /// of the tree.
    pub fn may_have(&self, texts: &[&str]) -> bool {
        let bit = |length: usize| 1 << length.min(63);
        let lengths: u64 = texts.iter().fold(0, |lengths, text| lengths | bit(text.len()));
        let mut likely = self.nodes.iter().filter(|slot| lengths & bit(slot.text().len()) != 0);
        likely.any(|slot| texts.iter().any(|text| self.is_of(slot, text)))
    }

    /// Whether a mapping may have a key twice: [`Tree::get`] gives the first of them, and what has both cannot be printed.
    pub fn has_repeats(&self) -> bool {
        self.repeats
    }

    /// Whether an entry is the first one of its mapping with its key.
    pub fn is_first(&self, mapping: NodeId, key: NodeId) -> bool {
        !self.repeats || self.entry(mapping, self.text(key)).is_none_or(|(first, _)| first == key)
    }

    /// The value under `key` of a mapping; `None` for another kind of node too.
    #[inline]
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.entry(mapping, key).map(|(_, value)| value)
    }

    /// The value that is reached from `id` through the mappings under `keys`.
    pub fn path(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// The item of a sequence at `index`, counted from 0.
    pub fn item(&self, sequence: NodeId, index: usize) -> Option<NodeId> {
        if self.is_sequence(sequence) { self.items(sequence).nth(index) } else { None }
    }

    /// The comments beginning with `{` that stand at the node.
    pub fn steering(&self, id: NodeId) -> impl Iterator<Item = &str> {
        let comments = self.steering.iter().flat_map(|steering| &steering.comments);
        comments.filter(move |(node, _)| *node == id).map(|(_, text)| self.resolve_text(*text))
    }

    /// Whether any comment of the tree steers merges.
    pub fn has_steering(&self) -> bool {
        self.steering.is_some()
    }

    /// Whether two nodes of two trees hold the same data: kinds, tags and texts; styles and places do not matter,
    /// the order of mapping entries does.
    pub fn same_data(&self, id: NodeId, other: &Tree, other_id: NodeId) -> bool {
        // a list, not recursion: documents may nest deeply
        let mut open = vec![(id, other_id)];
        while let Some((id, other_id)) = open.pop() {
            let (a, b) = (self.node(id), other.node(other_id));
            let is_same = match a.kind {
                Kind::Scalar => a.tag == b.tag && self.text(id) == other.text(other_id),
                _ => self.len(id) == other.len(other_id),
            };
            if a.kind != b.kind || !is_same {
                return false;
            }
            open.extend(self.items(id).zip(other.items(other_id)));
        }
        true
    }
}

/// Whether two texts of one length are the same. Most are short, and there is no need to call anything for these.
#[inline]
fn are_equal(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        Some((text.first_chunk()?, text.last_chunk()?))
    }
    match one.len() {
        8..=16 => ends::<8>(one) == ends::<8>(other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        _ => one == other,
    }
}

/// See [`Tree::items`].
#[derive(Debug, Clone)]
pub struct Items<'a> {
    tree: &'a Tree,
    next: NodeId,
}

impl Iterator for Items<'_> {
    type Item = NodeId;

    #[inline]
    fn next(&mut self) -> Option<NodeId> {
        let id = self.next.some()?;
        self.next = self.tree.slot(id).next;
        Some(id)
    }
}

/// See [`Tree::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    tree: &'a Tree,
    next: NodeId,
}

impl Iterator for Entries<'_> {
    type Item = (NodeId, NodeId);

    #[inline]
    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        let key = self.next.some()?;
        let value = self.tree.slot(key).next;
        self.next = self.tree.slot(value).next;
        Some((key, value))
    }
}
