//! A report as commands of a GitHub workflow, which shows them at the lines that cause the changes.

use std::collections::BTreeMap;

use super::text::{measure, summary};
use super::yaml::scalar;
use super::{Detail, name, sign, some_builds};
use crate::diagnostics::harmless;
use crate::diff::path::Which;
use crate::diff::report::{Change, Report};

/// A notice for each line that causes changes, and one for all that no line is to blame for. One for everything where
/// fields are not asked for.
pub fn print(report: &Report, detail: Detail) -> String {
    if detail == Detail::Summary {
        return notice(None, summary(report).trim_end());
    }
    let mut notices: BTreeMap<Option<(String, u32, u32)>, Vec<String>> = BTreeMap::new();
    for section in &report.sections {
        let builds = if report.compared > 1 { format!(" ({})", some_builds(section)) } else { String::new() };
        for object in &section.objects {
            let title = name(section, object);
            if detail == Detail::Objects {
                let line = format!("{} {title}: {}{builds}", sign(object.status), measure(object));
                notices.entry(None).or_default().push(line);
                continue;
            }
            // Lines of what was are in no file that could be shown.
            let place = |place: Option<&crate::diff::Place>| {
                let place = place.filter(|place| place.side == Which::After)?;
                Some((place.file.clone(), place.line, place.column))
            };
            if object.changes.is_empty() {
                let line = format!("{} {title}{builds}", sign(object.status));
                notices.entry(place(object.place.as_ref())).or_default().push(line);
            }
            for change in &object.changes {
                let line = format!("{title}: {}{builds}", in_words(change));
                notices.entry(place(change.cause.as_ref())).or_default().push(line);
            }
        }
    }
    notices.into_iter().map(|(place, lines)| notice(place, &lines.join("\n"))).collect()
}

fn notice(place: Option<(String, u32, u32)>, message: &str) -> String {
    let at = place.map_or(String::new(), |(file, line, column)| {
        format!("file={},line={line},col={column},", escaped(&file, true))
    });
    format!("::notice {at}title=rustomize diff::{}\n", escaped(message, false))
}

/// More letters of a value than these are left out.
const LONGEST_VALUE: usize = 200;

fn in_words(change: &Change) -> String {
    let path = harmless(&change.path.to_string());
    let scalar = |value| match scalar(value) {
        long if long.chars().count() > LONGEST_VALUE => long.chars().take(LONGEST_VALUE).chain(['…']).collect(),
        short => short,
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if change.is_order => {
            format!("{path}: order {} → {}", scalar(before), scalar(after))
        }
        (Some(before), Some(after)) => format!("{path}: {} → {}", scalar(before), scalar(after)),
        (None, Some(after)) => format!("+ {path}: {}", scalar(after)),
        (Some(before), None) => format!("- {path}: {}", scalar(before)),
        (None, None) => path,
    }
}

/// A text as a message, or as a property, of a workflow command.
fn escaped(text: &str, is_property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if is_property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}
