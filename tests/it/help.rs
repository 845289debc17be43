//! Help, manual pages, completion and colour.

use std::fs;
use std::process::{Command, Output};

use crate::program::{command, repository, rustomize, skipped, text};

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(&repository(""), arguments);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn commands_that_need_another_word_print_their_help() {
    for arguments in [&[][..], &["edit"], &["edit", "add"], &["edit", "set"], &["edit", "remove"], &["cfg"], &["fn"]] {
        let output = run(arguments, &[]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
        assert!(text(&output.stdout).contains("Usage: rustomize"), "{arguments:?}");
        assert!(text(&output.stdout).contains("Examples:\n  rustomize "), "{arguments:?}");
    }
}

#[test]
fn help_has_examples_in_every_form() {
    for arguments in
        [&["help", "edit", "set", "image"][..], &["edit", "set", "image", "--help"], &["edit", "set", "image", "-h"]]
    {
        let output = run(arguments, &[]);
        assert!(text(&output.stdout).contains("Examples:\n  rustomize edit set image"), "{arguments:?}");
    }
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = run(arguments, environment);
        text(&output.stdout).contains('\u{1b}') || text(&output.stderr).contains('\u{1b}')
    };
    for arguments in [&["build", "no-such-directory"][..], &["--help"], &["build", "--nope"]] {
        let with = |more: &[&'static str]| [arguments, more].concat();
        assert!(!coloured(arguments, &[]), "{arguments:?}: neither is a terminal");
        assert!(!coloured(&with(&["--color=auto"]), &[]), "{arguments:?}");
        assert!(coloured(&with(&["--color", "always"]), &[]), "{arguments:?}");
        assert!(coloured(&with(&["--color=always"]), &[("NO_COLOR", "1")]), "{arguments:?}");
        assert!(coloured(arguments, &[("CLICOLOR_FORCE", "1")]), "{arguments:?}");
        assert!(!coloured(&with(&["--color=never"]), &[("CLICOLOR_FORCE", "1")]), "{arguments:?}");
    }
    let wrong = run(&["build", "--color", "sometimes"], &[]);
    assert_eq!((wrong.status.code(), text(&wrong.stdout)), (Some(1), ""));
}

#[test]
fn what_is_built_has_no_colour() {
    let output = run(&["build", "overlays/dev", "--color=always", "--stack-trace"], &[]);
    assert!(output.status.success() && !text(&output.stdout).contains('\u{1b}'));
}

#[test]
fn manual_pages_are_printed_or_written() {
    let page = run(&["man", "edit", "set", "image"], &[]);
    assert!(text(&page.stdout).contains(".TH rustomize-edit-set-image 1"), "{}", text(&page.stdout));
    assert!(text(&page.stdout).contains("registry.example.com"), "with its example");
    assert_eq!(run(&["man", "bogus"], &[]).status.code(), Some(1));

    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    assert!(run(&["man", "--output", pages.to_str().unwrap()], &[]).status.success());
    for name in ["rustomize.1", "rustomize-build.1", "rustomize-edit-add-resource.1"] {
        assert!(fs::read_to_string(pages.join(name)).unwrap().contains(".SH NAME"), "{name}");
    }
}

#[test]
fn each_shell_has_a_script() {
    for (shell, part) in
        [("bash", "complete"), ("zsh", "compdef"), ("fish", "complete"), ("powershell", "Register-Argument")]
    {
        let output = run(&["completion", shell], &[]);
        assert!(output.status.success() && text(&output.stdout).contains(part), "{shell}");
        assert!(text(&output.stdout).contains("RUSTOMIZE_COMPLETE"), "{shell}");
    }
    for arguments in [&["completion"][..], &["completion", "csh"]] {
        let output = run(arguments, &[]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{arguments:?}");
    }
}

/// What fish is offered for the last of some words.
fn offered(words: &[&str]) -> Vec<String> {
    let output = run(&[&["--", "rustomize"], words].concat(), &[("RUSTOMIZE_COMPLETE", "fish")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn completion_knows_commands_flags_and_directories_with_a_kustomization() {
    let commands = offered(&["edit", "set", "name"]);
    assert_eq!(commands, ["nameprefix", "namesuffix", "namespace"]);
    assert!(offered(&["build", "--load"]).contains(&"--load-restrictor".to_owned()));
    assert_eq!(offered(&["build", "overlays/"]), ["overlays/dev/", "overlays/prod/", "overlays/stage/"]);
    let here = offered(&["build", "ba"]);
    assert_eq!(here, ["bases/"], "a directory that leads on, but no file");
    assert_eq!(offered(&["edit", "add", "resource", "overlays/dev/kust"]), ["overlays/dev/kustomization.yaml"]);
    assert_eq!(offered(&["--color", "n"]), ["never"]);
}

#[test]
fn completion_knows_what_paths_can_stand_where() {
    let (file, folder) = ("overlays/dev/kustomization.yaml", "overlays/dev/");
    for (words, partial, expected) in [
        (&["diff"][..], "overlays/dev/kust", file),
        (&["diff", "overlays/dev"], "overlays/d", folder),
        (&["explain"], "overlays/d", folder),
        (&["deps"], "overlays/d", folder),
        (&["deps", "--changed"], "overlays/dev/kust", file),
        (&["build", "--output"], "overlays/dev/kust", file),
        (&["build", "--provenance"], "overlays/dev/kust", file),
        (&["argocd", "generate"], "overlays/d", folder),
        (&["argocd", "discover"], "overlays/d", folder),
        (&["localize"], "overlays/d", folder),
        (&["localize", "overlays/dev"], "overlays/d", folder),
        (&["localize", "--scope"], "overlays/d", folder),
        (&["man", "--output"], "overlays/d", folder),
        (&["cfg", "cat"], "overlays/dev/kust", file),
        (&["cfg", "count"], "overlays/dev/kust", file),
        (&["cfg", "grep", "kind=A"], "overlays/dev/kust", file),
        (&["cfg", "tree"], "overlays/dev/kust", file),
        (&["cfg", "cat", "--function-config"], "overlays/dev/kust", file),
        (&["cfg", "cat", "--dest"], "overlays/dev/kust", file),
        (&["fn", "run"], "overlays/dev/kust", file),
        (&["fn", "run", "--fn-path"], "overlays/d", folder),
        (&["fn", "run", "--exec-path"], "overlays/d", folder),
        (&["fn", "run", "--results-dir"], "overlays/d", folder),
        (&["create", "--resources"], "overlays/dev/kust", file),
        (&["edit", "add", "base"], "overlays/d", folder),
        (&["edit", "add", "component"], "overlays/d", folder),
        (&["edit", "add", "configuration"], "overlays/dev/kust", file),
        (&["edit", "add", "generator"], "overlays/dev/kust", file),
        (&["edit", "add", "transformer"], "overlays/dev/kust", file),
        (&["edit", "add", "configmap", "a", "--from-file"], "overlays/dev/kust", file),
        (&["edit", "add", "secret", "a", "--from-env-file"], "overlays/dev/kust", file),
        (&["edit", "add", "patch", "--path"], "overlays/dev/kust", file),
        (&["edit", "remove", "patch", "--path"], "overlays/dev/kust", file),
        (&["edit", "remove", "resource"], "overlays/dev/kust", file),
    ] {
        assert_eq!(offered(&[words, &[partial]].concat()), [expected], "{words:?}");
    }
    assert_eq!(offered(&["edit", "add", "label", "over"]), [""; 0], "a label is no path");
}

#[cfg(unix)]
#[test]
fn bash_takes_the_script() {
    let script = run(&["completion", "bash"], &[]);
    let Ok(output) = Command::new("bash").args(["-n", "-c", text(&script.stdout)]).output() else {
        skipped("whether bash takes its script, as there is no bash");
        return;
    };
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn the_version_flag_and_the_command_agree() {
    let directory = tempfile::tempdir().unwrap();
    let version = rustomize(directory.path(), &["--version"]);
    assert!(text(&version.stdout).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn topics_are_listed_and_shown() {
    let listed = run(&["--help"], &[]);
    for topic in [
        "docs-fn",
        "docs-fn-spec",
        "docs-io-annotations",
        "docs-merge",
        "docs-merge3",
        "tutorials-command-basics",
        "tutorials-function-basics",
    ] {
        let shown = run(&["help", topic], &[]);
        assert!(shown.status.success());
        let (title, _) = text(&shown.stdout).split_once("\n\n").unwrap();
        assert!(text(&listed.stdout).contains(title), "{title}");
        assert_eq!(run(&[topic], &[]).stdout, shown.stdout);
    }
}
