//! Manifests that Kubernetes would refuse.

use super::Plant;
use super::clean::{Clean, document};

/// A table of faults: the rule, in which way, and how it is planted.
macro_rules! plants {
    ($($code:literal, $way:literal: $plant:expr;)+) => {
        pub const PLANTS: &[Plant] = &[$(Plant { code: $code, way: $way, plant: $plant }),+];
    };
}

plants! {
    "unknown-type", "a misspelt kind": |tree, _| file(tree, "v1", "ConfigMapp # planted", "more", "data: {a: b}\n");
    "unknown-type", "a kind of another group": |tree, _| file(tree, "v1 # planted", "Deployment", "more", "");
    "unknown-type", "a group that there is not": |tree, _| file(tree, "app/v1 # planted", "Deployment", "more", "");
    "unknown-type", "a version that there is not": |tree, _| file(tree, "batch/v9 # planted", "Job", "more", "");
    "unknown-type", "a kind beside a definition": |tree, _| boat(tree, "v1", "Baot # planted", "  length: 2\n");
    "unknown-type", "a version that is not served": |tree, _| boat(tree, "v1alpha1 # planted", "Boat", "  length: 2\n");
    "unknown-type", "a version that is not declared": |tree, _| boat(tree, "v7 # planted", "Boat", "  length: 2\n");

    "removed-api", "an Ingress": |tree, _| file(tree, "extensions/v1beta1 # planted", "Ingress", "more", "");
    "removed-api", "a CronJob": |tree, _| file(tree, "batch/v1beta1 # planted", "CronJob", "more", "");
    "removed-api", "a policy": |tree, _| file(tree, "policy/v1beta1 # planted", "PodSecurityPolicy", "more", "");
    "removed-api", "an autoscaler": |tree, _| {
        file(tree, "autoscaling/v2beta2 # planted", "HorizontalPodAutoscaler", "more", "")
    };
    "removed-api", "a flow": |tree, _| file(tree, "flowcontrol.apiserver.k8s.io/v1beta3 # planted", "FlowSchema", "more", "");

    "deprecated-api", "endpoints": |tree, _| file(tree, "v1 # planted", "Endpoints", "more", "");
    "deprecated-api", "a component": |tree, _| file(tree, "v1 # planted", "ComponentStatus", "more", "");
    "deprecated-api", "a claim": |tree, _| {
        file(tree, "resource.k8s.io/v1beta1 # planted", "DeviceClass", "more", "spec: {}\n")
    };
    "deprecated-api", "a migration": |tree, _| {
        let spec = "spec: {resource: {group: apps, resource: deployments}}\n";
        file(tree, "storagemigration.k8s.io/v1beta1 # planted", "StorageVersionMigration", "more", spec)
    };
    "deprecated-api", "of a definition": |tree, _| boat(tree, "v1beta1 # planted", "Boat", "  length: 2\n");

    "schema-field", "of a container": |tree, _| container(tree, "planted: x\n");
    "schema-field", "of a pod": |tree, _| pod(tree, "planted: x\n");
    "schema-field", "of a port": |tree, _| container(tree, "ports: [{containerPort: 81, planted: x}]\n");
    "schema-field", "of a whole object": |tree, _| file(tree, "v1", "ConfigMap", "more", "planted: x\n");
    "schema-field", "of metadata": |tree, _| file(tree, "v1", "ConfigMap", "more", "  planted: x\n");
    "schema-field", "of a definition": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  planted: x\n");
    "schema-field", "of a patch": |tree, _| patch(tree, "add", "/spec/other", "planted");

    "schema-type", "a number for a text": |tree, _| container(tree, "env: [{name: A, value: 1}] # planted\n");
    "schema-type", "a text for a number": |tree, _| patch(tree, "add", "/spec/minReadySeconds", "\"1\" # planted");
    "schema-type", "a text for a list": |tree, _| container(tree, "command: planted\n");
    "schema-type", "a text for a boolean": |tree, _| container(tree, "tty: \"yes\" # planted\n");
    "schema-type", "a list for a mapping": |tree, _| container(tree, "securityContext: [a] # planted\n");
    "schema-type", "null in a list of a definition": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  moored: [null] # planted\n");

    "schema-required", "the name of a container": |tree, _| container(tree, "- image: planted\n");
    "schema-required", "the role of a binding": |tree, _| {
        file(tree, "rbac.authorization.k8s.io/v1", "RoleBinding # planted", "more", "subjects: []\n")
    };
    "schema-required", "the network of a rule": |tree, _| {
        file(tree, "networking.k8s.io/v1", "NetworkPolicy", "more", "spec:\n  ingress:\n  - from:\n    - ipBlock: {except: [10.0.0.0/8]} # planted\n  podSelector: {}\n")
    };
    "schema-required", "the path of a mount": |tree, _| container(tree, "volumeMounts: [{name: planted}]\n");
    "schema-required", "of a definition": |tree, _| {
        let file = boat(tree, "v1", "Boat", "  rig: sloop\n");
        mark(tree, &file, "spec:", "spec: # planted")
    };

    "schema-required", "null of a definition": |tree, _| {
        let file = boat(tree, "v1", "Boat", "  length: null\n");
        mark(tree, &file, "spec:", "spec: # planted")
    };

    "schema-value", "a pull policy": |tree, _| container(tree, "imagePullPolicy: planted\n");
    "schema-value", "a protocol": |tree, _| container(tree, "ports: [{containerPort: 81, protocol: planted}]\n");
    "schema-value", "a restart policy": |tree, _| pod(tree, "dnsPolicy: planted\n");
    "schema-value", "an access mode": |tree, _| {
        let spec = "spec:\n  accessModes: [planted]\n  resources: {requests: {storage: 1Gi}}\n";
        file(tree, "v1", "PersistentVolumeClaim", "more", spec)
    };
    "schema-value", "of a definition": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  rig: planted\n");

    "schema-pattern", "small letters": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: planted\n");
    "schema-pattern", "a digit": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: Planted1 # planted\n");
    "schema-pattern", "nothing": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: \"\" # planted\n");
    "schema-pattern", "a blank": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: Anna planted\n");
    "schema-pattern", "quotes": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: 'planted!'\n");

    "schema-bounds", "replicas": |tree, _| patch(tree, "add", "/spec/minReadySeconds", "-1 # planted");
    "schema-bounds", "a probe": |tree, _| container(tree, "livenessProbe: {periodSeconds: -5, tcpSocket: {port: 8080}} # planted\n");
    "schema-bounds", "no verbs": |tree, _| {
        file(tree, "rbac.authorization.k8s.io/v1", "Role", "more", "rules:\n- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [] # planted\n")
    };
    "schema-bounds", "a length": |tree, _| boat(tree, "v1", "Boat", "  length: 2000 # planted\n");
    "schema-bounds", "a text": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  name: Abcdefghijklmnopqrst # planted\n");
    "schema-bounds", "a multiple": |tree, _| boat(tree, "v1", "Boat", "  length: 3 # planted\n");

    "schema-format", "base64": |tree, _| file(tree, "v1", "Secret", "more", "data:\n  a: \"planted!\"\n");
    "schema-format", "a key": |tree, _| file(tree, "v1", "ConfigMap", "more", "data:\n  planted/a: b\n");
    "schema-format", "permissions": |tree, _| pod(tree, "volumes: [{name: v, emptyDir: {}}, {name: w, downwardAPI: {defaultMode: 644}}] # planted\n");
    "schema-format", "a large number": |tree, _| patch(tree, "add", "/spec/minReadySeconds", "3000000000 # planted");
    "schema-format", "a moment": |tree, _| file(tree, "v1", "ConfigMap", "more", "  creationTimestamp: planted\n");
    "schema-format", "a day of a definition": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  since: planted\n");

    "schema-alternative", "none": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  berth: {} # planted\n");
    "schema-alternative", "both": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  berth: {port: a, buoy: b} # planted\n");
    "schema-alternative", "neither": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  engine: {} # planted\n");
    "schema-alternative", "what must not be": |tree, _| {
        boat(tree, "v1", "Boat", "  length: 2\n  engine: {diesel: true, hybrid: true} # planted\n")
    };
    "schema-alternative", "in an item": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  moored: [{port: a}, {}] # planted\n");

    "duplicate-item", "variables": |tree, _| container(tree, "env:\n- {name: A, value: a}\n- {name: A, value: planted}\n");
    "duplicate-item", "ports": |tree, _| container(tree, "ports:\n- {containerPort: 81}\n- {containerPort: 81, protocol: TCP} # planted\n");
    "duplicate-item", "containers": |tree, _| pod(tree, "initContainers:\n- {name: a, image: a}\n- {name: a, image: planted}\n");
    "duplicate-item", "ports of a Service": |tree, _| {
        file(tree, "v1", "Service", "more", "spec:\n  ports:\n  - {name: a, port: 80}\n  - {name: b, port: 80} # planted\n")
    };
    "duplicate-item", "of a definition": |tree, _| {
        boat(tree, "v1", "Boat", "  length: 2\n  crew:\n  - {name: eva}\n  - {name: eva, role: hand} # planted\n")
    };
    "duplicate-item", "of a set": |tree, _| boat(tree, "v1", "Boat", "  length: 2\n  flags:\n  - red\n  - red # planted\n  moored: []\n");

    "invalid-name", "capitals": |tree, _| file(tree, "v1", "ConfigMap", "plantedName", "");
    "invalid-name", "an underscore": |tree, _| file(tree, "v1", "Secret", "a_planted", "");
    "invalid-name", "of a container": |tree, _| pod(tree, "initContainers: [{name: plantedOne, image: a}]\n");
    "invalid-name", "of a volume": |tree, _| pod(tree, "volumes: [{name: a.planted, emptyDir: {}}]\n");
    "invalid-name", "a slash in a role": |tree, _| file(tree, "rbac.authorization.k8s.io/v1", "Role", "a/planted", "rules: []\n");
    "invalid-name", "a dot in a label": |tree, _| pod(tree, "hostname: a.planted\n");

    "invalid-label", "a value": |tree, _| file(tree, "v1", "ConfigMap", "more", "  labels: {team: a/planted}\n");
    "invalid-label", "a key": |tree, _| file(tree, "v1", "ConfigMap", "more", "  labels:\n    -planted: a\n");
    "invalid-label", "a key of an annotation": |tree, _| file(tree, "v1", "ConfigMap", "more", "  annotations:\n    is planted: a\n");
    "invalid-label", "of the kustomization": |tree, _| {
        tree.overlay.add("labels", "pairs:\n  extra: is planted");
        OVERLAY.into()
    };
    "invalid-label", "of a node": |tree, _| pod(tree, "nodeSelector: {disk: is planted}\n");

    "invalid-port", "of a container": |tree, _| container(tree, "ports: [{containerPort: 0}] # planted\n");
    "invalid-port", "a long name": |tree, _| container(tree, "ports: [{containerPort: 81, name: a-planted-name-of-a-port}]\n");
    "invalid-port", "of a Service": |tree, _| file(tree, "v1", "Service", "more", "spec:\n  ports:\n  - port: 70000 # planted\n");
    "invalid-port", "a number as a name": |tree, _| container(tree, "livenessProbe: {tcpSocket: {port: \"8080\"}} # planted\n");
    "invalid-port", "of a probe": |tree, _| container(tree, "livenessProbe: {httpGet: {port: 80800}} # planted\n");

    "invalid-quantity", "bytes": |tree, _| container(tree, "resources: {limits: {memory: 2GB}} # planted\n");
    "invalid-quantity", "words": |tree, _| container(tree, "resources: {limits: {cpu: planted}}\n");
    "invalid-quantity", "a blank": |tree, _| container(tree, "resources: {requests: {memory: 1 Gi}} # planted\n");
    "invalid-quantity", "of a claim": |tree, _| {
        file(tree, "v1", "PersistentVolumeClaim", "more", "spec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: planted}}\n")
    };
    "invalid-quantity", "of a volume": |tree, _| pod(tree, "volumes: [{name: v, emptyDir: {sizeLimit: 1gb}}] # planted\n");

    "request-above-limit", "processors": |tree, _| container(tree, "resources: {limits: {cpu: 1}, requests: {cpu: 1100m}} # planted\n");
    "request-above-limit", "memory": |tree, _| container(tree, "resources: {limits: {memory: 1G}, requests: {memory: 1Gi}} # planted\n");
    "request-above-limit", "disk": |tree, _| container(tree, "resources: {limits: {ephemeral-storage: 1M}, requests: {ephemeral-storage: 1Mi}} # planted\n");
    "request-above-limit", "numbers and texts": |tree, _| container(tree, "resources: {limits: {cpu: 0.5}, requests: {cpu: \"1\"}} # planted\n");
    "request-above-limit", "over lines": |tree, _| container(tree, "resources:\n  limits:\n    cpu: 100m\n  requests:\n    cpu: 0.2 # planted\n");
}

const OVERLAY: &str = "overlay/kustomization.yaml";

/// A file of the overlay with one object more. `rest` goes on in its metadata where it is indented.
fn file(tree: &mut Clean, api_version: &str, kind: &str, name: &str, rest: &str) -> String {
    with_file(tree, &document(api_version, kind, name, rest))
}

fn with_file(tree: &mut Clean, text: &str) -> String {
    tree.overlay.add("resources", "more-here.yaml");
    tree.files.insert("overlay/more-here.yaml".into(), text.into());
    "overlay/more-here.yaml".into()
}

/// A Pod more, with lines of its own.
fn pod_with(tree: &mut Clean, container: &str, pod: &str) -> String {
    let indented = |lines: &str, by: &str| lines.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    // A line that begins an item of its own is another container.
    let by = if container.starts_with('-') { "  " } else { "    " };
    let spec = format!(
        "spec:\n{}  containers:\n  - name: main\n    image: main\n{}",
        indented(pod, "  "),
        indented(container, by)
    );
    file(tree, "v1", "Pod", "more", &spec)
}

fn container(tree: &mut Clean, lines: &str) -> String {
    pod_with(tree, lines, "")
}

fn pod(tree: &mut Clean, lines: &str) -> String {
    pod_with(tree, "", lines)
}

/// A patch of the overlay for the first workload.
fn patch(tree: &mut Clean, operation: &str, path: &str, value: &str) -> String {
    let (kind, name) = (tree.apps[0].kind, tree.apps[0].name.clone());
    let target = format!("target:\n  kind: {kind}\n  name: {name}\n");
    tree.overlay
        .add("patches", format!("{target}patch: |-\n  - op: {operation}\n    path: {path}\n    value: {value}\n"));
    OVERLAY.into()
}

const DEFINITION: &str = "spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats}
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
            required: [length]
            properties:
              length: {type: integer, minimum: 1, maximum: 100, multipleOf: 2}
              name: {type: string, pattern: '^([A-Z][a-z]+)$', maxLength: 12}
              rig: {type: string, enum: [sloop, ketch]}
              since: {type: string, format: date}
              berth: &berth
                type: object
                properties: {port: {type: string}, buoy: {type: string}}
                oneOf: [{required: [port]}, {required: [buoy]}]
              moored: {type: array, items: *berth}
              engine:
                type: object
                properties: {diesel: {type: boolean}, power: {type: number}, hybrid: {type: boolean}}
                anyOf: [{required: [diesel]}, {required: [power]}]
                not: {required: [hybrid]}
              crew:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name, role]
                items: {type: object, properties: {name: {type: string}, role: {type: string, default: hand}}}
              flags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
  - {name: v1beta1, served: true, storage: false, deprecated: true}
  - {name: v1alpha1, served: false, storage: false}
";

/// A CustomResourceDefinition and an object of it.
fn boat(tree: &mut Clean, version: &str, kind: &str, spec: &str) -> String {
    let definition = document("apiextensions.k8s.io/v1", "CustomResourceDefinition", "boats.example.com", DEFINITION);
    let object = document(&format!("example.com/{version}"), kind, "anna", &format!("spec:\n{spec}"));
    tree.overlay.add("resources", "boats.yaml");
    tree.files.insert("overlay/boats.yaml".into(), definition);
    with_file(tree, &object)
}

/// Writes something else into a file.
fn mark(tree: &mut Clean, file: &str, from: &str, to: &str) -> String {
    if let Some(text) = tree.files.get_mut(file) {
        *text = text.replacen(from, to, 1);
    }
    file.to_owned()
}
