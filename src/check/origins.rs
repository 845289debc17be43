use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::BuildOptions;
use crate::diagnostics::Span;
use crate::explain::{Explanation, Key};
use crate::resource::Resource;
use crate::session::Session;

/// Tells, for a resource (one of those that come first) and a way to a value of it, which line made that value what it is.
pub(super) type Origins<'a> = dyn Fn(&[&Resource], &Resource, &[Key]) -> Option<Span> + 'a;

struct Known<'a> {
    explanation: Explanation<'a>,
    /// The places of resources in the output.
    positions: FxHashMap<*const Resource, usize>,
}

/// Where values come from that stand in no file as they are: the settings of the steps that made them.
///
/// A build that remembers what its steps did takes longer, so it is done only when such a value is asked for.
pub(super) fn origins<'a>(session: &'a Session, build: &'a BuildOptions, directory: &'a str) -> Box<Origins<'a>> {
    let known = OnceCell::<Option<Known>>::new();
    Box::new(move |resources, resource, way| {
        let known = known.get_or_init(|| {
            let explanation = session.explain(build, directory).ok()?;
            let positions = resources.iter().enumerate().map(|(at, resource)| (std::ptr::from_ref(*resource), at));
            Some(Known { explanation, positions: positions.collect() })
        });
        let Known { explanation, positions } = known.as_ref()?;
        explanation.span(*positions.get(&std::ptr::from_ref(resource))?, way)
    })
}
