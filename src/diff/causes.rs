//! Which line is to blame for a change: of what comes, the last one that wrote it; of what goes, the one that took it
//! away, or else the one that it stood in.

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
/// history. Without differences nothing is built.
pub fn name_causes(session: &Session, options: &BuildOptions, sides: (&Side, &Side), diffs: &mut [ObjectDiff]) {
    if diffs.iter().all(|diff| diff.changes.is_empty() && diff.status != Status::Added) {
        return;
    }
    let mut after = Explained::new(session, options, sides.1, Which::After);
    let mut before = None;
    for diff in diffs {
        let histories = after.as_mut().map(|after| after.histories(diff.after.as_ref())).unwrap_or_default();
        let mut old_histories = None;
        for change in &mut diff.changes {
            let mut cause = cause(change, &histories, Which::After);
            if cause.is_none() && change.after.is_none() {
                // Most changes need no history of what was.
                let before = before.get_or_insert_with(|| Explained::new(session, options, sides.0, Which::Before));
                let histories = old_histories.get_or_insert_with(|| {
                    before.as_mut().map(|before| before.histories(diff.before.as_ref())).unwrap_or_default()
                });
                cause = self::cause(change, histories, Which::Before);
            }
            change.cause = cause.or_else(|| change.cause.take());
        }
        if let (Status::Added, Some(after)) = (diff.status, &after) {
            diff.place = diff.after.as_ref().and_then(|id| after.origin(id)).or_else(|| diff.place.take());
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
