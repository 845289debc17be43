//! `rustomize explain` and `build --provenance`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{directory, repository, rustomize, text};

/// What `explain` prints, and its exit status.
pub fn explained(directory: &Path, arguments: &[&str]) -> (String, i32) {
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
fn what_has_the_same_name_is_told_apart_as_far_as_it_takes() {
    let foo = |version: &str, namespace: &str| {
        format!("apiVersion: {version}\nkind: Foo\nmetadata: {{name: same{namespace}}}\nspec: {{list: [a, b]}}\n---\n")
    };
    let place = directory(&[
        ("kustomization.yaml", "resources: [all.yaml]\n"),
        (
            "all.yaml",
            &[foo("g1.io/v1", ""), foo("g2.io/v1", ""), foo("g2.io/v2", ""), foo("g2.io/v1", ", namespace: x")]
                .concat(),
        ),
    ]);
    let error = |arguments: &[&str]| {
        let output = rustomize(place.path(), &[&["explain", "."], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        text(&output.stderr).to_owned()
    };
    assert_eq!(
        error(&["Foo/same"]),
        "Error: `Foo/same` could be 4 resources [not-there]\n\
         help: say which one: Foo.g1.io/same, x/Foo/same, /Foo.v1.g2.io/same, /Foo.v2.g2.io/same\n"
    );
    for (name, line) in
        [("Foo.g1.io/same", 4), ("/Foo.v1.g2.io/same", 9), ("/Foo.v2.g2.io/same", 14), ("x/Foo/same", 19)]
    {
        let (shown, status) = explained(place.path(), &[".", name, "spec.list[1]"]);
        assert!(status == 0 && shown.ends_with(&format!("  all.yaml:{line}:18  resource  b\n")), "{shown}");
    }
    let list = "Error: there is no `2` in `spec.list`, and never was [not-there]\nhelp: its items are [0] to [1]\n";
    assert_eq!(error(&["Foo.g1.io/same", "spec.list[2]"]), list);
    let dots = "Error: there is no `.list` in `spec`, and never was [not-there]\nhelp: did you mean `list`?\n";
    assert_eq!(error(&["Foo.g1.io/same", "spec..list"]), dots);
}

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
    let shown = field("spec.template.spec.containers.side.name");
    assert!(shown.contains("side.yaml:10:17        patch     side -> deleted"), "{shown}");
    let shown = field("spec.template.spec.containers.side.image");
    assert!(shown.contains("containers[name=side].image: deleted"), "{shown}");
    assert!(shown.contains("side.yaml:10:17        patch     side:1 -> deleted"), "{shown}");
    let shown = field("spec.template.spec.containers.web.env.A.value");
    assert!(shown.contains("kustomization.yaml:7:7  patch     x -> deleted"), "{shown}");
    let shown = field("spec.template.spec.containers[0].env[0].value");
    assert!(shown.contains("env[name=B].value: y\n"), "{shown}");
}

#[test]
fn a_part_of_a_source_leads_to_who_brought_it() {
    let place = directory(&[
        ("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: main\ndata:\n  at: 10.0.0.2\n"),
        ("base/kustomization.yaml", "namePrefix: x-\nnameSuffix: -dev\nresources: [secret.yaml]\n"),
        ("base/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: main\n"),
        (
            "kustomization.yaml",
            "resources: [cm.yaml, base]\nreplacements:\n\
             - source: {kind: Secret, name: main, fieldPath: metadata.name, options: {delimiter: '-'}}\n  targets:\n  \
             - select: {kind: ConfigMap}\n    fieldPaths: [data.at]\n    options: {delimiter: '.', index: 1}\n",
        ),
    ]);
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/main", "data.at"]);
    assert!(shown.contains("base/kustomization.yaml:1:13  replacement  10.0.0.2 -> 10.x.0.2"), "{shown}");
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
fn provenance_says_what_explain_says() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("provenance.json");
    rustomize(&repository(""), &["build", "overlays/prod", "--provenance", file.to_str().unwrap()]);
    let provenance: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let explained = |arguments: &[&str]| -> Value {
        let (shown, status) = explained(&repository(""), &[&["overlays/prod", "-o", "json"], arguments].concat());
        assert!(status < 2, "{shown}");
        serde_json::from_str(&shown).unwrap()
    };
    for resource in provenance["resources"].as_array().unwrap() {
        let name = format!("{}/{}", resource["kind"].as_str().unwrap(), resource["name"].as_str().unwrap());
        assert_eq!(explained(&[&name]), *resource);
        for field in ["metadata", "spec.template.spec.containers", "data"] {
            let is_below = |value: &&Value| {
                let path = value["path"].as_str().unwrap();
                path.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let values: Vec<Value> = resource["values"].as_array().unwrap().iter().filter(is_below).cloned().collect();
            if !values.is_empty() {
                assert_eq!(explained(&[&name, field])["values"], Value::from(values));
            }
        }
    }
}

#[test]
fn what_leads_to_a_file_is_told_once() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let place = directory(&[("kustomization.yaml", "resources: [a.yaml]\nnamePrefix: x-\n"), ("a.yaml", resource)]);
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/a", "metadata.name", "-o", "json"]);
    let json: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["via"], serde_json::json!([{"path": "kustomization.yaml", "line": 1, "column": 13}]));
    let changes = serde_json::json!([
        {"step": "resource", "place": {"path": "a.yaml", "line": 4, "column": 9}, "after": "a"},
        {"step": "prefix", "place": {"path": "kustomization.yaml", "line": 2, "column": 13}, "before": "a", "after": "x-a"},
    ]);
    let value =
        serde_json::json!({"path": "metadata.name", "keys": ["metadata", "name"], "value": "x-a", "changes": changes});
    assert_eq!(json["values"], serde_json::json!([value]));
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

/// The place that is to blame for a field in the end: the last of its history.
pub fn blamed(place: &Path, resource: &str, field: &str) -> String {
    let (shown, status) = explained(place, &[".", resource, field, "-o", "json"]);
    assert!(status < 2, "{shown}");
    let json: Value = serde_json::from_str(&shown).unwrap();
    let change = json["values"][0]["changes"].as_array().unwrap().last().unwrap().clone();
    let at = &change["place"];
    format!("{}:{} {}", at["path"].as_str().unwrap_or("nowhere"), at["line"], change["step"].as_str().unwrap())
}

const SOURCE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: source
data:
  whole: one
  parts: host:80
";

#[test]
fn what_was_moved_or_copied_is_blamed_on_those_who_wrote_it() {
    let place = directory(&[
        ("a.yaml", SOURCE),
        ("b.yaml", &SOURCE.replace("source", "target").replace("one", "two")),
        (
            "patch.yaml",
            "- op: replace\n  path: /data/whole\n  value: three\n- op: move\n  from: /data/whole\n  path: /data/moved\n",
        ),
        (
            "kustomization.yaml",
            "resources: [a.yaml, b.yaml]\n\
             patches:\n\
             - {path: patch.yaml, target: {name: target}}\n\
             replacements:\n\
             - source: {name: source, fieldPath: data.parts, options: {delimiter: ':', index: 1}}\n  \
               targets: [{select: {name: target}, fieldPaths: [data.port], options: {create: true}}]\n\
             - source: {name: source, fieldPath: data}\n  \
               targets: [{select: {name: target}, fieldPaths: [spec], options: {create: true}}]\n\
             - sourceValue: '90'\n  \
               targets: [{select: {name: target}, fieldPaths: [data.port]}]\n",
        ),
    ]);
    let target = |field| blamed(place.path(), "ConfigMap/target", field);
    assert_eq!(target("data.moved"), "patch.yaml:3 patch");
    assert_eq!(target("spec.whole"), "a.yaml:6 replacement");
    assert_eq!(target("spec.parts"), "a.yaml:7 replacement");
    assert_eq!(target("data.port"), "kustomization.yaml:9 replacement");
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/target", "data.port"]);
    assert!(shown.contains("a.yaml:7:10              replacement  80\n"), "{shown}");
}

#[test]
fn what_only_printing_changes_was_made_by_somebody_else() {
    let place = directory(&[
        ("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {number: 0x10}}}"),
        (
            "check.yaml",
            "apiVersion: builtin\nkind: LabelTransformer\nmetadata:\n  name: check\nlabels:\n  validated-by: us\n\
                        fieldSpecs:\n- path: metadata/labels\n  create: true\n",
        ),
        ("kustomization.yaml", "resources: [a.yaml]\nvalidators: [check.yaml]\n"),
        ("bare/a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"),
        ("bare/kustomization.yaml", "resources: [a.yaml]\nvalidators: [check.yaml]\n"),
        (
            "bare/check.yaml",
            "apiVersion: builtin\nkind: LabelTransformer\nmetadata:\n  name: check\nlabels:\n  validated-by: us\n\
                             fieldSpecs:\n- path: metadata/labels\n  create: true\n",
        ),
    ]);
    assert_eq!(
        blamed(&place.path().join("bare"), "ConfigMap/a", "metadata.labels.validated-by"),
        "check.yaml:6 labels"
    );
    fs::write(place.path().join("kustomization.yaml"), "resources: [a.yaml]\n").unwrap();
    assert_eq!(blamed(place.path(), "ConfigMap/a", "metadata.annotations.number"), "a.yaml:1 resource");
}

#[test]
fn nothing_that_is_shown_commands_the_terminal() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  \"red\\e[31m\": \"\\e[0m\"\n";
    let place = directory(&[
        ("a.yaml", resource),
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("gone/a.yaml", resource),
        (
            "gone/kustomization.yaml",
            "resources: [a.yaml]\npatches:\n- patch: |-\n    {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: null}\n",
        ),
    ]);
    for arguments in [&[".", "ConfigMap/a"][..], &[".", "ConfigMap/a", "data"], &["gone", "ConfigMap/a"], &["."]] {
        let (shown, status) = explained(place.path(), arguments);
        assert!(status < 2, "{shown}");
        assert!(!shown.contains(|letter: char| letter.is_control() && letter != '\n'), "{shown:?}");
    }
}
