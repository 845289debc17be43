//! Makes a differing tree smaller for as long as it differs in the same way.

use super::tree::{Body, Tree};
use super::value::Value;
use anyhow::Result;

/// The place of a node: the child number at every level, the document first.
type Place = Vec<usize>;

/// The smallest tree found for which `differs` still holds.
pub fn shrink(tree: &Tree, mut differs: impl FnMut(&Tree) -> Result<bool>) -> Result<Tree> {
    let mut best = tree.clone();
    loop {
        let before = size(&best);
        drop_files(&mut best, &mut differs)?;
        plain_files(&mut best, &mut differs)?;
        for path in best.files.keys().cloned().collect::<Vec<_>>() {
            shrink_file(&mut best, &path, &mut differs)?;
        }
        if size(&best) == before {
            return Ok(best);
        }
    }
}

fn size(tree: &Tree) -> usize {
    let weight = |body: &Body| match body {
        Body::Yaml(docs) => docs.docs.iter().map(nodes).sum::<usize>(),
        Body::Bytes(bytes) => bytes.len(),
        Body::Link(_) => 1,
    };
    tree.files.values().map(|file| 1 + weight(&file.body)).sum()
}

fn nodes(value: &Value) -> usize {
    let inline = if let Value::Inline(docs) = value { docs.docs.iter().map(nodes).sum() } else { 0 };
    1 + inline
        + value.entries().iter().map(|(_, v)| nodes(v)).sum::<usize>()
        + value.items().iter().map(nodes).sum::<usize>()
}

/// Takes out files; with a resource file that is listed goes its entry.
fn drop_files(best: &mut Tree, differs: &mut impl FnMut(&Tree) -> Result<bool>) -> Result<()> {
    for path in best.files.keys().cloned().collect::<Vec<_>>() {
        let mut candidate = best.clone();
        candidate.files.remove(&path);
        let name = path.rsplit('/').next().unwrap_or(&path).to_string();
        for file in candidate.files.values_mut() {
            if let Body::Yaml(docs) = &mut file.body {
                docs.docs.iter_mut().for_each(|doc| forget(doc, &name));
            }
        }
        if differs(&candidate)? {
            *best = candidate;
        }
    }
    Ok(())
}

/// Takes entries out that name the file.
fn forget(value: &mut Value, name: &str) {
    let mut at = 0;
    while at < value.len() {
        let child = value.child_mut(at);
        if child.text().is_some_and(|text| text.trim_start_matches("./") == name) {
            value.remove_child(at);
        } else {
            forget(child, name);
            at += 1;
        }
    }
}

/// Plain line ends, no mark, the plainest style.
fn plain_files(best: &mut Tree, differs: &mut impl FnMut(&Tree) -> Result<bool>) -> Result<()> {
    for path in best.files.keys().cloned().collect::<Vec<_>>() {
        let mut candidate = best.clone();
        let Some(file) = candidate.files.get_mut(&path) else { continue };
        file.crlf = false;
        file.bom = false;
        file.ended = false;
        if let Body::Yaml(docs) = &mut file.body {
            docs.style = 0;
        }
        if differs(&candidate)? {
            *best = candidate;
        }
    }
    Ok(())
}

fn shrink_file(best: &mut Tree, path: &str, differs: &mut impl FnMut(&Tree) -> Result<bool>) -> Result<()> {
    let mut queue: Vec<Place> = vec![vec![]];
    while let Some(place) = queue.pop() {
        // Half of the children at once, then a quarter, down to each by itself.
        let mut step = children(best, path, &place).div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < children(best, path, &place) {
                let mut candidate = best.clone();
                let end = (at + step).min(children(best, path, &place));
                (at..end).rev().for_each(|child| remove(&mut candidate, path, &place, child));
                if differs(&candidate)? {
                    *best = candidate;
                } else {
                    at += step;
                }
            }
            if step == 1 {
                break;
            }
            step = step.div_ceil(2);
        }
        for child in 0..children(best, path, &place) {
            queue.push([place.as_slice(), &[child]].concat());
        }
    }
    Ok(())
}

fn children(tree: &mut Tree, path: &str, place: &[usize]) -> usize {
    let Some(Body::Yaml(docs)) = tree.files.get_mut(path).map(|file| &mut file.body) else { return 0 };
    match place.split_first() {
        None => docs.docs.len(),
        Some((doc, rest)) => rest.iter().fold(&mut docs.docs[*doc], |value, &child| value.child_mut(child)).len(),
    }
}

fn remove(tree: &mut Tree, path: &str, place: &[usize], child: usize) {
    let Some(Body::Yaml(docs)) = tree.files.get_mut(path).map(|file| &mut file.body) else { return };
    match place.split_first() {
        None => drop(docs.docs.remove(child)),
        Some((doc, rest)) => {
            rest.iter().fold(&mut docs.docs[*doc], |value, &step| value.child_mut(step)).remove_child(child)
        }
    }
}
