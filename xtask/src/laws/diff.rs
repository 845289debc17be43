//! `diff` of generated trees with themselves, with each other, and with copies of them in which one thing is changed.

mod brute;
mod claims;
mod plants;

use anyhow::{Context, Result, ensure};
use rustomize::diff::{Change, Mask, ObjectDiff, ObjectId, Side, Status, Value as Found, compare, name_causes};
use rustomize::{BuildOptions, LoadRestrictor, Session};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::each_tree;
use crate::trees::Tree;
use brute::{Held, Object};
use plants::{MARK, PLANTS, Plant, without_notes};

/// A run over so many trees plants everything somewhere.
const MANY: usize = 20;

/// What a run has tried.
#[derive(Default)]
struct Tried {
    builds: usize,
    planted: BTreeMap<&'static str, usize>,
    held: Held,
    causes: usize,
    reversed: usize,
}

/// Compares generated trees with themselves, with each other, and with copies of them in which one thing is changed. What
/// was tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let mut tried = Tried::default();
    let mut last: Option<Built> = None;
    let is_run = numbers.len() > MANY;
    let mut next = numbers.clone();
    let mut complaints = Vec::new();
    each_tree(seed, numbers, |tree, place| {
        let number = next.next().unwrap_or_default();
        let looked = tried.look(&without_notes(tree), &place.with_file_name("noteless"));
        let compared = looked.and_then(|built| {
            if let (Some(before), Some(after)) = (&last, &built) {
                tried.reverse(before, after)?;
            }
            last = built.or(last.take());
            Ok(())
        });
        complaints.extend(compared.err().map(|error| format!("tree {number}: {error:#}")));
        Ok(())
    })?;
    ensure!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    let times = |kind: &'static str| tried.planted.get(kind).copied().unwrap_or(0);
    let planted: Vec<String> =
        PLANTS.iter().map(|plant| format!("{} times {}", times(plant.kind), plant.kind)).collect();
    let Tried { builds, held, causes, reversed, .. } = &tried;
    let Held { objects, planted: fields, others, references } = held;
    let all = PLANTS.iter().all(|plant| times(plant.kind) > 0)
        && [fields, references, causes, reversed].iter().all(|count| **count > 0);
    ensure!(!is_run || all, "too little was tried: {builds} builds; planted: {}", planted.join(", "));
    Ok(format!(
        "{builds} builds are like copies of them; planted: {}; told of just what differs in {objects} objects: {fields} \
         fields with what was planted, {others} that the build makes otherwise with it, {references} references that \
         follow; {causes} causes are lines with what was planted; {reversed} pairs compared both ways",
        planted.join(", ")
    ))
}

/// A side with its text.
struct Built {
    side: Side,
    objects: Vec<Object>,
}

impl Tried {
    /// Compares a tree with copies of it.
    fn look(&mut self, tree: &Tree, place: &Path) -> Result<Option<Built>> {
        let session = Session::default();
        let mask = Mask::random()?;
        let mut options = BuildOptions::default();
        if tree.call.load_anything {
            options.load_restrictor = LoadRestrictor::None;
        }
        let build = |tree: &Tree, place: &Path, layer: &str| -> Result<Option<Built>> {
            tree.write(place)?;
            let directory = place.join(layer);
            let directory = directory.to_string_lossy();
            let Ok(output) = session.build(&options, &directory) else { return Ok(None) };
            let side = rustomize::diff::Built::of(&session, &options, &directory)?.side(&mask)?;
            Ok(Some(Built { side, objects: brute::objects(output.yaml())? }))
        };
        let Some(before) = build(tree, place, "overlay")? else { return Ok(None) };
        self.builds += 1;
        // A session reads each file once, so each copy has a place of its own.
        let copy = build(tree, &place.with_file_name("copy"), "overlay")?.context("a copy does not build")?;
        ensure!(compare(&session, &before.side, &copy.side).is_empty(), "a build differs from a copy");
        for plant in PLANTS {
            let Some(planted) = (plant.plant)(tree) else { continue };
            let Some(after) = build(&planted, &place.with_file_name(plant.kind), "overlay")? else { continue };
            let mut found = compare(&session, &before.side, &after.side);
            let held = brute::hold(&before.objects, &after.objects, &found, plant.mark)
                .with_context(|| found.iter().map(shown).collect::<String>())
                .with_context(|| format!("{} is planted", plant.kind))?;
            self.count(plant.kind, &held);
            self.reverse(&before, &after)?;
            name_causes(&session, &options, (&before.side, &after.side), &mut found);
            self.look_at_causes(plant, &found).with_context(|| format!("{} is planted", plant.kind))?;
        }
        let base = place.with_file_name("base of");
        if let Some(base) = build(tree, &base, "base")? {
            self.reverse(&base, &before)?;
        }
        Ok(Some(before))
    }

    fn count(&mut self, kind: &'static str, held: &Held) {
        // What nobody can see was not planted.
        *self.planted.entry(kind).or_default() += usize::from(held.objects > 0);
        self.held.objects += held.objects;
        self.held.planted += held.planted;
        self.held.others += held.others;
        self.held.references += held.references;
    }

    /// What was planted is in the line that is said to cause it: for each field, but for what follows names; and for each
    /// name.
    fn look_at_causes(&mut self, plant: Plant, found: &[ObjectDiff]) -> Result<()> {
        for object in found {
            let marked = object.changes.iter().filter(|change| json(&change.after).contains(MARK));
            let changes = marked.filter(|_| !plant.renames).map(|change| (change.path.to_string(), &change.cause));
            // A replacement may have made the name of something that came out otherwise.
            let name = |id: &Option<ObjectId>| id.as_ref().map(|id| id.name.clone()).unwrap_or_default();
            let (before, after) = (name(&object.before), name(&object.after));
            let is_planted = before == after || after.contains(MARK);
            let is_renamed = plant.renames && object.status == Status::Renamed && is_planted;
            for (path, cause) in changes.chain(is_renamed.then(|| ("its name".to_owned(), &object.place))) {
                let cause = cause.as_ref().with_context(|| format!("no cause: {}", shown(object)))?;
                let text = fs::read_to_string(&cause.file).with_context(|| cause.to_string())?;
                let line = text.lines().nth(cause.line as usize - 1).unwrap_or_default();
                ensure!(
                    line.to_lowercase().contains(MARK),
                    "{cause}: {line}, the cause of {path} of\n{}",
                    shown(object)
                );
                self.causes += 1;
            }
        }
        Ok(())
    }

    /// The other way around, the same has to be said with both sides exchanged.
    fn reverse(&mut self, before: &Built, after: &Built) -> Result<()> {
        self.reversed += 1;
        let session = Session::default();
        let forth = compare(&session, &before.side, &after.side);
        let back: Vec<ObjectDiff> = compare(&session, &after.side, &before.side).into_iter().map(reversed).collect();
        for (one, other) in forth.iter().zip(&back) {
            ensure!(shown(one) == shown(other), "forth:\n{}back, reversed:\n{}", shown(one), shown(other));
        }
        ensure!(forth.len() == back.len(), "{} objects forth, {} back", forth.len(), back.len());
        Ok(())
    }
}

fn reversed(object: ObjectDiff) -> ObjectDiff {
    let status = match object.status {
        Status::Added => Status::Removed,
        Status::Removed => Status::Added,
        status => status,
    };
    let changes = object.changes.into_iter().map(|change| Change {
        path: change.path.reversed(),
        before: change.after,
        after: change.before,
        ..change
    });
    let changes = changes.collect();
    let references = object.references.into_iter().map(|(id, path)| (id, path.reversed())).collect();
    let numbers = (object.numbers.1, object.numbers.0);
    ObjectDiff { status, before: object.after, after: object.before, numbers, changes, references, ..object }
}

/// All that is said of an object, but for the places and the names of those that follow.
fn shown(object: &ObjectDiff) -> String {
    let id = |id: &Option<ObjectId>| id.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let mut text = format!("{:?} {} -> {}\n", object.status, id(&object.before), id(&object.after));
    for change in &object.changes {
        let _ = writeln!(text, "  {}: {} -> {}", change.path, json(&change.before), json(&change.after));
    }
    let mut references: Vec<String> =
        object.references.iter().map(|(id, path)| format!("  {} follows at {path}\n", id.kind)).collect();
    references.sort();
    text.extend(references);
    text
}

fn json(value: &Option<Found>) -> String {
    value.as_ref().map_or("nothing".to_owned(), |value| value.to_json().to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn diff_tells_what_was_planted_and_nothing_else() {
        let tried = super::hold(6, 0..50).unwrap_or_else(|error| panic!("{error:#}"));
        println!("{tried}");
    }
}
