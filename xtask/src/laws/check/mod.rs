//! `check` finds nothing in trees without a fault, and what is planted in them where it is planted, and nothing else.

mod clean;
mod fields;
mod manifests;
mod matching;
mod references;

use anyhow::{Context, Result, ensure};
use rustomize::check::{CheckOptions, Finding};
use rustomize::deps::Dependencies;
use rustomize::{BuildOptions, Session};
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::{each_tree, example};
use crate::trees::rng::Rng;
use clean::Clean;

/// What every planted line has in it, so that it is known again.
const MARK: &str = "planted";

/// A way to plant a fault: the code that is found, what it is called, and how it is done. The line with the first
/// [`MARK`] in the file that is returned is the one to be found.
struct Plant {
    code: &'static str,
    way: &'static str,
    plant: fn(&mut Clean, &mut Rng) -> String,
}

/// What a run has tried.
#[derive(Default)]
struct Tried {
    clean: usize,
    planted: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    others: usize,
}

/// Checks the example, trees without a fault, and copies of them with one. What was tried, in words.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let scratch = tempfile::tempdir()?;
    let place = scratch.path().canonicalize()?;
    let mut tried = Tried::default();
    example(&place)?;
    for overlay in ["dev", "stage", "prod"] {
        ensure_nothing(&check(&place.join("overlays").join(overlay))?)?;
        tried.clean += 1;
    }
    for number in numbers.clone() {
        let tree = clean::tree(seed, number);
        tried.look(&tree, &place.join("tree"), number).with_context(|| format!("tree {number} of seed {seed}"))?;
    }
    each_tree(seed, numbers, |_, root| tried.any(root))?;
    Ok(tried.words())
}

impl Tried {
    fn look(&mut self, tree: &Clean, place: &Path, number: usize) -> Result<()> {
        write(&tree.files(), place)?;
        ensure_nothing(&check(&place.join("overlay"))?)?;
        self.clean += 1;
        let mut wrong = Vec::new();
        for Plant { code, way, plant } in plants() {
            let mut copy = tree.clone();
            let file = plant(&mut copy, &mut Rng::new(number as u64));
            let files = copy.files();
            write(&files, place)?;
            let text = files.get(&file).with_context(|| format!("{way}: there is no {file}"))?;
            let expected = text.lines().position(|line| line.contains(MARK)).context("nothing is planted")? as u32 + 1;
            let found = check(&place.join("overlay")).with_context(|| (*way).to_owned())?;
            let path = place.join(&file);
            let is_it = |finding: &Finding| {
                let region = finding.region();
                let is_there = region.is_some_and(|region| {
                    region.line == expected && fs::canonicalize(&region.path).is_ok_and(|found| found == path)
                });
                finding.rule.code == *code && is_there
            };
            if found.is_empty() || !found.iter().all(is_it) {
                let shown = shown(&found);
                wrong.push(format!("{code}, {way}: not {file}:{expected} alone\n{text}\n{shown}\n"));
                continue;
            }
            *self.planted.entry(code).or_default().entry(way).or_default() += 1;
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    }

    /// Checks every kustomization of a tree that may have any fault: what does not build is never without a finding, and
    /// what builds never fails.
    fn any(&mut self, root: &Path) -> Result<()> {
        let session = Session::default();
        let dependencies = Dependencies::below(&session, &root.to_string_lossy())?;
        for &number in &dependencies.roots {
            let one = &dependencies.kustomizations[number];
            let directory = one.directory.to_string_lossy();
            let builds = session.build(&BuildOptions::default(), &directory).is_ok();
            let is_failure = |finding: &Finding| {
                finding.rule.code == "unmatched-replica"
                    || finding.notes.iter().any(|note| note.starts_with("the build fails"))
            };
            let fails = match Session::default().check(&directory, &CheckOptions::default()) {
                Ok(found) => found.iter().any(is_failure),
                Err(_) => true,
            };
            ensure!(builds != fails, "{directory} builds: {builds}; its check fails: {fails}");
            self.others += 1;
        }
        Ok(())
    }

    fn words(&self) -> String {
        let ways: usize = self.planted.values().map(BTreeMap::len).sum();
        let faults: usize = self.planted.values().flat_map(BTreeMap::values).sum();
        format!(
            "nothing in {} trees without a fault; {faults} faults of {} rules, planted in {ways} ways, found and nothing else; \
             {} builds of any kind",
            self.clean,
            self.planted.len(),
            self.others
        )
    }
}

/// Every way to plant a fault.
fn plants() -> impl Iterator<Item = &'static Plant> {
    let of_kustomizations = matching::PLANTS.iter().chain(&fields::PLANTS).chain(&references::PLANTS);
    of_kustomizations.chain(manifests::PLANTS)
}

fn check(directory: &Path) -> Result<Vec<Finding>> {
    Ok(Session::default().check(&directory.to_string_lossy(), &CheckOptions::default())?)
}

fn ensure_nothing(found: &[Finding]) -> Result<()> {
    ensure!(found.is_empty(), "found where there is no fault:\n{}", shown(found));
    Ok(())
}

fn shown(found: &[Finding]) -> String {
    found.iter().map(|finding| finding.render(false)).collect::<Vec<_>>().join("\n\n")
}

/// Writes files in the place of what is there.
fn write(files: &BTreeMap<String, String>, place: &Path) -> Result<()> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    for (path, text) in files {
        let path = place.join(path);
        fs::create_dir_all(path.parent().context("a file lies in a directory")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rustomize::check::Rule;

    use super::*;

    #[test]
    fn planted_faults_are_found_and_nothing_else() {
        let tried = hold(3, 0..4).unwrap_or_else(|error| panic!("{error:#}"));
        println!("{tried}");
    }

    #[test]
    fn every_rule_is_planted_in_five_ways() {
        for rule in Rule::all() {
            let ways: BTreeSet<&str> = plants().filter(|one| one.code == rule.code).map(|one| one.way).collect();
            assert!(ways.len() >= 5, "{rule:?}: {ways:?}");
        }
    }
}
