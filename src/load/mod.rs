//! Reading what a kustomization names: files, directories, URLs, and what it may not read.
//!
//! A [`Loader`] stands at one directory and knows by which way it was reached. Texts and directories are kept in
//! [`Files`], which all loaders of a session share. The paths that a kustomization gives come as [`Spanned`] texts, so
//! that every error points at the entry that named the file.

mod ahead;
mod checkout;
mod files;
mod paths;
mod region;
mod remote;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};

pub use checkout::Checkout;
pub use files::Files;
use files::Found;
pub use remote::{
    OF_ANOTHER_REPOSITORY, Repository, Scratch, clean_up_on_signals, is_remote_file, output_of, remove_on_signals,
    without_credentials,
};

use crate::LoadRestrictor;
use crate::compat::Compat;
use crate::diagnostics::{Code, Error, Label, Result, nearest};

/// The names that a kustomization file can have.
pub const KUSTOMIZATION_FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a path ends with the name of a kustomization file.
pub fn is_kustomization_file(path: &Path) -> bool {
    KUSTOMIZATION_FILE_NAMES.iter().any(|name| path.ends_with(name))
}

/// Whether a directory has a kustomization file; false for what is no directory.
pub fn holds_kustomization(directory: &Path) -> bool {
    KUSTOMIZATION_FILE_NAMES.iter().any(|name| directory.join(name).is_file())
}

/// Reads what the kustomization of one directory names.
#[derive(Debug, Clone)]
pub struct Loader {
    files: Arc<Files>,
    restrictor: LoadRestrictor,
    compat: Compat,
    stop: Arc<Stop>,
}

/// A directory on the way from the one that is built to the one that a loader stands at.
#[derive(Debug)]
struct Stop {
    /// The real path.
    root: PathBuf,
    /// The entry that named it; without a place for the first one.
    entry: Spanned<String>,
    before: Option<Arc<Stop>>,
    /// The checkout that it lies in.
    checkout: Option<Arc<Checkout>>,
}

/// A local directory, and the rules by which it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The real path.
    pub root: PathBuf,
    restrictor: LoadRestrictor,
    compat: Compat,
}

/// What an entry of `resources` turns out to be.
#[derive(Debug)]
pub enum Target {
    /// A file of resources.
    File(Arc<Source>),
    /// A directory, to be read as a kustomization of its own.
    Directory(Loader),
}

/// The kustomization file of a directory.
#[derive(Debug, Clone)]
pub struct KustomizationFile {
    /// Which of the [`KUSTOMIZATION_FILE_NAMES`] it has.
    pub name: &'static str,
    /// Its text.
    pub source: Arc<Source>,
}

impl Loader {
    /// A loader at the directory that is to be built, as it was typed, or in a repository, for its URL.
    ///
    /// Fails for an empty path, for what is not a directory, and where the repository cannot be fetched.
    pub fn open(files: &Arc<Files>, directory: &str, restrictor: LoadRestrictor) -> Result<Loader> {
        if let Some(repository) = Repository::parse(directory) {
            let entry = Spanned::from(directory.to_owned());
            return checkout::enter(files, repository, entry, None);
        }
        if directory.is_empty() {
            return Err(Error::new(Code::NotAKustomization, "the path of the directory is empty")
                .help("write . for the current directory"));
        }
        let path = files.absolute(directory);
        let root = match files.resolve(&path) {
            Ok(Found::Directory(root)) => root,
            Ok(Found::File(_)) => return Err(not_a_directory(&one_line(directory))),
            Err(_) if is_remote_file(directory) => return Err(checkout::no_repository(directory)),
            Err(error) => return Err(missing(&one_line(directory), &path, &error)),
        };
        Ok(Loader::at(files, &root, Spanned::from(directory.to_owned()), restrictor))
    }

    /// A loader at a directory that is known by its real path. Errors point at the entry that names it, if it has a place.
    pub fn at(files: &Arc<Files>, root: &Path, entry: Spanned<String>, restrictor: LoadRestrictor) -> Loader {
        let stop = Stop { root: root.to_owned(), entry, before: None, checkout: None };
        Loader { files: files.clone(), restrictor, compat: Compat::default(), stop: Arc::new(stop) }
    }

    /// Takes paths as that kustomize does.
    pub fn like(self, compat: Compat) -> Loader {
        Loader { compat, ..self }
    }

    /// The kustomize that the build is like.
    pub fn compat(&self) -> Compat {
        self.compat
    }

    /// The real path of the directory that this loader stands at.
    pub fn root(&self) -> &Path {
        &self.stop.root
    }

    /// The directory and the rules by which it is read; `None` in a checkout of a repository.
    pub fn place(&self) -> Option<Place> {
        let place = Place { root: self.stop.root.clone(), restrictor: self.restrictor, compat: self.compat };
        self.stop.checkout.is_none().then_some(place)
    }

    /// Whether one of these directories is on the way here, or holds one that is: entering it from here is a cycle.
    pub fn is_on_the_way_through(&self, directories: &[PathBuf]) -> bool {
        let stops = std::iter::successors(Some(&*self.stop), |stop| stop.before.as_deref());
        let mut visited = stops.filter(|stop| stop.checkout.is_none());
        visited.any(|stop| directories.iter().any(|directory| stop.root.starts_with(directory)))
    }

    /// The directory as people would type it.
    pub fn shown_root(&self) -> String {
        self.files.show(&self.stop.root)
    }

    /// The cleaned path of an entry, which need not be there.
    pub fn path(&self, entry: &str) -> PathBuf {
        paths::join(&self.stop.root, entry)
    }

    /// A path as people would type it.
    pub fn show(&self, path: &Path) -> String {
        self.shown(path)
    }

    /// An entry of `resources`: a file where there is one, else a directory.
    ///
    /// A file that turns out to hold no resources may still be meant as a directory: see
    /// [`Loader::directory_instead`]. Fails as [`Loader::text`] and [`Loader::enter`] do.
    pub fn resource(&self, entry: &Spanned<String>) -> Result<Target> {
        if is_remote_file(entry) {
            return self.remote_resource(entry);
        }
        match self.find(entry) {
            Ok(Found::File(path)) => self.read_text(&path, entry).map(Target::File),
            Ok(Found::Directory(_)) => self.enter(entry).map(Target::Directory),
            Err(_) if Repository::parse(entry).is_some() => self.enter(entry).map(Target::Directory),
            Err(error) => Err(self.missing(entry, &error)),
        }
    }

    /// A loader at a directory that the kustomization names, or in a repository, for its URL.
    ///
    /// Fails for an empty or absolute path, for what is not a directory, for a directory that is, or holds, one that is
    /// being built already, for one outside of the repository that names it, and where a repository cannot be fetched.
    pub fn enter(&self, entry: &Spanned<String>) -> Result<Loader> {
        self.enter_directory(entry).map_err(|error| self.at_entry(error, entry))
    }

    fn enter_directory(&self, entry: &Spanned<String>) -> Result<Loader> {
        if entry.is_empty() {
            return Err(Error::new(Code::InvalidField, "an empty path where a directory is expected"));
        }
        if let Some(repository) = Repository::parse(entry) {
            self.refuse_repository_cycle(&repository)?;
            let loader = checkout::enter(&self.files, repository, entry.clone(), Some(self.stop.clone()))?;
            return Ok(loader.like(self.compat));
        }
        if Path::new(entry.as_str()).is_absolute() {
            return Err(Error::new(Code::InvalidField, format!("the directory {} is absolute", one_line(entry)))
                .help("write it relative to the directory of this kustomization"));
        }
        if !self.compat.takes_folded_paths() && paths::has_folded_segment(entry) {
            return Err(Error::new(Code::InvalidField, format!("the path {} is ambiguous", one_line(entry)))
                .help("two entries of the list may have run together: check the indentation"));
        }
        let path = paths::join(&self.stop.root, entry.as_str());
        self.refuse_leaving(&path, entry)?;
        let root = match self.files.resolve(&path) {
            Ok(Found::Directory(root)) => root,
            Ok(Found::File(_)) => return Err(not_a_directory(&self.shown(&path))),
            Err(_) if is_remote_file(entry) => return Err(checkout::no_repository(entry)),
            Err(error) => return Err(missing(&self.shown(&path), &path, &error)),
        };
        self.refuse_leaving(&root, entry)?;
        let checkout = self.stop.checkout.clone();
        let stop = Stop { root, entry: entry.clone(), before: Some(self.stop.clone()), checkout };
        self.refuse_cycle(&stop)?;
        Ok(Loader { stop: Arc::new(stop), ..self.clone() })
    }

    /// The text of a file that the kustomization names.
    ///
    /// Fails where there is no such file, where it may not be read (see [`LoadRestrictor`]), and where it is not text.
    pub fn text(&self, entry: &Spanned<String>) -> Result<Arc<Source>> {
        if is_remote_file(entry) {
            return self.files.remote_text(entry).map_err(|refusal| self.at_entry(refusal.error, entry));
        }
        let path = self.file(entry)?;
        self.read_text(&path, entry)
    }

    /// The bytes of a file that the kustomization names. Fails like [`Loader::text`], but takes any bytes.
    pub fn bytes(&self, entry: &Spanned<String>) -> Result<Arc<[u8]>> {
        if is_remote_file(entry) {
            return self.files.fetcher.file(entry).map_err(|refusal| self.at_entry(refusal.error, entry));
        }
        let path = self.file(entry)?;
        self.permit(&path, entry)?;
        self.files.bytes(&path, &self.shown_entry(entry)).map_err(|error| self.at_entry(error, entry))
    }

    /// The real path of a file that the kustomization names. Fails like [`Loader::text`], but reads nothing.
    pub fn locate(&self, entry: &Spanned<String>) -> Result<PathBuf> {
        let path = self.file(entry)?;
        self.permit(&path, entry)?;
        Ok(path)
    }

    /// Has this text read in the place of what a file holds, by all loaders of the session and from now on.
    pub fn pretend(&self, entry: &Spanned<String>, shown: &str, text: &str) -> Result<()> {
        self.files.pretend(&self.file(entry)?, shown, text)
    }

    /// The kustomization file of this directory: there must be exactly one.
    pub fn kustomization_file(&self) -> Result<KustomizationFile> {
        if self.restrictor == LoadRestrictor::None {
            return self.find_kustomization_file(|name| self.find(name));
        }
        let root = &self.stop.root;
        if let Some(known) = self.files.kustomization_file(root) {
            return Ok(known);
        }
        let found = self.find_kustomization_file(|name| self.files.resolve_in(root, name))?;
        self.files.keep_kustomization_file(root, &found);
        Ok(found)
    }

    fn find_kustomization_file(&self, find: impl Fn(&str) -> io::Result<Found>) -> Result<KustomizationFile> {
        let mut readable = Vec::new();
        let mut failure = None;
        for name in KUSTOMIZATION_FILE_NAMES {
            match find(name) {
                Ok(Found::File(path)) => match self.read_text(&path, &Spanned::from(name.to_owned())) {
                    Ok(source) => readable.push(KustomizationFile { name, source }),
                    Err(error) => failure = Some(error),
                },
                Ok(Found::Directory(_)) | Err(_) => {}
            }
        }
        match (readable.len(), failure) {
            (1, _) => Ok(readable.remove(0)),
            (0, Some(error)) => Err(self.at_entry(error, &self.stop.entry)),
            (0, None) => Err(self.at_entry(self.no_kustomization(), &self.stop.entry)),
            _ => {
                let names: Vec<_> = readable.iter().map(|file| file.name).collect();
                let message = format!("{} has more than one kustomization file: {}", self.in_words(), names.join(", "));
                let error = Error::new(Code::SeveralKustomizations, message).help("keep one of them");
                Err(self.at_entry(error, &self.stop.entry))
            }
        }
    }
}

/// Finding and permitting.
impl Loader {
    fn find(&self, entry: &str) -> io::Result<Found> {
        let path = paths::join(&self.stop.root, entry);
        match self.restrictor {
            LoadRestrictor::RootOnly => self.files.resolve(&path),
            // Links are left to the system, so that what has no real path (a pipe, say) can be read too.
            LoadRestrictor::None if std::fs::metadata(&path)?.is_dir() => Ok(Found::Directory(path)),
            LoadRestrictor::None => Ok(Found::File(path)),
        }
    }

    fn file(&self, entry: &Spanned<String>) -> Result<PathBuf> {
        match self.find(entry) {
            Ok(Found::File(path)) => Ok(path),
            Ok(Found::Directory(_)) => {
                let message = format!("{} is a directory where a file is expected", self.shown_entry(entry));
                Err(self.at_entry(Error::new(Code::Unreadable, message), entry))
            }
            Err(error) => Err(self.missing(entry, &error)),
        }
    }

    fn read_text(&self, path: &Path, entry: &Spanned<String>) -> Result<Arc<Source>> {
        self.permit(path, entry)?;
        self.files.text(path, &self.shown_entry(entry)).map_err(|error| self.at_entry(error, entry))
    }

    /// Refuses a file (by its real path) outside the root.
    fn permit(&self, path: &Path, entry: &Spanned<String>) -> Result<()> {
        if self.restrictor == LoadRestrictor::None || path.starts_with(&self.stop.root) {
            return Ok(());
        }
        let shown = self.shown_entry(entry);
        let real = self.files.show(path);
        let message = format!("the file {shown} is not in or below {}", self.in_words());
        let advice = match self.stop.checkout {
            None => ", or allow it with --load-restrictor LoadRestrictionsNone",
            Some(_) => "; no flag allows it to what comes from a repository",
        };
        let mut error = Error::new(Code::OutsideRoot, message)
            .help(format!("move the file, make its directory a base of its own{advice}"));
        if real != shown {
            error = error.note(format!("{shown} is a link to {real}"));
        }
        Err(self.at_entry(error, entry))
    }

    /// Refuses to enter a directory that is on the way here, or that holds one that is.
    fn refuse_cycle(&self, candidate: &Stop) -> Result<()> {
        let mut way = vec![candidate];
        let mut stop = Some(&*self.stop);
        // Upstream clones once for each URL, so that directories before this checkout are never the same.
        while let Some(visited) = stop.filter(|visited| checkout::same(visited, candidate)) {
            if visited.root.starts_with(&candidate.root) {
                return Err(self.cycle(candidate, visited, &way));
            }
            way.push(visited);
            stop = visited.before.as_deref();
        }
        Ok(())
    }

    /// `way` leads from the candidate back to the stop after `visited`.
    fn cycle(&self, candidate: &Stop, visited: &Stop, way: &[&Stop]) -> Error {
        let [held, holder] = [visited, candidate].map(|stop| in_words(self.files.show(&stop.root)));
        let mut error = if visited.root == candidate.root {
            let stops = std::iter::once(&visited).chain(way.iter().rev());
            let chain: Vec<String> = stops.map(|stop| self.files.show(&stop.root)).collect();
            Error::new(Code::Cycle, format!("cycle detected: {}", chain.join(" -> ")))
        } else {
            Error::new(Code::Cycle, format!("cycle detected: {holder} contains {held}, which is built from it"))
                .help("a kustomization cannot use a directory above itself: move what is shared to one beside it")
        };
        let texts = std::iter::once("").chain(std::iter::repeat("reached from here"));
        for (stop, text) in way.iter().zip(texts) {
            error = error.label_if(self.files.sources.place(&stop.entry), text);
        }
        error
    }
}

/// Saying what went wrong.
impl Loader {
    /// The directory in a sentence.
    fn in_words(&self) -> String {
        in_words(self.shown_root())
    }

    /// A path as people would type it.
    pub fn shown(&self, path: &Path) -> String {
        one_line(&self.files.show(path))
    }

    /// The path of a file that the kustomization names, as people would type it.
    pub fn shown_entry(&self, entry: &str) -> String {
        self.shown(&paths::join(&self.stop.root, entry))
    }

    /// Adds the entry that named the file, unless the error has it already.
    fn at_entry(&self, error: Error, entry: &Spanned<String>) -> Error {
        let place = self.files.sources.place(entry);
        let labels = &error.diagnostic().labels;
        let known = |label: &Label| place.as_ref().is_some_and(|place| place.same(&label.span));
        if labels.iter().any(known) {
            return error;
        }
        let text = if labels.is_empty() { "" } else { "named here" };
        error.label_if(place, text)
    }

    fn missing(&self, entry: &Spanned<String>, error: &io::Error) -> Error {
        if entry.contains("://") {
            let message = format!("{} names no file that can be fetched", one_line(&without_credentials(entry)));
            let error = Error::new(Code::MissingFile, message).help("files are fetched over http and https alone");
            return self.at_entry(error, entry);
        }
        let path = paths::join(&self.stop.root, entry.as_str());
        if let Err(error) = self.refuse_leaving(&path, entry) {
            return self.at_entry(error, entry);
        }
        self.at_entry(missing(&self.shown(&path), &path, error), entry)
    }

    fn no_kustomization(&self) -> Error {
        let [first, second, third] = KUSTOMIZATION_FILE_NAMES;
        let message = format!("{} has no {first}, {second} or {third}", self.in_words());
        let error = Error::new(Code::NotAKustomization, message);
        let names = names_in(&self.stop.root);
        let near = |wanted: &&str| nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned);
        match KUSTOMIZATION_FILE_NAMES.iter().find_map(near) {
            Some(near) => error.help(format!("there is a file {near}: did you mean {first}?")),
            None if names.is_empty() => error.help("the directory is empty"),
            None => error.help(format!("add a {first} that lists what the directory holds")),
        }
    }
}

/// The error for a file that cannot be found or looked at, with what is called nearly so.
pub fn missing(shown: &str, path: &Path, error: &io::Error) -> Error {
    let result = unreadable(shown, error);
    if result.code() != Code::MissingFile {
        return result;
    }
    if shown.contains(" - ") {
        return result.help("two entries of the list may have run together: check the indentation");
    }
    let Some((parent, name)) = path.parent().zip(path.file_name()) else { return result };
    let names = names_in(parent);
    match nearest(&name.to_string_lossy(), names.iter().map(String::as_str)) {
        Some(near) => result.help(format!("there is {near} in the same directory")),
        None => result,
    }
}

/// The error for a file that the system refuses to read.
fn unreadable(shown: &str, error: &io::Error) -> Error {
    let (code, reason) = match error.kind() {
        io::ErrorKind::NotFound => (Code::MissingFile, "no such file or directory".to_owned()),
        io::ErrorKind::NotADirectory => (Code::MissingFile, "not a directory".to_owned()),
        io::ErrorKind::PermissionDenied => (Code::Unreadable, "permission denied".to_owned()),
        _ => (Code::Unreadable, error.to_string()),
    };
    Error::new(code, format!("{shown}: {reason}"))
}

fn not_a_directory(shown: &str) -> Error {
    Error::new(Code::NotAKustomization, format!("{shown} is a file where a directory is expected"))
}

/// A directory in a sentence, where a dot alone would be lost.
fn in_words(shown: String) -> String {
    if shown == "." { "the current directory".into() } else { shown }
}

/// A path or URL in a message: without what would break the line.
fn one_line(text: &str) -> String {
    match text.trim_end().split_once('\n') {
        Some((first, _)) => format!("{first}..."),
        None => text.trim_end().to_owned(),
    }
}

/// The names in a directory, sorted; nothing when it cannot be read.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod checkout_tests;
#[cfg(test)]
mod tests;
