//! What is expected was seen with kustomize; the structured texts follow its newest source.

use std::sync::Arc;

use rustomize_yaml::{Dialect, Spanned, from_node, read_document};

use super::ReplacementTransformer;
use crate::context::{Context, Transformer};
use crate::diagnostics::Result;
use crate::generate::test_support::{resources, with_files, yaml};
use crate::resource::ResourceSet;

const RESOURCES: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: source, labels: {a: b}}
text: "1.0"
word: x
number: 5
image: registry/web:1.2
---
apiVersion: v1
kind: ConfigMap
metadata: {name: target}
text: "x"
parts: "1-2-3"
number: 7
map: {a: b}
list: [1, 2]
items:
- {name: web, port: 1}
- {name: db, port: 2}
nothing: null
json: '{"b": 1, "a": {"x<y": "z"}, "list": []}'
pretty: |
  {
    "a": [1, 2],
    "b": "x"
  }
yaml: |
  # how many
  replicas: 1 # one
  list:
      - name: web

      - name: db
"#;

/// The second resource after `replacements`, as printed.
fn replaced(replacements: &str) -> Result<String> {
    replaced_with(&[], replacements)
}

fn replaced_with(files: &[(&str, &[u8])], replacements: &str) -> Result<String> {
    with_files(files, |context| {
        let mut set: ResourceSet = resources(RESOURCES, context).into_iter().collect();
        ReplacementTransformer::new(&read(replacements, context), context)?.transform(&mut set, context)?;
        Ok(yaml(set.get(1)))
    })
}

fn read(replacements: &str, context: &Context) -> Vec<Arc<Spanned<super::Replacement>>> {
    let source = context.sources.add_text("kustomization.yaml", replacements);
    let tree = read_document(&source, Dialect::Yaml11).unwrap().unwrap();
    from_node(&tree, tree.root()).unwrap()
}

/// Copies the source's `from` to the target's `to`.
fn copied(from: &str, to: &str, options: &str) -> Result<String> {
    replaced(&format!(
        "- source: {{kind: ConfigMap, name: source, fieldPath: {from}}}\n  targets:\n  - select: {{name: target}}\n    \
         fieldPaths: ['{to}']\n    options: {{{options}}}\n"
    ))
}

#[track_caller]
fn assert_line(result: Result<String>, line: &str) {
    let text = result.unwrap();
    assert!(text.lines().any(|printed| printed == line), "no line {line:?} in\n{text}");
}

#[test]
fn a_scalar_keeps_its_type_and_a_new_one_has_none() {
    assert_line(copied("number", "text", ""), "text: \"5\"");
    assert_line(copied("number", "map", ""), "map: 5");
    assert_line(copied("metadata.labels", "text", ""), "text: \"\"");
    assert_line(copied("text", "new", "create: true"), "new: 1");
    assert_line(copied("number", "list.*", ""), "- 5");
    assert_line(copied("number", "items.[name=db].port", ""), "- name: db");
    assert_line(copied("number", "items.[name=new].port", "create: true"), "- name: new");
    assert_line(copied("number", "list.2", "create: true"), "- 5");
}

#[test]
fn delimiters_cut_what_is_read_and_what_is_written() {
    assert_line(copied("word", "parts", "delimiter: '-', index: 1"), "parts: 1-x-3");
    assert_line(copied("word", "parts", "delimiter: '-', index: -1"), "parts: x-1-2-3");
    assert_line(copied("word", "parts", "delimiter: '-', index: 9"), "parts: 1-2-3-x");
    let source = "{name: source, fieldPath: image, options: {delimiter: ':', index: 1}}";
    let targets = "[{select: {name: target}, fieldPaths: [text]}]";
    assert_line(replaced(&format!("- {{source: {source}, targets: {targets}}}")), "text: \"1.2\"");
}

#[test]
fn values_can_stand_in_the_replacement_and_replacements_in_files() {
    let inline =
        "- sourceValue: hello\n  targets: [{select: {name: tar.*}, reject: [{name: source}], fieldPaths: [text]}]";
    assert_line(replaced(inline), "text: hello");
    let file = b"sourceValue: hello\ntargets: [{select: {kind: ConfigMap}, fieldPaths: [text], unknown: 1}]\n";
    assert_line(replaced_with(&[("r.yaml", file)], "- path: r.yaml"), "text: hello");
}

#[test]
fn json_in_a_text_is_written_as_go_writes_it() {
    assert_line(copied("number", "json.b", ""), r#"json: '{"a":{"x\u003cy":"z"},"b":5,"list":[]}'"#);
    assert_line(copied("number", "json.list.0", "create: true"), r#"json: '{"a":{"x\u003cy":"z"},"b":1,"list":[5]}'"#);
    let pretty = copied("word", "pretty.b", "").unwrap();
    assert!(
        pretty.contains("pretty: |-\n  {\n    \"a\": [\n      1,\n      2\n    ],\n    \"b\": \"x\"\n  }\n"),
        "{pretty}"
    );
    // a text that is no number where a number was: kustomize changes nothing, and says nothing
    assert_line(copied("word", "json.b", ""), r#"json: '{"b": 1, "a": {"x<y": "z"}, "list": []}'"#);
}

#[test]
fn what_is_put_under_a_null_is_lost() {
    assert_line(copied("number", "nothing.x", "create: true"), "nothing: null");
}

#[test]
fn what_cannot_be_replaced_is_an_error_that_names_path_and_resource() {
    for (from, to, options, expected) in [
        (
            "number",
            "missing.x",
            "",
            "cannot replace `missing.x` of ConfigMap.v1.[noGrp]/target.[noNs]: it is not there",
        ),
        ("number", "list.5", "create: true", "index 5 is given, but there are only 2 items"),
        ("number", "map.*", "", "`*` needs a list, but meets a mapping"),
        ("word", "map", "delimiter: '-'", "`delimiter` needs a scalar"),
        ("missing", "text", "", "there is no field `missing`, in ConfigMap.v1.[noGrp]/source.[noNs]"),
    ] {
        let error = copied(from, to, options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn sources_that_are_missing_or_several_are_errors() {
    let error = replaced("- source: {name: sorce}\n  targets: [{select: {name: target}}]").unwrap_err().to_string();
    assert!(error.contains("no resource fits") && error.contains("did you mean `source`?"), "{error}");
    let error = replaced("- source: {kind: ConfigMap}\n  targets: [{select: {name: target}}]").unwrap_err().to_string();
    assert!(error.contains("2 resources fit the source"), "{error}");
    assert!(replaced("- targets: [{select: {name: target}}]").is_err());
    assert!(replaced("- sourceValue: x\n").is_err());
    assert!(replaced("- sourceValue: x\n  targets: [{fieldPaths: [text]}]").is_err());
}

#[test]
fn yaml_in_a_text_keeps_its_comments() {
    let text = copied("number", "yaml.replicas", "").unwrap();
    let expected = "yaml: |-\n  # how many\n  replicas: 5 # one\n  list:\n  - name: web\n  - name: db\n";
    assert!(text.contains(expected), "{text}");
}
