//! From the trees of one resource after each step to the history of each of its values.

use std::cell::Cell;
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{
    Kind, NodeId, StepId, Style, Tag, Touched, Tree, Value, push_json_string, settled_value, steady_string, to_json,
};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::journal::{Copied, Mark, Record, Trace};
use crate::patch::{Applying, JsonPatch};

/// The history of one resource.
#[derive(Debug)]
pub(crate) struct History {
    /// The moments that are told apart, oldest first.
    pub stages: Vec<Stage>,
    /// The resource as it is in the end.
    pub root: Branch,
    /// Whether a step that changed it reads what it changes from a strategic merge patch.
    pub is_merged: bool,
    /// Which stages changed something; what was only written again does not count.
    pub changed: Vec<bool>,
}

/// A resource at one moment.
#[derive(Debug)]
pub(crate) struct Stage {
    pub tree: Arc<Tree>,
    /// Number of the step that left it so.
    pub step: usize,
    /// See [`State::moment`](super::journal::State::moment).
    pub moment: usize,
    /// The operation of a JSON patch.
    pub operation: Option<Mark>,
    /// See [`Applying::copied`](crate::patch::Applying::copied).
    pub moved: Option<(NodeId, NodeId)>,
    pub copied: Option<Arc<Copied>>,
}

/// A value with all that is in it, or was.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The field that it stands under; `None` for items of lists and for the root.
    pub key: Option<SmolStr>,
    /// The value in the last tree, or the last one that had it.
    pub node: NodeId,
    /// The stage that first had it.
    born: usize,
    /// The nodes that it was before, each with the stage that came after it.
    before: Vec<(usize, NodeId)>,
    /// What was written here as a whole, oldest first: texts, and collections without anything in them.
    pub events: SmallVec<[Event; 1]>,
    pub children: Vec<Branch>,
    /// What went away and did not come back.
    pub gone: Vec<Branch>,
}

/// A value was written or went away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub stage: usize,
    /// The value before; with the stage that had it.
    pub before: Option<(usize, NodeId)>,
    pub after: Option<NodeId>,
    /// The same value was written again, perhaps in passing.
    pub is_same: bool,
}

impl History {
    /// Compares the trees of a resource, each with the one before; `json_patch` knows the patches of steps, `touched` is
    /// room to work in.
    pub fn new(
        trace: &Trace,
        record: &Record,
        touched: &mut Touched,
        json_patch: impl Fn(usize) -> Option<Arc<JsonPatch>>,
    ) -> History {
        let mut stages = Vec::with_capacity(trace.states.len());
        // What tells each stage but the last by the next one, where that is known.
        let mut pasts = Vec::with_capacity(trace.states.len());
        for (state, tree) in trace.states.iter().zip(trace.trees()) {
            let (step, moment, copied) = (state.step, state.moment, state.copied.clone());
            let mut only = None;
            if let Some(Stage { tree, .. }) = stages.last().filter(|_| copied.is_none()) {
                let patch = json_patch(step);
                only = patch.as_ref().and_then(|patch| patch.only_operation());
                let operations =
                    patch.filter(|_| only.is_none()).map(|patch| patch.stages(Tree::clone(tree))).unwrap_or_default();
                for Applying { operation, tree, copied: moved } in operations {
                    let (tree, operation) = (Arc::new(tree), Some(operation));
                    stages.push(Stage { tree, step, moment, operation, moved, copied: None });
                    pasts.pop();
                    pasts.extend([None, None]);
                }
            }
            stages.push(Stage { tree, step, moment, operation: only, moved: None, copied });
            pasts.push(state.past());
        }
        let is_merge = |stage: &Stage| stage.operation.is_none() && !record.steps[stage.step].patches.is_empty();
        let is_merged = stages.iter().any(is_merge);
        let mut root = Branch::grow(&stages[0].tree, stages[0].tree.root(), None, 0);
        touched.forget();
        let mut changed = Vec::with_capacity(stages.len());
        changed.push(true);
        for number in 1..stages.len() {
            let (old, new) = (&stages[number - 1], &stages[number]);
            let stamp = StepId(record.steps[new.step].stamp);
            match pasts[number - 1] {
                // What a generator has merged is a new tree, of which nothing is stamped.
                _ if stamp == StepId(0) => touched.forget(),
                Some(past) => touched.follow(past, &old.tree, &new.tree),
                None if new.tree.is_grown_from(&old.tree) => touched.compare(&old.tree, &new.tree),
                None => touched.forget(),
            }
            let has_changed = Cell::new(false);
            let walk =
                Comparison { old: &old.tree, new: &new.tree, stage: number, stamp, touched, has_changed: &has_changed };
            walk.advance(&mut root, new.tree.root());
            changed.push(has_changed.get());
        }
        History { stages, root, is_merged, changed }
    }

    /// The tree as it is in the end.
    pub fn tree(&self) -> &Tree {
        &self.stages[self.stages.len() - 1].tree
    }

    /// The tree that a branch was in last.
    pub fn tree_of(&self, branch: &Branch) -> &Tree {
        match branch.last_removal() {
            Some((stage, _)) => &self.stages[stage].tree,
            None => self.tree(),
        }
    }

    /// A value as JSON, as it would be printed.
    pub fn value(&self, stage: usize, node: NodeId) -> String {
        json(&self.stages[stage].tree, node)
    }

    /// Appends a value as JSON.
    pub fn push_value(&self, stage: usize, node: NodeId, out: &mut String) {
        push_json(&self.stages[stage].tree, node, out);
    }
}

/// A value as JSON, as it would be printed where it stands; a text where its type does not fit it.
pub(crate) fn json(tree: &Tree, node: NodeId) -> String {
    let mut text = String::new();
    push_json(tree, node, &mut text);
    text
}

fn push_json(tree: &Tree, node: NodeId, out: &mut String) {
    if let Some(text) = steady_string(tree, node).filter(|text| !text.is_empty()) {
        return push_json_string(out, text);
    }
    // Between braces, nothing is printed as an empty text, and no text is folded.
    let is_nothing = tree.tag(node) == Tag::Unset && tree.text(node).is_empty();
    let is_other_there = tree.is_scalar(node) && (is_nothing || tree.style(node) == Style::Folded);
    if is_other_there
        && is_between_braces(tree, tree.root(), node) == Some(true)
        && let Ok(Value::Text(text)) = settled_value(tree, node, true)
    {
        return push_json_string(out, &text);
    }
    let start = out.len();
    if to_json(tree, node, out).is_err() {
        out.truncate(start);
        push_json_string(out, tree.text(node));
    }
}

/// Whether one of the collections around a node, from `from` on, is printed as `{}` or `[]`; `None` where it is not in it.
fn is_between_braces(tree: &Tree, from: NodeId, node: NodeId) -> Option<bool> {
    let is_here = tree.style(from) == Style::Flow;
    let found = if from == node {
        Some(false)
    } else {
        tree.items(from).find_map(|child| is_between_braces(tree, child, node))
    };
    found.map(|is_below| is_below || (is_here && from != node))
}

impl Branch {
    fn grow(tree: &Tree, node: NodeId, key: Option<&str>, stage: usize) -> Branch {
        let mut branch = Branch {
            key: key.map(Into::into),
            node,
            born: stage,
            before: Vec::new(),
            events: SmallVec::new(),
            children: Vec::new(),
            gone: Vec::new(),
        };
        match tree.kind(node) {
            _ if tree.is_empty(node) => {
                branch.events.push(Event { stage, before: None, after: Some(node), is_same: false });
            }
            Kind::Mapping => {
                branch.children.reserve_exact(tree.len(node));
                for (key, value) in tree.entries(node) {
                    branch.children.push(Branch::grow(tree, value, Some(tree.text(key)), stage));
                }
            }
            _ => {
                branch.children.reserve_exact(tree.len(node));
                for item in tree.items(node) {
                    branch.children.push(Branch::grow(tree, item, None, stage));
                }
            }
        }
        branch
    }

    /// Notes that all of it went away.
    fn wither(&mut self, stage: usize) {
        let children = std::mem::take(&mut self.children);
        if children.is_empty() {
            let before = Some((stage - 1, self.node));
            self.events.push(Event { stage, before, after: None, is_same: false });
        }
        for mut child in children {
            child.wither(stage);
            self.gone.push(child);
        }
    }

    /// Whether it is a single value or an empty collection, or was when it went away.
    pub fn is_value(&self) -> bool {
        self.children.is_empty() && !self.events.is_empty()
    }

    /// Whether one that is there now was there at a stage.
    pub fn was_there(&self, stage: usize) -> bool {
        self.born <= stage
    }

    /// Whether it was this node at a stage.
    pub fn had(&self, node: NodeId, stage: usize) -> bool {
        let at_stage = self.before.iter().find(|(end, _)| *end > stage).map_or(self.node, |(_, before)| *before);
        self.born <= stage && at_stage == node
    }

    /// The value that was there last, for what went away.
    pub fn last_removal(&self) -> Option<(usize, NodeId)> {
        match self.events.last() {
            Some(Event { after: None, before, .. }) => *before,
            Some(_) => None,
            None if self.children.is_empty() => self.gone.last().and_then(Branch::last_removal),
            None => None,
        }
    }
}

/// Two moments of a resource that follow each other.
struct Comparison<'a> {
    old: &'a Tree,
    new: &'a Tree,
    /// Number of the later one.
    stage: usize,
    /// What the step marks nodes with; 0 for none.
    stamp: StepId,
    /// What was written in the new tree, as far as that is known.
    touched: &'a Touched,
    /// Whether something has become something else.
    has_changed: &'a Cell<bool>,
}

impl Comparison<'_> {
    /// Brings a branch up to date: `node` is what its value has become.
    fn advance(&self, branch: &mut Branch, node: NodeId) {
        let old = std::mem::replace(&mut branch.node, node);
        if old != node {
            branch.before.push((self.stage, old));
        } else if self.touched.has_left(node) {
            return;
        }
        match (self.is_leaf(self.old, old), self.is_leaf(self.new, node)) {
            (true, true) => {
                if let Some(event) = self.event(old, node) {
                    self.note_change(!event.is_same);
                    branch.events.push(event);
                }
            }
            (was_leaf, true) => {
                debug_assert!(!was_leaf);
                for mut child in std::mem::take(&mut branch.children) {
                    child.wither(self.stage);
                    branch.gone.push(child);
                }
                let before = Some((self.stage - 1, old));
                self.note_change(true);
                branch.events.push(Event { stage: self.stage, before, after: Some(node), is_same: false });
            }
            (was_leaf, false) => {
                if was_leaf && self.old.kind(old) != self.new.kind(node) {
                    let before = Some((self.stage - 1, old));
                    self.note_change(true);
                    branch.events.push(Event { stage: self.stage, before, after: None, is_same: false });
                }
                match self.new.kind(node) {
                    Kind::Mapping => self.advance_entries(branch, node),
                    _ => self.advance_items(branch, node),
                }
            }
        }
    }

    fn note_change(&self, is_change: bool) {
        if is_change {
            self.has_changed.set(true);
        }
    }

    fn is_leaf(&self, tree: &Tree, node: NodeId) -> bool {
        tree.is_empty(node)
    }

    fn event(&self, old: NodeId, node: NodeId) -> Option<Event> {
        let (a, b) = (self.old.node(old), self.new.node(node));
        let is_equal =
            a.kind == b.kind && a.tag == b.tag && a.style == b.style && self.old.text(old) == self.new.text(node);
        let is_same = is_equal || self.is_same(old, node);
        let is_moved = (a.file, a.at) != (b.file, b.at) && Mark::of_node(self.new, node).is_some();
        let is_stamped = b.step == self.stamp && self.stamp != StepId(0) && a.step != self.stamp;
        // What a generator has merged is a new tree, of which nothing is stamped.
        let is_made = self.stamp == StepId(0) && Mark::of_node(self.new, node) == Mark::default();
        let is_event = !is_same || is_moved || is_stamped || is_made;
        is_event.then_some(Event { stage: self.stage, before: Some((self.stage - 1, old)), after: Some(node), is_same })
    }

    fn advance_entries(&self, branch: &mut Branch, mapping: NodeId) {
        let mut entries = self.new.entries(mapping);
        // Nearly always, the fields that were there come first, and in their order.
        let mut known = 0;
        let next = entries.find(|&(key, value)| match branch.children.get_mut(known) {
            // What was left alone has left the key in its place, too.
            Some(child) if child.node == value && self.touched.has_left(value) && self.touched.has_left(key) => {
                debug_assert!(self.is_key(child, key));
                known += 1;
                false
            }
            Some(child) if self.is_key(child, key) => {
                self.advance(child, value);
                known += 1;
                false
            }
            _ => true,
        });
        if next.is_none() && known == branch.children.len() {
            return;
        }
        let mut old: Vec<Option<Branch>> = branch.children.drain(known..).map(Some).collect();
        let mut from = 0;
        for (key, value) in next.into_iter().chain(entries) {
            let is_it = |other: &Option<Branch>| other.as_ref().is_some_and(|other| self.is_key(other, key));
            let found = (from..old.len()).chain(0..from).find(|&at| is_it(&old[at]));
            let child = match found.and_then(|at| old[at].take()) {
                Some(mut child) => {
                    from = found.map_or(0, |at| at + 1);
                    self.advance(&mut child, value);
                    child
                }
                None => self.revive(branch, value, self.new.text(key)),
            };
            branch.children.push(child);
        }
        self.bury(branch, old);
    }

    /// Whether two values are printed alike.
    fn is_same(&self, old: NodeId, node: NodeId) -> bool {
        match (steady_string(self.old, old), steady_string(self.new, node)) {
            (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() => a == b,
            _ => json(self.old, old) == json(self.new, node),
        }
    }

    fn is_key(&self, branch: &Branch, key: NodeId) -> bool {
        branch.key.as_deref() == Some(self.new.text(key))
    }

    /// A new entry, with the history of one of that key that went away before.
    fn revive(&self, branch: &mut Branch, value: NodeId, key: &str) -> Branch {
        self.note_change(true);
        let mut new = Branch::grow(self.new, value, Some(key), self.stage);
        if let Some(at) = branch.gone.iter().position(|gone| gone.key.as_deref() == Some(key)) {
            new.inherit(branch.gone.remove(at), self.stage);
        }
        new
    }

    fn bury(&self, branch: &mut Branch, old: Vec<Option<Branch>>) {
        for mut child in old.into_iter().flatten() {
            self.note_change(true);
            child.wither(self.stage);
            branch.gone.push(child);
        }
    }

    /// Items stay themselves when they are the same node; else they are told by a name, by their text, or, those that
    /// are left, by their order.
    fn advance_items(&self, branch: &mut Branch, list: NodeId) {
        let is_same = |child: &Branch, item: NodeId| {
            child.node == item && Mark::of_node(self.old, item) == Mark::of_node(self.new, item)
        };
        let mut items = self.new.items(list);
        let mut known = 0;
        let next = items.find(|&item| match branch.children.get_mut(known) {
            Some(child) if is_same(child, item) => {
                self.advance(child, item);
                known += 1;
                false
            }
            _ => true,
        });
        if next.is_none() && known == branch.children.len() {
            return;
        }
        let mut old: Vec<Option<Branch>> = branch.children.drain(known..).map(Some).collect();
        let items: Vec<NodeId> = next.into_iter().chain(items).collect();
        let mut new: Vec<Option<Branch>> = items.iter().map(|_| None).collect();
        self.pair(&mut old, &mut new, &items, |tree, node| Some((node, Mark::of_node(tree, node))));
        self.pair(&mut old, &mut new, &items, identity);
        self.pair(&mut old, &mut new, &items, |tree, node| (tree.is_scalar(node)).then(|| tree.text(node).to_owned()));
        let is_text = |tree: &Tree, node| tree.is_scalar(node);
        let mut left = old.iter_mut().filter(|one| one.is_some());
        for (place, &item) in new.iter_mut().zip(&items).filter(|(place, _)| place.is_none()) {
            // Mappings that nothing identifies follow each other; texts do, too.
            let next = left.next().filter(|one| {
                one.as_ref().is_some_and(|one| {
                    let names = [identity(self.old, one.node), identity(self.new, item)];
                    is_text(self.old, one.node) == is_text(self.new, item) && names.iter().all(Option::is_none)
                })
            });
            if let Some(mut child) = next.and_then(Option::take) {
                self.advance(&mut child, item);
                *place = Some(child);
            } else {
                self.note_change(true);
                *place = Some(Branch::grow(self.new, item, None, self.stage));
            }
        }
        branch.children.extend(new.into_iter().flatten());
        self.bury(branch, old);
    }

    /// Pairs the items of both sides that have the same key, each once.
    fn pair<K: Hash + Eq>(
        &self,
        old: &mut [Option<Branch>],
        new: &mut [Option<Branch>],
        items: &[NodeId],
        key: impl Fn(&Tree, NodeId) -> Option<K>,
    ) {
        let mut known: FxHashMap<K, Vec<usize>> = FxHashMap::default();
        for (at, branch) in old.iter().enumerate().rev() {
            if let Some(key) = branch.as_ref().and_then(|branch| key(self.old, branch.node)) {
                known.entry(key).or_default().push(at);
            }
        }
        if known.is_empty() {
            return;
        }
        for (place, &item) in new.iter_mut().zip(items).filter(|(place, _)| place.is_none()) {
            let found = key(self.new, item).and_then(|key| known.get_mut(&key)?.pop());
            if let Some(mut child) = found.and_then(|at| old[at].take()) {
                self.advance(&mut child, item);
                *place = Some(child);
            }
        }
    }
}

/// What an item of a list is called, if anything.
fn identity(tree: &Tree, node: NodeId) -> Option<String> {
    let text = |key: &str| tree.get(node, key).filter(|&value| tree.is_scalar(value)).map(|value| tree.text(value));
    ["name", "key", "containerPort", "mountPath", "port", "topologyKey"]
        .iter()
        .find_map(|key| Some(format!("{key}={}", text(key)?)))
}

impl Branch {
    /// Goes on, from a stage on, from what was there before.
    fn inherit(&mut self, before: Branch, stage: usize) {
        let last = before.last_removal();
        (self.born, self.before) = (before.born, before.before);
        self.before.push((stage, before.node));
        let mut events = before.events;
        if let (Some(first), Some(_)) = (self.events.first_mut(), last) {
            first.before = None;
        }
        events.append(&mut self.events);
        self.events = events;
        self.gone = before.gone;
        let keys: FxHashSet<SmolStr> = self.children.iter().filter_map(|child| child.key.clone()).collect();
        let mut rest = Vec::new();
        for gone in std::mem::take(&mut self.gone) {
            match &gone.key {
                Some(key) if keys.contains(key) => {
                    if let Some(child) = self.children.iter_mut().find(|child| child.key.as_ref() == Some(key)) {
                        child.inherit(gone, stage);
                    }
                }
                _ => rest.push(gone),
            }
        }
        self.gone = rest;
    }
}
