use clap::{ArgAction, Args, Subcommand, ValueHint};

/// Run functions over folders of manifests.
#[derive(Debug, Subcommand)]
pub enum FnCommand {
    /// Run functions over the manifests of a folder, and write what they make of them back.
    Run(Box<FnRunArgs>),
}

#[derive(Debug, Args)]
pub struct FnRunArgs {
    /// The folder, or one file; without it, manifests come on stdin and go to stdout.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub directories: Vec<String>,
    /// With --image or --exec-path: a kind, then the data of the configuration of the function.
    #[arg(last = true, value_name = "KEY=VALUE")]
    pub function_arguments: Vec<String>,
    /// Print what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// Let functions see all manifests, not only those in and below their own folder.
    #[arg(long)]
    pub global_scope: bool,
    /// Run the functions of these folders instead of those among the manifests.
    #[arg(long, value_name = "DIR", value_delimiter = ',', value_hint = ValueHint::AnyPath)]
    pub fn_path: Vec<String>,
    /// Run this image instead of the functions among the manifests.
    #[arg(long, value_name = "IMAGE", default_value = "", hide_default_value = true)]
    pub image: String,
    /// Allow functions that are programs on this machine: never for manifests that you do not trust.
    #[arg(long)]
    pub enable_exec: bool,
    /// Run this program instead of the functions among the manifests; needs --enable-exec.
    #[arg(long, value_name = "PROGRAM", default_value = "", hide_default_value = true)]
    #[arg(value_hint = ValueHint::ExecutablePath)]
    pub exec_path: String,
    /// Write the results of each function to a file in this directory.
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub results_dir: String,
    /// Give the network to functions that ask for it.
    #[arg(long)]
    pub network: bool,
    /// Mount this into containers, as docker writes it: type=bind,src=PATH,dst=PATH,rw=true.
    #[arg(long, value_name = "MOUNT")]
    pub mount: Vec<String>,
    /// Say on stderr which function runs.
    #[arg(long)]
    pub log_steps: bool,
    /// A variable for functions: NAME=VALUE, or for containers NAME alone.
    #[arg(short, long, value_name = "VARIABLE")]
    pub env: Vec<String>,
    /// Run containers as the present user.
    #[arg(long)]
    pub as_current_user: bool,
    /// Take folders below that are packages of their own (have a Krmfile), too.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value = "true")]
    pub include_subpackages: bool,
}
