//! What can be typed, in the manners of the original: flags stand anywhere, the last of several wins, switches take
//! `=true` and `=false`, and a value may begin with a dash.

mod argocd;
mod build;
mod compat;
mod deps;
mod edit;
mod localize;
mod openapi;
mod version;

use std::ffi::OsString;

use clap::builder::{StyledStr, ValueParser};
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use argocd::{ArgocdArgs, ArgocdCommand, GenerateArgs};
pub use build::BuildArgs;
pub use compat::environment_compat;
pub use deps::{DepsArgs, DepsRequest};
pub use edit::{
    AddCommand, AddConfigmapArgs, AddSecretArgs, CreateArgs, EditArgs, EditCommand, GeneratorArgs, LabelArgs,
    PatchArgs, RemoveCommand, RemoveGeneratorArgs, RemovePairsArgs, SetCommand, SetGeneratorArgs,
};
pub use localize::LocalizeArgs;
pub use openapi::{OpenApiCommand, SchemaFormat};
pub use version::{VersionArgs, VersionFormat};

use crate::diagnostics::{Code, Error, Result};
use crate::version::{KUSTOMIZE, RUSTOMIZE};

/// Renders Kubernetes bases and overlays exactly as kustomize does.
#[derive(Debug, Parser)]
#[command(name = "rustomize", disable_help_subcommand = false, disable_version_flag = true)]
pub struct Cli {
    /// Accepted and of no effect: errors say where they come from anyway.
    #[arg(long, global = true, hide = true)]
    pub stack_trace: bool,
    /// Print the versions: of the kustomize that this is like, and of rustomize.
    #[arg(short = 'V', long, action = ArgAction::SetTrue)]
    pub version: bool,
    /// What to do; without one, the help is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work as a config management plugin of Argo CD.
    Argocd(ArgocdArgs),
    /// Build a kustomization and print the resources.
    Build(Box<BuildArgs>),
    /// Make a kustomization in the current directory.
    #[command(alias = "init")]
    Create(CreateArgs),
    /// List what builds read, or the builds that a change touches.
    Deps(DepsArgs),
    /// Change the kustomization in the current directory.
    Edit(Box<EditArgs>),
    /// Copy a kustomization with all that it names, so that nothing in the copy is remote.
    Localize(LocalizeArgs),
    /// Look at the OpenAPI schema that is built in, or get that of a cluster.
    #[command(subcommand, hide = true, arg_required_else_help = true)]
    Openapi(OpenApiCommand),
    /// Print the version.
    Version(VersionArgs),
}

/// What the arguments amount to.
#[derive(Debug)]
pub enum Request {
    /// Run a command.
    Run(Command),
    /// Print this text (help or version) and end well.
    Print(StyledStr),
}

/// Understands the arguments of the process, its name first.
///
/// Fails, with [`Code::Usage`], for unknown flags and commands and for values that a flag does not take.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request> {
    let mut definition = definition();
    let parsed = definition.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(Cli { version: true, .. }) => Ok(Request::Print(described().into())),
        Ok(Cli { command: Some(command), .. }) => Ok(Request::Run(command)),
        Ok(Cli { command: None, .. }) => Ok(Request::Print(definition.render_help())),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Ok(Request::Print(error.render()))
            }
            _ => Err(usage_error(&error)),
        },
    }
}

/// Both versions as people read them; the one of kustomize comes first, for programs that take the first.
fn described() -> String {
    format!("rustomize, like kustomize {KUSTOMIZE}; its own version is {RUSTOMIZE}\n")
}

/// The whole command line, for parsing it and for documents made from it.
pub fn definition() -> clap::Command {
    lenient(Cli::command())
}

fn lenient(command: clap::Command) -> clap::Command {
    command.args_override_self(true).mut_args(in_the_original_manner).mut_subcommands(lenient)
}

fn in_the_original_manner(argument: Arg) -> Arg {
    match argument.get_action() {
        ArgAction::SetTrue => argument
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .default_value("false")
            .hide_default_value(true)
            .value_name("BOOL")
            .value_parser(ValueParser::new(parse_switch)),
        // A list would take the flags behind it for its own.
        ArgAction::Append if argument.get_num_args().is_some_and(|count| count.max_values() > 1) => argument,
        ArgAction::Set | ArgAction::Append if !argument.is_positional() => argument.allow_hyphen_values(true),
        _ => argument,
    }
}

/// The words that Go takes for truth values.
fn parse_switch(text: &str) -> std::result::Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("true or false expected".into()),
    }
}

/// The error for a value that a flag (or variable) does not take.
fn illegal(asked_by: &str, value: &str, legal: &[&str]) -> Error {
    let value = if value.is_empty() { "\"\"" } else { value };
    Error::new(Code::Usage, format!("illegal value {value} of {asked_by}")).help(format!("use {}", legal.join(" or ")))
}

fn usage_error(error: &clap::Error) -> Error {
    let context = |kind| error.get(kind).map(|value| value.to_string());
    let unknown = context(ContextKind::InvalidArg).unwrap_or_default();
    let (message, near) = match error.kind() {
        ErrorKind::UnknownArgument => (format!("unknown flag: {unknown}"), context(ContextKind::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            let command = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            (format!("unknown command \"{command}\" for \"rustomize\""), context(ContextKind::SuggestedSubcommand))
        }
        _ => {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            (first.trim_start_matches("error: ").to_owned(), None)
        }
    };
    let help = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "run 'rustomize --help' for usage".into(),
    };
    Error::new(Code::Usage, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildOptions, LoadRestrictor, Reorder};

    fn build(arguments: &[&str]) -> Result<(Box<BuildArgs>, BuildOptions)> {
        let all = ["rustomize", "build"].iter().chain(arguments).map(OsString::from);
        match parse(all)? {
            Request::Run(Command::Build(build)) => build.options().map(|options| (build, options)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn flags_stand_anywhere_and_the_last_one_wins() {
        let (args, options) =
            build(&["--enable-helm", "dir", "-oout", "--reorder", "none", "--output=-x", "--enable-helm=f"]).unwrap();
        assert_eq!(args.directory().unwrap(), "dir");
        assert_eq!(args.output(), Some(std::path::Path::new("-x")));
        assert_eq!((options.helm.enabled, options.reorder), (false, Some(Reorder::None)));
    }

    #[test]
    fn lists_gather_their_values_whole() {
        let (_, options) = build(&["-e", "A=1,2", "--env=B", "--mount", "--x", "--helm-api-versions", "v1"]).unwrap();
        assert_eq!(options.functions.env, ["A=1,2", "B"]);
        assert_eq!(options.functions.mounts, ["--x"]);
        assert_eq!(options.helm.api_versions, ["v1"]);
    }

    #[test]
    fn two_dashes_end_the_flags() {
        let (args, _) = build(&["--", "--enable-helm"]).unwrap();
        assert_eq!(args.directory().unwrap(), "--enable-helm");
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let (args, options) = build(&[]).unwrap();
        assert_eq!(format!("{options:?}"), format!("{:?}", BuildOptions::default()));
        assert_eq!((args.directory().unwrap(), args.output()), (".", None));
        let (_, options) = build(&["--load-restrictor="]).unwrap();
        assert_eq!(options.load_restrictor, LoadRestrictor::RootOnly);
    }

    #[test]
    fn what_is_not_understood_is_a_usage_error() {
        let message = |arguments: &[&str]| build(arguments).unwrap_err().diagnostic().message.clone();
        assert_eq!(message(&["--nope"]), "unknown flag: --nope");
        assert_eq!(message(&["--load-restrictor", "none"]), "illegal value none of --load-restrictor");
        assert_eq!(message(&["--reorder="]), "illegal value \"\" of --reorder");
        assert!(message(&["--enable-helm=maybe"]).contains("maybe"));
        assert!(message(&["--output"]).contains("--output"));
        let two = build(&["a", "b"]).unwrap().0;
        assert_eq!(two.directory().unwrap_err().code(), Code::Usage);
        let error = parse(["rustomize", "biuld"].map(OsString::from)).unwrap_err();
        assert_eq!(error.diagnostic().help.as_deref(), Some("did you mean build?"));
    }
}
