//! Flags, streams and exit statuses.

use std::fs;

use crate::program::{command, directory, files_below, rustomize, text};

/// A directory with a kustomization of two ConfigMaps in two namespaces and one Namespace.
fn tree() -> tempfile::TempDir {
    directory(&[
        ("kustomization.yaml", "resources: [a.yaml, b.yaml, n.yaml]\n"),
        ("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: A, namespace: One}}\n"),
        ("b.yaml", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: two}}\n"),
        ("n.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: two}}\n"),
    ])
}

const BUILT: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: two
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: A
  namespace: One
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: b
  namespace: two
";

#[test]
fn the_current_directory_is_built_without_an_argument() {
    let tree = tree();
    let output = rustomize(tree.path(), &["build"]);
    assert_eq!((text(&output.stdout), text(&output.stderr)), (BUILT, ""));
    assert!(output.status.success());
}

#[test]
fn the_output_can_be_a_file() {
    let tree = tree();
    let output = rustomize(tree.path(), &["build", "-o", "out.yaml", "."]);
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("", ""));
    assert_eq!(fs::read_to_string(tree.path().join("out.yaml")).unwrap(), BUILT);
}

#[test]
fn the_output_can_be_a_directory_of_files() {
    let tree = tree();
    let out = tree.path().join("out");
    fs::create_dir(&out).unwrap();
    let output = rustomize(tree.path(), &["build", "--output=out"]);
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("", ""));
    let expected = ["one_v1_configmap_a.yaml", "two_apps_v1_deployment_b.yaml", "v1_namespace_two.yaml"];
    assert_eq!(files_below(&out), expected);
    let first = fs::read_to_string(out.join(expected[0])).unwrap();
    assert_eq!(first, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A\n  namespace: One\n");
}

#[test]
fn a_build_that_fails_writes_no_output() {
    let tree = tree();
    fs::write(tree.path().join("out.yaml"), "before\n").unwrap();
    fs::remove_file(tree.path().join("n.yaml")).unwrap();
    let output = rustomize(tree.path(), &["build", "-oout.yaml"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert_eq!(fs::read_to_string(tree.path().join("out.yaml")).unwrap(), "before\n");
}

#[test]
fn deprecated_flags_work_and_say_so() {
    let tree = tree();
    let output = rustomize(tree.path(), &["build", "--reorder", "none"]);
    assert!(text(&output.stdout).starts_with("apiVersion: v1\nkind: ConfigMap\n"));
    assert_eq!(
        text(&output.stderr),
        "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.\n"
    );
}

#[test]
fn the_label_of_kustomize_can_be_asked_for() {
    let tree = tree();
    for (arguments, labels) in [
        (&["build", "--enable-managedby-label"][..], 3),
        (&["build", "--enable-managedby-label", "--enable-managedby-label=false"], 0),
    ] {
        let output = rustomize(tree.path(), arguments);
        assert_eq!(text(&output.stdout).matches("app.kubernetes.io/managed-by: kustomize-v5.8.1\n").count(), labels);
        let warned = text(&output.stderr).starts_with("Flag --enable-managedby-label has been deprecated, ");
        assert_eq!(warned, labels > 0);
        assert!(output.status.success());
    }
}

#[test]
fn an_order_of_the_kustomization_counts_more_than_a_flag() {
    let tree = tree();
    fs::write(tree.path().join("kustomization.yaml"), "resources: [a.yaml, n.yaml]\nsortOptions: {order: fifo}\n")
        .unwrap();
    for (arguments, warnings) in
        [(&["build"][..], 0), (&["build", "--reorder=legacy"], 1), (&["build", "--reorder=none"], 1)]
    {
        let output = rustomize(tree.path(), arguments);
        assert!(text(&output.stdout).starts_with("apiVersion: v1\nkind: ConfigMap\n"), "{arguments:?}");
        let warning = "the order is set both by `sortOptions` and by `--reorder`; the kustomization wins";
        assert_eq!(text(&output.stderr).matches(warning).count(), warnings, "{arguments:?}");
    }
}

#[test]
fn files_outside_of_the_root_can_be_allowed() {
    let tree = tree();
    let app = tree.path().join("app");
    fs::create_dir(&app).unwrap();
    let content = "resources: [../a.yaml]\nconfigMapGenerator:\n- {name: c, files: [../b.yaml]}\n";
    fs::write(app.join("kustomization.yaml"), content).unwrap();
    let refused = rustomize(tree.path(), &["build", "app"]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), ""));
    assert!(text(&refused.stderr).contains("[outside-root]"));
    let built = rustomize(tree.path(), &["build", "app", "--load-restrictor", "LoadRestrictionsNone"]);
    assert!(built.status.success() && text(&built.stdout).contains("b.yaml:"), "{}", text(&built.stderr));
}

#[test]
fn the_environment_can_ask_for_the_label_of_kustomize() {
    let tree = tree();
    let mut command = command(tree.path(), &["build"]);
    let mut labelled = |value: &str| {
        let output = command.env("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL", value).output().unwrap();
        text(&output.stdout).matches("app.kubernetes.io/managed-by: kustomize-v").count()
    };
    assert_eq!(["on", "true", ""].map(&mut labelled), [3, 0, 0]);
}

#[test]
fn help_and_version_are_on_stdout() {
    let tree = tree();
    for arguments in [&[][..], &["--help"], &["help"], &["build", "-h"], &["version"], &["version", "-oyaml"]] {
        let output = rustomize(tree.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
        assert_ne!(text(&output.stdout), "", "{arguments:?}");
    }
    let nothing = rustomize(tree.path(), &["version", "-o", "xml"]);
    assert_eq!((nothing.status.code(), text(&nothing.stdout)), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::Stdio;
    let tree = tree();
    let mut command = command(tree.path(), &["build"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_stderr_that_cannot_be_written_to_changes_nothing() {
    use std::process::{Command, Stdio};
    let tree = tree();
    fs::create_dir(tree.path().join("broken")).unwrap();
    fs::write(tree.path().join("broken/kustomization.yaml"), "nope: 1\n").unwrap();
    for (arguments, status) in [
        (&["version", "--short"][..], 0),
        (&["build", "--reorder", "none"], 0),
        (&["diff", "--reorder", "none", ".", "."], 0),
        (&["explain", "--reorder", "none"], 0),
        (&["deps", "--changed", "a.yaml", "."], 1),
        (&["localize", ".", "copy"], 0),
        (&["edit", "add", "configuration", "none.yaml"], 0),
        (&["build", "broken"], 1),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rustomize"));
        let command = command.args(arguments).current_dir(tree.path()).stdout(Stdio::null()).stderr(full);
        assert_eq!(command.status().unwrap().code(), Some(status), "{arguments:?}");
        assert_ne!(text(&rustomize(tree.path(), arguments).stderr), "", "{arguments:?} has something to say");
    }
}
