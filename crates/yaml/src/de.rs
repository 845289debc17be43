//! Typed values from trees, by the rules of Go's `encoding/json` after go-yaml v2: how kustomize reads its own files.

mod access;
mod failure;

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use self::access::{EntriesAccess, FieldsAccess, ItemsAccess, SpannedAccess};
use self::failure::Failure;
use crate::resolve::{self, Dialect, Scalar};
use crate::{ErrorKind, Kind, NodeId, Result, Spanned, Style, Tag, Tree, number};

/// Reads a typed value from a node of a tree that was read with [`Dialect::Yaml11`]; a field that the type does not
/// have is an [`ErrorKind::UnknownField`].
///
/// Field names match whatever their case; of two fields of one name the later wins; null gives the empty value of any
/// type (an entry of a struct is then as if it were not there, so give its fields defaults). A scalar of another type
/// than asked for is an [`ErrorKind::Type`], also where a text was asked for and a number or boolean was found.
/// Errors point at the value or the key; [`Spanned`] values carry their places.
pub fn from_node<'a, T: Deserialize<'a>>(tree: &'a Tree, id: NodeId) -> Result<T> {
    read(tree, id, Unknown::Refuse, false)
}

/// Like [`from_node`], but fields that the type does not have are passed over, and numbers and booleans become texts
/// where texts are wanted (`0x10` becomes `16`), as kustomize does in the configurations of its transformers.
pub fn from_node_lenient<'a, T: Deserialize<'a>>(tree: &'a Tree, id: NodeId) -> Result<T> {
    read(tree, id, Unknown::Pass, true)
}

/// The fields that [`from_node_lenient`] passes over: an [`ErrorKind::UnknownField`] for each, as far as the rest can be
/// read.
pub fn unknown_fields<T: DeserializeOwned>(tree: &Tree, id: NodeId) -> Vec<crate::Error> {
    let found = RefCell::default();
    // What is wrong otherwise is told by whoever reads the value itself.
    let unknown = Unknown::Collect(&found);
    let _ = T::deserialize(NodeDeserializer { tree, id, name: Name::Document, unknown, converts: true });
    found.into_inner()
}

/// Like [`from_node_lenient`], but numbers and booleans stay what they are, as in those configurations that kustomize
/// reads into a type with another one embedded.
pub fn from_node_unconverted<'a, T: Deserialize<'a>>(tree: &'a Tree, id: NodeId) -> Result<T> {
    read(tree, id, Unknown::Pass, false)
}

/// For `deserialize_with`: a field that kustomize has in an embedded type, where numbers and booleans do not become texts
/// although they do around it.
///
/// # Errors
/// As the type has them.
pub fn unconverted<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(UNCONVERTED, Transparent(PhantomData))
}

/// The name under which a deserializer recognises the request not to convert.
const UNCONVERTED: &str = "$unconverted";

/// Takes a value as its type reads it.
struct Transparent<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Transparent<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

fn read<'a, T: Deserialize<'a>>(tree: &'a Tree, id: NodeId, unknown: Unknown<'a>, converts: bool) -> Result<T> {
    let node = NodeDeserializer { tree, id, name: Name::Document, unknown, converts };
    T::deserialize(node).map_err(|failure| failure.at_node(tree, id).into())
}

/// What becomes of fields that a type does not have.
#[derive(Clone, Copy)]
enum Unknown<'a> {
    /// They are errors.
    Refuse,
    /// They are passed over.
    Pass,
    /// They are passed over, and noted.
    Collect(&'a RefCell<Vec<crate::Error>>),
}

/// What a node is called in messages.
#[derive(Clone, Copy)]
enum Name<'a> {
    Document,
    Field(&'a str),
    ItemOf(&'a str),
}

/// A node on its way to a typed value.
#[derive(Clone, Copy)]
struct NodeDeserializer<'a> {
    tree: &'a Tree,
    id: NodeId,
    name: Name<'a>,
    unknown: Unknown<'a>,
    /// Numbers and booleans become texts where texts are wanted.
    converts: bool,
}

impl<'a> NodeDeserializer<'a> {
    /// The node as a scalar of YAML 1.1; nothing for a collection.
    fn scalar(self) -> std::result::Result<Option<Scalar<'a>>, Failure> {
        if !self.tree.is_scalar(self.id) {
            return Ok(None);
        }
        scalar(self.tree, self.id).map(Some).map_err(|error| Failure::unplaced(error).at_node(self.tree, self.id))
    }

    fn is_null(self) -> std::result::Result<bool, Failure> {
        Ok(matches!(self.scalar()?, Some(Scalar::Null)))
    }

    /// A node inside this one.
    fn child(self, id: NodeId, name: Name<'a>) -> NodeDeserializer<'a> {
        NodeDeserializer { id, name, ..self }
    }

    /// The name of the field that this node is, or is an item of.
    fn field(self) -> &'a str {
        match self.name {
            Name::Document => "",
            Name::Field(name) | Name::ItemOf(name) => name,
        }
    }

    /// The error that the node is not `expected` but what it is.
    fn mismatch(self, expected: &str) -> Failure {
        let subject = match self.name {
            Name::Document => "the document".to_owned(),
            Name::Field(name) => format!("`{name}`"),
            Name::ItemOf("") => "an item of the list".to_owned(),
            Name::ItemOf(name) => format!("an item of `{name}`"),
        };
        let found = describe(self.tree, self.id);
        let failure = Failure::new(ErrorKind::Type, format!("{subject} must be {expected}, found {found}"));
        let text = self.tree.text(self.id);
        let failure = match (expected, self.tree.kind(self.id)) {
            ("a string", Kind::Scalar) => failure.help(format!("put quotes around it: \"{text}\"")),
            ("a list", Kind::Scalar) => failure.help(format!("write it as a list: [{text}]")),
            ("a list", Kind::Mapping) => failure.help("put `- ` before it"),
            ("true or false" | "a whole number" | "a number", Kind::Scalar) if self.is_quoted() => {
                failure.help("take the quotes away")
            }
            _ => failure,
        };
        failure.at_node(self.tree, self.id)
    }

    fn is_quoted(self) -> bool {
        matches!(self.tree.style(self.id), Style::SingleQuoted | Style::DoubleQuoted)
    }

    /// Gives a whole number to the visitor; floats without a fraction are whole, as JSON does not tell them apart.
    fn integer<V: Visitor<'a>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        let result = match self.scalar()? {
            Some(Scalar::Null) => visitor.visit_i64(0),
            Some(Scalar::Int(value)) => visitor.visit_i64(value),
            Some(Scalar::Uint(value)) => visitor.visit_u64(value),
            Some(Scalar::Float(value)) if whole(value).is_some() => visitor.visit_i64(whole(value).unwrap_or_default()),
            _ => return Err(self.mismatch("a whole number")),
        };
        // The visitor refuses numbers that its type has no room for.
        result.map_err(|_: Failure| self.mismatch("a smaller whole number"))
    }

    fn float<V: Visitor<'a>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        match self.scalar()? {
            Some(Scalar::Null) => visitor.visit_f64(0.0),
            Some(Scalar::Int(value)) => visitor.visit_f64(value as f64),
            Some(Scalar::Uint(value)) => visitor.visit_f64(value as f64),
            Some(Scalar::Float(value)) => visitor.visit_f64(value),
            _ => Err(self.mismatch("a number")),
        }
    }
}

/// The integer that JSON makes of a float, if it makes one that fits.
fn whole(value: f64) -> Option<i64> {
    if !value.is_finite() {
        return None;
    }
    let mut json = String::new();
    number::push_json_float(&mut json, value);
    json.parse().ok()
}

/// The text that sigs.k8s.io/yaml makes of a value that is not one.
fn go_text(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => String::new(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Uint(value) => value.to_string(),
        Scalar::Float(value) => {
            let mut text = String::new();
            number::push_general_float(&mut text, *value);
            text
        }
        Scalar::Str(text) => text.clone().into_owned(),
    }
}

/// A scalar as go-yaml v2 decodes it when nothing says what it should be: dates stay texts.
fn scalar(tree: &Tree, id: NodeId) -> Result<Scalar<'_>> {
    let (node, text) = (tree.node(id), tree.text(id));
    let quoted = node.style != Style::Plain;
    let tag = match node.tag {
        Tag::Unset if quoted => Tag::Str,
        Tag::Unset => resolve::resolve(text, Dialect::Yaml11),
        tag => tag,
    };
    match tag {
        Tag::Time | Tag::Str | Tag::Merge | Tag::Custom => Ok(Scalar::Str(text.into())),
        _ => resolve::scalar_value(tag, Style::Plain, text, Dialect::Yaml11),
    }
}

/// What a node is, in words.
fn describe(tree: &Tree, id: NodeId) -> String {
    let text = shortened(tree.text(id));
    match tree.kind(id) {
        Kind::Mapping => return "a mapping".to_owned(),
        Kind::Sequence => return "a list".to_owned(),
        Kind::Scalar => {}
    }
    match scalar(tree, id) {
        Ok(Scalar::Null) => "nothing".to_owned(),
        Ok(Scalar::Bool(_)) => format!("the boolean `{text}`"),
        Ok(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_)) => format!("the number `{text}`"),
        Ok(Scalar::Str(_)) | Err(_) => format!("the text `{text}`"),
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    let first_line = text.lines().next().unwrap_or_default();
    if first_line.len() == text.len() && text.chars().count() <= 40 {
        return text.into();
    }
    let start: String = first_line.chars().take(37).collect();
    format!("{start}...").into()
}

/// The methods that visit a number in the same way whatever its width.
macro_rules! numbers {
    ($($method:ident => $how:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
            self.$how(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        match self.scalar()? {
            None if self.tree.is_mapping(self.id) => self.deserialize_map(visitor),
            None => self.deserialize_seq(visitor),
            Some(Scalar::Null) => visitor.visit_unit(),
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            Some(Scalar::Int(value)) => visitor.visit_i64(value),
            Some(Scalar::Uint(value)) => visitor.visit_u64(value),
            Some(Scalar::Float(value)) => match whole(value) {
                Some(value) => visitor.visit_i64(value),
                None => visitor.visit_f64(value),
            },
            Some(Scalar::Str(_)) => self.deserialize_str(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        match self.scalar()? {
            Some(Scalar::Null) => visitor.visit_bool(false),
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            _ => Err(self.mismatch("true or false")),
        }
    }

    numbers!(
        deserialize_i8 => integer, deserialize_i16 => integer, deserialize_i32 => integer, deserialize_i64 => integer,
        deserialize_u8 => integer, deserialize_u16 => integer, deserialize_u32 => integer, deserialize_u64 => integer,
        deserialize_f32 => float, deserialize_f64 => float
    );

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        let result = match self.scalar()? {
            Some(Scalar::Null) => visitor.visit_borrowed_str(""),
            Some(Scalar::Str(Cow::Borrowed(text))) => visitor.visit_borrowed_str(text),
            Some(Scalar::Str(Cow::Owned(text))) => visitor.visit_string(text),
            Some(scalar) if self.converts => visitor.visit_string(go_text(&scalar)),
            _ => return Err(self.mismatch("a string")),
        };
        result.map_err(|failure: Failure| failure.at_node(self.tree, self.id))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        if self.is_null()? { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        if !self.tree.is_sequence(self.id) && !self.is_null()? {
            return Err(self.mismatch("a list"));
        }
        let result = visitor.visit_seq(ItemsAccess::new(self));
        result.map_err(|failure| failure.at_node(self.tree, self.id))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        if !self.tree.is_mapping(self.id) && !self.is_null()? {
            return Err(self.mismatch("a mapping"));
        }
        let result = visitor.visit_map(EntriesAccess::new(self));
        result.map_err(|failure| failure.at_node(self.tree, self.id))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Failure> {
        if name == Spanned::<()>::NAME {
            return visitor.visit_map(SpannedAccess::new(self));
        }
        if !self.tree.is_mapping(self.id) && !self.is_null()? {
            return Err(self.mismatch("a mapping"));
        }
        let result = visitor.visit_map(FieldsAccess::new(self, fields)?);
        result.map_err(|failure| failure.at_node(self.tree, self.id))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Failure> {
        match self.scalar()? {
            Some(Scalar::Str(text)) => {
                let result = visitor.visit_enum(text.into_deserializer());
                result.map_err(|failure: Failure| failure.at_node(self.tree, self.id))
            }
            _ => Err(self.mismatch("a string")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Failure> {
        let converts = self.converts && name != UNCONVERTED;
        visitor.visit_newtype_struct(NodeDeserializer { converts, ..self })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}
