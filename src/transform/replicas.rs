use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;
use rustomize_yaml::{Spanned, Tag, Tree};

use crate::check::{Finding, rules};
use crate::context::{Check, Context, EachResource, Transformer};
use crate::diagnostics::{Code, Error, Result, Sources, nearest};
use crate::kustomization::Replica;
use crate::refs::field_spec::{self, Create, Field};
use crate::refs::{FieldList, FieldSpecs};
use crate::resource::{Gvk, Resource, ResourceSet};

/// Sets the numbers of replicas of resources.
#[derive(Debug, Clone, Default)]
pub struct ReplicaCountTransformer {
    replicas: Vec<Spanned<Replica>>,
    field_specs: FieldSpecs,
}

impl ReplicaCountTransformer {
    /// Sets the counts, one after the other, in the fields that `field_specs` name, of resources that have or had the
    /// name that comes with the count.
    pub fn new(replicas: Vec<Spanned<Replica>>, field_specs: FieldSpecs) -> ReplicaCountTransformer {
        ReplicaCountTransformer { replicas, field_specs }
    }
}

impl Transformer for ReplicaCountTransformer {
    /// Fails when there is no such resource of a kind that the field specs name.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for replica in &self.replicas {
            if self.set_in_all(replica, resources, context.sources)? {
                continue;
            }
            let error = self.not_found(replica, resources, context.sources);
            match context.collector {
                // What comes behind can be checked nevertheless.
                Some(collector) => collector.report(Finding::of_error(&rules::UNMATCHED_REPLICA, &error)),
                None => return Err(error),
            }
        }
        Ok(())
    }

    /// Where no field is part of an id, so that nothing is called otherwise afterwards.
    fn each<'a>(&'a self, _: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        let mut fields = self.field_specs.specs().iter().map(Field::new);
        if fields.any(|field| field.is_part_of_id()) {
            return None;
        }
        let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (number, replica) in self.replicas.iter().enumerate() {
            by_name.entry(&replica.name).or_default().push(number);
        }
        let is_found = self.replicas.iter().map(|_| AtomicBool::new(false)).collect();
        Some(Box::new(ReplicaPass { transformer: self, by_name, is_found }))
    }
}

impl ReplicaCountTransformer {
    /// Says whether there is any resource of the name.
    fn set_in_all(&self, replica: &Replica, resources: &mut ResourceSet, sources: &Sources) -> Result<bool> {
        let mut is_found = false;
        for spec in self.field_specs.specs() {
            let positions = resources.by_any_id(&replica.name, |id| field_spec::selects(spec, &id.gvk));
            is_found |= !positions.is_empty();
            let field = Field::new(spec);
            for position in positions {
                if field_spec::selects(spec, &resources.get(position).id().gvk) {
                    set(replica, resources.get_mut(position), &field, sources)?;
                }
            }
        }
        Ok(is_found)
    }

    fn not_found(&self, replica: &Spanned<Replica>, resources: &ResourceSet, sources: &Sources) -> Error {
        let name = &replica.name;
        let mut kinds: Vec<&str> = self.field_specs.specs().iter().map(|spec| &*spec.kind).collect();
        kinds.dedup();
        let message = format!("nothing named `{}` has replicas to count ({})", **name, kinds.join(", "));
        let error = Error::new(Code::InvalidField, message)
            .label_if(sources.place(name).or_else(|| sources.place(replica)), "");
        let candidates = resources.iter().filter(|resource| kinds.contains(&resource.kind())).map(Resource::name);
        match nearest(name, candidates) {
            Some(near) => error.help(format!("there is one named `{near}`")),
            None => error,
        }
    }
}

/// What is made where there is no number.
const MADE: Create = Create::Scalar(Tag::Int);

/// Sets the count in one field of a resource.
fn set(replica: &Replica, resource: &mut Resource, field: &Field, sources: &Sources) -> Result<()> {
    let count = replica.count.to_string();
    field_spec::visit_resource(resource, field, MADE, &mut |tree: &mut Tree, node| {
        if !tree.is_scalar(node) {
            let message = format!("`{}` of `{}` is not a number", field.path(), *replica.name);
            return Err(Error::new(Code::FieldSpec, message).label_if(sources.span(tree, node), ""));
        }
        tree.set_typed(node, Tag::Int, &count);
        Ok(())
    })?;
    Ok(())
}

/// Sets the counts in one resource after the other.
struct ReplicaPass<'a> {
    transformer: &'a ReplicaCountTransformer,
    /// The numbers of the counts for each name.
    by_name: FxHashMap<&'a str, Vec<usize>>,
    /// Which of them have a resource.
    is_found: Vec<AtomicBool>,
}

impl ReplicaPass<'_> {
    /// The numbers of the counts for the names that a resource has or had, in order.
    fn meant_for(&self, resource: &Resource) -> Vec<usize> {
        let previous = resource.book.previous.iter().map(|previous| &*previous.name);
        let names = previous.chain([resource.name()]);
        let mut numbers: Vec<usize> = names.filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl EachResource for ReplicaPass<'_> {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        let specs = &self.transformer.field_specs;
        for number in self.meant_for(resource) {
            let replica = &self.transformer.replicas[number];
            for spec in specs.specs() {
                if !resource.any_id(|id| *id.name == **replica.name && field_spec::selects(spec, &id.gvk)) {
                    continue;
                }
                self.is_found[number].store(true, Ordering::Relaxed);
                if field_spec::selects(spec, &resource.id().gvk) {
                    set(replica, resource, &Field::new(spec), sources)?;
                }
            }
        }
        Ok(())
    }

    /// Few resources are meant, and looked at more closely.
    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        Some(FieldList { fields: self.transformer.field_specs.select_shared(gvk), create: MADE, sought: false })
    }

    fn when_to_check(&self) -> Check {
        Check::Later
    }

    /// Fails when there is no resource for a count.
    fn check(&self, resources: &ResourceSet, sources: &Sources) -> Result<()> {
        match self.is_found.iter().position(|is_found| !is_found.load(Ordering::Relaxed)) {
            Some(number) => Err(self.transformer.not_found(&self.transformer.replicas[number], resources, sources)),
            None => Ok(()),
        }
    }
}
