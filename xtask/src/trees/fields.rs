//! The fields of a kustomization, one function each, and how often each is used.

use super::plan::{Gen, Layer, rename};
use super::value::{Value, list, map};

impl Gen {
    /// Adds fields to a layer, each with its own chance.
    pub fn add_fields(&mut self, layer: &mut Layer) {
        let over = !layer.is_base;
        if self.rng.chance(if layer.is_base { 45 } else { 30 }) {
            self.generator_field(layer, false);
        }
        if self.rng.chance(if layer.is_base { 30 } else { 20 }) {
            self.generator_field(layer, true);
        }
        if self.rng.chance(12) {
            self.uses("generatorOptions");
            let options = self.generator_options();
            layer.fields.set("generatorOptions", options);
        }
        if self.rng.chance(10) {
            self.transformer_configuration(layer);
        }
        if self.rng.chance(5) {
            self.crds(layer);
        }
        if self.rng.chance(4) {
            self.openapi(layer);
        }
        if !layer.component && self.rng.chance(if over { 12 } else { 4 }) || layer.component && self.rng.chance(8) {
            self.component(layer);
            if self.rng.chance(20) {
                self.component(layer);
            }
        }
        if self.rng.chance(if over { 45 } else { 15 }) {
            self.patches(layer);
        }
        if self.rng.chance(5) {
            self.patches_strategic_merge(layer);
        }
        if self.rng.chance(5) {
            self.patches_json6902(layer);
        }
        self.names_and_labels(layer);
        self.images_and_replicas(layer);
        if self.rng.chance(if over { 28 } else { 8 }) {
            self.replacements(layer);
        }
        if self.rng.chance(5) {
            self.vars(layer);
        }
        if self.rng.chance(25) {
            self.plugins(layer);
        }
        if layer.is_top {
            self.top_fields(layer);
        }
    }

    fn names_and_labels(&mut self, layer: &mut Layer) {
        if self.rng.chance(if layer.is_top { 45 } else { 15 }) {
            self.uses("namespace");
            let clash = layer
                .resources
                .iter()
                .enumerate()
                .any(|(i, a)| layer.resources[..i].iter().any(|b| a.kind == b.kind && a.name == b.name));
            if !clash || self.rng.chance(20) {
                layer.fields.set("namespace", self.rng.word(&["production", "team-a", "staging"]));
            }
        }
        let mut prefix = if self.rng.chance(22) { self.rng.word(&["dev-", "p-", "x", "a.b-"]) } else { String::new() };
        let mut suffix = if self.rng.chance(22) { self.rng.word(&["-dev", "-v2", "-1"]) } else { String::new() };
        if self.odd && self.rng.chance(10) {
            prefix = self.odd_affix(true);
        }
        if self.odd && self.rng.chance(10) {
            suffix = self.odd_affix(false);
        }
        if !prefix.is_empty() {
            self.uses("namePrefix");
            layer.fields.set("namePrefix", &prefix);
        }
        if !suffix.is_empty() {
            self.uses("nameSuffix");
            layer.fields.set("nameSuffix", &suffix);
        }
        rename(layer, &prefix, &suffix);
        if self.rng.chance(30) {
            self.labels(layer);
        }
        if self.rng.chance(8) {
            self.uses("commonLabels");
            layer.fields.set("commonLabels", map! { "team" => "core", "tier" => "all" });
        }
        if self.rng.chance(15) {
            self.uses("commonAnnotations");
            layer.fields.set(
                "commonAnnotations",
                map! { "owner" => self.rng.word(&["me", "1", "a: b"]), "contact" => "x@example.com" },
            );
        }
    }

    fn labels(&mut self, layer: &mut Layer) {
        self.uses("labels");
        let mut entries = vec![];
        for i in 0..self.rng.range(1, 2) {
            let key = ["stage", "example.com/part"][i];
            let mut entry = map! { "pairs" => map! { key => self.rng.word(&["one", "true", "1"]) } };
            if self.rng.chance(35) {
                self.uses("labels: includeSelectors");
                entry.set("includeSelectors", true);
            }
            if self.rng.chance(35) {
                self.uses("labels: includeTemplates");
                entry.set("includeTemplates", true);
            }
            if self.claims && self.rng.chance(35) {
                self.uses("labels: includeVolumeClaimTemplates");
                entry.set("includeVolumeClaimTemplates", true);
            }
            if self.rng.chance(25) {
                self.uses("labels: fields");
                let spec = match self.rng.below(3) {
                    0 => map! { "kind" => "Widget", "path" => "spec/labels", "create" => true },
                    1 => map! { "path" => "spec/template/metadata/labels" },
                    _ => {
                        map! { "group" => "apps", "version" => "v1", "kind" => "Deployment", "path" => "spec/extra/labels", "create" => true }
                    }
                };
                entry.set("fields", list![spec]);
            }
            entries.push(entry);
        }
        layer.fields.set("labels", entries);
    }

    /// An entry of `images`.
    pub fn image(&mut self) -> Value {
        let name = self.rng.word(&[
            "nginx",
            "redis",
            "registry.example.com/team/api",
            "registry.example.com:5000/team/worker",
            "busybox",
            "ghcr.io/example/tool",
            "absent",
            "ngin.",
            ".*/tool",
        ]);
        let mut entry = map! { "name" => name };
        match self.rng.below(7) {
            6 => {
                entry.set("newTag", "both");
                entry.set("digest", format!("sha256:{}", "0123456789abcdef".repeat(4)));
                if self.rng.chance(50) {
                    entry.set("tagSuffix", "-too");
                }
            }
            0 => entry.set("newTag", self.rng.word(&["1.20", "v2", "latest", "007"])),
            1 => entry.set("newName", "mirror.example.com/cached"),
            2 => entry.set("digest", format!("sha256:{}", "0123456789abcdef".repeat(4))),
            3 => entry.set("tagSuffix", "-arm"),
            4 => {
                entry.set("newName", "mirror.example.com:443/other/name");
                entry.set("newTag", "3");
            }
            _ => {
                entry.set("newName", "nginx");
                entry.set("digest", format!("sha256:{}", "fedcba9876543210".repeat(4)));
            }
        }
        entry
    }

    fn images_and_replicas(&mut self, layer: &mut Layer) {
        if self.rng.chance(22) {
            self.uses("images");
            let images: Vec<Value> = (0..self.rng.range(1, 3)).map(|_| self.image()).collect();
            layer.fields.set("images", images);
        }
        if self.rng.chance(4) {
            self.uses("imageTags");
            let image = self.image();
            layer.fields.set("imageTags", list![image]);
        }
        let scaled: Vec<String> = layer
            .resources
            .iter()
            .filter(|r| matches!(r.kind.as_str(), "Deployment" | "StatefulSet") && !r.ambiguous)
            .map(|r| r.name.clone())
            .collect();
        if !scaled.is_empty() && self.rng.chance(18) {
            self.uses("replicas");
            let name = self.rng.pick(&scaled).clone();
            layer.fields.set("replicas", list![map! { "name" => name, "count" => self.rng.range(0, 5) }]);
        }
        if self.rng.chance(3) {
            self.uses("buildMetadata");
            let noted = if self.policies { "originAnnotations" } else { "transformerAnnotations" };
            let kind = self.rng.word(&["originAnnotations", noted]);
            layer.fields.set("buildMetadata", list![kind]);
        }
    }

    /// What makes sense at the top only.
    fn top_fields(&mut self, layer: &mut Layer) {
        if self.rng.chance(15) {
            self.uses("sortOptions");
            let options = match self.rng.below(3) {
                0 => map! { "order" => "fifo" },
                1 => map! { "order" => "legacy" },
                _ => map! { "order" => "legacy", "legacySortOptions" => map! {
                    "orderFirst" => list!["Namespace", "Deployment"], "orderLast" => list!["Secret", "ConfigMap"],
                } },
            };
            layer.fields.set("sortOptions", options);
        }
        if self.rng.chance(14) {
            self.uses("buildMetadata");
            let mut kinds = vec![Value::from("originAnnotations"), "managedByLabel".into()];
            if !self.policies {
                kinds.push("transformerAnnotations".into());
            }
            self.rng.shuffle(&mut kinds);
            kinds.truncate(self.rng.range(1, kinds.len()));
            layer.fields.set("buildMetadata", kinds);
        }
        if self.rng.chance(8) {
            self.uses("metadata");
            layer.fields.set("metadata", map! { "name" => "arbitrary", "annotations" => map! { "a" => "b" } });
        }
    }
}
