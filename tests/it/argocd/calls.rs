//! Every process that Argo CD starts for a source of type kustomize, in its order and in exactly its words.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustomize_yaml::{FileId, Source, read_resources};

use super::repo_server::{BUILD_ENVIRONMENT, RepoServer, append_patches};
use crate::program::{repository, text, undisturbed};

/// The kinds and names of what a build has printed, read as Argo CD reads it: documents of YAML and nothing else.
fn objects(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let source = Source::new(FileId(0), "stdout", text(&output.stdout));
    let read = read_resources(&source.into()).unwrap();
    let part = |tree: &rustomize_yaml::Tree, keys: &[&str]| {
        let node = tree.path(tree.root(), keys).expect("every document is an object");
        tree.text(node).to_owned()
    };
    read.iter().map(|tree| format!("{} {}", part(tree, &["kind"]), part(tree, &["metadata", "name"]))).collect()
}

/// The first line on stderr of a call that has failed as all calls fail.
fn cause(output: &Output) -> &str {
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    text(&output.stderr).lines().next().expect("stderr tells the cause")
}

const DIGEST: &str = "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3";

#[test]
fn every_call_in_its_order() {
    let server = RepoServer::new();
    server.edit("repo/app", &["set", "nameprefix", "--", "my-"]);
    server.edit("repo/app", &["set", "namesuffix", "--", "-blue"]);
    let db = format!("postgres=registry.example.com/postgres@{DIGEST}");
    let cache = format!("redis@{DIGEST}");
    let images =
        ["web=registry.example.com/web:2", &db, &cache, "nginx:1.27", "busybox=alpine", "localhost:5000/tool:3"];
    server.edit("repo/app", &[&["set", "image"], &images[..]].concat());
    server.edit("repo/app", &["set", "replicas", "web=3", "db=2"]);
    let switches = ["--force", "--without-selector", "--include-templates"];
    let labels = ["team:core", "example.com/tier:front"];
    server.edit("repo/app", &[&["add", "label"], &switches[..], &labels[..]].concat());
    let annotations = ["note:k:v:with:colons", "url:https://shop.example.com:8443/a"];
    server.edit("repo/app", &[&["add", "annotation", "--force"], &annotations[..]].concat());
    server.edit("repo/app", &["set", "namespace", "--", "shop"]);
    let edited = server.read("repo/app/kustomization.yaml");
    assert!(edited.contains("# pinned until the next release\n"), "{edited}");
    append_patches(&server.path("repo/app"), &[PATCH]);
    let component = server.command("repo/app", &["edit", "add", "component", "../component"]);
    let output = { component }.envs(BUILD_ENVIRONMENT).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{}", text(&output.stderr));

    let output = server.build("repo/app", &[]);
    assert_eq!(text(&output.stderr), "");
    let expected = fs::read_to_string(repository("testdata/argocd/every-call.yaml")).unwrap();
    assert_eq!(text(&output.stdout), expected);
    assert_eq!(objects(&output).len(), 4);

    // With buildOptions: the flags come behind the directory.
    let options = ["--load-restrictor", "LoadRestrictionsNone", "--enable-helm", "--helm-kube-version", "1.31.2"];
    let versions = ["--helm-api-versions", "v1", "--helm-api-versions", "apps/v1"];
    let with_options = server.build("repo/app", &[&options[..], &versions[..]].concat());
    assert_eq!(text(&with_options.stdout), expected, "{}", text(&with_options.stderr));
    assert_eq!(server.leftovers(), [""; 0]);
}

const PATCH: &str = "\
target: {kind: StatefulSet, name: db}
patch: |-
  - op: add
    path: /spec/minReadySeconds
    value: 5
options: {allowNameChange: true}
";

#[test]
fn labels_with_and_without_force() {
    let server = RepoServer::new();
    let arguments = ["edit", "add", "label", "--force", "owner:core"];
    for _ in 0..2 {
        // The key is new at first, then it is there already.
        assert!(server.command("repo/app", &arguments).output().unwrap().status.success());
    }
    let before = server.read("repo/app/kustomization.yaml");
    let refused = server.command("repo/app", &["edit", "add", "label", "owner:other"]).output().unwrap();
    assert!(cause(&refused).contains("label owner already in kustomization file"), "{}", cause(&refused));
    assert_eq!(server.read("repo/app/kustomization.yaml"), before);
    let refused = server.command("repo/app", &["edit", "add", "annotation", "note:other"]).output().unwrap();
    assert!(cause(&refused).contains("annotation note already in kustomization file"), "{}", cause(&refused));
    // What is deprecated is said on stderr, and stdout stays clean.
    let output = server.build("repo/app", &[]);
    assert!(text(&output.stderr).starts_with("# Warning: 'commonLabels' is deprecated."), "{}", text(&output.stderr));
    assert_eq!(objects(&output).len(), 4);
}

#[test]
fn each_name_of_the_file_is_kept() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let server = RepoServer::new();
        fs::remove_file(server.path("repo/app/kustomization.yaml")).unwrap();
        server.write(&format!("repo/app/{name}"), "resources: [../base]\n");
        server.edit("repo/app", &["set", "image", "web:2"]);
        let names = fs::read_dir(server.path("repo/app")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), [name]);
        assert!(text(&server.build("repo/app", &[]).stdout).contains("image: web:2\n"));
    }
}

#[test]
fn the_same_overrides_can_come_again() {
    let server = RepoServer::new();
    let mut texts = Vec::new();
    for _ in 0..2 {
        server.edit("repo/app", &["set", "nameprefix", "--", "my-"]);
        server.edit("repo/app", &["set", "image", "web=registry.example.com/web:2", "nginx:1.27"]);
        server.edit("repo/app", &["set", "replicas", "web=3"]);
        server.edit("repo/app", &["add", "label", "--force", "--without-selector", "team:core"]);
        server.edit("repo/app", &["add", "annotation", "--force", "note:new"]);
        server.edit("repo/app", &["set", "namespace", "--", "shop"]);
        texts.push(server.read("repo/app/kustomization.yaml"));
    }
    assert_eq!(texts[0], texts[1]);
}

/// What Argo CD reads of the answer is the first semantic version in it, and it is one for all programs.
#[test]
fn the_version_is_one_that_argo_cd_can_work_with() {
    let server = RepoServer::new();
    let output = server.command("repo", &["version", "--short"]).output().unwrap();
    assert!(output.status.success());
    let answer = text(&output.stdout).trim();
    let answer = answer.trim_start_matches('{').trim_end_matches('}').trim().replace("  ", " ");
    let version = first_version(answer.trim_start_matches("kustomize/"));
    assert!(version >= [5, 8, 1], "{answer:?} is taken for {version:?}");
}

/// The first number of a text with up to two more behind dots, as `v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?` finds them.
fn first_version(text: &str) -> [u32; 3] {
    let start = text.find(|character: char| character.is_ascii_digit()).expect("there is a number");
    let end = text[start..].find(|character: char| !character.is_ascii_digit() && character != '.');
    let mut numbers =
        text[start..start + end.unwrap_or(text.len() - start)].split('.').map(|part| part.parse().unwrap());
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[test]
fn a_failure_tells_its_cause_in_the_first_line() {
    let server = RepoServer::new();
    let missing = server.build("repo/invalid-kustomize", &[]);
    let words = "invalid-kustomize/does-not-exist.yaml: no such file or directory";
    assert!(cause(&missing).contains(words), "{}", cause(&missing));
    let no_directory = server.build("repo/nowhere", &[]);
    assert!(cause(&no_directory).contains("nowhere"), "{}", cause(&no_directory));
    let helm = "helmCharts: [{name: web, repo: 'https://charts.example.com'}]\n";
    server.write("repo/charts/kustomization.yaml", helm);
    let not_enabled = server.build("repo/charts", &[]);
    assert!(cause(&not_enabled).contains("--enable-helm"), "{}", cause(&not_enabled));
    let component = server.command("repo/app", &["edit", "add", "component", "../nowhere"]).output().unwrap();
    assert!(cause(&component).contains("nowhere"), "{}", cause(&component));
    for arguments in [&["edit", "set", "replicas", "web=many"][..], &["edit", "set", "image", "web"]] {
        let refused = server.command("repo/app", arguments).output().unwrap();
        assert!(cause(&refused).contains("web"), "{}", cause(&refused));
    }
}

#[test]
fn warnings_do_not_hide_the_cause() {
    let server = RepoServer::new();
    server.write("repo/old/kustomization.yaml", "bases: [../base]\ncommonLabels: {a: b}\nresources: [none.yaml]\n");
    let output = server.build("repo/old", &[]);
    assert!(cause(&output).contains("none.yaml: no such file or directory"), "{}", cause(&output));
    assert!(text(&output.stderr).contains("# Warning: 'bases' is deprecated."));
}

#[test]
fn a_home_may_be_there_and_not_be_writable() {
    let server = RepoServer::new();
    fs::create_dir(server.path("home")).unwrap();
    let app = server.path("repo/app");
    let with_home = |arguments: &[&str]| {
        let mut command = server.command("repo/app", arguments);
        command.env("HOME", server.path("home")).output().unwrap()
    };
    assert!(with_home(&["edit", "set", "namespace", "--", "shop"]).status.success());
    assert_eq!(objects(&with_home(&["build", app.to_str().unwrap()])).len(), 4);
    assert_eq!(fs::read_dir(server.path("home")).unwrap().count(), 0);
}

/// A repository `remote` that stands for `https://git.example.com/team/shared`, and the environment that says so.
fn remote(server: &RepoServer) -> Vec<(&'static str, String)> {
    server.write("remote/base/kustomization.yaml", "resources: [cm.yaml]\n");
    server.write("remote/base/cm.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}}\n");
    for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "first"], &["tag", "v1"]] {
        let mut git = undisturbed("git");
        git.args(["-c", "user.name=me", "-c", "user.email=me@example.com"]).args(arguments);
        assert!(git.current_dir(server.path("remote")).status().unwrap().success());
    }
    server.hand_over(&["remote"]);
    let url = "https://git.example.com/team/shared";
    server.write("repo/remote/kustomization.yaml", &format!("resources: ['{url}//base?ref=v1']\n"));
    vec![
        ("GIT_CONFIG_COUNT", "1".to_owned()),
        ("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", server.path("remote").display())),
        ("GIT_CONFIG_VALUE_0", url.to_owned()),
    ]
}

#[test]
fn a_remote_base_is_fetched_with_the_credentials_of_the_environment() {
    let server = RepoServer::new();
    let configuration = remote(&server);
    // A git that tells what it was given.
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|directory| directory.join("git")).find(|git| git.exists()).unwrap();
    let spy = format!("env >> '{}'\nexec '{}' \"$@\"\n", server.path("tmp/seen").display(), real.display());
    server.script("bin/git", &spy);
    let app = server.path("repo/remote");
    let mut command = server.command("repo", &["build", app.to_str().unwrap()]);
    let output = command.envs(BUILD_ENVIRONMENT).envs(configuration.iter().cloned()).output().unwrap();
    assert_eq!(objects(&output), ["ConfigMap shared"]);
    let seen = server.read("tmp/seen");
    let expected = BUILD_ENVIRONMENT.map(|(name, value)| (name, value.to_owned())).into_iter().chain(configuration);
    for (name, value) in expected {
        assert!(seen.lines().any(|line| line == format!("{name}={value}")), "git is not told {name}");
    }
    assert_eq!(server.leftovers(), ["seen"]);
}

/// A build that waits for a git host which does not answer, with its temporary directory made.
fn waiting(server: &RepoServer) -> Child {
    server.write("repo/waiting/kustomization.yaml", "resources: ['ssh://git@git.example.com/a/b']\n");
    let app = server.path("repo/waiting");
    let mut command = server.command("repo", &["build", app.to_str().unwrap()]);
    let ssh = format!("sh -c 'echo started > {}; exec sleep 60'", server.path("tmp/started").display());
    command.envs(BUILD_ENVIRONMENT).env("GIT_SSH_COMMAND", ssh).env("GIT_SSH_VARIANT", "simple");
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&server.path("tmp/started"));
    assert_eq!(server.leftovers().len(), 1);
    child
}

/// Waits until a program that was started says so by a file, and removes it.
fn wait_for(started: &Path) {
    let start = Instant::now();
    while !started.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "the program was not started");
        thread::sleep(Duration::from_millis(10));
    }
    fs::remove_file(started).unwrap();
}

fn send(signal: &str, child: &Child) {
    let status = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// The values of charts are written to a file, which has to go, too.
#[test]
fn what_a_killed_build_with_charts_leaves_is_removed_by_the_next() {
    let server = RepoServer::new();
    server.write("repo/charts/kustomization.yaml", "helmCharts: [{name: shop, valuesInline: {password: secret}}]\n");
    server.write("repo/charts/charts/shop/Chart.yaml", "name: shop\nversion: 1.0.0\n");
    server.write("repo/charts/charts/shop/values.yaml", "{}\n");
    let started = server.path("tmp/started");
    let helm = |template: &str| {
        server.script("bin/helm", &format!("case $1 in version) echo v3.16.0;; template) {template};; esac\n"));
    };
    helm(&format!("echo > '{}'; exec sleep 60", started.display()));
    let app = server.path("repo/charts");
    let mut command = server.command("repo", &["build", app.to_str().unwrap(), "--enable-helm"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&started);
    assert_eq!(server.leftovers().len(), 1);
    send("-KILL", &child);
    child.wait().unwrap();
    assert_eq!(server.leftovers().len(), 1);
    helm("echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: shop}}'");
    assert_eq!(objects(&server.build("repo/charts", &["--enable-helm"])), ["ConfigMap shop"]);
    assert_eq!(server.leftovers(), [""; 0]);
}

#[test]
fn a_time_out_leaves_nothing_behind() {
    let server = RepoServer::new();
    let mut child = waiting(&server);
    let start = Instant::now();
    send("-TERM", &child);
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    // Not after the minute that the program takes; Argo CD would send SIGKILL after five seconds.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(server.leftovers(), [""; 0]);
}

#[test]
fn what_a_killed_build_leaves_is_removed_by_the_next_that_fetches() {
    let server = RepoServer::new();
    let mut child = waiting(&server);
    send("-KILL", &child);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert_eq!(server.leftovers().len(), 1);
    let configuration = remote(&server);
    let app = server.path("repo/remote");
    let mut command = server.command("repo", &["build", app.to_str().unwrap()]);
    assert_eq!(objects(&command.envs(configuration).output().unwrap()), ["ConfigMap shared"]);
    assert_eq!(server.leftovers(), [""; 0]);
}
