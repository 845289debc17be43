use clap::{Args, ValueHint};

/// Print the manual page of a command, or write those of all commands to a directory.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The words of the command, `edit add resource` say; without them, the page of the program.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write the pages of all commands to this directory, which is made if it is not there.
    #[arg(short, long, value_name = "DIR", default_value = "", hide_default_value = true)]
    #[arg(value_hint = ValueHint::DirPath)]
    pub output: String,
}
