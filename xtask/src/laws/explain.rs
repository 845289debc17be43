//! What `explain` says is true, and cannot be fooled.

mod change;
mod told;

use anyhow::{Result, ensure};
use rustomize::explain::{Change, Explanation, Key, Place, ResourceHistory, ValueHistory};
use rustomize::{BuildOptions, Session};
use rustomize_yaml::{Kind, NodeId, Source, Tree, read_resources, to_json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{each_tree, example, files_below};
use change::Text;

/// What a run has tried.
#[derive(Default)]
struct Tried {
    /// How many leaves, and how many lines that nothing names, are tried in each tree.
    tries: usize,
    leaves: usize,
    lines: usize,
    changed_leaves: usize,
    /// Of those, how often the build refuses the change.
    refused: usize,
    unnamed_lines: usize,
    /// Of those, how often the build refuses the change.
    refused_unnamed: usize,
    complaints: Vec<String>,
}

/// Walks all leaves of the example and of generated trees, then changes so many named and unnamed lines of each. What was
/// tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>, tries: usize) -> Result<String> {
    let mut tried = Tried { tries, ..Tried::default() };
    let place = tempfile::tempdir()?;
    let root = place.path().canonicalize()?;
    example(&root)?;
    for overlay in ["dev", "stage", "prod"] {
        tried.look(&root, &root.join("overlays").join(overlay), 0);
    }
    let mut next = numbers.clone();
    each_tree(seed, numbers, |_, root| {
        let known = tried.complaints.len();
        tried.look(root, &root.join("overlay"), seed);
        let number = next.next().unwrap_or_default();
        tried.complaints[known..].iter_mut().for_each(|one| *one = format!("tree {number}: {one}"));
        Ok(())
    })?;
    let Tried { tries: _, leaves, lines, changed_leaves, refused, unnamed_lines, refused_unnamed, complaints } = tried;
    let words = format!(
        "{leaves} leaves, {lines} lines named; {changed_leaves} named lines changed, {refused} of which the build refuses; \
         {unnamed_lines} lines changed that nothing names, {refused_unnamed} of which the build refuses"
    );
    let told = complaints.join("\n");
    ensure!(complaints.is_empty(), "{} complaints of {words}:\n{told}", complaints.len());
    ensure!(leaves > 0 && changed_leaves > refused && unnamed_lines > refused_unnamed, "too little was tried: {words}");
    Ok(words)
}

/// A leaf of the output with its history.
struct Leaf {
    resource: usize,
    value: ValueHistory,
    /// The value, or, for one in a list, all of the list: where a patch names an item too, it takes the place of one that
    /// is called otherwise now.
    around: Around,
}

type Around = Vec<(Vec<Key>, Option<String>)>;

/// The values at the keys, or in the innermost list around them.
fn around(values: &[ValueHistory], keys: &[Key]) -> Around {
    let end = keys.iter().rposition(|key| matches!(key, Key::Item(_))).unwrap_or(keys.len());
    let living = values.iter().filter(|value| value.value.is_some() && value.keys.starts_with(&keys[..end]));
    living.map(|value| (value.keys.clone(), value.value.clone())).collect()
}

impl Tried {
    fn look(&mut self, root: &Path, directory: &Path, seed: u64) {
        let session = Session::default();
        let directory = directory.to_string_lossy().into_owned();
        let Ok(built) = session.build(&BuildOptions::default(), &directory) else { return };
        let again = Session::default();
        let explanation = match again.explain(&BuildOptions::default(), &directory) {
            Ok(explanation) => explanation,
            Err(error) => return self.complaints.push(format!("{directory}: {error}")),
        };
        if explanation.output().yaml() != built.yaml() {
            return self.complaints.push(format!("{directory}: explaining changes the output"));
        }
        let resources = explanation.resources();
        let mut leaves = Vec::new();
        for resource in resources.iter().filter(|resource| resource.deleted.is_none()) {
            self.compare(&directory, &explanation, resource, &mut leaves);
        }
        let named = named_lines(&explanation, &resources);
        self.lines += named.values().map(BTreeSet::len).sum::<usize>();
        let mut choice = change::Choice::new(seed, &directory, leaves.len());
        for _ in 0..self.tries.min(leaves.len()) {
            let leaf = &leaves[choice.below(leaves.len())];
            self.change_named(&directory, &resources, leaf);
        }
        self.change_unnamed(root, &directory, &named, built.yaml(), &mut choice);
    }

    /// Each leaf of the text that is printed is the value that its last step left, and is held by the named line.
    fn compare(&mut self, at: &str, explanation: &Explanation, resource: &ResourceHistory, leaves: &mut Vec<Leaf>) {
        let (name, number) = (&resource.name, resource.number);
        let Some(text) = explanation.text(number) else {
            return self.complaints.push(format!("{at}: no text of {name}"));
        };
        let values = match explanation.values(number, "") {
            Ok(values) => values,
            Err(error) => return self.complaints.push(format!("{at}: {name}: {error}")),
        };
        let told = explanation.resource_json(number, "").unwrap_or_default();
        let difference = told::difference(&told, resource, &values);
        self.complaints.extend(difference.map(|difference| format!("{at}: {name}: as JSON, {difference}")));
        let mut rendered = rendered(text);
        for value in values.iter().filter(|value| value.value.is_some()) {
            let path = &value.path;
            let Some(printed) = rendered.remove(&format!("{:?}", value.keys)) else {
                self.complaints.push(format!("{at}: {name} {path}: not in the output"));
                continue;
            };
            let Some(last) = value.changes.last() else {
                self.complaints.push(format!("{at}: {name} {path}: no change"));
                continue;
            };
            // Whoever reads the output takes this character for the end of a line.
            let read = |value: &Option<String>| value.as_ref().map(|value| value.replace('\u{85}', " "));
            if read(&last.after).as_ref() != Some(&printed) || read(&value.value).as_ref() != Some(&printed) {
                let words = format!("{at}: {name} {path}: printed {printed}, said {:?}", last.after);
                self.complaints.push(words);
            }
            if let Err(reason) = holds(last, &printed) {
                self.complaints.push(format!("{at}: {name} {path} = {printed} by {}: {reason}", last.step));
            }
            self.leaves += 1;
            let around = around(&values, &value.keys);
            leaves.push(Leaf { resource: number, value: value.clone(), around });
        }
        for (path, value) in rendered {
            self.complaints.push(format!("{at}: {name}: nothing is said of {path} = {value}"));
        }
    }

    /// Changes the line that is named for a leaf: the leaf changes.
    fn change_named(&mut self, directory: &str, resources: &[ResourceHistory], leaf: &Leaf) {
        let Some(change) = leaf.value.changes.last() else { return };
        // Immutable is what either of two options says.
        if change.step == "generator" && leaf.value.path == "immutable" && change.also.len() > 1 {
            return;
        }
        let Some(place) = &change.place else { return };
        let path = absolute(&place.path);
        let Ok(bytes) = fs::read(&path) else { return };
        let text = Text::new(&bytes);
        // A replacement can take a part of what stands there: then one of the words counts, or what comes in between.
        let changed = match change.step.as_str() {
            "replacement" => text.with_changed_parts(place.line, place.column, place.end_line),
            _ => text.with_change(place.line, Some(place.column)).into_iter().collect(),
        };
        let outcomes = changed.into_iter().map(|changed| {
            let _ = fs::write(&path, changed);
            let outcome = value_after(directory, resources, leaf);
            let _ = fs::write(&path, &bytes);
            outcome
        });
        let Some(outcome) = outcomes.reduce(|one, other| if one.as_ref() == Some(&leaf.around) { other } else { one })
        else {
            return;
        };
        self.changed_leaves += 1;
        match outcome {
            None => self.refused += 1,
            Some(after) if after == leaf.around => {
                let name = resources.iter().find(|one| one.number == leaf.resource).map(|one| one.name.to_string());
                self.complaints.push(format!(
                    "{directory}: {} {} = {:?} stays when {place} ({}) changes",
                    name.unwrap_or_default(),
                    leaf.value.path,
                    leaf.value.value,
                    change.step
                ));
            }
            Some(_) => {}
        }
    }

    /// Changes lines that nothing names: the output stays.
    fn change_unnamed(
        &mut self,
        root: &Path,
        directory: &str,
        named: &BTreeMap<PathBuf, BTreeSet<u32>>,
        before: &str,
        choice: &mut change::Choice,
    ) {
        let mut candidates = Vec::new();
        for file in files_below(root).unwrap_or_default() {
            let Ok(bytes) = fs::read(&file) else { continue };
            let nothing = BTreeSet::new();
            // Configurations say where steps look: see `lines_with_values`.
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("config")) {
                continue;
            }
            // A file can be a link to another one.
            let file = file.canonicalize().unwrap_or(file);
            let lines = named.get(&file).unwrap_or(&nothing);
            let unnamed = Text::new(&bytes).lines_with_values().into_iter().filter(|line| !lines.contains(line));
            candidates.extend(unnamed.map(|line| (file.clone(), line)));
        }
        for _ in 0..self.tries.min(candidates.len()) {
            let (file, line) = &candidates[choice.below(candidates.len())];
            let Ok(bytes) = fs::read(file) else { continue };
            let Some(changed) = Text::new(&bytes).with_change(*line, None) else { continue };
            self.unnamed_lines += 1;
            let _ = fs::write(file, changed);
            let after = Session::default().build(&BuildOptions::default(), directory);
            let _ = fs::write(file, &bytes);
            let text = Text::new(&bytes).line(*line).trim_end().to_owned();
            match after {
                Ok(after) if after.yaml() == before => {}
                Ok(_) => {
                    self.complaints.push(format!("nothing names {}:{line} `{text}`, and it counts", file.display()))
                }
                // The kind of a kustomization, the target of a patch that changes nothing: no value comes out otherwise.
                Err(_) => self.refused_unnamed += 1,
            }
        }
    }
}

/// What a leaf, or the list around it, has become by a change: `None` when nothing builds any more.
fn value_after(directory: &str, resources: &[ResourceHistory], leaf: &Leaf) -> Option<Around> {
    let session = Session::default();
    let explanation = session.explain(&BuildOptions::default(), directory).ok()?;
    let before = resources.iter().find(|one| one.number == leaf.resource)?;
    let after = explanation.resources();
    let found = after.iter().find(|one| one.origin == before.origin && one.deleted.is_none());
    let values = found.and_then(|found| explanation.values(found.number, "").ok()).unwrap_or_default();
    Some(around(&values, &leaf.value.keys))
}

/// The leaves of a text, by the way that leads to them.
fn rendered(text: &str) -> BTreeMap<String, String> {
    let source = Arc::new(Source::new(Default::default(), "", text));
    let mut leaves = BTreeMap::new();
    for tree in read_resources(&source).unwrap_or_default() {
        collect(&tree, tree.root(), &mut Vec::new(), &mut leaves);
    }
    leaves
}

fn collect(tree: &Tree, node: NodeId, keys: &mut Vec<Key>, leaves: &mut BTreeMap<String, String>) {
    if tree.is_empty(node) {
        let mut value = String::new();
        let _ = to_json(tree, node, &mut value);
        leaves.insert(format!("{keys:?}"), value);
    } else if tree.kind(node) == Kind::Mapping {
        for (key, value) in tree.entries(node) {
            keys.push(Key::Field(tree.text(key).to_owned()));
            collect(tree, value, keys, leaves);
            keys.pop();
        }
    } else {
        for (index, item) in tree.items(node).enumerate() {
            keys.push(Key::Item(Some(index)));
            collect(tree, item, keys, leaves);
            keys.pop();
        }
    }
}

/// Whether the named lines hold a value, or a part that a setting puts into it.
fn holds(change: &Change, printed: &str) -> std::result::Result<(), String> {
    let Some(place) = &change.place else { return Err("no place".to_owned()) };
    let bytes = fs::read(absolute(&place.path)).map_err(|error| format!("{place}: {error}"))?;
    let text = Text::new(&bytes);
    if bytes.is_empty() || bytes == "\u{feff}".as_bytes() {
        return Ok(());
    }
    let written = text.value_at(place.line, place.column, place.end_line);
    let written = written.ok_or_else(|| format!("there is nothing at {place}"))?;
    // Binary values are printed as what they hold, and a delimiter cuts parts out of a text.
    let is_binary = text.line(place.line).contains("!!binary");
    let is_part =
        matches!(change.step.as_str(), "replacement" | "reference") && change::share_a_word(&written, printed);
    if change::agree(&written, printed) || is_made(change) || is_binary || is_part {
        return Ok(());
    }
    Err(format!("{place} holds {written:?}"))
}

/// Whether the value is made of what the named entry says, and need not look like it: the constant fields of what a
/// generator makes, a note of how a resource was made.
fn is_made(change: &Change) -> bool {
    let is_number =
        |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim_matches('"').parse::<f64>().is_ok());
    // A JSON patch sends the whole resource through JSON, which shortens long numbers.
    let is_rounded = change.step == "patch" && is_number(&change.before) && is_number(&change.after);
    // An operation without a value adds a null, and what a replacement puts into a text can be empty.
    let is_null = change.after.as_deref() == Some("null") && matches!(change.step.as_str(), "patch" | "replacement");
    let is_empty = change.step == "replacement" && change::takes_only(&change.before, &change.after);
    // A number that is made of two texts is printed in its own way.
    let is_joined = matches!(change.step.as_str(), "prefix" | "suffix") && is_number(&change.after);
    is_rounded
        || is_joined
        || is_null
        || is_empty
        || matches!(change.step.as_str(), "generator" | "buildMetadata" | "managed-by label")
}

/// A path as it was shown, from the root.
fn absolute(path: &str) -> PathBuf {
    let path = std::env::current_dir().unwrap_or_default().join(path);
    path.canonicalize().unwrap_or(path)
}

/// All lines that are named: by a step of a value, as the origin of a resource, as what led to a file.
fn named_lines(explanation: &Explanation, resources: &[ResourceHistory]) -> BTreeMap<PathBuf, BTreeSet<u32>> {
    let mut named: BTreeMap<PathBuf, BTreeSet<u32>> = BTreeMap::new();
    let mut add = |place: &Place| {
        named.entry(absolute(&place.path)).or_default().extend(place.line..=place.end_line);
    };
    for resource in resources {
        resource.origin.iter().chain(&resource.via).for_each(&mut add);
        let values = explanation.values(resource.number, "").unwrap_or_default();
        let changes = values.iter().flat_map(|value| &value.changes).chain(&resource.deleted);
        for change in changes {
            change.place.iter().chain(&change.also).for_each(&mut add);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    #[test]
    fn explain_tells_the_truth_of_every_leaf() {
        let tried = super::hold(9, 0..200, 3).unwrap_or_else(|error| panic!("{error:#}"));
        println!("{tried}");
    }
}
