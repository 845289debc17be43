//! Directories that hold what one process has cloned, pulled or written for a program to read.
//!
//! Each goes when its owner is dropped, or when a signal ends the process (see [`super::signals`]). For the time of its
//! life a lock is held on a file in it, so that what a killed process has left behind can be told from what is in use:
//! whoever makes the next one beside it removes it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::signals;

/// What the names begin with in the directory for temporary files.
const PREFIX: &str = "rustomize-scratch-";

/// The file that is locked for as long as the directory is in use.
const LOCK: &str = ".rustomize-lock";

/// A directory of this process alone, removed with all that is in it when dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: PathBuf,
    /// Gives the lock back when closed.
    _lock: File,
}

impl Scratch {
    /// Makes a directory for temporary files, and removes those that other processes of this user have left behind.
    pub fn create() -> io::Result<Scratch> {
        Scratch::create_in(&std::env::temp_dir(), PREFIX)
    }

    /// The same in another directory, among those whose names begin so.
    pub fn create_in(parent: &Path, prefix: &str) -> io::Result<Scratch> {
        let scratch = loop {
            if let Some(scratch) = Scratch::try_create(parent, prefix)? {
                break scratch;
            }
        };
        remove_leftovers(&scratch.directory, prefix);
        Ok(scratch)
    }

    /// `None` when another process has taken the new directory for a leftover before its lock was held.
    fn try_create(parent: &Path, prefix: &str) -> io::Result<Option<Scratch>> {
        let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?.keep();
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

    /// Gives the directory a name under which it stays. Where that cannot be done, it is still one for the time being.
    pub fn keep_as(self, path: &Path) -> Result<(), Scratch> {
        // What stays is in nobody's use, and has no lock in it.
        let renamed = fs::remove_file(self.directory.join(LOCK)).and_then(|()| fs::rename(&self.directory, path));
        if renamed.is_ok() { Ok(()) } else { Err(self) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is a leftover for the next process.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes the directories beside `own` that are made like it, belong to the same user and are no longer in use.
fn remove_leftovers(own: &Path, prefix: &str) {
    let beside = own.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in beside.into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(prefix)
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
