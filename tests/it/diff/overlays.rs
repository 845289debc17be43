//! `rustomize diff --all`

use super::*;

#[test]
fn what_overlays_have_in_common_is_there_once() {
    let place = shop();
    place.replace("shop/base/web.yaml", "web:1", "web:2");
    place.replace(
        "shop/prod/kustomization.yaml",
        "namespace: prod",
        "namespace: prod\nreplicas: [{name: web, count: 3}]",
    );
    place.write("shop/new/kustomization.yaml", "resources: [../app.yaml]\n");
    let output = place.diff(&["--all", "--rev", "HEAD", ".", "--load-restrictor=LoadRestrictionsNone"]);
    assert_eq!(output.status.code(), Some(2), "app.yaml is missing");
    place.write("shop/app.yaml", &config_map("x"));
    let output = place.diff(&["--all", "--rev", "HEAD", ".", "--load-restrictor=LoadRestrictionsNone"]);
    let expected = "\
# dev, prod
~ Deployment.apps web
    ~ spec.template.spec.containers[name=web].image: web:1 → web:2  base/web.yaml:11:16

# new
+ ConfigMap app  app.yaml:1:1
    + apiVersion: v1
    + data:
    +   value: x
    + kind: ConfigMap
    + metadata:
    +   name: app

# prod
~ Deployment.apps web in prod
    ~ spec.replicas: 1 → 3  prod/kustomization.yaml:3:31

2 changed, 1 added (what 3 builds have in common counts once)
";
    assert_eq!(ended(&output, 1), expected);
}

#[test]
fn what_one_overlay_has_alone_is_no_part_of_what_several_have() {
    let place = shop();
    let containers = |image: &str, more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      \
             containers:\n      - {{name: first, image: first}}\n      - name: web\n        image: {image}\n        \
             args: [a, b, c]\n{more}"
        )
    };
    let patch = |name: &str, fields: &str| {
        let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n";
        place.write(&format!("shop/{name}/patch.yaml"), &format!("{patch}      {fields}\n"));
        place.write(
            &format!("shop/{name}/kustomization.yaml"),
            "resources: [../base]\nnamePrefix: x-\npatches: [{path: patch.yaml}]\n",
        );
    };
    place.write("shop/base/web.yaml", &containers("web:1", ""));
    for name in ["dev", "prod"] {
        patch(name, "nodeName: a");
    }
    place.git("shop", &["add", "."]);
    place.git("shop", &["commit", "-qm", "second"]);
    place.write("shop/base/web.yaml", &containers("web:2", "      - {name: last, image: last}\n"));
    patch("dev", "nodeName: b\n      containers: [{name: added, image: added}, {name: first, $patch: delete}]");
    let output = place.diff(&["--all", "--rev", "HEAD", "-f", "unified"]);
    let expected = "\
# dev, prod
--- Deployment.apps web
+++ Deployment.apps web
@@ -12,6 +12,8 @@
         - a
         - b
         - c
-        image: web:1
+        image: web:2
         name: web
+      - image: last
+        name: last
       nodeName: a
# dev
--- Deployment.apps x-web
+++ Deployment.apps x-web
@@ -6,12 +6,12 @@
   template:
     spec:
       containers:
-      - image: first
-        name: first
+      - image: added
+        name: added
       - args:
         - a
         - b
         - c
         image: web:1
         name: web
-      nodeName: a
+      nodeName: b
";
    assert_eq!(ended(&output, 1), expected);
    let markdown = place.diff(&["--all", "--rev", "HEAD", "-f", "markdown"]);
    assert_eq!(ended(&markdown, 1).matches("+        image: web:2").count(), 1, "{}", ended(&markdown, 1));
}

#[test]
fn many_builds_are_counted_where_there_is_little_room() {
    let place = shop();
    for number in 0..8 {
        place.write(&format!("shop/o{number}/kustomization.yaml"), "resources: [../base]\n");
    }
    place.git("shop", &["add", "."]);
    place.git("shop", &["commit", "-qm", "second"]);
    place.replace("shop/base/web.yaml", "web:1", "web:2");
    let markdown = place.diff(&["--all", "--rev", "HEAD", "-f", "markdown"]);
    let row = "| `~` | Deployment.apps web | ~1 | dev, o0, o1, o2 and 6 more |\n";
    assert!(ended(&markdown, 1).contains(row), "{}", ended(&markdown, 1));
    let github = place.diff(&["--all", "--rev", "HEAD", "-f", "github"]);
    assert!(ended(&github, 1).ends_with("web:1 → web:2 (dev, o0, o1, o2 and 6 more)\n"), "{}", ended(&github, 1));
}
