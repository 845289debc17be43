//! Paths as text: joining, cleaning, showing. Nothing here looks at the disk.

use std::path::{Component, Path, PathBuf};

/// `path` as seen from the directory `base`, without `.` and `..`: an absolute path is itself.
///
/// `..` is taken away together with what stands before it, whether that is a link or not, as upstream does.
pub(super) fn join(base: &Path, path: impl AsRef<Path>) -> PathBuf {
    let mut joined = base.to_owned();
    for component in path.as_ref().components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                joined.pop();
            }
            Component::Normal(name) => joined.push(name),
            Component::Prefix(_) | Component::RootDir => joined.push(component),
        }
    }
    joined
}

/// How people standing in `stand` would name `path`; without a place to stand, the path itself.
pub(super) fn show(path: &Path, stand: Option<&Path>) -> String {
    let relative = stand.and_then(|stand| relative(path, stand));
    let shown = relative.as_deref().unwrap_or(path);
    if shown.as_os_str().is_empty() { ".".into() } else { shown.display().to_string() }
}

/// The way from `stand` to `path`; `None` where they have no directory but the file system's root in common.
fn relative(path: &Path, stand: &Path) -> Option<PathBuf> {
    let common = path.components().zip(stand.components()).take_while(|(a, b)| a == b).count();
    let shared = stand.components().take(common).any(|component| matches!(component, Component::Normal(_)));
    if !shared && common < stand.components().count() {
        return None;
    }
    let up = stand.components().skip(common).map(|_| Component::ParentDir);
    Some(up.chain(path.components().skip(common)).collect())
}

/// Whether a name in the path has `..` in it and is not just that: most likely a slip of indentation that has folded
/// two entries of a list into one.
pub(super) fn has_folded_segment(path: &str) -> bool {
    path.split(['/', std::path::MAIN_SEPARATOR]).any(|part| part != ".." && part.contains(".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_cleans_the_path() {
        let join = |path| join(Path::new("/home/me/overlays/dev"), path).display().to_string();
        assert_eq!(join("../../bases/./a.yaml"), "/home/me/bases/a.yaml");
        assert_eq!(join("a/../b/"), "/home/me/overlays/dev/b");
        assert_eq!(join("/etc//x/.."), "/etc");
        assert_eq!(join("../../../../.."), "/");
        assert_eq!(join(""), "/home/me/overlays/dev");
    }

    #[test]
    fn paths_are_shown_as_people_would_type_them() {
        let show = |path, stand| show(Path::new(path), Some(Path::new(stand)));
        assert_eq!(show("/home/me/bases/a.yaml", "/home/me"), "bases/a.yaml");
        assert_eq!(show("/home/me/bases/a.yaml", "/home/me/overlays/dev"), "../../bases/a.yaml");
        assert_eq!(show("/home/me", "/home/me"), ".");
        assert_eq!(show("/etc/passwd", "/home/me/overlays"), "/etc/passwd");
        assert_eq!(show("/etc/passwd", "/"), "etc/passwd");
    }

    #[test]
    fn two_paths_folded_into_one_are_noticed() {
        assert!(has_folded_segment("a.yaml - ../b"));
        assert!(has_folded_segment("a/..b"));
        assert!(!has_folded_segment("../../a/./b.c"));
    }
}
