use clap::{Args, Subcommand, ValueHint};

use super::BuildArgs;

/// Work as a config management plugin of Argo CD.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct ArgocdArgs {
    /// What Argo CD asks for.
    #[command(subcommand)]
    pub command: ArgocdCommand,
}

/// What Argo CD asks a plugin for.
#[derive(Debug, Subcommand)]
pub enum ArgocdCommand {
    /// Build with the overrides that the application's parameters ask for; no file is changed.
    ///
    /// Parameters are read from ARGOCD_APP_PARAMETERS, else from PARAM_*, and from ARGOCD_ENV_RUSTOMIZE_*.
    Generate(Box<GenerateArgs>),
    /// Print the name of the kustomization file; nothing where there is none.
    Discover {
        /// The directory; the current one if there is none.
        #[arg(value_hint = ValueHint::DirPath)]
        directory: Option<String>,
    },
    /// Print the parameters that the application can set, with the values found in the tree, as JSON.
    Parameters(Box<GenerateArgs>),
    /// Print the plugin.yaml for the sidecar.
    PluginYaml,
}

/// How an application is built; what the operator writes into plugin.yaml.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    pub build: BuildArgs,
    /// Let applications set this parameter: enableHelm or loadRestrictor; can be repeated.
    #[arg(long, value_name = "PARAMETER")]
    pub allow: Vec<String>,
    /// Take it for right when nothing is rendered.
    #[arg(long)]
    pub allow_empty: bool,
}
