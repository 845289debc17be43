//! The reader against libyaml's scanner and parser (libyaml-safer): the same texts accepted, the same nodes.
//!
//! go-yaml, which kustomize uses, has moved away from libyaml in places; each stands below by name.

use std::sync::Arc;

use libyaml_safer::{EventData, Parser, ScalarStyle};
use proptest::prelude::*;
use rustomize_yaml::{ErrorKind, FileId, NodeId, Source, Style, Tree, read_stream};

/// The nodes of all documents, as libyaml reads them; `Err` when it refuses the text.
fn theirs(text: &str) -> Result<String, ()> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut shown = String::new();
    loop {
        match parser.parse().map_err(|_| ())?.data {
            EventData::Scalar { value, style, .. } => {
                let mark = match style {
                    ScalarStyle::SingleQuoted => '\'',
                    ScalarStyle::DoubleQuoted => '"',
                    ScalarStyle::Literal => '|',
                    ScalarStyle::Folded => '>',
                    _ => '=',
                };
                shown += &format!("{mark}{value:?} ");
            }
            EventData::SequenceStart { .. } => shown += "[ ",
            EventData::SequenceEnd => shown += "] ",
            EventData::MappingStart { .. } => shown += "{ ",
            EventData::MappingEnd => shown += "} ",
            EventData::StreamEnd => return Ok(shown),
            _ => {}
        }
    }
}

fn show(tree: &Tree, id: NodeId, shown: &mut String) {
    if tree.is_scalar(id) {
        let mark = match tree.style(id) {
            Style::SingleQuoted => '\'',
            Style::DoubleQuoted => '"',
            Style::Literal => '|',
            Style::Folded => '>',
            _ => '=',
        };
        *shown += &format!("{mark}{:?} ", tree.text(id));
        return;
    }
    let (open, close) = if tree.is_mapping(id) { ("{ ", "} ") } else { ("[ ", "] ") };
    *shown += open;
    tree.items(id).for_each(|item| show(tree, item, shown));
    *shown += close;
}

/// The same as we read them; `None` for what is refused for its meaning, which libyaml does not look at.
fn ours(text: &str) -> Option<Result<String, ()>> {
    match read_stream(&Arc::new(Source::new(FileId(1), "test.yaml", text))) {
        Ok(trees) => {
            let mut shown = String::new();
            trees.iter().for_each(|tree| show(tree, tree.root(), &mut shown));
            Some(Ok(shown))
        }
        Err(error) if matches!(error.kind, ErrorKind::Syntax | ErrorKind::Encoding) => Some(Err(())),
        Err(_) => None,
    }
}

/// Not among them, since libyaml differs: `?` and `{a:}` inside brackets, tabs before comments, carriage returns (a
/// slip of libyaml-safer), tags beside commas, `\'`, marks inside the text, second documents, `<<` and aliases.
const WORDS: &[&str] = &[
    "a",
    "b: ",
    "k:",
    "- ",
    "-",
    ": ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n ",
    " ",
    "  ",
    "#c",
    " # d\n",
    ", ",
    ",",
    "|\n",
    "|-\n",
    ">\n",
    ">+\n",
    "|2\n",
    "'",
    "''",
    "\"",
    "\"\"",
    "\\n",
    "\\\n",
    "\\x41",
    "é",
    "\u{2028}",
    "\u{85}",
    "@",
    "`",
    "1",
    "~",
    "x y",
    "\"a b\"",
    "\"a\\n\\t\\x41\\u00e9\\\\\"",
    "\"a\\\n  b\n\n  c\"",
    "'it''s\n  d'",
    "'s t'",
    "k: v\n",
    "- i\n",
    "    deep\n",
    "[a, b]",
    "{k: v}",
    "[",
    "]",
    "{ ",
    "}",
];

fn yamlish() -> impl Strategy<Value = String> {
    // libyaml-safer panics where a block scalar ends without a line break
    proptest::collection::vec(proptest::sample::select(WORDS), 1..25).prop_map(|words| words.concat() + "\n")
}

/// Whether a flow collection may hold a colon that libyaml refuses and go-yaml takes for text.
fn has_colon_in_brackets(text: &str) -> bool {
    let opens = text.contains(['[', '{']);
    let sticks = [":,", ":[", ":]", ":{", ":}", ":?"].iter().any(|pair| text.contains(pair));
    opens && sticks
}

proptest! {
    // Most random texts are refused early by both, so it takes many to see a slip.
    #![proptest_config(ProptestConfig::with_cases(30_000))]

    #[test]
    fn random_texts_are_read_as_libyaml_reads_them(text in yamlish()) {
        if let (false, Some(ours)) = (has_colon_in_brackets(&text), ours(&text)) {
            prop_assert_eq!(ours, theirs(&text), "{:?}", text);
        }
    }
}

#[test]
fn known_texts_are_read_as_libyaml_reads_them() {
    for text in [
        "a:\tb\n",
        "a:\n\tb: 1\n",
        "? a\n: b\n? c\n",
        "? - a\n  - b\n: - c\n",
        "- - a\n  - b\n- c\n",
        "a:\n- b\n-\nc:\n",
        "a: &x b\n",
        "&x a: !!str b\n",
        "a: !<tag:yaml.org,2002:int> 5\n",
        "!\n",
        "a: >\n  b\n   c\n\n  d\n\n",
        "a: |+\n\n\n",
        "a: |1\n  b\n",
        "a: \"b\n  c\\\n  d\"\n",
        "a: \"\\n\\t\\r\\0\\x41\\u263A\\U0001F600\\N\\_\\L\\P\\/\\\\\"\n",
        "a: 'b\n\n\n  c'\n",
        "[a, [b], {c: d}, e: f]\n",
        "{a: b, c, ? d : e}\n",
        "[a\n]: b\n",
        "{\"a\":1}\n",
        "a: b: c\n",
        "a: [b, c\n",
        "- a\n b\n",
        "a\n- b\n",
        "%YAML 1.1\n---\na: 1\n",
        "%FOO\n---\na: 1\n",
        "...\n",
        "---\n",
        "",
    ] {
        assert_eq!(ours(text), Some(theirs(text)), "{text:?}");
    }
}

#[test]
fn what_go_yaml_takes_and_libyaml_refuses() {
    for text in ["{a:,b}", "[a:]", "\"\\'\"\n", "?\t# c\n  a\n: b\n", "a:\n# c\n\t# d\n  b: 1\n"] {
        assert!(theirs(text).is_err() && ours(text).is_some_and(|read| read.is_ok()), "{text:?}");
    }
}

#[test]
fn what_libyaml_takes_and_go_yaml_refuses() {
    for text in ["[a?b]", "%YAML 1.2\n---\na: 1\n", "a: 1\n\u{feff}# c\n"] {
        assert!(theirs(text).is_ok() && ours(text).is_none_or(|read| read.is_err()), "{text:?}");
    }
}
