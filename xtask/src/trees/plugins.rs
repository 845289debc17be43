//! `apiVersion: builtin` generators and transformers, inline or in files.

use super::plan::{Gen, Layer, rename};
use super::value::{Docs, Value, list, map};

/// The transformers that can be written out.
const TRANSFORMERS: &[&str] = &[
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "SuffixTransformer",
    "LabelTransformer",
    "AnnotationsTransformer",
    "NamespaceTransformer",
    "PatchTransformer",
    "PatchStrategicMergeTransformer",
    "PatchJson6902Transformer",
    "ImageTagTransformer",
    "ReplicaCountTransformer",
    "ReplacementTransformer",
    "ValueAddTransformer",
    "HashTransformer",
];

/// Whether a directory of that name holds plugins, not a layer.
pub fn is_folder(name: &str) -> bool {
    name.strip_prefix('t').is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

impl Gen {
    /// The fields `generators`, `transformers` and `validators`.
    pub fn plugins(&mut self, layer: &mut Layer) {
        let mut generators = vec![];
        if self.rng.chance(45) {
            let secret = self.rng.chance(50);
            self.uses(if secret { "builtin SecretGenerator" } else { "builtin ConfigMapGenerator" });
            let plugin = self.generator_plugin(layer, secret);
            generators.push(self.plugin_entry(layer, vec![plugin]));
        }
        if self.rng.chance(16) {
            self.uses("builtin IAMPolicyGenerator");
            let plugin = self.account_plugin();
            generators.push(self.plugin_entry(layer, vec![plugin]));
        }
        if !generators.is_empty() {
            layer.fields.set("generators", generators);
        }
        if self.rng.chance(18) {
            self.uses("validators");
            let plugin = self.validator();
            let entry = self.plugin_entry(layer, vec![plugin]);
            layer.fields.set("validators", list![entry]);
        }
        let mut docs = vec![];
        for _ in 0..self.rng.range(1, 3) {
            let kind = *self.rng.pick(TRANSFORMERS);
            let Some(mut plugin) = self.transformer(layer, kind) else { continue };
            self.uses(BUILTIN[TRANSFORMERS.iter().position(|k| *k == kind).unwrap_or(0)]);
            plugin.set("apiVersion", "builtin");
            plugin.set("kind", kind);
            if plugin.get("metadata").is_none() {
                plugin.set("metadata", map! { "name" => format!("step-{}", self.number()) });
            }
            docs.push(plugin);
        }
        let mut entries = vec![];
        while !docs.is_empty() {
            let take = if self.rng.chance(60) { 1 } else { docs.len() };
            let some: Vec<Value> = docs.drain(..take).collect();
            entries.push(self.plugin_entry(layer, some));
        }
        if !entries.is_empty() {
            layer.fields.set("transformers", entries);
        }
    }

    /// A service account that is bound to one of a cloud.
    fn account_plugin(&mut self) -> Value {
        let name = format!("account-{}", self.number());
        let mut service = map! { "name" => &name };
        if self.rng.chance(40) {
            service.set("namespace", "team-a");
        }
        map! {
            "apiVersion" => "builtin", "kind" => "IAMPolicyGenerator", "metadata" => map! { "name" => &name },
            "cloud" => "gke", "kubernetesService" => service,
            "serviceAccount" => map! { "name" => "robot", "projectId" => self.rng.word(&["project-1", "12"]) },
        }
    }

    /// A transformer that changes nothing, or only what validators may; now and then one that does.
    fn validator(&mut self) -> Value {
        let mut plugin = match self.rng.below(5) {
            0 => {
                map! { "kind" => "PrefixTransformer", "prefix" => "", "fieldSpecs" => list![map! { "path" => "metadata/name" }] }
            }
            1 => {
                map! { "kind" => "AnnotationsTransformer", "annotations" => map! { "a" => "b" }, "fieldSpecs" => list![map! { "path" => "nowhere/at/all" }] }
            }
            2 => map! {
                // Whether validators may label what has labels already depends on the lines that these are on.
                "kind" => "LabelTransformer", "labels" => map! { "validated-by" => "us" },
                "fieldSpecs" => list![map! { "path" => "metadata/labels", "create" => true, "kind" => "Namespace" }],
            },
            3 => {
                map! { "kind" => "ImageTagTransformer", "imageTag" => map! { "name" => "absent", "newTag" => "1" }, "fieldSpecs" => list![map! { "path" => "spec/image" }] }
            }
            _ => map! {
                "kind" => "LabelTransformer", "labels" => map! { "tier" => "front" },
                "fieldSpecs" => list![map! { "path" => "metadata/labels", "kind" => "Service" }],
            },
        };
        plugin.set("apiVersion", "builtin");
        plugin.set("metadata", map! { "name" => format!("check-{}", self.number()) });
        plugin
    }

    /// The documents in a file, in a directory, or inline.
    fn plugin_entry(&mut self, layer: &Layer, docs: Vec<Value>) -> Value {
        let style = self.style();
        let number = self.number();
        match self.rng.below(5) {
            0 => {
                self.uses("plugins: directory");
                self.tree.yaml(&format!("{}/t{number}/step.yaml", layer.dir), docs, style);
                self.tree.yaml(
                    &format!("{}/t{number}/kustomization.yaml", layer.dir),
                    vec![map! { "resources" => list!["step.yaml"] }],
                    style ^ 1,
                );
                format!("t{number}").into()
            }
            1 | 2 => {
                self.uses("plugins: file");
                self.tree.yaml(&format!("{}/t{number}.yaml", layer.dir), docs, style);
                format!("t{number}.yaml").into()
            }
            _ => {
                self.uses("plugins: inline");
                Value::Inline(Docs { docs, style, json: false })
            }
        }
    }

    fn generator_plugin(&mut self, layer: &mut Layer, secret: bool) -> Value {
        let name = format!("plug-{}", self.number());
        let kind = if secret { "SecretGenerator" } else { "ConfigMapGenerator" };
        let mut plugin = map! { "apiVersion" => "builtin", "kind" => kind, "metadata" => map! { "name" => name } };
        if self.rng.chance(20) {
            plugin.map_at("metadata").set("namespace", "team-b");
        }
        let dir = layer.dir.clone();
        self.sources(&dir, &mut plugin, secret);
        if let (Some(Value::Str(file)), Value::Map(entries)) = (plugin.get("env").cloned(), &mut plugin) {
            entries.retain(|(key, _)| key != "env");
            plugin.set("envs", list![file]);
        }
        if self.rng.chance(30) {
            let options = self.generator_options();
            plugin.set("options", options);
        }
        plugin
    }

    fn transformer(&mut self, layer: &mut Layer, kind: &str) -> Option<Value> {
        let name_spec = list![map! { "path" => "metadata/name" }];
        Some(match kind {
            "PrefixSuffixTransformer" => {
                rename(layer, "pp-", "-ss");
                map! { "prefix" => "pp-", "suffix" => "-ss", "fieldSpecs" => name_spec }
            }
            "PrefixTransformer" => {
                rename(layer, "pre-", "");
                map! { "prefix" => "pre-", "fieldSpecs" => name_spec }
            }
            "SuffixTransformer" => {
                let only = map! { "path" => "metadata/name", "kind" => self.rng.word(&["ConfigMap", "Deployment", "Service"]) };
                map! { "suffix" => "-suf", "fieldSpecs" => list![only] }
            }
            "LabelTransformer" => {
                let mut specs = vec![map! { "path" => "metadata/labels", "create" => true }];
                if self.rng.chance(50) {
                    specs.push(
                        map! { "kind" => "Deployment", "path" => "spec/template/metadata/labels", "create" => true },
                    );
                }
                map! { "labels" => map! { "by" => "transformer" }, "fieldSpecs" => specs }
            }
            "AnnotationsTransformer" => {
                let spec = map! { "path" => "metadata/annotations", "create" => self.rng.chance(80) };
                map! { "annotations" => map! { "by" => self.string(), "n" => "1" }, "fieldSpecs" => list![spec] }
            }
            "NamespaceTransformer" => self.namespace_transformer(layer)?,
            "PatchTransformer" => {
                let index = self.victim(layer)?;
                if self.rng.chance(50) {
                    let docs = self.merge_docs(layer, index);
                    self.path_or_inline(layer, "patch", docs)
                } else {
                    let target = self.selector(&layer.resources[index].clone());
                    let patch = map! { "apiVersion" => "v1", "kind" => "Any", "metadata" => map! { "name" => "any", "annotations" => map! { "pt" => "1" } } };
                    let mut plugin = self.path_or_inline(layer, "patch", vec![patch]);
                    plugin.set("target", target);
                    plugin
                }
            }
            "PatchStrategicMergeTransformer" => {
                let index = self.victim(layer)?;
                let docs = self.merge_docs(layer, index);
                let plugin = self.path_or_inline(layer, "patches", docs);
                match plugin.get("path") {
                    Some(path) => map! { "paths" => list![path.clone()] },
                    None => plugin,
                }
            }
            "PatchJson6902Transformer" => {
                let index = self.victim(layer)?;
                let res = &mut layer.resources[index];
                let target = map! { "kind" => &res.kind, "name" => &res.name };
                let ops = self.operations(&mut layer.resources[index]);
                let mut plugin = self.path_or_inline(layer, "jsonOp", vec![ops]);
                plugin.set("target", target);
                plugin
            }
            "ImageTagTransformer" => {
                let spec = map! { "kind" => "Widget", "path" => "spec/image" };
                let image = self.image();
                map! { "imageTag" => image, "fieldSpecs" => list![spec, map! { "path" => "spec/template/spec/containers[]/image" }] }
            }
            "ReplicaCountTransformer" => {
                let names: Vec<String> = layer
                    .resources
                    .iter()
                    .filter(|r| matches!(r.kind.as_str(), "Deployment" | "Widget") && !r.ambiguous)
                    .map(|r| r.name.clone())
                    .collect();
                if names.is_empty() {
                    return None;
                }
                let specs = list![
                    map! { "kind" => "Deployment", "path" => "spec/replicas", "create" => true },
                    map! { "kind" => "Widget", "path" => "spec/replicas" }
                ];
                map! { "replica" => map! { "name" => self.rng.pick(&names), "count" => 7 }, "fieldSpecs" => specs }
            }
            "ReplacementTransformer" => {
                let replacement = self.replacement(layer)?;
                map! { "replacements" => list![replacement] }
            }
            "HashTransformer" => map! {},
            _ => self.value_add(layer)?,
        })
    }

    fn namespace_transformer(&mut self, layer: &Layer) -> Option<Value> {
        let clash = layer.resources.iter().any(|r| r.ambiguous);
        if clash {
            return None;
        }
        let mut plugin =
            map! { "metadata" => map! { "name" => format!("ns-{}", self.number()), "namespace" => "by-transformer" } };
        if self.rng.chance(50) {
            plugin.set("unsetOnly", true);
        }
        if self.rng.chance(60) {
            plugin.set("setRoleBindingSubjects", self.rng.word(&["none", "allServiceAccounts", "defaultOnly"]));
        }
        plugin.set(
            "fieldSpecs",
            list![
                map! { "path" => "metadata/namespace", "create" => true },
                map! { "path" => "metadata/name", "kind" => "Namespace", "create" => true }
            ],
        );
        Some(plugin)
    }

    fn value_add(&mut self, layer: &Layer) -> Option<Value> {
        let index = self.victim(layer)?;
        let kind = layer.resources[index].kind.clone();
        let mut target = match self.rng.below(3) {
            0 => map! { "fieldPath" => "metadata/annotations/added" },
            1 => map! { "fieldPath" => "metadata/name" },
            _ => map! { "fieldPath" => "spec/serviceName" },
        };
        if self.rng.chance(60) {
            target.set("selector", map! { "kind" => kind });
        }
        if self.rng.chance(30) {
            target.set("filePathPosition", self.rng.range(0, 2));
        }
        Some(map! { "value" => self.rng.word(&["added", "1", "a/b"]), "targets" => list![target] })
    }
}

/// The names of [`TRANSFORMERS`] in the table of features.
const BUILTIN: &[&str] = &[
    "builtin PrefixSuffixTransformer",
    "builtin PrefixTransformer",
    "builtin SuffixTransformer",
    "builtin LabelTransformer",
    "builtin AnnotationsTransformer",
    "builtin NamespaceTransformer",
    "builtin PatchTransformer",
    "builtin PatchStrategicMergeTransformer",
    "builtin PatchJson6902Transformer",
    "builtin ImageTagTransformer",
    "builtin ReplicaCountTransformer",
    "builtin ReplacementTransformer",
    "builtin ValueAddTransformer",
    "builtin HashTransformer",
];
