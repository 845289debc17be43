use std::fmt;

use crate::{FileId, NodeId, StepId, Tree};

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

/// The class of an [`Error`]; callers map each to a stable code of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not YAML, or not the YAML that kustomize reads.
    Syntax,
    /// A mapping has the same key twice.
    DuplicateKey,
    /// The text has bytes that are not UTF-8, or characters that YAML forbids.
    Encoding,
    /// Nested deeper than kustomize reads (10,000).
    TooDeep,
    /// Aliases expand to more nodes than the budget allows.
    AliasBomb,
    /// An alias without its anchor, or one that contains itself.
    Alias,
    /// A `<<` key whose value is not a mapping or a list of mappings.
    Merge,
    /// A tag that does not fit the text of its scalar.
    Tag,
    /// A value that cannot be printed: `.inf`, `.nan`, a mapping key that is not a string.
    Unprintable,
    /// A typed value was expected, something else found (from the serde `Deserializer`).
    Type,
    /// A field that the typed value does not have (from the serde `Deserializer`).
    UnknownField,
}

/// Something wrong with a text or a tree, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The class of the error.
    pub kind: ErrorKind,
    /// One sentence without a full stop, in lower case: what is wrong.
    pub message: String,
    /// The file where it is wrong, for an error about a node of a tree; 0 for the text that is being read, and for a
    /// node that was not read.
    pub file: FileId,
    /// The step that wrote the node last, for an error about a node of a tree.
    pub step: StepId,
    /// Byte offset in the text of the source where it is wrong.
    pub at: u32,
    /// How many bytes are wrong there; 0 when only the place is known.
    pub len: u32,
    /// A second place that matters, with its meaning: the first of two equal keys, say.
    pub also: Option<Box<(u32, String)>>,
    /// What to do, or a near name.
    pub help: Option<Box<str>>,
}

impl Error {
    /// An error of `kind` at byte `at` of the source.
    pub fn new(kind: ErrorKind, at: u32, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), file: FileId(0), step: StepId(0), at, len: 0, also: None, help: None }
    }

    /// The same error, spanning `len` bytes.
    pub fn spanning(mut self, len: u32) -> Self {
        self.len = len;
        self
    }

    /// The same error at the place where a node was read.
    pub fn at_node(mut self, tree: &Tree, id: NodeId) -> Self {
        let node = tree.node(id);
        (self.file, self.step, self.at, self.len) = (node.file, node.step, node.at, tree.source_len(id));
        self
    }

    /// The same error with a second place and what it means.
    pub fn also(mut self, at: u32, meaning: impl Into<String>) -> Self {
        self.also = Some(Box::new((at, meaning.into())));
        self
    }

    /// The same error with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into_boxed_str());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
