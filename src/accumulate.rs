//! The walk over a kustomization and all that it stands on, depth first, and the steps that come once at its root.

mod local;
mod plugins;
mod shared;
mod target;
mod transformers;
mod validators;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::{Check, Context, Observers, Transformer};
use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::explain::{Mark, Step, steps};
use crate::generate;
use crate::load::Loader;
use crate::options::BuildOptions;
use crate::output::Notes;
use crate::refs::{self, TransformerConfig, VarSet};
use crate::resource::{ORIGIN, Origin, ResourceSet};
use crate::schema::Schema;
use crate::session::Session;
use crate::transform::pass::{self, PassStep};
use crate::transform::{HashTransformer, ManagedByLabel};

pub(crate) use shared::SharedBases;
use target::Target;
use transformers::Step as TransformerStep;

/// What one directory and everything below it come to, before names are final.
#[derive(Default)]
pub(crate) struct Accumulator {
    /// The resources in order.
    pub resources: ResourceSet,
    /// Field specs: the defaults and what the directories below have added.
    pub config: Arc<TransformerConfig>,
    /// The vars declared so far.
    pub vars: VarSet,
}

impl Accumulator {
    /// Takes in what a directory below came to. Fails where both have a resource of one id.
    fn merge(&mut self, other: Accumulator, walk: &Walk) -> Result<()> {
        self.resources.append_all(other.resources, &walk.session.files.sources)?;
        self.config = TransformerConfig::merge(&self.config, &other.config)?;
        self.vars.merge(other.vars, &walk.session.files.sources)
    }
}

/// What `buildMetadata` of the root asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BuildMetadata {
    /// Whether anything was asked, which is when origins are kept.
    pub tracks: bool,
    /// Show where each resource came from.
    pub origins: bool,
    /// Show which transformers touched it.
    pub transformations: bool,
    /// Label everything with the version of kustomize.
    pub managed_by: bool,
}

/// One build: a walk from a root directory down, and what changes on the way.
pub(crate) struct Walk<'s> {
    session: &'s Session,
    options: &'s BuildOptions,
    /// The schema so far: the root's, else the first one found on the way (upstream's global state, kept here).
    schema: RefCell<Schema>,
    warnings: &'s RefCell<Vec<Diagnostic>>,
    metadata: BuildMetadata,
    /// What was done so far, as far as it decides which bases are shared.
    trace: RefCell<shared::Trace>,
    /// Who looks on.
    observers: Observers<'s>,
}

impl<'s> Walk<'s> {
    /// Builds the kustomization in `directory`: resources in their final order, and what to show of their history.
    pub fn build(
        session: &'s Session,
        options: &'s BuildOptions,
        warnings: &'s RefCell<Vec<Diagnostic>>,
        observers: Observers<'s>,
        directory: &str,
    ) -> Result<(ResourceSet, Notes)> {
        let mut walk = Walk {
            session,
            options,
            schema: RefCell::new(Schema::like(options.compat).merging_with_crds(options.merge_with_crds)),
            warnings,
            metadata: BuildMetadata::default(),
            trace: RefCell::default(),
            observers,
        };
        let loader = Loader::open(&session.files, directory, options.load_restrictor)?.like(options.compat);
        let mut target = Target::load(&walk, loader)?;
        walk.metadata = target.build_metadata();
        target.origin = walk.metadata.tracks.then(Origin::default);
        walk.set_schema(&target, true)?;
        let accumulator = walk.accumulate(&target, Accumulator::default())?;
        walk.finish(&target, accumulator)
    }

    /// The steps that come once, at the root: names get their hashes, references and vars follow, and what is local
    /// goes.
    fn finish(&self, target: &Target, mut accumulator: Accumulator) -> Result<(ResourceSet, Notes)> {
        let schema = self.schema.borrow();
        let context = self.context(target, &schema);
        let resources = &mut accumulator.resources;
        self.begin_step(resources, steps::HASHES, target);
        HashTransformer.transform(resources, &context)?;
        self.observe(resources);
        self.begin_step(resources, steps::REFERENCES, target);
        let has_local = refs::fix_names_and_look(resources, &accumulator.config, &context, local::is_local)?;
        self.observe(resources);
        self.begin_step(resources, steps::VARS, target);
        accumulator.vars.resolve(resources, &accumulator.config, &context)?;
        self.observe(resources);
        refuse_nameless(resources, &context)?;
        if has_local || !accumulator.vars.is_empty() {
            local::drop_local(resources, context.sources)?;
        } else {
            resources.refuse_duplicates(context.sources)?;
        }
        self.sort(target, resources, &context)?;
        if self.options.managed_by_label || self.metadata.managed_by {
            self.begin_step(resources, steps::MANAGED_BY, target);
            ManagedByLabel.transform(resources, &context)?;
            self.observe(resources);
        }
        if let Some(journal) = self.observers.journal {
            journal.set_root(target.file, &schema);
        }
        if let Some(known) = self.observers.schema {
            known.get_or_init(|| schema.clone());
        }
        let notes = Notes {
            origins: self.metadata.origins,
            transformations: self.metadata.transformations,
            file_each: self.options.file_each,
            steps: self.session.steps.clone(),
        };
        Ok((accumulator.resources, notes))
    }

    /// Everything that the target says, in kustomize's order. A component works on what its parent has so far.
    fn accumulate(&self, target: &Target, mut accumulator: Accumulator) -> Result<Accumulator> {
        let kustomization = &target.kustomization;
        self.accumulate_resources(target, &kustomization.resources, "resources", &mut accumulator)?;
        accumulator.config = TransformerConfig::load(
            &accumulator.config,
            &target.loader,
            &kustomization.configurations,
            &kustomization.crds,
        )?;
        self.run_generators(target, &mut accumulator)?;
        for (index, path) in kustomization.components.iter().enumerate() {
            target.loader.fetch_ahead(&kustomization.components[index..]);
            accumulator = self.accumulate_component(target, path, accumulator)?;
        }
        self.run_transformers(target, &mut accumulator)?;
        self.run_validators(target, &mut accumulator)?;
        accumulator.vars.declare(&kustomization.vars, &mut accumulator.resources, &self.session.files.sources)?;
        Ok(accumulator)
    }

    fn run_generators(&self, target: &Target, accumulator: &mut Accumulator) -> Result<()> {
        for step in self.generators(target)? {
            let schema = self.schema.borrow();
            let context = self.context(target, &schema);
            self.note_step(step.kind, target, step.setting, 0);
            for mut resource in step.generator.generate(&context)? {
                if let (Some(origin), None) = (&step.origin, resource.annotation(ORIGIN)) {
                    resource.set_origin(origin);
                }
                schema.meet(&mut resource)?;
                let position = generate::absorb(&mut accumulator.resources, resource, &context)?;
                if let Some(journal) = self.observers.journal {
                    journal.observe(accumulator.resources.body_mut(position));
                }
            }
        }
        Ok(())
    }

    fn run_transformers(&self, target: &Target, accumulator: &mut Accumulator) -> Result<()> {
        let mut steps = {
            let schema = self.schema.borrow();
            self.builtin_transformers(target, &accumulator.config, &self.context(target, &schema))?
        };
        steps.extend(self.configured_transformers(target, &target.kustomization.transformers, "transformers")?);
        let schema = self.schema.borrow();
        let context = self.context(target, &schema);
        while let Some(step) = steps.front() {
            let resources = &mut accumulator.resources;
            let pass = self.pass(&steps, resources, target);
            // After each of many patches that delete, all others would have to move up.
            let is_followed = !self.observers.is_none() || step.origin.is_some();
            if !pass.is_empty() || is_followed || !step.transformer.passes_over_deleted() {
                resources.drop_deleted();
            }
            if pass.is_empty() {
                self.begin_step(resources, step.kind.clone(), target);
                self.note_setting(step);
                if let Some(collector) = self.observers.collector {
                    step.transformer.patches().iter().for_each(|patch| collector.read(patch));
                    step.transformer.examine(resources, step.setting, &context, collector);
                }
                step.transformer.transform(resources, &context)?;
                self.observe(resources);
                if let Some(origin) = &step.origin {
                    resources
                        .bodies_mut()
                        .try_for_each(|resource| resource.note_transformation(origin, context.sources))?;
                    self.note_step(steps::BUILD_METADATA, target, step.setting, 0);
                    self.observe(resources);
                }
            } else {
                pass::run(&pass, resources, context.sources)?;
                if let Some(journal) = self.observers.journal {
                    journal.meet_all(resources);
                }
            }
            // A patch takes as much memory as what it adds.
            let done = pass.len().max(1);
            drop(pass);
            steps.drain(..done);
        }
        accumulator.resources.drop_deleted();
        Ok(())
    }

    /// As many of the first steps as can share one pass over the resources; who looks for findings does so between them.
    fn pass<'a>(
        &'a self,
        steps: &'a VecDeque<TransformerStep>,
        resources: &mut ResourceSet,
        target: &Target,
    ) -> Vec<PassStep<'a>> {
        let mut pass = Vec::new();
        if self.observers.collector.is_some() {
            return pass;
        }
        for step in steps {
            let Some(each) = step.transformer.each(&self.session.files.sources) else { break };
            // To the journal, the note in the resources is a step of its own.
            if self.observers.journal.is_some() && step.origin.is_some() {
                break;
            }
            if !pass.is_empty() && each.when_to_check() == Check::AtOnce {
                break;
            }
            self.begin_step(resources, step.kind.clone(), target);
            self.note_setting(step);
            let mut next = PassStep::new(resources.step(), each, step.origin.as_deref());
            next.journal = self.observers.journal.map(|journal| (journal, journal.step()));
            if pass.is_empty() {
                next = next.without_idle_check(resources);
            }
            let is_last = next.checks_at_once();
            pass.push(next);
            if is_last {
                break;
            }
        }
        pass
    }

    /// From now on, changes of the resources are the work of the step that is called so.
    fn begin_step(&self, resources: &mut ResourceSet, kind: impl Into<Cow<'static, str>>, target: &Target) {
        let kind = kind.into();
        let step = self.session.steps.begin(kind.clone(), target.shown_file().clone());
        resources.begin_step(step);
        self.note_step(&kind, target, Mark::default(), step.0);
    }

    /// What transformers and generators of the target may know.
    fn context<'a>(&'a self, target: &'a Target, schema: &'a Schema) -> Context<'a> {
        Context {
            sources: &self.session.files.sources,
            schema,
            warnings: self.warnings,
            loader: &target.loader,
            journal: self.observers.journal,
            collector: self.observers.collector,
        }
    }
}

/// What the journal is told, if there is one.
impl Walk<'_> {
    /// A step of the target begins. `setting` says where it is asked for, `stamp` is the number that it marks nodes with.
    fn note_step(&self, kind: &str, target: &Target, setting: Mark, stamp: u32) {
        let Some(journal) = self.observers.journal else { return };
        let (kustomization, via) = (target.file, target.via.clone());
        journal.begin(Step { kind: kind.to_owned(), kustomization, setting, via, patches: Vec::new(), stamp });
    }

    /// The step that has begun is this one.
    fn note_setting(&self, step: &TransformerStep) {
        if let Some(journal) = self.observers.journal {
            journal.configure(step.setting, step.transformer.patches());
        }
    }

    /// The step has ended.
    fn observe(&self, resources: &mut ResourceSet) {
        if let Some(journal) = self.observers.journal {
            journal.observe_all(resources);
        }
    }
}

/// Steps can take a resource's kind or name away; kustomize refuses such resources in the end.
fn refuse_nameless(resources: &ResourceSet, context: &Context) -> Result<()> {
    for resource in resources {
        let id = resource.id();
        // A null has a text too, which is short.
        let is_null =
            |tree: &rustomize_yaml::Tree| tree.get(tree.root(), "kind").is_some_and(|kind| tree.is_null(kind));
        let kind = id.gvk.kind();
        let kind = if kind.len() <= "null".len() && is_null(resource.tree()) { "" } else { kind };
        let missing = match (kind, &*id.name) {
            ("", _) => "kind",
            (kind, "") if !kind.ends_with("List") => "metadata.name",
            _ => continue,
        };
        if resource.is_deleted() {
            continue;
        }
        let message = format!("a resource has no `{missing}` any more: {id}");
        let place = context.sources.span(resource.tree(), resource.tree().root());
        return Err(Error::new(Code::InvalidResource, message).label_if(place, "this one"));
    }
    Ok(())
}
