//! The entries of a mapping as go-yaml v3 decodes them before they are printed.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::order::sort_by;
use crate::read::duplicate;
use crate::settle::{self, unprintable};
use crate::{Error, ErrorKind, NodeId, Result, Style, Tree};

/// An entry with the text of its key.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    pub key: Cow<'a, str>,
    pub name: NodeId,
    pub value: NodeId,
}

/// As many entries as most mappings have at most: to count them would take longer than to have too much room.
pub const MOSTLY: usize = 8;

/// Appends the entries of a mapping to `entries`, sorted.
///
/// Fails for keys that are not strings (in the outermost mapping, for null alone) and for keys that stand twice.
pub fn push_sorted<'a>(
    tree: &'a Tree,
    id: NodeId,
    around: Around,
    compare: fn(&str, &str) -> Ordering,
    entries: &mut Vec<Entry<'a>>,
) -> Result<()> {
    let start = entries.len();
    let mut merged = None;
    for (name, value) in tree.entries(id) {
        let key = match settle::steady_string(tree, name) {
            Some(text) => Cow::Borrowed(text),
            None => around.key(tree, name)?,
        };
        if key == "<<" && tree.style(name) == Style::Plain {
            merged = Some(value);
        } else {
            entries.push(Entry { key, name, value });
        }
    }
    if let Some(value) = merged {
        merge(tree, value, around, start, entries)?;
    }
    let own = &mut entries[start..];
    if !own.is_sorted_by(|a, b| compare(&a.key, &b.key).is_le()) {
        sort_by(own, &|a, b| compare(&a.key, &b.key));
    }
    refuse_duplicates(tree, own)
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
fn merge<'a>(tree: &'a Tree, id: NodeId, around: Around, start: usize, entries: &mut Vec<Entry<'a>>) -> Result<()> {
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
            if !entries[start..].iter().any(|entry| entry.key == key) {
                entries.push(Entry { key, name, value });
            }
        }
    }
    Ok(())
}

fn refuse_duplicates(tree: &Tree, sorted: &[Entry]) -> Result<()> {
    let Some([first, second]) = sorted.array_windows().find(|[a, b]| a.key == b.key) else { return Ok(()) };
    Err(duplicate(tree, first.name, second.name).at_node(tree, second.name))
}
