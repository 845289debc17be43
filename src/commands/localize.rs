//! `rustomize localize`

use crate::cli::LocalizeArgs;
use crate::commands::report;
use crate::diagnostics::{Code, Error, Result};
use crate::load::clean_up_on_signals;
use crate::localize::{Localized, Request, localize};
use crate::output::eprint;
use crate::{BuildOptions, Session};

/// Makes the copy, and builds target and copy to see that both come to the same.
pub fn run(arguments: &LocalizeArgs) -> Result<()> {
    let request = arguments.request()?;
    clean_up_on_signals();
    let session = Session::default();
    let localized = localize(&session, request)?;
    localized.warnings.iter().for_each(report);
    let verified = if arguments.no_verify {
        ""
    } else {
        verify(&session, request, &localized)?;
        "; both build to the same"
    };
    eprint(&format!("localized {} to {}{verified}\n", request.target, localized.destination.display()));
    Ok(())
}

/// Fails unless target and copy build to the same, but for notes of where things came from.
fn verify(session: &Session, request: Request, localized: &Localized) -> Result<()> {
    let Request { target, compat, .. } = request;
    let options = BuildOptions { compat, ..BuildOptions::default() };
    let copy = localized.target.to_string_lossy();
    let kept = |error: Error| {
        error
            .note(format!("the copy in {copy} is complete, but it is not known to build like the target"))
            .note("for what builds with flags alone, use --no-verify and compare the builds yourself")
    };
    let [before, after] = [target, &copy].map(|directory| session.build(&options, directory));
    let [before, after] = [before.map_err(kept)?, after.map_err(kept)?];
    let [before, after] = [before.yaml(), after.yaml()].map(without_notes);
    let Some((number, one, other)) = first_difference(&before, &after) else { return Ok(()) };
    let message = format!("{target} and its copy in {copy} do not build to the same");
    Err(Error::new(Code::Localize, message)
        .note(format!("first difference, in line {number}: `{one}` of the target, `{other}` of the copy")))
}

/// The number of the first line that differs, and both versions of it.
fn first_difference<'a>(before: &[&'a str], after: &[&'a str]) -> Option<(usize, &'a str, &'a str)> {
    let line = |lines: &[&'a str], number: usize| lines.get(number).copied().unwrap_or_default();
    let differs = |number: &usize| line(before, *number) != line(after, *number);
    let number = (0..before.len().max(after.len())).find(differs)?;
    Some((number + 1, line(before, number), line(after, number)))
}

/// The lines of a build without the annotations that `buildMetadata` adds: what was remote has another origin now.
fn without_notes(yaml: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let is_note = ["config.kubernetes.io/origin:", "alpha.config.kubernetes.io/transformations:"]
            .iter()
            .any(|key| text.starts_with(key));
        if !is_note {
            kept.push(line);
            continue;
        }
        let indent = line.len() - text.len();
        while lines.peek().is_some_and(|next| next.len() - next.trim_start().len() > indent) {
            lines.next();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_origins_do_not_count() {
        let yaml =
            "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: a\n    x: y\n  name: a\n";
        assert_eq!(without_notes(yaml).join("\n"), "metadata:\n  annotations:\n    x: y\n  name: a");
    }

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference(&["a", "b"], &["a", "c"]), Some((2, "b", "c")));
        assert_eq!(first_difference(&["a"], &["a", "c"]), Some((2, "", "c")));
        assert_eq!(first_difference(&["a"], &["a"]), None);
    }
}
