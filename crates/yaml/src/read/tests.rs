//! Lines read at a glance against the same lines read token by token.

use std::sync::Arc;

use proptest::prelude::*;

use super::parse::Parser;
use super::{documents, pieces};
use crate::resolve::Dialect;
use crate::{ErrorKind, FileId, NodeId, Source, Tree};

/// All that there is to know of the documents of a text, or what is wrong with it.
fn read(text: &str, dialect: Dialect, by_token: bool) -> Result<Vec<String>, ErrorKind> {
    let source = Arc::new(Source::new(FileId(1), "test.yaml", text));
    let mut parser = Parser::new(&source, dialect);
    parser.by_token = by_token;
    let trees = documents(&source, parser, &pieces(source.text())).map_err(|error| error.kind)?;
    Ok(trees.iter().map(|tree| show(tree, tree.root())).collect())
}

fn show(tree: &Tree, id: NodeId) -> String {
    let node = tree.node(id);
    let inside: Vec<String> = tree.items(id).map(|item| show(tree, item)).collect();
    let says = (node.kind, node.style, node.tag, node.tagged, node.at);
    format!("{says:?} {:?} {inside:?} of {}", tree.text(id), tree.node_count())
}

const WORDS: &[&str] = &[
    "a: ",
    "b: ",
    "a:\n",
    "c:\n",
    "- ",
    "-\n",
    "  ",
    "  ",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\nk: v",
    "\n  k: v",
    "\n    k: v",
    "x",
    "y z",
    "1",
    "0x1",
    "true",
    "null",
    "~",
    "<<: ",
    "'q'",
    "\"d\"",
    "'it''s'",
    "\"e\\n\"",
    "'two\n  lines'",
    " # c",
    "\n# c",
    "\n  # c",
    "\t",
    "\n\t",
    "|\n",
    "|-\n  l\n",
    ">\n  f\n  g\n",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "{a: b, c: [d, 'e']}",
    "[{x: 1}, \"y\"]",
    "[a: b]",
    "{a}",
    "{\"a\":b}",
    "[a,\n  b]",
    ",",
    "]",
    "}",
    "{",
    "[",
    ": ",
    "?",
    "? ",
    "&x ",
    "*x",
    "!!str ",
    "é",
    "\u{2028}",
    "\u{85}",
    "\r",
    "---\n",
    "\n---\n",
    "...\n",
    "a:b",
    "a #b",
    "a#b",
    "http://x:80/",
    "k: ",
    "\n      deep",
    "\n       deeper: x",
    "\n\n      deep #c",
    "|+\n",
    "\n      ",
    "\n        ",
    "-1",
    "on",
    "y: ",
    "null: ",
    "\"<<\": ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_read_as_their_tokens_are(words in proptest::collection::vec(proptest::sample::select(WORDS), 1..20)) {
        let text = words.concat();
        for dialect in [Dialect::Yaml12, Dialect::Yaml11] {
            let (read, by_token) = (read(&text, dialect, false), read(&text, dialect, true));
            // A mapping that is over is looked at before what follows it is scanned, so that another mistake comes first.
            let is_first = matches!(read, Err(ErrorKind::DuplicateKey | ErrorKind::Merge | ErrorKind::Unprintable));
            let is_refused = is_first && by_token.is_err();
            prop_assert!(read == by_token || is_refused, "{:?}: {:?}, but {:?}", text, read, by_token);
        }
    }
}
