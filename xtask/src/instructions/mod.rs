//! How many instructions builds take, as valgrind's callgrind counts them: numbers that are the same on a busy machine.
//!
//! They are compared with what was recorded, and with each other: twice the work may take little more than twice the
//! instructions.

mod baselines;
mod callgrind;

use crate::programs::{Rustomize, answers, first_line, root};
use anyhow::{Context, Result, bail};
use baselines::Baselines;
use clap::Args;
use rustomize_workloads::thousands;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The settings of `cargo xtask instructions`.
#[derive(Args)]
pub struct Options {
    /// The rustomize to count; built if not given
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Count only these workloads, `apps-200,crds-5` say, and compare nothing
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Record the counts as what builds take from now on, with the reason
    #[arg(long, value_name = "REASON")]
    record: Option<String>,
}

/// The workloads whose counts are recorded.
const RECORDED: [&str; 5] = ["smallest", "apps-200", "crds-5", "layers-20", "patches-2000"];

/// How much more than recorded a build may take.
const TOLERANCE: f64 = 1.05;

/// A larger and a smaller workload, and how many times as many instructions the larger one may take; the last one is the
/// same with its provenance told.
const GROWTH: [(&str, &str, f64); 8] = [
    ("apps-1000", "apps-200", 5.3),
    ("apps-4000", "apps-100", 42.0),
    ("patches-4000", "patches-2000", 2.1),
    ("replacements-4000", "replacements-2000", 2.1),
    ("vars-4000", "vars-2000", 2.1),
    ("shared-base-100", "shared-base-50", 2.1),
    ("ports-4000", "ports-2000", 2.1),
    ("apps-200 --provenance", "apps-200", 2.8),
];

/// Counts by workload.
type Counts = BTreeMap<String, u64>;

/// Runs `cargo xtask instructions`. Fails where a build takes more than it may.
pub fn run(options: &Options) -> Result<()> {
    if !answers("valgrind", &["--version"]) {
        println!("SKIPPED: valgrind is not installed; no instructions were counted");
        return Ok(());
    }
    let rustomize = Rustomize::find_or_build(options.bin.as_deref())?;
    if !options.only.is_empty() {
        let counts = callgrind::count(&rustomize.program, options.only.clone())?;
        counts.iter().for_each(|(name, count)| println!("{name:<20} {:>18}", thousands(*count)));
        return Ok(());
    }
    let counted = RECORDED.into_iter().chain(GROWTH.iter().flat_map(|&(large, small, _)| [large, small]));
    let counts = callgrind::count(&rustomize.program, counted.map(str::to_owned).collect())?;
    let file = root().join("xtask/instructions.txt");
    let mut baselines = Baselines::read(&file)?;
    if let Some(reason) = &options.record {
        baselines.record(&compiler()?, RECORDED.map(|name| (name, counts[name])), reason);
        baselines.write(&file)?;
    }
    let too_many = [compare_with_recorded(&counts, &baselines)?, compare_sizes(&counts)].concat();
    if !too_many.is_empty() {
        bail!("{}\n{HELP}", too_many.join("\n"));
    }
    Ok(())
}

const HELP: &str = "`cargo xtask workload NAME DIRECTORY` writes a workload, `valgrind --tool=callgrind` shows where its \
    instructions go.\nIf there is a good reason: `cargo xtask instructions --record 'the reason'`";

/// Prints the recorded workloads; returns those that take too much.
fn compare_with_recorded(counts: &Counts, baselines: &Baselines) -> Result<Vec<String>> {
    let compiler = compiler()?;
    let holds = baselines.compiler == compiler;
    if !holds {
        println!("SKIPPED: the recorded counts are of {}, not of {compiler}", baselines.compiler);
    }
    let mut too_many = Vec::new();
    for name in RECORDED {
        let count = counts[name];
        let recorded = baselines.count_of(name);
        let change = recorded.map(|recorded| count as f64 / recorded as f64);
        let shown = change.map_or("not recorded".to_owned(), |change| format!("{:+.1} %", (change - 1.0) * 100.0));
        println!("{name:<20} {:>18}  {shown}", thousands(count));
        if holds && change.is_none_or(|change| change > TOLERANCE) {
            too_many.push(format!("{name}: {shown}, where 5 % are allowed"));
        }
    }
    Ok(too_many)
}

/// Prints how counts grow with the work; returns what grows too fast.
fn compare_sizes(counts: &Counts) -> Vec<String> {
    let mut too_many = Vec::new();
    for (large, small, limit) in GROWTH {
        let growth = counts[large] as f64 / counts[small] as f64;
        println!("{large:<20} {:>18}  {growth:.2} times {small} (at most {limit})", thousands(counts[large]));
        if growth > limit {
            too_many.push(format!("{large} takes {growth:.2} times the instructions of {small}, {limit} are allowed"));
        }
    }
    too_many
}

/// What compiles rustomize, and for what: counts of another compiler are others.
fn compiler() -> Result<String> {
    let version = first_line("rustc", &["--version"]).context("cannot run rustc")?;
    let version = version.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Ok(format!("{version} for {}-{}", std::env::consts::ARCH, std::env::consts::OS))
}
