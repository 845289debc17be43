use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{self, Stdio};

use crate::parallel::join;

/// A program to run, with all that it is given but its input.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Added to our own environment.
    pub environment: Vec<(OsString, OsString)>,
    pub directory: PathBuf,
}

/// What a program answered.
pub(super) struct Answer {
    pub success: bool,
    pub status: String,
    pub stdout: String,
    pub stderr: String,
}

impl Command {
    /// Runs the program on `input`. Fails with the reason when it cannot be started or answers in no text.
    pub fn run(&self, input: &str) -> Result<Answer, String> {
        let mut child = process::Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => format!("{}: no such file or directory", self.program.display()),
                std::io::ErrorKind::PermissionDenied => format!("{} is not executable", self.program.display()),
                _ => error.to_string(),
            })?;
        let mut stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // The input is written beside the reading, so that neither side waits for a full pipe. A program that
            // does not read its input is within its rights.
            let writing = scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input.as_bytes())));
            let output = child.wait_with_output();
            join(writing);
            output
        })
        .map_err(|error| error.to_string())?;
        Ok(Answer {
            success: output.status.success(),
            status: output.status.to_string(),
            stdout: String::from_utf8(output.stdout).map_err(|_| "its output is not UTF-8".to_owned())?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The program's name and first arguments, for messages.
    pub fn shown(&self) -> String {
        match self.arguments.last() {
            Some(image) if self.arguments.first().is_some_and(|first| first == "run") => {
                format!("{} run {}", self.program.display(), image.to_string_lossy())
            }
            _ => self.program.display().to_string(),
        }
    }
}
