//! Comments that steer merges: which node a comment beginning with `{` belongs to.
//!
//! go-yaml hands comments to nodes by rules of its own (head, line and foot of a node), and kustomize reads a schema
//! from some of them. Those rules are followed here, but only for a text that has such a comment at all: nearly none
//! does, and nothing is read at a glance while comments are.

use std::collections::VecDeque;

use super::parse::{Open, Parser};
use super::scan::{COMMENT_LOOKAHEAD, Scanner};
use super::token::{Token, TokenKind};
use crate::tree::NodeId;

/// Whether any comment of the text could steer a merge.
pub(super) fn may_steer(text: &[u8]) -> bool {
    memchr::memchr_iter(b'#', text).any(|at| steering_text(&text[at..]).is_some())
}

/// A comment from its `{` on, if it has one.
fn steering_text(comment: &[u8]) -> Option<usize> {
    let start = comment.iter().position(|&byte| byte != b'#')?;
    let blanks = comment[start..].iter().position(|&byte| byte != b' ' && byte != b'\t')?;
    (comment[start + blanks] == b'{').then_some(start + blanks)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Line,
    Foot,
}

/// A comment that waits for the token that it belongs to.
struct Comment {
    place: Place,
    /// The token at or behind this place gets it.
    token_at: usize,
    text: String,
}

/// Where a comment begins.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: usize,
    line: usize,
    /// Counted from 1.
    column: i32,
}

/// Comments that stand together, while they are read.
struct Block {
    text: String,
    /// Where the text begins.
    start: Mark,
    /// Where the token is whose foot they would be.
    owner: usize,
    /// Whether that token is a colon, which has no foot.
    behind_value: bool,
    /// The line where a foot has to begin.
    foot_line: usize,
    in_first_lines: bool,
    after_empty_line: bool,
    line: usize,
    column: i32,
    /// How far the look ahead has got.
    ahead: usize,
}

/// What the scanner remembers while it reads comments.
#[derive(Default)]
pub(super) struct Comments {
    waiting: VecDeque<Comment>,
    /// The last two tokens that were scanned, in the order of the queue.
    recent: [Option<Token>; 2],
    /// Line breaks have been counted up to here.
    counted_to: usize,
    line: usize,
}

impl Comments {
    /// Whether the comment in front, if any, belongs to the token.
    fn next_for(&mut self, token: Token) -> Option<Comment> {
        let comment = self.waiting.front()?;
        let is_end = token.kind == TokenKind::BlockEnd;
        let reached = if is_end { token.ends_at.saturating_sub(1) } else { token.at };
        if comment.token_at > reached as usize || is_end && comment.place == Place::Head {
            return None;
        }
        self.waiting.pop_front()
    }
}

/// Scanning comments.
impl Scanner<'_> {
    /// The token that a comment behind the next one, which begins at `at`, belongs to.
    pub(super) fn owner_of_line_comment(&self, at: usize) -> usize {
        let separates = self.byte(at) == if self.flow_level > 0 { b',' } else { b':' };
        let last = self.comments.as_ref().and_then(|comments| comments.recent[1]);
        last.filter(|_| separates).map_or(at, |token| token.at as usize)
    }

    /// Notes the tokens that were scanned last, and reads the comment behind them on their line.
    pub(super) fn read_line_comment(&mut self, owner: usize) {
        let tokens = self.last_tokens();
        let Some(comments) = self.comments.as_mut() else { return };
        comments.recent = if tokens[0].is_some() { tokens } else { [comments.recent[1], tokens[1]] };
        if !self.on_line_of_token {
            return;
        }
        let blanks = (0..COMMENT_LOOKAHEAD).take_while(|&ahead| self.is_blank(self.pos + ahead)).count();
        if blanks < COMMENT_LOOKAHEAD && self.byte(self.pos + blanks) == b'#' {
            let start = self.pos + blanks;
            self.skip_rest_of_line();
            self.push_comment(Place::Line, owner, self.text[start..self.pos].to_owned());
        }
    }

    fn push_comment(&mut self, place: Place, token_at: usize, text: String) {
        if let Some(comments) = self.comments.as_mut() {
            comments.waiting.push_back(Comment { place, token_at, text });
        }
    }

    /// The line of the current place.
    fn line(&mut self) -> usize {
        let pos = self.pos;
        let (mut at, mut line) = self.comments.as_ref().map_or((0, 0), |comments| (comments.counted_to, comments.line));
        while at < pos {
            let len = self.break_len(at);
            line += usize::from(len > 0);
            at += len.max(1);
        }
        if let Some(comments) = self.comments.as_mut() {
            (comments.counted_to, comments.line) = (at, line);
        }
        line
    }

    /// How many line breaks lie between the last thing on the way and the current place.
    fn breaks_before(&self) -> usize {
        let before = self.bytes[..self.pos].iter().rev();
        before.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).filter(|&&byte| byte == b'\n').count()
    }

    /// Reads the comment at the current place, together with those that follow it with only blanks between, as heads
    /// of what follows them or feet of what precedes them; ends where the last one ends.
    pub(super) fn read_comments(&mut self) {
        let mut block = self.begin_comments();
        while block.ahead < COMMENT_LOOKAHEAD {
            let (at, byte) = (self.pos + block.ahead, self.byte(self.pos + block.ahead));
            (block.ahead, block.column) = (block.ahead + 1, block.column + 1);
            if self.is_blank(at) {
                continue;
            }
            let closes = self.flow_level > 0 && matches!(byte, b']' | b'}');
            if closes || self.break_len(at) > 0 || self.is_end(at) {
                self.end_comment_line(&mut block, at, closes);
                if self.break_len(at) == 0 {
                    break;
                }
                continue;
            }
            if block.column - 1 < self.indent.max(0) && block.column != block.start.column {
                let owner = block.owner;
                self.end_foot(&mut block, owner, at);
            }
            if byte != b'#' {
                break;
            }
            self.read_comment_line(&mut block, at);
        }
        if !block.text.is_empty() {
            self.push_comment(Place::Head, block.start.at, block.text);
        }
    }

    /// What is known before the first comment of a block has been read.
    fn begin_comments(&mut self) -> Block {
        let recent = self.comments.as_ref().map_or([None, None], |comments| comments.recent);
        let token = match recent {
            [Some(before), Some(last)] if last.kind == TokenKind::FlowEntry => Some(before),
            [_, last] => last,
        };
        let (line, column, breaks) = (self.line(), self.column(), self.breaks_before());
        let below_content = (line + 1).saturating_sub(breaks);
        Block {
            text: String::new(),
            start: Mark { at: self.pos, line, column: 0 },
            owner: token.map_or(0, |token| token.at as usize),
            behind_value: token.is_some_and(|token| token.kind == TokenKind::Value),
            foot_line: below_content + usize::from(breaks == 0 && column > 1),
            in_first_lines: breaks <= 1,
            after_empty_line: false,
            line,
            column,
            ahead: 0,
        }
    }

    /// At the end of a line, of the text, or of a flow collection: decides whether the comments so far are a foot.
    fn end_comment_line(&mut self, block: &mut Block, at: usize, closes: bool) {
        let dedented = block.start.column - 1 < self.indent.max(0);
        let below = block.start.line == block.foot_line && !block.behind_value;
        if closes || !block.after_empty_line {
            if closes || block.in_first_lines && (below || dedented) {
                let owner = if dedented { block.start.at } else { block.owner };
                self.end_foot(block, owner, at);
            } else if !block.text.is_empty() && !self.is_end(at) {
                block.text.push('\n');
            }
        }
        (block.in_first_lines, block.after_empty_line) = (false, true);
        (block.line, block.column) = (block.line + 1, 0);
    }

    /// Makes a foot of the comments so far, if any; what follows belongs to what stands from `at` on.
    fn end_foot(&mut self, block: &mut Block, owner: usize, at: usize) {
        if !block.text.is_empty() {
            self.push_comment(Place::Foot, owner, std::mem::take(&mut block.text));
            block.owner = at;
        }
    }

    /// Steps over the comment at `at`, up to the end of its line.
    fn read_comment_line(&mut self, block: &mut Block, at: usize) {
        if block.text.is_empty() {
            block.start = Mark { at, line: block.line, column: block.column };
        } else {
            block.text.push('\n');
        }
        self.move_to(at);
        self.skip_rest_of_line();
        block.text.push_str(&self.text[at..self.pos]);
        block.after_empty_line = false;
        (block.ahead, block.line, block.column) = (1, self.line(), 0);
    }

    /// Steps forward over blanks and line breaks.
    fn move_to(&mut self, at: usize) {
        while self.pos < at {
            match self.break_len(self.pos) {
                0 => self.pos += 1,
                len => self.skip_break(len),
            }
        }
    }
}

/// The comments that have reached the parser and wait for a node.
#[derive(Default)]
pub(super) struct Pending {
    head: String,
    line: String,
    /// The head of a collection that is itself an item of a sequence.
    stem: String,
}

fn join(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(more);
}

/// Handing comments to nodes.
impl Parser<'_> {
    /// Takes over the comments of the next token.
    pub(super) fn unfold_comments(&mut self) {
        let (Some(pending), Some(comments)) = (self.pending.as_mut(), self.scanner.comments.as_mut()) else { return };
        let token = self.scanner.tokens[self.scanner.head];
        while let Some(comment) = comments.next_for(token) {
            match comment.place {
                Place::Head => join(&mut pending.head, &comment.text),
                Place::Line => join(&mut pending.line, &comment.text),
                Place::Foot => {}
            }
        }
    }

    /// How long the head is that has been read so far.
    pub(super) fn head_len(&self) -> usize {
        self.pending.as_ref().map_or(0, |pending| pending.head.len())
    }

    /// Behind the `-` of an item: the head that stood before it is that of the item if that is a collection.
    pub(super) fn split_stem(&mut self, head_len: usize, kind: TokenKind) {
        let begins = matches!(kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart);
        if let (Some(pending), true) = (self.pending.as_mut(), begins && head_len > 0) {
            let rest = pending.head.split_off(head_len);
            pending.stem = std::mem::replace(&mut pending.head, rest.strip_prefix('\n').unwrap_or_default().to_owned());
        }
    }

    /// At the start of a document: what an empty line separates from the first node is the head of the document.
    pub(super) fn split_document_head(&mut self) {
        let Some(pending) = self.pending.as_mut() else { return };
        let text = &pending.head;
        let cut = if text.ends_with('\n') { Some(text.len()) } else { text.rfind("\n\n").map(|at| at + 2) };
        if let Some(cut) = cut {
            pending.head.drain(..cut);
        }
    }

    /// Gives a scalar the comments that wait.
    pub(super) fn take_comments(&mut self, id: NodeId) {
        if let Some(pending) = self.pending.as_mut() {
            let (head, line) = (std::mem::take(&mut pending.head), std::mem::take(&mut pending.line));
            self.steer(id, &line, &head);
        }
    }

    /// Gives the start of a flow collection the head that waits; its line comment is that of its end.
    pub(super) fn take_head(&mut self, id: NodeId) {
        if let Some(pending) = self.pending.as_mut() {
            let head = std::mem::take(&mut pending.head);
            pending.line.clear();
            self.steer(id, "", &head);
        }
    }

    /// Gives the innermost collection, which ends, the comment on the line of its end.
    pub(super) fn take_end_comment(&mut self) {
        if let (Some(pending), Some(&Open { id, .. })) = (self.pending.as_mut(), self.open.last()) {
            pending.head.clear();
            let line = std::mem::take(&mut pending.line);
            self.steer(id, &line, "");
        }
    }

    /// Drops the comments of an alias: what it stands for has its own.
    pub(super) fn drop_comments(&mut self) {
        if let Some(pending) = self.pending.as_mut() {
            pending.head.clear();
            pending.line.clear();
        }
    }

    /// Gives the start of a block collection the head of the item that it is.
    pub(super) fn take_stem(&mut self, id: NodeId) {
        if let Some(pending) = self.pending.as_mut() {
            let stem = std::mem::take(&mut pending.stem);
            self.steer(id, "", &stem);
        }
    }

    /// Notes the comment that steers: that on the line if there is one, else the head. Only its first line counts,
    /// and of that the JSON value that it begins with.
    fn steer(&mut self, id: NodeId, line: &str, head: &str) {
        let comment = if line.is_empty() { head } else { line };
        let first = comment.lines().next().unwrap_or_default();
        if let Some(start) = steering_text(first.as_bytes()) {
            self.tree.steer(id, first[start..].trim_end());
        }
    }
}
