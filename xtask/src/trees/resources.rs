//! Kubernetes resources of many kinds, which refer to one another.

use super::kinds::MORE_KINDS;
use super::plan::{Gen, Layer, Res};
use super::rng::Rng;
use super::value::{Value, list, map};

/// The names that a resource may refer to, by kind.
pub struct Peers(Vec<(String, String)>);

impl Peers {
    /// A name of that kind, mostly one that exists.
    pub fn pick(&self, rng: &mut Rng, kind: &str) -> String {
        let names: Vec<&String> = self.0.iter().filter(|(k, _)| k == kind).map(|(_, name)| name).collect();
        if names.is_empty() || rng.chance(10) {
            format!("other-{}", kind.to_lowercase())
        } else {
            (*rng.pick(&names)).clone()
        }
    }
}

/// Kinds with their share.
const KINDS: &[(&str, usize)] = &[
    ("Deployment", 22),
    ("StatefulSet", 7),
    ("DaemonSet", 5),
    ("Job", 5),
    ("CronJob", 6),
    ("Service", 14),
    ("Ingress", 7),
    ("ConfigMap", 12),
    ("Secret", 7),
    ("ServiceAccount", 7),
    ("Role", 4),
    ("RoleBinding", 6),
    ("ClusterRole", 4),
    ("ClusterRoleBinding", 5),
    ("HorizontalPodAutoscaler", 5),
    ("PodDisruptionBudget", 4),
    ("NetworkPolicy", 5),
    ("PersistentVolumeClaim", 5),
    ("CustomResourceDefinition", 4),
    ("Widget", 9),
    ("Namespace", 5),
    ("ValidatingWebhookConfiguration", 4),
    ("MutatingWebhookConfiguration", 3),
    ("APIService", 4),
    ("StorageClass", 4),
    ("PriorityClass", 4),
];

impl Gen {
    fn kind(&mut self) -> &'static str {
        if self.policies && self.rng.chance(15) {
            self.uses("admission policy");
            let kinds: &[&'static str] = &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
            return kinds[self.rng.below(2)];
        }
        let all = || KINDS.iter().chain(MORE_KINDS);
        let total: usize = all().map(|(_, share)| share).sum();
        let mut at = self.rng.below(total);
        for (kind, share) in all() {
            if at < *share {
                return kind;
            }
            at -= share;
        }
        "ConfigMap"
    }

    /// Writes `count` new resources into files of the layer; the entries for `resources`.
    pub fn write_resources(&mut self, layer: &mut Layer, count: usize) -> Vec<Value> {
        let planned: Vec<(&str, String)> = (0..count)
            .map(|_| {
                let kind = self.kind();
                (kind, self.name(kind))
            })
            .collect();
        let seen = layer.resources.iter().map(|r| (r.kind.clone(), r.name.clone()));
        let generated =
            layer.generated.iter().map(|g| (if g.secret { "Secret" } else { "ConfigMap" }.to_string(), g.name.clone()));
        let peers = Peers(
            planned
                .iter()
                .map(|(kind, name)| (kind.to_string(), name.clone()))
                .chain(seen)
                .chain(generated)
                .chain(future(layer))
                .collect(),
        );
        let namespace = self.rng.chance(20).then(|| self.rng.word(&["team-a", "team-b", "default"]));
        let several = self.rng.chance(10);
        let mut made = vec![];
        for (kind, name) in planned {
            let mut value = self.resource(kind, &name, &peers);
            if let (Some(namespace), true) = (&namespace, !cluster_scoped(kind) && self.rng.chance(80)) {
                value.map_at("metadata").set("namespace", namespace.as_str());
            }
            if several && (!cluster_scoped(kind) || self.rng.chance(10)) {
                self.uses("resources: several namespaces");
                let namespace = self.rng.word(&["team-a", "team-b", "default", "kube-system"]);
                value.map_at("metadata").set("namespace", namespace);
            }
            self.decorate(&mut value);
            layer.resources.push(Res::new(value.clone()));
            if several && !cluster_scoped(kind) && self.rng.chance(20) {
                self.uses("resources: one name in two namespaces");
                let mut twin = value.clone();
                twin.map_at("metadata").set("namespace", "twins");
                layer.resources.push(Res { ambiguous: true, ..Res::new(twin.clone()) });
                if let Some(first) = layer.resources.iter_mut().rev().nth(1) {
                    first.ambiguous = self.rng.chance(70);
                }
                made.push(twin);
            }
            made.push(value);
        }
        let dir = layer.dir.clone();
        self.spread_over_files(&dir, made)
    }

    /// Labels, annotations and what else may be on any resource.
    fn decorate(&mut self, value: &mut Value) {
        if self.rng.chance(30) {
            value.map_at("metadata").map_at("annotations").set("example.com/note", self.string());
        }
        if self.rng.chance(50) {
            let tier = self.rng.word(&["front", "back"]);
            value.map_at("metadata").map_at("labels").set("tier", tier);
        }
        if self.rng.chance(3) {
            self.uses("local-config annotation");
            value.map_at("metadata").map_at("annotations").set("config.kubernetes.io/local-config", "true");
        }
        self.rare_metadata(value);
        if self.odd && self.rng.chance(40) {
            self.make_odd(value);
        }
        if self.odd && self.rng.chance(8) {
            let name = self.odd_name();
            value.map_at("metadata").set("name", name);
        }
    }

    /// One file each, several in one, a `List`, JSON, or a directory of their own.
    fn spread_over_files(&mut self, dir: &str, mut made: Vec<Value>) -> Vec<Value> {
        let mut entries = vec![];
        while !made.is_empty() {
            let take = if self.rng.chance(35) { self.rng.range(1, made.len()) } else { 1 };
            let docs: Vec<Value> = made.drain(..take).collect();
            let style = self.style();
            let number = self.number();
            match self.rng.below(14) {
                12 => {
                    self.uses("resources: empty documents");
                    let empty =
                        self.rng.pick(&[Value::Null, Value::Raw("# nothing but a comment".into()), map! {}]).clone();
                    let mut docs = docs;
                    docs.insert(
                        self.rng.below(docs.len() + 1),
                        if self.rng.chance(95) { empty } else { "text".into() },
                    );
                    self.tree.yaml(&format!("{dir}/r{number}.yaml"), docs, style);
                    entries.push(format!("r{number}.yaml").into());
                }
                13 => {
                    self.uses("resources: another place");
                    let (path, entry) = match self.rng.below(4) {
                        0 => (format!("{dir}/sub/deep/r{number}.yml"), format!("sub/deep/r{number}.yml")),
                        1 => (format!("{dir}/sub dir/r{number}"), format!("./sub dir/r{number}")),
                        2 => {
                            self.tree.link(&format!("{dir}/l{number}.yaml"), &format!("./r{number}.yaml"));
                            (format!("{dir}/r{number}.yaml"), format!("l{number}.yaml"))
                        }
                        _ => (format!("{dir}/sub/r{number}.yaml"), format!("sub/../sub//r{number}.yaml")),
                    };
                    self.tree.yaml(&path, docs, style);
                    entries.push(entry.into());
                }
                0 => {
                    self.uses("resources: JSON");
                    let doc = if docs.len() == 1 {
                        docs[0].clone()
                    } else {
                        map! { "apiVersion" => "v1", "kind" => "List", "items" => docs }
                    };
                    self.tree.json(&format!("{dir}/r{number}.json"), doc, style);
                    entries.push(format!("r{number}.json").into());
                }
                1 => {
                    self.uses("resources: List");
                    let one_kind = docs.iter().all(|d| d.get("kind") == Some(&"ConfigMap".into()));
                    let kind = if one_kind { "ConfigMapList" } else { "List" };
                    self.tree.yaml(
                        &format!("{dir}/r{number}.yaml"),
                        vec![map! { "apiVersion" => "v1", "kind" => kind, "items" => docs }],
                        style,
                    );
                    entries.push(format!("./r{number}.yaml").into());
                }
                2 => {
                    self.uses("resources: directory");
                    self.tree.yaml(&format!("{dir}/d{number}/all.yaml"), docs, style);
                    self.tree.yaml(
                        &format!("{dir}/d{number}/kustomization.yaml"),
                        vec![map! { "resources" => list!["all.yaml"] }],
                        style ^ 1,
                    );
                    entries.push(format!("d{number}/").into());
                }
                _ => {
                    if docs.len() > 1 {
                        self.uses("resources: several documents");
                    }
                    self.tree.yaml(&format!("{dir}/r{number}.yaml"), docs, style);
                    entries.push(format!("r{number}.yaml").into());
                }
            }
        }
        entries
    }

    fn resource(&mut self, kind: &'static str, name: &str, peers: &Peers) -> Value {
        let (api, body) = match kind {
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob" => self.workload(kind, name, peers),
            "Service" | "Ingress" | "NetworkPolicy" | "APIService" => self.network(kind, name, peers),
            "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => self.rights(kind, peers),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => self.webhook(name, peers),
            "CustomResourceDefinition" => definition(),
            "Widget" => self.widget(peers),
            "ValidatingAdmissionPolicy" | "ValidatingAdmissionPolicyBinding" => self.more_kinds(kind, name, peers),
            _ if MORE_KINDS.iter().any(|(more, _)| *more == kind) => self.more_kinds(kind, name, peers),
            _ => self.plain(kind, name, peers),
        };
        let name = if kind == "CustomResourceDefinition" { format!("{name}s.example.com") } else { name.to_string() };
        let mut value = map! { "apiVersion" => api, "kind" => kind, "metadata" => map! { "name" => name } };
        for (key, part) in body.entries() {
            value.set(key, part.clone());
        }
        if self.rng.chance(4) {
            self.older_version(kind, &mut value);
        }
        value
    }

    fn workload(&mut self, kind: &str, name: &str, peers: &Peers) -> (&'static str, Value) {
        let template = self.pod_template(name, peers);
        let selector = map! { "matchLabels" => map! { "app" => name } };
        match kind {
            "Job" => ("batch/v1", map! { "spec" => map! { "backoffLimit" => 2, "template" => template } }),
            "CronJob" => {
                let job = map! { "spec" => map! { "template" => template } };
                ("batch/v1", map! { "spec" => map! { "schedule" => "*/5 * * * *", "jobTemplate" => job } })
            }
            "DaemonSet" => ("apps/v1", map! { "spec" => map! { "selector" => selector, "template" => template } }),
            "StatefulSet" => {
                self.uses("reference: StatefulSet serviceName");
                let service = peers.pick(&mut self.rng, "Service");
                let mut spec =
                    map! { "serviceName" => service, "replicas" => 2, "selector" => selector, "template" => template };
                if self.claims {
                    self.uses("volumeClaimTemplates");
                    let request = map! { "requests" => map! { "storage" => "1Gi" } };
                    spec.set(
                        "volumeClaimTemplates",
                        list![map! {
                            "metadata" => map! { "name" => "data" },
                            "spec" => map! { "accessModes" => list!["ReadWriteOnce"], "resources" => request },
                        }],
                    );
                }
                ("apps/v1", map! { "spec" => spec })
            }
            _ => {
                let mut spec = map! { "selector" => selector, "template" => template };
                if self.rng.chance(70) {
                    spec.set("replicas", self.rng.range(1, 3));
                }
                if self.rng.chance(20) {
                    spec.set(
                        "strategy",
                        map! { "rollingUpdate" => map! { "maxSurge" => 1 }, "type" => "RollingUpdate" },
                    );
                }
                ("apps/v1", map! { "spec" => spec })
            }
        }
    }

    fn network(&mut self, kind: &str, name: &str, peers: &Peers) -> (&'static str, Value) {
        match kind {
            "Service" => {
                let mut ports = vec![map! { "name" => "http", "port" => 80, "targetPort" => "http" }];
                if self.rng.chance(40) {
                    ports.push(map! { "name" => "metrics", "port" => 9090, "protocol" => "TCP" });
                }
                let mut spec = map! { "ports" => ports };
                if self.rng.chance(85) {
                    spec.set("selector", map! { "app" => name });
                }
                ("v1", map! { "spec" => spec })
            }
            "Ingress" => {
                self.uses("reference: Ingress backend");
                let backend = map! { "service" => map! { "name" => peers.pick(&mut self.rng, "Service"), "port" => map! { "number" => 80 } } };
                let path = map! { "path" => "/", "pathType" => "Prefix", "backend" => backend };
                let mut spec = map! { "rules" => list![map! { "host" => format!("{name}.example.com"), "http" => map! { "paths" => list![path] } }] };
                if self.rng.chance(40) {
                    let secret = peers.pick(&mut self.rng, "Secret");
                    spec.set(
                        "tls",
                        list![map! { "hosts" => list![format!("{name}.example.com")], "secretName" => secret }],
                    );
                }
                ("networking.k8s.io/v1", map! { "spec" => spec })
            }
            "NetworkPolicy" => {
                let from = map! { "podSelector" => map! { "matchLabels" => map! { "app" => "other" } } };
                (
                    "networking.k8s.io/v1",
                    map! { "spec" => map! {
                        "podSelector" => map! { "matchLabels" => map! { "app" => name } },
                        "ingress" => list![map! { "from" => list![from] }],
                    } },
                )
            }
            _ => {
                self.uses("reference: APIService");
                let service = map! { "name" => peers.pick(&mut self.rng, "Service"), "namespace" => "default" };
                (
                    "apiregistration.k8s.io/v1",
                    map! { "spec" => map! {
                        "group" => "metrics.example.com", "version" => "v1", "groupPriorityMinimum" => 100, "versionPriority" => 10, "service" => service,
                    } },
                )
            }
        }
    }

    fn rights(&mut self, kind: &str, peers: &Peers) -> (&'static str, Value) {
        let api = "rbac.authorization.k8s.io/v1";
        if !kind.ends_with("Binding") {
            let mut rule = map! { "apiGroups" => list![""], "resources" => list!["configmaps", "pods"], "verbs" => list!["get", "list"] };
            if self.rng.chance(40) {
                self.uses("reference: resourceNames");
                rule.set("resourceNames", list![peers.pick(&mut self.rng, "ConfigMap")]);
            }
            return (api, map! { "rules" => list![rule] });
        }
        self.uses("reference: roleRef and subjects");
        let role = if kind == "ClusterRoleBinding" || self.rng.chance(40) { "ClusterRole" } else { "Role" };
        let mut subjects = vec![
            map! { "kind" => "ServiceAccount", "name" => peers.pick(&mut self.rng, "ServiceAccount"), "namespace" => "default" },
        ];
        if self.rng.chance(30) {
            subjects.push(map! { "kind" => "ServiceAccount", "name" => "default" });
        }
        if self.rng.chance(30) {
            subjects.push(map! { "kind" => "Group", "name" => "admins", "apiGroup" => "rbac.authorization.k8s.io" });
        }
        let role = map! { "apiGroup" => "rbac.authorization.k8s.io", "kind" => role, "name" => peers.pick(&mut self.rng, role) };
        (api, map! { "roleRef" => role, "subjects" => subjects })
    }

    fn webhook(&mut self, name: &str, peers: &Peers) -> (&'static str, Value) {
        self.uses("reference: webhook service");
        let service =
            map! { "name" => peers.pick(&mut self.rng, "Service"), "namespace" => "default", "path" => "/check" };
        let hook = map! {
            "name" => format!("{name}.example.com"), "clientConfig" => map! { "service" => service },
            "sideEffects" => "None", "admissionReviewVersions" => list!["v1"],
        };
        ("admissionregistration.k8s.io/v1", map! { "webhooks" => list![hook] })
    }

    fn widget(&mut self, peers: &Peers) -> (&'static str, Value) {
        self.uses("custom resource");
        let parts = list![
            map! { "name" => "one", "size" => 1 },
            map! { "name" => "two", "size" => 2, "tags" => list!["a", "b"] }
        ];
        let steering = self.rng.chance(25);
        let parts = if steering { self.steer(parts) } else { parts };
        let mut spec = map! {
            "configName" => peers.pick(&mut self.rng, "ConfigMap"), "secretRef" => map! { "name" => peers.pick(&mut self.rng, "Secret") },
            "image" => "nginx:1.25", "replicas" => 1, "parts" => parts,
        };
        if self.rng.chance(40) {
            spec.set("template", map! { "metadata" => map! { "labels" => map! { "app" => "w" } } });
        }
        if self.odd {
            spec.set("free", map! { "a" => self.odd_scalar(), "b" => list![self.odd_scalar(), self.odd_scalar()] });
        }
        ("example.com/v1", map! { "spec" => spec })
    }

    /// A list with a comment that says how it is merged, on its key's line or above it.
    pub fn steer(&mut self, list: Value) -> Value {
        self.uses("odd: comment that steers merges");
        let note = self.rng.word(&[
            "{\"x-kubernetes-patch-merge-key\":\"name\",\"x-kubernetes-patch-strategy\":\"merge\"}",
            "{\"x-kubernetes-patch-merge-key\":\"name\",\"x-kubernetes-patch-strategy\":\"merge\"}",
            "{\"x-kubernetes-patch-strategy\":\"replace\"}",
            "{\"x-kubernetes-patch-merge-key\":\"size\",\"x-kubernetes-patch-strategy\":\"merge\"}",
            "{\"type\":\"array\",\"x-kubernetes-list-map-keys\":[\"name\"],\"x-kubernetes-list-type\":\"map\"}",
            "{\"x-kubernetes-patch-strategy\":",
        ]);
        if self.rng.chance(50) { Value::Noted(note, Box::new(list)) } else { Value::Headed(note, Box::new(list)) }
    }

    fn plain(&mut self, kind: &str, name: &str, peers: &Peers) -> (&'static str, Value) {
        match kind {
            "ConfigMap" => {
                let mut data = map! {
                    "mode" => self.string(), "address" => "host.example.com:8080:tcp", "app.properties" => "a=1\nb=two\n",
                };
                if self.rng.chance(60) {
                    data.set("structured.json", r#"{"key": "value", "nested": {"port": 80}, "list": ["a", 1.0]}"#);
                }
                if self.rng.chance(15) {
                    data.set("var", self.rng.word(&["$(SERVICE_NAME)", "a $(PORT) b", "$$(IMAGE)"]));
                }
                ("v1", map! { "data" => data })
            }
            "Secret" => ("v1", map! { "type" => "Opaque", "data" => map! { "password" => "c2VjcmV0" } }),
            "HorizontalPodAutoscaler" => {
                self.uses("reference: scaleTargetRef");
                let target = map! { "apiVersion" => "apps/v1", "kind" => "Deployment", "name" => peers.pick(&mut self.rng, "Deployment") };
                (
                    "autoscaling/v2",
                    map! { "spec" => map! { "minReplicas" => 1, "maxReplicas" => 5, "scaleTargetRef" => target } },
                )
            }
            "PodDisruptionBudget" => (
                "policy/v1",
                map! { "spec" => map! { "minAvailable" => 1, "selector" => map! { "matchLabels" => map! { "app" => name } } } },
            ),
            "PersistentVolumeClaim" => (
                "v1",
                map! { "spec" => map! {
                    "accessModes" => list!["ReadWriteOnce"], "storageClassName" => peers.pick(&mut self.rng, "StorageClass"),
                    "resources" => map! { "requests" => map! { "storage" => "2Gi" } },
                } },
            ),
            "StorageClass" => (
                "storage.k8s.io/v1",
                map! { "provisioner" => "example.com/disk", "parameters" => map! { "type" => "ssd" } },
            ),
            "PriorityClass" => ("scheduling.k8s.io/v1", map! { "value" => 1000, "globalDefault" => false }),
            "ServiceAccount" if self.rng.chance(30) => {
                ("v1", map! { "secrets" => list![map! { "name" => peers.pick(&mut self.rng, "Secret") }] })
            }
            _ => ("v1", map! {}),
        }
    }
}

/// Names that the layer is going to generate.
fn future(layer: &Layer) -> Vec<(String, String)> {
    if layer.dir == "base" {
        vec![("ConfigMap".into(), "settings".into()), ("Secret".into(), "keys".into())]
    } else {
        vec![]
    }
}

/// Whether kustomize gives resources of that kind no namespace.
pub fn cluster_scoped(kind: &str) -> bool {
    kind.starts_with("Cluster")
        || kind.ends_with("Configuration")
        || matches!(
            kind,
            "Namespace"
                | "CustomResourceDefinition"
                | "APIService"
                | "StorageClass"
                | "PriorityClass"
                | "PersistentVolume"
                | "IngressClass"
                | "PodSecurityPolicy"
                | "ValidatingAdmissionPolicy"
                | "ValidatingAdmissionPolicyBinding"
        )
}

fn definition() -> (&'static str, Value) {
    let schema = map! { "openAPIV3Schema" => map! { "type" => "object" } };
    let version = map! { "name" => "v1", "served" => true, "storage" => true, "schema" => schema };
    let body = map! { "spec" => map! {
        "group" => "example.com", "scope" => "Namespaced", "names" => map! { "kind" => "Thing", "plural" => "things" }, "versions" => list![version],
    } };
    ("apiextensions.k8s.io/v1", body)
}
