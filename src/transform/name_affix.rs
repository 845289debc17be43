//! Prefixes and suffixes of names.

use std::borrow::Cow;
use std::sync::Arc;

use rustomize_yaml::{NodeId, Tag, Tree};

use crate::context::EachResource;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::refs::field_spec::{self, Create, Field};
use crate::refs::{FieldList, FieldSpecs, Found};
use crate::resource::{Affixes, Gvk, Resource};

/// Puts a text before names.
#[derive(Debug, Clone, Default)]
pub struct PrefixTransformer(Affix);

impl PrefixTransformer {
    /// Puts `prefix` before the fields that `field_specs` name.
    pub fn new(prefix: String, field_specs: FieldSpecs) -> PrefixTransformer {
        PrefixTransformer(Affix::new(prefix, field_specs, End::Front))
    }
}

impl EachResource for PrefixTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.0.change(resource, sources)
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        self.0.lone_field(gvk)
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.0.change_found(resource, found, sources)
    }
}

/// Puts a text behind names.
#[derive(Debug, Clone, Default)]
pub struct SuffixTransformer(Affix);

impl SuffixTransformer {
    /// Puts `suffix` behind the fields that `field_specs` name.
    pub fn new(suffix: String, field_specs: FieldSpecs) -> SuffixTransformer {
        SuffixTransformer(Affix::new(suffix, field_specs, End::Back))
    }
}

impl EachResource for SuffixTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.0.change(resource, sources)
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        self.0.lone_field(gvk)
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        self.0.change_found(resource, found, sources)
    }
}

#[derive(Debug, Clone, Default)]
struct Affix {
    text: String,
    /// How it is noted in resources.
    noted: Affixes,
    field_specs: FieldSpecs,
    end: End,
}

#[derive(Debug, Clone, Copy, Default)]
enum End {
    #[default]
    Front,
    Back,
}

impl Affix {
    fn new(text: String, field_specs: FieldSpecs, end: End) -> Affix {
        // Upstream keeps them in one text, with commas between them.
        let noted = text.split(',').map(Arc::from).collect();
        Affix { text, noted, field_specs, end }
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        if is_fixed(resource.id().gvk.group(), resource.original_kind()) {
            return Ok(());
        }
        self.put_on(resource, sources)
    }

    fn put_on(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        for field in self.fields(resource).iter() {
            if is_name(field) && !self.text.is_empty() {
                self.note(resource);
                resource.store_previous_id();
            }
            field_spec::visit_resource(resource, field, MADE, &mut |tree, node| self.extend(tree, node, sources))?;
        }
        Ok(())
    }

    /// The field, if there is one alone: with several, it matters when the name is noted.
    fn lone_field(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        let fields = self.field_specs.select_shared(gvk);
        (fields.len() == 1).then_some(FieldList { fields, create: MADE, sought: true })
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        if is_fixed(resource.id().gvk.group(), resource.kind()) {
            return Ok(());
        }
        if found.fields.iter().any(is_name) && !self.text.is_empty() {
            self.note(resource);
            resource.keep_previous_id();
        }
        found.visit(resource, MADE, &mut |tree, node| self.extend(tree, node, sources))
    }

    /// The fields for both the type that the resource has and the one that it had at first.
    fn fields(&self, resource: &Resource) -> Cow<'_, [Field]> {
        let gvk = &resource.id().gvk;
        let original = resource.original_kind();
        if original == gvk.kind() {
            return self.field_specs.select(gvk).into();
        }
        let original = Gvk::new(gvk.group(), gvk.version(), original);
        let specs = self.field_specs.specs().iter();
        let fitting = specs.filter(|spec| field_spec::selects(spec, gvk) && field_spec::selects(spec, &original));
        fitting.map(Field::new).collect()
    }

    /// Remembers the affix, by which name references are told apart.
    fn note(&self, resource: &mut Resource) {
        let book = &mut resource.book;
        let affixes = match self.end {
            End::Front => &mut book.prefixes,
            End::Back => &mut book.suffixes,
        };
        affixes.extend(self.noted.iter().cloned());
    }

    fn extend(&self, tree: &mut Tree, node: NodeId, sources: &Sources) -> Result<()> {
        if !tree.is_scalar(node) {
            let found = if tree.is_sequence(node) { "a list" } else { "a mapping" };
            let message = format!("a prefix or suffix cannot be put on {found}");
            return Err(Error::new(Code::FieldSpec, message)
                .label_if(sources.span(tree, node), "a field spec leads here, where a text is needed"));
        }
        match self.end {
            End::Front => tree.extend_text(node, &self.text, ""),
            End::Back => tree.extend_text(node, "", &self.text),
        }
        Ok(())
    }
}

/// What is made where the field is missing.
const MADE: Create = Create::Scalar(Tag::Str);

fn is_name(field: &Field) -> bool {
    field.path() == "metadata/name"
}

/// Whether a name means too much to be changed.
fn is_fixed(group: &str, kind: &str) -> bool {
    matches!(kind, "CustomResourceDefinition" | "Namespace")
        || (kind == "APIService" && group == "apiregistration.k8s.io")
}
