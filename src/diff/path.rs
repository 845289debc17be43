use std::fmt;

use crate::explain::push_field;

/// The way from an object to a value in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FieldPath(pub Vec<Segment>);

/// A part of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The field of a mapping.
    Field(String),
    /// The item of a list.
    Item {
        /// The fields by which the type tells items apart; none where it does not.
        keys: Vec<Key>,
        /// Where it stands before, counted from 0.
        before: Option<usize>,
        /// Where it stands after.
        after: Option<usize>,
    },
}

/// A field that tells an item apart, with its text on either side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The field.
    pub field: String,
    /// Its text before; the same as after for what is on one side alone.
    pub before: String,
    /// Its text after.
    pub after: String,
}

/// One of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Which {
    /// What was.
    Before,
    /// What comes.
    After,
}

impl FieldPath {
    /// The same path with both sides exchanged.
    pub fn reversed(&self) -> FieldPath {
        let reversed = self.0.iter().map(|segment| match segment {
            Segment::Item { keys, before, after } => {
                let reversed = keys.iter().map(|Key { field, before, after }| Key {
                    field: field.clone(),
                    before: after.clone(),
                    after: before.clone(),
                });
                Segment::Item { keys: reversed.collect(), before: *after, after: *before }
            }
            field => field.clone(),
        });
        FieldPath(reversed.collect())
    }
}

impl fmt::Display for Key {
    /// `name=web`, or `name=old→new`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { field, before, after } = self;
        if before == after { write!(f, "{field}={after}") } else { write!(f, "{field}={before}→{after}") }
    }
}

impl fmt::Display for FieldPath {
    /// `spec.containers[name=web].image`; an item without a name by its number, with both where it has moved.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Field(name) => push_field(&mut text, name),
                Segment::Item { keys, .. } if !keys.is_empty() => {
                    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
                    text.push_str(&format!("[{}]", keys.join(",")));
                }
                Segment::Item { before: Some(before), after: Some(after), .. } if before != after => {
                    text.push_str(&format!("[{before}→{after}]"));
                }
                Segment::Item { before, after, .. } => {
                    text.push_str(&format!("[{}]", after.or(*before).unwrap_or_default()));
                }
            }
        }
        f.write_str(&text)
    }
}
