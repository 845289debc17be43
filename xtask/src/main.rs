//! Tools for the people who build rustomize: `cargo xtask COMMAND`.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod schema;
mod trees;

/// Tools for the people who build rustomize.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile what is known of Kubernetes types into src/schema/table.rs
    Schema(schema::Options),
    /// Generate random kustomization trees and compare rustomize with `kubectl kustomize` on them
    Trees(trees::Options),
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
        Command::Schema(options) => schema::run(&options),
        Command::Trees(options) => trees::run(&options),
    }
}
