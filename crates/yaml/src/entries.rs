//! The entries of a mapping as go-yaml v3 decodes them before they are printed.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::order::{Order, front, sort_by};
use crate::read::duplicate;
use crate::settle::{self, unprintable};
use crate::{Error, ErrorKind, NodeId, Result, Style, Tree};

/// An entry whose key is a string that stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The [front] of the key.
    front: u64,
    pub name: NodeId,
    pub value: NodeId,
}

/// What [`push_sorted`] has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The entries stood in order.
    Sorted,
    /// They did not.
    Unsorted,
    /// There are none to be had: they are to be [found slowly](sorted).
    Odd,
}

/// Appends the entries of a mapping to `entries`, sorted, if each key is a string that stays as it is and stands there
/// once. Nearly every mapping is such.
pub fn push_sorted(tree: &Tree, id: NodeId, order: Order, entries: &mut Vec<Entry>) -> Found {
    let start = entries.len();
    for (name, value) in tree.entries(id) {
        let front = match tree.front_of_word(name) {
            Some(front) => front,
            None => match settle::steady_string(tree, name) {
                Some(text) if text != "<<" => front(text.as_bytes()),
                _ => {
                    entries.truncate(start);
                    return Found::Odd;
                }
            },
        };
        entries.push(Entry { front, name, value });
    }
    let own = &mut entries[start..];
    if own.is_sorted_by(|a, b| compare(tree, order, a, b).is_lt()) {
        return Found::Sorted;
    }
    sort_by(own, &|a, b| compare(tree, order, a, b));
    if own.array_windows().any(|[a, b]| compare(tree, order, a, b).is_eq()) {
        entries.truncate(start);
        return Found::Odd;
    }
    Found::Unsorted
}

/// Whether the keys of a mapping are [words](crate::word) and stand in order, each once.
pub fn are_words_in_order(tree: &Tree, id: NodeId, order: Order) -> bool {
    let mut before: Option<Entry> = None;
    tree.entries(id).all(|(name, value)| {
        let Some(front) = tree.front_of_word(name) else { return false };
        let entry = Entry { front, name, value };
        before.replace(entry).is_none_or(|before| compare(tree, order, &before, &entry).is_lt())
    })
}

#[inline]
fn compare(tree: &Tree, order: Order, a: &Entry, b: &Entry) -> Ordering {
    let compared = order.compare_fronts(a.front, b.front);
    compared.unwrap_or_else(|| order.compare_all(tree.text(a.name), tree.text(b.name)))
}

/// The text of a key, its node, and the value under it.
pub type OddEntry<'a> = (Cow<'a, str>, NodeId, NodeId);

/// The entries of any mapping, sorted.
///
/// Fails for keys that are not strings (in the outermost mapping, for null alone) and for keys that stand twice.
pub fn sorted(tree: &Tree, id: NodeId, around: Around, order: Order) -> Result<Vec<OddEntry<'_>>> {
    let mut entries = Vec::new();
    let mut merged = None;
    for (name, value) in tree.entries(id) {
        let key = match settle::steady_string(tree, name) {
            Some(text) => Cow::Borrowed(text),
            None => around.key(tree, name)?,
        };
        if key == "<<" && tree.style(name) == Style::Plain {
            merged = Some(value);
        } else {
            entries.push((key, name, value));
        }
    }
    if let Some(value) = merged {
        merge(tree, value, around, &mut entries)?;
    }
    sort_by(&mut entries, &|a, b| order.compare(&a.0, &b.0));
    match entries.array_windows().find(|[a, b]| a.0 == b.0) {
        Some(&[(_, first, _), (_, second, _)]) => Err(duplicate(tree, first, second).at_node(tree, second)),
        None => Ok(entries),
    }
}

/// How a mapping stands in the tree.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// Written as `{}`, or inside a collection that is.
    pub flow: bool,
    /// Inside no other mapping.
    pub outermost: bool,
    /// Printed and read again before it is decoded.
    pub reread: bool,
}

impl Around {
    fn key(self, tree: &Tree, name: NodeId) -> Result<Cow<'_, str>> {
        if self.reread {
            settle::key(tree, name, self.flow, self.outermost)
        } else {
            settle::decoded_key(tree, name, self.outermost)
        }
    }
}

/// Adds the entries of a mapping, or of the mappings of a list, whose keys are not there yet.
///
/// `<<` is expanded when a file is read; only a JSON patch or a replacement can bring it in again.
fn merge<'a>(tree: &'a Tree, id: NodeId, around: Around, entries: &mut Vec<OddEntry<'a>>) -> Result<()> {
    let wrong = || {
        let message = "the value of `<<` must be a mapping or a list of mappings";
        Error { kind: ErrorKind::Merge, ..unprintable(tree, id, message) }
    };
    let sources = if tree.is_sequence(id) { tree.items(id).collect() } else { vec![id] };
    for source in sources {
        if !tree.is_mapping(source) {
            return Err(wrong());
        }
        for (name, value) in tree.entries(source) {
            let key = around.key(tree, name)?;
            if !entries.iter().any(|(other, _, _)| *other == key) {
                entries.push((key, name, value));
            }
        }
    }
    Ok(())
}
