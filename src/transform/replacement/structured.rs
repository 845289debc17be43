//! YAML or JSON inside a text.

use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, Tree, indent_json, read_document, reprint, to_json};

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
    Some(if original.contains('\n') && original.contains("  ") { indent_json(&text) } else { text })
}
