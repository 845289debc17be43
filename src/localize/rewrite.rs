//! New texts for scalars of a file: every other byte stays, comments and order too.
//!
//! What comes out is read again. Where it does not hold what it should (an anchor that is used twice, a path folded
//! over several lines), the file is printed anew, in kustomize's form.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, NodeId, Source, Spanned, Tag, Tree, emit, json_string, read_document, to_json};

use crate::diagnostics::{Error, Result};

/// New texts for scalars of one source.
#[derive(Debug, Default)]
pub(super) struct Rewrite {
    /// What the scalar that was read at a place shall be.
    values: BTreeMap<u32, String>,
    /// What to write for the bytes from a place on.
    edits: BTreeMap<u32, (u32, String)>,
}

/// How a source is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// One document, as a kustomization.
    Kustomization,
    /// Resources.
    Resources,
}

impl Rewrite {
    /// Nothing to change.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Gives an entry a new text, if it is another one.
    pub fn set(&mut self, source: &Source, entry: &Spanned<String>, text: String) {
        if text != entry.value {
            self.edits.insert(entry.at, (entry.len, written(source, entry.at, &text)));
            self.values.insert(entry.at, text);
        }
    }

    /// Gives an entry that holds resources a new text, made from its own by the changes of `inner`.
    ///
    /// In a block scalar the changes are made in place.
    pub fn set_inline(
        &mut self,
        source: &Source,
        entry: &Spanned<String>,
        inner: &Rewrite,
        inner_source: &Source,
        text: String,
    ) {
        if source.text()[entry.at as usize..].starts_with('|') {
            for (at, (len, edit)) in &inner.edits {
                let position = inner_source.position(*at);
                self.edits.insert(offset(source, position.line, position.column), (*len, edit.clone()));
            }
            self.values.insert(entry.at, text);
        } else {
            self.set(source, entry, text);
        }
    }

    /// The source with its new texts.
    ///
    /// Fails where even printing the file anew does, for what YAML can hold and kustomize cannot print.
    pub fn apply(&self, source: &Arc<Source>, form: Form) -> Result<String> {
        let fail = |error| Error::from_yaml(error, source);
        let mut expected = form.read(source).map_err(fail)?;
        for tree in &mut expected {
            let places: Vec<NodeId> = scalars(tree, tree.root());
            for id in places {
                if let Some(text) = self.values.get(&tree.node(id).at) {
                    tree.set_typed(id, Tag::Str, text);
                }
            }
        }
        let edited = self.edited(source.text());
        let again = Arc::new(Source::new(FileId(0), source.name.clone(), edited));
        match form.read(&again) {
            Ok(found) if same(&found, &expected) => Ok(again.text().to_owned()),
            _ => print(&expected).map_err(fail),
        }
    }

    fn edited(&self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len());
        let mut from = 0;
        for (at, (len, new)) in &self.edits {
            let [at, end] = [*at as usize, (*at + *len) as usize];
            if let Some(kept) = text.get(from..at).filter(|_| text.is_char_boundary(end)) {
                edited.push_str(kept);
                edited.push_str(new);
                from = end;
            }
        }
        edited.push_str(&text[from..]);
        edited
    }
}

impl Form {
    fn read(self, source: &Arc<Source>) -> rustomize_yaml::Result<Vec<Tree>> {
        match self {
            Form::Kustomization => Ok(read_document(source, Dialect::Yaml11)?.into_iter().collect()),
            Form::Resources => rustomize_yaml::read_resources(source),
        }
    }
}

/// The scalars below a node, keys too.
fn scalars(tree: &Tree, id: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut pending = vec![id];
    while let Some(id) = pending.pop() {
        if tree.is_scalar(id) {
            found.push(id);
        }
        pending.extend(tree.items(id));
    }
    found
}

/// Whether both hold the same data.
fn same(found: &[Tree], expected: &[Tree]) -> bool {
    let json = |tree: &Tree| {
        let mut json = String::new();
        to_json(tree, tree.root(), &mut json).map(|()| json).ok()
    };
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| json(a).is_some() && json(a) == json(b))
}

fn print(trees: &[Tree]) -> rustomize_yaml::Result<String> {
    let mut out = String::new();
    for (number, tree) in trees.iter().enumerate() {
        if number > 0 {
            out.push_str("---\n");
        }
        emit(tree, tree.root(), &mut out)?;
    }
    Ok(out)
}

/// A text in the style of the scalar in whose place it comes.
fn written(source: &Source, at: u32, text: &str) -> String {
    match source.text().as_bytes().get(at as usize) {
        Some(b'"') => json_string(text),
        Some(b'\'') if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
        _ if is_plain(text) => text.to_owned(),
        _ => json_string(text),
    }
}

/// Whether a text needs no quotes anywhere: what most paths are.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'.' || first == b'/')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"./_-=".contains(&byte))
}

/// The byte at a line and column.
fn offset(source: &Source, line: u32, column: u32) -> u32 {
    let lines = source.text().split_inclusive('\n');
    let before: usize = lines.clone().take(line as usize - 1).map(str::len).sum();
    let line = lines.clone().nth(line as usize - 1).unwrap_or_default();
    let within = line.char_indices().nth(column as usize - 1).map_or(line.len(), |(at, _)| at);
    (before + within) as u32
}
