//! Repositories and files that are fetched, from this machine alone.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::*;

fn write(directory: &Path, name: &str, content: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn git(directory: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "init.defaultBranch=main"];
    let output = Command::new("git")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(identity)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository `app` with the commits of a base and an overlay, and beside it a directory `local`.
fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let app = directory.path().join("app");
    write(&app, "base/kustomization.yaml", "resources: [cm.yaml]\n");
    write(&app, "base/cm.yaml", "first\n");
    write(&app, "dev/kustomization.yaml", "resources: [../base]\n");
    git(&app, &["init", "-q"]);
    git(&app, &["add", "."]);
    git(&app, &["commit", "-qm", "first"]);
    git(&app, &["tag", "v1"]);
    write(&app, "base/cm.yaml", "second\n");
    git(&app, &["commit", "-qam", "second"]);
    fs::create_dir(directory.path().join("local")).unwrap();
    directory
}

fn url(directory: &tempfile::TempDir, rest: &str) -> String {
    format!("file://{}/app{rest}", directory.path().display())
}

fn open(directory: &tempfile::TempDir) -> Loader {
    let local = directory.path().join("local");
    Loader::open(&Arc::new(Files::new()), local.to_str().unwrap(), LoadRestrictor::None).unwrap()
}

fn entry(path: impl Into<String>) -> Spanned<String> {
    Spanned::from(path.into())
}

fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().diagnostic().message.clone()
}

#[test]
fn a_repository_is_entered_at_its_directory_and_revision() {
    let directory = repository();
    let loader = open(&directory);
    let text = |rest: &str| loader.enter(&entry(url(&directory, rest))).unwrap().text(&entry("cm.yaml")).unwrap();
    assert_eq!(text("//base").text(), "second\n");
    assert_eq!(text("//base?ref=v1").text(), "first\n");
    assert_eq!(text("//base?version=main").text(), "second\n");
    assert_eq!(text("//base?ref=v1").name, format!("{}//base/cm.yaml?ref=v1", url(&directory, "")));
}

#[test]
fn a_commit_can_be_named() {
    let directory = repository();
    let head = fs::read_to_string(directory.path().join("app/.git/refs/tags/v1")).unwrap();
    let commit = entry(url(&directory, &format!("//base?ref={}", head.trim())));
    assert_eq!(open(&directory).enter(&commit).unwrap().text(&entry("cm.yaml")).unwrap().text(), "first\n");
}

#[test]
fn what_is_built_can_be_a_repository() {
    let directory = repository();
    let files = Arc::new(Files::new());
    let loader = Loader::open(&files, &url(&directory, "//dev?ref=v1"), LoadRestrictor::None).unwrap();
    assert_eq!(loader.kustomization_file().unwrap().source.text(), "resources: [../base]\n");
    assert_eq!(loader.checkout().unwrap().repository.reference, "v1");
    let base = loader.enter(&entry("../base")).unwrap();
    assert!(base.checkout().is_none());
    assert_eq!(base.text(&entry("cm.yaml")).unwrap().text(), "first\n");
}

#[test]
fn the_same_repository_is_fetched_once_and_removed_at_the_end() {
    let directory = repository();
    let loader = open(&directory);
    let enter = |rest: &str| loader.enter(&entry(url(&directory, rest))).unwrap();
    let (base, dev, old) = (enter("//base"), enter("//dev?ref=HEAD"), enter("//dev?ref=v1"));
    assert_eq!(base.root().parent(), dev.root().parent());
    assert_ne!(dev.root(), old.root());
    let checkout = base.root().to_owned();
    assert!(checkout.exists());
    drop((loader, base, dev, old));
    assert!(!checkout.exists() && !checkout.parent().unwrap().parent().unwrap().exists());
}

#[test]
fn a_list_is_fetched_together() {
    let directory = repository();
    let loader = open(&directory);
    let list = [entry(url(&directory, "//base")), entry("x.yaml"), entry(url(&directory, "//base?ref=v1"))];
    loader.fetch_ahead(&list);
    assert!(loader.files.fetcher.knows(&list[0]) && loader.files.fetcher.knows(&list[2]));
    let alone = open(&directory);
    alone.fetch_ahead(&list[..2]);
    assert!(!alone.files.fetcher.knows(&list[0]), "one alone is fetched when it is asked for");
}

#[test]
fn nothing_is_read_outside_of_the_checkout() {
    let directory = repository();
    let app = directory.path().join("app");
    write(directory.path(), "secret/kustomization.yaml", "");
    #[cfg(unix)]
    std::os::unix::fs::symlink(directory.path().join("secret"), app.join("away")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", app.join("base/passwd")).unwrap();
    git(&app, &["add", "."]);
    git(&app, &["commit", "-qm", "links"]);
    let loader = open(&directory);
    let base = loader.enter(&entry(url(&directory, "//base"))).unwrap();
    let code = |result: Result<Loader>| result.unwrap_err().code();
    assert_eq!(base.text(&entry("../dev/kustomization.yaml")).unwrap_err().code(), Code::OutsideRoot);
    assert_eq!(base.text(&entry("passwd")).unwrap_err().code(), Code::OutsideRoot);
    assert_eq!(code(base.enter(&entry("../../.."))), Code::OutsideRoot);
    assert_eq!(code(base.enter(&entry("../away"))), Code::OutsideRoot);
    assert_eq!(code(loader.enter(&entry(url(&directory, "//away")))), Code::OutsideRoot);
    assert_eq!(code(base.enter(&entry(".."))), Code::Cycle);
    assert_eq!(code(loader.enter(&entry(url(&directory, "//base/cm.yaml")))), Code::NotAKustomization);
    assert_eq!(code(loader.enter(&entry(url(&directory, "//bse")))), Code::MissingFile);
}

#[test]
fn a_repository_may_not_lead_back_to_itself() {
    let directory = repository();
    let loader = open(&directory);
    let dev = loader.enter(&entry(url(&directory, "//dev?ref=v1"))).unwrap();
    // The rule is upstream's: what is entered may not begin the URL that led here.
    assert_eq!(dev.enter(&entry(url(&directory, "//dev?ref=v1"))).unwrap_err().code(), Code::Cycle);
    assert_eq!(dev.enter(&entry(url(&directory, "//dev"))).unwrap_err().code(), Code::Cycle);
    let base = dev.enter(&entry(url(&directory, "//base?ref=v1"))).unwrap();
    // The directory that has been built before is so in another clone of upstream's.
    assert_eq!(base.enter(&entry("../dev")).map(|dev| dev.root().to_owned()).unwrap(), dev.root());
    assert_eq!(base.enter(&entry(".")).unwrap_err().code(), Code::Cycle);
}

#[test]
fn git_has_the_word_where_it_fails() {
    let directory = repository();
    let loader = open(&directory);
    let error = loader.enter(&entry(url(&directory, "?ref=v9"))).unwrap_err();
    let shown = url(&directory, "?ref=v9");
    assert_eq!(error.diagnostic().message, format!("cannot fetch {shown}: couldn't find remote ref v9"));
    assert!(error.diagnostic().help.as_ref().unwrap().contains("no branch, tag or (full) commit v9"));
    let nowhere = message(loader.enter(&entry(url(&directory, "le"))));
    assert!(nowhere.ends_with("does not appear to be a git repository"), "{nowhere}");
    let option = message(loader.enter(&entry(url(&directory, "?ref=--upload-pack=touch%20/tmp/x"))));
    assert!(option.contains("begins with a dash"), "{option}");
}

#[test]
fn submodules_are_fetched_unless_the_url_says_no() {
    let directory = repository();
    let outer = directory.path().join("outer");
    fs::create_dir(&outer).unwrap();
    git(&outer, &["init", "-q"]);
    git(&outer, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../app", "inner"]);
    git(&outer, &["commit", "-qm", "outer"]);
    let url = |query: &str| entry(format!("file://{}//inner/base{query}", outer.display()));
    let error = open(&directory).enter(&url("")).unwrap_err();
    assert!(error.diagnostic().help.as_ref().unwrap().contains("protocol.file.allow"), "{error}");
    assert_eq!(open(&directory).enter(&url("?submodules=false")).unwrap_err().code(), Code::MissingFile);
}

#[test]
fn a_forced_protocol_is_warned_of() {
    let directory = repository();
    let loader = open(&directory);
    let forced = loader.enter(&entry(format!("git::{}", url(&directory, "//dev")))).unwrap();
    assert!(forced.warning().unwrap().message.starts_with("the prefix git::"));
    assert!(forced.enter(&entry("../base")).unwrap().warning().is_none());
    assert!(loader.enter(&entry(url(&directory, "//dev"))).unwrap().warning().is_none());
}

#[test]
fn a_url_of_a_file_is_no_directory() {
    let directory = repository();
    let url = "https://example.com/a.yaml";
    let expected = "https://example.com/a.yaml is not the URL of a repository";
    assert_eq!(message(open(&directory).enter(&entry(url))), expected);
    assert_eq!(message(Loader::open(&Arc::new(Files::new()), url, LoadRestrictor::None)), expected);
}

/// A server on this machine that gives each request the same answer; its URL.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

const FOUND: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\na: 1\n";
const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn files_come_over_http() {
    let directory = repository();
    let loader = open(&directory);
    let url = entry(format!("{}/a.yaml", server(FOUND)));
    assert!(matches!(loader.resource(&url).unwrap(), Target::File(source) if source.text() == "a: 1\n"));
    assert_eq!(&*loader.bytes(&url).unwrap(), b"a: 1\n");
    assert!(Arc::ptr_eq(&loader.text(&url).unwrap(), &loader.text(&url).unwrap()));
}

#[test]
fn a_file_that_the_server_has_not_is_an_error_unless_a_repository_can_be_meant() {
    let directory = repository();
    let loader = open(&directory);
    let server = server(MISSING);
    let missing = message(loader.resource(&entry(format!("{server}/a.yaml"))));
    assert_eq!(missing, format!("cannot fetch {server}/a.yaml: the server answered 404 Not Found"));
    let error = loader.resource(&entry(format!("{server}/org/repo?timeout=5"))).unwrap_err();
    assert!(error.diagnostic().message.contains("repository"), "{error}");
    assert!(error.diagnostic().notes.iter().any(|note| note.starts_with("as a file: ")), "{error}");
}

#[test]
fn nobody_listens() {
    let directory = repository();
    let loader = open(&directory);
    let refused = message(loader.text(&entry("http://127.0.0.1:1/a.yaml")));
    assert!(refused.starts_with("cannot fetch http://127.0.0.1:1/a.yaml: Connection refused"), "{refused}");
}

#[cfg(unix)]
#[test]
fn leftovers_of_killed_processes_are_removed_and_those_in_use_are_not() {
    let directory = repository();
    let leave = |name: &str| -> PathBuf {
        let path = std::env::temp_dir().join(name);
        write(&path, ".rustomize-lock", "");
        write(&path, "0/cm.yaml", "");
        path
    };
    let dead = leave(&format!("rustomize-scratch-dead-{}", std::process::id()));
    let used = leave(&format!("rustomize-scratch-used-{}", std::process::id()));
    let other = leave(&format!("rustomize-other-{}", std::process::id()));
    let lock = fs::File::open(used.join(".rustomize-lock")).unwrap();
    lock.lock().unwrap();
    open(&directory).enter(&entry(url(&directory, "//base"))).unwrap();
    assert!(!dead.exists() && used.exists() && other.exists());
    drop(lock);
    [used, other].into_iter().for_each(|path| fs::remove_dir_all(path).unwrap());
}
