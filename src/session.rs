//! One build or many: what they read is read once.

use std::cell::{OnceCell, RefCell};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard};

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, Source, Spanned};

use crate::accumulate::{SharedBases, Walk};
use crate::commands::edit::overrides::Overrides;
use crate::context::Observers;
use crate::diagnostics::{Diagnostic, Result, Sources};
use crate::helm::HelmPrograms;
use crate::kustomization::{self, Kustomization};
use crate::load::{Files, Loader};
use crate::options::{BuildOptions, LoadRestrictor};
use crate::output::{self, Notes, Output, Printed, Steps};
use crate::parallel;
use crate::resource::{self, Resource, ResourceSet};
use crate::schema::Schema;

/// Builds kustomizations; texts and parsed files are shared by all builds of one session.
///
/// ```
/// use rustomize::{BuildOptions, Session};
///
/// let directory = tempfile::tempdir()?;
/// std::fs::write(directory.path().join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
/// std::fs::write(directory.path().join("kustomization.yaml"), "namePrefix: dev-\nresources: [cm.yaml]\n")?;
///
/// let output = Session::default().build(&BuildOptions::default(), &directory.path().to_string_lossy())?;
/// assert_eq!(output.yaml(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-a\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Session {
    /// Every file that was read.
    pub(crate) files: Arc<Files>,
    /// The resources of every file that was read as resources a second time: most files are read only once, and what is
    /// kept would have to be copied before it is changed.
    resources: Mutex<FxHashMap<FileId, Option<Arc<[Resource]>>>>,
    /// Every kustomization that was read, with what there is to warn of it.
    kustomizations: Mutex<FxHashMap<FileId, Known>>,
    /// Directories that several kustomizations build on.
    pub(crate) bases: SharedBases,
    /// What the steps of all builds are called, by the numbers that nodes carry.
    pub(crate) steps: Arc<Steps>,
    /// The Helm programs that were run.
    pub(crate) helm: HelmPrograms,
}

/// A kustomization as read, and what there is to warn of it.
#[derive(Debug)]
struct Known {
    kustomization: Arc<Kustomization>,
    warnings: Vec<Diagnostic>,
}

impl Session {
    /// Builds the kustomization in `directory`, as `kustomize build` does.
    ///
    /// Fails with the one cause, placed in the file that has it.
    pub fn build(&self, options: &BuildOptions, directory: &str) -> Result<Output> {
        self.build_as(options, directory, Observers::default(), output::render, Output::with_warnings)
    }

    /// Builds as [`Session::build`] does; with what is known of types in the end.
    pub(crate) fn build_with_schema(&self, options: &BuildOptions, directory: &str) -> Result<(Output, Schema)> {
        let schema = OnceCell::new();
        let observers = Observers { schema: Some(&schema), ..Observers::default() };
        let output = self.build_as(options, directory, observers, output::render, Output::with_warnings)?;
        Ok((output, schema.into_inner().unwrap_or_default()))
    }

    /// Builds as [`Session::build`] does, for whoever wants nothing but the text: what it takes less memory for.
    pub(crate) fn print(&self, options: &BuildOptions, directory: &str) -> Result<Printed> {
        self.build_as(options, directory, Observers::default(), output::print, Printed::with_warnings)
    }

    fn build_as<T>(
        &self,
        options: &BuildOptions,
        directory: &str,
        observers: Observers,
        finish: impl FnOnce(ResourceSet, &Notes, &Sources) -> Result<T>,
        with_warnings: impl FnOnce(T, Vec<Diagnostic>) -> T,
    ) -> Result<T> {
        let warnings = RefCell::new(Vec::<Diagnostic>::new());
        let walked = Walk::build(self, options, &warnings, observers, directory);
        let warnings = warnings.into_inner();
        match walked.and_then(|(resources, notes)| finish(resources, &notes, &self.files.sources)) {
            Ok(output) => Ok(with_warnings(output, warnings)),
            Err(error) => Err(error.after(warnings)),
        }
    }

    /// Has the kustomization in `directory` say more than its file does, in all builds of this session from now on.
    ///
    /// Nothing is written. Each session has overrides of its own, so that one directory can be built with different
    /// ones at a time; of one directory in one session they add up. Fails where the edits that the overrides stand for would fail: see [`Overrides`].
    pub fn override_kustomization(
        &self,
        restrictor: LoadRestrictor,
        directory: &str,
        overrides: &Overrides,
    ) -> Result<()> {
        self.bases.forget();
        overrides.apply(&Loader::open(&self.files, directory, restrictor)?)
    }

    /// Builds the kustomizations in `directories`, as many at a time as there are cores. The results come in the order
    /// of the directories, each as [`Session::build`] gives it; all of them are held at the end, for which
    /// [`Session::build_each`] needs no memory.
    pub fn build_all(&self, options: &BuildOptions, directories: &[&str]) -> Vec<Result<Output>> {
        let mut directories = directories.to_vec();
        let work = directories.len() * parallel::MUCH;
        parallel::map_mut(&mut directories, work, |directory| self.build(options, directory))
    }

    /// Builds the kustomizations in `directories`, as many at a time as there are cores, and hands each result to `take`
    /// with its number: in order, on this thread, and while others are still being built. Of what is built ahead of its
    /// turn only few texts are held, so that thousands of builds take little more memory than one.
    ///
    /// What `take` fails with ends it. A directory that does not build is for `take` to judge.
    ///
    /// ```
    /// use rustomize::{BuildOptions, Session};
    ///
    /// let directory = tempfile::tempdir()?;
    /// std::fs::write(directory.path().join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// let mut paths = Vec::new();
    /// for name in ["dev", "prod"] {
    ///     let path = directory.path().join(name);
    ///     std::fs::create_dir(&path)?;
    ///     std::fs::write(path.join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    ///     std::fs::write(path.join("kustomization.yaml"), format!("namePrefix: {name}-\nresources: [cm.yaml]\n"))?;
    ///     paths.push(path.to_string_lossy().into_owned());
    /// }
    ///
    /// let mut names = Vec::new();
    /// Session::default().build_each(&BuildOptions::default(), &paths, |number, printed| {
    ///     let text = printed?.texts().concat();
    ///     names.push((number, text.contains("name: dev-a"), text.contains("name: prod-a")));
    ///     Ok::<_, rustomize::diagnostics::Error>(())
    /// })?;
    /// assert_eq!(names, [(0, true, false), (1, false, true)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build_each<E>(
        &self,
        options: &BuildOptions,
        directories: &[impl AsRef<str> + Sync],
        mut take: impl FnMut(usize, Result<Printed>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        if let [directory] = directories {
            return take(0, self.print(options, directory.as_ref()));
        }
        let print = |number: usize| {
            let directory = directories[number].as_ref();
            self.build_as(options, directory, Observers::default(), output::print_in_one, Printed::with_warnings)
        };
        let taken = parallel::in_order(directories.len(), print, |number, printed| match take(number, printed) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
        match taken {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// Lets go of all that was read where the process ends next: to give the memory back piece by piece would only take
    /// time. What was fetched is removed from the disk, as always.
    pub(crate) fn end(self) {
        if !self.files.needs_drop() {
            std::mem::forget(self);
        }
    }

    /// The resources of a file; each file is parsed at most twice in a session.
    pub(crate) fn resources(&self, source: &Arc<Source>) -> Result<Vec<Resource>> {
        let known = self.known_resources().get(&source.id).cloned();
        if let Some(Some(resources)) = known {
            return Ok(resources.to_vec());
        }
        let resources = resource::read_resources(source)?;
        self.known_resources().insert(source.id, known.map(|_| resources.clone().into()));
        Ok(resources)
    }

    fn known_resources(&self) -> MutexGuard<'_, FxHashMap<FileId, Option<Arc<[Resource]>>>> {
        self.resources.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The kustomization that a file holds; each is parsed once in a session, and warned of in every build.
    pub(crate) fn kustomization(
        &self,
        source: &Arc<Source>,
        warnings: &RefCell<Vec<Diagnostic>>,
    ) -> Result<Arc<Kustomization>> {
        // Read without the lock, so that other threads can read theirs; of two that read the same, the first one counts.
        if !self.known_kustomizations().contains_key(&source.id) {
            let (kustomization, warnings) = kustomization::read(source)?;
            let read = Known { kustomization: Arc::new(kustomization), warnings };
            self.known_kustomizations().entry(source.id).or_insert(read);
        }
        let known = self.known_kustomizations();
        let file = &known[&source.id];
        warnings.borrow_mut().extend(file.warnings.iter().cloned());
        Ok(file.kustomization.clone())
    }

    fn known_kustomizations(&self) -> MutexGuard<'_, FxHashMap<FileId, Known>> {
        self.kustomizations.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The resources that an entry of a kustomization holds inline; `None` when it does not read as resources.
    pub(crate) fn inline_resources(&self, entry: &Spanned<String>) -> Option<Vec<Resource>> {
        let source = self.files.sources.add_inline(entry);
        resource::read_resources(&source).ok()
    }
}
