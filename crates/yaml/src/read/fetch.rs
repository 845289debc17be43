//! Scanning the next token: blanks and comments before it, and what its first character says it is.

use super::Result;
use super::key::{MAX_DEPTH, SimpleKey, too_deep};
use super::scan::{COMMENT_LOOKAHEAD, Scanner};
use super::token::{Token, TokenKind};
use crate::Error;

impl Scanner<'_> {
    /// Scans one token (and those that it implies) into the queue.
    pub(super) fn fetch(&mut self) -> Result<()> {
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
        self.pos = self.end_of_line(self.pos);
    }

    /// Where the next line break stands, or the end.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        let other_break = memchr::memchr2_iter(0xc2, 0xe2, line).find(|&odd| self.break_len(at + odd) > 0);
        at + other_break.unwrap_or(line.len())
    }

    /// Steps over a comment behind an indicator, together with tabs that could not stand there without one.
    fn skip_line_comment(&mut self) {
        if self.reads_comments && self.comments.is_none() {
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
        self.skip_line_comment();
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
