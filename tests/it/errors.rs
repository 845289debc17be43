//! Bad input: each folder of `testdata/errors` is a tree that does not build, with what is then said on stderr.
//!
//! `RUSTOMIZE_UPDATE=1 cargo test errors` writes the `stderr.txt` anew; read the difference before you commit it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::program::{has_kubectl, repository, rustomize, text, undisturbed};

fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir(repository("testdata/errors")).unwrap();
    let mut cases: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 20, "the cases are there");
    cases
}

/// The arguments of a case: those of its `arguments.txt`, one a line, or else `build .`.
fn arguments(case: &Path) -> Vec<String> {
    let own = fs::read_to_string(case.join("arguments.txt"));
    own.unwrap_or("build\n.\n".into()).lines().map(str::to_owned).collect()
}

#[test]
fn bad_input_is_explained() {
    let update = env::var_os("RUSTOMIZE_UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let arguments = arguments(&case);
        let output = rustomize(&case, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let name = case.file_name().unwrap().display().to_string();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_eq!(text(&output.stdout), "", "{name}");
        let expected = fs::read_to_string(case.join("stderr.txt")).unwrap_or_default();
        let actual = text(&output.stderr);
        if update {
            fs::write(case.join("stderr.txt"), actual).unwrap();
        } else if actual != expected {
            wrong.push(format!("== {name}\n-- expected\n{expected}-- actual\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What kubectl must not be asked: it takes all memory there is.
const BEYOND_KUBECTL: [&str; 1] = ["alias-bomb"];

/// kustomize refuses all of them too. Where kubectl is not installed there is nothing to ask.
#[test]
fn kustomize_refuses_them_too() {
    if !has_kubectl() {
        return;
    }
    for case in cases().into_iter().filter(|case| BEYOND_KUBECTL.iter().all(|name| !case.ends_with(name))) {
        let arguments = arguments(&case);
        let [command, rest @ ..] = arguments.as_slice() else { continue };
        assert_eq!(command, "build");
        let output = undisturbed("kubectl").arg("kustomize").args(rest).current_dir(&case).output().unwrap();
        assert!(!output.status.success(), "kubectl kustomize builds {}", case.display());
    }
}
