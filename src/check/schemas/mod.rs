//! What Kubernetes says of its types, by release, and what CustomResourceDefinitions say of theirs.
//!
//! Both become a [`Schema`]. Those of Kubernetes lie in a table that is part of the program: a definition is made from
//! its bytes when a resource needs it, and only for the release that is asked for.

mod custom;
mod format;
mod release;
mod table;

use std::borrow::Cow;

pub(crate) use custom::{CustomTypes, CustomVersion, OBJECT_META};
pub(crate) use format::{Format, Subject};
pub(crate) use release::{Known, Release};

/// A name: of the table, or read from a CustomResourceDefinition.
pub(crate) type Name = Cow<'static, str>;

/// What a value may be. The default allows everything.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// The type.
    pub what: What,
    /// What becomes of null in its place.
    pub null: Null,
    /// The form of a text or number.
    pub format: Option<Format>,
    /// The fields that an object may have, sorted by name.
    pub fields: Vec<(Name, Child)>,
    /// The fields that an object must have.
    pub required: Vec<Name>,
    /// What becomes of fields that are not among `fields`.
    pub others: Others,
    /// The items of a list.
    pub items: Option<Child>,
    /// How the items of a list are told apart.
    pub identity: Identity,
    /// What else is demanded, which most values are spared.
    pub limits: Option<Box<Limits>>,
}

/// What becomes of null.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Null {
    /// It is of the wrong type.
    Refused,
    /// It counts as nothing: as if the field were not there.
    #[default]
    Dropped,
    /// It is a value like others.
    Kept,
}

/// A type.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    #[default]
    Anything,
    Object,
    List,
    Text,
    Integer,
    Number,
    Boolean,
    IntegerOrText,
    NumberOrText,
}

/// A schema within a schema.
#[derive(Debug)]
pub(crate) enum Child {
    /// One of its own.
    Own(Box<Schema>),
    /// A definition of the table, by number.
    Definition(usize),
}

/// What becomes of the fields that a schema does not name.
#[derive(Debug, Default)]
pub(crate) enum Others {
    /// They may be there.
    #[default]
    Kept,
    /// They are unknown.
    Refused,
    /// They are the entries of a map: the form of the keys, and what the values are.
    Map { keys: Option<Format>, values: Child },
}

/// How the items of a list are told apart; no two may be the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Not at all.
    #[default]
    None,
    /// By their value.
    Value,
    /// By the values of these fields together; with what counts, as JSON, where a field is not there.
    Fields(Vec<(Name, Option<String>)>),
}

/// What is demanded of a value beside its type.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// The allowed values, as JSON.
    pub values: Vec<String>,
    /// An empty text counts as none: it is neither among the values nor of the form, and allowed.
    pub allows_empty: bool,
    /// Bounds of a number.
    pub number: Bounds<f64>,
    /// Whether the bounds themselves are beyond what is allowed: the least, the most.
    pub exclusive: (bool, bool),
    /// What a number must be a multiple of.
    pub multiple_of: Option<f64>,
    /// Bounds of the length of a text.
    pub length: Bounds<u64>,
    /// Bounds of the number of items.
    pub items: Bounds<u64>,
    /// Bounds of the number of fields.
    pub fields: Bounds<u64>,
    /// A regular expression that a text must have a match for.
    pub pattern: Option<String>,
    /// It must be like all of these,
    pub all_of: Vec<Schema>,
    /// like one of these at least,
    pub any_of: Vec<Schema>,
    /// like exactly one of these,
    pub one_of: Vec<Schema>,
    /// and unlike this.
    pub not: Option<Box<Schema>>,
}

/// The least and the most, where there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds<T> {
    pub least: Option<T>,
    pub most: Option<T>,
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Bounds { least: None, most: None }
    }
}

impl Schema {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Child> {
        let at = self.fields.binary_search_by(|(own, _)| own.as_ref().cmp(name)).ok()?;
        Some(&self.fields[at].1)
    }
}
