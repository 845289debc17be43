//! Where values come from that a step took from somewhere else: names that are followed, vars, copies.

use rustomize_yaml::{NodeId, Tree};

use super::causes::{At, Cause, Causes, Marks, joined};
use super::history::{Branch, Event, History};
use super::journal::Trace;
use crate::refs::names_of_vars;

/// A value that follows one that follows one and so on, so far and no further.
const DEEPEST: usize = 12;

impl Causes<'_> {
    /// The name that a reference follows.
    pub fn followed(&self, at: At, event: &Event, step: usize, keys: &[&str]) -> Option<Cause> {
        let (node, tree) = (event.after?, &at.history.stages[event.stage].tree);
        let field = if keys.last() == Some(&"namespace") { "namespace" } else { "name" };
        let is_it = |other: NodeId| other == node || tree.get(other, field) == Some(node);
        let all = self.record.followed.get(&at.trace)?.iter().rev();
        let target = all.filter(|one| one.step == step).find(|one| is_it(one.node))?.target;
        match self.names.borrow().get(&(target, field, step)) {
            Some(known) => known.clone(),
            None => self.of_name(target, field, step),
        }
    }

    /// What made the name, or the namespace, of a resource what it was when a step began.
    fn of_name(&self, target: usize, field: &'static str, step: usize) -> Option<Cause> {
        self.of_source(target, Wanted::Fields(&["metadata", field]), Until { step, moment: 0, stage: 0 })
    }

    /// Forgets the history of a resource of which all is told but to those that follow its name.
    pub fn forget(&self, trace: usize) {
        let Trace { is_source, ref followed, .. } = self.record.traces[trace];
        if is_source {
            return;
        }
        for &step in followed {
            for field in ["name", "namespace"] {
                let cause = self.of_name(trace, field, step);
                self.names.borrow_mut().insert((trace, field, step), cause);
            }
        }
        self.histories.borrow_mut().remove(&trace);
    }

    /// The values of the vars in a text.
    pub fn vars(&self, at: At, event: &Event, step: usize, marks: Marks) -> Cause {
        let before = event.before.map(|(stage, node)| at.history.stages[stage].tree.text(node)).unwrap_or_default();
        let names = names_of_vars(before);
        let used = self.record.vars.iter().filter(|var| names.contains(&var.name));
        let mut result: Option<Cause> = None;
        for var in used {
            let source = var.from.and_then(|(trace, node)| {
                self.of_source(trace, Wanted::Node(node), Until { step, moment: 0, stage: 0 })
            });
            let cause = joined(source, [var.declared]);
            result = Some(match result {
                Some(first) => joined(Some(first), [cause.main].into_iter().chain(cause.also)),
                None => cause,
            });
        }
        // Where no var has its turn, what was written as `$$(NAME)` has become `$(NAME)`.
        joined(result.or_else(|| self.made_before(at, event)), marks)
    }

    /// What made the value, or the part of a value, that a replacement has copied.
    pub fn of_copy(&self, at: At, event: &Event, (trace, node): (usize, NodeId)) -> Option<Cause> {
        let stage = &at.history.stages[event.stage];
        let until = Until { step: stage.step, moment: stage.moment, stage: 0 };
        let copy = stage.tree.text(event.after?);
        let history = self.history(trace);
        let path = Wanted::Node(node).find(&history, until)?;
        if !path.last()?.children.is_empty() {
            let was_copied = |event: &Event| {
                until.is_after(&history, event.stage)
                    && event.after.is_some_and(|node| history.stages[event.stage].tree.text(node) == copy)
            };
            let stages = (until.last_stage(&history)?, event.stage);
            let inside = inside(path, at.path, stages, was_copied)?;
            return self.last_cause(At { trace, history: &history, path: &inside }, until);
        }
        let source = At { trace, history: &history, path: &path };
        let text = |(stage, node): (usize, NodeId)| history.stages[stage].tree.text(node);
        let mut known = path.last()?.events.iter().rev().filter(|event| until.is_after(&history, event.stage));
        let whole = known.find_map(|event| event.after.map(|node| text((event.stage, node)))).unwrap_or_default();
        // What is made on the way to the place of the copy, such as the name by which a path finds an item, is no copy.
        if event.before.is_none() && !copy.contains(whole) && !whole.contains(copy) {
            return None;
        }
        let brought = || {
            let before = event.before.map_or("", |(stage, node)| at.history.stages[stage].tree.text(node));
            self.of_part(source, brought(whole, before, copy)?, until)
        };
        self.of_part(source, copy, until).or_else(brought).or_else(|| self.last_cause(source, until))
    }

    /// What brought a part of a text.
    fn of_part(&self, at: At, part: &str, until: Until) -> Option<Cause> {
        let text = |(stage, node): (usize, NodeId)| at.history.stages[stage].tree.text(node);
        let known = at.path.last()?.events.iter().rev().filter(|event| until.is_after(at.history, event.stage));
        let mut bringing = known.filter(|event| {
            let after = event.after.map_or("", |node| text((event.stage, node)));
            let before = event.before.map_or("", text);
            // What is read anew as a whole owes nothing to what was there.
            let is_new = after == part || !before.contains(part) || self.own_place(at, event).is_some();
            after.contains(part) && is_new
        });
        if part.is_empty() { None } else { bringing.find_map(|event| self.cause_of_part(at, event, part)) }
    }

    /// The cause of a change that brought a part of a text. What was copied itself leads on to who brought the part there.
    fn cause_of_part(&self, at: At, event: &Event, part: &str) -> Option<Cause> {
        let stage = &at.history.stages[event.stage];
        let further = || {
            let copied = stage.copied.as_ref()?;
            let (trace, node) = copied.from?;
            let until = Until { step: stage.step, moment: stage.moment, stage: 0 };
            let history = self.history(trace);
            let path = Wanted::Node(node).find(&history, until)?;
            let source = self.of_part(At { trace, history: &history, path: &path }, part, until)?;
            Some(joined(Some(source), copied.settings.iter().copied()))
        };
        further().or_else(|| self.cause(at, event))
    }

    /// What made the value that an operation of a JSON patch has moved or copied.
    pub fn of_moved(&self, at: At, event: &Event) -> Option<Cause> {
        let [before, stage] = [event.stage.checked_sub(1)?, event.stage].map(|number| &at.history.stages[number]);
        let (from, to) = stage.moved?;
        let node = counterpart((&stage.tree, to), (&before.tree, from), event.after?)?;
        let until = Until { step: stage.step, moment: stage.moment, stage: event.stage };
        self.of_source(at.trace, Wanted::Node(node), until)
    }

    /// What made a value what it was at a moment.
    fn of_source(&self, trace: usize, wanted: Wanted, until: Until) -> Option<Cause> {
        if self.depth.get() >= DEEPEST {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let history = self.history(trace);
        let path = wanted.find(&history, until);
        let cause = path.and_then(|path| self.last_cause(At { trace, history: &history, path: &path }, until));
        self.depth.set(self.depth.get() - 1);
        cause
    }

    /// The cause of the last change before a moment.
    fn last_cause(&self, at: At, until: Until) -> Option<Cause> {
        let all = at.path.last()?.events.iter().rev().filter(|event| until.is_after(at.history, event.stage));
        let mut also = Marks::new();
        for event in all {
            let Some(cause) = self.cause(at, event) else { continue };
            if !is_copy_of_signs(at.history, event) {
                return Some(joined(Some(cause), also));
            }
            also.extend([cause.main].into_iter().chain(cause.also));
        }
        self.some_leaf(at, until).or_else(|| Some(joined(None, also))).filter(|cause| cause.main.is_some())
    }

    /// The cause of the first value inside of a collection.
    fn some_leaf(&self, at: At, until: Until) -> Option<Cause> {
        let mut path = at.path.to_vec();
        while let Some(child) = path.last()?.children.first() {
            path.push(child);
        }
        let at = At { path: &path, ..at };
        let all = path.last()?.events.iter().rev().filter(|event| until.is_after(at.history, event.stage));
        all.filter_map(|event| self.cause(at, event)).next()
    }
}

/// Whether a copied value put nothing but signs into a text, as an empty one does between delimiters: its letters are owed
/// to who wrote it before.
fn is_copy_of_signs(history: &History, event: &Event) -> bool {
    let text = |(stage, node): (usize, NodeId)| history.stages[stage].tree.text(node);
    let Some((before, after)) = event.before.zip(event.after) else { return false };
    let letters = |text: &'_ str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    history.stages[event.stage].copied.is_some() && letters(text(before)) == letters(text((event.stage, after)))
}

/// The longest part of a text that has come into another one, in which it was not before. Only what is short is looked
/// through, as names are.
fn brought<'s>(source: &'s str, before: &str, after: &str) -> Option<&'s str> {
    const LONGEST: usize = 100;
    if source.len() > LONGEST {
        return None;
    }
    let lengths = (1..=source.len()).rev();
    let mut parts =
        lengths.flat_map(|length| (0..=source.len() - length).filter_map(move |at| source.get(at..at + length)));
    parts.find(|part| after.contains(part) && !before.contains(part))
}

/// A moment: what came before it counts.
#[derive(Clone, Copy)]
struct Until {
    step: usize,
    /// In the step; 0 for its beginning.
    moment: usize,
    /// At the moment, of the history of the resource itself: a JSON patch has several.
    stage: usize,
}

impl Until {
    /// Whether it comes after a stage of a history.
    fn is_after(self, history: &History, number: usize) -> bool {
        let stage = &history.stages[number];
        (stage.step, stage.moment, number) < (self.step, self.moment, self.stage)
    }

    /// The last stage of a history that it comes after.
    fn last_stage(self, history: &History) -> Option<usize> {
        (0..history.stages.len()).rfind(|&number| self.is_after(history, number))
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
                let stage = until.last_stage(history)?;
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

/// The way to the value inside of a copied collection that was copied to the end of another way. The stages of both are
/// those at which it was copied.
fn inside<'h>(
    from: Vec<&'h Branch>,
    copy: &[&Branch],
    stages: (usize, usize),
    was_copied: impl Fn(&Event) -> bool,
) -> Option<Vec<&'h Branch>> {
    let starts = (1..copy.len()).rev();
    let mut ways = starts.filter_map(|start| below(from.clone(), &copy[start - 1..], stages));
    ways.find(|way| way.last().is_some_and(|end| end.is_value() && end.events.iter().any(&was_copied)))
}

/// Goes on from the end of a way as another way does from its start. Items are where they were at the stages of both:
/// others may have come between them since.
fn below<'h>(
    mut way: Vec<&'h Branch>,
    other: &[&Branch],
    (stage, other_stage): (usize, usize),
) -> Option<Vec<&'h Branch>> {
    for pair in other.windows(2) {
        let here = way.last()?;
        let next = match &pair[1].key {
            Some(key) => here.children.iter().chain(&here.gone).find(|child| child.key.as_ref() == Some(key))?,
            None => {
                let mut others = pair[0].children.iter().filter(|child| child.was_there(other_stage));
                let index = others.position(|child| std::ptr::eq(child, pair[1]))?;
                here.children.iter().filter(|child| child.was_there(stage)).nth(index)?
            }
        };
        way.push(next);
    }
    Some(way)
}

/// The node below `from` that stands where `node` does below its copy.
fn counterpart(copy: (&Tree, NodeId), from: (&Tree, NodeId), node: NodeId) -> Option<NodeId> {
    if copy.1 == node {
        return Some(from.1);
    }
    let mut pairs = copy.0.items(copy.1).zip(from.0.items(from.1));
    pairs.find_map(|(copied, original)| counterpart((copy.0, copied), (from.0, original), node))
}
