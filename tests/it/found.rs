//! What random trees have found, each as small as it gets. What is expected is what `kubectl kustomize` does.

use std::fs;

use rustomize::{BuildOptions, Session};

/// Builds a directory with these files; what is printed, or the error.
fn build(files: &[(&str, &str)]) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let output = Session::default().build(&BuildOptions::default(), directory.path().to_str().unwrap());
    output.map(|output| output.yaml().to_owned()).map_err(|error| error.to_string())
}

const KEYS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\nstatus:\n  \"\": true\n";

#[test]
fn a_strategic_merge_refuses_an_empty_key_also_where_it_changes_nothing() {
    let patched = "resources: [a.yaml]\npatches:\n- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'\n";
    assert!(
        build(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", KEYS)]).unwrap().contains("\"\": true")
    );
    let error = build(&[("kustomization.yaml", patched), ("a.yaml", KEYS)]).unwrap_err();
    assert!(error.contains("empty"), "{error}");
}

const TEXT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: text\n";

#[test]
fn a_text_in_the_place_of_annotations_makes_way_for_what_a_new_name_notes() {
    let with = |fields: &str| {
        let kustomization = format!("resources: [a.yaml]\n{fields}");
        build(&[("kustomization.yaml", &kustomization), ("a.yaml", TEXT)])
    };
    let renamed = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    x: z\n  name: p-a\n";
    assert_eq!(with("namePrefix: p-\ncommonAnnotations: {x: z}\n").unwrap(), renamed);
    assert!(with("commonAnnotations: {x: z}\n").is_err(), "nothing has been noted before");
    let error = with("buildMetadata: [originAnnotations]\n").unwrap_err();
    assert!(error.contains("annotations"), "{error}");
}

#[test]
fn a_validator_labels_only_what_has_no_labels_of_a_file() {
    let kustomization = "resources: [a.yaml]\nvalidators:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  \
         metadata: {name: v}\n  labels: {validated-by: us}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n";
    let resource = |labels: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{labels}");
    let built = |labels| build(&[("kustomization.yaml", kustomization), ("a.yaml", &resource(labels))]);
    let labelled = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    validated-by: us\n  name: a\n";
    assert_eq!(built("").unwrap(), labelled);
    assert!(built("  labels: {a: b}\n").is_err());
}

#[test]
fn a_validator_may_write_what_is_there_already() {
    let kustomization = "resources: [a.yaml]\nvalidators:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  \
         metadata: {name: v}\n  labels: {a: b}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    a: b\n  name: a\n";
    let built = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]);
    assert_eq!(built.unwrap(), resource, "kustomize refuses it, as the label is no longer on its line");
}

#[test]
fn replacements_do_not_see_annotations_that_kustomize_keeps_for_itself() {
    let kustomization = "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: 'metadata.annotations.config\\.kubernetes\\.io/index'}\n  \
         targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]\n";
    let resource =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/index: '3'}\n";
    let error = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]).unwrap_err();
    assert!(error.contains("there is no field"), "{error}");
}
