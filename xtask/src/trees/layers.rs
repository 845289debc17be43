//! Which kustomizations of a tree see what others say.

use super::tree::Tree;
use super::value::Value;
use std::collections::BTreeSet;

/// The kustomization file of a directory.
pub fn home(tree: &Tree, dir: &str) -> Option<String> {
    tree.kustomizations().into_iter().find(|path| path.rsplit_once('/').is_some_and(|(d, _)| d == dir))
}

/// A field's name as a kustomization has it: capitals do not count.
pub fn spelling(fields: &Value, field: &str) -> String {
    let found = fields.entries().iter().find(|(key, _)| key.eq_ignore_ascii_case(field));
    found.map_or(field, |(key, _)| key).to_owned()
}

/// What a list of the kustomization in `dir` names, as paths from the root of the tree.
pub fn entries(tree: &Tree, dir: &str, field: &str) -> Vec<String> {
    let document = home(tree, dir).and_then(|path| tree.document(&path));
    let listed = document.and_then(|fields| fields.get(&spelling(fields, field))).map(Value::items).unwrap_or_default();
    listed.iter().filter_map(Value::text).map(|entry| join(dir, entry)).collect()
}

/// The directory itself, and those whose settings count in it: what it builds on, and for a component its owner and
/// what that has built when the component's turn comes.
pub fn known_to(tree: &Tree, dir: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    add_below(tree, dir, &mut known);
    for path in tree.kustomizations() {
        let owner = path.rsplit_once('/').map_or("", |(owner, _)| owner);
        let components = entries(tree, owner, "components");
        if let Some(turn) = components.iter().position(|component| component == dir) {
            let before = [entries(tree, owner, "resources"), entries(tree, owner, "bases")].concat();
            before.iter().chain(&components[..turn]).for_each(|entry| add_below(tree, entry, &mut known));
            known.insert(owner.to_owned());
        }
    }
    known
}

fn add_below(tree: &Tree, dir: &str, known: &mut BTreeSet<String>) {
    if home(tree, dir).is_some() && known.insert(dir.to_owned()) {
        for field in ["resources", "bases", "components"] {
            entries(tree, dir, field).iter().for_each(|entry| add_below(tree, entry, known));
        }
    }
}

/// A path as seen from a directory, without `.` and `..`.
fn join(dir: &str, path: &str) -> String {
    let mut names: Vec<&str> = dir.split('/').collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}
