//! Loaders that stand in a checkout of a repository, or are about to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustomize_yaml::Spanned;

use super::remote::{Repository, is_remote_file, without_credentials};
use super::{Files, Found, Loader, Stop, Target, missing, one_line, paths};
use crate::LoadRestrictor;
use crate::compat::Compat;
use crate::diagnostics::{Code, Diagnostic, Error, Label, Result, Severity};

/// A repository and where it has been checked out.
#[derive(Debug)]
pub struct Checkout {
    /// The repository, and the directory in it that a URL named.
    pub repository: Repository,
    /// The real path of the checkout.
    pub directory: PathBuf,
}

/// Whether both stand in the same checkout, or in none.
pub(super) fn same(a: &Stop, b: &Stop) -> bool {
    match (&a.checkout, &b.checkout) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// A loader at the directory of a repository that a URL names. It may read what lies in or below its directory,
/// whatever the rule is for local ones.
///
/// Fails where the repository cannot be fetched, and where it has no such directory, or only a link out of it.
pub(super) fn enter(
    files: &Arc<Files>,
    repository: Repository,
    entry: Spanned<String>,
    before: Option<Arc<Stop>>,
) -> Result<Loader> {
    let directory = files.fetcher.check_out(&repository).map_err(|failure| failure.error)?;
    let path = paths::join(&directory, repository.directory.trim_start_matches('/'));
    let shown = files.show(&path);
    let root = match files.resolve(&path) {
        Ok(Found::Directory(root)) => root,
        Ok(Found::File(_)) => return Err(super::not_a_directory(&shown)),
        Err(error) => return Err(missing(&shown, &path, &error)),
    };
    if !root.starts_with(&directory) {
        return Err(Error::new(Code::OutsideRoot, format!("{shown} leads out of the repository")));
    }
    let checkout = Some(Arc::new(Checkout { repository, directory }));
    let stop = Arc::new(Stop { root, entry, before, checkout });
    Ok(Loader { files: files.clone(), restrictor: LoadRestrictor::RootOnly, compat: Compat::default(), stop })
}

/// The error for a URL that names no repository where a directory is expected.
pub(super) fn no_repository(url: &str) -> Error {
    let message = format!("{} is not the URL of a repository", one_line(&without_credentials(url)));
    Error::new(Code::NotAKustomization, message)
        .help("that of a repository has the form https://host/owner/name, or names it with .git or //")
}

impl Loader {
    /// The repository that this directory was entered by; `None` for a local directory, also within a checkout.
    pub fn checkout(&self) -> Option<&Checkout> {
        let inherited = self.stop.before.as_ref().is_some_and(|before| same(before, &self.stop));
        self.stop.checkout.as_deref().filter(|_| !inherited)
    }

    /// What there is to warn of in the URL that this directory was entered by.
    pub fn warning(&self) -> Option<Diagnostic> {
        let repository = self.checkout().map(|checkout| &checkout.repository).filter(|found| found.forced_git)?;
        let place = self.files.sources.place(&self.stop.entry);
        Some(Diagnostic {
            code: Code::Deprecated,
            severity: Severity::Warning,
            message: format!("the prefix git:: of {} has no effect", one_line(&repository.shown())),
            labels: place.map(|span| Label { span, text: String::new() }).into_iter().collect(),
            help: Some("remove it: later versions of kustomize will not take it".into()),
            notes: Vec::new(),
        })
    }

    /// Fetches what the entries of a list name, several at a time, if the first of them is remote and not yet fetched.
    ///
    /// Nothing fails here: what went wrong is reported when an entry is asked for.
    pub fn fetch_ahead(&self, entries: &[Spanned<String>]) {
        let is_needed = |entry: &&Spanned<String>| self.needs_fetching(entry);
        if entries.first().is_some_and(|first| is_needed(&first)) && entries[1..].iter().any(|entry| is_needed(&entry))
        {
            self.files.fetcher.fetch_ahead(entries.iter().filter(is_needed).map(|entry| entry.as_str()));
        }
    }

    fn needs_fetching(&self, entry: &str) -> bool {
        let repository = Repository::parse(entry);
        let remote = is_remote_file(entry) || (repository.is_some() && !matches!(self.find(entry), Ok(Found::File(_))));
        let allowed = repository.is_none_or(|repository| self.refuse_repository_cycle(&repository).is_ok());
        remote && allowed && !self.files.fetcher.knows(entry)
    }

    /// An entry of `resources` that is a URL of HTTP: a file where the server has one, else a repository.
    pub(super) fn remote_resource(&self, entry: &Spanned<String>) -> Result<Target> {
        match self.files.remote_text(entry) {
            Ok(source) => Ok(Target::File(source)),
            Err(refusal) => {
                let error = self.at_entry(refusal.error, entry);
                if refusal.answered && Repository::parse(entry).is_none() {
                    return Err(error);
                }
                self.directory_instead(entry, error).map(Target::Directory)
            }
        }
    }

    /// The directory that an entry of `resources` names, where reading it as a file has failed.
    ///
    /// A URL can mean a repository although a file can be had there: its page in a browser. Fails with the error of
    /// the file when the entry cannot mean a repository, else with what says more.
    pub fn directory_instead(&self, entry: &Spanned<String>, as_file: Error) -> Result<Loader> {
        if Repository::parse(entry).is_none() {
            let local = if is_remote_file(entry) { self.enter(entry).ok() } else { None };
            return local.ok_or(as_file);
        }
        self.enter(entry).map_err(|as_repository| {
            let path = entry.split(['?', '#']).next().unwrap_or_default();
            let (first, other, what) = if [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end)) {
                (as_file, as_repository, "as a repository")
            } else {
                (as_repository, as_file, "as a file")
            };
            first.note(format!("{what}: {}", other.diagnostic().message))
        })
    }

    /// Refuses a directory outside of the checkout that names it.
    pub(super) fn refuse_leaving(&self, candidate: &Path, entry: &str) -> Result<()> {
        match &self.stop.checkout {
            Some(checkout) if !candidate.starts_with(&checkout.directory) => {
                let shown = one_line(entry);
                let repository = checkout.repository.shown();
                Err(Error::new(Code::OutsideRoot, format!("{shown} leads out of the repository {repository}"))
                    .help("a kustomization in a repository can name directories of that repository, and URLs"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a repository on the way to which the same URL, or one that continues it, has been entered.
    pub(super) fn refuse_repository_cycle(&self, candidate: &Repository) -> Result<()> {
        let mut stop = Some(&*self.stop);
        while let Some(visited) = stop {
            let known = visited.checkout.as_ref().map(|checkout| &checkout.repository);
            if let Some(known) = known.filter(|known| known.raw.starts_with(&candidate.raw)) {
                let [from, to] = [known, candidate].map(|repository| without_credentials(&repository.raw));
                let message = format!("cycle detected: {from} is built from {to}");
                return Err(Error::new(Code::Cycle, message)
                    .label_if(self.files.sources.place(&visited.entry), "reached from here"));
            }
            stop = visited.before.as_deref();
        }
        Ok(())
    }
}
