use clap::{ArgAction, Args, Subcommand, ValueHint};

/// Look at folders of manifests.
#[derive(Debug, Subcommand)]
pub enum CfgCommand {
    /// Print the manifests of a folder.
    Cat(CatArgs),
    /// Count the manifests of a folder.
    Count(CountArgs),
    /// Print the manifests of a folder that have a field, or a value in it.
    Grep(GrepArgs),
    /// Show the manifests of a folder as a tree.
    Tree(Box<TreeArgs>),
}

#[derive(Debug, Args)]
pub struct CatArgs {
    /// The folder, or one file; without it, manifests come on stdin.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub directories: Vec<String>,
    /// Put fields in their usual order.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value = "true")]
    pub format: bool,
    /// Add annotations with the file that each comes from.
    #[arg(long)]
    pub annotate: bool,
    /// Print one list of this kind.
    #[arg(long, value_name = "KIND", default_value = "", hide_default_value = true)]
    pub wrap_kind: String,
    /// The apiVersion of the list.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub wrap_version: String,
    /// A file whose one manifest becomes the functionConfig of the list.
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    pub function_config: String,
    /// Styles to print in: FlowStyle (others change nothing here).
    #[arg(long, value_name = "STYLE", value_delimiter = ',')]
    pub style: Vec<String>,
    /// Leave comments out.
    #[arg(long)]
    pub strip_comments: bool,
    /// What is local.
    #[command(flatten)]
    pub local: LocalArgs,
    /// Write to this file instead of stdout.
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    pub dest: String,
    /// Which packages.
    #[command(flatten)]
    pub packages: PackageArgs,
}

#[derive(Debug, Args)]
pub struct LocalArgs {
    /// Take manifests that have the annotation config.kubernetes.io/local-config, too.
    #[arg(long)]
    pub include_local: bool,
    /// Take no others.
    #[arg(long)]
    pub exclude_non_local: bool,
}

#[derive(Debug, Args)]
pub struct PackageArgs {
    /// Take folders below that are packages of their own (have a Krmfile), too.
    #[arg(short = 'R', long = "recurse-subpackages", action = ArgAction::Set, num_args = 0..=1, default_value = "true")]
    pub recurse: bool,
}

#[derive(Debug, Args)]
pub struct CountArgs {
    /// The folder, or one file; without it, manifests come on stdin.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub directories: Vec<String>,
    /// Count each kind.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value = "true")]
    pub kind: bool,
    /// Which packages.
    #[command(flatten)]
    pub packages: PackageArgs,
}

#[derive(Debug, Args)]
pub struct GrepArgs {
    /// The path of a field, and a pattern or a limit of its value: metadata.name=web.*, spec.replicas>=3,
    /// spec.template.spec.containers[name=web].image.
    #[arg(value_name = "QUERY")]
    pub query: Option<String>,
    /// The folder, or one file; without it, manifests come on stdin.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub directories: Vec<String>,
    /// Add annotations with the file that each comes from.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value = "true")]
    pub annotate: bool,
    /// Print those that do not fit.
    #[arg(long)]
    pub invert_match: bool,
    /// Which packages.
    #[command(flatten)]
    pub packages: PackageArgs,
}

#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The folder, or one file; `-` for stdin; the current directory if there is none.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub directories: Vec<String>,
    /// Show the names of containers.
    #[arg(long, num_args = 0..=1)]
    pub name: Option<bool>,
    /// Show the resources of containers.
    #[arg(long, num_args = 0..=1)]
    pub resources: Option<bool>,
    /// Show ports.
    #[arg(long, num_args = 0..=1)]
    pub ports: Option<bool>,
    /// Show images.
    #[arg(long, num_args = 0..=1)]
    pub image: Option<bool>,
    /// Show numbers of replicas.
    #[arg(long, num_args = 0..=1)]
    pub replicas: Option<bool>,
    /// Show the arguments of containers.
    #[arg(long, num_args = 0..=1)]
    pub args: Option<bool>,
    /// Show the commands of containers.
    #[arg(long, num_args = 0..=1)]
    pub command: Option<bool>,
    /// Show the environment of containers.
    #[arg(long, num_args = 0..=1)]
    pub env: Option<bool>,
    /// Show all of these that are not turned off.
    #[arg(long)]
    pub all: bool,
    /// Show a field; can be repeated.
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub field: Vec<String>,
    /// What is local.
    #[command(flatten)]
    pub local: LocalArgs,
    /// What branches are: directory or owners; without it, owners where any are named.
    #[arg(long, value_name = "STRUCTURE", default_value = "", hide_default_value = true)]
    pub graph_structure: String,
}
