//! Tools for the people who build rustomize: `cargo xtask COMMAND`.

use anyhow::Result;
use clap::{Parser, Subcommand};

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
    /// Generate random kustomization trees and compare rustomize with `kubectl kustomize` on them
    Trees(trees::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Trees(options) => trees::run(&options),
    }
}
