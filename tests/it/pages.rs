//! Pages of the documentation whose examples are run.

use std::fs;
use std::path::Path;

use crate::place::Place;
use crate::program::{copy, repository, rustomize, text, undisturbed};

/// Runs the commands of the page's `console` blocks in a directory, and compares what `rustomize` prints with what stands
/// below it. How many there were.
fn check(page: &str, directory: &Path) -> usize {
    let content = fs::read_to_string(repository(page)).unwrap();
    let mut examples = 0;
    for block in content.split("```console\n").skip(1) {
        let block = block.split("\n```\n").next().unwrap_or_default();
        for example in block.strip_prefix("$ ").unwrap_or_default().split("\n$ ") {
            let (command, expected) = example.split_once('\n').unwrap_or((example, ""));
            let Some(arguments) = command.strip_prefix("rustomize ") else {
                let status = undisturbed("sh").args(["-c", command]).current_dir(directory).status().unwrap();
                assert!(status.success(), "{page}: {command}");
                continue;
            };
            let arguments: Vec<&str> = arguments.split_whitespace().collect();
            let output = rustomize(directory, &arguments);
            assert_eq!(text(&output.stderr), "", "{page}: {command}");
            assert_eq!(text(&output.stdout).trim_end(), expected.trim_end(), "{page}: {command}");
            examples += 1;
        }
    }
    examples
}

/// A repository with the example in it, in a place of its own.
fn example() -> Place {
    let place = Place::new();
    for part in ["bases", "overlays"] {
        copy(&repository(part), &place.path("example").join(part));
    }
    place.git("example", &["init", "-q"]);
    place.git("example", &["add", "."]);
    place.git("example", &["commit", "-qm", "first"]);
    place
}

#[test]
fn the_examples_of_check_are_what_is_printed() {
    let place = example();
    assert!(check("docs/check.md", &place.path("example")) >= 3);
}

#[test]
fn the_examples_of_deps_are_what_is_printed() {
    assert!(check("docs/deps.md", &repository("")) >= 4);
}

#[test]
fn the_examples_of_diff_are_what_is_printed() {
    let place = example();
    assert!(check("docs/diff.md", &place.path("example")) >= 4);
}

#[test]
fn the_examples_of_explain_are_what_is_printed() {
    assert!(check("docs/explain.md", &repository("")) >= 4);
}
