//! `rustomize version`: scripts and Argo CD take it for kustomize, people see what they have.

use regex::Regex;

use crate::program::{rustomize, text};

/// The stdout of a command that succeeds.
fn printed(arguments: &[&str]) -> String {
    let output = rustomize(".".as_ref(), arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// What Argo CD makes of an output: the first version in it, once braces and the name of the program are gone.
fn as_argo_cd_reads(output: &str) -> String {
    let cleaned = output.trim().replace(['{', '}'], "").replace("  ", " ").replace("kustomize/", "");
    let version = r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
    let found = Regex::new(version).unwrap().captures(&cleaned).expect("there is a version");
    [1, 2, 3].map(|group| found.get(group).map_or("", |part| part.as_str())).concat()
}

#[test]
fn every_form_is_kustomize_5_8_1_to_argo_cd() {
    for arguments in [
        &["version"][..],
        &["version", "--short"],
        &["version", "-o", "yaml"],
        &["version", "--output=json"],
        &["--version"],
        &["-V"],
    ] {
        let output = printed(arguments);
        assert_eq!(as_argo_cd_reads(&output), "5.8.1", "{output}");
    }
}

#[test]
fn the_whole_line_is_one_semantic_version_with_ours_in_it() {
    let line = printed(&["version"]);
    let official =
        r"^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$";
    assert!(Regex::new(official).unwrap().is_match(line.trim_end_matches('\n')), "{line}");
    let ours = env!("CARGO_PKG_VERSION").replace('.', "-");
    assert_eq!(line, format!("v5.8.1+rustomize-{ours}\n"));
    // `grep -o` with such a pattern must find one.
    assert_eq!(Regex::new(r"\d+\.\d+\.\d+").unwrap().find_iter(&line).count(), 1);
}

#[test]
fn the_short_form_has_braces_and_a_warning() {
    let output = rustomize(".".as_ref(), &["version", "--short"]);
    assert!(text(&output.stdout).starts_with("{v5.8.1") && text(&output.stdout).ends_with("   }\n"));
    let warning = "Flag --short has been deprecated, and will be removed in the future.\n";
    assert_eq!(text(&output.stderr), warning);
}

#[test]
fn yaml_and_json_have_the_same_keys() {
    let json: serde_json::Value = serde_json::from_str(&printed(&["version", "-ojson"])).unwrap();
    let lines = json.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {}\n", value.as_str().unwrap()));
    assert_eq!(lines.collect::<String>(), printed(&["version", "-o", "yaml"]));
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["version", "gitCommit", "buildDate", "goOs", "goArch", "rustomizeVersion"]);
    assert_eq!((&json["version"], &json["rustomizeVersion"]), (&"v5.8.1".into(), &env!("CARGO_PKG_VERSION").into()));
}

#[test]
fn a_form_that_does_not_exist_prints_nothing_and_two_forms_are_an_error() {
    assert_eq!(printed(&["version", "-o", "xml"]), "");
    let output = rustomize(".".as_ref(), &["version", "--short", "-o", "json"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
}

#[test]
fn words_behind_it_change_nothing() {
    let version = |arguments: &[&str]| crate::program::rustomize(&crate::program::repository(""), arguments).stdout;
    assert_eq!(version(&["version", "foo", "bar"]), version(&["version"]));
    assert!(!version(&["version", "foo"]).is_empty());
}
