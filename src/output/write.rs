//! Writing: to stdout at once, to files so that none is ever half there.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::path::{Path, PathBuf};

use crate::diagnostics::{Code, Error, Result};

/// Writes to stdout. A reader that has gone away is no error: it has seen what it wanted.
pub fn write_stdout(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed("stdout", &error)),
        _ => Ok(()),
    }
}

/// Writes to stderr. One that cannot be written to is no reason to fail: there is nowhere left to say so.
pub fn eprint(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes pieces of one text to stdout, many at a time. A reader that has gone away is no error.
pub fn write_pieces(pieces: &[String]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match write_all_pieces(&mut stdout, pieces).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed("stdout", &error)),
        _ => Ok(()),
    }
}

/// How many pieces are handed to the system at once; it takes no more than 1,024.
const PIECES_AT_ONCE: usize = 1024;

/// Writes pieces that follow one another, many at a time.
pub fn write_all_pieces(to: &mut (impl Write + ?Sized), pieces: &[String]) -> io::Result<()> {
    for pieces in pieces.chunks(PIECES_AT_ONCE) {
        let mut slices: Vec<IoSlice> = pieces.iter().map(|piece| IoSlice::new(piece.as_bytes())).collect();
        let mut rest = &mut slices[..];
        // Skips what is empty at the beginning: nothing to write would look like nothing that can be written.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            match to.write_vectored(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut rest, written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Writes each text to a file of its name in a directory that exists. Other files there are left alone.
pub fn write_directory(directory: &Path, files: &[(String, String)]) -> Result<()> {
    files.iter().try_for_each(|(name, text)| write_file(&directory.join(name), text))
}

/// Makes a directory, and those on the way to it, where they are not there.
pub fn make_directory(path: &Path) -> Result<()> {
    let failed = |error| Error::new(Code::Output, format!("cannot make the directory {}: {error}", path.display()));
    fs::create_dir_all(path).map_err(failed)
}

/// Writes a file, following links: to a new one beside it, which then takes its place and its permissions.
///
/// What is not a plain file (a pipe, a device), or stands in a directory where nothing can be made, is written in
/// place.
pub fn write_file(path: &Path, text: &str) -> Result<()> {
    write_files(&[(path, text)])
}

/// Writes a file as [`write_file`] does, piece by piece, and waits for no disk: of what can be made anew at any time, a
/// system that loses its power may keep nothing.
pub fn write_report(path: &Path, write: impl FnMut(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let written = Staged::new(path, write).and_then(Staged::finish_soon);
    written.map_err(|error| failed(&path.display().to_string(), &error))
}

/// Writes files as [`write_file`] does; the first takes its place when all of them have been written beside theirs.
pub fn write_files(files: &[(&Path, &str)]) -> Result<()> {
    let named = |path: &Path, error: io::Error| failed(&path.display().to_string(), &error);
    let mut staged = Vec::with_capacity(files.len());
    for &(path, text) in files {
        let write = move |to: &mut dyn Write| to.write_all(text.as_bytes());
        staged.push(Staged::new(path, write).map_err(|error| named(path, error))?);
    }
    for (file, (path, _)) in staged.into_iter().zip(files) {
        file.finish().map_err(|error| named(path, error))?;
    }
    Ok(())
}

/// A file whose new content is known, and not yet in its place.
struct Staged<W> {
    target: PathBuf,
    write: W,
    /// The file beside it that holds the content; without one, it is written in place.
    side: Side,
}

impl<W: FnMut(&mut dyn Write) -> io::Result<()>> Staged<W> {
    fn new(path: &Path, write: W) -> io::Result<Staged<W>> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&target).ok();
        let mut staged = Staged { target, write, side: Side(None) };
        match existing {
            Some(existing) if !existing.is_file() => {}
            Some(existing) if existing.permissions().readonly() => return Err(ErrorKind::PermissionDenied.into()),
            existing => staged.write_beside(existing.map(|existing| existing.permissions()))?,
        }
        Ok(staged)
    }

    fn write_beside(&mut self, permissions: Option<fs::Permissions>) -> io::Result<()> {
        let (side, mut file) = match beside(&self.target) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied && permissions.is_some() => return Ok(()),
            made => made?,
        };
        self.side = Side(Some(side));
        (self.write)(&mut file)?;
        permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))
    }

    fn finish(mut self) -> io::Result<()> {
        let Some(side) = &self.side.0 else {
            return (self.write)(&mut OpenOptions::new().write(true).truncate(true).open(&self.target)?);
        };
        fs::rename(side, &self.target)?;
        self.side.0 = None;
        Ok(())
    }

    /// Ends in the same way, but lets the file and an older one trade places, and then takes the older one away. Where a
    /// file is renamed over another one, ext4 hands the new one to the disk at once, and waits for what it still writes
    /// of the old one.
    fn finish_soon(self) -> io::Result<()> {
        if self.side.0.as_ref().is_some_and(|side| trade_places(side, &self.target)) { Ok(()) } else { self.finish() }
    }
}

/// Lets two files trade places in one moment; says whether it did, which takes two files and a system that can do it.
#[cfg(target_os = "linux")]
fn trade_places(one: &Path, other: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn trade_places(_: &Path, _: &Path) -> bool {
    false
}

/// A file that goes away when it is not wanted after all.
struct Side(Option<PathBuf>);

impl Drop for Side {
    fn drop(&mut self) {
        if let Some(side) = &self.0 {
            // The first error is the one to tell; the rest of a failed attempt may stay if even that fails.
            let _ = fs::remove_file(side);
        }
    }
}

/// A new hidden file in the directory of `target`.
fn beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(ErrorKind::IsADirectory)?;
    let mut attempt = 0;
    loop {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{attempt}", std::process::id()));
        let side = target.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&side) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            opened => return opened.map(|file| (side, file)),
        }
    }
}

fn failed(name: &str, error: &io::Error) -> Error {
    let reason = match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Error::new(Code::Output, format!("cannot write to {name}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Takes a few bytes at a time, as a pipe may.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pieces_are_written_whole_and_in_order() {
        let mut pieces: Vec<String> = (0..2 * PIECES_AT_ONCE + 7).map(|number| format!("piece {number}\n")).collect();
        pieces[0].clear();
        let mut written = Slow(Vec::new());
        write_all_pieces(&mut written, &pieces).unwrap();
        assert_eq!(String::from_utf8(written.0).unwrap(), pieces.concat());
    }

    #[test]
    fn a_file_is_made_or_replaced_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.yaml");
        write_file(&path, "a: 1\n").unwrap();
        write_file(&path, "b: 2\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "b: 2\n");
        assert_eq!(names(directory.path()), ["out.yaml"]);
    }

    #[test]
    fn a_report_is_made_or_replaced_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        for text in ["{}\n", "[]\n"] {
            write_report(&path, |to| to.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(directory.path()), ["report.json"]);
        }
        write_report(&path, |_| Err(ErrorKind::Other.into())).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[]\n");
        assert_eq!(names(directory.path()), ["report.json"]);
    }

    #[test]
    fn of_several_files_none_is_written_unless_all_can_be() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "none/other"].map(|name| directory.path().join(name));
        fs::write(&one, "old").unwrap();
        write_files(&[(&one, "new"), (&other, "new")]).unwrap_err();
        assert_eq!(fs::read_to_string(&one).unwrap(), "old");
        assert_eq!(names(directory.path()), ["one"]);
        write_files(&[(&one, "new"), (&directory.path().join("third"), "new")]).unwrap();
        assert_eq!(fs::read_to_string(&one).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let [real, link] = ["real", "link"].map(|name| directory.path().join(name));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        write_file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = write_file(&directory.path().join("none/out.yaml"), "").unwrap_err();
        assert!(error.diagnostic().message.ends_with("none/out.yaml: no such file or directory"), "{error}");
    }
}
