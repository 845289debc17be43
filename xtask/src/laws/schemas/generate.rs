//! Valid manifests, made from schemas.

use serde_json::{Map, Value, json};

use crate::kubernetes::{Node, Shape, Table};
use crate::trees::Rng;

/// A manifest, and what its parts are.
pub struct Generated<'t> {
    pub value: Value,
    pub sites: Vec<Site<'t>>,
}

/// A part of a manifest: where it is (a JSON pointer), what it is, and whether it must be there.
pub struct Site<'t> {
    pub pointer: String,
    pub node: &'t Node,
    pub is_required: bool,
}

/// No optional fields below this.
const DEEPEST: usize = 7;

/// A group whose schemas `kubernetes-validate` looks for under another name than they have.
const LOST: &str = "internal.apiserver.k8s.io";

/// A valid manifest of some type of a release.
pub fn manifest<'t>(table: &'t Table, release: u32, rng: &mut Rng) -> Generated<'t> {
    let mut kinds: Vec<_> = table
        .kinds_of(release)
        .filter(|(_, group, _, node)| *group != LOST && is_object(table, release, node))
        .collect();
    // What people write most is tried most.
    const COMMON: [&str; 14] = [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Pod",
        "Job",
        "CronJob",
        "Service",
        "Ingress",
        "ConfigMap",
        "Secret",
        "HorizontalPodAutoscaler",
        "PersistentVolumeClaim",
        "NetworkPolicy",
        "Role",
    ];
    if rng.chance(50) {
        kinds.retain(|(kind, ..)| COMMON.contains(kind));
    }
    let (kind, group, version, node) = *rng.pick(&kinds);
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut maker = Maker { table, release, rng, count: 0, sites: Vec::new() };
    let mut value = maker.value(node, "", 0);
    value["apiVersion"] = json!(api_version);
    value["kind"] = json!(kind);
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    value["metadata"]["name"] = json!("anna");
    Generated { value, sites: maker.sites }
}

/// Whether it is something with metadata, and no list of such.
fn is_object(table: &Table, release: u32, node: &Node) -> bool {
    let Shape::Object { fields, .. } = &node.shape else { return false };
    let Some((_, metadata)) = fields.get("metadata") else { return false };
    let Shape::Reference(name) = &metadata.shape else { return false };
    name.ends_with(".ObjectMeta") && table.definition(name, release).is_some()
}

struct Maker<'t, 'r> {
    table: &'t Table,
    release: u32,
    rng: &'r mut Rng,
    /// Makes words and numbers that are not there yet.
    count: usize,
    sites: Vec<Site<'t>>,
}

impl<'t> Maker<'t, '_> {
    fn value(&mut self, node: &'t Node, pointer: &str, depth: usize) -> Value {
        match &node.shape {
            Shape::Any => json!({"any": [1, "thing"]}),
            Shape::Reference(name) => match self.table.definition(name, self.release) {
                Some(definition) => self.value(definition, pointer, depth),
                None => json!({}),
            },
            Shape::Object { fields, .. } => {
                let mut map = Map::new();
                for (name, (is_required, field)) in fields {
                    let is_wanted = depth < DEEPEST && self.rng.chance(if depth < 3 { 50 } else { 25 });
                    if *is_required || is_wanted {
                        self.entry(&mut map, name, field, *is_required, pointer, depth);
                    }
                }
                Value::Object(map)
            }
            Shape::Map { values, .. } => {
                let mut map = Map::new();
                for _ in 0..self.rng.below(3) {
                    let key = self.word();
                    self.entry(&mut map, &key, values, false, pointer, depth);
                }
                Value::Object(map)
            }
            Shape::List { keys, items } => self.list(node, keys.as_deref(), items, pointer, depth),
            Shape::Text => json!(self.text(node)),
            Shape::Integer => self.integer(node),
            Shape::Number => json!(0.5),
            Shape::Boolean => json!(self.rng.chance(50)),
            Shape::IntegerOrText => match self.rng.chance(50) {
                true => json!(80),
                false => json!("http"),
            },
            Shape::Quantity => match self.rng.below(4) {
                0 => json!(1),
                1 => json!(0.5),
                2 => json!("100m"),
                _ => json!("1.5Gi"),
            },
        }
    }

    fn entry(
        &mut self,
        map: &mut Map<String, Value>,
        name: &str,
        node: &'t Node,
        is_required: bool,
        above: &str,
        depth: usize,
    ) {
        let pointer = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        let value = self.value(node, &pointer, depth + 1);
        map.insert(name.to_owned(), value);
        self.sites.push(Site { pointer, node, is_required });
    }

    fn list(&mut self, node: &'t Node, keys: Option<&[String]>, items: &'t Node, pointer: &str, depth: usize) -> Value {
        let least = node.least.unwrap_or(0).max(0) as usize;
        let count = if depth < DEEPEST { self.rng.below(3) } else { 0 };
        let mut list: Vec<Value> = Vec::new();
        for _ in 0..count.max(least) {
            let pointer = format!("{pointer}/{}", list.len());
            let before = self.sites.len();
            let item = self.value(items, &pointer, depth + 1);
            if list.iter().any(|other| are_twins(keys, other, &item)) {
                self.sites.truncate(before);
                continue;
            }
            list.push(item);
            self.sites.push(Site { pointer, node: items, is_required: false });
        }
        Value::Array(list)
    }

    fn word(&mut self) -> String {
        self.count += 1;
        format!("w{}", self.count)
    }

    fn text(&mut self, node: &Node) -> String {
        if !node.values.is_empty() {
            return self.rng.pick(&node.values).clone();
        }
        match node.format.as_deref() {
            Some("byte") => "YQ==".to_owned(),
            Some("date-time") => "2026-01-02T03:04:05Z".to_owned(),
            _ => self.word(),
        }
    }

    fn integer(&mut self, node: &Node) -> Value {
        if node.format.as_deref() == Some("file-mode") {
            return json!(0o644);
        }
        self.count += 1;
        let least = node.least.unwrap_or(1);
        let number = (least + self.count as i64).min(node.most.unwrap_or(i64::from(i32::MAX)));
        if self.rng.chance(5) { json!(number as f64) } else { json!(number) }
    }
}

/// Whether two items are told apart by nothing. A protocol that is not given is TCP.
fn are_twins(keys: Option<&[String]>, one: &Value, other: &Value) -> bool {
    let key = |item: &Value, key: &str| match &item[key] {
        Value::Null if key == "protocol" => json!("TCP"),
        value => value.clone(),
    };
    keys.is_some_and(|keys| {
        if keys.is_empty() { one == other } else { keys.iter().all(|name| key(one, name) == key(other, name)) }
    })
}
