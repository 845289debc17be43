//! `rustomize diff`

mod overlays;
mod revisions;
mod secrets;

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::place::{Place, config_map};
use crate::program::{command, piped, repository, rustomize, text};

/// Two overlays of a base with a generated ConfigMap, a Secret and a Deployment that uses both.
fn shop() -> Place {
    let place = Place::new();
    place.write(
        "shop/base/kustomization.yaml",
        "resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n  literals:\n  - LEVEL=info\n\
         secretGenerator:\n- name: login\n  literals:\n  - password=one\n",
    );
    place.write(
        "shop/base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: web:1\n        envFrom:\n        - configMapRef:\n            \
         name: settings\n        - secretRef:\n            name: login\n      - name: log\n        image: log:1\n",
    );
    place.write("shop/dev/kustomization.yaml", "resources: [../base]\n");
    place.write("shop/prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n");
    place.git("shop", &["init", "-q"]);
    place.git("shop", &["add", "."]);
    place.git("shop", &["commit", "-qm", "first"]);
    place
}

impl Place {
    fn replace(&self, name: &str, from: &str, to: &str) {
        let content = fs::read_to_string(self.path(name)).unwrap();
        assert!(content.contains(from));
        self.write(name, &content.replace(from, to));
    }

    fn diff(&self, arguments: &[&str]) -> Output {
        self.diff_in("shop", arguments)
    }

    fn diff_in(&self, directory: &str, arguments: &[&str]) -> Output {
        let mut command = command(&self.path(directory), &[&["diff"], arguments].concat());
        command.env("TMPDIR", self.path("tmp")).stdin(Stdio::null()).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.diff(&[arguments, &["--format", "json"]].concat());
        assert_eq!(text(&output.stderr), "");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn ended(output: &Output, status: i32) -> &str {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(status), ""), "{}", text(&output.stdout));
    text(&output.stdout)
}

#[test]
fn nothing_differs_from_itself() {
    for environment in ["dev", "stage", "prod"] {
        let target = format!("overlays/{environment}");
        assert_eq!(ended(&rustomize(&repository(""), &["diff", &target, &target]), 0), "");
    }
    let place = shop();
    assert_eq!(ended(&place.diff(&["dev", "--rev", "HEAD"]), 0), "");
    assert_eq!(ended(&place.diff(&["--all", "--rev", "HEAD..HEAD"]), 0), "");
}

#[test]
fn an_object_in_two_versions_of_its_api_is_two() {
    let place = shop();
    let versions = |replicas: u32| {
        let one = |version: &str| {
            format!(
                "apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\n\
                 spec: {{maxReplicas: {replicas}}}\n"
            )
        };
        format!("{}---\n{}", one("v1"), one("v2"))
    };
    for (side, replicas) in [("a", 3), ("b", 4)] {
        place.write(&format!("shop/{side}/kustomization.yaml"), "resources: [scalers.yaml]\n");
        place.write(&format!("shop/{side}/scalers.yaml"), &versions(replicas));
    }
    assert_eq!(ended(&place.diff(&["a", "a"]), 0), "");
    let expected = "\
~ HorizontalPodAutoscaler.autoscaling web
    ~ spec.maxReplicas: 3 → 4  b/scalers.yaml:4:21
~ HorizontalPodAutoscaler.autoscaling web
    ~ spec.maxReplicas: 3 → 4  b/scalers.yaml:9:21

2 changed
";
    assert_eq!(ended(&place.diff(&["a", "b"]), 1), expected);
    place.write("shop/b/scalers.yaml", &versions(3));
    place.write("shop/b/kustomization.yaml", "resources: [scalers.yaml]\nlabels: [{pairs: {tier: front}}]\n");
    let told = ended(&place.diff(&["a", "b"]), 1).matches("b/kustomization.yaml:2:").count();
    assert_eq!(told, 2, "a label that is not in the file of either");
}

#[test]
fn what_cannot_be_compared_is_told_with_what_could_be_meant() {
    let place = shop();
    let error = |arguments: &[&str]| {
        let output = place.diff(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        text(&output.stderr).to_owned()
    };
    assert_eq!(
        error(&["dev", "prd"]),
        "Error: prd: no such file or directory [missing-file]\nhelp: there is prod in the same directory\n"
    );
    let kustomization = error(&[".", "dev"]);
    assert!(kustomization.starts_with("Error: base/kustomization.yaml is a kustomization"), "{kustomization}");
    for wrong in [&["dev"][..], &["dev", "prod", "base"], &["-", "-"], &["dev", "prod", "-f", "yaml"]] {
        assert!(error(wrong).contains("[usage]"), "{wrong:?}");
    }
}

#[test]
fn a_changed_config_map_is_one_change_with_its_line() {
    let place = shop();
    place.replace("shop/base/kustomization.yaml", "LEVEL=info", "LEVEL=debug");
    let output = place.diff(&["dev", "--rev", "HEAD"]);
    let expected = "\
~ ConfigMap settings-h2h4k96df2 → settings-mm7d4g8ggm
    ~ data.LEVEL: info → debug  base/kustomization.yaml:5:5
    references follow in Deployment.apps web

1 changed
";
    assert_eq!(ended(&output, 1).replace(hash(&output, 0), "A").replace(hash(&output, 1), "B"), {
        expected.replace("h2h4k96df2", "A").replace("mm7d4g8ggm", "B")
    });
}

/// The hashes in the first line.
fn hash(output: &Output, number: usize) -> &str {
    let first = text(&output.stdout).lines().next().unwrap();
    first.split(' ').filter_map(|word| word.rsplit_once('-')).nth(number).unwrap().1
}

#[test]
fn items_of_lists_are_told_by_their_names() {
    let place = shop();
    place.replace("shop/base/web.yaml", "log:1", "log:2");
    place.replace("shop/base/web.yaml", "containers:\n", "containers:\n      - name: new\n        image: new:1\n");
    let found = place.json(&["dev", "--rev", "HEAD"]);
    let changes = found["sections"][0]["objects"][0]["changes"].as_array().unwrap();
    let paths: Vec<&str> = changes.iter().map(|change| change["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["spec.template.spec.containers[name=log].image", "spec.template.spec.containers[name=new]"]);
    assert_eq!(changes[0]["cause"]["file"], "base/web.yaml");
    assert_eq!(changes[0]["cause"]["line"], 20);
}

#[test]
fn a_new_order_is_a_change() {
    let place = shop();
    let web = fs::read_to_string(place.path("shop/base/web.yaml")).unwrap();
    let log = "      - name: log\n        image: log:1\n";
    place.write("shop/base/web.yaml", &web.replace(log, "").replace("containers:\n", &format!("containers:\n{log}")));
    let output = place.diff(&["dev", "--rev", "HEAD"]);
    assert!(ended(&output, 1).contains("~ spec.template.spec.containers: order web log → log web"));
}

#[test]
fn manifests_are_matched_whatever_made_them() {
    let place = shop();
    let built = rustomize(&place.path("shop"), &["build", "dev"]);
    place.write("shop/flat/all.yaml", text(&built.stdout));
    assert_eq!(ended(&place.diff(&["dev", "flat"]), 0), "");
    assert_eq!(ended(&place.diff(&["flat/all.yaml", "dev"]), 0), "");
    place.replace("shop/base/kustomization.yaml", "LEVEL=info", "LEVEL=debug");
    let found = place.json(&["flat", "dev"]);
    assert_eq!(found["summary"]["changed"], 1, "the hash is known by the content: {found:#}");
    assert_eq!(found["sections"][0]["objects"][0]["references"][0]["object"]["name"], "web");
}

#[test]
fn what_only_looks_like_a_hash_is_matched_where_it_is_no_guess() {
    let place = shop();
    let map = |name: &str, value: &str| config_map(value).replace("name: app", &format!("name: {name}"));
    let compare = |before: &[String], after: &[String]| {
        place.write("shop/a/all.yaml", &before.join("---\n"));
        place.write("shop/b/all.yaml", &after.join("---\n"));
        place.json(&["a", "b"])["summary"].clone()
    };
    // Hand-made hashes; the content is another one.
    let one = compare(&[map("x-2g4h6k8m9b", "1")], &[map("x-4g4h6k8m9b", "2")]);
    assert_eq!((&one["changed"], &one["added"]), (&1.into(), &0.into()));
    let words = compare(&[map("x-production", "1")], &[map("x-staging-a1", "2")]);
    assert_eq!((&words["changed"], &words["added"], &words["removed"]), (&0.into(), &1.into(), &1.into()));
    let several = compare(
        &[map("x-2g4h6k8m9b", "1"), map("x-2g4h6k8m9c", "1")],
        &[map("x-4g4h6k8m9b", "2"), map("x-2g4h6k8m9c", "1")],
    );
    assert_eq!((&several["changed"], &several["added"]), (&1.into(), &0.into()));
    let unclear = compare(&[map("x-2g4h6k8m9b", "1"), map("x-2g4h6k8m9c", "1")], &[map("x-4g4h6k8m9b", "2")]);
    assert_eq!((&unclear["removed"], &unclear["added"]), (&2.into(), &1.into()));
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_are_followed_once() {
    let place = shop();
    place.write("shop/a/deep/one.yaml", &config_map("one"));
    place.write("shop/b/one.yaml", &config_map("one"));
    std::os::unix::fs::symlink("..", place.path("shop/a/deep/up")).unwrap();
    std::os::unix::fs::symlink(".", place.path("shop/a/loop")).unwrap();
    assert_eq!(ended(&place.diff(&["a", "b"]), 0), "");
}

#[test]
fn stdin_can_be_a_side() {
    let place = shop();
    let built = rustomize(&place.path("shop"), &["build", "dev"]).stdout;
    let output = piped(command(&place.path("shop"), &["diff", "-", "prod", "--stat"]), built);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_new_prefix_is_all_that_is_told() {
    let place = shop();
    place.write("shop/dev/kustomization.yaml", "resources: [../base]\nnamePrefix: x-\n");
    let found = place.json(&["dev", "--rev", "HEAD"]);
    assert_eq!((&found["summary"]["renamed"], &found["summary"]["changed"]), (&3.into(), &0.into()));
    for object in found["sections"][0]["objects"].as_array().unwrap() {
        assert_eq!(object["changes"], Value::Array(Vec::new()), "{object:#}");
    }
}

#[test]
fn a_new_namespace_is_to_blame_for_itself_also_where_a_hash_is_new() {
    let place = shop();
    place.replace("shop/base/kustomization.yaml", "LEVEL=info", "LEVEL=debug");
    place.replace("shop/prod/kustomization.yaml", "namespace: prod", "namespace: live");
    let found = place.json(&["prod", "--rev", "HEAD"]);
    for object in found["sections"][0]["objects"].as_array().unwrap() {
        assert_eq!(
            (&object["status"], &object["cause"]["file"]),
            (&"renamed".into(), &"prod/kustomization.yaml".into())
        );
    }
}

#[test]
fn references_are_told_of_the_object_that_they_name() {
    let place = shop();
    place.write("shop/app/kustomization.yaml", "resources: [app.yaml]\n");
    place.write(
        "shop/app/app.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {name: app-svc}\n---\n\
         apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: door}\n\
         spec: {defaultBackend: {service: {name: app-svc, port: {number: 80}}}}\n",
    );
    place.write("shop/first/kustomization.yaml", "resources: [../app]\n");
    place.write("shop/second/kustomization.yaml", "namePrefix: dev-\nresources: [../app]\n");
    let found = place.json(&["first", "second"]);
    let objects = found["sections"][0]["objects"].as_array().unwrap();
    let followers = objects.iter().map(|object| {
        let names = object["references"].as_array().unwrap().iter().map(|one| one["object"]["name"].as_str().unwrap());
        (object["after"]["name"].as_str().unwrap(), names.collect())
    });
    let followers: Vec<(&str, Vec<&str>)> = followers.collect();
    assert_eq!(followers, [("dev-app", vec![]), ("dev-door", vec![]), ("dev-app-svc", vec!["dev-door"])]);
}

#[test]
fn the_line_that_differs_is_to_blame_and_not_those_that_work_on_what_it_says() {
    let place = shop();
    place.write(
        "shop/dev/patch.yaml",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 5}}\n",
    );
    let overlay = "resources: [../base]\nnamePrefix: x-\nimages:\n- {name: web, newName: shop/web}\n";
    place.write("shop/dev/kustomization.yaml", &format!("{overlay}patches: [{{path: patch.yaml}}]\n"));
    place.git("shop", &["add", "."]);
    place.git("shop", &["commit", "-qm", "second"]);
    // The overlay says the same of the image as before, and without its patch, what the base says is seen.
    place.replace("shop/base/web.yaml", "image: web:1", "image: web:2");
    place.write("shop/dev/kustomization.yaml", overlay);
    let output = place.diff(&["dev", "--rev", "HEAD"]);
    let expected = "\
~ Deployment.apps x-web
    ~ spec.replicas: 5 → 1  HEAD:dev/patch.yaml:1:81
    ~ spec.template.spec.containers[name=web].image: shop/web:1 → shop/web:2  base/web.yaml:11:16

1 changed
";
    assert_eq!(ended(&output, 1), expected);
    place.git("shop", &["reset", "-q", "--hard"]);
    place.replace("shop/dev/kustomization.yaml", "x-", "y-");
    let found = place.json(&["dev", "--rev", "HEAD"]);
    for object in found["sections"][0]["objects"].as_array().unwrap() {
        let cause = &object["cause"];
        assert_eq!((&cause["file"], &cause["line"]), (&"dev/kustomization.yaml".into(), &2.into()), "{object:#}");
    }
    place.write(
        "shop/dev/patch.yaml",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, $patch: delete}\n",
    );
    place.replace("shop/dev/kustomization.yaml", "y-", "x-");
    let removed = place.diff(&["dev", "--rev", "HEAD"]);
    assert!(ended(&removed, 1).starts_with("- Deployment.apps x-web  dev/patch.yaml:1:"), "{}", text(&removed.stdout));
}

#[test]
fn markdown_fits_a_comment() {
    let place = shop();
    place.replace("shop/base/web.yaml", "web:1", "web:2");
    let markdown = ended(&place.diff(&["dev", "--rev", "HEAD", "-f", "markdown"]), 1).to_owned();
    let expected = "\
**1 changed**

| | Object | Fields |
|---|---|---|
| `~` | Deployment.apps web | ~1 |

<details><summary>~ Deployment.apps web</summary>

```diff
";
    assert!(markdown.starts_with(expected), "{markdown}");
    assert!(
        markdown.contains("\n-      - image: web:1\n") || markdown.contains("-        image: web:1\n"),
        "{markdown}"
    );
    assert!(markdown.ends_with("```\n\nCaused by `base/web.yaml:11:16`\n\n</details>\n"), "{markdown}");
    for limit in [200, 300, 500] {
        let output = place.diff(&["dev", "--rev", "HEAD", "-f", "markdown", "--limit", &limit.to_string()]);
        assert!(output.stdout.len() <= limit, "{}", text(&output.stdout));
    }
}

#[test]
fn github_shows_changes_at_their_lines() {
    let place = shop();
    place.replace("shop/base/web.yaml", "web:1", "web:2");
    let output = place.diff(&["dev", "--rev", "HEAD", "-f", "github"]);
    let expected = "::notice file=base/web.yaml,line=11,col=16,title=rustomize diff::Deployment.apps web: \
                    spec.template.spec.containers[name=web].image: web:1 → web:2\n";
    assert_eq!(ended(&output, 1), expected);
    for (detail, expected) in [
        ("--stat", "::notice title=rustomize diff::~ Deployment.apps web: ~1\n"),
        ("--summary", "::notice title=rustomize diff::1 changed\n"),
    ] {
        assert_eq!(ended(&place.diff(&["dev", "--rev", "HEAD", "-f", "github", detail]), 1), expected);
    }
}

#[test]
fn stat_and_summary_are_short() {
    let place = shop();
    place.replace("shop/base/web.yaml", "web:1", "web:2");
    place.replace("shop/base/kustomization.yaml", "LEVEL=info", "LEVEL=info\n  - MORE=x");
    let output = place.diff(&["dev", "--rev", "HEAD", "--stat"]);
    let stat = ended(&output, 1);
    assert!(stat.contains("| +1 1 reference\n") && stat.contains("~ Deployment.apps web"), "{stat}");
    assert!(stat.ends_with("| ~1\n2 changed\n"), "{stat}");
    assert_eq!(ended(&place.diff(&["dev", "--rev", "HEAD", "--summary"]), 1), "2 changed\n");
}

/// A kind of the user's own, with a list that has a key.
const PIPELINE: &str = r#"{"swagger": "2.0", "definitions": {"v1.Pipeline": {
    "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Pipeline", "version": "v1"}],
    "properties": {"stages": {"type": "array", "items": {"type": "object"},
        "x-kubernetes-patch-merge-key": "stage", "x-kubernetes-patch-strategy": "merge"}}}}}"#;

#[test]
fn lists_of_own_types_are_matched_by_the_keys_of_the_build() {
    let place = Place::new();
    let pipeline = |stages: &str| {
        format!("apiVersion: example.com/v1\nkind: Pipeline\nmetadata:\n  name: main\nstages:\n{stages}")
    };
    for (side, stages) in [
        ("shop/a", "- {stage: build, image: go:1}\n- {stage: test, image: go:1}\n"),
        ("shop/b", "- {stage: lint, image: lint:1}\n- {stage: build, image: go:1}\n- {stage: test, image: go:2}\n"),
    ] {
        place.write(&format!("{side}/schema.json"), PIPELINE);
        place.write(&format!("{side}/main.yaml"), &pipeline(stages));
        place.write(&format!("{side}/kustomization.yaml"), "resources: [main.yaml]\nopenapi: {path: schema.json}\n");
    }
    let shown = place.diff(&["a", "b"]);
    let shown = ended(&shown, 1);
    assert!(shown.contains("+ stages[stage=lint]"), "{shown}");
    assert!(shown.contains("~ stages[stage=test].image: go:1 → go:2"), "{shown}");
    assert!(!shown.contains("stage=build"), "{shown}");
}

#[test]
fn a_name_that_a_replacement_writes_is_followed() {
    let place = Place::new();
    let kustomization = "resources: [a.yaml, b.yaml]\nreplacements:\n\
                         - source: {kind: ConfigMap, name: a, fieldPath: data.name}\n  \
                         targets: [{select: {kind: Service}, fieldPaths: [metadata.name]}]\n";
    for (side, name) in [("shop/a", "one"), ("shop/b", "two")] {
        place.write(&format!("{side}/kustomization.yaml"), kustomization);
        place.write(
            &format!("{side}/a.yaml"),
            &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{name: {name}}}\n"),
        );
        place.write(&format!("{side}/b.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: first\n");
    }
    let output = place.diff(&["a", "b"]);
    let shown = ended(&output, 1);
    assert!(shown.contains("> Service one → two  b/a.yaml:4:14\n    references follow in ConfigMap a\n"), "{shown}");
}

#[test]
fn a_name_that_is_printed_as_another_number_is_followed() {
    let place = Place::new();
    for (side, prefix) in [("shop/a", ""), ("shop/b", "namePrefix: x-\n")] {
        place.write(&format!("{side}/kustomization.yaml"), &format!("resources: [a.yaml]\n{prefix}"));
        place.write(&format!("{side}/a.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: 1e3\n");
    }
    let output = place.diff(&["a", "b"]);
    let shown = ended(&output, 1);
    assert!(shown.contains("> Service 1000 → x-1e3"), "{shown}");
}

#[test]
fn what_is_generated_and_named_anew_is_known_by_its_hash() {
    let place = Place::new();
    let step = "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: step}\nvalue: new\ntargets:\n\
                - {fieldPath: metadata/name, filePathPosition: 2, selector: {kind: Secret}}\n";
    for (side, prefix) in [("shop/a", ""), ("shop/b", "namePrefix: x-\n")] {
        let kustomization =
            format!("secretGenerator: [{{name: one, literals: [a=b]}}]\ntransformers: [step.yaml]\n{prefix}");
        place.write(&format!("{side}/kustomization.yaml"), &kustomization);
        place.write(&format!("{side}/step.yaml"), step);
    }
    let output = place.diff(&["a", "b"]);
    let shown = ended(&output, 1);
    assert!(shown.contains("> Secret one/new-") && shown.contains(" → x-one/new-"), "{shown}");
}
