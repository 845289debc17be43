//! `rustomize explain` and `build --provenance`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{directory, repository, rustomize, text};

/// What `explain` prints, and its exit status.
fn explained(directory: &Path, arguments: &[&str]) -> (String, i32) {
    let all: Vec<&str> = ["explain"].iter().chain(arguments).copied().collect();
    let output = rustomize(directory, &all);
    let status = output.status.code().unwrap();
    let shown = if status == 2 { text(&output.stderr) } else { text(&output.stdout) };
    (shown.to_owned(), status)
}

/// The lines that say where one field of the example comes from.
fn of_example(arguments: &[&str]) -> String {
    let (shown, status) = explained(&repository(""), arguments);
    assert_eq!(status, 1, "{shown}");
    shown.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn each_kind_of_step_names_its_line() {
    let prod = |resource, field| of_example(&["overlays/prod", resource, field]);
    assert_eq!(
        prod("Deployment/service-discovery", "spec.replicas"),
        "spec.replicas: 3\n  \
         bases/service-discovery/deployment.yaml:6:13  resource  1\n  \
         overlays/prod/kustomization.yaml:43:10        replicas  1 -> 3\n"
    );
}

#[test]
fn what_is_wrong_suggests_the_nearest() {
    for (arguments, near) in [
        (&["overlays/prod", "Deployment/servce-discovery"][..], "Deployment/service-discovery"),
        (&["overlays/prod", "Deployment/service-discovery", "spec.replcas"], "replicas"),
        (&["overlays/prod", "Deployment/service-discovery", "spec.template.spec.containers.servr"], "server"),
        (
            &["overlays/prod", "Deployment/service-discovery", "spec.template.spec.containers[name=servr].image"],
            "name=server",
        ),
    ] {
        let (shown, status) = explained(&repository(""), arguments);
        assert_eq!(status, 2);
        assert!(shown.contains(&format!("did you mean `{near}`?")), "{shown}");
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        image: app:1
        env:
        - {name: A, value: x}
        - {name: B, value: y}
      - name: side
        image: side:1
";

#[test]
fn deleted_fields_and_resources_are_explained() {
    let place = directory(&[
        ("deployment.yaml", DEPLOYMENT),
        ("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gone\n"),
        (
            "kustomization.yaml",
            "resources: [deployment.yaml, cm.yaml]\npatches:\n- path: delete.yaml\n- path: side.yaml\n- target: {kind: Deployment}\n  \
             patch: |-\n    - op: remove\n      path: /spec/template/spec/containers/0/env/0\n",
        ),
        ("delete.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gone\n$patch: delete\n"),
        (
            "side.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      \
             containers:\n      - name: side\n        $patch: delete\n",
        ),
    ]);
    let (shown, status) = explained(place.path(), &["."]);
    assert_eq!(status, 1);
    assert!(shown.contains("ConfigMap/gone"), "{shown}");
    assert!(shown.contains("deleted: delete.yaml:5:9 patch"), "{shown}");
    let field = |path| explained(place.path(), &[".", "Deployment/web", path]).0;
    let shown = field("spec.template.spec.containers.side.image");
    assert!(shown.contains("containers[name=side].image: deleted"), "{shown}");
    assert!(shown.contains("side.yaml:10:17        patch     side:1 -> deleted"), "{shown}");
    let shown = field("spec.template.spec.containers.web.env.A.value");
    assert!(shown.contains("kustomization.yaml:7:7  patch     x -> deleted"), "{shown}");
    let shown = field("spec.template.spec.containers[0].env[0].value");
    assert!(shown.contains("env[name=B].value: y\n"), "{shown}");
}

#[test]
fn the_status_says_whether_a_step_changed_anything() {
    let place = directory(&[
        ("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  b: c\n"),
        ("kustomization.yaml", "resources: [cm.yaml]\nnamePrefix: x-\n"),
    ]);
    let status = |arguments: &[&str]| explained(place.path(), arguments).1;
    assert_eq!(status(&[".", "ConfigMap/a", "data.b"]), 0);
    assert_eq!(status(&[".", "ConfigMap/a", "metadata.name"]), 1);
    assert_eq!(status(&[".", "ConfigMap/x-a"]), 1);
    assert_eq!(status(&["."]), 1);
    assert_eq!(status(&[".", "ConfigMap/b"]), 2);
    assert_eq!(status(&["nowhere"]), 2);
    assert_eq!(status(&[".", "--nope"]), 2);
}

#[test]
fn provenance_changes_nothing_of_the_build() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("provenance.json");
    for environment in ["dev", "stage", "prod"] {
        let arguments = ["build", &format!("overlays/{environment}"), "--provenance", file.to_str().unwrap()];
        let output = rustomize(&repository(""), &arguments);
        let expected = fs::read_to_string(repository(&format!("testdata/example/{environment}.yaml"))).unwrap();
        assert_eq!(text(&output.stdout), expected);
        let provenance: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(provenance["resources"].as_array().unwrap().len(), expected.matches("\nkind:").count());
    }
}

#[test]
fn a_replacement_may_rename_its_own_source() {
    let kustomization = "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a-b, fieldPath: metadata.name, \
                         options: {delimiter: '-', index: 1}}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]\n";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-b\n";
    let place = directory(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]);
    let (shown, status) = explained(place.path(), &[".", "ConfigMap/b", "metadata.name"]);
    assert_eq!(status, 1, "{shown}");
    assert!(shown.contains("replacement") && shown.contains("a.yaml:4:9"), "{shown}");
}
