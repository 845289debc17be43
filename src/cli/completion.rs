use clap::{Arg, Args, Command, ValueEnum, ValueHint};
use clap_complete::ArgValueCompleter;
use clap_complete::engine::PathCompleter;
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::load::holds_kustomization;

/// The variable by which the scripts ask for completions; its value is the name of the shell.
pub const COMPLETION_VARIABLE: &str = "RUSTOMIZE_COMPLETE";

/// Print a script that completes commands, flags, and directories with a kustomization.
#[derive(Debug, Args)]
pub struct CompletionArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

impl Shell {
    /// The script: it asks the program itself what can come next.
    pub fn script(self) -> std::io::Result<String> {
        let shell: &dyn EnvCompleter = match self {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
        };
        let mut script = Vec::new();
        shell.write_registration(COMPLETION_VARIABLE, "rustomize", "rustomize", "rustomize", &mut script)?;
        String::from_utf8(script).map_err(std::io::Error::other)
    }
}

/// A definition that knows kustomizations among the directories that can stand where its hints say so.
pub fn with_paths(command: Command) -> Command {
    command.mut_args(with_path).mut_subcommands(with_paths)
}

/// Of directories, those come first that have a kustomization.
fn with_path(argument: Arg) -> Arg {
    match argument.get_value_hint() {
        ValueHint::DirPath => argument.add(ArgValueCompleter::new(PathCompleter::dir().filter(holds_kustomization))),
        _ => argument,
    }
}
