use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::Branch;
use super::fields::{ShownField, branches};
use crate::diagnostics::{Code, Error, Result};
use crate::manifests::Manifest;

/// The manifests under the folders of their files.
pub fn by_directory(root: &str, manifests: &[Manifest], fields: &[ShownField]) -> Branch {
    let mut folders: BTreeMap<String, Vec<&Manifest>> = BTreeMap::new();
    for manifest in manifests.iter().filter(|manifest| !manifest.kind().is_empty()) {
        let folder = Path::new(&manifest.path).parent().unwrap_or(Path::new(""));
        folders.entry(folder.to_string_lossy().into_owned()).or_default().push(manifest);
    }
    folders.values_mut().for_each(|manifests| manifests.sort_by_key(|manifest| order(manifest)));
    let mut tree = Branch::new(root);
    let own = folders.remove("").unwrap_or_default();
    tree.branches.extend(own.into_iter().map(|manifest| of_file(manifest, fields)));
    let names: Vec<String> = folders.keys().cloned().collect();
    tree.branches.extend(below("", &names, &folders, root, fields));
    tree
}

/// The branches of the folders that are nearest below one.
fn below(
    parent: &str,
    names: &[String],
    folders: &BTreeMap<String, Vec<&Manifest>>,
    root: &str,
    fields: &[ShownField],
) -> Vec<Branch> {
    let is_below = |name: &str, parent: &str| name != parent && Path::new(name).starts_with(parent);
    let inner: Vec<&String> = names.iter().filter(|name| is_below(name, parent)).collect();
    let is_nearest = |name: &str| !inner.iter().any(|between| is_below(name, between));
    let nearest = inner.iter().filter(|name| is_nearest(name));
    let branch = |name: &&String| {
        let mut branch = Branch::new(folder_name(root, name));
        branch.branches.extend(folders[*name].iter().map(|manifest| of_file(manifest, fields)));
        branch.branches.extend(below(name, names, folders, root, fields));
        branch
    };
    nearest.map(branch).collect()
}

/// The last name of a folder; one that is a package says so.
fn folder_name(root: &str, folder: &str) -> String {
    let name = Path::new(folder).file_name().unwrap_or_default().to_string_lossy();
    if Path::new(root).join(folder).join("Krmfile").exists() { format!("Pkg: {name}") } else { name.into_owned() }
}

fn of_file(manifest: &Manifest, fields: &[ShownField]) -> Branch {
    let file = Path::new(&manifest.path).file_name();
    // Upstream's base of no path at all.
    let file = file.map_or_else(|| ".".into(), |name| name.to_string_lossy());
    leaf(&file, manifest, fields)
}

fn leaf(what: &str, manifest: &Manifest, fields: &[ShownField]) -> Branch {
    let [name, namespace] = ["name", "namespace"].map(|field| manifest.text(&["metadata", field]));
    let slash = if namespace.is_empty() { "" } else { "/" };
    let text = format!("[{what}]  {} {namespace}{slash}{name}", manifest.kind());
    Branch { text, branches: branches(manifest, fields) }
}

/// What manifests are sorted by: file, namespace, name, kind, version.
fn order(manifest: &Manifest) -> [String; 5] {
    let file = Path::new(&manifest.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let [namespace, name] = ["namespace", "name"].map(|field| manifest.text(&["metadata", field]).to_owned());
    [file, namespace, name, manifest.kind().to_owned(), manifest.text(&["apiVersion"]).to_owned()]
}

/// The manifests under those that own them. Fails for an owner that is not among them.
pub fn by_owner(manifests: &[Manifest], fields: &[ShownField]) -> Result<Branch> {
    let mut owned: HashMap<String, Vec<&Manifest>> = HashMap::new();
    let names: HashSet<String> = manifests.iter().map(id).collect();
    for manifest in manifests {
        let owner = owner(manifest);
        if !owner.is_empty() && !names.contains(&owner) {
            let error = Error::new(
                Code::InvalidResource,
                format!("{} names an owner that is not there: {owner}", id(manifest)),
            );
            return Err(error.help("use --graph-structure directory"));
        }
        owned.entry(owner).or_default().push(manifest);
    }
    owned.values_mut().for_each(|manifests| manifests.sort_by_key(|manifest| order(manifest)));
    let mut tree = Branch::new(".");
    tree.branches = owned_by("", &owned, fields, &mut HashSet::new());
    Ok(tree)
}

fn owned_by(
    owner: &str,
    owned: &HashMap<String, Vec<&Manifest>>,
    fields: &[ShownField],
    above: &mut HashSet<String>,
) -> Vec<Branch> {
    let mut found = Vec::new();
    for manifest in owned.get(owner).into_iter().flatten() {
        let mut branch = leaf("Resource", manifest, fields);
        let id = id(manifest);
        // Those that own one another have no end.
        if above.insert(id.clone()) {
            branch.branches.extend(owned_by(&id, owned, fields, above));
            above.remove(&id);
        }
        found.push(branch);
    }
    found
}

fn id(manifest: &Manifest) -> String {
    let [namespace, name] = ["namespace", "name"].map(|field| manifest.text(&["metadata", field]));
    format!("{} {namespace}/{name}", manifest.kind())
}

/// The id of the first owner; empty without one.
fn owner(manifest: &Manifest) -> String {
    let tree = &manifest.tree;
    let owners = tree.path(tree.root(), &["metadata", "ownerReferences"]);
    let Some(first) = owners.and_then(|owners| tree.items(owners).next()) else { return String::new() };
    let text = |field| tree.get(first, field).map_or("", |node| tree.text(node));
    format!("{} {}/{}", text("kind"), manifest.text(&["metadata", "namespace"]), text("name"))
}
