//! References, names, selectors, lists and files.

use super::Plant;
use super::clean::{Clean, document};

const OVERLAY: &str = "overlay/kustomization.yaml";

pub const PLANTS: [Plant; 45] = [
    Plant {
        code: "unused-file",
        way: "a resource",
        plant: |tree, _| {
            unused(tree, "overlay/more.yaml", "apiVersion: v1 # planted\nkind: Service\nmetadata:\n  name: more\n")
        },
    },
    Plant {
        code: "unused-file",
        way: "a JSON patch",
        plant: |tree, _| unused(tree, "overlay/patch.json", "[{\"op\": \"remove\", \"path\": \"/planted\"}]\n"),
    },
    Plant {
        code: "unused-file",
        way: "a file of variables",
        plant: |tree, _| unused(tree, "base/more.env", "planted=1\n"),
    },
    Plant {
        code: "unused-file",
        way: "properties",
        plant: |tree, _| unused(tree, "overlay/more.properties", "planted=1\n"),
    },
    Plant {
        code: "unused-file",
        way: "a resource in a folder",
        plant: |tree, _| unused(tree, "base/more/deep/a.yml", "# planted\nkind: ConfigMap\n"),
    },
    Plant {
        code: "unused-file",
        way: "a YAML patch",
        plant: |tree, _| unused(tree, "overlay/patch.yaml", "- op: remove # planted\n  path: /spec\n"),
    },
    Plant {
        code: "missing-reference",
        way: "a ConfigMap in envFrom",
        plant: |tree, _| container(tree, "envFrom:\n- configMapRef:\n    name: planted"),
    },
    Plant {
        code: "missing-reference",
        way: "a Secret in env",
        plant: |tree, _| {
            container(tree, "env:\n- name: A\n  valueFrom:\n    secretKeyRef:\n      name: planted\n      key: a")
        },
    },
    Plant {
        code: "missing-reference",
        way: "a key of a ConfigMap",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            container(
                tree,
                &format!(
                    "env:\n- name: A\n  valueFrom:\n    configMapKeyRef:\n      name: {name}-settings\n      key: planted"
                ),
            )
        },
    },
    Plant {
        code: "missing-reference",
        way: "a claim",
        plant: |tree, _| pod(tree, "volumes:\n- name: data\n  persistentVolumeClaim:\n    claimName: planted"),
    },
    Plant {
        code: "missing-reference",
        way: "a ConfigMap in a projected volume",
        plant: |tree, _| {
            pod(tree, "volumes:\n- name: data\n  projected:\n    sources:\n    - configMap:\n        name: planted")
        },
    },
    Plant {
        code: "missing-reference",
        way: "a ServiceAccount",
        plant: |tree, _| pod(tree, "serviceAccountName: planted"),
    },
    Plant {
        code: "missing-reference",
        way: "a subject",
        plant: |tree, _| {
            more(
                tree,
                &document(
                    "rbac.authorization.k8s.io/v1",
                    "RoleBinding",
                    "more",
                    &format!(
                        "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: view\nsubjects:\n- kind: ServiceAccount\n  name: planted\n  namespace: {}\n",
                        tree.namespace
                    ),
                ),
            )
        },
    },
    Plant {
        code: "missing-reference",
        way: "a backend",
        plant: |tree, _| {
            more(
                tree,
                &document(
                    "networking.k8s.io/v1",
                    "Ingress",
                    "more",
                    "spec:\n  defaultBackend:\n    service:\n      name: planted\n      port:\n        number: 80\n",
                ),
            )
        },
    },
    Plant {
        code: "missing-reference",
        way: "a Secret of an Ingress",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            more(
                tree,
                &document(
                    "networking.k8s.io/v1",
                    "Ingress",
                    "more",
                    &format!(
                        "spec:\n  tls:\n  - secretName: planted\n  defaultBackend:\n    service:\n      name: {name}\n      port:\n        number: 8080\n"
                    ),
                ),
            )
        },
    },
    Plant {
        code: "stale-name",
        way: "a URL in a variable",
        plant: |tree, _| variable(tree, "API", "http://NAME:8080/planted"),
    },
    Plant {
        code: "stale-name",
        way: "a host in a variable",
        plant: |tree, _| variable(tree, "API_HOST", "NAME # planted"),
    },
    Plant {
        code: "stale-name",
        way: "a host and a port",
        plant: |tree, _| variable(tree, "API", "NAME:8080 # planted"),
    },
    Plant {
        code: "stale-name",
        way: "a full name in a variable",
        plant: |tree, _| variable(tree, "API", "NAME.NAMESPACE.svc.cluster.local # planted"),
    },
    Plant {
        code: "stale-name",
        way: "an argument",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            container(tree, &format!("args:\n- --listen=:8080\n- --api-url=https://{name}/planted"))
        },
    },
    Plant {
        code: "stale-name",
        way: "a value of a ConfigMap",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            more(
                tree,
                &document(
                    "v1",
                    "ConfigMap",
                    "more",
                    &format!(
                        "data:\n  server.conf: |\n    level = info\n    # planted\n    api = http://{name}:8080/\n"
                    )
                    .replace("    # planted\n", "")
                    .replace("8080/", "8080/planted"),
                ),
            )
        },
    },
    Plant {
        code: "stale-name",
        way: "a Secret in a custom resource",
        plant: |tree, _| {
            tree.base.add("secretGenerator", "name: root-ca\nliterals:\n- a=b\n");
            more(
                tree,
                &document("cert-manager.io/v1", "Issuer", "more", "spec:\n  ca:\n    secretName: root-ca # planted\n"),
            )
        },
    },
    Plant {
        code: "stale-name",
        way: "an object in a custom resource",
        plant: |tree, _| {
            tree.base.add("secretGenerator", "name: account\nliterals:\n- a=b\n");
            more(
                tree,
                &document(
                    "cert-manager.io/v1",
                    "Issuer",
                    "more",
                    "spec:\n  acme:\n    server: https://acme.example.com\n    privateKeySecretRef:\n      name: account # planted\n",
                ),
            )
        },
    },
    Plant {
        code: "stale-name",
        way: "an annotation",
        plant: |tree, _| {
            tree.base.add("secretGenerator", "name: users\nliterals:\n- a=b\n");
            let account = document("v1", "ServiceAccount", "more", "");
            let annotations = "metadata:\n  annotations:\n    example.com/users-secret: users # planted\n";
            more(tree, &account.replacen("metadata:\n", annotations, 1))
        },
    },
    Plant {
        code: "replaced-list",
        way: "a merge patch in a file",
        plant: |tree, _| {
            tree.overlay.add("patches", "path: more.yaml");
            tree.files.insert("overlay/more.yaml".into(), route_patch("http"));
            route(tree);
            "overlay/more.yaml".into()
        },
    },
    Plant {
        code: "replaced-list",
        way: "a merge patch in the kustomization",
        plant: |tree, _| {
            tree.overlay
                .add("patches", format!("patch: |-\n  {}", route_patch("http").trim_end().replace('\n', "\n  ")));
            route(tree);
            OVERLAY.into()
        },
    },
    Plant {
        code: "replaced-list",
        way: "a merge patch with a target",
        plant: |tree, _| {
            let patch = route_patch("http").trim_end().replace('\n', "\n  ");
            tree.overlay.add("patches", format!("target:\n  kind: VirtualService\npatch: |-\n  {patch}"));
            route(tree);
            OVERLAY.into()
        },
    },
    Plant {
        code: "replaced-list",
        way: "another list",
        plant: |tree, _| {
            tree.overlay
                .add("patches", format!("patch: |-\n  {}", route_patch("tcp").trim_end().replace('\n', "\n  ")));
            route(tree);
            OVERLAY.into()
        },
    },
    Plant {
        code: "replaced-list",
        way: "a transformer",
        plant: |tree, _| {
            tree.overlay.add("transformers", "transformer.yaml");
            let paths = document("builtin", "PatchStrategicMergeTransformer", "more", "paths:\n- more.yaml\n");
            tree.files.insert("overlay/transformer.yaml".into(), paths);
            tree.files.insert("overlay/more.yaml".into(), route_patch("http"));
            route(tree);
            "overlay/more.yaml".into()
        },
    },
    Plant {
        code: "volatile-selector",
        way: "a version by its key",
        plant: |tree, _| label(tree, "app.kubernetes.io/version: planted"),
    },
    Plant {
        code: "volatile-selector",
        way: "a version by its value",
        plant: |tree, _| label(tree, "release: v1.2.3 # planted"),
    },
    Plant { code: "volatile-selector", way: "a commit", plant: |tree, _| label(tree, "rev: 3f9ac01d # planted") },
    Plant { code: "volatile-selector", way: "a date", plant: |tree, _| label(tree, "since: \"2026-01-31\" # planted") },
    Plant {
        code: "volatile-selector",
        way: "fields of labels",
        plant: |tree, _| {
            tree.overlay.add("labels", format!("pairs:\n  version: planted\nfields:\n{SELECTORS}"));
            OVERLAY.into()
        },
    },
    Plant {
        code: "volatile-selector",
        way: "a transformer",
        plant: |tree, _| {
            tree.overlay.add("transformers", "more.yaml");
            let settings = format!("labels:\n  version: planted\nfieldSpecs:\n{SELECTORS}");
            tree.files.insert("overlay/more.yaml".into(), document("builtin", "LabelTransformer", "more", &settings));
            "overlay/more.yaml".into()
        },
    },
    Plant {
        code: "unmatched-selector",
        way: "a Service",
        plant: |tree, _| {
            more(
                tree,
                &document("v1", "Service", "more", "spec:\n  selector:\n    app: planted\n  ports:\n  - port: 80\n"),
            )
        },
    },
    Plant {
        code: "unmatched-selector",
        way: "a key of a Service",
        plant: |tree, _| {
            more(
                tree,
                &document("v1", "Service", "more", "spec:\n  selector:\n    planted: a\n  ports:\n  - port: 80\n"),
            )
        },
    },
    Plant {
        code: "unmatched-selector",
        way: "a NetworkPolicy",
        plant: |tree, _| {
            more(
                tree,
                &document(
                    "networking.k8s.io/v1",
                    "NetworkPolicy",
                    "more",
                    "spec:\n  podSelector:\n    matchLabels:\n      app: planted\n",
                ),
            )
        },
    },
    Plant {
        code: "unmatched-selector",
        way: "a PodDisruptionBudget",
        plant: |tree, _| {
            more(
                tree,
                &document(
                    "policy/v1",
                    "PodDisruptionBudget",
                    "more",
                    "spec:\n  minAvailable: 1\n  selector:\n    matchExpressions:\n    - key: planted\n      operator: Exists\n",
                ),
            )
        },
    },
    Plant { code: "unmatched-selector", way: "a Deployment", plant: |tree, _| own(tree, "Deployment", "") },
    Plant {
        code: "unmatched-selector",
        way: "a StatefulSet",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            own(tree, "StatefulSet", &format!("  serviceName: {name}\n"))
        },
    },
    Plant {
        code: "replaced-list",
        way: "in the base",
        plant: |tree, _| {
            tree.base.add("patches", "path: more.yaml");
            tree.files.insert("base/more.yaml".into(), route_patch("http"));
            route(tree);
            "base/more.yaml".into()
        },
    },
    Plant {
        code: "missing-reference",
        way: "a Secret that is pulled with",
        plant: |tree, _| pod(tree, "imagePullSecrets:\n- name: planted"),
    },
    Plant {
        code: "missing-reference",
        way: "a Secret in a volume",
        plant: |tree, _| pod(tree, "volumes:\n- name: data\n  secret:\n    secretName: planted"),
    },
    Plant {
        code: "unused-file",
        way: "a resource of a component",
        plant: |tree, _| {
            tree.overlay.add("components", "../more");
            let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: a-\n";
            tree.files.insert("more/kustomization.yaml".into(), component.into());
            unused(tree, "more/a.yaml", "kind: ConfigMap # planted\n")
        },
    },
];

const SELECTORS: &str = "- path: spec/selector/matchLabels\n- path: spec/template/metadata/labels\n";

fn unused(tree: &mut Clean, path: &str, text: &str) -> String {
    tree.files.insert(path.into(), text.into());
    path.into()
}

/// Adds an object to the base.
fn more(tree: &mut Clean, document: &str) -> String {
    tree.base.add("resources", "object.yaml");
    tree.files.insert("base/object.yaml".into(), document.into());
    "base/object.yaml".into()
}

/// Adds a Job with these lines in its pod.
fn pod(tree: &mut Clean, lines: &str) -> String {
    let image = tree.apps[0].image.clone();
    let lines = lines.replace('\n', "\n      ");
    let spec = format!(
        "spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: main\n        image: {image}:1.0\n      {lines}\n"
    );
    more(tree, &document("batch/v1", "Job", "job", &spec))
}

/// Adds a Job with these lines in its container.
fn container(tree: &mut Clean, lines: &str) -> String {
    let image = tree.apps[0].image.clone();
    let lines = lines.replace('\n', "\n        ");
    let spec = format!(
        "spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: main\n        image: {image}:1.0\n        {lines}\n"
    );
    more(tree, &document("batch/v1", "Job", "job", &spec))
}

/// Adds a Job with a variable; NAME stands for the name of a Service.
fn variable(tree: &mut Clean, name: &str, value: &str) -> String {
    let value = value.replace("NAMESPACE", &tree.namespace).replace("NAME", &tree.apps[0].name);
    container(tree, &format!("env:\n- name: {name}\n  value: {value}"))
}

/// Adds a custom resource with two lists to the base.
fn route(tree: &mut Clean) {
    let spec =
        "spec:\n  hosts:\n  - shop.example.com\n  http:\n  - name: first\n  - name: second\n  tcp:\n  - name: third\n";
    more(tree, &document("networking.istio.io/v1", "VirtualService", "route", spec));
}

fn route_patch(list: &str) -> String {
    document("networking.istio.io/v1", "VirtualService", "route", &format!("spec:\n  {list}:\n  - name: planted\n"))
}

fn label(tree: &mut Clean, pair: &str) -> String {
    tree.overlay.add("labels", format!("includeSelectors: true\npairs:\n  kind-of: x\n  {pair}\n"));
    OVERLAY.into()
}

/// Adds a workload whose selector does not fit its own pods.
fn own(tree: &mut Clean, kind: &str, fields: &str) -> String {
    let image = tree.apps[0].image.clone();
    more(
        tree,
        &document(
            "apps/v1",
            kind,
            "more",
            &format!(
                "spec:\n{fields}  selector:\n    matchLabels:\n      app: planted\n  template:\n    metadata:\n      labels:\n        app: other\n    spec:\n      containers:\n      - name: main\n        image: {image}:1.0\n"
            ),
        ),
    )
}
