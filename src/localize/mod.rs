//! Copies of kustomizations in which nothing is remote, as `kustomize localize` makes them.
//!
//! A copy mirrors the directories of its scope. What a URL named lies under `localized-files`, by host and path, and
//! the entries of the kustomizations name the copies. Everything is written to a directory beside the destination,
//! which takes its name when the copy is complete.

mod charts;
mod destination;
mod paths;
mod plugins;
mod rewrite;
mod root;

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::load::{Loader, Repository};
use crate::session::Session;
use crate::{Compat, LoadRestrictor};

use destination::Destination;
use root::Root;

/// What to copy, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The directory of the kustomization, or a repository's URL with a `ref`.
    pub target: &'a str,
    /// The directory to make; empty for one in the current directory, called after the target.
    pub destination: &'a str,
    /// The directory that local references may not leave, which the copy mirrors; empty for the target itself.
    pub scope: &'a str,
    /// The kustomize whose rules of paths hold.
    pub compat: Compat,
}

/// A copy.
#[derive(Debug)]
pub struct Localized {
    /// The directory that was made.
    pub destination: PathBuf,
    /// The copy of the target in it.
    pub target: PathBuf,
    /// What there was to warn of.
    pub warnings: Vec<Diagnostic>,
}

/// Makes a copy of a kustomization and all that it names.
///
/// Fails where a kustomization or what it names cannot be read, where a local reference leaves the scope, where a
/// repository is named without a `ref`, where `localized-files` are there already, and where the destination exists.
/// Nothing is left behind then.
pub fn localize(session: &Session, request: Request) -> Result<Localized> {
    if let Some(repository) = Repository::parse(request.target) {
        need_reference(&repository)?;
    }
    // Whatever builds allow: a copy of what lies elsewhere could not be built.
    let loader = Loader::open(&session.files, request.target, LoadRestrictor::RootOnly)?.like(request.compat);
    let scope = scope(request, &loader)?;
    let name =
        if request.destination.is_empty() { paths::default_destination(&loader) } else { request.destination.into() };
    let destination = Destination::create(Path::new(&name))?;
    let inside = paths::relative(&scope, loader.root());
    let into = paths::join(destination.incomplete(), &inside);
    let is_local = loader.checkout().is_none();
    let localizer = Localizer {
        session,
        scope: &scope,
        destination: &destination,
        done: RefCell::default(),
        warnings: RefCell::default(),
    };
    localizer.localize(&Root { loader, is_local, into })?;
    let warnings = localizer.warnings.into_inner();
    let made = destination.complete()?;
    Ok(Localized { target: paths::join(&made, &inside), destination: made, warnings })
}

/// The real path of the directory that local references may not leave.
fn scope(request: Request, loader: &Loader) -> Result<PathBuf> {
    let Request { scope, target, .. } = request;
    if let Some(checkout) = loader.checkout() {
        if scope.is_empty() {
            return Ok(checkout.directory.clone());
        }
        return Err(Error::new(Code::Usage, format!("--scope {scope} cannot be combined with a remote target"))
            .help("the scope of a remote target is its repository"));
    }
    if scope.is_empty() {
        return Ok(loader.root().to_owned());
    }
    let real = std::fs::canonicalize(scope).ok().filter(|real| real.is_dir());
    let real = real.ok_or_else(|| Error::new(Code::Usage, format!("--scope {scope} is not a directory")))?;
    if loader.root().starts_with(&real) {
        return Ok(real);
    }
    Err(Error::new(Code::Usage, format!("--scope {scope} does not hold the target {target}"))
        .help("the scope is the target, or a directory above it"))
}

/// Only a revision makes a copy that can be told from others, and made again.
fn need_reference(repository: &Repository) -> Result<()> {
    if !repository.reference.is_empty() {
        return Ok(());
    }
    let message = format!("{} has no revision, so its copy could not be told from another", repository.shown());
    Err(Error::new(Code::InvalidField, message).help("name a branch, tag or commit in the URL: ?ref=v1.0"))
}

/// Copies directories; what they have in common.
struct Localizer<'s> {
    session: &'s Session,
    scope: &'s Path,
    destination: &'s Destination,
    /// The copies that are complete. A directory that is named again gives the same one.
    done: RefCell<HashSet<PathBuf>>,
    warnings: RefCell<Vec<Diagnostic>>,
}
