//! A place with a repository, where remote things can be built without leaving this machine.

use std::fmt::Display;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::program::{command, text, undisturbed, write};

/// A place with a repository `app`, a directory `local` to build in, and a directory `tmp` for what is fetched.
pub struct Place {
    pub directory: tempfile::TempDir,
}

impl Place {
    /// The repository has a base and an overlay of it, at the tag `v1` and, with a change, at its head.
    pub fn new() -> Place {
        let place = Place { directory: tempfile::tempdir().unwrap() };
        place.write("app/base/kustomization.yaml", "resources: [cm.yaml]\n");
        place.write("app/base/cm.yaml", &config_map("first"));
        place.write("app/dev/kustomization.yaml", "namePrefix: dev-\nresources: [../base]\n");
        place.git("app", &["init", "-q"]);
        place.git("app", &["add", "."]);
        place.git("app", &["commit", "-qm", "first"]);
        place.git("app", &["tag", "v1"]);
        place.write("app/base/cm.yaml", &config_map("second"));
        place.git("app", &["commit", "-qam", "second"]);
        fs::create_dir(place.path("tmp")).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        write(&self.path(name), content);
    }

    pub fn git(&self, directory: &str, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "init.defaultBranch=main"];
        let mut command = undisturbed("git");
        let output = command.args(identity).args(arguments).current_dir(self.path(directory)).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).to_owned()
    }

    pub fn url(&self, rest: &str) -> String {
        format!("file://{}{rest}", self.path("app").display())
    }

    /// Writes the kustomization of `local` with these resources, and perhaps more fields.
    pub fn resources(&self, resources: &[&str], more: &str) {
        let list: String = resources.iter().map(|resource| format!("- {resource}\n")).collect();
        self.write("local/kustomization.yaml", &format!("resources:\n{list}{more}"));
    }

    /// The program, about to build `local`.
    pub fn command(&self) -> Command {
        let mut command = command(self.directory.path(), &["build", "local"]);
        command.env("TMPDIR", self.path("tmp")).env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    pub fn build(&self) -> Output {
        self.command().output().unwrap()
    }

    /// What is left of what was fetched.
    pub fn leftovers(&self) -> usize {
        fs::read_dir(self.path("tmp")).unwrap().count()
    }

    /// Has the program reach hosts over SSH by this script, which finds the path of the repository in `$path`.
    pub fn over_ssh<'a>(&self, command: &'a mut Command, script: &str) -> &'a mut Command {
        let upload = "for command; do :; done; path=${command#*\\'}; path=${path%\\'*}";
        self.write("ssh.sh", &format!("cd '{}'\n{upload}\n{script}\n", self.directory.path().display()));
        command
            .env("GIT_SSH_COMMAND", format!("sh '{}'", self.path("ssh.sh").display()))
            .env("GIT_SSH_VARIANT", "simple")
    }
}

pub fn config_map(value: &str) -> String {
    format!("apiVersion: v1\ndata:\n  value: {value}\nkind: ConfigMap\nmetadata:\n  name: app\n")
}

pub fn assert_built(output: &Output, expected: &str) {
    assert_eq!((text(&output.stdout), text(&output.stderr)), (expected, ""));
    assert!(output.status.success());
}

pub fn assert_failed(output: &Output, what: &str) {
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains(what), "{}", text(&output.stderr));
}

/// A server on this machine that gives each request the same answer; its URL.
pub fn server(status: impl Display, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let request = BufReader::new(stream.try_clone().unwrap()).lines();
            request.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}
