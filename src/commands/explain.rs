//! `rustomize explain`

mod text;

use crate::Session;
use crate::cli::{ExplainArgs, ExplainFormat};
use crate::commands::{Found, report, report_deprecations};
use crate::diagnostics::{Code, Error, Result};
use crate::explain::{Explanation, ValueHistory};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;

use text::Styles;

/// Builds, and says who set what is asked about.
pub fn run(arguments: &ExplainArgs) -> Result<Found> {
    report_deprecations(&arguments.deprecations());
    let (options, format) = (arguments.options()?, arguments.format()?);
    clean_up_on_signals();
    let session = Session::default();
    let explanation = session.explain(&options, &arguments.directory)?;
    explanation.output().warnings().iter().for_each(report);
    let Some(wanted) = &arguments.resource else { return list(&explanation, format) };
    let number = one(&explanation, wanted)?;
    let resource = &explanation.resource(number);
    let values = explanation.values(number, arguments.field.as_deref().unwrap_or_default())?;
    let styles = Styles::of_stdout();
    write_stdout(&match (format, &arguments.field) {
        (ExplainFormat::Json, field) => explanation.resource_json(number, field.as_deref().unwrap_or_default())?,
        (ExplainFormat::Text, Some(_)) => text::values(resource, &values, styles),
        (ExplainFormat::Text, None) => text::resource(resource, explanation.text(number), &values, styles),
    })?;
    let is_changed = resource.deleted.is_some() || values.iter().any(is_changed);
    Ok(if is_changed { Found::Something } else { Found::Nothing })
}

/// The one resource that is meant. Fails for none and for several.
fn one(explanation: &Explanation, wanted: &str) -> Result<usize> {
    let found = explanation.find(wanted)?;
    if let [number] = found[..] {
        return Ok(number);
    }
    let names = found.iter().map(|&number| {
        let name = explanation.resource(number).name;
        let mut ways = std::iter::once(name.to_string()).chain(name.ways_to_call_it());
        ways.find(|way| explanation.find(way).is_ok_and(|found| found == [number])).unwrap_or_else(|| name.to_string())
    });
    let names: Vec<String> = names.collect();
    Err(Error::new(Code::NotThere, format!("`{wanted}` could be {} resources", names.len()))
        .help(format!("say which one: {}", names.join(", "))))
}

/// Whether a step after the first one wrote the value or took it away.
fn is_changed(value: &ValueHistory) -> bool {
    value.changes.iter().any(|change| change.is_later)
}

fn list(explanation: &Explanation, format: ExplainFormat) -> Result<Found> {
    let all = explanation.resources();
    write_stdout(&match format {
        ExplainFormat::Text => text::list(&all, Styles::of_stdout()),
        ExplainFormat::Json => explanation.list_json(),
    })?;
    let is_changed = all.iter().any(|resource| resource.steps > 0 || resource.deleted.is_some());
    Ok(if is_changed { Found::Something } else { Found::Nothing })
}
