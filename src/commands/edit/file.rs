//! The kustomization file that is edited.

use std::fs;
use std::sync::Arc;

use rustomize_yaml::{Dialect, Source, Tree, edit, read_document};

use super::changes::Change;
use super::{fields, helm};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::read_as_written;
use crate::load::Loader;
use crate::{LoadRestrictor, Session};

/// The kustomization of a directory.
pub struct KustomizationText {
    name: &'static str,
    original: String,
    source: Arc<Source>,
    before: Tree,
    /// What it shall hold.
    pub tree: Tree,
}

impl KustomizationText {
    /// Reads that of the current directory: see [`KustomizationText::open_at`].
    pub fn open(session: &Session) -> Result<KustomizationText> {
        KustomizationText::open_at(&Loader::open(&session.files, ".", LoadRestrictor::RootOnly)?)
    }

    /// Reads it, with old names of fields moved to today's as every edit does.
    ///
    /// Fails where there is not exactly one file, and for unknown fields and wrong types.
    pub fn open_at(loader: &Loader) -> Result<KustomizationText> {
        let file = loader.kustomization_file()?;
        let bytes = fs::read(loader.root().join(file.name))
            .map_err(|error| Error::new(Code::Unreadable, format!("{}: {error}", file.name)))?;
        let original = String::from_utf8(bytes)
            .map_err(|_| Error::new(Code::Encoding, format!("{} is not UTF-8", file.name)).help("save it as UTF-8"))?;
        KustomizationText::parse(file.name, file.source, original)
    }

    /// A text that lies in no file.
    #[cfg(test)]
    pub fn from_text(text: &str) -> Result<KustomizationText> {
        let name = crate::load::KUSTOMIZATION_FILE_NAMES[0];
        let source = Source::from_bytes(rustomize_yaml::FileId(0), name, text.into());
        let source = source.map_err(|error| Error::from_yaml(error, &Default::default()))?;
        KustomizationText::parse(name, source.into(), text.to_owned())
    }

    fn parse(name: &'static str, source: Arc<Source>, original: String) -> Result<KustomizationText> {
        read_as_written(&source)?;
        let fail = |error| Error::from_yaml(error, &source);
        let before = match read_document(&source, Dialect::Yaml11).map_err(fail)? {
            Some(tree) => tree,
            None => Tree::new(source.clone()),
        };
        let mut tree = before.clone();
        if !tree.is_mapping(tree.root()) {
            let root = tree.new_mapping();
            tree.set_root(root);
        }
        modernise(&mut tree);
        Ok(KustomizationText { name, original, source, before, tree })
    }

    /// What becomes of the file.
    pub fn change(&self) -> Result<Change> {
        let text = edit(&self.before, &self.tree).map_err(|error| Error::from_yaml(error, &self.source))?;
        let after = with_line_ends(&self.original, &text);
        Ok(Change { name: self.name.to_owned(), before: self.original.clone(), after })
    }
}

/// A text with the byte order mark and the line ends of the original; new lines end as most do.
fn with_line_ends(original: &str, text: &str) -> String {
    let mark = if original.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let old = original.strip_prefix(mark).unwrap_or(original);
    let returns = old.matches("\r\n").count();
    if returns == 0 {
        return format!("{mark}{text}");
    }
    let mostly = if returns * 2 >= old.matches('\n').count() { "\r\n" } else { "\n" };
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let contents: Vec<&str> = old.iter().map(|line| line.trim_end_matches(['\r', '\n'])).collect();
    let new: Vec<&str> = text.split_inclusive('\n').collect();
    let lines: Vec<&str> = new.iter().map(|line| line.trim_end_matches('\n')).collect();
    let mut out = mark.to_owned();
    for operation in similar::capture_diff_slices(similar::Algorithm::Myers, &contents, &lines) {
        for (offset, at) in operation.new_range().enumerate() {
            out.push_str(lines[at]);
            let known =
                Some(operation.old_range().start + offset).filter(|_| operation.tag() == similar::DiffTag::Equal);
            match known.map(|known| &old[known][contents[known].len()..]) {
                _ if !new[at].ends_with('\n') => {}
                Some(end) if !end.is_empty() => out.push_str(end),
                _ => out.push_str(mostly),
            }
        }
    }
    out
}

/// Fills in apiVersion and kind, and moves what stands in old fields to the new ones.
fn modernise(tree: &mut Tree) {
    let root = tree.root();
    let is_component = fields::text(tree, root, "kind") == "Component";
    let version = if is_component { "v1alpha1" } else { "v1beta1" };
    let required = [("kind", "Kustomization".to_owned()), ("apiVersion", format!("kustomize.config.k8s.io/{version}"))];
    for (name, text) in required {
        if fields::text(tree, root, name).is_empty() {
            if let Some((key, _)) = fields::entry(tree, root, name) {
                tree.remove_entry(root, key);
            }
            let [key, value] = [tree.new_string(name), tree.new_string(&text)];
            tree.prepend_entry(root, key, value);
        }
    }
    fields::move_items(tree, "bases", "resources");
    fields::move_items(tree, "imageTags", "images");
    for generators in ["configMapGenerator", "secretGenerator"] {
        for generator in fields::items(tree, root, generators) {
            let file = fields::text(tree, generator, "env").to_owned();
            if !file.is_empty() {
                fields::set_text(tree, generator, "env", "");
                fields::push(tree, generator, "envs", &file);
            }
        }
    }
    helm::modernise(tree);
    for label in fields::items(tree, root, "labels") {
        for switch in ["includeSelectors", "includeTemplates"] {
            if fields::text(tree, label, switch) == "false" {
                fields::set_text(tree, label, switch, "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_they_did() {
        assert_eq!(
            with_line_ends("\u{feff}a: 1\r\nb: 2\r\n", "a: 1\nc: 3\nb: 2\n"),
            "\u{feff}a: 1\r\nc: 3\r\nb: 2\r\n"
        );
        assert_eq!(with_line_ends("a: 1\r\nb: 2\nc: 3\r\n", "a: 1\nb: 2\nc: 4\n"), "a: 1\r\nb: 2\nc: 4\r\n");
        assert_eq!(with_line_ends("a: 1\n", "a: 2\n"), "a: 2\n");
    }
}
