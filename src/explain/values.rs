//! The values of a resource, each with its history.

use rustomize_yaml::NodeId;

use super::causes::{At, Cause, Causes, Written};
use super::history::{Branch, History, Stage};
use super::path::{self, Shown};
use super::{Change, Mark, Place, step_name};
use crate::diagnostics::Result;
use crate::resource::is_build_annotation;
use crate::schema::{Node, Schema};

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

impl Key {
    pub(crate) fn as_step(&self) -> Step<'_> {
        match self {
            Key::Field(name) => Step::Field(name),
            Key::Item(index) => Step::Item(*index),
        }
    }
}

/// The values at or below a path. Fails where it leads nowhere.
pub(super) fn at(causes: &Causes, resource: usize, path: &str) -> Result<Vec<ValueHistory>> {
    those(causes, resource, path, |_| true)
}

/// The values at or below a path whose way is wanted. Fails where the path leads nowhere.
pub(super) fn those(
    causes: &Causes,
    resource: usize,
    path: &str,
    is_wanted: impl Fn(&[Step]) -> bool,
) -> Result<Vec<ValueHistory>> {
    let history = causes.history(resource);
    let Start { led, keys, is_deleted } = Start::new(&causes.schema, &history, path)?;
    let mut walk = Walk {
        causes,
        trace: resource,
        history: &history,
        shown: Shown::new(&causes.schema, &history),
        is_deleted,
        branches: led.branches,
        keys,
        path: led.path,
        is_wanted,
        values: Vec::new(),
    };
    walk.visit(led.node.as_ref());
    Ok(walk.values)
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

/// Where a walk over values begins.
pub(super) struct Start<'h> {
    pub led: path::Led<'h>,
    pub keys: Vec<Step<'h>>,
    /// What is there is not in the output.
    pub is_deleted: bool,
}

impl<'h> Start<'h> {
    /// Fails for a path that leads nowhere.
    pub fn new(schema: &Schema, history: &'h History, path: &str) -> Result<Start<'h>> {
        let led = path::follow(schema, history, path)?;
        let keys = keys_of(&led.branches);
        let is_deleted = keys.contains(&Step::Item(None)) || is_gone(&led.branches);
        Ok(Start { led, keys, is_deleted })
    }
}

fn keys_of<'h>(branches: &[&'h Branch]) -> Vec<Step<'h>> {
    let key = |pair: &[&'h Branch]| match &pair[1].key {
        Some(key) => Step::Field(key),
        None => Step::Item(pair[0].children.iter().position(|child| std::ptr::eq(child, pair[1]))),
    };
    branches.windows(2).map(key).collect()
}

fn is_gone(branches: &[&Branch]) -> bool {
    branches.windows(2).any(|pair| pair[0].gone.iter().any(|gone| std::ptr::eq(gone, pair[1])))
}

/// See [`Key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'h> {
    Field(&'h str),
    Item(Option<usize>),
}

/// The value in the output: the stage that has it, and the node; `None` for what was deleted, itself or with what it was
/// in.
pub(super) fn living(at: At, is_deleted: bool) -> Option<(usize, NodeId)> {
    let branch = at.path.last()?;
    let is_living = branch.events.last().is_some_and(|event| event.after.is_some()) && !is_deleted;
    is_living.then(|| (at.history.stages.len() - 1, branch.node))
}

/// Whether a value is shown that went away: kustomize's own notes always do.
pub(super) fn is_shown(gone: &Branch) -> bool {
    gone.key.as_deref().is_none_or(|key| !is_build_annotation(key))
}

struct Walk<'h, 'c, 'a, W> {
    causes: &'c Causes<'a>,
    trace: usize,
    history: &'h History,
    shown: Shown<'h>,
    branches: Vec<&'h Branch>,
    keys: Vec<Step<'h>>,
    path: String,
    is_deleted: bool,
    is_wanted: W,
    values: Vec<ValueHistory>,
}

impl<'h, W: Fn(&[Step]) -> bool> Walk<'h, '_, '_, W> {
    fn visit(&mut self, node: Option<&Node>) {
        let Some(&branch) = self.branches.last() else { return };
        if branch.is_value() && (self.is_wanted)(&self.keys) {
            self.values.push(self.value());
        }
        let are_twins = self.shown.has_twins(node, branch);
        for (index, child) in branch.children.iter().enumerate() {
            self.enter(node, child, Some(index), are_twins);
        }
        for child in branch.gone.iter().filter(|gone| is_shown(gone)) {
            let was_deleted = std::mem::replace(&mut self.is_deleted, true);
            self.enter(node, child, None, are_twins);
            self.is_deleted = was_deleted;
        }
    }

    fn enter(&mut self, node: Option<&Node>, child: &'h Branch, index: Option<usize>, are_twins: bool) {
        let length = self.path.len();
        let below = self.shown.step(&mut self.path, node, child, index, are_twins);
        self.keys.push(child.key.as_ref().map_or(Step::Item(index), |key| Step::Field(key)));
        self.branches.push(child);
        self.visit(below.as_ref());
        self.branches.pop();
        self.keys.pop();
        self.path.truncate(length);
    }

    fn value(&self) -> ValueHistory {
        let key = |step: &Step| match *step {
            Step::Field(name) => Key::Field(name.to_owned()),
            Step::Item(index) => Key::Item(index),
        };
        let at = At { trace: self.trace, history: self.history, path: &self.branches };
        let changes = self.causes.changes(at).into_iter().map(|written| change(self.causes, self.history, written));
        ValueHistory {
            path: self.path.clone(),
            keys: self.keys.iter().map(key).collect(),
            value: living(at, self.is_deleted).map(|(stage, node)| self.history.value(stage, node)),
            changes: changes.collect(),
        }
    }
}

fn change(causes: &Causes, history: &History, written: Written) -> Change {
    let Stage { step, .. } = history.stages[written.stage];
    let json = |value: Option<(usize, NodeId)>| value.map(|(stage, node)| history.value(stage, node));
    let place = written.place(&causes.texts, history);
    Change {
        before: json(written.before),
        after: json(written.after),
        is_later: step != history.stages[0].step,
        ..of_step(causes, &causes.record.steps[step], written.cause, place)
    }
}

/// A change by a step, without values.
pub(super) fn of_step(causes: &Causes, step: &super::Step, cause: Cause, place: Option<Place>) -> Change {
    Change {
        step: cause.step.unwrap_or(step_name(step)).to_owned(),
        is_later: true,
        is_component: causes.is_component(step),
        place,
        also: cause.also.iter().filter_map(|&mark| causes.texts.place(mark)).collect(),
        before: None,
        after: None,
    }
}
