//! Where things come to lie in a copy.

use std::path::{Component, Path, PathBuf};

use crate::load::{Checkout, Loader, Repository};

/// The directory for what came from elsewhere, in the copy of the directory that names it.
pub(super) const LOCALIZED_FILES: &str = "localized-files";

/// The directory in it for repositories of `file://`, whose paths could be taken for hosts.
const FILE_SCHEMED: &str = "file-schemed";

/// What a destination is called when nothing is said: after the target's directory, or a repository, and its revision.
pub(super) fn default_destination(loader: &Loader) -> String {
    let directory = loader.root().file_name().map(|name| name.to_string_lossy().into_owned());
    let Some(Checkout { repository, directory: top }) = loader.checkout() else {
        return directory.map_or("localized".to_owned(), |name| format!("localized-{name}"));
    };
    let repository_name = || repository.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let name = directory.filter(|_| loader.root() != top).unwrap_or_else(repository_name);
    format!("localized-{name}-{}", repository.reference.replace('/', "-"))
}

/// Where the copy of a file at a URL lies: under its host, at its path. User, port, query and fragment do not count.
pub(super) fn of_file(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    under(&[host_name(authority), &escaped(path)])
}

/// Where the copy of a directory of a repository lies: under its host, path and revision.
///
/// The directory is the real one, `inside` the checkout.
pub(super) fn of_repository(repository: &Repository, inside: &str) -> String {
    let host = match repository.host.split_once("://") {
        Some(("file", _)) => FILE_SCHEMED,
        Some((_, rest)) => host_name(rest.trim_end_matches('/')),
        None => host_name(repository.host.trim_end_matches([':', '/'])),
    };
    let path = repository.path.strip_suffix(".git").unwrap_or(&repository.path);
    under(&[host, &clean(path), &repository.reference, inside])
}

fn under(parts: &[&str]) -> String {
    let [host, rest @ ..] = parts else { return LOCALIZED_FILES.to_owned() };
    clean(&format!("{LOCALIZED_FILES}/{host}/{}", clean(&rest.join("/"))))
}

/// The host alone: without user and port, without the brackets of an address.
fn host_name(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    host.split(':').next().unwrap_or_default()
}

/// A path as it stands in a request: what URLs cannot have is escaped, what is escaped stays so.
fn escaped(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'!'..=b'~' if !br#""<>\^`{|}"#.contains(&byte) => result.push(byte.into()),
            _ => result.push_str(&format!("%{byte:02X}")),
        }
    }
    result
}

/// A path from some top without `.`, `..` and doubled slashes; `..` at the top is nothing.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The way from one directory to a path, both real: `.` when they are the same.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A path as seen from a directory, without `.` and `..`. Nothing is looked up.
pub(super) fn join(directory: &Path, path: &str) -> PathBuf {
    let mut joined = directory.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            Component::ParentDir => drop(joined.pop()),
            Component::Normal(name) => joined.push(name),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_under_their_host() {
        assert_eq!(
            of_file("https://me:pw@example.com:8443/a/../b/c.yaml?x=1#y"),
            "localized-files/example.com/b/c.yaml"
        );
        assert_eq!(of_file("http://[::1]/a b.yaml"), "localized-files/::1/a%20b.yaml");
        assert_eq!(of_file("https://example.com/../../a%2Fb.yaml"), "localized-files/example.com/a%2Fb.yaml");
    }

    #[test]
    fn repositories_lie_under_host_path_and_revision() {
        let of = |url: &str, inside: &str| of_repository(&Repository::parse(url).unwrap(), inside);
        assert_eq!(of("https://github.com/org/repo//a?ref=v1", "a"), "localized-files/github.com/org/repo/v1/a");
        assert_eq!(of("git@example.com:org/repo.git?ref=x/y", "."), "localized-files/example.com/org/repo/x/y");
        assert_eq!(of("ssh://git@example.com:22/org/repo?ref=v1", "."), "localized-files/example.com/org/repo/v1");
        assert_eq!(of("me@home:org/../repo.git?ref=v1", "."), "localized-files/home/repo/v1");
        assert_eq!(of("file:///srv/app.git//b?ref=v1", "b"), "localized-files/file-schemed/srv/app/v1/b");
    }

    #[test]
    fn ways_lead_up_and_down() {
        let relative = |from, to| relative(Path::new(from), Path::new(to));
        assert_eq!(relative("/a/b", "/a/c/d"), "../c/d");
        assert_eq!((relative("/a", "/a"), relative("/a", "/a/b")), (".".to_owned(), "b".to_owned()));
        assert_eq!(join(Path::new("/x/a"), "../c/./d"), Path::new("/x/c/d"));
    }
}
