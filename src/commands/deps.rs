//! `rustomize deps`

use std::io::Read;
use std::path::PathBuf;

use super::Found;
use crate::Session;
use crate::cli::{DepsArgs, DepsRequest};
use crate::deps::{Dependencies, print, print_touched, touched};
use crate::diagnostics::{Code, Error, Result, Severity};
use crate::load::clean_up_on_signals;
use crate::output::{eprint, write_stdout};
use crate::revision::{WorkTree, paths_listed};

/// Lists what builds stand on, or which ones a change touches.
pub fn run(arguments: &DepsArgs) -> Result<Found> {
    let format = arguments.format()?;
    clean_up_on_signals();
    let session = Session::default();
    match arguments.request()? {
        DepsRequest::List(directories) => {
            let found = Dependencies::of(&session, &directories)?;
            write_stdout(&print(&found, &session, format)?)?;
            Ok(Found::Nothing)
        }
        DepsRequest::Touched { root, changed, revision } => {
            let changed = all_changed(&session, &root, changed, revision.as_deref())?;
            let found = Dependencies::below(&session, &root)?;
            found.kustomizations.iter().filter_map(|one| one.failure.as_ref()).for_each(warn);
            let touched = touched(&found, &changed);
            write_stdout(&print_touched(&found, &session, &touched, format))?;
            Ok(if touched.is_empty() { Found::Nothing } else { Found::Something })
        }
    }
}

/// Says in one line that a kustomization cannot be read: whoever builds it sees more.
fn warn(failure: &Error) {
    let mut warning = failure.diagnostic().clone();
    warning.severity = Severity::Warning;
    eprint(&format!("{}\n", warning.render(false).lines().next().unwrap_or_default()));
}

/// The absolute paths of what was named, and of what git says.
fn all_changed(session: &Session, root: &str, named: Vec<String>, revision: Option<&str>) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for name in named {
        match name.as_str() {
            "-" => all.extend(from_stdin()?.iter().map(|name| session.files.absolute(name))),
            "" => return Err(Error::new(Code::Usage, "an empty name of --changed is no file")),
            name => all.push(session.files.absolute(name)),
        }
    }
    let Some(revision) = revision else { return Ok(all) };
    let tree = WorkTree::holding(&session.files.absolute(root))?;
    let commit = match revision.strip_suffix("...") {
        Some(base) => tree.merge_base(base, "HEAD")?,
        None if revision.contains("..") => {
            let message =
                format!("--rev {revision} names two revisions, and the builds of the work tree are asked about");
            return Err(Error::new(Code::Usage, message).help("check the second one out, and name the first one alone"));
        }
        None => tree.commit(revision)?,
    };
    all.extend(tree.changed_since(&commit)?);
    Ok(all)
}

fn from_stdin() -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    let read = std::io::stdin().read_to_end(&mut names);
    read.map_err(|error| Error::new(Code::Unreadable, format!("stdin: {error}")))?;
    Ok(paths_listed(&names))
}
