//! What each command does.

pub mod argocd;
pub mod build;
pub mod cfg;
pub mod check;
pub mod completion;
pub mod create;
pub mod deps;
pub mod diff;
pub mod edit;
pub mod explain;
pub mod function;
pub mod localize;
pub mod man;
pub mod openapi;
pub mod schema;
pub mod version;

use std::io::Write;

use crate::check::Finding;
use crate::diagnostics::Diagnostic;
use crate::output::eprint;

/// What a command that looks for something has found, which its exit status tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Exit status 0.
    Nothing,
    /// Exit status 1.
    Something,
}

/// Shows a finding on stderr, in colour where that is a terminal.
pub fn report(finding: &Diagnostic) {
    // There is nowhere left to say that stderr is gone.
    let _ = writeln!(anstream::stderr(), "{}", finding.render(true));
}

/// Shows on stderr what a check has found, in colour where that is a terminal.
pub fn report_finding(finding: &Finding) {
    let _ = writeln!(anstream::stderr(), "{}", finding.render(true));
}

/// Says on stderr what there is to say of flags that are deprecated.
pub fn report_deprecations(words: &[&str]) {
    words.iter().for_each(|words| eprint(&format!("{words}\n")));
}
