use std::time::Duration;

use super::*;

fn parse(url: &str) -> Repository {
    Repository::parse(url).unwrap_or_else(|| panic!("{url} is not taken for a repository"))
}

/// URL for git, directory, ref.
fn parts(url: &str) -> (String, String, String) {
    let repository = parse(url);
    (repository.clone_url(), repository.directory, repository.reference)
}

#[test]
fn a_repository_ends_where_its_url_says() {
    let cases = [
        ("https://github.com/org/repo", "https://github.com/org/repo", ""),
        ("https://github.com/org/repo/deploy/dev?ref=v1", "https://github.com/org/repo", "deploy/dev"),
        ("https://example.com/a/b/c//deploy", "https://example.com/a/b/c", "deploy"),
        ("https://example.com/a/b/c.git/deploy", "https://example.com/a/b/c.git", "deploy"),
        ("https://me@dev.azure.com/org/project/_git/repo/a/b", "https://me@dev.azure.com/org/project/_git/repo", "a/b"),
        ("https://dev.azure.com/org/project/_git/repo", "https://dev.azure.com/org/project/_git/repo", ""),
        ("ssh://git@example.com:7999/org/repo//x", "ssh://git@example.com:7999/org/repo", "x"),
        ("git@example.com:org/repo.git//x", "git@example.com:org/repo.git", "/x"),
        ("me@home/org/repo/x", "me@home/org/repo", "x"),
        ("file:///srv/repos/app", "file:///srv/repos/app", ""),
        ("file:///srv/repos/app.git/x", "file:///srv/repos/app.git", "x"),
        ("file:///srv/repos/app//x/../y", "file:///srv/repos/app", "x/../y"),
    ];
    for (url, clone_url, directory) in cases {
        let (got_url, got_directory, _) = parts(url);
        assert_eq!(got_url, clone_url, "{url}");
        assert_eq!(got_directory.trim_start_matches('/'), directory.trim_start_matches('/'), "{url}");
    }
}

#[test]
fn github_has_one_form_with_a_user_and_one_without() {
    for url in ["github.com/org/repo", "GitHub.com:org/repo", "http://github.com/org/repo", "git::github.com/org/repo"]
    {
        assert_eq!(parse(url).clone_url(), "https://github.com/org/repo", "{url}");
    }
    for url in ["git@github.com:org/repo", "git@github.com/org/repo", "ssh://git@github.com/org/repo"] {
        assert_eq!(parse(url).clone_url(), "git@github.com:org/repo", "{url}");
    }
    assert_eq!(parse("ssh://github.com/org/repo").clone_url(), "github.com:org/repo");
}

#[test]
fn the_query_says_what_to_fetch_and_how_long_to_wait() {
    let plain = parse("https://github.com/org/repo");
    assert_eq!((plain.revision(), plain.submodules, plain.timeout), ("HEAD", true, Duration::from_secs(27)));
    let repository = parse("https://github.com/org/repo?ref=v1&timeout=2m&submodules=false");
    assert_eq!(repository.revision(), "v1");
    assert_eq!((repository.submodules, repository.timeout), (false, Duration::from_secs(120)));
}

#[test]
fn local_paths_are_no_repositories() {
    for local in [
        "deployment.yaml",
        "../base",
        "/srv/base",
        "github.com",
        "github.com/org",
        "me@home/base",
        "example.com/org/repo",
        "https://example.com/deployment.yaml",
        "https://github.com/org/repo//../..",
        "https://github.com/org/repo//a/../../b",
        "https:///",
        "file://",
        "ftp://example.com/org/repo",
        "",
    ] {
        assert_eq!(Repository::parse(local), None, "{local}");
    }
}

#[test]
fn origins_name_repository_path_and_revision() {
    let path = |directory: &str| parse(&format!("file:///srv/app//{directory}")).origin_path();
    assert_eq!(path("deploy/dev"), "deploy/dev");
    assert_eq!(path("deploy/./x/../dev/"), "deploy/dev");
    // As `kubectl kustomize` prints for a base at the root of its repository.
    assert_eq!(path(""), "notCloned");
}

#[test]
fn credentials_are_not_shown() {
    let shown = |url: &str| parse(url).shown();
    assert_eq!(shown("https://me:secret@example.com/org/repo//x?ref=v1"), "https://***@example.com/org/repo?ref=v1");
    assert_eq!(shown("https://ghp_secret@github.com/org/repo"), "https://***@github.com/org/repo");
    assert_eq!(shown("git@example.com:org/repo"), "git@example.com:org/repo");
}

#[test]
fn files_are_told_by_their_scheme() {
    for url in ["https://example.com/a.yaml", "HTTP://example.com", "http:a.yaml"] {
        assert!(is_remote_file(url), "{url}");
    }
    for path in ["a.yaml", "httpsx://a", "ssh://a/b", "dir/http://a", "file:///a"] {
        assert!(!is_remote_file(path), "{path}");
    }
}
