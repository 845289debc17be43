//! Which line is to blame for a change: the last one that has a say in what comes and did not have the same say in what
//! was. A prefix that is put before a name of a base is not to blame for the name. Where there is none, something that
//! had a say has gone, and it is the last line of that.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use rustomize_yaml::Source;

use super::object::{ObjectId, Side};
use super::path::{FieldPath, Segment, Which};
use super::report::{Change, ObjectDiff, Status};
use super::value::Value;
use crate::BuildOptions;
use crate::explain::{self, Explanation, Key, ResourceHistory, ValueHistory, WayStep};
use crate::generate::split_hash;
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
/// history. Where nothing has changed, nothing is built.
pub fn name_causes(session: &Session, options: &BuildOptions, sides: (&Side, &Side), diffs: &mut [ObjectDiff]) {
    if diffs.is_empty() {
        return;
    }
    let is_on_both = |diff: &ObjectDiff| matches!(diff.status, Status::Changed | Status::Renamed);
    let before = diffs.iter().any(is_on_both).then(|| Explained::new(session, options, sides.0)).flatten();
    let after = Explained::new(session, options, sides.1);
    let texts = Texts { session, known: RefCell::default() };
    for diff in diffs {
        let [old, new] = [(&before, Which::Before), (&after, Which::After)]
            .map(|(side, which)| side.as_ref().map(|side| side.histories(diff, which)).unwrap_or_default());
        let blame = Blame { texts: &texts, old: &old, new: &new };
        for change in &mut diff.changes {
            // In manifests it is the line that the value stands in.
            if after.is_some() || change.after.is_none() {
                let cause = blame.cause(&change.path, change.before.is_some(), change.after.is_some());
                change.cause = cause.or_else(|| change.cause.take());
            }
        }
        let place = match diff.status {
            Status::Added => after.as_ref().zip(diff.numbers.1).and_then(|(after, number)| after.origin(number)),
            Status::Removed => after.as_ref().and_then(|after| after.deletion(diff)),
            Status::Renamed if after.is_some() => blame.cause(&own_name(diff), true, true),
            Status::Renamed | Status::Changed => None,
        };
        diff.place = place.or_else(|| diff.place.take());
    }
}

/// The field by which an object is called differently.
fn own_name(diff: &ObjectDiff) -> FieldPath {
    // Another hash does not make it another one.
    let name = |id: &Option<ObjectId>| {
        let name = &id.as_ref()?.name;
        Some(split_hash(name).map_or(name.as_str(), |(name, _)| name).to_owned())
    };
    let field = if name(&diff.before) == name(&diff.after) { "namespace" } else { "name" };
    FieldPath(["metadata", field].map(|field| Segment::Field(field.to_owned())).to_vec())
}

/// What became of an object on both sides.
struct Blame<'a> {
    texts: &'a Texts<'a>,
    old: &'a [ValueHistory],
    new: &'a [ValueHistory],
}

impl<'a> Blame<'a> {
    /// The line to blame for a change at a path, where there was, and is, something or nothing.
    fn cause(&self, path: &FieldPath, was: bool, is: bool) -> Option<Place> {
        let below = |histories: &'a [ValueHistory], side| {
            self.says(histories.iter().filter(|history| leads_to(path, history.keys.iter().map(Key::as_step), side)))
        };
        let [old, new] = [below(self.old, Which::Before), below(self.new, Which::After)];
        let others = |says: &[Say<'a>], histories: &'a [ValueHistory], is_there: bool| -> HashSet<(&'a str, Rc<str>)> {
            // What comes as a whole had no history; but what was done to the rest of the object is not new.
            let all = if is_there { None } else { Some(self.says(histories.iter())) };
            all.as_deref().unwrap_or(says).iter().map(Say::key).collect()
        };
        let (known, kept) = (others(&old, self.old, was), others(&new, self.new, is));
        let first = |says: &[Say], known: &HashSet<_>, side| {
            says.iter().find(|say| !known.contains(&say.key())).map(|say| placed(say.place, side))
        };
        let last = |says: &[Say], side| says.first().map(|say| placed(say.place, side));
        first(&new, &known, Which::After)
            .or_else(|| first(&old, &kept, Which::Before))
            .or_else(|| last(&new, Which::After))
            .or_else(|| last(&old, Which::Before))
    }

    /// Every line that has a say in values, of each value the last one first.
    fn says<'h>(&self, histories: impl Iterator<Item = &'h ValueHistory>) -> Vec<Say<'h>> {
        let changes = histories.flat_map(|history| history.changes.iter().rev());
        let says = changes.flat_map(|change| {
            let places = change.place.iter().chain(&change.also);
            places.map(|place| Say { step: &change.step, place, line: self.texts.line(place) })
        });
        says.collect()
    }
}

/// A line that has a say in a value.
struct Say<'h> {
    step: &'h str,
    place: &'h explain::Place,
    line: Rc<str>,
}

impl<'h> Say<'h> {
    /// What makes it the same on the other side, where the file can be another one.
    fn key(&self) -> (&'h str, Rc<str>) {
        (self.step, self.line.clone())
    }
}

fn placed(place: &explain::Place, side: Which) -> Place {
    Place { file: place.path.to_string(), line: place.line, column: place.column, side }
}

/// The texts that places are in.
struct Texts<'a> {
    session: &'a Session,
    /// The lines of each, without the white space around them.
    known: RefCell<HashMap<Arc<str>, Vec<Rc<str>>>>,
}

impl Texts<'_> {
    /// The line of a place without the white space around it; nothing where nobody has read the text as a file.
    fn line(&self, place: &explain::Place) -> Rc<str> {
        let mut known = self.known.borrow_mut();
        if !known.contains_key(&place.path) {
            known.insert(place.path.clone(), self.lines(&place.path));
        }
        known[&place.path].get(place.line.saturating_sub(1) as usize).cloned().unwrap_or_default()
    }

    fn lines(&self, path: &str) -> Vec<Rc<str>> {
        let sources = &self.session.files.sources;
        let is_it = |source: &Source| *source.name == *path && source.position(0).line == 1;
        let source = sources.find(is_it).and_then(|id| sources.get(id));
        source.map(|source| source.text().lines().map(|line| line.trim().into()).collect()).unwrap_or_default()
    }
}

/// Whether a value lies at or below a path.
fn leads_to<'k>(path: &FieldPath, keys: impl ExactSizeIterator<Item = WayStep<'k>>, side: Which) -> bool {
    let same = |(segment, key): (&Segment, WayStep)| match (segment, key) {
        (Segment::Field(name), WayStep::Field(key)) => name == key,
        (Segment::Item { before, after, .. }, WayStep::Item(index)) => {
            index == if side == Which::Before { *before } else { *after }
        }
        _ => false,
    };
    keys.len() >= path.0.len() && path.0.iter().zip(keys).all(same)
}

/// A side with its history.
struct Explained<'s> {
    explanation: Explanation<'s>,
    /// The numbers of the resources, in the order of the output.
    resources: Vec<usize>,
    deleted: OnceCell<Vec<ResourceHistory>>,
}

impl<'s> Explained<'s> {
    /// `None` for a side that was not built.
    fn new(session: &'s Session, options: &BuildOptions, side: &Side) -> Option<Explained<'s>> {
        let explanation = session.explain(options, side.built.as_deref()?).ok()?;
        let resources = explanation.of_output().to_vec();
        Some(Explained { resources, deleted: OnceCell::new(), explanation })
    }

    /// The histories by which the changes of an object are explained: of something that comes, all of what was, and of
    /// something that goes, all of what is; else of what changes alone. None of what comes or goes as a whole.
    fn histories(&self, diff: &ObjectDiff, side: Which) -> Vec<ValueHistory> {
        let number = if side == Which::Before { diff.numbers.0 } else { diff.numbers.1 };
        let number = number.and_then(|number| self.resources.get(number));
        let Some(number) = number.filter(|_| matches!(diff.status, Status::Changed | Status::Renamed)) else {
            return Vec::new();
        };
        let is_there = |change: &Change| match side {
            Which::Before => change.before.is_some(),
            Which::After => change.after.is_some(),
        };
        let takes_all = !diff.changes.iter().all(is_there);
        let own_name = (diff.status == Status::Renamed).then(|| own_name(diff));
        let paths: Vec<&FieldPath> = diff.changes.iter().map(|change| &change.path).chain(&own_name).collect();
        self.explanation
            .values_on(*number, |keys| takes_all || paths.iter().any(|path| leads_to(path, keys.iter().copied(), side)))
    }

    fn origin(&self, number: usize) -> Option<Place> {
        let resource = self.explanation.resource(*self.resources.get(number)?);
        Some(placed(resource.origin.as_ref()?, Which::After))
    }

    /// The line that deletes an object which the other side has, where it can only be that one.
    fn deletion(&self, diff: &ObjectDiff) -> Option<Place> {
        let id = diff.before.as_ref()?;
        let is_it = |resource: &&ResourceHistory| {
            let original = &resource.original;
            original.kind == id.kind && original.group() == id.group && original.name == diff.original_name
        };
        let deleted = || {
            let gone = self.explanation.deleted().map(|number| self.explanation.resource(number));
            gone.filter(|resource| resource.deleted.is_some()).collect()
        };
        let mut found = self.deleted.get_or_init(deleted).iter().filter(is_it);
        let only = found.next().filter(|_| found.next().is_none())?;
        Some(placed(only.deleted.as_ref()?.place.as_ref()?, Which::After))
    }
}
