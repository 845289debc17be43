//! Shortcuts past the token queue for what nearly every line of a manifest looks like: `key:`, `key: value`, `- `,
//! `{key: value}`, `["item"]`.
//!
//! Each does exactly what the tokens would lead to, and declines, leaving everything as it was, when in doubt.

use super::scan::Scanner;
use super::token::{Slice, Token};
use super::{Result, eight};
use crate::Style;

/// Where a key must stand for a shortcut to take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// In the column of the innermost block collection: one more of its keys.
    Same,
    /// Further right: the first key of a mapping inside it.
    Deeper,
}

/// What a key or a value may begin with, to be taken for plain text at a glance.
const STARTS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'/' | b'$' | b'(');
        byte += 1;
    }
    table
};

/// What an unquoted item of a flow sequence may hold, to be taken for plain text at a glance.
const ITEM_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        table[byte as usize] = !matches!(byte, b',' | b':' | b'?' | b'[' | b']' | b'{' | b'}' | b'#');
        byte += 1;
    }
    table
};

/// How long a text may be for the shortcuts that look whether it is a key.
const SHORT: usize = 1000;

/// Whether a byte ends the run of a key.
fn ends_key(byte: u8) -> bool {
    !matches!(byte, b'!'..=b'~') || byte == b':'
}

/// Where eight bytes are such.
fn ends_key_eight(bytes: u64) -> u64 {
    eight::are_below(bytes, b'!') | eight::are(bytes, b':') | eight::are(bytes, 0x7f) | eight::are_high(bytes)
}

/// Block collections.
impl Scanner<'_> {
    /// Steps over `key:` if that comes next in the right column; the token is the key.
    pub(super) fn shortcut_key(&mut self, column: Column) -> Option<Token> {
        let (at, line_start) = self.next_on_line()?;
        let width = (at - line_start) as i32;
        let fits = match column {
            Column::Same => width == self.indent,
            Column::Deeper => width > self.indent && self.has_room_for_indent(),
        };
        if !fits || !STARTS[self.byte(at) as usize] {
            return None;
        }
        let run = &self.bytes[at..];
        let len = eight::position(&run[..run.len().min(SHORT)], ends_key, ends_key_eight);
        if run.get(len) != Some(&b':') || !matches!(run.get(len + 1), Some(b' ' | b'\n')) {
            return None;
        }
        if column == Column::Deeper {
            self.push_indent(width);
        }
        self.line_start = line_start;
        self.pos = at + len + 1;
        self.simple_key_allowed = false;
        self.on_line_of_token = true;
        Some(Token::scalar(Style::Plain, at, Slice::source(at, at + len)))
    }

    /// Steps over the scalar that stands behind a key on its line, if any.
    pub(super) fn shortcut_value(&mut self) -> Result<Option<Token>> {
        self.made.clear();
        let at = self.end_of_spaces(self.pos);
        match self.byte(at) {
            b'\'' | b'"' => {
                self.pos = at;
                self.scan_quoted(self.byte(at) == b'\'').map(Some)
            }
            b'|' | b'>' => {
                self.pos = at;
                self.simple_key_allowed = true;
                self.scan_block_scalar(self.byte(at) == b'|').map(Some)
            }
            byte if STARTS[byte as usize] => {
                self.pos = at;
                self.scan_plain().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Steps over the `-` of one more item of the innermost sequence, if that comes next.
    pub(super) fn shortcut_entry(&mut self) -> Option<u32> {
        let (at, line_start) = self.next_on_line()?;
        let is_entry = self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n');
        if !is_entry || (at - line_start) as i32 != self.indent {
            return None;
        }
        self.line_start = line_start;
        self.pos = at + 1;
        self.simple_key_allowed = true;
        self.on_line_of_token = false;
        Some(at as u32)
    }

    /// Leaves the innermost block collection if a key comes next that stands further left; says whether it does.
    pub(super) fn shortcut_end(&mut self) -> bool {
        let ends = self.next_key_column().is_some_and(|width| width < self.indent);
        if ends {
            self.indent = self.indents.pop().unwrap_or(-1);
        }
        ends
    }

    /// Whether a key comes next that ends a sequence whose items are not indented.
    pub(super) fn shortcut_no_entry(&mut self) -> bool {
        self.next_key_column().is_some_and(|width| width <= self.indent)
    }

    /// The column of what comes next, if that looks like a key at a glance.
    fn next_key_column(&mut self) -> Option<i32> {
        let (at, line_start) = self.next_on_line()?;
        STARTS[self.byte(at) as usize].then_some((at - line_start) as i32)
    }

    /// Enters a block sequence if the `-` of its first item comes next: where that stands, and whether the items are
    /// not indented.
    pub(super) fn shortcut_sequence(&mut self) -> Option<(u32, bool)> {
        let (at, line_start) = self.next_on_line()?;
        let width = (at - line_start) as i32;
        let is_entry = self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n');
        if !is_entry || width < self.indent || !self.has_room_for_indent() {
            return None;
        }
        let indentless = width == self.indent;
        if !indentless {
            self.push_indent(width);
        }
        Some((at as u32, indentless))
    }

    /// Where the next token begins, and its line, if nothing is pending and a key may stand there.
    fn next_on_line(&mut self) -> Option<(usize, usize)> {
        if self.flow_level > 0 || !self.is_idle() {
            return None;
        }
        let (mut at, mut line_start, mut allowed) = (self.pos, self.line_start, self.simple_key_allowed);
        loop {
            at = self.end_of_spaces(at);
            if self.byte(at) != b'\n' {
                return allowed.then_some((at, line_start));
            }
            at += 1;
            (line_start, allowed) = (at, true);
        }
    }
}

/// Flow collections.
impl Scanner<'_> {
    /// Steps over a comma, if that comes next.
    pub(super) fn shortcut_comma(&mut self) -> bool {
        let at = self.end_of_spaces(self.pos);
        let found = self.byte(at) == b',' && self.is_idle();
        if found {
            self.pos = at + 1;
            self.simple_key_allowed = true;
            self.on_line_of_token = true;
        }
        found
    }

    /// Steps over the bracket that closes the innermost flow collection, if that comes next.
    pub(super) fn shortcut_close(&mut self, bracket: u8) -> bool {
        let at = self.end_of_spaces(self.pos);
        let found = self.byte(at) == bracket && self.is_idle();
        if found {
            self.leave_flow();
            self.pos = at + 1;
            self.simple_key_allowed = false;
            self.on_line_of_token = true;
        }
        found
    }

    /// Steps over `key:` or `"key":` if that comes next; the token is the key.
    pub(super) fn shortcut_flow_key(&mut self) -> Option<Token> {
        let at = self.end_of_spaces(self.pos);
        if !self.simple_key_allowed || !self.is_idle() {
            return None;
        }
        let (token, end) = match self.short_quoted(at) {
            Some(found) => found,
            None if STARTS[self.byte(at) as usize] => {
                let run = self.bytes[at..].iter().take(SHORT);
                let len = run.take_while(|&&byte| byte != b' ' && ITEM_BYTES[byte as usize]).count();
                (Token::scalar(Style::Plain, at, Slice::source(at, at + len)), at + len)
            }
            None => return None,
        };
        let is_key = self.byte(end) == b':' && (token.style != Style::Plain || self.byte(end + 1) == b' ');
        if !is_key {
            return None;
        }
        self.pos = end + 1;
        self.simple_key_allowed = false;
        self.on_line_of_token = true;
        Some(token)
    }

    /// Steps over the scalar behind the colon of a flow mapping's entry, if there is one.
    pub(super) fn shortcut_flow_value(&mut self) -> Result<Option<Token>> {
        let at = self.end_of_spaces(self.pos);
        let byte = self.byte(at);
        let is_quoted = matches!(byte, b'\'' | b'"');
        if self.simple_key_allowed || !(is_quoted || STARTS[byte as usize]) || !self.is_idle() {
            return Ok(None);
        }
        self.made.clear();
        self.pos = at;
        if is_quoted { self.scan_quoted(byte == b'\'').map(Some) } else { self.scan_plain().map(Some) }
    }

    /// Steps over an item of a flow sequence that is a scalar, if that comes next.
    pub(super) fn shortcut_item(&mut self) -> Option<Token> {
        let at = self.end_of_spaces(self.pos);
        if !self.simple_key_allowed || !self.is_idle() {
            return None;
        }
        let (token, mut end) = match self.short_quoted(at) {
            Some(found) => found,
            None if STARTS[self.byte(at) as usize] => {
                let run = &self.bytes[at..];
                let len = run.iter().take(SHORT).take_while(|&&byte| ITEM_BYTES[byte as usize]).count();
                let text = run[..len].trim_ascii_end().len();
                (Token::scalar(Style::Plain, at, Slice::source(at, at + text)), at + len)
            }
            None => return None,
        };
        end = self.end_of_spaces(end);
        if !matches!(self.byte(end), b',' | b']') {
            return None;
        }
        self.pos = end;
        self.simple_key_allowed = false;
        self.on_line_of_token = true;
        Some(token)
    }

    /// A short quoted scalar without escapes and line breaks at `at`, and where it ends.
    fn short_quoted(&self, at: usize) -> Option<(Token, usize)> {
        let quote = self.byte(at);
        let style = match quote {
            b'"' => Style::DoubleQuoted,
            b'\'' => Style::SingleQuoted,
            _ => return None,
        };
        let run = &self.bytes[at + 1..];
        let is_end = |byte: u8| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r' | 0xc2 | 0xe2);
        let len = run.iter().take(SHORT).position(|&byte| is_end(byte))?;
        let end = at + len + 2;
        let closes = run[len] == quote && self.byte(end) != quote;
        closes.then(|| (Token::scalar(style, at, Slice::source(at + 1, end - 1)), end))
    }
}
