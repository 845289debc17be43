//! `rustomize create`

use clap::{Args, ValueHint};

/// Make a kustomization in the current directory.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Resources, with commas between them.
    #[arg(long, default_value = "", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    pub resources: String,
    /// The namespace.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namespace: String,
    /// Annotations, key:value, with commas between them.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub annotations: String,
    /// Labels, key:value, with commas between them.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub labels: String,
    /// The namePrefix.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub nameprefix: String,
    /// The nameSuffix.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namesuffix: String,
    /// Add the files of the directory that hold resources.
    #[arg(long)]
    pub autodetect: bool,
    /// With --autodetect: look into directories too.
    #[arg(long)]
    pub recursive: bool,
}
