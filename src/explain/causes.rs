//! Which line made a value what it is: the value itself, where it stands in a file, or the setting of the step.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, NodeId, Tree};

use super::history::{Branch, Event, History, Stage};
use super::journal::{Mark, Record, Step};
use super::settings;
use super::texts::Texts;
use crate::diagnostics::Sources;
use crate::resource::{ORIGIN, TRANSFORMATIONS};

/// Where a change comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cause {
    /// The line that counts.
    pub main: Mark,
    /// Other lines that have a say in it.
    pub also: Vec<Mark>,
    /// What the step is called, where it is not what it always is.
    pub step: Option<&'static str>,
}

/// Finds causes, and keeps the histories that it needs for that.
pub(crate) struct Causes<'a> {
    pub record: Record,
    pub texts: Texts<'a>,
    histories: RefCell<FxHashMap<usize, Rc<History>>>,
    depth: Cell<usize>,
    /// The field specs of configurations: paths without brackets, and places.
    specs: OnceCell<Vec<(String, Mark)>>,
}

/// A value on the way of a walk over a resource.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    /// Number of the resource.
    pub trace: usize,
    pub history: &'a History,
    /// The branches from the root to the value, which comes last.
    pub path: &'a [&'a Branch],
}

/// A value that follows one that follows one and so on, so far and no further.
const DEEPEST: usize = 12;

impl<'a> Causes<'a> {
    pub fn new(record: Record, sources: &'a Sources) -> Causes<'a> {
        Causes {
            texts: Texts::new(sources, &record),
            record,
            histories: RefCell::default(),
            depth: Cell::default(),
            specs: OnceCell::new(),
        }
    }

    /// The history of a resource, worked out once.
    pub fn history(&self, trace: usize) -> Rc<History> {
        if let Some(known) = self.histories.borrow().get(&trace) {
            return known.clone();
        }
        let history = Rc::new(History::new(&self.record.traces[trace], &self.record));
        self.histories.borrow_mut().insert(trace, history.clone());
        history
    }

    /// What wrote the value at a place over time, with the cause of each change: what was only written again in
    /// passing is left out.
    pub fn changes(&self, at: At) -> Vec<(Event, Cause)> {
        let Some(branch) = at.path.last() else { return Vec::new() };
        let mut changes: Vec<(Event, Cause)> = Vec::new();
        for event in &branch.events {
            match (self.cause(at, event), changes.last_mut()) {
                (Some(cause), Some((last, before))) if !cause.main.is_some() || self.is_retagged(at, event, &cause) => {
                    (last.stage, last.after) = (event.stage, event.after);
                    before.also.extend([cause.main].into_iter().chain(cause.also));
                }
                (Some(cause), _) => changes.push((*event, cause)),
                // Who names a value without changing it has a say in where his changes go.
                (None, Some((_, last))) => last.also.extend(self.own_place(at, event)),
                (None, None) => {}
            }
        }
        changes
    }

    /// Whether a step changed the type of a text in passing, and said nothing of it.
    fn is_retagged(&self, at: At, event: &Event, cause: &Cause) -> bool {
        let (Some((before, old)), Some(node)) = (event.before, event.after) else { return false };
        let (old_tree, tree) = (&at.history.stages[before].tree, &at.history.stages[event.stage].tree);
        !event.is_same
            && old_tree.is_scalar(old)
            && tree.is_scalar(node)
            && old_tree.text(old) == tree.text(node)
            && self.own_place(at, event) != Some(cause.main)
            && !self.is_specific(at, event)
    }

    fn is_specific(&self, at: At, event: &Event) -> bool {
        let stage = &at.history.stages[event.stage];
        let keys: Vec<&str> = at.path.iter().filter_map(|branch| branch.key.as_deref()).collect();
        stage.copied.is_some() || self.setting(at, event, &self.record.steps[stage.step], &keys).1
    }

    /// The cause of a change; `None` when it is none.
    fn cause(&self, at: At, event: &Event) -> Option<Cause> {
        let stage = &at.history.stages[event.stage];
        let step = &self.record.steps[stage.step];
        let keys: Vec<&str> = at.path.iter().filter_map(|branch| branch.key.as_deref()).collect();
        if matches!(keys.last(), Some(&(ORIGIN | TRANSFORMATIONS))) {
            let (marks, _) = self.setting(at, event, step, &keys);
            return (!event.is_same).then(|| self.build_metadata(marks));
        }
        if let Some(copied) = &stage.copied {
            let until = Until { step: stage.step, moment: stage.moment };
            let value = event.after.map(|node| stage.tree.text(node));
            let source = copied.from.and_then(|(trace, node)| self.of_part(trace, node, value, until));
            return Some(joined(source, copied.settings.clone()));
        }
        if event.is_same && self.is_in_passing(at, event, step, &keys) {
            return None;
        }
        let (mut marks, is_specific) = self.setting(at, event, step, &keys);
        if !event.is_same && step.patches.is_empty() && stage.step != at.history.stages[0].step {
            marks.extend(self.field_specs(&keys));
        }
        let own = self.own_place(at, event);
        if event.is_same && own.is_none() && !is_specific && !is_generated_anew(step, &keys) {
            return None;
        }
        if let Some(operation) = stage.operation {
            let also = [operation].into_iter().chain(marks);
            return Some(joined(own.map(Cause::at), also.collect()));
        }
        if step.kind == REFERENCES {
            return Some(joined(self.followed(at, event, stage.step, &keys), marks));
        }
        if step.kind == VARS {
            return Some(self.vars(at, event, stage.step, marks));
        }
        if step.kind == "HashTransformer" {
            return Some(joined(self.named_by(at, event), marks));
        }
        if event.after.is_none() {
            let directive = self.removing_line(at, step);
            let target = directive.map(|directive| self.identity(directive, step)).unwrap_or_default();
            return Some(joined(directive.map(Cause::at), marks.into_iter().chain(target).collect()));
        }
        let emptied = || self.removing_line(at, step).filter(|_| !step.patches.is_empty() && !event.is_same);
        let own = own.or_else(emptied);
        let target = own.map(|own| self.identity(own, step)).unwrap_or_default();
        let list = own.filter(|_| event.stage == 0).and_then(|own| self.list(own));
        let target = target.into_iter().chain(list);
        Some(joined(own.map(Cause::at), marks.into_iter().chain(target).collect()))
    }

    /// The lines by which the patch that has a place names its target.
    fn identity(&self, own: Mark, step: &Step) -> Vec<Mark> {
        if step.patches.iter().all(|patch| patch.id != own.file) {
            return Vec::new();
        }
        let Some(text) = self.texts.file(own.file) else { return Vec::new() };
        let Some((tree, _)) = text.node(own.at) else { return Vec::new() };
        identity(tree)
    }

    /// Where a list says that it is one, of which the resource with this place is an item.
    fn list(&self, own: Mark) -> Option<Mark> {
        let text = self.texts.file(own.file)?;
        let (tree, _) = text.node(own.at)?;
        let kind = tree.get(tree.root(), "kind").filter(|&kind| tree.text(kind).ends_with("List"))?;
        tree.get(tree.root(), "items").map(|_| Mark::of_node(tree, kind))
    }

    /// Where the new value itself stands in a file, if it came from one with this change.
    fn own_place(&self, at: At, event: &Event) -> Option<Mark> {
        let tree = &at.history.stages[event.stage].tree;
        let own = Mark::of_node(tree, event.after?);
        let before = event.before.map(|(stage, node)| Mark::of_node(&at.history.stages[stage].tree, node));
        (own.is_some() && before != Some(own) && self.texts.is_file(own.file)).then_some(own)
    }

    /// Whether a value that was written again unchanged was so only because its step has to name what it changes: the
    /// name and the kind of the target of a patch or generator, the keys by which a patch finds items of lists.
    fn is_in_passing(&self, at: At, event: &Event, step: &Step, keys: &[&str]) -> bool {
        if !is_generator(step) && (step.patches.is_empty() || at.history.stages[event.stage].operation.is_some()) {
            return false;
        }
        match keys {
            ["apiVersion" | "kind"] | ["metadata", "name" | "namespace"] => true,
            _ => self.is_merge_key(at),
        }
    }

    fn is_merge_key(&self, at: At) -> bool {
        let tree = at.history.tree();
        let text = |key| tree.get(tree.root(), key).map_or("", |node| tree.text(node));
        let Some(mut node) = self.record.schema.root(text("apiVersion"), text("kind")) else { return false };
        let mut list = None;
        for branch in &at.path[1..] {
            let next = match &branch.key {
                Some(key) => {
                    let is_key = list.take().is_some_and(|keys: Vec<String>| keys.iter().any(|one| **one == **key));
                    if is_key {
                        return true;
                    }
                    self.record.schema.field(&node, key)
                }
                None => {
                    list = Some(node.merge_keys().iter().map(|key| (*key).to_owned()).collect());
                    self.record.schema.items(&node)
                }
            };
            let Some(next) = next else { return false };
            node = next;
        }
        false
    }

    /// The setting of a step that made a value, and whether it speaks of this very value.
    fn setting(&self, at: At, event: &Event, step: &Step, keys: &[&str]) -> (Vec<Mark>, bool) {
        let text = |stage: usize, node: NodeId| at.history.stages[stage].tree.text(node).to_owned();
        let before = event.before.map(|(stage, node)| text(stage, node));
        let change = settings::Change { step, keys, before: before.as_deref() };
        settings::find(&self.texts, &change)
    }

    /// The line that deletes a whole resource.
    pub fn deletion(&self, trace: usize, step: &Step) -> Cause {
        let history = self.history(trace);
        let path = [&history.root];
        let directive = self.removing_line(At { trace, history: &history, path: &path }, step);
        let marks = if step.setting.is_some() { vec![step.setting] } else { Vec::new() };
        joined(directive.map(Cause::at), marks)
    }

    /// Whether a component asked for the step.
    pub fn is_component(&self, step: &Step) -> bool {
        let kind = |text: Rc<super::texts::Text>| {
            let tree = text.trees().first()?;
            Some(tree.text(tree.get(tree.root(), "kind")?) == "Component")
        };
        self.texts.file(step.kustomization).and_then(kind).unwrap_or(false)
    }

    /// The entries of configurations that lead to a field.
    fn field_specs(&self, keys: &[&str]) -> Vec<Mark> {
        let specs = self.specs.get_or_init(|| {
            let mut files: Vec<FileId> = self.record.steps.iter().map(|step| step.kustomization).collect();
            files.sort_unstable();
            files.dedup();
            settings::field_specs(&self.texts, &files)
        });
        let path = keys.join("/");
        let above = |spec: &str| path == spec || path.strip_prefix(spec).is_some_and(|rest| rest.starts_with('/'));
        specs.iter().filter(|(spec, _)| above(spec)).map(|(_, mark)| *mark).collect()
    }

    /// Where the root asks for notes of how resources were made.
    fn build_metadata(&self, also: Vec<Mark>) -> Cause {
        let mark = settings::root_field(&self.texts, self.record.root, "buildMetadata");
        let main = mark.unwrap_or(Mark { file: self.record.root, at: 0 });
        Cause { main, also, step: Some("buildMetadata") }
    }

    /// What gave a text that others only added to: the last change before that left nothing of the text before it.
    fn named_by(&self, at: At, event: &Event) -> Option<Cause> {
        let text = |stage: usize, node: NodeId| at.history.stages[stage].tree.text(node);
        let is_new = |event: &&Event| {
            let after = event.after.map_or("", |node| text(event.stage, node));
            event.before.is_none_or(|(stage, node)| !after.contains(text(stage, node)))
        };
        let mut events = at.path.last()?.events.iter().rev().filter(|other| other.stage < event.stage);
        let first = events.clone().find(is_new).or_else(|| events.next_back())?;
        self.own_place(at, first).map(Cause::at).or_else(|| self.cause(at, first))
    }

    /// The line of a strategic merge patch that takes a value away.
    fn removing_line(&self, at: At, step: &Step) -> Option<Mark> {
        let docs = step.patches.iter().filter_map(|source| self.texts.file(source.id));
        let found = docs.filter_map(|text| {
            let found = text.trees().iter().filter_map(|doc| deepest(doc, at));
            found.max_by_key(|&(depth, _)| depth)
        });
        found.max_by_key(|&(depth, _)| depth).map(|(_, mark)| mark)
    }

    /// The name that a reference follows.
    fn followed(&self, at: At, event: &Event, step: usize, keys: &[&str]) -> Option<Cause> {
        let (node, tree) = (event.after?, &at.history.stages[event.stage].tree);
        let field = if keys.last() == Some(&"namespace") { "namespace" } else { "name" };
        let is_it = |other: NodeId| other == node || tree.get(other, field) == Some(node);
        let all = self.record.followed.iter().filter(|(trace, one)| *trace == at.trace && one.step == step);
        let target = all.rev().find(|(_, one)| is_it(one.node))?.1.target;
        self.of_source(target, Wanted::Fields(&["metadata", field]), Until { step, moment: 0 })
    }

    /// The values of the vars in a text.
    fn vars(&self, at: At, event: &Event, step: usize, marks: Vec<Mark>) -> Cause {
        let before = event.before.map(|(stage, node)| at.history.stages[stage].tree.text(node)).unwrap_or_default();
        let used = self.record.vars.iter().filter(|var| before.contains(&format!("$({})", var.name)));
        let mut result: Option<Cause> = None;
        for var in used {
            let source =
                var.from.and_then(|(trace, node)| self.of_source(trace, Wanted::Node(node), Until { step, moment: 0 }));
            let cause = joined(source, vec![var.declared]);
            result = Some(match result {
                Some(first) => joined(Some(first), [cause.main].into_iter().chain(cause.also).collect()),
                None => cause,
            });
        }
        joined(result, marks)
    }

    /// What made a value of another resource what it was; where only a part of it was copied, what brought that part.
    fn of_part(&self, trace: usize, node: NodeId, value: Option<&str>, until: Until) -> Option<Cause> {
        let history = self.history(trace);
        let path = Wanted::Node(node).find(&history, until)?;
        let text = |stage: usize, node: NodeId| history.stages[stage].tree.text(node);
        let events = path.last()?.events.iter().rev();
        let known = events.filter(|event| until.is_after(&history.stages[event.stage]));
        let part = value.filter(|part| !part.is_empty())?;
        let is_part = |whole: &str| whole != part && whole.contains(part);
        let mut brought = known.filter(|event| {
            let after = event.after.map_or("", |node| text(event.stage, node));
            let before = event.before.map_or("", |(stage, node)| text(stage, node));
            is_part(after) && !before.contains(part)
        });
        let at = At { trace, history: &history, path: &path };
        let cause = brought.next().and_then(|event| self.cause(at, event));
        cause.or_else(|| self.of_source(trace, Wanted::Node(node), until))
    }

    /// What made a value of another resource what it was at a step.
    fn of_source(&self, trace: usize, wanted: Wanted, until: Until) -> Option<Cause> {
        if self.depth.get() >= DEEPEST {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let history = self.history(trace);
        let path = wanted.find(&history, until);
        let cause = path.and_then(|path| {
            let at = At { trace, history: &history, path: &path };
            let all = path.last()?.events.iter().rev().filter(|event| until.is_after(&history.stages[event.stage]));
            all.filter_map(|event| self.cause(at, event)).next().or_else(|| self.some_leaf(at, until))
        });
        self.depth.set(self.depth.get() - 1);
        cause
    }

    /// The cause of the first value inside of a collection.
    fn some_leaf(&self, at: At, until: Until) -> Option<Cause> {
        let mut path = at.path.to_vec();
        while let Some(child) = path.last()?.children.first() {
            path.push(child);
        }
        let at = At { path: &path, ..at };
        let all = path.last()?.events.iter().rev().filter(|event| until.is_after(&at.history.stages[event.stage]));
        all.filter_map(|event| self.cause(at, event)).next()
    }
}

/// Calls `each` with the branches to every value, those that went away too.
pub(crate) fn each_leaf<'h>(history: &'h History, each: &mut impl FnMut(&[&'h Branch])) {
    fn visit<'h>(path: &mut Vec<&'h Branch>, each: &mut impl FnMut(&[&'h Branch])) {
        let Some(&branch) = path.last() else { return };
        if branch.is_value() {
            each(path);
        }
        for child in branch.children.iter().chain(&branch.gone) {
            path.push(child);
            visit(path, each);
            path.pop();
        }
    }
    visit(&mut vec![&history.root], each);
}

fn is_generator(step: &Step) -> bool {
    matches!(step.kind.as_str(), "ConfigMapGenerator" | "SecretGenerator" | "generator")
}

/// Whether the step is a generator, and the field one that it makes anew also where it merges.
fn is_generated_anew(step: &Step, keys: &[&str]) -> bool {
    is_generator(step) && matches!(keys, ["type" | "immutable"])
}

/// What the walk calls two steps of its own.
pub(crate) const REFERENCES: &str = "the fixing of references to names";
pub(crate) const VARS: &str = "the vars";

/// A moment: what came before it counts.
#[derive(Clone, Copy)]
struct Until {
    step: usize,
    /// In the step; 0 for its beginning.
    moment: usize,
}

impl Until {
    fn is_after(self, stage: &Stage) -> bool {
        stage.step < self.step || (stage.step == self.step && stage.moment < self.moment)
    }
}

/// The value that something was copied from.
enum Wanted<'a> {
    Node(NodeId),
    Fields(&'a [&'a str]),
}

impl Wanted<'_> {
    /// The branches that lead to it.
    fn find<'h>(&self, history: &'h History, until: Until) -> Option<Vec<&'h Branch>> {
        let mut path = vec![&history.root];
        match self {
            Wanted::Fields(fields) => {
                for field in *fields {
                    let next = path.last()?.children.iter().find(|child| child.key.as_deref() == Some(*field))?;
                    path.push(next);
                }
                Some(path)
            }
            Wanted::Node(node) => {
                let stage = history.stages.iter().rposition(|stage| until.is_after(stage))?;
                has_node(&mut path, *node, stage).then_some(path)
            }
        }
    }
}

/// Goes on to the branch that had the node at a stage; says whether there is one.
fn has_node(path: &mut Vec<&Branch>, node: NodeId, stage: usize) -> bool {
    let Some(&branch) = path.last() else { return false };
    if branch.had(node, stage) {
        return true;
    }
    for child in branch.children.iter().chain(&branch.gone) {
        path.push(child);
        if has_node(path, node, stage) {
            return true;
        }
        path.pop();
    }
    false
}

impl Cause {
    fn at(main: Mark) -> Cause {
        Cause { main, ..Cause::default() }
    }
}

/// A cause with more lines; the first of them is the main one where there is none.
fn joined(cause: Option<Cause>, marks: Vec<Mark>) -> Cause {
    let mut all: Vec<Mark> = Vec::new();
    let (main, also) = cause.map(|cause| (Some(cause.main), cause.also)).unwrap_or_default();
    for mark in main.into_iter().chain(also).chain(marks) {
        if mark.is_some() && !all.contains(&mark) {
            all.push(mark);
        }
    }
    let main = if all.is_empty() { Mark { file: FileId::default(), at: 0 } } else { all.remove(0) };
    Cause { main, also: all, step: None }
}

/// The lines by which a patch names its target.
fn identity(patch: &Tree) -> Vec<Mark> {
    let fields: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    let found = fields.iter().filter_map(|path| patch.path(patch.root(), path));
    found.map(|node| Mark::of_node(patch, node)).collect()
}

/// How far a patch names the way to a value, and what stands there: a directive, a null, or the last field.
fn deepest(doc: &Tree, at: At) -> Option<(usize, Mark)> {
    let mut node = doc.root();
    let mut depth = 0;
    for branch in &at.path[1..] {
        let next = match &branch.key {
            Some(key) => doc.get(node, key),
            None => item(doc, node, at.history, branch),
        };
        let Some(next) = next else { break };
        (node, depth) = (next, depth + 1);
        if doc.is_null(node) {
            break;
        }
    }
    let directive = match doc.get(node, "$patch") {
        Some(directive) => Some(directive),
        None => doc.items(node).find_map(|item| doc.get(item, "$patch").filter(|_| doc.len(item) == 1)),
    };
    if directive.is_some() || depth > 0 {
        // A directive of the whole resource counts although nothing leads to it.
        let depth = if directive.is_some() { depth + 1 } else { depth };
        return Some((depth, Mark::of_node(doc, directive.unwrap_or(node))));
    }
    None
}

/// The item of a patch's list that speaks of an item of the resource: they agree in a text of the first level.
fn item(doc: &Tree, list: NodeId, history: &History, branch: &Branch) -> Option<NodeId> {
    let (stage, node) = branch_before(history, branch);
    let tree = &history.stages[stage].tree;
    let agrees = |item: NodeId| {
        if doc.is_scalar(item) {
            return tree.is_scalar(node) && doc.text(item) == tree.text(node);
        }
        let mut entries = doc.entries(item).filter(|&(_, value)| doc.is_scalar(value));
        entries.any(|(key, value)| {
            let own = tree.get(node, doc.text(key));
            own.is_some_and(|own| tree.is_scalar(own) && tree.text(own) == doc.text(value))
        })
    };
    if doc.is_sequence(list) { doc.items(list).find(|&item| agrees(item)) } else { None }
}

/// The last stage and node that a branch had.
fn branch_before(history: &History, branch: &Branch) -> (usize, NodeId) {
    let stage = branch.last_removal().map_or(history.stages.len() - 1, |(stage, _)| stage);
    (stage, branch.node)
}
