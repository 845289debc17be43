//! What is compared with what.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::deps::{Dependencies, Kustomization};
use crate::diagnostics::{Code, Error, Result};
use crate::diff::{Mask, ObjectDiff, Report, Side, compare, name_causes};
use crate::load::{Repository, holds_kustomization};
use crate::revision::Snapshot;
use crate::{BuildOptions, Session};

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
            return Ok(Report::of(vec![(after.to_owned(), self.compare(&old, &new))]));
        }
        let [old, new] = [before, after].map(|typed| self.session.files.absolute(typed));
        for (typed, path) in [(before, &old), (after, &new)] {
            if !path.is_dir() {
                return Err(Error::new(Code::Usage, format!("{typed} is no directory, as --all needs")));
            }
        }
        let mut names = self.overlays(&old)?;
        names.extend(self.overlays(&new)?);
        self.compare_all(&names, |name| Ok((old.join(name), new.join(name))), |name| name.display().to_string())
    }

    /// The difference of a directory in two revisions. `after` is the work tree where there is no snapshot of it.
    pub fn revisions(
        &self,
        typed: &str,
        path: &Path,
        before: &mut Snapshot,
        mut after: Option<&mut Snapshot>,
    ) -> Result<Report> {
        let old = before.path(path)?;
        let new = after.as_ref().map_or_else(|| Ok(path.to_owned()), |snapshot| snapshot.path(path))?;
        if self.all {
            before.write_kustomizations(&old)?;
            if let Some(snapshot) = after.as_mut() {
                snapshot.write_kustomizations(&new)?;
            }
        } else {
            before.write(std::slice::from_ref(&old))?;
            if let Some(snapshot) = after.as_mut() {
                snapshot.write(std::slice::from_ref(&new))?;
            }
        }
        if !old.exists() && !new.exists() {
            return Err(Error::new(Code::MissingFile, format!("{typed} is in neither revision")));
        }
        let mut names = BTreeSet::from([PathBuf::new()]);
        if self.all {
            names = self.overlays(&old)?;
            names.extend(self.overlays(&new)?);
        }
        let shown = |name: &Path| match (typed, name.display().to_string()) {
            (typed, name) if name.is_empty() => typed.to_owned(),
            (".", name) => name,
            (typed, name) => format!("{}/{name}", typed.trim_end_matches('/')),
        };
        self.compare_all(&names, |name| Ok((old.join(name), new.join(name))), shown)
    }

    fn compare_all(
        &self,
        names: &BTreeSet<PathBuf>,
        paths: impl Fn(&Path) -> Result<(PathBuf, PathBuf)>,
        shown: impl Fn(&Path) -> String,
    ) -> Result<Report> {
        let mut compared: Vec<(String, Vec<ObjectDiff>)> = Vec::new();
        for name in names {
            let (before, after) = paths(name)?;
            let [old, new] = [self.side_at(&before)?, self.side_at(&after)?];
            compared.push((shown(name), self.compare(&old, &new)));
        }
        Ok(Report::of(compared))
    }

    fn compare(&self, before: &Side, after: &Side) -> Vec<ObjectDiff> {
        let mut diffs = compare(self.session, before, after);
        if self.with_causes {
            name_causes(self.session, self.options, (before, after), &mut diffs);
        }
        diffs
    }

    /// What was typed: `-`, a URL, a directory or a file.
    fn side(&self, typed: &str) -> Result<Side> {
        if typed == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            read.map_err(|error| Error::new(Code::Unreadable, format!("stdin: {error}")))?;
            return Side::text(self.session, "stdin", bytes, &self.mask);
        }
        if Repository::parse(typed).is_some() {
            return Side::built(self.session, self.options, typed, &self.mask);
        }
        let path = self.session.files.absolute(typed);
        if !path.exists() {
            let message = format!("{typed}: no such file or directory");
            return Err(Error::new(Code::MissingFile, message));
        }
        self.side_at(&path)
    }

    /// What is at a path: a kustomization, which is built, or manifests; nothing where nothing is.
    fn side_at(&self, path: &Path) -> Result<Side> {
        if holds_kustomization(path) {
            return Side::built(self.session, self.options, &path.to_string_lossy(), &self.mask);
        }
        if path.exists() { Side::manifests(self.session, path, &self.mask) } else { Ok(Side::default()) }
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
