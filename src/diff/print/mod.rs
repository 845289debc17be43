//! What differs, for people and for tools.

mod github;
mod json;
mod markdown;
mod text;
mod unified;
mod yaml;

use super::object::ObjectId;
use super::report::{ObjectDiff, Report, Section, Status};
use crate::diagnostics::harmless;

/// How a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// As `diff -u` would show the objects.
    Unified,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// Notices for GitHub Actions, which shows them at the lines that cause the changes.
    Github,
}

impl Format {
    /// The names that a user can give.
    pub const NAMES: [&str; 5] = ["text", "unified", "json", "markdown", "github"];

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        let all = [Format::Text, Format::Unified, Format::Json, Format::Markdown, Format::Github];
        Format::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }
}

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Every field.
    #[default]
    Fields,
    /// Every object, with the number of fields.
    Objects,
    /// How many objects.
    Summary,
}

/// How a report is to be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The form.
    pub format: Format,
    /// How much of it.
    pub detail: Detail,
    /// Whether with the colours of a terminal.
    pub is_styled: bool,
    /// How many bytes of markdown there may be; 0 for any number.
    pub limit: usize,
}

/// The report as text. A report without differences is empty, but for JSON.
pub fn print(report: &Report, options: Options) -> String {
    match options.format {
        Format::Json => json::print(report, options.detail),
        _ if report.is_empty() => String::new(),
        Format::Markdown => markdown::print(report, options),
        Format::Github => github::print(report, options.detail),
        _ if options.detail == Detail::Summary => text::summary(report),
        _ if options.detail == Detail::Objects => text::objects(report, options.is_styled),
        Format::Unified => unified::print(report, options.is_styled),
        Format::Text => text::print(report, options.is_styled),
    }
}

/// How many objects come, go, change and are called differently, each once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    added: usize,
    removed: usize,
    changed: usize,
    renamed: usize,
}

impl Counts {
    fn of<'a>(objects: impl Iterator<Item = &'a ObjectDiff>) -> Counts {
        let mut counts = Counts::default();
        for object in objects {
            *match object.status {
                Status::Added => &mut counts.added,
                Status::Removed => &mut counts.removed,
                Status::Changed => &mut counts.changed,
                Status::Renamed => &mut counts.renamed,
            } += 1;
        }
        counts
    }

    /// `2 changed, 1 added`
    fn words(self) -> String {
        let all =
            [(self.changed, "changed"), (self.added, "added"), (self.removed, "removed"), (self.renamed, "renamed")];
        let words: Vec<String> =
            all.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let remark = if self.renamed > 0 { " (deleted, and made anew under the new name)" } else { "" };
        words.join(", ") + remark
    }
}

/// What stands before the name of an object.
fn sign(status: Status) -> char {
    match status {
        Status::Added => '+',
        Status::Removed => '-',
        Status::Changed => '~',
        Status::Renamed => '>',
    }
}

/// What an object is called where it differs in these builds: in several it has as many names.
fn name(section: &Section, object: &ObjectDiff) -> String {
    let shown = |id: &ObjectId| {
        if section.builds.len() < 2 {
            return harmless(&id.to_string());
        }
        harmless(&ObjectId { name: object.original_name.clone(), namespace: String::new(), ..id.clone() }.to_string())
    };
    match (&object.before, &object.after) {
        (Some(before), Some(after)) if before != after => {
            let (old, new) = (shown(before), shown(after));
            if old == new {
                new
            } else if before.type_name() == after.type_name() && section.builds.len() < 2 {
                format!("{old} → {}", harmless(&after.place_name()))
            } else {
                format!("{old} → {new}")
            }
        }
        (_, Some(id)) | (Some(id), None) => shown(id),
        (None, None) => String::new(),
    }
}

/// The builds of a section, where there is little room.
fn some_builds(section: &Section) -> String {
    let builds = &section.builds;
    match builds.len() {
        0..=MOST_BUILDS => builds.join(", "),
        count => format!("{} and {} more", builds[..MOST_BUILDS - 1].join(", "), count + 1 - MOST_BUILDS),
    }
}

/// More builds than these are counted where there is little room.
const MOST_BUILDS: usize = 5;

/// The objects that follow because another one is called differently, each once.
fn followers(section: &Section, object: &ObjectDiff) -> Vec<String> {
    let mut names: Vec<String> = if section.builds.len() < 2 {
        object.references.iter().map(|(id, _)| harmless(&id.to_string())).collect()
    } else {
        Vec::new()
    };
    names.dedup();
    names
}
