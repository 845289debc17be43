//! The files that a kustomization is made of.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Tree, read_document};

use crate::commands::edit::fields;
use crate::load::KUSTOMIZATION_FILE_NAMES;

/// A file of resources, or of patches.
#[derive(Debug)]
pub struct TouchedFile {
    /// Its path from the current directory.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
    /// What the entry says of it, where it is a patch.
    pub patch: Option<PatchEntry>,
}

/// What the entry of a patch says, but for the patch itself.
#[derive(Debug, Clone, Default)]
pub struct PatchEntry {
    /// The fields of its target.
    pub target: Vec<(String, String)>,
    /// Whether the patch may give its target another name.
    pub allow_name_change: bool,
    /// Whether the patch may give its target another kind.
    pub allow_kind_change: bool,
}

/// The local files of resources and patches of a kustomization in the current directory, and of what it is made of.
pub fn touched(kustomization: &Tree) -> Vec<TouchedFile> {
    let mut walk = Walk::default();
    walk.kustomization(kustomization, Path::new(""));
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<TouchedFile>,
    seen: HashSet<PathBuf>,
}

impl Walk {
    fn kustomization(&mut self, tree: &Tree, directory: &Path) {
        for field in ["resources", "bases", "components"] {
            for item in fields::items(tree, tree.root(), field) {
                self.resource(&directory.join(tree.text(item)));
            }
        }
        for field in ["patches", "patchesJson6902"] {
            for patch in fields::items(tree, tree.root(), field) {
                let path = fields::text(tree, patch, "path");
                if !path.is_empty() {
                    self.file(directory.join(path), Some(entry(tree, patch)));
                }
            }
        }
        for item in fields::items(tree, tree.root(), "patchesStrategicMerge") {
            self.file(directory.join(tree.text(item)), Some(PatchEntry::default()));
        }
    }

    fn resource(&mut self, path: &Path) {
        if !path.is_dir() {
            return self.file(path.to_owned(), None);
        }
        for name in KUSTOMIZATION_FILE_NAMES {
            let file = path.join(name);
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let source = Source::new(FileId(0), file.to_string_lossy(), text).into();
            if let (true, Ok(Some(tree))) = (self.is_new(&file), read_document(&source, Dialect::Yaml11)) {
                self.kustomization(&tree, path);
            }
        }
    }

    /// Adds a file. What is not there, or is not text, is no matter of vars: the build speaks of it.
    fn file(&mut self, path: PathBuf, patch: Option<PatchEntry>) {
        if self.is_new(&path)
            && let Ok(text) = fs::read_to_string(&path)
        {
            self.found.push(TouchedFile { path, text, patch });
        }
    }

    fn is_new(&mut self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| self.seen.insert(real))
    }
}

fn entry(tree: &Tree, patch: NodeId) -> PatchEntry {
    let target = fields::get(tree, patch, "target").into_iter().flat_map(|target| tree.entries(target));
    let target = target.map(|(key, value)| (tree.text(key).to_owned(), tree.text(value).to_owned())).collect();
    let allows = |option: &str| {
        let options = fields::get(tree, patch, "options");
        options.is_some_and(|options| fields::text(tree, options, option) == "true")
    };
    PatchEntry { target, allow_name_change: allows("allowNameChange"), allow_kind_change: allows("allowKindChange") }
}
