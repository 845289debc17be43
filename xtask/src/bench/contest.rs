//! Programs that build the same workload in turn.

use super::child::{Taken, measure};
use anyhow::{Context, Result};
use rustomize_workloads::Workload;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A way to build a workload.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// As the table calls it.
    pub name: String,
    /// The program and its first arguments; the directories follow.
    pub command: Vec<PathBuf>,
    /// Whether one process builds all directories of a workload.
    pub at_once: bool,
    /// How much time it gets for one workload, in all its runs.
    pub limit: Option<Duration>,
    /// A file that it writes besides its output.
    pub writes: Option<PathBuf>,
}

/// What a program took for a workload.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    pub times: Vec<Duration>,
    pub peak: Option<u64>,
    pub output_size: u64,
    /// Whether the first run had no time to come to its end.
    pub given_up: bool,
    /// Whether its output is that of the first program.
    pub same_output: bool,
}

impl Runs {
    /// The median time; half of the runs took at least so long.
    pub fn median(&self) -> Option<Duration> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }

    fn spent(&self) -> Duration {
        self.times.iter().sum()
    }
}

/// Runs the programs in turn, `rounds` times each, or until the limit of a program is reached.
pub fn run(workload: &Workload, programs: &[Program], rounds: usize, scratch: &Path) -> Result<Vec<Runs>> {
    let tree = scratch.join("tree");
    if tree.exists() {
        std::fs::remove_dir_all(&tree)?;
    }
    std::fs::create_dir_all(&tree)?;
    workload.write(&tree).context("cannot write the workload")?;
    let mut all: Vec<Runs> = vec![Runs::default(); programs.len()];
    for round in 0..rounds {
        for (program, runs) in programs.iter().zip(&mut all) {
            let has_time = |limit| runs.median().is_none_or(|median| runs.spent() + median <= limit);
            if !runs.given_up && program.limit.is_none_or(has_time) {
                let outputs = scratch.join(&program.name).with_extension("out");
                one(workload, program, &tree, &outputs, round == 0, runs)?;
            }
        }
        if round == 0 {
            compare(programs, &mut all, scratch)?;
        }
    }
    Ok(all)
}

/// One build of each directory.
fn one(
    workload: &Workload,
    program: &Program,
    tree: &Path,
    outputs: &Path,
    is_first: bool,
    runs: &mut Runs,
) -> Result<()> {
    let per_process = if program.at_once { workload.builds.len() } else { 1 };
    let mut time = Duration::ZERO;
    let mut all_output = Vec::new();
    for directories in workload.builds.chunks(per_process) {
        let command: Vec<PathBuf> =
            program.command.iter().cloned().chain(directories.iter().map(PathBuf::from)).collect();
        let left = program.limit.map(|limit| limit.saturating_sub(time));
        // To write a file anew waits for the disk that still has to take what was in it.
        [outputs].into_iter().chain(program.writes.as_deref()).try_for_each(remove)?;
        let Taken { time: taken, peak, finished } = measure(&command, tree, outputs, left)?;
        time += taken;
        runs.peak = runs.peak.max(peak);
        if !finished {
            runs.given_up = runs.times.is_empty();
            return Ok(());
        }
        if is_first {
            all_output.extend(std::fs::read(outputs)?);
        }
    }
    runs.times.push(time);
    if is_first {
        runs.output_size = all_output.len() as u64;
        std::fs::write(outputs, all_output)?;
    }
    Ok(())
}

/// Removes a file, if there is one.
fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("cannot remove an earlier output"),
        _ => Ok(()),
    }
}

/// Looks whether all programs that came to their end wrote the same.
fn compare(programs: &[Program], all: &mut [Runs], scratch: &Path) -> Result<()> {
    let output = |program: &Program| std::fs::read(scratch.join(&program.name).with_extension("out"));
    let Some(first) = programs.first() else { return Ok(()) };
    let expected = output(first)?;
    for (program, runs) in programs.iter().zip(all) {
        runs.same_output = runs.given_up || output(program)? == expected;
    }
    Ok(())
}
