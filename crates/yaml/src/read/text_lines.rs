//! Texts line by line: plain ones, of one line mostly, and literal ones.

use super::parse::Parser;
use super::scalar::Chomping;
use super::scan::Scanner;
use super::token::Token;
use super::{Result, eight};
use crate::resolve::resolve;
use crate::tree::{Kind, Style, Tag, Text};

/// How many bytes nearly no text has.
const LONG_TEXT: usize = 2048;

impl Parser<'_> {
    /// Adds the scalar that `scan` finds as a value. What does not stand in the source as it is goes straight to the
    /// texts of the tree.
    pub(super) fn add_scanned(&mut self, scan: impl FnOnce(&mut Scanner<'_>) -> Result<Token>) -> Result<()> {
        self.tree.swap_made(&mut self.scanner.made);
        self.scanner.make_room();
        let scanned = scan(&mut self.scanner).map(|token| {
            let is_plain = token.style == Style::Plain;
            (token, if is_plain { resolve(self.scanner.text(token.slice), self.dialect) } else { Tag::Str })
        });
        self.tree.swap_made(&mut self.scanner.made);
        let (token, tag) = scanned?;
        let slice = token.slice;
        let text =
            if slice.made { Text::in_made(slice.start, slice.len) } else { Text::in_source(slice.start, slice.len) };
        let id = self.tree.read_node(Kind::Scalar, token.style, tag, text, token.at);
        self.attach(id);
        Ok(())
    }
}

impl Scanner<'_> {
    /// Has room for most texts that can follow, a little at a time: memory that is not used after all would have to be
    /// given back.
    fn make_room(&mut self) {
        let wanted = (self.bytes.len() - self.pos).min(LONG_TEXT);
        if self.made.capacity() - self.made.len() < wanted {
            self.made.reserve_exact(wanted + self.made.len() / 4);
        }
    }
}

/// Plain text.
impl Scanner<'_> {
    /// Where the plain text at `at` ends on its line, if a look is enough; what comes behind it is found on the way.
    pub(super) fn plain_line(&mut self, at: usize, line_start: usize) -> Option<usize> {
        let end = self.end_of_plain(at, |rest| eight::position(rest, may_end, may_end_eight))?;
        self.look_behind_plain(end, line_start)
    }

    /// The same for a long line of text that is [usual](Scanner::is_usual).
    fn long_plain_line(&mut self, at: usize, line_start: usize) -> Option<usize> {
        let end = self.end_of_plain(at, |rest| memchr::memchr3(b'\n', b':', b'#', rest).unwrap_or(rest.len()))?;
        self.look_behind_plain(end, line_start)
    }

    /// Where plain text ends, with blanks that it may end in; `next` finds what may end it.
    #[inline]
    fn end_of_plain(&self, at: usize, next: impl Fn(&[u8]) -> usize) -> Option<usize> {
        let mut end = at;
        loop {
            end += next(&self.bytes[end..]);
            match self.byte(end) {
                b'\n' | 0 => return Some(end),
                b':' if matches!(self.byte(end + 1), b'!'..=b'~') => {}
                b'#' if self.bytes[end - 1] == b' ' => return Some(end),
                b'#' => {}
                _ => return None,
            }
            end += 1;
        }
    }

    #[inline]
    fn look_behind_plain(&mut self, mut end: usize, line_start: usize) -> Option<usize> {
        self.look_from(end, line_start, false);
        if matches!(self.ahead.byte, b'\t' | b'\r' | 0x80..) {
            return None;
        }
        while self.bytes[end - 1] == b' ' {
            end -= 1;
        }
        Some(end)
    }

    /// Whether what comes next goes on with the plain text before it.
    pub(super) fn goes_on(&self) -> bool {
        self.ahead.column > self.indent && !self.ahead.behind_comment
    }

    /// The plain text at `at` whose first line ends at `end` and with which what comes next goes on, if a look at each
    /// line is enough.
    pub(super) fn plain_lines(&mut self, at: usize, mut end: usize) -> Option<Token> {
        if !self.is_usual {
            return None;
        }
        let made = self.made.len();
        self.copy(at, end);
        let mut line_start = self.line_start;
        while self.goes_on() {
            let next = self.ahead;
            if next.breaks == 1 {
                self.made.push(' ');
            }
            (1..next.breaks).for_each(|_| self.made.push('\n'));
            line_start = next.line_start;
            let Some(line_end) = self.long_plain_line(next.at, line_start) else {
                self.made.truncate(made);
                return None;
            };
            end = line_end;
            self.copy(next.at, end);
        }
        self.step_to(end, line_start, false);
        Some(Token::scalar(Style::Plain, at, self.made_since(made)))
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

/// Literal text.
impl Scanner<'_> {
    /// Copies the lines of a literal text from the first one on that is not empty, of a text that is
    /// [usual](Scanner::is_usual); ends where something stands that is indented less than the lines.
    pub(super) fn literal_lines(&mut self, indent: usize, chomping: Chomping) {
        loop {
            let rest = &self.bytes[self.pos..];
            let Some(len) = memchr::memchr(b'\n', rest) else {
                self.copy(self.pos, self.bytes.len());
                self.pos = self.bytes.len();
                return;
            };
            let end = self.pos + len + 1;
            self.copy(self.pos, end);
            let empty_lines = self.skip_empty_lines(end, indent);
            if self.pos < self.line_start + indent || self.is_end(self.pos) {
                match chomping {
                    Chomping::Strip => self.made.truncate(self.made.len() - 1),
                    Chomping::Clip => {}
                    Chomping::Keep => (0..empty_lines).for_each(|_| self.made.push('\n')),
                }
                return;
            }
            (0..empty_lines).for_each(|_| self.made.push('\n'));
        }
    }

    /// Goes to the next line, from the one that begins at `at` on, that has something behind its indentation, or less
    /// of that; says how many lines it has stepped over.
    fn skip_empty_lines(&mut self, at: usize, indent: usize) -> usize {
        self.line_start = at;
        let mut count = 0;
        loop {
            let end = self.end_of_spaces(self.line_start);
            self.pos = end.min(self.line_start + indent);
            if self.byte(self.pos) != b'\n' {
                return count;
            }
            self.line_start = self.pos + 1;
            count += 1;
        }
    }
}
