use std::time::Duration;

use super::query::Query;

/// A directory in a git repository, as a URL of a kustomization names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The URL as it was written.
    pub raw: String,
    /// Scheme, user and host with what ends them: `https://github.com/`, `git@example.com:`, `file://`.
    pub host: String,
    /// The repository's path on the host.
    pub path: String,
    /// The directory of the kustomization within the repository; empty for its root.
    pub directory: String,
    /// A branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// Whether submodules are fetched too.
    pub submodules: bool,
    /// How long each command of git may take.
    pub timeout: Duration,
    /// Whether the URL began with `git::`, which upstream drops with a warning.
    pub forced_git: bool,
}

impl Repository {
    /// Reads a URL; `None` for what upstream does not take for a repository, and so tries as a local path.
    ///
    /// A repository has a scheme that git knows, or is `user@host:path`, or is at `github.com`. Where its path ends
    /// is told by `_git/` (the segment behind it is the last one), `//` or `.git`, else it has two segments, or with
    /// `file://` all of them. What follows is the directory, which may not lead out of the repository.
    pub fn parse(url: &str) -> Option<Repository> {
        if url.starts_with('/') {
            return None;
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (place, forced_git) = match strip_prefix_ignoring_case(place, "git::") {
            Some(rest) => (rest, true),
            None => (place, false),
        };
        let (host, rest) = split_host(place)?;
        let segments = (host != FILE).then_some(2);
        let (path, directory) = split_path(rest, segments)?;
        if path.is_empty() || leads_out(directory) {
            return None;
        }
        let Query { reference, timeout, submodules } = Query::parse(query);
        Some(Repository {
            raw: url.to_owned(),
            directory: directory.strip_prefix('/').unwrap_or(directory).to_owned(),
            path,
            host,
            reference,
            submodules,
            timeout,
            forced_git,
        })
    }

    /// What git is told to fetch from.
    pub fn clone_url(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// The revision that git is told to fetch.
    pub fn revision(&self) -> &str {
        if self.reference.is_empty() { "HEAD" } else { &self.reference }
    }

    /// What people see of the repository: without credentials, with the revision when one is asked for.
    pub fn shown(&self) -> String {
        self.shown_path("")
    }

    /// What people see of a path in the repository, in the form of a URL that could be built.
    pub fn shown_path(&self, path: &str) -> String {
        let url = super::without_credentials(&self.clone_url());
        let slashes = if path.is_empty() { "" } else { "//" };
        let query = if self.reference.is_empty() { String::new() } else { format!("?ref={}", self.reference) };
        format!("{url}{slashes}{path}{query}")
    }

    /// The path that an origin annotation shows for the directory.
    ///
    /// That of a repository's root is `notCloned`: upstream takes the first segment off a path under a placeholder
    /// directory of that name, and leaves it where there is no other.
    pub fn origin_path(&self) -> String {
        let mut segments = vec!["notCloned"];
        for segment in self.directory.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
            match segment {
                ".." => drop(segments.pop()),
                name => segments.push(name),
            }
        }
        let from = usize::from(segments.len() > 1);
        segments[from..].join("/")
    }
}

const FILE: &str = "file://";

/// Splits scheme, user and host from the path; `None` when this is no URL of a repository.
fn split_host(url: &str) -> Option<(String, &str)> {
    let scheme = ["ssh://", "https://", "http://", FILE]
        .into_iter()
        .find(|scheme| strip_prefix_ignoring_case(url, scheme).is_some())
        .unwrap_or("");
    let rest = &url[scheme.len()..];
    if scheme == FILE {
        return Some((FILE.to_owned(), rest));
    }
    let (user, rest) = rest.split_at(user_length(rest));
    let github = ["github.com/", "github.com:"].iter().any(|host| strip_prefix_ignoring_case(rest, host).is_some());
    let short_form = scheme.is_empty();
    if short_form && user.is_empty() && !github {
        return None;
    }
    let slash = rest.find('/');
    let colon = rest.find(':').filter(|&colon| short_form && slash.is_none_or(|slash| 0 < colon && colon < slash));
    let (host, path) = rest.split_at(colon.or(slash)? + 1);
    Some(match github {
        true if scheme == "ssh://" || !user.is_empty() => (format!("{user}github.com:"), path),
        true => ("https://github.com/".to_owned(), path),
        false => (format!("{scheme}{user}{host}"), path),
    })
}

/// How many bytes a leading `user@` takes.
fn user_length(text: &str) -> usize {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    let is_user = text[length..].starts_with('@') && text.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_user { length + 1 } else { 0 }
}

/// Splits a path on a host into that of the repository and the directory within it: at a mark, else behind so many
/// segments, else at the end.
fn split_path(path: &str, segments: Option<usize>) -> Option<(String, &str)> {
    const MARK: &str = "_git/";
    let (repository, directory) = if let Some(at) = path.find(MARK) {
        let name = &path[at + MARK.len()..];
        let end = name.find('/').map_or(path.len(), |slash| at + MARK.len() + slash);
        (&path[..end], path.get(end + 1..).unwrap_or(""))
    } else if let Some(split) = path.split_once("//") {
        split
    } else if let Some(at) = path.find(".git") {
        path.split_at(at + ".git".len())
    } else {
        match segments {
            None => (path, ""),
            Some(count) if path.split('/').count() < count => return None,
            Some(count) => {
                let end = path.match_indices('/').nth(count - 1).map_or(path.len(), |(slash, _)| slash);
                (&path[..end], path.get(end + 1..).unwrap_or(""))
            }
        }
    };
    Some((repository.to_owned(), directory))
}

/// Whether a path, taken as relative, ends up above where it starts. A second leading slash makes it an absolute one,
/// which has nothing above it.
fn leads_out(path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or(path);
    let depths = path.split('/').scan(0i32, |depth, part| {
        *depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        Some(*depth)
    });
    !path.starts_with('/') && depths.min().is_some_and(|depth| depth < 0)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}
