//! What is known of Kubernetes types: how their lists merge, and which of them live outside namespaces.
//!
//! kustomize has a built-in schema, and a kustomization may bring one of its own. Which of them counts is a state of
//! the walk over bases: see [`Schema::choose`].

mod builtin;
mod crds;
mod open_api;
#[rustfmt::skip]
mod table;

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rustomize_yaml::{Source, Spanned};

use crate::compat::Compat;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::resource::{Gvk, ResId, Resource, ResourceSet};
use crds::CustomDefinitions;
use open_api::{Definition, OpenApi};

/// The version of Kubernetes that the built-in schema describes.
pub const BUILT_IN_VERSION: &str = "v1.21.2";

/// Whether resources of the type live in namespaces, where the built-in table knows.
pub fn is_namespaced(group: &str, version: &str, kind: &str) -> Option<bool> {
    builtin::is_namespaced(group, version, kind)
}

/// The schema as it stands at one point of a build. Cheap to copy.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    compat: Compat,
    own: Option<Arc<OwnSchema>>,
    built_in: BuiltIn,
    chosen: bool,
    used: Cell<Used>,
    /// What CustomResourceDefinitions say that were met so far; nothing where they do not count.
    custom: Option<RefCell<Arc<CustomDefinitions>>>,
}

/// The state of a schema at one point of a build.
#[derive(Debug)]
pub struct SchemaState {
    compat: Compat,
    own: Option<Arc<OwnSchema>>,
    built_in: BuiltIn,
    chosen: bool,
    used: Used,
    custom: Option<Arc<CustomDefinitions>>,
}

impl SchemaState {
    /// Whether both have the same schema chosen.
    pub fn has_choice_of(&self, other: &SchemaState) -> bool {
        let same_document = match (&self.own, &other.own) {
            (Some(own), Some(others)) => Arc::ptr_eq(&own.document, &others.document),
            (own, others) => own.is_none() && others.is_none(),
        };
        let same_custom = match (&self.custom, &other.custom) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others) || (own.is_empty() && others.is_empty()),
            (own, others) => own.is_none() && others.is_none(),
        };
        same_custom
            && same_document
            && (self.compat, self.built_in, self.chosen) == (other.compat, other.built_in, other.chosen)
    }

    /// Whether what was done from `other` on would come out the same from here on: the choice is the same, and the
    /// built-in schema was put to as much use.
    pub fn continues_like(&self, other: &SchemaState) -> bool {
        self.has_choice_of(other) && self.used >= other.used
    }
}

/// What becomes of the built-in schema beside the user's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum BuiltIn {
    /// It is asked first.
    #[default]
    First,
    /// It is asked for what the user's own does not have.
    Second,
    /// It is not asked.
    Never,
}

/// What the built-in schema was used for until the user's own came: kustomize reads it when it first needs it, and what
/// it has read stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    #[default]
    Not,
    /// A type was looked up that is not in the table of scopes, which puts the built-in schema on the list to read.
    ForScopes,
    ForMerging,
}

/// A document of the user, read when it is first needed: one that is never needed may be as wrong as it likes.
#[derive(Debug)]
struct OwnSchema {
    document: Arc<Source>,
    read: OnceLock<Result<OpenApi>>,
}

/// A place in the schema: a definition, a field or an item.
#[derive(Debug, Clone)]
pub struct Node(Kind);

#[derive(Debug, Clone)]
enum Kind {
    BuiltIn(builtin::Place),
    Own(Arc<Definition>),
}

/// Choosing.
impl Schema {
    /// Of two, the one with types of the user's own; where both have some, the same one whichever comes first.
    pub fn telling_more<'a>(&'a self, other: &'a Schema) -> &'a Schema {
        let told = |schema: &'a Schema| {
            let text = schema.own.as_ref().map(|own| own.document.text());
            (text, Reverse(schema.built_in))
        };
        if told(other) > told(self) { other } else { self }
    }

    /// The built-in schema as that kustomize has it.
    pub fn like(compat: Compat) -> Schema {
        Schema { compat, ..Schema::default() }
    }

    /// The same, in which the CustomResourceDefinitions that are met say how the lists of their types merge.
    pub fn merging_with_crds(self, counts: bool) -> Schema {
        Schema { custom: counts.then(RefCell::default), ..self }
    }

    /// Takes up the `openapi` field of a kustomization; `document` is the file that its `path` names.
    ///
    /// The root's choice comes first of all and holds. Without one, the first kustomization below it that chooses wins,
    /// for the merges after it and for its parents. Own definitions replace the built-in ones altogether, unless those
    /// were in use before: then both count. Fails for a version that is not built in, and for `path` beside `version`.
    pub fn choose(
        &mut self,
        field: &BTreeMap<String, Spanned<String>>,
        document: Option<Arc<Source>>,
        is_root: bool,
        sources: &Sources,
    ) -> Result<()> {
        if self.chosen && !is_root {
            return Ok(());
        }
        let version = field.get("version");
        match (document, version) {
            (Some(_), Some(version)) => {
                let error = Error::new(Code::Configuration, "`openapi` has both `path` and `version`");
                Err(error.label_if(sources.place(version), "").help("keep one of them"))
            }
            (Some(document), None) => {
                self.own = Some(Arc::new(OwnSchema { document, read: OnceLock::new() }));
                self.built_in = match self.used.get() {
                    Used::Not => BuiltIn::Never,
                    Used::ForScopes => BuiltIn::First,
                    Used::ForMerging => BuiltIn::Second,
                };
                self.chosen = true;
                Ok(())
            }
            (None, Some(version)) if !version.is_empty() => {
                if version.value != BUILT_IN_VERSION {
                    let message = format!("the OpenAPI version `{version}` is not built in");
                    return Err(Error::new(Code::Configuration, message)
                        .label_if(sources.place(version), "")
                        .help(format!("the only built-in version is `{BUILT_IN_VERSION}`")));
                }
                self.own = None;
                self.built_in = BuiltIn::First;
                self.chosen = true;
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    /// The state that the schema is in, to compare a later one with.
    pub fn state(&self) -> SchemaState {
        let Schema { compat, own, built_in, chosen, used, custom } = self.clone();
        SchemaState { compat, own, built_in, chosen, used: used.get(), custom: custom.map(RefCell::into_inner) }
    }

    /// Takes note that this schema was put to as much use as that in `state`.
    pub fn use_like(&self, state: &SchemaState) {
        self.used.set(self.used.get().max(state.used));
    }

    /// Takes note of a resource: that its type was met decides what becomes of the built-in schema when a later
    /// kustomization brings its own; and the user's own schema may say whether the type is cluster-scoped.
    ///
    /// Fails when the user's own schema is needed for that and cannot be read.
    pub fn meet(&self, resource: &mut Resource) -> Result<()> {
        if let Some(is_namespaced) = self.is_namespaced(&resource.id().gvk)? {
            resource.set_scope(!is_namespaced);
        }
        if let Some(custom) = &self.custom
            && resource.kind() == "CustomResourceDefinition"
        {
            Arc::make_mut(&mut custom.borrow_mut()).add(resource.tree());
        }
        Ok(())
    }

    /// Whether a kustomization has brought a schema of its own.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Brings the scopes of resources that were met before the user's own schema was up to date with it, as upstream
    /// asks the schema whenever it needs an id. Fails as [`Schema::meet`] does.
    pub fn meet_again(&self, resources: &mut ResourceSet) -> Result<()> {
        for position in 0..resources.len() {
            let id = resources.get(position).id();
            match self.is_namespaced(&id.gvk)? {
                Some(is_namespaced) if is_namespaced == id.is_cluster_scoped() => {
                    resources.get_mut(position).set_scope(!is_namespaced);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The id of a patch in the scope that a resource of its type gets by [`Schema::meet`]. Fails as that does.
    pub fn in_scope(&self, id: ResId) -> Result<ResId> {
        Ok(match self.is_namespaced(&id.gvk)? {
            Some(is_namespaced) => id.in_scope(!is_namespaced),
            None => id,
        })
    }

    /// Whether the type is namespaced, where not the built-in table but something else decides that.
    fn is_namespaced(&self, gvk: &Gvk) -> Result<Option<bool>> {
        let is_forgotten = self.compat.forgets_scope_of(gvk);
        if !is_forgotten && gvk.namespaced().is_some() {
            return Ok(None);
        }
        let is_namespaced = match &self.own {
            Some(own) => own.read().map_err(Clone::clone)?.is_namespaced(gvk.group(), gvk.version(), gvk.kind()),
            None => {
                self.saw_unknown_type();
                None
            }
        };
        Ok(is_namespaced.or(is_forgotten.then_some(true)))
    }

    fn saw_unknown_type(&self) {
        if self.used.get() == Used::Not {
            self.used.set(Used::ForScopes);
        }
    }
}

/// Looking up.
impl Schema {
    /// Makes the schema ready for look-ups. Fails when the user's own cannot be read.
    pub fn ready(&self) -> Result<()> {
        match &self.own {
            Some(own) => own.read().map(|_| ()).map_err(Clone::clone),
            None => {
                self.used.set(Used::ForMerging);
                Ok(())
            }
        }
    }

    /// The definition of a type.
    pub fn root(&self, api_version: &str, kind: &str) -> Option<Node> {
        let built_in = || Some(Node(Kind::BuiltIn(builtin::root(api_version, kind)?)));
        let own = || {
            let (group, version) = Gvk::split_api_version(api_version);
            self.own()?.root(group, version, kind).map(|root| Node(Kind::Own(root.clone())))
        };
        let custom = || {
            let (group, version) = Gvk::split_api_version(api_version);
            let known = self.custom.as_ref()?.borrow();
            known.root(group, version, kind).map(|root| Node(Kind::Own(root.clone())))
        };
        self.first_of(built_in, own).or_else(custom)
    }

    /// The field of that name, or the values of a map.
    pub fn field(&self, node: &Node, name: &str) -> Option<Node> {
        self.resolved(match &node.0 {
            Kind::BuiltIn(place) => Kind::BuiltIn(place.field(name)?),
            Kind::Own(definition) => Kind::Own(definition.field(name)?.clone()),
        })
    }

    /// The items of a list.
    pub fn items(&self, node: &Node) -> Option<Node> {
        self.resolved(match &node.0 {
            Kind::BuiltIn(place) => Kind::BuiltIn(place.items()?),
            Kind::Own(definition) => Kind::Own(definition.items()?.clone()),
        })
    }

    /// The schema that a comment gives, of which a JSON object is the first thing; `None` when it gives none.
    pub fn steered(&self, comment: &str) -> Option<Node> {
        let definition = Arc::new(Definition::from_comment(comment)?);
        let target = definition.reference().and_then(|name| self.definition(&name));
        Some(target.unwrap_or(Node(Kind::Own(definition))))
    }

    fn own(&self) -> Option<&OpenApi> {
        self.own.as_ref()?.read().ok()
    }

    fn definition(&self, name: &str) -> Option<Node> {
        let built_in = || Some(Node(Kind::BuiltIn(builtin::definition(name)?)));
        let own = || self.own()?.definition(name).map(|definition| Node(Kind::Own(definition.clone())));
        self.first_of(built_in, own)
    }

    fn first_of(&self, built_in: impl FnOnce() -> Option<Node>, own: impl FnOnce() -> Option<Node>) -> Option<Node> {
        match self.built_in {
            BuiltIn::First => built_in().or_else(own),
            BuiltIn::Second => own().or_else(built_in),
            BuiltIn::Never => own(),
        }
    }

    /// Follows references; `None` where one leads nowhere, or around in a circle.
    fn resolved(&self, kind: Kind) -> Option<Node> {
        let mut node = Node(kind);
        for _ in 0..MAX_REFERENCES {
            let name = match &node.0 {
                // Where the user's own schema comes first, it may redefine what a built-in definition refers to.
                Kind::BuiltIn(place) if self.built_in == BuiltIn::Second => {
                    let own = place.name().and_then(|name| self.own()?.definition(name));
                    return Some(own.map_or(node, |definition| Node(Kind::Own(definition.clone()))));
                }
                Kind::BuiltIn(_) => return Some(node),
                Kind::Own(definition) => match definition.reference() {
                    Some(name) => name,
                    None => return Some(node),
                },
            };
            node = self.definition(&name)?;
        }
        None
    }
}

/// More references in a row than this are a circle.
const MAX_REFERENCES: usize = 100;

impl Node {
    /// Whether the items of a list are matched with those of a patch.
    pub fn merges(&self) -> bool {
        match &self.0 {
            Kind::BuiltIn(place) => place.rule().is_some_and(|rule| rule.merges),
            Kind::Own(definition) => definition.merges(),
        }
    }

    /// The fields that match items; none for a list of scalars, which is merged as a set.
    pub fn merge_keys(&self) -> Vec<&str> {
        match &self.0 {
            Kind::BuiltIn(place) => place.rule().map_or(Vec::new(), |rule| rule.keys.to_vec()),
            Kind::Own(definition) => definition.merge_keys(),
        }
    }
}

impl OwnSchema {
    fn read(&self) -> std::result::Result<&OpenApi, &Error> {
        self.read.get_or_init(|| OpenApi::read(&self.document)).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
        Gvk::new(group, version, kind)
    }

    fn is_cluster_scoped(gvk: Gvk) -> bool {
        gvk.namespaced() == Some(false)
    }

    fn path(schema: &Schema, api_version: &str, kind: &str, path: &[&str]) -> Option<Node> {
        let root = schema.root(api_version, kind)?;
        path.iter().try_fold(root, |node, name| match *name {
            "[]" => schema.items(&node),
            name => schema.field(&node, name),
        })
    }

    fn keys(node: &Option<Node>) -> Option<(bool, String)> {
        let node = node.as_ref()?;
        Some((node.merges(), node.merge_keys().join(" ")))
    }

    const CONTAINERS: [&str; 4] = ["spec", "template", "spec", "containers"];

    #[test]
    fn scopes_are_those_of_the_table_by_exact_version() {
        assert!(is_cluster_scoped(gvk("", "v1", "Namespace")));
        assert!(is_cluster_scoped(gvk("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy")));
        assert!(!is_cluster_scoped(gvk("", "v2", "Namespace")));
        assert!(!is_cluster_scoped(gvk("apps", "v1", "Deployment")));
        assert!(!is_cluster_scoped(gvk("example.com", "v1", "ClusterThing")));
    }

    #[test]
    fn built_in_lists_merge_by_their_keys() {
        let schema = Schema::default();
        let containers = path(&schema, "apps/v1", "Deployment", &CONTAINERS);
        assert_eq!(keys(&containers), Some((true, "name".into())));
        let ports = path(&schema, "v1", "Pod", &["spec", "containers", "[]", "ports"]);
        assert_eq!(keys(&ports), Some((true, "containerPort protocol".into())));
        let finalizers = path(&schema, "v1", "ConfigMap", &["metadata", "finalizers"]);
        assert_eq!(keys(&finalizers), Some((true, "".into())));
        assert!(path(&schema, "v1", "Pod", &["spec", "tolerations"]).is_none_or(|node| !node.merges()));
        assert!(schema.root("example.com/v1", "Foo").is_none());
    }

    const OWN: &str = r##"{"definitions": {
        "foo": {"properties": {"spec": {"$ref": "#/definitions/spec"}},
                "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Foo"}]},
        "spec": {"properties": {"items": {"type": "array", "items": {"$ref": "#/definitions/nowhere"},
                 "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}}}},
        "paths": {"/apis/x.io/v1/foos": {"get": {
                  "x-kubernetes-group-version-kind": {"group": "x.io", "version": "v1", "kind": "Foo"}}}}}"##;

    fn meet(schema: &Schema, api_version: &str, kind: &str) -> Result<bool> {
        let mut tree = rustomize_yaml::Tree::made();
        let root = tree.new_mapping();
        tree.set_root(root);
        tree.set_string(root, "apiVersion", api_version);
        tree.set_string(root, "kind", kind);
        let mut resource = Resource::new(tree);
        schema.meet(&mut resource)?;
        Ok(resource.id().is_cluster_scoped())
    }

    fn chosen(before: impl Fn(&Schema), text: &str) -> Schema {
        let sources = Sources::default();
        let mut schema = Schema::default();
        before(&schema);
        let document = sources.add_text("schema.json", text);
        schema.choose(&BTreeMap::new(), Some(document), false, &sources).unwrap();
        schema
    }

    #[test]
    fn an_own_schema_replaces_the_built_in_one_unless_that_was_used() {
        let items = |schema: &Schema| keys(&path(schema, "x.io/v1", "Foo", &["spec", "items"]));
        let is_known = |schema: &Schema| path(schema, "apps/v1", "Deployment", &CONTAINERS).is_some();

        let alone = chosen(|schema| assert!(!meet(schema, "v1", "ConfigMap").unwrap()), OWN);
        assert_eq!((items(&alone), is_known(&alone)), (Some((true, "id".into())), false));
        let after_other_kinds = chosen(|schema| assert!(!meet(schema, "z.io/v1", "Z").unwrap()), OWN);
        assert_eq!((items(&after_other_kinds), is_known(&after_other_kinds)), (Some((true, "id".into())), true));
        let after_merging = chosen(|schema| schema.ready().unwrap(), OWN);
        assert_eq!((items(&after_merging), is_known(&after_merging)), (Some((true, "id".into())), true));
    }

    #[test]
    fn an_own_schema_says_what_is_cluster_scoped_where_the_table_does_not() {
        let schema = chosen(|_| {}, OWN);
        assert!(meet(&schema, "x.io/v1", "Foo").unwrap() && meet(&schema, "v1", "Namespace").unwrap());
        assert!(!meet(&schema, "x.io/v1", "Bar").unwrap());
        let wrong = chosen(|_| {}, "{\"definitions\": 5}");
        assert!(meet(&wrong, "v1", "Pod").is_ok() && meet(&wrong, "x.io/v1", "Foo").is_err());
    }

    #[test]
    fn yaml_reads_as_json_does() {
        let text = "definitions:\n  foo:\n    properties:\n      spec: {$ref: '#/definitions/spec'}\n    \
                    x-kubernetes-group-version-kind:\n    - {group: x.io, kind: Foo, version: v1}\n  spec:\n    \
                    additionalProperties: false\n    properties:\n      items:\n        type: [array]\n        \
                    x-kubernetes-patch-strategy: merge,retainKeys\n        \
                    x-kubernetes-list-map-keys: [a, b]\n";
        let schema = chosen(|_| {}, text);
        schema.ready().unwrap();
        assert_eq!(keys(&path(&schema, "x.io/v1", "Foo", &["spec", "items"])), Some((true, "a b".into())));
    }

    #[test]
    fn nulls_count_as_nothing() {
        let text = r##"{"paths": null, "definitions": {"foo": {"type": null, "items": null, "properties": {
            "spec": {"$ref": null, "properties": null}}, "x-kubernetes-group-version-kind": null}}}"##;
        assert!(chosen(|_| {}, text).ready().is_ok());
        assert!(chosen(|_| {}, r#"{"definitions": null}"#).ready().is_ok());
    }

    #[test]
    fn a_wrong_document_is_an_error_only_when_it_is_needed() {
        let schema = chosen(|_| {}, "{\"definitions\": 5}");
        assert_eq!(schema.ready().unwrap_err().code(), Code::Configuration);
    }

    #[test]
    fn only_the_first_choice_counts_and_only_one_version_is_built_in() {
        let sources = Sources::default();
        let version = |text: &str| BTreeMap::from([("version".to_owned(), Spanned::from(text.to_owned()))]);
        let mut schema = Schema::default();
        assert!(schema.choose(&version("v1.30.0"), None, false, &sources).is_err());
        schema.choose(&version(BUILT_IN_VERSION), None, false, &sources).unwrap();
        schema.choose(&version("v1.30.0"), None, false, &sources).unwrap();
    }

    #[test]
    fn comments_give_a_schema_when_they_begin_with_an_object() {
        let schema = Schema::default();
        let comment = r#" {"x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}"#;
        assert_eq!(keys(&schema.steered(comment)), Some((true, "name".into())));
        assert_eq!(keys(&schema.steered(r#"{"$kpt-set": "x"} and more"#)), Some((false, "".into())));
        assert!(schema.steered("{}").is_none() && schema.steered("{bad").is_none());
    }
}
