use std::fs;
use std::path::Path;

use super::*;

/// A directory with these files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn open(directory: &Path, restrictor: LoadRestrictor) -> Loader {
    Loader::open(&Arc::new(Files::new()), directory.to_str().unwrap(), restrictor).unwrap()
}

fn entry(path: &str) -> Spanned<String> {
    Spanned::from(path.to_owned())
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[test]
fn a_file_is_read_once_by_whatever_way() {
    let tree = tree(&[("a/x.yaml", "x: 1\n"), ("b/kustomization.yaml", "")]);
    let loader = open(&tree.path().join("a"), LoadRestrictor::RootOnly);
    let first = loader.text(&entry("x.yaml")).unwrap();
    let again = loader.text(&entry("./../a//x.yaml")).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let absolute = tree.path().canonicalize().unwrap().join("a/x.yaml");
    assert!(Arc::ptr_eq(&first, &loader.text(&entry(absolute.to_str().unwrap())).unwrap()));
    assert_eq!(&*loader.bytes(&entry("x.yaml")).unwrap(), b"x: 1\n");
}

#[test]
fn files_outside_of_the_root_need_leave() {
    let tree = tree(&[("a/kustomization.yaml", ""), ("x.yaml", "x: 1\n")]);
    let root = tree.path().join("a");
    assert_eq!(code(open(&root, LoadRestrictor::RootOnly).text(&entry("../x.yaml"))), Code::OutsideRoot);
    assert_eq!(open(&root, LoadRestrictor::None).text(&entry("../x.yaml")).unwrap().text(), "x: 1\n");
}

#[cfg(unix)]
#[test]
fn links_count_as_what_they_lead_to() {
    use std::os::unix::fs::symlink;
    let tree = tree(&[("a/in/x.yaml", "x: 1\n"), ("out/y.yaml", "y: 1\n")]);
    symlink("in/x.yaml", tree.path().join("a/good.yaml")).unwrap();
    symlink("../out/y.yaml", tree.path().join("a/bad.yaml")).unwrap();
    symlink("../out", tree.path().join("a/away")).unwrap();
    symlink("a", tree.path().join("link")).unwrap();
    let loader = open(&tree.path().join("link"), LoadRestrictor::RootOnly);
    assert_eq!(loader.text(&entry("good.yaml")).unwrap().text(), "x: 1\n");
    assert_eq!(code(loader.text(&entry("bad.yaml"))), Code::OutsideRoot);
    assert_eq!(code(loader.text(&entry("away/y.yaml"))), Code::OutsideRoot);
    // `..` goes back to where the link stands, not to above what it leads to.
    assert_eq!(loader.text(&entry("away/../in/x.yaml")).unwrap().text(), "x: 1\n");
    assert_eq!(loader.enter(&entry("away")).unwrap().root(), tree.path().canonicalize().unwrap().join("out"));
}

#[test]
fn a_directory_is_not_entered_from_itself_or_from_below() {
    let tree = tree(&[("a/b/kustomization.yaml", ""), ("c/kustomization.yaml", "")]);
    let b = open(&tree.path().join("a/b"), LoadRestrictor::RootOnly);
    assert_eq!(code(b.enter(&entry("."))), Code::Cycle);
    assert_eq!(code(b.enter(&entry(".."))), Code::Cycle);
    let c = b.enter(&entry("../../c")).unwrap();
    assert_eq!(code(c.enter(&entry("../a/b"))), Code::Cycle);
    assert_eq!(code(c.enter(&entry("../a"))), Code::Cycle);
    assert!(b.enter(&entry("../../c/")).is_ok());
}

#[test]
fn what_cannot_be_entered_says_why() {
    let tree = tree(&[("a/x.yaml", "x: 1\n"), ("a/b/y.yaml", "")]);
    let loader = open(&tree.path().join("a"), LoadRestrictor::RootOnly);
    assert_eq!(code(loader.enter(&entry(""))), Code::InvalidField);
    assert_eq!(code(loader.enter(&entry("/"))), Code::InvalidField);
    assert_eq!(code(loader.enter(&entry("x.yaml"))), Code::NotAKustomization);
    assert_eq!(code(loader.enter(&entry("x.yaml/z"))), Code::MissingFile);
    assert_eq!(code(loader.text(&entry("b"))), Code::Unreadable);
    assert_eq!(code(loader.resource(&entry("no\nsuch"))), Code::MissingFile);
    assert_eq!(code(loader.resource(&entry(&"x".repeat(5000)))), Code::Unreadable);
    assert_eq!(code(loader.resource(&entry("nul\0"))), Code::Unreadable);
    assert_eq!(code(Loader::open(&loader.files, "no such", LoadRestrictor::None)), Code::MissingFile);
}

#[test]
fn a_directory_has_one_kustomization_file() {
    let tree =
        tree(&[("a/kustomization.yml", "x"), ("b/Kustomization", ""), ("b/kustomization.yaml", ""), ("c/x", "")]);
    fs::create_dir(tree.path().join("a/kustomization.yaml")).unwrap();
    let file = |directory| open(&tree.path().join(directory), LoadRestrictor::RootOnly).kustomization_file();
    assert_eq!(file("a").unwrap().name, "kustomization.yml");
    assert_eq!(code(file("b")), Code::SeveralKustomizations);
    assert_eq!(code(file("c")), Code::NotAKustomization);
}
