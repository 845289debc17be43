use std::path::{Path, PathBuf};

use crate::diagnostics::{Error, Result, Span};
use crate::session::Session;

use super::scan::Scan;

/// The kustomizations that some builds are made of, and what each of them names.
#[derive(Debug, Default)]
pub struct Dependencies {
    /// Each directory once, in the order in which they were come upon.
    pub kustomizations: Vec<Kustomization>,
    /// Those that were asked about.
    pub roots: Vec<usize>,
}

/// A directory that a build takes for a kustomization.
#[derive(Debug)]
pub struct Kustomization {
    /// The real path of the directory.
    pub directory: PathBuf,
    /// The directory as people would type it.
    pub shown: String,
    /// The kustomization file; `None` where there is not exactly one.
    pub file: Option<PathBuf>,
    /// Whether it is a component, which is no build of its own.
    pub is_component: bool,
    /// What it names, in the order of its fields.
    pub uses: Vec<Use>,
    /// Every path whose change can change the build.
    pub(super) watched: Vec<Watched>,
    /// Why it could not be read.
    pub failure: Option<Error>,
}

/// Something that a kustomization names.
#[derive(Debug, Clone)]
pub struct Use {
    /// The field that names it.
    pub field: &'static str,
    /// What it is.
    pub thing: Thing,
    /// The entry that names it.
    pub by: Option<Span>,
}

/// What a kustomization can name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A file, by its real path.
    File(PathBuf),
    /// A directory with a kustomization: its number among [`Dependencies::kustomizations`].
    Kustomization(usize),
    /// A file or directory that is not there.
    Missing(PathBuf),
    /// What is fetched: a file over HTTP, a directory of a repository, a chart. Nobody has looked into it.
    Remote(String),
    /// A program, or the kind of an exec plugin.
    Program(String),
    /// The image of a function that runs in a container.
    Image(String),
}

/// A path whose change can change a build.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Watched {
    pub path: PathBuf,
    /// Whether what lies below it counts too.
    pub below: bool,
}

impl Dependencies {
    /// What the builds of these directories stand on.
    ///
    /// Fails for what is not a local directory, and where a kustomization on the way cannot be read.
    pub fn of(session: &Session, directories: &[String]) -> Result<Dependencies> {
        let mut scan = Scan::new(session);
        for directory in directories {
            let root = scan.open(directory)?;
            scan.add_root(root);
        }
        let mut found = scan.finish();
        let failed = found.kustomizations.iter_mut().find_map(|one| one.failure.take());
        failed.map_or(Ok(found), Err)
    }

    /// What the builds of these directories, by their real paths, stand on, as far as kustomizations can be read.
    pub fn in_spite_of_failures(session: &Session, directories: &[PathBuf]) -> Dependencies {
        let mut scan = Scan::new(session);
        for directory in directories {
            let root = scan.open_real(directory);
            scan.add_root(root);
        }
        scan.finish()
    }

    /// What all kustomizations in and below a directory stand on. Those that cannot be read have the reason with them.
    ///
    /// Fails for what is not a local directory.
    pub fn below(session: &Session, root: &str) -> Result<Dependencies> {
        let mut scan = Scan::new(session);
        scan.open_below(root)?;
        Ok(scan.finish())
    }

    /// For each kustomization, those that name it.
    pub(super) fn namers(&self) -> Vec<Vec<usize>> {
        let mut namers = vec![Vec::new(); self.kustomizations.len()];
        for (number, one) in self.kustomizations.iter().enumerate() {
            for below in one.directories() {
                namers[below].push(number);
            }
        }
        namers
    }
}

impl Kustomization {
    /// Every path whose change can change the build, and whether what lies below it counts too.
    pub(crate) fn watched_paths(&self) -> impl Iterator<Item = (&Path, bool)> {
        self.watched.iter().map(|watched| (watched.path.as_path(), watched.below))
    }

    /// The kustomizations that it names.
    pub fn directories(&self) -> impl Iterator<Item = usize> {
        self.uses.iter().filter_map(|one| match one.thing {
            Thing::Kustomization(number) => Some(number),
            _ => None,
        })
    }
}
