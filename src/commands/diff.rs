//! `rustomize diff`

mod sides;

use std::io::stdout;

use anstream::{AutoStream, ColorChoice};

use super::{Found, report_deprecations};
use crate::Session;
use crate::cli::{DiffArgs, DiffRequest};
use crate::diagnostics::Result;
use crate::diff::Report;
use crate::diff::print::{Detail, Format, Options, print};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;
use crate::revision::{Snapshot, WorkTree};

use sides::Sides;

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
        let path = real(&path);
        let head = self.after.as_deref().unwrap_or("HEAD");
        let base = match self.since_parted {
            true => tree.merge_base(&self.before, head)?,
            false => tree.commit(&self.before)?,
        };
        let mut before = Snapshot::of(&tree, &base, Some(&self.before), session)?;
        let mut after = match &self.after {
            Some(after) => Some(Snapshot::of(&tree, &tree.commit(after)?, None, session)?),
            None => None,
        };
        sides.revisions(directory, &path, &mut before, after.as_mut())
    }
}

/// The real path of what is there of a path, with the rest behind it.
fn real(path: &std::path::Path) -> std::path::PathBuf {
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}
