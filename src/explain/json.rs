//! Explanations for programs. Nothing stands between what is known and the text: a whole build has many values.

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, NodeId, push_json_string, push_json_text};

use super::causes::{At, Cause, Causes, Written, joined};
use super::history::{Branch, Event, History};
use super::journal::{Mark, steps};
use super::path::Shown;
use super::resource::{self, Origin};
use super::settings::depend_on_field;
use super::values::{self, Start, Step};
use super::ways::Ways;
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
        Values::push_all(causes, number, path, out)?;
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

/// Where a resource was read, which is told of it once and not with each of its values.
#[derive(Clone, Copy)]
struct Reading {
    step: usize,
    /// The entry that names the file.
    setting: Mark,
    /// The file, if it holds no list of resources.
    file: Option<FileId>,
}

impl Reading {
    /// `None` for a resource that was not read from a file.
    fn of(causes: &Causes, history: &History) -> Option<Reading> {
        let step = history.stages[0].step;
        let setting = causes.record.steps[step].setting;
        let file = history.stages[0].tree.source().id;
        let has_file =
            || causes.texts.is_file(file) && causes.texts.file(file).is_some_and(|text| !text.may_hold_list());
        (causes.record.steps[step].kind == steps::RESOURCE).then(|| Reading {
            step,
            setting,
            file: has_file().then_some(file),
        })
    }

    /// Whether a value that stands at a place was read there with the resource, and there is no more to say of it.
    fn is_of(self, own: Mark) -> bool {
        self.file == Some(own.file) && own != self.setting && own.is_some()
    }
}

/// Writes the values of a resource.
struct Values<'c, 'h, 'a> {
    causes: &'c Causes<'a>,
    out: &'c mut String,
    trace: usize,
    history: &'h History,
    reading: Option<Reading>,
    shown: Shown<'h>,
    ways: Ways,
    /// The branches from the root on.
    branches: Vec<&'h Branch>,
    /// Not in the output is what the walk has come to.
    is_deleted: bool,
    is_first: bool,
    room: Room,
}

/// How deep values mostly lie at most.
const DEPTH: usize = 16;

/// Room that is used again and again.
#[derive(Default)]
struct Room {
    /// What an item is called.
    item: String,
    plain: Vec<Plain>,
    changes: Vec<Written>,
}

impl<'h> Values<'_, 'h, '_> {
    fn push_all(causes: &Causes, number: usize, path: &str, out: &mut String) -> Result<()> {
        let history = &*causes.history(number);
        let (mut ways, room) = {
            let told = &mut *causes.told.borrow_mut();
            (std::mem::take(&mut told.ways), std::mem::take(&mut told.room))
        };
        let mut way = ways.root(&causes.schema, history.tree());
        let (mut branches, mut is_deleted) = (Vec::with_capacity(DEPTH), false);
        branches.push(&history.root);
        if !path.is_empty() {
            let start = Start::new(&causes.schema, history, path)?;
            (branches, is_deleted) = (start.led.branches, start.is_deleted);
            way = ways.start(&json_text(&start.led.path), &json_keys(&start.keys), start.led.node);
        }
        let (reading, shown) = (Reading::of(causes, history), Shown::new(&causes.schema, history));
        let (trace, is_first) = (number, true);
        let mut values =
            Values { causes, out, trace, history, reading, shown, ways, branches, is_deleted, is_first, room };
        values.visit(way);
        values.ways.leave(way);
        let Values { ways, room, .. } = values;
        let told = &mut *causes.told.borrow_mut();
        (told.ways, told.room) = (ways, room);
        Ok(())
    }

    fn visit(&mut self, way: usize) {
        let Some(&branch) = self.branches.last() else { return };
        if branch.is_value() {
            self.value(way);
        }
        let are_twins = self.shown.has_twins(self.ways.node(way), branch);
        for (index, child) in branch.children.iter().enumerate() {
            self.enter(way, child, Some(index), are_twins, index);
        }
        for (at, child) in branch.gone.iter().enumerate().filter(|(_, gone)| values::is_shown(gone)) {
            let was_deleted = std::mem::replace(&mut self.is_deleted, true);
            self.enter(way, child, None, are_twins, branch.children.len() + at);
            self.is_deleted = was_deleted;
        }
    }

    /// Goes on to a child, which others like it have at a place among their siblings.
    fn enter(&mut self, way: usize, child: &'h Branch, index: Option<usize>, are_twins: bool, place: usize) {
        let schema = &self.causes.schema;
        let below = match &child.key {
            Some(key) => self.ways.field(schema, way, key, place),
            None => {
                self.room.item.clear();
                self.shown.item(&mut self.room.item, self.ways.node(way), child, index, are_twins);
                self.ways.item(schema, way, index, &self.room.item, place)
            }
        };
        self.branches.push(child);
        self.visit(below);
        self.branches.pop();
        self.ways.leave(below);
    }

    fn value(&mut self, way: usize) {
        let branches = std::mem::take(&mut self.branches);
        let at = At { trace: self.trace, history: self.history, path: &branches };
        let value = values::living(at, self.is_deleted);
        self.out.push_str(if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" });
        self.out.push_str(self.ways.head(way));
        self.out.push_str(if value.is_some() { "],\"value\":" } else { "],\"deleted\":true" });
        let start = self.out.len();
        if let Some((stage, node)) = value {
            self.history.push_value(stage, node, self.out);
        }
        // As a text that is not empty, a value that nobody has changed since is the same everywhere.
        let known = value.filter(|&(stage, node)| !self.history.stages[stage].tree.text(node).is_empty());
        let known = known.map(|(_, node)| (node, start..self.out.len()));
        self.out.push_str(",\"changes\":[");
        if self.find_plain(at, way) {
            self.push_plain(at, &known);
        } else {
            self.push_changes(at, &known);
        }
        self.out.push_str("]}");
        self.branches = branches;
    }
}

/// The text of a value, and where it stands in the output.
type Known = Option<(NodeId, std::ops::Range<usize>)>;

impl Values<'_, '_, '_> {
    fn push_changes(&mut self, at: At, known: &Known) {
        let (causes, history) = (self.causes, at.history);
        let changes = &mut self.room.changes;
        changes.clear();
        causes.push_changes(at, changes);
        for (number, written) in changes.iter().enumerate() {
            if number > 0 {
                self.out.push(',');
            }
            let Written { stage, before, after, ref cause } = *written;
            let reading = self.reading.filter(|_| stage == 0 && cause.step.is_none());
            let is_told = |mark: &Mark| reading.is_some_and(|reading| reading.setting == *mark);
            push_step(causes, history.stages[stage].step, cause.step, self.out);
            push_place(causes, cause, after.map(|after| (history, after)), self.out);
            push_places(causes, ",\"also\":[", cause.also.iter().copied().filter(|mark| !is_told(mark)), self.out);
            push_value(history, ",\"before\":", before, &None, self.out);
            let is_last = number + 1 == changes.len();
            push_value(history, ",\"after\":", after, if is_last { known } else { &None }, self.out);
            self.out.push('}');
        }
    }

    /// Finds how the changes of a value are told, where all of them are told like many others: what
    /// [`Causes::changes`] finds of nearly all values, at less cost. Says whether they are.
    fn find_plain(&mut self, at: At, way: usize) -> bool {
        let [around @ .., parent, branch] = at.path else { return false };
        let has_own = match branch.key.as_deref() {
            Some(ORIGIN | TRANSFORMATIONS) => true,
            Some("namespace") => !self.causes.sparing().is_empty(),
            _ => false,
        };
        if has_own || (!around.is_empty() && parent.key.is_none() && at.history.is_merged) {
            return false;
        }
        self.room.plain.clear();
        branch.events.iter().all(|event| {
            let plain = self.plain(at, event, way);
            self.room.plain.extend(plain);
            plain.is_some()
        })
    }

    fn plain(&mut self, at: At, event: &Event, way: usize) -> Option<Plain> {
        let (causes, history) = (self.causes, at.history);
        let (stage, after) = (&history.stages[event.stage], event.after?);
        if event.stage == 0 {
            let own = Mark::of_node(&stage.tree, after);
            return self.reading.filter(|reading| reading.is_of(own)).map(|_| Plain::Read(after));
        }
        let own = causes.own_place(at, event);
        let is_other =
            |(stage, node): (usize, NodeId)| history.stages[stage].tree.text(node) != stage_text(history, event);
        let is_set = own.is_none() && !event.is_same && event.before.is_none_or(is_other);
        let is_alone = stage.copied.is_none() && stage.operation.is_none() && causes.specs().is_empty();
        if !is_set || !is_alone {
            return None;
        }
        let number = self.ways.told(way, stage.step).unwrap_or_else(|| {
            let number = Told::number(causes, at, event);
            self.ways.tell(way, stage.step, number);
            number
        })?;
        let is_itself = causes.told.borrow().heads[number].0 == Mark::of_node(&stage.tree, after);
        (!is_itself).then_some(Plain::Set(number))
    }

    fn push_plain(&mut self, at: At, known: &Known) {
        let (causes, history) = (self.causes, at.history);
        let events = at.path.last().map_or(&[][..], |branch| &branch.events);
        for (number, (change, event)) in self.room.plain.iter().zip(events).enumerate() {
            if number > 0 {
                self.out.push(',');
            }
            match *change {
                Plain::Set(number) => self.out.push_str(&causes.told.borrow().heads[number].1),
                Plain::Read(node) => {
                    let step = self.reading.map_or(history.stages[0].step, |reading| reading.step);
                    push_step(causes, step, None, self.out);
                    self.out.push_str(",\"place\":");
                    causes.texts.push_place_of(&history.stages[0].tree, node, self.out);
                }
            }
            push_value(history, ",\"before\":", event.before, &None, self.out);
            let after = event.after.map(|node| (event.stage, node));
            let is_last = number + 1 == events.len();
            push_value(history, ",\"after\":", after, if is_last { known } else { &None }, self.out);
            self.out.push('}');
        }
    }
}

/// A text as it stands inside of a JSON string.
fn json_text(text: &str) -> String {
    let mut json = String::new();
    push_json_text(&mut json, text);
    json
}

/// Keys as they stand in a JSON list.
fn json_keys(keys: &[Step]) -> String {
    let mut json = String::new();
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        match *key {
            Step::Field(name) => push_json_string(&mut json, name),
            Step::Item(Some(index)) => push_number(index, &mut json),
            Step::Item(None) => json.push_str("null"),
        }
    }
    json
}

/// The text that an event came to.
fn stage_text<'h>(history: &'h History, event: &Event) -> &'h str {
    event.after.map_or("", |node| history.stages[event.stage].tree.text(node))
}

/// How a change is told that is told like many others.
#[derive(Clone, Copy)]
enum Plain {
    /// The value was read with the resource, as this node.
    Read(NodeId),
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
    /// The ways to values.
    ways: Ways,
    room: Room,
}

impl Told {
    /// The number of what is told of a change by such a setting; `None` for others.
    fn number(causes: &Causes, at: At, event: &Event) -> Option<usize> {
        let step = at.history.stages[event.stage].step;
        if !depend_on_field(&causes.record.steps[step]) {
            return None;
        }
        let field = at.path.last()?.key.as_deref()?;
        let known = causes.told.borrow().numbers.get(step).and_then(|fields| fields.get(field)).copied();
        known.unwrap_or_else(|| {
            let (marks, _) = causes.setting(at, event, &at.fields());
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
    if number < 10 {
        return out.push(char::from(b'0' + number as u8));
    }
    if number > 99 {
        push_number(number / 100, out);
    }
    let at = number % 100 * 2;
    out.push_str(&PAIRS[at..at + 2]);
}

/// The numbers from 0 to 99, of two digits each.
const PAIRS: &str = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748\
                     495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
