//! Changing a file in place: every byte that a change is not about stays, comments, order and quotes too.
//!
//! A caller reads a tree, changes a copy of it, and asks for the text that holds the copy. Nodes that both trees have are
//! the same node of the file. Lines are the unit for block collections; in flow collections each child keeps what stands
//! around it.

mod extent;
mod flow;
mod print;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::{Dialect, FileId, Kind, NodeId, Result, Source, Style, Tag, Tree, emit, read_document};
use extent::Extents;

/// The text of the file that `before` was read from, changed as little as it takes to hold `after`, a changed clone of
/// `before`.
///
/// What comes out is read again; where it would not hold `after` (an anchor that is used twice, say), the fields that
/// changed are printed anew, and where even that does not do, the whole document. Fails for what cannot be printed.
pub fn edit(before: &Tree, after: &Tree) -> Result<String> {
    edit_in(before, after, Dialect::Yaml11)
}

/// Like [`edit`], for trees that were read in a dialect of YAML other than that of kustomizations.
pub fn edit_in(before: &Tree, after: &Tree, dialect: Dialect) -> Result<String> {
    let original = before.source().text();
    if !before.is_mapping(before.root()) || before.is_empty(before.root()) {
        return edit_nothing(original, after, dialect);
    }
    let ends_in_newline = original.ends_with('\n');
    let text = if ends_in_newline { original.to_owned() } else { format!("{original}\n") };
    for whole_fields in [false, true] {
        let edited = Edit::new(before, after, &text, whole_fields).document();
        if let Some(mut edited) = edited.filter(|edited| holds(edited, after, dialect)) {
            let last = edited.split_inclusive('\n').next_back();
            // What was above the last line, and is now the last itself, ends as it did.
            if !ends_in_newline && !original.split_inclusive('\n').any(|line| Some(line) == last) {
                edited.truncate(edited.trim_end_matches('\n').len());
            }
            return Ok(edited);
        }
    }
    let mut printed = String::new();
    emit(after, after.root(), &mut printed)?;
    Ok(printed)
}

/// A document that had nothing but comments: they stay in front of what is new.
fn edit_nothing(original: &str, after: &Tree, dialect: Dialect) -> Result<String> {
    let mut text = if original.contains('#') && !original.contains("{}") { original.to_owned() } else { String::new() };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let start = text.len();
    for (key, value) in after.entries(after.root()) {
        text.push_str(&print::entry(after, key, value, 0, false).unwrap_or_default());
    }
    if !holds(&text, after, dialect) {
        text.truncate(start);
        emit(after, after.root(), &mut text)?;
    }
    Ok(text)
}

/// Whether a text holds the same data as a tree, whatever the order of its fields.
fn holds(text: &str, tree: &Tree, dialect: Dialect) -> bool {
    let source = Arc::new(Source::new(FileId(0), "", text));
    let read = read_document(&source, dialect);
    matches!(read, Ok(Some(read)) if same(&read, read.root(), tree, tree.root()))
}

fn same(a: &Tree, x: NodeId, b: &Tree, y: NodeId) -> bool {
    if a.kind(x) != b.kind(y) || a.len(x) != b.len(y) {
        return false;
    }
    let is_same_tag = || a.tag(x) == b.tag(y) || [a.tag(x), b.tag(y)].contains(&Tag::Unset);
    match a.kind(x) {
        Kind::Scalar => a.text(x) == b.text(y) && is_same_tag(),
        Kind::Sequence => a.items(x).zip(b.items(y)).all(|(x, y)| same(a, x, b, y)),
        Kind::Mapping => same_entries(a, x, b, y),
    }
}

fn same_entries(a: &Tree, x: NodeId, b: &Tree, y: NodeId) -> bool {
    let mut others: HashMap<&str, NodeId> = HashMap::new();
    for (key, value) in b.entries(y) {
        others.entry(b.text(key)).or_insert(value);
    }
    a.entries(x).all(|(key, value)| others.get(a.text(key)).is_some_and(|&other| same(a, value, b, other)))
}

/// One attempt at a text.
struct Edit<'a> {
    before: &'a Tree,
    after: &'a Tree,
    /// The text before, ending in a newline.
    text: &'a str,
    extents: Extents<'a>,
    /// The nodes of the tree before.
    old: HashSet<NodeId>,
    /// Whether fields that changed are printed anew.
    whole_fields: bool,
    /// Whether lists of the file are indented under their keys.
    indented: bool,
}

/// An entry of a mapping, or an item of a sequence, which is its own key.
#[derive(Clone, Copy)]
struct Child {
    key: NodeId,
    value: NodeId,
}

/// A part of the text and what to write in its place.
struct Piece {
    from: usize,
    to: usize,
    text: String,
}

impl<'a> Edit<'a> {
    fn new(before: &'a Tree, after: &'a Tree, text: &'a str, whole_fields: bool) -> Edit<'a> {
        let mut old = HashSet::new();
        let mut pending = vec![before.root()];
        while let Some(id) = pending.pop() {
            old.insert(id);
            pending.extend(before.items(id));
        }
        let extents = Extents { tree: before, text };
        let indented = extents.has_indented_lists();
        Edit { before, after, text, extents, old, whole_fields, indented }
    }

    fn document(&self) -> Option<String> {
        let Piece { from, to, text } = self.collection(self.before.root())?;
        Some(format!("{}{text}{}", &self.text[..from], &self.text[to..]))
    }

    /// Whether a node of the tree after is new or holds anything new.
    fn is_changed(&self, id: NodeId) -> bool {
        let (before, after) = (self.before, self.after);
        if !self.old.contains(&id) || before.kind(id) != after.kind(id) || before.len(id) != after.len(id) {
            return true;
        }
        if before.is_scalar(id) {
            return before.text(id) != after.text(id) || before.tag(id) != after.tag(id);
        }
        before.items(id).ne(after.items(id)) || after.items(id).any(|child| self.is_changed(child))
    }

    /// A block collection, from the comments above its first child to the end of its last line.
    fn collection(&self, id: NodeId) -> Option<Piece> {
        let spans = self.spans(id)?;
        let (children, before) = (children(self.after, id), children(self.before, id));
        let first = spans.first()?.0;
        let line = self.extents.line_start(first);
        let inline = !self.text[line..first].trim().is_empty();
        let column = self.text[line..first].chars().count();
        let from = if inline { first } else { self.extents.comments_start(line) };
        let (places, kept) = (places(&before), places(&children));
        let index = |key: NodeId| places.get(&key).copied();
        let is_gone = |at: usize| !kept.contains_key(&before[at].key);
        let lead = |at: usize| {
            let start = if at == 0 { from } else { spans[at - 1].1 };
            &self.text[start..self.extents.line_start(spans[at].0).max(start)]
        };

        let mut out = Lines { text: String::new(), column, inline };
        let header = self.header(id, &children, lead(0));
        let skipped = header.len();
        out.text.push_str(header);
        let is_separated = self.is_separated(id, &spans);
        let last_old = children.iter().rposition(|child| index(child.key).is_some());
        for (place, child) in children.iter().enumerate() {
            let is_last = last_old.is_none_or(|last| place > last);
            let Some(at) = index(child.key) else {
                out.separate(is_separated && is_last);
                out.push("", &self.new_child(id, *child, column)?);
                continue;
            };
            let gone = (0..at).rev().take_while(|&at| is_gone(at)).collect::<Vec<_>>();
            let mut above = String::new();
            for at in gone.into_iter().rev().filter(|&at| lead(at).contains('#')) {
                above.push_str(&lead(at)[if at == 0 { skipped } else { 0 }..]);
            }
            above.push_str(&lead(at)[if at == 0 { skipped } else { 0 }..]);
            out.push(&above, &self.child(id, *child, before[at], spans[at], column)?);
        }
        let last = (0..before.len()).rev().take_while(|&at| is_gone(at)).collect::<Vec<_>>();
        last.into_iter().rev().map(lead).filter(|lead| lead.contains('#')).for_each(|lead| out.text.push_str(lead));
        Some(Piece { from, to: spans.last()?.1, text: out.text })
    }

    /// Where the children of a block collection begin, and where the lines after them do.
    fn spans(&self, id: NodeId) -> Option<Vec<(usize, usize)>> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for Child { key, value } in children(self.before, id) {
            let start = self.extents.child_start(id, key)?;
            let end = self.extents.line_end(self.extents.end(value)?.max(start));
            if spans.last().is_some_and(|last| last.1 > start) {
                return None;
            }
            spans.push((start, end));
        }
        Some(spans)
    }

    /// The comments at the top of a file that are about the file, where another field comes first.
    fn header<'l>(&self, id: NodeId, children: &[Child], lead: &'l str) -> &'l str {
        let is_other = children.first().is_some_and(|child| Some(child.key) != self.before.first_child(id));
        if id != self.before.root() || !is_other {
            return "";
        }
        lead.rfind("\n\n").map_or("", |at| &lead[..at + 2])
    }

    /// Whether empty lines stand between the fields of the file.
    fn is_separated(&self, id: NodeId, spans: &[(usize, usize)]) -> bool {
        let is_after_empty = |pair: &[(usize, usize)]| self.text[pair[0].1..pair[1].0].starts_with('\n');
        id == self.before.root() && spans.len() > 1 && spans.windows(2).next_back().is_some_and(is_after_empty)
    }

    fn new_child(&self, parent: NodeId, child: Child, column: usize) -> Option<String> {
        if self.after.is_sequence(parent) {
            return print::item(self.after, child.value, column);
        }
        let indented = self.indented && parent == self.before.root();
        print::entry(self.after, child.key, child.value, column, indented)
    }

    /// The lines of a child that was there before.
    fn child(
        &self,
        parent: NodeId,
        child: Child,
        before: Child,
        (start, end): (usize, usize),
        column: usize,
    ) -> Option<String> {
        let anew = self.whole_fields && parent == self.before.root();
        let same = child.value == before.value && !self.is_changed(child.key) && !self.is_changed(child.value);
        // An alias may lose its anchor where fields are printed anew.
        if same && !(anew && self.text[start..end].contains(" *")) {
            return Some(self.text[start..end].to_owned());
        }
        let is_kept = child.value == before.value && self.before.kind(child.value) == self.after.kind(child.value);
        if anew || !is_kept {
            return Some(self.with_remark(before, self.new_child(parent, child, column)?));
        }
        let mut changed = Vec::new();
        if child.key != child.value && self.is_changed(child.key) {
            changed.push(self.value(child.key)?);
        }
        if self.is_changed(child.value) {
            changed.push(self.value(child.value)?);
        }
        let mut lines = String::new();
        let mut at = start;
        for Piece { from, to, text } in changed {
            lines.push_str(self.text.get(at..from)?);
            lines.push_str(&text);
            at = to;
        }
        lines.push_str(self.text.get(at..end)?);
        Some(lines)
    }

    /// The lines of a new value, with the comment that stood behind the key of the old one.
    fn with_remark(&self, before: Child, lines: String) -> String {
        let key = self.extents.end(before.key).filter(|_| before.key != before.value);
        let remark = key.and_then(|end| self.text[end..self.extents.line_end(end)].trim_end().strip_prefix(':'));
        match (remark, lines.split_once(":\n")) {
            (Some(remark), Some((head, rest))) if remark.trim_start().starts_with('#') && !head.contains('\n') => {
                format!("{head}:{remark}\n{rest}")
            }
            _ => lines,
        }
    }

    fn value(&self, id: NodeId) -> Option<Piece> {
        let from = self.before.node(id).at as usize;
        let piece = |text| Some(Piece { from, to: self.extents.end(id)?, text });
        match (self.before.kind(id), self.before.style(id)) {
            (Kind::Scalar, style) => piece(print::scalar(self.after, id, style)?),
            (_, Style::Flow) => piece(self.flow(id)?),
            _ => self.collection(id),
        }
    }
}

fn children(tree: &Tree, id: NodeId) -> Vec<Child> {
    if tree.is_mapping(id) {
        tree.entries(id).map(|(key, value)| Child { key, value }).collect()
    } else {
        tree.items(id).map(|item| Child { key: item, value: item }).collect()
    }
}

/// Which child has a key, by the key's node.
fn places(children: &[Child]) -> HashMap<NodeId, usize> {
    children.iter().enumerate().map(|(at, child)| (child.key, at)).collect()
}

/// The lines of a collection in the making.
struct Lines {
    text: String,
    column: usize,
    /// Whether the first child stands behind something else on its line.
    inline: bool,
}

impl Lines {
    /// Adds a child with what stands above it. The first child of an item comes to stand beside the dash, so that what
    /// stood above it comes below.
    fn push(&mut self, above: &str, body: &str) {
        if self.text.is_empty() && self.inline {
            self.text.push_str(body);
            if above.contains('#') {
                self.text.push_str(above);
            }
            return;
        }
        self.text.push_str(above);
        self.text.extend(std::iter::repeat_n(' ', self.column));
        self.text.push_str(body);
    }

    /// An empty line, where such stand between fields.
    fn separate(&mut self, is_separated: bool) {
        if is_separated && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}
