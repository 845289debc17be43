//! The grammar of flow collections: which token leads to which state.

use super::Result;
use super::parse::{Parser, State};
use super::token::TokenKind;
use crate::tree::{Kind, Style, Tag};

impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Result<()> {
        if first || self.scanner.shortcut_comma() {
            if let Some(item) = self.scanner.shortcut_item() {
                self.add_scalar(item, None);
                self.state = State::FlowSequenceEntry;
                return Ok(());
            }
        } else if self.scanner.shortcut_close(b']') {
            return self.close();
        } else if self.peek()? == TokenKind::FlowEntry {
            self.scanner.skip();
        } else if self.peek()? != TokenKind::FlowSequenceEnd {
            return Err(self
                .not_expected("expected `,` or `]`", "the list began here")
                .help("separate items with commas and close the list with `]`")
                .into());
        }
        match self.peek()? {
            TokenKind::FlowSequenceEnd => {
                self.take_end_comment();
                self.scanner.skip();
                self.close()
            }
            TokenKind::Key => {
                let key = self.scanner.skip();
                self.states.push(State::FlowSequenceEntry);
                self.open_at(Kind::Mapping, Style::Flow, Tag::Collection, key);
                self.state = State::PairKey;
                Ok(())
            }
            _ => self.node_then(State::FlowSequenceEntry, false, false),
        }
    }

    /// The key of a mapping with one entry, written without braces in a flow sequence.
    pub(super) fn pair_key(&mut self) -> Result<()> {
        self.doubt_keys();
        match self.peek()? {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                let at = self.scanner.skip(); // so does libyaml, which makes most such pairs an error
                self.empty_then(State::PairValue, at)
            }
            _ => self.node_then(State::PairValue, false, false),
        }
    }

    pub(super) fn pair_value(&mut self) -> Result<()> {
        if self.peek()? == TokenKind::Value {
            self.scanner.skip();
            if !matches!(self.peek()?, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::PairEnd, false, false);
            }
        }
        self.empty_then(State::PairEnd, self.scanner.front().at)
    }

    pub(super) fn pair_end(&mut self) -> Result<()> {
        self.close()
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<()> {
        if first || self.scanner.shortcut_comma() {
            if let Some(key) = self.scanner.shortcut_flow_key() {
                self.add_key(key);
                return self.flow_value();
            }
        } else if self.scanner.shortcut_close(b'}') {
            return self.close();
        } else if self.peek()? == TokenKind::FlowEntry {
            self.scanner.skip();
        } else if self.peek()? != TokenKind::FlowMappingEnd {
            return Err(self
                .not_expected("expected `,` or `}`", "the mapping began here")
                .help("separate entries with commas and close the mapping with `}`")
                .into());
        }
        self.doubt_keys();
        match self.peek()? {
            TokenKind::FlowMappingEnd => {
                self.take_end_comment();
                self.scanner.skip();
                self.close()
            }
            TokenKind::Key => {
                self.scanner.skip();
                match self.peek()? {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.empty_then(State::FlowMappingValue, self.scanner.front().at)
                    }
                    _ => self.node_then(State::FlowMappingValue, false, false),
                }
            }
            _ => self.node_then(State::FlowMappingEmptyValue, false, false),
        }
    }

    pub(super) fn flow_mapping_value(&mut self) -> Result<()> {
        if self.peek()? == TokenKind::Value {
            self.scanner.skip();
            return self.flow_value();
        }
        self.empty_then(State::FlowMappingKey, self.scanner.front().at)
    }

    /// The value behind the colon of a flow mapping's entry.
    fn flow_value(&mut self) -> Result<()> {
        if let Some(value) = self.scanner.shortcut_flow_value()? {
            self.add_scalar(value, None);
            self.state = State::FlowMappingKey;
            return Ok(());
        }
        match self.peek()? {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                self.empty_then(State::FlowMappingKey, self.scanner.front().at)
            }
            _ => self.node_then(State::FlowMappingKey, false, false),
        }
    }

    pub(super) fn flow_mapping_empty_value(&mut self) -> Result<()> {
        self.peek()?;
        self.empty_then(State::FlowMappingKey, self.scanner.front().at)
    }
}
