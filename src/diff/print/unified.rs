//! A report as `diff -u` shows texts.

use similar::TextDiff;

use super::name;
use super::text::{Writer, style};
use super::yaml::yaml;
use crate::diff::report::{ObjectDiff, Report, Section};

/// A unified difference of the YAML of each object, with the names that it has before and after.
pub fn print(report: &Report, is_styled: bool) -> String {
    let mut writer = Writer::new(is_styled);
    for section in &report.sections {
        if report.compared > 1 {
            writer.line("", &format!("# {}", section.builds.join(", ")));
        }
        for object in &section.objects {
            for line in hunks(section, object).lines() {
                writer.line(style(line.chars().next().unwrap_or(' ')), line);
            }
        }
    }
    writer.finish()
}

/// The difference of one object, with its header.
pub fn hunks(section: &Section, object: &ObjectDiff) -> String {
    let [before, after] =
        [&object.values.0, &object.values.1].map(|value| value.as_ref().map_or_else(String::new, yaml));
    let label = |id: &Option<crate::diff::ObjectId>| match id {
        Some(_) if section.builds.len() > 1 => name(section, object),
        Some(id) => id.to_string(),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(&before, &after);
    let mut unified = diff.unified_diff();
    unified.context_radius(3).header(&label(&object.before), &label(&object.after)).to_string()
}
