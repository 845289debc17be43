//! OpenAPI schemas: those of a build, and the commands that show them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use rustomize::{BuildOptions, Session};

use crate::program::{command, has_kubectl, repository, rustomize, text, undisturbed};

/// Trees with a schema of their own or without one; each merges the same list in another way.
fn trees() -> Vec<(PathBuf, String)> {
    let trees = ["by-name", "by-id", "by-version", "in-a-base", "without"];
    let expected = |directory: &Path| fs::read_to_string(directory.join("expected.yaml")).unwrap();
    trees
        .map(|name| repository("testdata/schemas").join(name))
        .map(|directory| (directory.clone(), expected(&directory)))
        .to_vec()
}

fn build(session: &Session, directory: &Path) -> String {
    let output = session.build(&BuildOptions::default(), directory.to_str().unwrap());
    output.unwrap_or_else(|error| panic!("{error}")).yaml().to_owned()
}

#[test]
fn each_schema_merges_and_scopes_in_its_own_way() {
    let trees = trees();
    for (directory, expected) in &trees {
        assert_eq!(&build(&Session::default(), directory), expected, "{}", directory.display());
    }
    let kinds: std::collections::HashSet<_> = trees.iter().map(|(_, expected)| expected).collect();
    assert_eq!(kinds.len(), 4, "by-version is the same as without");
}

/// In kustomize the schema is a state of the whole program, so that of two builds at once one can spoil the other.
#[test]
fn builds_at_once_do_not_influence_each_other() {
    const THREADS: usize = 10;
    const ROUNDS: usize = 100;
    let trees = trees();
    let shared = Session::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (trees, shared) = (&trees, &shared);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    // Two threads for each tree, and each thread goes through all of them.
                    let (directory, expected) = &trees[(thread + round) % trees.len()];
                    let own = Session::default();
                    let session = if thread % 2 == 0 { &own } else { shared };
                    assert_eq!(&build(session, directory), expected, "{}, round {round}", directory.display());
                }
            });
        }
    });
}

#[test]
fn kubectl_builds_the_same() {
    if !has_kubectl() {
        return;
    }
    for (directory, expected) in trees() {
        let output = undisturbed("kubectl").arg("kustomize").arg(&directory).output().unwrap();
        assert_eq!(text(&output.stdout), expected, "{}", directory.display());
    }
}

#[test]
fn info_is_of_the_schema_that_is_built_in() {
    for arguments in [&["openapi", "info"][..], &["openapi", "info", "more"]] {
        let output = rustomize(Path::new("."), arguments);
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("{title:Kubernetes,version:v1.21.2}\n", ""));
        assert!(output.status.success());
    }
}

#[test]
fn openapi_is_there_but_not_in_the_help() {
    let help = rustomize(Path::new("."), &["--help"]);
    assert!(!text(&help.stdout).contains("openapi"));
    let alone = rustomize(Path::new("."), &["openapi"]);
    assert!(alone.status.success() && text(&alone.stdout).contains("fetch"), "help, as for other groups of commands");
    let output = rustomize(Path::new("."), &["openapi", "fetch", "--format=xml"]);
    assert_eq!(text(&output.stderr), "Error: illegal value xml of --format [usage]\nhelp: use json or yaml\n");
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
}

/// A cluster answers by way of kubectl, for which a script stands in.
#[cfg(unix)]
mod fetching {
    use super::*;
    use crate::program::script;

    const SCHEMA: &str = r#"{"swagger":"2.0","info":{"version":"v1.33.0","title":"Kubernetes"},"definitions":{"b":
        {"maximum":9223372036854775807,"default":1.0,"description":"a <b>: \ud83d\ude00"},"a":{}},"paths":{}}"#;

    /// The program, with this kubectl and the shell's own programs alone.
    fn fetch(kubectl: Option<&str>, arguments: &[&str]) -> Output {
        let place = tempfile::tempdir().unwrap();
        if let Some(lines) = kubectl {
            script(&place.path().join("kubectl"), &format!("{lines}\n"));
        }
        let mut command = command(place.path(), &["openapi", "fetch"]);
        let path = format!("{}:/usr/bin:/bin", place.path().display());
        command.args(arguments).env("NO_COLOR", "1");
        match kubectl {
            Some(_) => command.env("PATH", path),
            None => command.env("PATH", place.path()),
        };
        command.output().unwrap()
    }

    #[test]
    fn the_schema_is_printed_with_its_keys_in_order() {
        let script = format!("[ \"$*\" = 'get --raw /openapi/v2' ] || exit 9\ncat <<'EOF'\n{SCHEMA}\nEOF");
        let json = r#"{
  "definitions": {
    "a": {},
    "b": {
      "default": 1,
      "description": "a \u003cb\u003e: 😀",
      "maximum": 9223372036854775807
    }
  },
  "info": {
    "title": "Kubernetes",
    "version": "v1.33.0"
  },
  "paths": {},
  "swagger": "2.0"
}
"#;
        let yaml = "definitions:\n  a: {}\n  b:\n    default: 1\n    description: \"a <b>: \\U0001F600\"\n    \
                    maximum: 9223372036854775807\ninfo:\n  title: Kubernetes\n  version: v1.33.0\npaths: {}\n\
                    swagger: \"2.0\"\n\n";
        for (arguments, expected) in [
            (&[][..], json),
            (&["--format", "json"], json),
            (&["--format=yaml"], yaml),
            (&["more", "--format=json", "--format=yaml"], yaml),
        ] {
            let output = fetch(Some(&script), arguments);
            assert_eq!((text(&output.stdout), text(&output.stderr)), (expected, ""), "{arguments:?}");
            assert!(output.status.success());
        }
    }

    #[test]
    fn what_was_fetched_is_a_schema_to_build_with() {
        let schema = fs::read_to_string(repository("testdata/schemas/by-id/schema.json")).unwrap();
        let output = fetch(Some(&format!("cat <<'EOF'\n{schema}\nEOF")), &["--format=yaml"]);
        let place = tempfile::tempdir().unwrap();
        for name in ["things.yaml", "patch.yaml", "kustomization.yaml"] {
            fs::copy(repository("testdata/schemas/by-id").join(name), place.path().join(name)).unwrap();
        }
        fs::write(place.path().join("schema.json"), &output.stdout).unwrap();
        let (_, expected) = trees().swap_remove(1);
        assert_eq!(build(&Session::default(), place.path()), expected);
    }

    #[test]
    fn an_error_has_the_words_of_kubectl_and_says_what_to_do() {
        let refused = "The connection to the server localhost:8080 was refused";
        let script = format!("echo 'E1122 memcache.go:265' >&2; echo '{refused}' >&2; exit 1");
        for (kubectl, said) in [
            (
                None,
                "Error: cannot run `kubectl`: there is no such program [fetch]\nhelp: the cluster is asked by kubectl",
            ),
            (
                Some(&*script),
                "Error: cannot fetch the schema of the cluster: The connection to the server localhost:8080",
            ),
            (Some(&*script), "\nhelp: see that `kubectl config current-context` is the cluster that you mean"),
            (Some(&*script), "it said:\n      E1122 memcache.go:265\n      The connection"),
            (Some("exit 3"), "Error: cannot fetch the schema of the cluster: exit status: 3 [fetch]"),
            (Some("exit 0"), "Error: cannot fetch the schema of the cluster: kubectl printed nothing [fetch]"),
            (Some("echo '<html>'"), "Error: what the cluster answered is not a schema: expected value at line 1"),
            (Some("echo '[]'"), "Error: what the cluster answered is not a schema: a JSON object is expected"),
        ] {
            let output = fetch(kubectl, &[]);
            assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
            assert!(text(&output.stderr).contains(said), "{said}\n{}", text(&output.stderr));
        }
    }
}
