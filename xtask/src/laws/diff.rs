use anyhow::{Context, Result, ensure};
use rustomize::diff::{Change, Mask, ObjectDiff, Side, Status, Value as Found, compare};
use rustomize::{BuildOptions, Session};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::each_tree;
use crate::trees::value::{Docs, Value, list, map};
use crate::trees::{Body, Tree};

/// What is planted, so that it is known again wherever it turns up.
const MARK: &str = "planted";

/// A run over so many trees plants everything somewhere.
const MANY: usize = 20;

/// What a run has tried.
#[derive(Default)]
struct Tried {
    builds: usize,
    planted: BTreeMap<&'static str, usize>,
    objects: usize,
    references: usize,
    reversed: usize,
    /// Objects in which something else came with what was planted: a null that a patch drops, a value that follows.
    others: usize,
}

/// Compares generated trees with themselves, with each other, and with copies of them in which one thing is changed. What
/// was tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let mut tried = Tried::default();
    let mut last: Option<Vec<Built>> = None;
    let last_number = numbers.len();
    each_tree(seed, numbers, |tree, place| {
        let built = tried.look(&without_notes(tree), &place.with_file_name("noteless"))?;
        if let (Some(before), Some(after)) = (last.iter().flatten().last(), built.last()) {
            tried.reverse(before, after)?;
        }
        last = Some(built);
        Ok(())
    })?;
    let planted: Vec<String> = tried.planted.iter().map(|(kind, count)| format!("{count} times {kind}")).collect();
    let Tried { builds, objects, references, reversed, others, .. } = tried;
    let is_run = last_number > MANY;
    ensure!(
        !is_run || (tried.planted.len() == PLANTS.len() && references > 0 && reversed > 0),
        "too little was tried: {builds} builds, {planted:?}"
    );
    ensure!(others * 50 <= objects, "{others} of {objects} objects say something else too");
    Ok(format!(
        "{builds} builds are like themselves; planted: {}; seen in {objects} objects, {others} of which say something \
         else that has changed too, {references} references followed; {reversed} pairs compared both ways",
        planted.join(", ")
    ))
}

/// A kind of place where something can be changed, and the tree with the change; `None` where there is no such place.
type Plant = (&'static str, fn(&Tree) -> Option<Tree>);

const PLANTS: [Plant; 7] = [
    ("a field of a base", in_base),
    ("a patch", in_patch),
    ("an image", in_image),
    ("a literal", in_literal),
    ("a label", |tree| in_overlay(tree, "labels", map! { "pairs" => map! { MARK => MARK } })),
    ("a selecting label", |tree| {
        in_overlay(tree, "labels", map! { "pairs" => map! { MARK => MARK }, "includeSelectors" => true })
    }),
    ("a prefix", in_prefix),
];

/// A side with its text.
struct Built {
    side: Side,
    text: String,
}

impl Tried {
    fn look(&mut self, tree: &Tree, place: &Path) -> Result<Vec<Built>> {
        let session = Session::default();
        let mask = Mask::random()?;
        let build = |place: &Path| {
            let directory = place.join("overlay");
            let directory = directory.to_string_lossy();
            let text = session.build(&BuildOptions::default(), &directory).ok()?.yaml().to_owned();
            Some(Built { side: Side::built(&session, &BuildOptions::default(), &directory, &mask).ok()?, text })
        };
        tree.write(place)?;
        let Some(before) = build(place) else { return Ok(Vec::new()) };
        self.builds += 1;
        ensure!(compare(&session, &before.side, &before.side).is_empty(), "a build differs from itself");
        for (kind, plant) in PLANTS {
            // A session reads each file once, so each copy has a place of its own.
            let copy = place.with_file_name(kind);
            let Some(planted) = plant(tree) else { continue };
            planted.write(&copy)?;
            let Some(after) = build(&copy) else { continue };
            *self.planted.entry(kind).or_default() += 1;
            let found = compare(&session, &before.side, &after.side);
            self.judge(kind, &before, &after, &found).with_context(|| format!("{kind} is planted"))?;
            self.reverse(&before, &after)?;
        }
        let base = place.join("base");
        if let Ok(base) = Side::built(&session, &BuildOptions::default(), &base.to_string_lossy(), &mask) {
            self.reverse(&Built { side: base, text: String::new() }, &before)?;
        }
        Ok(vec![before])
    }

    /// What is reported has to be what was planted; and where anything differs, something has to be reported.
    fn judge(&mut self, kind: &str, before: &Built, after: &Built, found: &[ObjectDiff]) -> Result<()> {
        ensure!((before.text != after.text) != found.is_empty(), "{} objects for different texts", found.len());
        for object in found {
            self.objects += 1;
            self.references += object.references.len();
            let is_renamed = object.status == Status::Renamed;
            if kind == "a prefix" && matches!(object.status, Status::Added | Status::Removed) {
                // A step that writes into names leaves no note of the one before.
                self.others += 1;
                continue;
            }
            ensure!(is_renamed || object.status == Status::Changed, "{}", shown(object));
            // A patch that renames what it finds may find it in another place.
            let mut is_other = is_renamed && kind != "a prefix";
            for change in &object.changes {
                let json =
                    |value: &Option<Found>| value.as_ref().map_or(String::new(), |value| value.to_json().to_string());
                let is_planted = json(&change.after).contains(MARK) && !json(&change.before).contains(MARK);
                let is_hidden = json(&change.after).contains("<hidden ");
                // A patch has the labels that it passes by printed as strings.
                let text = |value: &Option<Found>| value.as_ref().and_then(Found::text);
                let is_retyped = kind == "a patch" && text(&change.before) == text(&change.after);
                if is_planted || is_hidden || is_retyped {
                    continue;
                }
                let sides = [&change.before, &change.after];
                let is_real = sides.iter().any(|value| times(&before.text, value) != times(&after.text, value));
                ensure!(is_real, "{}", shown(object));
                is_other = true;
            }
            self.others += usize::from(is_other);
        }
        let differing = differing(&before.text, &after.text);
        let seen = found.len() + found.iter().map(|object| object.references.len()).sum::<usize>();
        ensure!(seen >= differing, "{seen} objects and references for {differing} that differ");
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

/// How often a text has a value in it.
fn times(text: &str, value: &Option<Found>) -> usize {
    let Some(value) = value else { return 0 };
    let shown = value.text().map_or_else(|| value.to_json().to_string(), |text| text.to_string());
    // Blocks are indented.
    let [text, shown] = [text, &shown].map(|text| text.split_whitespace().collect::<String>());
    text.matches(&shown).count()
}

/// How many resources of two texts differ.
fn differing(before: &str, after: &str) -> usize {
    let [old, new] = [before, after].map(|text| text.split("\n---\n").collect::<Vec<_>>());
    new.iter().filter(|text| !old.contains(text)).count()
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
    ObjectDiff { status, before: object.after, after: object.before, changes, references, ..object }
}

/// The tree without `buildMetadata`, by which each change would be noted at all resources.
fn without_notes(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    if let Some(overlay) = kustomization(&mut tree, "overlay").filter(|overlay| overlay.get("buildMetadata").is_some())
    {
        overlay.set("buildMetadata", list![]);
    }
    tree
}

/// All that is said of an object, but for the places and the names of those that follow.
fn shown(object: &ObjectDiff) -> String {
    let id = |id: &Option<rustomize::diff::ObjectId>| id.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let mut text = format!("{:?} {} -> {}\n", object.status, id(&object.before), id(&object.after));
    let json = |value: &Option<Found>| value.as_ref().map_or("nothing".to_owned(), |value| value.to_json().to_string());
    for change in &object.changes {
        let _ = writeln!(text, "  {}: {} -> {}", change.path, json(&change.before), json(&change.after));
    }
    let mut references: Vec<String> =
        object.references.iter().map(|(id, path)| format!("  {} follows at {path}\n", id.kind)).collect();
    references.sort();
    text.extend(references);
    text
}

/// The kustomization of a layer.
fn kustomization<'a>(tree: &'a mut Tree, layer: &str) -> Option<&'a mut Value> {
    let is_kustomization = |path: &str| {
        let name = path.strip_prefix(layer).and_then(|rest| rest.strip_prefix('/'));
        name.is_some_and(|name| ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name))
    };
    let path: PathBuf = tree.files.keys().find(|path| is_kustomization(path))?.into();
    docs(tree, path.to_str()?)?.docs.first_mut()
}

fn docs<'a>(tree: &'a mut Tree, path: &str) -> Option<&'a mut Docs> {
    match &mut tree.files.get_mut(path)?.body {
        Body::Yaml(docs) => Some(docs),
        Body::Bytes(_) | Body::Link(_) => None,
    }
}

/// Adds an item to a list of the overlay.
fn in_overlay(tree: &Tree, field: &str, item: Value) -> Option<Tree> {
    let mut tree = tree.clone();
    let overlay = kustomization(&mut tree, "overlay")?;
    if overlay.get(field).is_none() {
        overlay.set(field, list![]);
    }
    overlay.get_mut(field)?.push(item);
    Some(tree)
}

/// An annotation of the first resource of a base.
fn in_base(tree: &Tree) -> Option<Tree> {
    let mut tree = tree.clone();
    let listed: Vec<String> = kustomization(&mut tree, "base")?
        .get("resources")?
        .items()
        .iter()
        .filter_map(Value::text)
        .map(|path| format!("base/{path}"))
        .collect();
    for path in listed {
        let Some(docs) = docs(&mut tree, &path) else { continue };
        let Some(first) = docs.docs.first_mut().filter(|doc| doc.get("items").is_none()) else { continue };
        let Some(metadata) = first.get_mut("metadata") else { continue };
        if let Value::Map(_) = metadata.map_at("annotations") {
            metadata.map_at("annotations").set(MARK, MARK);
            return Some(tree);
        }
    }
    None
}

/// A patch that annotates what is of some kinds: those without lists, from which a patch takes what is there twice.
fn in_patch(tree: &Tree) -> Option<Tree> {
    let patch = "{apiVersion: v1, kind: any, metadata: {name: any, annotations: {planted: planted}}}";
    in_overlay(
        tree,
        "patches",
        map! { "patch" => patch, "target" => map! { "kind" => "ConfigMap|Service|Namespace|ServiceAccount" } },
    )
}

/// Another tag for the image of the first container of the tree that has one.
fn in_image(tree: &Tree) -> Option<Tree> {
    let image = tree.files.values().find_map(|file| match &file.body {
        Body::Yaml(docs) => docs.docs.iter().find_map(image),
        Body::Bytes(_) | Body::Link(_) => None,
    })?;
    let name = image.split([':', '@']).next().unwrap_or(&image).to_owned();
    in_overlay(tree, "images", map! { "name" => name, "newTag" => MARK })
}

fn image(value: &Value) -> Option<String> {
    if let Some(image) = value.get("image").and_then(Value::text) {
        return Some(image.to_owned());
    }
    let below = value.entries().iter().map(|(_, value)| value).chain(value.items());
    below.into_iter().find_map(image)
}

/// A literal more in the first generator of ConfigMaps that has any.
fn in_literal(tree: &Tree) -> Option<Tree> {
    let mut tree = tree.clone();
    for layer in ["overlay", "mid", "base"] {
        let Some(kustomization) = kustomization(&mut tree, layer) else { continue };
        let Some(generators) = kustomization.get_mut("configMapGenerator") else { continue };
        let Value::List(generators) = generators.bare_mut() else { continue };
        let with_literals = generators.iter_mut().find_map(|generator| generator.get_mut("literals"));
        if let Some(literals) = with_literals {
            literals.push("PLANTED=planted");
            return Some(tree);
        }
    }
    None
}

/// Another prefix.
fn in_prefix(tree: &Tree) -> Option<Tree> {
    let mut tree = tree.clone();
    kustomization(&mut tree, "overlay")?.set("namePrefix", "planted-");
    Some(tree)
}

#[cfg(test)]
mod tests {
    #[test]
    fn diff_tells_what_was_planted_and_nothing_else() {
        let tried = super::hold(6, 0..50).unwrap_or_else(|error| panic!("{error:#}"));
        println!("{tried}");
    }
}
