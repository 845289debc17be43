//! What is different between two versions of an object, field by field.

use super::lists::{self, Alignment};
use super::object::Object;
use super::part::AlignedList;
use super::path::{FieldPath, Key, Segment};
use super::renames::Renames;
use super::report::Change;
use super::value::{Data, Value};
use crate::schema::{self, Schema};

/// What two versions of an object come to.
#[derive(Debug, Default)]
pub struct Differences {
    /// The values that differ.
    pub changes: Vec<Change>,
    /// The fields that differ only because something else is called differently.
    pub references: Vec<Reference>,
    /// The lists that differ.
    pub lists: Vec<AlignedList>,
}

/// A field that has followed what it names.
#[derive(Debug)]
pub struct Reference {
    /// The field.
    pub path: FieldPath,
    /// What it now says.
    pub text: String,
    /// The number of the pair of objects that it names.
    pub pair: usize,
}

/// Compares two versions of an object. Its own name and namespace do not count: they tell that it is another object.
pub fn compare(before: &Object, after: &Object, renames: &Renames, schema: &Schema) -> Differences {
    let mut comparison = Comparison {
        renames,
        schema,
        path: Vec::new(),
        is_renamed: before.id != after.id,
        found: Differences::default(),
    };
    let node =
        schema.root(&after.api_version, &after.id.kind).or_else(|| schema.root(&before.api_version, &before.id.kind));
    comparison.values(&before.value, &after.value, node.as_ref());
    comparison.found
}

struct Comparison<'a> {
    renames: &'a Renames,
    schema: &'a Schema,
    path: Vec<Segment>,
    is_renamed: bool,
    found: Differences,
}

impl Comparison<'_> {
    fn values(&mut self, before: &Value, after: &Value, node: Option<&schema::Node>) {
        match (&before.data, &after.data) {
            (Data::Map(old), Data::Map(new)) => {
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort();
                keys.dedup();
                for key in keys {
                    let below = node.and_then(|node| self.schema.field(node, key));
                    self.path.push(Segment::Field(key.clone()));
                    self.maybe(old.get(key), new.get(key), below.as_ref());
                    self.path.pop();
                }
            }
            (Data::List(old), Data::List(new)) => self.lists(old, new, node),
            _ if before == after => {}
            (Data::Text(old), Data::Text(new)) => match self.renames.explain(old, new) {
                Some(pair) => {
                    let path = FieldPath(self.path.clone());
                    self.found.references.push(Reference { path, text: new.clone(), pair });
                }
                None => self.change(Some(before), Some(after), false),
            },
            _ => self.change(Some(before), Some(after), false),
        }
    }

    fn maybe(&mut self, before: Option<&Value>, after: Option<&Value>, node: Option<&schema::Node>) {
        if self.is_renamed && self.is_own_name() {
            return;
        }
        match (before, after) {
            (Some(before), Some(after)) => self.values(before, after, node),
            (None, None) => {}
            (before, after) => self.change(before, after, false),
        }
    }

    /// Whether the path is that of the object's own name or namespace.
    fn is_own_name(&self) -> bool {
        match self.path.as_slice() {
            [Segment::Field(metadata), Segment::Field(field)] => {
                metadata == "metadata" && (field == "name" || field == "namespace")
            }
            _ => false,
        }
    }

    fn lists(&mut self, old: &[Value], new: &[Value], node: Option<&schema::Node>) {
        if old == new {
            return;
        }
        let keys = merge_keys(old, new, node);
        let Alignment { pairs, moved } = lists::align(old, new, &keys, self.renames);
        let items = node.and_then(|node| self.schema.items(node));
        let mut aligned = Vec::with_capacity(pairs.len());
        for (before, after) in pairs {
            let (old, new) = (before.map(|at| &old[at]), after.map(|at| &new[at]));
            self.path.push(Segment::Item { keys: shown_keys(old, new, &keys), before, after });
            self.maybe(old, new, items.as_ref());
            aligned.extend(self.path.pop());
        }
        self.found.lists.push(AlignedList { path: FieldPath(self.path.clone()), items: aligned });
        if let Some((old, new)) = moved {
            self.change(Some(&old), Some(&new), true);
        }
    }

    fn change(&mut self, before: Option<&Value>, after: Option<&Value>, is_order: bool) {
        self.found.changes.push(Change {
            path: FieldPath(self.path.clone()),
            before: before.cloned(),
            after: after.cloned(),
            is_order,
            cause: None,
        });
    }
}

fn shown_keys(old: Option<&Value>, new: Option<&Value>, keys: &[String]) -> Vec<Key> {
    let texts = |one: Option<&Value>, other: Option<&Value>| {
        one.or(other).map(|item| lists::key_of(item, keys)).unwrap_or_default()
    };
    let pairs = texts(old, new).into_iter().zip(texts(new, old));
    pairs.map(|((field, before), (_, after))| Key { field, before, after }).collect()
}

/// The fields that tell the items of a list apart: those that the type says; for a type that nobody knows, `name`.
fn merge_keys(old: &[Value], new: &[Value], node: Option<&schema::Node>) -> Vec<String> {
    let keys: Vec<String> = match node {
        Some(node) if node.merges() => node.merge_keys().into_iter().map(str::to_owned).collect(),
        Some(_) => Vec::new(),
        None => vec!["name".to_owned()],
    };
    let tells_apart = |items: &[Value]| {
        let mut found: Vec<_> = items.iter().map(|item| lists::key_of(item, &keys)).collect();
        let count = found.len();
        found.sort();
        found.dedup();
        found.len() == count && found.iter().all(|key| !key.is_empty())
    };
    if !keys.is_empty() && tells_apart(old) && tells_apart(new) { keys } else { Vec::new() }
}
