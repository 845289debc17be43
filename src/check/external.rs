//! What a build does not have because others bring it: said by comments, by a flag, or by the kind of a resource.

use super::CheckOptions;
use super::allow::directives;
use super::collector::Collector;

/// Objects that are declared to come from elsewhere.
pub(super) struct External(Vec<(String, String)>);

impl External {
    /// What the comments of all texts and the options declare: `KIND/NAME`, where a `*` in the name stands for anything.
    pub fn of(collector: &Collector, options: &CheckOptions) -> External {
        let texts = collector.texts();
        let comments = texts.iter().flat_map(directives).filter_map(|directive| {
            let (verb, rest) = directive.words.split_once([' ', '\t'])?;
            (verb == "external").then(|| rest.split_whitespace().next().unwrap_or_default().to_owned())
        });
        let all = comments.chain(options.external.iter().cloned());
        External(
            all.filter_map(|one| one.split_once('/').map(|(kind, name)| (kind.to_owned(), name.to_owned()))).collect(),
        )
    }

    /// Whether an object comes from elsewhere.
    pub fn has(&self, kind: &str, name: &str) -> bool {
        is_always_there(kind, name) || self.0.iter().any(|(known, pattern)| known == kind && fits(pattern, name))
    }
}

/// What every cluster has in every namespace.
fn is_always_there(kind: &str, name: &str) -> bool {
    matches!(
        (kind, name),
        ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt") | ("Service", "kubernetes")
    )
}

/// Whether a name fits a pattern with any number of `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXc", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
