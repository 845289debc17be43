use clap::{Args, ValueHint};

use super::compat::CompatArgs;
use crate::diagnostics::Result;
use crate::localize::Request;

/// Copy a kustomization with all that it names, so that nothing in the copy is remote.
///
/// Files and repositories that URLs name are kept under localized-files in the copy, and entries name the copies.
#[derive(Debug, Args)]
pub struct LocalizeArgs {
    /// The directory of the kustomization, or a repository's URL with ?ref=; without it the current directory.
    #[arg(value_hint = ValueHint::DirPath)]
    target: Option<String>,
    /// The directory to make; without it one in the current directory, called after the target.
    #[arg(value_hint = ValueHint::DirPath)]
    destination: Option<String>,

    /// The directory that local references may not leave, and that the copy mirrors; without it the target.
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true, value_hint = ValueHint::DirPath)]
    scope: String,
    /// Do not build target and copy to see that both come to the same.
    #[arg(long)]
    pub no_verify: bool,
    #[command(flatten)]
    compat: CompatArgs,
}

impl LocalizeArgs {
    /// What to copy, and where to. Fails for a kustomize that is not known.
    pub fn request(&self) -> Result<Request<'_>> {
        Ok(Request {
            target: self.target.as_deref().unwrap_or("."),
            destination: self.destination.as_deref().unwrap_or(""),
            scope: &self.scope,
            compat: self.compat.compat()?,
        })
    }
}
