//! Names of resources that are not what names should be, and what hides in metadata.

use super::plan::Gen;
use super::value::{Value, list, map};

/// Plain scalars that are names. With a prefix or a suffix they can become something else than a string.
const RAW_NAMES: &[&str] = &[
    "123",
    "ue",
    "true",
    "1e3",
    "2020-01",
    "0x1F",
    "017",
    "1_000",
    "1.5",
    "yes",
    "n",
    "12:30",
    "2020-01-01",
    "0o17",
    "!!str 42",
    "'23'",
    "\"ue\"",
    "off",
];

/// Names that no cluster accepts, but kustomize.
const STRANGE_NAMES: &[&str] = &[
    "web.example.com",
    "UPPER-Case",
    "under_score",
    "h\u{e9}llo",
    "a.b.c",
    "x-",
    "-x",
    "colon:name",
    "dollar$1",
    "plus+one",
    "(paren)",
    "a-name-that-is-longer-than-the-sixty-three-characters-that-kubernetes-allows",
    "123",
    "true",
    "null",
    "1e3",
];

/// Annotations that kustomize itself writes or looks at.
pub const OWN_ANNOTATIONS: &[(&str, &str)] = &[
    ("config.kubernetes.io/index", "3"),
    ("config.kubernetes.io/path", "a/b.yaml"),
    ("internal.config.kubernetes.io/index", "7"),
    ("internal.config.kubernetes.io/needsHashSuffix", "enabled"),
    ("config.kubernetes.io/origin", "path: somewhere/else.yaml\n"),
    ("kustomize.config.k8s.io/needs-hash", "true"),
    ("kustomize.config.k8s.io/behavior", "merge"),
    ("config.kubernetes.io/local-config", "false"),
    ("alpha.config.kubernetes.io/transformations", "- path: x.yaml\n"),
];

impl Gen {
    /// A prefix or suffix that can change the type of a name.
    pub fn odd_affix(&mut self, prefix: bool) -> String {
        self.uses("odd: name that is no text");
        self.rng.word(if prefix {
            &["tr", "1", "0x", "2020-", "-", "."]
        } else {
            &["-01", "e3", "0", ":30", ".5", "-"]
        })
    }

    /// A name as it is written.
    pub fn odd_name(&mut self) -> Value {
        if self.rng.chance(55) {
            self.uses("odd: name that is no text");
            return Value::Raw(self.rng.word(RAW_NAMES));
        }
        self.uses("odd: strange name");
        self.rng.word(STRANGE_NAMES).into()
    }

    /// Rare things in metadata: annotations of kustomize's own, `generateName`, fields that are null.
    pub fn rare_metadata(&mut self, value: &mut Value) {
        if self.rng.chance(3) {
            self.uses("odd: annotation of kustomize's own");
            let (mut key, mut text) = *self.rng.pick(OWN_ANNOTATIONS);
            // Of other kinds the hash depends on quotes and comments (docs/differences.md).
            let hashed = matches!(value.get("kind").and_then(Value::text), Some("ConfigMap" | "Secret"));
            if key.ends_with("needsHashSuffix") && !hashed {
                (key, text) = OWN_ANNOTATIONS[0];
            }
            value.map_at("metadata").map_at("annotations").set(key, text);
        }
        if self.rng.chance(2) {
            self.uses("odd: generateName");
            let name = value.get("metadata").and_then(|m| m.get("name")).and_then(Value::written).unwrap_or("x");
            let generated = format!("{name}-");
            value.map_at("metadata").set("generateName", generated);
            if self.rng.chance(10) {
                value.map_at("metadata").remove("name");
            }
        }
        if self.rng.chance(3) {
            self.uses("odd: null and empty metadata");
            let (key, empty) = self
                .rng
                .pick(&[
                    ("creationTimestamp", Value::Null),
                    ("labels", map! {}),
                    ("annotations", map! {}),
                    ("finalizers", list![]),
                    (
                        "ownerReferences",
                        list![map! { "apiVersion" => "v1", "kind" => "ConfigMap", "name" => "owner", "uid" => "1" }],
                    ),
                ])
                .clone();
            if value.get("metadata").is_some_and(|metadata| metadata.get(key).is_none()) {
                value.map_at("metadata").set(key, empty);
            }
        }
    }
}
