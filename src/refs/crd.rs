//! Field specs out of OpenAPI definitions of custom resources, as `crds` of a kustomization names them.

use std::sync::Arc;

use rustomize_yaml::{Dialect, NodeId, Source, Tag, Tree, read_document};

use super::name_references::NameReference;
use super::{FieldSpecs, TransformerConfig};
use crate::diagnostics::{Code, Error, Result, Span};
use crate::kustomization::FieldSpec;

/// Reads a file of definitions, by type name as Kubernetes' code generators write them
/// (`github.com/example/v1.Bee: {Schema: {properties: …}}`).
///
/// Properties marked with `x-kubernetes-annotation`, `x-kubernetes-label-selector`, `x-kubernetes-identity` or
/// `x-kubernetes-object-ref-api-version` and `-kind` become fields of annotations, labels, prefixes or references.
/// Fails for another kind of file, a CustomResourceDefinition among them, as kustomize does.
pub(super) fn read(source: &Arc<Source>) -> Result<TransformerConfig> {
    let tree = read_document(source, Dialect::Yaml11).map_err(|error| Error::from_yaml(error, source))?;
    let Some(tree) = tree else {
        // One of comments alone defines nothing.
        return match source.text() {
            "" => Err(Error::new(Code::Configuration, format!("{} is empty", source.name))),
            _ => Ok(TransformerConfig::default()),
        };
    };
    let definitions = Definitions::new(&tree)?;
    let mut found = Fields::default();
    for &(name, schema) in &definitions.by_name {
        let Some(properties) = schema.and_then(|schema| tree.get(schema, "properties")) else { continue };
        if ["kind", "apiVersion", "metadata"].iter().all(|field| tree.get(properties, field).is_some()) {
            let kind = name.rsplit('.').next().unwrap_or(name);
            Collector { definitions: &definitions, kind, path: Vec::new(), active: Vec::new(), found: &mut found }
                .collect(name)?;
        }
    }
    Ok(TransformerConfig {
        name_prefix: found.identities,
        common_labels: found.labels,
        common_annotations: found.annotations,
        name_reference: found.references.into(),
        ..TransformerConfig::default()
    })
}

struct Definitions<'a> {
    tree: &'a Tree,
    /// Type names with their schemas.
    by_name: Vec<(&'a str, Option<NodeId>)>,
}

impl<'a> Definitions<'a> {
    fn new(tree: &'a Tree) -> Result<Definitions<'a>> {
        let mut by_name = Vec::new();
        let root = mapping(tree, tree.root(), "a mapping of type names to definitions")?;
        for (name, definition) in root.into_iter().flat_map(|root| tree.entries(root)) {
            let definition = mapping(tree, definition, "a definition with a `Schema`")?;
            let mut fields = definition.into_iter().flat_map(|definition| tree.entries(definition));
            let schema = fields.find(|&(key, _)| tree.text(key).eq_ignore_ascii_case("schema"));
            let schema = schema.map_or(Ok(None), |(_, schema)| mapping(tree, schema, "a schema"))?;
            by_name.push((tree.text(name), schema));
        }
        Ok(Definitions { tree, by_name })
    }

    /// The properties of a type; none for one that is not defined.
    fn properties(&self, type_name: &str) -> Result<Vec<(&'a str, NodeId)>> {
        let schema = self.by_name.iter().find(|(name, _)| *name == type_name).and_then(|(_, schema)| *schema);
        let Some(properties) = schema.and_then(|schema| self.tree.get(schema, "properties")) else {
            return Ok(Vec::new());
        };
        let properties = mapping(self.tree, properties, "the properties of a schema")?;
        let entries = properties.into_iter().flat_map(|properties| self.tree.entries(properties));
        entries
            .map(|(name, property)| {
                mapping(self.tree, property, "a property")?;
                Ok((self.tree.text(name), property))
            })
            .collect()
    }

    /// The text of an extension of a property, such as `x-kubernetes-annotation`.
    fn extension(&self, property: NodeId, name: &str) -> Option<&'a str> {
        let mut entries = self.tree.entries(property);
        let (_, value) = entries.find(|&(key, _)| self.tree.text(key).eq_ignore_ascii_case(name))?;
        (self.tree.tag(value) == Tag::Str).then(|| self.tree.text(value))
    }
}

/// The node if it is a mapping, nothing if it is null, an error otherwise.
fn mapping(tree: &Tree, node: NodeId, what: &str) -> Result<Option<NodeId>> {
    if tree.is_null(node) {
        return Ok(None);
    }
    if tree.is_mapping(node) {
        return Ok(Some(node));
    }
    let span = Span { source: tree.source().clone(), at: tree.node(node).at, len: 0 };
    Err(Error::new(Code::Configuration, format!("{} is not made of OpenAPI definitions", span.source.name))
        .label(span, format!("{what} is expected here"))
        .help("`crds` takes OpenAPI definitions by type name; list CustomResourceDefinitions under `resources`"))
}

#[derive(Default)]
struct Fields {
    annotations: FieldSpecs,
    labels: FieldSpecs,
    identities: FieldSpecs,
    references: Vec<NameReference>,
}

/// Goes through the properties of one kind, and of the types that they refer to.
struct Collector<'a, 'f> {
    definitions: &'a Definitions<'a>,
    kind: &'a str,
    path: Vec<&'a str>,
    /// The types that lead here.
    active: Vec<&'a str>,
    found: &'f mut Fields,
}

impl<'a> Collector<'a, '_> {
    fn collect(&mut self, type_name: &'a str) -> Result<()> {
        if self.active.contains(&type_name) {
            let message = format!("the definition of `{type_name}` refers to itself");
            return Err(Error::new(Code::Configuration, message));
        }
        self.active.push(type_name);
        for (name, property) in self.definitions.properties(type_name)? {
            self.path.push(name);
            self.property(property)?;
            self.path.pop();
        }
        self.active.pop();
        Ok(())
    }

    fn property(&mut self, property: NodeId) -> Result<()> {
        let definitions = self.definitions;
        let extension = |name| definitions.extension(property, name);
        if extension("x-kubernetes-annotation").is_some() {
            self.found.annotations = self.found.annotations.merged(&self.here(None))?;
        }
        if extension("x-kubernetes-label-selector").is_some() {
            self.found.labels = self.found.labels.merged(&self.here(None))?;
        }
        if extension("x-kubernetes-identity").is_some() {
            self.found.identities = self.found.identities.merged(&self.here(None))?;
        }
        let version = extension("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, extension("x-kubernetes-object-ref-kind")) {
            let key = extension("x-kubernetes-object-ref-name-key").unwrap_or("name");
            self.add_reference(version, kind, key)?;
        }
        match definitions.tree.get(property, "$ref") {
            Some(target) => self.collect(definitions.tree.text(target)),
            None => Ok(()),
        }
    }

    fn add_reference(&mut self, version: &str, kind: &str, key: &'a str) -> Result<()> {
        let referrers = self.here(Some(key));
        let mut known = self.found.references.iter_mut();
        if let Some(known) = known.find(|known| known.version == version && known.kind == kind) {
            known.referrers = known.referrers.merged(&referrers)?;
            return Ok(());
        }
        let (version, kind) = (version.to_owned().into(), kind.to_owned().into());
        self.found.references.push(NameReference { group: "".into(), version, kind, referrers });
        Ok(())
    }

    /// A list of one spec, for the field that has been reached, or for one under it.
    fn here(&self, below: Option<&str>) -> FieldSpecs {
        let path: Vec<&str> = self.path.iter().copied().chain(below).collect();
        let (kind, path) = (self.kind.to_owned().into(), path.join("/").into());
        vec![FieldSpec { kind, path, ..FieldSpec::default() }].into()
    }
}
