//! Kinds beyond the everyday ones: old API versions, cluster-scoped kinds, custom kinds that look like built-in ones.

use super::plan::Gen;
use super::resources::Peers;
use super::value::{Value, list, map};

/// Kinds with their share, beside those of `resources.rs`.
pub const MORE_KINDS: &[(&str, usize)] = &[
    ("Pod", 4),
    ("ReplicaSet", 2),
    ("ReplicationController", 2),
    ("PersistentVolume", 3),
    ("ResourceQuota", 2),
    ("IngressClass", 2),
    ("PodSecurityPolicy", 2),
    ("Endpoints", 2),
    ("ServiceMonitor", 3),
    ("Application", 2),
    ("Gadget", 4),
];

impl Gen {
    /// API version and body of a resource of one of [`MORE_KINDS`].
    pub fn more_kinds(&mut self, kind: &str, name: &str, peers: &Peers) -> (&'static str, Value) {
        let labels = map! { "app" => name };
        match kind {
            "Pod" => ("v1", map! { "spec" => self.pod_spec(name, peers) }),
            "ReplicaSet" => {
                let template = self.pod_template(name, peers);
                let spec =
                    map! { "replicas" => 1, "selector" => map! { "matchLabels" => labels }, "template" => template };
                ("apps/v1", map! { "spec" => spec })
            }
            "ReplicationController" => {
                let template = self.pod_template(name, peers);
                ("v1", map! { "spec" => map! { "replicas" => 1, "selector" => labels, "template" => template } })
            }
            "PersistentVolume" => {
                let claim =
                    map! { "name" => peers.pick(&mut self.rng, "PersistentVolumeClaim"), "namespace" => "default" };
                let spec = map! {
                    "capacity" => map! { "storage" => "5Gi" }, "accessModes" => list!["ReadWriteOnce"],
                    "storageClassName" => peers.pick(&mut self.rng, "StorageClass"), "claimRef" => claim,
                    "csi" => map! { "driver" => "d", "nodePublishSecretRef" => map! { "name" => peers.pick(&mut self.rng, "Secret") } },
                };
                ("v1", map! { "spec" => spec })
            }
            "ResourceQuota" => {
                ("v1", map! { "spec" => map! { "hard" => map! { "pods" => 4, "requests.cpu" => "1" } } })
            }
            "IngressClass" => {
                let parameters = map! { "kind" => "ConfigMap", "name" => peers.pick(&mut self.rng, "ConfigMap"), "namespace" => "default" };
                (
                    "networking.k8s.io/v1",
                    map! { "spec" => map! { "controller" => "example.com/c", "parameters" => parameters } },
                )
            }
            "PodSecurityPolicy" => ("policy/v1beta1", map! { "spec" => map! { "privileged" => false } }),
            "Endpoints" => {
                let subset =
                    map! { "addresses" => list![map! { "ip" => "10.0.0.2" }], "ports" => list![map! { "port" => 80 }] };
                ("v1", map! { "subsets" => list![subset] })
            }
            "ValidatingAdmissionPolicy" => {
                let spec = map! { "failurePolicy" => "Fail", "validations" => list![map! { "expression" => "object.spec.replicas <= 5" }] };
                ("admissionregistration.k8s.io/v1", map! { "spec" => spec })
            }
            "ValidatingAdmissionPolicyBinding" => {
                let policy = peers.pick(&mut self.rng, "ValidatingAdmissionPolicy");
                let spec = map! { "policyName" => policy, "validationActions" => list!["Deny"] };
                ("admissionregistration.k8s.io/v1", map! { "spec" => spec })
            }
            "ServiceMonitor" => {
                let endpoint = map! { "port" => "http", "basicAuth" => map! { "password" => map! { "name" => peers.pick(&mut self.rng, "Secret"), "key" => "password" } } };
                let spec = map! { "selector" => map! { "matchLabels" => labels }, "endpoints" => list![endpoint] };
                ("monitoring.coreos.com/v1", map! { "spec" => spec })
            }
            "Application" => {
                let source =
                    map! { "repoURL" => "https://example.com/x.git", "path" => ".", "images" => list!["nginx:1.25"] };
                let spec = map! { "project" => "default", "source" => source, "replicas" => 1 };
                ("argoproj.io/v1alpha1", map! { "spec" => spec })
            }
            _ => self.gadget(name, peers),
        }
    }

    /// A custom resource in the shape of a workload: only its kind tells that it is none.
    fn gadget(&mut self, name: &str, peers: &Peers) -> (&'static str, Value) {
        let template = self.pod_template(name, peers);
        let steps = list![
            map! { "id" => "one", "image" => "redis:7.2-alpine", "after" => list![] },
            map! { "id" => "two", "uses" => peers.pick(&mut self.rng, "ConfigMap"), "after" => list!["one"] }
        ];
        let mut spec = map! {
            "template" => template, "steps" => steps, "volumes" => list![map! { "name" => "v", "hostPath" => map! { "path" => "/x" } }],
            "matrix" => list![list![1, 2], list!["a", "b"]], "containers" => list![map! { "name" => "c", "image" => "nginx" }],
        };
        if self.rng.chance(40) {
            spec.set("selector", map! { "matchLabels" => map! { "app" => name } });
        }
        ("example.org/v1alpha1", map! { "spec" => spec })
    }

    /// Now and then an older API version of a kind, which has the same name but other rules.
    pub fn older_version(&mut self, kind: &str, value: &mut Value) {
        let versions: &[&str] = match kind {
            "Deployment" => &["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"],
            "DaemonSet" => &["extensions/v1beta1", "apps/v1beta2"],
            "StatefulSet" => &["apps/v1beta1"],
            "CronJob" => &["batch/v1beta1"],
            "PodDisruptionBudget" => &["policy/v1beta1"],
            "HorizontalPodAutoscaler" => &["autoscaling/v1", "autoscaling/v2beta2"],
            "Ingress" => &["extensions/v1beta1", "networking.k8s.io/v1beta1"],
            "ClusterRole" | "Role" | "RoleBinding" | "ClusterRoleBinding" => &["rbac.authorization.k8s.io/v1beta1"],
            "CustomResourceDefinition" => &["apiextensions.k8s.io/v1beta1"],
            "Service" => &["serving.knative.dev/v1"],
            "Secret" | "ConfigMap" | "Namespace" => &["example.com/v1"],
            _ => return,
        };
        self.uses("resources: another API version");
        value.set("apiVersion", self.rng.word(versions));
        if kind == "Ingress" {
            let rules = value.get_mut("spec").and_then(|spec| spec.get_mut("rules"));
            if let Some(Value::List(rules)) = rules.map(Value::bare_mut) {
                let old = map! { "serviceName" => "web", "servicePort" => 80 };
                rules.push(map! { "host" => "old.example.com", "http" => map! { "paths" => list![map! { "path" => "/", "backend" => old }] } });
            }
        }
    }
}
