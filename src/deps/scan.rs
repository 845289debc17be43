//! Reading kustomizations, each once, for what they name.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use rustomize_yaml::Spanned;

use super::graph::{Dependencies, Kustomization, Thing, Use, Watched};
use super::links::{End, Way, Ways};
use crate::LoadRestrictor;
use crate::diagnostics::{Code, Error, Result};
use crate::generate::split_file;
use crate::kustomization::{HelmChart, HelmGlobals};
use crate::load::{
    KUSTOMIZATION_FILE_NAMES, Loader, Repository, is_kustomization_file, is_remote_file, without_credentials,
};
use crate::session::Session;

/// A graph in the making.
pub(super) struct Scan<'s> {
    pub session: &'s Session,
    ways: Ways,
    /// The numbers of directories that have been opened.
    known: FxHashMap<PathBuf, usize>,
    found: Dependencies,
}

/// A kustomization whose fields are being read.
pub(super) struct Reading {
    pub loader: Loader,
    pub uses: Vec<Use>,
    pub watched: Vec<Watched>,
}

impl<'s> Scan<'s> {
    pub fn new(session: &'s Session) -> Self {
        Scan { session, ways: Ways::default(), known: FxHashMap::default(), found: Dependencies::default() }
    }

    pub fn finish(self) -> Dependencies {
        self.found
    }

    pub fn add_root(&mut self, number: usize) {
        if !self.found.roots.contains(&number) {
            self.found.roots.push(number);
        }
    }

    /// Reads the kustomization of a directory that was typed.
    pub fn open(&mut self, directory: &str) -> Result<usize> {
        let loader = self.local(directory)?;
        Ok(self.read(loader.root().to_owned(), Spanned::from(directory.to_owned())))
    }

    /// Reads the kustomization of a directory by its real path.
    pub fn open_real(&mut self, directory: &Path) -> usize {
        self.read(directory.to_owned(), Spanned::default())
    }

    /// Reads all kustomizations in and below a directory that was typed. Links are not followed.
    pub fn open_below(&mut self, root: &str) -> Result<()> {
        let root = self.local(root)?.root().to_owned();
        let mut pending = vec![root];
        while let Some(directory) = pending.pop() {
            let mut below = Vec::new();
            let mut is_kustomization = false;
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                let name = entry.file_name();
                is_kustomization |= is_kustomization_file(Path::new(&name));
                if name != ".git" && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    below.push(entry.path());
                }
            }
            below.sort_by(|a, b| b.cmp(a));
            pending.append(&mut below);
            if is_kustomization {
                let number = self.read(directory, Spanned::default());
                self.found.roots.push(number);
            }
        }
        Ok(())
    }

    /// A loader at a local directory. Whatever flags a build has, it reads no more than this one may.
    pub fn local(&self, directory: &str) -> Result<Loader> {
        if Repository::parse(directory).is_some() {
            let message = format!("{} is not on this machine", without_credentials(directory));
            return Err(Error::new(Code::Usage, message).help("fetch it first, or build it"));
        }
        Loader::open(&self.session.files, directory, LoadRestrictor::None)
    }

    /// The number of a directory, by its real path, which is read when it is new, as this entry names it.
    fn read(&mut self, directory: PathBuf, entry: Spanned<String>) -> usize {
        if let Some(number) = self.known.get(&directory) {
            return *number;
        }
        let number = self.found.kustomizations.len();
        self.known.insert(directory.clone(), number);
        self.found.kustomizations.push(Kustomization {
            shown: directory.display().to_string(),
            directory: directory.clone(),
            file: None,
            is_component: false,
            uses: Vec::new(),
            watched: Vec::new(),
            failure: None,
        });
        let loader = Loader::at(&self.session.files, &directory, entry, LoadRestrictor::None);
        let mut reading = Reading { loader, uses: Vec::new(), watched: Vec::new() };
        for name in KUSTOMIZATION_FILE_NAMES {
            let way = self.ways.find(&directory.join(name));
            reading.watch(&way, false);
        }
        let outcome = self.read_fields(&mut reading);
        let one = &mut self.found.kustomizations[number];
        one.shown = reading.loader.shown_root();
        (one.uses, one.watched) = (reading.uses, reading.watched);
        match outcome {
            Ok(read) => (one.file, one.is_component) = read,
            Err(failure) => one.failure = Some(failure),
        }
        number
    }

    /// Reads what the fields name; the kustomization file, and whether it is a component.
    fn read_fields(&mut self, reading: &mut Reading) -> Result<(Option<PathBuf>, bool)> {
        let file = reading.loader.kustomization_file()?;
        let fields = self.session.kustomization(&file.source, &RefCell::default())?;
        let path = self.ways.find(&reading.loader.root().join(file.name)).real.clone();
        if let Some(path) = fields.openapi.get("path") {
            self.file(reading, "openapi", path);
        }
        self.files_or_directories(reading, "resources", &fields.resources);
        self.files(reading, "configurations", &fields.configurations);
        self.files(reading, "crds", &fields.crds);
        for args in &fields.config_map_generator {
            self.pairs(reading, "configMapGenerator", &args.envs, &args.files);
        }
        for args in &fields.secret_generator {
            self.pairs(reading, "secretGenerator", &args.envs, &args.files);
        }
        for chart in &fields.helm_charts {
            self.chart(reading, chart, fields.helm_globals.as_ref());
        }
        self.configurations(reading, "generators", &fields.generators);
        for entry in &fields.components {
            self.directory(reading, "components", entry);
        }
        for entry in &fields.patches_strategic_merge {
            self.patch(reading, "patchesStrategicMerge", entry);
        }
        for patch in &fields.patches {
            self.file(reading, "patches", &patch.path);
        }
        for patch in &fields.patches_json6902 {
            self.file(reading, "patchesJson6902", &patch.path);
        }
        for replacement in &fields.replacements {
            self.file(reading, "replacements", &replacement.path);
        }
        self.configurations(reading, "transformers", &fields.transformers);
        self.configurations(reading, "validators", &fields.validators);
        Ok((Some(path), fields.is_component()))
    }
}

/// What entries name.
impl Scan<'_> {
    pub fn files(&mut self, reading: &mut Reading, field: &'static str, entries: &[Spanned<String>]) {
        entries.iter().for_each(|entry| self.file(reading, field, entry));
    }

    /// A file; an empty entry names none.
    pub fn file(&mut self, reading: &mut Reading, field: &'static str, entry: &Spanned<String>) {
        if entry.is_empty() {
            return;
        }
        if is_remote_file(entry) {
            return reading.add(self.session, field, Thing::Remote(without_credentials(entry)), entry);
        }
        let way = self.ways.find(&reading.loader.path(entry));
        reading.watch(&way, way.end == End::Nothing);
        let thing = if way.end == End::File { Thing::File(way.real.clone()) } else { Thing::Missing(way.real.clone()) };
        reading.add(self.session, field, thing, entry);
    }

    /// A strategic merge patch: a file, unless the entry is the patch itself.
    pub fn patch(&mut self, reading: &mut Reading, field: &'static str, entry: &Spanned<String>) {
        if self.session.inline_resources(entry).is_none() {
            self.file(reading, field, entry);
        }
    }

    /// The sources of a ConfigMap or Secret that are files.
    pub fn pairs(
        &mut self,
        reading: &mut Reading,
        field: &'static str,
        envs: &[Spanned<String>],
        files: &[Spanned<String>],
    ) {
        self.files(reading, field, envs);
        for entry in files {
            if let Ok((_, path)) = split_file(entry) {
                self.file(reading, field, &entry.clone().map(|_| path.to_owned()));
            }
        }
    }

    pub fn files_or_directories(&mut self, reading: &mut Reading, field: &'static str, entries: &[Spanned<String>]) {
        for entry in entries {
            self.file_or_directory(reading, field, entry);
        }
    }

    /// A file where there is one, else a directory or a repository; the number of the directory.
    pub fn file_or_directory(
        &mut self,
        reading: &mut Reading,
        field: &'static str,
        entry: &Spanned<String>,
    ) -> Option<usize> {
        if is_remote_file(entry) {
            return self.directory(reading, field, entry);
        }
        let way = self.ways.find(&reading.loader.path(entry));
        if way.end == End::File {
            self.file(reading, field, entry);
            return None;
        }
        if Repository::parse(entry).is_some() {
            // A file of that name would come first.
            reading.watch(&way, true);
        }
        self.directory(reading, field, entry)
    }

    /// A directory or a repository; the number of the directory.
    pub fn directory(&mut self, reading: &mut Reading, field: &'static str, entry: &Spanned<String>) -> Option<usize> {
        if is_remote_file(entry) || Repository::parse(entry).is_some() {
            reading.add(self.session, field, Thing::Remote(without_credentials(entry)), entry);
            return None;
        }
        let way = self.ways.find(&reading.loader.path(entry));
        reading.watch(&way, way.end == End::Nothing);
        if way.end != End::Directory {
            reading.add(self.session, field, Thing::Missing(way.real.clone()), entry);
            return None;
        }
        let number = self.read(way.real.clone(), entry.clone());
        reading.add(self.session, field, Thing::Kustomization(number), entry);
        Some(number)
    }

    /// A Helm chart: everything in its directory, and the files of values.
    pub fn chart(&mut self, reading: &mut Reading, chart: &Spanned<HelmChart>, globals: Option<&HelmGlobals>) {
        const FIELD: &str = "helmCharts";
        let home = chart.home(globals);
        let way = self.ways.find(&reading.loader.path(&format!("{home}/{}", *chart.name)));
        reading.watch(&way, true);
        if way.end == End::Directory {
            for path in files_in(&way.real) {
                reading.add(self.session, FIELD, Thing::File(path), &chart.name);
            }
        } else if chart.repo.is_empty() {
            reading.add(self.session, FIELD, Thing::Missing(way.real.clone()), &chart.name);
        } else {
            let version = if chart.version.is_empty() { String::new() } else { format!("@{}", *chart.version) };
            let shown = format!("{}/{}{version}", without_credentials(&chart.repo), *chart.name);
            reading.add(self.session, FIELD, Thing::Remote(shown), &chart.name);
        }
        // A file of values can lie in the chart, which is then a remote one like the rest of it.
        let is_local = |path: &Path| way.end == End::Directory || !path.starts_with(&way.real);
        for entry in std::iter::once(&chart.values_file).chain(&chart.additional_values_files) {
            if is_local(&reading.loader.path(entry)) {
                self.file(reading, FIELD, entry);
            }
        }
    }

    /// A program, or files that it is given, at a path from the directory of the kustomization.
    pub fn way(&mut self, reading: &Reading, path: &str) -> Rc<Way> {
        self.ways.find(&reading.loader.path(path))
    }

    /// One of the kustomizations found so far.
    pub fn found(&self, number: usize) -> &Kustomization {
        &self.found.kustomizations[number]
    }
}

impl Reading {
    /// Adds what an entry names.
    pub fn add(&mut self, session: &Session, field: &'static str, thing: Thing, entry: &Spanned<String>) {
        let by = session.files.sources.place(entry);
        self.uses.push(Use { field, thing, by });
    }

    /// A change of what is at the end of the way, or of a link on it, can change the build.
    pub fn watch(&mut self, way: &Way, below: bool) {
        self.watched.extend(way.links.iter().map(|link| Watched { path: link.clone(), below: false }));
        self.watched.push(Watched { path: way.real.clone(), below });
    }
}

/// All files in and below a directory.
fn files_in(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let is_directory = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
            if is_directory && entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
                pending.push(entry.path());
            } else if !is_directory {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}
