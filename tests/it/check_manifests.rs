//! `check`, of the manifests: where faults are shown, and what decides on what is one. Each rule has its folder: see `check`.

use std::path::Path;

use crate::program::{directory, rustomize, text};

/// What `check` prints in a directory, and its exit status.
fn checked(directory: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = rustomize(directory, &[&["check"], arguments].concat());
    assert_eq!(text(&output.stderr), "", "{}", directory.display());
    (text(&output.stdout).to_owned(), output.status.code())
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

#[test]
fn a_fault_is_shown_where_it_was_written() {
    let files = directory(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        (
            "kustomization.yaml",
            "\
resources: [base]
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/replicas
      value: many
namePrefix: my_
labels:
- pairs:
    team: a/b
",
        ),
        (
            "patch.yaml",
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        imagePulPolicy: Always
",
        ),
    ]);
    let (found, status) = checked(files.path(), &["."]);
    let lines: Vec<&str> = found.lines().filter(|line| line.starts_with("Error")).collect();
    assert_eq!(
        lines,
        [
            "Error: `replicas` must be a whole number, found a text (kustomization.yaml:8) [schema-type]",
            "Error: `name` cannot be `my_web` (kustomization.yaml:9) [invalid-name]",
            "Error: `team` cannot be `a/b` (kustomization.yaml:12) [invalid-label]",
            "Error: an item of `containers` has no field `imagePulPolicy` (patch.yaml:9) [schema-field]",
        ]
    );
    assert_eq!(status, Some(1));
}

#[test]
fn the_release_decides_what_is_there() {
    let budget = "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n";
    let sidecar = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: a}]
  initContainers: [{name: b, image: b, restartPolicy: Always}]
";
    let files =
        directory(&[("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("a.yaml", budget), ("b.yaml", sidecar)]);
    let at = |version: &str| checked(files.path(), &["--kube-version", version, "."]).0;
    let first_lines = |found: String| {
        found.lines().filter(|line| line.starts_with(['E', 'W'])).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        first_lines(at("1.25")),
        [
            "Warning: HorizontalPodAutoscaler of `autoscaling/v2beta2` is deprecated since Kubernetes 1.23 (a.yaml:1) [deprecated-api]",
            "Error: an item of `initContainers` has no field `restartPolicy` (b.yaml:6) [schema-field]",
        ]
    );
    assert_eq!(
        first_lines(at("v1.30.2")),
        [
            "Error: HorizontalPodAutoscaler of `autoscaling/v2beta2` is gone since Kubernetes 1.26 (a.yaml:1) [removed-api]"
        ]
    );
    let unknown = rustomize(files.path(), &["check", "--kube-version", "1.24"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("known are those of 1.25 to 1."), "{}", text(&unknown.stderr));
}

#[test]
fn definitions_can_lie_in_a_folder_of_their_own() {
    let definition = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  names: {kind: Boat, plural: boats}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {length: {type: integer}}}}}}
";
    let files = directory(&[
        ("app/kustomization.yaml", "resources: [boat.yaml]\n"),
        ("app/boat.yaml", "apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: a}\nspec: {length: long}\n"),
        ("crds/boats.yaml", definition),
    ]);
    assert_eq!(checked(files.path(), &["app"]), (String::new(), Some(0)));
    for path in ["crds", "crds/boats.yaml"] {
        let (found, status) = checked(files.path(), &["--crds", path, "app"]);
        assert!(
            found.starts_with("Error: `length` must be a whole number, found a text (app/boat.yaml:4) [schema-type]")
        );
        assert_eq!(status, Some(1));
    }
}
