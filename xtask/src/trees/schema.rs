//! `configurations`, `crds` and `openapi`: what teaches kustomize about other kinds.

use super::plan::{Gen, Layer};
use super::value::{Value, list, map};

impl Gen {
    /// The field `configurations`.
    pub fn transformer_configuration(&mut self, layer: &mut Layer) {
        self.uses("configurations");
        let mut config = map! {};
        let widget = |path: &str| map! { "group" => "example.com", "kind" => "Widget", "path" => path };
        for part in [
            "nameReference",
            "varReference",
            "commonLabels",
            "labels",
            "templateLabels",
            "commonAnnotations",
            "images",
            "replicas",
            "namespace",
            "namePrefix",
            "nameSuffix",
        ] {
            // The fields that stand for `includeTemplates` are known only without others beside them.
            if !self.rng.chance(35) || (part == "templateLabels" && self.claims) {
                continue;
            }
            let specs = match part {
                "nameReference" => list![
                    map! { "kind" => "ConfigMap", "version" => "v1", "fieldSpecs" => list![map! { "kind" => "Widget", "path" => "spec/configName" }] },
                    map! { "kind" => "Secret", "fieldSpecs" => list![widget("spec/secretRef/name")] },
                    map! { "kind" => "ConfigMap", "fieldSpecs" => list![
                        map! { "kind" => "Gadget", "path" => "spec/steps/uses" }, map! { "kind" => "Service", "path" => "metadata/annotations/example.com\\/note" },
                    ] },
                    map! { "kind" => "Widget", "group" => "example.com", "fieldSpecs" => list![map! { "path" => "spec/widget" }] },
                ],
                "varReference" => list![
                    map! { "kind" => "Widget", "path" => "spec/free" },
                    map! { "kind" => "Ingress", "path" => "spec/rules/host" },
                    map! { "path" => "metadata/annotations" },
                    map! { "kind" => "ConfigMap", "path" => "data" },
                    map! { "kind" => "Gadget", "path" => "spec/matrix" },
                ],
                "commonLabels" => list![map! { "kind" => "Widget", "path" => "spec/selector", "create" => true }],
                "labels" => list![map! { "kind" => "Widget", "path" => "spec/more/labels", "create" => true }],
                "templateLabels" => {
                    list![map! { "kind" => "Widget", "path" => "spec/template/metadata/labels", "create" => true }]
                }
                "commonAnnotations" => {
                    list![map! { "kind" => "Widget", "path" => "spec/annotations", "create" => true }]
                }
                "images" => list![widget("spec/image"), map! { "path" => "spec/parts[]/image" }],
                "nameSuffix" => list![map! { "kind" => "Gadget", "path" => "spec/steps[]/id" }],
                "replicas" => list![map! { "kind" => "Widget", "path" => "spec/replicas", "create" => true }],
                "namespace" => list![map! { "kind" => "Widget", "path" => "spec/namespace", "create" => true }],
                _ => list![map! { "kind" => "Widget", "path" => "spec/prefixed" }],
            };
            config.set(part, specs);
        }
        if config.len() == 0 {
            config.set("namePrefix", list![map! { "kind" => "Widget", "path" => "metadata/name" }]);
        }
        self.add_file(layer, "configurations", "config", config);
    }

    /// The field `crds`.
    pub fn crds(&mut self, layer: &mut Layer) {
        self.uses("crds");
        let reference = |kind: &str| map! { "type" => "object", "x-kubernetes-object-ref-api-version" => "v1", "x-kubernetes-object-ref-kind" => kind };
        let string = map! { "type" => "string" };
        let widget = map! {
            "apiVersion" => string.clone(), "kind" => string, "metadata" => map! { "$ref" => "k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta" },
            "spec" => map! { "$ref" => "example.com/api/v1.WidgetSpec" },
        };
        let mut secret = reference("Secret");
        if self.rng.chance(40) {
            secret.set("x-kubernetes-object-ref-name-key", "name");
        }
        let spec = map! { "secretRef" => secret, "other" => reference("ConfigMap"), "labels" => map! { "x-kubernetes-label-selector" => "" } };
        let doc = map! {
            "example.com/api/v1.Widget" => map! { "Schema" => map! { "properties" => widget }, "Dependencies" => list!["example.com/api/v1.WidgetSpec"] },
            "example.com/api/v1.WidgetSpec" => map! { "Schema" => map! { "properties" => spec }, "Dependencies" => list![] },
        };
        self.add_file(layer, "crds", "crd", doc);
    }

    /// The field `openapi`.
    pub fn openapi(&mut self, layer: &mut Layer) {
        self.uses("openapi");
        let part = map! { "type" => "object", "properties" => map! { "name" => map! { "type" => "string" }, "size" => map! { "type" => "integer" } } };
        let parts = map! {
            "type" => "array", "items" => map! { "$ref" => "#/definitions/com.example.Part" },
            "x-kubernetes-patch-merge-key" => "name", "x-kubernetes-patch-strategy" => "merge",
        };
        let spec = map! { "type" => "object", "properties" => map! { "parts" => parts } };
        let gvk = map! { "group" => "example.com", "kind" => "Widget", "version" => "v1" };
        let widget = map! {
            "type" => "object", "properties" => map! { "spec" => spec, "metadata" => map! { "type" => "object" } },
            "x-kubernetes-group-version-kind" => list![gvk],
        };
        let doc = map! { "definitions" => map! { "com.example.Part" => part, "com.example.v1.Widget" => widget } };
        let file = format!("schema{}.json", self.number());
        let style = self.style();
        self.tree.json(&format!("{}/{file}", layer.dir), doc, style);
        layer.fields.set("openapi", map! { "path" => file });
    }

    fn add_file(&mut self, layer: &mut Layer, field: &str, stem: &str, doc: Value) {
        let style = self.style();
        let number = self.number();
        let json = stem == "crd" && self.rng.chance(60);
        let file = format!("{stem}{number}.{}", if json { "json" } else { "yaml" });
        let path = format!("{}/{file}", layer.dir);
        if json {
            self.tree.json(&path, doc, style);
        } else {
            self.tree.yaml(&path, vec![doc], style);
        }
        layer.fields.set(field, list![file]);
    }
}
