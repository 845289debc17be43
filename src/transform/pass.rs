//! Steps that look at one resource at a time, all of them done to one resource before the next one is taken up: its
//! nodes are at hand then, and several threads can share the resources.

use rustomize_yaml::StepId;

use crate::check::Collector;
use crate::context::{Context, EachResource, Transformer};
use crate::diagnostics::{Error, Result, Sources};
use crate::explain::Mark;
use crate::resource::{Origin, Resource, ResourceSet};

/// A step of a pass.
pub struct PassStep<'a> {
    /// Its number.
    pub id: StepId,
    /// What it does.
    pub each: Box<dyn EachResource + 'a>,
    /// What to note of it in the resources.
    pub origin: Option<&'a Origin>,
}

/// Does the steps in order; of those, only the last one may have a check. What a step deletes is left alone by those
/// after it.
///
/// Fails as if one step were done to all resources before the next one begins.
pub fn run(steps: &[PassStep], resources: &mut ResourceSet, sources: &Sources) -> Result<()> {
    resources.change_each(steps.len(), |resource| change(steps, resource, sources))?;
    match steps.last() {
        Some(last) => {
            resources.begin_step(last.id);
            last.each.check(resources, sources)
        }
        None => Ok(()),
    }
}

impl<T: EachResource> Transformer for T {
    /// A pass of one step, the one that the resources are at.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        run(&[PassStep { id: resources.step(), each: Box::new(self), origin: None }], resources, context.sources)
    }

    fn examine(&self, resources: &ResourceSet, setting: Mark, context: &Context, findings: &Collector) {
        EachResource::examine(self, resources, setting, context, findings);
    }

    fn each<'a>(&'a self, _: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        Some(Box::new(self))
    }
}

/// Fails with the number of the step that does not work.
fn change(steps: &[PassStep], resource: &mut Resource, sources: &Sources) -> std::result::Result<(), (usize, Error)> {
    for (number, step) in steps.iter().enumerate() {
        resource.begin_step(step.id);
        step.each.change(resource, sources).map_err(|error| (number, error))?;
        if let Some(origin) = step.origin {
            resource.note_transformation(origin);
        }
        if resource.is_deleted() {
            break;
        }
    }
    Ok(())
}
