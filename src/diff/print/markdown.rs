//! A report for a comment on a pull request.

use super::text::measure;
use super::unified::hunks;
use super::{Counts, Detail, Options, name, sign, some_builds};
use crate::diff::report::{ObjectDiff, Report, Section, Status};

/// A table of all objects, then each folded up. The table is cut where it does not fit, details are left out that do not,
/// and it is said how many.
pub fn print(report: &Report, options: Options) -> String {
    let objects =
        || report.sections.iter().flat_map(|section| section.objects.iter().map(move |object| (section, object)));
    let words = Counts::of(objects().map(|(_, object)| object)).words();
    let mut text = format!("**{words}**\n");
    if options.detail == Detail::Summary {
        return text;
    }
    let is_wide = report.compared > 1;
    text.push_str(if is_wide {
        "\n| | Object | Fields | Builds |\n|---|---|---|---|\n"
    } else {
        "\n| | Object | Fields |\n|---|---|---|\n"
    });
    let room = if options.limit == 0 { usize::MAX } else { options.limit.saturating_sub(NOTICE) };
    let mut rows = objects().map(|(section, object)| row(section, object, is_wide)).peekable();
    while let Some(row) = rows.next_if(|row| text.len() + row.len() <= room) {
        text.push_str(&row);
    }
    match rows.count() {
        0 => {}
        1 => return text + "\nOne more object is left out of the table, and all details.\n",
        count => return text + &format!("\n{count} more objects are left out of the table, and all details.\n"),
    }
    if options.detail == Detail::Objects {
        return text;
    }
    let mut left_out = 0;
    for (section, object) in objects() {
        let details = details(section, object);
        if text.len() + details.len() > room {
            left_out += 1;
        } else {
            text.push_str(&details);
        }
    }
    match left_out {
        0 => text,
        1 => text + "\nThe details of one object are left out: the comment would be too long.\n",
        count => text + &format!("\nThe details of {count} objects are left out: the comment would be too long.\n"),
    }
}

/// Room for what is said of what is left out.
const NOTICE: usize = 100;

fn row(section: &Section, object: &ObjectDiff, is_wide: bool) -> String {
    let title = escaped(&name(section, object));
    let builds = if is_wide { format!(" {} |", escaped(&some_builds(section))) } else { String::new() };
    format!("| `{}` | {title} | {} |{builds}\n", sign(object.status), measure(object))
}

fn details(section: &Section, object: &ObjectDiff) -> String {
    let title = escaped(&name(section, object));
    let hunks = hunks(section, object);
    let hunks: String = hunks.lines().skip(2).map(|line| format!("{line}\n")).collect();
    let fence = fence(&hunks);
    let causes = causes(object);
    format!(
        "\n<details><summary>{} {title}</summary>\n\n{fence}diff\n{hunks}{fence}\n{causes}\n</details>\n",
        sign(object.status)
    )
}

/// The lines that cause the changes, each once.
fn causes(object: &ObjectDiff) -> String {
    let mut places: Vec<String> = object
        .changes
        .iter()
        .filter_map(|change| change.cause.as_ref())
        .chain(object.place.as_ref().filter(|_| object.status != Status::Changed))
        .map(|place| format!("`{place}`"))
        .collect();
    places.sort();
    places.dedup();
    let more = places.len().saturating_sub(10);
    places.truncate(10);
    match (places.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!("\nCaused by {}\n", places.join(", ")),
        (false, more) => format!("\nCaused by {} and {more} more\n", places.join(", ")),
    }
}

/// A fence that nothing in the text can close.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// A text that markdown and HTML leave alone.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ if letter.is_control() => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}
