//! Which line is to blame for a change: of what comes, the last one that wrote it; of what goes, the one that took it
//! away, or else the one that it stood in.

use std::cell::LazyCell;
use std::collections::HashMap;

use super::object::{ObjectId, Side};
use super::path::{FieldPath, Segment, Which};
use super::report::{Change, ObjectDiff, Status};
use super::value::Value;
use crate::BuildOptions;
use crate::explain::{Explanation, Key, ValueHistory};
use crate::session::Session;

/// The line that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file as people would type it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
    /// The side whose file it is: what comes, or, of what goes, what was.
    pub side: Which,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where the value was read.
pub fn place(session: &Session, value: &Value, side: Which) -> Option<Place> {
    let (file, at) = value.place?;
    let source = session.files.sources.get(file)?;
    let position = source.position(at);
    Some(Place { file: source.name.clone(), line: position.line, column: position.column, side })
}

/// Names the lines that cause the changes between two sides, where a side was built: by building it once more, with its
/// history. What needs no history is not built.
pub fn name_causes(session: &Session, options: &BuildOptions, sides: (&Side, &Side), diffs: &mut [ObjectDiff]) {
    let after = LazyCell::new(|| Explained::new(session, options, sides.1, Which::After));
    let before = LazyCell::new(|| Explained::new(session, options, sides.0, Which::Before));
    for diff in diffs {
        let [new_id, old_id] = [diff.after.as_ref(), diff.before.as_ref()];
        let new = LazyCell::new(|| after.as_ref().map(|after| after.histories(new_id)).unwrap_or_default());
        let old = LazyCell::new(|| before.as_ref().map(|before| before.histories(old_id)).unwrap_or_default());
        for change in &mut diff.changes {
            let cause = cause(change, &new, Which::After).or_else(|| match change.after {
                // Most changes need no history of what was.
                None => self::cause(change, &old, Which::Before),
                Some(_) => None,
            });
            change.cause = cause.or_else(|| change.cause.take());
        }
        if diff.status == Status::Added {
            let origin = after.as_ref().and_then(|after| after.origin(new_id?));
            diff.place = origin.or_else(|| diff.place.take());
        }
    }
}

/// The last line that wrote what a change is about, by the histories of an object.
fn cause(change: &Change, histories: &[ValueHistory], side: Which) -> Option<Place> {
    let about = histories.iter().filter(|history| leads_to(&change.path, history, side));
    let mut places = about.filter_map(|history| history.changes.iter().rev().find_map(|change| change.place.as_ref()));
    let place = places.next()?;
    Some(Place { file: place.path.to_string(), line: place.line, column: place.column, side })
}

/// Whether a value lies at or below a path.
fn leads_to(path: &FieldPath, history: &ValueHistory, side: Which) -> bool {
    let same = |(segment, key): (&Segment, &Key)| match (segment, key) {
        (Segment::Field(name), Key::Field(key)) => name == key,
        (Segment::Item { before, after, .. }, Key::Item(index)) => {
            *index == if side == Which::Before { *before } else { *after }
        }
        _ => false,
    };
    history.keys.len() >= path.0.len() && path.0.iter().zip(&history.keys).all(same)
}

/// A side with its history.
struct Explained<'s> {
    explanation: Explanation<'s>,
    numbers: HashMap<ObjectId, (usize, Option<crate::explain::Place>)>,
    side: Which,
}

impl<'s> Explained<'s> {
    /// `None` for a side that was not built.
    fn new(session: &'s Session, options: &BuildOptions, side: &Side, which: Which) -> Option<Explained<'s>> {
        let explanation = session.explain(options, side.built.as_deref()?).ok()?;
        let resources = explanation.resources().into_iter().filter(|resource| resource.deleted.is_none());
        let numbers = resources.map(|resource| {
            let name = &resource.name;
            let id = ObjectId::new(name.group(), &name.kind, &name.namespace, &name.name);
            (id, (resource.number, resource.origin))
        });
        Some(Explained { numbers: numbers.collect(), explanation, side: which })
    }

    fn histories(&self, id: Option<&ObjectId>) -> Vec<ValueHistory> {
        let number = id.and_then(|id| self.numbers.get(id));
        number.and_then(|(number, _)| self.explanation.values(*number, "").ok()).unwrap_or_default()
    }

    fn origin(&self, id: &ObjectId) -> Option<Place> {
        let place = self.numbers.get(id)?.1.as_ref()?;
        Some(Place { file: place.path.to_string(), line: place.line, column: place.column, side: self.side })
    }
}
