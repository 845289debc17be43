//! Overrides in memory come to what Argo CD's own sequence of edits and a build come to.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::plugin::generate;
use super::repo_server::append_patches;
use crate::program::{copy, repository, rustomize, text};

/// Overrides as an application of type kustomize has them.
#[derive(Default)]
struct Application {
    prefix: &'static str,
    suffix: &'static str,
    images: &'static [&'static str],
    replicas: &'static [(&'static str, &'static str)],
    labels: &'static [(&'static str, &'static str)],
    label_switches: &'static [(&'static str, &'static str)],
    annotations: &'static [(&'static str, &'static str)],
    force_annotations: bool,
    namespace: &'static str,
    patches: &'static [&'static str],
    components: &'static [&'static str],
}

const DIGEST: &str = "web@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3";

const PATCH: &str = "\
target: {kind: Deployment}
patch: |-
  - op: add
    path: /spec/minReadySeconds
    value: 5
";

fn applications() -> Vec<Application> {
    let with = Application::default;
    vec![
        with(),
        Application { prefix: "pre-", suffix: "-post", ..with() },
        Application { images: &["web:2", "nginx=registry:5000/nginx:1", DIGEST, "redis=valkey"], ..with() },
        Application { images: &["postgres=*:16", "not-there:1"], replicas: &[("web", "3"), ("db", "2")], ..with() },
        Application { labels: &[("team", "core"), ("app", "other")], ..with() },
        Application { labels: &[("team", "core")], label_switches: &[("--force", "forceCommonLabels")], ..with() },
        Application {
            labels: &[("team", "core"), ("example.com/a", "true")],
            label_switches: &[("--force", "forceCommonLabels"), ("--without-selector", "labelWithoutSelector")],
            ..with()
        },
        Application {
            labels: &[("team", "core")],
            label_switches: &[
                ("--without-selector", "labelWithoutSelector"),
                ("--include-templates", "labelIncludeTemplates"),
            ],
            ..with()
        },
        Application {
            labels: &[("team", "core")],
            label_switches: &[("--include-templates", "labelIncludeTemplates")],
            ..with()
        },
        Application { annotations: &[("note", "k:v:with:colons"), ("n", "1")], ..with() },
        Application { annotations: &[("note", "yes"), ("q", "\"1\"")], force_annotations: true, ..with() },
        Application { namespace: "other", patches: &[PATCH], ..with() },
        Application { patches: &[PATCH, "path: not-there.yaml\n"], ..with() },
        Application { namespace: "No Namespace", ..with() },
        Application { components: &["../component"], ..with() },
        Application { components: &["../comp*", "../component"], prefix: "x-", ..with() },
        Application { components: &["../nowhere"], ..with() },
        Application { images: &["web"], ..with() },
        Application {
            prefix: "-a-",
            suffix: "-1",
            images: &["web=registry.example.com/web:2"],
            replicas: &[("web", "0")],
            labels: &[("team", "core")],
            label_switches: &[("--force", "forceCommonLabels"), ("--without-selector", "labelWithoutSelector")],
            annotations: &[("note", "new"), ("on", "off")],
            force_annotations: true,
            namespace: "shop",
            patches: &[PATCH],
            components: &["../component"],
        },
    ]
}

impl Application {
    /// What Argo CD does for a source of type kustomize: edits on disk, then a build. Whatever fails ends it.
    fn edited_and_built(&self, app: &Path) -> Output {
        for call in self.calls() {
            let words: Vec<&str> = call.iter().map(String::as_str).collect();
            if words == ["patches"] {
                append_patches(app, self.patches);
                continue;
            }
            let output = rustomize(app, &words);
            if !output.status.success() {
                return output;
            }
        }
        rustomize(app.parent().unwrap(), &["build", app.to_str().unwrap()])
    }

    fn calls(&self) -> Vec<Vec<String>> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let pairs = |pairs: &[(&str, &str)], between: char| -> Vec<String> {
            pairs.iter().map(|(key, value)| format!("{key}{between}{value}")).collect()
        };
        let switches: Vec<&str> = self.label_switches.iter().map(|(flag, _)| *flag).collect();
        let force: &[&str] = if self.force_annotations { &["--force"] } else { &[] };
        let calls = [
            (owned(&["edit", "set", "nameprefix", "--"]), owned(&[self.prefix])),
            (owned(&["edit", "set", "namesuffix", "--"]), owned(&[self.suffix])),
            (owned(&["edit", "set", "image"]), owned(self.images)),
            (owned(&["edit", "set", "replicas"]), pairs(self.replicas, '=')),
            (owned(&[&["edit", "add", "label"], &switches[..]].concat()), pairs(self.labels, ':')),
            (owned(&[&["edit", "add", "annotation"], force].concat()), pairs(self.annotations, ':')),
            (owned(&["edit", "set", "namespace", "--"]), owned(&[self.namespace])),
            (owned(&["patches"]), if self.patches.is_empty() { Vec::new() } else { vec![String::new()] }),
            (owned(&["edit", "add", "component"]), owned(self.components)),
        ];
        let given = calls.into_iter().filter(|(words, values)| match words[0].as_str() {
            "patches" => !values.is_empty(),
            _ => values.iter().any(|value| !value.is_empty()),
        });
        given.map(|(words, values)| if words[0] == "patches" { words } else { [words, values].concat() }).collect()
    }

    /// The same as parameters of the plugin.
    fn parameters(&self) -> Value {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| (key.to_string(), json!(value))).collect();
        let mut parameters = vec![
            json!({"name": "namePrefix", "string": self.prefix}),
            json!({"name": "nameSuffix", "string": self.suffix}),
            json!({"name": "images", "array": self.images}),
            json!({"name": "replicas", "map": Value::Object(map(self.replicas))}),
            json!({"name": "commonLabels", "map": Value::Object(map(self.labels))}),
            json!({"name": "commonAnnotations", "map": Value::Object(map(self.annotations))}),
            json!({"name": "forceCommonAnnotations", "string": self.force_annotations.to_string()}),
            json!({"name": "namespace", "string": self.namespace}),
            json!({"name": "patches", "array": self.patches}),
            json!({"name": "components", "array": self.components}),
        ];
        let switches = self.label_switches.iter().map(|(_, name)| json!({"name": name, "string": "true"}));
        parameters.extend(switches);
        Value::Array(parameters)
    }
}

/// The file of an app beside `base` and `component`, written in many ways.
const KUSTOMIZATIONS: [&str; 9] = [
    "resources: [../base]\n",
    "# comments\nresources: # of all\n- ../base # kinds\nimages:\n# one\n- name: web # two\n  newTag: \"1\"\n",
    "resources:\r\n- ../base\r\nnamespace: there\r\n",
    "bases: [../base]\nimageTags: [{name: web, newTag: '5'}]\ncommonLabels: {app: shop}\n",
    "resources: [../base]\nlabels:\n- pairs: {team: old}\n- pairs: {tier: x}\n  includeTemplates: true\n",
    "resources: [../base]\ncommonAnnotations: {note: old}\nreplicas: [{name: db, count: 9}]\npatches: []\n",
    "resources: [../base]\npatches:\n- target: {kind: Service}\n  patch: '[{\"op\": \"remove\", \"path\": \"/spec/ports\"}]'\n",
    // The file itself becomes data, so that every byte of it can be seen.
    "resources: [../base] # and this file\nconfigMapGenerator: [{name: self, files: [kustomization.yaml]}]\n",
    "{\"resources\": [\"../base\"], \"namePrefix\": \"was-\", \"components\": [\"../component\"]}\n",
];

/// Builds both ways; says whether that succeeded.
fn assert_same(tree: &Path, app: &str, application: &Application) -> bool {
    let edited = tempfile::tempdir().unwrap();
    copy(tree, edited.path());
    let expected = application.edited_and_built(&edited.path().join(app));
    let parameters = application.parameters().to_string();
    let output = generate(&tree.join(app), &[("ARGOCD_APP_PARAMETERS", &parameters)]);
    let words = format!("{app}: {parameters}\n{}\n{}", text(&expected.stderr), text(&output.stderr));
    assert_eq!(text(&output.stdout), text(&expected.stdout), "{words}");
    assert_eq!(output.status.code(), expected.status.code(), "{words}");
    output.status.success()
}

#[test]
fn overrides_in_memory_come_to_what_edits_and_a_build_come_to() {
    let place = tempfile::tempdir().unwrap();
    copy(&repository("testdata/argocd/repo"), place.path());
    let mut succeeded = 0;
    for kustomization in KUSTOMIZATIONS {
        fs::write(place.path().join("app/kustomization.yaml"), kustomization).unwrap();
        // Argo CD's own rewriting changes the file's bytes, though not what they say.
        let shows_itself = kustomization.contains("files:");
        for application in applications().iter().filter(|one| !shows_itself || one.patches.is_empty()) {
            succeeded += usize::from(assert_same(place.path(), "app", application));
            let left = fs::read_to_string(place.path().join("app/kustomization.yaml")).unwrap();
            assert_eq!(left, kustomization);
        }
    }
    assert!(succeeded > 100, "most of them can be built: {succeeded}");
}

#[test]
fn the_environments_of_the_example_can_be_overridden() {
    let place = tempfile::tempdir().unwrap();
    for directory in ["bases", "overlays"] {
        copy(&repository(directory), &place.path().join(directory));
    }
    let images = &["postgres:17", "registry.example.com/discovery:9"];
    let application = Application { prefix: "a-", images, labels: &[("team", "core")], ..Application::default() };
    for environment in ["dev", "stage", "prod"] {
        assert!(assert_same(place.path(), &format!("overlays/{environment}"), &application), "{environment}");
    }
}
