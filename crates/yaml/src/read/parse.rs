//! From tokens to a tree: libyaml's grammar as a state machine, so that nesting costs no machine stack.

use std::collections::HashMap;
use std::sync::Arc;

use super::property::{TagHandles, resolve_tag, tag_directive};
use super::scan::Scanner;
use super::token::{Token, TokenKind};
use crate::resolve::{Dialect, resolve, scalar_value};
use crate::tree::{Kind, NodeId, Style, Tag, Text, Tree};
use crate::{Error, ErrorKind, Result, Source};

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

/// What stands in front of a node.
#[derive(Default)]
pub(super) struct Properties {
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
    source: &'s Arc<Source>,
    pub(super) dialect: Dialect,
    pub(super) document: Document,
    pub(super) state: State,
    pub(super) states: Vec<State>,
    /// The collections that are open, innermost last.
    pub(super) open: Vec<NodeId>,
    anchors: HashMap<String, NodeId>,
    handles: TagHandles,
    is_first: bool,
    /// How many nodes aliases have added to the document.
    pub(super) expanded: usize,
}

impl<'s> Parser<'s> {
    /// A parser of the bytes from `start` to `end` of a source.
    pub(super) fn new(source: &'s Arc<Source>, start: usize, end: usize, dialect: Dialect) -> Parser<'s> {
        Parser {
            scanner: Scanner::new(source.text(), start, end, dialect == Dialect::Yaml12),
            source,
            dialect,
            document: Document::new(source),
            state: State::DocumentEnd,
            states: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            handles: Vec::new(),
            is_first: true,
            expanded: 0,
        }
    }

    /// The next document of the stream; `None` at its end.
    pub(super) fn document(&mut self) -> Result<Option<Document>> {
        if !self.start_document()? {
            return Ok(None);
        }
        while self.state != State::DocumentEnd {
            self.step()?;
        }
        self.end_document()?;
        let next = Document::new(self.source);
        Ok(Some(std::mem::replace(&mut self.document, next)))
    }

    /// How far the scanner has got.
    pub(super) fn reached(&self) -> usize {
        self.scanner.pos
    }

    pub(super) fn peek(&mut self) -> Result<Token> {
        self.scanner.peek()
    }

    fn error(&self, token: Token, message: &str) -> Error {
        Error::new(ErrorKind::Syntax, token.at, message)
    }
}

impl Document {
    fn new(source: &Arc<Source>) -> Document {
        Document { tree: Tree::new(Arc::clone(source)), is_null: false }
    }
}

/// Documents.
impl Parser<'_> {
    /// Steps over what opens a document; says whether there is one.
    fn start_document(&mut self) -> Result<bool> {
        let mut token = self.peek()?;
        if !self.is_first {
            while token.kind == TokenKind::DocumentEnd {
                self.scanner.skip();
                token = self.peek()?;
            }
        }
        if token.kind == TokenKind::StreamEnd {
            return Ok(false);
        }
        let explicit = !self.is_first
            || matches!(token.kind, TokenKind::VersionDirective | TokenKind::TagDirective | TokenKind::DocumentStart);
        self.is_first = false;
        self.handles.clear();
        self.anchors.clear();
        self.expanded = 0;
        self.states.push(State::DocumentEnd);
        if !explicit {
            self.node(true, false)?;
            return Ok(true);
        }
        self.directives()?;
        token = self.peek()?;
        if token.kind != TokenKind::DocumentStart {
            return Err(self
                .error(token, "expected `---` before a document that follows another one, or a directive")
                .help("put `---` on a line of its own between documents"));
        }
        self.scanner.skip();
        token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.empty_scalar(token.at);
                self.pop();
            }
            _ => self.node(true, false)?,
        }
        Ok(true)
    }

    fn directives(&mut self) -> Result<()> {
        let mut has_version = false;
        loop {
            let token = self.peek()?;
            let line = self.scanner.text(token.slice);
            match token.kind {
                TokenKind::VersionDirective => {
                    let version = line.split_ascii_whitespace().nth(1);
                    let parts = version.and_then(|version| version.split_once('.'));
                    let parts = parts.map(|(major, minor)| (major.parse::<u32>(), minor.parse::<u32>()));
                    if has_version {
                        return Err(self.error(token, "a second %YAML directive"));
                    }
                    if parts != Some((Ok(1), Ok(1))) {
                        return Err(self.error(token, "a %YAML directive other than `%YAML 1.1`").help("remove it"));
                    }
                    has_version = true;
                }
                TokenKind::TagDirective => {
                    let (handle, prefix) = tag_directive(line);
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(token, "a second %TAG directive for the same handle"));
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
        if self.dialect == Dialect::Yaml12 {
            self.scanner.look_ahead(3)?;
        }
        if self.peek()?.kind == TokenKind::DocumentEnd {
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

    pub(super) fn empty_scalar(&mut self, at: u32) -> NodeId {
        let id = self.document.tree.read_node(
            Kind::Scalar,
            Style::Plain,
            Tag::Null,
            Text::in_source(at.min(self.source.text().len() as u32), 0),
            at,
        );
        self.attach(id);
        id
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last() {
            Some(&collection) => self.document.tree.link_last(collection, id),
            None => {
                let node = self.document.tree.node(id);
                self.document.is_null = node.tag == Tag::Null;
                self.document.tree.set_root(id);
            }
        }
    }

    /// Parses the start of a node: a scalar or an alias as a whole, of a collection what opens it.
    fn node(&mut self, block: bool, indentless: bool) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Scalar {
            self.scalar(token, Properties::default());
            return Ok(());
        }
        if token.kind == TokenKind::Alias {
            return self.alias(token);
        }
        let properties = self.properties()?;
        token = self.peek()?;
        match token.kind {
            TokenKind::Scalar => {
                self.check_tag(token, &properties)?;
                self.scalar(token, properties);
            }
            TokenKind::BlockEntry if indentless => {
                self.open_collection(Kind::Sequence, Style::Plain, token, properties);
                self.state = State::IndentlessSequenceEntry;
            }
            TokenKind::FlowSequenceStart => {
                self.open_collection(Kind::Sequence, Style::Flow, token, properties);
                self.scanner.skip();
                self.state = State::FlowSequenceFirst;
            }
            TokenKind::FlowMappingStart => {
                self.open_collection(Kind::Mapping, Style::Flow, token, properties);
                self.scanner.skip();
                self.state = State::FlowMappingFirst;
            }
            TokenKind::BlockSequenceStart if block => {
                self.open_collection(Kind::Sequence, Style::Plain, token, properties);
                self.scanner.skip();
                self.state = State::BlockSequenceEntry;
            }
            TokenKind::BlockMappingStart if block => {
                self.open_collection(Kind::Mapping, Style::Plain, token, properties);
                self.scanner.skip();
                self.state = State::BlockMappingKey;
            }
            _ => match properties.at {
                Some(at) => {
                    let id = self.empty_scalar(at);
                    if let Some(tag) = properties.tag {
                        self.document.tree.set_tag(id, tag);
                        self.document.tree.mark_tagged(id);
                    }
                    self.remember(properties.anchor, id);
                    self.pop();
                }
                None => return Err(self.no_node(token)),
            },
        }
        Ok(())
    }

    fn no_node(&self, token: Token) -> Error {
        let (message, help) = match token.kind {
            TokenKind::BlockEntry => {
                ("a list item cannot begin here", "lists inside `[]` or `{}` are written `[a, b]`")
            }
            TokenKind::FlowEntry => ("a comma without a value in front of it", "remove the comma"),
            TokenKind::FlowSequenceEnd => ("a `]` that closes nothing", "quote it if it belongs to a text"),
            TokenKind::FlowMappingEnd => ("a `}` that closes nothing", "quote it if it belongs to a text"),
            TokenKind::Value => ("a `:` without a key in front of it", "quote it if it belongs to a text"),
            _ => ("expected a value", "write `null` for a value that is missing, or remove the line"),
        };
        self.error(token, message).spanning(1).help(help)
    }

    /// Anchor and tag in front of a node, in either order.
    fn properties(&mut self) -> Result<Properties> {
        let mut properties = Properties::default();
        let mut has_tag = false;
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(self.scanner.text(token.slice).to_owned());
                }
                TokenKind::Tag if !has_tag => {
                    has_tag = true;
                    let written = self.scanner.text(token.slice);
                    let tag = resolve_tag(written, &self.handles)
                        .ok_or_else(|| self.error(token, "a tag with a handle that no %TAG directive defines"))?;
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

    /// Refuses a tag that does not fit its text. In resources that is for the printer to do: they may change until then.
    fn check_tag(&self, token: Token, properties: &Properties) -> Result<()> {
        if let (Some(tag), Dialect::Yaml11) = (properties.tag, self.dialect) {
            let value = scalar_value(tag, token.style, self.scanner.text(token.slice), self.dialect);
            value.map_err(|error| Error { at: token.at, ..error })?;
        }
        Ok(())
    }

    fn scalar(&mut self, token: Token, properties: Properties) {
        let text = self.scanner.text(token.slice);
        let tag = match properties.tag {
            Some(tag) => tag,
            None if token.style == Style::Plain => resolve(text, self.dialect),
            None => Tag::Str,
        };
        let tree = &mut self.document.tree;
        let stored =
            if token.slice.made { tree.store(text) } else { Text::in_source(token.slice.start, token.slice.len) };
        let id = tree.read_node(Kind::Scalar, token.style, tag, stored, token.at);
        if properties.tag.is_some() {
            tree.mark_tagged(id);
        }
        self.attach(id);
        self.remember(properties.anchor, id);
        self.scanner.skip();
        self.pop();
    }

    fn alias(&mut self, token: Token) -> Result<()> {
        let name = self.scanner.text(token.slice);
        let Some(&target) = self.anchors.get(name) else {
            let message = format!("no anchor `&{name}` stands before this alias");
            let error = Error::new(ErrorKind::Alias, token.at, message).spanning(token.slice.len + 1);
            return Err(error.help("define the anchor further up, or quote a text that begins with `*`"));
        };
        let id = self.expand_alias(target, token)?;
        self.attach(id);
        self.scanner.skip();
        self.pop();
        Ok(())
    }

    pub(super) fn open_collection(&mut self, kind: Kind, style: Style, token: Token, properties: Properties) {
        let tag = match properties.tag {
            Some(Tag::Null) if self.open.is_empty() => Tag::Null,
            _ => Tag::Collection,
        };
        let id = self.document.tree.read_node(kind, style, tag, Text::in_source(0, 0), token.at);
        self.attach(id);
        self.remember(properties.anchor, id);
        self.open.push(id);
    }

    fn remember(&mut self, anchor: Option<String>, id: NodeId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// Closes the innermost collection.
    pub(super) fn close(&mut self) -> Result<()> {
        let closed = self.open.pop().filter(|&id| self.document.tree.is_mapping(id));
        if let Some(mapping) = closed {
            self.finish_mapping(mapping)?;
        }
        self.pop();
        Ok(())
    }

    /// The error of a token that does not go on with the innermost collection.
    pub(super) fn not_expected(&self, token: Token, message: &str, opened: &str) -> Error {
        let error = self.error(token, message);
        match self.open.last() {
            Some(&id) => error.also(self.document.tree.node(id).at, opened),
            None => error,
        }
    }
}
