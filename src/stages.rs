//! The stages of a build, one by one, so that they can be measured: for `benches/stages.rs` alone.

use std::cell::RefCell;
use std::sync::Arc;

use rustomize_yaml::Source;

use crate::compat::Compat;
use crate::context::{Context, Transformer};
use crate::diagnostics::Result;
use crate::load::{Files, Loader};
use crate::options::LoadRestrictor;
use crate::patch::apply_strategic_merge;
use crate::refs::{TransformerConfig, fix_names};
use crate::resource::{ResourceSet, read_resources};
use crate::schema::Schema;
use crate::transform::PrefixTransformer;

/// A directory to build in.
pub struct Stages {
    files: Arc<Files>,
    loader: Loader,
    config: Arc<TransformerConfig>,
    schema: Schema,
}

/// Resources in some state of a build.
#[derive(Clone)]
pub struct Resources(ResourceSet);

impl Stages {
    /// Stands at a directory; nothing of it has been read.
    pub fn open(directory: &str) -> Result<Stages> {
        let files = Arc::new(Files::new());
        let loader = Loader::open(&files, directory, LoadRestrictor::RootOnly)?;
        Ok(Stages { files, loader, config: TransformerConfig::built_in(Compat::default()), schema: Schema::default() })
    }

    /// Reads the files of these names, as a build finds and reads what a kustomization names.
    pub fn read(&self, names: &[String]) -> Result<Vec<Arc<Source>>> {
        names.iter().map(|name| self.loader.text(&name.clone().into())).collect()
    }

    /// The resources of texts, with their ids.
    pub fn parse(&self, sources: &[Arc<Source>]) -> Result<Resources> {
        let mut set = ResourceSet::default();
        for source in sources {
            for resource in read_resources(source)? {
                set.append(resource, &self.files.sources)?;
            }
        }
        Ok(Resources(set))
    }

    /// Puts a prefix on all names, so that there are references to follow.
    pub fn rename(&self, resources: &mut Resources) -> Result<()> {
        let prefix = PrefixTransformer::new("new-".to_owned(), self.config.name_prefix.clone());
        self.with_context(|context| prefix.transform(&mut resources.0, context))
    }

    /// Fixes the references to names.
    pub fn references(&self, resources: &mut Resources) -> Result<()> {
        self.with_context(|context| fix_names(&mut resources.0, &self.config, context))
    }

    /// Merges each patch into the resource at the same place.
    pub fn merge(&self, resources: &mut Resources, patches: &Resources) -> Result<()> {
        self.with_context(|context| {
            let targets = resources.0.bodies_mut();
            targets.zip(patches.0.iter()).try_for_each(|(target, patch)| apply_strategic_merge(target, patch, context))
        })
    }

    fn with_context<T>(&self, with: impl FnOnce(&Context) -> T) -> T {
        let warnings = RefCell::default();
        with(&Context {
            sources: &self.files.sources,
            schema: &self.schema,
            warnings: &warnings,
            loader: &self.loader,
            journal: None,
            collector: None,
        })
    }
}

impl Resources {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// All of them as text.
    ///
    /// Fails for the first that cannot be printed.
    pub fn emit(&self, text: &mut String) -> rustomize_yaml::Result<()> {
        self.0.iter().try_for_each(|resource| rustomize_yaml::emit(resource.tree(), resource.tree().root(), text))
    }

    /// Calls `visit` with the text of every plain scalar.
    pub fn plain_scalars(&self, mut visit: impl FnMut(&str)) {
        for tree in self.0.iter().map(|resource| resource.tree()) {
            let mut open = vec![tree.root()];
            while let Some(node) = open.pop() {
                if tree.is_scalar(node) && tree.style(node) == rustomize_yaml::Style::Plain {
                    visit(tree.text(node));
                }
                open.extend(tree.items(node));
            }
        }
    }
}
