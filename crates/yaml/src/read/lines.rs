//! Lines of block collections as nearly all of a manifest is made of: `key:`, `key: value`, `- item`, `- key: value`.
//!
//! They are read without tokens, one after the other, with what comes next looked for once. Each does exactly what the
//! tokens would lead to; whatever takes more than a look, and every error, is left to the grammar of tokens, at the place
//! that was reached.

use super::parse::{Parser, State};
use super::scan::Scanner;
use super::shortcut::{STARTS, is_short_key};
use super::token::{Slice, Token};
use super::{Result, eight};
use crate::resolve::resolve;
use crate::tree::{Kind, Style, Tag, Text};

/// What comes next, behind blanks, comments and line breaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    at: usize,
    line_start: usize,
    /// Its first byte; 0 at the end.
    byte: u8,
    /// Whether a key or a `-` may stand there.
    is_first: bool,
    behind_comment: bool,
}

impl Next {
    /// Its column; -1 at the end, which closes all that is open.
    fn column(self) -> i32 {
        if self.byte == 0 { -1 } else { (self.at - self.line_start) as i32 }
    }

    /// Whether it is a key or a text, at a glance.
    fn is_word(self) -> bool {
        STARTS[self.byte as usize]
    }
}

/// What to read next.
enum Turn {
    /// Another entry of the innermost collection, or what ends it.
    Entry(Next),
    /// What stands behind a colon.
    Value,
    /// What stands behind a `-`.
    Item,
}

impl Parser<'_> {
    /// Reads lines as far as they are of the kind that this is for.
    pub(super) fn lines(&mut self) -> Result<()> {
        let is_between =
            matches!(self.state, State::BlockMappingKey | State::BlockSequenceEntry | State::IndentlessSequenceEntry);
        if !is_between || !self.may_glance() {
            return Ok(());
        }
        self.read_lines(Turn::Entry(self.scanner.next()))
    }

    /// Begins a document with a block collection, if what comes next shows that there is one; says whether it does.
    pub(super) fn first_line(&mut self) -> Result<bool> {
        if !self.may_glance() {
            return Ok(false);
        }
        let Some(turn) = self.first_entry(self.scanner.next()) else { return Ok(false) };
        self.read_lines(turn)?;
        Ok(true)
    }

    /// Whether nothing that has been scanned already waits to be read.
    fn may_glance(&mut self) -> bool {
        #[cfg(test)]
        if self.by_token {
            return false;
        }
        self.scanner.is_idle()
    }

    fn read_lines(&mut self, mut turn: Turn) -> Result<()> {
        loop {
            let next = match turn {
                Turn::Entry(next) => self.entry(next)?,
                Turn::Value => self.value()?,
                Turn::Item => self.behind_dash()?,
            };
            match next {
                Some(next) => turn = next,
                None => return Ok(()),
            }
        }
    }

    /// One more entry of the innermost collection, or its end.
    fn entry(&mut self, next: Next) -> Result<Option<Turn>> {
        let (column, indent) = (next.column(), self.scanner.indent);
        let is_dash = self.scanner.is_dash(next);
        if !(next.is_first && (next.is_word() || is_dash)) && next.byte != 0 {
            return Ok(None);
        }
        match self.state {
            State::BlockMappingKey if column == indent => return Ok(self.another_key(next)),
            State::BlockSequenceEntry | State::IndentlessSequenceEntry if is_dash && column == indent => {
                return Ok(Some(self.dash(next)));
            }
            State::BlockMappingKey | State::BlockSequenceEntry if column < indent => self.scanner.leave_block(),
            State::IndentlessSequenceEntry if column <= indent => {}
            _ => return Ok(None),
        }
        self.close()?;
        Ok(Some(Turn::Entry(next)))
    }

    fn another_key(&mut self, next: Next) -> Option<Turn> {
        let len = self.scanner.key_len(next)?;
        self.key(next, len);
        Some(Turn::Value)
    }

    /// Adds a key to the innermost mapping and steps over its colon.
    fn key(&mut self, next: Next, len: usize) {
        let end = next.at + len;
        self.scanner.step_to(end + 1, next.line_start, false);
        self.add_key(Token::scalar(Style::Plain, next.at, Slice::source(next.at, end)));
        self.state = State::BlockMappingKey;
    }

    /// Opens a collection that stands deeper than all that is open, if a key or a `-` shows that there is one.
    fn first_entry(&mut self, next: Next) -> Option<Turn> {
        let column = next.column();
        if !next.is_first || column <= self.scanner.indent || !self.scanner.has_room_for_indent() {
            return None;
        }
        if self.scanner.is_dash(next) {
            self.scanner.push_indent(column);
            self.states.push(self.state);
            self.open_at(Kind::Sequence, Style::Plain, Tag::Collection, next.at as u32);
            self.state = State::BlockSequenceEntry;
            return Some(self.dash(next));
        }
        let len = self.scanner.key_len(next)?;
        self.scanner.push_indent(column);
        self.states.push(self.state);
        self.open_at(Kind::Mapping, Style::Plain, Tag::Collection, next.at as u32);
        self.key(next, len);
        Some(Turn::Value)
    }

    /// Steps over a `-` of the innermost sequence.
    fn dash(&mut self, next: Next) -> Turn {
        self.scanner.step_to(next.at + 1, next.line_start, true);
        self.scanner.on_line_of_token = false;
        Turn::Item
    }

    /// What stands behind the colon that was stepped over.
    fn value(&mut self) -> Result<Option<Turn>> {
        let at = self.scanner.end_of_spaces(self.scanner.pos);
        let byte = self.scanner.byte(at);
        if STARTS[byte as usize] {
            return self.plain_value(at).map(|next| Some(Turn::Entry(next)));
        }
        match byte {
            b'\n' | b'#' | 0 => self.value_below(at),
            b'\'' | b'"' => {
                let token = match self.scanner.short_quoted(at) {
                    Some((token, end)) => {
                        self.scanner.step_to(end, self.scanner.line_start, false);
                        token
                    }
                    None => {
                        self.scanner.made.clear();
                        self.scanner.pos = at;
                        self.scanner.scan_quoted(byte == b'\'')?
                    }
                };
                self.add_scalar(token, None);
                Ok(Some(Turn::Entry(self.scanner.next())))
            }
            b'|' | b'>' => self.block_scalar(at).map(|next| Some(Turn::Entry(next))),
            _ => self.slow_value(),
        }
    }

    /// Has the grammar of tokens read what stands behind the colon that was stepped over.
    fn slow_value(&mut self) -> Result<Option<Turn>> {
        self.value_behind(self.scanner.pos as u32 - 1)?;
        Ok(None)
    }

    /// A value that does not stand on the line of its colon, or none.
    fn value_below(&mut self, at: usize) -> Result<Option<Turn>> {
        let next = self.scanner.next_from(at, self.scanner.line_start, false);
        let (column, indent) = (next.column(), self.scanner.indent);
        if !next.is_first && next.byte != 0 {
            return self.slow_value();
        }
        let is_dash = self.scanner.is_dash(next);
        if let Some(turn) = self.first_entry(next) {
            return Ok(Some(turn));
        }
        if is_dash && column == indent {
            self.states.push(self.state);
            self.open_at(Kind::Sequence, Style::Plain, Tag::Collection, next.at as u32);
            self.state = State::IndentlessSequenceEntry;
            return Ok(Some(self.dash(next)));
        }
        if column <= indent && (next.byte == 0 || is_dash || next.is_word()) {
            self.empty_then(State::BlockMappingKey, self.scanner.pos as u32)?;
            return Ok(Some(Turn::Entry(next)));
        }
        self.slow_value()
    }

    /// What stands behind the `-` that was stepped over.
    fn behind_dash(&mut self) -> Result<Option<Turn>> {
        let dash = self.scanner.pos - 1;
        let next = self.scanner.next();
        if let Some(turn) = self.first_entry(next) {
            return Ok(Some(turn));
        }
        if next.column() > self.scanner.indent {
            match next.byte {
                b'\'' | b'"' => {
                    if let Some((token, end)) = self.scanner.short_quoted(next.at) {
                        let behind = self.scanner.next_from(end, next.line_start, false);
                        if behind.is_first || behind.byte == 0 {
                            self.scanner.step_to(end, next.line_start, false);
                            self.add_scalar(token, None);
                            return Ok(Some(Turn::Entry(behind)));
                        }
                    }
                }
                b'|' | b'>' => {
                    self.scanner.line_start = next.line_start;
                    return self.block_scalar(next.at).map(|next| Some(Turn::Entry(next)));
                }
                byte if STARTS[byte as usize] => {
                    if let Some((end, behind)) = self.scanner.short_plain(next.at, next.line_start) {
                        self.scanner.step_to(end, next.line_start, false);
                        self.add_plain(next.at, end);
                        return Ok(Some(Turn::Entry(behind)));
                    }
                }
                _ => {}
            }
        }
        self.item(self.state, dash as u32, 0)?;
        Ok(None)
    }

    /// Plain text behind a colon.
    fn plain_value(&mut self, at: usize) -> Result<Next> {
        if let Some((end, next)) = self.scanner.short_plain(at, self.scanner.line_start) {
            self.scanner.step_to(end, self.scanner.line_start, false);
            self.add_plain(at, end);
            return Ok(next);
        }
        self.scanner.made.clear();
        self.scanner.pos = at;
        let token = self.scanner.scan_plain()?;
        self.add_scalar(token, None);
        Ok(self.scanner.next())
    }

    /// A literal or folded text.
    fn block_scalar(&mut self, at: usize) -> Result<Next> {
        self.scanner.made.clear();
        self.scanner.pos = at;
        self.scanner.simple_key_allowed = true;
        let token = self.scanner.scan_block_scalar(self.scanner.byte(at) == b'|')?;
        self.add_scalar(token, None);
        Ok(self.scanner.next())
    }

    /// Adds plain text that stands in the source as it is.
    fn add_plain(&mut self, start: usize, end: usize) {
        let text = &self.scanner.text[start..end];
        let tag = resolve(text, self.dialect);
        // what begins with a letter or a digit is no `<<`, and a null counts among keys alone
        let stored = Text::in_source(start as u32, (end - start) as u32);
        let id = self.tree.read_node(Kind::Scalar, Style::Plain, tag, stored, start as u32);
        self.attach(id);
    }
}

impl Scanner<'_> {
    /// Goes to the end of the text, if nothing but blanks and comments stands before it; says whether it does.
    pub(super) fn skip_to_end(&mut self) -> bool {
        let is_end = self.is_idle() && {
            let next = self.next();
            self.pos = if next.byte == 0 { next.at } else { self.pos };
            next.byte == 0
        };
        is_end
    }

    /// What comes next.
    fn next(&self) -> Next {
        self.next_from(self.pos, self.line_start, self.simple_key_allowed)
    }

    /// What comes next from `at` on, in the line that begins at `line_start`, where a key may stand if `is_first`.
    fn next_from(&self, mut at: usize, mut line_start: usize, mut is_first: bool) -> Next {
        let mut behind_comment = false;
        loop {
            at = self.end_of_spaces(at);
            match self.byte(at) {
                b'\n' => {
                    at += 1;
                    (line_start, is_first) = (at, true);
                }
                b'#' => {
                    at = self.end_of_line(at);
                    behind_comment = true;
                }
                byte => return Next { at, line_start, byte, is_first, behind_comment },
            }
        }
    }

    /// Whether what comes next is the `-` of an item.
    fn is_dash(&self, next: Next) -> bool {
        next.byte == b'-' && matches!(self.byte(next.at + 1), b' ' | b'\n')
    }

    /// How long the plain key is that comes next, if that is one at a glance.
    fn key_len(&self, next: Next) -> Option<usize> {
        if next.is_word() { is_short_key(self.bytes, next.at) } else { None }
    }

    /// Goes to what stands behind a token.
    fn step_to(&mut self, pos: usize, line_start: usize, simple_key_allowed: bool) {
        self.pos = pos;
        self.line_start = line_start;
        self.simple_key_allowed = simple_key_allowed;
        self.on_line_of_token = true;
    }

    /// Where the plain text at `at` ends that lies on one line, and what comes behind it.
    fn short_plain(&self, at: usize, line_start: usize) -> Option<(usize, Next)> {
        let mut end = at;
        loop {
            let rest = &self.bytes[end..];
            end += eight::position(rest, may_end, may_end_eight);
            match self.byte(end) {
                b'\n' | 0 => break,
                b':' if matches!(self.byte(end + 1), b'!'..=b'~') => {}
                b'#' if self.bytes[end - 1] == b' ' => break,
                b'#' => {}
                _ => return None,
            }
            end += 1;
        }
        let next = self.next_from(end, line_start, false);
        let goes_on = next.column() > self.indent && !next.behind_comment;
        if goes_on || matches!(next.byte, b'\t' | b'\r' | 0x80..) {
            return None;
        }
        while self.bytes[end - 1] == b' ' {
            end -= 1;
        }
        Some((end, next))
    }
}

/// Whether a byte may end plain text, or takes more than a look.
fn may_end(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b':' | b'#' | 0x80..)
}

/// Where eight bytes are such.
fn may_end_eight(bytes: u64) -> u64 {
    eight::are_below(bytes, b' ') | eight::are(bytes, b':') | eight::are(bytes, b'#') | eight::are_high(bytes)
}
