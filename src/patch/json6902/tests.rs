//! The cases of `testdata/patches/json-6902.txt`, and well-formed patches against another implementation.

use std::sync::Arc;

use proptest::prelude::*;
use rustomize_yaml::{FileId, Road, Source, canonicalise, emit, read_resources, to_json};
use serde_json::{Value, json};

use super::JsonPatch;
use crate::context::Context;
use crate::diagnostics::{Result, Sources};
use crate::generate::test_support::with_files;
use crate::patch::apply_json_patch;
use crate::resource::{Gvk, ResId, Resource};

const CASES: &str = include_str!("../../../testdata/patches/json-6902.txt");

/// As the transformer does it.
fn patched(resource: &str, patch: &str, context: &Context) -> Result<String> {
    let tree = read_resources(&context.sources.add_text("resource.yaml", resource)).unwrap().remove(0);
    let mut resource = Resource::new(tree);
    resource.store_previous_id();
    let patch = JsonPatch::parse(&context.sources.add_text("patch.yaml", patch))?;
    apply_json_patch(&mut resource, &patch, context.sources)?;
    let mut text = String::new();
    emit(resource.tree(), resource.tree().root(), &mut text).unwrap();
    Ok(text)
}

#[test]
fn results_are_those_of_kubectl() {
    let (head, cases) = CASES.split_once("=== ").unwrap();
    let resource = &head[head.find("apiVersion").unwrap()..];
    let mut wrong = Vec::new();
    for case in cases.split("=== ") {
        let (title, rest) = case.split_once('\n').unwrap();
        let (patch, expected) = rest.split_once("--- result\n").unwrap();
        let result = with_files(&[], |context| patched(resource, patch, context));
        let result = result.unwrap_or_else(|_| "fails".to_owned());
        if result.trim_end() != expected.trim_end() {
            wrong.push(format!("{title}\n{result}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases went wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn an_error_names_the_operation_the_resource_and_what_is_there() {
    let resource = "kind: Foo\nmetadata: {name: f}\nspec: {replicas: 1}\n";
    let patch = "- {op: test, path: /spec/replicas, value: 1}\n- {op: remove, path: /spec/replica}\n";
    let error = with_files(&[], |context| patched(resource, patch, context)).unwrap_err();
    let message = "operation 2 of the JSON patch (`remove` `/spec/replica`) does not apply to Foo.[noVer].[noGrp]/f.[noNs]: \
                   there is no `replica`";
    assert_eq!(error.diagnostic().message, message);
    assert_eq!(error.diagnostic().help.as_deref(), Some("there is `replicas`"));
}

#[test]
fn state_that_kustomize_keeps_in_annotations_can_be_copied() {
    let resource = "kind: Foo\nmetadata: {name: f}\nspec: {}\n";
    let patch = "[{\"op\": \"copy\", \"from\": \"/metadata/annotations\", \"path\": \"/spec/a\"}]";
    let text = with_files(&[], |context| patched(resource, patch, context)).unwrap();
    assert!(text.contains("    internal.config.kubernetes.io/previousNames: f\n"), "{text}");
    assert!(!text.contains("  annotations:"), "{text}");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-99i64..99).prop_map(Value::from),
        "[a-c~/ ]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let map = prop::collection::btree_map("[a-c~/]{1,2}", inner, 0..4);
        prop_oneof![list, map.prop_map(|map| Value::Object(map.into_iter().collect()))]
    })
}

/// Every path in a value, and the places where something can be added.
fn paths(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                all.push(format!("{path}/{at}"));
                paths(item, &format!("{path}/{at}"), all);
            }
            all.extend([format!("{path}/{}", items.len()), format!("{path}/-")]);
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                all.push(path.clone());
                paths(value, &path, all);
            }
            all.push(format!("{path}/new"));
        }
        _ => {}
    }
}

fn applied(document: &Value, patch: &Value) -> Option<Value> {
    let sources = Sources::default();
    let source = |text: String| Arc::new(Source::new(FileId(1), "test.json", text));
    let mut tree = read_resources(&source(document.to_string())).unwrap().remove(0);
    let patch = JsonPatch::parse(&source(patch.to_string())).unwrap();
    let id = ResId::new(Gvk::new("", "v1", "Foo"), "f", "");
    let root = tree.root();
    canonicalise(&mut tree, root, Road::Json6902).ok()?;
    patch.apply(&mut tree, &id, &sources).ok()?;
    let mut json = String::new();
    to_json(&tree, tree.root(), &mut json).unwrap();
    Some(serde_json::from_str(&json).unwrap())
}

proptest! {
    /// What the RFC allows comes out as the RFC says.
    #[test]
    fn well_formed_patches_do_what_the_rfc_says(
        document in prop::collection::btree_map("[a-c]{1,2}", value(), 1..5),
        choices in prop::collection::vec((0..6usize, any::<prop::sample::Index>(), any::<prop::sample::Index>(), value()), 1..5),
    ) {
        let document = Value::Object(document.into_iter().collect());
        let mut all = Vec::new();
        paths(&document, "", &mut all);
        let operations = choices.into_iter().map(|(kind, path, from, value)| {
            let op = ["add", "remove", "replace", "move", "copy", "test"][kind];
            json!({"op": op, "path": path.get(&all), "from": from.get(&all), "value": value})
        });
        let patch = Value::Array(operations.collect());
        let mut expected = document.clone();
        let operations: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        if json_patch::patch_unsafe(&mut expected, &operations).is_ok() {
            prop_assert_eq!(applied(&document, &patch), Some(expected));
        }
    }
}
