//! From tokens to a tree: libyaml's grammar as a state machine, so that nesting costs no machine stack.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::Result;
use super::comment::Pending;
use super::mapping::Keys;
use super::property::{TagHandles, resolve_tag, tag_directive};
use super::scan::Scanner;
use super::token::{Token, TokenKind};
use crate::resolve::{Dialect, resolve, scalar_value};
use crate::tree::{Kind, NodeId, Style, Tag, Text, Tree};
use crate::word::is_word;
use crate::{Error, ErrorKind, Source};

/// What the parser does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    DocumentEnd,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirst,
    FlowSequenceEntry,
    PairKey,
    PairValue,
    PairEnd,
    FlowMappingFirst,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
}

/// For how many collections inside one another there is room at first.
pub(super) const DEPTH: usize = 32;

/// A collection while it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) id: NodeId,
    /// Of a mapping, what is known of its keys.
    pub(super) keys: Keys,
}

/// What stands in front of a node.
#[derive(Default)]
struct Properties {
    /// Where the first of them begins.
    at: Option<u32>,
    anchor: Option<String>,
    tag: Option<Tag>,
}

/// A document as parsed, aliases and merges expanded.
pub(super) struct Document {
    pub(super) tree: Tree,
    /// Whether kustomize takes the document for an empty one.
    pub(super) is_null: bool,
}

/// Parses the documents of one stream.
pub(super) struct Parser<'s> {
    pub(super) scanner: Scanner<'s>,
    pub(super) dialect: Dialect,
    /// Whether a second entry of a key is an error where the dialect has the last one win.
    pub(super) is_strict: bool,
    /// Whether a second entry of a key is noted where the dialect refuses it.
    pub(super) lets_repeats_pass: bool,
    pub(super) tree: Tree,
    is_null: bool,
    pub(super) state: State,
    pub(super) states: Vec<State>,
    /// The collections that are open, innermost last.
    pub(super) open: Vec<Open>,
    anchors: HashMap<String, NodeId>,
    handles: TagHandles,
    is_first: bool,
    /// How many nodes aliases have added to the document.
    pub(super) expanded: usize,
    /// What aliases have become, in the order of the nodes.
    pub(super) expansions: Vec<NodeId>,
    /// Whether the document has a scalar that, as a key, is not only a name: `<<` or a null.
    pub(super) has_odd_scalars: bool,
    /// Comments on their way to a node, for a text where some may steer merges.
    pub(super) pending: Option<Box<Pending>>,
    /// Whether nothing is read at a glance.
    #[cfg(test)]
    pub(super) by_token: bool,
}

/// Documents.
impl<'s> Parser<'s> {
    /// A parser of a source, which [`Parser::restart`] sets to work.
    pub(super) fn new(source: &'s Arc<Source>, dialect: Dialect) -> Parser<'s> {
        // a node takes about nine bytes of a manifest
        let nodes = (source.text().len() / 9 + 16).min(2048);
        Parser {
            scanner: Scanner::new(source.text(), dialect == Dialect::Yaml12),
            dialect,
            is_strict: false,
            lets_repeats_pass: false,
            tree: Tree::to_fill(Arc::clone(source), nodes),
            is_null: false,
            state: State::DocumentEnd,
            states: Vec::with_capacity(DEPTH),
            open: Vec::with_capacity(DEPTH),
            anchors: HashMap::new(),
            handles: Vec::new(),
            is_first: true,
            expanded: 0,
            expansions: Vec::new(),
            has_odd_scalars: false,
            pending: None,
            #[cfg(test)]
            by_token: false,
        }
    }

    /// Begins a new stream, the bytes of a range of the source; `is_usual` says whether they are nothing but printable
    /// ASCII and line feeds.
    pub(super) fn restart(&mut self, piece: Range<usize>, is_usual: bool) {
        self.scanner.restart(piece, is_usual);
        self.states.clear();
        self.open.clear();
        self.is_first = true;
        self.pending = self.scanner.comments.is_some().then(Box::default);
    }

    /// How far the scanner has got.
    pub(super) fn reached(&self) -> usize {
        self.scanner.pos
    }

    /// The next document of the stream; `None` at its end.
    pub(super) fn document(&mut self) -> Result<Option<Document>> {
        if !self.start_document()? {
            return Ok(None);
        }
        while self.state != State::DocumentEnd {
            self.step()?;
            self.lines()?;
        }
        self.end_document()?;
        Ok(Some(Document { tree: self.tree.take_filled(), is_null: self.is_null }))
    }

    /// Steps over what opens a document; says whether there is one.
    fn start_document(&mut self) -> Result<bool> {
        if self.is_first {
            self.clear();
            if self.first_line()? {
                self.is_first = false;
                return Ok(true);
            }
        }
        let mut kind = self.peek()?;
        if !self.is_first {
            while kind == TokenKind::DocumentEnd {
                self.scanner.skip();
                kind = self.peek()?;
            }
        }
        if kind == TokenKind::StreamEnd {
            return Ok(false);
        }
        let explicit = !self.is_first
            || matches!(kind, TokenKind::VersionDirective | TokenKind::TagDirective | TokenKind::DocumentStart);
        self.is_first = false;
        self.clear();
        if !explicit {
            self.states.push(State::DocumentEnd);
            self.split_document_head();
            self.node(true, false)?;
            return Ok(true);
        }
        self.directives()?;
        if self.peek()? != TokenKind::DocumentStart {
            let error = self.error("expected `---` before a document that follows another one, or a directive");
            return Err(error.help("put `---` on a line of its own between documents").into());
        }
        self.scanner.skip();
        if self.first_line()? {
            return Ok(true);
        }
        self.states.push(State::DocumentEnd);
        match self.peek()? {
            TokenKind::VersionDirective
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.empty_scalar(self.scanner.front().at);
                self.pop();
            }
            _ => self.node(true, false)?,
        }
        Ok(true)
    }

    /// Forgets what was known of the document before.
    fn clear(&mut self) {
        self.handles.clear();
        self.anchors.clear();
        self.expanded = 0;
        self.expansions.clear();
        self.has_odd_scalars = false;
    }

    fn directives(&mut self) -> Result<()> {
        let mut has_version = false;
        loop {
            let kind = self.peek()?;
            let line = self.scanner.text(self.scanner.front().slice);
            match kind {
                TokenKind::VersionDirective => {
                    let version = line.split_ascii_whitespace().nth(1);
                    let parts = version.and_then(|version| version.split_once('.'));
                    let parts = parts.map(|(major, minor)| (major.parse::<u32>(), minor.parse::<u32>()));
                    if has_version {
                        return Err(self.error("a second %YAML directive").into());
                    }
                    if parts != Some((Ok(1), Ok(1))) {
                        let error = self.error("a %YAML directive other than `%YAML 1.1`");
                        return Err(error.help("remove it").into());
                    }
                    has_version = true;
                }
                TokenKind::TagDirective => {
                    let (handle, prefix) = tag_directive(line);
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error("a second %TAG directive for the same handle").into());
                    }
                    self.handles.push((handle, prefix));
                }
                _ => return Ok(()),
            }
            self.scanner.skip();
        }
    }

    /// Steps over what closes a document, and reads as far ahead as go-yaml does.
    fn end_document(&mut self) -> Result<()> {
        if self.scanner.skip_to_end() {
            return Ok(());
        }
        if self.dialect == Dialect::Yaml12 {
            self.scanner.look_ahead(3)?;
        }
        if self.peek()? == TokenKind::DocumentEnd {
            self.scanner.skip();
        }
        Ok(())
    }
}

/// Nodes.
impl Parser<'_> {
    fn step(&mut self) -> Result<()> {
        match self.state {
            State::DocumentEnd => Ok(()),
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirst => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => self.pair_end(),
            State::FlowMappingFirst => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingEmptyValue => self.flow_mapping_empty_value(),
        }
    }

    /// The kind of the next token.
    pub(super) fn peek(&mut self) -> Result<TokenKind> {
        let kind = self.scanner.peek()?;
        if self.pending.is_some() {
            self.unfold_comments();
        }
        Ok(kind)
    }

    /// An error at the next token.
    fn error(&self, message: &str) -> Error {
        Error::new(ErrorKind::Syntax, self.scanner.front().at, message)
    }

    /// The error of a token that does not go on with the innermost collection.
    pub(super) fn not_expected(&self, message: &str, opened: &str) -> Error {
        let error = self.error(message);
        match self.open.last() {
            Some(collection) => error.also(self.tree.node(collection.id).at, opened),
            None => error,
        }
    }

    fn pop(&mut self) {
        self.state = self.states.pop().unwrap_or(State::DocumentEnd);
    }

    /// Parses a node, then goes on with `then`.
    pub(super) fn node_then(&mut self, then: State, block: bool, indentless: bool) -> Result<()> {
        self.states.push(then);
        self.node(block, indentless)
    }

    /// A node that has nothing: a null.
    pub(super) fn empty_then(&mut self, then: State, at: u32) -> Result<()> {
        self.empty_scalar(at);
        self.state = then;
        Ok(())
    }

    fn empty_scalar(&mut self, at: u32) -> NodeId {
        let id = self.tree.read_node(Kind::Scalar, Style::Plain, Tag::Null, Text::in_source(0, 0), at);
        self.attach(id);
        id
    }

    /// Adds a node to the innermost collection.
    #[inline]
    pub(super) fn attach(&mut self, id: NodeId) {
        match self.open.last() {
            Some(collection) => self.tree.link_read(collection.id, id),
            None => {
                self.is_null = self.tree.tag(id) == Tag::Null;
                self.tree.set_root(id);
            }
        }
    }

    /// Parses the start of a node: a scalar or an alias as a whole, of a collection what opens it.
    fn node(&mut self, block: bool, indentless: bool) -> Result<()> {
        match self.peek()? {
            TokenKind::Scalar => {
                let id = self.add_scalar(self.scanner.front(), None);
                self.take_comments(id);
                self.scanner.skip();
                self.pop();
                Ok(())
            }
            TokenKind::Alias => self.alias(),
            TokenKind::Anchor | TokenKind::Tag => {
                let properties = self.properties()?;
                self.content(block, indentless, properties)
            }
            _ => self.content(block, indentless, Properties::default()),
        }
    }

    /// Parses what stands behind the properties of a node.
    fn content(&mut self, block: bool, indentless: bool, properties: Properties) -> Result<()> {
        match self.peek()? {
            TokenKind::Scalar => self.scalar(properties),
            TokenKind::BlockEntry if indentless => {
                self.open(Kind::Sequence, Style::Plain, State::IndentlessSequenceEntry, properties);
                Ok(())
            }
            TokenKind::FlowSequenceStart => {
                self.open_and_skip(Kind::Sequence, Style::Flow, State::FlowSequenceFirst, properties)
            }
            TokenKind::FlowMappingStart => {
                self.open_and_skip(Kind::Mapping, Style::Flow, State::FlowMappingFirst, properties)
            }
            TokenKind::BlockSequenceStart if block => {
                self.open_and_skip(Kind::Sequence, Style::Plain, State::BlockSequenceEntry, properties)
            }
            TokenKind::BlockMappingStart if block => {
                self.open_and_skip(Kind::Mapping, Style::Plain, State::BlockMappingKey, properties)
            }
            kind => match properties.at {
                Some(at) => {
                    let id = self.empty_scalar(at);
                    if let Some(tag) = properties.tag {
                        self.tree.set_tag(id, tag);
                        self.tree.mark_tagged(id);
                    }
                    self.remember(properties.anchor, id);
                    self.pop();
                    Ok(())
                }
                None => Err(self.no_node(kind).into()),
            },
        }
    }

    fn no_node(&self, kind: TokenKind) -> Error {
        let (message, help) = match kind {
            TokenKind::BlockEntry => {
                ("a list item cannot begin here", "inside `[]` or `{}` a list is written `[a, b]`")
            }
            TokenKind::FlowEntry => ("a comma without a value in front of it", "remove the comma"),
            TokenKind::FlowSequenceEnd => ("a `]` that closes nothing", "quote it if it belongs to a text"),
            TokenKind::FlowMappingEnd => ("a `}` that closes nothing", "quote it if it belongs to a text"),
            TokenKind::Value => ("a `:` without a key in front of it", "quote it if it belongs to a text"),
            _ => ("expected a value", "write `null` for a value that is missing, or remove the line"),
        };
        self.error(message).spanning(1).help(help)
    }

    /// Anchor and tag in front of a node, in either order.
    fn properties(&mut self) -> Result<Properties> {
        let mut properties = Properties::default();
        let mut has_tag = false;
        loop {
            let kind = self.peek()?;
            let token = self.scanner.front();
            match kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(self.scanner.text(token.slice).to_owned());
                }
                TokenKind::Tag if !has_tag => {
                    has_tag = true;
                    let tag = resolve_tag(self.scanner.text(token.slice), &self.handles);
                    let tag = tag.ok_or_else(|| self.error("a tag with a handle that no %TAG directive defines"))?;
                    properties.tag = match (tag, self.dialect) {
                        (Tag::Unset, Dialect::Yaml12) => None,
                        (Tag::Unset, Dialect::Yaml11) => Some(Tag::Str),
                        _ => Some(tag),
                    };
                }
                _ => return Ok(properties),
            }
            properties.at.get_or_insert(token.at);
            self.scanner.skip();
        }
    }

    fn remember(&mut self, anchor: Option<String>, id: NodeId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// A scalar with properties.
    fn scalar(&mut self, properties: Properties) -> Result<()> {
        let token = self.scanner.front();
        if let (Some(tag), Dialect::Yaml11) = (properties.tag, self.dialect) {
            // in resources, which may change until they are printed, it is for the printer to refuse a tag that misfits
            let value = scalar_value(tag, token.style, self.scanner.text(token.slice), self.dialect);
            value.map_err(|error| Error { at: token.at, ..error })?;
        }
        let id = self.add_scalar(token, properties.tag);
        self.take_comments(id);
        self.remember(properties.anchor, id);
        self.scanner.skip();
        self.pop();
        Ok(())
    }

    /// Adds a scalar, with the tag that was written out for it if any, to the innermost collection.
    pub(super) fn add_scalar(&mut self, token: Token, explicit: Option<Tag>) -> NodeId {
        let text = self.scanner.text(token.slice);
        let tag = match explicit {
            Some(tag) => tag,
            None if token.style == Style::Plain => resolve(text, self.dialect),
            None => Tag::Str,
        };
        self.has_odd_scalars |= matches!(tag, Tag::Merge | Tag::Null) || text == "<<";
        let is_word = tag == Tag::Str && token.style == Style::Plain && is_word(text);
        let stored =
            if token.slice.made { self.tree.store(text) } else { Text::in_source(token.slice.start, token.slice.len) };
        let id = if is_word {
            self.tree.read_word(stored, token.at)
        } else {
            self.tree.read_node(Kind::Scalar, token.style, tag, stored, token.at)
        };
        if explicit.is_some() {
            self.tree.mark_tagged(id);
        }
        self.attach(id);
        id
    }

    fn alias(&mut self) -> Result<()> {
        let token = self.scanner.front();
        let name = self.scanner.text(token.slice);
        let Some(&target) = self.anchors.get(name) else {
            let message = format!("no anchor `&{name}` stands before this alias");
            let error = Error::new(ErrorKind::Alias, token.at, message).spanning(token.slice.len + 1);
            return Err(error.help("define the anchor further up, or quote a text that begins with `*`").into());
        };
        let id = self.expand_alias(target, token)?;
        self.drop_comments();
        self.attach(id);
        self.scanner.skip();
        self.pop();
        Ok(())
    }

    fn open_and_skip(&mut self, kind: Kind, style: Style, state: State, properties: Properties) -> Result<()> {
        self.open(kind, style, state, properties);
        self.scanner.skip();
        Ok(())
    }

    /// Opens the collection that the next token begins.
    fn open(&mut self, kind: Kind, style: Style, state: State, properties: Properties) {
        let tag = match properties.tag {
            Some(Tag::Null) if self.open.is_empty() => Tag::Null,
            _ => Tag::Collection,
        };
        let id = self.open_at(kind, style, tag, self.scanner.front().at);
        match style {
            Style::Flow => self.take_head(id),
            _ if state != State::IndentlessSequenceEntry => self.take_stem(id),
            _ => {}
        }
        self.remember(properties.anchor, id);
        self.state = state;
    }

    /// Opens a collection.
    pub(super) fn open_at(&mut self, kind: Kind, style: Style, tag: Tag, at: u32) -> NodeId {
        let id = self.tree.read_node(kind, style, tag, Text::in_source(0, 0), at);
        self.attach(id);
        self.open.push(Open { id, keys: Keys::default() });
        id
    }

    /// Closes the innermost collection, and goes on with the one around it.
    pub(super) fn close(&mut self) -> Result<()> {
        self.finish_collection()?;
        self.pop();
        Ok(())
    }

    /// Closes the innermost collection.
    pub(super) fn finish_collection(&mut self) -> Result<()> {
        let closed = self.open.pop().filter(|closed| self.tree.is_mapping(closed.id));
        if let Some(Open { id, keys }) = closed {
            self.finish_mapping(id, keys)?;
        }
        Ok(())
    }
}
