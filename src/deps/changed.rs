//! From changed files to the builds that they reach.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::graph::Dependencies;
use super::links::Ways;

/// A build that a change reaches, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The kustomization: its number among [`Dependencies::kustomizations`].
    pub kustomization: usize,
    /// One of the changed files that reach it.
    pub changed: PathBuf,
    /// The kustomizations between: the first is this one, the last names the file.
    pub way: Vec<usize>,
}

/// The builds among the roots that changes of these files (by absolute paths without `.` and `..`) reach, in their
/// order. Components are no builds of their own, and so are left out.
///
/// A file counts whether it is there, has gone or is new; a directory counts for all that is or was below it.
pub fn touched(dependencies: &Dependencies, changed: &[PathBuf]) -> Vec<Touched> {
    let watched = Watches::of(dependencies);
    let mut reached: FxHashMap<usize, (usize, Option<usize>)> = FxHashMap::default();
    let mut pending = VecDeque::new();
    let mut ways = Ways::default();
    for (number, path) in changed.iter().enumerate() {
        for path in names_of(path, &mut ways) {
            for kustomization in watched.reached_by(&path) {
                reached.entry(kustomization).or_insert_with(|| {
                    pending.push_back(kustomization);
                    (number, None)
                });
            }
        }
    }
    let namers = dependencies.namers();
    while let Some(below) = pending.pop_front() {
        let (number, _) = reached[&below];
        for &namer in &namers[below] {
            reached.entry(namer).or_insert_with(|| {
                pending.push_back(namer);
                (number, Some(below))
            });
        }
    }
    let roots = dependencies.roots.iter().filter(|root| !dependencies.kustomizations[**root].is_component);
    let touched = roots.filter_map(|&root| {
        let (number, _) = reached.get(&root)?;
        let way = std::iter::successors(Some(root), |at| reached[at].1).collect();
        Some(Touched { kustomization: root, changed: changed[*number].clone(), way })
    });
    touched.collect()
}

/// The path as it was given, and by its real directory, and what it leads to if it is a link.
fn names_of(path: &Path, ways: &mut Ways) -> Vec<PathBuf> {
    let mut names = vec![path.to_owned()];
    if let Some((parent, name)) = path.parent().zip(path.file_name()) {
        names.push(ways.find(parent).real.join(name));
    }
    names.push(ways.find(path).real.clone());
    names.dedup();
    names
}

/// Every path that is watched, with the kustomizations that watch it.
struct Watches<'a>(BTreeMap<&'a Path, Vec<(usize, bool)>>);

impl<'a> Watches<'a> {
    fn of(dependencies: &'a Dependencies) -> Self {
        let mut all: BTreeMap<&Path, Vec<(usize, bool)>> = BTreeMap::new();
        for (number, one) in dependencies.kustomizations.iter().enumerate() {
            all.entry(&one.directory).or_default().push((number, false));
            for watched in &one.watched {
                all.entry(&watched.path).or_default().push((number, watched.below));
            }
        }
        Watches(all)
    }

    /// The kustomizations that watch a path, something below it, or a directory with all that is in it above.
    fn reached_by(&self, path: &Path) -> Vec<usize> {
        let here_and_below = self.0.range(path..).take_while(|(watched, _)| watched.starts_with(path));
        let mut reached: Vec<usize> = here_and_below.flat_map(|(_, by)| by.iter().map(|(number, _)| *number)).collect();
        for above in path.ancestors().skip(1) {
            let by = self.0.get(above).into_iter().flatten();
            reached.extend(by.filter(|(_, below)| *below).map(|(number, _)| *number));
        }
        reached
    }
}
