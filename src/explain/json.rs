//! Explanations for programs. Nothing stands between what is known and the text: a whole build has many values.

use rustc_hash::FxHashMap;
use rustomize_yaml::{NodeId, push_json_string, push_json_text};
use smallvec::SmallVec;

use super::causes::{Cause, Causes, Written, joined};
use super::history::{Event, History};
use super::journal::{Mark, steps};
use super::resource::{self, Origin};
use super::settings::depend_on_field;
use super::values::{self, Leaf, Step, Visit};
use super::{ResourceName, step_name};
use crate::diagnostics::Result;
use crate::resource::{ORIGIN, TRANSFORMATIONS};

/// Resources, each with all of its values.
pub(super) fn push_all(causes: &Causes, numbers: &[usize], out: &mut String) {
    for (at, &number) in numbers.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        // The empty path leads to the resource.
        let _ = push_resource(causes, number, Some(""), out);
        causes.forget(number);
    }
}

/// One resource, with its values at or below a path; without any for none. Fails for a path that leads nowhere.
pub(super) fn push_resource(causes: &Causes, number: usize, path: Option<&str>, out: &mut String) -> Result<()> {
    push_head(causes, number, out);
    if let Some(path) = path {
        out.push_str(",\"values\":[");
        let reading = Reading::of(causes, number);
        let (path_text, keys, lengths, changes) = Default::default();
        let values = &mut Values { causes, out, reading, path: path_text, keys, lengths, changes, is_first: true };
        values::each(causes, number, path, values)?;
        out.push(']');
    }
    out.push('}');
    Ok(())
}

/// The fields of a resource, without the closing brace.
fn push_head(causes: &Causes, number: usize, out: &mut String) {
    let history = causes.history(number);
    out.push('{');
    match ResourceName::fields(history.tree()) {
        [.., ""] => push_name(resource::name(&history).parts(), out),
        name => push_name(name, out),
    }
    out.push_str(",\"original\":{");
    push_name(ResourceName::fields(&history.stages[0].tree), out);
    out.push_str("},\"origin\":");
    let has_origin = match resource::origin(causes, &history) {
        Origin::Read(tree) => causes.texts.push_place_of(tree, tree.root(), out),
        Origin::Made(mark) => causes.texts.push_place(mark, out),
    };
    if !has_origin {
        out.push_str("null");
    }
    push_places(causes, ",\"via\":[", resource::via(causes, number), out);
    out.push_str(",\"steps\":");
    push_number(resource::steps(causes, &history), out);
    out.push_str(",\"deleted\":");
    match resource::deletion(causes, number) {
        Some((step, cause)) => {
            push_step(causes, step, cause.step, out);
            push_place(causes, &cause, None, out);
            push_places(causes, ",\"also\":[", cause.also.iter().copied(), out);
            out.push('}');
        }
        None => out.push_str("null"),
    }
}

fn push_name([api_version, kind, namespace, name]: [&str; 4], out: &mut String) {
    let fields =
        [("\"apiVersion\":", api_version), (",\"kind\":", kind), (",\"namespace\":", namespace), (",\"name\":", name)];
    for (field, text) in fields {
        out.push_str(field);
        push_json_string(out, text);
    }
}

/// What is the same of all values that were read with a resource and that nobody has changed.
struct Reading {
    /// The entry that names the file.
    setting: Mark,
    /// What is told of the entry, as JSON.
    also: String,
}

impl Reading {
    /// `None` for a resource that was not read from a file.
    fn of(causes: &Causes, number: usize) -> Option<Reading> {
        let step = causes.record.traces[number].states[0].step;
        let (kind, setting) = (&causes.record.steps[step].kind, causes.record.steps[step].setting);
        (kind == steps::RESOURCE).then(|| {
            let mut also = String::new();
            push_places(causes, ",\"also\":[", Some(setting).into_iter().filter(|mark| mark.is_some()), &mut also);
            Reading { setting, also }
        })
    }
}

/// Writes the values of a resource, and keeps of each place on the way what the values there have in common.
struct Values<'c, 'a> {
    causes: &'c Causes<'a>,
    out: &'c mut String,
    reading: Option<Reading>,
    /// The path, as it stands inside of a JSON string.
    path: String,
    /// The keys, as they stand in a JSON list.
    keys: String,
    /// How long both were at the places on the way.
    lengths: Vec<(usize, usize)>,
    /// Room for the changes of a value.
    changes: Vec<Written>,
    is_first: bool,
}

impl Visit for Values<'_, '_> {
    fn enter(&mut self, path: &str, key: Step) {
        self.lengths.push((self.path.len(), self.keys.len()));
        if !self.keys.is_empty() {
            self.keys.push(',');
        }
        let start = self.keys.len();
        match key {
            Step::Field(name) => push_json_string(&mut self.keys, name),
            Step::Item(Some(index)) => push_number(index, &mut self.keys),
            Step::Item(None) => self.keys.push_str("null"),
        }
        // Where the name needs no escapes, the path needs none either.
        match key {
            Step::Field(name) if self.keys.len() - start == name.len() + 2 => self.path.push_str(path),
            _ => push_json_text(&mut self.path, path),
        }
    }

    fn leave(&mut self) {
        let (path, keys) = self.lengths.pop().unwrap_or_default();
        self.path.truncate(path);
        self.keys.truncate(keys);
    }

    fn leaf(&mut self, leaf: &Leaf) {
        let head = if std::mem::take(&mut self.is_first) { "\n{\"path\":\"" } else { ",\n{\"path\":\"" };
        let value = leaf.value();
        let field = if value.is_some() { "],\"value\":" } else { "],\"deleted\":true" };
        self.out.extend([head, &*self.path, "\",\"keys\":[", &*self.keys, field]);
        let start = self.out.len();
        if let Some((stage, node)) = value {
            leaf.at.history.push_value(stage, node, self.out);
        }
        // As a text that is not empty, a value that nobody has changed since is the same everywhere.
        let known = value.filter(|&(stage, node)| !leaf.at.history.stages[stage].tree.text(node).is_empty());
        let known = known.map(|(_, node)| (node, start..self.out.len()));
        self.out.push_str(",\"changes\":[");
        self.push_changes(leaf, known);
        self.out.push_str("]}");
    }
}

/// The text of a value, and where it stands in the output.
type Known = Option<(NodeId, std::ops::Range<usize>)>;

impl Values<'_, '_> {
    fn push_changes(&mut self, leaf: &Leaf, known: Known) {
        let (causes, history) = (self.causes, leaf.at.history);
        if let Some(plain) = self.plain_changes(leaf) {
            return self.push_plain(leaf, &plain, &known);
        }
        self.changes.clear();
        causes.push_changes(leaf.at, &mut self.changes);
        for (at, written) in self.changes.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            let Written { stage, before, after, ref cause } = *written;
            push_step(causes, history.stages[stage].step, cause.step, self.out);
            push_place(causes, cause, after.map(|after| (history, after)), self.out);
            push_places(causes, ",\"also\":[", cause.also.iter().copied(), self.out);
            push_value(history, ",\"before\":", before, &None, self.out);
            let is_last = at + 1 == self.changes.len();
            push_value(history, ",\"after\":", after, if is_last { &known } else { &None }, self.out);
            self.out.push('}');
        }
    }

    /// How the changes of a value are told, where all of them are told like many others: what [`Causes::changes`] finds
    /// of nearly all values, at less cost.
    fn plain_changes(&self, leaf: &Leaf) -> Option<SmallVec<[Plain; 4]>> {
        let [around @ .., parent, branch] = leaf.at.path else { return None };
        let has_own = match branch.key.as_deref() {
            Some(ORIGIN | TRANSFORMATIONS) => true,
            Some("namespace") => !self.causes.sparing().is_empty(),
            _ => false,
        };
        if has_own || (!around.is_empty() && parent.key.is_none() && leaf.at.history.is_merged) {
            return None;
        }
        branch.events.iter().map(|event| self.plain_change(leaf, event)).collect()
    }

    fn plain_change(&self, leaf: &Leaf, event: &Event) -> Option<Plain> {
        let (causes, history) = (self.causes, leaf.at.history);
        let (stage, after) = (&history.stages[event.stage], event.after?);
        let own = causes.own_place(leaf.at, event);
        if event.stage == 0 {
            let reading = self.reading.as_ref()?;
            let file = own.filter(|&own| own != reading.setting).and_then(|own| causes.texts.file(own.file))?;
            return (!file.may_hold_list()).then_some(Plain::Read);
        }
        let is_other =
            |(stage, node): (usize, NodeId)| history.stages[stage].tree.text(node) != stage_text(history, event);
        let is_set = own.is_none() && !event.is_same && event.before.is_none_or(is_other);
        let is_alone = stage.copied.is_none() && stage.operation.is_none() && causes.specs().is_empty();
        if !is_set || !is_alone || !depend_on_field(&causes.record.steps[stage.step]) {
            return None;
        }
        let number = Told::number(causes, leaf, event)?;
        let is_itself = causes.told.borrow().heads[number].0 == Mark::of_node(&stage.tree, after);
        (!is_itself).then_some(Plain::Set(number))
    }

    fn push_plain(&mut self, leaf: &Leaf, changes: &[Plain], known: &Known) {
        let (causes, history) = (self.causes, leaf.at.history);
        let events = leaf.at.path.last().map_or(&[][..], |branch| &branch.events);
        for (at, (change, event)) in changes.iter().zip(events).enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            match (*change, event.after) {
                (Plain::Set(number), _) => self.out.push_str(&causes.told.borrow().heads[number].1),
                (Plain::Read, None) => {}
                (Plain::Read, Some(node)) => {
                    push_step(causes, history.stages[0].step, None, self.out);
                    self.out.push_str(",\"place\":");
                    causes.texts.push_place_of(&history.stages[0].tree, node, self.out);
                    self.out.extend(self.reading.iter().map(|reading| &*reading.also));
                }
            }
            push_value(history, ",\"before\":", event.before, &None, self.out);
            let after = event.after.map(|node| (event.stage, node));
            let is_last = at + 1 == changes.len();
            push_value(history, ",\"after\":", after, if is_last { known } else { &None }, self.out);
            self.out.push('}');
        }
    }
}

/// The text that an event came to.
fn stage_text<'h>(history: &'h History, event: &Event) -> &'h str {
    event.after.map_or("", |node| history.stages[event.stage].tree.text(node))
}

/// How a change is told that is told like many others.
#[derive(Clone, Copy)]
enum Plain {
    /// The value was read with the resource.
    Read,
    /// A setting made it which makes the same of the field in every resource: the number of what is told of that.
    Set(usize),
}

/// What is told of changes whose settings depend on nothing but the step and the field.
#[derive(Default)]
pub(crate) struct Told {
    /// The line that is to blame, and the begin of the change as JSON, up to its values.
    heads: Vec<(Mark, String)>,
    /// Numbers of these, by step and by field; `None` where nobody says anything.
    numbers: Vec<FxHashMap<Box<str>, Option<usize>>>,
}

impl Told {
    fn number(causes: &Causes, leaf: &Leaf, event: &Event) -> Option<usize> {
        let step = leaf.at.history.stages[event.stage].step;
        let field = leaf.at.path.last()?.key.as_deref()?;
        let known = causes.told.borrow().numbers.get(step).and_then(|fields| fields.get(field)).copied();
        known.unwrap_or_else(|| {
            let (marks, _) = causes.setting(leaf.at, event, &leaf.at.fields());
            let cause = joined(None, marks);
            let told = &mut *causes.told.borrow_mut();
            let number = cause.main.is_some().then_some(told.heads.len());
            if number.is_some() {
                let mut head = String::new();
                push_step(causes, step, None, &mut head);
                push_place(causes, &cause, None, &mut head);
                push_places(causes, ",\"also\":[", cause.also.iter().copied(), &mut head);
                told.heads.push((cause.main, head));
            }
            told.numbers.resize_with(causes.record.steps.len(), FxHashMap::default);
            told.numbers[step].insert(field.into(), number);
            number
        })
    }
}

/// Begins the object of a change.
fn push_step(causes: &Causes, number: usize, name: Option<&str>, out: &mut String) {
    let make = |name: &str| {
        let mut head = String::from("{\"step\":");
        push_json_string(&mut head, name);
        if causes.is_component(&causes.record.steps[number]) {
            head.push_str(",\"component\":true");
        }
        head
    };
    match name {
        Some(name) => out.push_str(&make(name)),
        None => out.push_str(causes.heads[number].get_or_init(|| make(step_name(&causes.record.steps[number])))),
    }
}

/// The place that is to blame for a change: that of the node that it came to, where the node stands there itself.
fn push_place(causes: &Causes, cause: &Cause, after: Option<(&History, (usize, NodeId))>, out: &mut String) {
    let start = out.len();
    out.push_str(",\"place\":");
    let own = after.map(|(history, (stage, node))| (&*history.stages[stage].tree, node));
    let has_place = match own.filter(|&(tree, node)| Mark::of_node(tree, node) == cause.main) {
        Some((tree, node)) => causes.texts.push_place_of(tree, node, out),
        None => causes.texts.push_place(cause.main, out),
    };
    if !has_place {
        out.truncate(start);
    }
}

/// A field with places, where there are any; `head` is its name and the begin of its list.
fn push_places(causes: &Causes, head: &str, marks: impl Iterator<Item = Mark>, out: &mut String) {
    let mut before = head;
    for mark in marks {
        let start = out.len();
        out.push_str(before);
        if causes.texts.push_place(mark, out) {
            before = ",";
        } else {
            out.truncate(start);
        }
    }
    if before == "," {
        out.push(']');
    }
}

/// A field with a value, where there is one; `head` is its name.
fn push_value(history: &History, head: &str, value: Option<(usize, NodeId)>, known: &Known, out: &mut String) {
    let Some((stage, node)) = value else { return };
    out.push_str(head);
    match known {
        Some((known, text)) if *known == node => out.extend_from_within(text.clone()),
        _ => history.push_value(stage, node, out),
    }
}

pub(super) fn push_number(number: usize, out: &mut String) {
    if number > 9 {
        push_number(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}
