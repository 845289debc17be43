//! Edits of plain data.

use serde_json::{Map, Value, json};

use super::Random;
use super::text::{KEYS, NAMES, PATHS};

/// An edit: what is typed, what it is about, and what it makes of the data.
pub struct Edit {
    pub arguments: Vec<String>,
    /// The owners of lines that it is about; those that end in a star stand for all that begin so.
    about: Vec<String>,
    /// Whether it removes entries, so that empty lines beside them may go too.
    pub removes: bool,
    /// The data after it; `None` where it must fail.
    pub after: Option<Value>,
}

impl Edit {
    /// Whether the edit is about a line.
    pub fn is_about(&self, owner: &str) -> bool {
        let fits = |about: &String| match about.strip_suffix('*') {
            Some(begin) => owner.starts_with(begin),
            None => owner == about,
        };
        !owner.is_empty() && self.about.iter().any(fits)
    }

    fn new(arguments: &[&str], about: &[String], after: Option<Value>) -> Edit {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Edit { arguments, about: about.to_vec(), removes: false, after }
    }
}

/// A random edit of a kustomization.
pub fn edit(random: &mut Random, data: &Value) -> Edit {
    let data = Data::new(data);
    match random.below(18) {
        0 => data.set_text(["set", "namespace", "--"], "namespace", random.pick(&["prod", "on", "1"])),
        1 => {
            data.set_text(["set", "nameprefix", "--"], "namePrefix", random.pick(&["-x", "prod-", "1.0", "a'b\"c # d"]))
        }
        2 => data.set_text(["set", "namesuffix", "--"], "nameSuffix", random.pick(&["-x", "-prod"])),
        3 | 4 => data.add_entry("resource", "resources", random.pick(&PATHS)),
        5 => data.remove_entry("resource", "resources", random.pick(&PATHS)),
        6 => {
            let (word, field) = random.pick(&[("component", "components"), ("transformer", "transformers")]);
            data.remove_entry(word, field, random.pick(&PATHS))
        }
        7 | 8 => {
            let (word, field) = random.pick(&[("label", "commonLabels"), ("annotation", "commonAnnotations")]);
            let value = random.pick(&["x", "2", "a:b", "no"]);
            data.put_pair(random.pick(&["add", "set", "force"]), word, field, random.pick(&KEYS), value)
        }
        9 => {
            let (word, field) = random.pick(&[("label", "commonLabels"), ("annotation", "commonAnnotations")]);
            data.remove_pair(word, field, random.pick(&KEYS))
        }
        10 | 11 => {
            let name = random.pick(&NAMES);
            let new = random.pick(&[
                ["", "2", ""],
                ["new", "", ""],
                ["new", "v3", ""],
                ["*", "1", ""],
                ["new", "", "sha256:ab"],
            ]);
            data.set_image(name, new)
        }
        12 => data.set_replicas(random.pick(&NAMES), random.pick(&[0, 3, 12])),
        13 | 14 => {
            let (word, field) = random.pick(&[("configmap", "configMapGenerator"), ("secret", "secretGenerator")]);
            let literal = random.pick(&["A=2", "D=4", "E= x # y"]);
            data.add_literal(word, field, random.pick(&["web", "db", "new"]), literal)
        }
        15 => {
            let (word, field) = random.pick(&[("configmap", "configMapGenerator"), ("secret", "secretGenerator")]);
            data.remove_generator(word, field, random.pick(&NAMES))
        }
        16 => data.set_options(random.pick(&["originAnnotations", "managedByLabel,transformerAnnotations"])),
        _ => data.add_patch(),
    }
}

/// The data of a kustomization, with what every edit fills in, under the names of its fields in the file.
struct Data<'a>(Map<String, Value>, &'a Value);

impl Data<'_> {
    fn new(data: &Value) -> Data<'_> {
        let mut fields = data.as_object().cloned().unwrap_or_default();
        fields.entry("apiVersion").or_insert(json!("kustomize.config.k8s.io/v1beta1"));
        fields.entry("kind").or_insert(json!("Kustomization"));
        Data(fields, data)
    }

    /// The name of a field as it is written.
    fn written(&self, field: &str) -> String {
        let known = self.0.keys().find(|known| known.eq_ignore_ascii_case(field));
        known.cloned().unwrap_or_else(|| field.to_owned())
    }

    fn list(&self, field: &str) -> Vec<Value> {
        self.0.get(&self.written(field)).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    fn pairs(&self, field: &str) -> Map<String, Value> {
        self.0.get(&self.written(field)).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The data with another value of a field, which goes where that is empty.
    fn with(&self, field: &str, value: impl Into<Value>) -> Option<Value> {
        let value = value.into();
        let is_empty = match &value {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        let mut fields = self.0.clone();
        let written = self.written(field);
        if is_empty {
            fields.shift_remove(&written)
        } else {
            fields.insert(written, value)
        };
        Some(Value::Object(fields))
    }

    fn set_text(&self, [set, word, dashes]: [&str; 3], field: &str, text: &str) -> Edit {
        Edit::new(&[set, word, dashes, text], &[field.into()], self.with(field, text))
    }

    /// Adds an entry that is not there yet, or a new one: what is there is warned of.
    fn add_entry(&self, word: &str, field: &str, entry: &str) -> Edit {
        let mut list = self.list(field);
        let entry = if list.contains(&json!(entry)) { "other.yaml" } else { entry };
        list.push(json!(entry));
        Edit::new(&["add", word, "--no-verify", entry], &[field.into()], self.with(field, list))
    }

    fn remove_entry(&self, word: &str, field: &str, entry: &str) -> Edit {
        let before = self.list(field);
        let after: Vec<Value> = before.iter().filter(|&known| known != entry).cloned().collect();
        let mut about = vec![format!("{field}/{entry}"), field.to_owned()];
        if after.is_empty() {
            about.push(format!("{field}/*"));
        }
        let after = if before.len() == after.len() { Some(self.1.clone()) } else { self.with(field, after) };
        Edit { removes: true, ..Edit::new(&["remove", word, entry], &about, after) }
    }

    fn put_pair(&self, how: &str, word: &str, field: &str, key: &str, value: &str) -> Edit {
        let mut pairs = self.pairs(field);
        let is_known = pairs.insert(key.to_owned(), json!(value)).is_some();
        let pair = format!("{key}:{value}");
        let arguments = match how {
            "set" => vec!["set", word, &pair],
            "force" => vec!["add", word, "--force", &pair],
            _ => vec!["add", word, &pair],
        };
        let after = if how == "add" && is_known { None } else { self.with(field, pairs) };
        Edit::new(&arguments, &[field.into(), format!("{field}/{key}")], after)
    }

    fn remove_pair(&self, word: &str, field: &str, key: &str) -> Edit {
        let mut pairs = self.pairs(field);
        let is_known = pairs.shift_remove(key).is_some();
        let mut about = vec![field.to_owned(), format!("{field}/{key}")];
        if pairs.is_empty() {
            about.push(format!("{field}/*"));
        }
        let after = if is_known { self.with(field, pairs) } else { None };
        Edit { removes: true, ..Edit::new(&["remove", word, key], &about, after) }
    }

    /// The list with the entry of a name, sorted by name, and that entry changed.
    fn named(&self, field: &str, name: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Vec<Value> {
        let mut list = self.list(field);
        if !list.iter().any(|entry| entry["name"] == name) {
            list.push(json!({"name": name}));
        }
        let entry = list.iter_mut().find(|entry| entry["name"] == name).and_then(Value::as_object_mut);
        change(entry.expect("an entry is a mapping"));
        list.sort_by_key(|entry| entry["name"].as_str().unwrap_or_default().to_owned());
        list
    }

    fn set_image(&self, name: &str, [new_name, tag, digest]: [&str; 3]) -> Edit {
        let list = self.named("images", name, |image| {
            for (field, value) in [("newName", new_name), ("newTag", tag), ("digest", digest)] {
                match value {
                    "*" => {}
                    "" => drop(image.shift_remove(field)),
                    _ => drop(image.insert(field.into(), json!(value))),
                }
            }
        });
        let tag = if tag.is_empty() { String::new() } else { format!(":{tag}") };
        let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
        let argument = match new_name {
            "" => format!("{name}{tag}{digest}"),
            _ => format!("{name}={new_name}{tag}{digest}"),
        };
        let owners = ["", "/newName", "/newTag", "/digest"].map(|field| format!("images/{name}{field}"));
        let removes = Edit::new(&["set", "image", &argument], &owners, self.with("images", list));
        Edit { removes: true, ..removes }
    }

    fn set_replicas(&self, name: &str, count: i64) -> Edit {
        let list = self.named("replicas", name, |replica| drop(replica.insert("count".into(), json!(count))));
        let owners = [format!("replicas/{name}"), format!("replicas/{name}/count")];
        Edit::new(&["set", "replicas", &format!("{name}={count}")], &owners, self.with("replicas", list))
    }

    fn add_literal(&self, word: &str, field: &str, name: &str, literal: &str) -> Edit {
        let mut list = self.list(field);
        if !list.iter().any(|entry| entry["name"] == name) {
            list.push(if word == "secret" { json!({"name": name, "type": "Opaque"}) } else { json!({"name": name}) });
        }
        let mut is_known = false;
        for generator in list.iter_mut().filter(|entry| entry["name"] == name) {
            let fields = generator.as_object_mut().expect("generators are mappings");
            let literals = fields.entry("literals").or_insert(json!([])).as_array_mut().expect("a list");
            is_known = literals.iter().any(|known| known.as_str().is_some_and(|known| known[..1] == literal[..1]));
            literals.push(json!(literal));
        }
        let arguments = ["add", word, name, "--from-literal", literal];
        Edit::new(&arguments, &[], if is_known { None } else { self.with(field, list) })
    }

    fn remove_generator(&self, word: &str, field: &str, name: &str) -> Edit {
        let before = self.list(field);
        let after: Vec<Value> = before.iter().filter(|entry| entry["name"] != name).cloned().collect();
        let mut about = vec![format!("{field}/{name}/*")];
        if after.is_empty() {
            about.push(format!("{field}/*"));
        }
        let data = if before.len() == after.len() { None } else { self.with(field, after) };
        Edit { removes: true, ..Edit::new(&["remove", word, name], &about, data) }
    }

    fn set_options(&self, options: &str) -> Edit {
        let list: Vec<Value> = options.split(',').map(|option| json!(option)).collect();
        let about = ["buildMetadata".to_owned(), "buildMetadata/*".to_owned()];
        Edit {
            removes: true,
            ..Edit::new(&["set", "buildmetadata", options], &about, self.with("buildMetadata", list))
        }
    }

    fn add_patch(&self) -> Edit {
        let patch = json!({"path": "new.yaml", "target": {"kind": "Service", "labelSelector": "a=b"}});
        let mut list = self.list("patches");
        list.push(patch);
        let arguments = ["add", "patch", "--path=new.yaml", "--kind", "Service", "--label-selector=a=b"];
        Edit::new(&arguments, &[], self.with("patches", list))
    }
}
