//! Which tokens are keys, and how deep collections lie: libyaml's simple keys and indentation levels.

use super::Result;
use super::scan::Scanner;
use super::token::{Token, TokenKind};
use crate::{Error, ErrorKind};

/// How deep flow collections may nest, and how deep block collections may.
pub(super) const MAX_DEPTH: usize = 10_000;

/// How many characters may lie between the start of a key and its `:`.
const MAX_KEY: usize = 1024;

/// A token that may turn out to be a key once a `:` follows on the same line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SimpleKey {
    pub(super) possible: bool,
    /// At this place nothing but a key can stand, so that a missing `:` is an error.
    pub(super) required: bool,
    pub(super) token: usize,
    pub(super) at: usize,
    pub(super) column: i32,
    line_start: usize,
}

/// Simple keys.
impl Scanner<'_> {
    pub(super) fn lowest_possible_key(&mut self) -> usize {
        while self.lowest_key < self.simple_keys.len() && !self.simple_keys[self.lowest_key].possible {
            self.lowest_key += 1;
        }
        self.lowest_key
    }

    /// Whether a `:` further on could still make a key of the first waiting token.
    pub(super) fn front_may_be_key(&mut self) -> Result<bool> {
        let level = self.lowest_possible_key();
        match self.simple_keys.get(level) {
            Some(key) if key.token == self.taken => self.is_still_possible(level),
            _ => Ok(false),
        }
    }

    /// Whether the simple key at `level` may still become a key; an error when it must and cannot.
    pub(super) fn is_still_possible(&mut self, level: usize) -> Result<bool> {
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
}

/// Indentation.
impl Scanner<'_> {
    /// Opens a block collection when `column` lies deeper than the current one. `token` is the number of the token
    /// that it begins before, or `None` for the one that comes next.
    pub(super) fn roll_indent(&mut self, column: i32, token: Option<usize>, kind: TokenKind, at: usize) -> Result<()> {
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

    /// Leaves the innermost block collection.
    pub(super) fn leave_block(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }

    /// Closes the block collections that lie deeper than `column`. They end where the last token before them ended,
    /// at `end`: comments from there on are not theirs.
    pub(super) fn unroll_indent(&mut self, column: i32, end: usize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.tokens.push(Token { ends_at: end as u32, ..Token::bare(TokenKind::BlockEnd, self.pos) });
            self.leave_block();
        }
    }
}

/// The error of a collection that nests too deep.
pub(super) fn too_deep(at: usize) -> Error {
    Error::new(ErrorKind::TooDeep, at as u32, format!("nested deeper than {MAX_DEPTH} levels"))
}
