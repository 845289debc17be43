use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::{fs, io};

use bytes::Bytes;
use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, Source};

use super::remote::{Fetcher, Refusal, without_credentials};
use super::{KustomizationFile, paths, region};
use crate::diagnostics::{Result, Sources};

/// What a session has read from the disk: directories resolved and files read once, whoever asks.
#[derive(Debug)]
pub struct Files {
    /// The texts, by the number that nodes carry.
    pub sources: Sources,
    /// Where people stand, so that paths can be shown as they would type them.
    stand: Option<PathBuf>,
    /// Cleaned absolute path of a directory to its real one.
    directories: Mutex<FxHashMap<PathBuf, PathBuf>>,
    texts: Mutex<FxHashMap<PathBuf, Arc<Source>>>,
    bytes: Mutex<FxHashMap<PathBuf, Arc<[u8]>>>,
    /// The kustomization files of directories, by their real paths.
    kustomizations: Mutex<FxHashMap<PathBuf, KustomizationFile>>,
    /// What is not on the disk.
    pub(super) fetcher: Fetcher,
    /// Directories that stand for others.
    stand_ins: Mutex<Vec<StandIn>>,
}

/// A directory that holds copies of what lies elsewhere.
#[derive(Debug)]
struct StandIn {
    directory: PathBuf,
    original: PathBuf,
    label: Option<String>,
}

/// What is at a path.
#[derive(Debug)]
pub(super) enum Found {
    /// A file (or something that can be read like one) at this real path.
    File(PathBuf),
    /// A directory at this real path.
    Directory(PathBuf),
}

impl Files {
    /// Nothing read yet. Paths are shown relative to the current directory.
    pub fn new() -> Files {
        Files {
            sources: Sources::default(),
            stand: current_directory().ok(),
            directories: Mutex::default(),
            texts: Mutex::default(),
            bytes: Mutex::default(),
            kustomizations: Mutex::default(),
            fetcher: Fetcher::default(),
            stand_ins: Mutex::default(),
        }
    }

    /// Whether anything on the disk has to go when this is dropped.
    pub fn needs_drop(&self) -> bool {
        self.fetcher.holds_files()
    }

    /// Has what lies in a directory shown as if it lay in another one; with a label, as `label:path` from there.
    pub fn show_as(&self, directory: &Path, original: &Path, label: Option<&str>) {
        let (directory, original, label) = (directory.to_owned(), original.to_owned(), label.map(str::to_owned));
        lock(&self.stand_ins).push(StandIn { directory, original, label });
    }

    /// Has this text read in the place of what the file at a real path holds, from now on.
    pub fn pretend(&self, path: &Path, shown: &str, text: &str) -> Result<()> {
        let source = self.sources.add_bytes(shown, text.as_bytes().to_vec())?;
        lock(&self.texts).insert(path.to_owned(), source);
        lock(&self.bytes).insert(path.to_owned(), text.as_bytes().into());
        lock(&self.kustomizations).clear();
        Ok(())
    }

    /// The path as people would type it.
    pub fn show(&self, path: &Path) -> String {
        let elsewhere = || self.fetcher.shown(path).or_else(|| self.shown_original(path));
        elsewhere().unwrap_or_else(|| paths::show(path, self.stand.as_deref()))
    }

    fn shown_original(&self, path: &Path) -> Option<String> {
        lock(&self.stand_ins).iter().find_map(|stand_in| {
            let inside = path.strip_prefix(&stand_in.directory).ok()?;
            Some(match &stand_in.label {
                Some(label) => format!("{label}:{}", inside.display()),
                None => paths::show(&stand_in.original.join(inside), self.stand.as_deref()),
            })
        })
    }

    /// The absolute path of what was typed, cleaned.
    pub fn absolute(&self, typed: impl AsRef<Path>) -> PathBuf {
        paths::join(self.stand.as_deref().unwrap_or(Path::new("")), typed)
    }

    /// Follows all links of a cleaned absolute path.
    pub(super) fn resolve(&self, path: &Path) -> io::Result<Found> {
        let Some((parent, name)) = path.parent().zip(path.file_name()) else {
            return Ok(Found::Directory(path.to_owned()));
        };
        if let Some(real) = lock(&self.directories).get(path) {
            return Ok(Found::Directory(real.clone()));
        }
        self.look_at(path, self.real_directory(parent)?.join(name))
    }

    /// Follows all links of a name in a directory, of which the real path is given.
    pub(super) fn resolve_in(&self, directory: &Path, name: &str) -> io::Result<Found> {
        let path = directory.join(name);
        self.look_at(&path, path.clone())
    }

    /// What is at a path: `real` leads to the same over no link but perhaps the last name.
    fn look_at(&self, path: &Path, mut real: PathBuf) -> io::Result<Found> {
        let mut metadata = fs::symlink_metadata(&real)?;
        if metadata.is_symlink() {
            real = fs::canonicalize(&real)?;
            metadata = fs::symlink_metadata(&real)?;
        }
        if !metadata.is_dir() {
            return Ok(Found::File(real));
        }
        lock(&self.directories).insert(path.to_owned(), real.clone());
        Ok(Found::Directory(real))
    }

    fn real_directory(&self, path: &Path) -> io::Result<PathBuf> {
        match self.resolve(path)? {
            Found::Directory(real) => Ok(real),
            Found::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The kustomization file of a directory at a real path, if it has been found before.
    pub(super) fn kustomization_file(&self, directory: &Path) -> Option<KustomizationFile> {
        lock(&self.kustomizations).get(directory).cloned()
    }

    /// Remembers the kustomization file of a directory at a real path.
    pub(super) fn keep_kustomization_file(&self, directory: &Path, file: &KustomizationFile) {
        lock(&self.kustomizations).insert(directory.to_owned(), file.clone());
    }

    /// The text of the file at `path`, known to people as `shown`.
    pub(super) fn text(&self, path: &Path, shown: &str) -> Result<Arc<Source>> {
        let known = lock(&self.texts).get(path).cloned();
        if let Some(source) = known {
            return Ok(source);
        }
        let bytes = region::read(path).map_err(|error| super::unreadable(shown, &error))?;
        let source = self.sources.add_bytes(shown, bytes)?;
        Ok(keep(&self.texts, path, source))
    }

    /// Whether the file at `path` has been read as a text.
    pub(super) fn is_known(&self, path: &Path) -> bool {
        lock(&self.texts).contains_key(path)
    }

    /// The text of a file that was read for the first time and has a number that was reserved; `None` where something
    /// is wrong with it.
    pub(super) fn first_text(&self, id: FileId, path: &Path, shown: &str, bytes: Bytes) -> Option<Arc<Source>> {
        let source = self.sources.add_reserved(id, shown, bytes)?;
        Some(keep(&self.texts, path, source))
    }

    /// The text of the file at a URL.
    pub(super) fn remote_text(&self, url: &str) -> std::result::Result<Arc<Source>, Refusal> {
        // A URL has a colon in its first name, so no path from the root of the file system is like it.
        let path = Path::new(url);
        let known = lock(&self.texts).get(path).cloned();
        if let Some(source) = known {
            return Ok(source);
        }
        let bytes = self.fetcher.file(url)?;
        let source = self.sources.add_bytes(&without_credentials(url), bytes.to_vec());
        let source = source.map_err(|error| Refusal { error, answered: false })?;
        Ok(keep(&self.texts, path, source))
    }

    /// The bytes of the file at `path`, known to people as `shown`.
    pub(super) fn bytes(&self, path: &Path, shown: &str) -> Result<Arc<[u8]>> {
        let known = lock(&self.bytes).get(path).cloned();
        if let Some(bytes) = known {
            return Ok(bytes);
        }
        let bytes = fs::read(path).map_err(|error| super::unreadable(shown, &error))?;
        Ok(keep(&self.bytes, path, bytes.into()))
    }
}

impl Default for Files {
    fn default() -> Self {
        Files::new()
    }
}

/// The real path of the current directory.
fn current_directory() -> io::Result<PathBuf> {
    let path = std::env::current_dir()?;
    // Unix systems answer with the real path: to follow links again would only be to ask for each directory on the way.
    if cfg!(unix) { Ok(path) } else { fs::canonicalize(path) }
}

/// Keeps what was read, unless another thread was faster: then that is what all share.
fn keep<T: Clone>(cache: &Mutex<FxHashMap<PathBuf, T>>, path: &Path, value: T) -> T {
    match lock(cache).entry(path.to_owned()) {
        Entry::Occupied(first) => first.get().clone(),
        Entry::Vacant(place) => place.insert(value).clone(),
    }
}

/// The caches hold whole values only, so what a panicking thread leaves behind is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
