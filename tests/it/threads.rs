//! However many threads a build has, it prints the same.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use rustomize_workloads::Kind;

use crate::program::command;

/// What a build prints on stdout, on stderr, and how it ends, on so many threads.
fn build(directory: &Path, threads: usize) -> (String, String, Option<i32>) {
    let mut command = command(directory, &["build", "."]);
    let output = command.env("RUSTOMIZE_THREADS", threads.to_string()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[track_caller]
fn same_on_all(directory: &Path) -> (String, String, Option<i32>) {
    let alone = build(directory, 1);
    for threads in [2, 3, 16] {
        assert_eq!(build(directory, threads), alone, "on {threads} threads");
    }
    alone
}

#[test]
fn the_output_is_the_same() {
    for (kind, size) in [(Kind::Apps, 70), (Kind::Patches, 30), (Kind::Replacements, 30), (Kind::Shared, 6)] {
        let directory = tempfile::tempdir().unwrap();
        let workload = kind.of_size(size);
        workload.write(directory.path()).unwrap();
        let (text, errors, status) = same_on_all(&directory.path().join(&workload.builds[0]));
        assert!(status == Some(0) && text.contains("kind: Deployment"), "{}: {errors}", workload.name);
    }
}

/// A kustomization with one file for each of these resources.
fn resources(directory: &Path, fields: &str, resources: &[String]) {
    let mut kustomization = format!("{fields}resources:\n");
    for (number, text) in resources.iter().enumerate() {
        let _ = writeln!(kustomization, "- r{number}.yaml");
        fs::write(directory.join(format!("r{number}.yaml")), text).unwrap();
    }
    fs::write(directory.join("kustomization.yaml"), kustomization).unwrap();
}

#[test]
fn the_error_is_that_of_the_first_step_and_of_its_first_resource() {
    let directory = tempfile::tempdir().unwrap();
    let resource = |number: usize| {
        let body = match number {
            10 => "spec: {template: {spec: {containers: [no container]}}}\n",
            30 | 35 => "spec: {selector: {matchLabels: no mapping}}\n",
            _ => "spec: {replicas: 1}\n",
        };
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{number}}}\n{body}")
    };
    let all: Vec<String> = (0..50).map(resource).collect();
    resources(directory.path(), "commonLabels: {a: b}\nimages: [{name: x, newTag: z}]\n", &all);
    let (text, errors, status) = same_on_all(directory.path());
    assert_eq!((text.as_str(), status), ("", Some(1)));
    assert!(errors.contains("r30.yaml:4"), "{errors}");
}

#[test]
fn the_error_is_that_of_the_first_file_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let resource = |number: usize| match number {
        20 => "kind: [\n".to_owned(),
        25 => "no resource\n".to_owned(),
        _ => format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{number}}}}}\n"),
    };
    let all: Vec<String> = (0..30).map(resource).collect();
    resources(directory.path(), "", &all);
    let (_, errors, status) = same_on_all(directory.path());
    assert!(status == Some(1) && errors.contains("r20.yaml"), "{errors}");
    fs::remove_file(directory.path().join("r7.yaml")).unwrap();
    let (_, errors, _) = same_on_all(directory.path());
    assert!(errors.contains("r7.yaml"), "{errors}");
}
