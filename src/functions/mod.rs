//! Generators and transformers that are programs: KRM functions, in a container or as an executable, and the older
//! exec plugins.
//!
//! Nothing here runs unless `--enable-alpha-plugins` was given, and an executable only with `--enable-exec`.

mod annotations;
mod exchange;
mod exec_plugin;
mod folder;
mod process;
mod spec;

use std::path::{Path, PathBuf};

use crate::context::{Context, Generator, Transformer};
use crate::diagnostics::{Code, Error, Result, Span};
use crate::options::FunctionOptions;
use crate::output::eprint;
use crate::resource::{Resource, ResourceSet};

pub use exchange::push_indented;
pub use folder::{Declaration, FolderFunction};
pub(crate) use spec::{FunctionSpec, Runs};

use exec_plugin::ExecPlugin;
use process::Command;

/// A program that a resource configures.
pub struct Plugin {
    kind: Kind,
    /// What to call it in messages: kind and name of its configuration.
    name: String,
    /// Its configuration as text.
    config: String,
    /// Where the configuration stands.
    place: Option<Span>,
}

enum Kind {
    /// A KRM function and the command that runs it; `None` where upstream silently runs nothing.
    Function(Option<Command>),
    /// An exec plugin, found under the plugin home.
    Exec(ExecPlugin),
}

impl Plugin {
    /// The program that `resource` configures: a function when it has the annotation for one, else the exec plugin
    /// that is named by its group, version and kind.
    ///
    /// Fails where there is no such program, or where the function asks for what is not allowed.
    pub fn configure(resource: &Resource, options: &FunctionOptions, context: &Context) -> Result<Plugin> {
        let root = resource.tree().root();
        let place = context.sources.span(resource.tree(), root);
        let mut config = String::new();
        rustomize_yaml::emit(resource.tree(), root, &mut config)
            .map_err(|error| Error::from_yaml(error, resource.tree().source()))?;
        let kind = match FunctionSpec::of(resource, context)? {
            Some(spec) => Kind::Function(spec.command(resource, options, context.loader.root(), place.as_ref())?),
            None => Kind::Exec(ExecPlugin::find(resource, &config, context)?),
        };
        let name = format!("{} {}", resource.kind(), resource.name()).trim_end().to_owned();
        Ok(Plugin { kind, name, config, place })
    }

    fn run_function(&self, command: Option<&Command>, items: &str) -> Result<String> {
        let Some(command) = command else { return Ok(items.to_owned()) };
        let config = exchange::with_annotation(&self.config, "config.kubernetes.io/local-config", "true")?;
        let input = exchange::resource_list(if items.is_empty() { &config } else { items }, &config)?;
        let result = command.run(&input).map_err(|reason| self.failed(reason))?;
        if !result.success {
            let mut error = self.failed(format!("it ended with {}", result.status));
            for line in exchange::results(&result.stdout).into_iter().chain(stderr_lines(&result.stderr)) {
                error = error.note(line);
            }
            return Err(error);
        }
        // What a function that succeeds says goes on, as upstream passes it through.
        eprint(&result.stderr);
        Ok(result.stdout)
    }

    fn run_exec(&self, plugin: &ExecPlugin, input: &str) -> Result<String> {
        let result = plugin.run(&self.config, input).map_err(|reason| self.failed(reason))?;
        if result.success {
            return Ok(result.stdout);
        }
        let error = self.failed(format!("it ended with {}", result.status));
        Err(stderr_lines(&result.stderr).fold(error, Error::note))
    }

    fn run(&self, input: &str) -> Result<String> {
        match &self.kind {
            Kind::Function(command) => self.run_function(command.as_ref(), input),
            Kind::Exec(plugin) => self.run_exec(plugin, input),
        }
    }

    fn failed(&self, reason: String) -> Error {
        let what = match &self.kind {
            Kind::Function(Some(command)) => format!("the function {} ({})", self.name, command.shown()),
            Kind::Function(None) => format!("the function {}", self.name),
            Kind::Exec(plugin) => format!("the plugin {} ({})", self.name, plugin.path.display()),
        };
        Error::new(Code::Plugin, format!("{what} failed: {reason}")).label_if(self.place.clone(), "configured here")
    }

    fn bad_output(&self, error: &Error) -> Error {
        let position = error.diagnostic().labels.first().map(|label| {
            let position = label.span.source.position(label.span.at);
            format!(", line {}: {}", position.line, label.span.source.line(label.span.at).trim())
        });
        let message = &error.diagnostic().message;
        self.failed(format!("its output cannot be used: {message}{}", position.unwrap_or_default()))
    }

    fn resources(&self, output: String, context: &Context) -> Result<Vec<Resource>> {
        let source = context.sources.add_text(&format!("output of {}", self.name), output);
        crate::resource::read_resources(&source).map_err(|error| self.bad_output(&error))
    }
}

impl Generator for Plugin {
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        let output = self.run("")?;
        let mut resources = self.resources(output, context)?;
        for resource in &mut resources {
            annotations::take_generator_options(resource).map_err(|error| error.label_if(self.place.clone(), ""))?;
        }
        Ok(resources)
    }
}

impl Transformer for Plugin {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let input = exchange::items(resources)?;
        let output = self.run(&input)?;
        let made = self.resources(output, context)?;
        exchange::update(resources, made, &self.name, context)
    }

    fn answers_anew(&self) -> bool {
        true
    }
}

fn stderr_lines(stderr: &str) -> impl Iterator<Item = String> {
    stderr.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("stderr: {line}"))
}

/// `path` under `directory`, unless it is absolute.
fn under(directory: &Path, path: &str) -> PathBuf {
    directory.join(path)
}
