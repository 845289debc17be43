//! Resources that patches delete: those go when the patches are done, and nothing after the one that deleted sees them.

use crate::program::{directory, rustomize, text};

const FOUR: &str = "\
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: d}, data: {}}
";

fn kustomization(last: &str) -> String {
    format!(
        "resources: [all.yaml]
patches:
- patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, $patch: delete}}'
- patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: b}}, data: {{x: y}}}}'
- target: {{kind: ConfigMap, name: d}}
  patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: any}}, $patch: delete}}'
- target: {{kind: ConfigMap}}
  patch: '- {{op: add, path: /data/k, value: v}}'
- {last}
namePrefix: p-
"
    )
}

/// What is expected is what kubectl prints.
#[test]
fn what_one_patch_deletes_the_next_ones_pass_over() {
    let last = "patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {z: z}}'";
    let tree = directory(&[("kustomization.yaml", &kustomization(last)), ("all.yaml", FOUR)]);
    let output = rustomize(tree.path(), &["build"]);
    let expected = "\
apiVersion: v1
data:
  k: v
  x: \"y\"
kind: ConfigMap
metadata:
  name: p-b
---
apiVersion: v1
data:
  k: v
  z: z
kind: ConfigMap
metadata:
  name: p-c
";
    assert_eq!((text(&output.stdout), text(&output.stderr)), (expected, ""));
}

#[test]
fn a_patch_of_what_is_deleted_finds_nothing_and_is_told_of_no_such_thing() {
    let last = "patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {z: z}}'";
    let tree = directory(&[("kustomization.yaml", &kustomization(last)), ("all.yaml", FOUR)]);
    let output = rustomize(tree.path(), &["build"]);
    let errors = text(&output.stderr);
    assert!(errors.contains("there is no resource ConfigMap.v1.[noGrp]/a.[noNs] to patch"), "{errors}");
    assert!(!errors.contains("there is ConfigMap"), "{errors}");
    assert_eq!(text(&output.stdout), "");
}
