use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustomize_yaml::{Dialect, FileId, NodeId, Source, Tree, read_document, read_resources};

use super::item_texts;
use crate::diagnostics::{Code, Error, Result};

/// The file that makes a package of its folder.
const PACKAGE_FILE: &str = "Krmfile";
/// The file that names what is no manifest, as `.gitignore` does.
const IGNORE_FILE: &str = ".krmignore";

/// One document of a file.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// What it holds. Its source is the text of this document alone.
    pub tree: Tree,
    /// The path of its file from the folder that was read; empty for standard input.
    pub path: String,
    /// Which document of the file it is, from 0.
    pub index: usize,
}

impl Manifest {
    /// A text at a path from the root; empty where there is none.
    pub fn text(&self, path: &[&str]) -> &str {
        let tree = &self.tree;
        tree.path(tree.root(), path).filter(|&node| tree.is_scalar(node)).map_or("", |node| tree.text(node))
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// An annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let node = self.tree.path(self.tree.root(), &["metadata", "annotations", key]);
        node.map(|node| self.tree.text(node))
    }
}

/// The packages of a folder: itself, and with `recurse` every folder below it that has a `Krmfile`.
pub fn packages(folder: &str, recurse: bool) -> Result<Vec<String>> {
    let mut packages = vec![folder.to_owned()];
    if recurse {
        let fail = |error: io::Error| unreadable(Path::new(folder), &error);
        walk(Path::new(folder), &mut |path, _| {
            if path.file_name().is_some_and(|name| name == PACKAGE_FILE) {
                let package = path.parent().unwrap_or(Path::new(".")).to_string_lossy().into_owned();
                if Path::new(&package) != Path::new(folder) {
                    packages.push(package);
                }
            }
            true
        })
        .map_err(fail)?;
    }
    Ok(packages)
}

/// The manifests of the YAML files in and below a folder, or of one file, in the order of their paths. With
/// `one_package`, folders that are packages of their own are left out.
///
/// Fails for what cannot be read, and for documents that are no mappings.
pub fn read_folder(folder: &str, patterns: &[&str], one_package: bool) -> Result<Vec<Manifest>> {
    let root = Path::new(folder);
    let ignored = ignored(root);
    let mut files: Vec<PathBuf> = Vec::new();
    walk(root, &mut |path, is_directory| {
        if path == root && is_directory {
            return true;
        }
        if ignored.matched(path, is_directory).is_ignore() {
            return false;
        }
        let is_wanted = |ending: &&str| path.extension().is_some_and(|extension| extension == *ending);
        if !is_directory && patterns.iter().any(is_wanted) {
            files.push(path.to_owned());
        }
        !(is_directory && one_package && path.join(PACKAGE_FILE).exists())
    })
    .map_err(|error| unreadable(root, &error))?;

    let mut manifests = Vec::new();
    for file in files {
        let relative = file.strip_prefix(root).ok().filter(|path| !path.as_os_str().is_empty());
        let relative = relative.map_or_else(|| PathBuf::from(file.file_name().unwrap_or_default()), Path::to_owned);
        let bytes = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        manifests.extend(read(FileId(0), &file.to_string_lossy(), bytes, &relative.to_string_lossy())?);
    }
    Ok(manifests)
}

/// The manifests that come on standard input; those of a list, where that is all there is.
pub fn read_stdin() -> Result<Vec<Manifest>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| unreadable(Path::new("stdin"), &error))?;
    let manifests = read(FileId(0), "stdin", bytes, "")?;
    match manifests.as_slice() {
        [list] if matches!(list.kind(), "List" | "ResourceList") => {
            let items = list.tree.get(list.tree.root(), "items");
            items.map_or(Ok(manifests.clone()), |items| unwrapped(&list.tree, items))
        }
        _ => Ok(manifests),
    }
}

fn unwrapped(tree: &Tree, items: NodeId) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for text in item_texts(tree, items) {
        manifests.extend(read(FileId(0), "stdin", text.into(), "")?);
    }
    Ok(manifests)
}

/// The manifests in a text that is called `shown` in errors. Their sources get the number `file`.
pub fn read_documents(file: FileId, shown: &str, text: &str) -> Result<Vec<Manifest>> {
    read(file, shown, text.into(), "")
}

fn read(file: FileId, shown: &str, bytes: Vec<u8>, path: &str) -> Result<Vec<Manifest>> {
    let unread = |error| Error::from_yaml(error, &Default::default());
    let source = Arc::new(Source::from_bytes(file, shown, bytes).map_err(unread)?);
    // The whole is read for its errors, which then have the right place.
    for tree in read_resources(&source).map_err(|error| Error::from_yaml(error, &source))? {
        if !tree.is_mapping(tree.root()) {
            return Err(Error::new(Code::InvalidResource, format!("{shown} has a document that is no mapping")));
        }
    }
    let mut manifests = Vec::new();
    for piece in pieces(&source.text().replace("\r\n", "\n")) {
        let source = Arc::new(Source::new(file, shown, piece));
        let tree = read_document(&source, Dialect::Yaml12).map_err(|error| Error::from_yaml(error, &source))?;
        if let Some(tree) = tree.filter(|tree| !tree.is_null(tree.root())) {
            manifests.push(Manifest { tree, path: path.to_owned(), index: manifests.len() });
        }
    }
    Ok(manifests)
}

/// The texts between the lines that begin with `---`.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && line.starts_with("---") && line.ends_with('\n') {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push_str(line);
        }
    }
    pieces
}

/// Goes through files and folders in the order of their names, and into the folders that `visit` says yes to.
fn walk(path: &Path, visit: &mut dyn FnMut(&Path, bool) -> bool) -> io::Result<()> {
    let is_directory = if path.is_symlink() { false } else { fs::metadata(path)?.is_dir() };
    if !visit(path, is_directory) || !is_directory {
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    entries.iter().try_for_each(|entry| walk(&entry.path(), visit))
}

fn ignored(root: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(root);
    // What cannot be read, or is no pattern, ignores nothing.
    let _ = builder.add(root.join(IGNORE_FILE));
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ => error.to_string(),
    };
    Error::new(Code::MissingFile, format!("{}: {reason}", path.display()))
}
