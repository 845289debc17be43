//! `rustomize edit`

mod add;
mod changes;
mod comparison;
mod editor;
pub mod fields;
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

pub use add::verified;
pub use editor::Editor;
pub use metadata::Pairs;

use crate::cli::{EditArgs, EditCommand};
use crate::commands::report;
use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;
use crate::transform::builtin;

/// Whether there is anything to write.
pub type Outcome = Result<Edited>;

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
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
    let editor = Editor::Directory { dry_run: arguments.dry_run };
    match &arguments.command {
        EditCommand::Add(command) => add::run(command, &editor),
        EditCommand::Set(command) => set::run(command, &editor),
        EditCommand::Remove(command) => remove::run(command, &editor),
        EditCommand::Fix { vars } => fix::run(*vars, arguments.dry_run),
        EditCommand::AlphaListBuiltinPlugin => list_builtin_plugins(),
    }
}

fn list_builtin_plugins() -> Result<()> {
    let list: String = builtin::kinds().iter().map(|kind| format!(" * {kind}\n")).collect();
    write_stdout(&format!("Builtin plugins:\n\n{list}"))
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Code::Usage, message)
}

/// An edit that the kustomization does not allow.
pub fn refused(message: impl Into<String>) -> Error {
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

#[cfg(test)]
mod random_tests;
