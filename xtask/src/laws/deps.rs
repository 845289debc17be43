//! `deps` of the example and of generated trees: the files that a build opens, and the builds that a file reaches.

use anyhow::{Context, Result, ensure};
use rustomize::deps::{Dependencies, Thing, touched};
use rustomize::{BuildOptions, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{each_tree, example, files_below};

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a run has tried.
#[derive(Default)]
struct Tried {
    builds: usize,
    changes: usize,
    touched: usize,
    /// Builds that were watched while they opened files, and how many files.
    watched: usize,
    opened: usize,
}

/// Takes away each file of the example and of generated trees, and adds each second kustomization file, and compares
/// what then builds otherwise with what `deps --changed` says. What was tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let mut tried = Tried::default();
    let place = tempfile::tempdir()?;
    let root = place.path().canonicalize()?;
    example(&root)?;
    let program = program_to_watch();
    for overlay in ["dev", "stage", "prod"] {
        tried.watch(program.as_deref(), &root, &format!("overlays/{overlay}"), false)?;
    }
    tried.look(&root)?;
    each_tree(seed, numbers, |tree, root| {
        tried.watch(program.as_deref(), root, "overlay", tree.call.load_anything)?;
        tried.look(root)
    })?;
    let Tried { builds, changes, touched, watched, opened } = tried;
    ensure!(builds > 0 && changes > 0 && touched > 0, "nothing was tried");
    let watched = match program {
        Some(_) => format!("{watched} builds opened the {opened} files that are named and no others"),
        None => "SKIPPED: without strace, and the program beside this one, nobody knows what builds open".to_owned(),
    };
    Ok(format!("{builds} builds, {changes} changes, {touched} builds touched; {watched}"))
}

/// The program `rustomize` that was built with this one, where strace can watch it.
fn program_to_watch() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    // A test lies in a directory below.
    let program = here.ancestors().skip(1).take(2).map(|above| above.join("rustomize")).find(|path| path.is_file())?;
    Command::new("strace").arg("-V").output().ok()?;
    Some(program)
}

impl Tried {
    /// Compares the files that a build opens with those that are named. What does not build can tell nothing.
    fn watch(&mut self, program: Option<&Path>, root: &Path, directory: &str, load_anything: bool) -> Result<()> {
        let Some(program) = program else { return Ok(()) };
        let log = tempfile::NamedTempFile::new()?;
        let mut strace = Command::new("strace");
        strace.args(["-f", "-s", "4096", "-e", "trace=open,openat", "-o"]).arg(log.path()).arg(program);
        strace.args(["build", directory]).current_dir(root);
        if load_anything {
            strace.args(["--load-restrictor", "LoadRestrictionsNone"]);
        }
        if !strace.output()?.status.success() {
            return Ok(());
        }
        let traced = fs::read_to_string(log.path())?;
        let paths = traced.lines().filter(|line| !line.contains(" = -1 ")).filter_map(|line| line.split('"').nth(1));
        let files = paths.filter_map(|path| root.join(path).canonicalize().ok());
        let opened: BTreeSet<PathBuf> = files.filter(|path| path.is_file() && path.starts_with(root)).collect();
        let target = root.join(directory).to_string_lossy().into_owned();
        let found = Dependencies::of(&Session::default(), &[target])?;
        let mut named: BTreeSet<PathBuf> = found.kustomizations.iter().filter_map(|one| one.file.clone()).collect();
        for used in found.kustomizations.iter().flat_map(|one| &one.uses) {
            if let Thing::File(path) = &used.thing {
                named.insert(path.clone());
            }
        }
        let named = named.iter().map(|path| path.canonicalize()).collect::<std::io::Result<BTreeSet<_>>>();
        let named = named.context("what is named is not there")?;
        let only =
            |one: &BTreeSet<PathBuf>, other: &BTreeSet<PathBuf>| one.difference(other).cloned().collect::<Vec<_>>();
        ensure!(
            opened == named,
            "opened and not named: {:?}; named and not opened: {:?}",
            only(&opened, &named),
            only(&named, &opened)
        );
        self.watched += 1;
        self.opened += opened.len();
        Ok(())
    }

    fn look(&mut self, root: &Path) -> Result<()> {
        let before = outcomes(root)?;
        self.builds += before.len();
        for (number, file) in files_below(root)?.into_iter().enumerate() {
            let content = fs::read(&file)?;
            fs::remove_file(&file)?;
            self.compare(root, &before, &file)?;
            if number % 4 == 0 {
                // Not every build minds other content: a generator may replace what it makes.
                fs::write(&file, b"\xff\xfe\xff")?;
                let (tried, predicted) = (differing(root, &before)?, predicted(root, &file)?);
                ensure!(tried.is_subset(&predicted), "{} has changed: {tried:?}, not {predicted:?}", file.display());
            }
            fs::write(&file, content)?;
        }
        for directory in before.keys() {
            for name in NAMES {
                let file = directory.join(name);
                if !file.exists() {
                    fs::write(&file, "resources: []\n")?;
                    self.compare(root, &before, &file)?;
                    fs::remove_file(&file)?;
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, root: &Path, before: &BTreeMap<PathBuf, String>, changed: &Path) -> Result<()> {
        let (tried, predicted) = (differing(root, before)?, predicted(root, changed)?);
        // What did not build before cannot tell.
        let predicted: BTreeSet<_> = predicted.into_iter().filter(|one| before.contains_key(one)).collect();
        ensure!(tried == predicted, "{}: {tried:?} by trying, {predicted:?} by deps", changed.display());
        self.changes += 1;
        self.touched += tried.len();
        Ok(())
    }
}

/// What each kustomization that is no component builds to, if it builds.
fn outcomes(root: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let session = Session::default();
    let found = Dependencies::below(&session, &root.to_string_lossy())?;
    let roots = found.roots.iter().map(|root| &found.kustomizations[*root]).filter(|one| !one.is_component);
    let built = roots.filter_map(|one| {
        let built = session.build(&BuildOptions::default(), &one.directory.to_string_lossy());
        Some((one.directory.clone(), built.ok()?.yaml().to_owned()))
    });
    Ok(built.collect())
}

/// The kustomizations that are still there and build otherwise than before.
fn differing(root: &Path, before: &BTreeMap<PathBuf, String>) -> Result<BTreeSet<PathBuf>> {
    let after = outcomes(root)?;
    let is_there = |directory: &Path| NAMES.iter().any(|name| directory.join(name).exists());
    let differs = before.iter().filter(|(directory, text)| is_there(directory) && after.get(*directory) != Some(text));
    Ok(differs.map(|(directory, _)| directory.clone()).collect())
}

fn predicted(root: &Path, changed: &Path) -> Result<BTreeSet<PathBuf>> {
    let found = Dependencies::below(&Session::default(), &root.to_string_lossy())?;
    let touched = touched(&found, &[changed.to_owned()]);
    Ok(touched.iter().map(|one| found.kustomizations[one.kustomization].directory.clone()).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn deps_names_the_builds_that_a_missing_file_breaks() {
        let tried = super::hold(6, 0..50).unwrap_or_else(|error| panic!("{error:#}"));
        println!("{tried}");
    }
}
