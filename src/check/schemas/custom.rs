//! What CustomResourceDefinitions say of their types.

use rustc_hash::FxHashMap;
use rustomize_yaml::{NodeId, Tree, to_json};

use super::{Bounds, Child, Format, Identity, Limits, Name, Null, Others, Release, Schema, What};

/// The name of what `metadata` holds, in every type.
pub(crate) const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Types by group and kind.
#[derive(Debug, Default)]
pub(crate) struct CustomTypes(FxHashMap<(String, String), CustomType>);

/// A type that a CustomResourceDefinition declares.
#[derive(Debug)]
pub(crate) struct CustomType {
    /// Its versions, as declared.
    pub versions: Vec<CustomVersion>,
}

/// A version of a type.
#[derive(Debug)]
pub(crate) struct CustomVersion {
    pub name: String,
    /// Whether the API has it.
    pub is_served: bool,
    pub is_deprecated: bool,
    /// What its author says of that.
    pub warning: String,
    /// What its objects are; nothing where the definition does not say.
    pub schema: Option<Schema>,
}

impl CustomTypes {
    /// Takes in a CustomResourceDefinition; nothing else is one. Of two for one type the first one counts.
    pub fn add(&mut self, tree: &Tree, release: &Release) {
        let reader = Reader { tree, metadata: release.number_of(OBJECT_META) };
        let root = tree.root();
        if text(tree, root, "kind") != "CustomResourceDefinition" {
            return;
        }
        let Some(spec) = tree.get(root, "spec") else { return };
        let kind = tree.get(spec, "names").map_or("", |names| text(tree, names, "kind"));
        let versions = tree.get(spec, "versions").into_iter().flat_map(|versions| tree.items(versions));
        let versions = versions.map(|version| reader.version(version)).collect();
        let key = (text(tree, spec, "group").to_owned(), kind.to_owned());
        self.0.entry(key).or_insert(CustomType { versions });
    }

    /// The type of that group and kind.
    pub fn get(&self, group: &str, kind: &str) -> Option<&CustomType> {
        self.0.get(&(group.to_owned(), kind.to_owned()))
    }

    /// The kinds of a group, sorted.
    pub fn kinds_of(&self, group: &str) -> Vec<&str> {
        let mut kinds: Vec<&str> = self.0.keys().filter(|key| key.0 == group).map(|key| key.1.as_str()).collect();
        kinds.sort_unstable();
        kinds
    }
}

impl CustomType {
    /// The version of that name.
    pub fn version(&self, name: &str) -> Option<&CustomVersion> {
        self.versions.iter().find(|version| version.name == name)
    }
}

fn text<'a>(tree: &'a Tree, mapping: NodeId, key: &str) -> &'a str {
    tree.get(mapping, key).map_or("", |node| tree.text(node))
}

fn is_true(tree: &Tree, mapping: NodeId, key: &str) -> bool {
    text(tree, mapping, key) == "true"
}

fn json(tree: &Tree, node: NodeId) -> String {
    let mut out = String::new();
    // What cannot be printed does not get this far: the build fails.
    let _ = to_json(tree, node, &mut out);
    out
}

struct Reader<'a> {
    tree: &'a Tree,
    /// The definition of `metadata`.
    metadata: Option<usize>,
}

/// Schemas that nest deeper allow anything from there on.
const MAX_DEPTH: usize = 100;

impl Reader<'_> {
    fn version(&self, version: NodeId) -> CustomVersion {
        let tree = self.tree;
        let schema = tree.path(version, &["schema", "openAPIV3Schema"]).filter(|schema| tree.is_mapping(*schema));
        CustomVersion {
            name: text(tree, version, "name").to_owned(),
            is_served: is_true(tree, version, "served"),
            is_deprecated: is_true(tree, version, "deprecated"),
            warning: text(tree, version, "deprecationWarning").to_owned(),
            schema: schema.map(|schema| {
                let mut schema = self.schema(schema, 0);
                self.make_object(&mut schema, false);
                schema
            }),
        }
    }

    /// A schema is that of a whole object, and has the fields that all of these have.
    fn make_object(&self, schema: &mut Schema, needs_type: bool) {
        for name in ["apiVersion", "kind", "metadata"] {
            let child = match self.metadata.filter(|_| name == "metadata") {
                Some(metadata) => Child::Definition(metadata),
                None if name == "metadata" => continue,
                None => Child::Own(Box::new(Schema { what: What::Text, ..Schema::default() })),
            };
            match schema.fields.binary_search_by(|(own, _)| own.as_ref().cmp(name)) {
                Ok(at) => schema.fields[at].1 = child,
                Err(at) => schema.fields.insert(at, (name.into(), child)),
            }
            if needs_type && name != "metadata" && !schema.required.iter().any(|own| own == name) {
                schema.required.push(name.into());
            }
        }
    }

    fn schema(&self, node: NodeId, depth: usize) -> Schema {
        if depth > MAX_DEPTH {
            return Schema::default();
        }
        let tree = self.tree;
        let mut schema = Schema {
            what: self.what(node),
            null: if is_true(tree, node, "nullable") { Null::Kept } else { Null::Refused },
            format: Format::named(text(tree, node, "format")),
            required: self.required(node),
            items: tree
                .get(node, "items")
                .filter(|items| tree.is_mapping(*items))
                .map(|items| self.child(items, depth)),
            limits: self.limits(node, depth).map(Box::new),
            ..Schema::default()
        };
        if schema.what == What::Anything {
            schema.null = Null::Kept;
        }
        let properties = tree.get(node, "properties");
        for (name, field) in properties.into_iter().flat_map(|properties| tree.entries(properties)) {
            schema.fields.push((Name::Owned(tree.text(name).to_owned()), self.entry(field, depth)));
        }
        schema.fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        schema.others = self.others(node, schema.what, depth);
        schema.identity = self.identity(node);
        if is_true(tree, node, "x-kubernetes-embedded-resource") {
            self.make_object(&mut schema, true);
        }
        schema
    }

    fn child(&self, node: NodeId, depth: usize) -> Child {
        Child::Own(Box::new(self.schema(node, depth + 1)))
    }

    /// A field, or the value of a map: null is dropped where it is not wanted.
    fn entry(&self, node: NodeId, depth: usize) -> Child {
        let mut schema = self.schema(node, depth + 1);
        if schema.null == Null::Refused {
            schema.null = Null::Dropped;
        }
        Child::Own(Box::new(schema))
    }

    /// The fields that must be there; those with a default get it before anyone looks.
    fn required(&self, node: NodeId) -> Vec<Name> {
        let mut required = self.texts(node, "required");
        required.retain(|name| self.tree.path(node, &["properties", name, "default"]).is_none());
        required
    }

    fn what(&self, node: NodeId) -> What {
        match text(self.tree, node, "type") {
            _ if is_true(self.tree, node, "x-kubernetes-int-or-string") => What::IntegerOrText,
            "object" => What::Object,
            "array" => What::List,
            "string" => What::Text,
            "integer" => What::Integer,
            "number" => What::Number,
            "boolean" => What::Boolean,
            _ => What::Anything,
        }
    }

    /// Fields that are not named are dropped by the API, and refused by strict clients, unless the schema keeps them.
    fn others(&self, node: NodeId, what: What, depth: usize) -> Others {
        let tree = self.tree;
        if is_true(tree, node, "x-kubernetes-preserve-unknown-fields") || what != What::Object {
            return Others::Kept;
        }
        match tree.get(node, "additionalProperties") {
            Some(values) if tree.is_mapping(values) => Others::Map { keys: None, values: self.entry(values, depth) },
            Some(values) if tree.text(values) == "true" => Others::Kept,
            _ => Others::Refused,
        }
    }

    fn identity(&self, node: NodeId) -> Identity {
        match text(self.tree, node, "x-kubernetes-list-type") {
            "map" => {
                let keys = self.texts(node, "x-kubernetes-list-map-keys");
                let properties = self.tree.path(node, &["items", "properties"]);
                let default = |key: &Name| self.tree.path(properties?, &[key, "default"]);
                let with_default = |key: Name| {
                    let default = default(&key).map(|default| json(self.tree, default));
                    (key, default)
                };
                Identity::Fields(keys.into_iter().map(with_default).collect())
            }
            "set" => Identity::Value,
            _ if is_true(self.tree, node, "uniqueItems") => Identity::Value,
            _ => Identity::None,
        }
    }

    fn limits(&self, node: NodeId, depth: usize) -> Option<Limits> {
        const KEYWORDS: [&str; 15] = [
            "enum",
            "minimum",
            "maximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "pattern",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
        ];
        let tree = self.tree;
        if !tree.entries(node).any(|(key, _)| KEYWORDS.contains(&tree.text(key))) {
            return None;
        }
        let number = |key| text(tree, node, key).parse::<f64>().ok();
        let count = |key| text(tree, node, key).parse::<u64>().ok();
        let values = tree.get(node, "enum").into_iter().flat_map(|values| tree.items(values));
        let pattern = text(tree, node, "pattern");
        Some(Limits {
            values: values.map(|value| json(tree, value)).collect(),
            allows_empty: false,
            number: Bounds { least: number("minimum"), most: number("maximum") },
            exclusive: (is_true(tree, node, "exclusiveMinimum"), is_true(tree, node, "exclusiveMaximum")),
            multiple_of: number("multipleOf"),
            length: Bounds { least: count("minLength"), most: count("maxLength") },
            items: Bounds { least: count("minItems"), most: count("maxItems") },
            fields: Bounds { least: count("minProperties"), most: count("maxProperties") },
            pattern: (!pattern.is_empty()).then(|| pattern.to_owned()),
            all_of: self.schemas(node, "allOf", depth),
            any_of: self.schemas(node, "anyOf", depth),
            one_of: self.schemas(node, "oneOf", depth),
            not: tree.get(node, "not").map(|not| Box::new(self.schema(not, depth + 1))),
        })
    }

    fn schemas(&self, node: NodeId, key: &str, depth: usize) -> Vec<Schema> {
        let schemas = self.tree.get(node, key).into_iter().flat_map(|schemas| self.tree.items(schemas));
        schemas.map(|schema| self.schema(schema, depth + 1)).collect()
    }

    fn texts(&self, node: NodeId, key: &str) -> Vec<Name> {
        let texts = self.tree.get(node, key).into_iter().flat_map(|texts| self.tree.items(texts));
        texts.map(|text| Name::Owned(self.tree.text(text).to_owned())).collect()
    }
}
