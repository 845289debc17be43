//! Tools for the people who build rustomize: `cargo xtask COMMAND`.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod bench;
mod instructions;
mod kubernetes;
mod laws;
mod programs;
mod schema;
mod trees;
mod workload;

/// Tools for the people who build rustomize.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure whole processes, of rustomize and of kustomize in turn
    Bench(bench::Options),
    /// Count the instructions that builds take, and compare with what they took before
    Instructions(instructions::Options),
    /// Compile the schemas of Kubernetes' types into src/check/schemas/kubernetes.bin
    Kubernetes(kubernetes::Options),
    /// Compare what commands say of generated trees with what happens when everything is tried
    Laws(laws::Options),
    /// Measure one process: what `bench` calls for each
    #[command(hide = true)]
    Measure(bench::child::Options),
    /// Compile what is known of Kubernetes types into src/schema/table.rs
    Schema(schema::Options),
    /// Generate random kustomization trees and compare rustomize with `kubectl kustomize` on them
    Trees(trees::Options),
    /// Write the files of a workload, to look at it or to profile it
    Workload(workload::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Bench(options) => bench::run(&options),
        Command::Instructions(options) => instructions::run(&options),
        Command::Kubernetes(options) => kubernetes::run(&options),
        Command::Laws(options) => laws::run(&options),
        Command::Measure(options) => bench::child::run(&options),
        Command::Schema(options) => schema::run(&options),
        Command::Trees(options) => trees::run(&options),
        Command::Workload(options) => workload::run(&options),
    }
}
