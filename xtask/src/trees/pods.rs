//! Pod templates: the part of a resource that most transformers reach.

use super::plan::Gen;
use super::resources::Peers;
use super::value::{Value, list, map};

/// Images as written in containers.
pub const IMAGES: &[&str] = &[
    "nginx:1.25",
    "nginx",
    "redis:7.2-alpine",
    "registry.example.com/team/api:v1.4.0",
    "registry.example.com:5000/team/worker",
    "busybox@sha256:3fbc632167424a6d997e74f52b878d7cc478225cffac6bc977eedfe51c7f4e79",
    "redis@sha512:5ha512b05f00d5ba5eba11c0ffee",
    "${REGISTRY}/tool:{TAG}",
    "ghcr.io/example/tool:2024-01-01@sha256:9d5c1c1f0a3f4e0b6c2f7b9e8d7a6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b",
];

/// Names that `$(…)` and `vars` share.
pub const VARS: &[&str] = &["SERVICE_NAME", "CONFIG_NAME", "PORT", "IMAGE"];

impl Gen {
    /// `metadata` and `spec` of a pod.
    pub fn pod_template(&mut self, app: &str, peers: &Peers) -> Value {
        let mut metadata = map! { "labels" => map! { "app" => app } };
        if self.rng.chance(25) {
            metadata.set("annotations", map! { "example.com/scrape" => "true", "port" => "$(PORT)" });
        }
        map! { "metadata" => metadata, "spec" => self.pod_spec(app, peers) }
    }

    /// `spec` of a pod.
    pub fn pod_spec(&mut self, app: &str, peers: &Peers) -> Value {
        let mut volumes = vec![];
        let mut containers = vec![self.container(app, peers, &mut volumes)];
        if self.rng.chance(25) {
            containers.push(self.container("sidecar", peers, &mut volumes));
        }
        let mut spec = map! { "containers" => containers };
        if self.rng.chance(25) {
            let init = self.container("init", peers, &mut volumes);
            spec.set("initContainers", list![init]);
        }
        if self.rng.chance(35) {
            self.uses("reference: serviceAccountName");
            spec.set("serviceAccountName", peers.pick(&mut self.rng, "ServiceAccount"));
        }
        if self.rng.chance(10) {
            spec.set("imagePullSecrets", list![map! { "name" => peers.pick(&mut self.rng, "Secret") }]);
        }
        if self.rng.chance(12) {
            spec.set("affinity", self.affinity(app));
        }
        if self.rng.chance(12) {
            let constraint = map! {
                "maxSkew" => 1, "topologyKey" => "zone", "whenUnsatisfiable" => "ScheduleAnyway",
                "labelSelector" => map! { "matchLabels" => map! { "app" => app } },
            };
            spec.set("topologySpreadConstraints", list![constraint]);
        }
        if self.rng.chance(10) {
            spec.set("tolerations", list![map! { "key" => "dedicated", "operator" => "Exists" }]);
        }
        if self.rng.chance(10) {
            spec.set("hostAliases", list![map! { "ip" => "10.0.0.1", "hostnames" => list!["a.local", "b.local"] }]);
        }
        if !volumes.is_empty() {
            spec.set("volumes", volumes);
        }
        spec
    }

    fn affinity(&mut self, app: &str) -> Value {
        let selector = map! { "matchLabels" => map! { "app" => app } };
        let term = map! { "labelSelector" => selector, "topologyKey" => "kubernetes.io/hostname" };
        if self.rng.chance(50) {
            map! { "podAntiAffinity" => map! {
                "preferredDuringSchedulingIgnoredDuringExecution" => list![map! { "weight" => 50, "podAffinityTerm" => term }],
            } }
        } else {
            map! { "podAffinity" => map! { "requiredDuringSchedulingIgnoredDuringExecution" => list![term] } }
        }
    }

    fn container(&mut self, name: &str, peers: &Peers, volumes: &mut Vec<Value>) -> Value {
        let mut container = map! { "name" => name, "image" => self.rng.word(IMAGES) };
        if self.rng.chance(30) {
            container.set("command", list!["/bin/run", "--verbose"]);
        }
        if self.rng.chance(40) {
            let variable = self.rng.word(VARS);
            container.set(
                "args",
                list![
                    "serve",
                    format!("--to=$({variable}).example"),
                    self.string(),
                    self.rng.word(&["$(PORT)", "$$(PORT)", "$(PORT)$(IMAGE)", "$(NOT_A_VAR)", "$(", "$$", "x$(PORT"])
                ],
            );
        }
        if self.rng.chance(60) {
            container.set("env", self.env(peers));
        }
        if self.rng.chance(30) {
            self.uses("reference: configMapRef");
            let mut sources =
                vec![map! { "configMapRef" => map! { "name" => peers.pick(&mut self.rng, "ConfigMap") } }];
            if self.rng.chance(40) {
                sources.push(
                    map! { "prefix" => "S_", "secretRef" => map! { "name" => peers.pick(&mut self.rng, "Secret") } },
                );
            }
            container.set("envFrom", sources);
        }
        if self.rng.chance(50) {
            let mut ports = vec![map! { "name" => "http", "containerPort" => 8080 }];
            if self.rng.chance(40) {
                ports.push(map! { "containerPort" => 9090, "protocol" => "UDP" });
            }
            container.set("ports", ports);
        }
        if self.rng.chance(25) {
            let probe = map! { "httpGet" => map! { "path" => "/healthz", "port" => "http" }, "periodSeconds" => 5 };
            container.set("readinessProbe", probe);
        }
        if self.rng.chance(30) {
            let memory = self.rng.word(&["64Mi", "1Gi", "500M"]);
            let cpu = self
                .rng
                .pick(&[Value::from("100m"), Value::Raw("0.5".into()), Value::Int(1), Value::from("2")])
                .clone();
            container.set(
                "resources",
                map! { "limits" => map! { "memory" => memory }, "requests" => map! { "cpu" => cpu } },
            );
        }
        if self.rng.chance(35) {
            self.mount(&mut container, peers, volumes);
        }
        if let (Value::Map(entries), true) = (&mut container, self.rng.chance(20)) {
            self.rng.shuffle(entries);
        }
        container
    }

    fn env(&mut self, peers: &Peers) -> Value {
        let mut env = vec![];
        for key in ["LOG_LEVEL", "TARGET", "TOKEN", "LIMIT"] {
            if !self.rng.chance(50) {
                continue;
            }
            let entry = match self.rng.below(6) {
                0 => {
                    self.uses("reference: configMapKeyRef");
                    let from = map! { "name" => peers.pick(&mut self.rng, "ConfigMap"), "key" => "mode" };
                    map! { "name" => key, "valueFrom" => map! { "configMapKeyRef" => from } }
                }
                1 => {
                    self.uses("reference: secretKeyRef");
                    let from =
                        map! { "name" => peers.pick(&mut self.rng, "Secret"), "key" => "password", "optional" => true };
                    map! { "name" => key, "valueFrom" => map! { "secretKeyRef" => from } }
                }
                2 => {
                    map! { "name" => key, "valueFrom" => map! { "fieldRef" => map! { "fieldPath" => "metadata.name" } } }
                }
                3 => map! { "name" => key, "value" => format!("$({})", self.rng.pick(VARS)) },
                _ => map! { "name" => key, "value" => self.string() },
            };
            env.push(entry);
        }
        Value::List(env)
    }

    fn mount(&mut self, container: &mut Value, peers: &Peers, volumes: &mut Vec<Value>) {
        let name = format!("vol{}", volumes.len());
        let source = match self.rng.below(6) {
            0 => ("configMap", map! { "name" => peers.pick(&mut self.rng, "ConfigMap") }),
            1 => ("secret", map! { "secretName" => peers.pick(&mut self.rng, "Secret") }),
            2 => {
                self.uses("reference: claimName");
                ("persistentVolumeClaim", map! { "claimName" => peers.pick(&mut self.rng, "PersistentVolumeClaim") })
            }
            3 => {
                let one = map! { "configMap" => map! { "name" => peers.pick(&mut self.rng, "ConfigMap") } };
                ("projected", map! { "sources" => list![one] })
            }
            _ if self.rng.chance(25) => {
                self.uses("image volume");
                ("image", map! { "reference" => self.rng.word(IMAGES), "pullPolicy" => "Always" })
            }
            _ => ("emptyDir", map! {}),
        };
        volumes.push(map! { "name" => name.clone(), source.0 => source.1 });
        container.set("volumeMounts", list![map! { "name" => name, "mountPath" => "/data", "readOnly" => false }]);
    }
}
