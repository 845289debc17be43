//! The values of objects, with the places that they came from.

use std::collections::BTreeMap;

use super::path::{FieldPath, Segment};
use rustomize_yaml::{Dialect, FileId, NodeId, Scalar, Style, Tag, Tree, scalar_value};

/// A value of an object.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it was read; `None` where a step made it.
    pub place: Option<(FileId, u32)>,
}

/// What a value can be. Numbers are the same when their texts are, in their shortest form.
#[derive(Debug, Clone)]
pub enum Data {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text; of Secrets, what stands for it.
    Text(String),
    /// Items in order.
    List(Vec<Value>),
    /// Fields by name.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The value of a node that was printed (or read), as a cluster understands it. `made` is the same node in the tree
    /// that was printed, which knows the places.
    pub fn of(printed: &Tree, id: NodeId, made: Option<(&Tree, NodeId)>) -> Value {
        let (from, node) = made.unwrap_or((printed, id));
        let place = from.node(node);
        let data = if printed.is_mapping(id) {
            let below = |key: &str| made.and_then(|(tree, node)| Some((tree, tree.get(node, key)?)));
            let entries = printed.entries(id).map(|(key, value)| {
                let key = printed.text(key);
                (key.to_owned(), Value::of(printed, value, below(key)))
            });
            Data::Map(entries.collect())
        } else if printed.is_sequence(id) {
            let mut items = made.map(|(tree, node)| (tree, tree.items(node)));
            let mut next = || items.as_mut().and_then(|(tree, items)| Some((*tree, items.next()?)));
            Data::List(printed.items(id).map(|item| Value::of(printed, item, next())).collect())
        } else {
            scalar(printed, id)
        };
        Value { data, place: (place.file != FileId::default()).then_some((place.file, place.at)) }
    }

    /// The field of a mapping.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.data {
            Data::Map(fields) => fields.get(key),
            _ => None,
        }
    }

    /// The field of a mapping, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.data {
            Data::Map(fields) => fields.get_mut(key),
            _ => None,
        }
    }

    /// The value at a path, as its items stand before.
    pub fn at_mut(&mut self, path: &FieldPath) -> Option<&mut Value> {
        path.0.iter().try_fold(self, |value, segment| match (segment, &mut value.data) {
            (Segment::Field(name), Data::Map(fields)) => fields.get_mut(name),
            (Segment::Item { before, .. }, Data::List(items)) => items.get_mut((*before)?),
            _ => None,
        })
    }

    /// The text of a scalar, as it stands in messages and keys; `None` for a collection.
    pub fn text(&self) -> Option<String> {
        match &self.data {
            Data::Null => Some("null".to_owned()),
            Data::Bool(value) => Some(value.to_string()),
            Data::Number(number) => Some(number.to_string()),
            Data::Text(text) => Some(text.clone()),
            Data::List(_) | Data::Map(_) => None,
        }
    }

    /// The value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Number(number) => number.clone().into(),
            Data::Text(text) => text.clone().into(),
            Data::List(items) => items.iter().map(Value::to_json).collect(),
            Data::Map(fields) => fields.iter().map(|(key, value)| (key.clone(), value.to_json())).collect(),
        }
    }

    /// Has every text in it looked at, and perhaps replaced.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        match &mut self.data {
            Data::Text(text) => change(text),
            Data::List(items) => items.iter_mut().for_each(|item| item.each_text(change)),
            Data::Map(fields) => fields.values_mut().for_each(|value| value.each_text(change)),
            Data::Null | Data::Bool(_) | Data::Number(_) => {}
        }
    }
}

/// Whether both hold the same data, wherever it came from.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (&self.data, &other.data) {
            (Data::Null, Data::Null) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::Text(a), Data::Text(b)) => a == b,
            (Data::List(a), Data::List(b)) => a == b,
            (Data::Map(a), Data::Map(b)) => a == b,
            _ => false,
        }
    }
}

/// A scalar as those read it who send it to a cluster: by the rules of YAML 1.1.
fn scalar(tree: &Tree, id: NodeId) -> Data {
    let node = tree.node(id);
    let text = tree.text(id);
    let is_plain = matches!(node.style, Style::Plain | Style::Flow);
    let tag = if node.tagged { node.tag } else { Tag::Unset };
    if !is_plain && tag == Tag::Unset {
        return Data::Text(text.to_owned());
    }
    match scalar_value(tag, node.style, text, Dialect::Yaml11) {
        Ok(Scalar::Null) => Data::Null,
        Ok(Scalar::Bool(value)) => Data::Bool(value),
        Ok(Scalar::Int(value)) => Data::Number(value.into()),
        Ok(Scalar::Uint(value)) => Data::Number(value.into()),
        Ok(Scalar::Float(value)) => number(value, text),
        Ok(Scalar::Str(value)) => Data::Text(value.into_owned()),
        Err(_) => Data::Text(text.to_owned()),
    }
}

/// A float; one without a fraction is the same number as the integer.
fn number(value: f64, text: &str) -> Data {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Data::Number((value as i64).into());
    }
    serde_json::Number::from_f64(value).map_or_else(|| Data::Text(text.to_owned()), Data::Number)
}
