//! `rustomize edit`

mod add;
mod changes;
mod comparison;
pub mod create;
mod fields;
mod file;
mod fix;
mod generators;
mod glob;
mod helm;
mod metadata;
pub mod overrides;
mod patches;
mod remove;
mod set;
mod vars;

use crate::cli::{EditArgs, EditCommand};
use crate::commands::report;
use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;
use crate::transform::builtin;

/// Whether there is anything to write.
type Outcome = Result<Edited>;

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edited {
    /// The file is to be written.
    Yes,
    /// The file stays as it is, to the byte.
    No,
}

/// Changes the kustomization in the current directory.
///
/// Fails, with the file as it was, where kustomize does.
pub fn run(arguments: &EditArgs) -> Result<()> {
    clean_up_on_signals();
    match &arguments.command {
        EditCommand::Add(command) => add::run(command, arguments.dry_run),
        EditCommand::Set(command) => set::run(command, arguments.dry_run),
        EditCommand::Remove(command) => remove::run(command, arguments.dry_run),
        EditCommand::Fix { vars } => fix::run(*vars, arguments.dry_run),
        EditCommand::AlphaListBuiltinPlugin => list_builtin_plugins(),
    }
}

fn list_builtin_plugins() -> Result<()> {
    let list: String = builtin::kinds().iter().map(|kind| format!(" * {kind}\n")).collect();
    write_stdout(&format!("Builtin plugins:\n\n{list}"))
}

/// Reads the kustomization, changes it, and writes it.
fn change(dry_run: bool, change: impl FnOnce(&mut rustomize_yaml::Tree) -> Outcome) -> Result<()> {
    let mut file = file::KustomizationText::open(&crate::Session::default())?;
    match change(&mut file.tree)? {
        Edited::Yes => changes::finish(&[file.change()?], dry_run),
        Edited::No => Ok(()),
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Code::Usage, message)
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidField, message)
}

fn warn(message: impl Into<String>) {
    report(&Diagnostic::warning(Code::InvalidField, message));
}

/// The one value of a command that takes exactly one.
fn only<'a>(values: &'a [String], what: &str) -> Result<&'a str> {
    match values {
        [value] => Ok(value),
        _ => Err(usage(format!("exactly one {what} must be given"))),
    }
}

/// The values of a command that takes at least one.
fn some<'a>(values: &'a [String], what: &str) -> Result<&'a [String]> {
    if values.is_empty() { Err(usage(format!("at least one {what} must be given"))) } else { Ok(values) }
}

/// Options of `buildMetadata`, with commas between them.
fn build_metadata(options: &[String]) -> Result<Vec<&str>> {
    const KNOWN: [&str; 3] = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
    let options: Vec<&str> =
        only(options, "list of buildMetadata options, with commas between them,")?.split(',').collect();
    match options.iter().find(|option| !KNOWN.contains(option)) {
        Some(option) => {
            let error = usage(format!("invalid buildMetadata option: {option}"));
            Err(error.help(format!("use some of {}", KNOWN.join(", "))))
        }
        None => Ok(options),
    }
}
