//! The copy of one directory: its kustomization, and what the fields of that name.

use std::path::PathBuf;
use std::sync::Arc;

use rustomize_yaml::{Source, Spanned};

use super::destination::{make_directory, write};
use super::paths::{self, LOCALIZED_FILES};
use super::rewrite::{Form, Rewrite};
use super::{Localizer, need_reference};
use crate::diagnostics::{Code, Error, Result};
use crate::generate::split_file;
use crate::kustomization::{self, Kustomization, Patch};
use crate::load::{Loader, Target, is_remote_file};
use crate::resource::ResourceSet;

/// A directory with a kustomization, and where its copy goes.
pub(super) struct Root {
    /// The directory.
    pub loader: Loader,
    /// Whether every way to it was local. What lies in a repository is bounded by that.
    pub is_local: bool,
    /// The copy.
    pub into: PathBuf,
}

/// A kustomization file in the making.
struct Draft<'a> {
    source: &'a Arc<Source>,
    rewrite: Rewrite,
}

impl Draft<'_> {
    /// Has each entry of a list replaced.
    fn replace_all(
        &mut self,
        entries: &[Spanned<String>],
        new: impl Fn(&Spanned<String>) -> Result<String>,
    ) -> Result<()> {
        entries.iter().try_for_each(|entry| self.replace(entry, &new))
    }

    /// Has an entry replaced.
    fn replace(&mut self, entry: &Spanned<String>, new: impl Fn(&Spanned<String>) -> Result<String>) -> Result<()> {
        self.rewrite.set(self.source, entry, new(entry)?);
        Ok(())
    }
}

impl Localizer<'_> {
    /// Copies a directory: its kustomization file, the files and directories that this names.
    pub fn localize(&self, root: &Root) -> Result<()> {
        if !self.done.borrow_mut().insert(root.into.clone()) {
            return Ok(());
        }
        self.warnings.borrow_mut().extend(root.loader.warning());
        make_directory(&root.into)?;
        let file = root.loader.kustomization_file()?;
        let kustomization = kustomization::read_as_written(&file.source)?;
        let mut draft = Draft { source: &file.source, rewrite: Rewrite::default() };
        self.localize_files(root, &kustomization, &mut draft)?;
        self.localize_helm(root, &kustomization, &mut draft)?;
        for entries in [&kustomization.generators, &kustomization.transformers, &kustomization.validators] {
            for entry in entries {
                self.localize_plugins(root, entry, draft.source, &mut draft.rewrite)?;
            }
        }
        let into = root.into.join(file.name);
        if !draft.rewrite.is_empty() {
            write(&into, draft.rewrite.apply(draft.source, Form::Kustomization)?.as_bytes())
        } else if draft.source.text().trim().is_empty() {
            // As the original writes a kustomization without fields.
            write(&into, b"{}\n")
        } else {
            write(&into, &root.loader.bytes(&Spanned::from(file.name.to_owned()))?)
        }
    }

    fn localize_files(&self, root: &Root, kustomization: &Kustomization, draft: &mut Draft) -> Result<()> {
        let file = |entry: &Spanned<String>| self.file(root, entry);
        let directory = |entry: &Spanned<String>| self.directory(root, entry);
        if let Some(path) = kustomization.openapi.get("path") {
            draft.replace(path, file)?;
        }
        draft.replace_all(&kustomization.resources, |entry| self.resource(root, entry))?;
        draft.replace_all(&kustomization.bases, directory)?;
        draft.replace_all(&kustomization.components, directory)?;
        draft.replace_all(&kustomization.configurations, file)?;
        draft.replace_all(&kustomization.crds, file)?;
        let config_maps = kustomization.config_map_generator.iter().map(|args| (&args.env, &args.envs, &args.files));
        let secrets = kustomization.secret_generator.iter().map(|args| (&args.env, &args.envs, &args.files));
        for (env, envs, files) in config_maps.chain(secrets) {
            draft.replace(env, file)?;
            draft.replace_all(envs, file)?;
            draft.replace_all(files, |entry| self.pair(root, entry))?;
        }
        let patches = kustomization.patches.iter().chain(&kustomization.patches_json6902);
        for Patch { path, .. } in patches.map(|patch| &patch.value) {
            draft.replace(path, file)?;
        }
        draft.replace_all(&kustomization.patches_strategic_merge, |entry| self.file_of_resources(root, entry))?;
        kustomization.replacements.iter().try_for_each(|replacement| draft.replace(&replacement.path, file))
    }

    fn localize_helm(&self, root: &Root, kustomization: &Kustomization, draft: &mut Draft) -> Result<()> {
        let file = |entry: &Spanned<String>| self.file(root, entry);
        let home = |entry: &Spanned<String>| self.chart_home(root, entry);
        for chart in &kustomization.helm_chart_inflation_generator {
            draft.replace(&chart.values, file)?;
            draft.replace(&chart.chart_home, home)?;
        }
        for chart in &kustomization.helm_charts {
            draft.replace(&chart.values_file, file)?;
            draft.replace_all(&chart.additional_values_files, file)?;
        }
        match &kustomization.helm_globals {
            Some(globals) => draft.replace(&globals.chart_home, home),
            None if kustomization.helm_charts.is_empty() => Ok(()),
            None => home(&Spanned::default()).map(drop),
        }
    }

    /// Copies an entry of `resources`: a file where it names one, else a directory. What the copy shall say.
    fn resource(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        if entry.is_empty() {
            return Ok(String::new());
        }
        let below = match root.loader.resource(entry)? {
            Target::Directory(below) => below,
            Target::File(source) => match self.check_resources(&source) {
                Ok(()) => return self.file(root, entry),
                Err(error) => root.loader.directory_instead(entry, error)?,
            },
        };
        self.enter(root, entry, below)
    }

    /// Copies a directory that an entry names.
    fn directory(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        if entry.is_empty() {
            return Ok(String::new());
        }
        self.enter(root, entry, root.loader.enter(entry)?)
    }

    /// Copies a directory that an entry named; what the entry shall say.
    fn enter(&self, root: &Root, entry: &Spanned<String>, loader: Loader) -> Result<String> {
        let path = match loader.checkout() {
            None => paths::relative(root.loader.root(), loader.root()),
            Some(checkout) => {
                need_reference(&checkout.repository).map_err(|error| self.at(error, entry))?;
                self.refuse_localized_files(root, entry)?;
                paths::of_repository(&checkout.repository, &paths::relative(&checkout.directory, loader.root()))
            }
        };
        let is_local = root.is_local && loader.checkout().is_none();
        self.refuse_leaving(&loader, is_local, entry)?;
        self.localize(&Root { into: paths::join(&root.into, &path), is_local, loader })?;
        Ok(path)
    }

    /// Refuses a local directory that is outside of the scope, or in the destination.
    pub fn refuse_leaving(&self, loader: &Loader, is_local: bool, entry: &Spanned<String>) -> Result<()> {
        let shown = loader.shown_root();
        if is_local && !loader.root().starts_with(self.scope) {
            let message = format!("{shown} is outside of the scope {}", loader.shown(self.scope));
            let error = Error::new(Code::OutsideRoot, message);
            return Err(self.at(error, entry).help("widen the scope: --scope, with a directory that holds both"));
        }
        if is_local && loader.root().starts_with(self.destination.path()) {
            return Err(self.in_destination(&shown, entry));
        }
        Ok(())
    }

    /// Copies a file that an entry names; what the entry shall say. An empty entry names none.
    pub fn file(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        if entry.is_empty() {
            return Ok(String::new());
        }
        let bytes = root.loader.bytes(entry)?;
        self.write_file(root, entry, &bytes)
    }

    /// Writes the copy of a file that an entry names.
    pub fn write_file(&self, root: &Root, entry: &Spanned<String>, bytes: &[u8]) -> Result<String> {
        let path = if is_remote_file(entry) {
            self.refuse_localized_files(root, entry)?;
            paths::of_file(entry)
        } else {
            let real = root.loader.locate(entry)?;
            if root.is_local && real.starts_with(self.destination.path()) {
                return Err(self.in_destination(entry, entry));
            }
            paths::relative(root.loader.root(), &real)
        };
        write(&paths::join(&root.into, &path), bytes)?;
        Ok(path)
    }

    /// Copies a file that an entry names as `path` or `key=path`.
    pub fn pair(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        let (key, path) = split_file(entry).map_err(|wrong| {
            self.at(Error::new(Code::GeneratorSource, format!("the file entry `{}` {wrong}", **entry)), entry)
        })?;
        let copied = self.file(root, &entry.clone().map(|_| path.to_owned()))?;
        Ok(if path == entry.as_str() { copied } else { format!("{key}={copied}") })
    }

    /// Copies a file of resources that an entry names, unless the entry holds them itself.
    pub fn file_of_resources(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        if self.session.inline_resources(entry).is_some() {
            return Ok(entry.value.clone());
        }
        self.check_resources(&root.loader.text(entry)?)?;
        self.file(root, entry)
    }

    /// Refuses a file that does not hold resources, each with an id of its own.
    pub fn check_resources(&self, source: &Arc<Source>) -> Result<()> {
        let mut set = ResourceSet::default();
        let mut resources = self.session.resources(source)?.into_iter();
        resources.try_for_each(|resource| set.append(resource, &self.session.files.sources))
    }

    /// Refuses to copy what is remote into a directory that others use already.
    fn refuse_localized_files(&self, root: &Root, entry: &Spanned<String>) -> Result<()> {
        if !root.loader.root().join(LOCALIZED_FILES).exists() {
            return Ok(());
        }
        let message = format!("{} has a {LOCALIZED_FILES} already", root.loader.shown_root());
        Err(self
            .at(Error::new(Code::Output, message), entry)
            .help("rename it: it is where the copy keeps what was remote"))
    }

    fn in_destination(&self, what: &str, entry: &Spanned<String>) -> Error {
        let message = format!("{what} lies in the destination {}", self.destination.path().display());
        self.at(Error::new(Code::Output, message), entry)
    }

    /// Adds the entry that is to blame.
    pub fn at(&self, error: Error, entry: &Spanned<String>) -> Error {
        error.label_if(self.session.files.sources.place(entry), "")
    }
}
