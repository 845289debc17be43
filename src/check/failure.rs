//! A build that fails is a finding: what keeps it from being checked at all is not.

use super::{Finding, Rule, rules};
use crate::diagnostics::{Code, Diagnostic, Error, Severity};

/// The finding that a failure of the build is; `None` for what says nothing about the kustomization.
pub(super) fn finding(error: &Error) -> Option<Finding> {
    let diagnostic = error.diagnostic();
    let rule = rule_of(diagnostic).filter(|_| !diagnostic.labels.is_empty())?;
    let mut finding = Finding::of_error(rule, error);
    finding.severity = Severity::Error;
    let note = format!("the build fails here ({}), so that nothing behind it is checked", error.code().as_str());
    Some(finding.note(note))
}

fn rule_of(diagnostic: &Diagnostic) -> Option<&'static Rule> {
    let finds_nothing = diagnostic.message.contains("there is no");
    match diagnostic.code {
        Code::DuplicateKey => Some(&rules::DUPLICATE_KEY),
        Code::UnknownField => Some(&rules::UNKNOWN_FIELD),
        Code::PatchTarget if finds_nothing => Some(&rules::UNMATCHED_PATCH),
        Code::GeneratorTarget if finds_nothing => Some(&rules::UNMATCHED_GENERATOR),
        Code::Fetch | Code::Helm | Code::Git | Code::NotEnabled | Code::Unsupported | Code::Usage | Code::Output => {
            None
        }
        _ => Some(&rules::BUILD_FAILURE),
    }
}
