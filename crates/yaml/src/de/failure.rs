use std::fmt;

use serde::de;

use crate::{Error, ErrorKind, NodeId, Tree, nearest};

/// An error on its way out of serde, which makes errors without a place; the nearest node around gives it one.
#[derive(Debug)]
pub(super) struct Failure {
    error: Box<Error>,
    placed: bool,
}

impl Failure {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Failure {
        Failure::unplaced(Error::new(kind, 0, message))
    }

    /// An error whose place does not count yet.
    pub(super) fn unplaced(error: Error) -> Failure {
        Failure { error: Box::new(error), placed: false }
    }

    /// The same error at the place of a node, unless it has a place already.
    pub(super) fn at_node(mut self, tree: &Tree, id: NodeId) -> Failure {
        if !self.placed {
            self.error = Box::new(self.error.at_node(tree, id));
            self.placed = true;
        }
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Failure {
        self.error.help = Some(help.into().into_boxed_str());
        self
    }

    /// A field that a type does not have; `parent` is the field around it, empty for the document.
    pub(super) fn unknown_field(name: &str, parent: &str, known: &'static [&'static str]) -> Failure {
        let message = match parent {
            "" => format!("unknown field `{name}`"),
            _ => format!("unknown field `{name}` in `{parent}`"),
        };
        let failure = Failure::new(ErrorKind::UnknownField, message);
        match nearest(name, known.iter().copied()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        *failure.error
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Failure {
        Failure::new(ErrorKind::Type, message.to_string())
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Failure {
        Failure::unknown_field(name, "", known)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Failure {
        let known_names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("`{name}` is none of {}", known_names.join(", "));
        let failure = Failure::new(ErrorKind::Type, message);
        match nearest(name, known.iter().copied()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure,
        }
    }

    fn missing_field(name: &'static str) -> Failure {
        Failure::new(ErrorKind::Type, format!("the field `{name}` is missing"))
    }
}
