//! ConfigMap and Secret generators, and the files that they read.

use super::plan::{Gen, Generated, Layer};
use super::value::{Value, list, map};

impl Gen {
    /// The fields `configMapGenerator` and `secretGenerator`.
    pub fn generator_field(&mut self, layer: &mut Layer, secret: bool) {
        let field = if secret { "secretGenerator" } else { "configMapGenerator" };
        self.uses(field);
        let mut entries = vec![];
        for i in 0..self.rng.range(1, 2) {
            entries.push(self.generator(layer, secret, i));
        }
        layer.fields.set(field, entries);
    }

    /// One generator: new, or one that changes what a lower layer generates.
    pub fn generator(&mut self, layer: &mut Layer, secret: bool, i: usize) -> Value {
        let below: Vec<Generated> = layer.generated.iter().filter(|g| g.secret == secret).cloned().collect();
        let dir = layer.dir.clone();
        if i == 0 && !below.is_empty() && self.rng.chance(65) {
            let which = self.rng.pick(&below).clone();
            let merge = self.rng.chance(60);
            self.uses(if merge { "generator: behavior merge" } else { "generator: behavior replace" });
            let mut entry = map! { "name" => which.name, "behavior" => if merge { "merge" } else { "replace" } };
            if let Some(namespace) = which.namespace {
                entry.set("namespace", namespace);
            }
            self.sources(&dir, &mut entry, secret);
            return entry;
        }
        let name = match (layer.dir == "base" && i == 0, secret) {
            (true, false) => "settings".to_string(),
            (true, true) => "keys".into(),
            _ => format!("gen-{}", self.number()),
        };
        let name = if layer.generated.iter().any(|g| g.name == name && g.secret == secret) {
            format!("{name}-{}", self.number())
        } else {
            name
        };
        let mut entry = map! { "name" => &name };
        let mut namespace = None;
        if self.rng.chance(10) {
            namespace = Some("team-a".to_string());
            entry.set("namespace", "team-a");
        }
        if self.rng.chance(15) {
            self.uses("generator: behavior create");
            entry.set("behavior", "create");
        }
        if secret && self.rng.chance(30) {
            self.uses("secretGenerator: type");
            entry.set("type", self.rng.word(&["Opaque", "kubernetes.io/tls", "example.com/x"]));
        }
        self.sources(&dir, &mut entry, secret);
        if self.rng.chance(30) {
            self.uses("generator: options");
            let options = self.generator_options();
            entry.set("options", options);
        }
        layer.generated.push(Generated { secret, name, namespace });
        entry
    }

    /// `literals`, `files` and `envs`.
    pub fn sources(&mut self, dir: &str, entry: &mut Value, secret: bool) {
        if self.rng.chance(60) {
            self.uses("generator: literals");
            let mut literals = vec![];
            for key in ["mode", "A_KEY", "password", "empty", "url"] {
                if self.rng.chance(45) {
                    let value = self.rng.word(&[
                        "1",
                        "true",
                        "plain",
                        "with space",
                        "a=b",
                        "\"quoted\"",
                        "'single'",
                        "",
                        "12:30",
                        "two\nlines",
                        "http://x:80/?a=b&c=d",
                    ]);
                    literals.push(Value::from(format!("{key}={value}")));
                }
            }
            if literals.is_empty() {
                literals.push("only=one".into());
            }
            entry.set("literals", literals);
        }
        if self.rng.chance(40) {
            self.uses("generator: files");
            let file = format!("f{}.txt", self.number());
            let binary = self.rng.chance(10);
            let content = self.file_content(binary);
            self.tree.bytes(&format!("{dir}/{file}"), content);
            let listed = if self.rng.chance(50) { file } else { format!("app.conf={file}") };
            entry.set("files", list![listed]);
        }
        if self.rng.chance(40) || (entry.get("literals").is_none() && entry.get("files").is_none()) {
            self.uses("generator: envs");
            let file = format!("e{}.env", self.number());
            let mut text = String::from("# settings\n");
            for line in [
                "X=1",
                "NAME=a value ",
                "\n",
                "QUOTED=\"q\"",
                "  INDENTED=x",
                "URL=http://x/?a=b",
                "UNI=h\u{e9}",
                "EMPTY=",
                "# end",
            ] {
                if self.rng.chance(60) {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            self.tree.bytes(&format!("{dir}/{file}"), text);
            if self.rng.chance(10) {
                entry.set("env", file);
            } else {
                entry.set("envs", list![file]);
            }
        }
        if secret && self.rng.chance(2) {
            entry.set("behavior", "unspecified");
        }
    }

    fn file_content(&mut self, binary: bool) -> Vec<u8> {
        if binary {
            self.uses("generator: binary file");
            let length = self.rng.range(3, 120);
            return (0..length).map(|_| self.rng.next().to_le_bytes()[0]).chain([0xff, 0xfe]).collect();
        }
        if self.rng.chance(2) {
            // The oracle cannot read back what it writes for a first line that begins with a tab.
            return b"\ttab\n".to_vec();
        }
        let texts = [
            "plain",
            "line one\nline two\n",
            "key: value\nlist:\n  - a\n  - b\n",
            "trailing space \nx",
            "# comment\n\n\nx=1\n\n",
            "{\"json\": [1, 2]}",
            "",
            "h\u{e9}llo \u{1f600}\n",
            "windows\r\nends\r\n",
        ];
        self.rng.word(&texts).into_bytes()
    }

    /// The fields of `generatorOptions` and of a generator's `options`.
    pub fn generator_options(&mut self) -> Value {
        let mut options = map! {};
        if self.rng.chance(40) {
            options.set("labels", map! { "generated" => "yes" });
        }
        if self.rng.chance(30) {
            options.set("annotations", map! { "note" => self.rng.word(&["a", "1", "long note with words"]) });
        }
        if self.rng.chance(35) {
            self.uses("disableNameSuffixHash");
            options.set("disableNameSuffixHash", true);
        }
        if self.rng.chance(30) {
            self.uses("immutable");
            options.set("immutable", true);
        }
        options
    }
}
