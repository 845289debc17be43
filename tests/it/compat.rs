//! `--compat`: each folder of `testdata/compat` is a tree that shows something that has changed since kustomize 5.8.1
//! (or something beside it that has not), with what it builds to as either, or what is said when it does not build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::program::{command, has_kubectl, repository, rustomize, text, undisturbed};

const MODES: [&str; 2] = ["5.8.1", "newest"];

fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir(repository("testdata/compat")).unwrap();
    let mut cases: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 12, "the cases are there");
    cases
}

/// What a case prints on stdout and stderr: one of the two.
fn expected(case: &Path, mode: &str) -> (String, String) {
    let read = |end: &str| fs::read_to_string(case.join(format!("{mode}{end}"))).unwrap_or_default();
    let (stdout, stderr) = (read(".yaml"), read(".stderr.txt"));
    assert_ne!(stdout.is_empty(), stderr.is_empty(), "{}: {mode}", case.display());
    (stdout, stderr)
}

fn printed(output: &Output) -> (String, String) {
    assert_eq!(output.status.success(), !output.stdout.is_empty());
    (text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

#[test]
fn trees_build_as_the_kustomize_asked_for_builds_them() {
    for case in cases() {
        for mode in MODES {
            let output = rustomize(&case, &["build", "--compat", mode, "."]);
            assert_eq!(printed(&output), expected(&case, mode), "{}: {mode}", case.display());
        }
        let output = rustomize(&case, &["build"]);
        assert_eq!(printed(&output), expected(&case, "newest"), "{}: the newest is the default", case.display());
    }
}

#[test]
fn the_environment_can_ask_too_and_the_flag_wins() {
    let case = repository("testdata/compat/labels-of-templates-and-claims");
    let build = |variable: &str, arguments: &[&str]| {
        let mut command = command(&case, &["build"]);
        printed(&command.args(arguments).env("RUSTOMIZE_COMPAT", variable).output().unwrap())
    };
    let [old, new] = MODES.map(|mode| expected(&case, mode));
    for (variable, arguments, expected) in [
        ("5.8.1", &[][..], &old),
        ("v5.8.1", &[], &old),
        ("newest", &[], &new),
        ("", &[], &new),
        ("5.8.1", &["--compat=newest"], &new),
        ("newest", &["--compat", "5.8.1"], &old),
        ("4.0.0", &["--compat", "5.8.1"], &old),
        ("", &["--compat=newest", "--compat=5.8.1"], &old),
    ] {
        assert_eq!(&build(variable, arguments), expected, "{variable:?} {arguments:?}");
    }
    for (variable, arguments, said) in [
        ("5.5.0", &[][..], "Error: illegal value 5.5.0 of RUSTOMIZE_COMPAT [usage]\nhelp: use 5.8.1 or newest\n"),
        ("", &["--compat=5.8"], "Error: illegal value 5.8 of --compat [usage]\nhelp: use 5.8.1 or newest\n"),
        ("5.8.1", &["--compat="], "Error: illegal value \"\" of --compat [usage]\nhelp: use 5.8.1 or newest\n"),
    ] {
        assert_eq!(build(variable, arguments), (String::new(), said.to_owned()), "{variable:?} {arguments:?}");
    }
}

/// A copy is made and verified by the rules of paths of the kustomize that was asked for.
#[test]
fn localize_builds_as_asked_for_too() {
    let case = repository("testdata/compat/folded-path");
    let target = case.to_str().unwrap();
    let place = tempfile::tempdir().unwrap();
    let localized = |arguments: &[&str], variable: &str| {
        let mut command = command(place.path(), &["localize", target, "copy"]);
        let output = command.args(arguments).env("RUSTOMIZE_COMPAT", variable).output().unwrap();
        let made = place.path().join("copy/base..2/kustomization.yaml").is_file();
        let _ = fs::remove_dir_all(place.path().join("copy"));
        assert_eq!(output.status.success(), made, "{}", text(&output.stderr));
        made
    };
    assert!(!localized(&[], ""));
    assert!(localized(&["--compat=5.8.1"], ""));
    assert!(localized(&[], "5.8.1"));
    assert!(!localized(&["--compat=newest"], "5.8.1"));
    assert!(!localized(&["--no-verify"], "4"), "an unknown one is an error whether anything is built or not");
}

/// Where kustomize inside of kubectl 1.32 (5.5.0) is older still.
const TOO_NEW_FOR_KUBECTL: [&str; 1] = ["replacement-into-a-text"];

/// What we do as 5.8.1 is what kubectl's kustomize does. Where kubectl is not installed there is nothing to ask.
#[test]
fn kubectl_builds_as_the_last_release_does() {
    if !has_kubectl() {
        return;
    }
    for case in cases().into_iter().filter(|case| TOO_NEW_FOR_KUBECTL.iter().all(|name| !case.ends_with(name))) {
        let output = undisturbed("kubectl").args(["kustomize", "."]).current_dir(&case).output().unwrap();
        let stdout = if output.status.success() { text(&output.stdout) } else { "" };
        assert_eq!(stdout, expected(&case, "5.8.1").0, "{}", case.display());
    }
}
