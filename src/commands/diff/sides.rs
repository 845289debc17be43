//! What is compared with what.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::deps::{Dependencies, Kustomization};
use crate::diagnostics::{Code, Error, Result};
use crate::diff::{Built, Mask, ObjectDiff, Report, Side, compare, name_causes};
use crate::load::{Repository, holds_kustomization, missing};
use crate::revision::Snapshot;
use crate::{BuildOptions, Session, parallel};

/// What a directory was, and what it is in a later revision or, without one, in the work tree.
pub struct Pair {
    pub before: Snapshot,
    pub after: Option<Snapshot>,
}

/// Two places of which one is compared with the other.
struct Build {
    before: PathBuf,
    after: PathBuf,
    shown: String,
}

/// What is on one side.
enum Found {
    /// A kustomization, built.
    Built(Built),
    /// Manifests, or nothing.
    Objects(Side),
}

impl Pair {
    /// Where a path of the work tree is on the later side.
    fn path_after(&self, path: &Path) -> Result<PathBuf> {
        self.after.as_ref().map_or_else(|| Ok(path.to_owned()), |snapshot| snapshot.path(path))
    }

    /// What is to be compared of one directory, under the name that it has on either side.
    fn build(
        &mut self,
        typed: &str,
        path: &Path,
        renamed: impl Fn() -> Result<Vec<(PathBuf, PathBuf)>>,
    ) -> Result<Build> {
        let (mut old, mut new) = self.write(path, path)?;
        self.has(typed, &old, &new)?;
        if !old.exists() || !new.exists() {
            let renamed = renamed()?;
            let is_it = |(from, to): &&(PathBuf, PathBuf)| *(if old.exists() { from } else { to }) == *path;
            if let Some((from, to)) = renamed.iter().find(is_it) {
                (old, new) = self.write(from, to)?;
            }
        }
        Ok(Build { before: old, after: new, shown: typed.to_owned() })
    }

    /// Writes what builds of a directory need, which may be called differently in the later revision; where it is.
    fn write(&mut self, from: &Path, to: &Path) -> Result<(PathBuf, PathBuf)> {
        let (old, new) = (self.before.path(from)?, self.path_after(to)?);
        self.before.write(std::slice::from_ref(&old))?;
        if let Some(snapshot) = self.after.as_mut() {
            snapshot.write(std::slice::from_ref(&new))?;
        }
        Ok((old, new))
    }

    /// Fails where there is nothing on either side.
    fn has(&self, typed: &str, old: &Path, new: &Path) -> Result<()> {
        if old.exists() || new.exists() {
            return Ok(());
        }
        Err(Error::new(Code::MissingFile, format!("{typed} is in neither revision")))
    }
}

/// Reads sides, and compares them.
pub struct Sides<'s> {
    session: &'s Session,
    options: &'s BuildOptions,
    mask: Mask,
    /// Whether every overlay below is compared.
    all: bool,
    /// Whether the lines are named that cause changes.
    with_causes: bool,
}

impl<'s> Sides<'s> {
    /// Fails where the system has no randomness to give, without which Secrets cannot be hidden.
    pub fn new(session: &'s Session, options: &'s BuildOptions, all: bool, with_causes: bool) -> Result<Sides<'s>> {
        Ok(Sides { session, options, mask: Mask::random()?, all, with_causes })
    }

    /// The difference of two sides that were typed.
    pub fn named(&self, before: &str, after: &str) -> Result<Report> {
        if !self.all {
            let [old, new] = [self.side(before)?, self.side(after)?];
            return Ok(Report::of(vec![(after.to_owned(), self.compare(old, new)?)]));
        }
        let [old, new] = [before, after].map(|typed| self.session.files.absolute(typed));
        for (typed, path) in [(before, &old), (after, &new)] {
            if !path.is_dir() {
                return Err(Error::new(Code::Usage, format!("{typed} is no directory, as --all needs")));
            }
        }
        let mut names = self.overlays(&old)?;
        names.extend(self.overlays(&new)?);
        let builds = names.iter().map(|name| Build {
            before: old.join(name),
            after: new.join(name),
            shown: name.display().to_string(),
        });
        self.each(builds.collect())
    }

    /// The difference of a directory in two revisions. `renamed` tells the directories that have another name in the
    /// later one; it is asked only where one of the two has nothing to compare.
    pub fn revisions(
        &self,
        typed: &str,
        path: &Path,
        mut revisions: Pair,
        renamed: impl Fn() -> Result<Vec<(PathBuf, PathBuf)>>,
    ) -> Result<Report> {
        let builds = if self.all {
            self.overlays_of(typed, path, &mut revisions, renamed)?
        } else {
            vec![revisions.build(typed, path, renamed)?]
        };
        self.each(builds)
    }

    /// What is to be compared of all overlays in and below a directory.
    fn overlays_of(
        &self,
        typed: &str,
        path: &Path,
        revisions: &mut Pair,
        renamed: impl Fn() -> Result<Vec<(PathBuf, PathBuf)>>,
    ) -> Result<Vec<Build>> {
        let (old, new) = (revisions.before.path(path)?, revisions.path_after(path)?);
        revisions.before.write_kustomizations(&old)?;
        if let Some(snapshot) = revisions.after.as_mut() {
            snapshot.write_kustomizations(&new)?;
        }
        revisions.has(typed, &old, &new)?;
        let (mut old_names, new_names) = (self.overlays(&old)?, self.overlays(&new)?);
        let mut names: Vec<(PathBuf, PathBuf)> = Vec::new();
        if old_names != new_names {
            for (from, to) in renamed()? {
                let inside = |renamed: &Path| renamed.strip_prefix(path).ok().map(Path::to_owned);
                let Some((from, to)) = inside(&from).zip(inside(&to)) else { continue };
                let has_come = new_names.contains(&to) && !old_names.contains(&to);
                if has_come && !new_names.contains(&from) && old_names.remove(&from) {
                    names.push((from, to));
                }
            }
        }
        let renamed: BTreeSet<PathBuf> = names.iter().map(|(_, to)| to.clone()).collect();
        let others = old_names.union(&new_names).filter(|name| !renamed.contains(*name));
        names.extend(others.map(|name| (name.clone(), name.clone())));
        names.sort_by(|(_, one), (_, other)| one.cmp(other));
        let shown = |name: &Path| match (typed, name.display().to_string()) {
            (typed, name) if name.is_empty() => typed.to_owned(),
            (".", name) => name,
            (typed, name) => format!("{}/{name}", typed.trim_end_matches('/')),
        };
        let builds = names.into_iter().map(|(from, to)| Build {
            before: old.join(&from),
            after: new.join(&to),
            shown: if from == to { shown(&to) } else { format!("{} → {}", shown(&from), shown(&to)) },
        });
        Ok(builds.collect())
    }

    fn each(&self, builds: Vec<Build>) -> Result<Report> {
        let compared = parallel::map(&builds, builds.len() * parallel::MUCH, |Build { before, after, shown }| {
            let [old, new] = [self.side_at(before)?, self.side_at(after)?];
            Ok((shown.clone(), self.compare(old, new)?))
        });
        Ok(Report::of(compared.into_iter().collect::<Result<_>>()?))
    }

    fn compare(&self, before: Found, after: Found) -> Result<Vec<ObjectDiff>> {
        let [before, after] = match (before, after) {
            (Found::Built(before), Found::Built(after)) => Built::sides(&before, &after, &self.mask)?,
            (before, after) => [self.objects(before)?, self.objects(after)?],
        };
        let mut diffs = compare(self.session, &before, &after);
        if self.with_causes {
            name_causes(self.session, self.options, (&before, &after), &mut diffs);
        }
        Ok(diffs)
    }

    fn objects(&self, found: Found) -> Result<Side> {
        match found {
            Found::Built(built) => built.side(&self.mask),
            Found::Objects(side) => Ok(side),
        }
    }

    /// What was typed: `-`, a URL, a directory or a file.
    fn side(&self, typed: &str) -> Result<Found> {
        if typed == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            read.map_err(|error| Error::new(Code::Unreadable, format!("stdin: {error}")))?;
            return Side::text(self.session, "stdin", bytes, &self.mask).map(Found::Objects);
        }
        if Repository::parse(typed).is_some() {
            return self.built(typed);
        }
        let path = self.session.files.absolute(typed);
        match path.metadata() {
            Ok(_) => self.side_at(&path),
            Err(error) => Err(missing(typed, &path, &error)),
        }
    }

    /// What is at a path: a kustomization, which is built, or manifests; nothing where nothing is.
    fn side_at(&self, path: &Path) -> Result<Found> {
        if !holds_kustomization(path) {
            let side = if path.exists() { Side::manifests(self.session, path, &self.mask)? } else { Side::default() };
            return Ok(Found::Objects(side));
        }
        let Some(typed) = path.to_str() else {
            let message = format!("the name of the directory {} is not UTF-8", self.session.files.show(path));
            return Err(Error::new(Code::Unreadable, message).help("give it another name, so that it can be compared"));
        };
        self.built(typed)
    }

    fn built(&self, directory: &str) -> Result<Found> {
        Built::of(self.session, self.options, directory).map(Found::Built)
    }

    /// The overlays in and below a directory, by their paths from there: kustomizations that stand on others, or that
    /// none below stands on. What is a base of others and no more is seen in these.
    fn overlays(&self, directory: &Path) -> Result<BTreeSet<PathBuf>> {
        if !directory.is_dir() {
            return Ok(BTreeSet::new());
        }
        let found = Dependencies::below(&Session::default(), &directory.to_string_lossy())?;
        let named: BTreeSet<usize> = found.kustomizations.iter().flat_map(Kustomization::directories).collect();
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let overlays = found.roots.iter().filter_map(|root| {
            let one = &found.kustomizations[*root];
            let is_overlay = one.directories().next().is_some() || !named.contains(root);
            let path = one.directory.strip_prefix(&real).ok()?;
            (is_overlay && !one.is_component).then(|| path.to_owned())
        });
        Ok(overlays.collect())
    }
}
