//! Lines of block collections as nearly all of a manifest is made of: `key:`, `key: value`, `- item`, `- key: value`.
//!
//! They are read without tokens, one after the other, with what comes next looked for once. Each does exactly what the
//! tokens would lead to; whatever takes more than a look, and every error, is left to the grammar of tokens, at the place
//! that was reached.

use super::Result;
use super::parse::{Open, Parser, State};
use super::scan::Scanner;
use super::shortcut::STARTS;
use crate::resolve::resolve;
use crate::tree::{Kind, NodeId, Style, Tag, Text};
use crate::word::begins_as_word;

/// What comes next, behind blanks, comments and line breaks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Next {
    pub(super) at: usize,
    pub(super) line_start: usize,
    /// Its column; -1 at the end, which closes all that is open.
    pub(super) column: i32,
    /// Its first byte; 0 at the end.
    pub(super) byte: u8,
    /// Whether a key or a `-` may stand there.
    pub(super) is_first: bool,
    pub(super) behind_comment: bool,
    /// How many line breaks stand before it.
    pub(super) breaks: u32,
}

impl Next {
    /// Whether it is a key or a text, at a glance.
    fn is_word(self) -> bool {
        STARTS[self.byte as usize]
    }

    /// Whether nothing of the line before it can go on with it.
    pub(super) fn is_apart(self) -> bool {
        self.is_first || self.byte == 0
    }
}

/// What is to be read next.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// Another entry of the innermost collection, or what ends it.
    Entry,
    /// What stands behind the colon that was stepped over.
    Value,
    /// What stands behind the `-` that was stepped over.
    Item,
    /// Something that this is not for.
    Other,
}

/// Lines.
impl Parser<'_> {
    /// Reads lines as far as they are of the kind that this is for.
    pub(super) fn lines(&mut self) -> Result<()> {
        let is_between =
            matches!(self.state, State::BlockMappingKey | State::BlockSequenceEntry | State::IndentlessSequenceEntry);
        if !is_between || !self.may_glance() {
            return Ok(());
        }
        self.scanner.look();
        self.read_lines(Turn::Entry)
    }

    /// Begins a document with a block collection, if what comes next shows that there is one; says whether it does.
    pub(super) fn first_line(&mut self) -> Result<bool> {
        if !self.may_glance() {
            return Ok(false);
        }
        self.scanner.look();
        match self.first_entry() {
            Turn::Other => Ok(false),
            turn => self.read_lines(turn).map(|()| true),
        }
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
            turn = match turn {
                Turn::Entry => self.entry()?,
                Turn::Value => self.value()?,
                Turn::Item => self.behind_dash()?,
                Turn::Other => return Ok(()),
            };
        }
    }

    /// One more entry of the innermost collection, or its end.
    fn entry(&mut self) -> Result<Turn> {
        let next = self.scanner.ahead;
        let (column, indent) = (next.column, self.scanner.indent);
        let is_dash = self.scanner.is_dash();
        if !(next.is_first && (next.is_word() || is_dash)) && next.byte != 0 {
            return Ok(Turn::Other);
        }
        match self.state {
            State::BlockMappingKey if column == indent => {
                return Ok(match self.scanner.key_len() {
                    Some(len) => self.key(len),
                    None => Turn::Other,
                });
            }
            State::BlockSequenceEntry | State::IndentlessSequenceEntry if is_dash && column == indent => {
                return Ok(self.dash());
            }
            State::BlockMappingKey | State::BlockSequenceEntry if column < indent => self.scanner.leave_block(),
            State::IndentlessSequenceEntry if column <= indent => {}
            _ => return Ok(Turn::Other),
        }
        self.close()?;
        Ok(Turn::Entry)
    }

    /// Opens a collection that stands deeper than all that is open, if a key or a `-` shows that there is one.
    fn first_entry(&mut self) -> Turn {
        let next = self.scanner.ahead;
        let column = next.column;
        if !next.is_first || column <= self.scanner.indent || !self.scanner.has_room_for_indent() {
            return Turn::Other;
        }
        if self.scanner.is_dash() {
            self.scanner.push_indent(column);
            return self.first_dash(State::BlockSequenceEntry);
        }
        let Some(len) = self.scanner.key_len() else { return Turn::Other };
        self.scanner.push_indent(column);
        self.states.push(self.state);
        self.open_at(Kind::Mapping, Style::Plain, Tag::Collection, next.at as u32);
        self.key(len)
    }

    /// Opens the sequence that the `-` that comes next begins.
    fn first_dash(&mut self, state: State) -> Turn {
        self.states.push(self.state);
        self.open_at(Kind::Sequence, Style::Plain, Tag::Collection, self.scanner.ahead.at as u32);
        self.state = state;
        self.dash()
    }

    /// Adds the key that comes next to the innermost mapping, and steps over its colon.
    fn key(&mut self, len: usize) -> Turn {
        let Next { at, line_start, .. } = self.scanner.ahead;
        self.scanner.step_to(at + len + 1, line_start, false);
        self.add_plain_key(at, at + len);
        self.state = State::BlockMappingKey;
        Turn::Value
    }

    /// Steps over the `-` that comes next.
    fn dash(&mut self) -> Turn {
        let Next { at, line_start, .. } = self.scanner.ahead;
        self.scanner.step_to(at + 1, line_start, true);
        self.scanner.on_line_of_token = false;
        Turn::Item
    }
}

/// What stands in the lines.
impl Parser<'_> {
    /// What stands behind the colon that was stepped over.
    fn value(&mut self) -> Result<Turn> {
        let at = self.scanner.end_of_spaces(self.scanner.pos);
        let byte = self.scanner.byte(at);
        if STARTS[byte as usize] {
            return self.plain_value(at);
        }
        match byte {
            b'\n' | b'#' | 0 => self.value_below(at),
            b'\'' | b'"' => self.quoted_value(at),
            b'|' | b'>' => self.block_scalar(at),
            b'{' | b'[' => match self.scanner.small_flow(at) {
                Some(end) => {
                    self.scanner.look_from(end, self.scanner.line_start, false);
                    self.add_flow(end)
                }
                None => self.slow_value(),
            },
            _ => self.slow_value(),
        }
    }

    /// Has the grammar of tokens read what stands behind the colon that was stepped over.
    fn slow_value(&mut self) -> Result<Turn> {
        self.value_behind(self.scanner.pos as u32 - 1)?;
        Ok(Turn::Other)
    }

    /// Plain text behind a colon.
    fn plain_value(&mut self, at: usize) -> Result<Turn> {
        let line = self.scanner.plain_line(at, self.scanner.line_start);
        match line {
            Some(end) if !self.scanner.goes_on() => {
                self.scanner.step_to(end, self.scanner.line_start, false);
                self.add_plain(at, end);
            }
            _ => {
                self.add_scanned(|scanner| {
                    if let Some(token) = line.and_then(|end| scanner.plain_lines(at, end)) {
                        return Ok(token);
                    }
                    scanner.pos = at;
                    scanner.scan_plain()
                })?;
                self.scanner.look();
            }
        }
        Ok(Turn::Entry)
    }

    /// Quoted text behind a colon.
    fn quoted_value(&mut self, at: usize) -> Result<Turn> {
        if let Some((style, end)) = self.scanner.short_quoted(at) {
            self.scanner.step_to(end, self.scanner.line_start, false);
            self.add_in_source(style, Tag::Str, at, at + 1, end - 1);
        } else {
            self.add_scanned(|scanner| {
                scanner.pos = at;
                scanner.scan_quoted(scanner.byte(at) == b'\'')
            })?;
        }
        self.scanner.look();
        Ok(Turn::Entry)
    }

    /// A literal or folded text.
    fn block_scalar(&mut self, at: usize) -> Result<Turn> {
        self.add_scanned(|scanner| {
            scanner.pos = at;
            scanner.simple_key_allowed = true;
            scanner.scan_block_scalar(scanner.byte(at) == b'|')
        })?;
        self.scanner.look();
        Ok(Turn::Entry)
    }

    /// A value that does not stand on the line of its colon, or none.
    fn value_below(&mut self, at: usize) -> Result<Turn> {
        self.scanner.look_from(at, self.scanner.line_start, false);
        if let turn @ (Turn::Value | Turn::Item) = self.first_entry() {
            return Ok(turn);
        }
        let (next, indent) = (self.scanner.ahead, self.scanner.indent);
        let is_dash = self.scanner.is_dash();
        if !next.is_apart() || next.column > indent || !(next.byte == 0 || is_dash || next.is_word()) {
            return self.slow_value();
        }
        if is_dash && next.column == indent {
            if !self.scanner.has_room_for_indent() {
                return self.slow_value();
            }
            return Ok(self.first_dash(State::IndentlessSequenceEntry));
        }
        self.empty_then(State::BlockMappingKey, self.scanner.pos as u32)?;
        Ok(Turn::Entry)
    }

    /// What stands behind the `-` that was stepped over.
    fn behind_dash(&mut self) -> Result<Turn> {
        let dash = self.scanner.pos - 1;
        self.scanner.look();
        if let turn @ (Turn::Value | Turn::Item) = self.first_entry() {
            return Ok(turn);
        }
        let next = self.scanner.ahead;
        let turn = if next.column > self.scanner.indent { self.item_at(next)? } else { Turn::Other };
        if let Turn::Other = turn {
            self.item(self.state, dash as u32, 0)?;
        }
        Ok(turn)
    }

    /// An item that is no block collection.
    fn item_at(&mut self, next: Next) -> Result<Turn> {
        let Next { at, line_start, .. } = next;
        match next.byte {
            b'\'' | b'"' => {
                let Some((style, end)) = self.scanner.short_quoted(at) else { return Ok(Turn::Other) };
                self.scanner.look_from(end, line_start, false);
                if !self.scanner.ahead.is_apart() {
                    return Ok(Turn::Other); // it may be a key
                }
                self.scanner.step_to(end, line_start, false);
                self.add_in_source(style, Tag::Str, at, at + 1, end - 1);
                Ok(Turn::Entry)
            }
            b'{' | b'[' => {
                let Some(end) = self.scanner.small_flow(at) else { return Ok(Turn::Other) };
                self.scanner.look_from(end, line_start, false);
                if !self.scanner.ahead.is_apart() {
                    return Ok(Turn::Other);
                }
                self.scanner.line_start = line_start;
                self.add_flow(end)
            }
            b'|' | b'>' => {
                self.scanner.line_start = line_start;
                self.block_scalar(at)
            }
            _ if next.is_word() => {
                let Some(end) = self.scanner.plain_line(at, line_start) else { return Ok(Turn::Other) };
                if self.scanner.goes_on() {
                    return Ok(Turn::Other);
                }
                self.scanner.step_to(end, line_start, false);
                self.add_plain(at, end);
                Ok(Turn::Entry)
            }
            _ => Ok(Turn::Other),
        }
    }

    /// Adds a flow collection as it was found, which ends at `end`.
    fn add_flow(&mut self, end: usize) -> Result<Turn> {
        self.scanner.step_to(end, self.scanner.line_start, false);
        self.add_small_flow()?;
        Ok(Turn::Entry)
    }
}

/// Nodes whose texts stand in the source as they are.
impl Parser<'_> {
    /// Adds a key without quotes, which begins with one of [`STARTS`], to the innermost mapping.
    pub(super) fn add_plain_key(&mut self, start: usize, end: usize) {
        let id = self.plain(start, end);
        let tag = self.tree.tag(id);
        // what begins so is no `<<`
        self.has_odd_scalars |= tag == Tag::Null;
        if let Some(Open { id: mapping, keys }) = self.open.last_mut() {
            keys.note(self.scanner.bytes, start..end, tag == Tag::Str);
            self.tree.link_read(*mapping, id);
        }
    }

    /// Adds a text without quotes that begins with one of [`STARTS`].
    pub(super) fn add_plain(&mut self, start: usize, end: usize) {
        let id = self.plain(start, end);
        self.attach(id);
    }

    /// Adds a scalar that begins at `at` and whose text lies between two offsets.
    #[inline]
    pub(super) fn add_in_source(&mut self, style: Style, tag: Tag, at: usize, start: usize, end: usize) {
        let text = Text::in_source(start as u32, (end - start) as u32);
        let id = self.tree.read_node(Kind::Scalar, style, tag, text, at as u32);
        self.attach(id);
    }

    /// A text without quotes, not yet part of the tree.
    #[inline]
    fn plain(&mut self, start: usize, end: usize) -> NodeId {
        let text = Text::in_source(start as u32, (end - start) as u32);
        if begins_as_word(&self.scanner.bytes[start..end]) {
            return self.tree.read_word(text, start as u32);
        }
        let tag = resolve(&self.scanner.text[start..end], self.dialect);
        self.tree.read_node(Kind::Scalar, Style::Plain, tag, text, start as u32)
    }
}

/// Looking ahead.
impl Scanner<'_> {
    /// Finds what comes next.
    fn look(&mut self) {
        self.look_from(self.pos, self.line_start, self.simple_key_allowed);
    }

    /// Finds what comes next from `at` on, in the line that begins at `line_start`, where a key may stand if `is_first`.
    pub(super) fn look_from(&mut self, mut at: usize, mut line_start: usize, mut is_first: bool) {
        let mut behind_comment = false;
        let mut breaks = 0;
        loop {
            at = self.end_of_spaces(at);
            match self.byte(at) {
                b'\n' => {
                    at += 1;
                    breaks += 1;
                    (line_start, is_first) = (at, true);
                }
                b'#' => {
                    at = self.end_of_line(at);
                    behind_comment = true;
                }
                byte => {
                    let column = if byte == 0 { -1 } else { (at - line_start) as i32 };
                    self.ahead = Next { column, at, line_start, byte, is_first, behind_comment, breaks };
                    return;
                }
            }
        }
    }

    /// Goes to the end of the text, if nothing but blanks and comments stands before it; says whether it does.
    pub(super) fn skip_to_end(&mut self) -> bool {
        if !self.is_idle() {
            return false;
        }
        self.look();
        if self.ahead.byte == 0 {
            self.pos = self.ahead.at;
        }
        self.ahead.byte == 0
    }

    /// Whether what comes next is the `-` of an item.
    fn is_dash(&self) -> bool {
        self.ahead.byte == b'-' && matches!(self.byte(self.ahead.at + 1), b' ' | b'\n')
    }

    /// How long the plain key is that comes next, if that is one at a glance.
    #[inline]
    fn key_len(&self) -> Option<usize> {
        if self.ahead.is_word() { self.short_key_len(self.ahead.at) } else { None }
    }

    /// Goes to what stands behind a token.
    pub(super) fn step_to(&mut self, pos: usize, line_start: usize, simple_key_allowed: bool) {
        self.pos = pos;
        self.line_start = line_start;
        self.simple_key_allowed = simple_key_allowed;
        self.on_line_of_token = true;
    }
}
