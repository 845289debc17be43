use anyhow::{Result, ensure};
use rustomize::deps::{Dependencies, touched};
use rustomize::{BuildOptions, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{each_tree, example, files_below};

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a run has tried.
#[derive(Default)]
struct Tried {
    builds: usize,
    changes: usize,
    touched: usize,
}

/// Takes away each file of the example and of generated trees, and adds each second kustomization file, and compares
/// what then builds otherwise with what `deps --changed` says. What was tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let mut tried = Tried::default();
    let place = tempfile::tempdir()?;
    let root = place.path().canonicalize()?;
    example(&root)?;
    tried.look(&root)?;
    each_tree(seed, numbers, |_, root| tried.look(root))?;
    ensure!(tried.builds > 0 && tried.changes > 0 && tried.touched > 0, "nothing was tried");
    Ok(format!("{} builds, {} changes, {} builds touched", tried.builds, tried.changes, tried.touched))
}

impl Tried {
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
