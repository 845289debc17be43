//! Origins as text, as they stand in annotations.

use rustomize_yaml::{Dialect, Tag, resolve};

use crate::resource::Origin;

/// An origin as a YAML mapping.
pub fn origin_text(origin: &Origin) -> String {
    lines(origin).map(|line| line + "\n").collect()
}

/// Transformers as a YAML list.
pub fn transformations_text(origins: &[Origin]) -> String {
    let mut text = String::new();
    for origin in origins {
        let mut is_first = true;
        for line in lines(origin) {
            text.push_str(if is_first { "- " } else { "  " });
            text.push_str(&line);
            text.push('\n');
            is_first = false;
        }
        if is_first {
            text.push_str("- {}\n");
        }
    }
    text
}

fn lines(origin: &Origin) -> impl Iterator<Item = String> {
    let by = &origin.configured_by;
    let own = [
        ("path", &origin.path),
        ("repo", &origin.repo),
        ("ref", &origin.reference),
        ("configuredIn", &origin.configured_in),
    ];
    let by = [("apiVersion", &by.api_version), ("kind", &by.kind), ("name", &by.name), ("namespace", &by.namespace)];
    let fields = |fields: [(&str, &String); 4], indent: &str| -> Vec<String> {
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("{indent}{name}: {}", scalar(value))).collect()
    };
    let by = fields(by, "  ");
    let header = (!by.is_empty()).then(|| "configuredBy:".to_owned());
    fields(own, "").into_iter().chain(header).chain(by)
}

/// A text on one line: plain where that reads as the same text.
fn scalar(text: &str) -> String {
    let is_typed = [Dialect::Yaml11, Dialect::Yaml12].iter().any(|&dialect| resolve(text, dialect) != Tag::Str);
    let is_special = text
        .starts_with([',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', ' '])
        || ["-", "?", ":"].contains(&text.split(' ').next().unwrap_or_default())
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #");
    if is_typed {
        format!("\"{text}\"")
    } else if is_special {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::ConfiguredBy;

    #[test]
    fn only_what_is_known_is_told() {
        let file = Origin { path: "base/deployment.yaml".into(), ..Origin::default() };
        assert_eq!(origin_text(&file), "path: base/deployment.yaml\n");
        let made = Origin {
            configured_in: "kustomization.yaml".into(),
            configured_by: ConfiguredBy {
                api_version: "builtin".into(),
                kind: "SecretGenerator".into(),
                ..Default::default()
            },
            ..Origin::default()
        };
        let expected =
            "- configuredIn: kustomization.yaml\n  configuredBy:\n    apiVersion: builtin\n    kind: SecretGenerator\n";
        assert_eq!(transformations_text(&[made]), expected);
    }

    #[test]
    fn texts_that_mean_something_else_are_quoted() {
        for (text, written) in [
            ("1", "\"1\""),
            ("yes", "\"yes\""),
            ("a: b", "'a: b'"),
            ("it's", "it's"),
            ("#it's", "'#it''s'"),
            ("-x", "-x"),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
