//! Prefixes and suffixes of names.

use std::borrow::Cow;

use rustomize_yaml::{NodeId, Tag, Tree};

use crate::context::EachResource;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::refs::FieldSpecs;
use crate::refs::field_spec::{self, Create, Field};
use crate::resource::{Gvk, Resource};

/// Puts a text before names.
#[derive(Debug, Clone, Default)]
pub struct PrefixTransformer(Affix);

impl PrefixTransformer {
    /// Puts `prefix` before the fields that `field_specs` name.
    pub fn new(prefix: String, field_specs: FieldSpecs) -> PrefixTransformer {
        PrefixTransformer(Affix { text: prefix, field_specs, end: End::Front })
    }
}

impl EachResource for PrefixTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.0.change(resource, sources)
    }
}

/// Puts a text behind names.
#[derive(Debug, Clone, Default)]
pub struct SuffixTransformer(Affix);

impl SuffixTransformer {
    /// Puts `suffix` behind the fields that `field_specs` name.
    pub fn new(suffix: String, field_specs: FieldSpecs) -> SuffixTransformer {
        SuffixTransformer(Affix { text: suffix, field_specs, end: End::Back })
    }
}

impl EachResource for SuffixTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        self.0.change(resource, sources)
    }
}

#[derive(Debug, Clone, Default)]
struct Affix {
    text: String,
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
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        if is_fixed(resource.id().gvk.group(), resource.original_kind()) {
            return Ok(());
        }
        self.put_on(resource, sources)
    }

    fn put_on(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        for field in self.fields(resource).iter() {
            if field.path() == "metadata/name" {
                self.note(resource);
            }
            field_spec::visit_resource(resource, field, Create::Scalar(Tag::Str), &mut |tree, node| {
                self.extend(tree, node, sources)
            })?;
        }
        Ok(())
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

    /// Remembers the affix, by which name references are told apart, and the name so far.
    fn note(&self, resource: &mut Resource) {
        if self.text.is_empty() {
            return;
        }
        let book = &mut resource.book;
        let affixes = match self.end {
            End::Front => &mut book.prefixes,
            End::Back => &mut book.suffixes,
        };
        // Upstream keeps them in one text, with commas between them.
        if affixes.is_empty() {
            affixes.reserve_exact(1);
        }
        affixes.extend(self.text.split(',').map(str::to_owned));
        resource.store_previous_id();
    }

    fn extend(&self, tree: &mut Tree, node: NodeId, sources: &Sources) -> Result<()> {
        if !tree.is_scalar(node) {
            let found = if tree.is_sequence(node) { "a list" } else { "a mapping" };
            let message = format!("a prefix or suffix cannot be put on {found}");
            return Err(Error::new(Code::FieldSpec, message)
                .label_if(sources.span(tree, node), "a field spec leads here, where a text is needed"));
        }
        let text = match self.end {
            End::Front => [&*self.text, tree.text(node)].concat(),
            End::Back => [tree.text(node), &*self.text].concat(),
        };
        tree.set_text(node, &text);
        Ok(())
    }
}

/// Whether a name means too much to be changed.
fn is_fixed(group: &str, kind: &str) -> bool {
    matches!(kind, "CustomResourceDefinition" | "Namespace")
        || (kind == "APIService" && group == "apiregistration.k8s.io")
}
