//! Running the program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustomize_yaml::{Dialect, FileId, Source, Tree, read_document};

/// The program in a directory, with arguments, in an environment without anything that would change what it does.
pub fn rustomize(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().expect("the program starts")
}

/// The program about to run in a directory, for more arguments, other variables or other streams.
pub fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = undisturbed(env!("CARGO_BIN_EXE_rustomize"));
    command.args(arguments).current_dir(directory);
    command
}

/// A program, ours or one that runs ours or stands beside it, in an environment without anything that would change what
/// is built.
pub fn undisturbed(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in DISTURBING {
        command.env_remove(name);
    }
    // What its user has set up for git (signatures, hooks, line ends) is not for the repositories of tests.
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    // Shells warn of a locale that is not there.
    command.env("LC_ALL", "C");
    command
}

/// Variables that change what is built or shown, or that a hook of git has, and with which git works on its repository.
const DISTURBING: [&str; 12] = [
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG_COUNT",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
    "KUSTOMIZE_ENABLE_MANAGEDBY_LABEL",
    "NO_COLOR",
    "RUSTOMIZE_COMPAT",
];

/// What a command comes to when this is what it reads.
pub fn piped(mut command: Command, input: impl AsRef<[u8]>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
    child.wait_with_output().unwrap()
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Says aloud what is not tested here, and why. Not by `eprintln!`, which tests swallow.
pub fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// Whether there is a kubectl to compare with; says aloud when there is none.
pub fn has_kubectl() -> bool {
    let has = Command::new("kubectl").arg("version").arg("--client").output().is_ok();
    if !has {
        skipped("what kubectl does is not compared with, as it is not installed");
    }
    has
}

/// What was printed, as text.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is UTF-8")
}

/// A directory with these files.
pub fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        write(&directory.path().join(name), content);
    }
    directory
}

/// Writes a file, and makes the directories that lead to it.
pub fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Writes a shell script that can be run.
#[cfg(unix)]
pub fn script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    write(path, &format!("#!/bin/sh\n{body}"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Copies a directory with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files below a directory, relative to it, sorted.
pub fn files_below(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                pending.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(directory).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A text as a tree.
pub fn document(content: &str) -> Tree {
    let source = std::sync::Arc::new(Source::new(FileId(0), "kustomization.yaml", content));
    read_document(&source, Dialect::Yaml11).unwrap().unwrap()
}
