//! What a change of files does to a build.

use std::collections::HashMap;

use crate::diagnostics::{Code, Diagnostic, Result};
use crate::output::Output;
use crate::resource::{ResId, Resource};

/// How many resources are named of each kind of difference.
const NAMED: usize = 10;

/// What there is to say about builds before and after a change of a file: nothing where they come to the same.
pub fn compare(name: &str, before: &Result<Output>, after: &Result<Output>) -> Option<Diagnostic> {
    match (before, after) {
        (Ok(before), Ok(after)) if before.yaml() == after.yaml() => None,
        (Ok(before), Ok(after)) => {
            let warning = Diagnostic::warning(Code::InvalidField, format!("{name} no longer builds to the same"));
            Some(Diagnostic { notes: differences(before, after), ..warning })
        }
        (_, Err(after)) => {
            let cause = &after.diagnostic().message;
            let message = match before {
                Ok(_) => format!("{name} no longer builds: {cause}"),
                Err(_) => format!("whether {name} still builds to the same is not known: {cause}"),
            };
            Some(Diagnostic::warning(Code::InvalidField, message))
        }
        (Err(_), Ok(_)) => None,
    }
}

/// The resources that differ, a line for each kind of difference.
fn differences(before: &Output, after: &Output) -> Vec<String> {
    let mut old: HashMap<&ResId, &str> = before.texts().map(|(resource, text)| (resource.id(), text)).collect();
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for (resource, text) in after.texts() {
        match old.remove(resource.id()) {
            Some(before) if before == text => {}
            Some(_) => changed.push(described(resource)),
            None => new.push(described(resource)),
        }
    }
    let gone = before.texts().map(|(resource, _)| resource).filter(|resource| old.contains_key(resource.id()));
    let gone: Vec<String> = gone.map(described).collect();
    let lines = [("changed", changed), ("new", new), ("gone", gone)];
    let lines: Vec<String> =
        lines.into_iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| line(what, &names)).collect();
    if lines.is_empty() { vec!["the order of the resources is another one".into()] } else { lines }
}

fn line(what: &str, names: &[String]) -> String {
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{what}: {}{more}", names[..names.len().min(NAMED)].join(", "))
}

fn described(resource: &Resource) -> String {
    let namespace = resource.namespace();
    let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
    format!("{} {}{place}", resource.kind(), resource.name())
}
