//! Findings for people and for programs.

mod github;
mod json;
mod junit;
mod sarif;
mod text;

use super::Finding;
use crate::diagnostics::Severity;

/// A form of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For CI that shows tests.
    Junit,
    /// Workflow commands of GitHub Actions, which become annotations.
    Github,
}

impl Format {
    /// Their names.
    pub const NAMES: [&str; 5] = ["text", "json", "sarif", "junit", "github"];

    /// The form of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        let all = [Format::Text, Format::Json, Format::Sarif, Format::Junit, Format::Github];
        Format::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }
}

/// The findings in a form; in text, with the control sequences of a terminal or without.
pub(crate) fn print(findings: &[Finding], format: Format, styled: bool) -> String {
    match format {
        Format::Text => text::print(findings, styled),
        Format::Json => json::print(findings),
        Format::Sarif => sarif::print(findings),
        Format::Junit => junit::print(findings),
        Format::Github => github::print(findings),
    }
}

/// How many of the findings are errors, and how many are warnings.
fn counts(findings: &[Finding]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    (errors, findings.len() - errors)
}

/// What programs call a severity.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
