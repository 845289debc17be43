//! Random resources printed by us and by `kubectl kustomize`, a few seconds of them.
//!
//! Skipped, and said so, where there is no kubectl. `RUSTOMIZE_ORACLE_ROUNDS` asks for more than the default of 12.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rustomize_yaml::{FileId, Result, Road, Source, Style, Tag, canonicalise, emit, read_resources};

#[test]
fn random_scalars_come_out_as_kustomize_prints_them() {
    if Command::new("kubectl").arg("version").arg("--client").output().is_err() {
        // Not by `eprintln!`, which tests swallow.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no kubectl to compare with");
        return;
    }
    let rounds = env::var("RUSTOMIZE_ORACLE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    fs::create_dir_all(&directory).unwrap();
    let mut runner = TestRunner::deterministic();
    let mut printed = 0;
    for round in 0..rounds {
        let items = prop::collection::vec(item(), 60).new_tree(&mut runner).unwrap().current();
        let text = format!("apiVersion: v1\nkind: Foo\nmetadata:\n  name: f\nspec:\n{}", items.concat());
        let patched = round % 3 == 2;
        let expected = kustomize(&directory, &text, patched);
        let ours = ours(&text, patched);
        let same = match (&ours, &expected) {
            (Ok(ours), Ok(expected)) => ours == expected,
            (ours, expected) => ours.is_err() && expected.is_err(),
        };
        printed += usize::from(ours.is_ok());
        assert!(
            same,
            "{text}\n--- ours\n{}\n--- theirs\n{}",
            ours.unwrap_or_else(|error| error.to_string()),
            expected.unwrap_or_else(|error| error)
        );
    }
    assert!(printed * 2 > rounds, "only {printed} of {rounds} could be printed at all");
}

fn ours(text: &str, patched: bool) -> Result<String> {
    let source = Arc::new(Source::new(FileId(1), "a.yaml", text));
    let mut tree = read_resources(&source)?.remove(0);
    let root = tree.root();
    if patched {
        canonicalise(&mut tree, root, Road::Json6902)?;
        let one = tree.new_scalar("1", Tag::Int, Style::Plain);
        tree.set(root, "zz", one);
    }
    let mut out = String::new();
    emit(&tree, root, &mut out)?;
    Ok(out)
}

fn kustomize(directory: &Path, text: &str, patched: bool) -> std::result::Result<String, String> {
    let patch = "patches:\n- target: {kind: Foo}\n  patch: '[{\"op\":\"add\",\"path\":\"/zz\",\"value\":1}]'\n";
    let kustomization = format!("resources: [a.yaml]\n{}", if patched { patch } else { "" });
    fs::write(directory.join("kustomization.yaml"), kustomization).unwrap();
    fs::write(directory.join("a.yaml"), text).unwrap();
    let output = Command::new("kubectl").arg("kustomize").arg(directory).output().unwrap();
    let utf8 = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(utf8(output.stdout)) } else { Err(utf8(output.stderr)) }
}

/// An item of the list under `spec`, with its line break.
fn item() -> impl Strategy<Value = String> {
    let line = "(a|bb cc|  x|\tx|# y|it's|a: b|word word word word word word word word word word word word word|)";
    let block = ("(\\||>)2(-|\\+|)", prop::collection::vec(line, 1..8)).prop_map(|(header, lines)| {
        let lines: String = lines.iter().map(|line| format!("    {line}\n").replace("    \n", "\n")).collect();
        format!("- {header}\n    start\n{lines}")
    });
    let quoted = prop_oneof!["\\PC{0,30}", "[ -~\n\t]{0,60}", "(word |  |\n|: | #|'|\"|\u{2028}|é|😀|-|1){0,50}"];
    let quoted = quoted.prop_map(|text| json(&text));
    let number = "[-+]?(0x|0o|0b|0)?[0-9]{1,3}([_.:eE-][-+]?[0-9]{1,3}){0,2}";
    let word = "(y|Yes|no|ON|off|true|False|null|~|\\.inf x|2020-1-02|<<|=|\\.5|1e3|0x1F|07|09|1_0)";
    let plain = prop_oneof![number, word, "[a-z][a-z0-9./:-]{0,20}[a-z]"];
    let value = prop_oneof![quoted, plain];
    let flow = prop::collection::vec(("[a-z]{1,3}[0-9]{0,3}", value.clone()), 0..4).prop_map(|entries| {
        let entries: Vec<_> =
            entries.iter().enumerate().map(|(at, (key, value))| format!("{key}_{at}: {value}")).collect();
        format!("- {{{}}}\n", entries.join(", "))
    });
    let key_and_value = (value.clone(), value.clone()).prop_map(|(key, value)| {
        let key = if key.starts_with('"') && key != "\"<<\"" { key } else { "k".to_owned() };
        format!("- ? {key}\n  : {value}\n")
    });
    prop_oneof![block, value.prop_map(|value| format!("- {value}\n")), flow, key_and_value]
}

/// A text in JSON's quotes.
fn json(text: &str) -> String {
    let mut out = String::new();
    rustomize_yaml::push_json_string(&mut out, text);
    out
}
