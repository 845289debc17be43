use super::Bench;
use crate::refs::{TransformerConfig, fix_names};

fn fix(bench: &mut Bench) -> crate::diagnostics::Result<()> {
    bench.step(|resources, context| fix_names(resources, &TransformerConfig::built_in(crate::Compat::Newest), context))
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: pod
spec:
  containers:
  - envFrom:
    - configMapRef:
        name: settings
    - secretRef:
        name: settings
    name: main
  imagePullSecrets:
  - name: \"settings\"
  volumes: null
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
---
apiVersion: v1
kind: Secret
metadata:
  name: settings
";

#[test]
fn references_follow_the_kind_that_they_are_to() {
    let mut bench = Bench::new(POD);
    bench.prefix("c-", [1]);
    bench.prefix("s-", [2]);
    fix(&mut bench).unwrap();
    let printed = bench.printed();
    assert!(printed.contains("configMapRef:\n        name: c-settings\n"), "{printed}");
    assert!(printed.contains("secretRef:\n        name: s-settings\n"), "{printed}");
    assert!(printed.contains("- name: s-settings\n"), "{printed}");
    assert!(printed.contains("volumes: null\n"), "{printed}");
}

#[test]
fn what_was_never_renamed_is_left_alone() {
    let mut bench = Bench::new(POD);
    let before = bench.printed();
    fix(&mut bench).unwrap();
    assert_eq!(bench.printed(), before);
}

const TWO: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: pod
spec:
  serviceAccountName: robot
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: robot
  namespace: a
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: robot
  namespace: default
";

#[test]
fn namespaces_keep_namesakes_apart() {
    let mut bench = Bench::new(TWO);
    bench.prefix("a-", [1]);
    bench.prefix("d-", [2]);
    fix(&mut bench).unwrap();
    assert!(bench.printed().contains("serviceAccountName: d-robot\n"), "{}", bench.printed());
}

#[test]
fn namesakes_in_reach_are_an_error_that_shows_them() {
    let text = POD.replace("kind: Secret\nmetadata:\n  name: settings", "kind: ConfigMap\nmetadata:\n  name: other");
    let mut bench = Bench::new(&text);
    bench.rename(1, "one");
    bench.rename(2, "settings");
    bench.rename(2, "two");
    let error = fix(&mut bench).unwrap_err();
    assert_eq!(error.code(), crate::diagnostics::Code::AmbiguousReference);
    let lines: Vec<u32> =
        error.diagnostic().labels.iter().map(|label| label.span.source.position(label.span.at).line).collect();
    assert_eq!(lines, [9, 20, 25], "the name, and where each candidate got its first one");
}

#[test]
fn namesakes_with_one_new_name_are_no_question() {
    let text = POD.replace("kind: Secret\nmetadata:\n  name: settings", "kind: ConfigMap\nmetadata:\n  name: other");
    let mut bench = Bench::new(&text);
    bench.rename(1, "one");
    bench.rename(2, "settings");
    bench.rename(2, "one");
    fix(&mut bench).unwrap();
    assert!(bench.printed().contains("configMapRef:\n        name: one\n"), "{}", bench.printed());
}

#[test]
fn the_referrers_own_prefix_settles_a_question() {
    let text = POD.replace("kind: Secret\nmetadata:\n  name: settings", "kind: ConfigMap\nmetadata:\n  name: settings");
    let mut bench = Bench::new(&text);
    bench.prefix("b-", [0, 2]);
    bench.prefix("a-", [1]);
    fix(&mut bench).unwrap();
    assert!(bench.printed().contains("configMapRef:\n        name: b-settings\n"), "{}", bench.printed());
    let mut bench = Bench::new(&text);
    bench.prefix("a-", [1]);
    bench.prefix("b-", [2]);
    fix(&mut bench).unwrap();
    assert!(bench.printed().contains("configMapRef:\n        name: settings\n"), "none has what the referrer has");
}

const BINDING: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: binding
  namespace: default
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: role
subjects:
- kind: ServiceAccount
  name: robot
  namespace: there
- kind: ServiceAccount
  name: robot
- kind: User
  name: me
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: role
  namespace: default
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: role
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: robot
  namespace: there
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: robot
  namespace: default
";

#[test]
fn a_role_binding_names_its_role_by_kind_and_its_accounts_by_namespace() {
    let mut bench = Bench::new(BINDING);
    bench.prefix("r-", [1]);
    bench.prefix("c-", [2]);
    bench.rename(3, "there-robot");
    bench.rename(4, "here-robot");
    let error = fix(&mut bench).unwrap_err();
    assert!(error.to_string().contains("the name `robot` in `subjects`"), "{error}");
    let mut bench = Bench::new(&BINDING.replace("- kind: ServiceAccount\n  name: robot\n- kind: User", "- kind: User"));
    bench.prefix("r-", [1]);
    bench.prefix("c-", [2]);
    bench.prefix("x-", [3, 4]);
    fix(&mut bench).unwrap();
    let printed = bench.printed();
    assert!(printed.contains("kind: ClusterRole\n  name: c-role\n"), "{printed}");
    assert!(printed.contains("name: x-robot\n  namespace: there\n- kind: User\n  name: me\n"), "{printed}");
}

#[test]
fn a_subject_without_a_name_is_an_error() {
    let mut bench = Bench::new(&BINDING.replace("- kind: User\n  name: me\n", "- kind: User\n"));
    let error = fix(&mut bench).unwrap_err();
    assert!(error.to_string().contains("there is no `name` in what `subjects` leads to"), "{error}");
}

#[test]
fn a_scalar_in_the_way_is_an_error() {
    let mut bench = Bench::new(&POD.replace("volumes: null", "volumes: x"));
    assert!(fix(&mut bench).unwrap_err().to_string().contains("`spec/volumes` is the scalar `x`"));
}

#[test]
fn the_second_look_at_a_tls_secret_sees_the_first_change() {
    let text = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ingress
spec:
  tls:
  - secretName: cert
---
apiVersion: v1
kind: Secret
metadata:
  name: cert
---
apiVersion: v1
kind: Secret
metadata:
  name: p-cert
";
    let mut bench = Bench::new(text);
    bench.prefix("p-", [1, 2]);
    fix(&mut bench).unwrap();
    assert!(bench.printed().contains("secretName: p-p-cert\n"), "{}", bench.printed());
}
