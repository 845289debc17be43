//! The files of a workload, on the disk.

use anyhow::{Context, Result};
use clap::Args;
use rustomize_workloads::{Kind, Workload};
use std::path::PathBuf;

/// The settings of `cargo xtask workload`.
#[derive(Args)]
pub struct Options {
    /// Its kind and size, `apps-200` say
    name: String,
    /// The directory to write it to
    directory: PathBuf,
}

/// Runs `cargo xtask workload`: writes the files, and prints the directories to build.
pub fn run(options: &Options) -> Result<()> {
    let kinds = || Kind::ALL.map(Kind::name).join("-N, ");
    let workload = Workload::named(&options.name)
        .with_context(|| format!("there is no workload `{}`; there are {}-N", options.name, kinds()))?;
    workload.write(&options.directory)?;
    workload.builds.iter().for_each(|build| println!("{}", options.directory.join(build).display()));
    Ok(())
}
