//! `rustomize deps`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::place::{Place, config_map};
use crate::program::{command, piped, repository, rustomize, skipped, text, undisturbed};

fn lines(output: &Output) -> Vec<&str> {
    text(&output.stdout).lines().collect()
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

/// A base and an overlay, each in a directory of a new place, with everything that can name a file.
fn everything() -> Place {
    let place = Place::new();
    for (name, content) in [
        (
            "all/overlay/kustomization.yaml",
            "resources: [../base, more.yaml]\ncomponents: [../component]\nconfigurations: [config.yaml]\n\
             crds: [crd.json]\nopenapi: {path: schema.json}\ngenerators: [generator.yaml]\ntransformers:\n- ../plugins\n\
             - |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: inline}\n  path: inline.yaml\n  \
             target: {kind: ConfigMap}\nvalidators: []\npatches: [{path: patch.yaml, target: {kind: ConfigMap}}]\n\
             replacements: [{path: replacement.yaml}]\nsecretGenerator: [{name: s, files: [k=secret.txt]}]\n\
             configMapGenerator: [{name: c, envs: [settings.env]}]\n",
        ),
        ("all/overlay/more.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}\n"),
        ("all/overlay/config.yaml", "namePrefix: [{path: metadata/name}]\n"),
        ("all/overlay/crd.json", "{}\n"),
        ("all/overlay/schema.json", "{\"definitions\": {}}\n"),
        (
            "all/overlay/generator.yaml",
            "{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: g}, files: [generated.txt], env: none}\n",
        ),
        ("all/overlay/generated.txt", "text\n"),
        ("all/overlay/inline.yaml", "- {op: add, path: /metadata/labels, value: {b: c}}\n"),
        ("all/overlay/configured.yaml", "- {op: add, path: /metadata/annotations, value: {b: c}}\n"),
        ("all/overlay/patch.yaml", "- {op: add, path: /data, value: {a: b}}\n"),
        (
            "all/overlay/replacement.yaml",
            "{source: {kind: ConfigMap, name: more, fieldPath: data.a}, \
             targets: [{select: {kind: ConfigMap, name: base}, fieldPaths: [data.a]}]}\n",
        ),
        ("all/overlay/secret.txt", "secret\n"),
        ("all/overlay/settings.env", "A=b\n"),
        ("all/overlay/unused.yaml", "nobody reads this\n"),
        ("all/component/kustomization.yaml", "{kind: Component, patches: [{path: patch.yaml}]}\n"),
        ("all/component/patch.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: base}, data: {x: y}}\n"),
        ("all/plugins/kustomization.yml", "{resources: [t.yaml], patches: [{path: patch.yaml}]}\n"),
        (
            "all/plugins/t.yaml",
            "{apiVersion: builtin, kind: PatchTransformer, metadata: {name: t}, path: wrong, target: {kind: Secret}}\n",
        ),
        (
            "all/plugins/patch.yaml",
            "{apiVersion: builtin, kind: PatchTransformer, metadata: {name: t}, path: configured.yaml}\n",
        ),
        ("all/base/Kustomization", "resources: [deep/a.yaml]\n"),
        ("all/base/deep/a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: base}}\n"),
    ] {
        place.write(name, content);
    }
    place
}

/// The files that `deps` names, by their real paths.
fn named(directory: &Path, target: &str) -> BTreeSet<PathBuf> {
    let output = rustomize(directory, &["deps", target, "--format", "json"]);
    assert_eq!(text(&output.stderr), "");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut files = BTreeSet::new();
    for one in found["kustomizations"].as_array().unwrap() {
        files.insert(one["file"].as_str().unwrap().to_owned());
        let uses = one["uses"].as_array().unwrap().iter().filter(|used| used["type"] == "file");
        files.extend(uses.map(|used| used["name"].as_str().unwrap().to_owned()));
    }
    files.iter().map(|file| fs::canonicalize(directory.join(file)).unwrap()).collect()
}

/// The files below the directory that a build opens.
fn opened(directory: &Path, target: &str) -> BTreeSet<PathBuf> {
    let log = directory.join("strace.log");
    let mut strace = undisturbed("strace");
    strace.args(["-f", "-e", "trace=open,openat", "-o"]).arg(&log).arg(env!("CARGO_BIN_EXE_rustomize"));
    let output = strace.args(["build", target]).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let traced = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    let root = fs::canonicalize(directory).unwrap();
    let paths = traced.lines().filter(|line| !line.contains(" = -1 ")).filter_map(|line| line.split('"').nth(1));
    let below = paths.map(|path| directory.join(path)).filter(|path| path.is_file() && path.starts_with(&root));
    below.map(|path| fs::canonicalize(path).unwrap()).collect()
}

#[test]
fn the_files_are_those_that_a_build_opens() {
    if Command::new("strace").arg("-V").output().is_err() {
        skipped("strace is not there, so nobody knows which files a build opens");
        return;
    }
    for environment in ["dev", "stage", "prod"] {
        let target = format!("overlays/{environment}");
        assert_eq!(named(&repository(""), &target), opened(&repository(""), &target));
    }
    let place = everything();
    let files = named(&place.path("all"), "overlay");
    assert_eq!(files, opened(&fs::canonicalize(place.path("all")).unwrap(), "overlay"));
    assert_eq!(files.len(), 20);
}

#[test]
fn what_is_not_there_and_what_is_far_away_is_told() {
    let place = Place::new();
    place.resources(&["gone.yaml", "../gone", "https://example.com/a.yaml", "github.com/a/b?ref=v1"], "");
    let output = rustomize(place.directory.path(), &["deps", "local"]);
    let expected = "\
local/kustomization.yaml
local/gone.yaml             resources at local/kustomization.yaml:2:3 (missing)
gone                        resources at local/kustomization.yaml:3:3 (missing)
https://example.com/a.yaml  resources at local/kustomization.yaml:4:3 (remote)
github.com/a/b?ref=v1       resources at local/kustomization.yaml:5:3 (remote)
";
    assert_eq!((text(&output.stdout), status(&output)), (expected, Some(0)));
}

#[test]
fn functions_name_what_they_run() {
    let place = Place::new();
    place.write("local/run.sh", "");
    place.write("local/data/a", "");
    let function = |name: &str, spec: &str| {
        format!(
            "---\napiVersion: a/v1\nkind: B\nmetadata:\n  name: {name}\n  annotations:\n    \
             config.kubernetes.io/function: '{spec}'\n"
        )
    };
    let functions = [
        function("file", "exec: {path: ./run.sh, args: [x]}"),
        function("name", "exec: {path: tool}"),
        function(
            "image",
            "container: {image: \"gen:1\", network: true, mounts: [{type: bind, src: data, dst: /data}]}",
        ),
        function("nothing", "deferFailure: true"),
        function("broken", "exec: {path: nobody, unknown: x}"),
        "---\n{apiVersion: a/v1, kind: B, metadata: {name: old, configFn: {container: {image: \"old:1\"}}}}\n"
            .to_owned(),
        "---\n{apiVersion: a/v1, kind: Plugin, metadata: {name: none}}\n".to_owned(),
    ];
    place.write("local/functions.yaml", &functions.concat());
    place.resources(&[], "transformers: [functions.yaml]\n");
    let output = rustomize(place.directory.path(), &["deps", "local"]);
    let things: Vec<&str> = lines(&output).iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let files = ["local/kustomization.yaml", "local/functions.yaml", "local/run.sh"];
    assert_eq!(things, [&files[..], &["tool", "local/data", "gen:1", "old:1", "a/v1/Plugin"]].concat());
}

#[test]
fn a_file_that_is_missing_and_one_that_is_new_count() {
    let place = Place::new();
    place.resources(&["../app/dev"], "");
    place.write("other/kustomization.yaml", "resources: [../gone]\n");
    let touched = |file: &str| {
        let output = rustomize(place.directory.path(), &["deps", "--changed", file, "."]);
        assert_eq!(status(&output), Some(i32::from(!output.stdout.is_empty())), "{file}");
        lines(&output).join(" ")
    };
    assert_eq!(touched("app/base/cm.yaml"), "app/base app/dev local");
    assert_eq!(touched("app/base"), "app/base app/dev local");
    assert_eq!(touched("app/base/Kustomization"), "app/base app/dev local");
    assert_eq!(touched("./app/dev/../dev/kustomization.yaml"), "app/dev local");
    assert_eq!(touched("gone/kustomization.yaml"), "other");
    assert_eq!(touched("app/base/cm.yaml.orig"), "");
    fs::remove_file(place.path("app/base/cm.yaml")).unwrap();
    assert_eq!(touched("app/base/cm.yaml"), "app/base app/dev local");
}

#[test]
fn flags_and_files_may_stand_in_any_order() {
    let place = Place::new();
    let directory = place.directory.path();
    let all: [&[&str]; 4] = [
        &["deps", "--changed", "app/base/cm.yaml", "x", "app", "--format", "text"],
        &["deps", "app", "--format=text", "--changed", "app/base/cm.yaml", "x"],
        &["deps", "--changed=x", "--changed=app/base/cm.yaml", "app"],
        &["deps", "app", "--changed", "app/base/cm.yaml"],
    ];
    for arguments in all {
        assert_eq!(lines(&rustomize(directory, arguments)), ["app/base", "app/dev"], "{arguments:?}");
    }
    let json = rustomize(directory, &["deps", "app", "--changed", "app/base/cm.yaml", "-f", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let expected = serde_json::json!(
        {"directory": "app/dev", "changed": "app/base/cm.yaml", "through": ["app/dev", "app/base"]}
    );
    assert_eq!(json[1], expected);
    for wrong in [&["deps", "app", "-f", "svg", "--changed", "x"][..], &["deps", "none"], &["deps", "-x"]] {
        let output = rustomize(directory, wrong);
        assert_eq!((status(&output), text(&output.stdout)), (Some(2), ""), "{wrong:?}");
    }
}

#[test]
fn a_revision_knows_what_has_changed_since() {
    let place = Place::new();
    let app = place.path("app");
    let touched = |revision: &str| lines(&rustomize(&app, &["deps", "--rev", revision, "."])).join(" ");
    assert_eq!(touched("v1"), "base dev");
    assert_eq!(touched("HEAD"), "");
    place.git("app", &["mv", "base/cm.yaml", "base/renamed.yaml"]);
    assert_eq!(touched("HEAD"), "base dev", "the old name counts");
    place.git("app", &["reset", "-q", "--hard"]);
    place.write("app/dev/Kustomization", "resources: []\n");
    assert_eq!(touched("HEAD"), "dev", "a new file counts that nobody has added yet");
    assert_eq!(touched("HEAD..."), "dev");
    let before = place.git("app", &["status", "--porcelain"]);
    for wrong in ["nothing", "HEAD..v1", "-x"] {
        assert_eq!(status(&rustomize(&app, &["deps", "--rev", wrong, "."])), Some(2), "{wrong}");
    }
    assert_eq!(place.git("app", &["status", "--porcelain"]), before);
    fs::create_dir(place.path("outside")).unwrap();
    let output = rustomize(&place.path("outside"), &["deps", "--rev", "HEAD"]);
    assert!(text(&output.stderr).contains("is not in a work tree of git"), "{}", text(&output.stderr));
}

#[test]
fn git_is_asked_without_a_touch_of_the_index() {
    let place = Place::new();
    let app = place.path("app");
    // `git diff` would write anew what it knows of a file that has another time and the same content.
    let touch = |name: &str| {
        let file = fs::File::options().append(true).open(app.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(5)).unwrap();
    };
    touch("base/cm.yaml");
    let index = || fs::read(app.join(".git/index")).unwrap();
    let before = index();
    let touched = || lines(&rustomize(&app, &["deps", "--rev", "HEAD", "."])).join(" ");
    assert_eq!(touched(), "", "it is as it was");
    assert!(index() == before);
    place.write("app/base/cm.yaml", &config_map("changed"));
    assert_eq!(touched(), "base dev");
    fs::rename(app.join("dev"), app.join("development")).unwrap();
    rustomize(&app, &["diff", "--all", "--rev", "HEAD", "."]);
    assert!(index() == before);
    assert_eq!(place.git("app", &["diff", "--cached"]), "");
}

#[test]
fn names_are_read_as_git_prints_them() {
    let place = Place::new();
    let app = place.path("app");
    for directory in ["ö", "tab\there", "back\\slash", "\"quoted\""] {
        place.write(&format!("app/{directory}/kustomization.yaml"), "resources: [../base]\n");
    }
    place.git("app", &["add", "."]);
    let touched = |form: &[&str]| {
        let listed = place.git("app", &[&["diff", "--cached", "--name-only"], form].concat());
        lines(&piped(command(&app, &["deps", "--changed", "-", "."]), listed)).join(" ")
    };
    assert_eq!(touched(&[]), "\"quoted\" back\\slash tab\there ö");
    assert_eq!(touched(&["-z"]), touched(&[]));
    let output = rustomize(&app, &["deps", "--changed", "", "."]);
    assert_eq!(text(&output.stderr), "Error: an empty name of --changed is no file [usage]\n");
}

/// A name that is no text is shown as well as it can be, and takes part like others.
#[cfg(unix)]
#[test]
fn names_need_not_be_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let app = place.path("app");
    let odd = app.join(std::ffi::OsStr::from_bytes(b"o\xff"));
    if fs::create_dir(&odd).is_err() {
        return skipped("this file system takes no names that are not UTF-8");
    }
    fs::write(odd.join("kustomization.yaml"), "resources: [../base]\n").unwrap();
    assert_eq!(lines(&rustomize(&app, &["deps", "--rev", "HEAD", "."])), ["o\u{fffd}"]);
    let listed = piped(command(&app, &["deps", "--changed", "-", "."]), b"o\xff/kustomization.yaml\n");
    assert_eq!(lines(&listed), ["o\u{fffd}"]);
}

#[test]
fn a_directory_without_a_kustomization_is_told_with_who_names_it() {
    let place = Place::new();
    place.write("app/dev/kustomization.yaml", "resources:\n- ../base\n- ../empty\n");
    place.write("app/empty/notes.txt", "");
    let app = place.path("app");
    let output = rustomize(&app, &["deps", "dev"]);
    assert_eq!(status(&output), Some(2));
    assert!(text(&output.stderr).contains("dev/kustomization.yaml:3:3"), "{}", text(&output.stderr));
    let output = rustomize(&app, &["deps", "--changed", "base/cm.yaml", "."]);
    assert!(text(&output.stderr).contains("(dev/kustomization.yaml:3)"), "{}", text(&output.stderr));
}

#[test]
fn both_names_of_what_is_renamed_count() {
    let place = Place::new();
    let app = place.path("app");
    place.write("app/other/kustomization.yaml", "resources: [cm.yaml]\n");
    place.write("app/other/cm.yaml", &config_map("other"));
    place.git("app", &["add", "."]);
    place.git("app", &["commit", "-qm", "third"]);
    let touched = || lines(&rustomize(&app, &["deps", "--rev", "HEAD", "."])).join(" ");
    let reset = || {
        place.git("app", &["reset", "-q", "--hard"]);
        place.git("app", &["clean", "-qfd"]);
        assert_eq!(touched(), "");
    };
    // A file that is still named by its old name, and one that is named by its new name.
    place.git("app", &["mv", "base/cm.yaml", "base/new.yaml"]);
    assert_eq!(touched(), "base dev");
    place.write("app/base/kustomization.yaml", "resources: [new.yaml]\n");
    assert_eq!(touched(), "base dev");
    reset();
    // Without git's knowledge.
    fs::rename(app.join("base/cm.yaml"), app.join("base/new.yaml")).unwrap();
    assert_eq!(touched(), "base dev");
    reset();
    // Another spelling.
    place.git("app", &["mv", "-f", "base/cm.yaml", "base/CM.yaml"]);
    assert_eq!(touched(), "base dev");
    reset();
    // A directory that others stand on, and one that nobody does.
    place.git("app", &["mv", "base", "fundament"]);
    assert_eq!(touched(), "dev fundament");
    reset();
    place.git("app", &["mv", "other", "last"]);
    assert_eq!(touched(), "last");
    reset();
    // Into another build, and gone while it is still named.
    place.git("app", &["mv", "-f", "base/cm.yaml", "other/cm.yaml"]);
    assert_eq!(touched(), "base dev other");
    reset();
    place.git("app", &["rm", "-q", "other/cm.yaml"]);
    assert_eq!(touched(), "other");
    // Between two commits.
    place.git("app", &["commit", "-qm", "fourth"]);
    place.git("app", &["mv", "base/cm.yaml", "base/new.yaml"]);
    place.git("app", &["commit", "-qm", "fifth"]);
    assert_eq!(lines(&rustomize(&app, &["deps", "--rev", "HEAD~1", "."])), ["base", "dev"]);
    assert_eq!(lines(&rustomize(&app, &["deps", "--rev", "HEAD~2", "."])), ["base", "dev", "other"]);
}

#[cfg(unix)]
#[test]
fn links_count_and_so_does_what_they_lead_to() {
    let place = Place::new();
    std::os::unix::fs::symlink("app/base", place.path("link")).unwrap();
    place.resources(&["../link"], "");
    for file in ["link", "app/base/cm.yaml", "link/cm.yaml", "app"] {
        let output = rustomize(place.directory.path(), &["deps", "--changed", file, "local"]);
        assert_eq!(lines(&output), ["local"], "{file}");
    }
}

#[test]
fn make_builds_again_what_has_changed() {
    let place = Place::new();
    place.write("app/dev/a b.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n");
    place.write("app/dev/kustomization.yaml", "namePrefix: dev-\nresources: [../base, a b.yaml]\n");
    let output = rustomize(place.directory.path(), &["deps", "app/dev", "--format", "make"]);
    let expected = "app/dev: \\\n  app/dev/kustomization.yaml \\\n  app/dev/a\\ b.yaml \\\n  \
                    app/base/kustomization.yaml \\\n  app/base/cm.yaml\n";
    let (rule, rest) = text(&output.stdout).split_once("\n\n").unwrap();
    assert_eq!(format!("{rule}\n"), expected);
    assert!(rest.contains("app/dev/a\\ b.yaml:\n"), "{rest}");
}

/// Names that mean something to `make`, each in a way of its own.
#[cfg(unix)]
const NAMES_FOR_MAKE: [&str; 22] = [
    "a b",
    "d$x",
    "h#1",
    "c:d",
    "p%q",
    "s*t",
    "[x]",
    "q?",
    "~tilde",
    "back\\slash",
    "b\\#c",
    "d\\ e",
    "p\\%q",
    "end\\",
    "semi;colon",
    "k=v",
    "a:=b",
    "pipe|x",
    "|",
    "tab\tx",
    "new\nline",
    "quo\"te",
];

#[cfg(unix)]
#[test]
fn make_understands_every_name() {
    let is_gnu = Command::new("make").arg("--version").output().is_ok_and(|output| output.stdout.starts_with(b"GNU"));
    if !is_gnu {
        return skipped("GNU make is not there, so nobody knows whether it understands the rules");
    }
    for (number, name) in NAMES_FOR_MAKE.iter().enumerate() {
        let place = Place::new();
        let top = place.directory.path();
        let manifest = config_map("x").replace("name: app", &format!("name: a{number}"));
        place.write(&format!("app/dev/{name}"), &manifest);
        place.write("app/dev/kustomization.yaml", &format!("resources: [../base, {}]\n", Value::from(*name)));
        let rules = rustomize(top, &["deps", "app/dev", "-f", "make"]);
        // The target is a stamp here, with a recipe.
        let rules = text(&rules.stdout).replacen("app/dev:", "stamp:", 1);
        let (rule, gone) = rules.split_once("\n\n").unwrap();
        place.write("Makefile", &format!("{rule}\n\t@echo builds\n\n{gone}"));
        let at = |file: &str, seconds: u64| {
            let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            fs::File::options().append(true).open(top.join(file)).unwrap().set_modified(time).unwrap();
        };
        let file = format!("app/dev/{name}");
        for one in ["app/dev/kustomization.yaml", "app/base/kustomization.yaml", "app/base/cm.yaml", &file] {
            at(one, 1000);
        }
        place.write("stamp", "");
        at("stamp", 2000);
        let made = || {
            let output = Command::new("make").arg("stamp").current_dir(top).output().unwrap();
            assert_eq!(text(&output.stderr), "", "{name:?}");
            text(&output.stdout) == "builds\n"
        };
        assert!(!made(), "{name:?} has not changed");
        at(&file, 3000);
        assert!(made(), "{name:?} has changed");
        at(&file, 1000);
        fs::remove_file(top.join(&file)).unwrap();
        made();
    }
}

#[test]
fn the_graph_is_drawn() {
    let place = everything();
    let draw = |form| text(&rustomize(&place.path("all"), &["deps", "overlay", "-f", form]).stdout).to_owned();
    let dot = draw("dot");
    assert!(dot.contains("\n  \"overlay\" -> \"base\" [label=\"resources\"];\n"), "{dot}");
    let named = |name: &str| {
        let place = Place::new();
        place.write(&format!("local/{name}"), &config_map("x"));
        place.write("local/kustomization.yaml", &format!("resources: [{}]\n", Value::from(name)));
        let draw = |form| rustomize(place.directory.path(), &["deps", "local", "-f", form]).stdout;
        (text(&draw("dot")).to_owned(), text(&draw("svg")).to_owned())
    };
    let (quoted, escaped) = named("a\"b\\c<d>&.yaml");
    assert!(quoted.contains("\"local/a\\\"b\\\\c<d>&.yaml\" [shape=plaintext];"), "{quoted}");
    assert!(escaped.contains(">local/a&quot;b\\c&lt;d&gt;&amp;.yaml<"), "{escaped}");
    let svg = draw("svg");
    assert!(svg.contains("<svg") && svg.contains("overlay/patch.yaml") && svg.trim_end().ends_with("</svg>"), "{svg}");
}
