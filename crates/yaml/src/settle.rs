//! What a scalar of a tree is in the end: what go-yaml v3 reads back from what it printed.
//!
//! kustomize prints each resource as YAML and reads it again before it makes the output. That is where a text that
//! was written without a type gets one, where a tag that does not fit its text fails, and where some texts change.

use std::borrow::Cow;

use crate::resolve::{self, Dialect, Scalar};
use crate::shape::Shape;
use crate::style;
use crate::timestamp::Timestamp;
use crate::{Error, ErrorKind, NodeId, Result, Style, Tag, Tree};

/// The final value of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number, in decimal digits.
    Integer(Cow<'a, str>),
    /// A finite float.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
}

/// How a node stands in the tree that is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// Inside a collection written as `{}` or `[]`.
    pub flow: bool,
    /// A key of a mapping.
    pub key: bool,
}

/// The text of a string that stays as it is when it is printed and read again; nothing for anything else.
///
/// Most scalars are such; the other functions are for the rest.
#[inline]
pub fn steady_string(tree: &Tree, id: NodeId) -> Option<&str> {
    if let Some(word) = tree.word(id) {
        return Some(word);
    }
    let (tag, style) = (tree.tag(id), tree.style(id));
    if !matches!(tag, Tag::Str | Tag::Unset) || style == Style::Folded {
        return None;
    }
    let text = tree.text(id);
    // A block that begins with a tab is an error.
    if text.as_bytes().first() == Some(&b'\t') {
        return None;
    }
    (tag == Tag::Str || resolve::resolve(text, Dialect::Yaml12) == Tag::Str).then_some(text)
}

/// The text of a null, boolean or integer that is printed as it was written; nothing for anything else.
#[inline]
pub fn steady_value(tree: &Tree, id: NodeId) -> Option<&str> {
    let node = tree.node(id);
    if node.style != Style::Plain {
        return None;
    }
    let text = tree.text(id);
    let is_steady = match node.tag {
        Tag::Null => text == "null",
        Tag::Bool => matches!(text, "true" | "false"),
        Tag::Int => is_canonical_integer(text),
        _ => false,
    };
    is_steady.then_some(text)
}

/// The value of a scalar that stands in a sequence or is the value of a mapping entry.
pub fn value(tree: &Tree, id: NodeId, flow: bool) -> Result<Value<'_>> {
    scalar(tree, id, Surroundings { flow, key: false })
}

/// The text of a mapping key; fails when it is not a string.
///
/// The keys of the outermost mapping may be of any type but null: kustomize decodes that mapping into a map of strings.
pub fn key(tree: &Tree, id: NodeId, flow: bool, outermost: bool) -> Result<Cow<'_, str>> {
    let text = tree.text(id);
    let around = Surroundings { flow, key: true };
    match tag_when_read_again(tree, id, around) {
        Tag::Str | Tag::Merge => reread_block(tree, id, around),
        Tag::Custom if outermost => reread_block(tree, id, around),
        Tag::Binary if outermost => scalar(tree, id, around).map(|value| text_of(value, text)),
        tag @ (Tag::Null | Tag::Collection) => Err(no_string(tree, id, tag)),
        _ if outermost => scalar(tree, id, around).map(|_| text.into()),
        tag => Err(no_string(tree, id, tag)),
    }
}

fn no_string(tree: &Tree, id: NodeId, tag: Tag) -> Error {
    let text = tree.text(id);
    let found = match tag {
        Tag::Null => "null",
        Tag::Bool => "a boolean",
        Tag::Int | Tag::Float => "a number",
        Tag::Time => "a timestamp",
        Tag::Binary => "binary data",
        Tag::Collection => "a collection",
        Tag::Unset | Tag::Str | Tag::Merge | Tag::Custom => "a value with a tag of its own",
    };
    let error = unprintable(tree, id, format!("a mapping key must be a string, found {found}"));
    if !tree.is_scalar(id) {
        return error;
    }
    error.help(match tree.tag(id) {
        // A key that kustomize has added: quotes, where there were any, did not come along.
        Tag::Unset => format!("`{text}` reads as something else than a name: use another one"),
        _ => format!("put quotes around it: \"{text}\""),
    })
}

fn text_of<'a>(value: Value<'a>, otherwise: &'a str) -> Cow<'a, str> {
    match value {
        Value::Text(text) => text,
        _ => otherwise.into(),
    }
}

fn scalar(tree: &Tree, id: NodeId, around: Surroundings) -> Result<Value<'_>> {
    let tag = tag_when_read_again(tree, id, around);
    typed(tree, id, tag, reread_block(tree, id, around)?)
}

/// The value of a scalar that go-yaml v3 decodes without printing it first.
pub fn decoded(tree: &Tree, id: NodeId) -> Result<Value<'_>> {
    typed(tree, id, decoded_tag(tree, id), tree.text(id).into())
}

/// The text of a mapping key that go-yaml v3 decodes without printing it first; fails when it is not a string. See
/// [`key`] for the outermost mapping.
pub fn decoded_key(tree: &Tree, id: NodeId, outermost: bool) -> Result<Cow<'_, str>> {
    let text = tree.text(id);
    match decoded_tag(tree, id) {
        Tag::Str | Tag::Merge => Ok(text.into()),
        tag @ (Tag::Null | Tag::Collection) => Err(no_string(tree, id, tag)),
        Tag::Binary if outermost => decoded(tree, id).map(|value| text_of(value, text)),
        _ if outermost => decoded(tree, id).map(|_| text.into()),
        tag => Err(no_string(tree, id, tag)),
    }
}

fn decoded_tag(tree: &Tree, id: NodeId) -> Tag {
    match (tree.tag(id), tree.style(id)) {
        (Tag::Unset, Style::Plain) => resolve::resolve(tree.text(id), Dialect::Yaml12),
        (Tag::Unset, _) => Tag::Str,
        (tag, _) => tag,
    }
}

/// The value of a text under a tag; `id` is where it stands, for errors.
fn typed<'a>(tree: &'a Tree, id: NodeId, tag: Tag, text: Cow<'a, str>) -> Result<Value<'a>> {
    if matches!(tag, Tag::Str | Tag::Merge | Tag::Custom) {
        return Ok(Value::Text(text));
    }
    if tag == Tag::Time && Timestamp::parse(&text).is_some_and(|time| !time.is_printable()) {
        return Err(unprintable(tree, id, format!("`{text}` cannot be printed: its time zone is a day off")));
    }
    let place = |error: Error| error.at_node(tree, id);
    Ok(match resolve::scalar_value(tag, Style::Plain, &text, Dialect::Yaml12).map_err(place)? {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Integer(value.to_string().into()),
        Scalar::Uint(value) => Value::Integer(value.to_string().into()),
        Scalar::Float(value) if value.is_finite() => Value::Float(value),
        Scalar::Float(_) => {
            let message = format!("`{text}` cannot be printed: JSON has no such number");
            return Err(unprintable(tree, id, message).help(format!("write \"{text}\" if it is meant as a text")));
        }
        Scalar::Str(value) => Value::Text(value.into_owned().into()),
    })
}

/// The tag that go-yaml v3 gives a scalar when it reads what it printed.
///
/// It prints a tag only where one was written out or where the text alone would not get the same one, and then the text
/// has to fit the tag; where it prints none, quotes or a block make a string of any text.
fn tag_when_read_again(tree: &Tree, id: NodeId, around: Surroundings) -> Tag {
    let node = tree.node(id);
    let text = tree.text(id);
    if matches!(node.tag, Tag::Str | Tag::Merge | Tag::Custom | Tag::Binary | Tag::Collection) {
        return node.tag;
    }
    let natural = resolve::resolve(text, Dialect::Yaml12);
    if node.tag != Tag::Unset && (node.tagged || node.tag != natural) {
        return node.tag;
    }
    let needs_quotes = if text.is_empty() {
        around.flow || around.key
    } else if around.flow {
        !Shape::with_tabs(text).flow_plain
    } else {
        !Shape::with_tabs(text).plain
    };
    if node.style != Style::Plain || needs_quotes { Tag::Str } else { natural }
}

/// The text of a scalar after go-yaml v3 has printed it in a block and read that.
fn reread_block(tree: &Tree, id: NodeId, around: Surroundings) -> Result<Cow<'_, str>> {
    let text = tree.text(id);
    let folded = tree.style(id) == Style::Folded;
    let in_block = match tree.style(id) {
        Style::Folded => true,
        Style::Literal => text.starts_with('\t'),
        Style::Plain => text.starts_with('\t') && text.contains('\n'),
        _ => false,
    };
    if !in_block {
        return Ok(text.into());
    }
    let shape = Shape::with_tabs(text);
    if around.flow || !shape.block || (around.key && !shape.multiline && text.len() <= 128) {
        return Ok(text.into());
    }
    if text.starts_with('\t') {
        let message = "a block text that begins with a tab cannot be printed";
        return Err(unprintable(tree, id, message).help("put the text in double quotes, with \\t for the tab"));
    }
    Ok(if folded { style::reread_folded(text).into() } else { text.into() })
}

fn is_canonical_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

pub(crate) fn unprintable(tree: &Tree, id: NodeId, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unprintable, 0, message).at_node(tree, id)
}
