//! Writing the manifests of a folder back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};

use rustomize_yaml::{indent_json, to_json};

use super::annotations::{INDEX, PATH};
use super::item::Item;
use super::step::default_path;
use crate::diagnostics::{Code, Error, Result};
use crate::output::{make_directory, write_files};

/// The files that manifests come from.
pub fn files(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(|item| PATH.of(item)).filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// Items as the text of one file, without the annotations `cleared` and those with the number of the document. A single
/// manifest of a JSON file is JSON.
pub fn text(mut items: Vec<Item>, cleared: &[&str]) -> Result<String> {
    let is_json = items.len() == 1 && PATH.of(&items[0]).ends_with(".json");
    for item in &mut items {
        INDEX.clear(item);
        cleared.iter().for_each(|key| item.unannotate(key));
    }
    if is_json {
        return json(&items[0]);
    }
    let texts = items.iter().map(Item::text).collect::<Result<Vec<_>>>()?;
    Ok(texts.join("---\n"))
}

fn json(item: &Item) -> Result<String> {
    let mut tree = item.tree.clone();
    crate::manifests::clear_empty(&mut tree);
    let mut compact = String::new();
    to_json(&tree, tree.root(), &mut compact).map_err(|error| Error::from_yaml(error, tree.source()))?;
    let mut text = indent_json(&compact);
    text.push('\n');
    Ok(text)
}

/// Writes the items to the files of their paths in a folder (or beside the file that was named) and removes those of
/// `old` that nothing goes to any more. Files whose text stays the same are not touched.
///
/// Fails before anything is written for a path that leads out of the folder, or is a folder itself.
pub fn write_back(folder: &str, mut items: Vec<Item>, old: &BTreeSet<String>) -> Result<()> {
    let named = Path::new(folder);
    let folder = if named.is_dir() { named } else { named.parent().unwrap_or(Path::new("")) };
    settle_places(&mut items);
    let mut files: BTreeMap<PathBuf, Vec<Item>> = BTreeMap::new();
    for item in items {
        files.entry(inside(PATH.of(&item), &item, folder)?).or_default().push(item);
    }
    let mut texts = Vec::with_capacity(files.len());
    for (path, mut items) in files {
        items.sort_by_key(|item| INDEX.of(item).parse::<i64>().unwrap_or_default());
        texts.push((path, text(items, &[PATH.internal, PATH.legacy])?));
    }
    let gone: Vec<PathBuf> = old
        .iter()
        .map(|path| folder.join(path))
        .filter(|path| texts.binary_search_by(|(written, _)| written.cmp(path)).is_err())
        .collect();
    texts.retain(|(path, text)| fs::read(path).ok().as_deref() != Some(text.as_bytes()));
    texts.iter().filter_map(|(path, _)| path.parent()).try_for_each(make_directory)?;
    let texts: Vec<(&Path, &str)> = texts.iter().map(|(path, text)| (path.as_path(), text.as_str())).collect();
    write_files(&texts)?;
    gone.iter().try_for_each(|path| remove(path))
}

fn remove(path: &Path) -> Result<()> {
    let failed = |error| Error::new(Code::Output, format!("cannot remove {}: {error}", path.display()));
    fs::remove_file(path).map_err(failed)
}

/// Gives every manifest a path and a number in its file.
fn settle_places(items: &mut [Item]) {
    let mut last: HashMap<String, i64> = HashMap::new();
    for item in items.iter_mut() {
        PATH.even(item);
        INDEX.even(item);
        match PATH.of(item).to_owned() {
            path if path.is_empty() => {
                let path = default_path(item, "");
                PATH.set(item, &path);
            }
            path => {
                let index: i64 = INDEX.of(item).parse().unwrap_or_default();
                let last = last.entry(path).or_default();
                *last = index.max(*last);
            }
        }
    }
    for item in items.iter_mut().filter(|item| INDEX.of(item).is_empty()).collect::<Vec<_>>() {
        let next = last.entry(PATH.of(item).to_owned()).or_default();
        let index = next.to_string();
        *next += 1;
        INDEX.set(item, &index);
    }
}

/// The place of a path in the folder.
fn inside(path: &str, item: &Item, folder: &Path) -> Result<PathBuf> {
    let refuse = |reason: &str| {
        let message = format!("{} cannot be written to `{path}`: {reason}", item.name());
        Err(Error::new(Code::OutsideRoot, message)
            .help("functions choose paths by the annotation config.kubernetes.io/path"))
    };
    let mut place = folder.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => place.push(part),
            Component::CurDir => {}
            _ => return refuse("it leads out of the folder"),
        }
    }
    if place.is_dir() { refuse("that is a folder") } else { Ok(place) }
}
