use std::collections::BTreeMap;

use super::{YAML, only_folder};
use crate::cli::CountArgs;
use crate::diagnostics::Result;
use crate::manifests::{Manifest, packages, read_folder, read_stdin};
use crate::output::write_stdout;

/// Counts manifests, of each package under its name.
pub fn run(arguments: &CountArgs) -> Result<()> {
    let Some(folder) = only_folder(&arguments.directories)? else {
        return write_stdout(&counted(&read_stdin()?, arguments.kind));
    };
    let of_package = |package: &String| {
        let manifests = read_folder(package, &YAML, true)?;
        Ok(format!("{package}/\n{}", counted(&manifests, arguments.kind)))
    };
    let packages = packages(folder, arguments.packages.recurse)?;
    let counts = packages.iter().map(of_package).collect::<Result<Vec<_>>>()?;
    write_stdout(&counts.join("\n"))
}

fn counted(manifests: &[Manifest], by_kind: bool) -> String {
    if !by_kind {
        return format!("{}\n", manifests.len());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    manifests.iter().for_each(|manifest| *counts.entry(manifest.kind()).or_default() += 1);
    counts.iter().map(|(kind, count)| format!("{kind}: {count}\n")).collect()
}
