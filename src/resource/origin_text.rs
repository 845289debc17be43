//! Origins as they stand in annotations, which is where kustomize keeps them: patches and functions see them there.

use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Style, Tag, Tree, resolve};

use super::{ConfiguredBy, Origin, Resource, get_or_create_mapping};

/// Where a resource came from, when the build keeps track.
pub const ORIGIN: &str = "config.kubernetes.io/origin";
/// The transformers that touched a resource, when the build keeps track.
pub const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

impl Resource {
    /// Where the resource came from, when that is known.
    pub fn origin(&self) -> Option<Origin> {
        let tree = parse(self.annotation(ORIGIN)?)?;
        Some(read_origin(&tree, tree.root()))
    }

    /// Says where a resource came from that was read from a file.
    pub fn note_origin(&mut self, origin: &Origin) {
        self.set_annotation(ORIGIN, &origin_text(origin));
    }

    /// Says where a resource came from that was made.
    pub fn set_origin(&mut self, origin: &Origin) {
        self.note_origin(origin);
        self.renew_annotations();
    }

    /// Notes that a transformer has had the resource: one without an origin must have been made by it.
    pub fn note_transformation(&mut self, transformer: &Origin) {
        if self.annotation(ORIGIN).is_none() {
            return self.set_origin(transformer);
        }
        let before = self.annotation(TRANSFORMATIONS).unwrap_or_default();
        let text = format!("{before}{}", transformation_text(transformer));
        self.set_annotation(TRANSFORMATIONS, &text);
        self.renew_annotations();
    }

    /// Upstream writes all annotations anew when it adds a note, which makes strings of them; a list or a mapping
    /// becomes an empty one, and what was one with a value elsewhere in the resource no longer is.
    pub fn renew_annotations(&mut self) {
        let tree = self.body_mut();
        let Some(annotations) = tree.path(tree.root(), &["metadata", "annotations"]) else { return };
        tree.part_values(annotations);
        tree.drop_repeats(annotations);
        for (_, value) in tree.entries(annotations).collect::<Vec<_>>() {
            if tree.is_scalar(value) {
                tree.set_tag(value, Tag::Str);
            } else {
                tree.set_typed(value, Tag::Str, "");
                tree.set_style(value, Style::Plain);
            }
            if tree.style(value) == Style::Folded {
                tree.set_style(value, Style::Literal);
            }
        }
    }

    fn set_annotation(&mut self, key: &str, text: &str) {
        self.drop_misplaced_annotations();
        let tree = self.body_mut();
        let root = tree.root();
        let metadata = get_or_create_mapping(tree, root, "metadata");
        let annotations = get_or_create_mapping(tree, metadata, "annotations");
        tree.set_string(annotations, key, text);
    }
}

/// The tree of an annotation; `None` where it is not YAML.
fn parse(text: &str) -> Option<Tree> {
    let source = Arc::new(Source::new(FileId::default(), "annotation", text));
    rustomize_yaml::read_document(&source, Dialect::Yaml11).ok().flatten()
}

fn read_origin(tree: &Tree, id: NodeId) -> Origin {
    let text = |path: &[&str]| tree.path(id, path).map(|id| tree.text(id).to_owned()).unwrap_or_default();
    Origin {
        path: text(&["path"]),
        repo: text(&["repo"]),
        reference: text(&["ref"]),
        configured_in: text(&["configuredIn"]),
        configured_by: ConfiguredBy {
            api_version: text(&["configuredBy", "apiVersion"]),
            kind: text(&["configuredBy", "kind"]),
            name: text(&["configuredBy", "name"]),
            namespace: text(&["configuredBy", "namespace"]),
        },
    }
}

/// An origin as a YAML mapping.
fn origin_text(origin: &Origin) -> String {
    lines(origin).map(|line| line + "\n").collect()
}

/// A transformer as an entry of a YAML list.
fn transformation_text(origin: &Origin) -> String {
    let lines: Vec<String> = lines(origin).collect();
    if lines.is_empty() { "- {}\n".to_owned() } else { format!("- {}\n", lines.join("\n  ")) }
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
        assert_eq!(transformation_text(&made), expected);
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
