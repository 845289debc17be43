//! Which line made a value what it is: the value itself, where it stands in a file, or the setting of the step.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, NodeId, Touched};
use smallvec::SmallVec;

use super::history::{Branch, Event, History};
use super::journal::steps;
use super::journal::{Mark, Record, Step};
use super::json::Told;
use super::texts::Texts;
use super::{Place, patches, settings};
use crate::diagnostics::Sources;
use crate::patch::JsonPatch;
use crate::resource::{ORIGIN, TRANSFORMATIONS};
use crate::schema::Schema;

/// Places that count one after the other, mostly few.
pub(crate) type Marks = SmallVec<[Mark; 4]>;

/// Where a change comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cause {
    /// The line that counts.
    pub main: Mark,
    /// Other lines that have a say in it.
    pub also: Marks,
    /// What the step is called, where it is not what it always is.
    pub step: Option<&'static str>,
}

/// A change of a value, from stage to stage.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it was made.
    pub stage: usize,
    /// The value before; with the stage that had it.
    pub before: Option<(usize, NodeId)>,
    /// What it came to, and the stage that first had it so.
    pub after: Option<(usize, NodeId)>,
    pub cause: Cause,
}

impl Written {
    /// The place that is to blame.
    pub fn place(&self, texts: &Texts, history: &History) -> Option<Place> {
        let own = self.after.map(|(stage, node)| (&*history.stages[stage].tree, node));
        match own.filter(|&(tree, node)| Mark::of_node(tree, node) == self.cause.main) {
            Some((tree, node)) => texts.place_of(tree, node),
            None => texts.place(self.cause.main),
        }
    }
}

/// Finds causes, and keeps the histories that it needs for that.
pub(crate) struct Causes<'a> {
    pub record: Arc<Record>,
    pub schema: Schema,
    pub texts: Texts<'a>,
    json_patches: RefCell<FxHashMap<usize, Option<Arc<JsonPatch>>>>,
    pub(super) histories: RefCell<FxHashMap<usize, Arc<History>>>,
    /// What made the names of resources that are forgotten, for those that followed them in a step.
    pub(super) names: RefCell<FxHashMap<Name, Option<Cause>>>,
    pub depth: Cell<usize>,
    /// What changes by each step begin with, as JSON.
    pub heads: Vec<OnceCell<String>>,
    /// What else is the same of many changes.
    pub told: RefCell<Told>,
    /// Room to compare trees in.
    touched: RefCell<Touched>,
    /// By step and by field: settings that depend on nothing else.
    settings: RefCell<Vec<FxHashMap<Box<str>, settings::Found>>>,
    /// The field specs of configurations: paths without brackets, and places.
    specs: OnceCell<Vec<(String, Mark)>>,
    /// The steps that set namespaces only where there are none, and where they say so.
    sparing: OnceCell<Vec<(usize, Mark)>>,
    /// Whether the kustomization of a file is a component.
    components: RefCell<FxHashMap<FileId, bool>>,
}

/// A resource, a field of its metadata that others follow, and the step in which they do.
pub(super) type Name = (usize, &'static str, usize);

/// A value on the way of a walk over a resource.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    /// Number of the resource.
    pub trace: usize,
    pub history: &'a History,
    /// The branches from the root to the value, which comes last.
    pub path: &'a [&'a Branch],
}

impl<'a> At<'a> {
    /// The fields on the way to the value, without the items of lists.
    pub fn fields(&self) -> Fields<'a> {
        self.path.iter().filter_map(|branch| branch.key.as_deref()).collect()
    }
}

/// Names of fields from the root on.
pub(crate) type Fields<'a> = SmallVec<[&'a str; 12]>;

impl<'a> Causes<'a> {
    pub fn new(record: Arc<Record>, schema: Schema, sources: &'a Sources) -> Causes<'a> {
        Causes {
            texts: Texts::new(sources, &record),
            heads: record.steps.iter().map(|_| OnceCell::new()).collect(),
            told: RefCell::default(),
            record,
            schema,
            json_patches: RefCell::default(),
            histories: RefCell::default(),
            names: RefCell::default(),
            depth: Cell::default(),
            touched: RefCell::default(),
            settings: RefCell::default(),
            specs: OnceCell::new(),
            sparing: OnceCell::new(),
            components: RefCell::default(),
        }
    }

    /// The history of a resource, worked out once.
    pub fn history(&self, trace: usize) -> Arc<History> {
        if let Some(known) = self.histories.borrow().get(&trace) {
            return known.clone();
        }
        let touched = &mut self.touched.borrow_mut();
        let history = History::new(&self.record.traces[trace], &self.record, touched, |step| self.json_patch(step));
        let history = Arc::new(history);
        self.histories.borrow_mut().insert(trace, history.clone());
        history
    }

    /// The JSON patch that a step applies, if it does; read once for all resources.
    fn json_patch(&self, step: usize) -> Option<Arc<JsonPatch>> {
        let read = || {
            let [patch] = &self.record.steps[step].patches[..] else { return None };
            let is_json = crate::resource::read_resources(patch).is_err();
            is_json.then(|| JsonPatch::parse(patch).ok().map(Arc::new)).flatten()
        };
        self.json_patches.borrow_mut().entry(step).or_insert_with(read).clone()
    }

    /// What wrote the value at a place over time, with the cause of each change: what was only written again in
    /// passing is left out.
    pub fn changes(&self, at: At) -> Vec<Written> {
        let mut changes = Vec::new();
        self.push_changes(at, &mut changes);
        changes
    }

    /// Appends the [`changes`](Causes::changes) to an empty list.
    pub fn push_changes(&self, at: At, changes: &mut Vec<Written>) {
        let Some(branch) = at.path.last() else { return };
        for event in &branch.events {
            let after = event.after.map(|node| (event.stage, node));
            match (self.cause(at, event), changes.last_mut()) {
                (Some(cause), Some(last)) if self.goes_on(at, event, &cause) => {
                    last.after = after;
                    last.cause.see([cause.main].into_iter().chain(cause.also));
                }
                (Some(cause), None) if self.is_printing(at, event) => {
                    // A collection that is printed as a text: who made it was somebody else.
                    let (stage, cause) = self.last_inside(at, event.stage).unwrap_or((event.stage, cause));
                    let cause = self.without_content(at, (stage, event), cause);
                    changes.push(Written { stage, before: None, after, cause });
                }
                (Some(cause), _) => {
                    changes.push(Written { stage: event.stage, before: event.before, after, cause });
                }
                // Who names a value without changing it has a say in where his changes go.
                (None, Some(last)) => {
                    last.cause.see(self.own_place(at, event));
                    last.cause.see(self.merging_generator(at, event));
                }
                (None, None) => {}
            }
        }
        if let Some(last) = changes.last_mut() {
            last.cause.see(self.naming_patches(at));
            last.cause.see(self.sparing_steps(at));
        }
    }

    /// The options of a generator that merges into what it names: whether there is a hash depends on them.
    fn merging_generator(&self, at: At, event: &Event) -> Marks {
        let step = &self.record.steps[at.history.stages[event.stage].step];
        let keys = at.fields();
        if is_generator(step) && keys[..] == ["metadata", "name"] {
            self.setting(at, event, &keys).0
        } else {
            Marks::new()
        }
    }

    /// Where steps say that they spare namespaces that are there.
    fn sparing_steps(&self, at: At) -> Vec<Mark> {
        if at.path.last().is_none_or(|branch| branch.key.as_deref() != Some("namespace")) {
            return Vec::new();
        }
        let sparing = self.sparing();
        let (first, seen) = (at.history.stages[0].step, self.record.traces[at.trace].seen);
        let via = &self.record.steps[first].via;
        let met = sparing.iter().filter(|&&(number, _)| (first..=seen).contains(&number));
        met.filter(|&&(number, _)| via.starts_with(&self.record.steps[number].via)).map(|&(_, mark)| mark).collect()
    }

    /// The steps that set namespaces only where there are none, and where they say so.
    pub fn sparing(&self) -> &[(usize, Mark)] {
        self.sparing.get_or_init(|| {
            let marks = |(number, step)| Some((number, settings::sparing(&self.texts, step)?));
            self.record.steps.iter().enumerate().filter_map(marks).collect()
        })
    }

    /// Whether a change only goes on with what was made before it: printing brushes a value up, and a step writes it in
    /// another type without a word of it.
    fn goes_on(&self, at: At, event: &Event, cause: &Cause) -> bool {
        let is_nobody = !cause.main.is_some() && event.after.is_some();
        is_nobody || self.is_printing(at, event) || self.is_retagged(at, event, cause)
    }

    /// Whether a JSON patch has only sent a value through JSON, as it does with all of a resource: its operations are
    /// about something else.
    fn is_in_passing_through_json(&self, at: At, event: &Event) -> bool {
        let stages = &at.history.stages;
        let mark = |(stage, node): (usize, NodeId)| Mark::of_node(&stages[stage].tree, node);
        let marks = event.before.map(mark).zip(event.after.map(|node| mark((event.stage, node))));
        stages[event.stage].operation.is_some() && marks.is_some_and(|(old, new)| old == new && new.is_some())
    }

    /// What made a value what it was before an event.
    pub fn made_before(&self, at: At, event: &Event) -> Option<Cause> {
        let before = at.path.last()?.events.iter().rev().filter(|other| other.stage < event.stage);
        before.filter_map(|other| self.cause(at, other)).find(|cause| cause.main.is_some())
    }

    /// Whether a value only took the form that it is printed in, or in which notes stand beside it.
    fn is_printing(&self, at: At, event: &Event) -> bool {
        let is_note = |branch: &&Branch| matches!(branch.key.as_deref(), Some(ORIGIN | TRANSFORMATIONS));
        match self.record.steps[at.history.stages[event.stage].step].kind.as_str() {
            steps::OUTPUT => true,
            steps::BUILD_METADATA => !at.path.last().is_some_and(is_note),
            _ => false,
        }
    }

    /// The last change, before a stage, of anything that was inside of a collection: its stage and its cause.
    fn last_inside(&self, at: At, stage: usize) -> Option<(usize, Cause)> {
        let mut last: Option<(Event, Vec<&Branch>)> = None;
        each_leaf_below(&mut at.path.to_vec(), &mut |path| {
            let events = path.last().map_or(&[][..], |branch| &branch.events);
            let known = events.iter().rev().find(|event| event.stage < stage && event.after.is_some());
            if let Some(event) = known.filter(|event| last.as_ref().is_none_or(|(last, _)| event.stage > last.stage)) {
                last = Some((*event, path.to_vec()));
            }
        });
        let (event, path) = last?;
        Some((event.stage, self.cause(At { path: &path, ..at }, &event)?))
    }

    /// The cause of a collection that was copied and is printed as a text: where that is empty, nothing is left of what was
    /// in it, and who asked for the copy is to blame.
    fn without_content(&self, at: At, (stage, event): (usize, &Event), cause: Cause) -> Cause {
        let stages = &at.history.stages;
        let is_empty = event.after.is_some_and(|node| stages[event.stage].tree.text(node).is_empty());
        match &stages[stage].copied {
            Some(copied) if is_empty => {
                joined(None, copied.settings.iter().copied().chain([cause.main]).chain(cause.also))
            }
            _ => cause,
        }
    }

    /// Where patches name an item of a list by a value that tells it apart, be it only to leave all of it as it is.
    fn naming_patches(&self, at: At) -> Vec<Mark> {
        let is_in_item = at.path.len() > 2 && at.path[at.path.len() - 2].key.is_none();
        if !is_in_item || !at.history.is_merged {
            return Vec::new();
        }
        let stages = at.history.stages.iter().filter(|stage| stage.operation.is_none());
        let sources = stages.flat_map(|stage| &self.record.steps[stage.step].patches);
        let mut marks = Vec::new();
        for text in sources.filter_map(|source| self.texts.file(source.id)) {
            marks.extend(text.trees().iter().filter_map(|patch| patches::naming(patch, at)));
        }
        if marks.is_empty() || !self.is_merge_key(at) { Vec::new() } else { marks }
    }

    /// Whether a step changed the type of a text in passing, and said nothing of it.
    fn is_retagged(&self, at: At, event: &Event, cause: &Cause) -> bool {
        let (Some((before, old)), Some(node)) = (event.before, event.after) else { return false };
        let (old_tree, tree) = (&at.history.stages[before].tree, &at.history.stages[event.stage].tree);
        !event.is_same
            && old_tree.is_scalar(old)
            && tree.is_scalar(node)
            && self.own_place(at, event) != Some(cause.main)
            && match self.is_in_passing_through_json(at, event) {
                true => old_tree.text(old).eq_ignore_ascii_case(tree.text(node)),
                false => old_tree.text(old) == tree.text(node) && !self.is_specific(at, event),
            }
    }

    fn is_specific(&self, at: At, event: &Event) -> bool {
        let stage = &at.history.stages[event.stage];
        stage.copied.is_some() || self.setting(at, event, &at.fields()).1
    }

    /// The cause of a change; `None` when it is none.
    pub fn cause(&self, at: At, event: &Event) -> Option<Cause> {
        let stage = &at.history.stages[event.stage];
        let step = &self.record.steps[stage.step];
        let keys = at.fields();
        if matches!(keys.last(), Some(&(ORIGIN | TRANSFORMATIONS))) {
            let (marks, _) = self.setting(at, event, &keys);
            return (!event.is_same).then(|| self.build_metadata(marks));
        }
        if event.stage == 0 && step.kind == steps::RESOURCE {
            // What most values have, and nothing more.
            let own = self.own_place(at, event);
            let mut cause = Cause::at(own.unwrap_or(step.setting));
            cause.see([step.setting]);
            cause.see(own.and_then(|own| self.list(own)));
            return Some(cause);
        }
        if let Some(copied) = &stage.copied {
            let source = copied.from.and_then(|source| self.of_copy(at, event, source));
            return Some(joined(source, copied.settings.iter().copied()));
        }
        if event.is_same && self.is_in_passing(at, event, step, &keys) {
            return None;
        }
        let (mut marks, is_specific) = self.setting(at, event, &keys);
        if !event.is_same && step.patches.is_empty() && stage.step != at.history.stages[0].step {
            marks.extend(self.field_specs(&keys));
        }
        let own = self.own_place(at, event);
        if event.is_same && own.is_none() && !is_specific && !is_generated_anew(step, &keys) {
            return None;
        }
        if self.is_in_passing_through_json(at, event) {
            return Some(joined(self.made_before(at, event), stage.operation.into_iter().chain(marks)));
        }
        if let Some(operation) = stage.operation {
            let also = [operation].into_iter().chain(marks);
            let moved = self.of_moved(at, event);
            return Some(joined(moved.or_else(|| own.map(Cause::at)), also));
        }
        if step.kind == steps::REFERENCES {
            return Some(joined(self.followed(at, event, stage.step, &keys), marks));
        }
        if step.kind == steps::VARS {
            return Some(self.vars(at, event, stage.step, marks));
        }
        if step.kind == steps::HASHES {
            return Some(joined(self.named_by(at, event), marks));
        }
        if event.after.is_none() {
            let directive = self.removing_line(at, step);
            let target = directive.map(|directive| self.identity(directive, step)).unwrap_or_default();
            return Some(joined(directive.map(Cause::at), marks.into_iter().chain(target)));
        }
        let emptied = || self.removing_line(at, step).filter(|_| !step.patches.is_empty() && !event.is_same);
        let own = own.or_else(emptied);
        let target = own.map(|own| self.identity(own, step)).unwrap_or_default();
        let list = own.filter(|_| event.stage == 0).and_then(|own| self.list(own));
        let target = target.into_iter().chain(list);
        Some(joined(own.map(Cause::at), marks.into_iter().chain(target)))
    }

    /// The lines by which the patch that has a place names its target.
    fn identity(&self, own: Mark, step: &Step) -> Vec<Mark> {
        if step.patches.iter().all(|patch| patch.id != own.file) {
            return Vec::new();
        }
        let Some(text) = self.texts.file(own.file) else { return Vec::new() };
        let Some((tree, _)) = text.node(own.at) else { return Vec::new() };
        patches::identity(tree)
    }

    /// Where a list says that it is one, of which the resource with this place is an item.
    fn list(&self, own: Mark) -> Option<Mark> {
        let text = self.texts.file(own.file).filter(|text| text.may_hold_list())?;
        let (tree, _) = text.node(own.at)?;
        let kind = tree.get(tree.root(), "kind").filter(|&kind| tree.text(kind).ends_with("List"))?;
        tree.get(tree.root(), "items").map(|_| Mark::of_node(tree, kind))
    }

    /// Where the new value itself stands in a file, if it came from one with this change.
    pub fn own_place(&self, at: At, event: &Event) -> Option<Mark> {
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
            _ => self.is_merge_key(at) && !self.is_replaced(at, step),
        }
    }

    /// Whether a patch puts a collection around a value in the place of the one that was there.
    fn is_replaced(&self, at: At, step: &Step) -> bool {
        let texts = step.patches.iter().filter_map(|source| self.texts.file(source.id));
        texts.into_iter().any(|text| text.trees().iter().any(|patch| patches::replaces(patch, at)))
    }

    fn is_merge_key(&self, at: At) -> bool {
        let tree = at.history.tree();
        let text = |key| tree.get(tree.root(), key).map_or("", |node| tree.text(node));
        let Some(mut node) = self.schema.root(text("apiVersion"), text("kind")) else { return false };
        let mut list = None;
        for branch in &at.path[1..] {
            let next = match &branch.key {
                Some(key) => {
                    let is_key = list.take().is_some_and(|keys: Vec<String>| keys.iter().any(|one| **one == **key));
                    if is_key {
                        return true;
                    }
                    self.schema.field(&node, key)
                }
                None => {
                    list = Some(node.merge_keys().iter().map(|key| (*key).to_owned()).collect());
                    self.schema.items(&node)
                }
            };
            let Some(next) = next else { return false };
            node = next;
        }
        false
    }

    /// The setting of a step that made a value, and whether it speaks of this very value.
    pub fn setting(&self, at: At, event: &Event, keys: &[&str]) -> (Marks, bool) {
        let number = at.history.stages[event.stage].step;
        let step = &self.record.steps[number];
        let before = event.before.map(|(stage, node)| at.history.stages[stage].tree.text(node));
        let field = keys.last().copied().unwrap_or_default();
        let settings = &mut self.settings.borrow_mut();
        if let Some(known) = settings.get(number).and_then(|fields| fields.get(field)) {
            return (known.marks.clone(), known.is_specific(before));
        }
        let found = settings::find(&self.texts, &settings::Change { step, keys, before });
        let answer = (found.marks.clone(), found.is_specific(before));
        if settings::depend_on_field(step) {
            settings.resize_with(self.record.steps.len(), FxHashMap::default);
            settings[number].insert(field.into(), found);
        }
        answer
    }

    /// The line that deletes a whole resource.
    pub fn deletion(&self, trace: usize, step: &Step) -> Cause {
        let history = self.history(trace);
        let path = [&history.root];
        let directive = self.removing_line(At { trace, history: &history, path: &path }, step);
        joined(directive.map(Cause::at), [step.setting])
    }

    /// Whether a component asked for the step.
    pub fn is_component(&self, step: &Step) -> bool {
        let kind = |text: &super::texts::Text| {
            let tree = text.trees().first()?;
            Some(tree.text(tree.get(tree.root(), "kind")?) == "Component")
        };
        let find = || self.texts.file(step.kustomization).and_then(kind).unwrap_or(false);
        *self.components.borrow_mut().entry(step.kustomization).or_insert_with(find)
    }

    /// The field specs of configurations: paths without brackets, and places.
    pub fn specs(&self) -> &[(String, Mark)] {
        self.specs.get_or_init(|| {
            let mut files: Vec<FileId> = self.record.steps.iter().map(|step| step.kustomization).collect();
            files.sort_unstable();
            files.dedup();
            settings::field_specs(&self.texts, &files)
        })
    }

    /// The entries of configurations that lead to a field.
    fn field_specs(&self, keys: &[&str]) -> Vec<Mark> {
        let specs = self.specs();
        if specs.is_empty() {
            return Vec::new();
        }
        let path = keys.join("/");
        let above = |spec: &str| path == spec || path.strip_prefix(spec).is_some_and(|rest| rest.starts_with('/'));
        specs.iter().filter(|(spec, _)| above(spec)).map(|(_, mark)| *mark).collect()
    }

    /// Where the root asks for notes of how resources were made.
    fn build_metadata(&self, also: Marks) -> Cause {
        let mark = settings::root_field(&self.texts, self.record.root, "buildMetadata");
        let main = mark.unwrap_or(Mark { file: self.record.root, at: 0 });
        Cause { main, also, step: Some(steps::BUILD_METADATA) }
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
            let found = text.trees().iter().filter_map(|doc| patches::deepest(doc, at));
            found.max_by_key(|&(depth, _)| depth)
        });
        found.max_by_key(|&(depth, _)| depth).map(|(_, mark)| mark)
    }
}

/// Calls `each` with the branches to every value at or below the last of some branches, those that went away too.
fn each_leaf_below<'h>(path: &mut Vec<&'h Branch>, each: &mut impl FnMut(&[&'h Branch])) {
    let Some(&branch) = path.last() else { return };
    if branch.is_value() {
        each(path);
    }
    for child in branch.children.iter().chain(&branch.gone) {
        path.push(child);
        each_leaf_below(path, each);
        path.pop();
    }
}

fn is_generator(step: &Step) -> bool {
    matches!(step.kind.as_str(), "ConfigMapGenerator" | "SecretGenerator" | "generator")
}

/// Whether the step is a generator, and the field one that it makes anew also where it merges.
fn is_generated_anew(step: &Step, keys: &[&str]) -> bool {
    is_generator(step) && matches!(keys, ["type" | "immutable"])
}

impl Cause {
    /// Adds other lines that have a say.
    fn see(&mut self, marks: impl IntoIterator<Item = Mark>) {
        for mark in marks {
            if mark.is_some() && mark != self.main && !self.also.contains(&mark) {
                self.also.push(mark);
            }
        }
    }

    pub fn at(main: Mark) -> Cause {
        Cause { main, ..Cause::default() }
    }
}

/// A cause with more lines; the first of them is the main one where there is none.
pub(super) fn joined(cause: Option<Cause>, marks: impl IntoIterator<Item = Mark>) -> Cause {
    let mut all = Cause::default();
    let (main, also) = cause.map(|cause| (Some(cause.main), cause.also)).unwrap_or_default();
    for mark in main.into_iter().chain(also).chain(marks) {
        if all.main.is_some() {
            all.see([mark]);
        } else {
            all.main = mark;
        }
    }
    all
}
