use std::collections::VecDeque;
use std::hash::Hash;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::{fs, io, thread};

use rustc_hash::FxHashMap;

use super::git::{self, Failure};
use super::http::{Client, Refusal};
use super::repository::Repository;
use super::scratch::Scratch;
use super::without_credentials;
use crate::diagnostics::{Code, Error};
use crate::parallel::join;

/// Fetches what is remote, each thing once, and keeps it until it is dropped.
///
/// Making one does nothing: no directory, thread, socket or process before something is asked for.
#[derive(Debug, Default)]
pub(in crate::load) struct Fetcher {
    client: Client,
    files: Slots<String, Arc<[u8]>, Refusal>,
    checkouts: Slots<Key, PathBuf, Failure>,
    scratch: OnceLock<Result<Scratch, Error>>,
    /// What each numbered directory of the scratch directory is a checkout of.
    checked_out: Mutex<Vec<Repository>>,
}

/// A place for what is fetched once while all others wait for it.
type Slot<T, E> = Arc<OnceLock<Result<T, E>>>;

/// The places, by what tells them apart.
type Slots<K, T, E> = Mutex<FxHashMap<K, Slot<T, E>>>;

/// What tells two checkouts apart: the URL for git, the revision, whether with submodules.
type Key = (String, String, bool);

/// How many fetches run at one time.
const MOST_AT_ONCE: usize = 8;

impl Fetcher {
    /// Whether there is a directory on the disk that goes when this is dropped.
    pub fn holds_files(&self) -> bool {
        self.scratch.get().is_some()
    }

    /// The bytes of a file at a URL.
    pub fn file(&self, url: &str) -> Result<Arc<[u8]>, Refusal> {
        slot(&self.files, url.to_owned())
            .get_or_init(|| {
                announce(&without_credentials(url));
                self.client.get(url).map(Arc::from)
            })
            .clone()
    }

    /// The real path of a checkout of the repository; whoever names the same repository and revision shares it.
    pub fn check_out(&self, repository: &Repository) -> Result<PathBuf, Failure> {
        let key = key(repository);
        loop {
            let slot = slot(&self.checkouts, key.clone());
            let outcome = slot.get_or_init(|| self.check_out_anew(repository));
            match outcome {
                // Another URL had less patience than this one has.
                Err(Failure { stopped_after: Some(after), .. }) if *after < repository.timeout => {
                    let mut slots = lock(&self.checkouts);
                    if slots.get(&key).is_some_and(|known| Arc::ptr_eq(known, &slot)) {
                        slots.remove(&key);
                    }
                }
                outcome => return outcome.clone(),
            }
        }
    }

    fn check_out_anew(&self, repository: &Repository) -> Result<PathBuf, Failure> {
        let unusable = |error| Failure { error, stopped_after: None };
        let scratch = self.scratch.get_or_init(|| Scratch::create().map_err(|error| no_scratch(&error)));
        let scratch = scratch.as_ref().map_err(|error| unusable(error.clone()))?;
        let number = {
            let mut checked_out = lock(&self.checked_out);
            checked_out.push(repository.clone());
            checked_out.len() - 1
        };
        let directory = scratch.directory().join(number.to_string());
        fs::create_dir(&directory).map_err(|error| unusable(no_scratch(&error)))?;
        announce(&repository.shown());
        git::check_out(repository, &directory)?;
        Ok(directory)
    }

    /// Fetches what several entries name, some at a time. What comes of it is found when each is asked for.
    pub fn fetch_ahead<'a>(&self, entries: impl Iterator<Item = &'a str>) {
        let waiting: Mutex<VecDeque<&str>> = Mutex::new(entries.collect());
        let workers = lock(&waiting).len().min(MOST_AT_ONCE);
        thread::scope(|scope| {
            let work = || {
                while let Some(entry) = pop(&waiting) {
                    self.fetch(entry);
                }
            };
            let started: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            started.into_iter().for_each(join);
        });
    }

    /// Fetches what a build will most likely ask for: of a URL that can mean both, the repository if there is no
    /// file, or a page where a file is expected.
    fn fetch(&self, entry: &str) {
        if super::is_remote_file(entry) {
            let is_file = self.file(entry).is_ok_and(|bytes| !bytes.trim_ascii_start().starts_with(b"<"));
            if is_file {
                return;
            }
        }
        if let Some(repository) = Repository::parse(entry) {
            // The failure is kept with the repository and reported when the build comes to it.
            let _ = self.check_out(&repository);
        }
    }

    /// Whether what the entry names has been asked for before.
    pub fn knows(&self, entry: &str) -> bool {
        let fetched = || lock(&self.files).contains_key(entry);
        let cloned = || Repository::parse(entry).is_some_and(|found| lock(&self.checkouts).contains_key(&key(&found)));
        if super::is_remote_file(entry) { fetched() } else { cloned() }
    }

    /// What people shall see instead of a path that lies in a checkout.
    pub fn shown(&self, path: &Path) -> Option<String> {
        let scratch = self.scratch.get()?.as_ref().ok()?;
        let mut rest = path.strip_prefix(scratch.directory()).ok()?.components();
        let number: usize = rest.next()?.as_os_str().to_str()?.parse().ok()?;
        let checked_out = lock(&self.checked_out);
        Some(checked_out.get(number)?.shown_path(&rest.as_path().to_string_lossy()))
    }
}

fn key(repository: &Repository) -> Key {
    (repository.clone_url(), repository.revision().to_owned(), repository.submodules)
}

/// The place for what belongs to the key.
fn slot<K: Eq + Hash, T, E>(slots: &Slots<K, T, E>, key: K) -> Slot<T, E> {
    lock(slots).entry(key).or_default().clone()
}

fn pop<'a>(waiting: &Mutex<VecDeque<&'a str>>) -> Option<&'a str> {
    lock(waiting).pop_front()
}

/// Says on a terminal what the wait is for. A line that stays: git may ask for a password below it.
fn announce(what: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        let _ = writeln!(stderr, "fetching {what}");
    }
}

fn no_scratch(error: &io::Error) -> Error {
    let place = std::env::temp_dir();
    let message = format!("cannot make a directory for repositories in {}: {error}", place.display());
    Error::new(Code::Output, message).help("set TMPDIR to a directory that can be written to")
}

/// The lists hold whole entries only, so what a panicking thread leaves behind is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
