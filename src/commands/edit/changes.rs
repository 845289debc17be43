//! Changes of files: shown, or written all at once.

use std::path::Path;

use crate::diagnostics::Result;
use crate::output::{write_files, write_stdout};

/// A file and what shall become of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path as people type it.
    pub name: String,
    /// What it holds.
    pub before: String,
    /// What it shall hold.
    pub after: String,
}

/// Writes the files, each in one step and none unless all can be; or prints the differences. What stays as it is, is
/// not written.
pub fn finish(changes: &[Change], dry_run: bool) -> Result<()> {
    let changed = changes.iter().filter(|change| change.before != change.after);
    if dry_run {
        return write_stdout(&changed.map(difference).collect::<String>());
    }
    let files: Vec<(&Path, &str)> = changed.map(|change| (Path::new(&change.name), change.after.as_str())).collect();
    write_files(&files)
}

/// The difference as `diff -u` writes it.
fn difference(change: &Change) -> String {
    let diff = similar::TextDiff::from_lines(&change.before, &change.after);
    let names = ["a", "b"].map(|side| format!("{side}/{}", change.name));
    diff.unified_diff().header(&names[0], &names[1]).to_string()
}
