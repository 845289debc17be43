//! What a schema says, as far as the table keeps it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

/// A definition, a field, or what a list or map holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub shape: Shape,
    pub nullable: bool,
    /// The form of a text or number.
    pub format: Option<String>,
    /// The texts that are allowed; none for any.
    pub values: Vec<String>,
    /// The least: of a number, of the length of a text or list.
    pub least: Option<i64>,
    /// The most.
    pub most: Option<i64>,
}

/// What kind of value it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Anything at all.
    Any,
    /// What the definition of this name says.
    Reference(String),
    /// These fields (whether it must be there, what it is), and others where it is open.
    Object {
        fields: BTreeMap<String, (bool, Node)>,
        open: bool,
    },
    /// Any keys, of a form perhaps.
    Map {
        keys: Option<String>,
        values: Box<Node>,
    },
    /// Items, told apart by some of their fields (`Some` of nothing: by their own value), or not at all.
    List {
        keys: Option<Vec<String>>,
        items: Box<Node>,
    },
    Text,
    Integer,
    Number,
    Boolean,
    IntegerOrText,
    /// A number or a text.
    Quantity,
}

impl Node {
    fn new(shape: Shape, nullable: bool) -> Node {
        Node { shape, nullable, format: None, values: Vec::new(), least: None, most: None }
    }
}

/// Reads schemas of one release.
pub struct Reader<'a> {
    pub definitions: &'a Map<String, Value>,
}

impl Reader<'_> {
    /// What a schema says. Fails for one of a form that Kubernetes has not used so far.
    pub fn node(&self, schema: &Value) -> Result<Node> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.reference(reference);
        }
        let types = types(&schema["type"]);
        let nullable = types.contains(&"null");
        let mut node = match *types.iter().find(|name| **name != "null").unwrap_or(&"") {
            "" if schema.get("oneOf").is_some() => return one_of(schema),
            "" => Node::new(Shape::Any, true),
            "object" => Node::new(self.object(schema)?, nullable),
            "array" => Node::new(self.list(schema)?, nullable),
            "string" => Node::new(Shape::Text, nullable),
            "integer" => Node::new(Shape::Integer, nullable),
            "number" => Node::new(Shape::Number, nullable),
            "boolean" => Node::new(Shape::Boolean, nullable),
            other => bail!("the type `{other}` is unknown"),
        };
        node.format = schema["format"].as_str().map(str::to_owned);
        node.values = texts(&schema["enum"]);
        Ok(node)
    }

    /// Small definitions take the place of what refers to them; objects are referred to.
    fn reference(&self, reference: &str) -> Result<Node> {
        let name = reference.strip_prefix("#/$defs/").with_context(|| format!("a reference to {reference}"))?;
        let target = self.definitions.get(name).with_context(|| format!("there is no definition {name}"))?;
        if target.get("properties").is_some() {
            return Ok(Node::new(Shape::Reference(name.to_owned()), true));
        }
        self.node(target)
    }

    fn object(&self, schema: &Value) -> Result<Shape> {
        if let Some(properties) = schema["properties"].as_object() {
            let required = texts(&schema["required"]);
            if let Some(name) = required.iter().find(|name| !properties.contains_key(*name)) {
                bail!("`{name}` is required and unknown");
            }
            let mut fields = BTreeMap::new();
            for (name, field) in properties {
                let node = self.node(field).with_context(|| format!("field {name}"))?;
                fields.insert(name.clone(), (required.contains(name), node));
            }
            return Ok(Shape::Object { fields, open: schema["additionalProperties"] != Value::Bool(false) });
        }
        Ok(match &schema["additionalProperties"] {
            values @ Value::Object(_) => Shape::Map { keys: None, values: Box::new(self.node(values)?) },
            _ => Shape::Object { fields: BTreeMap::new(), open: true },
        })
    }

    fn list(&self, schema: &Value) -> Result<Shape> {
        let merge_key = schema["x-kubernetes-patch-merge-key"].as_str();
        let keys = match schema["x-kubernetes-list-type"].as_str() {
            Some("map") => Some(texts(&schema["x-kubernetes-list-map-keys"])),
            Some("set") => Some(Vec::new()),
            Some(_) => None,
            None => merge_key.map(|key| vec![key.to_owned()]),
        };
        Ok(Shape::List { keys, items: Box::new(self.node(&schema["items"])?) })
    }
}

/// Texts or numbers: of whole ones Kubernetes makes what may be a number or a text, of others a quantity.
fn one_of(schema: &Value) -> Result<Node> {
    let mut all: Vec<&str> =
        schema["oneOf"].as_array().into_iter().flatten().flat_map(|one| types(&one["type"])).collect();
    all.retain(|name| *name != "null");
    Ok(match *all {
        ["string", "integer"] => Node::new(Shape::IntegerOrText, true),
        ["string", "number"] => Node { format: Some("quantity".to_owned()), ..Node::new(Shape::Quantity, true) },
        _ => bail!("a choice between {all:?}"),
    })
}

fn types(value: &Value) -> Vec<&str> {
    match value {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
