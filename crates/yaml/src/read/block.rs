//! The grammar of block collections: which token leads to which state.

use super::Result;
use super::parse::{Parser, State};
use super::shortcut::Column;
use super::token::TokenKind;
use crate::tree::{Kind, Style, Tag};

impl Parser<'_> {
    pub(super) fn block_sequence_entry(&mut self) -> Result<()> {
        if let Some(dash) = self.scanner.shortcut_entry() {
            return self.item(State::BlockSequenceEntry, dash, 0);
        }
        if self.scanner.shortcut_end() {
            return self.close();
        }
        match self.peek()? {
            TokenKind::BlockEntry => {
                let head_len = self.head_len();
                let dash = self.scanner.skip();
                self.item(State::BlockSequenceEntry, dash, head_len)
            }
            TokenKind::BlockEnd => {
                self.scanner.skip();
                self.close()
            }
            _ => Err(self
                .not_expected("expected `- ` or the end of the list", "the list began here")
                .help("indent the line like the items of the list, or less if the list is over")
                .into()),
        }
    }

    pub(super) fn indentless_sequence_entry(&mut self) -> Result<()> {
        if let Some(dash) = self.scanner.shortcut_entry() {
            return self.item(State::IndentlessSequenceEntry, dash, 0);
        }
        if self.scanner.shortcut_no_entry() || self.peek()? != TokenKind::BlockEntry {
            return self.close();
        }
        let head_len = self.head_len();
        let dash = self.scanner.skip();
        self.item(State::IndentlessSequenceEntry, dash, head_len)
    }

    /// What stands behind a `-`, the first `head_len` bytes of whose head comment stood before it.
    fn item(&mut self, then: State, dash: u32, head_len: usize) -> Result<()> {
        if self.shortcut_mapping(then) {
            return Ok(());
        }
        let indentless = then == State::IndentlessSequenceEntry;
        let kind = self.peek()?;
        self.split_stem(head_len, kind);
        match kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty_then(then, dash + 1),
            TokenKind::Key | TokenKind::Value if indentless => self.empty_then(then, dash + 1),
            _ => self.node_then(then, true, false),
        }
    }

    pub(super) fn block_mapping_key(&mut self) -> Result<()> {
        if let Some(key) = self.scanner.shortcut_key(Column::Same) {
            self.add_scalar(key, None);
            return self.block_mapping_colon();
        }
        if self.scanner.shortcut_end() {
            return self.close();
        }
        match self.peek()? {
            TokenKind::Key => {
                let key = self.scanner.skip();
                match self.peek()? {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.empty_then(State::BlockMappingValue, key)
                    }
                    _ => self.node_then(State::BlockMappingValue, true, true),
                }
            }
            TokenKind::BlockEnd => {
                self.take_end_comment();
                self.scanner.skip();
                self.close()
            }
            _ => Err(self
                .not_expected("expected a key or the end of the mapping", "the mapping began here")
                .help("indent the line like the other keys of its mapping")
                .into()),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<()> {
        if self.peek()? != TokenKind::Value {
            return self.empty_then(State::BlockMappingKey, self.scanner.front().at);
        }
        let colon = self.scanner.skip();
        self.value_behind(colon)
    }

    /// What stands behind a colon that a shortcut has stepped over.
    pub(super) fn block_mapping_colon(&mut self) -> Result<()> {
        let colon = self.scanner.pos as u32 - 1;
        match self.scanner.shortcut_value()? {
            Some(value) => {
                self.add_scalar(value, None);
                self.state = State::BlockMappingKey;
                Ok(())
            }
            None => self.value_behind(colon),
        }
    }

    /// The value behind the `:` that stands at `colon`.
    fn value_behind(&mut self, colon: u32) -> Result<()> {
        if self.shortcut_mapping(State::BlockMappingKey) || self.shortcut_sequence(State::BlockMappingKey) {
            return Ok(());
        }
        match self.peek()? {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty_then(State::BlockMappingKey, colon + 1)
            }
            _ => self.node_then(State::BlockMappingKey, true, true),
        }
    }

    /// Begins a sequence that goes on with `then` when it is over, if a `-` shows at a glance that there is one.
    fn shortcut_sequence(&mut self, then: State) -> bool {
        let Some((at, indentless)) = self.scanner.shortcut_sequence() else { return false };
        self.states.push(then);
        self.open_at(Kind::Sequence, Style::Plain, Tag::Collection, at);
        self.state = if indentless { State::IndentlessSequenceEntry } else { State::BlockSequenceEntry };
        true
    }

    /// Begins a mapping that goes on with `then` when it is over, if a plain key shows at a glance that there is one.
    fn shortcut_mapping(&mut self, then: State) -> bool {
        let Some(key) = self.scanner.shortcut_key(Column::Deeper) else { return false };
        self.states.push(then);
        self.open_at(Kind::Mapping, Style::Plain, Tag::Collection, key.at);
        self.add_scalar(key, None);
        self.state = State::BlockMappingColon;
        true
    }
}
