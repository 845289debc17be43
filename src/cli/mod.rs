//! What can be typed, in the manners of the original: flags stand anywhere, the last of several wins, switches take
//! `=true` and `=false`, and a value may begin with a dash. See [`manners`].

mod argocd;
mod build;
mod cfg;
mod check;
mod color;
mod compat;
mod completion;
mod create;
mod deps;
mod diff;
mod edit;
mod examples;
mod explain;
mod function;
mod localize;
mod man;
mod manners;
mod openapi;
mod topics;
mod version;

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use argocd::{ArgocdArgs, ArgocdCommand, GenerateArgs};
pub use build::BuildArgs;
pub use cfg::{CatArgs, CfgCommand, CountArgs, GrepArgs, LocalArgs, TreeArgs};
pub use check::CheckArgs;
pub use color::Color;
pub use compat::environment_compat;
pub use completion::{COMPLETION_VARIABLE, CompletionArgs, with_paths};
pub use create::CreateArgs;
pub use deps::{DepsArgs, DepsRequest};
pub use diff::{DiffArgs, DiffRequest};
pub use edit::{
    AddCommand, AddConfigmapArgs, AddSecretArgs, EditArgs, EditCommand, GeneratorArgs, LabelArgs, PatchArgs,
    RemoveCommand, RemoveGeneratorArgs, RemovePairsArgs, SetCommand, SetGeneratorArgs,
};
pub use examples::with_examples;
pub use explain::{ExplainArgs, ExplainFormat};
pub use function::{FnCommand, FnRunArgs};
pub use localize::LocalizeArgs;
pub use man::ManArgs;
pub use openapi::{OpenApiCommand, SchemaFormat};
pub use version::{VersionArgs, VersionFormat};

use crate::diagnostics::{Code, Error, Result};
use crate::version::{KUSTOMIZE, RUSTOMIZE};

/// Renders Kubernetes bases and overlays exactly as kustomize does.
#[derive(Debug, Parser)]
#[command(name = "rustomize", disable_help_subcommand = false, disable_version_flag = true)]
pub struct Cli<C: Subcommand = Command> {
    /// Accepted and of no effect: errors say where they come from anyway.
    #[arg(long, global = true, hide = true)]
    pub stack_trace: bool,
    /// When output is coloured; NO_COLOR and CLICOLOR_FORCE in the environment have a say in auto.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Print the versions: of the kustomize that this is like, and of rustomize.
    #[arg(short = 'V', long, action = ArgAction::SetTrue)]
    pub version: bool,
    /// What to do; without one, the help is shown.
    #[command(subcommand)]
    pub command: Option<C>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work as a config management plugin of Argo CD.
    Argocd(ArgocdArgs),
    /// Build a kustomization and print the resources.
    Build(Box<BuildArgs>),
    /// Look at folders of manifests.
    #[command(subcommand, arg_required_else_help = true)]
    Cfg(CfgCommand),
    /// Find what is wrong, before the cluster says so.
    Check(Box<CheckArgs>),
    /// Print a script that completes commands, flags, and directories with a kustomization.
    Completion(CompletionArgs),
    /// Make a kustomization in the current directory.
    #[command(alias = "init")]
    Create(CreateArgs),
    /// List what builds read, or the builds that a change touches.
    Deps(DepsArgs),
    /// Show what would change in the cluster.
    Diff(Box<DiffArgs>),
    /// Change the kustomization in the current directory.
    Edit(Box<EditArgs>),
    /// Say who set a field: every file and step that wrote it.
    Explain(Box<ExplainArgs>),
    /// Run functions over folders of manifests.
    #[command(name = "fn", subcommand, arg_required_else_help = true)]
    Function(FnCommand),
    /// Copy a kustomization with all that it names, so that nothing in the copy is remote.
    Localize(LocalizeArgs),
    /// Print the manual page of a command, or write those of all commands to a directory.
    Man(ManArgs),
    /// Look at the OpenAPI schema that is built in, or get that of a cluster.
    #[command(subcommand, hide = true, arg_required_else_help = true)]
    Openapi(OpenApiCommand),
    /// Print the JSON Schema of kustomization.yaml, for editors.
    Schema,
    /// Print the version.
    Version(VersionArgs),
}

/// The command that is run most, alone: to define all the others takes longer than a small build.
#[derive(Debug, Subcommand)]
enum BuildAlone {
    /// Build a kustomization and print the resources.
    Build(Box<BuildArgs>),
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
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let words: Option<Vec<&str>> = arguments.iter().skip(1).map(|argument| argument.to_str()).collect();
    if let Some(page) = words.and_then(|words| topics::topic(&words)) {
        return Ok(Request::Print(page.into()));
    }
    if let Some(build) = parse_plain_build(&arguments).or_else(|| parse_build(&arguments)) {
        return Ok(Request::Run(Command::Build(build)));
    }
    let mut definition = definition();
    let arguments = manners::commands_first(arguments, &definition);
    Color::asked_for(&arguments).apply();
    let parsed = definition.try_get_matches_from_mut(&arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(Cli { version: true, .. }) => Ok(Request::Print(described().into())),
        Ok(Cli { command: Some(command), .. }) => Ok(Request::Run(command)),
        Ok(Cli { command: None, .. }) => Ok(Request::Print(with_examples(definition).render_help())),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                // The help that was asked for, now with what only help needs.
                let helped = with_examples(self::definition()).try_get_matches_from_mut(&arguments);
                Ok(Request::Print(helped.err().unwrap_or(error).render()))
            }
            _ => Err(usage_error(&error)),
        },
    }
}

/// What `rustomize build` and `rustomize build DIR` amount to, which is most of what is typed; `None` for all else. To
/// define the flags of `build` takes as long as a small build, and none of them is there.
fn parse_plain_build(arguments: &[OsString]) -> Option<Box<BuildArgs>> {
    let directory = match arguments {
        [_, command] if command == "build" => None,
        [_, command, directory] if command == "build" => {
            Some(directory.to_str().filter(|directory| !directory.starts_with('-'))?)
        }
        _ => return None,
    };
    Color::Auto.apply();
    Some(Box::new(BuildArgs::of_directory(directory)))
}

/// What `rustomize build …` amounts to; `None` for other commands, and for what is not as it should be, which is for
/// those to tell who know all commands.
fn parse_build(arguments: &[OsString]) -> Option<Box<BuildArgs>> {
    if arguments.get(1)? != "build" {
        return None;
    }
    let mut definition = manners::lenient(Cli::<BuildAlone>::command());
    let matches = definition.try_get_matches_from_mut(arguments).ok()?;
    let Ok(Cli { version: false, color, command: Some(BuildAlone::Build(build)), .. }) =
        Cli::from_arg_matches(&matches)
    else {
        return None;
    };
    color.apply();
    // Nobody needs it again, and to take it apart would take as long as to make it.
    std::mem::forget(definition);
    Some(build)
}

/// Both versions as people read them; the one of kustomize comes first, for programs that take the first.
fn described() -> String {
    format!("rustomize, like kustomize {KUSTOMIZE}; its own version is {RUSTOMIZE}\n")
}

/// The whole command line, for parsing it and for documents made from it.
pub fn definition() -> clap::Command {
    manners::lenient(<Cli>::command())
}

/// The error for a value that a flag (or variable) does not take.
pub fn illegal(asked_by: &str, value: &str, legal: &[&str]) -> Error {
    let value = if value.is_empty() { "\"\"" } else { value };
    Error::new(Code::Usage, format!("illegal value {value} of {asked_by}")).help(format!("use {}", legal.join(" or ")))
}

/// What is wrong with the arguments, in the words of the original where it has some, and where to read on.
fn usage_error(error: &clap::Error) -> Error {
    let context = |kind| error.get(kind).map(|value| value.to_string());
    let argument = || context(ContextKind::InvalidArg).unwrap_or_default();
    let command = command_of(error);
    let (message, near) = match error.kind() {
        ErrorKind::UnknownArgument if argument().starts_with('-') => {
            (format!("unknown flag: {}", argument()), context(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => (format!("unexpected argument \"{}\" for \"{command}\"", argument()), None),
        ErrorKind::MissingRequiredArgument => (format!("{} is missing", argument()), None),
        ErrorKind::InvalidSubcommand => {
            let unknown = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            (format!("unknown command \"{unknown}\" for \"{command}\""), context(ContextKind::SuggestedSubcommand))
        }
        _ => {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            (first.trim_start_matches("error: ").to_owned(), None)
        }
    };
    let help = match near {
        Some(near) => format!("did you mean {near}?"),
        None => format!("run '{command} --help' for usage"),
    };
    Error::new(Code::Usage, message).help(help)
}

/// The command that the arguments are of, such as `rustomize edit add`: the words that its usage begins with.
fn command_of(error: &clap::Error) -> String {
    let usage = error.get(ContextKind::Usage).map(|usage| usage.to_string()).unwrap_or_default();
    let words = usage.trim_start_matches("Usage:").split_whitespace().skip(1);
    let named = words.take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
    named.fold("rustomize".to_owned(), |command, word| command + " " + word)
}

#[cfg(test)]
mod tests;
