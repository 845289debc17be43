//! `rustomize diff --rev`

use super::*;

#[test]
fn revisions_are_read_from_the_object_store() {
    let place = shop();
    place.replace("shop/base/web.yaml", "replicas: 1", "replicas: 2");
    place.git("shop", &["commit", "-qam", "second"]);
    place.replace("shop/base/web.yaml", "replicas: 2", "replicas: 3");
    place.write("shop/untracked", "");
    let before = (place.git("shop", &["status", "--porcelain"]), fs::read(place.path("shop/.git/index")).unwrap());
    let replicas = |revision: &str| {
        let found = place.json(&["prod", "--rev", revision]);
        let change = &found["sections"][0]["objects"][0]["changes"][0];
        (change["before"].as_i64().unwrap(), change["after"].as_i64().unwrap())
    };
    assert_eq!(replicas("HEAD"), (2, 3));
    assert_eq!(replicas("HEAD~1"), (1, 3));
    assert_eq!(replicas("HEAD~1..HEAD"), (1, 2));
    assert_eq!(replicas("HEAD~1..."), (1, 2));
    let after = (place.git("shop", &["status", "--porcelain"]), fs::read(place.path("shop/.git/index")).unwrap());
    assert_eq!(before, after);
    assert_eq!(place.leftovers(), 0);
    // An overlay that came later, and one that has gone.
    place.write("shop/late/kustomization.yaml", "resources: [../base]\n");
    assert!(ended(&place.diff(&["late", "--rev", "HEAD", "--summary"]), 1).starts_with("3 added"));
    fs::remove_dir_all(place.path("shop/dev")).unwrap();
    assert!(ended(&place.diff(&["dev", "--rev", "HEAD", "--summary"]), 1).starts_with("3 removed"));
    let below = place.diff(&[".", "prod"]);
    assert!(text(&below.stderr).contains("is a kustomization where manifests are expected"), "{}", text(&below.stderr));
    for wrong in [&["prod", "--rev", "nothing"][..], &["none", "--rev", "HEAD"], &["prod"], &["prod", "none"]] {
        assert_eq!(place.diff(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_renamed_directory_is_compared_with_itself() {
    let place = shop();
    let annotated = "resources: [../base]\ncommonAnnotations: {team: shop, contact: shop@example.com}\n";
    place.write("shop/dev/kustomization.yaml", annotated);
    place.git("shop", &["commit", "-qam", "annotated"]);
    place.git("shop", &["mv", "dev", "development"]);
    for name in ["dev", "development"] {
        assert_eq!(ended(&place.diff(&[name, "--rev", "HEAD"]), 0), "", "{name}");
    }
    place.replace("shop/development/kustomization.yaml", "[../base]", "[../base]\nreplicas: [{name: web, count: 3}]");
    let replicas =
        "~ Deployment.apps web\n    ~ spec.replicas: 1 → 3  development/kustomization.yaml:2:31\n\n1 changed";
    for name in ["dev", "development"] {
        assert_eq!(ended(&place.diff(&[name, "--rev", "HEAD"]), 1).trim_end(), replicas, "{name}");
    }
    let all = place.diff(&["--all", ".", "--rev", "HEAD"]);
    let expected = format!("# dev → development\n{replicas} (what 2 builds have in common counts once)\n");
    assert_eq!(ended(&all, 1), expected);
    // A base that is called differently changes nothing.
    place.git("shop", &["reset", "-q", "--hard"]);
    place.git("shop", &["mv", "base", "fundament"]);
    for overlay in ["dev", "prod"] {
        place.replace(&format!("shop/{overlay}/kustomization.yaml"), "../base", "../fundament");
    }
    assert_eq!(ended(&place.diff(&["--all", ".", "--rev", "HEAD"]), 0), "");
    // Between two revisions.
    place.git("shop", &["mv", "dev", "development"]);
    place.git("shop", &["commit", "-qam", "second"]);
    assert_eq!(ended(&place.diff(&["--all", ".", "--rev", "HEAD~1..HEAD"]), 0), "");
    assert_eq!(ended(&place.diff(&["dev", "--rev", "HEAD~1..HEAD"]), 0), "");
}

/// A place with two revisions, in which the number of replicas differs, and a bare clone of it.
fn cloned() -> Place {
    let place = shop();
    place.replace("shop/base/web.yaml", "replicas: 1", "replicas: 2");
    place.git("shop", &["commit", "-qam", "second"]);
    place.git(".", &["clone", "-q", "--bare", "shop", "bare"]);
    place
}

const TWO_REPLICAS: &str = "~ Deployment.apps web\n    ~ spec.replicas: 1 → 2  base/web.yaml:6:13\n\n1 changed\n";

#[test]
fn a_bare_clone_has_revisions_too() {
    let place = cloned();
    assert_eq!(ended(&place.diff_in("bare", &["dev", "--rev", "HEAD~1..HEAD"]), 1), TWO_REPLICAS);
    let all = place.diff_in("bare", &["--all", "--rev", "HEAD~1.."]);
    assert!(ended(&all, 1).starts_with("# dev, prod\n~ Deployment.apps web\n"), "{}", text(&all.stdout));
    assert!(ended(&place.diff(&["../bare/dev", "--rev", "HEAD~1..HEAD", "--stat"]), 1).ends_with("1 changed\n"));
    for arguments in [&["dev", "--rev", "HEAD"][..], &["--all", "--rev", "HEAD"]] {
        let output = place.diff_in("bare", arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        assert!(text(&output.stderr).contains("is a bare clone, which has no work tree"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_work_tree_beside_the_first_is_one() {
    let place = cloned();
    place.git("shop", &["worktree", "add", "-q", "--detach", "../beside", "HEAD~1"]);
    assert_eq!(ended(&place.diff_in("beside", &["dev", "--rev", "HEAD"]), 0), "");
    let newest = place.git("shop", &["rev-parse", "HEAD"]);
    let revisions = format!("HEAD..{}", newest.trim_end());
    assert_eq!(ended(&place.diff_in("beside", &["dev", "--rev", &revisions]), 1), TWO_REPLICAS);
    assert_eq!(place.git("beside", &["status", "--porcelain"]), "");
}

#[test]
fn submodules_are_read_from_their_own_repositories() {
    let place = cloned();
    place.git(".", &["init", "-q", "super"]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../shop", "shop"];
    place.git("super", &add);
    place.write("super/all/kustomization.yaml", "resources: [../shop/dev]\n");
    place.git("super", &["add", "."]);
    place.git("super", &["commit", "-qm", "first"]);
    assert_eq!(ended(&place.diff_in("super", &["all", "--rev", "HEAD"]), 0), "");
    place.git("super/shop", &["checkout", "-q", "HEAD~1"]);
    let back = "~ Deployment.apps web\n    ~ spec.replicas: 2 → 1  shop/base/web.yaml:6:13\n\n1 changed\n";
    assert_eq!(ended(&place.diff_in("super", &["all", "--rev", "HEAD"]), 1), back);
    place.git("super", &["commit", "-qam", "second"]);
    assert_eq!(ended(&place.diff_in("super", &["all", "--rev", "HEAD~1..HEAD"]), 1), back);
    let touched = |revision| rustomize(&place.path("super"), &["deps", "--rev", revision, "all"]);
    assert_eq!(text(&touched("HEAD~1").stdout), "all\n");
    assert_eq!(text(&touched("HEAD").stdout), "");
    place.write("super/shop/dev/Kustomization", "resources: []\n");
    assert_eq!(text(&touched("HEAD").stdout), "all\n", "what nobody has added in a submodule counts too");
    place.git("super", &["submodule", "--quiet", "deinit", "--force", "shop"]);
    let output = place.diff_in("super", &["all", "--rev", "HEAD~1..HEAD"]);
    let help = "help: shop is a submodule that is not here, or has not the commit: git submodule update --init shop\n";
    assert!(output.status.code() == Some(2) && text(&output.stderr).ends_with(help), "{}", text(&output.stderr));
}

#[test]
fn what_git_cannot_do_is_told_as_it_is() {
    let place = shop();
    let error = |name: &str, value: &str| {
        let mut command = command(&place.path("shop"), &["diff", "dev", "--rev", "HEAD"]);
        let output = command.env(name, value).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        text(&output.stderr).to_owned()
    };
    assert!(error("PATH", "/nowhere").starts_with("Error: the program git is not there [git]\n"));
    let full = error("TMPDIR", "/nowhere");
    assert!(full.starts_with("Error: the program git cannot be run: no file can be made in /nowhere: "), "{full}");
    // What git asks for itself in its own tests.
    let refused = error("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    assert!(refused.starts_with("Error: git refuses the repository of "), "{refused}");
    assert!(refused.contains("safe.directory"), "{refused}");
}

#[test]
fn what_a_partial_clone_leaves_away_is_not_fetched() {
    let place = cloned();
    place.git("shop", &["config", "uploadpack.allowFilter", "true"]);
    place.git(
        ".",
        &["clone", "-q", "--filter=blob:none", &format!("file://{}", place.path("shop").display()), "partial"],
    );
    let output = place.diff_in("partial", &["dev", "--rev", "HEAD~1..HEAD"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    assert_eq!(
        text(&output.stderr),
        "Error: the content of base/web.yaml is not in this clone [git]\n\
         help: nothing is fetched here; in a partial clone, `git fetch --refetch --no-filter` does it\n"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_takes_the_files_of_a_revision_along() {
    use std::os::unix::process::ExitStatusExt;
    let place = shop();
    // The build of the revision waits for a pipe that nobody writes to.
    let fifo = place.path("shop/base/fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    place.write(
        "shop/base/kustomization.yaml",
        "resources: [web.yaml]\nconfigMapGenerator: [{name: a, files: [fifo]}]\n",
    );
    let arguments = ["diff", "dev", "--rev", "HEAD", "--load-restrictor", "LoadRestrictionsNone"];
    let mut command = command(&place.path("shop"), &arguments);
    let mut child = command.env("TMPDIR", place.path("tmp")).spawn().unwrap();
    let (opened, is_opened) = std::sync::mpsc::channel();
    std::thread::spawn(move || opened.send(fs::File::options().write(true).open(fifo)));
    let _held = is_opened.recv_timeout(std::time::Duration::from_secs(60)).expect("the build reads from the pipe");
    assert_eq!(place.leftovers(), 1);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert_eq!(place.leftovers(), 0);
}
