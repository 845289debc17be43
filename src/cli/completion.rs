use std::path::Path;

use clap::{Arg, Args, Command, ValueEnum};
use clap_complete::ArgValueCompleter;
use clap_complete::engine::PathCompleter;
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::load::KUSTOMIZATION_FILE_NAMES;

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

/// A definition that knows what files and directories can stand where.
pub fn with_paths(command: Command) -> Command {
    command.mut_args(with_path).mut_subcommands(with_paths)
}

/// Arguments that name kustomizations, and those that name other files, by their ids.
const DIRECTORIES: [&str; 5] = ["directory", "directories", "target", "scope", "components"];
const FILES: [&str; 8] = ["files", "resources", "entries", "path", "from_file", "from_env_file", "changed", "fn_path"];

fn with_path(argument: Arg) -> Arg {
    let is = |ids: &[&str]| ids.contains(&argument.get_id().as_str());
    if is(&DIRECTORIES) {
        argument.add(ArgValueCompleter::new(PathCompleter::dir().filter(holds_kustomization)))
    } else if is(&FILES) {
        argument.add(ArgValueCompleter::new(PathCompleter::any()))
    } else {
        argument
    }
}

fn holds_kustomization(path: &Path) -> bool {
    KUSTOMIZATION_FILE_NAMES.iter().any(|name| path.join(name).is_file())
}
