//! The directory that is made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostics::{Code, Error, Result};
use crate::load::remove_on_signals;

/// A directory in the making: it has another name until it is complete, and is removed when it never is.
pub(super) struct Destination {
    /// The real path that it will have.
    path: PathBuf,
    incomplete: PathBuf,
}

impl Destination {
    /// Begins. Fails when something of that name exists, and where no directory can be made.
    pub fn create(path: &Path) -> Result<Destination> {
        let fail = |reason: &str| Err(Error::new(Code::Output, format!("cannot make {}: {reason}", path.display())));
        if fs::symlink_metadata(path).is_ok() {
            return fail("it exists").map_err(|error| error.help("name a directory that does not exist"));
        }
        let Some(name) = path.file_name() else { return fail("it has no name") };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = match fs::canonicalize(parent) {
            Ok(parent) => parent,
            Err(error) => return fail(&reason(&error)),
        };
        let prefix = format!(".{}.incomplete-", name.to_string_lossy());
        match tempfile::Builder::new().prefix(&prefix).tempdir_in(&parent) {
            Ok(directory) => {
                let incomplete = directory.keep();
                remove_on_signals(&incomplete);
                Ok(Destination { path: parent.join(name), incomplete })
            }
            Err(error) => fail(&reason(&error)),
        }
    }

    /// The real path that it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where to write for now.
    pub fn incomplete(&self) -> &Path {
        &self.incomplete
    }

    /// Gives the directory its name; the real path.
    pub fn complete(self) -> Result<PathBuf> {
        let renamed = open_to_all(&self.incomplete).and_then(|()| fs::rename(&self.incomplete, &self.path));
        renamed.map_err(|error| failed(&self.path, &error))?;
        Ok(self.path.clone())
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        // Once complete it is not there any more. What cannot be removed has been reported as the cause of that.
        let _ = fs::remove_dir_all(&self.incomplete);
    }
}

/// Gives the directory the permissions of any new one: a temporary one is for its owner alone.
fn open_to_all(directory: &Path) -> io::Result<()> {
    let probe = directory.join(".permissions");
    fs::create_dir(&probe)?;
    let permissions = fs::metadata(&probe)?.permissions();
    fs::remove_dir(&probe)?;
    fs::set_permissions(directory, permissions)
}

/// Writes a file of the copy, and makes the directories on the way to it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let directory = path.parent().map_or(Ok(()), fs::create_dir_all);
    directory.and_then(|()| fs::write(path, bytes)).map_err(|error| failed(path, &error))
}

/// Makes a directory of the copy, and those on the way to it.
pub(super) fn make_directory(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Output, format!("cannot write to {}: {}", path.display(), reason(error)))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
