//! An OpenAPI document that a kustomization brings: what merging asks of it.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use rustomize_yaml::{Dialect, Source, from_node_unconverted, read_document};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

use crate::diagnostics::{Code, Error, Result, Span};

/// A document, read as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document {
    #[serde(deserialize_with = "or_default")]
    definitions: HashMap<String, Arc<Definition>>,
    #[serde(deserialize_with = "or_default")]
    paths: HashMap<String, Path>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Path {
    get: Option<Operation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Operation {
    #[serde(rename = "x-kubernetes-group-version-kind")]
    of: Option<TypeName>,
}

/// A type as the extension `x-kubernetes-group-version-kind` names it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
struct TypeName {
    #[serde(deserialize_with = "or_default")]
    group: String,
    #[serde(deserialize_with = "or_default")]
    version: String,
    #[serde(deserialize_with = "or_default")]
    kind: String,
}

/// A schema: a named definition, a field or an item.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Definition {
    #[serde(rename = "$ref", deserialize_with = "or_default")]
    reference: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    types: Types,
    #[serde(deserialize_with = "or_default")]
    properties: HashMap<String, Arc<Definition>>,
    #[serde(rename = "additionalProperties", deserialize_with = "or_default")]
    values: Nested,
    #[serde(deserialize_with = "or_default")]
    items: Nested,
    #[serde(rename = "x-kubernetes-patch-strategy")]
    strategy: Option<String>,
    #[serde(rename = "x-kubernetes-patch-merge-key")]
    merge_key: Option<String>,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    list_map_keys: Option<Vec<String>>,
    #[serde(rename = "x-kubernetes-list-type")]
    list_type: Option<String>,
    #[serde(rename = "x-kubernetes-group-version-kind", deserialize_with = "or_default")]
    of: Vec<TypeName>,
}

/// A null means the same as nothing, as Go reads JSON.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn read_json(source: &Arc<Source>) -> Result<Document> {
    serde_json::from_str(source.text()).map_err(|error| {
        let lines = source.text().split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let span = Span { source: source.clone(), at: at.min(source.text().len()) as u32, len: 0 };
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        Error::new(Code::Configuration, "the OpenAPI schema cannot be read").label(span, reason)
    })
}

fn read_yaml(source: &Arc<Source>) -> Result<Document> {
    let tree = read_document(source, Dialect::Yaml11).map_err(|error| Error::from_yaml(error, source))?;
    let Some(tree) = tree else { return Ok(Document::default()) };
    from_node_unconverted(&tree, tree.root()).map_err(|error| Error::from_yaml(error, source))
}

/// A parsed document, indexed.
#[derive(Debug, Default)]
pub(super) struct OpenApi {
    definitions: HashMap<String, Arc<Definition>>,
    types: HashMap<TypeName, Arc<Definition>>,
    namespaced: HashMap<TypeName, bool>,
}

impl From<Document> for OpenApi {
    fn from(document: Document) -> Self {
        let mut result = OpenApi { definitions: document.definitions, ..OpenApi::default() };
        for definition in result.definitions.values() {
            result.types.extend(definition.of.iter().map(|name| (name.clone(), definition.clone())));
        }
        for (path, operations) in document.paths {
            if let Some(name) = operations.get.and_then(|get| get.of) {
                *result.namespaced.entry(name).or_default() |= path.contains("namespaces/{namespace}");
            }
        }
        result
    }
}

impl OpenApi {
    /// Reads a document in YAML, or in JSON when it begins with `{`.
    ///
    /// Fails where it is neither, or no OpenAPI.
    pub(super) fn read(source: &Arc<Source>) -> Result<OpenApi> {
        let document = if source.text().starts_with('{') { read_json(source)? } else { read_yaml(source)? };
        Ok(OpenApi::from(document))
    }

    /// The definition of a type.
    pub(super) fn root(&self, group: &str, version: &str, kind: &str) -> Option<&Arc<Definition>> {
        self.types.get(&TypeName { group: group.into(), version: version.into(), kind: kind.into() })
    }

    /// The definition of that name.
    pub(super) fn definition(&self, name: &str) -> Option<&Arc<Definition>> {
        self.definitions.get(name)
    }

    /// Whether resources of the type live in namespaces, by the paths of the document.
    pub(super) fn is_namespaced(&self, group: &str, version: &str, kind: &str) -> Option<bool> {
        let name = TypeName { group: group.into(), version: version.into(), kind: kind.into() };
        self.namespaced.get(&name).copied()
    }
}

impl Definition {
    /// A schema from the text of a comment; `None` when that does not begin with a JSON object, or the object is empty.
    pub(super) fn from_comment(comment: &str) -> Option<Definition> {
        let values = serde_json::Deserializer::from_str(comment).into_iter::<serde_json::Map<_, _>>();
        let object = values.flatten().next().filter(|object| !object.is_empty())?;
        Definition::deserialize(serde_json::Value::Object(object)).ok()
    }

    /// The same schema, in which lists merge where their type says how their items are told apart: what a server does with
    /// the lists of custom resources. In OpenAPI documents, another extension says so.
    pub(super) fn merging_by_list_types(mut self) -> Definition {
        if matches!(self.list_type.as_deref(), Some("map" | "set")) {
            self.strategy.get_or_insert_with(|| "merge".to_owned());
        }
        let rewritten = |child: Arc<Definition>| {
            let child = Arc::try_unwrap(child).unwrap_or_default();
            Arc::new(child.merging_by_list_types())
        };
        self.properties = self.properties.into_iter().map(|(name, field)| (name, rewritten(field))).collect();
        self.values = Nested(self.values.0.map(rewritten));
        self.items = Nested(self.items.0.map(rewritten));
        self
    }

    /// The name of the definition that this one stands for.
    pub(super) fn reference(&self) -> Option<String> {
        if self.reference.is_empty() {
            return None;
        }
        let name = self.reference.strip_prefix("#/definitions/").unwrap_or_default();
        Some(name.replace("~1", "/").replace("~0", "~"))
    }

    /// The field of that name, or the values of a map.
    pub(super) fn field(&self, name: &str) -> Option<&Arc<Definition>> {
        self.properties.get(name).or(self.values.0.as_ref())
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Option<&Arc<Definition>> {
        if self.types.is_list { self.items.0.as_ref() } else { None }
    }

    /// Whether lists merge.
    pub(super) fn merges(&self) -> bool {
        self.strategy.as_deref().is_some_and(|strategy| strategy.split(',').any(|part| part == "merge"))
    }

    /// The keys by which lists merge.
    pub(super) fn merge_keys(&self) -> Vec<&str> {
        match &self.list_map_keys {
            Some(keys) => keys.iter().map(String::as_str).collect(),
            None => self.merge_key.iter().map(String::as_str).collect(),
        }
    }
}

/// `type`: a text or a list of texts.
#[derive(Debug, Default, PartialEq)]
struct Types {
    /// Whether it is `array` and nothing else.
    is_list: bool,
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct TypesVisitor;
        impl<'de> Visitor<'de> for TypesVisitor {
            type Value = Types;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a type, or a list of names")
            }

            fn visit_str<E>(self, name: &str) -> std::result::Result<Types, E> {
                Ok(Types { is_list: name == "array" })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> std::result::Result<Types, A::Error> {
                let (mut count, mut is_list) = (0, false);
                while let Some(name) = names.next_element::<String>()? {
                    count += 1;
                    is_list = name == "array";
                }
                Ok(Types { is_list: is_list && count == 1 })
            }
        }
        deserializer.deserialize_any(TypesVisitor)
    }
}

/// A schema, or a boolean or list of schemas, which count as none.
#[derive(Debug, Default, PartialEq)]
struct Nested(Option<Arc<Definition>>);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct NestedVisitor(PhantomData<Definition>);
        impl<'de> Visitor<'de> for NestedVisitor {
            type Value = Nested;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a schema")
            }

            fn visit_bool<E>(self, _: bool) -> std::result::Result<Nested, E> {
                Ok(Nested(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut schemas: A) -> std::result::Result<Nested, A::Error> {
                while schemas.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Nested(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> std::result::Result<Nested, A::Error> {
                Ok(Nested(Some(Arc::new(Definition::deserialize(MapAccessDeserializer::new(fields))?))))
            }
        }
        deserializer.deserialize_any(NestedVisitor(PhantomData))
    }
}
