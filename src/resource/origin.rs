use rustomize_yaml::unconverted;
use serde::Deserialize;

use crate::load::Repository;

/// Where a resource or a transformer came from, as `buildMetadata` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Origin {
    /// The file, relative to the directory that was built, or to the root of its repository.
    pub path: String,
    /// The repository, when it is not local.
    pub repo: String,
    /// The revision of the repository.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The file that configures the generator or transformer.
    pub configured_in: String,
    /// The generator or transformer.
    #[serde(deserialize_with = "unconverted")]
    pub configured_by: ConfiguredBy,
}

/// The generator or transformer that an [`Origin`] speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfiguredBy {
    /// `builtin`, or that of its configuration.
    pub api_version: String,
    /// `ConfigMapGenerator`, say.
    pub kind: String,
    /// The name of its configuration, if it has one.
    pub name: String,
    /// The namespace of its configuration, if it has one.
    pub namespace: String,
}

impl Origin {
    /// The origin of what `path`, which may be the URL of a repository, names from here.
    pub fn append(&self, path: &str) -> Origin {
        if let Some(repository) = Repository::parse(path) {
            let (repo, reference) = (repository.clone_url(), repository.reference.clone());
            return Origin { repo, reference, path: repository.origin_path(), ..self.clone() };
        }
        Origin { path: clean_path(&format!("{}/{path}", self.path)), ..self.clone() }
    }
}

/// A path without `.`, `..` where they can be taken out, and doubled slashes, as Go's `filepath.Join` leaves it.
fn clean_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appending_walks_up_and_down() {
        let origin = Origin::default().append("../base").append("deploy.yaml");
        assert_eq!(origin.path, "../base/deploy.yaml");
        assert_eq!(origin.append("../../x/./y").path, "../x/y");
    }

    #[test]
    fn a_repository_begins_anew() {
        let origin = Origin { path: "base".into(), ..Origin::default() };
        let remote = origin.append("git@github.com:org/repo//deploy?ref=v1");
        assert_eq!((remote.repo.as_str(), remote.reference.as_str()), ("git@github.com:org/repo", "v1"));
        assert_eq!(remote.append("../x.yaml").path, "x.yaml");
        // A file over HTTP is told from a repository by nothing but its length, as upstream does it.
        assert_eq!(origin.append("https://example.com/a/b/c.yaml").repo, "https://example.com/a/b");
        assert_eq!(origin.append("https://example.com/a.yaml").path, "base/https:/example.com/a.yaml");
    }
}
