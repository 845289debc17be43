//! What is demanded of a value beside its type.

use std::fmt::Display;

use rustomize_yaml::{NodeId, Value, nearest};

use super::{Found, Place, Validator, listed, rules};
use crate::check::schemas::{Bounds, Limits, Schema};

/// More allowed values than this are not listed.
const MAX_LISTED: usize = 12;

impl Validator<'_> {
    pub(super) fn check_limits(&mut self, node: NodeId, limits: &Limits, found: &Found, place: Place) {
        let is_empty = matches!(found, Found::Scalar(Value::Text(text)) if text.is_empty());
        if limits.allows_empty && is_empty {
            return;
        }
        if !limits.values.is_empty() {
            self.check_values(node, &limits.values, place);
        }
        match found {
            Found::Scalar(Value::Text(text)) => {
                let length = text.chars().count() as u64;
                self.check_count(node, limits.length, length, "characters", place);
                if let Some(pattern) = &limits.pattern {
                    self.check_pattern(node, pattern, text, place);
                }
            }
            Found::Scalar(value @ (Value::Integer(_) | Value::Float(_))) => {
                self.check_number(node, limits, value, place)
            }
            Found::Sequence => self.check_count(node, limits.items, self.tree.len(node) as u64, "items", place),
            Found::Mapping => self.check_count(node, limits.fields, self.tree.len(node) as u64, "fields", place),
            Found::Scalar(_) | Found::Null => {}
        }
        self.check_alternatives(node, limits, place);
    }

    fn check_values(&mut self, node: NodeId, allowed: &[String], place: Place) {
        let value = self.json(node);
        if allowed.contains(&value) {
            return;
        }
        let text = self.tree.text(node);
        let words = || allowed.iter().map(|value| value.trim_matches('"')).filter(|value| !value.is_empty());
        let all = || format!("it must be one of {}", listed(words()));
        let help = match nearest(text, words()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if words().count() <= MAX_LISTED => Some(all()),
            None => None,
        };
        self.fault(&rules::VALUE, node, format!("{} cannot be `{text}`", place.words()), help);
    }

    fn check_count(&mut self, node: NodeId, bounds: Bounds<u64>, count: u64, what: &str, place: Place) {
        let shown = if self.tree.is_scalar(node) { node } else { place.shown };
        match bounds {
            Bounds { least: Some(least), .. } if count < least => {
                let message = format!("{} has {count} {what}, and must have at least {least}", place.words());
                self.fault(&rules::BOUNDS, shown, message, None);
            }
            Bounds { most: Some(most), .. } if count > most => {
                let message = format!("{} has {count} {what}, and may have at most {most}", place.words());
                self.fault(&rules::BOUNDS, shown, message, None);
            }
            _ => {}
        }
    }

    fn check_number(&mut self, node: NodeId, limits: &Limits, value: &Value, place: Place) {
        let number = match value {
            Value::Integer(digits) => digits.parse().unwrap_or(f64::MAX),
            Value::Float(number) => *number,
            _ => return,
        };
        let (above, below) = limits.exclusive;
        let mut refuse = |demand: &str, bound: &dyn Display| {
            let message = format!("{} is {}, and must be {demand} {bound}", place.words(), self.tree.text(node));
            self.fault(&rules::BOUNDS, node, message, None);
        };
        match limits.number {
            Bounds { least: Some(least), .. } if above && number <= least => refuse("more than", &least),
            Bounds { least: Some(least), .. } if number < least => refuse("at least", &least),
            Bounds { most: Some(most), .. } if below && number >= most => refuse("less than", &most),
            Bounds { most: Some(most), .. } if number > most => refuse("at most", &most),
            _ => {}
        }
        if let Some(unit) = limits.multiple_of.filter(|unit| *unit != 0.0 && (number / unit).fract() != 0.0) {
            refuse("a multiple of", &unit);
        }
    }

    fn check_pattern(&mut self, node: NodeId, pattern: &str, text: &str, place: Place) {
        // A pattern that cannot be understood is the fault of the CustomResourceDefinition.
        if self.patterns.fits(pattern, text).unwrap_or(true) {
            return;
        }
        let message = format!("{} cannot be `{text}`", place.words());
        self.fault(&rules::PATTERN, node, message, Some(format!("it must fit the regular expression `{pattern}`")));
    }

    fn check_alternatives(&mut self, node: NodeId, limits: &Limits, place: Place) {
        for schema in &limits.all_of {
            self.check(node, schema, Place { depth: place.depth + 1, ..place });
        }
        let count = |of: &[Schema]| of.iter().filter(|schema| self.is_like(node, schema, place)).count();
        let (any, one) = (count(&limits.any_of), count(&limits.one_of));
        let is_unwanted = limits.not.as_ref().is_some_and(|not| self.is_like(node, not, place));
        let mut refuse = |message: String| self.fault(&rules::ALTERNATIVE, place.shown, message, None);
        if !limits.any_of.is_empty() && any == 0 {
            refuse(format!("{} has none of the {} forms that it may have", place.words(), limits.any_of.len()));
        }
        if !limits.one_of.is_empty() && one != 1 {
            let forms = limits.one_of.len();
            refuse(format!("{} must have exactly one of {forms} forms, and has {one}", place.words()));
        }
        if is_unwanted {
            refuse(format!("{} has a form that it must not have", place.words()));
        }
    }

    /// Whether nothing is wrong with the node by that schema.
    fn is_like(&self, node: NodeId, schema: &Schema, place: Place) -> bool {
        let mut trial = Validator::new(self.tree, self.release, self.patterns);
        trial.check(node, schema, Place { depth: place.depth + 1, ..place });
        trial.faults.is_empty()
    }
}
