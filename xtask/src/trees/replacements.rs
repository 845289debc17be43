//! Replacements and vars.

use super::plan::{Gen, Layer, Res};
use super::pods::VARS;
use super::rewrite::STRUCTURED;
use super::value::{Value, list, map};

impl Gen {
    /// The field `replacements`.
    pub fn replacements(&mut self, layer: &mut Layer) {
        let mut entries = vec![];
        for _ in 0..self.rng.range(1, 2) {
            if let Some(entry) = self.replacement(layer) {
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return;
        }
        self.uses("replacements");
        if self.rng.chance(25) {
            self.uses("replacements: path");
            let file = format!("replace{}.yaml", self.number());
            let style = self.style();
            let doc = if entries.len() == 1 { entries.remove(0) } else { Value::List(entries) };
            self.tree.yaml(&format!("{}/{file}", layer.dir), vec![doc], style);
            entries = vec![map! { "path" => file }];
        }
        layer.fields.set("replacements", entries);
    }

    /// One replacement, from a resource that can be named, or from a text, to one or more others.
    pub fn replacement(&mut self, layer: &Layer) -> Option<Value> {
        let source = self.source(layer)?;
        let mut targets = vec![];
        for _ in 0..self.rng.range(1, 2) {
            targets.push(self.replacement_target(layer)?);
        }
        if self.rng.chance(12) {
            self.uses("replacements: sourceValue");
            let text = self.rng.word(&["given", "a b", "x/y:z", "text-1", "true", "8080"]);
            return Some(map! { "sourceValue" => text, "targets" => targets });
        }
        Some(map! { "source" => source, "targets" => targets })
    }

    fn source(&mut self, layer: &Layer) -> Option<Value> {
        let source_at = self.victim(layer)?;
        let source = layer.resources[source_at].clone();
        let mut from = map! { "kind" => &source.kind, "name" => &source.name };
        if self.rng.chance(20) {
            from.set("version", source.api_version().rsplit('/').next().unwrap_or("v1"));
        }
        if let (Some(namespace), true) = (&source.namespace, self.rng.chance(30)) {
            from.set("namespace", namespace);
        }
        let mut paths = vec![];
        collect_paths(&source.value, "", &mut paths);
        let collections = self.rng.chance(6);
        paths.retain(|(path, value)| {
            (value.is_scalar() != collections) && path.contains('.') && !path.contains("status")
        });
        let whole = paths.is_empty() || self.rng.chance(25);
        let mut source_text = None;
        if !whole {
            if collections {
                self.uses("replacements: a collection");
            }
            let strings: Vec<_> = paths.iter().filter(|(_, v)| v.text().is_some()).cloned().collect();
            let from_strings = if strings.is_empty() || self.rng.chance(15) { &paths } else { &strings };
            let (path, value) = self.rng.pick(from_strings).clone();
            source_text = value.text().map(String::from);
            from.set("fieldPath", path);
        }
        if source_text.as_deref().is_some_and(|t| t.contains([':', '/', '.', '-'])) && self.rng.chance(60) {
            self.uses("replacements: delimiter");
            let text = source_text.unwrap_or_default();
            let delimiter = [":", "/", ".", "-"].into_iter().find(|d| text.contains(d)).unwrap_or(":");
            let parts = text.split(delimiter).count();
            let mut options = map! { "delimiter" => delimiter };
            if self.rng.chance(70) {
                options.set("index", if self.rng.chance(95) { self.rng.below(parts) } else { parts });
            }
            from.set("options", options);
        }
        if self.rng.chance(3) {
            from.map_at("options").set("encoding", "base64");
        }
        Some(from)
    }

    fn replacement_target(&mut self, layer: &Layer) -> Option<Value> {
        let holds_json = |res: &Res| res.value.get("data").is_some_and(|data| data.get("structured.json").is_some());
        let inside = layer.resources.iter().position(|res| !res.ambiguous && holds_json(res));
        let inside = inside.filter(|_| self.rng.chance(40));
        let index = inside.or_else(|| self.victim(layer))?;
        let res = layer.resources[index].clone();
        let mut select = map! { "kind" => &res.kind };
        let by_name = inside.is_some() || self.rng.chance(65);
        if by_name {
            select.set("name", &res.name);
        }
        self.narrow(&mut select, &res);
        let mut target = map! { "select" => select };
        if !by_name && self.rng.chance(60) {
            self.uses("replacements: reject");
            let other = layer.resources.iter().find(|r| r.kind == res.kind && r.name != res.name);
            let name = other.map_or("nothing", |r| &r.name);
            let name = if self.rng.chance(25) { self.pattern(name) } else { name.to_string() };
            target.set("reject", list![map! { "kind" => &res.kind, "name" => name }]);
        }
        let (mut paths, options) = self.target_paths(&res, by_name);
        if inside.is_some() {
            self.uses("replacements: inside of a text");
            let inner = self.rng.word(&["key", "nested.port", "list.0", "missing"]);
            paths = list![format!("data.{STRUCTURED}.{inner}")];
        }
        if by_name && self.rng.chance(10) {
            paths.push("metadata.name");
        }
        if self.rng.chance(97) {
            target.set("fieldPaths", paths);
        }
        if options.len() > 0 {
            target.set("options", options);
        }
        Some(target)
    }

    /// Says more about a target than its kind and name, or says it as a regular expression.
    fn narrow(&mut self, select: &mut Value, res: &Res) {
        match self.rng.below(12) {
            0 => {
                if let Some(name) = select.get("name").and_then(Value::text).map(String::from) {
                    select.set("name", self.pattern(&name));
                }
            }
            1 => select.set("kind", self.pattern(&res.kind)),
            2 => {
                let api = res.api_version();
                let (group, version) = api.split_once('/').unwrap_or(("", &api));
                select.set("version", version);
                if !group.is_empty() {
                    select.set("group", group);
                }
            }
            3 => {
                if let Some(namespace) = res.namespace.as_ref().filter(|namespace| *namespace != "default") {
                    select.set("namespace", namespace);
                }
            }
            4 => {
                self.uses("replacements: label or annotation selector");
                let (key, selector) = *self.rng.pick(&[
                    ("labelSelector", "tier=front"),
                    ("labelSelector", "app"),
                    ("annotationSelector", "!example.com/note"),
                ]);
                select.set(key, selector);
            }
            _ => {}
        }
    }

    /// A regular expression for a text, in one of the forms that can be said without.
    fn pattern(&mut self, text: &str) -> String {
        self.uses("replacements: regular expression");
        match self.rng.below(4) {
            0 => format!("^{text}$"),
            1 => format!("({text}|nothing)"),
            2 => format!("nothing|{text}"),
            _ => ".*".into(),
        }
    }

    /// Field paths in a resource, and the options that go with them.
    fn target_paths(&mut self, res: &Res, by_name: bool) -> (Value, Value) {
        let mut options = map! {};
        let mut paths = vec![];
        collect_paths(&res.value, "", &mut paths);
        paths.retain(|(path, value)| {
            value.text().is_some()
                && path.contains('.')
                && !path.starts_with("metadata.name")
                && !path.starts_with("status")
                && !path.contains("[$")
        });
        if !by_name || paths.is_empty() || self.rng.chance(30) {
            self.uses("replacements: create");
            options.set("create", true);
            let path = self.rng.word(&[
                "metadata.annotations.from",
                "metadata.labels.from",
                "metadata.annotations.[example.com/from]",
                "metadata.annotations.example\\.com/from",
            ]);
            let path = if path.contains(".[") { "metadata.annotations.from-b".into() } else { path };
            return (list![path], options);
        }
        let (path, value) = self.rng.pick(&paths).clone();
        if path.contains("[name=") {
            self.uses("replacements: [k=v] in a path");
        }
        let text = value.text().unwrap_or_default();
        if text.contains([':', '/', '.']) && self.rng.chance(75) {
            self.uses("replacements: delimiter");
            let delimiter = [":", "/", "."].into_iter().find(|d| text.contains(d)).unwrap_or(":");
            options.set("delimiter", delimiter);
            if self.rng.chance(70) {
                self.uses("replacements: index");
                options.set("index", *self.rng.pick(&[0, 1, 1, -1, 9]));
            }
        }
        let path = if path.contains("[name=") && self.rng.chance(15) { star(&path) } else { path };
        (list![path], options)
    }

    /// The field `vars`.
    pub fn vars(&mut self, layer: &mut Layer) {
        for _ in 0..self.rng.range(1, 2) {
            self.var(layer);
        }
    }

    fn var(&mut self, layer: &mut Layer) {
        let Some(index) = self.victim(layer) else { return };
        let res = layer.resources[index].clone();
        let free: Vec<&'static str> = VARS.iter().copied().filter(|v| !self.vars.contains(v)).collect();
        if free.is_empty() || layer.component {
            return;
        }
        self.uses("vars");
        let name = *self.rng.pick(&free);
        self.vars.insert(name);
        let mut entry = map! {
            "name" => name,
            "objref" => map! { "apiVersion" => res.api_version(), "kind" => &res.kind, "name" => &res.name },
        };
        let mut paths = vec![];
        collect_paths(&res.value, "", &mut paths);
        paths.retain(|(path, value)| {
            let odd = value.is_scalar() && !path.contains(['[', '"']);
            odd && path.contains('.') && !path.contains("status")
        });
        if !paths.is_empty() && self.rng.chance(50) {
            let path = self.rng.pick(&paths).0.clone();
            entry.set("fieldref", map! { "fieldPath" => path });
        }
        if let Some(namespace) = &res.namespace {
            entry.get_mut("objref").expect("was set above").set("namespace", namespace);
        }
        match layer.fields.get_mut("vars") {
            Some(entries) => entries.push(entry),
            None => layer.fields.set("vars", list![entry]),
        }
    }
}

/// Every path of a value in the form of replacements, and what it leads to.
fn collect_paths(value: &Value, at: &str, out: &mut Vec<(String, Value)>) {
    if !at.is_empty() {
        out.push((at.to_string(), value.bare().clone()));
    }
    let below = |step: &str| if at.is_empty() { step.to_string() } else { format!("{at}.{step}") };
    for (key, inner) in value.entries() {
        if !key.is_empty() && !key.contains(['<', ' ', '[', '~', '*']) {
            collect_paths(inner, &below(&key.replace('.', "\\.")), out);
        }
    }
    for (i, inner) in value.items().iter().enumerate() {
        match inner.get("name").and_then(Value::text) {
            Some(name) if !name.is_empty() && !name.contains(['.', '/']) => {
                collect_paths(inner, &below(&format!("[name={name}]")), out)
            }
            _ => collect_paths(inner, &below(&i.to_string()), out),
        }
    }
}

/// The same path for all items of its first list.
fn star(path: &str) -> String {
    let Some((before, rest)) = path.split_once("[name=") else { return path.to_string() };
    rest.split_once(']').map_or_else(|| path.to_string(), |(_, after)| format!("{before}*{after}"))
}
