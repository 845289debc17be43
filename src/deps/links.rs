//! Real paths, with the links on the way: a change of a link is a change of what is read through it.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;

/// More links than this in a row are a circle.
const MOST_LINKS: usize = 40;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The real path; where something is missing, what it would be.
    pub real: PathBuf,
    /// The links on the way, by their own real paths.
    pub links: Vec<PathBuf>,
    /// What is at its end.
    pub end: End,
}

/// What is at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    File,
    Directory,
    Nothing,
}

/// Finds ways, and keeps what it has found.
#[derive(Debug, Default)]
pub struct Ways {
    known: FxHashMap<PathBuf, Rc<Way>>,
}

impl Ways {
    /// Follows an absolute path without `.` and `..`.
    pub fn find(&mut self, path: &Path) -> Rc<Way> {
        self.follow(path, MOST_LINKS)
    }

    fn follow(&mut self, path: &Path, patience: usize) -> Rc<Way> {
        if let Some(way) = self.known.get(path) {
            return way.clone();
        }
        let way = match path.parent().zip(path.file_name()) {
            None => Rc::new(Way { real: path.to_owned(), links: Vec::new(), end: End::Directory }),
            Some((parent, name)) => {
                let parent = self.follow(parent, patience);
                Rc::new(self.step(&parent, name, patience))
            }
        };
        self.known.insert(path.to_owned(), way.clone());
        way
    }

    fn step(&mut self, parent: &Way, name: &OsStr, patience: usize) -> Way {
        let real = parent.real.join(name);
        let mut links = parent.links.clone();
        let metadata = std::fs::symlink_metadata(&real).ok().filter(|_| parent.end == End::Directory);
        match metadata {
            None => Way { real, links, end: End::Nothing },
            Some(metadata) if metadata.is_symlink() => {
                let target = std::fs::read_link(&real).ok().filter(|_| patience > 0);
                links.push(real.clone());
                let Some(target) = target else { return Way { real, links, end: End::Nothing } };
                let end = self.follow_target(&parent.real, &target, patience - 1);
                links.extend(end.links);
                Way { links, ..end }
            }
            Some(metadata) => Way { real, links, end: if metadata.is_dir() { End::Directory } else { End::File } },
        }
    }

    /// Follows the target of a link from the real directory that has the link. Here `..` goes up from where a link on
    /// the way has led, as the system has it.
    fn follow_target(&mut self, from: &Path, target: &Path, patience: usize) -> Way {
        let mut way = Way { real: from.to_owned(), links: Vec::new(), end: End::Directory };
        for component in target.components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => drop(way.real.pop()),
                Component::Normal(name) => way = self.step(&way, name, patience),
                Component::Prefix(_) | Component::RootDir => way.real.push(component),
            }
        }
        way
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_on_the_way_is_told() {
        let place = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(place.path()).unwrap();
        fs::create_dir_all(root.join("real/deep")).unwrap();
        fs::write(root.join("real/file"), "").unwrap();
        symlink("real/deep", root.join("link")).unwrap();
        symlink("../file", root.join("real/deep/up")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        symlink("gone/far", root.join("dangling")).unwrap();
        let find = |path: &str| Ways::default().find(&root.join(path)).as_ref().clone();
        let names = |way: &Way| {
            let names = way.links.iter().map(|link| link.strip_prefix(&root).unwrap().display().to_string());
            names.collect::<Vec<_>>()
        };
        let up = find("link/up");
        assert_eq!((up.real.clone(), up.end), (root.join("real/file"), End::File));
        assert_eq!(names(&up), ["link", "real/deep/up"]);
        assert_eq!(find("circle").end, End::Nothing);
        let dangling = find("dangling");
        assert_eq!((dangling.real.clone(), dangling.end), (root.join("gone/far"), End::Nothing));
        assert_eq!(find("real/file/below").end, End::Nothing);
    }
}
