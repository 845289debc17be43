//! One Kubernetes object and what kustomize knows about it beside its text.

mod annotations;
mod beginning;
mod by_type;
mod head;
mod id;
mod index;
mod origin;
mod origin_text;
mod read;
mod set;

use std::sync::{Arc, OnceLock};

use rustomize_yaml::{Kind, NodeId, StepId, Tag, Tree};
use smallvec::SmallVec;

use beginning::Beginning;
use head::Head;

pub use annotations::is_build_annotation;
pub use by_type::ByType;
pub use id::{CLUSTER_SCOPE, DEFAULT_NAMESPACE, Gvk, KINDS_FIRST, KINDS_LAST, ResId};
pub use origin::{ConfiguredBy, Origin};
pub use origin_text::{ORIGIN, TRANSFORMATIONS, origin_text};
pub use read::{read_resources, read_resources_and_lists};
pub use set::{ResourceSet, same_id};

/// What a generated resource does when one with its id exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Behavior {
    /// Nothing was said: it must not exist.
    #[default]
    Unspecified,
    /// It must not exist.
    Create,
    /// It takes the place of the existing one.
    Replace,
    /// Its data is added to that of the existing one.
    Merge,
}

impl Behavior {
    /// The behavior of that name; anything unknown is [`Behavior::Unspecified`], as in kustomize.
    pub fn from_name(name: &str) -> Behavior {
        match name {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }

    /// The name, as kustomize prints it.
    pub fn name(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// What a resource was called at some earlier step. Its group and version are always the current ones, as in
/// kustomize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousId {
    /// The kind that it had.
    pub kind: Arc<str>,
    /// The name that it had.
    pub name: Arc<str>,
    /// The effective namespace that it had.
    pub namespace: Arc<str>,
}

/// Prefixes or suffixes. Most names get one, that of all resources of a kustomization.
pub type Affixes = SmallVec<[Arc<str>; 1]>;

/// What kustomize keeps in annotations of the resource while it builds.
#[derive(Debug, Clone, Default)]
pub struct Bookkeeping {
    /// The ids that the resource had, oldest first.
    pub previous: Vec<PreviousId>,
    /// The prefixes put on its name, in order of time.
    pub prefixes: Affixes,
    /// The suffixes put on its name, in order of time.
    pub suffixes: Affixes,
    /// Ids of the resources that refer to it.
    pub referred_by: Vec<String>,
    /// Whether a generator made it.
    pub generated: bool,
    /// The behavior given to its generator.
    pub behavior: Behavior,
    /// Whether its name gets the hash of its content.
    pub needs_hash: bool,
    /// As a patch: may it change the name of its target?
    pub allow_name_change: bool,
    /// As a patch: may it change the kind of its target?
    pub allow_kind_change: bool,
    /// Whether it came from a Helm chart; the namespace transformer then leaves it alone.
    pub from_helm: bool,
}

/// A Kubernetes object: its tree, its ids, and the state that a build keeps about it.
///
/// The tree is shared until it is changed, so copies are cheap.
#[derive(Debug, Clone)]
pub struct Resource {
    tree: Arc<Tree>,
    id: OnceLock<ResId>,
    /// What kustomize keeps in annotations.
    pub book: Bookkeeping,
    /// Names of the vars that read a field of this resource.
    pub var_names: Vec<String>,
    /// A patch deleted it; it goes at the next clean-up.
    deleted: bool,
    /// The step of the build that changes are the work of.
    step: StepId,
    /// The number under which a journal knows it; 0 without one.
    trace: u32,
    /// Whether its ids have changed since [`Resource::begin_watch`], or nobody has asked.
    moved: bool,
    /// The id that it had then, if it may have got another one since.
    id_before: Option<Box<ResId>>,
    /// What a schema of the user says of its type, which the built-in one does not know.
    cluster_scoped: Option<bool>,
    /// What builds that begin with the same tree have in common.
    beginning: Option<Arc<Beginning>>,
    /// Whether the tree is still the one that they begin with.
    is_as_begun: bool,
    /// Whether nothing of it but metadata has changed since.
    has_begun_content: bool,
}

impl Resource {
    /// A resource from a tree; kustomize's own annotations move from the tree into [`Resource::book`].
    pub fn new(tree: impl Into<Arc<Tree>>) -> Resource {
        let mut resource = Resource::without_id(tree.into());
        resource.absorb_annotations();
        resource
    }

    /// Like [`Resource::new`], for a tree of which is known where the fields that all have are.
    fn with_head(tree: Tree, head: &Head) -> Resource {
        let text = |node: Option<NodeId>| node.map_or("", |node| tree.text(node));
        let unless_null = |node: Option<NodeId>| node.map_or("", |node| text_unless_null(&tree, node));
        let gvk = Gvk::of(text(head.api_version), text(head.kind));
        let id = ResId::new(gvk, unless_null(head.name), id::shared_namespace(unless_null(head.namespace)));
        let mut resource = Resource { id: OnceLock::from(id), ..Resource::without_id(Arc::new(tree)) };
        if head.annotations.is_some() {
            resource.absorb_annotations();
        }
        resource
    }

    fn without_id(tree: Arc<Tree>) -> Resource {
        Resource {
            tree,
            id: OnceLock::new(),
            book: Bookkeeping::default(),
            var_names: Vec::new(),
            deleted: false,
            step: StepId::default(),
            trace: 0,
            moved: true,
            id_before: None,
            cluster_scoped: None,
            beginning: None,
            is_as_begun: false,
            has_begun_content: false,
        }
    }

    /// The tree, to read.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree as shared.
    pub fn shared_tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// Whether others have the tree too, so that it is copied when it is changed.
    pub fn is_tree_shared(&self) -> bool {
        Arc::strong_count(&self.tree) > 1
    }

    /// The tree, to change anything in it, the fields that make up the id too.
    pub fn tree_mut(&mut self) -> &mut Tree {
        self.forget_id();
        self.body_mut()
    }

    /// Changes anything in the tree but `apiVersion` and `kind`: the type stays known, which is costly to find out.
    pub fn change_metadata<T>(&mut self, change: impl FnOnce(&mut Tree) -> T) -> T {
        let result = change(self.body_mut());
        self.follow_metadata();
        result
    }

    /// Brings the id up to date after a change of name or namespace.
    pub(crate) fn follow_metadata(&mut self) {
        let Some(id) = self.id.get_mut() else { return };
        let (name, namespace) = name_and_namespace(&self.tree);
        self.moved |= set_name_of(id, name) | set_namespace_of(id, namespace);
    }

    /// Like [`Resource::follow_metadata`], where only the name has changed, which is in this node.
    pub(crate) fn follow_name(&mut self, node: NodeId) {
        let Some(id) = self.id.get_mut() else { return };
        self.moved |= set_name_of(id, text_unless_null(&self.tree, node));
    }

    /// Like [`Resource::follow_metadata`], where only the namespace has changed, which is in this node.
    pub(crate) fn follow_namespace(&mut self, node: NodeId) {
        let Some(id) = self.id.get_mut() else { return };
        self.moved |= set_namespace_of(id, text_unless_null(&self.tree, node));
    }

    /// The tree, to change anything but `apiVersion`, `kind`, `metadata.name` and `metadata.namespace`.
    pub fn body_mut(&mut self) -> &mut Tree {
        self.has_begun_content = false;
        self.own_tree()
    }

    /// The tree, to change anything under `metadata` but name and namespace.
    pub(crate) fn metadata_mut(&mut self) -> &mut Tree {
        // What is written to values that are one is written elsewhere too.
        self.has_begun_content &= !self.tree.has_twins();
        self.own_tree()
    }

    fn own_tree(&mut self) -> &mut Tree {
        self.take_own();
        let tree = Arc::make_mut(&mut self.tree);
        tree.begin_step(self.step);
        tree
    }

    /// From now on, changes are the work of `step`.
    pub fn begin_step(&mut self, step: StepId) {
        self.step = step;
    }

    /// The number under which a journal knows it; 0 without one.
    pub fn trace(&self) -> u32 {
        self.trace
    }

    /// From now on, a journal knows it under this number.
    pub fn set_trace(&mut self, trace: u32) {
        self.trace = trace;
    }

    /// Takes over another tree, keeping all else.
    pub fn set_tree(&mut self, tree: impl Into<Arc<Tree>>) {
        self.beginning = None;
        self.tree = tree.into();
        self.forget_id();
    }

    /// Finds out anew what the id is, when it is asked for next.
    pub(crate) fn forget_id(&mut self) {
        let id = self.id.take();
        if !self.moved && self.id_before.is_none() {
            self.id_before = id.map(Box::new);
        }
    }

    /// From now on, take note whether the ids change.
    fn begin_watch(&mut self) {
        self.id();
        (self.moved, self.id_before) = (false, None);
    }

    /// Whether the ids are others than at [`Resource::begin_watch`].
    fn has_moved(&mut self) -> bool {
        let before = self.id_before.take();
        let has_moved = self.moved || before.is_some_and(|before| *before != *self.id());
        self.moved = true;
        has_moved
    }

    /// The current id.
    pub fn id(&self) -> &ResId {
        self.id.get_or_init(|| {
            let (name, namespace) = name_and_namespace(&self.tree);
            let gvk = Gvk::of(self.api_version(), self.text_at("kind"));
            self.in_scope(ResId::new(gvk, name, id::shared_namespace(namespace)))
        })
    }

    fn in_scope(&self, id: ResId) -> ResId {
        match self.cluster_scoped {
            Some(cluster_scoped) => id.in_scope(cluster_scoped),
            None => id,
        }
    }

    /// Says whether its type is cluster-scoped, where the built-in schema does not know.
    pub fn set_scope(&mut self, cluster_scoped: bool) {
        self.cluster_scoped = Some(cluster_scoped);
        self.forget_id();
    }

    /// The previous ids, oldest first: previous kinds, names and namespaces under the current group and version, and
    /// in the scope that they were noted in.
    pub fn previous_ids(&self) -> impl DoubleEndedIterator<Item = ResId> {
        let gvk = &self.id().gvk;
        self.book.previous.iter().map(|previous| {
            let id = ResId::new(gvk.with_kind(&previous.kind), previous.name.clone(), previous.namespace.clone());
            id.in_scope(*previous.namespace == *CLUSTER_SCOPE)
        })
    }

    /// The first id that it had: the oldest previous one, or the current one.
    pub fn original_id(&self) -> ResId {
        self.previous_ids().next().unwrap_or_else(|| self.id().clone())
    }

    /// The kind that it had first.
    pub fn original_kind(&self) -> &str {
        self.book.previous.first().map_or_else(|| self.kind(), |previous| &*previous.kind)
    }

    /// Whether `matches` holds for the current id or for any previous one.
    pub fn any_id(&self, mut matches: impl FnMut(&ResId) -> bool) -> bool {
        self.previous_ids().any(|id| matches(&id)) || matches(self.id())
    }

    /// Whether it is called so, or was at some earlier step.
    fn has_or_had_name(&self, name: &str) -> bool {
        self.name() == name || self.book.previous.iter().any(|previous| *previous.name == *name)
    }

    /// Remembers the current id as a previous one, before a change of it.
    pub fn store_previous_id(&mut self) {
        self.keep_previous_id();
        self.drop_misplaced_annotations();
    }

    /// Does the same where nothing stands in the place of the annotations.
    pub(crate) fn keep_previous_id(&mut self) {
        let id = self.id();
        let previous = PreviousId {
            kind: id.gvk.shared_kind().clone(),
            name: id.name.clone(),
            namespace: id.shared_effective_namespace(),
        };
        let known = &mut self.book.previous;
        // There are two of them in nearly all of thousands of resources, and four have room in a list otherwise.
        known.reserve_exact(if known.len() == known.capacity() { known.len() / 2 + 2 } else { 0 });
        known.push(previous);
        self.moved = true;
    }

    /// The text or the list that stands in the place of the annotations.
    pub fn misplaced_annotations(&self) -> Option<NodeId> {
        let tree = self.tree();
        let node = tree.path(tree.root(), &["metadata", "annotations"])?;
        (!tree.is_mapping(node) && !tree.is_null(node)).then_some(node)
    }

    /// Kustomize keeps what it notes among the annotations, and so writes over what stands in the place of these.
    fn drop_misplaced_annotations(&mut self) {
        if self.misplaced_annotations().is_some() {
            self.change_metadata(|tree| {
                if let Some(metadata) = tree.get(tree.root(), "metadata") {
                    tree.remove(metadata, "annotations");
                }
            });
        }
    }

    /// `kind`, or nothing.
    pub fn kind(&self) -> &str {
        self.id.get().map_or_else(|| self.text_at("kind"), |id| id.gvk.kind())
    }

    /// `apiVersion`, or nothing.
    pub fn api_version(&self) -> &str {
        self.text_at("apiVersion")
    }

    /// `metadata.name`, or nothing.
    pub fn name(&self) -> &str {
        self.id.get().map_or_else(|| name_and_namespace(&self.tree).0, |id| &id.name)
    }

    /// `metadata.namespace`, or nothing.
    pub fn namespace(&self) -> &str {
        self.id.get().map_or_else(|| name_and_namespace(&self.tree).1, |id| &id.namespace)
    }

    fn text_at(&self, field: &str) -> &str {
        self.tree.get(self.tree.root(), field).map_or("", |id| self.tree.text(id))
    }

    /// Sets `metadata.name`, untyped; previous ids are the caller's matter.
    pub fn set_name(&mut self, name: &str) {
        self.set_metadata_text("name", name);
    }

    /// Puts a text behind `metadata.name`, untyped; previous ids are the caller's matter.
    pub fn extend_name(&mut self, end: &str) {
        let tree = self.body_mut();
        let name = tree.path(tree.root(), &["metadata", "name"]);
        match name.filter(|&name| tree.is_scalar(name) && !tree.is_null(name)) {
            Some(name) => {
                tree.extend_text(name, "", end);
                self.follow_name(name);
            }
            None => self.set_name(&[self.name(), end].concat()),
        }
    }

    /// Sets `metadata.namespace`, untyped; an empty one removes the field.
    pub fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            self.change_metadata(|tree| {
                if let Some(metadata) = tree.get(tree.root(), "metadata") {
                    tree.remove(metadata, "namespace");
                }
            });
        } else {
            self.set_metadata_text("namespace", namespace);
        }
    }

    /// Sets `kind`, untyped.
    pub fn set_kind(&mut self, kind: &str) {
        let tree = self.tree_mut();
        set_untyped(tree, tree.root(), "kind", kind);
    }

    /// Sets `apiVersion`, untyped.
    pub fn set_api_version(&mut self, api_version: &str) {
        let tree = self.tree_mut();
        set_untyped(tree, tree.root(), "apiVersion", api_version);
    }

    fn set_metadata_text(&mut self, field: &str, text: &str) {
        self.change_metadata(|tree| {
            let metadata = get_or_create_mapping(tree, tree.root(), "metadata");
            set_untyped(tree, metadata, field, text);
        });
    }

    /// The texts of `metadata.labels` (or `metadata.annotations`) by key, in the author's order.
    pub fn metadata_map(&self, field: &str) -> impl Iterator<Item = (&str, &str)> {
        let tree = self.tree();
        let map = tree.path(tree.root(), &["metadata", field]);
        map.into_iter()
            .flat_map(move |map| tree.entries(map).map(move |(key, value)| (tree.text(key), tree.text(value))))
    }

    /// The text of one annotation; of those with one key, the last one.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let tree = self.tree();
        if tree.has_repeats() {
            return self.metadata_map("annotations").filter(|&(other, _)| other == key).map(|(_, text)| text).last();
        }
        tree.path(tree.root(), &["metadata", "annotations", key]).map(|value| tree.text(value))
    }

    /// Replaces `metadata.labels` (or `metadata.annotations`) by strings under sorted keys; none removes the field.
    pub fn set_metadata_map<'a>(&mut self, field: &str, entries: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable();
        let tree = self.body_mut();
        let metadata = get_or_create_mapping(tree, tree.root(), "metadata");
        tree.remove(metadata, field);
        if entries.is_empty() {
            return;
        }
        let map = get_or_create_mapping(tree, metadata, field);
        for (key, value) in entries {
            tree.set_string(map, key, value);
        }
    }

    /// Marks the resource as deleted by a patch.
    pub fn mark_deleted(&mut self) {
        self.deleted = true;
    }

    /// Whether a patch deleted the resource, or left nothing of it.
    pub fn is_deleted(&self) -> bool {
        let root = self.tree.root();
        self.deleted || self.tree.is_null(root) || (self.tree.kind(root) != Kind::Scalar && self.tree.is_empty(root))
    }
}

/// `metadata.name` and `metadata.namespace`, each or nothing. A null counts as absent here, as in kustomize.
fn name_and_namespace(tree: &Tree) -> (&str, &str) {
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return ("", "") };
    let text_of = |field| tree.get(metadata, field).map_or("", |node| text_unless_null(tree, node));
    (text_of("name"), text_of("namespace"))
}

fn text_unless_null(tree: &Tree, node: NodeId) -> &str {
    if tree.is_null(node) { "" } else { tree.text(node) }
}

/// Says whether it is another one.
fn set_name_of(id: &mut ResId, name: &str) -> bool {
    let is_other = *id.name != *name;
    if is_other {
        id.name = name.into();
    }
    is_other
}

/// Says whether it is another one.
fn set_namespace_of(id: &mut ResId, namespace: &str) -> bool {
    let is_other = *id.namespace != *namespace;
    if is_other {
        id.namespace = id::shared_namespace(namespace);
    }
    is_other
}

/// Sets a field to a text without a tag, keeping the style of a value that is there, as kustomize's setters do.
pub(crate) fn set_untyped(tree: &mut Tree, mapping: NodeId, field: &str, text: &str) {
    match tree.get(mapping, field) {
        Some(value) if tree.is_scalar(value) && tree.text(value) == text => {
            if tree.tag(value) != Tag::Unset {
                tree.set_tag(value, Tag::Unset);
            }
        }
        Some(value) => tree.set_text(value, text),
        None => {
            let value = tree.new_scalar(text, Tag::Unset, Tree::style_of_new(text));
            tree.set(mapping, field, value);
        }
    }
}

/// The mapping under `field`, made when it is missing or null.
pub(crate) fn get_or_create_mapping(tree: &mut Tree, mapping: NodeId, field: &str) -> NodeId {
    match tree.get(mapping, field) {
        Some(value) if !tree.is_null(value) => value,
        _ => {
            let value = tree.new_mapping();
            tree.set(mapping, field, value);
            value
        }
    }
}
