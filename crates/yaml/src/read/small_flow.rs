//! Flow collections on one line with nothing in them but what a look is enough for: `{cpu: 100m}`, `["a", "b"]`.
//!
//! They are looked through to their end first, so that nothing has to be undone where there is more to them.

use super::Result;
use super::parse::{Open, Parser};
use super::scan::Scanner;
use super::shortcut::{ITEM_BYTES, STARTS};
use crate::tree::{Kind, Style, Tag};

/// How deep they may nest.
const MAX_DEPTH: usize = 16;

/// A piece of a flow collection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Open(Kind, usize),
    /// A key from one offset to another, with its quotes if it has some.
    Key(Style, usize, usize),
    Scalar(Style, usize, usize),
    Close,
}

impl Parser<'_> {
    /// Adds what [`Scanner::small_flow`] has found to the innermost collection.
    pub(super) fn add_small_flow(&mut self) -> Result<()> {
        for at in 0..self.scanner.parts.len() {
            match self.scanner.parts[at] {
                Part::Open(kind, at) => {
                    self.open_at(kind, Style::Flow, Tag::Collection, at as u32);
                }
                Part::Key(Style::Plain, start, end) => self.add_plain_key(start, end),
                Part::Key(style, start, end) => self.add_quoted_key(style, start, end),
                Part::Scalar(Style::Plain, start, end) => self.add_plain(start, end),
                Part::Scalar(style, start, end) => self.add_in_source(style, Tag::Str, start, start + 1, end - 1),
                Part::Close => self.finish_collection()?,
            }
        }
        Ok(())
    }

    fn add_quoted_key(&mut self, style: Style, start: usize, end: usize) {
        let text = &self.scanner.bytes[start + 1..end - 1];
        let is_name = text != b"<<";
        self.has_odd_scalars |= !is_name;
        if let Some(Open { keys, .. }) = self.open.last_mut() {
            keys.note(self.scanner.bytes, start + 1..end - 1, is_name);
        }
        self.add_in_source(style, Tag::Str, start, start + 1, end - 1);
    }
}

impl Scanner<'_> {
    /// Finds the parts of the flow collection at `at`; says where it ends if it is of the kind that this is for.
    pub(super) fn small_flow(&mut self, mut at: usize) -> Option<usize> {
        self.parts.clear();
        let mut open = [Kind::Scalar; MAX_DEPTH];
        let mut depth = 0;
        loop {
            let (kind, bracket) = match self.byte(at) {
                b'{' => (Kind::Mapping, b'}'),
                b'[' => (Kind::Sequence, b']'),
                _ => (Kind::Scalar, 0),
            };
            if kind == Kind::Scalar {
                let (style, end) = self.flow_scalar(at)?;
                self.parts.push(Part::Scalar(style, at, end));
                at = end;
            } else {
                self.parts.push(Part::Open(kind, at));
                *open.get_mut(depth)? = kind;
                depth += 1;
                at = self.end_of_spaces(at + 1);
                if self.byte(at) != bracket {
                    at = self.flow_entry(kind, at)?;
                    continue;
                }
            }
            // behind a value, or at a bracket that closes an empty collection
            loop {
                let kind = open[depth - 1];
                at = self.end_of_spaces(at);
                match (self.byte(at), kind) {
                    (b',', _) => {
                        at = self.flow_entry(kind, self.end_of_spaces(at + 1))?;
                        break;
                    }
                    (b'}', Kind::Mapping) | (b']', Kind::Sequence) => {
                        self.parts.push(Part::Close);
                        at += 1;
                        depth -= 1;
                        if depth == 0 {
                            return Some(at);
                        }
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Where the value of the entry at `at` begins: behind its key if it is one of a mapping.
    fn flow_entry(&mut self, kind: Kind, at: usize) -> Option<usize> {
        if kind != Kind::Mapping {
            return Some(at);
        }
        let (style, end) = match self.short_quoted(at) {
            Some(found) => found,
            None => (Style::Plain, self.flow_run(at)?),
        };
        if self.byte(end) != b':' || style == Style::Plain && self.byte(end + 1) != b' ' {
            return None;
        }
        self.parts.push(Part::Key(style, at, end));
        Some(self.end_of_spaces(end + 1))
    }

    /// The style of the scalar at `at`, and where it ends.
    fn flow_scalar(&self, at: usize) -> Option<(Style, usize)> {
        if let Some(found) = self.short_quoted(at) {
            return Some(found);
        }
        let mut end = self.flow_run(at)?;
        // a colon that nothing but text can follow is text
        while self.byte(end) == b':' && (self.byte(end + 1).is_ascii_alphanumeric() || self.byte(end + 1) == b'/') {
            end += 1;
            end += self.item_len(end);
        }
        while self.byte(end - 1) == b' ' {
            end -= 1;
        }
        Some((Style::Plain, end))
    }

    fn flow_run(&self, at: usize) -> Option<usize> {
        STARTS[self.byte(at) as usize].then(|| at + self.item_len(at))
    }

    fn item_len(&self, at: usize) -> usize {
        self.bytes[at..].iter().take_while(|&&byte| ITEM_BYTES[byte as usize]).count()
    }
}
