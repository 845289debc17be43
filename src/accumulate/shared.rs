//! Bases that several kustomizations stand on: accumulated once, and taken up again where nothing would be different.
//!
//! What a directory comes to depends on more than its files: on the schema so far, the origins that are kept, the rules
//! of loading, and, for what is refused, on the way that led there. A base is taken up again only where all of that is
//! the same. What runs programs or reads repositories is never kept: programs may answer differently each time, and
//! Helm charts depend on a namespace that is handed down.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::target::Target;
use super::{Accumulator, Walk};
use crate::diagnostics::{Diagnostic, Result};
use crate::load::Place;
use crate::refs::{TransformerConfig, VarSet};
use crate::resource::{Origin, Resource, ResourceSet};
use crate::schema::SchemaState;

/// The bases that a session keeps. Most are used once, so that only those that are met again are kept.
#[derive(Debug, Default)]
pub(crate) struct SharedBases(Mutex<FxHashMap<Place, Vec<Arc<Base>>>>);

/// What a directory and all below it come to.
#[derive(Debug)]
struct Base {
    /// What it depends on, beside the place.
    origin: Option<Origin>,
    schema_before: SchemaState,
    /// What it comes to. The trees of the resources are shared until they are changed.
    resources: Vec<Resource>,
    /// Whether no two of the resources have one id.
    differ: bool,
    config: Arc<TransformerConfig>,
    vars: VarSet,
    schema_after: SchemaState,
    warnings: Vec<Diagnostic>,
    /// The directories that were entered on the way.
    entered: Vec<PathBuf>,
}

/// What a walk has done so far, as far as it decides on sharing.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The directories that were entered, in order.
    entered: Vec<PathBuf>,
    /// How often something was done that has to be done anew for each use: a program run, a repository entered.
    unrepeatable: usize,
}

impl SharedBases {
    /// Forgets all bases: what they were read from says something else from now on.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<Place, Vec<Arc<Base>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bases of this place; `None` when it is met for the first time.
    fn meet(&self, place: &Place) -> Option<Vec<Arc<Base>>> {
        let mut known = self.lock();
        let found = known.get(place).cloned();
        if found.is_none() {
            known.insert(place.clone(), Vec::new());
        }
        found
    }

    fn keep(&self, place: Place, base: Base) {
        self.lock().entry(place).or_default().push(Arc::new(base));
    }
}

impl Walk<'_> {
    /// What the directory comes to, taken up from an earlier use where that makes no difference.
    pub(super) fn accumulate_base(&self, target: &Target) -> Result<Accumulator> {
        if !self.observers.is_none() {
            // A base that is taken up again has no history in this build, and nothing is found in it.
            return self.accumulate(target, Accumulator::default());
        }
        let Some(place) = target.loader.place() else {
            self.cannot_repeat();
            return self.accumulate(target, Accumulator::default());
        };
        self.trace.borrow_mut().entered.push(place.root.clone());
        let Some(known) = self.session.bases.meet(&place) else {
            return self.accumulate(target, Accumulator::default());
        };
        if let Some(base) = known.iter().find(|base| self.fits(base, target)) {
            return Ok(self.take_up(base));
        }
        self.accumulate_and_keep(target, place)
    }

    fn fits(&self, base: &Base, target: &Target) -> bool {
        base.origin == target.origin
            && self.schema.borrow().state().continues_like(&base.schema_before)
            && !target.loader.is_on_the_way_through(&base.entered)
    }

    fn take_up(&self, base: &Base) -> Accumulator {
        self.warnings.borrow_mut().extend(base.warnings.iter().cloned());
        self.trace.borrow_mut().entered.extend(base.entered.iter().cloned());
        self.schema.borrow().use_like(&base.schema_after);
        let resources = base.resources.iter().cloned();
        Accumulator {
            resources: if base.differ { ResourceSet::of_different(resources.collect()) } else { resources.collect() },
            config: base.config.clone(),
            vars: base.vars.clone(),
        }
    }

    fn accumulate_and_keep(&self, target: &Target, place: Place) -> Result<Accumulator> {
        let schema_before = self.schema.borrow().state();
        let warned = self.warnings.borrow().len();
        let (entered, unrepeatable) = {
            let trace = self.trace.borrow();
            (trace.entered.len(), trace.unrepeatable)
        };
        let accumulated = self.accumulate(target, Accumulator::default())?;
        let (trace, schema_after) = (self.trace.borrow(), self.schema.borrow().state());
        if trace.unrepeatable == unrepeatable && schema_after.has_choice_of(&schema_before) {
            let base = Base {
                origin: target.origin.clone(),
                schema_before,
                resources: accumulated.resources.iter().map(Resource::to_begin_with).collect(),
                differ: accumulated.resources.surely_differ(),
                config: accumulated.config.clone(),
                vars: accumulated.vars.clone(),
                schema_after,
                warnings: self.warnings.borrow()[warned..].to_vec(),
                entered: trace.entered[entered..].to_vec(),
            };
            self.session.bases.keep(place, base);
        }
        Ok(accumulated)
    }

    /// Notes that what is being done has to be done anew wherever the directory is used.
    pub(super) fn cannot_repeat(&self) {
        self.trace.borrow_mut().unrepeatable += 1;
    }
}
