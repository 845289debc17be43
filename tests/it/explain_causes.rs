//! `rustomize explain`: which line is to blame where the step that made a change is not the one that says so.

use serde_json::Value;

use crate::explain::{blamed, explained};
use crate::program::directory;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

#[test]
fn what_a_json_patch_only_sends_through_json_is_held_by_the_line_that_was_there() {
    let resource =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    on: True\n    off: 'no'\n";
    let place = directory(&[
        ("a.yaml", resource),
        (
            "kustomization.yaml",
            "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n    - op: add\n      \
             path: /metadata/labels\n      value: {new: label}\n",
        ),
    ]);
    let field = |path| blamed(place.path(), "ConfigMap/a", path);
    assert_eq!(field("metadata.annotations.on"), "a.yaml:6 resource");
    assert_eq!(field("metadata.annotations.off"), "a.yaml:7 resource");
    assert_eq!(field("metadata.labels.new"), "kustomization.yaml:7 patch");
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
        image: nginx:1
";

#[test]
fn of_two_spellings_of_a_field_the_one_that_counts_is_named() {
    let of = |kustomization: &str| {
        let place = directory(&[("a.yaml", DEPLOYMENT), ("kustomization.yaml", kustomization)]);
        blamed(place.path(), "Deployment/web", "spec.template.spec.containers.web.image")
    };
    let two = "resources: [a.yaml]\nImages:\n- name: nginx\n  newTag: '2'\nimages:\n- name: other\n  newTag: '4'\n\
               - name: nginx\n  newTag: '3'\n";
    assert_eq!(of(two), "kustomization.yaml:9 images");
    let other_way_around = "resources: [a.yaml]\nimages:\n- name: nginx\n  newTag: '3'\nImages:\n- name: other\n";
    assert_eq!(of(other_way_around), "kustomization.yaml:4 images");
    let null = "resources: [a.yaml]\nImages:\n- name: nginx\n  newTag: '3'\nimages: null\n";
    assert_eq!(of(null), "kustomization.yaml:4 images");
}

#[test]
fn of_entries_for_one_image_the_last_that_has_a_say_is_named() {
    let of = |images: &str| {
        let kustomization = format!("resources: [a.yaml]\nimages:\n{images}");
        let place = directory(&[("a.yaml", DEPLOYMENT), ("kustomization.yaml", &kustomization)]);
        blamed(place.path(), "Deployment/web", "spec.template.spec.containers.web.image")
    };
    assert_eq!(of("- {name: nginx, newTag: '2'}\n- {name: nginx, newTag: '3'}\n"), "kustomization.yaml:4 images");
    assert_eq!(of("- {name: nginx, newName: other}\n- {name: nginx, newTag: '3'}\n"), "kustomization.yaml:3 images");
    assert_eq!(of("- {name: nginx, newName: other}\n- {name: other, newTag: '3'}\n"), "kustomization.yaml:4 images");
    assert_eq!(
        of("- {name: nginx, newTag: '2'}\nimageTags:\n- {name: nginx, newTag: '3'}\n"),
        "kustomization.yaml:5 images"
    );
}

#[test]
fn the_accounts_of_an_iam_policy_generator_are_named_where_they_are() {
    let generator = "apiVersion: builtin\nkind: IAMPolicyGenerator\nmetadata:\n  name: step\ncloud: gke\nkubernetesService:\n  \
                     name: account\n  namespace: team\nserviceAccount:\n  name: robot\n  projectId: project-1\n";
    let place = directory(&[("generator.yaml", generator), ("kustomization.yaml", "generators: [generator.yaml]\n")]);
    let field = |path| blamed(place.path(), "ServiceAccount/account", path);
    assert_eq!(field("metadata.name"), "generator.yaml:7 generator");
    assert_eq!(field("metadata.namespace"), "generator.yaml:8 generator");
    assert_eq!(field("metadata.annotations[iam.gke.io/gcp-service-account]"), "generator.yaml:10 generator");
}

#[test]
fn a_generator_makes_what_its_kind_says() {
    let generator = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata:\n  name: made\nliterals: [a=b]\n";
    let place = directory(&[("generator.yaml", generator), ("kustomization.yaml", "generators: [generator.yaml]\n")]);
    let field = |path| blamed(place.path(), "ConfigMap/made", path);
    assert_eq!(field("apiVersion"), "generator.yaml:2 generator");
    assert_eq!(field("kind"), "generator.yaml:2 generator");
    assert_eq!(field("data.a"), "generator.yaml:5 generator");
}

#[test]
fn definitions_that_make_a_field_a_reference_are_named() {
    let definitions = "\
example.com/api/v1.Widget:
  Schema:
    properties:
      apiVersion: {type: string}
      kind: {type: string}
      metadata: {type: object}
      spec:
        $ref: example.com/api/v1.WidgetSpec
example.com/api/v1.WidgetSpec:
  Schema:
    properties:
      secretRef:
        x-kubernetes-object-ref-api-version: v1
        x-kubernetes-object-ref-kind: Secret
";
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  secretRef:\n    name: s\n";
    let place = directory(&[
        ("definitions.yaml", definitions),
        ("w.yaml", widget),
        (
            "kustomization.yaml",
            "resources: [w.yaml]\ncrds: [definitions.yaml]\nsecretGenerator: [{name: s, literals: [a=b]}]\n",
        ),
    ]);
    let (shown, _) = explained(place.path(), &[".", "Widget/w", "spec.secretRef.name", "-o", "json"]);
    let json: Value = serde_json::from_str(&shown).unwrap();
    let change = &json["values"][0]["changes"][1];
    assert_eq!(change["step"], "reference");
    let lines = change["also"].as_array().unwrap().iter().filter(|place| place["path"] == "definitions.yaml");
    let lines: Vec<u64> = lines.map(|place| place["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [8, 13, 14]);
}

#[test]
fn an_escaped_var_is_held_by_the_line_that_escapes_it() {
    let place = directory(&[
        ("a.yaml", &format!("{CONFIG_MAP}data:\n  text: $$(NAME) here\n")),
        ("config.yaml", "varReference:\n- {kind: ConfigMap, path: data}\n"),
        (
            "kustomization.yaml",
            "resources: [a.yaml]\nconfigurations: [config.yaml]\n\
             vars: [{name: NAME, objref: {apiVersion: v1, kind: ConfigMap, name: a}}]\n",
        ),
    ]);
    assert_eq!(blamed(place.path(), "ConfigMap/a", "data.text"), "a.yaml:6 var");
}

#[test]
fn an_item_that_was_copied_is_where_it_was_then() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: from\nrules:\n- verbs:\n  - get\n  - list\n";
    let base = "resources: [role.yaml, a.yaml]\nreplacements:\n- source: {kind: Role, fieldPath: rules.0.verbs}\n  \
                targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.verbs], options: {create: true}}]\n";
    let overlay = "resources: [base]\npatches:\n- target: {kind: Role}\n  \
                   patch: |-\n    - {op: add, path: /rules/0/verbs/1, value: watch}\n";
    let place = directory(&[
        ("base/role.yaml", role),
        ("base/a.yaml", CONFIG_MAP),
        ("base/kustomization.yaml", base),
        ("kustomization.yaml", overlay),
    ]);
    assert_eq!(blamed(place.path(), "ConfigMap/a", "metadata.verbs[0]"), "base/role.yaml:7 replacement");
    assert_eq!(blamed(place.path(), "ConfigMap/a", "metadata.verbs[1]"), "base/role.yaml:8 replacement");
}

#[test]
fn a_part_that_was_copied_twice_leads_to_who_wrote_it() {
    let kustomization = "\
resources: [base]
replacements:
- source: {kind: ConfigMap, name: a, fieldPath: metadata.name}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.name], options: {create: true}}]
- source: {kind: ConfigMap, name: a, fieldPath: data.name, options: {delimiter: '-', index: 1}}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.part], options: {create: true}}]
- source: {kind: ConfigMap, name: a, fieldPath: data.name, options: {delimiter: '-'}}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.first], options: {create: true}}]
";
    let place = directory(&[
        ("base/a.yaml", CONFIG_MAP),
        ("base/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: dev-\n"),
        ("kustomization.yaml", kustomization),
    ]);
    let field = |path| blamed(place.path(), "ConfigMap/dev-a", path);
    assert_eq!(field("data.name"), "base/kustomization.yaml:2 replacement");
    assert_eq!(field("data.part"), "base/a.yaml:4 replacement");
    assert_eq!(field("data.first"), "base/kustomization.yaml:2 replacement");
}

#[test]
fn an_empty_part_leaves_the_rest_to_who_wrote_it() {
    // The part before the first slash is empty, and nothing but a slash comes into the name, which the var reads.
    let kustomization = "\
resources: [a.yaml, base]
vars: [{name: NAME, objref: {apiVersion: v1, kind: ConfigMap, name: b}}]
configurations: [config.yaml]
replacements:
- source: {name: a, fieldPath: data.path, options: {delimiter: /}}
  targets: [{select: {name: p-b}, fieldPaths: [metadata.name], options: {delimiter: /, index: -1}}]
";
    let place = directory(&[
        ("a.yaml", &format!("{CONFIG_MAP}data:\n  path: /x\n  text: is $(NAME)\n")),
        ("base/b.yaml", &CONFIG_MAP.replace("name: a", "name: b")),
        ("base/kustomization.yaml", "resources: [b.yaml]\nnamePrefix: p-\n"),
        ("config.yaml", "varReference:\n- {kind: ConfigMap, path: data/text}\n"),
        ("kustomization.yaml", kustomization),
    ]);
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/a", "data.text"]);
    assert!(shown.contains("\n  base/kustomization.yaml:2:13  var       is $(NAME) -> is /p-b\n"), "{shown}");
}

#[test]
fn no_text_is_folded_between_braces() {
    let patch =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: >\n    one\n\n      two\n    three\n";
    let place = directory(&[
        ("a.json", r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"other": "x"}}"#),
        ("patch.yaml", patch),
        ("kustomization.yaml", "resources: [a.json]\npatches: [{path: patch.yaml}]\n"),
    ]);
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/a", "data.text", "-o", "json"]);
    let json: Value = serde_json::from_str(&shown).unwrap();
    let built = crate::program::rustomize(place.path(), &["build"]);
    let built = crate::program::text(&built.stdout);
    assert!(built.contains("  text: |\n    one\n\n      two\n    three\n"), "{built}");
    assert_eq!(json["values"][0]["value"], "one\n\n  two\nthree\n");
}

#[test]
fn a_name_may_have_slashes() {
    let place = directory(&[
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one/two\n  namespace: three\n"),
        ("kustomization.yaml", "resources: [a.yaml]\n"),
    ]);
    for name in ["one/two", "ConfigMap/one/two", "three/ConfigMap/one/two"] {
        assert_eq!(blamed(place.path(), name, "metadata.name"), "a.yaml:4 resource");
    }
    let (shown, status) = explained(place.path(), &[".", "two"]);
    assert_eq!(status, 2, "{shown}");
}

#[test]
fn what_a_path_makes_on_its_way_is_held_by_the_path() {
    let kustomization = "\
resources: [a.yaml]
replacements:
- source: {kind: ConfigMap, name: a, fieldPath: metadata.name}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: ['spec.list.[key=x].value']
    options: {create: true}
";
    let place = directory(&[("a.yaml", CONFIG_MAP), ("kustomization.yaml", kustomization)]);
    let field = |path| blamed(place.path(), "ConfigMap/a", path);
    assert_eq!(field("spec.list[0].value"), "a.yaml:4 replacement");
    assert_eq!(field("spec.list[0].key"), "kustomization.yaml:6 replacement");
}

#[test]
fn items_that_are_called_alike_have_paths_of_their_own() {
    let ports = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - {port: 53, protocol: TCP}\n  \
                 - {port: 53, protocol: UDP}\n  - {port: 80}\n";
    let place = directory(&[("a.yaml", ports), ("kustomization.yaml", "resources: [a.yaml]\n")]);
    let (shown, _) = explained(place.path(), &[".", "Service/a", "spec.ports"]);
    assert!(shown.contains("spec.ports[1].protocol: UDP\n  a.yaml:7:"), "{shown}");
    assert_eq!(blamed(place.path(), "Service/a", "spec.ports[1].protocol"), "a.yaml:7 resource");
    let (shown, _) = explained(place.path(), &[".", "Service"]);
    assert!(shown.contains("help: a resource is called by its kind and its name: `Service/a`"), "{shown}");
}

#[test]
fn a_collection_that_comes_to_nothing_is_blamed_on_the_path() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - name: web\n    port: 80\n    \
                   targetPort: web\n";
    let kustomization = "\
resources: [a.yaml]
replacements:
- source: {kind: Service, name: a, fieldPath: 'spec.ports.[name=web]'}
  targets:
  - select: {kind: Service}
    fieldPaths: ['spec.ports.[name=web].targetPort']
";
    let place = directory(&[("a.yaml", service), ("kustomization.yaml", kustomization)]);
    assert_eq!(blamed(place.path(), "Service/a", "spec.ports.80.targetPort"), "kustomization.yaml:6 replacement");
}

#[test]
fn a_collection_where_a_text_is_printed_is_blamed_on_who_copies_it() {
    let kustomization = "\
resources: [a.yaml]
replacements:
- source: {kind: ConfigMap, name: a, fieldPath: data}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [metadata.annotations.all]
    options: {create: true}
";
    let place =
        directory(&[("a.yaml", &format!("{CONFIG_MAP}data:\n  b: c\n")), ("kustomization.yaml", kustomization)]);
    let (shown, _) = explained(place.path(), &[".", "ConfigMap/a"]);
    assert!(shown.contains("    all: \"\"      # kustomization.yaml:6:18 replacement\n"), "{shown}");
}
