//! Random kustomization trees, built by rustomize and by `kubectl kustomize`, compared byte for byte.
//!
//! A tree follows from its seed alone. Most trees are valid and use several fields at once; some carry odd scalars, a few
//! a deliberate fault. What rustomize does differently on purpose (`docs/differences.md`, and all that changed in
//! kustomize after the oracle's 5.5.0) is not generated.

mod answers;
mod compare;
mod faults;
mod features;
mod fields;
mod forms;
mod generators;
mod history;
mod kinds;
mod layers;
mod names;
mod patches;
mod plan;
mod plugins;
mod pods;
mod print;
mod replacements;
mod resources;
mod rewrite;
pub mod rng;
mod scalars;
mod schema;
mod shrink;
mod tree;
pub mod value;

pub use layers::spelling;
pub use rng::Rng;
pub use tree::{Body, Tree};

use anyhow::{Context, Result, bail};
use clap::Args;
use compare::{Comparison, Outcome, Programs, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The settings of `cargo xtask trees`.
#[derive(Args)]
pub struct Options {
    /// How many trees
    #[arg(long, default_value_t = 500)]
    count: usize,
    /// The number of the first tree
    #[arg(long, default_value_t = 0)]
    first: usize,
    /// The seed of the whole run; tree number I of a seed is always the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The rustomize to compare; without it only the table and the share that builds are shown
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Let rustomize do as this release of kustomize (`--compat`)
    #[arg(long)]
    compat: Option<String>,
    /// Keep every differing tree, with both outputs, in this directory
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Keep the oracle's answers in this directory, and do not ask again what it has answered: the next run of the
    /// same trees takes a tenth of the time
    #[arg(long)]
    answers: Option<PathBuf>,
    /// How many trees at a time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Only the tree of this number
    #[arg(long)]
    only: Option<usize>,
    /// Make each differing tree as small as possible
    #[arg(long)]
    shrink: bool,
    /// Show the errors of the oracle, most frequent first
    #[arg(long)]
    errors: bool,
    /// Only generate: count the features without running anything
    #[arg(long)]
    dry: bool,
}

/// What became of the trees of a run.
#[derive(Default)]
struct Tally {
    trees: usize,
    built: usize,
    used: BTreeMap<&'static str, usize>,
    /// How often a feature occurs in trees that build.
    used_in_built: BTreeMap<&'static str, usize>,
    verdicts: Vec<(usize, Verdict)>,
    /// The trees that the oracle refuses, by what it says.
    errors: BTreeMap<String, Vec<usize>>,
}

/// Runs `cargo xtask trees`; fails when a tree differs.
pub fn run(options: &Options) -> Result<()> {
    if !options.dry && !Programs::has_oracle() {
        println!("SKIPPED: `kubectl kustomize` is not on PATH, so there is nothing to compare random trees with.");
        return Ok(());
    }
    let rustomize = match &options.bin {
        Some(bin) => Some(bin.canonicalize().with_context(|| format!("no such program: {}", bin.display()))?),
        None => None,
    };
    let answers = options.answers.as_deref().filter(|_| !options.dry).map(answers::Answers::open).transpose()?;
    let programs = Programs { rustomize, compat: options.compat.clone(), answers };
    let scratch = std::env::temp_dir().join(format!("rustomize-trees-{}", std::process::id()));
    let tally = Mutex::new(Tally::default());
    let numbers = options.only.map_or(options.first..options.first + options.count, |only| only..only + 1);
    let next = AtomicUsize::new(numbers.start);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    if let Err(error) = one(options, &programs, &scratch, number, &tally) {
                        *failure.lock().expect("no thread panics with the lock") = Some(error);
                        break;
                    }
                }
            });
        }
    });
    let _ = std::fs::remove_dir_all(&scratch);
    if let Some(error) = failure.into_inner().expect("no thread panics with the lock") {
        return Err(error);
    }
    report(options, &tally.into_inner().expect("no thread panics with the lock"))
}

/// The tree of a number in a run of a seed.
pub fn numbered(seed: u64, number: usize) -> Tree {
    plan::tree(rng::mix(seed).wrapping_add(number as u64)).0
}

/// Generates, builds and judges one tree.
fn one(options: &Options, programs: &Programs, scratch: &Path, number: usize, tally: &Mutex<Tally>) -> Result<()> {
    let (tree, used) = plan::tree(rng::mix(options.seed).wrapping_add(number as u64));
    if options.dry {
        tally.lock().expect("no thread panics with the lock").count(number, &used, None);
        return Ok(());
    }
    let root = scratch.join(number.to_string());
    let mut found = programs.compare(&tree, &root)?;
    tally.lock().expect("no thread panics with the lock").count(number, &used, Some(&found));
    let differs = found.verdict.differs();
    if differs && !options.shrink {
        // A long run is looked at before it ends.
        eprintln!("tree {number}: {:?}", found.verdict);
    }
    let mut shown = tree;
    if differs && options.shrink {
        let (verdict, said) = (found.verdict, found.complaint());
        // What the oracle says to the tree said again is what the difference is about.
        let said_again = |tree: &Tree| -> Result<Option<String>> {
            let again = programs.last_attempt(tree, &root)?;
            Ok(again.map(|(_, answer)| if answer.ok { String::new() } else { gist(&answer.stderr) }))
        };
        let attempt = said_again(&shown)?;
        shown = shrink::shrink(&shown, |candidate| {
            let found = programs.compare(candidate, &root)?;
            let is_alike = found.verdict == verdict && found.complaint() == said;
            Ok(is_alike && said_again(candidate)? == attempt)
        })?;
        found = programs.compare(&shown, &root)?;
    }
    if let (Some(keep), true) = (&options.keep, differs || options.only.is_some()) {
        keep_tree(&keep.join(number.to_string()), &shown, &found, programs.last_attempt(&shown, &root)?)?;
    }
    if differs && options.shrink {
        println!("{}", shown_difference(number, &shown, &found));
    }
    let _ = std::fs::remove_dir_all(&root);
    Ok(())
}

/// A small differing tree, for the eyes of whoever ran this.
fn shown_difference(number: usize, tree: &tree::Tree, found: &Comparison) -> String {
    let mut text = format!("=== tree {number}: {:?} {:?}\n", found.verdict, tree.call);
    for (path, file) in &tree.files {
        text += &format!("--- {path}\n{}\n", String::from_utf8_lossy(&file.content()).trim_end_matches('\n'));
    }
    for (name, outcome) in [("kubectl kustomize", &found.oracle), ("rustomize", &found.rustomize)] {
        let said = if outcome.ok { &String::from_utf8_lossy(&outcome.stdout).into_owned() } else { &outcome.stderr };
        let said: Vec<&str> = said.lines().take(60).collect();
        text += &format!(">>> {name}, {}\n{}\n", if outcome.ok { "prints" } else { "fails" }, said.join("\n"));
    }
    text
}

fn keep_tree(folder: &Path, tree: &tree::Tree, found: &Comparison, again: Option<(tree::Tree, Outcome)>) -> Result<()> {
    tree.write(&folder.join("tree"))?;
    let mut outcomes = vec![("expected", &found.oracle), ("actual", &found.rustomize)];
    if let Some((tree, answer)) = &again {
        tree.write(&folder.join("again"))?;
        outcomes.push(("expected-again", answer));
    }
    for (name, outcome) in outcomes {
        std::fs::write(folder.join(format!("{name}.yaml")), &outcome.stdout)?;
        std::fs::write(folder.join(format!("{name}.err")), &outcome.stderr)?;
    }
    Ok(())
}

impl Tally {
    fn count(&mut self, number: usize, used: &BTreeSet<&'static str>, found: Option<&Comparison>) {
        self.trees += 1;
        if self.trees.is_multiple_of(500) && found.is_some() {
            eprintln!("{} trees", self.trees);
        }
        // A tree that only the newest kustomize understands builds in its own way.
        let built = found.is_some_and(|found| found.oracle.ok || found.rustomize.ok);
        self.built += usize::from(built);
        for feature in used {
            *self.used.entry(feature).or_default() += 1;
            *self.used_in_built.entry(feature).or_default() += usize::from(built);
        }
        let Some(found) = found else { return };
        self.verdicts.push((number, found.verdict));
        if !built {
            self.errors.entry(gist(&found.oracle.stderr)).or_default().push(number);
        }
    }
}

impl Comparison {
    /// What the one that fails says, so that a tree is not shrunk into one that differs for another reason.
    fn complaint(&self) -> String {
        match (self.oracle.ok, self.rustomize.ok) {
            (false, true) => gist(&self.oracle.stderr),
            (true, false) => gist(self.rustomize.stderr.lines().next().unwrap_or_default()),
            _ => String::new(),
        }
    }
}

/// The innermost part of an error, without the names in it, so that like errors count together.
fn gist(error: &str) -> String {
    let text: Vec<&str> =
        error.lines().filter(|line| !line.starts_with('#') && !line.contains("log.go:")).map(str::trim).collect();
    let text = text.join(" ").replace("\\\"", "'").replace("err=\"", "err=");
    let innermost = text.rsplit("recursed ").next().unwrap_or(&text);
    let innermost = innermost.split_once("err=").map_or(innermost, |(_, rest)| rest);
    let gist: String = innermost.split(['\'', '"', '`']).step_by(2).collect();
    gist.chars().filter(|c| !c.is_ascii_digit()).take(160).collect()
}

/// Whether a feature is no field, so that fewer trees may have it.
fn seldom(feature: &str) -> bool {
    features::SELDOM.contains(&feature)
}

/// Prints the table and the differing trees.
fn report(options: &Options, tally: &Tally) -> Result<()> {
    let share = |count: usize| 100.0 * count as f64 / tally.trees.max(1) as f64;
    println!("{:<44} {:>8} {:>14}", "feature", "% trees", "% that build");
    for feature in features::ALL {
        let count = tally.used.get(feature).copied().unwrap_or(0);
        let built = tally.used_in_built.get(feature).copied().unwrap_or(0);
        let rare = if share(count) < 5.0 && options.only.is_none() && !seldom(feature) { "  rare" } else { "" };
        println!("{feature:<44} {:>8.1} {:>14.1}{rare}", share(count), share(built));
    }
    println!(
        "\nseed {}, {} trees, of which {} build ({:.1} %)",
        options.seed,
        tally.trees,
        tally.built,
        share(tally.built)
    );
    if options.errors {
        let mut errors: Vec<_> = tally.errors.iter().collect();
        errors.sort_by_key(|(_, trees)| std::cmp::Reverse(trees.len()));
        for (error, trees) in errors {
            println!("{:>5}  {error} (tree {})", trees.len(), trees[0]);
        }
    }
    if options.bin.is_none() || options.dry {
        return Ok(());
    }
    let mut by_verdict: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, verdict) in &tally.verdicts {
        by_verdict.entry(format!("{verdict:?}")).or_default().push(*number);
    }
    for (verdict, mut numbers) in by_verdict {
        numbers.sort_unstable();
        let which = if verdict == "Same" { String::new() } else { format!(": {numbers:?}") };
        println!("{verdict}: {}{which}", numbers.len());
    }
    if tally.trees >= 500 {
        let rare: Vec<_> = features::ALL
            .iter()
            .filter(|feature| share(tally.used.get(*feature).copied().unwrap_or(0)) < 5.0 && !seldom(feature))
            .collect();
        if !rare.is_empty() || share(tally.built) < 60.0 {
            bail!("too few trees build, or these features are too rare: {rare:?}");
        }
    }
    let differing = tally.verdicts.iter().filter(|(_, verdict)| verdict.differs()).count();
    if differing > 0 {
        bail!(
            "{differing} of {} trees differ; look at one with `--seed {} --only NUMBER --keep DIR --shrink`",
            tally.trees,
            options.seed
        );
    }
    println!("No difference.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{features, plan};
    use std::collections::BTreeMap;

    #[test]
    fn a_tree_follows_from_its_seed() {
        let text = |seed| format!("{:?}", plan::tree(seed).0.files.keys().collect::<Vec<_>>());
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
    }

    #[test]
    fn every_feature_occurs_in_one_tree_of_twenty() {
        let count = 1500;
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for seed in 0..count {
            for feature in plan::tree(seed).1 {
                *seen.entry(feature).or_default() += 1;
            }
        }
        let rare: Vec<_> = features::ALL
            .iter()
            .filter(|f| !super::seldom(f))
            .filter(|f| seen.get(*f).copied().unwrap_or(0) * 20 < count as usize)
            .collect();
        assert!(rare.is_empty(), "too rare: {rare:?}");
    }
}
