//! `rustomize check` and `build --strict`.
//!
//! Each rule has a folder in `testdata/check`, called after its code: `wrong` with a fault, `valid` without, and what is
//! shown in `expected.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{directory, repository, rustomize, text};

/// What `check` prints, and its exit status.
fn checked(directory: &Path, arguments: &[&str]) -> (String, i32) {
    let all: Vec<&str> = ["check"].iter().chain(arguments).copied().collect();
    let output = rustomize(directory, &all);
    let status = output.status.code().unwrap();
    let shown = if status == 2 { text(&output.stderr) } else { text(&output.stdout) };
    assert!(status == 2 || output.stderr.is_empty(), "{}", text(&output.stderr));
    (shown.to_owned(), status)
}

/// The codes and lines of what is found.
fn found(directory: &Path, arguments: &[&str]) -> Vec<(String, String, u64)> {
    let (json, _) = checked(directory, &[arguments, &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings.map(|one| (text(&one["code"]), text(&one["path"]), one["line"].as_u64().unwrap_or_default())).collect()
}

/// The folders of rules, with their codes.
fn cases() -> Vec<(String, PathBuf)> {
    let folders = fs::read_dir(repository("testdata/check")).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<(String, PathBuf)> =
        folders.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    cases.sort();
    cases
}

/// The codes that `check --list` lists.
fn codes() -> Vec<String> {
    let (list, status) = checked(&repository(""), &["--list"]);
    assert_eq!(status, 0);
    list.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn each_rule_finds_its_fault_and_leaves_its_twin_alone() {
    for (code, folder) in cases() {
        let (shown, status) = checked(&folder, &["wrong"]);
        assert_eq!(shown, fs::read_to_string(folder.join("expected.txt")).unwrap(), "{code}");
        assert_eq!(status, 1, "{code}");
        assert!(found(&folder, &["wrong"]).iter().all(|(found, ..)| *found == code), "{code}: {shown}");
        assert_eq!(checked(&folder, &["valid"]), (String::new(), 0), "{code}");
    }
}

#[test]
fn each_rule_has_a_case_and_an_explanation() {
    let with_case: BTreeSet<String> = cases().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes().into_iter().collect::<BTreeSet<_>>(), with_case);
    for code in codes() {
        let (explanation, status) = checked(&repository(""), &["--explain", &code]);
        assert!(status == 0 && explanation.starts_with(&format!("{code}: ")), "{explanation}");
    }
    let (shown, status) = checked(&repository(""), &["--explain", "unmatched-pach"]);
    assert!(status == 2 && shown.contains("did you mean `unmatched-patch`?"), "{shown}");
}

#[test]
fn nothing_is_found_in_the_example() {
    let all = ["overlays/dev", "overlays/stage", "overlays/prod"];
    assert_eq!(checked(&repository(""), &all), (String::new(), 0));
    assert_eq!(checked(&repository(""), &["--all", "bases", "overlays"]), (String::new(), 0));
}

#[test]
fn a_strict_build_fails_for_faults_of_kustomizations() {
    for (code, folder) in cases() {
        let strict = |directory: &str| rustomize(&folder, &["build", "--strict", directory]);
        let plain = rustomize(&folder, &["build", "valid"]);
        assert_eq!(text(&strict("valid").stdout), text(&plain.stdout), "{code}");
        let output = strict("wrong");
        if is_about_manifests(&code) {
            assert!(output.status.success(), "{code}");
            continue;
        }
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{code}");
        let shown = text(&output.stderr);
        assert!(shown.contains(&format!("[{code}]")) && shown.contains("[strict]"), "{shown}");
        assert!(!shown.contains("Warning"), "{shown}");
    }
}

fn is_about_manifests(code: &str) -> bool {
    let explained = checked(&repository(""), &["--explain", code]).0;
    explained.ends_with("`build --strict` does not look for it.\n")
}

const UNMATCHED: &str = "\
resources: []
images:
- name: one
  newTag: '1'
- name: two
  newTag: '1'
replicas:
- name: web
  count: 2
";

#[test]
fn findings_can_be_allowed_or_denied() {
    let place = directory(&[("kustomization.yaml", UNMATCHED)]);
    let severities = |arguments: &[&str]| -> Vec<String> {
        let (json, _) = checked(place.path(), &[arguments, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&json).unwrap();
        let name = |one: &Value| format!("{} {}", one["severity"].as_str().unwrap(), one["code"].as_str().unwrap());
        report["findings"].as_array().unwrap().iter().map(name).collect()
    };
    let (warning, error) = ("warning unmatched-image", "error unmatched-image");
    let replica = "error unmatched-replica";
    assert_eq!(severities(&[]), [warning, warning, replica]);
    assert_eq!(severities(&["--deny", "unmatched-image"]), [error, error, replica]);
    assert_eq!(severities(&["--deny", "all"]), [error, error, replica]);
    assert_eq!(severities(&["--allow", "unmatched-image"]), [replica]);
    assert_eq!(
        checked(place.path(), &["--allow", "unmatched-image", "--allow", "unmatched-replica"]),
        (String::new(), 0)
    );
    let (shown, status) = checked(place.path(), &["--deny", "unmatched-images"]);
    assert!(status == 2 && shown.contains("did you mean `unmatched-image`?"), "{shown}");
}

#[test]
fn what_several_overlays_stand_on_is_told_once() {
    let place = directory(&[
        ("base/kustomization.yaml", UNMATCHED),
        ("a/kustomization.yaml", "resources: [../base]\n"),
        ("b/kustomization.yaml", "resources: [../base]\nnamePrefix: b-\n"),
    ]);
    assert_eq!(found(place.path(), &["a", "b"]).len(), 3);
    assert_eq!(found(place.path(), &["--all", "."]).len(), 3);
}

#[test]
fn what_cannot_be_checked_is_an_error() {
    let place = directory(&[("helm/kustomization.yaml", "helmCharts:\n- name: shop\n")]);
    for (arguments, code) in [
        (&["gone"][..], "missing-file"),
        (&["."], "not-a-kustomization"),
        (&["helm"], "not-enabled"),
        (&["helm", "--format", "xml"], "usage"),
    ] {
        let output = rustomize(place.path(), &[&["check"], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains(&format!("[{code}]")), "{}", text(&output.stderr));
    }
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:1
        envFrom:
        - secretRef:
            name: login
";

#[test]
fn what_comes_from_elsewhere_can_be_declared() {
    let place = directory(&[("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", WEB)]);
    let missing = ("missing-reference".to_owned(), "web.yaml".to_owned(), 19);
    for (external, expected) in [
        ("Secret/login", vec![]),
        ("Secret/*", vec![]),
        ("Secret/l*n", vec![]),
        ("Secret/other", vec![missing.clone()]),
        ("ConfigMap/login", vec![missing.clone()]),
    ] {
        assert_eq!(found(place.path(), &["--external", external]), expected, "{external}");
    }
    let comment = "# rustomize: external Secret/lo* the platform makes it\nresources: [web.yaml]\n";
    fs::write(place.path().join("kustomization.yaml"), comment).unwrap();
    assert_eq!(found(place.path(), &[]), []);
}

#[test]
fn references_look_into_their_namespace() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n  namespace: other\n";
    let place = directory(&[
        ("kustomization.yaml", "resources: [web.yaml, secret.yaml]\n"),
        ("web.yaml", WEB),
        ("secret.yaml", secret),
    ]);
    let (shown, _) = checked(place.path(), &[]);
    assert!(shown.contains("there is one in the namespace `other`, not in `default`"), "{shown}");
    fs::write(place.path().join("kustomization.yaml"), "namespace: one\nresources: [web.yaml, secret.yaml]\n").unwrap();
    assert_eq!(checked(place.path(), &[]), (String::new(), 0));
}

#[test]
fn a_file_counts_as_used_wherever_it_is_named() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let place = directory(&[
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", config_map),
        ("base/more/b.env", "B=1\n"),
        ("one/kustomization.yaml", "resources: [../base]\n"),
        ("two/kustomization.yaml", "resources: [../base]\nnamePrefix: two-\n"),
    ]);
    let unused = ("unused-file".to_owned(), "base/more/b.env".to_owned(), 1);
    assert_eq!(found(place.path(), &["one"]), [unused]);
    let two = "resources: [../base]\nconfigMapGenerator:\n- name: b\n  envs: [../base/more/b.env]\n";
    fs::write(place.path().join("two/kustomization.yaml"), two).unwrap();
    assert_eq!(found(place.path(), &["one"]), []);
}

#[test]
fn a_patch_that_could_be_for_several_is_a_failure_and_no_patch_without_effect() {
    let (one, two) = (WEB, WEB.replace("name: web\nspec", "name: api\nspec").replace("secretRef", "configMapRef"));
    let place = directory(&[
        ("a/kustomization.yaml", "namePrefix: x-\nresources: [web.yaml]\n"),
        ("a/web.yaml", one),
        ("b/kustomization.yaml", "nameSuffix: -x\nresources: [web.yaml]\n"),
        ("b/web.yaml", one),
        ("c.yaml", &two),
        ("kustomization.yaml", "resources: [a, b, c.yaml]\npatches:\n- path: patch.yaml\n"),
        ("patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"),
    ]);
    assert_eq!(found(place.path(), &[]), [("build-failure".to_owned(), "patch.yaml".to_owned(), 1)]);
}

#[test]
fn what_git_ignores_may_lie_there() {
    let place = directory(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".gitignore", "*.local.yaml\n/app/out/\n"),
        ("app/kustomization.yaml", "configMapGenerator:\n- name: a\n  literals: [A=1]\n"),
        ("app/mine.local.yaml", "kind: ConfigMap\n"),
        ("app/out/all.yaml", "kind: ConfigMap\n"),
        ("app/more.yaml", "kind: ConfigMap\n"),
    ]);
    assert_eq!(found(place.path(), &["app"]), [("unused-file".to_owned(), "app/more.yaml".to_owned(), 1)]);
}

#[test]
fn a_list_merges_where_the_build_has_the_schema() {
    let folder = repository("testdata/check/replaced-list/wrong");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let crd = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gateways.example.com
spec:
  group: example.com
  scope: Namespaced
  names:
    kind: Gateway
    plural: gateways
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
              listeners:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name:
                      type: string
                    port:
                      type: integer
";
    let place = directory(&[
        ("kustomization.yaml", "resources: [crd.yaml, gateway.yaml]\npatches:\n- path: patch.yaml\n"),
        ("crd.yaml", crd),
        ("gateway.yaml", &text("gateway.yaml")),
        ("patch.yaml", &text("patch.yaml")),
    ]);
    assert_eq!(found(place.path(), &[]), [("replaced-list".to_owned(), "patch.yaml".to_owned(), 7)]);
    assert_eq!(checked(place.path(), &["--merge-with-crds"]), (String::new(), 0));
}

#[test]
fn what_fails_is_an_error_whatever_its_rule() {
    let patch = "kind: Service\napiVersion: v1\nmetadata:\n  name: nobody\n";
    let place =
        directory(&[("kustomization.yaml", "resources: []\npatches:\n- path: patch.yaml\n"), ("patch.yaml", patch)]);
    let (shown, status) = checked(place.path(), &[]);
    let first =
        "Error: there is no resource Service.v1.[noGrp]/nobody.[noNs] to patch (patch.yaml:1) [unmatched-patch]\n";
    assert!(status == 1 && shown.starts_with(first), "{shown}");
}

#[test]
fn a_base_may_allow_what_only_some_overlays_need() {
    let web = WEB.replace("name: login", "name: login # rustomize: allow missing-reference dev brings it by hand");
    let secret = "resources: [../base]\nsecretGenerator:\n- name: login\n  literals: [a=b]\n";
    let place = directory(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", &web),
        ("dev/kustomization.yaml", "resources: [../base]\n"),
        ("prod/kustomization.yaml", secret),
    ]);
    for directory in ["base", "dev", "prod"] {
        assert_eq!(checked(place.path(), &[directory]), (String::new(), 0), "{directory}");
    }
}
