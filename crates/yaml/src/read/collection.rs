//! The grammar inside collections: which token leads to which state.

use super::parse::{Parser, Properties, State};
use super::token::TokenKind;
use crate::Result;
use crate::tree::{Kind, Style};

/// Block collections.
impl Parser<'_> {
    pub(super) fn block_sequence_entry(&mut self) -> Result<()> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::BlockEntry => {
                self.scanner.skip();
                match self.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => {
                        self.empty_then(State::BlockSequenceEntry, token.at + 1)
                    }
                    _ => self.node_then(State::BlockSequenceEntry, true, false),
                }
            }
            TokenKind::BlockEnd => {
                self.scanner.skip();
                self.close()
            }
            _ => Err(self
                .not_expected(token, "expected `- ` or the end of the list", "the list began here")
                .help("indent the line like the items of the list, or less if the list is over")),
        }
    }

    pub(super) fn indentless_sequence_entry(&mut self) -> Result<()> {
        let token = self.peek()?;
        if token.kind != TokenKind::BlockEntry {
            return self.close();
        }
        self.scanner.skip();
        match self.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty_then(State::IndentlessSequenceEntry, token.at + 1)
            }
            _ => self.node_then(State::IndentlessSequenceEntry, true, false),
        }
    }

    pub(super) fn block_mapping_key(&mut self) -> Result<()> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                self.scanner.skip();
                match self.peek()?.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.empty_then(State::BlockMappingValue, token.at)
                    }
                    _ => self.node_then(State::BlockMappingValue, true, true),
                }
            }
            TokenKind::BlockEnd => {
                self.scanner.skip();
                self.close()
            }
            _ => Err(self
                .not_expected(token, "expected a key or the end of the mapping", "the mapping began here")
                .help("indent the line like the other keys of its mapping")),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<()> {
        let token = self.peek()?;
        if token.kind != TokenKind::Value {
            return self.empty_then(State::BlockMappingKey, token.at);
        }
        self.scanner.skip();
        match self.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty_then(State::BlockMappingKey, token.at + 1)
            }
            _ => self.node_then(State::BlockMappingKey, true, true),
        }
    }
}

/// Flow collections.
impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind != TokenKind::FlowSequenceEnd && !first {
            if token.kind != TokenKind::FlowEntry {
                return Err(self
                    .not_expected(token, "expected `,` or `]`", "the list began here")
                    .help("separate items with commas and close the list with `]`"));
            }
            self.scanner.skip();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::FlowSequenceEnd => {
                self.scanner.skip();
                self.close()
            }
            TokenKind::Key => {
                self.states.push(State::FlowSequenceEntry);
                self.open_collection(Kind::Mapping, Style::Flow, token, Properties::default());
                self.scanner.skip();
                self.state = State::PairKey;
                Ok(())
            }
            _ => self.node_then(State::FlowSequenceEntry, false, false),
        }
    }

    /// The key of a mapping with one entry, written without braces in a flow sequence.
    pub(super) fn pair_key(&mut self) -> Result<()> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                self.scanner.skip(); // so does libyaml, which makes most such pairs an error
                self.empty_then(State::PairValue, token.at)
            }
            _ => self.node_then(State::PairValue, false, false),
        }
    }

    pub(super) fn pair_value(&mut self) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Value {
            self.scanner.skip();
            token = self.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::PairEnd, false, false);
            }
        }
        self.empty_then(State::PairEnd, token.at)
    }

    pub(super) fn pair_end(&mut self) -> Result<()> {
        self.close()
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind != TokenKind::FlowMappingEnd && !first {
            if token.kind != TokenKind::FlowEntry {
                return Err(self
                    .not_expected(token, "expected `,` or `}`", "the mapping began here")
                    .help("separate entries with commas and close the mapping with `}`"));
            }
            self.scanner.skip();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::FlowMappingEnd => {
                self.scanner.skip();
                self.close()
            }
            TokenKind::Key => {
                self.scanner.skip();
                token = self.peek()?;
                match token.kind {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.empty_then(State::FlowMappingValue, token.at)
                    }
                    _ => self.node_then(State::FlowMappingValue, false, false),
                }
            }
            _ => self.node_then(State::FlowMappingEmptyValue, false, false),
        }
    }

    pub(super) fn flow_mapping_value(&mut self) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Value {
            self.scanner.skip();
            token = self.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return self.node_then(State::FlowMappingKey, false, false);
            }
        }
        self.empty_then(State::FlowMappingKey, token.at)
    }

    pub(super) fn flow_mapping_empty_value(&mut self) -> Result<()> {
        let at = self.peek()?.at;
        self.empty_then(State::FlowMappingKey, at)
    }
}
