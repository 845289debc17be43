//! `rustomize argocd`: what a config management plugin is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::program::{command, copy, repository, script, text, write};

/// The program as the plugin server runs it: in the application's directory, with its variables.
fn plugin(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(directory, &["argocd"]);
    command.args(arguments).stdin(Stdio::null());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.envs(variables.iter().copied()).output().unwrap()
}

/// `rustomize argocd generate`
pub fn generate(directory: &Path, variables: &[(&str, &str)]) -> Output {
    plugin(directory, &["generate"], variables)
}

/// A checkout of `testdata/argocd/repo`.
struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Checkout {
        let checkout = Checkout(tempfile::tempdir().unwrap());
        copy(&repository("testdata/argocd/repo"), checkout.0.path());
        checkout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        write(&self.path(name), content);
    }

    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        take_in(self.0.path(), &mut hash);
        format!("{:x}", hash.finalize())
    }
}

/// Takes names, modes, times and contents of everything in a directory into a hash.
fn take_in(directory: &Path, hash: &mut Sha256) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let times = (metadata.mode(), metadata.mtime(), metadata.mtime_nsec(), metadata.ino());
        hash.update(format!("{}\0{times:?}\0", path.display()));
        if metadata.is_dir() { take_in(&path, hash) } else { hash.update(fs::read(&path).unwrap()) }
    }
}

fn built(output: &Output) -> &str {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    text(&output.stdout)
}

/// The error of a call that failed as all do: status 1, nothing on stdout.
#[track_caller]
fn assert_refused(output: &Output, first: &str, then: &str) {
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let errors = text(&output.stderr);
    assert!(errors.lines().next().unwrap().contains(first) && errors.contains(then), "{errors}");
}

fn parameters(list: &Value) -> String {
    list.to_string()
}

#[test]
fn applications_share_a_checkout_at_the_same_time() {
    let checkout = Checkout::new();
    let before = checkout.hash();
    let applications = ["blue", "green"].map(|name| {
        let list = json!([
            {"name": "nameSuffix", "string": format!("-{name}")},
            {"name": "namespace", "string": name},
            {"name": "images", "array": [format!("web=registry.example.com/{name}:2")]},
            {"name": "replicas", "map": {"web": if name == "blue" { "1" } else { "2" }}},
            {"name": "components", "array": ["../component"]},
        ]);
        parameters(&list)
    });
    let app = checkout.path("app");
    let alone = applications.each_ref().map(|list| {
        let output = generate(&app, &[("ARGOCD_APP_PARAMETERS", list)]);
        built(&output).to_owned()
    });
    assert!(alone[0].contains("registry.example.com/blue:2") && alone[1].contains("registry.example.com/green:2"));
    thread::scope(|scope| {
        for (list, expected) in applications.iter().zip(&alone) {
            let app = &app;
            scope.spawn(move || {
                for _ in 0..40 {
                    assert_eq!(built(&generate(app, &[("ARGOCD_APP_PARAMETERS", list)])), expected);
                }
            });
        }
    });
    assert_eq!(checkout.hash(), before);
}

#[test]
fn variables_of_the_application_are_put_in_where_argo_cd_puts_them() {
    let checkout = Checkout::new();
    let mut list = json!([
        {"name": "images", "array": ["web:${ARGOCD_APP_REVISION_SHORT}", "nginx:$ARGOCD_ENV_TAG"]},
        {"name": "commonLabels", "map": {"app-name": "${ARGOCD_APP_NAME}"}},
        {"name": "labelWithoutSelector", "string": "true"},
        {"name": "commonAnnotations", "map": {"from": "$ARGOCD_APP_SOURCE_PATH costs $$5 at $HOME"}},
    ]);
    let variables = |list: &Value| {
        let output = generate(
            &checkout.path("app"),
            &[
                ("ARGOCD_APP_PARAMETERS", &parameters(list)),
                ("ARGOCD_APP_NAME", "shop"),
                ("ARGOCD_APP_REVISION_SHORT", "0123456"),
                ("ARGOCD_APP_SOURCE_PATH", "apps/shop"),
                ("ARGOCD_ENV_TAG", "1.27"),
                ("HOME", "/home/argocd"),
            ],
        );
        built(&output).to_owned()
    };
    let plain = variables(&list);
    for expected in [
        "image: web:0123456\n",
        "image: nginx:1.27\n",
        "app-name: shop\n",
        "from: $ARGOCD_APP_SOURCE_PATH costs $$5 at",
    ] {
        assert!(plain.contains(expected), "{expected}: {plain}");
    }
    list.as_array_mut().unwrap().push(json!({"name": "commonAnnotationsEnvsubst", "string": "true"}));
    assert!(variables(&list).contains("from: 'apps/shop costs $5 at '\n"), "{}", variables(&list));
}

#[test]
fn parameters_come_as_json_as_variables_and_from_the_environment_of_the_application() {
    let checkout = Checkout::new();
    let app = checkout.path("app");
    let list = json!([
        {"name": "name-prefix", "string": "x-"},
        {"name": "images", "array": ["web:2", "nginx:3"]},
        {"name": "replicas", "map": {"web": "3"}},
    ]);
    let as_json = generate(&app, &[("ARGOCD_APP_PARAMETERS", &parameters(&list)), ("PARAM_NAME_PREFIX", "ignored-")]);
    let expected = built(&as_json);
    assert!(
        expected.contains("name: x-web") && expected.contains("replicas: 3") && expected.contains("image: nginx:3")
    );
    let variables = [
        ("PARAM_NAME_PREFIX", "x-"),
        ("PARAM_IMAGES_1", "nginx:3"),
        ("PARAM_IMAGES_0", "web:2"),
        ("PARAM_REPLICAS_0", "web=3"),
    ];
    assert_eq!(built(&generate(&app, &variables)), expected);
    let of_the_application = [
        ("ARGOCD_ENV_RUSTOMIZE_NAME_PREFIX", "x-"),
        ("ARGOCD_ENV_RUSTOMIZE_IMAGES", "web:2, nginx:3"),
        ("ARGOCD_ENV_RUSTOMIZE_REPLICAS", "web=3"),
    ];
    assert_eq!(built(&generate(&app, &of_the_application)), expected);
}

#[test]
fn patches_come_as_entries_as_lists_and_as_they_are() {
    let checkout = Checkout::new();
    let patched = |value: Value| {
        let list = json!([value]);
        let output = generate(&checkout.path("app"), &[("ARGOCD_APP_PARAMETERS", &parameters(&list))]);
        built(&output).to_owned()
    };
    let entry =
        "target: {kind: Deployment, name: web}\npatch: |-\n  - op: add\n    path: /spec/paused\n    value: true\n";
    let merge = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n";
    let expected = patched(json!({"name": "patches", "array": [entry]}));
    assert!(expected.contains("\n  paused: true\n"), "{expected}");
    assert_eq!(patched(json!({"name": "patches", "string": entry})), expected);
    assert_eq!(
        patched(json!({"name": "patches", "string": format!("- {}", entry.trim_end().replace('\n', "\n  "))})),
        expected
    );
    assert_eq!(patched(json!({"name": "patches", "array": [merge]})), expected);
}

#[test]
fn a_wrong_parameter_is_named_with_what_it_accepts() {
    let checkout = Checkout::new();
    let refuse = |list: &str, first: &str, then: &str| {
        assert_refused(&generate(&checkout.path("app"), &[("ARGOCD_APP_PARAMETERS", list)]), first, then);
    };
    refuse(r#"[{"name": "namspace", "string": "a"}]"#, "there is no parameter namspace", "did you mean namespace?");
    refuse(r#"[{"name": "namespace", "array": ["a"]}]"#, "the parameter namespace is not a string", "accepts a string");
    refuse(r#"[{"name": "images", "map": {"a": "b"}}]"#, "the parameter images is a map", "accepts an array");
    refuse(r#"[{"name": "replicas", "array": ["web"]}]"#, "the parameter replicas has \"web\"", "key=value");
    refuse(r#"[{"name": "replicas", "map": {"web": "many"}}]"#, "replicas: web=many", "");
    refuse(r#"[{"name": "images", "array": ["web"]}]"#, "images: web says nothing new", "image:tag");
    refuse(
        r#"[{"name": "forceCommonLabels", "string": "1"}]"#,
        "the parameter forceCommonLabels is \"1\"",
        "true or false",
    );
    refuse(r#"[{"name": "patches", "array": ["a: b"]}]"#, "the parameter patches has \"a: b\"", "`path` or `patch`");
    refuse(r#"[{"name": "components", "array": ["../nowhere"]}]"#, "components: ", "nowhere");
    refuse(
        r#"[{"name": "commonAnnotations", "map": {"note": "b"}}]"#,
        "commonAnnotations: annotation note already",
        "force",
    );
    refuse(r#"{"name": "images"}"#, "ARGOCD_APP_PARAMETERS cannot be read", "a JSON list");
    let lost = generate(&checkout.path("app"), &[("PARAM_REPLICAS_WEB", "3")]);
    assert_refused(&lost, "the key of a map cannot be told from PARAM_REPLICAS_WEB", "PARAM_REPLICAS_0");
}

#[test]
fn missing_components_can_be_left_out() {
    let checkout = Checkout::new();
    let list = json!([
        {"name": "components", "array": ["../nowhere", "../component"]},
        {"name": "ignoreMissingComponents", "string": "true"},
    ]);
    let output = generate(&checkout.path("app"), &[("ARGOCD_APP_PARAMETERS", &parameters(&list))]);
    assert!(built(&output).contains("priorityClassName: high"));
}

#[test]
fn an_error_in_what_was_overridden_says_so() {
    let checkout = Checkout::new();
    let list = json!([{"name": "patches", "array": ["path: nowhere.yaml"]}]);
    let output = generate(&checkout.path("app"), &[("ARGOCD_APP_PARAMETERS", &parameters(&list))]);
    assert_refused(&output, "nowhere.yaml: no such file or directory", "kustomization.yaml with overrides");
}

#[test]
fn nothing_rendered_is_an_error_unless_it_is_allowed() {
    let checkout = Checkout::new();
    checkout.write("empty/kustomization.yaml", "resources: []\n");
    let empty = checkout.path("empty");
    assert_refused(&generate(&empty, &[]), "nothing was rendered", "allowEmpty");
    let allowed = r#"[{"name": "allowEmpty", "string": "true"}]"#;
    assert_eq!(built(&generate(&empty, &[("ARGOCD_APP_PARAMETERS", allowed)])), "");
    assert_eq!(built(&plugin(&empty, &["generate", "--allow-empty"], &[])), "");
    let refused = [("ARGOCD_APP_PARAMETERS", r#"[{"name": "allowEmpty", "string": "false"}]"#)];
    assert_refused(&plugin(&empty, &["generate", "--allow-empty"], &refused), "nothing was rendered", "");
}

#[test]
fn what_reaches_further_is_up_to_the_operator() {
    let checkout = Checkout::new();
    checkout.write("far/kustomization.yaml", "resources: [../base/db.yaml]\n");
    let far = checkout.path("far");
    let asked = [("ARGOCD_APP_PARAMETERS", r#"[{"name": "loadRestrictor", "string": "LoadRestrictionsNone"}]"#)];
    assert_refused(&generate(&far, &[]), "is not in or below", "");
    assert_refused(&generate(&far, &asked), "may not set the parameter loadRestrictor", "--allow loadRestrictor");
    let allowing = ["generate", "--allow", "loadRestrictor"];
    assert_refused(&plugin(&far, &allowing, &[]), "is not in or below", "");
    assert!(built(&plugin(&far, &allowing, &asked)).contains("name: db"));
    let overridden = [asked[0], ("ARGOCD_ENV_RUSTOMIZE_IMAGES", "postgres:16")];
    assert!(built(&plugin(&far, &allowing, &overridden)).contains("name: db"));
    let flag = ["generate", "--load-restrictor", "LoadRestrictionsNone"];
    assert!(built(&plugin(&far, &flag, &[])).contains("name: db"));
    assert_refused(
        &plugin(&far, &["generate", "--allow", "everything"], &[]),
        "illegal value everything",
        "enableHelm",
    );
}

#[test]
fn charts_see_the_versions_of_the_cluster() {
    let checkout = Checkout::new();
    let charts = "helmCharts:\n- {name: shop, releaseName: shop}\n";
    checkout.write("charts/kustomization.yaml", charts);
    checkout.write("charts/charts/shop/Chart.yaml", "name: shop\nversion: 1.0.0\n");
    checkout.write("charts/charts/shop/values.yaml", "");
    let helm = "case $1 in version) echo v3.16.0; exit;; esac\n\
                printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: seen}\\ndata: {words: \"%s\"}\\n' \"$*\"\n";
    script(&checkout.path("helm"), helm);
    let program = checkout.path("helm");
    let directory = checkout.path("charts");
    let seen = |arguments: &[&str], list: &str| {
        let arguments = [&["generate", "--helm-command", program.to_str().unwrap()], arguments].concat();
        let versions =
            [("KUBE_VERSION", "1.31.2"), ("KUBE_API_VERSIONS", "v1,apps/v1"), ("ARGOCD_APP_PARAMETERS", list)];
        let home = [("HOME", checkout.0.path().to_str().unwrap())];
        plugin(&directory, &arguments, &[&versions[..], &home[..]].concat())
    };
    assert_refused(&seen(&[], ""), "--enable-helm", "");
    let asked = r#"[{"name": "enableHelm", "string": "true"}]"#;
    assert_refused(&seen(&[], asked), "may not set the parameter enableHelm", "--allow enableHelm");
    for output in [seen(&["--enable-helm"], ""), seen(&["--allow", "enableHelm"], asked)] {
        let words = built(&output);
        for expected in ["--kube-version 1.31.2", "--api-versions v1", "--api-versions apps/v1"] {
            assert!(words.contains(expected), "{words}");
        }
    }
    let own = r#"[{"name": "kubeVersion", "string": "1.30.0"}, {"name": "apiVersions", "array": ["x/v1"]}]"#;
    let output = seen(&["--enable-helm", "--helm-kube-version", "1.29.0"], own);
    let words = built(&output);
    assert!(words.contains("--kube-version 1.30.0") && words.contains("--api-versions x/v1"), "{words}");
    assert!(!words.contains("apps/v1"), "{words}");
}

#[test]
fn a_kustomization_is_discovered_and_nothing_else() {
    let checkout = Checkout::new();
    let discover = |directory: &Path, variables: &[(&str, &str)]| {
        let output = plugin(directory, &["discover"], variables);
        built(&output).to_owned()
    };
    assert_eq!(discover(&checkout.path("app"), &[]), "kustomization.yaml\n");
    assert_eq!(discover(checkout.0.path(), &[]), "");
    // In the root of the checkout, the path of the application says where to look.
    assert_eq!(discover(checkout.0.path(), &[("ARGOCD_APP_SOURCE_PATH", "app")]), "kustomization.yaml\n");
    assert_eq!(discover(&checkout.path("app"), &[("ARGOCD_APP_SOURCE_PATH", "app")]), "kustomization.yaml\n");
    for name in ["kustomization.yml", "Kustomization"] {
        checkout.write(&format!("{name}.d/{name}"), "namePrefix: a-\n");
        assert_eq!(discover(&checkout.path(&format!("{name}.d")), &[]), format!("{name}\n"));
    }
    // What cannot be read is for `generate` to explain; what says that it is of Flux is not for us.
    checkout.write("broken/kustomization.yaml", "resources: [\n");
    assert_eq!(discover(&checkout.path("broken"), &[]), "kustomization.yaml\n");
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n";
    checkout.write("flux/kustomization.yaml", flux);
    assert_eq!(discover(&checkout.path("flux"), &[]), "");
}

#[test]
fn parameters_announce_what_is_in_the_tree() {
    let checkout = Checkout::new();
    checkout.write(
        "app/kustomization.yaml",
        "resources: [../base]\nnamePrefix: my-\nnamespace: shop\nreplicas: [{name: web, count: 3}]\n\
         images: [{name: web, newName: registry.example.com/web, newTag: '2'}]\n",
    );
    let app = checkout.path("app");
    let output = plugin(&app, &["parameters"], &[]);
    let list: Vec<BTreeMap<String, Value>> = serde_json::from_str(built(&output)).unwrap();
    let fields = ["name", "title", "tooltip", "itemType", "collectionType", "string", "array", "map"];
    assert!(list.iter().flat_map(BTreeMap::keys).all(|key| fields.contains(&key.as_str())), "{list:?}");
    let get = |name: &str| list.iter().find(|one| one["name"] == name).unwrap();
    let images = json!([
        "busybox=busybox",
        "localhost:5000/tool:1",
        "nginx:1.25",
        "postgres:15",
        "redis:7",
        "web=registry.example.com/web:2",
    ]);
    let mut found = get("images")["array"].as_array().unwrap().clone();
    found.sort_by_key(|image| image.as_str().unwrap().to_owned());
    assert_eq!((&Value::Array(found), &get("images")["collectionType"]), (&images, &json!("array")));
    assert_eq!(
        (&get("replicas")["map"], &get("replicas")["collectionType"]),
        (&json!({"db": "1", "web": "3"}), &json!("map"))
    );
    assert_eq!((&get("namespace")["string"], &get("namePrefix")["string"]), (&json!("shop"), &json!("my-")));

    // Set to what is announced, parameters change nothing but to say what was left out: that there is one replica.
    let announced = text(&output.stdout);
    let with = generate(&app, &[("ARGOCD_APP_PARAMETERS", announced)]);
    let without = built(&generate(&app, &[])).to_owned();
    assert_eq!(
        built(&with),
        without.replacen(
            "spec:\n  selector:\n    matchLabels:\n      app: db",
            "spec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: db",
            1
        )
    );
}

#[test]
fn parameters_of_what_cannot_be_built_are_an_error() {
    let checkout = Checkout::new();
    assert_refused(&plugin(&checkout.path("invalid-kustomize"), &["parameters"], &[]), "no such file or directory", "");
}
