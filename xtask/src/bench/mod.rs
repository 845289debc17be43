//! Whole processes, measured: rustomize, and kustomize beside it, in turn.

pub mod child;
mod contest;
mod machine;
mod table;

use crate::programs::{Rustomize, answers, first_line, root};
use anyhow::{Context, Result, bail};
use clap::Args;
use contest::{Program, Runs};
use rustomize_workloads::Workload;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use table::Row;

/// The settings of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// How often each program builds each workload; the median counts
    #[arg(long, default_value_t = 11)]
    count: usize,
    /// Only these workloads, `apps-200,crds-5` say; a number says how many, or how many megabytes
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seconds that kubectl and kustomize each get for one workload: it runs less often than --count, once at least,
    /// and is ended when that is not enough
    #[arg(long, default_value_t = 60.0)]
    limit: f64,
    /// Measure rustomize alone
    #[arg(long)]
    alone: bool,
    /// The rustomize to measure, with `examples/session` beside it; built if not given
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Put the table into the README
    #[arg(long)]
    update_readme: bool,
}

/// Runs `cargo xtask bench`. Fails when two programs do not write the same.
pub fn run(options: &Options) -> Result<()> {
    let workloads = workloads(&options.only)?;
    let scratch = tempfile::tempdir().context("cannot make a directory for the workloads")?;
    let rustomize = Rustomize::find_or_build(options.bin.as_deref())?;
    let programs = programs(&rustomize, options);
    let mut rows: Vec<Row> = floor(&programs, options.count, scratch.path())?.into_iter().collect();
    let mut differing = Vec::new();
    for workload in &workloads {
        eprintln!("{} ...", workload.name);
        let runs = contest::run(workload, &programs, options.count, scratch.path())?;
        let others = programs.iter().zip(&runs).filter(|(_, runs)| !runs.same_output);
        differing.extend(others.map(|(program, _)| format!("{} of {}", workload.name, program.name)));
        rows.push(Row { about: workload.about.clone(), input_size: workload.input_size() as u64, runs });
        rows.extend(with_provenance(workload, &programs, options.count, scratch.path())?);
        rows.extend(through_one_session(workload, &rustomize, &programs, options.count, scratch.path())?);
    }
    let text = format!("{}\n\n{}", conditions(options), table::markdown(&programs, &rows));
    println!("{text}");
    check_memory(&rows);
    if !differing.is_empty() {
        bail!("the output differs: {}", differing.join(", "));
    }
    if options.update_readme {
        table::update(&root().join("README.md"), &text)?;
    }
    Ok(())
}

fn workloads(names: &[String]) -> Result<Vec<Workload>> {
    if names.is_empty() {
        return Ok(Workload::all());
    }
    let workload = |name: &String| Workload::named(name).with_context(|| format!("there is no workload `{name}`"));
    names.iter().map(workload).collect()
}

/// rustomize first, then what there is of the others.
fn programs(rustomize: &Rustomize, options: &Options) -> Vec<Program> {
    let program = |name: &str, command: &[&Path], limit| Program {
        name: name.to_owned(),
        command: command.iter().map(|&word| word.to_owned()).collect(),
        limit,
        ..Program::default()
    };
    let mut programs = vec![program("rustomize", &[&rustomize.program, Path::new("build")], None)];
    let limit = Some(Duration::from_secs_f64(options.limit));
    let others: [(&str, [&str; 2]); 2] =
        [("kubectl kustomize", ["kubectl", "kustomize"]), ("kustomize", ["kustomize", "build"])];
    for (name, command) in others {
        if options.alone {
            continue;
        }
        if answers(command[0], &[command[1], "--help"]) {
            programs.push(program(name, &command.map(Path::new), limit));
        } else {
            eprintln!("skipped: there is no {name} on PATH");
        }
    }
    programs
}

/// What starting a process costs: a Rust program that does nothing.
fn floor(programs: &[Program], rounds: usize, scratch: &Path) -> Result<Option<Row>> {
    let source = scratch.join("empty.rs");
    let empty = scratch.join("empty");
    std::fs::write(&source, "fn main() {}\n")?;
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let compiled = Command::new(rustc).args(["-O", "-o"]).args([&empty, &source]).status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("skipped: rustc cannot be run, so there is no empty program to compare with");
        return Ok(None);
    }
    let program = Program { name: "empty".into(), command: vec![empty], ..Program::default() };
    let nothing = Workload { builds: vec![".".into()], ..Workload::default() };
    let mut runs = contest::run(&nothing, &[program], rounds, scratch)?;
    runs.resize_with(programs.len(), Runs::default);
    Ok(Some(Row { about: "an empty Rust program".into(), input_size: 0, runs }))
}

/// The workload that shows what it costs to know who set what.
const EXPLAINED: &str = "apps-200";

/// The same build in turn without and with `--provenance`: how many times as long it takes.
fn with_provenance(workload: &Workload, programs: &[Program], rounds: usize, scratch: &Path) -> Result<Option<Row>> {
    let Some(plain) = programs.first().filter(|_| workload.name == EXPLAINED) else { return Ok(None) };
    let told = scratch.join("provenance.json");
    let mut explained = Program { name: "with --provenance".into(), writes: Some(told.clone()), ..plain.clone() };
    explained.command.extend([PathBuf::from("--provenance"), told.clone()]);
    let mut runs = contest::run(workload, &[plain.clone(), explained], rounds, scratch)?;
    let plain = runs.swap_remove(0);
    let own = &mut runs[0];
    own.output_size += std::fs::metadata(&told)?.len();
    let times = plain.median().zip(own.median()).map(|(plain, own)| own.as_secs_f64() / plain.as_secs_f64());
    let times = times.map_or("–".to_owned(), |times| format!("{times:.1}"));
    if !own.same_output {
        bail!("{EXPLAINED}: with --provenance, the output differs");
    }
    runs.resize_with(programs.len(), Runs::default);
    let about = format!("{}, with `--provenance`: {times} times as long as without", workload.about);
    Ok(Some(Row { about, input_size: workload.input_size() as u64, runs }))
}

/// The same builds in one process of ours, for workloads of several builds.
fn through_one_session(
    workload: &Workload,
    rustomize: &Rustomize,
    programs: &[Program],
    rounds: usize,
    scratch: &Path,
) -> Result<Option<Row>> {
    if workload.builds.len() < 2 {
        return Ok(None);
    }
    if !rustomize.session.exists() {
        eprintln!("skipped: there is no {}, which `cargo build --example session` makes", rustomize.session.display());
        return Ok(None);
    }
    let program = Program {
        name: "session".into(),
        command: vec![rustomize.session.clone()],
        at_once: true,
        ..Program::default()
    };
    let mut runs = contest::run(workload, &[program], rounds, scratch)?;
    runs.resize_with(programs.len(), Runs::default);
    let about = format!("{}, through one `Session`", workload.about.trim_end_matches(", one by one"));
    Ok(Some(Row { about, input_size: workload.input_size() as u64, runs }))
}

/// What the numbers were taken on.
fn conditions(options: &Options) -> String {
    let mut versions = Vec::new();
    if !options.alone {
        let kubectl = first_line("kubectl", &["version", "--client"]).map(|line| format!("kubectl ({line})"));
        let kustomize = first_line("kustomize", &["version"]).map(|line| format!("kustomize ({line})"));
        versions.extend(kubectl.into_iter().chain(kustomize));
    }
    let versions = if versions.is_empty() { String::new() } else { format!(", {}", versions.join(", ")) };
    format!(
        "Medians of {} alternating runs of whole processes (fewer where one takes long; {} s at most) on {}{versions}. \
         Peak memory is that of rustomize.",
        options.count,
        options.limit,
        machine::description(),
    )
}

/// Says of each workload that took more memory than what is promised.
fn check_memory(rows: &[Row]) {
    for row in rows {
        let Some(own) = row.runs.first().filter(|own| own.output_size > 0) else { continue };
        let allowed = 4 * (row.input_size + own.output_size) + 10_000_000;
        if let Some(peak) = own.peak.filter(|&peak| peak > allowed) {
            let [peak, allowed] = [peak, allowed].map(table::bytes);
            println!("{}: {peak} of memory, more than 4 times input and output, and 10 MB ({allowed})", row.about);
        }
    }
}
