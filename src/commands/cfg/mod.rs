//! `rustomize cfg`

mod cat;
mod count;
mod grep;
mod tree;

use crate::cli::{CfgCommand, LocalArgs};
use crate::diagnostics::{Code, Error, Result};
use crate::manifests::{Manifest, packages, read_folder};

/// The endings of files that hold manifests.
const YAML: [&str; 2] = ["yaml", "yml"];

/// Looks at manifests as a command says.
pub fn run(command: &CfgCommand) -> Result<()> {
    match command {
        CfgCommand::Cat(arguments) => cat::run(arguments),
        CfgCommand::Count(arguments) => count::run(arguments),
        CfgCommand::Grep(arguments) => grep::run(arguments),
        CfgCommand::Tree(arguments) => tree::run(arguments),
    }
}

/// The one folder that a command may be given.
fn only_folder(folders: &[String]) -> Result<Option<&str>> {
    match folders {
        [] => Ok(None),
        [folder] => Ok(Some(folder)),
        _ => Err(Error::new(Code::Usage, "several directories given, one expected")),
    }
}

/// What `print` makes of each package of a folder, with upstream's separators: `---` behind what is not empty, a line
/// break between packages.
fn of_packages(folder: &str, recurse: bool, print: impl Fn(&[Manifest]) -> Result<String>) -> Result<String> {
    let mut out = String::new();
    for (number, package) in packages(folder, recurse)?.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let text = print(&read_folder(package, &YAML, true)?)?;
        if !text.is_empty() {
            out.push_str(&text);
            out.push_str("---");
        }
    }
    Ok(out.strip_suffix("---").unwrap_or(&out).to_owned())
}

/// The manifests that are meant: not the local ones, unless that is asked for.
fn of_locality(manifests: &[Manifest], arguments: &LocalArgs) -> Vec<Manifest> {
    let is_meant = |manifest: &&Manifest| match manifest.annotation("config.kubernetes.io/local-config") {
        Some(_) => arguments.include_local,
        None => !arguments.exclude_non_local,
    };
    manifests.iter().filter(is_meant).cloned().collect()
}
