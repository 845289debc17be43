use std::path::Path;

use super::{YAML, of_locality, of_packages, only_folder};
use crate::cli::CatArgs;
use crate::diagnostics::{Code, Error, Result};
use crate::functions::push_indented;
use crate::manifests::{Annotations, Look, Manifest, read_folder, read_stdin, stream};
use crate::output::{write_file, write_stdout};

/// Prints manifests.
pub fn run(arguments: &CatArgs) -> Result<()> {
    let config = function_config(arguments)?;
    let print = |manifests: &[Manifest]| print(manifests, config.as_deref(), arguments);
    let text = match only_folder(&arguments.directories)? {
        Some(folder) => of_packages(folder, arguments.packages.recurse, print)?,
        None => print(&read_stdin()?)?,
    };
    if arguments.dest.is_empty() { write_stdout(&text) } else { write_file(Path::new(&arguments.dest), &text) }
}

fn look(arguments: &CatArgs) -> Look {
    Look {
        arranged: arguments.format,
        without_comments: arguments.strip_comments,
        flow: arguments.style.iter().any(|style| style == "FlowStyle"),
        annotations: if arguments.annotate { Annotations::All } else { Annotations::None },
    }
}

fn print(manifests: &[Manifest], config: Option<&str>, arguments: &CatArgs) -> Result<String> {
    let manifests = of_locality(manifests, &arguments.local);
    if arguments.wrap_kind.is_empty() || manifests.is_empty() {
        return stream(&manifests, look(arguments));
    }
    let version = if arguments.wrap_version.is_empty() { "\"\"" } else { &arguments.wrap_version };
    let mut list = format!("apiVersion: {version}\nkind: {}\nitems:\n", arguments.wrap_kind);
    for manifest in &manifests {
        push_indented(&stream(std::slice::from_ref(manifest), look(arguments))?, "- ", &mut list);
    }
    if let Some(config) = config {
        list.push_str("functionConfig:\n");
        push_indented(config, "  ", &mut list);
    }
    Ok(list)
}

/// The text of the one manifest that `--function-config` names.
fn function_config(arguments: &CatArgs) -> Result<Option<String>> {
    if arguments.function_config.is_empty() {
        return Ok(None);
    }
    let manifests = read_folder(&arguments.function_config, &YAML, false)?;
    if manifests.len() != 1 {
        let message = format!("{} must hold one manifest, not {}", arguments.function_config, manifests.len());
        return Err(Error::new(Code::Usage, message));
    }
    stream(&manifests, Look { arranged: false, annotations: Annotations::None, ..look(arguments) }).map(Some)
}
