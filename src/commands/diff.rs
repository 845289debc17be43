//! `rustomize diff`

mod sides;

use std::collections::BTreeSet;
use std::io::stdout;
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};

use super::{Found, report_deprecations};
use crate::Session;
use crate::cli::{DiffArgs, DiffRequest};
use crate::deps::Ways;
use crate::diagnostics::{Code, Error, Result};
use crate::diff::Report;
use crate::diff::print::{Detail, Format, Options, print};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;
use crate::revision::{Snapshot, WorkTree};

use sides::{Pair, Sides};

/// Compares two sides, or one directory in two revisions, and shows what differs.
pub fn run(arguments: &DiffArgs) -> Result<Found> {
    report_deprecations(&arguments.deprecations());
    let (request, format, build) = (arguments.request()?, arguments.format()?, arguments.options()?);
    clean_up_on_signals();
    let session = Session::default();
    let with_causes = arguments.detail() == Detail::Fields && format != Format::Unified;
    let sides = Sides::new(&session, &build, arguments.all, with_causes)?;
    let report = match request {
        DiffRequest::Sides(before, after) => sides.named(&before, &after)?,
        DiffRequest::Revisions { directory, before, after, since_parted } => {
            let revisions = Revisions { before, after, since_parted };
            revisions.compare(&session, &sides, &directory)?
        }
    };
    let is_styled = AutoStream::choice(&stdout()) != ColorChoice::Never;
    let options = Options { format, detail: arguments.detail(), is_styled, limit: arguments.limit };
    write_stdout(&print(&report, options))?;
    Ok(if report.is_empty() { Found::Nothing } else { Found::Something })
}

/// Two revisions, or one and the work tree.
struct Revisions {
    before: String,
    after: Option<String>,
    since_parted: bool,
}

impl Revisions {
    fn compare(&self, session: &Session, sides: &Sides, directory: &str) -> Result<Report> {
        let path = session.files.absolute(directory);
        let tree = WorkTree::holding(&path)?;
        // The work tree is known by its real path; what is below need not be there any more.
        let path = Ways::default().find(&path).real.clone();
        if self.after.is_none() {
            tree.needs_files()?;
        }
        let head = self.after.as_deref().unwrap_or("HEAD");
        let base = match self.since_parted {
            true => tree.merge_base(&self.before, head)?,
            false => tree.commit(&self.before)?,
        };
        let later = self.after.as_ref().map(|after| tree.commit(after)).transpose()?;
        let before = Snapshot::of(&tree, &base, Some(&self.before), session)?;
        let after = later.as_ref().map(|later| Snapshot::of(&tree, later, None, session)).transpose()?;
        let renamed = || -> Result<Vec<(PathBuf, PathBuf)>> {
            let renamed = tree.renamed_since(&base, later.as_deref())?;
            Ok(renamed.into_iter().map(|(old, new)| (tree.top.join(old), tree.top.join(new))).collect())
        };
        let snapshots = std::iter::once(&before).chain(&after);
        let absent: BTreeSet<PathBuf> = snapshots.flat_map(Snapshot::absent_submodules).cloned().collect();
        let report = sides.revisions(directory, &path, Pair { before, after }, renamed);
        report.map_err(|error| with_submodule(error, &absent))
    }
}

/// An error with a word about the submodule that the file lies in which is missing, if it does.
fn with_submodule(error: Error, absent: &BTreeSet<PathBuf>) -> Error {
    let is_in_it = |path: &&PathBuf| error.diagnostic().message.contains(&format!(":{}", path.display()));
    let Some(path) = absent.iter().find(is_in_it).filter(|_| error.code() == Code::MissingFile) else { return error };
    let path = path.display();
    error.help(format!(
        "{path} is a submodule that is not here, or has not the commit: git submodule update --init {path}"
    ))
}
