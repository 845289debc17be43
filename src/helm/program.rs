//! Running Helm.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Error, Result};
use crate::load::{output_of, without_credentials};
use crate::options::HelmOptions;

/// The Helm programs that a session has run: the version of each is asked for once.
#[derive(Debug, Default)]
pub struct HelmPrograms(Mutex<FxHashMap<String, Arc<OnceLock<Result<()>>>>>);

impl HelmPrograms {
    /// The program that the options name.
    pub fn program(&self, options: &HelmOptions) -> Helm {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = known.entry(options.command.clone()).or_default().clone();
        Helm { options: options.clone(), version }
    }
}

/// A Helm program, and how it is to be used.
#[derive(Debug, Clone)]
pub struct Helm {
    pub(super) options: HelmOptions,
    /// Whether its version will do, once known.
    version: Arc<OnceLock<Result<()>>>,
}

/// What Helm is run for.
pub(super) struct Task<'a> {
    /// What it does, in words: "render the chart x".
    pub aim: String,
    pub arguments: Vec<OsString>,
    /// The repository's URL, whose credentials are nobody's business.
    pub repo: &'a str,
    /// Helm's configuration directory; the user's own if empty.
    pub config_home: &'a str,
}

impl Helm {
    /// Fails unless the program is Helm 3 or 4.
    pub(super) fn check_version(&self, config_home: &str) -> Result<()> {
        self.version.get_or_init(|| self.ask_version(config_home)).clone()
    }

    fn ask_version(&self, config_home: &str) -> Result<()> {
        let arguments = ["version", "--short"].map(OsString::from).to_vec();
        let stdout = self.run(&Task { aim: "say its version".into(), arguments, repo: "", config_home })?;
        let stdout = String::from_utf8_lossy(&stdout);
        let command = &self.options.command;
        match major_version(&stdout) {
            Some("3" | "4") => Ok(()),
            Some(_) => {
                let message = format!("Helm 3 or 4 is needed, and `{command}` is {}", stdout.trim());
                Err(Error::new(Code::Helm, message).help("name another program with --helm-command"))
            }
            None => {
                let message = format!("`{command} version --short` names no version: {}", stdout.trim());
                Err(Error::new(Code::Helm, message).help("is it Helm? Name another program with --helm-command"))
            }
        }
    }

    /// Runs Helm; what it prints on standard output.
    ///
    /// Fails when there is no such program, and when it fails: with the first line that it complains in as the
    /// cause, and all of them, and the command, as notes.
    pub(super) fn run(&self, task: &Task) -> Result<Vec<u8>> {
        let mut command = Command::new(&self.options.command);
        command.args(&task.arguments).stdin(Stdio::null());
        if !task.config_home.is_empty() {
            command.env("HELM_CONFIG_HOME", task.config_home);
            command.env("HELM_CACHE_HOME", format!("{}/.cache", task.config_home));
            command.env("HELM_DATA_HOME", format!("{}/.data", task.config_home));
        }
        let output = output_of(&mut command).map_err(|error| self.cannot_run(&error))?;
        if output.status.success() { Ok(output.stdout) } else { Err(self.failed(task, &output)) }
    }

    fn cannot_run(&self, error: &io::Error) -> Error {
        let command = &self.options.command;
        if error.kind() == io::ErrorKind::NotFound {
            return Error::new(Code::Helm, format!("cannot run `{command}`: there is no such program"))
                .help("install Helm (https://helm.sh), or say where it is with --helm-command");
        }
        Error::new(Code::Helm, format!("cannot run `{command}`: {error}"))
    }

    fn failed(&self, task: &Task, output: &Output) -> Error {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let cause = match said.iter().find_map(|line| line.strip_prefix("Error: ")).or(said.last().copied()) {
            Some(cause) => cause.to_owned(),
            None => output.status.to_string(),
        };
        let hide = |text: String| match task.repo {
            "" => text,
            repo => text.replace(repo, &without_credentials(repo)),
        };
        let mut error = Error::new(Code::Helm, hide(format!("Helm cannot {}: {cause}", task.aim)));
        error = error.note(hide(format!("the command was: {}", self.shown(task))));
        if said.len() > 1 {
            error = error.note(hide(format!("it said:\n{}", said.join("\n"))));
        }
        match advice(&stderr) {
            Some(advice) => error.help(advice),
            None => error,
        }
    }

    /// The command as one would type it.
    fn shown(&self, task: &Task) -> String {
        let mut shown = quoted(&self.options.command);
        for argument in &task.arguments {
            shown.push(' ');
            shown.push_str(&quoted(&argument.to_string_lossy()));
        }
        shown
    }
}

/// What there is to do about a complaint of Helm's, where that is known.
fn advice(stderr: &str) -> Option<&'static str> {
    let says = |texts: &[&str]| texts.iter().any(|text| stderr.contains(text));
    if says(&["found in Chart.yaml, but missing in charts/"]) {
        Some("run `helm dependency build` in the chart's directory")
    } else if says(&["401", "403", "unauthorized", "Unauthorized", "denied"]) {
        Some(
            "log in with `helm registry login`; the login in Helm's own configuration is used unless `configHome` is set",
        )
    } else {
        None
    }
}

/// The first number of the first text like `1.2` or `v1.2.3`.
fn major_version(text: &str) -> Option<&str> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = start + digits;
        if digits > 0 && bytes.get(end) == Some(&b'.') && is_digit(bytes.get(end + 1)) {
            return Some(&text[start..end]);
        }
        start = end + 1;
    }
    None
}

/// An argument with quotes around it if a shell would need them.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@+,*%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_helm_prints() {
        let plain = "v3.10.0+gce66412\n";
        let long = r#"version.BuildInfo{Version:"v4.1.2", GitCommit:"1a2b", GoVersion:"go1.25.1"}"#;
        for (text, expected) in [
            (plain, Some("3")),
            (long, Some("4")),
            ("Client: v2.17.0+ga690bad", Some("2")),
            ("helm 12", None),
            ("1. 2.", None),
            ("", None),
        ] {
            assert_eq!(major_version(text), expected, "{text}");
        }
    }

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        assert_eq!(quoted("--untar"), "--untar");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
