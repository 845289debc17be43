//! `$NAME` and `${NAME}` in a text, as Argo CD puts values in their place.

use super::environment::Environment;

/// The text with the application's variables in it: those of the build environment (`ARGOCD_APP_…`) and those that the
/// application sets itself (`ARGOCD_ENV_…`). Others are empty, so that nothing else of the environment gets out; `$$`
/// is a dollar sign.
pub fn expand(text: &str, environment: &Environment) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = name(after);
        match name {
            Some("$") => expanded.push('$'),
            Some(name) if ["ARGOCD_APP_", "ARGOCD_ENV_"].iter().any(|prefix| name.starts_with(prefix)) => {
                expanded.push_str(environment.get(name));
            }
            Some(_) => {}
            None if length == 0 => expanded.push('$'),
            // A brace that makes no name goes with its dollar sign.
            None => {}
        }
        rest = &after[length..];
    }
    expanded + rest
}

/// The name behind a dollar sign, and how many bytes it takes with its braces. Without a name, the bytes that are
/// dropped.
fn name(text: &str) -> (Option<&str>, usize) {
    if let Some(inside) = text.strip_prefix('{') {
        return match inside.find('}') {
            // `${}}` cannot be meant: `}` is no name.
            Some(0) => (None, 2),
            Some(end) => (Some(&inside[..end]), end + 2),
            None => (None, 1),
        };
    }
    let is_special = |first: u8| first.is_ascii_digit() || b"*#$@!?-".contains(&first);
    match text.bytes().next() {
        Some(first) if is_special(first) => (Some(&text[..1]), 1),
        _ => {
            let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            ((length > 0).then(|| &text[..length]), length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_application_are_put_in() {
        let environment = Environment::from([
            ("ARGOCD_APP_REVISION", "abc"),
            ("ARGOCD_ENV_TAG", "v1"),
            ("ARGOCD_GIT_BEARER_AUTH_HEADER", "secret"),
            ("HOME", "/home"),
        ]);
        for (text, expected) in [
            ("web:${ARGOCD_APP_REVISION}", "web:abc"),
            ("$ARGOCD_APP_REVISION-$ARGOCD_ENV_TAG.", "abc-v1."),
            ("a${HOME}b$ARGOCD_GIT_BEARER_AUTH_HEADER", "ab"),
            ("$$5 ${$}", "$5 $"),
            ("a$", "a$"),
            ("$ a", "$ a"),
            ("a${}b", "ab"),
            ("a${b", "ab"),
            ("$1x $@", "x "),
            ("é${ARGOCD_ENV_TAG}é", "év1é"),
        ] {
            assert_eq!(expand(text, &environment), expected, "{text}");
        }
    }
}
