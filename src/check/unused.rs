//! Files in the folder of a kustomization that nothing uses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;
use rustc_hash::FxHashMap;

use super::{Finding, Manifests, rules};
use crate::Session;
use crate::deps::{Dependencies, Thing};
use crate::diagnostics::{Result, Span};
use crate::load::KUSTOMIZATION_FILE_NAMES;

/// Folders that hold something else than what is built.
const OTHER_FOLDERS: [&str; 14] = [
    "bin",
    "charts",
    "ci",
    "doc",
    "docs",
    "example",
    "examples",
    "hack",
    "node_modules",
    "scripts",
    "test",
    "testdata",
    "tests",
    "vendor",
];

/// Files of tools that live beside kustomizations, by the beginnings of their names.
const OTHER_FILES: [&str; 16] = [
    "chart.",
    "codecov",
    "compose",
    "devspace",
    "docker-compose",
    "garden",
    "helmfile",
    "mkdocs",
    "package",
    "pre-commit",
    "renovate",
    "skaffold",
    "taskfile",
    "tilt",
    "tsconfig",
    "values",
];

/// What stands before the extension of files that are not meant to be built as they are.
const OTHER_FORMS: [&str; 10] =
    ["dec", "enc", "example", "sample", "schema", "sops", "template", "tmpl", "tpl", "values"];

/// Groups of objects that are given to a cluster by themselves, and name the folder that they lie in.
const NAMING_FOLDERS: [&str; 2] = ["argoproj.io/", ".toolkit.fluxcd.io/"];

/// Reports files that look as if they were meant for a build, and that no kustomization of the repository names.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let visited = manifests.collector.kustomizations();
    let directories: Vec<PathBuf> =
        visited.iter().filter_map(|one| one.loader.place()).map(|place| place.root).collect();
    let mut unused = BTreeSet::new();
    directories.iter().for_each(|directory| collect(directory, &mut unused));
    if unused.is_empty() {
        return Ok(());
    }
    take_used(&mut unused, &Dependencies::in_spite_of_failures(manifests.session, &directories));
    if unused.is_empty() {
        return Ok(());
    }
    // Others of the repository may use them: that costs more to find out, and is mostly not needed.
    if let Some(root) = repository(&directories) {
        take_used(&mut unused, &Dependencies::below(&Session::default(), &root.to_string_lossy())?);
    }
    let mut rules = FxHashMap::default();
    unused.retain(|file| !is_ignored(file, &mut rules));
    findings.extend(unused.iter().filter_map(|file| finding(manifests, file)));
    Ok(())
}

/// The files in a folder, and in those below it that are no kustomizations of their own.
fn collect(directory: &Path, files: &mut BTreeSet<PathBuf>) {
    let mut below = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && !OTHER_FOLDERS.contains(&name.as_str()) {
            below.push(entry.path());
        } else if kind.is_file() && is_input(&name) {
            files.insert(entry.path());
        }
    }
    let ends_here = KUSTOMIZATION_FILE_NAMES.iter().chain(&["Chart.yaml"]);
    below.retain(|folder| !ends_here.clone().any(|name| folder.join(name).exists()));
    below.iter().for_each(|folder| collect(folder, files));
}

/// Whether a file, by its name in lower case, looks as if it were meant for a build.
fn is_input(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let form = stem.rsplit_once('.').map_or("", |(_, form)| form);
    ["yaml", "yml", "json", "env", "properties"].contains(&extension)
        && !KUSTOMIZATION_FILE_NAMES.contains(&name)
        && !OTHER_FILES.iter().any(|other| name.starts_with(other))
        && !OTHER_FORMS.contains(&form)
}

fn take_used(files: &mut BTreeSet<PathBuf>, dependencies: &Dependencies) {
    for one in &dependencies.kustomizations {
        for used in &one.uses {
            if let Thing::File(path) = &used.thing {
                files.remove(path);
            }
        }
        for (path, _) in one.watched_paths().filter(|(_, below)| *below) {
            files.retain(|file| !file.starts_with(path));
        }
    }
}

/// The work tree that the directories lie in; without one, what they all lie in.
fn repository(directories: &[PathBuf]) -> Option<PathBuf> {
    let first = directories.first()?;
    let holds_all = |root: &&Path| directories.iter().all(|directory| directory.starts_with(root));
    let git = first.ancestors().find(|above| above.join(".git").exists());
    git.or_else(|| first.ancestors().find(holds_all)).map(Path::to_owned)
}

/// Whether git does not look at a file: the nearest `.gitignore` of its work tree that speaks of it says so.
fn is_ignored(file: &Path, known: &mut FxHashMap<PathBuf, Gitignore>) -> bool {
    let Some(root) = file.ancestors().find(|above| above.join(".git").exists()) else { return false };
    for folder in file.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
        let rules = known.entry(folder.to_owned()).or_insert_with(|| Gitignore::new(folder.join(".gitignore")).0);
        match rules.matched_path_or_any_parents(file, false) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => {}
        }
    }
    false
}

/// The finding about a file, unless its content says that it is for something else.
fn finding(manifests: &Manifests, file: &Path) -> Option<Finding> {
    let text = fs::read_to_string(file).ok()?;
    if !is_for_builds(file, &text) {
        return None;
    }
    let shown = manifests.session.files.show(file);
    let first = text.lines().next().map_or(0, str::len) as u32;
    let source = manifests.sources.add_text(&shown, text);
    // It may say itself that this is meant.
    manifests.collector.read(&source);
    let span = Span { source, at: 0, len: first };
    let name = file.file_name()?.to_string_lossy();
    let finding = Finding::new(&rules::UNUSED_FILE, format!("no kustomization uses the file `{name}`"));
    Some(finding.at(Some(span), "").help("name it where it belongs, under `resources` or `patches` say, or remove it"))
}

fn is_for_builds(file: &Path, text: &str) -> bool {
    let api_versions = || text.lines().filter_map(|line| line.strip_prefix("apiVersion:"));
    let names_folder = |version: &str| NAMING_FOLDERS.iter().any(|group| version.contains(group));
    if api_versions().next().is_some() && api_versions().all(names_folder) {
        return false;
    }
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => text.contains("\"kind\"") || text.contains("\"op\""),
        _ => text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_beside_a_kustomization_is_left_alone() {
        for name in
            ["readme.md", "kustomization.yaml", "values-prod.yaml", "skaffold.yaml", "a.enc.yaml", "x.sh", "notes.txt"]
        {
            assert!(!is_input(name), "{name}");
        }
        for name in ["web.yaml", "patch.json", "settings.env", "a.properties", "service.yml"] {
            assert!(is_input(name), "{name}");
        }
        let file = Path::new("a.yaml");
        assert!(!is_for_builds(file, "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"));
        assert!(is_for_builds(file, "- op: add\n") && !is_for_builds(file, "# nothing\n\n"));
        assert!(!is_for_builds(Path::new("board.json"), "{\"panels\": []}"));
    }
}
