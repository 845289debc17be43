//! Which kustomize this is like, and which rustomize it is.

/// The kustomize whose output this is: what scripts, Argo CD and the managed-by label are told.
pub const KUSTOMIZE: &str = "v5.8.1";

/// The version of rustomize itself.
pub const RUSTOMIZE: &str = env!("CARGO_PKG_VERSION");

/// Both in one semantic version: the one of kustomize, with rustomize's behind its `+`, where comparisons do not look.
///
/// There are dashes for the dots, so that a script that picks numbers with dots out of the text finds one version.
pub fn both() -> String {
    format!("{KUSTOMIZE}+rustomize-{}", RUSTOMIZE.replace('.', "-"))
}
