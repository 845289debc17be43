//! How arguments are understood, beside kubectl, which reads them as kustomize does. Every flag of every command is
//! written in every way in `src/cli/tests.rs`; here is what the program then does, writes and ends with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{directory, has_kubectl, rustomize, text, undisturbed};

/// What a command came to: whether it succeeded, its standard output, the files that it has written.
type Outcome = (bool, String, BTreeMap<String, String>);

const BUILT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-a\n";

/// Runs a program on arguments in a new place, with the directory `d` to build and an empty directory `out`.
fn run(program: &str, arguments: &[&str]) -> Outcome {
    let place = directory(&[
        ("d/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: p-\n"),
        ("d/a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"),
        ("kustomization.yaml", "resources: [d]\n"),
    ]);
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    let output = undisturbed(program).args(arguments).current_dir(place.path()).output().unwrap();
    let mut files = BTreeMap::new();
    for directory in [place.path().to_owned(), out] {
        for entry in fs::read_dir(&directory).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let name = entry.path().strip_prefix(place.path()).unwrap().display().to_string();
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    files.remove("kustomization.yaml");
    (output.status.success(), text(&output.stdout).to_owned(), files)
}

fn printed() -> Outcome {
    (true, BUILT.to_owned(), BTreeMap::new())
}

fn written(name: &str) -> Outcome {
    (true, String::new(), BTreeMap::from([(name.to_owned(), BUILT.to_owned())]))
}

fn refused() -> Outcome {
    (false, String::new(), BTreeMap::new())
}

/// Arguments with commas between them; `BUILD` is the command.
fn table() -> Vec<(&'static str, Outcome)> {
    vec![
        ("BUILD", printed()),
        ("BUILD,d", printed()),
        ("BUILD,", refused()),
        ("BUILD,d,d", refused()),
        ("BUILD,d,", refused()),
        ("BUILD,-", refused()),
        ("BUILD,d,-o,f", written("f")),
        ("BUILD,-o,f,d", written("f")),
        ("BUILD,-of,d", written("f")),
        ("BUILD,d,-o=f", written("f")),
        ("BUILD,--output,f,d", written("f")),
        ("BUILD,d,--output=f", written("f")),
        ("BUILD,--output=f=x,d", written("f=x")),
        ("BUILD,-o,-x,d", written("-x")),
        ("BUILD,d,--output=e,--output=f", written("f")),
        ("BUILD,-oe,d,-of", written("f")),
        ("BUILD,-o,out,d", written("out/v1_configmap_p-a.yaml")),
        ("BUILD,-oout,d", written("out/v1_configmap_p-a.yaml")),
        ("BUILD,--output=,d", printed()),
        ("BUILD,--output,,d", printed()),
        ("BUILD,-o,f,-o,,d", printed()),
        ("BUILD,d,-o", refused()),
        ("BUILD,d,--output", refused()),
        ("BUILD,--,d", printed()),
        ("BUILD,d,--", printed()),
        ("BUILD,--,d,-o=f", refused()),
        ("BUILD,--,-o", refused()),
        ("BUILD,--enable-helm,d", printed()),
        ("BUILD,--enable-helm,true", refused()),
        ("BUILD,--enable-helm=true,d", printed()),
        ("BUILD,--enable-helm=0,d", printed()),
        ("BUILD,--enable-helm=maybe,d", refused()),
        ("BUILD,--enable-helm=,d", refused()),
        ("BUILD,-enable-helm,d", printed()),
        ("BUILD,-e,A=1,d", printed()),
        ("BUILD,-eA=1,--env=B,--mount,m,--helm-api-versions=v1,d", printed()),
        ("BUILD,--as-current-user,--network,--network-name,n,--helm-debug,--helm-kube-version=1,d", printed()),
        ("BUILD,--enable-alpha-plugins,--helm-command,h,d", printed()),
        ("BUILD,--load-restrictor,LoadRestrictionsNone,d", printed()),
        ("BUILD,--load-restrictor=,d", printed()),
        ("BUILD,--load-restrictor=none,d", refused()),
        ("BUILD,--load-restrictor=none,--load-restrictor=LoadRestrictionsRootOnly,d", printed()),
        ("BUILD,--nope,d", refused()),
        ("BUILD,--enable,d", refused()),
        ("BUILD,-x,d", refused()),
        ("BUILD,--=x,d", refused()),
        ("BUILD,---output=f,d", refused()),
        ("--output=f,BUILD,d", written("f")),
        ("-o,f,BUILD,d", written("f")),
        ("--enable-helm=true,BUILD,d", printed()),
        ("--enable-helm,BUILD,d", refused()),
    ]
}

fn arguments(row: &str, command: &'static str) -> Vec<String> {
    row.split(',').map(|word| if word == "BUILD" { command } else { word }.to_owned()).collect()
}

fn check(program: &str, command: &'static str) {
    for (row, expected) in table() {
        let arguments = arguments(row, command);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(run(program, &arguments), expected, "{program} {arguments:?}");
    }
}

#[test]
fn arguments_mean_what_they_mean_to_kustomize() {
    check(env!("CARGO_BIN_EXE_rustomize"), "build");
}

#[test]
fn kubectl_understands_them_so() {
    if !has_kubectl() {
        return;
    }
    check("kubectl", "kustomize");
}

#[test]
fn what_is_typed_wrong_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    for (arguments, first) in [
        (&["build", "--nope"][..], "unknown flag: --nope"),
        (&["build", "-Z"], "unknown flag: -Z"),
        (&["build", "--nope=1"], "unknown flag: --nope"),
        (&["build", "--output"], "a value is required for '--output <PATH>' but none was supplied"),
        (&["build", "-e"], "a value is required for '--env <VARIABLE>' but none was supplied"),
        (&["build", "--network=perhaps"], "invalid value 'perhaps' for '--network[=<BOOL>]': true or false expected"),
        (&["build", "--reorder", "alphabet"], "illegal value alphabet of --reorder"),
        (&["build", "--load-restrictor", "x"], "illegal value x of --load-restrictor"),
        (&["build", "a", "b"], "several directories given, one expected"),
        (&["bogus"], "unknown command \"bogus\" for \"rustomize\""),
        (&["edit", "bogus"], "unknown command \"bogus\" for \"rustomize edit\""),
        (&["edit", "add", "bogus"], "unknown command \"bogus\" for \"rustomize edit add\""),
        (&["openapi", "bogus"], "unknown command \"bogus\" for \"rustomize openapi\""),
        (&["completion"], "<SHELL> is missing"),
        (&["schema", "more"], "unexpected argument \"more\" for \"rustomize schema\""),
        (&["openapi", "fetch", "--format=xml"], "illegal value xml of --format"),
        (&["localize", "--nope"], "unknown flag: --nope"),
        (&["create", "--nope"], "unknown flag: --nope"),
        (&["edit", "add", "label", "--nope", "a:b"], "unknown flag: --nope"),
        (&["version", "--short", "-o", "json"], "--short and --output cannot be combined"),
    ] {
        let output = rustomize(place.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{arguments:?}");
        let said = text(&output.stderr);
        let error = said.lines().find(|line| line.starts_with("Error: "));
        assert_eq!(error, Some(&*format!("Error: {first} [usage]")), "{arguments:?}");
        assert!(!said.contains("Usage:"), "the error and not a page of help: {said}");
    }
}

#[test]
fn words_that_a_command_does_not_take_are_errors() {
    let place = directory(&[("kustomization.yaml", "resources: []\n")]);
    for arguments in [&["localize", "a", "b", "c"][..], &["create", "a"], &["edit", "fix", "a"]] {
        let output = rustomize(place.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{arguments:?}");
        assert_ne!(text(&output.stderr), "", "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(place.path().join("kustomization.yaml")).unwrap(), "resources: []\n");
}

#[test]
fn help_is_on_stdout_and_no_failure() {
    for arguments in [
        &[][..],
        &["-h"],
        &["help"],
        &["help", "build"],
        &["build", "--help"],
        &["--help", "build"],
        &["build", "d", "-h"],
        &["edit"],
        &["edit", "add"],
        &["edit", "set", "-h"],
        &["openapi"],
        &["localize", "-h"],
    ] {
        let output = rustomize(Path::new("."), arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
        assert!(text(&output.stdout).contains("Usage: rustomize"), "{arguments:?}");
    }
    let build = rustomize(Path::new("."), &["build", "-h"]);
    for hidden in ["--reorder", "--enable-managedby-label", "--stack-trace"] {
        assert!(!text(&build.stdout).contains(hidden), "{hidden} is not for people who begin today");
    }
}
