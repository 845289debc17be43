//! Reading, as a user of the crate sees it: texts that a reader can look at, and what becomes of them.
//!
//! Expected values are those of kustomize, asked for with `kubectl kustomize`.

use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;
use rustomize_yaml::{
    Dialect, Error, ErrorKind, FileId, NodeId, Source, Style, Tree, read_document, read_resources, read_stream,
};

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new(FileId(1), "test.yaml", text))
}

/// A tree in a compact form: strings in quotes, other scalars as their tag and text.
fn show(tree: &Tree, id: NodeId) -> String {
    if tree.is_mapping(id) {
        let entries: Vec<String> =
            tree.entries(id).map(|(key, value)| format!("{}: {}", show(tree, key), show(tree, value))).collect();
        return format!("{{{}}}", entries.join(", "));
    }
    if tree.is_sequence(id) {
        let items: Vec<String> = tree.items(id).map(|item| show(tree, item)).collect();
        return format!("[{}]", items.join(", "));
    }
    match tree.tag(id).short() {
        "!!str" => format!("{:?}", tree.text(id)),
        tag => format!("{tag} {}", tree.text(id)).trim_end().to_owned(),
    }
}

fn shown(trees: &[Tree]) -> Vec<String> {
    trees.iter().map(|tree| show(tree, tree.root())).collect()
}

fn resources(text: &str) -> Vec<String> {
    shown(&read_resources(&source(text)).unwrap_or_else(|error| panic!("{text:?}: {error:?}")))
}

/// The only resource of a text.
fn read(text: &str) -> String {
    let resources = resources(text);
    assert_eq!(resources.len(), 1, "{text:?}");
    resources[0].clone()
}

fn yaml11(text: &str) -> String {
    let tree = read_document(&source(text), Dialect::Yaml11).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    tree.map_or("nothing".to_owned(), |tree| show(&tree, tree.root()))
}

fn refused(text: &str) -> Error {
    match read_resources(&source(text)) {
        Err(error) => error,
        Ok(trees) => panic!("{text:?} was read as {:?}", shown(&trees)),
    }
}

/// Kind, line and column of the error that a text is refused with.
fn refused_at(text: &str) -> (ErrorKind, u32, u32) {
    let error = refused(text);
    let place = source(text).position(error.at);
    (error.kind, place.line, place.column)
}

#[test]
fn keys_and_values_get_their_types() {
    assert_eq!(
        read("a: 1\nb: [x, 'y', \"z\\n\"]\nc:\n- d: e\n  f:\n- |\n  text\n  more\n-\n"),
        r#"{"a": !!int 1, "b": ["x", "y", "z\n"], "c": [{"d": "e", "f": !!null}, "text\nmore\n", !!null]}"#
    );
}

#[test]
fn plain_texts_fold_and_keep_what_only_looks_like_syntax() {
    assert_eq!(read("a: b\n  c\n\n  d # e\n"), r#"{"a": "b c\nd"}"#);
    assert_eq!(read("a: b#c:d 'e'\n"), r#"{"a": "b#c:d 'e'"}"#);
    assert_eq!(read("a: -b\n?c: :d\n"), r#"{"a": "-b", "?c": ":d"}"#);
    assert_eq!(read("a: é\u{2028}  b\n"), "{\"a\": \"é\\u{2028}b\"}", "U+2028 breaks lines and stays");
}

#[test]
fn quoted_texts_fold_and_unescape() {
    assert_eq!(read("a: 'it''s\n\n  b'\n"), r#"{"a": "it's\nb"}"#);
    assert_eq!(read("a: \"x \\\n   y\\t\\x41\\u00e9\\'\"\n"), r#"{"a": "x y\tAé'"}"#);
    assert_eq!(refused_at("a: \"\\ud83d\\ude00\"\n"), (ErrorKind::Syntax, 1, 5), "half of a surrogate pair");
    assert_eq!(refused_at("a: \"\\q\"\n"), (ErrorKind::Syntax, 1, 5));
    assert_eq!(refused_at("a:\n  b: 'c\n"), (ErrorKind::Syntax, 2, 6), "at the quote that is never closed");
    assert_eq!(refused_at("a: 'b\n...\n'\n"), (ErrorKind::Syntax, 2, 1));
}

#[test]
fn block_scalars_chomp_fold_and_find_their_indentation() {
    assert_eq!(read("a: |\n   b\n    c\n\n\nd: 1\n"), r#"{"a": "b\n c\n", "d": !!int 1}"#);
    assert_eq!(read("a: |-\n  b\n\nd: |+\n  c\n\n"), r#"{"a": "b", "d": "c\n\n"}"#);
    assert_eq!(read("a: |2\n   b\n"), r#"{"a": " b\n"}"#);
    assert_eq!(read("a: >-\n  b\n  c\n\n  d\n    e\n  f\n"), r#"{"a": "b c\nd\n  e\nf"}"#);
    assert_eq!(read("a: | # comment\n  # text\n"), r##"{"a": "# text\n"}"##);
    assert_eq!(refused_at("a: |0\n  b\n"), (ErrorKind::Syntax, 1, 5));
    assert_eq!(refused_at("a: | b\n"), (ErrorKind::Syntax, 1, 6));
    assert_eq!(refused_at("a: |\n\tb\n"), (ErrorKind::Syntax, 2, 1));
}

#[test]
fn flow_collections_take_what_go_yaml_takes() {
    assert_eq!(read("a: {b: 1, \"c\":2, d, ? e, f: [g: h]}\n").matches("!!null").count(), 2);
    assert_eq!(read("a: {b:1}\n"), r#"{"a": {"b:1": !!null}}"#);
    assert_eq!(read("a: [b,\n\tc,\n]\n"), r#"{"a": ["b", "c"]}"#, "tabs may indent inside brackets");
    assert_eq!(read("a: [!!str, 1]\n"), r#"{"a": [!!int 1]}"#.replace("!!int 1", "! 1"), "the comma is in the tag");
    assert_eq!(refused_at("a: [b?c]\n"), (ErrorKind::Syntax, 1, 6), "a question mark ends plain text in brackets");
    assert_eq!(refused_at("a: [b\n"), (ErrorKind::Syntax, 2, 1));
    assert_eq!(refused_at("a: [b}\n"), (ErrorKind::Syntax, 1, 6));
    assert_eq!(refused_at("a: {: b}\n"), (ErrorKind::Syntax, 1, 5));
}

#[test]
fn tabs_separate_but_do_not_indent() {
    assert_eq!(read("a:\tb\n"), r#"{"a": "b"}"#);
    assert_eq!(read("?\t# comment\n  a\n: b\n"), r#"{"a": "b"}"#);
    assert_eq!(read("a:\n# c\n\t# d\n  b: 1\n"), r#"{"a": {"b": !!int 1}}"#, "between comments a tab may stand");
    assert_eq!(refused_at("a:\n\tb: 1\n"), (ErrorKind::Syntax, 2, 1));
    assert_eq!(refused_at("a:\n-\t- b\n"), (ErrorKind::Syntax, 2, 2));
    assert!(refused("a:\n\tb: 1\n").help.is_some());
}

#[test]
fn errors_say_where_and_what_to_do() {
    for (text, line, column, message) in [
        ("a: 1\nb\n", 2, 1, "no `:` after its key"),
        ("a: b: c\n", 1, 5, "a second `:`"),
        ("a: 1\n b: 2\n", 2, 3, "a second `:`"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "expected a key"),
        ("a: @b\n", 1, 4, "cannot begin with `@`"),
        ("a: - b\n", 1, 4, "a list item cannot begin here"),
        ("a: *b\n", 1, 4, "no anchor `&b`"),
        ("a: !x!y b\n", 1, 4, "no %TAG directive"),
    ] {
        let error = refused(text);
        let place = source(text).position(error.at);
        assert_eq!((place.line, place.column), (line, column), "{text:?}: {error:?}");
        assert!(error.message.contains(message), "{text:?}: {error:?}");
    }
}

#[test]
fn a_file_is_cut_at_separators_before_it_is_parsed() {
    assert_eq!(resources("---\n---\n# only a comment\n---\na: 1\n---\nnull\n---\n"), [r#"{"a": !!int 1}"#]);
    assert_eq!(resources("a: 1\n---  # comment\nb: 2\n"), [r#"{"a": !!int 1}"#, r#"{"b": !!int 2}"#]);
    assert_eq!(refused_at("a: 'x\n---\ny'\n"), (ErrorKind::Syntax, 1, 4), "inside quotes too");
    assert_eq!(refused_at("a: 1\n--- {b: 2}\n"), (ErrorKind::Syntax, 2, 1));
    assert_eq!(refused_at("a: 1\n---b\n"), (ErrorKind::Syntax, 2, 1));
    assert_eq!(resources("--- {a: 1}\n"), [r#"{"a": !!int 1}"#], "the first line is no separator");
    assert_eq!(resources("a: 1\n---\n\u{feff}b: 2\n"), [r#"{"a": !!int 1}"#, r#"{"b": !!int 2}"#]);
    assert_eq!(resources(""), Vec::<String>::new());
}

#[test]
fn of_a_piece_the_first_document_counts() {
    assert_eq!(read("a: 1\n...\n{never: [closed\n"), r#"{"a": !!int 1}"#);
    assert_eq!(refused_at("a: 1\n...\n@\n"), (ErrorKind::Syntax, 3, 1), "two tokens behind the end are scanned");
    assert_eq!(read("a: 1\n...\n[ [ @\n"), r#"{"a": !!int 1}"#);
    let trees = read_stream(&source("a: 1\n--- b\n...\n---\n")).unwrap();
    assert_eq!(shown(&trees), [r#"{"a": !!int 1}"#, r#""b""#, "!!null"]);
}

#[test]
fn directives_are_refused_since_the_cut_parts_them_from_their_document() {
    assert_eq!(refused_at("%YAML 1.1\n---\na: 1\n"), (ErrorKind::Syntax, 2, 1));
    assert_eq!(yaml11("%YAML 1.1\n---\na: 1\n"), r#"{"a": !!int 1}"#);
}

#[test]
fn control_characters_are_refused() {
    assert_eq!(refused_at("a: b\u{1}\n"), (ErrorKind::Encoding, 1, 5));
    assert_eq!(refused_at("a: \u{ffff}\n"), (ErrorKind::Encoding, 1, 4));
    assert_eq!(read("a: \u{85} b\u{a0}\n"), "{\"a\": \"b\\u{a0}\"}");
    // go-yaml decodes 512 bytes at a time, and sees no further than it has decoded
    let behind = |distance: usize| format!("a: 1\n...\n{}\u{1}", "[".repeat(distance - 9));
    assert_eq!(refused_at(&behind(511)).0, ErrorKind::Encoding);
    assert_eq!(read(&behind(512)), r#"{"a": !!int 1}"#);
}

#[test]
fn keys_may_be_complex_and_long() {
    assert_eq!(read("? a\n: b\n? c\n"), r#"{"a": "b", "c": !!null}"#);
    assert_eq!(read("[a]: b\n"), r#"{["a"]: "b"}"#);
    let key = |length: usize| format!("{}: 1\n", "é".repeat(length));
    assert!(read(&key(1024)).ends_with("!!int 1}"), "characters count, not bytes");
    assert_eq!(refused(&key(1025)).kind, ErrorKind::Syntax);
}

#[test]
fn nesting_is_limited_and_costs_no_stack() {
    let nested = |depth: usize| format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert!(read_resources(&source(&nested(10_000))).is_ok());
    assert_eq!(refused_at(&nested(10_001)), (ErrorKind::TooDeep, 1, 10_004));
    let items = |depth: usize| format!("{}a\n", "- ".repeat(depth));
    assert!(read_resources(&source(&items(10_000))).is_ok());
    assert_eq!(refused(&items(10_001)).kind, ErrorKind::TooDeep);
    let copied = format!("a: &x {}{}\nb: *x\n", "[".repeat(9_000), "]".repeat(9_000));
    assert!(read_resources(&source(&copied)).is_ok());
}

#[test]
fn duplicate_keys_are_refused_with_both_places() {
    let error = refused("a: 1\nb: {c: 1, d: 2, c: 3}\n");
    assert_eq!((error.kind, error.at), (ErrorKind::DuplicateKey, 21));
    assert_eq!(error.also.map(|also| also.0), Some(9));
    assert_eq!(refused("1: a\n\"1\": b\n").kind, ErrorKind::DuplicateKey, "texts count, not types");
    let many: String = (0..40).map(|index| format!("key{index}: 1\n")).collect();
    assert!(read_resources(&source(&many)).is_ok());
    assert_eq!(refused(&format!("{many}key7: 1\n")).at as usize, many.len());
    assert_eq!(refused("null: 1\n").kind, ErrorKind::Unprintable, "kustomize takes it for its own duplicate");
    assert_eq!(read("\"null\": 1\n"), r#"{"null": !!int 1}"#);
}

#[test]
fn anchors_and_aliases_are_expanded() {
    assert_eq!(read("a: &x {b: 1}\nc: [*x, *x]\n"), r#"{"a": {"b": !!int 1}, "c": [{"b": !!int 1}, {"b": !!int 1}]}"#);
    assert_eq!(read("a: &x 1\nb: &x 2\nc: *x\n"), r#"{"a": !!int 1, "b": !!int 2, "c": !!int 2}"#);
    assert_eq!(refused_at("a: &x [*x]\n"), (ErrorKind::Alias, 1, 8));
}

#[test]
fn merge_keys_give_way_to_what_stands_beside_them() {
    assert_eq!(
        read("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x, c: 4}\n"),
        r#"{"x": {"a": !!int 1, "b": !!int 2}, "y": {"b": !!int 3, "c": !!int 4, "a": !!int 1}}"#
    );
    assert_eq!(read("<<: [{a: 1}, {a: 2, b: 3}]\n"), r#"{"a": !!int 1, "b": !!int 3}"#);
    assert_eq!(read("a: &x {<<: *x, b: 1}\n"), r#"{"a": {"b": !!int 1}}"#, "merging itself adds nothing");
    assert_eq!(read("a: &x {<<: [*x, {c: 2}], b: 1}\n"), r#"{"a": {"b": !!int 1, "c": !!int 2}}"#);
    assert_eq!(read("\"<<\": {a: 1}\nb: 2\n"), r#"{"b": !!int 2}"#, "quoted it merges nothing, and is lost");
    assert_eq!(refused("a: &x [{b: 1}]\nc: {<<: *x}\n").kind, ErrorKind::Merge, "an alias of a list is no list");
    assert_eq!(refused("<<: 1\n").kind, ErrorKind::Merge);
    assert_eq!(refused("<<: {a: 1}\n<<: {b: 1}\n").kind, ErrorKind::Merge);
}

#[test]
fn an_alias_bomb_is_an_error_at_once() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{before}, ").repeat(9).trim_end_matches(", "));
    }
    let start = Instant::now();
    assert_eq!(refused(&bomb).kind, ErrorKind::AliasBomb);
    assert!(start.elapsed().as_secs() < 5, "milliseconds, where nothing else runs");
}

#[test]
fn kustomization_files_follow_yaml_1_1() {
    assert_eq!(
        yaml11("a: yes\nb: n\nc: 2020-01-01\nd: 0o17\ne: 1:30\n"),
        r#"{"a": !!bool yes, "b": !!bool n, "c": "2020-01-01", "d": !!int 0o17, "e": "1:30"}"#
    );
    assert_eq!(yaml11("y: 1\n0x10: 2\n"), r#"{"true": !!int 1, "16": !!int 2}"#, "keys become strings as in JSON");
    assert_eq!(yaml11("a: 1\nb: 2\na: 3\n"), r#"{"a": !!int 3, "b": !!int 2}"#, "the last entry wins");
    assert_eq!(yaml11("a: 1\n<<: {a: 2, b: 2}\nb: 3\n"), r#"{"a": !!int 2, "b": !!int 3}"#);
    assert_eq!(yaml11("a: 1\n---\n@\n"), r#"{"a": !!int 1}"#, "a second document is ignored");
    assert_eq!(yaml11("# nothing\n"), "nothing");
    for text in ["~: 1\n", "[a]: 1\n", "a: !!int x\na: 1\n"] {
        assert!(read_document(&source(text), Dialect::Yaml11).is_err(), "{text:?}");
    }
}

/// Keys (`key`) and values (`=value`) that a steering comment stands at.
fn steered(text: &str) -> Vec<String> {
    let trees = read_resources(&source(text)).unwrap();
    let tree = &trees[0];
    let mut found = Vec::new();
    let mut open = vec![tree.root()];
    while let Some(id) = open.pop() {
        for (key, value) in tree.entries(id) {
            found.extend(tree.steering(key).map(|_| tree.text(key).to_owned()));
            found.extend(tree.steering(value).map(|_| format!("={}", tree.text(key))));
        }
        open.extend(tree.items(id));
    }
    found
}

#[test]
fn comments_that_steer_stand_where_go_yaml_puts_them() {
    assert_eq!(steered("a: # {\"x\":1}\n- b\n"), ["a"]);
    assert_eq!(steered("# {\"x\":1}\na:\n- b\n"), ["a"]);
    assert_eq!(steered("a: [b] # {\"x\":1}\n"), ["=a"]);
    assert_eq!(steered("a: b # {\"x\":1}\n"), ["=a"]);
    assert_eq!(steered("a: 1\nb:\n  # {\"x\":1}\n  c: 2\n"), ["c"]);
    assert_eq!(steered("a: 1\n# {\"x\":1}\n\nb: 2\n"), Vec::<String>::new(), "the foot of `a` steers nothing");
    assert_eq!(steered("# {\"x\":1}\na: # other\n- b\n"), Vec::<String>::new(), "the comment on the line counts");
    assert_eq!(steered("a: # other {\n- b\n"), Vec::<String>::new());
}

const WORDS: &[&str] = &[
    "a", "b: ", "k:", "- ", "? ", ": ", "\n", "\n  ", "\n    ", " ", "\t", "#c", " # d\n", "[", "]", "{", "}", ", ",
    "&x ", "*x", "!!str ", "!t ", "|\n", ">-\n", "|2+\n", "'", "\"", "\\n", "\\", "é", "\u{2028}", "\u{85}",
    "\u{feff}", "%YAML", "@", "1", "~", "<<: ", "...", "\n---\n", "--- ", "\r", "x y", "\"a b\"", "'s'", "k: v\n",
    "- i\n", "# {x}\n", "\u{1}", "😀",
];

fn yamlish() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(WORDS), 0..40).prop_map(|words| words.concat())
}

fn nodes(tree: &Tree) -> Vec<NodeId> {
    let mut all = vec![tree.root()];
    let mut next = 0;
    while let Some(&id) = all.get(next) {
        all.extend(tree.items(id));
        next += 1;
    }
    all
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in prop_oneof![yamlish(), any::<String>()]) {
        let source = source(&text);
        for result in [read_resources(&source), read_stream(&source)] {
            if let Err(error) = result {
                prop_assert!(error.at as usize <= source.text().len());
            }
        }
        for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
            let _ = read_document(&source, dialect);
        }
    }

    #[test]
    fn plain_texts_on_one_line_stand_in_the_source(text in yamlish()) {
        let source = source(&text);
        for tree in read_resources(&source).unwrap_or_default() {
            for id in nodes(&tree) {
                let (node, value) = (tree.node(id), tree.text(id));
                if tree.is_scalar(id) && node.style == Style::Plain && !value.contains([' ', '\n', '\u{2028}']) {
                    let at = node.at as usize;
                    prop_assert!(value.is_empty() || source.text()[at..].starts_with(value), "{value:?} at {at}");
                }
            }
        }
    }

    /// A comment that could steer turns the shortcuts off; they must make no difference.
    #[test]
    fn shortcuts_change_nothing(text in yamlish()) {
        // a line in front gives these another meaning
        let blanks = text.len() - text.trim_start().len();
        if text.starts_with(['\u{feff}', '-']) || text[..blanks].contains('\t') {
            return Ok(());
        }
        let quick = read_resources(&source(&text));
        let slow = read_resources(&source(&format!("# {{x}}\n{text}")));
        match (quick, slow) {
            (Ok(quick), Ok(slow)) => prop_assert_eq!(shown(&quick), shown(&slow)),
            (Err(_), Err(_)) => {}
            (quick, slow) => prop_assert!(false, "{:?} but {:?}", quick.is_ok(), slow.is_ok()),
        }
    }
}
