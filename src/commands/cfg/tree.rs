mod fields;
mod structure;

use std::path::Path;

use super::{YAML, of_locality, only_folder};
use crate::cli::{TreeArgs, illegal};
use crate::diagnostics::Result;
use crate::manifests::{read_folder, read_stdin};
use crate::output::write_stdout;
use fields::ShownField;
use structure::{by_directory, by_owner};

/// A branch of a tree that is printed.
#[derive(Debug, Default)]
pub struct Branch {
    /// What it is: with the brackets before it, if any.
    text: String,
    branches: Vec<Branch>,
}

impl Branch {
    fn new(text: impl Into<String>) -> Branch {
        Branch { text: text.into(), branches: Vec::new() }
    }

    fn print(&self, margin: &str, out: &mut String) {
        out.push_str(&self.text);
        out.push('\n');
        for (number, branch) in self.branches.iter().enumerate() {
            let is_last = number + 1 == self.branches.len();
            let (edge, more) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
            out.push_str(margin);
            out.push_str(edge);
            branch.print(&format!("{margin}{more}"), out);
        }
    }
}

/// Shows manifests as a tree of their folders, or of their owners.
pub fn run(arguments: &TreeArgs) -> Result<()> {
    let (root, manifests) = match only_folder(&arguments.directories)? {
        Some("-") => (".".to_owned(), read_stdin()?),
        folder => {
            let folder = folder.unwrap_or(".");
            (cleaned(folder), read_folder(folder, &YAML, false)?)
        }
    };
    let manifests = of_locality(&manifests, &arguments.local);
    if manifests.is_empty() {
        return Ok(());
    }
    let fields = ShownField::of(arguments)?;
    let has_owners = manifests
        .iter()
        .any(|manifest| manifest.tree.path(manifest.tree.root(), &["metadata", "ownerReferences"]).is_some());
    let tree = match arguments.graph_structure.as_str() {
        "directory" => by_directory(&root, &manifests, &fields),
        "owners" => by_owner(&manifests, &fields)?,
        "" if has_owners => by_owner(&manifests, &fields)?,
        "" => by_directory(&root, &manifests, &fields),
        other => return Err(illegal("--graph-structure", other, &["directory", "owners"])),
    };
    let mut text = String::new();
    tree.print("", &mut text);
    write_stdout(&text)
}

/// A path without what leads nowhere.
fn cleaned(folder: &str) -> String {
    let path: std::path::PathBuf = Path::new(folder).components().collect();
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.to_string_lossy().into_owned() }
}
