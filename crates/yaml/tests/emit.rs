//! Printing trees that steps of a build have written to, and what cannot be printed.

use std::sync::Arc;

use proptest::prelude::*;
use rustomize_yaml::{
    Error, ErrorKind, FileId, Result, Road, Source, Style, Tag, Tree, canonicalise, emit, emit_as_is, read_resources,
};

fn read(text: &str) -> Tree {
    let source = Arc::new(Source::new(FileId(1), "a.yaml", text));
    read_resources(&source).unwrap().remove(0)
}

fn print(tree: &Tree) -> Result<String> {
    let mut out = String::new();
    emit(tree, tree.root(), &mut out)?;
    Ok(out)
}

fn printed(text: &str) -> String {
    print(&read(text)).unwrap()
}

/// What is printed after the value under `a` has been rewritten.
fn rewritten(text: &str, write: impl Fn(&mut Tree, rustomize_yaml::NodeId)) -> Result<String> {
    let mut tree = read(text);
    let value = tree.get(tree.root(), "a").unwrap();
    write(&mut tree, value);
    print(&tree)
}

/// The error of printing a text, and the part of the text that it points at.
fn refused(text: &str) -> (Error, &str) {
    let error = print(&read(text)).unwrap_err();
    (error.clone(), &text[error.at as usize..(error.at + error.len) as usize])
}

#[test]
fn untyped_texts_are_resolved_when_printed() {
    let set = |text: &'static str| move |tree: &mut Tree, id| tree.set_text(id, text);
    assert_eq!(rewritten("a: ue\n", set("true")).unwrap(), "a: true\n");
    assert_eq!(rewritten("a: \"ue\"\n", set("true")).unwrap(), "a: \"true\"\n");
    assert_eq!(rewritten("a: 'ue'\n", set("true")).unwrap(), "a: \"true\"\n");
    assert_eq!(rewritten("a: 2020-01\n", set("2020-01-01")).unwrap(), "a: \"2020-01-01T00:00:00Z\"\n");
    assert_eq!(rewritten("a: 23\n", set("123")).unwrap(), "a: 123\n");
    assert_eq!(rewritten("a: \"24\"\n", set("124")).unwrap(), "a: \"124\"\n");
    assert_eq!(rewritten("a: 5\n", set("x5")).unwrap(), "a: x5\n");
    // inside a flow collection an empty text is a string
    assert_eq!(rewritten("{a: x}\n", set("")).unwrap(), "a: \"\"\n");
    assert_eq!(rewritten("a: x\n", set("")).unwrap(), "a: null\n");
}

#[test]
fn typed_texts_keep_the_old_quotes() {
    let set = |tag: Tag, text: &'static str| move |tree: &mut Tree, id| tree.set_typed(id, tag, text);
    // replicas are written as integers, labels as strings
    assert_eq!(rewritten("a: 1\n", set(Tag::Int, "3")).unwrap(), "a: 3\n");
    assert_eq!(rewritten("a: \"1\"\n", set(Tag::Int, "3")).unwrap(), "a: \"3\"\n");
    assert_eq!(rewritten("a: !!int \"1\"\n", set(Tag::Int, "3")).unwrap(), "a: 3\n");
    assert_eq!(rewritten("a: 2\n", set(Tag::Str, "1")).unwrap(), "a: \"1\"\n");
    assert_eq!(rewritten("a: 2\n", set(Tag::Str, "a\nb")).unwrap(), "a: |-\n  a\n  b\n");
    assert_eq!(rewritten("a: 2\n", set(Tag::Float, "5")).unwrap(), "a: 5\n");
}

#[test]
fn a_tag_that_does_not_fit_its_text_is_an_error_at_its_place() {
    let set = |tag: Tag, text: &'static str| move |tree: &mut Tree, id| tree.set_typed(id, tag, text);
    let error = rewritten("b: 1\na: 7\n", set(Tag::Int, "1.0")).unwrap_err();
    assert_eq!((error.kind, error.at), (ErrorKind::Tag, 8));
    assert_eq!(error.message, "cannot decode !!float `1.0` as an !!int");
    assert_eq!(rewritten("a: true\n", set(Tag::Bool, "maybe")).unwrap_err().kind, ErrorKind::Tag);
    assert_eq!(rewritten("a: x\n", set(Tag::Null, "x")).unwrap_err().kind, ErrorKind::Tag);
}

#[test]
fn what_json_has_no_form_for_is_unprintable() {
    let (error, place) = refused("a: [1, -.inf]\n");
    assert_eq!((error.kind, place), (ErrorKind::Unprintable, "-.inf"));
    let (error, place) = refused("a: {b: 1, 1.5: 2}\n");
    assert_eq!((error.message.as_str(), place), ("a mapping key must be a string, found a number", "1.5"));
    let (error, place) = refused("a: \"x\\x7fy\"\n");
    assert_eq!((error.message.as_str(), place), ("the character U+007F cannot be printed", "\"x\\x7fy\""));
    assert_eq!(refused("a: |2\n  \tb\n").0.kind, ErrorKind::Unprintable);
    assert_eq!(refused(&format!("? {}\n: 1\n", "k".repeat(1023))).0.kind, ErrorKind::Unprintable);
    assert!(print(&read(&format!("? {}\n: 1\n", "k".repeat(1022)))).is_ok());
}

#[test]
fn keys_of_the_outermost_mapping_may_be_of_any_type() {
    assert_eq!(printed("1: a\ntrue: b\n1.5: c\n"), "\"1\": a\n\"1.5\": c\n\"true\": b\n");
}

#[test]
fn a_key_that_stands_twice_is_refused_with_both_places() {
    let mut tree = read("a: 1\nb: 2\n");
    let (key, value) = (tree.new_string("a"), tree.new_string("x"));
    let root = tree.root();
    tree.append_entry(root, key, value);
    let error = print(&tree).unwrap_err();
    assert_eq!(error.kind, ErrorKind::DuplicateKey);
    assert_eq!(error.also.unwrap().0, 0);
}

#[test]
fn a_merge_key_that_was_written_later_is_expanded() {
    let mut tree = read("a: 1\nb: {a: 2, c: 3}\n");
    let root = tree.root();
    let key = tree.new_scalar("<<", Tag::Unset, Style::Plain);
    let value = tree.get(root, "b").map(|id| tree.duplicate(id)).unwrap();
    tree.append_entry(root, key, value);
    assert_eq!(print(&tree).unwrap(), "a: 1\nb:\n  a: 2\n  c: 3\nc: 3\n");
}

/// What a resource looks like after a round trip, as it is.
fn after(road: Road, text: &str) -> String {
    let mut tree = read(text);
    let root = tree.root();
    canonicalise(&mut tree, root, road).unwrap();
    let mut out = String::new();
    emit_as_is(&tree, root, &mut out);
    out
}

#[test]
fn a_json_patch_forgets_quotes_and_makes_floats_of_numbers() {
    let text = "c: \"ue\"\nb: ['yes', \"1\", 'a: b', \"a\\nb\", \"\"]\na: {n: 9007199254740993, m: 18446744073709551615, o: 1.0, p: 1000000}\n";
    let expected = "\
a:
  m: 1.8446744073709552e+19
  \"n\": 9.007199254740992e+15
  o: 1
  p: 1e+06
b:
- \"yes\"
- \"1\"
- 'a: b'
- |-
  a
  b
- \"\"
c: ue
";
    assert_eq!(after(Road::Json6902, text), expected);
    let mut tree = read(text);
    let root = tree.root();
    canonicalise(&mut tree, root, Road::Json6902).unwrap();
    let large = "a:\n  m: 1.8446744073709552e+19\n  \"n\": 9007199254740992\n  o: 1\n  p: 1000000\n";
    assert!(print(&tree).unwrap().starts_with(large));
}

#[test]
fn a_list_keeps_quotes_and_large_integers() {
    let text = "c: 'ue'\na: {n: 9007199254740993, o: 1.0, t: 2020-01-01}\n";
    let expected = "{\"a\": {\"n\": 9007199254740993, \"o\": 1, \"t\": \"2020-01-01T00:00:00Z\"}, \"c\": \"ue\"}\n";
    assert_eq!(after(Road::List, text), expected);
}

#[test]
fn a_round_trip_keeps_places_and_forgets_steering_comments() {
    let mut tree = read("b: x\na: [1]\n");
    let (root, value) = (tree.root(), tree.get(tree.root(), "b").unwrap());
    tree.steer(value, "{\"x-kubernetes-patch-merge-key\":\"name\"}");
    canonicalise(&mut tree, root, Road::Json6902).unwrap();
    assert!(!tree.has_steering());
    assert_eq!(tree.node(tree.get(root, "b").unwrap()).at, 3);
}

#[test]
fn as_it_is_keeps_order_styles_and_tags() {
    let text = "\
b: {x: 1, y: [a, \"b\", {}]}
a:
- 'single'
- |
  literal
- >-
  folded
- ~
- !!int \"5\"
-
? |
  complex
: - 1
";
    // nothing stays nothing; the line break of a complex key is kept
    assert_eq!(
        as_it_is(text),
        "b: {x: 1, y: [a, \"b\", {}]}\na:\n- 'single'\n- |\n  literal\n- >-\n  folded\n- ~\n- !!int \"5\"\n-\n? |\n  complex\n: - 1\n"
    );
}

fn as_it_is(text: &str) -> String {
    let tree = read(text);
    let mut out = String::new();
    emit_as_is(&tree, tree.root(), &mut out);
    out
}

/// Data as trees are made of it: strings of all sorts, numbers, collections.
fn data() -> impl Strategy<Value = Data> {
    let text = prop_oneof![
        "\\PC{0,20}",
        "[ -~\n\t]{0,40}",
        "(a|bb| |\n|  |: |é|\u{2028}|'|\"){0,60}",
        "[-+.0-9eExXob_:TZ]{0,12}"
    ];
    let leaf = prop_oneof![
        4 => text.prop_map(Data::Text),
        1 => any::<i64>().prop_map(|value| Data::Plain(value.to_string())),
        1 => "(true|false|null)".prop_map(Data::Plain),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let entry = ("\\PC{0,12}", inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Data::List),
            prop::collection::vec(entry, 0..6).prop_map(Data::Mapping),
        ]
    })
}

#[derive(Debug, Clone)]
enum Data {
    Text(String),
    Plain(String),
    List(Vec<Data>),
    Mapping(Vec<(String, Data)>),
}

fn plant(tree: &mut Tree, data: &Data) -> rustomize_yaml::NodeId {
    match data {
        Data::Text(text) => tree.new_scalar(text, Tag::Str, Style::DoubleQuoted),
        Data::Plain(text) => tree.new_scalar(text, Tag::Unset, Style::Plain),
        Data::List(items) => {
            let list = tree.new_sequence();
            for item in items {
                let item = plant(tree, item);
                tree.push(list, item);
            }
            list
        }
        Data::Mapping(entries) => {
            let mapping = tree.new_mapping();
            for (key, value) in entries {
                let value = plant(tree, value);
                // printed plain, this one would be expanded
                if key != "<<" && tree.get(mapping, key).is_none() {
                    let key = tree.new_scalar(key, Tag::Str, Style::DoubleQuoted);
                    tree.append_entry(mapping, key, value);
                }
            }
            mapping
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_printed_reads_as_the_same_data_and_prints_the_same_again(data in data()) {
        let mut tree = Tree::made();
        let (root, value) = (tree.new_mapping(), plant(&mut tree, &data));
        tree.set_root(root);
        tree.set(root, "a", value);
        if let Ok(text) = print(&tree) {
            let again = read(&text);
            let json = |tree: &Tree| {
                let mut out = String::new();
                rustomize_yaml::to_json(tree, tree.root(), &mut out).unwrap();
                out
            };
            prop_assert_eq!(json(&again), json(&tree), "{}", text);
            prop_assert_eq!(print(&again).unwrap(), text);
        }
    }
}
