//! The Python package that carries the schemas.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::programs;

/// The release of the package that the table is made from: pinned, so that the table is the same for everyone.
const PACKAGE: &str = "kubernetes-validate==1.37.0";

/// Whether the package is installed already.
#[cfg(test)]
pub fn has_schemas() -> bool {
    has_package(&environment().join("bin/python"))
}

fn environment() -> PathBuf {
    programs::root().join("target/kubernetes-validate")
}

/// The Python of a virtual environment under `target` in which the package is installed; installs it first where it
/// is not. Fails where there is no Python, or the package cannot be had.
pub fn python() -> Result<PathBuf> {
    let environment = environment();
    let python = environment.join("bin/python");
    if !has_package(&python) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    }
    Ok(python)
}

fn has_package(python: &Path) -> bool {
    let (_, version) = PACKAGE.split_once("==").unwrap_or_default();
    installed(python).is_ok_and(|installed| installed == version)
}

fn installed(python: &Path) -> Result<String> {
    print(python, "import importlib.metadata as m; print(m.version('kubernetes-validate'))")
}

/// The directory of the schemas, one folder a release.
pub fn schemas() -> Result<PathBuf> {
    let package = print(&python()?, "import kubernetes_validate as k, os; print(os.path.dirname(k.__file__))")?;
    Ok(Path::new(&package).join("kubernetes-json-schema"))
}

fn print(python: &Path, script: &str) -> Result<String> {
    let output = Command::new(python).args(["-c", script]).output().context("cannot run Python")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} failed", command.get_program().display());
    }
    Ok(())
}

/// The file of the definitions of each minor release: those in which fields that are not known are refused.
pub fn releases(schemas: &Path) -> Result<BTreeMap<u32, PathBuf>> {
    let folders = schemas.read_dir().with_context(|| format!("cannot read {}", schemas.display()))?;
    let mut releases = BTreeMap::new();
    for folder in folders {
        let folder = folder?;
        let name = folder.file_name().to_string_lossy().into_owned();
        let minor = name.strip_prefix("v1.").and_then(|rest| rest.strip_suffix(".0-local-strict"));
        if let Some(minor) = minor {
            releases.insert(minor.parse()?, folder.path().join("_definitions.json"));
        }
    }
    if releases.is_empty() {
        bail!("there are no schemas in {}", schemas.display());
    }
    Ok(releases)
}
