//! The values of a resource, each with its history.

use rustomize_yaml::NodeId;

use super::causes::{At, Cause, Causes, Written};
use super::history::{Branch, History, Stage};
use super::path::{self, Shown};
use super::{Change, Mark, Place, step_name};
use crate::diagnostics::Result;
use crate::resource::is_build_annotation;
use crate::schema::Node;

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
    let mut values = Collected { causes, values: Vec::new() };
    each(causes, resource, path, &mut values)?;
    Ok(values.values)
}

struct Collected<'c, 'a> {
    causes: &'c Causes<'a>,
    values: Vec<ValueHistory>,
}

impl Visit for Collected<'_, '_> {
    fn leaf(&mut self, leaf: &Leaf) {
        self.values.push(leaf.history(self.causes));
    }
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

/// What is done at the stations of a walk over values.
pub(super) trait Visit {
    /// The walk goes on to what stands under a key; `path` is what is appended to the path for that.
    fn enter(&mut self, _path: &str, _key: Step) {}

    /// The walk has been there.
    fn leave(&mut self) {}

    /// There is a value.
    fn leaf(&mut self, leaf: &Leaf);
}

/// Shows each value at or below a path. Fails where it leads nowhere.
pub(super) fn each(causes: &Causes, resource: usize, path: &str, visit: &mut impl Visit) -> Result<()> {
    let history = causes.history(resource);
    let led = path::follow(&causes.schema, &history, path)?;
    let keys = keys_of(&led.branches);
    for (at, &key) in keys.iter().enumerate() {
        visit.enter(if at == 0 { &led.path } else { "" }, key);
    }
    let mut walk = Walk {
        trace: resource,
        history: &history,
        shown: Shown::new(&causes.schema, &history),
        is_deleted: keys.contains(&Step::Item(None)) || is_gone(&led.branches),
        branches: led.branches,
        keys,
        path: led.path,
        visit,
    };
    walk.visit(led.node.as_ref());
    Ok(())
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
pub(super) enum Step<'h> {
    Field(&'h str),
    Item(Option<usize>),
}

/// A value that a walk has come to.
pub(super) struct Leaf<'w, 'h> {
    pub at: At<'w>,
    pub path: &'w str,
    pub keys: &'w [Step<'h>],
    /// It is not in the output, nor is what it was in.
    is_deleted: bool,
}

impl Leaf<'_, '_> {
    /// The value in the output: the stage that has it, and the node; `None` for what was deleted.
    pub fn value(&self) -> Option<(usize, NodeId)> {
        let branch = self.at.path.last()?;
        let is_living = branch.events.last().is_some_and(|event| event.after.is_some()) && !self.is_deleted;
        is_living.then(|| (self.at.history.stages.len() - 1, branch.node))
    }

    fn history(&self, causes: &Causes) -> ValueHistory {
        let key = |step: &Step| match *step {
            Step::Field(name) => Key::Field(name.to_owned()),
            Step::Item(index) => Key::Item(index),
        };
        let history = self.at.history;
        let changes = causes.changes(self.at).into_iter().map(|written| change(causes, history, written));
        ValueHistory {
            path: self.path.to_owned(),
            keys: self.keys.iter().map(key).collect(),
            value: self.value().map(|(stage, node)| history.value(stage, node)),
            changes: changes.collect(),
        }
    }
}

struct Walk<'h, 'v, V> {
    trace: usize,
    history: &'h History,
    shown: Shown<'h>,
    branches: Vec<&'h Branch>,
    keys: Vec<Step<'h>>,
    path: String,
    is_deleted: bool,
    visit: &'v mut V,
}

impl<'h, V: Visit> Walk<'h, '_, V> {
    fn visit(&mut self, node: Option<&Node>) {
        let Some(&branch) = self.branches.last() else { return };
        if branch.is_value() {
            let at = At { trace: self.trace, history: self.history, path: &self.branches };
            self.visit.leaf(&Leaf { at, path: &self.path, keys: &self.keys, is_deleted: self.is_deleted });
        }
        let are_twins = self.shown.has_twins(node, branch);
        for (index, child) in branch.children.iter().enumerate() {
            self.enter(node, child, Some(index), are_twins);
        }
        for child in &branch.gone {
            if child.key.as_deref().is_none_or(|key| !is_build_annotation(key)) {
                let was_deleted = std::mem::replace(&mut self.is_deleted, true);
                self.enter(node, child, None, are_twins);
                self.is_deleted = was_deleted;
            }
        }
    }

    fn enter(&mut self, node: Option<&Node>, child: &'h Branch, index: Option<usize>, are_twins: bool) {
        let length = self.path.len();
        let below = self.shown.step(&mut self.path, node, child, index, are_twins);
        let key = child.key.as_ref().map_or(Step::Item(index), |key| Step::Field(key));
        self.visit.enter(&self.path[length..], key);
        self.keys.push(key);
        self.branches.push(child);
        self.visit(below.as_ref());
        self.branches.pop();
        self.keys.pop();
        self.visit.leave();
        self.path.truncate(length);
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
