//! `rustomize fn`

mod annotations;
mod item;
mod merge;
mod sources;
mod step;
mod write;

use crate::cli::{FnCommand, FnRunArgs};
use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::manifests::{read_folder, read_stdin};
use crate::output::{eprint, write_stdout};

use item::Item;
use step::Step;

/// The endings of files that functions see.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Runs functions as a command says.
pub fn run(command: &FnCommand) -> Result<()> {
    match command {
        FnCommand::Run(arguments) => run_functions(arguments),
    }
}

fn run_functions(arguments: &FnRunArgs) -> Result<()> {
    sources::check(arguments)?;
    let folder = match arguments.directories.as_slice() {
        [] => None,
        [folder] => Some(folder.as_str()),
        _ => {
            let error = Error::new(Code::Usage, "several directories given, one expected");
            return Err(error.help("what is for the function comes behind `--`"));
        }
    };
    let items = match folder {
        Some(folder) => items(folder, arguments.include_subpackages)?,
        None => read_stdin()?.into_iter().map(Item::from_stdin).collect(),
    };
    let files = write::files(&items);
    let steps = sources::steps(&items, arguments)?;
    let mut failures = Vec::new();
    let Some(items) = through(&steps, items, arguments.log_steps, &mut failures)? else { return Ok(()) };
    match folder.filter(|_| !arguments.dry_run) {
        Some(folder) => write::write_back(folder, items, &files)?,
        None if failures.is_empty() => write_stdout(&write::text(items, &[])?)?,
        None => {}
    }
    put_together(failures)
}

/// The manifests of a folder, each annotated with its place.
fn items(folder: &str, subpackages: bool) -> Result<Vec<Item>> {
    let manifests = read_folder(folder, &ENDINGS, !subpackages)?;
    Ok(manifests.into_iter().map(Item::from_file).collect())
}

/// What the functions make of the items one after the other; `None` when one leaves nothing, which ends it all, as
/// upstream. Failures that may wait are added to `failures`.
fn through(steps: &[Step], mut items: Vec<Item>, log: bool, failures: &mut Vec<Error>) -> Result<Option<Vec<Item>>> {
    for (number, step) in steps.iter().enumerate() {
        let before = annotations::Before::prepare(&mut items)?;
        if log {
            eprint(&format!("Running {}\n", step.function.identifier));
        }
        items = step.apply(items, number, failures)?;
        if items.is_empty() {
            let message = format!("the function {} left no manifests: nothing is written", step.shown);
            super::report(&Diagnostic::warning(Code::Plugin, message));
            return put_together(std::mem::take(failures)).map(|()| None);
        }
        before.reconcile(&mut items)?;
    }
    Ok(Some(items))
}

/// The failures that waited, as one error.
fn put_together(failures: Vec<Error>) -> Result<()> {
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else { return Ok(()) };
    Err(failures.fold(first, |error, other| {
        let diagnostic = other.diagnostic();
        diagnostic.notes.iter().fold(error.note(diagnostic.message.clone()), |error, note| error.note(note.clone()))
    }))
}
