//! Holds a tree against a schema.

mod limits;
mod lists;

use rustomize_yaml::{NodeId, Style, Tree, Value, nearest, settled_value};

use super::patterns::Patterns;
use super::resources::{self, RESOURCES};
use super::rules;
use crate::check::Rule;
use crate::check::schemas::{Child, Format, Null, Others, Release, Schema, Subject, What};

/// Something that is wrong with a node.
#[derive(Debug)]
pub(super) struct Fault {
    pub rule: &'static Rule,
    /// The value, or the key of an entry.
    pub node: NodeId,
    pub message: String,
    pub help: Option<String>,
    /// The form that the text has not, where that is the fault.
    pub form: Option<Format>,
    /// Another node that has to do with it, and what.
    pub also: Option<(NodeId, String)>,
}

/// What stands deeper than this is not looked at.
const MAX_DEPTH: usize = 200;

/// Holds nodes of one tree against schemas, and keeps what it finds.
pub(super) struct Validator<'a> {
    pub tree: &'a Tree,
    pub release: &'a Release,
    pub patterns: &'a Patterns,
    pub faults: Vec<Fault>,
    /// The number of the definition of [`RESOURCES`].
    resources: Option<usize>,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its key, that of the list that it is in, or the kind of the object that it is.
    pub name: &'a str,
    pub role: Role,
    /// What to show for something that is missing in it: its key, or itself.
    pub shown: NodeId,
    /// Whether it is in a collection in `{}` or `[]`.
    pub flow: bool,
    pub depth: usize,
}

/// What a value is to what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Object,
    Field,
    Item,
}

impl Place<'_> {
    /// What messages call the value.
    fn words(self) -> String {
        match self.role {
            Role::Object => self.name.to_owned(),
            Role::Field => format!("`{}`", self.name),
            Role::Item => format!("an item of `{}`", self.name),
        }
    }
}

impl<'a> Validator<'a> {
    pub fn new(tree: &'a Tree, release: &'a Release, patterns: &'a Patterns) -> Self {
        Validator { tree, release, patterns, faults: Vec::new(), resources: release.number_of(RESOURCES) }
    }

    /// Holds the value of `node` against a schema.
    pub fn check(&mut self, node: NodeId, schema: &Schema, place: Place) {
        if place.depth > MAX_DEPTH {
            return;
        }
        let place = Place { flow: place.flow || self.tree.style(node) == Style::Flow, ..place };
        let found = self.found(node, place.flow);
        if matches!(found, Found::Null) {
            if schema.null == Null::Refused {
                self.wrong_type(node, schema, &found, place);
            }
            return;
        }
        if !fits(schema.what, &found) {
            return self.wrong_type(node, schema, &found, place);
        }
        match &found {
            Found::Mapping => self.check_fields(node, schema, place),
            Found::Sequence => self.check_items(node, schema, place),
            Found::Scalar(value) => self.check_form(node, schema, value, place),
            Found::Null => {}
        }
        if let Some(limits) = &schema.limits {
            self.check_limits(node, limits, &found, place);
        }
    }

    /// Checks the name of a resource.
    pub fn check_name(&mut self, node: NodeId, form: Format, most: usize) {
        let text = self.tree.text(node);
        if text.is_empty() || !self.tree.is_scalar(node) {
            return;
        }
        if !form.fits(text) {
            self.wrong_form(node, form, "`name`", text);
        } else if text.len() > most {
            let message = format!("`name` has {} characters, and may have at most {most}", text.len());
            self.fault(&rules::NAME, node, message, None);
        }
    }

    fn found(&self, node: NodeId, flow: bool) -> Found<'a> {
        if self.tree.is_mapping(node) {
            return Found::Mapping;
        }
        if self.tree.is_sequence(node) {
            return Found::Sequence;
        }
        match settled_value(self.tree, node, flow) {
            Ok(Value::Null) | Err(_) => Found::Null,
            Ok(value) => Found::Scalar(value),
        }
    }

    fn check_child(&mut self, node: NodeId, child: &Child, place: Place) {
        let release = self.release;
        let Some(schema) = release.resolve(child) else { return };
        self.check(node, schema, place);
        if matches!(child, Child::Definition(number) if Some(*number) == self.resources) {
            resources::check(self.tree, node, &mut self.faults);
        }
    }

    fn check_fields(&mut self, node: NodeId, schema: &Schema, place: Place) {
        let tree = self.tree;
        for (key, value) in tree.entries(node) {
            let name = tree.text(key);
            let inside = Place { name, role: Role::Field, shown: key, flow: place.flow, depth: place.depth + 1 };
            match (schema.field(name), &schema.others) {
                (Some(child), _) => self.check_child(value, child, inside),
                (None, Others::Kept) => {}
                (None, Others::Refused) => self.unknown_field(key, schema, place),
                (None, Others::Map { keys, values }) => {
                    if let Some(form) = keys.filter(|form| !form.fits(name)) {
                        self.wrong_form(key, form, &format!("the key `{name}` of `{}`", place.name), name);
                    }
                    self.check_child(value, values, inside);
                }
            }
        }
        for name in &schema.required {
            if self.is_missing(node, name, schema) {
                let message = format!("{} has no `{name}`, which is required", place.words());
                self.fault(&rules::REQUIRED, place.shown, message, None);
            }
        }
    }

    /// Whether a field is not there, or null where null counts as nothing.
    fn is_missing(&self, node: NodeId, name: &str, schema: &Schema) -> bool {
        let Some(value) = self.tree.get(node, name) else { return true };
        let is_dropped = || {
            schema
                .field(name)
                .and_then(|field| self.release.resolve(field))
                .is_none_or(|field| field.null == Null::Dropped)
        };
        self.tree.is_null(value) && is_dropped()
    }

    fn unknown_field(&mut self, key: NodeId, schema: &Schema, place: Place) {
        let name = self.tree.text(key);
        let known = || schema.fields.iter().map(|(known, _)| known.as_ref());
        let help = match nearest(name, known()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if (1..=8).contains(&schema.fields.len()) => Some(format!("there are {}", listed(known()))),
            None => None,
        };
        self.fault(&rules::FIELD, key, format!("{} has no field `{name}`", place.words()), help);
    }

    fn wrong_type(&mut self, node: NodeId, schema: &Schema, found: &Found, place: Place) {
        let expected = match schema.what {
            What::Anything => "something",
            What::Object => "a mapping",
            What::List => "a list",
            What::Text => "a text",
            What::Integer => "a whole number",
            What::Number => "a number",
            What::Boolean => "true or false",
            What::IntegerOrText => "a whole number or a text",
            What::NumberOrText => "a number or a text",
        };
        let text = self.tree.text(node);
        let help = match (schema.what, found) {
            (What::Text, Found::Scalar(_)) => Some(format!("put quotes around it: \"{text}\"")),
            (What::Integer | What::Number, Found::Scalar(Value::Text(text))) if text.parse::<f64>().is_ok() => {
                Some(format!("leave the quotes away: {text}"))
            }
            (What::Boolean, Found::Scalar(Value::Text(text))) => {
                let meant = match text.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "on" => Some(true),
                    "false" | "no" | "off" => Some(false),
                    _ => None,
                };
                meant.map(|meant| format!("write {meant}, without quotes"))
            }
            (What::List, Found::Scalar(_)) => Some(format!("make it a list: [{text}]")),
            _ => None,
        };
        let node = if matches!(found, Found::Null) && text.is_empty() { place.shown } else { node };
        let message = format!("{} must be {expected}, found {}", place.words(), found.name());
        self.fault(&rules::TYPE, node, message, help);
    }

    fn check_form(&mut self, node: NodeId, schema: &Schema, value: &Value, place: Place) {
        let Some(form) = schema.format else { return };
        let allows_empty = schema.limits.as_ref().is_some_and(|limits| limits.allows_empty);
        let fits = match value {
            Value::Text(text) => (allows_empty && text.is_empty()) || form.fits(text),
            Value::Integer(digits) => {
                digits.parse().map_or(form == Format::Quantity, |number| form.fits_number(number))
            }
            Value::Float(number) => number.fract() != 0.0 || form.fits_number(*number as i128),
            Value::Bool(_) | Value::Null => true,
        };
        if !fits {
            let text = self.tree.text(node);
            self.wrong_form(node, form, &place.words(), text);
        }
    }

    fn wrong_form(&mut self, node: NodeId, form: Format, what: &str, text: &str) {
        let rule = match form.subject() {
            Subject::Name => &rules::NAME,
            Subject::Label => &rules::LABEL,
            Subject::Port => &rules::PORT,
            Subject::Quantity => &rules::QUANTITY,
            Subject::Other => &rules::FORMAT,
        };
        let message = match what.starts_with("the key") {
            true => format!("{what} is not allowed"),
            false => format!("{what} cannot be `{text}`"),
        };
        let expected = format!("it must be {}", form.expected());
        let help = match form.repaired(text) {
            Some(repaired) => format!("`{repaired}` would do: {expected}"),
            None => expected,
        };
        self.faults.push(Fault { rule, node, message, help: Some(help), form: Some(form), also: None });
    }

    fn fault(&mut self, rule: &'static Rule, node: NodeId, message: String, help: Option<String>) {
        self.faults.push(Fault { rule, node, message, help, form: None, also: None });
    }
}

/// What a node holds.
#[derive(Debug)]
enum Found<'a> {
    Null,
    Mapping,
    Sequence,
    Scalar(Value<'a>),
}

impl Found<'_> {
    fn name(&self) -> &'static str {
        match self {
            Found::Null | Found::Scalar(Value::Null) => "null",
            Found::Mapping => "a mapping",
            Found::Sequence => "a list",
            Found::Scalar(Value::Bool(_)) => "a boolean",
            Found::Scalar(Value::Integer(_) | Value::Float(_)) => "a number",
            Found::Scalar(Value::Text(_)) => "a text",
        }
    }
}

fn fits(what: What, found: &Found) -> bool {
    use Value::{Bool, Float, Integer, Text};
    match (what, found) {
        (What::Anything, _) => true,
        (What::Object, found) => matches!(found, Found::Mapping),
        (What::List, found) => matches!(found, Found::Sequence),
        (What::Text, Found::Scalar(value)) => matches!(value, Text(_)),
        (What::Boolean, Found::Scalar(value)) => matches!(value, Bool(_)),
        (What::Integer, Found::Scalar(value)) => is_whole(value),
        (What::IntegerOrText, Found::Scalar(value)) => is_whole(value) || matches!(value, Text(_)),
        (What::Number, Found::Scalar(value)) => matches!(value, Integer(_) | Float(_)),
        (What::NumberOrText, Found::Scalar(value)) => matches!(value, Integer(_) | Float(_) | Text(_)),
        _ => false,
    }
}

fn is_whole(value: &Value) -> bool {
    matches!(value, Value::Integer(_)) || matches!(value, Value::Float(number) if number.fract() == 0.0)
}

/// `a`, `b` and `c`, each in backticks.
pub(super) fn listed<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}
