use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, read_document};

use super::environment::Environment;
use crate::diagnostics::Result;
use crate::load::KUSTOMIZATION_FILE_NAMES;
use crate::output::write_stdout;

/// Prints the names of the kustomization files in a directory: to Argo CD, any answer means that the plugin is right
/// for the application.
///
/// Argo CD asks in the application's directory; where it asks in the root of the checkout, as its documents say,
/// `ARGOCD_APP_SOURCE_PATH` leads there.
pub fn run(directory: Option<&str>, environment: &Environment) -> Result<()> {
    let here = Path::new(directory.unwrap_or("."));
    let below = here.join(environment.get("ARGOCD_APP_SOURCE_PATH"));
    let directory = if directory.is_none() && below.is_dir() { &below } else { here };
    let names = KUSTOMIZATION_FILE_NAMES.into_iter().filter(|name| is_kustomization(&directory.join(name)));
    write_stdout(&names.map(|name| format!("{name}\n")).collect::<String>())
}

/// Whether a file is one that `generate` can build, or should explain why not. What says that it is something else is
/// not: Flux has a Kustomization of its own, which people keep in files of this name.
fn is_kustomization(path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let source = Source::from_bytes(FileId(0), path.to_string_lossy(), bytes).map(Arc::new);
    let Some(tree) = source.ok().and_then(|source| read_document(&source, Dialect::Yaml11).ok()).flatten() else {
        return true;
    };
    let api_version = tree.get(tree.root(), "apiVersion").map_or("", |value| tree.text(value));
    api_version.is_empty() || api_version.starts_with("kustomize.config.k8s.io/")
}
