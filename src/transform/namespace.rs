use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{NodeId, Style, Tag, Tree};

use crate::context::{Check, EachResource};
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::kustomization::FieldSpec;
use crate::refs::field_spec::{self, Create, Field};
use crate::refs::{FieldList, FieldSpecs, Found};
use crate::resource::{Gvk, Resource, ResourceSet};

/// Puts resources into a namespace.
#[derive(Debug, Clone)]
pub struct NamespaceTransformer {
    /// Nothing happens when it is empty.
    namespace: String,
    /// The fields beside `metadata.namespace` of resources with `apiVersion: v1`.
    core_specs: FieldSpecs,
    /// Those of all others: `metadata.name` is no namespace there.
    other_specs: FieldSpecs,
    /// That field alone.
    metadata_namespace: Arc<[Field]>,
    unset_only: bool,
    subjects: RoleBindingSubjects,
}

/// Which subjects of a role binding follow it into the namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoleBindingSubjects {
    /// Those named `default`.
    #[default]
    Default,
    /// All service accounts.
    ServiceAccounts,
    /// None.
    None,
}

impl RoleBindingSubjects {
    /// The mode that a configuration names; an empty one is the default.
    pub fn from_name(name: &str) -> Option<RoleBindingSubjects> {
        match name {
            "" | "defaultOnly" => Some(RoleBindingSubjects::Default),
            "allServiceAccounts" => Some(RoleBindingSubjects::ServiceAccounts),
            "none" => Some(RoleBindingSubjects::None),
            _ => None,
        }
    }
}

impl NamespaceTransformer {
    /// Sets `namespace` in `metadata` and in the fields that `field_specs` name.
    pub fn new(namespace: String, field_specs: FieldSpecs) -> NamespaceTransformer {
        let without = |paths: &[&str]| -> FieldSpecs {
            let is_kept = |spec: &&FieldSpec| !paths.contains(&&*spec.path) && !is_subject_spec(spec);
            if field_specs.specs().iter().all(|spec| is_kept(&spec)) {
                return field_specs.clone();
            }
            field_specs.specs().iter().filter(is_kept).cloned().collect::<Vec<_>>().into()
        };
        let metadata = FieldSpec { path: "metadata/namespace".into(), create: true, ..FieldSpec::default() };
        NamespaceTransformer {
            namespace,
            core_specs: without(&["metadata/namespace"]),
            other_specs: without(&["metadata/namespace", "metadata/name"]),
            metadata_namespace: Arc::new([Field::new(&metadata)]),
            unset_only: false,
            subjects: RoleBindingSubjects::default(),
        }
    }

    /// Whether to leave namespaces that are set as they are.
    pub fn unset_only(mut self, unset_only: bool) -> NamespaceTransformer {
        self.unset_only = unset_only;
        self
    }

    /// Which subjects of role bindings follow.
    pub fn subjects(mut self, subjects: RoleBindingSubjects) -> NamespaceTransformer {
        self.subjects = subjects;
        self
    }
}

/// Subjects of role bindings have rules of their own.
fn is_subject_spec(spec: &FieldSpec) -> bool {
    is_role_binding(&spec.kind) && spec.path == "subjects/namespace"
}

fn is_role_binding(kind: &str) -> bool {
    matches!(kind, "RoleBinding" | "ClusterRoleBinding")
}

impl EachResource for NamespaceTransformer {
    /// Fails where a field spec does not lead to a text field.
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        if self.namespace.is_empty() || !is_concerned(resource) {
            return Ok(());
        }
        resource.store_previous_id();
        self.apply(resource, sources)
    }

    /// Where nothing is visited but `metadata.namespace`.
    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        let is_all = !is_role_binding(gvk.kind()) && self.core_specs.select(gvk).is_empty();
        is_all.then_some(FieldList { fields: &self.metadata_namespace, create: MADE, sought: true })
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        if self.namespace.is_empty() || !is_concerned(resource) {
            return Ok(());
        }
        resource.keep_previous_id();
        if resource.id().is_cluster_scoped() {
            return Ok(());
        }
        found.visit(resource, MADE, &mut |tree, node| self.set(tree, node, sources))
    }

    fn when_to_check(&self) -> Check {
        if self.namespace.is_empty() { Check::Never } else { Check::AtOnce }
    }

    /// Where only namespaces change, resources that differ in their types and names go on doing so.
    fn is_check_idle(&self, resources: &ResourceSet) -> bool {
        let fields = |resource: &Resource| self.core_specs.select(&resource.id().gvk);
        let mut others = resources.iter().flat_map(fields).filter(|field| field.is_part_of_id());
        // A `Namespace` gets another name; but where there is one alone, it meets nobody of its type.
        let is_name = |field: &Field| field.path() == "metadata/name";
        others.next().is_none_or(is_name) && others.next().is_none() && resources.surely_differ_by_name()
    }

    /// Fails where two resources end up with the same id.
    fn check(&self, resources: &ResourceSet, sources: &Sources) -> Result<()> {
        if self.namespace.is_empty() || resources.surely_differ() {
            return Ok(());
        }
        refuse_duplicates(resources, sources)
    }
}

/// Fails when two resources have the same id, unless neither of them is concerned.
fn refuse_duplicates(resources: &ResourceSet, sources: &Sources) -> Result<()> {
    let mut known: FxHashMap<(&Gvk, &str, &str), &Resource> = FxHashMap::default();
    known.reserve(resources.len());
    for resource in resources {
        let id = resource.id();
        let key = (&id.gvk, id.effective_namespace(), &*id.name);
        let Some(first) = known.insert(key, resource) else { continue };
        if is_concerned(first) || is_concerned(resource) {
            let message = format!("two resources have the same id in their new namespace: {id}");
            let place = |resource: &Resource| sources.span(resource.tree(), resource.tree().root());
            return Err(Error::new(Code::DuplicateResource, message)
                .label_if(place(first), "this one")
                .label_if(place(resource), "and this one")
                .help("rename one of them, or put one into a namespace of its own"));
        }
    }
    Ok(())
}

/// What is made where a resource has no namespace.
const MADE: Create = Create::Scalar(Tag::Unset);

/// Charts have put their resources where they belong.
fn is_concerned(resource: &Resource) -> bool {
    !resource.is_deleted() && !resource.book.from_helm
}

impl NamespaceTransformer {
    /// Does it to one resource, whose ids the caller looks after.
    pub(super) fn apply(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        let id = resource.id();
        let (core, others) = (&self.core_specs, &self.other_specs);
        let has_others = !core.select(&id.gvk).is_empty();
        let (is_cluster_scoped, is_role_binding) = (id.is_cluster_scoped(), is_role_binding(id.gvk.kind()));
        let set = &mut |tree: &mut Tree, node: NodeId| self.set(tree, node, sources);
        if !is_cluster_scoped {
            field_spec::visit_resource(resource, &self.metadata_namespace[0], MADE, set)?;
        }
        if is_role_binding {
            self.set_in_subjects(resource.body_mut(), sources)?;
        }
        match has_others {
            true if resource.api_version() == "v1" => core.visit(resource, Create::Scalar(Tag::Str), set),
            true => others.visit(resource, Create::Scalar(Tag::Str), set),
            false => Ok(()),
        }
    }

    fn set(&self, tree: &mut Tree, node: NodeId, sources: &Sources) -> Result<()> {
        let is_set = |node| tree.is_scalar(node) && !tree.is_null(node) && !tree.text(node).is_empty();
        if self.unset_only && is_set(node) {
            return Ok(());
        }
        if !tree.is_scalar(node) {
            let found = if tree.is_sequence(node) { "a list" } else { "a mapping" };
            return Err(Error::new(Code::FieldSpec, format!("the namespace cannot be set in {found}"))
                .label_if(sources.span(tree, node), "a field spec leads here, where a text is needed"));
        }
        tree.set_typed(node, Tag::Str, &self.namespace);
        Ok(())
    }

    fn set_in_subjects(&self, tree: &mut Tree, sources: &Sources) -> Result<()> {
        let (field, wanted) = match self.subjects {
            RoleBindingSubjects::Default => ("name", "default"),
            RoleBindingSubjects::ServiceAccounts => ("kind", "ServiceAccount"),
            RoleBindingSubjects::None => return Ok(()),
        };
        let Some(subjects) = tree.get(tree.root(), "subjects").filter(|&subjects| !tree.is_null(subjects)) else {
            return Ok(());
        };
        if !tree.is_sequence(subjects) {
            return Err(bad_subjects(tree, subjects, "must be a list of subjects", sources));
        }
        let items: Vec<NodeId> = tree.items(subjects).filter(|&subject| !tree.is_null(subject)).collect();
        for subject in items {
            if !tree.is_mapping(subject) {
                return Err(bad_subjects(tree, subject, "must be a subject", sources));
            }
            let Some(value) = tree.get(subject, field).filter(|&value| !tree.is_null(value)) else { continue };
            if !tree.is_scalar(value) {
                return Err(bad_subjects(tree, value, "must be a text", sources));
            }
            if tree.text(value) == wanted {
                let namespace = tree.get(subject, "namespace").unwrap_or_else(|| {
                    let made = tree.new_scalar("", Tag::Unset, Style::Plain);
                    tree.set(subject, "namespace", made);
                    made
                });
                self.set(tree, namespace, sources)?;
            }
        }
        Ok(())
    }
}

fn bad_subjects(tree: &Tree, node: NodeId, what: &str, sources: &Sources) -> Error {
    Error::new(Code::InvalidResource, "the namespace cannot be set in the subjects of a role binding")
        .label_if(sources.span(tree, node), what)
}
