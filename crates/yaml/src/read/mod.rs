//! Reading: text to trees.
//!
//! `split` cuts a file of resources into pieces, `lines` (with `small_flow` and `text_lines`) makes nodes of what a look is enough for.
//! For all else `scan` (with `fetch`, `key`, `scalar` and `property`) makes tokens, and `parse` (with `block` and `flow`) a
//! tree of these; `shortcut` saves the tokens of most flow collections. `mapping` expands aliases and merges and refuses
//! duplicate keys on the way. Nothing recurses, and nothing is passed over twice but for a quick look at the bytes.

mod block;
mod characters;
mod comment;
mod eight;
mod fetch;
mod flow;
mod key;
mod lines;
mod mapping;
mod parse;
mod property;
mod scalar;
mod scan;
mod shortcut;
mod small_flow;
mod split;
#[cfg(test)]
mod tests;
mod text_lines;
mod token;

use std::ops::Range;
use std::sync::Arc;

use crate::resolve::Dialect;
use crate::{Error, Source, Tree};
pub(crate) use characters::are_usual;
pub(crate) use mapping::duplicate;
use parse::Parser;

/// Inside, errors are boxed, so that what every step returns is small.
type Result<T> = std::result::Result<T, Box<Error>>;

/// Reads a file of resources, or of strategic merge patches, as kustomize does: cuts the text at its lines that begin
/// with `---`, and takes of each piece the first document, unless that is empty or null.
///
/// Anchors, aliases and `<<` are expanded. A `List` stays what it is.
///
/// # Errors
/// The first piece that kustomize would refuse: text behind a separator, what is not YAML, duplicate keys, an alias
/// without its anchor or with too much behind it.
pub fn read_resources(source: &Arc<Source>) -> crate::Result<Vec<Tree>> {
    documents(source, Parser::new(source, Dialect::Yaml12), &pieces(source.text()))
}

/// A part of a file of resources that can be read by itself, or what is wrong with the line that ends it.
#[derive(Debug, Clone)]
pub struct Piece(crate::Result<Range<usize>>);

/// Cuts a text as [`read_resources`] does, so that [`read_pieces`] can read its pieces on several threads.
pub fn pieces(text: &str) -> Vec<Piece> {
    split::pieces(text).map(Piece).collect()
}

/// Reads pieces of the text of `source` that follow one another, as [`read_resources`] reads all of them, but a key may
/// stand twice in a mapping, as [`Tree::has_repeats`] then says: kustomize looks at that only when it prints.
///
/// # Errors
/// As [`read_resources`], but for such keys.
pub fn read_pieces(source: &Arc<Source>, pieces: &[Piece]) -> crate::Result<Vec<Tree>> {
    let mut parser = Parser::new(source, Dialect::Yaml12);
    parser.lets_repeats_pass = true;
    documents(source, parser, pieces)
}

fn documents(source: &Arc<Source>, mut parser: Parser, pieces: &[Piece]) -> crate::Result<Vec<Tree>> {
    let mut trees = Vec::with_capacity(pieces.len());
    for Piece(piece) in pieces {
        let document = parse(&mut parser, source, piece.clone()?, Parser::document)?;
        trees.extend(document.filter(|document| !document.is_null).map(|document| document.tree));
    }
    Ok(trees)
}

/// Reads the first document of a stream; `None` when there is none. What follows it does not matter.
///
/// With [`Dialect::Yaml11`] keys become strings, `<<` overrides what stands before it, and of entries with the same
/// key the last one stays, as sigs.k8s.io/yaml converts YAML to JSON.
///
/// # Errors
/// As [`read_resources`], for one document.
pub fn read_document(source: &Arc<Source>, dialect: Dialect) -> crate::Result<Option<Tree>> {
    first_document(source, Parser::new(source, dialect))
}

/// Like [`read_document`] with [`Dialect::Yaml11`], but a second entry of a key is refused, be it by a `<<`, as where
/// kustomize reads with `UnmarshalStrict`.
///
/// # Errors
/// As [`read_document`], and for the second entry.
pub fn read_document_strictly(source: &Arc<Source>) -> crate::Result<Option<Tree>> {
    let mut parser = Parser::new(source, Dialect::Yaml11);
    parser.is_strict = true;
    first_document(source, parser)
}

fn first_document(source: &Source, mut parser: Parser) -> crate::Result<Option<Tree>> {
    let document = parse(&mut parser, source, 0..source.text().len(), Parser::document)?;
    Ok(document.map(|document| document.tree))
}

/// Reads all documents of a stream, empty ones as nulls.
///
/// # Errors
/// As [`read_resources`], for any of the documents.
pub fn read_stream(source: &Arc<Source>) -> crate::Result<Vec<Tree>> {
    let mut parser = Parser::new(source, Dialect::Yaml12);
    parse(&mut parser, source, 0..source.text().len(), |parser| {
        let mut trees = Vec::new();
        while let Some(document) = parser.document()? {
            trees.push(document.tree);
        }
        Ok(trees)
    })
}

/// Parses a piece up to its first forbidden character, which is an error if the parser comes near it.
fn parse<'s, T>(
    parser: &mut Parser<'s>,
    source: &Source,
    piece: Range<usize>,
    parse: impl FnOnce(&mut Parser<'s>) -> Result<T>,
) -> crate::Result<T> {
    let text = source.text();
    let is_usual = source.is_usual() || are_usual(&text.as_bytes()[piece.clone()]);
    let forbidden = if is_usual { None } else { characters::first_forbidden(text, piece.clone()) };
    parser.restart(piece.start..forbidden.unwrap_or(piece.end), is_usual);
    let parsed = parse(parser);
    match forbidden {
        Some(at) if characters::is_decoded(text, piece.start, parser.reached(), at) => {
            Err(characters::forbidden(text, at))
        }
        _ => parsed.map_err(|error| *error),
    }
}
