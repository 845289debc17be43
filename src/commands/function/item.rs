use rustomize_yaml::{Style, Tag, Tree};

use super::annotations::{INDEX, PATH};
use crate::diagnostics::Result;
use crate::manifests::{Manifest, changed_text};
use crate::resource::get_or_create_mapping;

/// A manifest on its way through functions.
#[derive(Debug, Clone)]
pub struct Item {
    /// As it was read: its source has the comments.
    pub before: Tree,
    /// As it is now, a changed clone of that.
    pub tree: Tree,
}

impl Item {
    /// What a function made, or was read without its place.
    pub fn new(tree: Tree) -> Item {
        Item { before: tree.clone(), tree }
    }

    /// A manifest of a file, annotated with the path and the number of the document.
    pub fn from_file(manifest: Manifest) -> Item {
        let (path, index) = (manifest.path, manifest.index.to_string());
        let mut item = Item::new(manifest.tree);
        for (key, value) in
            [(INDEX.legacy, &index), (PATH.legacy, &path), (INDEX.internal, &index), (PATH.internal, &path)]
        {
            item.annotate(key, value);
        }
        item
    }

    /// A manifest of standard input.
    pub fn from_stdin(manifest: Manifest) -> Item {
        let index = manifest.index.to_string();
        let mut item = Item::new(manifest.tree);
        item.annotate(INDEX.legacy, &index);
        item.annotate(INDEX.internal, &index);
        item
    }

    /// A text at a path from the root; empty where there is none.
    pub fn text_at(&self, path: &[&str]) -> &str {
        self.tree.path(self.tree.root(), path).map_or("", |node| self.tree.text(node))
    }

    /// The value of an annotation; empty where there is none.
    pub fn annotation(&self, key: &str) -> &str {
        self.text_at(&["metadata", "annotations", key])
    }

    /// Sets an annotation, in quotes, since some programs mistake the type of others.
    pub fn annotate(&mut self, key: &str, value: &str) {
        let tree = &mut self.tree;
        let metadata = get_or_create_mapping(tree, tree.root(), "metadata");
        let map = get_or_create_mapping(tree, metadata, "annotations");
        let value = tree.new_scalar(value, Tag::Str, Style::SingleQuoted);
        tree.set(map, key, value);
    }

    /// Removes an annotation.
    pub fn unannotate(&mut self, key: &str) {
        if let Some(map) = self.tree.path(self.tree.root(), &["metadata", "annotations"]) {
            self.tree.remove(map, key);
        }
    }

    /// What to call it in messages: its kind and name.
    pub fn name(&self) -> String {
        format!("{} {}", self.text_at(&["kind"]), self.text_at(&["metadata", "name"])).trim().to_owned()
    }

    /// The document as text, with its comments.
    pub fn text(&self) -> Result<String> {
        changed_text(&self.before, &self.tree)
    }
}
