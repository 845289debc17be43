use crate::Style;

/// What a [`Token`] is; the names are those of the YAML specification's grammar of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

/// A text that a token carries: a part of the source, or of the scanner's buffer of unescaped texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Slice {
    pub(super) start: u32,
    pub(super) len: u32,
    pub(super) made: bool,
}

impl Slice {
    /// A text that stands in the source as it is.
    pub(super) fn source(start: usize, end: usize) -> Slice {
        Slice { start: start as u32, len: (end - start) as u32, made: false }
    }
}

/// A token, with the place where it begins and, for scalars and names, its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Meaningful for scalars alone.
    pub(super) style: Style,
    /// Byte offset of its first character in the source.
    pub(super) at: u32,
    /// For the end of a block collection: where its last token ended.
    pub(super) ends_at: u32,
    pub(super) slice: Slice,
}

impl Token {
    /// A token that carries no text.
    pub(super) fn bare(kind: TokenKind, at: usize) -> Token {
        Token { kind, style: Style::Plain, at: at as u32, ends_at: 0, slice: Slice::default() }
    }

    /// A token with a text of the source: an anchor, an alias, a tag, a directive.
    pub(super) fn named(kind: TokenKind, at: usize, slice: Slice) -> Token {
        Token { kind, style: Style::Plain, at: at as u32, ends_at: 0, slice }
    }

    /// A scalar.
    pub(super) fn scalar(style: Style, at: usize, slice: Slice) -> Token {
        Token { kind: TokenKind::Scalar, style, at: at as u32, ends_at: 0, slice }
    }
}
