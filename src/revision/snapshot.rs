//! What directories were in a commit, in a directory of this process alone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{Seek, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{WorkTree, command, git, no_room, path_of, unusable};
use crate::deps::{Dependencies, Thing};
use crate::diagnostics::{Code, Error, Result};
use crate::load::{KUSTOMIZATION_FILE_NAMES, Scratch, is_kustomization_file, output_of};
use crate::session::Session;

/// Files of one commit, written as far as somebody needs them. They go when this is dropped.
#[derive(Debug)]
pub struct Snapshot {
    _scratch: Scratch,
    /// The real path of the directory that holds them and nothing else.
    root: PathBuf,
    top: PathBuf,
    /// What the commit holds, by paths from its top.
    entries: BTreeMap<PathBuf, Entry>,
    written: HashSet<PathBuf>,
    /// The submodules whose files cannot be read, since their repositories, or the commits that they are at, are not here.
    absent: Vec<PathBuf>,
}

#[derive(Debug)]
struct Entry {
    is_link: bool,
    object: String,
    /// A directory of the repository that has the object: a submodule has one of its own.
    repository: Arc<Path>,
}

impl Snapshot {
    /// A snapshot of a commit with nothing in it yet. Its files are shown with `label:` before their paths, or, without
    /// a label, like those of the work tree.
    pub fn of(tree: &WorkTree, commit: &str, label: Option<&str>, session: &Session) -> Result<Snapshot> {
        let scratch = Scratch::create().map_err(|error| no_room(&error))?;
        let root = scratch.directory().join("tree");
        fs::create_dir(&root).map_err(|error| no_room(&error))?;
        session.files.show_as(&root, &tree.top, label);
        let mut snapshot = Snapshot {
            _scratch: scratch,
            root,
            top: tree.top.clone(),
            entries: BTreeMap::new(),
            written: HashSet::new(),
            absent: Vec::new(),
        };
        let listed = tree.run(&list_of(commit))?;
        snapshot.take_in(Path::new(""), &listed)?;
        Ok(snapshot)
    }

    /// Takes in what `git ls-tree` says of a commit of the repository at a path. Submodules are read from their own
    /// repositories, where these are there and have the commit.
    fn take_in(&mut self, at: &Path, listed: &[u8]) -> Result<()> {
        let repository: Arc<Path> = self.top.join(at).into();
        for (kind, path, is_link, object) in listed.split(|byte| *byte == 0).filter_map(entry) {
            let path = at.join(path);
            match kind {
                "blob" => {
                    let entry = Entry { is_link, object: object.to_owned(), repository: repository.clone() };
                    self.entries.insert(path, entry);
                }
                "commit" => {
                    let repository = self.top.join(&path);
                    let is_here = repository.join(".git").exists();
                    match is_here.then(|| git(&repository, &list_of(object))).transpose()? {
                        Some(Ok(listed)) => self.take_in(&path, &listed)?,
                        _ => self.absent.push(path),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The submodules, by their paths from the top, whose files cannot be read.
    pub fn absent_submodules(&self) -> &[PathBuf] {
        &self.absent
    }

    /// Where a path of the work tree is in the snapshot. Fails for one outside of the work tree.
    pub fn path(&self, path: &Path) -> Result<PathBuf> {
        let inside = path.strip_prefix(&self.top).map_err(|_| {
            Error::new(Code::Git, format!("{} is not in the work tree {}", path.display(), self.top.display()))
        })?;
        Ok(self.root.join(inside))
    }

    /// Writes the directories (by their paths in the snapshot) with everything that their builds stand on: all below for
    /// one that is no kustomization.
    pub fn write(&mut self, directories: &[PathBuf]) -> Result<()> {
        let paths = directories.iter().flat_map(|directory| self.at(self.inside(directory), true)).collect();
        self.write_all(paths)?;
        self.write_needed(directories)
    }

    /// Writes all kustomizations in and below a directory, with everything that their builds stand on; where they are.
    pub fn write_kustomizations(&mut self, directory: &Path) -> Result<Vec<PathBuf>> {
        let inside = self.inside(directory).to_owned();
        let files: Vec<PathBuf> = self.below(&inside).filter(|path| is_kustomization_file(path)).cloned().collect();
        let mut directories: Vec<PathBuf> =
            files.iter().filter_map(|file| file.parent()).map(|parent| self.root.join(parent)).collect();
        directories.dedup();
        self.write_all(files)?;
        self.write_needed(&directories)?;
        Ok(directories)
    }

    /// Writes what kustomizations name until nothing is missing that the commit has.
    fn write_needed(&mut self, directories: &[PathBuf]) -> Result<()> {
        let directories: Vec<PathBuf> = directories
            .iter()
            .filter(|directory| directory.is_dir())
            .filter_map(|found| found.canonicalize().ok())
            .collect();
        loop {
            // What a session has read once it does not read again, so each look needs one of its own.
            let found = Dependencies::in_spite_of_failures(&Session::default(), &directories);
            let runs_programs = |thing: &Thing| matches!(thing, Thing::Program(_) | Thing::Image(_));
            let uses = found.kustomizations.iter().flat_map(|one| &one.uses);
            if uses.clone().any(|used| runs_programs(&used.thing)) {
                // Nobody knows what a program reads.
                return self.write_all(self.entries.keys().cloned().collect());
            }
            let before = self.written.len();
            let watched = found.kustomizations.iter().flat_map(|one| one.watched_paths());
            let inside = watched.filter_map(|(path, below)| Some((path.strip_prefix(&self.root).ok()?, below)));
            let paths = inside.flat_map(|(path, below)| self.needed_at(path, below)).collect();
            self.write_all(paths)?;
            if self.written.len() == before {
                return Ok(());
            }
        }
    }

    /// What has to be there for a path to be read: the link on the way to it, or what is at it.
    fn needed_at(&self, path: &Path, below: bool) -> Vec<PathBuf> {
        let link = path.ancestors().skip(1).find(|above| self.entries.get(*above).is_some_and(|entry| entry.is_link));
        match link {
            Some(link) => vec![link.to_owned()],
            None => self.at(path, below),
        }
    }

    /// What is at a path: a file, the kustomization of a directory or, if it is asked for, all that is below one without.
    fn at(&self, path: &Path, below: bool) -> Vec<PathBuf> {
        let kustomization = || KUSTOMIZATION_FILE_NAMES.iter().map(|name| path.join(name));
        if self.entries.contains_key(path) {
            vec![path.to_owned()]
        } else if kustomization().any(|file| self.entries.contains_key(&file)) {
            kustomization().collect()
        } else if below {
            self.below(path).cloned().collect()
        } else {
            Vec::new()
        }
    }

    fn below<'a>(&'a self, directory: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        let from = self.entries.range(directory.to_owned()..);
        from.map(|(path, _)| path).take_while(move |path| path.starts_with(directory))
    }

    fn inside<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Writes those files of the commit that are not written yet, each once: one process of git gives them all.
    fn write_all(&mut self, paths: Vec<PathBuf>) -> Result<()> {
        let paths: BTreeSet<PathBuf> = paths.into_iter().collect();
        let new: Vec<PathBuf> = paths
            .into_iter()
            .filter(|path| self.entries.contains_key(path) && !self.written.contains(path))
            .filter(|path| path.components().all(|part| matches!(part, Component::Normal(_))))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut by_repository: BTreeMap<&Path, Vec<&PathBuf>> = BTreeMap::new();
        for path in &new {
            by_repository.entry(&self.entries[path].repository).or_default().push(path);
        }
        let mut all = Vec::new();
        for (repository, paths) in by_repository {
            let contents = self.contents(repository, &paths)?;
            all.extend(paths.into_iter().cloned().zip(contents));
        }
        for (path, content) in all {
            let target = self.root.join(&path);
            let written = target.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
                if self.entries[&path].is_link { link(&content, &target) } else { fs::write(&target, &content) }
            });
            written.map_err(|error| no_room(&error))?;
            self.written.insert(path);
        }
        Ok(())
    }

    /// The contents of files of one repository, as the object store has them.
    fn contents(&self, repository: &Path, paths: &[&PathBuf]) -> Result<Vec<Vec<u8>>> {
        let mut names = tempfile::tempfile().map_err(|error| no_room(&error))?;
        let lines: String = paths.iter().map(|path| format!("{}\n", self.entries[*path].object)).collect();
        names.write_all(lines.as_bytes()).and_then(|()| names.rewind()).map_err(|error| no_room(&error))?;
        let output = output_of(command(repository, &["cat-file", "--batch"]).stdin(names)).map_err(|e| unusable(&e))?;
        let words = String::from_utf8_lossy(&output.stderr);
        let mut rest = output.stdout.as_slice();
        let mut contents = Vec::with_capacity(paths.len());
        for path in paths {
            let (content, after) =
                batch_entry(rest).ok_or_else(|| not_here(&path.display().to_string(), words.trim_end()))?;
            contents.push(content.to_owned());
            rest = after;
        }
        Ok(contents)
    }
}

/// The error for a file whose content git does not give, with the words of git, if it has any.
fn not_here(shown: &str, words: &str) -> Error {
    let error = Error::new(Code::Git, format!("the content of {shown} is not in this clone"))
        .help("nothing is fetched here; in a partial clone, `git fetch --refetch --no-filter` does it");
    if words.is_empty() { error } else { error.note(words) }
}

/// The arguments by which git lists all files of a commit.
fn list_of(commit: &str) -> [OsString; 5] {
    ["ls-tree", "-r", "-z", "--full-tree", commit].map(OsString::from)
}

/// One entry of `git ls-tree`, which has mode, type and object before a tab, the path behind it: the type, the path,
/// whether it is a link, and the object.
fn entry(line: &[u8]) -> Option<(&str, PathBuf, bool, &str)> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let mut words = std::str::from_utf8(&line[..tab]).ok()?.split(' ');
    let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
    Some((kind, path_of(&line[tab + 1..]), mode == "120000", object))
}

/// The content of the first object that `git cat-file --batch` has printed, and what follows it.
fn batch_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let size: usize = std::str::from_utf8(&bytes[..end]).ok()?.rsplit(' ').next()?.parse().ok()?;
    let content = bytes.get(end + 1..end + 1 + size)?;
    Some((content, bytes.get(end + 2 + size..)?))
}

#[cfg(unix)]
fn link(content: &[u8], at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(path_of(content), at)
}

#[cfg(not(unix))]
fn link(content: &[u8], at: &Path) -> std::io::Result<()> {
    // As git does where there are no links.
    fs::write(at, content)
}
