//! Memory for many bytes that are read, asked for once.
//!
//! The system hands out memory page by page as it is touched, which takes several times as long as to fill it. Here it
//! is asked for all pages at once, and for large ones where that leaves nothing over.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use memmap2::{MmapMut, MmapOptions};

/// From how many bytes on it is worth while to ask the system.
const MANY: usize = 64 << 10;

/// The length of a large page.
const LARGE_PAGE: usize = 2 << 20;

/// Memory of a certain length, to be filled.
pub(super) struct Region(MmapMut);

impl Region {
    /// `None` for so few bytes that any memory does as well, and where there is none.
    pub(super) fn new(length: usize) -> Option<Region> {
        if length < MANY {
            return None;
        }
        let memory = if length < LARGE_PAGE {
            MmapOptions::new().len(length).populate().map_anon().ok()?
        } else {
            // Only what is as long as some large pages begins where one does.
            let memory = MmapOptions::new().len(length.next_multiple_of(LARGE_PAGE)).map_anon().ok()?;
            fill_with_pages(&memory, length);
            memory
        };
        Some(Region(memory))
    }

    /// The memory, which may be longer than was asked for.
    pub(super) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// What it has been filled with, for many to share.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self.0)
    }
}

/// Has the system give so many bytes of the memory now. Where it cannot, it gives them when they are touched.
#[cfg(target_os = "linux")]
fn fill_with_pages(memory: &MmapMut, length: usize) {
    use memmap2::Advice;
    let _ = memory.advise_range(Advice::HugePage, 0, length / LARGE_PAGE * LARGE_PAGE);
    let _ = memory.advise_range(Advice::PopulateWrite, 0, length);
}

#[cfg(not(target_os = "linux"))]
fn fill_with_pages(_: &MmapMut, _: usize) {}

/// What a file holds.
pub(super) fn read(path: &Path) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let Some(mut region) = Region::new(length).filter(|_| metadata.is_file()) else {
        let mut bytes = Vec::with_capacity(length);
        file.read_to_end(&mut bytes)?;
        return Ok(bytes.into());
    };
    match file.read_exact(&mut region.as_mut()[..length]) {
        Ok(()) => Ok(region.into_bytes().slice(..length)),
        // It has become shorter since.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(fs::read(path)?.into()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_any_length_are_read_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for length in [0, 1, MANY - 1, MANY, MANY + 1, LARGE_PAGE, 2 * LARGE_PAGE + 4097] {
            let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            fs::write(&path, &content).unwrap();
            assert!(read(&path).unwrap() == content, "{length}");
        }
        assert!(read(directory.path()).is_err());
    }
}
