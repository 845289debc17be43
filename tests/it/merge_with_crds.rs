//! `build --merge-with-crds`: lists of custom resources merge by the keys that their CustomResourceDefinitions name.

use std::path::Path;

use crate::program::{directory, rustomize, text};

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: boats.example.com
  annotations: {config.kubernetes.io/local-config: 'true'}
spec:
  group: example.com
  names: {kind: Boat, plural: boats}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              crew:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  properties: {name: {type: string}, role: {type: string}}
              flags:
                type: array
                x-kubernetes-list-type: set
                items: {type: string}
              log:
                type: array
                x-kubernetes-list-type: atomic
                items: {type: string}
";

const BOAT: &str = "\
apiVersion: example.com/v1
kind: Boat
metadata:
  name: anna
spec:
  crew:
  - name: eva
    role: cook
  - name: jan
    role: mate
  flags:
  - red
  log:
  - sailed
";

const PATCH: &str = "\
apiVersion: example.com/v1
kind: Boat
metadata:
  name: anna
spec:
  crew:
  - name: jan
    role: captain
  flags:
  - green
  log:
  - sunk
";

/// Without the merge keys each list is the patch's, and nothing but lists is there.
const REPLACED: &str = PATCH;

const MERGED: &str = "\
apiVersion: example.com/v1
kind: Boat
metadata:
  name: anna
spec:
  crew:
  - name: jan
    role: captain
  - name: eva
    role: cook
  flags:
  - green
  - red
  log:
  - sunk
";

fn built(directory: &Path, arguments: &[&str]) -> String {
    let output = rustomize(directory, &[&["build"], arguments].concat());
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout).to_owned()
}

#[test]
fn lists_merge_by_their_keys_with_the_flag_and_are_replaced_without() {
    let files = directory(&[
        ("kustomization.yaml", "resources: [boats.yaml, boat.yaml]\npatches: [{path: patch.yaml}]\n"),
        ("boats.yaml", DEFINITION),
        ("boat.yaml", BOAT),
        ("patch.yaml", PATCH),
    ]);
    assert_eq!(built(files.path(), &["."]), REPLACED);
    assert_eq!(built(files.path(), &["--merge-with-crds", "."]), MERGED);
}

/// A definition counts for the patches that come after it: those of the same kustomization, and of those above.
#[test]
fn a_definition_counts_from_where_it_is_met() {
    let files = directory(&[
        ("crds/kustomization.yaml", "resources: [boats.yaml]\n"),
        ("crds/boats.yaml", DEFINITION),
        ("base/kustomization.yaml", "resources: [boat.yaml]\n"),
        ("base/boat.yaml", BOAT),
        ("patched/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
        ("patched/patch.yaml", PATCH),
        ("before/kustomization.yaml", "resources: [../crds, ../patched]\n"),
        ("after/kustomization.yaml", "resources: [../patched, ../crds]\n"),
        ("above/kustomization.yaml", "resources: [../base, ../crds]\npatches: [{path: ../patched/patch.yaml}]\n"),
    ]);
    let with = |directory: &str| {
        built(files.path(), &["--merge-with-crds", "--load-restrictor", "LoadRestrictionsNone", directory])
    };
    assert_eq!(with("before"), MERGED);
    assert_eq!(with("after"), REPLACED);
    assert_eq!(with("above"), MERGED);
}

/// A base that several stand on is built again where a definition was met in between.
#[test]
fn shared_bases_know_which_definitions_counted() {
    let prefixed = |prefix: &str| format!("resources: [../patched]\nnamePrefix: {prefix}-\n");
    let (one, two) = (prefixed("one"), prefixed("two"));
    let files = directory(&[
        ("crds/kustomization.yaml", "resources: [boats.yaml]\n"),
        ("crds/boats.yaml", DEFINITION),
        ("patched/kustomization.yaml", "resources: [boat.yaml]\npatches: [{path: patch.yaml}]\n"),
        ("patched/boat.yaml", BOAT),
        ("patched/patch.yaml", PATCH),
        ("one/kustomization.yaml", &one),
        ("two/kustomization.yaml", &two),
        ("kustomization.yaml", "resources: [one, crds, two]\n"),
    ]);
    let expected = format!(
        "{}---\n{}",
        REPLACED.replace("name: anna", "name: one-anna"),
        MERGED.replace("name: anna", "name: two-anna")
    );
    assert_eq!(built(files.path(), &["--merge-with-crds"]), expected);
}
