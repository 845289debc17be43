//! Scanning scalars: plain, quoted, literal and folded.

use super::scan::Scanner;
use super::token::{Slice, Token};
use super::{Result, eight};
use crate::Style;

/// The line breaks between two lines of a scalar, kept until it is known how they fold.
#[derive(Default)]
struct Breaks {
    first: Option<char>,
    more: String,
}

impl Breaks {
    fn push(&mut self, line_break: char) {
        match self.first {
            None => self.first = Some(line_break),
            Some(_) => self.more.push(line_break),
        }
    }

    /// Appends what the breaks come to: a space for a single line feed.
    fn fold_into(&mut self, text: &mut String) {
        match self.first.take() {
            Some('\n') if self.more.is_empty() => text.push(' '),
            Some('\n') => text.push_str(&self.more),
            first => {
                text.extend(first);
                text.push_str(&self.more);
            }
        }
        self.more.clear();
    }
}

/// Whether a byte may end plain text in block context, but for a space.
fn may_end_plain(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b':' | b'#' | 0xc2 | 0xe2)
}

/// Where eight bytes are such.
fn may_end_plain_eight(bytes: u64) -> u64 {
    eight::are_below(bytes, b' ') | eight::are(bytes, b':') | eight::are(bytes, b'#') | eight::begin_breaks(bytes)
}

/// Whether a byte may end plain text in flow context, but for a space.
fn may_end_plain_in_flow(byte: u8) -> bool {
    may_end_plain(byte) || matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}')
}

impl Scanner<'_> {
    /// The line break at the current place as it counts in a scalar, stepped over.
    fn take_break(&mut self, len: usize) -> char {
        let taken = match (self.byte(self.pos), self.byte(self.pos + 2)) {
            (0xe2, 0xa8) => '\u{2028}',
            (0xe2, _) => '\u{2029}',
            _ => '\n',
        };
        self.skip_break(len);
        taken
    }

    /// The text of the source between two offsets, which lie on character boundaries.
    pub(super) fn copy(&mut self, start: usize, end: usize) {
        self.made.push_str(&self.text[start..end]);
    }

    pub(super) fn made_since(&self, start: usize) -> Slice {
        Slice { start: start as u32, len: (self.made.len() - start) as u32, made: true }
    }

    /// A scalar without quotes.
    pub(super) fn scan_plain(&mut self) -> Result<Token> {
        let start = self.pos;
        let indent = self.indent + 1;
        let made = self.made.len();
        let mut end = start; // behind the last word
        let mut folded = false; // whether the words so far lie on several lines, and so in `made`
        let mut breaks = Breaks::default();
        loop {
            if self.byte(self.pos) == b'#' || self.at_document_indicator() {
                break;
            }
            let word = self.pos;
            self.skip_plain_words();
            if self.pos > word {
                if breaks.first.is_some() {
                    if !folded {
                        self.copy(start, end);
                        folded = true;
                    }
                    breaks.fold_into(&mut self.made);
                    self.copy(word, self.pos);
                } else if folded {
                    self.copy(end, self.pos);
                }
                end = self.pos;
            }
            if !self.is_blank(self.pos) && self.break_len(self.pos) == 0 {
                break;
            }
            self.skip_blanks_of_plain(start, indent, &mut breaks)?;
            if self.flow_level == 0 && breaks.first.is_some() && self.column() < indent {
                break;
            }
        }
        if breaks.first.is_some() {
            self.simple_key_allowed = true;
            self.on_line_of_token = false;
        }
        let slice = if folded { self.made_since(made) } else { Slice::source(start, end) };
        Ok(Token::scalar(Style::Plain, start, slice))
    }

    /// Steps over words of plain text and the spaces between them, up to blanks that may end the text, a line break or
    /// an indicator that does.
    fn skip_plain_words(&mut self) {
        let start = self.pos;
        loop {
            let rest = &self.bytes[self.pos..];
            self.pos += match self.flow_level {
                0 => eight::position(rest, may_end_plain, may_end_plain_eight),
                _ => rest.iter().position(|&byte| may_end_plain_in_flow(byte)).unwrap_or(rest.len()),
            };
            let goes_on = match self.byte(self.pos) {
                b':' => !self.is_blank_or_end(self.pos + 1),
                b'#' => self.pos > start && self.bytes[self.pos - 1] != b' ',
                0xc2 | 0xe2 => self.break_len(self.pos) == 0,
                _ => false,
            };
            if !goes_on {
                break;
            }
            self.pos += 1;
        }
        let spaces = self.bytes[start..self.pos].iter().rev().take_while(|&&byte| byte == b' ').count();
        self.pos -= spaces;
    }

    /// Steps over the blanks and line breaks behind a word of plain text.
    fn skip_blanks_of_plain(&mut self, start: usize, indent: i32, breaks: &mut Breaks) -> Result<()> {
        loop {
            match self.byte(self.pos) {
                b'\t' if breaks.first.is_some() && self.column() < indent => {
                    let error = self.error_at(self.pos, "a tab indents this line; YAML takes only spaces");
                    return Err(error
                        .spanning(1)
                        .also(start as u32, "the text began here")
                        .help("indent with spaces")
                        .into());
                }
                b' ' | b'\t' => self.pos += 1,
                _ => match self.break_len(self.pos) {
                    0 => return Ok(()),
                    len => breaks.push(self.take_break(len)),
                },
            }
        }
    }

    /// A scalar in single or double quotes.
    pub(super) fn scan_quoted(&mut self, single: bool) -> Result<Token> {
        let (at, quote) = (self.pos, if single { b'\'' } else { b'"' });
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        self.pos += 1;
        let start = self.pos;
        self.skip_quoted_run(quote);
        if self.byte(self.pos) == quote && !(single && self.byte(self.pos + 1) == quote) {
            self.pos += 1;
            return Ok(Token::scalar(style, at, Slice::source(start, self.pos - 1)));
        }
        let made = self.made.len();
        self.pos = start;
        self.scan_quoted_lines(at, quote)?;
        Ok(Token::scalar(style, at, self.made_since(made)))
    }

    /// Steps over characters that stand for themselves inside quotes, blanks among them.
    fn skip_quoted_run(&mut self, quote: u8) {
        loop {
            let rest = &self.bytes[self.pos..];
            let special = |&byte: &u8| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r' | 0xc2 | 0xe2);
            self.pos += rest.iter().position(special).unwrap_or(rest.len());
            match self.byte(self.pos) {
                b'\\' if quote == b'\'' => {}
                0xc2 | 0xe2 if self.break_len(self.pos) == 0 => {}
                _ => return,
            }
            self.pos += 1;
        }
    }

    /// The text between quotes, unescaped and folded, into `made`; ends behind the closing quote.
    fn scan_quoted_lines(&mut self, at: usize, quote: u8) -> Result<()> {
        loop {
            if self.at_document_indicator() {
                let error = self.error_at(self.pos, "a quoted text runs into the end of its document");
                return Err(error.spanning(3).also(at as u32, "the quote opened here").into());
            }
            let run = self.pos;
            self.skip_quoted_run(quote);
            let end = self.pos;
            match self.byte(end) {
                b'\\' => {
                    self.copy(run, end);
                    self.scan_escape(at)?;
                }
                byte if byte == quote => {
                    self.copy(run, end);
                    self.pos += 1;
                    if quote != b'\'' || self.byte(self.pos) != quote {
                        return Ok(());
                    }
                    self.made.push('\'');
                    self.pos += 1;
                }
                0 if self.is_end(end) => {
                    let error = self.error_at(at, "this quote is never closed").spanning(1);
                    return Err(error
                        .help("close the quote; a quote inside the text is written `''` or `\\\"`")
                        .into());
                }
                _ => {
                    let blanks = self.bytes[run..end].iter().rev().take_while(|&&byte| byte == b' ' || byte == b'\t');
                    self.copy(run, end - blanks.count());
                    let mut breaks = Breaks::default();
                    self.skip_quoted_breaks(&mut breaks);
                    breaks.fold_into(&mut self.made);
                }
            }
        }
    }

    /// Steps over line breaks and the blanks around them.
    fn skip_quoted_breaks(&mut self, breaks: &mut Breaks) {
        loop {
            if self.is_blank(self.pos) {
                self.pos += 1;
                continue;
            }
            match self.break_len(self.pos) {
                0 => return,
                len => breaks.push(self.take_break(len)),
            }
        }
    }

    /// The escape sequence at the current place.
    fn scan_escape(&mut self, at: usize) -> Result<()> {
        let break_len = self.break_len(self.pos + 1);
        if break_len > 0 {
            // an escaped line break joins the lines; blank lines below it still count
            self.pos += 1;
            self.skip_break(break_len);
            let mut breaks = Breaks { first: Some('\n'), more: String::new() };
            self.skip_quoted_breaks(&mut breaks);
            self.made.push_str(&breaks.more);
            return Ok(());
        }
        let (character, digits) = match self.byte(self.pos + 1) {
            b'0' => ('\0', 0),
            b'a' => ('\x07', 0),
            b'b' => ('\x08', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\x0b', 0),
            b'f' => ('\x0c', 0),
            b'r' => ('\r', 0),
            b'e' => ('\x1b', 0),
            byte @ (b' ' | b'"' | b'\'' | b'/' | b'\\') => (char::from(byte), 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{a0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => (' ', 2),
            b'u' => (' ', 4),
            b'U' => (' ', 8),
            _ => {
                let error = self.error_at(self.pos, "an unknown escape sequence in double quotes").spanning(2);
                let error = error.also(at as u32, "the quote opened here");
                return Err(error
                    .help("write `\\\\` for a backslash, or use single quotes, which escape nothing")
                    .into());
            }
        };
        let character = if digits == 0 { character } else { self.escaped_code(digits)? };
        self.made.push(character);
        self.pos += 2 + digits;
        Ok(())
    }

    /// The character that the `digits` hexadecimal digits of the escape at the current place stand for.
    fn escaped_code(&self, digits: usize) -> Result<char> {
        let from = self.pos + 2;
        let mut code: u32 = 0;
        for at in from..from + digits {
            match char::from(self.byte(at)).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => {
                    let message = format!("an escape sequence with fewer than {digits} hexadecimal digits");
                    return Err(self.error_at(self.pos, &message).spanning((at - self.pos) as u32).into());
                }
            }
        }
        if let Some(character) = char::from_u32(code) {
            return Ok(character);
        }
        let error = self.error_at(self.pos, "an escape sequence that is no character").spanning(2 + digits as u32);
        let help = match code {
            0xd800..=0xdfff => "half of a surrogate pair: write the whole character as `\\U` and eight digits",
            _ => "the last character is U+10FFFF",
        };
        Err(error.help(help).into())
    }

    /// A literal (`|`) or folded (`>`) scalar.
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token> {
        let at = self.pos;
        self.pos += 1;
        let (chomping, increment) = self.scan_block_header(at)?;
        let outer = self.indent.max(0);
        let mut indent = if increment > 0 { outer + increment } else { 0 };
        let made = self.made.len();
        let mut trailing = String::new();
        self.scan_block_breaks(at, &mut indent, &mut trailing)?;
        let style = if literal { Style::Literal } else { Style::Folded };
        if literal && self.is_usual && self.column() == indent && !self.is_end(self.pos) {
            self.made.push_str(&trailing);
            self.literal_lines(indent as usize, chomping);
            self.on_line_of_token = false;
            return Ok(Token::scalar(style, at, self.made_since(made)));
        }
        let mut leading: Option<char> = None;
        let mut was_blank = false;
        while self.column() == indent && !self.is_end(self.pos) {
            let blank = self.is_blank(self.pos);
            match leading.take() {
                Some('\n') if !literal && !was_blank && !blank => {
                    if trailing.is_empty() {
                        self.made.push(' ');
                    }
                }
                first => self.made.extend(first),
            }
            self.made.push_str(&trailing);
            trailing.clear();
            was_blank = blank;
            let line = self.pos;
            self.skip_rest_of_line();
            self.copy(line, self.pos);
            leading = match self.break_len(self.pos) {
                0 => None,
                len => Some(self.take_break(len)),
            };
            self.scan_block_breaks(at, &mut indent, &mut trailing)?;
        }
        if chomping != Chomping::Strip {
            self.made.extend(leading);
        }
        if chomping == Chomping::Keep {
            self.made.push_str(&trailing);
        }
        self.on_line_of_token = false;
        Ok(Token::scalar(style, at, self.made_since(made)))
    }

    /// What stands behind `|` or `>`: chomping and indentation, in either order, and perhaps a comment.
    fn scan_block_header(&mut self, at: usize) -> Result<(Chomping, i32)> {
        let mut chomping = None;
        let mut increment = None;
        loop {
            match self.byte(self.pos) {
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'0' if increment.is_none() => {
                    let error = self.error_at(self.pos, "a block scalar cannot be indented by 0").spanning(1);
                    return Err(error.help("the digit says how many spaces indent the text: 1 to 9").into());
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(i32::from(digit - b'0')),
                _ => break,
            }
            self.pos += 1;
        }
        while self.is_blank(self.pos) {
            self.pos += 1;
        }
        if self.byte(self.pos) == b'#' {
            self.skip_rest_of_line();
        }
        match self.break_len(self.pos) {
            0 if self.is_end(self.pos) => {}
            0 => {
                let error = self.error_at(self.pos, "text on the line of a block scalar's `|` or `>`");
                let error = error.spanning(1).also(at as u32, "the block scalar");
                return Err(error.help("begin the text on the next line, or quote it if it is one line").into());
            }
            len => self.skip_break(len),
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment.unwrap_or(0)))
    }

    /// Steps over indentation and empty lines of a block scalar; finds its indentation when `indent` is 0.
    fn scan_block_breaks(&mut self, at: usize, indent: &mut i32, breaks: &mut String) -> Result<()> {
        let mut deepest = 0;
        loop {
            let text = self.end_of_spaces(self.pos);
            let limit = if *indent == 0 { text } else { self.line_start + *indent as usize };
            self.pos = self.pos.max(text.min(limit));
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte(self.pos) == b'\t' {
                let error = self.error_at(self.pos, "a tab indents this line; YAML takes only spaces");
                return Err(error.spanning(1).also(at as u32, "the block scalar").help("indent with spaces").into());
            }
            match self.break_len(self.pos) {
                0 => break,
                len => breaks.push(self.take_break(len)),
            }
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomping {
    Strip,
    Clip,
    Keep,
}
