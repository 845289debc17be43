//! From characters to tokens, accepting and refusing exactly what libyaml's scanner does as go-yaml ported it.
//!
//! The parts that decide what is YAML (indentation levels, simple keys, where tabs may stand) follow that scanner
//! rule by rule; what is ours is the speed: bytes instead of characters, runs instead of steps, texts that point into
//! the source.

use std::ops::Range;

use super::Result;
use super::comment::{Comments, may_steer};
use super::key::SimpleKey;
use super::lines::Next;
use super::parse::DEPTH;
use super::small_flow::Part;
use super::token::{Slice, Token, TokenKind};
use crate::{Error, ErrorKind};

/// How far go-yaml looks ahead for the next comment.
pub(super) const COMMENT_LOOKAHEAD: usize = 512;

/// Turns one piece of a source into tokens.
pub(super) struct Scanner<'s> {
    pub(super) text: &'s str,
    /// The source from its beginning to the end of the piece, so that offsets are those of the source.
    pub(super) bytes: &'s [u8],
    pub(super) pos: usize,
    /// Whether the piece has nothing but printable ASCII and line feeds.
    pub(super) is_usual: bool,
    /// Where column 0 of the current line is.
    pub(super) line_start: usize,
    /// Texts that do not stand in the source as they are.
    pub(super) made: String,
    /// go-yaml v3 reads comments, and takes a tab in front of some of them that v2 refuses.
    pub(super) reads_comments: bool,
    /// What is known of comments, for a text where some may steer merges.
    pub(super) comments: Option<Box<Comments>>,
    /// Whether the last token stands on the current line, so that a comment here is its own.
    pub(super) on_line_of_token: bool,
    /// The tokens that are waiting, from `head` on.
    pub(super) tokens: Vec<Token>,
    pub(super) head: usize,
    /// How many tokens have been taken or dropped.
    pub(super) taken: usize,
    pub(super) ended: bool,
    pub(super) indent: i32,
    pub(super) indents: Vec<i32>,
    pub(super) flow_level: usize,
    pub(super) simple_key_allowed: bool,
    /// One for the block context and one for each open flow collection.
    pub(super) simple_keys: Vec<SimpleKey>,
    /// All simple keys below this level are impossible.
    pub(super) lowest_key: usize,
    /// What comes next, while lines are read at a glance.
    pub(super) ahead: Next,
    /// What a flow collection that is read at a glance is made of.
    pub(super) parts: Vec<Part>,
}

/// Tokens for the parser.
impl<'s> Scanner<'s> {
    /// A scanner of `text`, which [`Scanner::restart`] sets to work.
    pub(super) fn new(text: &'s str, reads_comments: bool) -> Scanner<'s> {
        Scanner {
            text,
            bytes: text.as_bytes(),
            pos: 0,
            is_usual: false,
            line_start: 0,
            made: String::new(),
            reads_comments,
            comments: None,
            on_line_of_token: false,
            tokens: Vec::new(),
            head: 0,
            taken: 0,
            ended: false,
            indent: -1,
            indents: Vec::with_capacity(DEPTH),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: Vec::new(),
            lowest_key: 0,
            ahead: Next::default(),
            parts: Vec::with_capacity(DEPTH),
        }
    }

    /// Begins a new stream, the bytes of a range of the text; `is_usual` says what they are.
    pub(super) fn restart(&mut self, piece: Range<usize>, is_usual: bool) {
        self.is_usual = is_usual;
        self.bytes = &self.text.as_bytes()[..piece.end];
        // each piece may begin with a byte order mark (that of a file is gone already); further on it is text
        let has_mark = piece.start > 0 && self.bytes[piece.start..].starts_with("\u{feff}".as_bytes());
        self.pos = if has_mark { piece.start + 3 } else { piece.start };
        self.line_start = self.pos;
        let may_steer = self.reads_comments && may_steer(&self.bytes[self.pos..]);
        self.comments = may_steer.then(Box::default);
        self.on_line_of_token = false;
        self.tokens.clear();
        (self.head, self.taken) = (0, 0);
        self.ended = false;
        self.indent = -1;
        self.indents.clear();
        self.flow_level = 0;
        self.simple_key_allowed = true;
        self.simple_keys.clear();
        self.simple_keys.push(SimpleKey::default());
        self.lowest_key = 0;
    }

    /// The kind of the next token, which stays.
    pub(super) fn peek(&mut self) -> Result<TokenKind> {
        while self.tokens.is_empty() || self.front_may_be_key()? {
            self.fetch()?;
        }
        if self.comments.is_some() {
            self.look_ahead(3)?; // a comment may stand behind the token that follows its own
        }
        Ok(self.tokens[self.head].kind)
    }

    /// The token that [`Scanner::peek`] has seen.
    pub(super) fn front(&self) -> Token {
        self.tokens[self.head]
    }

    /// Drops the token that [`Scanner::peek`] has seen; says where it stood.
    pub(super) fn skip(&mut self) -> u32 {
        let at = self.tokens[self.head].at;
        self.head += 1;
        self.taken += 1;
        if self.head == self.tokens.len() {
            self.tokens.clear();
            self.head = 0;
        }
        at
    }

    /// Scans on until `count` tokens are waiting, as far as a reader with that much lookahead would get.
    pub(super) fn look_ahead(&mut self, count: usize) -> Result<()> {
        while !self.ended && (self.waiting() < count || self.front_may_be_key()?) {
            self.fetch()?;
        }
        Ok(())
    }

    /// The text of a token.
    pub(super) fn text(&self, slice: Slice) -> &str {
        let range = slice.start as usize..(slice.start + slice.len) as usize;
        if slice.made { &self.made[range] } else { &self.text[range] }
    }

    pub(super) fn waiting(&self) -> usize {
        self.tokens.len() - self.head
    }

    /// Whether no token is waiting and nothing behind could still become a key.
    pub(super) fn is_idle(&mut self) -> bool {
        self.tokens.is_empty() && self.lowest_possible_key() == self.simple_keys.len() && self.comments.is_none()
    }

    /// The last tokens of the queue.
    pub(super) fn last_tokens(&self) -> [Option<Token>; 2] {
        let count = self.tokens.len();
        [count.checked_sub(2).map(|at| self.tokens[at]), self.tokens.last().copied()]
    }
}

/// Characters and places.
impl Scanner<'_> {
    /// The byte at `at`; 0 at the end (no text holds a 0, see `characters`).
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn column(&self) -> i32 {
        (self.pos - self.line_start) as i32
    }

    /// How many bytes the line break at `at` takes; 0 when there is none.
    #[inline]
    pub(super) fn break_len(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\n' => 1,
            b'\r' if self.byte(at + 1) == b'\n' => 2,
            b'\r' => 1,
            0xc2 if self.byte(at + 1) == 0x85 => 2,
            0xe2 if self.byte(at + 1) == 0x80 && matches!(self.byte(at + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_end(&self, at: usize) -> bool {
        at >= self.bytes.len()
    }

    #[inline]
    pub(super) fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\t')
    }

    /// Where the spaces at `at` end.
    #[inline]
    pub(super) fn end_of_spaces(&self, mut at: usize) -> usize {
        const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
        while let Some(eight) = self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            let others = u64::from_le_bytes(*eight) ^ SPACES;
            if others != 0 {
                return at + others.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    /// Whether a blank, a line break or the end stands at `at`.
    #[inline]
    pub(super) fn is_blank_or_end(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\t' | 0) || self.break_len(at) > 0
    }

    /// Steps over the line break at the current place, which is `len` bytes long.
    #[inline]
    pub(super) fn skip_break(&mut self, len: usize) {
        self.pos += len;
        self.line_start = self.pos;
    }

    /// Whether `---` or `...` stands at the current place, which must be the start of a line.
    pub(super) fn at_document_indicator(&self) -> bool {
        self.pos == self.line_start
            && matches!(self.bytes.get(self.pos..self.pos + 3), Some(b"---" | b"..."))
            && self.is_blank_or_end(self.pos + 3)
    }

    /// A syntax error at the current place.
    pub(super) fn error<T>(&self, message: &str) -> Result<T> {
        Err(self.error_at(self.pos, message).into())
    }

    /// A syntax error at `at`.
    pub(super) fn error_at(&self, at: usize, message: &str) -> Error {
        Error::new(ErrorKind::Syntax, at as u32, message)
    }
}
