//! Origins as they stand in annotations, which is where kustomize keeps them: patches and functions see them there.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Style, Tag, Tree, emit_as_is, from_node_lenient, resolve};

use super::{Origin, Resource, get_or_create_mapping};
use crate::diagnostics::{Code, Error, Result, Sources};

/// Where a resource came from, when the build keeps track.
pub const ORIGIN: &str = "config.kubernetes.io/origin";
/// The transformers that touched a resource, when the build keeps track.
pub const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

impl Resource {
    /// Where the resource came from, when that is known. Fails where the annotation has been made something else.
    pub fn origin(&self, sources: &Sources) -> Result<Option<Origin>> {
        let read = |text| read::<Origin>(text).map(Option::unwrap_or_default);
        self.annotation(ORIGIN).map(read).transpose().map_err(|error| self.misused(ORIGIN, &error, sources))
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
    ///
    /// Upstream reads what the annotations say and writes it anew, so this fails where somebody has made something else
    /// of them, and leaves out what it does not know.
    pub fn note_transformation(&mut self, transformer: &Origin, sources: &Sources) -> Result<()> {
        let Some(origin) = self.annotation(ORIGIN) else {
            self.set_origin(transformer);
            return Ok(());
        };
        if !is_path_alone(origin) {
            self.origin(sources)?;
        }
        let before = self.annotation(TRANSFORMATIONS).unwrap_or_default();
        let mut text = if are_transformations(before) {
            before.to_owned()
        } else {
            let origins: Option<Vec<Option<Origin>>> =
                read(before).map_err(|error| self.misused(TRANSFORMATIONS, &error, sources))?;
            transformations_text(origins.as_deref().unwrap_or_default())
        };
        text.push_str(&transformation_text(transformer));
        self.set_annotation(TRANSFORMATIONS, &text);
        self.renew_annotations();
        Ok(())
    }

    fn misused(&self, annotation: &str, error: &rustomize_yaml::Error, sources: &Sources) -> Error {
        let tree = self.tree();
        let place = tree.path(tree.root(), &["metadata", "annotations", annotation]);
        let message =
            format!("annotation `{annotation}` of {} does not say what it is for: {}", self.id(), error.message);
        Error::new(Code::InvalidResource, message)
            .label_if(place.and_then(|place| sources.span(tree, place)), "")
            .help("kustomize keeps this annotation for itself; leave it out")
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

/// Reads an annotation as upstream does: keys in any case, numbers as texts, the first document alone. `None` for an
/// empty text and for null.
fn read<T: DeserializeOwned>(text: &str) -> rustomize_yaml::Result<Option<T>> {
    let source = Arc::new(Source::new(FileId::default(), "annotation", text));
    match rustomize_yaml::read_document(&source, Dialect::Yaml11)? {
        Some(tree) => from_node_lenient(&tree, tree.root()),
        None => Ok(None),
    }
}

/// What the lines of an origin begin with, in their order.
const LINES: [&str; 9] = [
    "path: ",
    "repo: ",
    "ref: ",
    "configuredIn: ",
    "configuredBy:",
    "  apiVersion: ",
    "  kind: ",
    "  name: ",
    "  namespace: ",
];
/// Which of [`LINES`] begins what has configured something.
const CONFIGURED_BY: usize = 4;

/// The values of [`LINES`].
fn values(origin: &Origin) -> [&str; 9] {
    let by = &origin.configured_by;
    [
        &origin.path,
        &origin.repo,
        &origin.reference,
        &origin.configured_in,
        "",
        &by.api_version,
        &by.kind,
        &by.name,
        &by.namespace,
    ]
}

/// An origin as a YAML mapping.
pub fn origin_text(origin: &Origin) -> String {
    lines(origin).map_or_else(|| printed(|tree| mapping(tree, origin)), |lines| lines.join("\n") + "\n")
}

/// A transformer as an entry of a YAML list.
fn transformation_text(origin: &Origin) -> String {
    match lines(origin) {
        Some(lines) => format!("- {}\n", lines.join("\n  ")),
        None => transformations_text(&[Some(origin.clone())]),
    }
}

/// Transformers as a YAML list; nothing where there are none.
fn transformations_text(origins: &[Option<Origin>]) -> String {
    if origins.is_empty() {
        return String::new();
    }
    printed(|tree| {
        let list = tree.new_sequence();
        for origin in origins {
            let item = match origin {
                Some(origin) => mapping(tree, origin),
                None => tree.new_scalar("null", Tag::Null, Style::Plain),
            };
            tree.push(list, item);
        }
        list
    })
}

/// The lines of an origin where all values are written as they are, which is how most are written.
fn lines(origin: &Origin) -> Option<Vec<String>> {
    let values = values(origin);
    let is_configured = values[CONFIGURED_BY..].iter().any(|value| !value.is_empty());
    let is_there = |&(number, value): &(usize, &str)| !value.is_empty() || (number == CONFIGURED_BY && is_configured);
    let mut lines = Vec::new();
    for (number, value) in values.into_iter().enumerate().filter(is_there) {
        if number != CONFIGURED_BY && !is_plain(value) {
            return None;
        }
        lines.push(format!("{}{value}", LINES[number]));
    }
    (!lines.is_empty()).then_some(lines)
}

/// Whether a text is made of entries as [`transformation_text`] writes them from lines, so that reading them and writing
/// them anew would change nothing.
fn are_transformations(text: &str) -> bool {
    let mut last = None;
    for line in text.lines() {
        let line = match line.strip_prefix("- ") {
            Some(_) if last == Some(CONFIGURED_BY) => return false,
            Some(first) => {
                last = None;
                first
            }
            None if last.is_none() => return false,
            None => line.strip_prefix("  ").unwrap_or_default(),
        };
        let mut following =
            (last.map_or(0, |last| last + 1)..LINES.len()).filter(|&number| line.starts_with(LINES[number]));
        let Some(number) = following.next() else { return false };
        let value = &line[LINES[number].len()..];
        let fits = match number {
            CONFIGURED_BY => value.is_empty(),
            _ => is_plain(value) && (number < CONFIGURED_BY || last >= Some(CONFIGURED_BY)),
        };
        if !fits {
            return false;
        }
        last = Some(number);
    }
    last != Some(CONFIGURED_BY) && (text.is_empty() || text.ends_with('\n'))
}

/// Whether an origin says where a file lies and nothing else.
fn is_path_alone(text: &str) -> bool {
    text.strip_prefix(LINES[0]).and_then(|path| path.strip_suffix('\n')).is_some_and(is_plain)
}

/// Whether a text is written as it is, on one line. Says no when in doubt.
fn is_plain(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && text.bytes().all(is_word)
        && [Dialect::Yaml11, Dialect::Yaml12].iter().all(|&dialect| resolve(text, dialect) == Tag::Str)
}

/// An origin as a mapping of a tree, without what is empty.
fn mapping(tree: &mut Tree, origin: &Origin) -> NodeId {
    let (own, by) = (tree.new_mapping(), tree.new_mapping());
    for (line, value) in LINES.into_iter().zip(values(origin)).filter(|(_, value)| !value.is_empty()) {
        let key = line.trim_end_matches([':', ' ']);
        match key.strip_prefix("  ") {
            Some(key) => tree.append_string(by, key, value),
            None => tree.append_string(own, key, value),
        };
    }
    if !tree.is_empty(by) {
        tree.set(own, "configuredBy", by);
    }
    own
}

/// What `make` makes, printed.
fn printed(make: impl FnOnce(&mut Tree) -> NodeId) -> String {
    let mut tree = Tree::made();
    let root = make(&mut tree);
    let mut text = String::new();
    emit_as_is(&tree, root, &mut text);
    text
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
            ("../a b", "../a b"),
            ("a\nb", "|-\n  a\n  b"),
        ] {
            let origin = Origin { path: text.into(), ..Origin::default() };
            assert_eq!(origin_text(&origin), format!("path: {written}\n"));
            assert_eq!(read::<Origin>(&origin_text(&origin)).unwrap(), Some(origin));
        }
    }

    #[test]
    fn what_is_written_is_known_and_what_is_not_is_read() {
        let by = ConfiguredBy { kind: "K".into(), name: "made".into(), ..Default::default() };
        let origin = Origin { path: "a/b.yaml".into(), repo: "r".into(), configured_by: by, ..Origin::default() };
        let text = transformation_text(&origin).repeat(2);
        assert_eq!(text, "- path: a/b.yaml\n  repo: r\n  configuredBy:\n    kind: K\n    name: made\n".repeat(2));
        assert!(are_transformations(&text) && are_transformations(""));
        assert_eq!(transformations_text(&[Some(origin.clone()), Some(origin)]), text);
        for other in [
            "- path: a",
            "path: a\n",
            "  path: a\n",
            "- repo: a\n  path: b\n",
            "- path: a\n  path: b\n",
            "- path: 1\n",
            "- path:\n",
            "- configuredBy:\n",
            "- configuredBy:\n- path: a\n",
            "-   kind: a\n",
            "- path: a\n    kind: a\n",
            "- other: a\n",
            "- {}\n",
        ] {
            assert!(!are_transformations(other), "{other}");
        }
    }
}
