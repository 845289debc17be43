//! Pages of the documentation whose examples are run.

use std::fs;

use crate::program::{repository, rustomize, text};

/// Runs every `$ rustomize …` of the page's `console` blocks at the root of the repository, and compares what it prints
/// with what stands below it. How many there were.
fn check(page: &str) -> usize {
    let content = fs::read_to_string(repository(page)).unwrap();
    let mut examples = 0;
    for block in content.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        for example in block.split("$ rustomize ").skip(1) {
            let (command, expected) = example.split_once('\n').unwrap();
            let arguments: Vec<&str> = command.split_whitespace().collect();
            let output = rustomize(&repository(""), &arguments);
            assert_eq!(text(&output.stderr), "", "{page}: {command}");
            assert_eq!(text(&output.stdout).trim_end(), expected.trim_end(), "{page}: {command}");
            examples += 1;
        }
    }
    examples
}

#[test]
fn the_examples_of_deps_are_what_is_printed() {
    assert!(check("docs/deps.md") >= 4);
}
