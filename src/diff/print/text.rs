//! A report for people.

use similar::{ChangeTag, TextDiff};

use super::yaml::{scalar, yaml};
use super::{Counts, followers, name, sign};
use crate::diagnostics::harmless;
use crate::diff::report::{Change, ObjectDiff, Report, Section, Status};
use crate::diff::value::{Data, Value};

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const YELLOW: &str = "\u{1b}[33m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// Lines, with colours or without.
pub struct Writer {
    text: String,
    is_styled: bool,
}

impl Writer {
    pub fn new(is_styled: bool) -> Writer {
        Writer { text: String::new(), is_styled }
    }

    pub fn line(&mut self, style: &str, line: &str) {
        if self.is_styled && !style.is_empty() {
            self.text.push_str(&format!("{style}{line}{RESET}\n"));
        } else {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn dim(&self, text: &str) -> String {
        if self.is_styled { format!("{DIM}{text}{RESET}") } else { text.to_owned() }
    }
}

/// The style of a line by its sign.
pub fn style(sign: char) -> &'static str {
    match sign {
        '+' => GREEN,
        '-' => RED,
        '~' | '>' => YELLOW,
        _ => "",
    }
}

/// Everything.
pub fn print(report: &Report, is_styled: bool) -> String {
    let mut writer = Writer::new(is_styled);
    for section in &report.sections {
        heading(&mut writer, report, section);
        for object in &section.objects {
            print_object(&mut writer, section, object);
        }
        writer.line("", "");
    }
    writer.line("", &totals(report));
    writer.finish()
}

/// A line for each object.
pub fn objects(report: &Report, is_styled: bool) -> String {
    let mut writer = Writer::new(is_styled);
    let titles = report.sections.iter().flat_map(|section| section.objects.iter().map(|object| name(section, object)));
    let width = titles.map(|title| title.chars().count()).filter(|width| *width < 80).max().unwrap_or(0);
    for section in &report.sections {
        heading(&mut writer, report, section);
        for object in &section.objects {
            let title = name(section, object);
            let padding = width.saturating_sub(title.chars().count());
            let sign = sign(object.status);
            writer.line(style(sign), &format!("{sign} {title}{:padding$} | {}", "", measure(object)));
        }
    }
    writer.line("", &totals(report));
    writer.finish()
}

/// How many objects.
pub fn summary(report: &Report) -> String {
    let mut text = String::new();
    if report.compared > 1 {
        for section in &report.sections {
            let words = Counts::of(section.objects.iter()).words();
            text.push_str(&format!("{}: {words}\n", section.builds.join(", ")));
        }
    }
    text + &totals(report) + "\n"
}

fn totals(report: &Report) -> String {
    let objects = report.sections.iter().flat_map(|section| &section.objects);
    let words = Counts::of(objects).words();
    if report.compared < 2 {
        words
    } else {
        format!("{words} (what {} builds have in common counts once)", report.compared)
    }
}

/// `+3 -1 ~2`, and what follows.
pub fn measure(object: &ObjectDiff) -> String {
    let count = |wanted: char| object.changes.iter().filter(|change| change_sign(change) == wanted).count();
    let mut words: Vec<String> = ['+', '-', '~']
        .into_iter()
        .filter(|sign| count(*sign) > 0)
        .map(|sign| format!("{sign}{}", count(sign)))
        .collect();
    match object.references.len() {
        0 => {}
        1 => words.push("1 reference".to_owned()),
        count => words.push(format!("{count} references")),
    }
    match object.status {
        Status::Added => words.insert(0, "new".to_owned()),
        Status::Removed => words.insert(0, "gone".to_owned()),
        Status::Renamed => words.insert(0, "renamed".to_owned()),
        Status::Changed => {}
    }
    words.join(" ")
}

fn heading(writer: &mut Writer, report: &Report, section: &Section) {
    if report.compared > 1 {
        writer.line(BOLD, &format!("# {}", section.builds.join(", ")));
    }
}

fn print_object(writer: &mut Writer, section: &Section, object: &ObjectDiff) {
    let sign = sign(object.status);
    let place = match (&object.place, object.status) {
        (Some(place), Status::Added | Status::Removed | Status::Renamed) => writer.dim(&format!("  {place}")),
        _ => String::new(),
    };
    let title = name(section, object);
    let start =
        if writer.is_styled { format!("{}{sign} {title}{RESET}", style(sign)) } else { format!("{sign} {title}") };
    writer.line("", &format!("{start}{place}"));
    for change in &object.changes {
        print_change(writer, change);
    }
    let whole = match object.status {
        Status::Added => object.values.1.as_ref(),
        Status::Removed => object.values.0.as_ref(),
        _ => None,
    };
    if let Some(value) = whole {
        block(writer, sign, "    ", &yaml(value));
    }
    let followers = followers(section, object);
    if !followers.is_empty() {
        writer.line("", &format!("    references follow in {}", followers.join(", ")));
    }
}

fn change_sign(change: &Change) -> char {
    match (&change.before, &change.after) {
        (None, _) => '+',
        (_, None) => '-',
        _ => '~',
    }
}

fn print_change(writer: &mut Writer, change: &Change) {
    let sign = change_sign(change);
    let cause = change.cause.as_ref().map_or(String::new(), |place| writer.dim(&format!("  {place}")));
    let start = format!("    {sign} {}", harmless(&change.path.to_string()));
    let start = if writer.is_styled { format!("{}{start}{RESET}", style(sign)) } else { start };
    let one_line = |value: &Value| match &value.data {
        Data::List(items) => items.is_empty(),
        Data::Map(fields) => fields.is_empty(),
        _ => value.text().is_some_and(|text| !text.trim_end().contains('\n')),
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if change.is_order => {
            let order = |value: &Value| match &value.data {
                Data::List(items) => items.iter().map(scalar).collect::<Vec<_>>().join(" "),
                _ => scalar(value),
            };
            writer.line("", &format!("{start}: order {} → {}{cause}", order(before), order(after)));
        }
        (Some(before), Some(after)) if one_line(before) && one_line(after) => {
            writer.line("", &format!("{start}: {} → {}{cause}", scalar(before), scalar(after)));
        }
        (None, Some(value)) | (Some(value), None) if one_line(value) => {
            writer.line("", &format!("{start}: {}{cause}", scalar(value)));
        }
        (before, after) => {
            writer.line("", &format!("{start}:{cause}"));
            let [before, after] = [before, after].map(|value| value.as_ref().map_or_else(String::new, text_of));
            let diff = TextDiff::from_lines(&before, &after);
            for group in diff.grouped_ops(2) {
                for line in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
                    let sign = match line.tag() {
                        ChangeTag::Insert => '+',
                        ChangeTag::Delete => '-',
                        ChangeTag::Equal => ' ',
                    };
                    block(writer, sign, "        ", line.value());
                }
            }
        }
    }
}

/// What stands in a block: a text of several lines as it is, all else as YAML.
fn text_of(value: &Value) -> String {
    match &value.data {
        Data::Text(text) if text.ends_with('\n') => text.clone(),
        Data::Text(text) => format!("{text}\n"),
        _ => yaml(value),
    }
}

/// Lines with a sign. What a terminal would obey is shown and not sent.
fn block(writer: &mut Writer, sign: char, indent: &str, text: &str) {
    for line in text.lines() {
        let line: String = line.chars().map(|letter| if is_control(letter) { '\u{fffd}' } else { letter }).collect();
        writer.line(style(sign), format!("{indent}{sign} {line}").trim_end());
    }
}

fn is_control(letter: char) -> bool {
    letter.is_control() && letter != '\t'
}
