//! `rustomize argocd`: a config management plugin.

mod announce;
mod discover;
mod environment;
mod expand;
mod parameters;
mod settings;

use crate::Session;
use crate::cli::{ArgocdArgs, ArgocdCommand, GenerateArgs};
use crate::commands::{build, report_deprecations};
use crate::diagnostics::{Code, Error, Result};
use crate::load::clean_up_on_signals;
use crate::output::write_stdout;

use environment::Environment;
use settings::Settings;

/// Answers what Argo CD asks a plugin for.
pub fn run(arguments: &ArgocdArgs) -> Result<()> {
    match &arguments.command {
        ArgocdCommand::Generate(arguments) => generate(arguments, &Environment::of_process()),
        ArgocdCommand::Parameters(arguments) => announce::run(arguments, &Environment::of_process()),
        ArgocdCommand::Discover { directory } => discover::run(directory.as_deref(), &Environment::of_process()),
        ArgocdCommand::PluginYaml => write_stdout(include_str!("../../../deploy/argocd/sidecar/plugin.yaml")),
    }
}

/// Builds with the application's overrides, in memory, so that applications can share a checkout.
///
/// Fails for parameters that cannot be used, where the build fails, and for an empty answer unless that is allowed:
/// Argo CD would take it for an order to delete everything.
fn generate(arguments: &GenerateArgs, environment: &Environment) -> Result<()> {
    report_deprecations(&arguments.build.deprecations());
    let settings = Settings::read(arguments, environment)?;
    let directory = arguments.build.directory()?;
    clean_up_on_signals();
    let session = Session::default();
    session.override_kustomization(settings.options.load_restrictor, directory, &settings.overrides)?;
    let output = session.build(&settings.options, directory)?;
    if output.yaml().is_empty() && !settings.allow_empty {
        return Err(nothing_rendered().after(output.warnings().to_vec()));
    }
    build::write(&arguments.build, output)
}

fn nothing_rendered() -> Error {
    Error::new(Code::EmptyOutput, "nothing was rendered, and with pruning Argo CD would delete everything")
        .help("if that is meant, set the parameter allowEmpty to true")
}
