//! Revisions of the repository that a directory lies in, by the program `git`: what has changed since one, and what a
//! directory was in one. Index and work tree are left alone, and nothing is fetched.

mod listed;
mod snapshot;

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::diagnostics::{Code, Error, Result};
use crate::load::{OF_ANOTHER_REPOSITORY, Scratch, output_of};

pub use listed::paths_listed;
pub use snapshot::Snapshot;

/// A work tree of a git repository, or a bare clone, which has revisions and no files.
#[derive(Debug)]
pub struct WorkTree {
    /// The real path of its highest directory. In a bare clone, paths count from the clone.
    pub top: PathBuf,
    is_bare: bool,
}

impl WorkTree {
    /// The work tree that holds a path, which need not be there itself.
    ///
    /// Fails where there is none, and without the program `git`.
    pub fn holding(path: &Path) -> Result<WorkTree> {
        let directory = path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
        let shown = path.display();
        let ask = |question: &str| git(directory, &["rev-parse".into(), question.into()]);
        let (top, is_bare) = match ask("--show-toplevel")? {
            Ok(top) => (top, false),
            Err(words) if words.contains("dubious ownership") => {
                let message = format!("git refuses the repository of {shown}, which belongs to somebody else");
                return Err(Error::new(Code::Git, message).note(words));
            }
            Err(words) => match (ask("--is-bare-repository")?, ask("--absolute-git-dir")?) {
                (Ok(answer), Ok(clone)) if answer.trim_ascii() == b"true" => (clone, true),
                _ => return Err(Error::new(Code::Git, format!("{shown} is not in a work tree of git")).note(words)),
            },
        };
        let top = PathBuf::from(text(top)?.trim_end_matches(['\n', '\r']));
        let top = top.canonicalize().unwrap_or(top);
        Ok(WorkTree { top, is_bare })
    }

    /// Fails for a bare clone: there are no files that a revision could be compared with.
    pub fn needs_files(&self) -> Result<()> {
        if !self.is_bare {
            return Ok(());
        }
        let message = format!("{} is a bare clone, which has no work tree to compare with", self.top.display());
        Err(Error::new(Code::Git, message).help("compare two revisions, as in `rustomize diff DIR --rev BASE..HEAD`"))
    }

    /// The id of the commit that a revision stands for. Fails for what is no revision.
    pub fn commit(&self, revision: &str) -> Result<String> {
        let question = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &question].map(OsString::from);
        let found = git(&self.top, &arguments)?.map_err(|_| {
            Error::new(Code::Git, format!("{revision} is not a commit of the repository in {}", self.top.display()))
                .help(
                    "name a branch, a tag or a commit that has been fetched; clones of CI often have one commit alone",
                )
        })?;
        Ok(text(found)?.trim_end().to_owned())
    }

    /// The commit where two have parted. Fails where they have nothing in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<String> {
        let ends = [self.commit(one)?, self.commit(other)?];
        let arguments = ["merge-base", &ends[0], &ends[1]].map(OsString::from);
        let found = git(&self.top, &arguments)?.map_err(|_| {
            Error::new(Code::Git, format!("{one} and {other} have no commit in common"))
                .help("if they should have one, this clone may not reach back to it: git fetch --unshallow")
        })?;
        Ok(text(found)?.trim_end().to_owned())
    }

    /// Every file of the work tree that is not as it was in a commit: changed, new, deleted, and both names of one that
    /// was renamed. Ignored files do not count.
    pub fn changed_since(&self, commit: &str) -> Result<Vec<PathBuf>> {
        self.needs_files()?;
        let mut compared =
            vec!["diff", "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "-z"];
        compared.extend([commit, "--"]);
        let untracked = ["ls-files", "--others", "--exclude-standard", "-z"].map(OsString::from);
        let mut changed = self.paths(&self.compare_files(&compared)?);
        changed.extend(self.paths(&self.run(&untracked)?));
        Ok(changed)
    }

    /// The directories that have another name in a later commit or, without one, in the index: what most of the files that
    /// were renamed were in before, and what they are in after. Both are paths below the top.
    pub fn renamed_since(&self, commit: &str, later: Option<&str>) -> Result<Vec<(PathBuf, PathBuf)>> {
        let mut arguments =
            vec!["diff", "--name-status", "--find-renames", "--diff-filter=R", "--no-ext-diff", "-z", commit];
        arguments.extend(later);
        arguments.push("--");
        let listed = self.compare_files(&arguments)?;
        let mut files = HashMap::<(PathBuf, PathBuf), usize>::new();
        // A word about how alike they are, and two paths.
        for renamed in listed.split(|byte| *byte == 0).collect::<Vec<_>>().chunks_exact(3) {
            let parent = |path| path_of(path).parent().unwrap_or(Path::new("")).to_owned();
            let directories = (parent(renamed[1]), parent(renamed[2]));
            if directories.0 != directories.1 {
                *files.entry(directories).or_default() += 1;
            }
        }
        let mut all: Vec<_> = files.into_iter().collect();
        all.sort_by(|(one, more), (other, less)| less.cmp(more).then_with(|| one.cmp(other)));
        let (mut from, mut to) = (HashSet::new(), HashSet::new());
        let directories = all.into_iter().map(|(directories, _)| directories);
        let clear = directories.filter(|(old, new)| from.insert(old.clone()) & to.insert(new.clone()));
        Ok(clear.collect())
    }

    fn paths(&self, listed: &[u8]) -> Vec<PathBuf> {
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        names.map(|name| self.top.join(path_of(name))).collect()
    }

    /// What `git diff` prints. It brings the index up to date where files have been touched, whatever it is told about
    /// locks, so it gets a copy of it.
    fn compare_files(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let question = ["rev-parse", "--git-path", "index"].map(OsString::from);
        let index = self.top.join(text(self.run(&question)?)?.trim_end_matches(['\n', '\r']));
        if self.is_bare || !index.exists() {
            return self.run(&arguments);
        }
        let scratch = Scratch::create().map_err(|error| no_room(&error))?;
        let copy = scratch.directory().join("index");
        copy_with_time(&index, &copy).map_err(|error| no_room(&error))?;
        let mut command = command(&self.top, &arguments);
        command.env("GIT_INDEX_FILE", copy);
        self.succeeded(&arguments, words_of(&mut command)?)
    }

    /// What git prints; its words are the error where it fails.
    fn run(&self, arguments: &[OsString]) -> Result<Vec<u8>> {
        self.succeeded(arguments, git(&self.top, arguments)?)
    }

    fn succeeded(&self, arguments: &[OsString], printed: std::result::Result<Vec<u8>, String>) -> Result<Vec<u8>> {
        printed.map_err(|words| {
            let command: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
            Error::new(Code::Git, format!("git {} has failed", command.join(" "))).note(words)
        })
    }
}

/// Copies a file with the time of its last change: git takes files that are no older than the index for changed.
fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    let changed = std::fs::metadata(from)?.modified()?;
    std::fs::File::options().write(true).open(to)?.set_modified(changed)
}

/// Runs git in a directory: what it prints, or its words where it fails.
fn git(directory: &Path, arguments: &[OsString]) -> Result<std::result::Result<Vec<u8>, String>> {
    words_of(&mut command(directory, arguments))
}

fn words_of(command: &mut Command) -> Result<std::result::Result<Vec<u8>, String>> {
    let output = output_of(command.stdin(Stdio::null())).map_err(|error| unusable(&error))?;
    Ok(match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()),
    })
}

fn command(directory: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new("git");
    // A monitor of the file system is a program that would be started, and stay.
    command.arg("-C").arg(directory).args(["-c", "core.fsmonitor=false"]).args(arguments);
    for name in OF_ANOTHER_REPOSITORY {
        command.env_remove(name);
    }
    // Not even the index is brought up to date, and what a partial clone does not have is not fetched.
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1").env("LC_ALL", "C");
    command
}

fn unusable(error: &std::io::Error) -> Error {
    let message = match error.kind() {
        ErrorKind::NotFound => "the program git is not there".to_owned(),
        _ => return Error::new(Code::Git, format!("the program git cannot be run: {error}")),
    };
    Error::new(Code::Git, message).help("install git, and have it on the PATH")
}

fn no_room(error: &std::io::Error) -> Error {
    let place = std::env::temp_dir();
    let message = format!("files of a revision cannot be written to {}: {error}", place.display());
    Error::new(Code::Output, message).help("set TMPDIR to a directory that can be written to")
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::new(Code::Git, "git has printed a path that is not UTF-8"))
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
