//! The cases of `testdata/patches/strategic-merge.txt`, and errors.

use rustomize_yaml::{emit, read_resources};

use super::{Outcome, strategic_merge};
use crate::diagnostics::{Result, Sources};
use crate::schema::Schema;

const CASES: &str = include_str!("../../../testdata/patches/strategic-merge.txt");

#[test]
fn merges_are_those_of_kubectl() {
    let mut wrong = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        let part = |name: &str, next: &str| {
            let rest = case.split_once(&format!("--- {name}\n")).unwrap().1;
            rest.split_once(&format!("--- {next}\n")).map_or(rest, |(part, _)| part).trim_matches('\n').to_owned()
        };
        let title = case.lines().next().unwrap();
        let (resource, indent) = if title.ends_with("(pod)") { (DEPLOYMENT, 6) } else { (CUSTOM, 2) };
        let result = merged(
            &filled(resource, indent, &part("target", "patch")),
            &filled(resource, indent, &part("patch", "result")),
        );
        let result = spec_of(&result.unwrap(), indent);
        if result != part("result", "end") {
            wrong.push(format!("{title}\n{result}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases went wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn different_kinds_of_values_are_an_error_that_names_the_path() {
    let patch = "containers:\n- name: a\n  resources:\n  - limits";
    let target = "containers:\n- name: a\n  resources: {}";
    let error = merged(&filled(DEPLOYMENT, 6, target), &filled(DEPLOYMENT, 6, patch)).unwrap_err();
    let message = "the patch has a list at `spec.template.spec.containers[name=a].resources`, \
                   where the resource has a mapping";
    assert_eq!(error.diagnostic().message, message);
    assert_eq!(error.diagnostic().labels.len(), 2);
}

#[test]
fn an_unknown_directive_is_an_error() {
    let error = merged(&filled(CUSTOM, 2, "a: {b: 1}"), &filled(CUSTOM, 2, "a: {$patch: remove}")).unwrap_err();
    assert_eq!(error.diagnostic().message, "`$patch` knows no `remove`");
}

#[test]
fn a_directive_at_the_top_deletes_the_resource_or_does_nothing() {
    let patch = |directive: &str| format!("{}$patch: {directive}\n", filled(CUSTOM, 2, "b: 2"));
    let target = filled(CUSTOM, 2, "a: 1");
    assert_eq!(merged(&target, &patch("delete")).unwrap(), "");
    assert_eq!(spec_of(&merged(&target, &patch("replace")).unwrap(), 2), "a: 1");
}

#[test]
fn long_lists_merge_as_short_ones_do() {
    let items = |range: std::ops::Range<u32>| -> String {
        range.map(|number| format!("- {{name: n{number}, image: i}}\n")).collect()
    };
    let target = format!("containers:\n{}", items(0..2000));
    let patch = format!("containers:\n{}", items(1000..3000));
    let result = merged(&filled(DEPLOYMENT, 6, &target), &filled(DEPLOYMENT, 6, &patch)).unwrap();
    let names: Vec<&str> = result.lines().filter_map(|line| line.trim().strip_prefix("name: n")).collect();
    let expected: Vec<String> = (1000..3000).chain(0..1000).map(|number: u32| number.to_string()).collect();
    assert_eq!(names, expected);
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n";
const CUSTOM: &str = "apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: f}\nspec:\n";

/// A resource with this text in its (pod) spec.
fn filled(resource: &str, indent: usize, text: &str) -> String {
    let lines = text.lines().map(|line| format!("{}{line}\n", " ".repeat(indent)));
    resource.chars().chain(lines.collect::<String>().chars()).collect()
}

fn merged(target: &str, patch: &str) -> Result<String> {
    let sources = Sources::default();
    let read = |text: &str| read_resources(&sources.add_text("test.yaml", text)).unwrap().remove(0);
    let mut target = read(target);
    let outcome = strategic_merge(&mut target, &read(patch), &Schema::default(), &sources, None)?;
    let mut text = String::new();
    if outcome == Outcome::Merged {
        emit(&target, target.root(), &mut text).unwrap();
    }
    Ok(text)
}

/// What stands in the (pod) spec.
fn spec_of(text: &str, indent: usize) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with("spec:"));
    let lines: Vec<&str> = lines.filter_map(|line| line.strip_prefix(&" ".repeat(indent))).collect();
    lines.join("\n")
}
