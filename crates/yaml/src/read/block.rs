//! The grammar of block collections: which token leads to which state.

use super::Result;
use super::parse::{Parser, State};
use super::token::TokenKind;

impl Parser<'_> {
    pub(super) fn block_sequence_entry(&mut self) -> Result<()> {
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
        if self.peek()? != TokenKind::BlockEntry {
            return self.close();
        }
        let head_len = self.head_len();
        let dash = self.scanner.skip();
        self.item(State::IndentlessSequenceEntry, dash, head_len)
    }

    /// What stands behind a `-`, the first `head_len` bytes of whose head comment stood before it.
    pub(super) fn item(&mut self, then: State, dash: u32, head_len: usize) -> Result<()> {
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
        self.doubt_keys();
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

    /// The value behind the `:` that stands at `colon`.
    pub(super) fn value_behind(&mut self, colon: u32) -> Result<()> {
        match self.peek()? {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty_then(State::BlockMappingKey, colon + 1)
            }
            _ => self.node_then(State::BlockMappingKey, true, true),
        }
    }
}
