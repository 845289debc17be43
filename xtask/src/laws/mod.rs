//! Laws that hold for every tree: what a command says is compared with what happens when everything is tried.

mod check;
mod deps;
mod diff;
mod explain;
mod schemas;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};

use crate::trees::{self, Tree};

/// The settings of `cargo xtask laws`.
#[derive(Args)]
pub struct Options {
    /// Which law
    law: Law,
    /// How many trees
    #[arg(long, default_value_t = 50)]
    count: usize,
    /// The seed of the whole run; tree number I of a seed is always the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the tree of this number
    #[arg(long)]
    only: Option<usize>,
    /// Of `explain`: how many leaves, and how many lines that nothing names, are tried in each tree
    #[arg(long, default_value_t = 3)]
    tries: usize,
}

/// The laws.
#[derive(Clone, Copy, ValueEnum)]
enum Law {
    /// `check` finds what is planted in trees without a fault, where it is planted, and nothing else
    Check,
    /// `deps --changed` names the builds that come out otherwise when a file has gone, and no others
    Deps,
    /// `diff` names what was changed in a copy and nothing else, and the other way around the same
    Diff,
    /// `explain` names, for every leaf, the line that made it what it is
    Explain,
    /// `check` says of manifests what `kubernetes-validate` says; the number is that of manifests
    Schemas,
}

/// Runs `cargo xtask laws`; fails at the first tree for which the law does not hold.
pub fn run(options: &Options) -> Result<()> {
    let numbers = options.only.map_or(0..options.count, |only| only..only + 1);
    let tried = match options.law {
        Law::Check => check::hold(options.seed, numbers)?,
        Law::Deps => deps::hold(options.seed, numbers)?,
        Law::Diff => diff::hold(options.seed, numbers)?,
        Law::Explain => explain::hold(options.seed, numbers, options.tries)?,
        Law::Schemas => schemas::hold(options.seed, numbers)?,
    };
    println!("holds: {tried}");
    Ok(())
}

/// Writes the trees of some numbers, one after the other, and has each looked at.
fn each_tree(
    seed: u64,
    numbers: std::ops::Range<usize>,
    mut look: impl FnMut(&Tree, &Path) -> Result<()>,
) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let place = scratch.path().canonicalize()?.join("tree");
    for number in numbers {
        let tree = trees::numbered(seed, number);
        tree.write(&place)?;
        look(&tree, &place).with_context(|| format!("tree {number} of seed {seed}"))?;
    }
    Ok(())
}

/// A copy of the worked example of the README.
fn example(into: &Path) -> Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the repository")?;
    for part in ["bases", "overlays"] {
        for file in files_below(&repository.join(part))? {
            let copy = into.join(file.strip_prefix(repository)?);
            fs::create_dir_all(copy.parent().context("a file lies in a directory")?)?;
            fs::copy(&file, &copy)?;
        }
    }
    Ok(())
}

/// All files below a directory, sorted.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { pending.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    Ok(files)
}
