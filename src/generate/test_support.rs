//! What the tests of generators share.

use std::cell::RefCell;
use std::sync::Arc;

use rustomize_yaml::emit;

use crate::LoadRestrictor;
use crate::context::{Context, Generator};
use crate::diagnostics::Result;
use crate::load::{Files, Loader};
use crate::resource::Resource;
use crate::schema::Schema;

/// Calls `with` with a context whose directory holds `files`.
pub fn with_files<T>(files: &[(&str, &[u8])], with: impl FnOnce(&Context) -> T) -> T {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let read = Arc::new(Files::new());
    let loader = Loader::open(&read, directory.path().to_str().unwrap(), LoadRestrictor::RootOnly).unwrap();
    let warnings = RefCell::default();
    let schema = Schema::default();
    with(&Context {
        sources: &read.sources,
        schema: &schema,
        warnings: &warnings,
        loader: &loader,
        journal: None,
        collector: None,
    })
}

/// What the generator makes in a directory that holds `files`.
pub fn generate(files: &[(&str, &[u8])], generator: &dyn Generator) -> Result<Vec<Resource>> {
    with_files(files, |context| generator.generate(context))
}

/// The resource as it would be printed now.
pub fn yaml(resource: &Resource) -> String {
    let mut text = String::new();
    emit(resource.tree(), resource.tree().root(), &mut text).unwrap();
    text
}

/// The resources of a text.
pub fn resources(text: &str, context: &Context) -> Vec<Resource> {
    let source = context.sources.add_text("test.yaml", text);
    rustomize_yaml::read_resources(&source).unwrap().into_iter().map(Resource::new).collect()
}
