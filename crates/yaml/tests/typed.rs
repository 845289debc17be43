//! Typed values from kustomization-like texts: what is accepted, and what errors say and point at.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustomize_yaml::{
    Dialect, Error, ErrorKind, FileId, Result, Source, Spanned, from_node, from_node_lenient, read_document,
};
use serde::Deserialize;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    name_prefix: String,
    namespace: Spanned<String>,
    resources: Vec<Spanned<String>>,
    common_labels: BTreeMap<String, String>,
    images: Vec<Image>,
    count: i64,
    small: u8,
    ratio: f64,
    disabled: bool,
    options: Option<Options>,
    order: Option<Order>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Image {
    name: String,
    new_tag: String,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Options {
    immutable: bool,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Legacy,
    Fifo,
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T> {
    let source = Arc::new(Source::new(FileId(3), "kustomization.yaml", text));
    let tree = read_document(&source, Dialect::Yaml11)?.expect("a document");
    from_node(&tree, tree.root())
}

fn settings(text: &str) -> Settings {
    read(text).unwrap()
}

/// The error, and the part of the text that it points at.
fn refused(text: &str) -> (Error, &str) {
    let error = read::<Settings>(text).unwrap_err();
    (error.clone(), &text[error.at as usize..(error.at + error.len) as usize])
}

#[test]
fn field_names_match_in_any_case_and_the_later_of_two_wins() {
    assert_eq!(settings("NAMEPREFIX: a\n").name_prefix, "a");
    assert_eq!(settings("namePrefix: a\nnamePrefix: b\n").name_prefix, "b");
    // as JSON the keys are sorted first, so upper case comes first, wherever it stands
    assert_eq!(settings("namePrefix: a\nNamePrefix: b\n").name_prefix, "a");
}

#[test]
fn null_is_the_empty_value_of_any_type() {
    let empty = settings("namePrefix: null\nresources: ~\ncommonLabels:\ncount: null\noptions: null\ndisabled: null\n");
    assert_eq!(empty, Settings::default());
    assert_eq!(settings("commonLabels: {a: null}\n").common_labels, BTreeMap::from([("a".into(), String::new())]));
    assert_eq!(*settings("resources: [null]\n").resources[0], "");
    assert_eq!(settings("null\n"), Settings::default());
}

#[test]
fn numbers_and_booleans_are_no_strings() {
    let (error, place) = refused("namespace: n\n");
    assert_eq!((error.kind, place), (ErrorKind::Type, "n"));
    assert_eq!(error.message, "`namespace` must be a string, found the boolean `n`");
    assert_eq!(error.help.as_deref(), Some("put quotes around it: \"n\""));

    let (error, place) = refused("images:\n- name: a\n  newTag: 1.20\n");
    assert_eq!((error.message.as_str(), place), ("`newTag` must be a string, found the number `1.20`", "1.20"));

    let (error, place) = refused("commonLabels: {a: 1}\n");
    assert_eq!((error.message.as_str(), place), ("`a` must be a string, found the number `1`", "1"));

    let (error, place) = refused("resources: [a.yaml, true]\n");
    assert_eq!(
        (error.message.as_str(), place),
        ("an item of `resources` must be a string, found the boolean `true`", "true")
    );

    assert_eq!(settings("namePrefix: 2020-01-01\n").name_prefix, "2020-01-01");
    assert_eq!(settings("namePrefix: 'n'\n").name_prefix, "n");
}

#[test]
fn keys_of_maps_become_strings() {
    let labels = settings("commonLabels: {1: a, yes: b, 1.5: c, 0x10: d}\n").common_labels;
    assert_eq!(labels.keys().collect::<Vec<_>>(), ["1", "1.5", "16", "true"]);
}

#[test]
fn whole_numbers_may_be_written_as_floats() {
    assert_eq!(settings("count: 3\n").count, 3);
    assert_eq!(settings("count: 1.0\n").count, 1);
    assert_eq!(settings("count: 1e3\n").count, 1000);
    assert_eq!(settings("ratio: 2\n").ratio, 2.0);
    let (error, place) = refused("count: 1.5\n");
    assert_eq!((error.message.as_str(), place), ("`count` must be a whole number, found the number `1.5`", "1.5"));
    let (error, place) = refused("count: \"3\"\n");
    assert_eq!((error.message.as_str(), place), ("`count` must be a whole number, found the text `3`", "\"3\""));
    assert_eq!(error.help.as_deref(), Some("take the quotes away"));
    assert_eq!(refused("small: 300\n").0.message, "`small` must be a smaller whole number, found the number `300`");
    assert_eq!(refused("count: 1e21\n").0.kind, ErrorKind::Type);
}

#[test]
fn collections_are_not_made_of_scalars() {
    let (error, place) = refused("resources: a.yaml\n");
    assert_eq!((error.message.as_str(), place), ("`resources` must be a list, found the text `a.yaml`", "a.yaml"));
    assert_eq!(error.help.as_deref(), Some("write it as a list: [a.yaml]"));
    assert_eq!(refused("images: {name: a}\n").0.message, "`images` must be a list, found a mapping");
    assert_eq!(refused("options: [a]\n").0.message, "`options` must be a mapping, found a list");
    assert_eq!(refused("[a]\n").0.message, "the document must be a mapping, found a list");
    assert_eq!(refused("disabled: maybe\n").0.message, "`disabled` must be true or false, found the text `maybe`");
}

#[test]
fn unknown_fields_are_errors_with_a_near_name() {
    let (error, place) = refused("namespace: a\nresuorces: [a]\n");
    assert_eq!((error.kind, place), (ErrorKind::UnknownField, "resuorces"));
    assert_eq!(error.help.as_deref(), Some("did you mean `resources`?"));
    let (error, place) = refused("images:\n- name: a\n  tag: b\n");
    assert_eq!((error.message.as_str(), place), ("unknown field `tag` in `images`", "tag"));

    let source = Arc::new(Source::new(FileId(3), "a.yaml", "resuorces: [a]\nnamespace: b\n"));
    let tree = read_document(&source, Dialect::Yaml11).unwrap().unwrap();
    let lenient: Settings = from_node_lenient(&tree, tree.root()).unwrap();
    assert_eq!(*lenient.namespace, "b");
}

/// As sigs.k8s.io/yaml converts them for Go's strings.
#[test]
fn lenient_reading_makes_texts_of_numbers_and_booleans() {
    let text = "namePrefix: 123\ncommonLabels: {a: 1.50, b: yes, c: 1e3, d: 0x10, e: null, f: 2020-01-01, g: 1e21}\n";
    let source = Arc::new(Source::new(FileId(3), "a.yaml", text));
    let tree = read_document(&source, Dialect::Yaml11).unwrap().unwrap();
    let lenient: Settings = from_node_lenient(&tree, tree.root()).unwrap();
    assert_eq!(lenient.name_prefix, "123");
    let labels: Vec<_> = lenient.common_labels.values().map(String::as_str).collect();
    assert_eq!(labels, ["1.5", "true", "1000", "16", "", "2020-01-01", "1e+21"]);
}

#[test]
fn spanned_values_know_their_place() {
    let text = "namespace: \"a\\\"b\"\nresources:\n- a.yaml\n";
    let read = settings(text);
    let place = |at: u32, len: u32| &text[at as usize..(at + len) as usize];
    assert_eq!((read.namespace.file, read.namespace.value.as_str()), (FileId(3), "a\"b"));
    assert_eq!(place(read.namespace.at, read.namespace.len), "\"a\\\"b\"");
    assert_eq!(place(read.resources[0].at, read.resources[0].len), "a.yaml");
}

#[test]
fn enums_are_chosen_by_name() {
    assert_eq!(settings("order: fifo\n").order, Some(Order::Fifo));
    let (error, place) = refused("order: legcy\n");
    assert_eq!((error.message.as_str(), place), ("`legcy` is none of `legacy`, `fifo`", "legcy"));
    assert_eq!(error.help.as_deref(), Some("did you mean `legacy`?"));
}
