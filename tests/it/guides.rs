//! The pages that lead through the use with other tools, followed from the top on a clean clone.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustomize_yaml::Tree;

use crate::program::{copy, document, repository, text, undisturbed};

/// A clone of the repository with the program on the PATH.
struct Clone(tempfile::TempDir);

impl Clone {
    fn new() -> Clone {
        let clone = Clone(tempfile::tempdir().unwrap());
        for directory in ["bases", "overlays", "deploy", "docs"] {
            copy(&repository(directory), &clone.path().join(directory));
        }
        fs::create_dir_all(clone.0.path().join("bin")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rustomize"), clone.0.path().join("bin/rustomize")).unwrap();
        clone.run("git init -q -b main && git add . && git commit -qm first");
        clone
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("clone")
    }

    /// Runs commands in the root of the clone; what they print. They must succeed, and say nothing on stderr.
    fn run(&self, commands: &str) -> String {
        let path = format!("{}:{}", self.0.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut bash = undisturbed("bash");
        bash.args(["-euo", "pipefail", "-c", commands]).current_dir(self.path()).stdin(Stdio::null());
        bash.env("PATH", path).env("HOME", self.0.path());
        for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] {
            bash.env(name, "me");
        }
        for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
            bash.env(name, "me@example.com");
        }
        let output = bash.output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{commands}");
        text(&output.stdout).to_owned()
    }
}

/// Runs all `sh run` blocks of a page, one after the other in one clone; where a `text` block follows, it is what is
/// printed. How many there were.
fn follow(page: &str) -> usize {
    let clone = Clone::new();
    let content = fs::read_to_string(repository(page)).unwrap();
    let blocks: Vec<&str> = content.split("```sh run\n").skip(1).collect();
    for block in &blocks {
        let (commands, rest) = block.split_once("```").unwrap();
        let printed = clone.run(commands);
        if let Some(expected) = rest.trim_start().strip_prefix("```text\n") {
            assert_eq!(printed, expected.split("```").next().unwrap(), "{page}: {commands}");
        }
    }
    blocks.len()
}

#[test]
fn the_page_for_argo_cd() {
    assert_eq!(follow("docs/argocd.md"), 4);
}

#[test]
fn the_page_for_ci() {
    assert_eq!(follow("docs/ci.md"), 5);
}

#[test]
fn the_page_for_tilt_and_skaffold() {
    assert_eq!(follow("docs/tilt-and-skaffold.md"), 4);
}

/// The commands of the pipelines, as the page has them: with a change of a base they build all that stands on it.
#[test]
fn the_pipelines_of_the_page_for_ci() {
    let page = fs::read_to_string(repository("docs/ci.md")).unwrap();
    let pipelines: Vec<Tree> =
        page.split("```yaml\n").skip(1).map(|block| document(block.split("```").next().unwrap())).collect();
    let [actions, gitlab, ..] = pipelines.as_slice() else { panic!("there are pipelines") };
    let steps = actions.path(actions.root(), &["jobs", "render", "steps"]).unwrap();
    let scripts = actions.items(steps).filter_map(|step| actions.get(step, "run")).map(|script| actions.text(script));
    let build = scripts.last().unwrap();
    let script = gitlab.path(gitlab.root(), &["render", "script"]).unwrap();
    let lines: Vec<&str> = gitlab.items(script).map(|line| gitlab.text(line)).collect();

    let clone = Clone::new();
    clone.run("git checkout -q -b change && echo A=1 >> bases/postgres/settings.env");
    clone.run("sed -i 's/postgres:16/postgres:17/' bases/postgres/*.yaml && git commit -qam change");
    let printed = clone.run(&format!("BASE=main\n{build}"));
    assert_eq!(printed.matches("::group::").count(), 3, "{printed}");
    assert!(printed.contains("image: docker.io/library/postgres:17"));
    clone.run(&format!("CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse main)\n{}", lines.join("\n")));
    assert_eq!(clone.run("ls rendered"), "dev.yaml\nprod.yaml\nstage.yaml\n");
}

/// A clone in which an image of the stage is misspelt.
fn faulty_clone() -> Clone {
    let clone = Clone::new();
    clone.run("sed -i 's,platform/service-discovery$,platform/no-such-image,' overlays/stage/kustomization.yaml");
    clone
}

const FAULT: &str = "overlays/stage/kustomization.yaml";

/// The hook of `.pre-commit-hooks.yaml`, called as pre-commit does.
#[test]
fn the_hook_for_pre_commit() {
    let hooks = document(&fs::read_to_string(repository(".pre-commit-hooks.yaml")).unwrap());
    let hook = hooks.items(hooks.root()).next().unwrap();
    let entry = hooks.text(hooks.get(hook, "entry").unwrap());
    assert_eq!(Clone::new().run(entry), "");
    let found = faulty_clone().run(&format!("{entry} || [ $? = 1 ]"));
    assert!(found.contains(FAULT) && found.contains("no-such-image"), "{found}");
}

/// The steps of `action.yml` that are scripts, with a cargo that only makes a link to the program.
#[test]
fn the_action_for_github() {
    let action = document(&fs::read_to_string(repository("action.yml")).unwrap());
    let steps: Vec<_> = action.items(action.path(action.root(), &["runs", "steps"]).unwrap()).collect();
    let script = |step| action.get(step, "run").map(|run| action.text(run));
    let [source, install, check, tell] = steps.iter().filter_map(|&step| script(step)).collect::<Vec<_>>()[..] else {
        panic!("there are four scripts")
    };
    for (clone, is_faulty) in [(Clone::new(), false), (faulty_clone(), true)] {
        let temporary = clone.0.path().join("temporary");
        fs::create_dir(&temporary).unwrap();
        let cargo = "[ \"$1 $2 $3 $5\" = 'install --locked --path --root' ] && [ -f \"$4/Cargo.toml\" ]\n\
                     mkdir -p \"$6/bin\" && ln -s \"$(command -v rustomize)\" \"$6/bin\"\n";
        crate::program::script(&clone.0.path().join("bin/cargo"), cargo);
        let run = |commands: &str| {
            let (temporary, action) = (temporary.display(), repository("").display().to_string());
            clone.run(&format!(
                "export RUNNER_TEMP='{temporary}' GITHUB_OUTPUT='{temporary}/output' GITHUB_ACTION_PATH='{action}'\n\
                 export DIRECTORIES='bases overlays' FLAGS='--deny all'\n{commands}"
            ))
        };
        for step in [source, install, check] {
            assert_eq!(run(step), "");
        }
        let outputs = fs::read_to_string(temporary.join("output")).unwrap();
        let (hash, sarif) = outputs.trim_end().split_once('\n').unwrap();
        assert_eq!(hash.strip_prefix("hash=").map(str::len), Some(64));
        let findings = fs::read_to_string(sarif.strip_prefix("sarif=").unwrap()).unwrap();
        assert_eq!(findings.contains(FAULT), is_faulty);
        let told = run(&format!("{tell} || [ $? = 1 ]"));
        assert_eq!(told.contains(&format!("::error file={FAULT},line=")), is_faulty, "{told}");
    }
}

/// The script of the component for GitLab, which fails where something is found, and tells what.
#[test]
fn the_component_for_gitlab() {
    let text = fs::read_to_string(repository("deploy/gitlab/templates/check.yml")).unwrap();
    let (inputs, job) = text.split_once("---\n").unwrap();
    let inputs = document(inputs);
    let names = inputs.entries(inputs.path(inputs.root(), &["spec", "inputs"]).unwrap());
    let mut filled = job.to_owned();
    for (name, input) in names {
        let value = inputs.get(input, "default").map_or("image", |value| inputs.text(value));
        filled = filled.replace(&format!("$[[ inputs.{} ]]", inputs.text(name)), value);
    }
    assert!(!filled.contains("$[["), "every input that is used is declared");
    let job = document(&filled);
    let lines = job.items(job.path(job.root(), &["rustomize-check", "script"]).unwrap());
    let script = lines.map(|line| job.text(line)).collect::<Vec<_>>().join("\n");
    assert_eq!(Clone::new().run(&script), "");
    let clone = faulty_clone();
    let told = clone.run(&format!("({script}) || [ $? = 1 ]"));
    assert!(told.contains(FAULT), "{told}");
    assert!(clone.run("cat rustomize.junit.xml").contains(FAULT));
}

/// What no test can run here, since there is no container engine, names at least what is there.
#[test]
fn the_dockerfiles_name_what_is_there() {
    let read = |path: &str| fs::read_to_string(repository(path)).unwrap();
    let [plain, with_git] = ["deploy/docker/Dockerfile", "deploy/docker/Dockerfile.git"].map(read);
    let toolchain = read("Cargo.toml");
    let version = toolchain.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(plain.contains(&format!("FROM rust:{version}-slim-")), "the image has the toolchain that is asked for");
    let build = "RUSTFLAGS=\"-C target-feature=+crt-static\" cargo build --release --locked --bin rustomize --target \"$target\"";
    assert!(plain.contains(build) && read(".ci/static").contains(build), "what is built is what CI shows to be static");
    let program = "/usr/local/bin/rustomize";
    for file in [&plain, &with_git] {
        assert!(file.contains("USER 999:999\n") && file.contains(&format!("ENTRYPOINT [\"{program}\"]\n")));
        let copied = file.lines().filter(|line| line.starts_with("COPY --from=")).flat_map(str::split_whitespace);
        assert!(copied.filter(|word| *word == program).count() == 2);
        let named = file
            .split_whitespace()
            .map(|word| word.trim_end_matches(['.', ';', ':']))
            .filter(|word| word.starts_with("deploy/"));
        assert!(named.filter(|path| !Path::new(&repository(path)).exists()).count() == 0);
    }
    assert!(read("deploy/argocd/replace/repo-server.yaml").contains(&format!("command: [cp, {program}, ")));
    let page = read("docs/argocd.md");
    for file in ["deploy/docker/Dockerfile", "deploy/docker/Dockerfile.git"] {
        assert!(page.contains(&format!("docker build --file {file} ")));
    }
}
