//! Reading many files at a time, before it is their turn.

use std::fs;
use std::path::{Component, Path};
use std::sync::Arc;

use rustomize_yaml::{FileId, Source, Spanned};

use super::Loader;
use crate::parallel;

/// How many resources a file holds, more or less, and what reading and parsing one costs beside changing it a little.
const WORK_PER_FILE: usize = 10;

impl Loader {
    /// Reads those entries that name plain files beside the kustomization which nobody has read before, and calls `act`
    /// for the text of each. The results come in the order of the entries.
    ///
    /// There is nothing for all other entries, and for what cannot be read: they are left for when it is their turn.
    pub fn read_ahead<R: Send>(
        &self,
        entries: &[Spanned<String>],
        act: impl Fn(&Arc<Source>) -> R + Sync,
    ) -> Vec<Option<(Arc<Source>, R)>> {
        if entries.len() < 2 {
            return Vec::new();
        }
        let first = self.files.sources.reserve(entries.len());
        let shown_root = self.shown_root();
        let mut numbered: Vec<(FileId, &str)> =
            entries.iter().zip(first.0..).map(|(entry, number)| (FileId(number), entry.as_str())).collect();
        parallel::map_mut(&mut numbered, entries.len() * WORK_PER_FILE, |&mut (id, entry)| {
            let source = self.read_beside(id, entry, &shown_root)?;
            let result = act(&source);
            Some((source, result))
        })
    }

    fn read_beside(&self, id: FileId, entry: &str, shown_root: &str) -> Option<Arc<Source>> {
        if !is_name(entry) {
            return None;
        }
        let path = self.stop.root.join(entry);
        // A link may lead out of the root, and a name may have more to it: that is for the others to find out.
        let metadata = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let shown = if shown_root == "." { entry.to_owned() } else { format!("{shown_root}/{entry}") };
        self.files.first_text(id, &path, metadata.len(), &shown)
    }
}

/// Whether an entry is the name of something in the directory of the kustomization, and no URL.
fn is_name(entry: &str) -> bool {
    let mut components = Path::new(entry).components();
    let is_one =
        matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == entry);
    is_one && !entry.contains([':', '\n'])
}
