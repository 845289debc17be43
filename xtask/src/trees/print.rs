//! Writes values as YAML in many styles, or as JSON. Every choice follows from the style's seed and the place of the
//! node, so that taking one field out leaves the rest of a file as it was.

use super::rng::mix;
use super::value::{Docs, Value};
use std::fmt::Write as _;

/// The text of some documents.
pub fn print(docs: &Docs) -> String {
    if docs.json {
        return docs.docs.first().map_or_else(String::new, |doc| json(doc, docs.style));
    }
    let style = Style::new(docs.style);
    let mut out = String::new();
    for (i, doc) in docs.docs.iter().enumerate() {
        if i > 0 || style.leading_marker {
            out.push_str("---\n");
        }
        let mut printer = Printer { style, out: String::new() };
        let place = mix(docs.style ^ i as u64);
        match doc.bare() {
            Value::Map(entries) if !entries.is_empty() => printer.map(entries, 0, place, false),
            Value::List(items) if !items.is_empty() => printer.list(items, 0, place, false),
            other => printer.after_mark(other, 0, place, true),
        }
        out.push_str(printer.out.trim_start_matches(' '));
    }
    out
}

#[derive(Clone, Copy)]
struct Style {
    seed: u64,
    /// Columns that a nested mapping is moved to the right.
    width: usize,
    /// Columns that a list is moved to the right of its key.
    list_width: usize,
    quotes: Quotes,
    /// How many of a hundred small collections are written as `{a: b}`.
    flow: u64,
    /// How many of a hundred lines get a comment.
    comments: u64,
    leading_marker: bool,
    escape_unicode: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    None,
    Single,
    Double,
}

impl Style {
    /// The style of a seed; 0 is the plainest.
    fn new(seed: u64) -> Self {
        if seed == 0 {
            let (quotes, flow, comments) = (Quotes::None, 0, 0);
            return Style {
                seed,
                width: 2,
                list_width: 0,
                quotes,
                flow,
                comments,
                leading_marker: false,
                escape_unicode: false,
            };
        }
        let bits = mix(seed);
        let pick = |shift: u32, below: u64| (bits >> shift) % below;
        Style {
            seed,
            width: if pick(0, 5) == 0 { 4 } else { 2 },
            list_width: if pick(8, 3) == 0 { 2 } else { 0 },
            quotes: [Quotes::None, Quotes::None, Quotes::None, Quotes::Single, Quotes::Double]
                [usize::try_from(pick(16, 5)).unwrap_or(0)],
            flow: [0, 10, 30, 80][usize::try_from(pick(24, 4)).unwrap_or(0)],
            comments: [0, 0, 4, 10][usize::try_from(pick(32, 4)).unwrap_or(0)],
            leading_marker: pick(40, 4) == 0,
            escape_unicode: pick(48, 2) == 0,
        }
    }

    /// True for `percent` of a hundred places.
    fn chance(self, place: u64, salt: u64, percent: u64) -> bool {
        mix(self.seed ^ place ^ mix(salt)) % 100 < percent
    }
}

fn below(place: u64, key: &str) -> u64 {
    key.bytes().fold(mix(place), |hash, byte| mix(hash ^ u64::from(byte)))
}

struct Printer {
    style: Style,
    out: String,
}

impl Printer {
    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn comment_line(&mut self, columns: usize, place: u64) {
        if self.style.chance(place, 7, self.style.comments) {
            self.out.push('\n');
        }
        if self.style.chance(place, 1, self.style.comments) {
            self.pad(columns);
            self.out.push_str("# a remark: with {signs}\n");
        }
    }

    /// The entries of a mapping at `indent`; the first goes on the line that is open when `open` is set.
    fn map(&mut self, entries: &[(String, Value)], indent: usize, place: u64, open: bool) {
        for (i, (key, value)) in entries.iter().enumerate() {
            let place = below(place, key);
            if i > 0 || !open {
                self.comment_line(indent, place);
                if let Value::Headed(note, _) = value {
                    self.pad(indent);
                    let _ = writeln!(self.out, "# {note}");
                }
                self.pad(indent);
            }
            self.key(key);
            self.out.push(':');
            self.after_mark(value, indent, place, true);
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, place: u64, open: bool) {
        for (i, item) in items.iter().enumerate() {
            let place = mix(place ^ i as u64);
            if i > 0 || !open {
                self.comment_line(indent, place);
                self.pad(indent);
            }
            self.out.push('-');
            self.after_mark(item, indent, place, false);
        }
    }

    /// What follows `key:` or `-`, up to the end of the line and beyond.
    fn after_mark(&mut self, value: &Value, indent: usize, place: u64, after_key: bool) {
        match value {
            Value::Noted(note, inner) => {
                let bare = matches!(inner.bare(), Value::Map(e) if !e.is_empty())
                    || matches!(inner.bare(), Value::List(e) if !e.is_empty());
                if bare && after_key {
                    let _ = write!(self.out, " # {note}");
                    self.nested(inner.bare(), indent, place, true, false);
                } else {
                    self.after_mark(inner, indent, place, after_key);
                    if inner.is_scalar() && !matches!(**inner, Value::Block(..)) && self.out.ends_with('\n') {
                        self.out.pop();
                        let _ = writeln!(self.out, " # {note}");
                    }
                }
            }
            Value::Headed(_, inner) => self.after_mark(inner, indent, place, after_key),
            Value::Anchor(name, inner) => {
                let _ = write!(self.out, " &{name}");
                match inner.bare() {
                    Value::Map(entries) if !entries.is_empty() => {
                        self.nested(inner.bare(), indent, place, after_key, false)
                    }
                    Value::List(items) if !items.is_empty() => {
                        self.nested(inner.bare(), indent, place, after_key, false)
                    }
                    other => self.after_mark(other, indent, place, after_key),
                }
            }
            Value::Map(entries) if !entries.is_empty() && !self.as_flow(value, place) => {
                self.nested(value, indent, place, after_key, true);
            }
            Value::List(items) if !items.is_empty() && !self.as_flow(value, place) => {
                self.nested(value, indent, place, after_key, true);
            }
            Value::Map(_) | Value::List(_) => {
                self.out.push_str(if self.style.chance(place, 8, self.style.comments) { "   " } else { " " });
                self.flow(value, place, indent + 2);
                self.out.push('\n');
            }
            Value::Block(header, lines) => {
                let _ = writeln!(self.out, " {header}");
                self.block_lines(lines.iter().map(String::as_str), indent + self.style.width);
            }
            Value::Inline(docs) => {
                let text = print(docs);
                let header = if text.starts_with(' ') || text.starts_with('\n') { "|2-" } else { "|-" };
                let _ = writeln!(self.out, " {header}");
                self.block_lines(text.trim_end_matches('\n').split('\n'), indent + 2);
            }
            Value::Str(text) if literal_fits(text) && self.style.chance(place, 2, 75) => self.literal(text, indent),
            Value::Null if after_key && self.style.chance(place, 3, 30) => self.out.push('\n'),
            scalar => {
                self.out.push(' ');
                let text = self.scalar(scalar, place, false, indent);
                self.out.push_str(&text);
                if self.style.chance(place, 4, self.style.comments) {
                    self.out.push_str("  # remark");
                }
                self.out.push('\n');
            }
        }
    }

    /// A block collection: on the open line after a dash, otherwise on lines of its own.
    fn nested(&mut self, value: &Value, indent: usize, place: u64, after_key: bool, may_stay: bool) {
        let stay = !after_key && may_stay;
        let inside = match value {
            _ if !after_key => indent + 2,
            Value::List(_) => indent + self.style.list_width,
            _ => indent + self.style.width,
        };
        self.out.push(if stay { ' ' } else { '\n' });
        match value {
            Value::Map(entries) => self.map(entries, inside, place, stay),
            Value::List(items) => self.list(items, inside, place, stay),
            _ => unreachable!("only collections are nested"),
        }
    }

    fn block_lines<'a>(&mut self, lines: impl Iterator<Item = &'a str>, indent: usize) {
        for line in lines {
            if !line.is_empty() {
                self.pad(indent);
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        let digit = if body.starts_with([' ', '\n']) { "2" } else { "" };
        let (chomp, lines) = match text.len() - body.len() {
            0 => ("-", body),
            1 => ("", body),
            _ => ("+", &text[..text.len() - 1]),
        };
        let _ = writeln!(self.out, " |{digit}{chomp}");
        self.block_lines(lines.split('\n'), indent + 2);
    }

    fn as_flow(&self, value: &Value, place: u64) -> bool {
        self.style.flow > 0 && flow_fits(value, &mut 12) && self.style.chance(place, 5, self.style.flow)
    }

    /// `{…}` or `[…]`; lines that it is broken into begin at `indent`.
    fn flow(&mut self, value: &Value, place: u64, indent: usize) {
        let broken = self.style.chance(place, 9, self.style.flow / 8);
        match value {
            Value::Map(entries) => {
                self.out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    self.flow_gap(i, broken, indent);
                    self.key(key);
                    self.out.push_str(": ");
                    self.flow(value, below(place, key), indent);
                }
                self.out.push('}');
            }
            Value::List(items) => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    self.flow_gap(i, broken, indent);
                    self.flow(item, mix(place ^ i as u64), indent);
                }
                self.out.push(']');
            }
            scalar => {
                let text = self.scalar(scalar, place, true, 0);
                self.out.push_str(&text);
            }
        }
    }

    fn flow_gap(&mut self, index: usize, broken: bool, indent: usize) {
        match (index, broken) {
            (0, false) => {}
            (_, false) => self.out.push_str(", "),
            (index, true) => {
                self.out.push_str(if index > 0 { ",\n" } else { "\n" });
                self.pad(indent);
            }
        }
    }

    fn key(&mut self, key: &str) {
        if plain_fits(key, true) || key == "<<" {
            self.out.push_str(key);
        } else if self.style.quotes == Quotes::Single && !key.chars().any(char::is_control) {
            let _ = write!(self.out, "'{}'", key.replace('\'', "''"));
        } else {
            let quoted = double(key, self.style.escape_unicode);
            self.out.push_str(&quoted);
        }
    }

    fn scalar(&self, value: &Value, place: u64, in_flow: bool, indent: usize) -> String {
        match value {
            Value::Raw(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null => "null".into(),
            Value::Alias(name) => format!("*{name}"),
            Value::Str(text) => {
                let fold = !in_flow && text.len() > 60 && self.style.chance(place, 6, 25);
                let folded = |written: String| if fold { fold_lines(&written, indent + 2) } else { written };
                let printable =
                    !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{feff}' | '\u{a0}'));
                match self.style.quotes {
                    Quotes::None if plain_fits(text, in_flow) => folded(text.clone()),
                    Quotes::Single | Quotes::None if printable => folded(format!("'{}'", text.replace('\'', "''"))),
                    _ => folded(double(text, self.style.escape_unicode)),
                }
            }
            other => double(&format!("{other:?}"), true),
        }
    }
}

/// Breaks a written scalar at some of its single spaces, which a reader folds back.
fn fold_lines(written: &str, indent: usize) -> String {
    let chars: Vec<char> = written.chars().collect();
    let mut out = String::new();
    let mut column = 0;
    for (i, &c) in chars.iter().enumerate() {
        let word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
        if c == ' ' && column > 40 && i > 0 && word(i - 1) && word(i + 1) {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = 0;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}

fn literal_fits(text: &str) -> bool {
    text.contains('\n')
        && !text.trim_matches('\n').is_empty()
        && !text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{feff}' | '\u{85}'))
        && text.lines().all(|line| !line.starts_with("---"))
}

/// Whether a value is small and simple enough for `{…}`; `budget` counts nodes down.
fn flow_fits(value: &Value, budget: &mut usize) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    match value {
        Value::Map(entries) => entries.iter().all(|(key, value)| key != "<<" && flow_fits(value, budget)),
        Value::List(items) => items.iter().all(|item| flow_fits(item, budget)),
        Value::Raw(text) => !text.is_empty() && !text.contains([',', '{', '[', ':', '#', '!', '\n']),
        Value::Str(text) => text.len() < 60,
        Value::Int(_) | Value::Bool(_) | Value::Null => true,
        _ => false,
    }
}

/// Whether `text` may stand without quotes and stays a string for both of kustomize's YAML readers.
fn plain_fits(text: &str, in_flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "nan" | "inf"
    );
    (first.is_ascii_alphabetic() || matches!(first, '/' | '$'))
        && !word
        && !text.ends_with([' ', ':'])
        && !text.contains("  ")
        && text.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || matches!(c, '_' | '/' | '.' | '-' | ' ' | '$' | '(' | ')' | '=' | ';')
                || (!in_flow && c == ',')
        })
}

fn double(text: &str, escape_unicode: bool) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (!c.is_ascii() && escape_unicode) || matches!(c, '\u{2028}' | '\u{85}' | '\u{feff}' | '\u{a0}') => {
                let code = c as u32;
                out.push_str(&if code > 0xffff { format!("\\U{code:08X}") } else { format!("\\u{code:04x}") });
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The value as JSON, pretty or on one line.
fn json(value: &Value, style: u64) -> String {
    let value = to_json(value);
    let text = if style & 1 == 0 { serde_json::to_string(&value) } else { serde_json::to_string_pretty(&value) };
    text.unwrap_or_default() + if style & 2 == 0 { "\n" } else { "" }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value.bare() {
        Value::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Raw(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Value::Str(text) => text.clone().into(),
        Value::Block(_, lines) => lines.join("\n").into(),
        Value::Inline(docs) => print(docs).into(),
        Value::Int(number) => (*number).into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Null | Value::Alias(_) | Value::Noted(..) | Value::Headed(..) | Value::Anchor(..) => {
            serde_json::Value::Null
        }
    }
}
