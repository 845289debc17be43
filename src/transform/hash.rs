use crate::context::EachResource;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::generate::name_hash;
use crate::resource::{PreviousId, Resource};

/// Puts the hash of their content behind the names of resources that ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashTransformer;

impl EachResource for HashTransformer {
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        refuse_broken_history(resource, sources)?;
        if resource.book.needs_hash {
            let hash = resource.content_hash(|resource| name_hash(resource, sources))?;
            resource.store_previous_id();
            resource.extend_name(&["-", &hash].concat());
        }
        Ok(())
    }
}

/// Whether a short text has a comma, after a look at eight bytes at a time.
fn has_comma(text: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let Some(last) = text.last_chunk() else { return text.contains(&b',') };
    let (eights, _) = text.as_chunks();
    eights.iter().chain([last]).any(|&eight| {
        let others = u64::from_ne_bytes(eight) ^ (ONES * b',' as u64);
        others.wrapping_sub(ONES) & !others & (ONES << 7) != 0
    })
}

/// Fails for a resource that once had a name with a comma, or for a time none: upstream keeps former names in a list with
/// commas between them, and breaks off when that list does not fit those of kinds and namespaces.
fn refuse_broken_history(resource: &Resource, sources: &Sources) -> Result<()> {
    let previous = &resource.book.previous;
    let is_plain = |text: &str| !text.is_empty() && !has_comma(text.as_bytes());
    if previous.iter().all(|id| is_plain(&id.name) && is_plain(&id.kind) && is_plain(&id.namespace)) {
        return Ok(());
    }
    let count = |part: fn(&PreviousId) -> &str| -> usize {
        previous.iter().map(part).filter(|text| !text.is_empty()).map(|text| text.split(',').count()).sum()
    };
    let names = count(|id| &id.name);
    if names == 0 || (names == count(|id| &id.kind) && names == count(|id| &id.namespace)) {
        return Ok(());
    }
    let place = sources.span(resource.tree(), resource.tree().root());
    Err(Error::new(
        Code::InvalidResource,
        format!("the former names of {} have a comma in them or are empty", resource.id()),
    )
    .label_if(place, "this resource")
    .help("names of resources cannot have commas, and no patch may remove them"))
}
