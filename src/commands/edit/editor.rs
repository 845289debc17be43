#[cfg(test)]
use std::cell::RefCell;

use rustomize_yaml::Tree;

use super::file::KustomizationText;
use super::{Edited, Outcome, changes};
use crate::Session;
use crate::diagnostics::Result;

/// What is edited, and how it is written.
pub enum Editor {
    /// The kustomization in the current directory; on a dry run, only the difference is shown.
    Directory {
        /// Whether nothing is written.
        dry_run: bool,
    },
    /// A text in memory.
    #[cfg(test)]
    Text(RefCell<String>),
}

impl Editor {
    /// Reads the kustomization, changes it, and writes it. Fails, with nothing written, where `change` does.
    pub fn change(&self, change: impl FnOnce(&mut Tree) -> Outcome) -> Result<()> {
        let mut file = match self {
            Editor::Directory { .. } => KustomizationText::open(&Session::default())?,
            #[cfg(test)]
            Editor::Text(text) => KustomizationText::from_text(&text.borrow())?,
        };
        if change(&mut file.tree)? == Edited::No {
            return Ok(());
        }
        let changed = file.change()?;
        match self {
            Editor::Directory { dry_run } => changes::finish(&[changed], *dry_run),
            #[cfg(test)]
            Editor::Text(text) => {
                text.replace(changed.after);
                Ok(())
            }
        }
    }
}
