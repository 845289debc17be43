//! `rustomize localize`: copies in which nothing is remote.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::place::{Place, assert_failed, config_map, server};
use crate::program::{command, files_below, text};

impl Place {
    fn localize(&self, arguments: &[&str]) -> Output {
        let mut command = command(self.directory.path(), &[&["localize"], arguments].concat());
        command.env("TMPDIR", self.path("tmp")).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Where the copy of the repository lies, from the directory that names it.
    fn copied(&self, revision: &str, directory: &str) -> String {
        format!("localized-files/file-schemed{}/{revision}/{directory}", self.path("app").display())
    }
}

fn assert_succeeded(output: &Output, says: &str) {
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("", says));
}

#[test]
fn what_was_remote_lies_in_the_copy_and_all_else_stays_as_it_was_written() {
    let place = Place::new();
    let host = server("200 OK", config_map("remote").replace("name: app", "name: remote"));
    let written = |base: &str, file: &str, patch: &str| {
        format!(
            "# What stage adds.\nnamePrefix: stage-   # short for staging\n\nresources:\n  - {base}\n  \
             - \"{file}\"\n\npatches:\n- path: '{patch}' # louder\n"
        )
    };
    place.write(
        "local/kustomization.yaml",
        &written(&place.url("//dev?ref=v1"), &format!("{host}/a/cm.yaml"), "./p.yaml"),
    );
    let patch = config_map("patched").replace("name: app", "name: remote");
    place.write("local/p.yaml", &patch);
    place.write("local/unused.yaml", "");
    assert_succeeded(&place.localize(&["local", "copy", "--no-verify"]), &says("local", &place.path("copy"), ""));

    let (dev, base) = (place.copied("v1", "dev"), place.copied("v1", "base"));
    let mut expected =
        ["kustomization.yaml", "p.yaml", "localized-files/127.0.0.1/a/cm.yaml"].map(str::to_owned).to_vec();
    expected.extend([
        format!("{dev}/kustomization.yaml"),
        format!("{base}/kustomization.yaml"),
        format!("{base}/cm.yaml"),
    ]);
    expected.sort();
    assert_eq!(files_below(&place.path("copy")), expected);
    let localized = written(&dev, "localized-files/127.0.0.1/a/cm.yaml", "p.yaml");
    assert_eq!(place.read("copy/kustomization.yaml"), localized);
    assert_eq!(place.read(&format!("copy/{base}/cm.yaml")), config_map("first"));
    assert_eq!(place.read(&format!("copy/{dev}/kustomization.yaml")), place.read("app/dev/kustomization.yaml"));
    assert_eq!(place.read("copy/p.yaml"), patch);
    assert_eq!(place.leftovers(), 0);
}

fn says(target: &str, destination: &Path, verified: &str) -> String {
    format!("localized {target} to {}{verified}\n", destination.canonicalize().unwrap().display())
}

#[test]
fn the_builds_of_target_and_copy_are_compared() {
    let place = Place::new();
    place.resources(&[&place.url("//dev?ref=v1")], "buildMetadata: [originAnnotations]\n");
    let output = place.localize(&["local", "copy"]);
    assert_succeeded(&output, &says("local", &place.path("copy"), "; both build to the same"));
}

#[test]
fn a_target_that_cannot_be_built_is_copied_all_the_same() {
    let place = Place::new();
    place.resources(&["cm.yaml"], "replacements:\n- path: nosuch.yaml\n");
    place.write("local/cm.yaml", &config_map("x"));
    place.write(
        "local/nosuch.yaml",
        "source: {kind: Deployment}\ntargets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]\n",
    );
    let output = place.localize(&["local", "copy"]);
    assert_failed(&output, "is complete, but it is not known to build like the target");
    assert_eq!(files_below(&place.path("copy")), ["cm.yaml", "kustomization.yaml", "nosuch.yaml"]);
}

#[test]
fn the_destination_is_called_after_the_target() {
    let place = Place::new();
    place.resources(&[], "");
    place.write("local/kustomization.yaml", "namePrefix: x-\n");
    assert_succeeded(
        &place.localize(&["local"]),
        &says("local", &place.path("localized-local"), "; both build to the same"),
    );
    let url = place.url("//base?ref=v1");
    let output = place.localize(&[&url]);
    assert_succeeded(&output, &says(&url, &place.path("localized-base-v1"), "; both build to the same"));
    assert_eq!(files_below(&place.path("localized-base-v1")), ["base/cm.yaml", "base/kustomization.yaml"]);
}

#[test]
fn a_scope_lets_the_target_use_what_lies_beside_it() {
    let place = Place::new();
    place.write("scope/base/kustomization.yaml", "resources: [cm.yaml]\n");
    place.write("scope/base/cm.yaml", &config_map("x"));
    place.write("scope/a/b/kustomization.yaml", "resources: [../../base, ../c]\n");
    place.write("scope/a/c/kustomization.yaml", "namePrefix: c-\nresources: [../../base]\n");
    assert_failed(&place.localize(&["scope/a/b", "copy"]), "scope/base is outside of the scope scope/a/b");
    assert_eq!(files_below(&place.path("scope")).len(), 4);
    assert!(!place.path("copy").exists());
    let output = place.localize(&["scope/a/b", "copy", "--scope", "scope"]);
    assert_succeeded(&output, &says("scope/a/b", &place.path("copy"), "; both build to the same"));
    assert_eq!(files_below(&place.path("copy")), files_below(&place.path("scope")));
    assert_failed(&place.localize(&["scope/a/b", "other", "--scope", "scope/base"]), "does not hold the target");
    assert_failed(&place.localize(&["scope/a/b", "other", "--scope", "nosuch"]), "is not a directory");
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let place = Place::new();
    place.write("local/cm.yaml", &config_map("x"));
    place.resources(&["cm.yaml", "nosuch.yaml"], "");
    let before = files_below(place.directory.path());
    assert_failed(&place.localize(&["local", "copy"]), "local/nosuch.yaml: no such file or directory");
    assert_failed(&place.localize(&["local", "nosuch/copy"]), "cannot make nosuch/copy: no such directory");
    assert_failed(&place.localize(&["local", "app"]), "cannot make app: it exists");
    place.resources(&["cm.yaml", &place.url("//base")], "");
    assert_failed(&place.localize(&["local", "copy"]), "has no revision");
    assert_failed(&place.localize(&[&place.url("//base"), "copy"]), "?ref=");
    assert_failed(&place.localize(&[&place.url("//base?ref=v1"), "copy", "--scope", "."]), "remote target");
    place.resources(&["cm.yaml", &place.url("//base?ref=v1")], "");
    place.write("local/localized-files", "");
    assert_failed(&place.localize(&["local", "copy"]), "local has a localized-files already");
    fs::remove_file(place.path("local/localized-files")).unwrap();
    assert_eq!(files_below(place.directory.path()), before);
}

#[test]
fn a_destination_in_the_target_is_no_part_of_the_copy() {
    let place = Place::new();
    place.write("local/charts/a/values.yaml", "x: 1\n");
    place.write("local/kustomization.yaml", "helmCharts:\n- name: a\n");
    let output = place.localize(&["local", "local/charts/copy", "--no-verify"]);
    assert_succeeded(&output, &says("local", &place.path("local/charts/copy"), ""));
    assert_eq!(files_below(&place.path("local/charts/copy")), ["charts/a/values.yaml", "kustomization.yaml"]);
}

#[cfg(unix)]
#[test]
fn links_become_what_they_lead_to_and_those_among_charts_are_left_out() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.write("scope/real/cm.yaml", &config_map("x"));
    place.write("scope/charts/a/values.yaml", "x: 1\n");
    place.write("scope/a/kustomization.yaml", "helmGlobals: {chartHome: home}\nresources: [link]\n");
    place.write("scope/real/kustomization.yaml", "resources: [link.yaml]\n");
    symlink("cm.yaml", place.path("scope/real/link.yaml")).unwrap();
    symlink("../real", place.path("scope/a/link")).unwrap();
    symlink("../charts", place.path("scope/a/home")).unwrap();
    symlink("/etc", place.path("scope/charts/etc")).unwrap();
    let output = place.localize(&["scope/a", "copy", "--scope=scope", "--no-verify"]);
    assert_succeeded(&output, &says("scope/a", &place.path("copy"), ""));
    let expected = ["a/kustomization.yaml", "charts/a/values.yaml", "real/cm.yaml", "real/kustomization.yaml"];
    assert_eq!(files_below(&place.path("copy")), expected);
    assert_eq!(place.read("copy/a/kustomization.yaml"), "helmGlobals: {chartHome: ../charts}\nresources: [../real]\n");
    assert_eq!(place.read("copy/real/kustomization.yaml"), "resources: [cm.yaml]\n");
}

const PLUGIN: &str = "apiVersion: builtin
kind: ConfigMapGenerator
metadata:
  name: made # by us
envs: [./a.env]
files:
- key=./b.txt
- b.txt
";

#[test]
fn plugins_keep_their_form() {
    let place = Place::new();
    place.write("local/a.env", "A=1\n");
    place.write("local/b.txt", "b\n");
    place.write("local/plugin.yaml", PLUGIN);
    let indented = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let inline = PLUGIN.replace("name: made", "name: second");
    let kustomization = format!("generators:\n- ./plugin.yaml\n- |\n{}# The end.\n", indented(&inline));
    place.write("local/kustomization.yaml", &kustomization);
    let output = place.localize(&["local", "copy"]);
    assert_succeeded(&output, &says("local", &place.path("copy"), "; both build to the same"));
    assert_eq!(files_below(&place.path("copy")), ["a.env", "b.txt", "kustomization.yaml", "plugin.yaml"]);
    assert_eq!(place.read("copy/plugin.yaml"), PLUGIN.replace("./", ""));
    assert_eq!(place.read("copy/kustomization.yaml"), kustomization.replace("./", ""));
}

/// What cannot be changed in place is printed anew.
#[test]
fn a_kustomization_that_cannot_be_edited_is_printed() {
    let place = Place::new();
    for (name, value) in [("local/x y.yaml", "a"), ("local/b.yaml", "b")] {
        place.write(name, &config_map(value).replace("name: app", &format!("name: {value}")));
    }
    place.write("local/kustomization.yaml", "resources:\n- >-\n  ./x\n  y.yaml\n- ./b.yaml\nnamePrefix: x-\n");
    let output = place.localize(&["local", "copy"]);
    assert_succeeded(&output, &says("local", &place.path("copy"), "; both build to the same"));
    assert_eq!(place.read("copy/kustomization.yaml"), "namePrefix: x-\nresources:\n- x y.yaml\n- b.yaml\n");
}

#[cfg(unix)]
#[test]
fn a_signal_removes_what_has_been_written() {
    use std::os::unix::process::ExitStatusExt;
    let place = Place::new();
    place.write("local/cm.yaml", &config_map("x"));
    place.resources(&["cm.yaml", "ssh://me@host/a/b?ref=v1"], "");
    let before = fs::read_dir(place.directory.path()).unwrap().count();
    let mut localize = command(place.directory.path(), &["localize", "local", "copy"]);
    localize.env("TMPDIR", place.path("tmp"));
    let mut child = place.over_ssh(&mut localize, "touch started; sleep 60").spawn().unwrap();
    let start = std::time::Instant::now();
    while !place.path("started").exists() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "git was not started");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    // The script and its mark have come, and nothing else.
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), before + 2);
    assert_eq!(place.leftovers(), 0);
}
