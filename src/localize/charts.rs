//! Copies of directories of Helm charts.

use std::fs;
use std::io;
use std::path::Path;

use rustomize_yaml::Spanned;

use super::destination::{make_directory, write};
use super::root::Root;
use super::{Localizer, paths};
use crate::diagnostics::{Code, Error, Result};

/// Where charts lie when nothing is said.
const DEFAULT_HOME: &str = "charts";

impl Localizer<'_> {
    /// Copies the directory of charts that an entry names, or the default one for an empty entry, if it is there: Helm
    /// may make it. What the entry shall say.
    pub fn chart_home(&self, root: &Root, entry: &Spanned<String>) -> Result<String> {
        let given = if entry.is_empty() { DEFAULT_HOME } else { entry };
        if Path::new(given).is_absolute() {
            let error = Error::new(Code::InvalidField, format!("the directory of charts {given} is absolute"));
            return Err(self.at(error, entry).help("write it relative to the directory of this kustomization"));
        }
        let here = paths::join(root.loader.root(), given);
        let path = paths::relative(root.loader.root(), &here);
        let copied = if here.exists() { self.copy_charts(root, entry, &path)? } else { path };
        Ok(if entry.is_empty() { String::new() } else { copied })
    }

    fn copy_charts(&self, root: &Root, entry: &Spanned<String>, path: &str) -> Result<String> {
        let charts = root.loader.enter(&entry.clone().map(|_| path.to_owned()))?;
        self.refuse_leaving(&charts, root.is_local && charts.checkout().is_none(), entry)?;
        // The default is looked for at its place, so there its copy has to be; others are named as they are called.
        let copied = match path {
            DEFAULT_HOME => path.to_owned(),
            _ => paths::relative(root.loader.root(), charts.root()),
        };
        let into = paths::join(&root.into, &copied);
        if !into.exists() {
            self.copy_directory(charts.root(), &into)?;
        }
        Ok(copied)
    }

    /// Copies files and directories. Links are left out, and so is the copy itself.
    fn copy_directory(&self, from: &Path, into: &Path) -> Result<()> {
        let fail = |error: io::Error| Error::new(Code::Unreadable, format!("cannot copy {}: {error}", from.display()));
        make_directory(into)?;
        for entry in fs::read_dir(from).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            let (path, copy) = (entry.path(), into.join(entry.file_name()));
            if kind.is_dir() && path != self.destination.incomplete() {
                self.copy_directory(&path, &copy)?;
            } else if kind.is_file() {
                write(&copy, &fs::read(&path).map_err(fail)?)?;
            }
        }
        Ok(())
    }
}
