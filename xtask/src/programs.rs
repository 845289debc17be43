//! The programs that are measured.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// rustomize, and the example that builds many directories through one session.
pub struct Rustomize {
    pub program: PathBuf,
    pub session: PathBuf,
}

impl Rustomize {
    /// The given program, with the example beside it where cargo puts it; else what cargo builds now.
    pub fn find_or_build(given: Option<&Path>) -> Result<Rustomize> {
        let program = match given {
            Some(program) => program.to_owned(),
            None => build()?,
        };
        let program = program.canonicalize().with_context(|| format!("there is no {}", program.display()))?;
        let session = program.with_file_name("examples").join("session");
        Ok(Rustomize { program, session })
    }
}

fn build() -> Result<PathBuf> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(["build", "--quiet", "--release", "--locked", "--bin", "rustomize", "--example", "session"]);
    let status = command.current_dir(root()).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo cannot build rustomize");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    Ok(target.join("release/rustomize"))
}

/// Whether a program answers to these arguments.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// What `program arguments` prints on its first line; `None` where it does not run.
pub fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}
