//! `rustomize fn run` on a copy of `testdata/functions`, whose scripts are the functions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::place::assert_failed;
use crate::program::{command, copy, files_below, piped, repository, script, text};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        copy(&repository("testdata/functions"), place.0.path());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.0.path(), &["fn", "run"]);
        let inherited = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(self.path("bin")).chain(std::env::split_paths(&inherited)));
        command.args(arguments).env("PATH", path.unwrap());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Stands in for docker: notes its arguments and what it reads, which it hands on.
    fn docker(&self) {
        script(&self.path("bin/docker"), "printf '%s\\n' \"$@\" > arguments\ntee input\n");
    }
}

/// All files below a directory with their contents.
fn files(directory: &Path) -> Vec<(String, String)> {
    let content = |name: &String| fs::read_to_string(directory.join(name)).unwrap();
    files_below(directory).into_iter().map(|name| (name.clone(), content(&name))).collect()
}

#[track_caller]
fn assert_said(output: &Output, stdout: &str, stderr: &str) {
    assert_eq!((text(&output.stdout), text(&output.stderr)), (stdout, stderr));
    assert!(output.status.success());
}

#[test]
fn a_declared_function_changes_the_files_of_its_folder_and_comments_stay() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    assert_said(&place.run(&["manifests", "--enable-exec", "--log-steps"]), "", "Running ./set-replicas.sh\n");
    let mut expected = before;
    for (_, content) in expected.iter_mut().filter(|(path, _)| path.ends_with("web.yaml")) {
        *content = content.replace("replicas: 3", "replicas: 5");
    }
    assert_eq!(files(&place.path("manifests")), expected);
    let input = place.read("input");
    // In `apps/functions`, a function is for `apps`.
    assert!(input.contains("kind: Deployment") && !input.contains("kind: Job"), "{input}");
    for line in [
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n",
        "      config.kubernetes.io/path: 'apps/web.yaml'\n",
        "      internal.config.kubernetes.io/index: '0'\n",
        "      config.k8s.io/id: '1'\n",
        "    replicas: 3 # three\n",
        "functionConfig:\n  apiVersion: example.com/v1\n  kind: SetReplicas\n",
    ] {
        assert!(input.contains(line), "{line}{input}");
    }
}

#[test]
fn with_global_scope_a_function_sees_all() {
    let place = Place::new();
    assert!(place.run(&["manifests", "--enable-exec", "--global-scope", "-e", "REPLICAS=7"]).status.success());
    assert!(place.read("manifests/jobs/backup.yaml").ends_with("spec:\n  replicas: 7\n"));
    assert!(place.read("manifests/apps/web.yaml").contains("  replicas: 7 # three\n"));
}

#[test]
fn programs_run_only_when_they_are_allowed() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    let output = place.run(&["manifests"]);
    assert!(output.status.success() && text(&output.stderr).contains("--enable-exec"), "{}", text(&output.stderr));
    assert_eq!(files(&place.path("manifests")), before);
    assert_failed(&place.run(&["manifests", "--exec-path", "./set-replicas.sh"]), "must specify --enable-exec");
    assert_failed(&place.run(&["manifests", "--", "a=b"]), "must specify --image");
    assert_failed(&place.run(&["manifests", "jobs"]), "several directories");
    assert_failed(&place.run(&["manifests", "--image", "i", "--", "a=b", "c"]), "separated by =");
    assert_failed(&place.run(&["nowhere"]), "no such file or directory");
}

#[test]
fn a_dry_run_prints_and_writes_nothing() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    let output = place.run(&[
        "manifests/jobs",
        "--dry-run",
        "--enable-exec",
        "--exec-path",
        "./set-replicas.sh",
        "-e",
        "REPLICAS=2",
    ]);
    let expected = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: backup\n  annotations:\n    \
                    config.kubernetes.io/path: 'backup.yaml'\n    internal.config.kubernetes.io/path: 'backup.yaml'\n\
                    spec:\n  replicas: 2\n";
    assert_said(&output, expected, "");
    assert_eq!(files(&place.path("manifests")), before);
}

#[test]
fn files_come_and_go_with_their_manifests() {
    let place = Place::new();
    assert_said(&place.run(&["manifests", "--enable-exec", "--exec-path", "./replace-backup.sh"]), "", "");
    let expected = [
        "apps/functions/replicas.yaml",
        "apps/web.yaml",
        "secret_made.yaml",
        "settings.json",
        "shop/configmap_made.yaml",
    ];
    assert_eq!(files_below(&place.path("manifests")), expected);
    let made = "{apiVersion: v1, kind: ConfigMap, metadata: {name: made, namespace: shop}}\n";
    assert_eq!(place.read("manifests/shop/configmap_made.yaml"), made);
    assert_eq!(
        place.read("manifests/settings.json"),
        fs::read_to_string(repository("testdata/functions/manifests/settings.json")).unwrap()
    );
}

#[test]
fn an_image_gets_its_configuration_from_the_command_line() {
    let place = Place::new();
    place.docker();
    let flags = [
        "manifests/jobs",
        "--image",
        "example.com/tool:v1",
        "--network",
        "-e",
        "A=1",
        "--mount",
        "type=bind,src=data,dst=/data",
    ];
    assert_said(&place.run(&[&flags[..], &["--", "Tool", "size=3", "name=x"]].concat()), "", "");
    let here = fs::canonicalize(place.0.path()).unwrap();
    let expected = format!(
        "run --rm -i -a STDIN -a STDOUT -a STDERR --network host --user nobody --security-opt=no-new-privileges \
         --mount type=bind,source={}/data,target=/data,readonly -e A=1 -e LOG_TO_STDERR=true -e STRUCTURED_RESULTS=true \
         example.com/tool:v1",
        here.display()
    );
    assert_eq!(place.read("arguments").lines().collect::<Vec<_>>().join(" "), expected);
    let config = "functionConfig:\n  metadata:\n    name: function-input\n    annotations:\n      \
                  config.kubernetes.io/function: |\n        container: {image: 'example.com/tool:v1', network: true}\n  \
                  data: {size: 3, name: x}\n  kind: Tool\n  apiVersion: v1\n";
    assert!(place.read("input").ends_with(config), "{}", place.read("input"));
}

#[test]
fn functions_of_another_folder_run_in_place_of_those_declared() {
    let place = Place::new();
    place.docker();
    fs::create_dir(place.path("tools")).unwrap();
    let tool = "kind: Tool\nmetadata:\n  name: t\n  annotations:\n    config.k8s.io/function: |\n      container: {image: tool, network: true}\n";
    fs::write(place.path("tools/tool.yaml"), tool).unwrap();
    let arguments = ["manifests", "--fn-path", "tools", "--enable-exec", "--log-steps"];
    assert_failed(&place.run(&arguments), "needs the network");
    assert_said(&place.run(&[&arguments[..], &["--network"]].concat()), "", "Running tool\n");
    assert_eq!(place.read("input").matches("\n- ").count(), 5);
}

#[test]
fn manifests_may_come_on_stdin() {
    let place = Place::new();
    let command = place.command(&["--enable-exec", "--exec-path", "./set-replicas.sh", "-e", "REPLICAS=2"]);
    let input = "kind: A\nmetadata:\n  name: a\nspec:\n  replicas: 1 # one\n";
    let output = piped(command, input);
    // As upstream, what a function hands on has a path, whether it goes to a file or not.
    let expected = "kind: A\nmetadata:\n  name: a\n  annotations:\n    internal.config.kubernetes.io/path: 'a_a.yaml'\n    \
                    config.kubernetes.io/path: 'a_a.yaml'\nspec:\n  replicas: 2 # one\n";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn a_function_that_fails_writes_nothing_but_its_results() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    let arguments = ["manifests", "--enable-exec", "--exec-path", "./refuse.sh", "--results-dir", "out/results"];
    let output = place.run(&arguments);
    for words in [
        "it ended with exit status: 4",
        "stderr: this cannot be",
        "replicas must be even (Deployment web) at spec.replicas",
    ] {
        assert_failed(&output, words);
    }
    assert_eq!(files(&place.path("manifests")), before);
    let expected = "- message: replicas must be even\n  severity: error\n  resourceRef: {kind: Deployment, name: web}\n  field: {path: spec.replicas}\n";
    assert_eq!(place.read("out/results/results-0.yaml"), expected);
}

#[test]
fn a_failure_may_wait_for_the_functions_behind_it() {
    let place = Place::new();
    let late = "kind: Check\nmetadata:\n  name: c\n  annotations:\n    config.kubernetes.io/function: |\n      deferFailure: true\n      exec: {path: ./refuse.sh}\n";
    fs::write(place.path("manifests/apps/web-check.yaml"), late).unwrap();
    assert_failed(&place.run(&["manifests", "--enable-exec"]), "replicas must be even");
    assert!(place.read("manifests/apps/web.yaml").contains("  replicas: 5 # three\n"));
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    assert_failed(
        &place.run(&["manifests", "--enable-exec", "--exec-path", "./escape.sh"]),
        "it leads out of the folder",
    );
    assert!(!place.path("escaped.yaml").exists());
    assert_eq!(files(&place.path("manifests")), before);
}

#[test]
fn a_function_that_leaves_nothing_ends_it_and_nothing_is_written() {
    let place = Place::new();
    let before = files(&place.path("manifests"));
    let output = place.run(&["manifests", "--enable-exec", "--exec-path", "true"]);
    assert!(output.status.success() && text(&output.stderr).contains("left no manifests"), "{}", text(&output.stderr));
    assert_eq!(files(&place.path("manifests")), before);
}

#[test]
fn a_function_is_not_for_a_folder_whose_name_begins_alike() {
    let place = Place::new();
    fs::create_dir(place.path("manifests/apps-old")).unwrap();
    let old = "kind: Deployment\nmetadata:\n  name: old\nspec:\n  replicas: 1\n";
    fs::write(place.path("manifests/apps-old/old.yaml"), old).unwrap();
    assert_said(&place.run(&["manifests", "--enable-exec"]), "", "");
    assert_eq!(place.read("manifests/apps-old/old.yaml"), old);
}

#[test]
fn folders_with_a_krmfile_can_be_left_out() {
    let place = Place::new();
    fs::write(place.path("manifests/apps/Krmfile"), "").unwrap();
    assert_said(&place.run(&["manifests", "--enable-exec", "--include-subpackages=false"]), "", "");
    assert!(place.read("manifests/apps/web.yaml").contains("  replicas: 3 # three\n"));
    assert_said(&place.run(&["manifests", "--enable-exec"]), "", "");
    assert!(place.read("manifests/apps/web.yaml").contains("  replicas: 5 # three\n"));
}

#[test]
fn new_comments_of_a_function_stay() {
    let place = Place::new();
    script(&place.path("comment.sh"), "sed 's/replicas: 1/replicas: 1 # one/'\n");
    assert_said(&place.run(&["manifests", "--enable-exec", "--exec-path", "./comment.sh"]), "", "");
    assert!(place.read("manifests/jobs/backup.yaml").ends_with("spec:\n  replicas: 1 # one\n"));
}
