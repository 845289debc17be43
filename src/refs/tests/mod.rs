//! Tests of references on resources as text. What is expected was seen with kustomize.

mod name_reference;
mod vars;

use std::cell::RefCell;
use std::sync::Arc;

use rustomize_yaml::{Spanned, emit, read_resources};

use crate::LoadRestrictor;
use crate::context::Context;
use crate::diagnostics::{Diagnostic, Result};
use crate::load::{Files, Loader};
use crate::resource::{Resource, ResourceSet};
use crate::schema::Schema;

/// A set of resources and what a step may know, until it is printed.
struct Bench {
    files: Arc<Files>,
    resources: ResourceSet,
    warnings: RefCell<Vec<Diagnostic>>,
}

impl Bench {
    fn new(text: &str) -> Bench {
        let files = Arc::new(Files::new());
        let source = files.sources.add_text("resources.yaml", text);
        let resources = read_resources(&source).unwrap().into_iter().map(Resource::new).collect();
        Bench { files, resources, warnings: RefCell::default() }
    }

    /// Does a step, with what it may know.
    fn step<T>(&mut self, step: impl FnOnce(&mut ResourceSet, &Context) -> Result<T>) -> Result<T> {
        let loader = Loader::open(&self.files, ".", LoadRestrictor::RootOnly)?;
        let context = Context {
            sources: &self.files.sources,
            schema: &Schema::default(),
            warnings: &self.warnings,
            loader: &loader,
            journal: None,
            collector: None,
        };
        step(&mut self.resources, &context)
    }

    /// Puts a prefix on the resources at these positions, as `namePrefix` does.
    fn prefix(&mut self, prefix: &str, positions: impl IntoIterator<Item = usize>) {
        for position in positions {
            let name = format!("{prefix}{}", self.resources.get(position).name());
            self.rename(position, &name);
            self.resources.get_mut(position).book.prefixes.push(prefix.into());
        }
    }

    /// Gives a resource another name, as a hash or a patch does.
    fn rename(&mut self, position: usize, name: &str) {
        let resource = self.resources.get_mut(position);
        resource.store_previous_id();
        resource.set_name(name);
    }

    fn printed(&self) -> String {
        let documents = self.resources.iter().map(|resource| {
            let mut text = String::new();
            emit(resource.tree(), resource.tree().root(), &mut text).unwrap();
            text
        });
        documents.collect::<Vec<_>>().join("---\n")
    }
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::from(value)
}
