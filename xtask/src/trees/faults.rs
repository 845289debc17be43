//! Deliberate mistakes. Most of them have to be refused by both programs; some only look like mistakes.

use super::plan::Gen;
use super::rewrite::INNER_DOTS;
use super::tree::Body;
use super::value::{Value, list, map};

/// Files that are broken, each in its own way, and listed under `resources`.
const BROKEN_FILES: &[(&str, &str)] = &[
    ("tab.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n"),
    ("nameless.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
    ("kindless.yaml", "apiVersion: v1\nmetadata:\n  name: x\n"),
    ("scalar.yaml", "hello\n"),
    ("list.yaml", "- a\n- b\n"),
    ("empty.yaml", ""),
    ("comment.yaml", "# nothing\n"),
    ("unclosed.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\n"),
    ("twice.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n  a: c\n"),
    ("anchor.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata: *nowhere\n"),
    ("infinite.yaml", "apiVersion: v1\nkind: Widget\nmetadata:\n  name: x\nspec:\n  n: .inf\n"),
    ("keys.yaml", "apiVersion: v1\nkind: Widget\nmetadata:\n  name: x\nspec:\n  1: one\n"),
    ("tag.yaml", "apiVersion: v1\nkind: Widget\nmetadata:\n  name: x\nspec:\n  n: !!int abc\n"),
    ("marker.yaml", "---foo\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"),
    ("directive.yaml", "%YAML 1.2\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"),
    ("generated.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: x-\n"),
    ("labels.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  labels: [a]\n"),
    ("annotations.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations: text\n"),
    ("nested.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {a: b}\n"),
    ("items.yaml", "apiVersion: v1\nkind: List\nitems:\n- hello\n"),
    ("itemless.yaml", "apiVersion: v1\nkind: ConfigMapList\nmetadata:\n  name: x\n"),
    ("bytes.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \"\\uD800\"\n"),
];

impl Gen {
    /// Breaks something in the tree.
    pub fn fault(&mut self) {
        self.uses("a deliberate fault");
        let homes = self.tree.kustomizations();
        let home = self.rng.pick(&homes).clone();
        match self.rng.below(5) {
            0 => self.break_file(&home, &homes),
            1 | 2 => self.break_resource(&home),
            _ => self.break_field(&home),
        }
    }

    /// A file that is missing, or a kustomization that cannot be found or read.
    fn break_file(&mut self, home: &str, homes: &[String]) {
        let dir = home.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
        match self.rng.below(7) {
            0 | 1 => {
                let others: Vec<String> = self.tree.files.keys().filter(|p| !homes.contains(p)).cloned().collect();
                if !others.is_empty() {
                    self.tree.files.remove(self.rng.pick(&others));
                }
            }
            2 => {
                self.tree.files.remove(home);
            }
            3 => self.tree.bytes(&format!("{dir}/kustomization.yml"), "namePrefix: second-\n"),
            4 => {
                self.tree.bytes(home, self.rng.word(&["", "{}\n", "# comment\n", "null\n", "- a\n", "text\n", "---\n"]))
            }
            5 => self.tree.bytes(home, "resources: [a.yaml\n"),
            _ => self.add_resource(home, &format!("../{}", dir.rsplit('/').next().unwrap_or(&dir))),
        }
    }

    /// One more resource, which should not be there.
    fn break_resource(&mut self, home: &str) {
        let dir = home.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
        match self.rng.below(6) {
            0 => {
                let twin =
                    map! { "apiVersion" => "v1", "kind" => "ConfigMap", "metadata" => map! { "name" => "twin" } };
                self.tree.yaml(&format!("{dir}/twin.yaml"), vec![twin.clone(), twin], 1);
                self.add_resource(home, "twin.yaml");
            }
            1 => {
                let dotted = format!("{dir}/{INNER_DOTS}");
                let map = map! { "apiVersion" => "v1", "kind" => "ConfigMap", "metadata" => map! { "name" => "dots" } };
                self.tree.yaml(&format!("{dotted}/map.yaml"), vec![map], 0);
                self.tree.yaml(
                    &format!("{dotted}/kustomization.yaml"),
                    vec![map! { "resources" => list!["map.yaml"] }],
                    0,
                );
                self.add_resource(home, INNER_DOTS);
            }
            _ => {
                let (name, text) = *self.rng.pick(BROKEN_FILES);
                self.tree.bytes(&format!("{dir}/{name}"), text);
                self.add_resource(home, name);
            }
        }
    }

    fn add_resource(&mut self, home: &str, entry: &str) {
        let Some(fields) = self.tree.document_mut(home) else { return };
        match fields.get_mut("resources") {
            Some(list) => list.push(entry),
            None => fields.set("resources", list![entry]),
        }
    }

    /// A field of the kustomization that is wrong, or empty.
    fn break_field(&mut self, home: &str) {
        let dir = home.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
        let (field, value) = self.wrong_field();
        if field == "patches" {
            self.tree.bytes(&format!("{dir}/nothing.yaml"), self.rng.word(&["", "# only a comment\n", "---\n"]));
            self.tree.bytes(&format!("{dir}/broken.env"), "A=1\nno good key = 2\n");
        }
        let Some(Body::Yaml(docs)) = self.tree.files.get_mut(home).map(|file| &mut file.body) else { return };
        let Some(fields) = docs.docs.first_mut() else { return };
        match (fields.get_mut(field).map(Value::bare_mut), value) {
            (Some(Value::List(entries)), Value::List(more)) => entries.extend(more),
            (_, value) => fields.set(field, value),
        }
    }

    fn wrong_field(&mut self) -> (&'static str, Value) {
        let patch = |text: &str| list![map! { "patch" => text }];
        let configmap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nowhere\n";
        let any = map! { "kind" => ".*" };
        let targets = list![map! { "select" => map! { "kind" => "Service" }, "fieldPaths" => list!["metadata.name"] }];
        let choices = [
            ("unknownField", 1.into()),
            ("resources", "not-a-list.yaml".into()),
            ("resources", list![""]),
            ("resources", list![Value::Null]),
            ("configMapGenerator", list![map! { "name" => "twice", "literals" => list!["a=1", "a=2"] }]),
            (
                "configMapGenerator",
                list![map! { "name" => "nowhere", "behavior" => "merge", "literals" => list!["a=1"] }],
            ),
            ("configMapGenerator", list![map! { "name" => "odd", "behavior" => "Merge", "literals" => list!["a=1"] }]),
            ("configMapGenerator", list![map! { "name" => "bad", "literals" => list!["no-equals-sign"] }]),
            ("configMapGenerator", list![map! { "name" => "bad", "literals" => list!["=x"] }]),
            ("configMapGenerator", list![map! { "name" => "bad", "literals" => list!["a b=x"] }]),
            ("configMapGenerator", list![map! { "name" => "bad", "files" => list!["=x"] }]),
            ("configMapGenerator", list![map! { "literals" => list!["a=1"] }]),
            ("secretGenerator", list![map! { "name" => "empty" }]),
            ("secretGenerator", list![map! { "name" => "missing", "envs" => list!["missing.env"] }]),
            ("patches", patch(configmap)),
            ("patches", patch("")),
            ("patches", patch("# only a comment\n")),
            ("patches", patch("[]")),
            ("patches", patch("text")),
            ("patches", patch("apiVersion: v1\nkind: ConfigMap\n")),
            ("patches", patch("- op: add\n  path: /x\n  value: 1\n")),
            ("patches", list![map! { "path" => "nothing.yaml" }]),
            ("patches", list![map! { "path" => "nothing.yaml", "patch" => configmap }]),
            ("patches", list![map! { "target" => any.clone() }]),
            ("patches", list![map! { "patch" => "- op: no\n  path: /x\n", "target" => any.clone() }]),
            (
                "patches",
                list![map! { "patch" => "- op: add\n  path: /x\n  value: 1\n", "target" => map! { "kind" => "(" } }],
            ),
            (
                "patches",
                list![
                    map! { "patch" => configmap, "target" => any.clone(), "options" => map! { "allowOther" => true } }
                ],
            ),
            ("patches", list![map! { "patch" => configmap, "target" => map! { "labelSelector" => "a in (" } }]),
            (
                "replacements",
                list![map! { "source" => map! { "kind" => "Nowhere", "name" => "x" }, "targets" => targets.clone() }],
            ),
            ("replacements", list![map! { "targets" => targets.clone() }]),
            ("replacements", list![map! { "source" => map! { "kind" => "Service" } }]),
            (
                "replacements",
                list![
                    map! { "source" => map! { "kind" => "Service" }, "targets" => list![map! { "fieldPaths" => list!["metadata.name"] }] }
                ],
            ),
            (
                "replacements",
                list![map! { "sourceValue" => "x", "source" => map! { "kind" => "Service" }, "targets" => targets }],
            ),
            ("namespace", Value::Raw("n".into())),
            ("namePrefix", Value::Raw("12".into())),
            ("commonLabels", map! { "a" => Value::Null, "b" => "x" }),
            ("commonLabels", map! { "not valid!" => "x" }),
            ("commonLabels", map! { "a" => "not valid!" }),
            ("commonAnnotations", map! { "a" => 1 }),
            ("commonAnnotations", map! { "not valid!" => "x" }),
            ("labels", list![map! { "pairs" => map! { "a" => "not valid!" } }]),
            ("labels", list![map! { "includeSelectors" => true }]),
            ("images", list![map! { "name" => "nginx", "newTag" => Value::Raw("1.20".into()) }]),
            ("images", list![map! { "name" => super::rewrite::INVALID_PATTERN, "newTag" => "1" }]),
            ("images", list![map! { "newTag" => "1" }]),
            ("replicas", list![map! { "name" => "nobody", "count" => 1 }]),
            ("replicas", list![map! { "name" => "web", "count" => "2" }]),
            ("components", list!["../base"]),
            ("kind", "Other".into()),
            ("kind", "Component".into()),
            ("apiVersion", "v1".into()),
            ("openapi", map! { "version" => "v1.18.8" }),
            ("openapi", map! { "version" => "v1.21.2" }),
            ("openapi", map! { "path" => "missing.json" }),
            ("crds", list!["missing.yaml"]),
            ("configurations", list!["missing.yaml"]),
            ("sortOptions", map! { "order" => "random" }),
            ("sortOptions", map! { "order" => "fifo", "legacySortOptions" => map! { "orderFirst" => list!["Pod"] } }),
            ("buildMetadata", list!["everything"]),
            ("transformers", list!["missing.yaml"]),
            (
                "transformers",
                list![inline(
                    map! { "apiVersion" => "builtin", "kind" => "NoSuchTransformer", "metadata" => map! { "name" => "x" } }
                )],
            ),
            (
                "transformers",
                list![inline(
                    map! { "apiVersion" => "builtin", "kind" => "SortOrderTransformer", "metadata" => map! { "name" => "x" } }
                )],
            ),
            (
                "transformers",
                list![inline(
                    map! { "apiVersion" => "builtin", "kind" => "LabelTransformer", "metadata" => map! { "name" => "x" }, "noSuchField" => 1 }
                )],
            ),
            (
                "generators",
                list![inline(
                    map! { "apiVersion" => "builtin", "kind" => "IAMPolicyGenerator", "metadata" => map! { "name" => "x" }, "cloud" => "other" }
                )],
            ),
            (
                "validators",
                list![inline(
                    map! { "apiVersion" => "builtin", "kind" => "LabelTransformer", "metadata" => map! { "name" => "x" }, "labels" => map! { "a" => "b" }, "fieldSpecs" => list![map! { "path" => "metadata/labels", "create" => true }] }
                )],
            ),
            (
                "vars",
                list![
                    map! { "name" => "NOWHERE", "objref" => map! { "apiVersion" => "v1", "kind" => "Nowhere", "name" => "x" } }
                ],
            ),
            ("generatorOptions", map! { "disableNameSuffixHash" => "yes" }),
            ("patchesStrategicMerge", list!["nothing.yaml"]),
            ("patchesJson6902", list![map! { "patch" => "[]", "target" => any }]),
        ];
        self.rng.pick(&choices).clone()
    }
}

fn inline(plugin: Value) -> Value {
    Value::Inline(super::value::Docs { docs: vec![plugin], style: 0, json: false })
}
