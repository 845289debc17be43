//! Functions that work on folders of manifests, outside of any build.

use std::path::Path;

use rustomize_yaml::Tree;

use super::process::{Answer, Command};
use super::spec::FunctionSpec;
use super::{exchange, stderr_lines};
use crate::diagnostics::{Code, Error, Result};
use crate::options::FunctionOptions;
use crate::output::eprint;

/// What a manifest says of functions.
pub enum Declaration {
    /// It declares none.
    None,
    /// It declares an executable, and those are not allowed.
    NotAllowed,
    /// It declares this one.
    Function(FolderFunction),
}

/// A function that a manifest declares, ready to run.
pub struct FolderFunction {
    command: Command,
    /// What people call it: its image, or the path of its program.
    pub identifier: String,
    /// Whether it is an image.
    pub is_container: bool,
    /// Whether the others still run when it has failed.
    pub defers_failure: bool,
}

impl FolderFunction {
    /// The function that a manifest declares, to be run in `directory`. `shown` names the manifest in errors.
    ///
    /// Fails for a declaration that cannot be understood, and for one that asks for the network without leave.
    pub fn declared(tree: &Tree, shown: &str, options: &FunctionOptions, directory: &Path) -> Result<Declaration> {
        let Some(spec) = FunctionSpec::of_manifest(tree, shown)? else { return Ok(Declaration::None) };
        let Some((command, identifier)) = spec.folder_command(options, directory, shown)? else {
            return Ok(Declaration::NotAllowed);
        };
        let (is_container, defers_failure) = (spec.is_container(), spec.defer_failure);
        Ok(Declaration::Function(FolderFunction { command, identifier, is_container, defers_failure }))
    }

    /// Whether a manifest declares any function.
    pub fn is_declared(tree: &Tree, shown: &str) -> Result<bool> {
        FunctionSpec::of_manifest(tree, shown).map(|spec| spec.is_some())
    }

    /// Runs the function on a ResourceList: what it printed, and the error when it has failed. What one that succeeds
    /// says on stderr goes on to ours.
    pub fn run(&self, input: &str, shown: &str) -> (String, Option<Error>) {
        let answer = match self.command.run(input) {
            Ok(answer) => answer,
            Err(reason) => return (String::new(), Some(self.failed(shown, &reason))),
        };
        let error = (!answer.success).then(|| self.failure(&answer, shown));
        if error.is_none() {
            eprint(&answer.stderr);
        }
        (answer.stdout, error)
    }

    fn failure(&self, answer: &Answer, shown: &str) -> Error {
        let error = self.failed(shown, &format!("it ended with {}", answer.status));
        exchange::results(&answer.stdout).into_iter().chain(stderr_lines(&answer.stderr)).fold(error, Error::note)
    }

    fn failed(&self, shown: &str, reason: &str) -> Error {
        let command = self.command.shown();
        Error::new(Code::Plugin, format!("the function {shown} ({command}) failed: {reason}"))
    }
}
