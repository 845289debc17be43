//! Generators and transformers configured by files of their own, or inline.

use std::borrow::Cow;

use rustomize_yaml::{Spanned, reread};

use super::target::Target;
use super::transformers::Step;
use super::{Accumulator, Walk};
use crate::context::Generator;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::explain::Mark;
use crate::functions::Plugin;
use crate::generate::{ConfigMapGenerator, SecretGenerator};
use crate::helm::{Helm, HelmChartInflationGenerator};
use crate::kustomization::GeneratorOptions;
use crate::resource::{ConfiguredBy, Origin, Resource, ResourceSet};
use crate::transform::builtin::{self, Builtin};

/// A generator and what `buildMetadata` calls it.
pub(super) struct GeneratorStep {
    pub generator: Box<dyn Generator>,
    /// What it is called.
    pub kind: &'static str,
    /// Where it is asked for.
    pub setting: Mark,
    pub origin: Option<Origin>,
}

/// What a resource under `generators`, `transformers` or `validators` configures.
enum Configured {
    /// A generator or transformer of our own.
    Builtin(Builtin),
    /// A function or an exec plugin, which can be either.
    Program(Plugin),
}

impl Walk<'_> {
    /// The generators of the target: those of its fields, then those of `generators`.
    pub(super) fn generators(&self, target: &Target) -> Result<Vec<GeneratorStep>> {
        let kustomization = &target.kustomization;
        let global = kustomization.generator_options.as_ref();
        let mut steps = Vec::new();
        for args in &kustomization.config_map_generator {
            let mut args = args.clone();
            args.value.options = GeneratorOptions::merged(args.options.as_ref(), global);
            let (kind, setting) = ("ConfigMapGenerator", Mark::of(&args));
            let origin = target.builtin_origin(kind);
            steps.push(GeneratorStep { generator: Box::new(ConfigMapGenerator::from(args)), kind, setting, origin });
        }
        for args in &kustomization.secret_generator {
            let mut args = args.clone();
            args.value.options = GeneratorOptions::merged(args.options.as_ref(), global);
            let (kind, setting) = ("SecretGenerator", Mark::of(&args));
            let origin = target.builtin_origin(kind);
            steps.push(GeneratorStep { generator: Box::new(SecretGenerator::from(args)), kind, setting, origin });
        }
        for chart in &kustomization.helm_charts {
            let own = &kustomization.namespace.value;
            let namespace = if own.is_empty() { &target.helm_namespace } else { own };
            let globals = kustomization.helm_globals.as_ref();
            let generator = HelmChartInflationGenerator::new(chart.clone(), globals, namespace, self.helm());
            let (kind, setting) = ("HelmChartInflationGenerator", Mark::of(chart));
            let origin = target.builtin_origin(kind);
            steps.push(GeneratorStep { generator: Box::new(generator), kind, setting, origin });
        }
        for resource in self.configurations(target, &kustomization.generators, "generators")?.iter() {
            let origin = self.plugin_origin(resource)?;
            let generator = match self.plugin(target, resource)? {
                Configured::Builtin(Builtin::Generator(generator)) => generator,
                Configured::Builtin(Builtin::Transformer(_)) => return Err(self.misplaced(resource, "generator")),
                Configured::Program(program) => Box::new(program),
            };
            let setting = setting_of(resource);
            steps.push(GeneratorStep { generator, kind: "generator", setting, origin });
        }
        Ok(steps)
    }

    /// The transformers that the entries of `transformers` or `validators` configure.
    pub(super) fn configured_transformers(
        &self,
        target: &Target,
        entries: &[Spanned<String>],
        field: &'static str,
    ) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for resource in self.configurations(target, entries, field)?.iter() {
            let origin = self.plugin_origin(resource)?.map(Box::new);
            let transformer = match self.plugin(target, resource)? {
                Configured::Builtin(Builtin::Transformer(transformer)) => transformer,
                Configured::Builtin(Builtin::Generator(_)) => return Err(self.misplaced(resource, "transformer")),
                Configured::Program(program) => Box::new(program),
            };
            let setting = setting_of(resource);
            steps.push(Step { kind: resource.kind().to_owned().into(), transformer, setting, origin });
        }
        Ok(steps)
    }

    /// The resources that configure plugins: each entry is inline YAML, a file, or a directory. Inline ones come
    /// first, as upstream takes them.
    fn configurations(&self, target: &Target, entries: &[Spanned<String>], field: &'static str) -> Result<ResourceSet> {
        let mut accumulator = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            // An entry is inline when it reads as resources. A path reads as one scalar, so it never does.
            let Some(resources) = self.session.inline_resources(entry) else {
                paths.push(entry.clone());
                continue;
            };
            for mut resource in resources {
                if let Some(origin) = &target.origin {
                    resource.set_origin(&origin.append(target.file_name));
                }
                accumulator.resources.append(resource, &self.session.files.sources)?;
            }
        }
        self.accumulate_resources(target, &paths, field, &mut accumulator)?;
        if let Some(journal) = self.observers.journal {
            journal.set_aside(&accumulator.resources);
        }
        Ok(accumulator.resources)
    }

    /// What a resource configures: a plugin of our own, or a program, which must be allowed.
    fn plugin(&self, target: &Target, resource: &Resource) -> Result<Configured> {
        let gvk = &resource.id().gvk;
        let place = self.session.files.sources.span(resource.tree(), resource.tree().root());
        let schema = self.schema.borrow();
        let context = self.context(target, &schema);
        if !gvk.group().is_empty() || gvk.version() != "builtin" {
            if !self.options.enable_alpha_plugins {
                let message = format!("external plugins are disabled: unable to load `{}`", gvk.kind());
                return Err(Error::new(Code::NotEnabled, message).label_if(place, "").help(
                    "allow programs with --enable-alpha-plugins; a plugin that needs none has `apiVersion: builtin`",
                ));
            }
            self.cannot_repeat();
            return Plugin::configure(resource, &self.options.functions, &context).map(Configured::Program);
        }
        let resource = &*as_printed(resource, context.sources)?;
        if gvk.kind() == "HelmChartInflationGenerator" {
            let generator = HelmChartInflationGenerator::from_configuration(resource, self.helm(), &context)?;
            return Ok(Configured::Builtin(Builtin::Generator(Box::new(generator))));
        }
        builtin::configure(resource, &context).map(Configured::Builtin)
    }

    fn helm(&self) -> Helm {
        self.cannot_repeat();
        self.session.helm.program(&self.options.helm)
    }

    fn misplaced(&self, resource: &Resource, wanted: &str) -> Error {
        let place = self.session.files.sources.span(resource.tree(), resource.tree().root());
        Error::new(Code::Plugin, format!("`{}` is not a {wanted}", resource.kind())).label_if(place, "")
    }

    /// What `buildMetadata` calls a plugin that a resource configures.
    fn plugin_origin(&self, resource: &Resource) -> Result<Option<Origin>> {
        let origin = resource.origin(&self.session.files.sources)?;
        Ok(origin.map(|origin| Origin {
            repo: origin.repo,
            reference: origin.reference,
            path: String::new(),
            configured_in: origin.path,
            configured_by: ConfiguredBy {
                api_version: resource.api_version().to_owned(),
                kind: resource.kind().to_owned(),
                name: resource.name().to_owned(),
                namespace: resource.namespace().to_owned(),
            },
        }))
    }
}

/// The configuration of a plugin of our own as upstream hands it on: printed. Fails where it cannot be.
fn as_printed<'a>(resource: &'a Resource, sources: &Sources) -> Result<Cow<'a, Resource>> {
    Ok(match reread(resource.tree()).map_err(|error| Error::of_node(error, sources))? {
        None => Cow::Borrowed(resource),
        Some(tree) => {
            let mut resource = resource.clone();
            resource.set_tree(tree);
            Cow::Owned(resource)
        }
    })
}

/// Where a resource that configures a plugin was read.
fn setting_of(resource: &Resource) -> Mark {
    Mark::of_node(resource.tree(), resource.tree().root())
}
