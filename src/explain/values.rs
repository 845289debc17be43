//! The values of a resource, each with its history.

use rustomize_yaml::NodeId;

use super::causes::{At, Cause, Causes, Written};
use super::history::{Branch, History, Stage};
use super::path::{self, Shown, Stop};
use super::{Change, Mark, step_name};
use crate::diagnostics::Result;
use crate::resource::is_build_annotation;

/// A single value, or an empty collection, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueHistory {
    /// The field path, as [`super::Explanation::values`] takes it.
    pub path: String,
    /// The keys and, for items of lists, the indexes on the way to it. What was deleted has no index any more.
    pub keys: Vec<Key>,
    /// The value in the output, as JSON; `None` for what was deleted.
    pub value: Option<String>,
    /// Oldest first.
    pub changes: Vec<Change>,
}

/// A part of the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A field of a mapping.
    Field(String),
    /// An item of a list, counted from 0; `None` for one that was deleted.
    Item(Option<usize>),
}

/// The values at or below a path. Fails where it leads nowhere.
pub(super) fn at(causes: &Causes, resource: usize, path: &str) -> Result<Vec<ValueHistory>> {
    let history = causes.history(resource);
    let led = path::follow(&causes.record.schema, &history, path)?;
    let mut values = Vec::new();
    let mut walk = Walk::new(causes, resource, &history, |value| values.push(value));
    let keys = keys_of(&led.branches);
    walk.is_deleted = keys.contains(&Key::Item(None)) || is_gone(&led.branches);
    walk.keys = keys;
    walk.branches = led.branches;
    walk.visit(&led.stop);
    Ok(values)
}

/// The line that changed a value last, or one in it.
pub(super) fn last_cause(causes: &Causes, trace: usize, way: &[Key]) -> Option<Mark> {
    let history = causes.history(trace);
    let mut path = vec![&history.root];
    for key in way {
        let children = &path.last()?.children;
        path.push(match key {
            Key::Field(name) => children.iter().find(|child| child.key.as_deref() == Some(name))?,
            Key::Item(index) => children.get((*index)?)?,
        });
    }
    loop {
        let changes = causes.changes(At { trace, history: &history, path: &path });
        match changes.last() {
            Some(written) => return Some(written.cause.main).filter(|mark| mark.is_some()),
            None => path.push(path.last()?.children.first()?),
        }
    }
}

/// Calls `each` with every value of a resource.
pub(super) fn all(causes: &Causes, resource: usize, each: impl FnMut(ValueHistory)) {
    let history = causes.history(resource);
    let shown = Shown::new(&causes.record.schema, &history);
    let mut walk = Walk::new(causes, resource, &history, each);
    walk.branches.push(&history.root);
    walk.visit(&shown.root());
}

fn keys_of(branches: &[&Branch]) -> Vec<Key> {
    let key = |pair: &[&Branch]| match &pair[1].key {
        Some(key) => Key::Field(key.to_string()),
        None => Key::Item(pair[0].children.iter().position(|child| std::ptr::eq(child, pair[1]))),
    };
    branches.windows(2).map(key).collect()
}

fn is_gone(branches: &[&Branch]) -> bool {
    branches.windows(2).any(|pair| pair[0].gone.iter().any(|gone| std::ptr::eq(gone, pair[1])))
}

struct Walk<'h, F> {
    causes: &'h Causes<'h>,
    trace: usize,
    history: &'h History,
    shown: Shown<'h>,
    branches: Vec<&'h Branch>,
    keys: Vec<Key>,
    is_deleted: bool,
    each: F,
}

impl<'h, F: FnMut(ValueHistory)> Walk<'h, F> {
    fn new(causes: &'h Causes<'h>, trace: usize, history: &'h History, each: F) -> Walk<'h, F> {
        let shown = Shown::new(&causes.record.schema, history);
        Walk { causes, trace, history, shown, branches: Vec::new(), keys: Vec::new(), is_deleted: false, each }
    }

    fn visit(&mut self, stop: &Stop) {
        let Some(&branch) = self.branches.last() else { return };
        if branch.is_value() {
            let at = At { trace: self.trace, history: self.history, path: &self.branches };
            let value = self.value(at, branch, stop);
            (self.each)(value);
        }
        for (index, child) in branch.children.iter().enumerate() {
            self.enter(stop, child, index, Some(index));
        }
        for child in &branch.gone {
            if child.key.as_deref().is_none_or(|key| !is_build_annotation(key)) {
                let was_deleted = std::mem::replace(&mut self.is_deleted, true);
                self.enter(stop, child, usize::MAX, None);
                self.is_deleted = was_deleted;
            }
        }
    }

    fn enter(&mut self, stop: &Stop, child: &'h Branch, number: usize, index: Option<usize>) {
        let key = child.key.as_ref().map_or(Key::Item(index), |key| Key::Field(key.to_string()));
        let mut stop = self.shown.step(stop, child, number);
        if number == usize::MAX {
            stop.path = stop.path.replace(&format!("[{}]", usize::MAX), "[-]");
        }
        self.keys.push(key);
        self.branches.push(child);
        self.visit(&stop);
        self.branches.pop();
        self.keys.pop();
    }

    fn value(&self, at: At, branch: &Branch, stop: &Stop) -> ValueHistory {
        let is_living = branch.events.last().is_some_and(|event| event.after.is_some()) && !self.is_deleted;
        let last = self.history.stages.len() - 1;
        let value = is_living.then(|| self.history.value(last, branch.node));
        let changes = self.causes.changes(at).into_iter().map(|written| self.change(written)).collect();
        ValueHistory { path: stop.path.clone(), keys: self.keys.clone(), value, changes }
    }

    fn change(&self, written: Written) -> Change {
        let Stage { step, .. } = self.history.stages[written.stage];
        let json = |value: Option<(usize, NodeId)>| value.map(|(stage, node)| self.history.value(stage, node));
        Change {
            before: json(written.before),
            after: json(written.after),
            is_later: step != self.history.stages[0].step,
            ..of_step(self.causes, &self.causes.record.steps[step], written.cause)
        }
    }
}

/// A change by a step, without values.
pub(super) fn of_step(causes: &Causes, step: &super::Step, cause: Cause) -> Change {
    let places = |marks: &[Mark]| marks.iter().filter_map(|&mark| causes.texts.place(mark)).collect();
    Change {
        step: cause.step.unwrap_or(step_name(step)).to_owned(),
        is_later: true,
        is_component: causes.is_component(step),
        place: causes.texts.place(cause.main),
        also: places(&cause.also),
        before: None,
        after: None,
    }
}
