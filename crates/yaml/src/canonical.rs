//! The round trips through JSON that kustomize sends resources on, in place: values come out as they would there, and
//! still know where they were read.

use std::borrow::Cow;

use crate::entries::{self, Around, Entry, Found};
use crate::order::{Order, sort_by};
use crate::quote;
use crate::read::duplicate;
use crate::resolve::is_surely_string;
use crate::settle::{self, Value, unprintable};
use crate::shape::Shape;
use crate::{Dialect, Kind, NodeId, Result, Scalar, Style, Tag, Tree, number, resolve, scalar_value, through_json};

/// Which round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// A JSON 6902 patch: the resource is printed, decoded, patched as JSON, decoded with all numbers as floats,
    /// printed as YAML and read again. 9007199254740993 becomes 9007199254740992, quotes are forgotten.
    Json6902,
    /// A value in a JSON 6902 patch, read with [`Dialect::Yaml11`], on its way into the resource.
    Json6902Value,
    /// The items of a `List`: decoded, printed as JSON and read again. Quotes and large integers stay.
    List,
}

/// Sends a value on a round trip. Keys are sorted, comments that steer merges are forgotten (those of the whole tree),
/// values that were one are parted; nothing counts as a change.
///
/// Fails where printing fails: the value is an [`ErrorKind::Unprintable`](crate::ErrorKind::Unprintable), a tag that
/// does not fit, a key that is there twice.
pub fn canonicalise(tree: &mut Tree, id: NodeId, road: Road) -> Result<()> {
    tree.forget_steering();
    tree.part_twins();
    let mut trip = Trip { tree, road, entries: Vec::with_capacity(32) };
    trip.restate(id, Around { flow: false, outermost: road == Road::Json6902, reread: true })
}

/// The tree as a reader finds it who is given what [`emit`](crate::emit) prints; nothing where that says the same. Places stay.
///
/// `0x10` has become 16, a date a timestamp, and some folded texts have more lines.
///
/// # Errors
/// What cannot be printed.
pub fn reread(tree: &Tree) -> Result<Option<Tree>> {
    let mut changes = Vec::new();
    collect_changes(tree, tree.root(), Around { flow: false, outermost: true, reread: true }, &mut changes)?;
    if changes.is_empty() {
        return Ok(None);
    }
    let mut reread = tree.clone();
    for (id, tag, text) in changes {
        let style = if tree.style(id) == Style::Folded { Style::Literal } else { tree.style(id) };
        reread.restate_scalar(id, tag, if tag == Tag::Str { style } else { Style::Plain }, Some(&text));
    }
    Ok(Some(reread))
}

fn collect_changes(tree: &Tree, id: NodeId, around: Around, changes: &mut Vec<(NodeId, Tag, String)>) -> Result<()> {
    let around = Around { flow: around.flow || tree.style(id) == Style::Flow, ..around };
    let inside = Around { outermost: false, ..around };
    match tree.kind(id) {
        Kind::Scalar => {
            let (tag, text) = match settle::value(tree, id, around.flow)? {
                Value::Null => (Tag::Null, tree.text(id).to_owned()),
                Value::Bool(value) => (Tag::Bool, value.to_string()),
                Value::Integer(digits) => (Tag::Int, digits.into_owned()),
                Value::Float(value) => {
                    let (text, tag, _) = number_form(value, number::push_json_float);
                    (tag, text)
                }
                Value::Text(text) => (Tag::Str, text.into_owned()),
            };
            changes.extend((tag != tree.tag(id) || text != tree.text(id)).then_some((id, tag, text)));
        }
        Kind::Sequence => tree.items(id).try_for_each(|item| collect_changes(tree, item, inside, changes))?,
        Kind::Mapping => {
            for (text, name, value) in printed_entries(tree, id, around)? {
                changes.extend(text.map(|text| (name, Tag::Str, text)));
                collect_changes(tree, value, inside, changes)?;
            }
        }
    }
    Ok(())
}

struct Trip<'a> {
    tree: &'a mut Tree,
    road: Road,
    /// The sorted entries of the mappings that are being restated, innermost last.
    entries: Vec<Entry>,
}

impl Trip<'_> {
    fn restate(&mut self, id: NodeId, around: Around) -> Result<()> {
        let kind = self.tree.kind(id);
        if kind == Kind::Scalar {
            return self.scalar(id, around);
        }
        let around = Around { flow: around.flow || self.tree.style(id) == Style::Flow, ..around };
        // go-yaml prints empty collections as `{}` and `[]`
        let is_flow = self.road == Road::List || self.tree.is_empty(id);
        match kind {
            Kind::Mapping if self.road == Road::Json6902 => self.mapping(id, around)?,
            Kind::Mapping => {
                let entries = decoded_entries(self.tree, id, self.road)?;
                self.odd_mapping(id, &entries, around)?;
            }
            _ => {
                let mut item = self.tree.first_child(id);
                while let Some(child) = item {
                    self.restate(child, Around { outermost: false, ..around })?;
                    item = self.tree.next_sibling(child);
                }
            }
        }
        self.tree.restate_collection(id, if is_flow { Style::Flow } else { Style::Plain });
        Ok(())
    }

    /// A mapping that is printed as YAML and read again.
    fn mapping(&mut self, id: NodeId, around: Around) -> Result<()> {
        let start = self.entries.len();
        let found = entries::push_sorted(self.tree, id, Order::NaturalAfterDigits, &mut self.entries);
        if found == Found::Odd {
            let entries = printed_entries(self.tree, id, around)?;
            return self.odd_mapping(id, &entries, around);
        }
        for at in start..self.entries.len() {
            let Entry { name, value, .. } = self.entries[at];
            if !self.tree.restate_word(name) {
                let (tag, style) = form_of_string(self.tree, name, self.tree.text(name))?;
                self.tree.restate_scalar(name, tag, style, None);
            }
            if !self.tree.restate_word(value) {
                self.restate(value, Around { outermost: false, ..around })?;
            }
        }
        if found == Found::Unsorted {
            let own = &self.entries[start..];
            self.tree.reorder(id, own.iter().flat_map(|entry| [entry.name, entry.value]));
        }
        self.entries.truncate(start);
        Ok(())
    }

    /// A mapping whose keys have been looked at together.
    fn odd_mapping(&mut self, id: NodeId, entries: &[OwnEntry], around: Around) -> Result<()> {
        for &(ref key, name, value) in entries {
            let form = match self.road {
                Road::List => (Tag::Str, Style::DoubleQuoted),
                Road::Json6902 | Road::Json6902Value => {
                    form_of_string(self.tree, name, key.as_deref().unwrap_or_else(|| self.tree.text(name)))?
                }
            };
            self.tree.restate_scalar(name, form.0, form.1, key.as_deref());
            self.restate(value, Around { outermost: false, ..around })?;
        }
        let is_sorted = self.tree.entries(id).map(|(name, _)| name).eq(entries.iter().map(|&(_, name, _)| name));
        if !is_sorted {
            self.tree.reorder(id, entries.iter().flat_map(|&(_, name, value)| [name, value]));
        }
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, around: Around) -> Result<()> {
        if self.road != Road::Json6902 {
            return restate_scalar(self.tree, id, self.road, around.flow);
        }
        if self.tree.restate_word(id) || restate_steady(self.tree, id) {
            Ok(())
        } else {
            restate_scalar(self.tree, id, self.road, around.flow)
        }
    }
}

/// The text of a key where it is another one than its node has, the node, and the value under it.
type OwnEntry = (Option<String>, NodeId, NodeId);

/// The entries of a mapping after printing and decoding it, in go-yaml v3's order.
fn printed_entries(tree: &Tree, id: NodeId, around: Around) -> Result<Vec<OwnEntry>> {
    let entries = entries::sorted(tree, id, around, Order::NaturalAfterDigits)?;
    Ok(entries.into_iter().map(|(key, name, value)| (changed(key), name, value)).collect())
}

/// The text of a key that is no longer the one of its node.
fn changed(text: Cow<str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}

/// The entries of a mapping after decoding it, sorted by bytes as JSON is.
fn decoded_entries(tree: &Tree, id: NodeId, road: Road) -> Result<Vec<OwnEntry>> {
    let mut entries = Vec::new();
    for (name, value) in tree.entries(id) {
        if let Some((first, _)) = tree.entry(id, tree.text(name)).filter(|_| !tree.is_first(id, name)) {
            return Err(duplicate(tree, first, name).at_node(tree, name));
        }
        let text = settle::decoded_key(tree, name, false)?;
        // Reading drops such a key, quoted or not; a patch keeps it.
        if text != "<<" || road != Road::List {
            let text = if road == Road::List { through_json::key(tree, name, text)? } else { text };
            entries.push((text, name, value));
        }
    }
    sort_by(&mut entries, &|a, b| a.0.cmp(&b.0));
    Ok(entries.into_iter().map(|(text, name, value)| (changed(text), name, value)).collect())
}

fn restate_scalar(tree: &mut Tree, id: NodeId, road: Road, flow: bool) -> Result<()> {
    let value = match road {
        Road::Json6902 => settle::value(tree, id, flow)?,
        Road::Json6902Value => decoded_yaml11(tree, id)?,
        Road::List => settle::decoded(tree, id)?,
    };
    let (text, tag, style) = match (value, road) {
        (Value::Null, _) => ("null".to_owned(), Tag::Null, Style::Plain),
        (Value::Bool(value), _) => (value.to_string(), Tag::Bool, Style::Plain),
        (Value::Integer(digits), Road::List) => (digits.into_owned(), Tag::Int, Style::Plain),
        (Value::Float(value), Road::List) => number_form(value, number::push_json_float),
        (Value::Integer(digits), _) => number_form(digits.parse().unwrap_or_default(), number::push_general_float),
        (Value::Float(value), _) => number_form(value, number::push_general_float),
        (Value::Text(text), Road::List) => {
            (through_json::string(tree, id, text)?.into_owned(), Tag::Str, Style::DoubleQuoted)
        }
        (Value::Text(text), _) => {
            let (tag, style) = form_of_string(tree, id, &text)?;
            (text.into_owned(), tag, style)
        }
    };
    tree.restate_scalar(id, tag, style, Some(&text));
    Ok(())
}

/// Restates what keeps its text on a JSON patch's round trip, which is most of what there is; says whether it was such.
fn restate_steady(tree: &mut Tree, id: NodeId) -> bool {
    let form = match settle::steady_string(tree, id) {
        Some(text) if quote::is_word(text) || quote::is_plain_line(text) => form_of_plain(text),
        Some(_) => return false,
        None => match settle::steady_value(tree, id) {
            // Floats of up to six digits look like integers.
            Some(text) if tree.tag(id) != Tag::Int || text.len() <= 6 => (tree.tag(id), Style::Plain),
            _ => return false,
        },
    };
    tree.restate_scalar(id, form.0, form.1, None);
    true
}

fn number_form(value: f64, print: fn(&mut String, f64)) -> (String, Tag, Style) {
    let mut text = String::new();
    print(&mut text, value);
    let tag = resolve(&text, Dialect::Yaml12);
    (text, tag, Style::Plain)
}

fn decoded_yaml11(tree: &Tree, id: NodeId) -> Result<Value<'_>> {
    let (tag, style, text) = (tree.tag(id), tree.style(id), tree.text(id));
    let value = scalar_value(tag, style, text, Dialect::Yaml11).map_err(|error| error.at_node(tree, id))?;
    Ok(match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Integer(value.to_string().into()),
        Scalar::Uint(value) => Value::Integer(value.to_string().into()),
        Scalar::Float(value) if value.is_finite() => Value::Float(value),
        Scalar::Float(_) => return Err(unprintable(tree, id, format!("`{text}` has no form in JSON"))),
        Scalar::Str(text) => Value::Text(text),
    })
}

/// Tag and style of a string that go-yaml v3 printed by its own choice and read again.
fn form_of_string(tree: &Tree, id: NodeId, text: &str) -> Result<(Tag, Style)> {
    if quote::is_word(text) || quote::is_plain_line(text) {
        return Ok(form_of_plain(text));
    }
    if quote::is_clean_block(text) {
        return Ok((Tag::Str, Style::Literal));
    }
    let shape = Shape::with_tabs(text);
    let natural = resolve(text, Dialect::Yaml12);
    if text.starts_with('\t') && text.contains('\n') && shape.block {
        return Err(unprintable(tree, id, "a block text that begins with a tab cannot be printed"));
    }
    let style = if text.contains('\n') {
        if shape.block { Style::Literal } else { Style::DoubleQuoted }
    } else if !matches!(natural, Tag::Str | Tag::Merge) || quote::is_old_bool(text) || quote::is_sexagesimal(text) {
        Style::DoubleQuoted
    } else if shape.plain {
        Style::Plain
    } else if shape.single {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    };
    Ok((if style == Style::Plain { natural } else { Tag::Str }, style))
}

/// The same for a text that syntax lets be plain.
fn form_of_plain(text: &str) -> (Tag, Style) {
    if is_surely_string(text) {
        return (Tag::Str, Style::Plain);
    }
    match resolve(text, Dialect::Yaml12) {
        natural @ (Tag::Str | Tag::Merge) if !quote::is_old_bool(text) && !quote::is_sexagesimal(text) => {
            (natural, Style::Plain)
        }
        _ => (Tag::Str, Style::DoubleQuoted),
    }
}
