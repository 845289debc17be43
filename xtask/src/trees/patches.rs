//! Patches: strategic merge and JSON 6902, and the ways to say what they are for.

use super::plan::{Gen, Layer, Res};
use super::value::{Docs, Value, list, map};

/// What a strategic merge patch does to one resource.
enum Depth {
    /// Labels and annotations only: fits any resource.
    Metadata,
    /// Anything that the resource holds.
    All,
}

impl Gen {
    /// The index of a resource that can be named, preferably one with pods.
    pub fn victim(&mut self, layer: &Layer) -> Option<usize> {
        let fits: Vec<usize> = (0..layer.resources.len()).filter(|&i| !layer.resources[i].ambiguous).collect();
        let pods: Vec<usize> = fits.iter().copied().filter(|&i| layer.resources[i].is_workload()).collect();
        let from = if !pods.is_empty() && self.rng.chance(60) { pods } else { fits };
        (!from.is_empty()).then(|| *self.rng.pick(&from))
    }

    /// The field `patches`.
    pub fn patches(&mut self, layer: &mut Layer) {
        let mut patches = vec![];
        for _ in 0..self.rng.range(1, 3) {
            if let Some(patch) = self.patch(layer) {
                patches.push(patch);
            }
        }
        if !patches.is_empty() {
            layer.fields.set("patches", patches);
        }
    }

    fn patch(&mut self, layer: &mut Layer) -> Option<Value> {
        let index = self.victim(layer)?;
        match self.rng.below(10) {
            0..=3 => {
                self.uses("patches: strategic merge");
                let docs = self.merge_docs(layer, index);
                let mut entry = self.path_or_inline(layer, "patch", docs);
                if self.rng.chance(15) {
                    entry.set("options", self.options());
                }
                Some(entry)
            }
            4 | 5 => {
                self.uses("patches: JSON 6902");
                let res = &mut layer.resources[index];
                let mut target = map! { "kind" => &res.kind, "name" => &res.name };
                if self.rng.chance(30) {
                    let api = res.api_version();
                    let (group, version) = api.split_once('/').unwrap_or(("", &api));
                    if !group.is_empty() {
                        target.set("group", group);
                    }
                    target.set("version", version);
                }
                let ops = self.operations(&mut layer.resources[index]);
                let mut entry = self.path_or_inline(layer, "patch", vec![ops]);
                entry.set("target", target);
                Some(entry)
            }
            6 | 7 => {
                let target = self.selector(&layer.resources[index].clone());
                let patch = if self.rng.chance(70) {
                    map! { "apiVersion" => "v1", "kind" => "Any", "metadata" => map! { "name" => "any", "labels" => map! { "patched" => "true" } } }
                } else {
                    self.uses("patches: JSON 6902");
                    list![map! { "op" => "add", "path" => "/metadata/labels", "value" => map! { "all" => "new" } }]
                };
                let mut entry = self.path_or_inline(layer, "patch", vec![patch]);
                entry.set("target", target);
                Some(entry)
            }
            8 => Some(self.rename_patch(layer, index)),
            _ => {
                let kind = layer.resources[index].kind.clone();
                let patch = map! { "apiVersion" => "v1", "kind" => &kind, "metadata" => map! { "name" => "ignored", "annotations" => map! { "k" => self.string() } } };
                let mut entry = self.path_or_inline(layer, "patch", vec![patch]);
                entry.set("target", map! { "kind" => kind });
                Some(entry)
            }
        }
    }

    fn options(&mut self) -> Value {
        map! { "allowNameChange" => self.rng.chance(50), "allowKindChange" => self.rng.chance(50) }
    }

    /// A patch with another name or kind, which the options may allow.
    fn rename_patch(&mut self, layer: &mut Layer, index: usize) -> Value {
        self.uses("patches: options");
        let res = layer.resources[index].clone();
        let (name, allowed) = (self.rng.chance(70), self.rng.chance(80));
        let mut patch =
            map! { "apiVersion" => res.api_version(), "kind" => &res.kind, "metadata" => map! { "name" => &res.name } };
        if name {
            patch.set("metadata", map! { "name" => "renamed" });
        } else {
            patch.set("kind", "Renamed");
        }
        let mut entry = self.path_or_inline(layer, "patch", vec![patch]);
        entry.set("target", map! { "kind" => &res.kind, "name" => &res.name });
        if allowed {
            entry.set("options", map! { (if name { "allowNameChange" } else { "allowKindChange" }) => true });
            layer.resources[index].ambiguous = true;
        }
        entry
    }

    /// Says in one of many ways which resources are meant: the given one, and perhaps others.
    pub fn selector(&mut self, res: &Res) -> Value {
        match self.rng.below(5) {
            0 => {
                self.uses("patch target: regular expression");
                let pattern = match self.rng.below(4) {
                    0 => format!("({}|nothing)", res.name),
                    1 => format!("{}.*", res.name.chars().next().unwrap_or('x')),
                    2 => format!("^{}$", res.name),
                    _ => "[a-z0-9-]+".into(),
                };
                map! { "kind" => &res.kind, "name" => pattern }
            }
            1 => {
                self.uses("patch target: label selector");
                map! { "labelSelector" => self.rng.word(&["tier=front", "tier in (front, back)", "app", "tier!=back,tier", "!tier"]) }
            }
            2 => {
                self.uses("patch target: annotation selector");
                map! { "annotationSelector" => self.rng.word(&["example.com/note", "team=core", "!example.com/note"]) }
            }
            3 => {
                map! { "kind" => self.rng.word(&["Deployment|StatefulSet", "Config.*", ".*"]).replace("Deployment|StatefulSet", "(Deployment|StatefulSet)") }
            }
            _ => map! { "version" => "v1", "kind" => &res.kind },
        }
    }

    /// Documents of a strategic merge patch: one for the given resource, perhaps more for others.
    pub fn merge_docs(&mut self, layer: &mut Layer, index: usize) -> Vec<Value> {
        let mut docs = vec![self.merge_patch(&mut layer.resources[index], &Depth::All)];
        if self.rng.chance(20) {
            self.uses("patches: several documents");
            for _ in 0..self.rng.range(1, 2) {
                if let Some(other) = self.victim(layer) {
                    docs.push(self.merge_patch(&mut layer.resources[other], &Depth::Metadata));
                }
            }
        }
        docs
    }

    fn merge_patch(&mut self, res: &mut Res, depth: &Depth) -> Value {
        let mut metadata = map! { "name" => &res.name };
        if let Some(namespace) = &res.namespace {
            metadata.set("namespace", namespace);
        }
        let mut patch = map! { "apiVersion" => res.api_version(), "kind" => &res.kind };
        if self.rng.chance(4) {
            self.uses("patches: $patch");
            patch.set("metadata", metadata);
            patch.set("$patch", "delete");
            res.ambiguous = true;
            return patch;
        }
        if self.rng.chance(30) || matches!(depth, Depth::Metadata) {
            metadata.set("annotations", map! { "team" => "core" });
        }
        patch.set("metadata", metadata);
        if matches!(depth, Depth::All) {
            for key in ["spec", "data", "rules", "subjects", "webhooks", "parameters"] {
                if let Some(part) = res.value.get_mut(key) {
                    let change = self.change(key, part, 0);
                    patch.set(key, change);
                }
            }
        }
        patch
    }

    /// A partial value that changes some of `value`; what it deletes is taken out of `value`.
    fn change(&mut self, key: &str, value: &mut Value, depth: usize) -> Value {
        match value.bare_mut() {
            Value::Map(entries) => {
                if depth > 0 && self.rng.chance(5) {
                    self.uses("patches: $patch");
                    return map! { "$patch" => "replace", "new" => "1" };
                }
                let mut out = map! {};
                for _ in 0..self.rng.range(1, 2) {
                    if entries.is_empty() {
                        break;
                    }
                    let at = self.rng.below(entries.len());
                    let (key, inner) = &mut entries[at];
                    let key = key.clone();
                    if self.rng.chance(6)
                        && !matches!(key.as_str(), "name" | "containers" | "template" | "metadata" | "labels")
                    {
                        self.uses("patches: null deletes");
                        out.set(&key, Value::Null);
                        entries.remove(at);
                    } else {
                        let changed = self.change(&key, inner, depth + 1);
                        out.set(&key, changed);
                    }
                }
                if self.rng.chance(15) {
                    out.set("added", self.string());
                }
                out
            }
            Value::List(items) => {
                let list = self.change_list(key, items, depth);
                if self.rng.chance(4) && list.len() > 0 { self.steer(list) } else { list }
            }
            Value::Int(number) => Value::Int(*number + 1),
            Value::Bool(truth) => Value::Bool(!*truth),
            _ => self.string(),
        }
    }

    fn change_list(&mut self, key: &str, items: &mut Vec<Value>, depth: usize) -> Value {
        let merge_key = match key {
            "containers" | "initContainers" | "env" | "volumes" | "imagePullSecrets" | "parts" => "name",
            "volumeMounts" => "mountPath",
            "ports" => {
                if items.iter().all(|i| i.get("containerPort").is_some()) {
                    "containerPort"
                } else {
                    "port"
                }
            }
            "hostAliases" => "ip",
            "steps" => "id",
            "topologySpreadConstraints" => "topologyKey",
            "subjects" | "webhooks" => "name",
            _ => return self.replaced_list(items),
        };
        if items.is_empty() {
            return list![];
        }
        let at = self.rng.below(items.len());
        let Some(id) = items[at].get(merge_key).cloned() else { return Value::List(items.clone()) };
        let mut out = vec![];
        if self.rng.chance(8) && !matches!(key, "containers") {
            self.uses("patches: $patch");
            out.push(map! { "$patch" => "delete", merge_key => id });
            items.remove(at);
        } else if self.rng.chance(5) {
            self.uses("patches: $patch");
            out.push(map! { "$patch" => "replace" });
            out.push(items[at].clone());
            let kept = items.remove(at);
            *items = vec![kept];
        } else {
            self.uses("patches: merge keys");
            let mut change = self.change("", &mut items[at], depth + 1);
            change.set(merge_key, id);
            out.push(change);
        }
        if self.rng.chance(20) {
            out.push(match key {
                "containers" | "initContainers" => map! { "name" => "added", "image" => "busybox:1.36" },
                "env" => map! { "name" => "ADDED", "value" => self.string() },
                "ports" if merge_key == "port" => map! { "name" => "added", "port" => 7000 },
                "ports" => map! { "name" => "added", "containerPort" => 7000 },
                "volumes" => map! { "name" => "added", "emptyDir" => map! {} },
                _ => map! { merge_key => "added" },
            });
        }
        Value::List(out)
    }

    fn replaced_list(&mut self, items: &[Value]) -> Value {
        let mut items = items.to_vec();
        if items.iter().all(Value::is_scalar) {
            items.push("added".into());
        }
        Value::List(items)
    }

    /// A JSON 6902 patch that mostly fits.
    pub fn operations(&mut self, res: &mut Res) -> Value {
        let mut ops = vec![];
        for _ in 0..self.rng.range(1, 3) {
            let mut places = vec![];
            for key in ["spec", "data", "rules", "webhooks", "value", "provisioner"] {
                if let Some(part) = res.value.get(key) {
                    collect_pointers(part, &format!("/{key}"), &mut places);
                }
            }
            if places.is_empty() || self.rng.chance(20) {
                self.uses("JSON 6902: add");
                ops.push(map! { "op" => "add", "path" => "/metadata/annotations", "value" => map! { "json" => "yes", "n" => "1" } });
                continue;
            }
            let (pointer, value) = self.rng.pick(&places).clone();
            if self.odd && self.rng.chance(15) {
                ops.push(self.lenient_operation(&pointer));
                continue;
            }
            ops.push(self.operation(&pointer, &value, res));
        }
        if self.rng.chance(50) { list_of(ops) } else { Value::List(ops) }
    }

    fn operation(&mut self, pointer: &str, value: &Value, res: &mut Res) -> Value {
        match value {
            Value::List(_) => {
                self.uses("JSON 6902: add");
                let end = self.rng.word(&["-", "-", "0"]);
                map! { "op" => "add", "path" => format!("{pointer}/{end}"), "value" => self.addition(value) }
            }
            Value::Map(_) => {
                self.uses("JSON 6902: add");
                map! { "op" => "add", "path" => format!("{pointer}/new~1key"), "value" => self.addition(value) }
            }
            _ => match self.rng.below(9) {
                0 | 8 => {
                    self.uses("JSON 6902: remove");
                    res.ambiguous |= !remove_pointer(&mut res.value, pointer);
                    map! { "op" => "remove", "path" => pointer }
                }
                1 => {
                    self.uses("JSON 6902: test, copy, move");
                    map! { "op" => "copy", "from" => pointer, "path" => "/copied" }
                }
                2 => {
                    self.uses("JSON 6902: test, copy, move");
                    map! { "op" => "test", "path" => pointer, "value" => value.clone() }
                }
                3 => {
                    self.uses("JSON 6902: test, copy, move");
                    remove_pointer(&mut res.value, pointer);
                    map! { "op" => "move", "from" => pointer, "path" => "/moved" }
                }
                4 => map! { "op" => "add", "path" => pointer, "value" => self.string() },
                _ => {
                    self.uses("JSON 6902: replace");
                    let value = if self.rng.chance(50) {
                        self.string()
                    } else {
                        self.rng.pick(&[Value::Int(3), Value::Bool(true), Value::Raw("1.5".into())]).clone()
                    };
                    map! { "op" => "replace", "path" => pointer, "value" => value }
                }
            },
        }
    }

    /// An operation that the RFC refuses or leaves open.
    fn lenient_operation(&mut self, pointer: &str) -> Value {
        self.uses("JSON 6902: odd operation");
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        match self.rng.below(9) {
            0 => map! { "op" => "add", "path" => &pointer[1..], "value" => "x" },
            1 => map! { "op" => "add", "path" => pointer },
            2 => map! { "op" => "add", "path" => format!("{parent}/-1"), "value" => "last" },
            3 => map! { "op" => "add", "path" => format!("{parent}/01"), "value" => "second" },
            4 => map! { "op" => "replace", "path" => format!("{parent}/missing"), "value" => 1 },
            5 => map! { "op" => "test", "path" => "/no/where", "value" => Value::Null },
            6 => map! { "op" => "replace", "path" => pointer, "value" => Value::Raw("12345678901234567890".into()) },
            7 => map! { "op" => "remove", "path" => format!("{parent}/missing") },
            _ => {
                map! { "op" => "add", "path" => format!("{parent}/99"), "value" => map! { "on" => Value::Raw("yes".into()), "n" => Value::Raw("1.0".into()) } }
            }
        }
    }

    fn addition(&mut self, beside: &Value) -> Value {
        match beside.items().first() {
            Some(first) if !first.is_scalar() => map! { "name" => "added" },
            _ => self.string(),
        }
    }

    /// `path: file` or `patch: |-`, as the documents and chance will have it.
    pub fn path_or_inline(&mut self, layer: &Layer, inline_key: &str, docs: Vec<Value>) -> Value {
        let style = self.style();
        if self.rng.chance(50) {
            let file = format!("p{}.yaml", self.number());
            self.tree.yaml(&format!("{}/{file}", layer.dir), docs, style);
            map! { "path" => file }
        } else {
            let json = docs.len() == 1 && self.rng.chance(15);
            map! { inline_key => Value::Inline(Docs { docs, style, json }) }
        }
    }

    /// The deprecated field `patchesStrategicMerge`.
    pub fn patches_strategic_merge(&mut self, layer: &mut Layer) {
        let Some(index) = self.victim(layer) else { return };
        self.uses("patchesStrategicMerge");
        let docs = self.merge_docs(layer, index);
        let entry = self.path_or_inline(layer, "inline", docs);
        let entry = entry.get("path").or(entry.get("inline")).cloned().unwrap_or(Value::Null);
        layer.fields.set("patchesStrategicMerge", list![entry]);
    }

    /// The deprecated field `patchesJson6902`.
    pub fn patches_json6902(&mut self, layer: &mut Layer) {
        let Some(index) = self.victim(layer) else { return };
        self.uses("patchesJson6902");
        let res = &mut layer.resources[index];
        let api = res.api_version();
        let (group, version) = api.split_once('/').unwrap_or(("", &api));
        let mut target = map! { "version" => version, "kind" => &res.kind, "name" => &res.name };
        if !group.is_empty() {
            target.set("group", group);
        }
        let ops = self.operations(&mut layer.resources[index]);
        let mut entry = self.path_or_inline(layer, "patch", vec![ops]);
        entry.set("target", target);
        layer.fields.set("patchesJson6902", list![entry]);
    }
}

impl From<Docs> for Value {
    fn from(docs: Docs) -> Self {
        Value::Inline(docs)
    }
}

fn list_of(ops: Vec<Value>) -> Value {
    Value::List(ops.into_iter().filter(|op| op.get("op").and_then(Value::text) != Some("test")).collect())
}

fn collect_pointers(value: &Value, at: &str, out: &mut Vec<(String, Value)>) {
    out.push((at.to_string(), value.bare().clone()));
    for (key, inner) in value.entries() {
        if key != "<<" {
            collect_pointers(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
        }
    }
    for (i, inner) in value.items().iter().enumerate() {
        collect_pointers(inner, &format!("{at}/{i}"), out);
    }
}

fn remove_pointer(value: &mut Value, pointer: &str) -> bool {
    let mut steps: Vec<String> = pointer[1..].split('/').map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
    let Some(last) = steps.pop() else { return false };
    let mut at = value;
    for step in steps {
        let index = child(at, &step);
        let Some(index) = index else { return false };
        at = at.child_mut(index);
    }
    child(at, &last).map(|index| at.remove_child(index)).is_some()
}

fn child(value: &Value, step: &str) -> Option<usize> {
    match value.bare() {
        Value::Map(entries) => entries.iter().position(|(key, _)| key == step),
        Value::List(items) => step.parse().ok().filter(|i| *i < items.len()),
        _ => None,
    }
}
