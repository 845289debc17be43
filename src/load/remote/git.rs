//! Clones by the program `git`, so that credentials, proxies and URL rewriting are those that users have set up for it.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::repository::Repository;
use super::signals;
use crate::diagnostics::{Code, Error};

/// Why a repository could not be cloned.
#[derive(Debug, Clone)]
pub(in crate::load) struct Failure {
    /// What to say.
    pub error: Error,
    /// After how long git was stopped, if it was.
    pub stopped_after: Option<Duration>,
}

/// Variables that tell git which repository it works on; set where rustomize is run by a hook, say.
///
/// Those that hold configuration are not here: credentials are handed down in them.
pub const OF_ANOTHER_REPOSITORY: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Checks the revision of a repository out into an empty directory, with its submodules if the URL does not forbid it.
pub(super) fn check_out(repository: &Repository, into: &Path) -> Result<(), Failure> {
    let url = repository.clone_url();
    let git = Git { repository, directory: into };
    if repository.reference.starts_with('-') {
        let message =
            format!("the ref {} begins with a dash, which no branch, tag or commit does", repository.reference);
        return Err(Failure { error: Error::new(Code::Fetch, message), stopped_after: None });
    }
    git.run(&["init"])?;
    git.run(&["fetch", "--depth=1", &url, repository.revision()])?;
    git.run(&["checkout", "FETCH_HEAD"])?;
    if repository.submodules && git.has_submodules()? {
        // The URLs of submodules may be relative to that of the remote.
        git.run(&["remote", "add", "origin", &url])?;
        git.run(&["submodule", "update", "--init", "--recursive"])?;
    }
    Ok(())
}

/// Runs git in a directory on behalf of a repository's URL.
struct Git<'a> {
    repository: &'a Repository,
    directory: &'a Path,
}

impl Git<'_> {
    /// Whether `git submodule update` would have something to do: it takes longer to find out than to ask the index.
    fn has_submodules(&self) -> Result<bool, Failure> {
        let listed = self.directory.join(".gitmodules").exists();
        Ok(listed || self.run(&["ls-files", "--stage"])?.lines().any(|line| line.starts_with("160000 ")))
    }

    /// Runs a command to its end; what it has printed, standard output and errors as they came.
    ///
    /// Fails when git is not there, when the command fails, and when it takes longer than the URL allows.
    fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let outcome = self.execute(arguments).map_err(|error| self.cannot_run(&error))?;
        match outcome {
            (Some(status), output) if status.success() => Ok(output),
            (Some(_), output) => Err(Failure { error: self.failed(arguments, &output), stopped_after: None }),
            (None, _) => Err(Failure { error: self.too_slow(arguments), stopped_after: Some(self.repository.timeout) }),
        }
    }

    /// The status of the command, or none when it was stopped, and its output.
    ///
    /// The output goes to a file and not through a pipe: what git leaves running (an SSH connection that is kept) may
    /// hold its end open for long.
    fn execute(&self, arguments: &[&str]) -> io::Result<(Option<ExitStatus>, String)> {
        let mut output = tempfile::tempfile()?;
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.directory).stdin(Stdio::null());
        command.stdout(output.try_clone()?).stderr(output.try_clone()?);
        for name in OF_ANOTHER_REPOSITORY {
            command.env_remove(name);
        }
        // Its messages are looked into below.
        command.env("LC_ALL", "C");
        let status = wait(signals::spawn(&mut command)?, self.repository.timeout)?;
        Ok((status, String::from_utf8_lossy(&signals::read_from_start(&mut output)?).into_owned()))
    }

    fn cannot_run(&self, error: &io::Error) -> Failure {
        let message = format!("cannot fetch {}: cannot run git: {error}", self.repository.shown());
        let error = match error.kind() {
            io::ErrorKind::NotFound => Error::new(Code::Fetch, message)
                .help("install git, or fetch the repository beforehand and name the local copy"),
            _ => Error::new(Code::Fetch, message),
        };
        Failure { error, stopped_after: None }
    }

    fn too_slow(&self, arguments: &[&str]) -> Error {
        let Repository { timeout, .. } = self.repository;
        let message =
            format!("cannot fetch {}: `git {}` took longer than {timeout:?}", self.repository.shown(), arguments[0]);
        Error::new(Code::Fetch, message).help("allow more time in the URL: ?timeout=120s")
    }

    fn failed(&self, arguments: &[&str], output: &str) -> Error {
        let said: Vec<&str> = output.lines().filter(|line| is_complaint(line)).collect();
        let cause = said.iter().find_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")));
        let cause = cause.or(output.lines().rfind(|line| !line.trim().is_empty())).unwrap_or("git did not say why");
        let message = format!("cannot fetch {}: {cause}", self.repository.shown());
        let error = Error::new(Code::Fetch, self.hide_credentials(&message));
        let command = arguments.join(" ");
        let note = match said.len() {
            0 | 1 => format!("this was `git {command}`"),
            _ => format!("`git {command}` said: {}", said.join("; ")),
        };
        let error = error.note(self.hide_credentials(&note));
        match self.advice(output) {
            Some(advice) => error.help(self.hide_credentials(&advice)),
            None => error,
        }
    }

    fn advice(&self, output: &str) -> Option<String> {
        let url = self.repository.clone_url();
        let says = |text: &str| output.contains(text);
        if says("couldn't find remote ref") || says("not our ref") {
            let reference = self.repository.revision();
            Some(format!("the repository has no branch, tag or (full) commit {reference}: see `git ls-remote {url}`"))
        } else if says("dubious ownership") {
            let path = &self.repository.path;
            Some(format!("if you trust it: git config --global --add safe.directory {path}"))
        } else if says("transport 'file' not allowed") {
            Some("git allows local submodules only with protocol.file.allow=always".into())
        } else if ["could not read Username", "could not read Password", "Authentication failed", "Permission denied"]
            .into_iter()
            .any(says)
        {
            Some(format!("git has no credentials for it here: `git ls-remote {url}` has to work"))
        } else {
            None
        }
    }

    fn hide_credentials(&self, text: &str) -> String {
        let url = self.repository.clone_url();
        text.replace(&url, &super::without_credentials(&url))
    }
}

/// Whether a line of git's output is about what went wrong, and not about progress or advice.
fn is_complaint(line: &str) -> bool {
    ["fatal: ", "error: ", "remote: ", "ssh: "].iter().any(|start| line.starts_with(start))
        || line.contains("Permission denied")
}

/// Waits for a program to end; stops it and returns none when it has not ended by then.
fn wait(mut program: signals::Running, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = program.0.try_wait()? {
            return Ok(Some(status));
        }
        let Some(left) = patience.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else { return Ok(None) };
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}
