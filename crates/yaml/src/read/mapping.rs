//! What happens to a mapping once all of its entries are read: merge keys, duplicate keys; and to an alias.

use std::collections::HashMap;
use std::ops::Range;

use super::Result;
use super::parse::Parser;
use super::token::Token;
use crate::resolve::{Dialect, Scalar, scalar_value};
use crate::tree::{Kind, NodeId, Style, Tag, Tree};
use crate::{Error, ErrorKind};

/// How many nodes the aliases of one document may add. The largest files that people write by hand or generate have
/// a hundredth of it; a bomb reaches it within milliseconds.
const MAX_EXPANDED: usize = 1_000_000;

/// Up to how many keys a mapping is checked for duplicates by comparing each with each.
const FEW_KEYS: usize = 16;

/// What is known of the keys of a mapping.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keys {
    /// A bit for each, by its [`fingerprint`].
    bits: u64,
    /// Whether two of them may be the same, or one may be more than a name.
    are_unsure: bool,
}

impl Keys {
    /// Takes note of a key, a part of a text, which may be nothing but a name.
    #[inline]
    pub(super) fn note(&mut self, text: &[u8], key: Range<usize>, is_name: bool) {
        let bit = 1 << (fingerprint(text, key).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58);
        self.are_unsure |= self.bits & bit != 0 || !is_name;
        self.bits |= bit;
    }
}

/// Aliases.
impl Parser<'_> {
    /// A copy of the node that an alias stands for.
    pub(super) fn expand_alias(&mut self, target: NodeId, alias: Token) -> Result<NodeId> {
        // ids grow with the depth
        if self.open.binary_search_by_key(&target, |open| open.id).is_ok() {
            if self.merges_itself(target) {
                return Ok(self.tree.new_mapping());
            }
            let error = Error::new(ErrorKind::Alias, alias.at, "this alias stands inside the value of its own anchor");
            let error = error.spanning(alias.slice.len + 1);
            return Err(error.also(self.tree.node(target).at, "the anchored value begins here").into());
        }
        let before = self.tree.node_count();
        let copy = self.tree.duplicate(target);
        self.expanded += self.tree.node_count() - before;
        self.expansions.push(copy);
        if self.expanded > MAX_EXPANDED {
            let message = format!("aliases expand to more than {MAX_EXPANDED} values");
            let error = Error::new(ErrorKind::AliasBomb, alias.at, message).spanning(alias.slice.len + 1);
            return Err(error.help("write the values out, or split the file").into());
        }
        Ok(copy)
    }

    /// Whether the alias that comes next is merged into the very mapping that it names, which adds nothing.
    fn merges_itself(&self, target: NodeId) -> bool {
        let innermost = match self.open[..] {
            [.., mapping, sequence] if self.tree.is_sequence(sequence.id) && sequence.id != target => mapping.id,
            [.., innermost] => innermost.id,
            [] => return false,
        };
        // the last of an entry's two nodes is its key, or, inside a list, the list
        let keys_and_values: Vec<_> = self.tree.items(innermost).collect();
        let key = keys_and_values.chunks(2).last().map(|entry| entry[0]);
        self.dialect == Dialect::Yaml12
            && innermost == target
            && key.is_some_and(|key| self.tree.tag(key) == Tag::Merge)
    }
}

/// Mappings.
impl Parser<'_> {
    /// Adds a key to the innermost collection, a mapping.
    pub(super) fn add_key(&mut self, key: Token) {
        let id = self.add_scalar(key, None);
        let is_name = self.tree.tag(id) == Tag::Str && self.tree.text(id) != "<<";
        if let Some(open) = self.open.last_mut() {
            let text = self.scanner.text(key.slice).as_bytes();
            open.keys.note(text, 0..text.len(), is_name);
        }
    }

    /// Takes note that keys come to the innermost mapping which are to be looked at when it is read.
    pub(super) fn doubt_keys(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.keys.are_unsure = true;
        }
    }

    /// Applies `<<` and deals with duplicate keys, each as the dialect does.
    pub(super) fn finish_mapping(&mut self, mapping: NodeId, keys: Keys) -> Result<()> {
        if !keys.are_unsure {
            return Ok(());
        }
        match self.dialect {
            Dialect::Yaml12 => {
                let tree = &mut self.tree;
                if self.has_odd_scalars {
                    if tree.entries(mapping).any(|(key, _)| tree.tag(key) == Tag::Merge || tree.text(key) == "<<") {
                        merge(tree, mapping, &self.expansions)?;
                    }
                    refuse_null_keys(tree, mapping)?;
                }
                match check_keys(tree, mapping) {
                    Err(_) if self.lets_repeats_pass => tree.note_repeats(),
                    checked => checked?,
                }
                Ok(())
            }
            Dialect::Yaml11 => settle(&mut self.tree, mapping, &self.expansions, self.is_strict),
        }
    }
}

/// Puts the entries of the mappings under `<<` into `mapping`, as kustomize expands resources: the mapping's own
/// entries win and keep their places; of a list, the first mapping that has a key wins.
///
/// A quoted `"<<"` merges nothing but disappears all the same.
fn merge(tree: &mut Tree, mapping: NodeId, expansions: &[NodeId]) -> Result<()> {
    let entries: Vec<_> = tree.entries(mapping).collect();
    let mut merge_keys = entries.iter().filter(|(key, _)| tree.tag(*key) == Tag::Merge);
    let sources = match (merge_keys.next(), merge_keys.next()) {
        (None, _) => Vec::new(),
        (Some(&(_, value)), None) => mappings_to_merge(tree, value, expansions)?,
        (Some((first, _)), Some((second, _))) => {
            let error = Error::new(ErrorKind::Merge, tree.node(*second).at, "a second `<<` in the same mapping");
            let error = error.spanning(2).also(tree.node(*first).at, "the first one");
            return Err(error.help("list the mappings under one key: `<<: [*a, *b]`").into());
        }
    };
    let is_named = |key: NodeId| tree.text(key) == "<<";
    let first = entries.iter().map(|&(key, _)| key).find(|&key| is_named(key));
    let goes = |key: NodeId| Some(key) == first || is_named(key) && tree.tag(key) == Tag::Merge;
    let mut kept: Vec<(NodeId, NodeId)> = entries.iter().copied().filter(|&(key, _)| !goes(key)).collect();
    let own = kept.len();
    let mut places: HashMap<&str, usize> = kept.iter().map(|&(key, _)| (tree.text(key), 0)).collect();
    for source in sources.into_iter().rev() {
        for (key, value) in tree.entries(source) {
            match places.get(tree.text(key)) {
                Some(&place) if place < own => {}
                Some(&place) => kept[place] = (key, value),
                None => {
                    places.insert(tree.text(key), kept.len());
                    kept.push((key, value));
                }
            }
        }
    }
    set_entries(tree, mapping, &kept);
    Ok(())
}

fn set_entries(tree: &mut Tree, mapping: NodeId, entries: &[(NodeId, NodeId)]) {
    let items: Vec<NodeId> = entries.iter().flat_map(|&(key, value)| [key, value]).collect();
    tree.set_items(mapping, &items);
}

/// The mappings that the value of a `<<` names: one, or a list of them, which may not itself be an alias.
fn mappings_to_merge(tree: &Tree, value: NodeId, expansions: &[NodeId]) -> Result<Vec<NodeId>> {
    let is_list = tree.is_sequence(value) && expansions.binary_search(&value).is_err();
    let sources = if is_list { tree.items(value).collect() } else { vec![value] };
    match sources.iter().find(|&&source| !tree.is_mapping(source)) {
        Some(&other) => {
            let error = Error::new(ErrorKind::Merge, tree.node(other).at, "`<<` takes a mapping or a list of mappings");
            Err(error.help("quote the key if you mean the text `<<`").into())
        }
        None => Ok(sources),
    }
}

/// Refuses a null for a key: kustomize takes such a key for a duplicate of itself.
fn refuse_null_keys(tree: &Tree, mapping: NodeId) -> Result<()> {
    for (key, _) in tree.entries(mapping) {
        if tree.tag(key) == Tag::Null && !tree.text(key).is_empty() {
            let text = tree.text(key);
            let error = Error::new(ErrorKind::Unprintable, tree.node(key).at, format!("the key `{text}` is a null"));
            return Err(error.spanning(text.len() as u32).help("quote the key to make it a text").into());
        }
    }
    Ok(())
}

/// Refuses a mapping that has the same key twice.
fn check_keys(tree: &Tree, mapping: NodeId) -> Result<()> {
    if tree.entries(mapping).nth(1).is_none() {
        return Ok(());
    }
    let mut marks = [0; FEW_KEYS];
    for (index, (key, _)) in tree.entries(mapping).enumerate() {
        if index == FEW_KEYS {
            return check_many_keys(tree, mapping);
        }
        let text = tree.text(key).as_bytes();
        let mark = fingerprint(text, 0..text.len());
        if marks[..index].contains(&mark) {
            let same = |other: NodeId| tree.kind(other) == tree.kind(key) && tree.text(other) == tree.text(key);
            if let Some((first, _)) = tree.entries(mapping).take(index).find(|&(other, _)| same(other)) {
                return Err(duplicate(tree, first, key).into());
            }
        }
        marks[index] = mark;
    }
    Ok(())
}

/// Length, first and last bytes of a part of a text: seldom the same for two keys of a mapping, and cheap.
#[inline]
fn fingerprint(text: &[u8], range: Range<usize>) -> u64 {
    let len = range.len();
    let from = |at: usize| match text[at..].first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => text[at..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let first = from(range.start);
    let ends = if len < 8 { first & !(u64::MAX << (8 * len)) } else { first ^ from(range.end - 8).rotate_left(29) };
    ends ^ (len as u64) << 56
}

fn check_many_keys(tree: &Tree, mapping: NodeId) -> Result<()> {
    let mut seen: HashMap<(Kind, &str), NodeId> = HashMap::with_capacity(tree.len(mapping));
    for (key, _) in tree.entries(mapping) {
        if let Some(first) = seen.insert((tree.kind(key), tree.text(key)), key) {
            return Err(duplicate(tree, first, key).into());
        }
    }
    Ok(())
}

/// The error that a key stands twice.
pub(crate) fn duplicate(tree: &Tree, first: NodeId, second: NodeId) -> Error {
    let text = tree.text(second);
    let message =
        if text.is_empty() { "a second key of this kind".to_owned() } else { format!("a second key `{text}`") };
    Error::new(ErrorKind::DuplicateKey, tree.node(second).at, message)
        .spanning(text.len() as u32)
        .also(tree.node(first).at, "the first one")
        .help("remove one of them")
}

/// Makes of a mapping what sigs.k8s.io/yaml makes of it: keys become strings as in JSON, `<<` overrides what stands
/// before it, and the last entry of a key wins, or is refused.
fn settle(tree: &mut Tree, mapping: NodeId, expansions: &[NodeId], is_strict: bool) -> Result<()> {
    let mut entries: Vec<(NodeId, NodeId)> = Vec::with_capacity(tree.len(mapping));
    for (key, value) in tree.entries(mapping) {
        if tree.tag(key) == Tag::Merge && tree.text(key) == "<<" {
            for source in mappings_to_merge(tree, value, expansions)?.into_iter().rev() {
                entries.extend(tree.entries(source));
            }
        } else {
            entries.push((key, value));
        }
    }
    for (key, _) in &mut entries {
        *key = json_key(tree, *key)?;
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut settled: Vec<(NodeId, NodeId)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match places.get(tree.text(key)) {
            Some(&place) if is_strict => return Err(duplicate(tree, settled[place].0, key).into()),
            Some(&place) => settled[place] = (key, value),
            None => {
                places.insert(tree.text(key).to_owned(), settled.len());
                settled.push((key, value));
            }
        }
    }
    set_entries(tree, mapping, &settled);
    Ok(())
}

/// The key as a string, as JSON has them: `y` is `true`, `0x1f` is `31`.
fn json_key(tree: &mut Tree, key: NodeId) -> Result<NodeId> {
    let node = tree.node(key);
    let text = match node.kind {
        Kind::Scalar => scalar_value(node.tag, node.style, tree.text(key), Dialect::Yaml11),
        _ => Err(Error::new(ErrorKind::Unprintable, node.at, "a key must be a text")),
    };
    let text = match text.map_err(|error| Error { at: node.at, ..error })? {
        Scalar::Str(text) if text == tree.text(key) => {
            tree.set_tag(key, Tag::Str);
            return Ok(key);
        }
        Scalar::Str(text) => text.into_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) => float_key(value),
        Scalar::Null | Scalar::Uint(_) => {
            let error = Error::new(ErrorKind::Unprintable, node.at, format!("the key `{}` is no text", tree.text(key)));
            return Err(error.help("quote the key").into());
        }
    };
    let stored = tree.store(&text);
    Ok(tree.read_node(Kind::Scalar, Style::Plain, Tag::Str, stored, node.at))
}

/// A float as sigs.k8s.io/yaml makes a key of it: with the precision of 32 bits.
fn float_key(value: f64) -> String {
    match value as f32 {
        f32::INFINITY => ".inf".to_owned(),
        f32::NEG_INFINITY => "-.inf".to_owned(),
        value if value.is_nan() => ".nan".to_owned(),
        value => value.to_string(),
    }
}
