use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use rustomize_yaml::Source;

use crate::check::Collector;
use crate::diagnostics::{Code, Diagnostic, Result, Severity, Sources};
use crate::explain::{Journal, Mark};
use crate::load::Loader;
use crate::refs::{FieldList, Found};
use crate::resource::{Gvk, Resource, ResourceSet};
use crate::schema::Schema;

/// What a generator or transformer may know beside its own settings and the resources.
pub struct Context<'a> {
    /// Every text read so far: how a node finds back to its file.
    pub sources: &'a Sources,
    /// Merge keys and scopes, as they stand at this point of the walk.
    pub schema: &'a Schema,
    /// Takes warnings; they go to stderr and never change the output.
    pub warnings: &'a RefCell<Vec<Diagnostic>>,
    /// Reads files as the kustomization may that the step belongs to.
    pub loader: &'a Loader,
    /// Takes notes of what happens, when somebody will ask.
    pub journal: Option<&'a Journal>,
    /// Takes findings about the input, when somebody has asked for them.
    pub collector: Option<&'a Collector>,
}

/// Who looks on while a build goes on; mostly nobody.
#[derive(Clone, Copy, Default)]
pub struct Observers<'a> {
    /// See [`Context::journal`].
    pub journal: Option<&'a Journal>,
    /// See [`Context::collector`].
    pub collector: Option<&'a Collector>,
    /// Takes what is known of types in the end, which changes nothing on the way.
    pub schema: Option<&'a OnceCell<Schema>>,
}

impl Observers<'_> {
    /// Whether nobody looks on.
    pub fn is_none(&self) -> bool {
        self.journal.is_none() && self.collector.is_none()
    }
}

impl Context<'_> {
    /// Warns without a place.
    pub fn warn(&self, code: Code, message: impl Into<String>) {
        self.warnings.borrow_mut().push(Diagnostic {
            code,
            severity: Severity::Warning,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            notes: Vec::new(),
        });
    }
}

/// A step that changes resources, configured by a field of the kustomization or by a file of its own.
pub trait Transformer {
    /// The texts that its changes are read from, if it is a patch.
    fn patches(&self) -> Vec<Arc<Source>> {
        Vec::new()
    }

    /// Looks at what the step is about to be done to, and reports settings that are without effect. Comes before the
    /// step, and only when somebody has asked for findings. `setting` is where the step
    /// is asked for.
    fn examine(&self, _resources: &ResourceSet, _setting: Mark, _context: &Context, _findings: &Collector) {}

    /// Does the step. On an error the set is left in no particular state: the build is over.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()>;

    /// Whether it answers with resources of its own, as programs do, which come in the places of those with the same
    /// ids, and leaves out others.
    fn answers_anew(&self) -> bool {
        false
    }

    /// Whether it leaves alone what patches have deleted, so that this need not go before.
    fn passes_over_deleted(&self) -> bool {
        false
    }

    /// The same step as a change of each resource by itself, if it is one: such steps share a pass over the resources.
    fn each<'a>(&'a self, _sources: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        None
    }
}

/// When a step that has changed all resources looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It does not.
    Never,
    /// Before another step begins.
    AtOnce,
    /// When those that share its pass are done, too.
    Later,
}

/// A step that looks at no resource but the one that it changes.
pub trait EachResource: Sync {
    /// Whether it may do anything to resources of this type, which it is asked once for each type.
    fn concerns(&self, _gvk: &Gvk) -> bool {
        true
    }

    /// Changes one resource.
    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()>;

    /// The fields of resources of this type that it visits, where it does no more than that: it can be told then where
    /// these are. It changes neither type nor annotations, but that it sets entries of these.
    fn fields(&self, _gvk: &Gvk) -> Option<FieldList<'_>> {
        None
    }

    /// Changes one resource in which [its fields](EachResource::fields) have been found. Its kind has always been this
    /// one, and nothing stands in the place of its annotations.
    fn change_found(&self, resource: &mut Resource, _found: Found, sources: &Sources) -> Result<()> {
        self.change(resource, sources)
    }

    /// See [`Transformer::examine`].
    fn examine(&self, _resources: &ResourceSet, _setting: Mark, _context: &Context, _findings: &Collector) {}

    /// When [`EachResource::check`] has its turn.
    fn when_to_check(&self) -> Check {
        Check::Never
    }

    /// Whether a look at the resources as they are before the step shows that the check would find nothing.
    fn is_check_idle(&self, _resources: &ResourceSet) -> bool {
        false
    }

    /// Looks at all resources when the step is over.
    fn check(&self, _resources: &ResourceSet, _sources: &Sources) -> Result<()> {
        Ok(())
    }
}

impl<T: EachResource + ?Sized> EachResource for &T {
    fn concerns(&self, gvk: &Gvk) -> bool {
        (**self).concerns(gvk)
    }

    fn change(&self, resource: &mut Resource, sources: &Sources) -> Result<()> {
        (**self).change(resource, sources)
    }

    fn fields(&self, gvk: &Gvk) -> Option<FieldList<'_>> {
        (**self).fields(gvk)
    }

    fn change_found(&self, resource: &mut Resource, found: Found, sources: &Sources) -> Result<()> {
        (**self).change_found(resource, found, sources)
    }

    fn examine(&self, resources: &ResourceSet, setting: Mark, context: &Context, findings: &Collector) {
        (**self).examine(resources, setting, context, findings);
    }

    fn when_to_check(&self) -> Check {
        (**self).when_to_check()
    }

    fn is_check_idle(&self, resources: &ResourceSet) -> bool {
        (**self).is_check_idle(resources)
    }

    fn check(&self, resources: &ResourceSet, sources: &Sources) -> Result<()> {
        (**self).check(resources, sources)
    }
}

/// A step that makes resources.
pub trait Generator {
    /// Makes them, in order.
    fn generate(&self, context: &Context) -> Result<Vec<Resource>>;
}
