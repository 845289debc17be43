//! Labels that are bound to change: a version, a commit, a date.

use rustomize_yaml::{NodeId, Tree};

/// The last words of keys whose values change from one release to the next.
const KEYS: [&str; 16] = [
    "build",
    "build-id",
    "build-number",
    "chart",
    "commit",
    "commit-sha",
    "date",
    "deployed-at",
    "git-commit",
    "git-sha",
    "image-tag",
    "revision",
    "sha",
    "tag",
    "timestamp",
    "version",
];

/// Whether a label is of the kind that changes while a workload lives.
pub fn is_volatile(key: &str, value: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase().replace(['_', '.'], "-");
    KEYS.contains(&name.as_str()) || is_version(value) || is_commit(value) || is_date(value)
}

/// `1.2`, `v1.2.3-rc.1`: at least two numbers with a dot between.
fn is_version(value: &str) -> bool {
    let mut numbers = value.strip_prefix('v').unwrap_or(value).splitn(2, '.');
    let (Some(major), Some(rest)) = (numbers.next(), numbers.next()) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number(major) && rest.starts_with(|first: char| first.is_ascii_digit())
}

/// Seven digits of a hash or more: digits and letters up to f, and both of them.
fn is_commit(value: &str) -> bool {
    (7..=64).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// `2026-01-31`, `20260131`, or the seconds of a clock.
fn is_date(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit() || b"-.T:Z_".contains(&byte));
    is_plain && digits >= 8 && value.starts_with(['1', '2'])
}

/// The mapping that begins at a place.
pub fn mapping_at(tree: &Tree, node: NodeId, at: u32) -> Option<NodeId> {
    if tree.is_mapping(node) && tree.node(node).at == at {
        return Some(node);
    }
    tree.items(node).find_map(|inner| mapping_at(tree, inner, at))
}

#[cfg(test)]
mod tests {
    use super::is_volatile;

    #[test]
    fn versions_commits_and_dates_change_and_names_do_not() {
        for (key, value) in [
            ("app.kubernetes.io/version", "stable"),
            ("helm.sh/chart", "web"),
            ("release", "v1.2.3"),
            ("release", "1.2"),
            ("build", "x"),
            ("rev", "3f9ac01"),
            ("day", "2026-01-31"),
            ("at", "1767225600"),
        ] {
            assert!(is_volatile(key, value), "{key}: {value}");
        }
        for (key, value) in [
            ("app", "web"),
            ("environment", "prod"),
            ("tier", "1"),
            ("cell", "a1"),
            ("app", "deadbee"),
            ("team", "v1"),
            ("api", "v1beta1"),
        ] {
            assert!(!is_volatile(key, value), "{key}: {value}");
        }
    }
}
