//! What differs, as it is shown: the same changes of several builds once.

use std::collections::{BTreeMap, HashMap};

use super::causes::{self, Place};
use super::fields::{self, Reference};
use super::object::{Object, ObjectId, Side};
use super::pairs::{Pair, pairs};
use super::part::{AlignedList, partly};
use super::path::{FieldPath, Which};
use super::renames::Renames;
use super::value::{Data, Value};
use crate::schema::Schema;
use crate::session::Session;

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// It stays, and is different.
    Changed,
    /// It goes, and comes again under another name or in another namespace.
    Renamed,
}

/// An object that differs.
#[derive(Debug, Clone)]
pub struct ObjectDiff {
    /// What becomes of it.
    pub status: Status,
    /// What it is called before.
    pub before: Option<ObjectId>,
    /// What it is called after.
    pub after: Option<ObjectId>,
    /// Which objects of the outputs they are, where both were built.
    pub numbers: (Option<usize>, Option<usize>),
    /// What it was called first, before prefixes, suffixes and hashes.
    pub original_name: String,
    /// All of it, before and after. References to what is called differently have followed in both.
    pub values: (Option<Value>, Option<Value>),
    /// The fields that differ; of an object that comes or goes, none.
    pub changes: Vec<Change>,
    /// The lists in which they differ.
    pub lists: Vec<AlignedList>,
    /// The objects and fields that follow because it is called differently.
    pub references: Vec<(ObjectId, FieldPath)>,
    /// Where it is written.
    pub place: Option<Place>,
}

/// A field that differs.
#[derive(Debug, Clone)]
pub struct Change {
    /// The field.
    pub path: FieldPath,
    /// What was.
    pub before: Option<Value>,
    /// What comes.
    pub after: Option<Value>,
    /// Both are the keys of a list whose items stand in another order.
    pub is_order: bool,
    /// The line that causes it.
    pub cause: Option<Place>,
}

/// Changes that the same builds have.
#[derive(Debug, Clone)]
pub struct Section {
    /// The builds.
    pub builds: Vec<String>,
    /// The objects that differ.
    pub objects: Vec<ObjectDiff>,
}

/// What differs in one build or several.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What the most builds have in common comes first.
    pub sections: Vec<Section>,
    /// How many builds were compared.
    pub compared: usize,
}

/// The objects that differ between two sides.
pub fn compare(session: &Session, before: &Side, after: &Side) -> Vec<ObjectDiff> {
    let pairs = pairs(session, before, after);
    let renames = Renames::of(&pairs);
    let schema = before.schema.telling_more(&after.schema);
    let mut diffs: Vec<ObjectDiff> = Vec::new();
    let mut diff_of_pair = vec![None; pairs.len()];
    let mut references: Vec<(ObjectId, Reference)> = Vec::new();
    for (pair, place) in pairs.iter().zip(&mut diff_of_pair) {
        let (diff, found) = compare_pair(session, pair, &renames, schema);
        if let Some(after) = pair.after {
            references.extend(found.into_iter().map(|reference| (after.id.clone(), reference)));
        }
        *place = diff.is_some().then_some(diffs.len());
        diffs.extend(diff);
    }
    for (object, Reference { path, pair, .. }) in references {
        if let Some(diff) = diff_of_pair[pair] {
            diffs[diff].references.push((object, path));
        }
    }
    diffs
}

fn compare_pair(
    session: &Session,
    pair: &Pair,
    renames: &Renames,
    schema: &Schema,
) -> (Option<ObjectDiff>, Vec<Reference>) {
    let (Some(before), Some(after)) = (pair.before, pair.after) else {
        let one = pair.before.or(pair.after).map(|object| one_sided(session, pair, object));
        return (one, Vec::new());
    };
    let is_renamed = is_renamed(before, after);
    let is_same = before.same.is_some() && before.same == after.same;
    if is_same || (before.id == after.id && before.value == after.value) {
        return (None, Vec::new());
    }
    let found = fields::compare(before, after, renames, schema);
    let mut changes = found.changes;
    changes.iter_mut().for_each(|change| change.cause = read_at(session, change));
    if changes.is_empty() && before.id == after.id {
        return (None, found.references);
    }
    let mut old = before.value.clone();
    for Reference { path, text, .. } in &found.references {
        // As if the other object had always been called so: what follows is no change.
        if let Some(value) = old.at_mut(path) {
            value.data = Data::Text(text.clone());
        }
    }
    let diff = ObjectDiff {
        status: if is_renamed { Status::Renamed } else { Status::Changed },
        before: Some(before.id.clone()),
        after: Some(after.id.clone()),
        numbers: (Some(before.number), Some(after.number)),
        original_name: after.original_name().to_owned(),
        values: (Some(old), Some(after.value.clone())),
        changes,
        lists: found.lists,
        references: Vec::new(),
        place: causes::place(session, &after.value, Which::After),
    };
    (Some(diff), found.references)
}

/// Whether an object is called differently, but for its hash.
fn is_renamed(before: &Object, after: &Object) -> bool {
    let stem = |object: &Object| object.stem.as_ref().map_or_else(|| object.id.name.clone(), |stem| stem.name.clone());
    before.id.namespace != after.id.namespace || (before.id.name != after.id.name && stem(before) != stem(after))
}

fn one_sided(session: &Session, pair: &Pair, object: &Object) -> ObjectDiff {
    let id = |object: &Object| object.id.clone();
    let (status, side) = match pair.before {
        Some(_) => (Status::Removed, Which::Before),
        None => (Status::Added, Which::After),
    };
    ObjectDiff {
        status,
        before: pair.before.map(id),
        after: pair.after.map(id),
        numbers: (pair.before.map(|object| object.number), pair.after.map(|object| object.number)),
        original_name: object.original_name().to_owned(),
        values: (pair.before.map(|object| object.value.clone()), pair.after.map(|object| object.value.clone())),
        changes: Vec::new(),
        lists: Vec::new(),
        references: Vec::new(),
        place: causes::place(session, &object.value, side),
    }
}

/// Where what comes, or else what goes, was read.
fn read_at(session: &Session, change: &Change) -> Option<Place> {
    match (&change.before, &change.after) {
        _ if change.is_order => None,
        (_, Some(after)) => causes::place(session, after, Which::After),
        (Some(before), None) => causes::place(session, before, Which::Before),
        (None, None) => None,
    }
}

/// Grouping.
impl Report {
    /// The report on some builds, each with its name. What several have in common is there once.
    pub fn of(mut builds: Vec<(String, Vec<ObjectDiff>)>) -> Report {
        let compared = builds.len();
        if compared == 1 {
            let all = builds.drain(..).filter(|(_, objects)| !objects.is_empty());
            let sections = all.map(|(name, objects)| Section { builds: vec![name], objects }).collect();
            return Report { sections, compared };
        }
        let mut with: HashMap<Key, Vec<usize>> = HashMap::new();
        for (number, (_, diffs)) in builds.iter().enumerate() {
            for key in diffs.iter().flat_map(keys) {
                let having = with.entry(key).or_default();
                if having.last() != Some(&number) {
                    having.push(number);
                }
            }
        }
        let (names, diffs): (Vec<String>, Vec<Vec<ObjectDiff>>) = builds.into_iter().unzip();
        let mut sections: BTreeMap<Vec<usize>, Vec<ObjectDiff>> = BTreeMap::new();
        for (number, diffs) in diffs.into_iter().enumerate() {
            for (having, part) in diffs.into_iter().flat_map(|diff| parts(diff, &with)) {
                if having.first() == Some(&number) {
                    sections.entry(having).or_default().push(part);
                }
            }
        }
        let mut sections: Vec<(Vec<usize>, Vec<ObjectDiff>)> = sections.into_iter().collect();
        sections.sort_by_key(|(having, _)| std::cmp::Reverse(having.len()));
        let sections = sections
            .into_iter()
            .map(|(having, objects)| Section {
                builds: having.into_iter().map(|number| names[number].clone()).collect(),
                objects,
            })
            .collect();
        Report { sections, compared }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// What makes changes of two builds the same: the object by its first name, the field, what was and what comes.
type Key = (String, String, String, Status, String);

fn keys(diff: &ObjectDiff) -> Vec<Key> {
    let key = |what: String| {
        let (kind, group) = diff
            .after
            .as_ref()
            .or(diff.before.as_ref())
            .map_or((String::new(), String::new()), |id| (id.kind.clone(), id.group.clone()));
        (kind, group, diff.original_name.clone(), diff.status, what)
    };
    if diff.changes.is_empty() {
        let content = [&diff.values.0, &diff.values.1].map(|value| value.as_ref().map(nameless));
        let content =
            if diff.status == Status::Added || diff.status == Status::Removed { content } else { [None, None] };
        return vec![key(format!("{content:?}"))];
    }
    diff.changes.iter().map(|change| key(change_key(change))).collect()
}

fn change_key(change: &Change) -> String {
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_json);
    format!("{} {:?} {:?} {}", change.path, json(&change.before), json(&change.after), change.is_order)
}

/// An object as JSON without its name and namespace.
fn nameless(value: &Value) -> String {
    let mut value = value.clone();
    if let Some(Value { data: Data::Map(metadata), .. }) = value.get_mut("metadata") {
        metadata.remove("name");
        metadata.remove("namespace");
    }
    value.to_json().to_string()
}

/// The parts of a difference, by the builds that have them.
fn parts(mut diff: ObjectDiff, with: &HashMap<Key, Vec<usize>>) -> Vec<(Vec<usize>, ObjectDiff)> {
    let mut changes: Vec<(Vec<usize>, Vec<Change>)> = Vec::new();
    let keys = keys(&diff);
    if diff.changes.is_empty() {
        changes.push((with[&keys[0]].clone(), Vec::new()));
    }
    for (key, change) in keys.iter().zip(std::mem::take(&mut diff.changes)) {
        let having = &with[key];
        match changes.iter_mut().find(|(known, _)| known == having) {
            Some((_, part)) => part.push(change),
            None => changes.push((having.clone(), vec![change])),
        }
    }
    let is_split = changes.len() > 1;
    let parts = changes.into_iter().map(|(having, changes)| {
        let mut part = ObjectDiff { changes, ..diff.clone() };
        if is_split {
            part.values = with_changes_alone(&part);
        }
        if having.len() > 1 && part.status != Status::Renamed {
            let values = [&mut part.values.0, &mut part.values.1].into_iter().flatten();
            values.for_each(|value| call(value, &part.original_name, None));
        }
        (having, part)
    });
    parts.collect()
}

/// The object before and after, where nothing else happens to it than these changes.
fn with_changes_alone(part: &ObjectDiff) -> (Option<Value>, Option<Value>) {
    let (Some(old), Some(new)) = &part.values else {
        return part.values.clone();
    };
    let mut changed = partly(old, new, &part.changes, &part.lists);
    if let Some(id) = &part.after {
        call(&mut changed, &id.name, new.get("metadata").and_then(|metadata| metadata.get("namespace")));
    }
    (Some(old.clone()), Some(changed))
}

/// Gives an object a name and a namespace.
fn call(object: &mut Value, name: &str, namespace: Option<&Value>) {
    let Some(Value { data: Data::Map(metadata), .. }) = object.get_mut("metadata") else { return };
    metadata.insert("name".to_owned(), Value { data: Data::Text(name.to_owned()), place: None });
    match namespace {
        Some(namespace) => drop(metadata.insert("namespace".to_owned(), namespace.clone())),
        None => drop(metadata.remove("namespace")),
    }
}
