//! `rustomize check`

use std::collections::BTreeSet;
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::{Found, report_deprecations};
use crate::Session;
use crate::check::{Group, Rule, report};
use crate::cli::CheckArgs;
use crate::deps::{Dependencies, Kustomization};
use crate::diagnostics::{Result, Severity};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;

/// Checks directories and prints what is found, or tells about rules.
pub fn run(arguments: &CheckArgs) -> Result<Found> {
    if arguments.list {
        write_stdout(&list())?;
        return Ok(Found::Nothing);
    }
    if let Some(rule) = arguments.explain()? {
        write_stdout(&explanation(rule))?;
        return Ok(Found::Nothing);
    }
    report_deprecations(&arguments.deprecations());
    let (options, format) = (arguments.options()?, arguments.format()?);
    clean_up_on_signals();
    let session = Session::default();
    let directories = match arguments.all {
        true => below(&session, &arguments.directories())?,
        false => arguments.directories().iter().map(|&directory| directory.to_owned()).collect(),
    };
    let directories: Vec<&str> = directories.iter().map(String::as_str).collect();
    let findings = session.check_all(&directories, &options)?;
    let styled = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
    write_stdout(&report::print(&findings, format, styled))?;
    Ok(if findings.is_empty() { Found::Nothing } else { Found::Something })
}

/// The kustomizations in and below directories that nothing below them stands on, as what is wrong there depends on what
/// is built with it; those that stand on nothing else are checked with the ones that use them.
fn below(session: &Session, roots: &[&str]) -> Result<Vec<String>> {
    let found: Vec<Dependencies> =
        roots.iter().map(|root| Dependencies::below(session, root)).collect::<Result<_>>()?;
    let all = || found.iter().flat_map(|found| &found.kustomizations);
    let named = found.iter().flat_map(|found| {
        let numbers = found.kustomizations.iter().flat_map(|one| one.directories());
        numbers.map(|number| found.kustomizations[number].directory.as_path())
    });
    let named: BTreeSet<&Path> = named.collect();
    let is_root: BTreeSet<&Path> = found
        .iter()
        .flat_map(|found| found.roots.iter().map(|&number| found.kustomizations[number].directory.as_path()))
        .collect();
    let is_build = |one: &&Kustomization| {
        let directory = one.directory.as_path();
        !one.is_component && is_root.contains(directory) && !named.contains(directory)
    };
    let mut builds: Vec<String> = all().filter(is_build).map(|one| one.shown.clone()).collect();
    builds.sort();
    builds.dedup();
    Ok(builds)
}

/// A line for each rule.
fn list() -> String {
    let width = Rule::all().map(|rule| rule.code.len()).max().unwrap_or_default();
    let line = |rule: &Rule| format!("{:width$}  {:7}  {}\n", rule.code, severity(rule), rule.summary);
    Rule::all().map(line).collect()
}

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn explanation(rule: &Rule) -> String {
    let group = match rule.group {
        Group::Kustomization => "`build --strict` fails for it.",
        Group::Manifests => "`build --strict` does not look for it.",
    };
    format!("{}: {} ({})\n\n{}\n\n{group}\n", rule.code, rule.summary, severity(rule), rule.explanation())
}
