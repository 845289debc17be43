use crate::context::{Context, Transformer};
use crate::diagnostics::Result;
use crate::generate::name_hash;
use crate::resource::ResourceSet;

/// Puts the hash of their content behind the names of resources that ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashTransformer;

impl Transformer for HashTransformer {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        for position in 0..resources.len() {
            if resources.get(position).book.needs_hash {
                let hash = name_hash(resources.get(position), context)?;
                let resource = resources.get_mut(position);
                resource.store_previous_id();
                resource.set_name(&format!("{}-{hash}", resource.name()));
            }
        }
        Ok(())
    }
}
