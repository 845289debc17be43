//! YAML or JSON inside a text.

use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, Tree, read_document, reprint, to_json};

/// The first document of a text; `None` for what is not YAML, and for a text without any document.
pub(super) fn read(text: &str) -> Option<Tree> {
    let source = Arc::new(Source::new(FileId(u32::MAX), "", text));
    read_document(&source, Dialect::Yaml12).ok()?
}

/// The text of a changed document: JSON where the original was JSON, in one line or indented as that was, else YAML.
///
/// `None` where there is no such JSON.
pub(super) fn print(tree: &Tree, original: &str) -> Option<String> {
    let mut text = String::new();
    if !original.trim_start().starts_with(['{', '[']) {
        reprint(tree, &mut text);
        return Some(text.trim().to_owned());
    }
    to_json(tree, tree.root(), &mut text).ok()?;
    Some(if original.contains('\n') && original.contains("  ") { indented(&text) } else { text })
}

/// JSON in one line, laid out as Go's `json.MarshalIndent` does with two spaces.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string) = (0, false);
    let mut rest = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = rest.next() {
        match c {
            _ if in_string => {
                out.push(c);
                match c {
                    '\\' => out.extend(rest.next()),
                    '"' => in_string = false,
                    _ => {}
                }
            }
            '{' | '[' => {
                out.push(c);
                if rest.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    out.extend(rest.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}
