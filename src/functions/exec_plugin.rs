//! Exec plugins: programs under the plugin home, found by the group, version and kind of their configuration.

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use rustomize_yaml::Spanned;

use super::process::{Answer, Command};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result};
use crate::resource::Resource;

/// Longest environment entry that Linux takes.
const LONGEST_ENTRY: usize = 131_071;

/// A program and the arguments that its configuration gives it.
pub(super) struct ExecPlugin {
    pub path: PathBuf,
    arguments: Vec<String>,
    /// The directory of the kustomization.
    root: PathBuf,
}

impl ExecPlugin {
    /// The plugin of a configuration: `HOME/GROUP/VERSION/lowercase(KIND)/KIND`.
    pub fn find(resource: &Resource, config: &str, context: &Context) -> Result<ExecPlugin> {
        let place = context.sources.span(resource.tree(), resource.tree().root());
        let gvk = &resource.id().gvk;
        let home = plugin_home().map_err(|error| error.label_if(place.clone(), "this plugin"))?;
        let path = home.join(gvk.group()).join(gvk.version()).join(gvk.kind().to_lowercase()).join(gvk.kind());
        if !is_executable(&path) {
            let reason = if path.exists() { "is not executable" } else { "no such file or directory" };
            let message = format!("unable to load the plugin {}: {}: {reason}", gvk.kind(), path.display());
            return Err(Error::new(Code::Plugin, message).label_if(place, "configured here"));
        }
        let arguments = arguments(resource, context)?;
        debug_assert!(!config.is_empty(), "a configuration has at least a kind");
        Ok(ExecPlugin { path, arguments, root: context.loader.root().to_owned() })
    }

    /// Runs the plugin: its configuration in a file that is its first argument, `input` on stdin.
    pub fn run(&self, config: &str, input: &str) -> std::result::Result<Answer, String> {
        let mut file = tempfile::Builder::new().prefix("kust-plugin-config-").tempfile().map_err(|e| e.to_string())?;
        file.write_all(config.as_bytes()).and_then(|()| file.flush()).map_err(|error| error.to_string())?;
        let mut arguments = vec![file.path().as_os_str().to_owned()];
        arguments.extend(self.arguments.iter().map(OsString::from));
        let mut environment = Vec::new();
        for (key, value) in [
            ("KUSTOMIZE_PLUGIN_CONFIG_STRING", OsString::from(config)),
            ("KUSTOMIZE_PLUGIN_CONFIG_ROOT", self.root.clone().into_os_string()),
        ] {
            if key.len() + 1 + value.len() <= LONGEST_ENTRY {
                environment.push((key.into(), value));
            }
        }
        let command = Command { program: self.path.clone(), arguments, environment, directory: self.root.clone() };
        command.run(input)
    }
}

/// `argsOneLiner`, split as a shell splits words, then the lines of the file `argsFromFile`.
fn arguments(resource: &Resource, context: &Context) -> Result<Vec<String>> {
    let tree = resource.tree();
    let text =
        |field: &str| tree.get(tree.root(), field).map(|id| (id, tree.text(id))).filter(|(_, text)| !text.is_empty());
    let mut arguments = Vec::new();
    if let Some((id, line)) = text("argsOneLiner") {
        arguments = split_words(line).ok_or_else(|| {
            Error::new(Code::Plugin, "a quote in `argsOneLiner` is never closed")
                .label_if(context.sources.span(tree, id), "")
        })?;
    }
    if let Some((id, path)) = text("argsFromFile") {
        let node = tree.node(id);
        let entry = Spanned { value: path.to_owned(), file: node.file, at: node.at, len: path.len() as u32 };
        let content = context.loader.text(&entry)?;
        let lines = content.text().split('\n').map(|line| line.trim_start_matches(' ')).filter(|line| !line.is_empty());
        arguments.extend(lines.map(str::to_owned));
    }
    Ok(arguments)
}

/// Words, taken apart by white space, with single and double quotes and backslashes. What is empty is no word, and a
/// `#` that is not quoted begins a comment, also inside of a word. `None` when a quote is open at the end.
fn split_words(line: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let word = words.last_mut()?;
        match (quote, letter) {
            (None | Some('"'), '\\') => word.extend(letters.next()),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '#') => break,
            (None, space) if space.is_whitespace() => words.push(String::new()),
            _ => word.push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}

/// The first of upstream's places for plugins that exists.
fn plugin_home() -> Result<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).unwrap_or_else(|| PathBuf::from("~"));
    let candidates = [
        variable("KUSTOMIZE_PLUGIN_HOME"),
        variable("XDG_CONFIG_HOME").map(|config| config.join("kustomize/plugin")),
        Some(home.join(".config/kustomize/plugin")),
        Some(home.join("kustomize/plugin")),
    ];
    let tried: Vec<PathBuf> = candidates.into_iter().flatten().collect();
    match tried.iter().find(|path| path.exists()) {
        Some(path) => Ok(path.clone()),
        None => {
            let tried: Vec<_> = tried.iter().map(|path| path.display().to_string()).collect();
            Err(Error::new(Code::Plugin, format!("there is no directory of plugins; tried {}", tried.join(", ")))
                .help("set KUSTOMIZE_PLUGIN_HOME to the directory that holds the plugins"))
        }
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_as_in_a_shell() {
        let words = split_words(r#"a  "b c" 'd "e"' f\ g "" "#).unwrap();
        assert_eq!(words, ["a", "b c", "d \"e\"", "f g"]);
        assert_eq!(split_words("a#b c").unwrap(), ["a"]);
        assert_eq!(split_words("'#' \"#\" \\# # 'open").unwrap(), ["#", "#", "#"]);
        assert_eq!(split_words("'open"), None);
    }
}
