//! Many builds through one session: what they share must not show.

use std::fs;

use rustomize::diagnostics::Error;
use rustomize::{BuildOptions, Output, Overrides, Session};
use rustomize_workloads::Workload;

use crate::program::{command, directory, script};

/// A tree of files to build in.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        Files(directory(files))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// What a build comes to, as text: output and warnings, or the error.
    fn build(&self, session: &Session, options: &BuildOptions, name: &str) -> String {
        match session.build(options, &self.path(name)) {
            Ok(output) => format!("{}{:?}", output.yaml(), output.warnings()),
            Err(error) => format!("{error}"),
        }
    }

    /// Builds in turn through one session, and each alone; returns what they come to when that is the same.
    fn same_as_alone(&self, names: &[&str]) -> Vec<String> {
        let (shared, options) = (Session::default(), BuildOptions::default());
        let build = |name: &&str| {
            let together = self.build(&shared, &options, name);
            assert_eq!(without_numbers(&together), without_numbers(&self.build(&Session::default(), &options, name)));
            together
        };
        names.iter().map(build).collect()
    }
}

/// Sources have numbers, which are others in another session.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split("FileId(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or(part, |(_, rest)| rest))
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  \
    template:\n    spec:\n      containers:\n      - name: web\n        image: web:1\n        args: [$(HOST)]\n        \
    envFrom:\n        - configMapRef:\n            name: settings\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

const BASE: &str = "resources: [web.yaml]\nnamePrefix: base-\ncommonLabels: {app: web}\nvars:\n- name: HOST\n  objref: \
    {apiVersion: v1, kind: Service, name: web}\nconfigMapGenerator:\n- name: settings\n  literals: [A=1]\n";

#[test]
fn a_base_used_by_many_overlays_is_the_same_for_all() {
    let overlay = |name: &str| {
        format!("resources: [../base]\nnamespace: {name}\nnameSuffix: -{name}\nreplicas: [{{name: web, count: 3}}]\n")
    };
    let (a, b) = (overlay("a"), overlay("b"));
    let files = Files::new(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", BASE),
        ("a/kustomization.yaml", &a),
        ("b/kustomization.yaml", &b),
        ("all/kustomization.yaml", "resources: [../a, ../b, ../plain]\n"),
        ("plain/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let built = files.same_as_alone(&["a", "b", "a", "plain", "base", "b", "plain", "a"]);
    assert!(built[2].contains("name: base-web-a\n  namespace: a") && built[2].contains("replicas: 3"), "{}", built[2]);
    assert!(built[6].contains("name: base-web\n") && built[6].contains("replicas: 1"), "{}", built[6]);
    assert!(built[6].contains("- base-web\n"), "the var: {}", built[6]);
    assert_eq!((&built[0], &built[1]), (&built[7], &built[5]));
    assert!(built[0].contains("commonLabels"), "each build warns of the base");
    // One var of that name may be declared, so that the base cannot be there twice.
    assert!(files.same_as_alone(&["a", "b", "all"])[2].contains("HOST"));
}

/// A schema in which the items of a resource `Foo` are told apart by their names.
const KEYED: &str = r#"{"definitions": {"io.x.v1.Foo": {"type": "object", "properties": {"spec": {"type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "object"},
        "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}},
        "x-kubernetes-group-version-kind": [{"group": "x.io", "kind": "Foo", "version": "v1"}]}}}"#;

/// A change of one item, for a schema that says how items are told apart.
const PATCH: &str =
    "patches:\n- patch: '{apiVersion: x.io/v1, kind: Foo, metadata: {name: f}, spec: {items: [{name: b, v: 2}]}}'\n";

#[test]
fn the_schema_that_is_chosen_above_holds_in_a_shared_base() {
    let crd =
        "{apiVersion: x.io/v1, kind: Foo, metadata: {name: f}, spec: {items: [{name: a, v: 1}, {name: b, v: 1}]}}";
    let files = Files::new(&[
        ("base/foo.yaml", crd),
        ("base/kustomization.yaml", &format!("resources: [foo.yaml]\n{PATCH}")),
        ("keyed/schema.json", KEYED),
        ("keyed/kustomization.yaml", "resources: [../base]\nopenapi: {path: schema.json}\n"),
        ("plain/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let built = files.same_as_alone(&["plain", "keyed", "plain", "keyed", "plain", "plain", "keyed"]);
    for (index, both) in [false, true, false, true, false, false, true].into_iter().enumerate() {
        assert_eq!(built[index].contains("name: a"), both, "{index}: {}", built[index]);
    }
}

#[test]
fn a_base_that_chooses_a_schema_chooses_it_for_every_overlay() {
    let files = Files::new(&[
        ("base/foo.yaml", "{apiVersion: x.io/v1, kind: Foo, metadata: {name: f}, spec: {items: [{name: a, v: 1}]}}"),
        ("base/schema.json", KEYED),
        ("base/kustomization.yaml", "resources: [foo.yaml]\nopenapi: {path: schema.json}\n"),
        ("middle/kustomization.yaml", "resources: [../base]\n"),
        ("overlay/kustomization.yaml", &format!("resources: [../middle]\n{PATCH}")),
    ]);
    for built in files.same_as_alone(&["overlay", "overlay", "overlay", "overlay"]) {
        assert!(built.contains("name: a") && built.contains("name: b"), "{built}");
    }
}

#[test]
fn a_cycle_is_one_though_the_base_was_built_before() {
    let files = Files::new(&[
        ("a/kustomization.yaml", "namePrefix: a-\n"),
        ("c/kustomization.yaml", "resources: [../a]\n"),
        ("one/kustomization.yaml", "resources: [../c]\n"),
        ("two/kustomization.yaml", "resources: [../c]\n"),
        ("a/below/kustomization.yaml", "resources: [../../c]\n"),
    ]);
    let built = files.same_as_alone(&["one", "two", "one", "a/below", "two", "a/below"]);
    assert!(built[3].contains("cycle detected"), "{}", built[3]);
    assert_eq!((&built[3], built[4].as_str()), (&built[5], "[]"));
}

#[test]
fn origins_are_those_of_each_build() {
    let base = "resources: [web.yaml]\n";
    let overlay = "buildMetadata: [originAnnotations, transformerAnnotations]\nnamePrefix: x-\n";
    let files = Files::new(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", base),
        ("one/kustomization.yaml", &format!("resources: [../base]\n{overlay}")),
        ("two/kustomization.yaml", &format!("resources: [../base]\n{overlay}")),
        ("deep/down/kustomization.yaml", &format!("resources: [../../base]\n{overlay}")),
        ("none/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let built = files.same_as_alone(&["one", "two", "deep/down", "none", "two", "deep/down", "none", "one"]);
    assert!(built[5].contains("path: ../../base/web.yaml"), "{}", built[5]);
    assert!(built[7].contains("path: ../base/web.yaml"), "{}", built[7]);
    assert!(!built[6].contains("web.yaml"), "{}", built[6]);
}

#[test]
fn an_error_of_printing_names_the_step_in_the_shared_base() {
    let replacements = "replacements:\n- sourceValue: '1.0'\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [spec.replicas]\n";
    let files = Files::new(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", &format!("resources: [web.yaml]\n{replacements}")),
        ("one/kustomization.yaml", "resources: [../base]\nnamePrefix: a-\nnameSuffix: -b\n"),
        ("two/kustomization.yaml", "resources: [../base]\nnamePrefix: c-\n"),
    ]);
    for error in files.same_as_alone(&["one", "two", "one", "two"]) {
        assert!(error.contains("written last by ReplacementTransformer of"), "{error}");
        assert!(error.contains("base/kustomization.yaml"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn programs_of_a_shared_base_run_for_each_build() {
    let function = "apiVersion: example.com/v1\nkind: Count\nmetadata:\n  name: count\n  annotations:\n    \
        config.kubernetes.io/function: |\n      exec: {path: ./count}\n";
    let files = Files::new(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/function.yaml", function),
        ("base/kustomization.yaml", "resources: [web.yaml]\ntransformers: [function.yaml]\n"),
        ("overlay/kustomization.yaml", "resources: [../base]\n"),
    ]);
    script(&files.0.path().join("base/count"), "echo x >> \"$(dirname \"$0\")/calls\"\ncat\n");
    let mut options = BuildOptions { enable_alpha_plugins: true, ..BuildOptions::default() };
    options.functions.enable_exec = true;
    let session = Session::default();
    let first = files.build(&session, &options, "overlay");
    assert!(first.contains("kind: Deployment"), "{first}");
    (0..3).for_each(|_| assert_eq!(files.build(&session, &options, "overlay"), first));
    assert_eq!(fs::read_to_string(files.path("base/calls")).unwrap().lines().count(), 4);
}

#[test]
fn all_at_once_is_one_by_one() {
    for name in ["overlays-12", "shared-base-5", "layers-4"] {
        let workload = Workload::named(name).unwrap();
        let directory = tempfile::tempdir().unwrap();
        workload.write(directory.path()).unwrap();
        let paths: Vec<String> = workload
            .builds
            .iter()
            .cycle()
            .take(24)
            .map(|build| directory.path().join(build).display().to_string())
            .collect();
        let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        paths.push("not/there");
        let options = BuildOptions::default();
        let all = Session::default().build_all(&options, &paths);
        assert!(all.last().unwrap().is_err());
        let mut each = Vec::new();
        let kept = Session::default().build_each(&options, &paths, |number, printed| {
            assert_eq!(number, each.len());
            each.push(printed.map(|printed| printed.texts().concat()).map_err(|error| error.to_string()));
            Ok::<_, ()>(())
        });
        let texts =
            |output: &Result<_, _>| output.as_ref().map(Output::yaml).map(str::to_owned).map_err(Error::to_string);
        assert!(kept.is_ok() && each.into_iter().eq(all.iter().map(texts)), "{name}");
        for (path, output) in paths.iter().zip(&all[..24]) {
            let alone = Session::default().build(&options, path).unwrap();
            assert!(
                output.as_ref().unwrap().yaml() == alone.yaml() && !alone.yaml().is_empty(),
                "{name}: {path} differs"
            );
        }
    }
}

#[test]
fn what_takes_the_builds_may_end_them() {
    let files = Files::new(&[("web.yaml", DEPLOYMENT), ("kustomization.yaml", "resources: [web.yaml]\n")]);
    let paths = vec![files.path(""); 300];
    let mut taken = 0;
    let ended = Session::default().build_each(&BuildOptions::default(), &paths, |number, printed| {
        taken += 1;
        if printed.is_ok() && number < 7 { Ok(()) } else { Err(number) }
    });
    assert_eq!((ended, taken), (Err(7), 8));
}

#[test]
fn a_shared_base_says_what_it_is_told_to_say() {
    let files = Files::new(&[
        ("base/web.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("overlay/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let (session, options) = (Session::default(), BuildOptions::default());
    (0..3).for_each(|_| assert!(files.build(&session, &options, "overlay").contains("name: web\n")));
    let overrides = Overrides { name_prefix: "new-".into(), ..Overrides::default() };
    session.override_kustomization(options.load_restrictor, &files.path("base"), &overrides).unwrap();
    (0..3).for_each(|_| assert!(files.build(&session, &options, "overlay").contains("name: new-web\n")));
    let more = Overrides { name_suffix: "-too".into(), ..Overrides::default() };
    session.override_kustomization(options.load_restrictor, &files.path("base"), &more).unwrap();
    assert!(files.build(&session, &options, "overlay").contains("name: new-web-too\n"));
}

/// The system gives threads less stack than the program.
#[test]
fn documents_that_nest_deeply_are_built_by_threads_too() {
    let documents: String =
        (0..40).map(|number| format!("---\n{{kind: Foo, metadata: {{name: f{number}}}, spec: DEEP}}\n")).collect();
    let resources = documents.replace("DEEP", &format!("{}x{}", "[".repeat(1500), "]".repeat(1500)));
    let files = Files::new(&[
        ("foo.yaml", &resources),
        ("kustomization.yaml", "resources: [foo.yaml]\ncommonAnnotations: {a: b}\n"),
    ]);
    let mut command = command(files.0.path(), &["build", "."]);
    let output = command.env("RUSTOMIZE_THREADS", "3").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("- x\n").count(), 40);
}
