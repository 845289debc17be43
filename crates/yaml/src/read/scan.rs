//! From characters to tokens, accepting and refusing exactly what libyaml's scanner does as go-yaml ported it.
//!
//! The parts that decide what is YAML (indentation levels, simple keys, where tabs may stand) follow that scanner
//! rule by rule; what is ours is the speed: bytes instead of characters, runs instead of steps, texts that point into
//! the source.

use std::ops::Range;

use super::Result;
use super::comment::{Comments, may_steer};
use super::token::{Slice, Token, TokenKind};
use crate::{Error, ErrorKind};

/// How deep flow collections may nest, and how deep block collections may.
pub(super) const MAX_DEPTH: usize = 10_000;

/// How many characters may lie between the start of a key and its `:`.
const MAX_KEY: usize = 1024;

/// How far go-yaml looks ahead for the next comment.
pub(super) const COMMENT_LOOKAHEAD: usize = 512;

/// A token that may turn out to be a key once a `:` follows on the same line.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    /// At this place nothing but a key can stand, so that a missing `:` is an error.
    required: bool,
    token: usize,
    at: usize,
    column: i32,
    line_start: usize,
}

/// Turns one piece of a source into tokens.
pub(super) struct Scanner<'s> {
    pub(super) text: &'s str,
    /// The source from its beginning to the end of the piece, so that offsets are those of the source.
    pub(super) bytes: &'s [u8],
    pub(super) pos: usize,
    /// Where column 0 of the current line is.
    pub(super) line_start: usize,
    /// Texts that do not stand in the source as they are.
    pub(super) made: String,
    /// go-yaml v3 reads comments, and takes a tab in front of some of them that v2 refuses.
    reads_comments: bool,
    /// What is known of comments, for a text where some may steer merges.
    pub(super) comments: Option<Box<Comments>>,
    /// Whether the last token stands on the current line, so that a comment here is its own.
    pub(super) on_line_of_token: bool,
    /// The tokens that are waiting, from `head` on.
    pub(super) tokens: Vec<Token>,
    pub(super) head: usize,
    /// How many tokens have been taken or dropped.
    taken: usize,
    ended: bool,
    pub(super) indent: i32,
    indents: Vec<i32>,
    pub(super) flow_level: usize,
    pub(super) simple_key_allowed: bool,
    /// One for the block context and one for each open flow collection.
    simple_keys: Vec<SimpleKey>,
    /// All simple keys below this level are impossible.
    lowest_key: usize,
}

/// Tokens for the parser.
impl<'s> Scanner<'s> {
    /// A scanner of `text`, which [`Scanner::restart`] sets to work.
    pub(super) fn new(text: &'s str, reads_comments: bool) -> Scanner<'s> {
        Scanner {
            text,
            bytes: text.as_bytes(),
            pos: 0,
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
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: Vec::new(),
            lowest_key: 0,
        }
    }

    /// Begins a new stream, the bytes of a range of the text.
    pub(super) fn restart(&mut self, piece: Range<usize>) {
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

    fn waiting(&self) -> usize {
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

    fn lowest_possible_key(&mut self) -> usize {
        while self.lowest_key < self.simple_keys.len() && !self.simple_keys[self.lowest_key].possible {
            self.lowest_key += 1;
        }
        self.lowest_key
    }

    /// Whether a `:` further on could still make a key of the first waiting token.
    fn front_may_be_key(&mut self) -> Result<bool> {
        let level = self.lowest_possible_key();
        match self.simple_keys.get(level) {
            Some(key) if key.token == self.taken => self.is_still_possible(level),
            _ => Ok(false),
        }
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

/// Simple keys and indentation.
impl Scanner<'_> {
    /// Whether the simple key at `level` may still become a key; an error when it must and cannot.
    fn is_still_possible(&mut self, level: usize) -> Result<bool> {
        let key = self.simple_keys[level];
        if !key.possible {
            return Ok(false);
        }
        if key.line_start == self.line_start && !self.is_too_long(key.at) {
            return Ok(true);
        }
        if key.required {
            return Err(self.missing_colon(key.at).into());
        }
        self.simple_keys[level].possible = false;
        Ok(false)
    }

    fn is_too_long(&self, start: usize) -> bool {
        self.pos - start > MAX_KEY
            && self.bytes[start..self.pos].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() > MAX_KEY
    }

    fn missing_colon(&self, at: usize) -> Error {
        let line = &self.bytes[at..];
        let line = &line[..line.iter().position(|&byte| byte == b'\n').unwrap_or(line.len())];
        let error = self.error_at(at, "expected `key: value`, but this line has no `:` after its key");
        let error = error.spanning(line.trim_ascii_end().len() as u32);
        if self.pos - at > MAX_KEY {
            error.help("a key may have 1024 characters; write a longer one after `? `")
        } else if line.contains(&b':') {
            error.help("a `:` ends a key only when a space or the end of the line follows it")
        } else if line.contains(&b'\t') {
            error.help("a tab cannot separate a key from its value: write `: `")
        } else {
            error.help("add a `:` after the key, or indent the line if it continues the value above")
        }
    }

    /// Notes that the token that is about to be scanned may be a key.
    pub(super) fn save_simple_key(&mut self) -> Result<()> {
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            let column = self.column();
            let level = self.simple_keys.len() - 1;
            self.simple_keys[level] = SimpleKey {
                possible: true,
                required: self.flow_level == 0 && self.indent == column,
                token: self.taken + self.waiting(),
                at: self.pos,
                column,
                line_start: self.line_start,
            };
            self.lowest_key = self.lowest_key.min(level);
        }
        Ok(())
    }

    /// Notes that what could have been a key at this level is none.
    pub(super) fn remove_simple_key(&mut self) -> Result<()> {
        let level = self.simple_keys.len() - 1;
        let key = self.simple_keys[level];
        if key.possible && key.required {
            return Err(self.missing_colon(key.at).into());
        }
        self.simple_keys[level].possible = false;
        Ok(())
    }

    /// Opens a block collection when `column` lies deeper than the current one. `token` is the number of the token
    /// that it begins before, or `None` for the one that comes next.
    fn roll_indent(&mut self, column: i32, token: Option<usize>, kind: TokenKind, at: usize) -> Result<()> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        if !self.has_room_for_indent() {
            return Err(too_deep(at).into());
        }
        self.push_indent(column);
        let start = Token::bare(kind, at);
        match token {
            Some(number) => self.tokens.insert(self.head + number - self.taken, start),
            None => self.tokens.push(start),
        }
        Ok(())
    }

    /// Whether a block collection more would not be one too many.
    pub(super) fn has_room_for_indent(&self) -> bool {
        self.indents.len() < MAX_DEPTH
    }

    /// Opens a block collection in `column`.
    pub(super) fn push_indent(&mut self, column: i32) {
        self.indents.push(self.indent);
        self.indent = column;
    }

    /// Closes the block collections that lie deeper than `column`. They end where the last token before them ended,
    /// at `end`: comments from there on are not theirs.
    fn unroll_indent(&mut self, column: i32, end: usize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.tokens.push(Token { ends_at: end as u32, ..Token::bare(TokenKind::BlockEnd, self.pos) });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}

fn too_deep(at: usize) -> Error {
    Error::new(ErrorKind::TooDeep, at as u32, format!("nested deeper than {MAX_DEPTH} levels"))
}

/// Fetching.
impl Scanner<'_> {
    /// Scans one token (and those that it implies) into the queue.
    fn fetch(&mut self) -> Result<()> {
        if self.tokens.is_empty() {
            self.made.clear();
        }
        let before = self.pos;
        self.skip_to_next_token();
        self.unroll_indent(self.column(), before);
        let (at, byte) = (self.pos, self.byte(self.pos));
        if self.is_end(at) {
            return self.fetch_stream_end();
        }
        if at == self.line_start {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_indicator() {
                return self.fetch_document_indicator();
            }
        }
        self.on_line_of_token = true;
        if self.comments.is_none() {
            return self.fetch_token(byte);
        }
        let owner = self.owner_of_line_comment(at);
        self.fetch_token(byte)?;
        self.read_line_comment(owner);
        Ok(())
    }

    /// Scans the token that begins with `byte`.
    #[inline]
    fn fetch_token(&mut self, byte: u8) -> Result<()> {
        let at = self.pos;
        let in_flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blank_or_end(at + 1) => self.fetch_block_entry(),
            b'?' if in_flow || self.is_blank_or_end(at + 1) => self.fetch_key(),
            b':' if in_flow || self.is_blank_or_end(at + 1) => self.fetch_value(),
            b'*' => self.fetch_property(TokenKind::Alias),
            b'&' => self.fetch_property(TokenKind::Anchor),
            b'!' => self.fetch_property(TokenKind::Tag),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(byte == b'|'),
            b'\'' | b'"' => self.fetch_quoted(byte == b'\''),
            b'\t' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' => Err(self.cannot_start(byte).into()),
            _ => self.fetch_plain(),
        }
    }

    fn cannot_start(&self, byte: u8) -> Error {
        let error = match byte {
            b'\t' => return self.tab_indents(),
            b'|' | b'>' => self.error_at(self.pos, "a block scalar cannot stand inside `[]` or `{}`"),
            _ => self.error_at(self.pos, &format!("a value cannot begin with `{}`", char::from(byte))),
        };
        error.spanning(1).help("quote the text")
    }

    fn tab_indents(&self) -> Error {
        let tabs = self.bytes[self.pos..].iter().take_while(|&&byte| byte == b'\t').count();
        self.error_at(self.pos, "a tab indents this line; YAML takes only spaces")
            .spanning(tabs as u32)
            .help("indent with spaces")
    }

    /// Steps over blanks, comments and line breaks.
    fn skip_to_next_token(&mut self) {
        loop {
            let tabs_too = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(self.pos) == b' ' || tabs_too && self.byte(self.pos) == b'\t' {
                self.pos += 1;
            }
            if self.byte(self.pos) == b'#' {
                match (self.on_line_of_token, &self.comments) {
                    (true, _) => self.skip_rest_of_line(),
                    (false, None) => self.skip_comments(),
                    (false, Some(_)) => self.read_comments(),
                }
            }
            match self.break_len(self.pos) {
                0 => return,
                len => self.skip_break(len),
            }
            self.on_line_of_token = false;
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// Steps over the comment at the current place, and over those that follow it with only blanks between, up to the
    /// end of the last one's line.
    fn skip_comments(&mut self) {
        loop {
            self.skip_rest_of_line();
            if !self.reads_comments {
                return;
            }
            let (mut at, mut line_start) = (self.pos, self.line_start);
            loop {
                match self.byte(at) {
                    b'\n' | b'\r' => line_start = at + 1,
                    b' ' | b'\t' => {}
                    _ => break,
                }
                at += 1;
            }
            if self.byte(at) != b'#' || at - self.pos >= COMMENT_LOOKAHEAD {
                return;
            }
            (self.pos, self.line_start) = (at, line_start);
        }
    }

    /// Steps over everything up to the next line break.
    pub(super) fn skip_rest_of_line(&mut self) {
        let rest = &self.bytes[self.pos..];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        let other_break = memchr::memchr2_iter(0xc2, 0xe2, line).find(|&at| self.break_len(self.pos + at) > 0);
        self.pos += other_break.unwrap_or(line.len());
    }

    /// Steps over a comment behind an indicator, together with tabs that could not stand there without one.
    fn skip_line_comment(&mut self) {
        if self.reads_comments {
            let blanks = (0..COMMENT_LOOKAHEAD).take_while(|&ahead| self.is_blank(self.pos + ahead)).count();
            if blanks < COMMENT_LOOKAHEAD && self.byte(self.pos + blanks) == b'#' {
                self.skip_rest_of_line();
            }
        }
    }

    /// Queues an indicator of `len` bytes.
    fn push_indicator(&mut self, kind: TokenKind, len: usize) {
        self.tokens.push(Token::bare(kind, self.pos));
        self.pos += len;
    }

    fn fetch_stream_end(&mut self) -> Result<()> {
        self.line_start = self.pos; // the end is a line of its own, so that no key is waited for
        self.unroll_indent(-1, self.pos);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.ended = true;
        self.push_indicator(TokenKind::StreamEnd, 0);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<()> {
        self.unroll_indent(-1, self.pos);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_directive()?;
        self.tokens.push(token);
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Result<()> {
        self.unroll_indent(-1, self.pos);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let starts = self.byte(self.pos) == b'-';
        self.push_indicator(if starts { TokenKind::DocumentStart } else { TokenKind::DocumentEnd }, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<()> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey::default());
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(too_deep(self.pos).into());
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<()> {
        self.remove_simple_key()?;
        self.leave_flow();
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    /// Closes the innermost flow collection, if any.
    pub(super) fn leave_flow(&mut self) {
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
            self.lowest_key = self.lowest_key.min(self.simple_keys.len());
        }
    }

    fn fetch_flow_entry(&mut self) -> Result<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self
                    .error_at(self.pos, "a list item cannot begin here")
                    .spanning(1)
                    .help("put `- ` on a line of its own below the key, or quote the text if it is no list")
                    .into());
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.pos)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        self.on_line_of_token = false; // a comment behind a `-` belongs to the item
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self
                    .error_at(self.pos, "a key cannot begin here")
                    .spanning(1)
                    .help("put `? ` on a line of its own, or quote the text if it is no key")
                    .into());
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.pos)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        self.skip_line_comment();
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let level = self.simple_keys.len() - 1;
        if self.is_still_possible(level)? {
            self.turn_into_key(level)?;
            self.simple_key_allowed = false;
            self.push_indicator(TokenKind::Value, 1);
            return Ok(());
        }
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self
                    .error_at(self.pos, "a second `:` on a line, or one after a value, starts no mapping")
                    .spanning(1)
                    .help("quote the text that contains `: `, or put the mapping on its own line, indented")
                    .into());
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.pos)?;
        }
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Value, 1);
        self.skip_line_comment();
        Ok(())
    }

    /// Puts a `Key` token, and the start of a mapping if need be, in front of the token that is a key.
    fn turn_into_key(&mut self, level: usize) -> Result<()> {
        let key = self.simple_keys[level];
        self.simple_keys[level].possible = false;
        self.tokens.insert(self.head + key.token - self.taken, Token::bare(TokenKind::Key, key.at));
        self.roll_indent(key.column, Some(key.token), TokenKind::BlockMappingStart, key.at)
    }

    fn fetch_property(&mut self, kind: TokenKind) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = if kind == TokenKind::Tag { self.scan_tag()? } else { self.scan_name(kind)? };
        self.tokens.push(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let token = self.scan_block_scalar(literal)?;
        self.tokens.push(token);
        Ok(())
    }

    fn fetch_quoted(&mut self, single: bool) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_quoted(single)?;
        self.tokens.push(token);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_plain()?;
        self.tokens.push(token);
        if !self.on_line_of_token {
            let key = &mut self.simple_keys[self.flow_level];
            key.possible &= key.required; // its line is over: it may be a mistake, but no key
        }
        Ok(())
    }
}
