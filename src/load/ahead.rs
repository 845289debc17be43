//! Reading many files at a time, before it is their turn.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rustomize_yaml::{FileId, Source, Spanned};

use super::Loader;
use super::region::Region;
use crate::parallel;

/// How many resources a file holds, more or less, and what reading and parsing one costs beside changing it a little.
const WORK_PER_FILE: usize = 10;

/// What opening and reading a file that is not large costs beside changing a resource a little.
const WORK_TO_READ: usize = 2;

/// A file that is to be read ahead.
struct Ahead {
    id: FileId,
    path: PathBuf,
    length: usize,
    bytes: Option<Bytes>,
}

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
        let numbered = entries.iter().zip(first.0..);
        let mut files: Vec<Option<Ahead>> =
            numbered.map(|(entry, number)| self.beside(FileId(number), entry)).collect();
        read_into_one(&mut files);
        let shown_root = self.shown_root();
        parallel::map_mut(&mut files, entries.len() * WORK_PER_FILE, |file| {
            let Ahead { id, path, length, bytes } = file.take()?;
            let bytes = bytes.or_else(|| read(&path, length))?;
            let name = path.file_name()?.to_str()?;
            let shown = if shown_root == "." { name.to_owned() } else { format!("{shown_root}/{name}") };
            let source = self.files.first_text(id, &path, &shown, bytes)?;
            let result = act(&source);
            Some((source, result))
        })
    }

    /// The file that an entry names, to be read under a number.
    fn beside(&self, id: FileId, entry: &str) -> Option<Ahead> {
        if !is_name(entry) {
            return None;
        }
        let path = self.stop.root.join(entry);
        // A link may lead out of the root, and a name may have more to it: that is for the others to find out.
        let metadata = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let length = usize::try_from(metadata.len()).ok()?;
        (!self.files.is_known(&path)).then_some(Ahead { id, path, length, bytes: None })
    }
}

/// Reads files into one piece of memory, if they are long enough all together.
fn read_into_one(files: &mut [Option<Ahead>]) {
    let Some(mut region) = Region::new(files.iter().flatten().map(|file| file.length).sum()) else { return };
    let mut rest = region.as_mut();
    let mut places = Vec::with_capacity(files.len());
    for file in files.iter().flatten() {
        let (place, behind) = rest.split_at_mut(file.length);
        places.push((&*file.path, place));
        rest = behind;
    }
    let work = places.len() * WORK_TO_READ;
    let are_read = parallel::map_mut(&mut places, work, |(path, place)| {
        // What says that it is empty may be made by the system as it is read.
        !place.is_empty() && File::open(path).and_then(|mut file| file.read_exact(place)).is_ok()
    });
    let bytes = region.into_bytes();
    let mut end = 0;
    for (file, is_read) in files.iter_mut().flatten().zip(are_read) {
        let start = end;
        end += file.length;
        file.bytes = is_read.then(|| bytes.slice(start..end));
    }
}

/// What a file of so many bytes holds; `None` where it cannot be read.
fn read(path: &Path, length: usize) -> Option<Bytes> {
    if length == 0 {
        return fs::read(path).ok().map(Bytes::from);
    }
    // Read in one go, without a look whether there is more.
    let mut bytes = Vec::with_capacity(length);
    File::open(path).ok()?.take(length as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes.into())
}

/// Whether an entry is the name of something in the directory of the kustomization, and no URL.
fn is_name(entry: &str) -> bool {
    let mut components = Path::new(entry).components();
    let is_one =
        matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == entry);
    is_one && !entry.contains([':', '\n'])
}
