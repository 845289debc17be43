//! Shortcuts past the token queue for what most flow collections look like: `{key: value}`, `["item"]`.
//!
//! Each does exactly what the tokens would lead to, and declines, leaving everything as it was, when in doubt.

use super::scan::Scanner;
use super::token::{Slice, Token};
use super::{Result, eight};
use crate::Style;

/// What a key or a value may begin with, to be taken for plain text at a glance.
pub(super) static STARTS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'/' | b'$' | b'(');
        byte += 1;
    }
    table
};

/// What an unquoted item of a flow sequence may hold, to be taken for plain text at a glance.
pub(super) static ITEM_BYTES: [bool; 256] = {
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

impl Scanner<'_> {
    /// The length of the plain key at `at`, which begins with one of [`STARTS`], if that shows at a glance: a colon and a
    /// space or line break stand behind it.
    #[inline]
    pub(super) fn short_key_len(&self, at: usize) -> Option<usize> {
        let run = &self.bytes[at..];
        let run = &run[..run.len().min(SHORT)];
        let len = if self.is_usual {
            let may_end = |byte: u8| byte <= b' ' || byte == b':';
            eight::position(run, may_end, |bytes| eight::are_below(bytes, b'!') | eight::are(bytes, b':'))
        } else {
            eight::position(run, ends_key, ends_key_eight)
        };
        (run.get(len) == Some(&b':') && matches!(run.get(len + 1), Some(b' ' | b'\n'))).then_some(len)
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
        let (token, end) = match self.quoted_token(at) {
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
        let (token, mut end) = match self.quoted_token(at) {
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

    fn quoted_token(&self, at: usize) -> Option<(Token, usize)> {
        let (style, end) = self.short_quoted(at)?;
        Some((Token::scalar(style, at, Slice::source(at + 1, end - 1)), end))
    }

    /// The style of the short quoted scalar at `at`, without escapes and line breaks, and where it ends.
    pub(super) fn short_quoted(&self, at: usize) -> Option<(Style, usize)> {
        let quote = self.byte(at);
        let style = match quote {
            b'"' => Style::DoubleQuoted,
            b'\'' => Style::SingleQuoted,
            _ => return None,
        };
        let run = &self.bytes[at + 1..];
        let run = &run[..run.len().min(SHORT)];
        let is_end = |byte: u8| byte < b' ' || byte == quote || matches!(byte, b'\\' | 0xc2 | 0xe2);
        let are_ends = |bytes: u64| {
            eight::are_below(bytes, b' ')
                | eight::are(bytes, quote)
                | eight::are(bytes, b'\\')
                | eight::begin_breaks(bytes)
        };
        let len = eight::position(run, is_end, are_ends);
        let end = at + len + 2;
        (run.get(len) == Some(&quote) && self.byte(end) != quote).then_some((style, end))
    }
}
