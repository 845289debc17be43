use rustomize_yaml::{Spanned, Tag};

use crate::check::{Finding, rules};
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result, nearest};
use crate::kustomization::Replica;
use crate::refs::FieldSpecs;
use crate::refs::field_spec::{self, Create, Field};
use crate::resource::{Resource, ResourceSet};

/// Sets the number of replicas of a resource.
#[derive(Debug, Clone, Default)]
pub struct ReplicaCountTransformer {
    replica: Spanned<Replica>,
    field_specs: FieldSpecs,
}

impl ReplicaCountTransformer {
    /// Sets the count in the fields that `field_specs` name, of resources that have or had the name.
    pub fn new(replica: Spanned<Replica>, field_specs: FieldSpecs) -> ReplicaCountTransformer {
        ReplicaCountTransformer { replica, field_specs }
    }
}

impl Transformer for ReplicaCountTransformer {
    /// Fails when there is no such resource of a kind that the field specs name.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let mut is_found = false;
        for spec in self.field_specs.specs() {
            let positions = resources.by_any_id(&self.replica.name, |id| field_spec::selects(spec, &id.gvk));
            is_found |= !positions.is_empty();
            let field = Field::new(spec);
            for position in positions {
                if field_spec::selects(spec, &resources.get(position).id().gvk) {
                    self.set(resources.get_mut(position), &field, context)?;
                }
            }
        }
        match context.collector {
            _ if is_found => Ok(()),
            // What comes behind can be checked nevertheless.
            Some(collector) => {
                collector.report(Finding::of_error(&rules::UNMATCHED_REPLICA, &self.not_found(resources, context)));
                Ok(())
            }
            None => Err(self.not_found(resources, context)),
        }
    }
}

impl ReplicaCountTransformer {
    fn set(&self, resource: &mut Resource, field: &Field, context: &Context) -> Result<()> {
        let count = self.replica.count.to_string();
        field_spec::visit(resource.tree_mut(), field, Create::Scalar(Tag::Int), &mut |tree, node| {
            if !tree.is_scalar(node) {
                let message = format!("`{}` of `{}` is not a number", field.path(), *self.replica.name);
                return Err(Error::new(Code::FieldSpec, message).label_if(context.sources.span(tree, node), ""));
            }
            tree.set_typed(node, Tag::Int, &count);
            Ok(())
        })?;
        Ok(())
    }

    fn not_found(&self, resources: &ResourceSet, context: &Context) -> Error {
        let name = &self.replica.name;
        let mut kinds: Vec<&str> = self.field_specs.specs().iter().map(|spec| &*spec.kind).collect();
        kinds.dedup();
        let message = format!("nothing named `{}` has replicas to count ({})", **name, kinds.join(", "));
        let error = Error::new(Code::InvalidField, message)
            .label_if(context.sources.place(name).or_else(|| context.sources.place(&self.replica)), "");
        let candidates = resources.iter().filter(|resource| kinds.contains(&resource.kind())).map(Resource::name);
        match nearest(name, candidates) {
            Some(near) => error.help(format!("there is one named `{near}`")),
            None => error,
        }
    }
}
