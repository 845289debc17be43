//! `rustomize edit fix`: what it does to vars, and what it says of the build.

use std::fs;

use crate::program::{copy, repository, rustomize, text};

/// A copy of a folder of testdata.
fn copy_of(folder: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&repository("testdata").join(folder), directory.path());
    directory
}

fn read(directory: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(directory.path().join(name)).unwrap()
}

#[test]
fn vars_become_replacements_and_the_build_stays_the_same() {
    let tree = copy_of("vars");
    let before = rustomize(tree.path(), &["build"]).stdout;
    assert!(text(&before).contains("https/shop.example.com/web/web"), "{}", text(&before));

    let fixed = rustomize(tree.path(), &["edit", "fix", "--vars"]);
    assert_eq!((fixed.status.code(), text(&fixed.stderr)), (Some(0), ""));
    let after = rustomize(tree.path(), &["build"]);
    assert_eq!(text(&after.stdout), text(&before));
    assert_eq!(text(&after.stderr), "", "no word of deprecated fields");

    let kustomization = read(&tree, "kustomization.yaml");
    let (head, tail) = kustomization.split_once("\nreplacements: # what pods are told\n").unwrap();
    assert!(head.contains("# the shop behind its address\nresources:\n- base\n"), "{head}");
    assert!(tail.starts_with("- source:\n    fieldPath: data.HOST\n    kind: ConfigMap\n    name: settings\n    version: v1\n  targets:\n  - fieldPaths:\n    - spec.template.spec.containers.0.args.1\n    select:\n      group: apps\n      kind: Deployment\n      name: web\n      version: v1\n"), "{tail}");
    let web = read(&tree, "base/web.yaml");
    assert!(web.contains("[--host, HOST_PLACEHOLDER, --url, https/HOST_PLACEHOLDER/web/SERVICE_PLACEHOLDER]"), "{web}");
    assert!(web.starts_with("# the web tier\n"));
    assert!(read(&tree, "patch.yaml").contains("value: \"SERVICE_PLACEHOLDER\" # by the patch\n"));
}

#[test]
fn a_dry_run_shows_every_file_that_would_change() {
    let tree = copy_of("vars");
    let output = rustomize(tree.path(), &["edit", "fix", "--vars", "--dry-run"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for name in ["base/web.yaml", "patch.yaml", "kustomization.yaml"] {
        assert!(text(&output.stdout).contains(&format!("--- a/{name}\n+++ b/{name}\n")), "{name}");
        assert_eq!(read(&tree, name), fs::read_to_string(repository("testdata/vars").join(name)).unwrap());
    }
}

#[test]
fn a_var_that_cannot_be_replaced_leaves_all_files_as_they_are() {
    let tree = copy_of("vars");
    let web = read(&tree, "base/web.yaml").replace("$(HOST),", "http://$(HOST):80,");
    fs::write(tree.path().join("base/web.yaml"), &web).unwrap();
    let before = read(&tree, "kustomization.yaml");
    let output = rustomize(tree.path(), &["edit", "fix", "--vars"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("http://$(HOST):80"), "{}", text(&output.stderr));
    assert_eq!((read(&tree, "base/web.yaml"), read(&tree, "kustomization.yaml")), (web, before));
}

#[test]
fn a_build_that_would_change_is_told_with_the_names_of_the_resources() {
    let tree = copy_of("vars");
    // A var inside of generated data is beyond replacements.
    let generated =
        read(&tree, "kustomization.yaml").replace("[HOST=shop.example.com]", "[HOST=shop.example.com, URL=$(HOST)]");
    fs::write(tree.path().join("kustomization.yaml"), generated + "configurations: [fields.yaml]\n").unwrap();
    fs::write(tree.path().join("fields.yaml"), "varReference:\n- {kind: ConfigMap, path: data}\n").unwrap();
    let output = rustomize(tree.path(), &["edit", "fix", "--vars", "--dry-run"]);
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("Warning: kustomization.yaml no longer builds to the same"),
        "{said}"
    );
    assert!(said.contains("changed: ConfigMap settings-"), "{said}");
}
