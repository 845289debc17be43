//! The directory that holds what one process has cloned.
//!
//! It goes when its owner is dropped, or when a signal ends the process (see [`super::signals`]). For the time of its
//! life a lock is held on a file in it, so that what a killed process has left behind can be told from what is in use:
//! whoever clones next removes it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::signals;

/// What the names begin with.
const PREFIX: &str = "rustomize-remote-";

/// The file that is locked for as long as the directory is in use.
const LOCK: &str = ".rustomize-lock";

/// A directory of this process alone, removed with all that is in it when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    directory: PathBuf,
    /// Gives the lock back when closed.
    _lock: File,
}

impl Scratch {
    /// Makes the directory, and removes those that other processes of this user have left behind.
    pub fn create() -> io::Result<Scratch> {
        let scratch = loop {
            if let Some(scratch) = Scratch::try_create()? {
                break scratch;
            }
        };
        remove_leftovers(&scratch.directory);
        Ok(scratch)
    }

    /// `None` when another process has taken the new directory for a leftover before its lock was held.
    fn try_create() -> io::Result<Option<Scratch>> {
        let directory = tempfile::Builder::new().prefix(PREFIX).tempdir()?.keep();
        signals::remove_on_signals(&directory);
        let directory = fs::canonicalize(directory)?;
        let path = directory.join(LOCK);
        let lock = match File::create(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            created => created?,
        };
        lock.lock()?;
        Ok(path.exists().then_some(Scratch { directory, _lock: lock }))
    }

    /// The real path of the directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is a leftover for the next process.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes the directories beside `own` that are made like it, belong to the same user and are no longer in use.
fn remove_leftovers(own: &Path) {
    let beside = own.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in beside.into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && path != own
            && fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir() && same_owner(&metadata, own));
        if !is_ours {
            continue;
        }
        let Ok(lock) = OpenOptions::new().write(true).open(path.join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

#[cfg(unix)]
fn same_owner(metadata: &fs::Metadata, own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(own).is_ok_and(|own| own.uid() == metadata.uid())
}

#[cfg(not(unix))]
fn same_owner(_: &fs::Metadata, _: &Path) -> bool {
    true
}
