//! A build that fails is a finding: what keeps it from being checked at all is not.

use super::{Finding, Rule, rules};
use crate::diagnostics::{Code, Error};

/// The finding that a failure of the build is; `None` for what says nothing about the kustomization.
pub(super) fn finding(error: &Error) -> Option<Finding> {
    let diagnostic = error.diagnostic();
    let is_about_input = !diagnostic.labels.is_empty() && rule_of(diagnostic.code).is_some();
    let rule = rule_of(diagnostic.code).filter(|_| is_about_input)?;
    let finding = Finding::of_error(rule, error);
    let note = format!("the build fails here ({}), so that nothing behind it is checked", error.code().as_str());
    Some(finding.note(note))
}

fn rule_of(code: Code) -> Option<&'static Rule> {
    match code {
        Code::DuplicateKey => Some(&rules::DUPLICATE_KEY),
        Code::UnknownField => Some(&rules::UNKNOWN_FIELD),
        Code::PatchTarget => Some(&rules::UNMATCHED_PATCH),
        Code::GeneratorTarget => Some(&rules::UNMATCHED_GENERATOR),
        Code::Fetch | Code::Helm | Code::Git | Code::NotEnabled | Code::Unsupported | Code::Usage | Code::Output => {
            None
        }
        _ => Some(&rules::BUILD_FAILURE),
    }
}
