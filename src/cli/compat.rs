use clap::Args;

use super::illegal;
use crate::Compat;
use crate::diagnostics::Result;

/// Which kustomize builds are like; shared by the commands that build.
#[derive(Debug, Default, Args)]
pub struct CompatArgs {
    /// Build as this kustomize does: 5.8.1, or newest (the default, which RUSTOMIZE_COMPAT changes).
    #[arg(long, value_name = "VERSION")]
    compat: Option<String>,
}

impl CompatArgs {
    /// The kustomize that was asked for: by the flag, else by the environment, else the newest.
    ///
    /// Fails for one that is not known, in either place.
    pub fn compat(&self) -> Result<Compat> {
        match &self.compat {
            Some(name) => known("--compat", name),
            None => environment_compat(),
        }
    }
}

/// The kustomize that `RUSTOMIZE_COMPAT` asks for; the newest where it is empty or not set. Fails for an unknown one.
pub fn environment_compat() -> Result<Compat> {
    match std::env::var_os(VARIABLE) {
        Some(name) if !name.is_empty() => known(VARIABLE, &name.to_string_lossy()),
        _ => Ok(Compat::default()),
    }
}

const VARIABLE: &str = "RUSTOMIZE_COMPAT";

fn known(asked_by: &str, name: &str) -> Result<Compat> {
    Compat::from_name(name).ok_or_else(|| illegal(asked_by, name, &Compat::ALL.map(Compat::name)))
}
