//! Telling remote places from local ones.

/// Whether upstream would fetch the file over HTTP.
pub(super) fn is_remote_file(path: &str) -> bool {
    starts_with_ignoring_case(path, "http://") || starts_with_ignoring_case(path, "https://")
}

/// Whether upstream would clone a git repository for this path.
///
/// That is so for a URL with a scheme that git knows, for `user@host:repository`, and for anything at `github.com`,
/// as long as a repository can be told from the path.
pub(super) fn is_repository(path: &str) -> bool {
    if path.starts_with('/') {
        return false;
    }
    let url = path.split('?').next().unwrap_or_default();
    let url = if starts_with_ignoring_case(url, "git::") { &url["git::".len()..] } else { url };
    let scheme =
        ["ssh://", "https://", "http://", "file://"].into_iter().find(|scheme| starts_with_ignoring_case(url, scheme));
    let rest = &url[scheme.map_or(0, str::len)..];
    if scheme == Some("file://") {
        return has_repository(rest, 0);
    }
    let user = user_length(rest);
    let rest = &rest[user..];
    let github = ["github.com/", "github.com:"].into_iter().any(|host| starts_with_ignoring_case(rest, host));
    let short_form = scheme.is_none();
    if short_form && user == 0 && !github {
        return false;
    }
    let slash = rest.find('/');
    let colon = rest.find(':').filter(|&colon| short_form && (slash.is_none_or(|slash| 0 < colon && colon < slash)));
    match colon.or(slash) {
        Some(end) => has_repository(&rest[end + 1..], 2),
        None => false,
    }
}

/// How many bytes a leading `user@` takes.
fn user_length(text: &str) -> usize {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    let is_user = text[length..].starts_with('@') && text.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_user { length + 1 } else { 0 }
}

/// Whether a path within a host names a repository, by one of the marks that upstream looks for or else by having
/// at least `segments` segments, and a directory that does not lead out of it.
fn has_repository(path: &str, segments: usize) -> bool {
    let (repository, directory) = if let Some(at) = path.find("_git/") {
        let rest = &path[at + "_git/".len()..];
        (path, rest.split_once('/').map_or("", |(_, directory)| directory))
    } else if let Some(split) = path.split_once("//") {
        split
    } else if let Some(at) = path.find(".git") {
        path.split_at(at + ".git".len())
    } else if path.split('/').count() >= segments {
        let directory = path.splitn(segments + 1, '/').nth(segments).filter(|_| segments > 0).unwrap_or_default();
        (&path[..path.len() - directory.len()], directory)
    } else {
        return false;
    };
    !repository.is_empty() && !leads_out(directory)
}

/// Whether a relative path ends up above where it starts.
fn leads_out(path: &str) -> bool {
    let depths = path.split('/').scan(0i32, |depth, part| {
        *depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        Some(*depth)
    });
    depths.min().is_some_and(|depth| depth < 0)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_told_from_local_paths() {
        for remote in [
            "https://github.com/org/repo",
            "https://github.com/org/repo/deploy?ref=v1",
            "github.com/org/repo",
            "GitHub.com:org/repo",
            "git::https://example.com/org/repo",
            "git@example.com:org/repo.git",
            "ssh://git@example.com/org/repo//deploy?ref=main",
            "https://dev.azure.com/org/project/_git/repo/deploy",
            "file:///srv/repos/app",
            "me@home/org/repo",
        ] {
            assert!(is_repository(remote), "{remote}");
        }
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
            "",
        ] {
            assert!(!is_repository(local), "{local}");
        }
    }
}
