//! `rustomize completion`, and the completions that its scripts ask for.

use std::ffi::OsString;

use clap_complete::CompleteEnv;

use crate::cli::{self, COMPLETION_VARIABLE, CompletionArgs};
use crate::diagnostics::{Code, Error, Result};
use crate::output::write_stdout;

/// Prints the script for a shell.
pub fn run(arguments: &CompletionArgs) -> Result<()> {
    write_stdout(&arguments.shell.script().map_err(|error| failed(&error))?)
}

/// Prints what can come next, where the environment says that a script of ours asks; false where it does not.
pub fn complete(arguments: &[OsString]) -> Result<bool> {
    if std::env::var_os(COMPLETION_VARIABLE).is_none() {
        return Ok(false);
    }
    let definition = || cli::with_paths(cli::definition());
    let here = std::env::current_dir().ok();
    let completed =
        CompleteEnv::with_factory(definition).var(COMPLETION_VARIABLE).try_complete(arguments, here.as_deref());
    completed.map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Output, format!("cannot complete: {error}"))
}
