//! Copies of what the configurations of built-in plugins name.

use std::sync::Arc;

use rustomize_yaml::{NodeId, Source, Spanned, Tree, read_resources};

use super::Localizer;
use super::rewrite::{Form, Rewrite};
use super::root::Root;
use crate::diagnostics::{Code, Error, Result};
use crate::resource::Gvk;

/// What a field names, and so how it is copied.
#[derive(Clone, Copy)]
enum Names {
    /// A file.
    File,
    /// A file as `path` or `key=path`.
    Pair,
    /// A file of resources, or the resources themselves.
    Resources,
}

/// The fields of built-in plugins that name files: a text each, or a list of them.
const FIELDS: [(&str, &[&str], Names); 12] = [
    ("ConfigMapGenerator", &["env"], Names::File),
    ("ConfigMapGenerator", &["envs"], Names::File),
    ("ConfigMapGenerator", &["files"], Names::Pair),
    ("SecretGenerator", &["env"], Names::File),
    ("SecretGenerator", &["envs"], Names::File),
    ("SecretGenerator", &["files"], Names::Pair),
    ("HelmChartInflationGenerator", &["valuesFile"], Names::File),
    ("HelmChartInflationGenerator", &["additionalValuesFiles"], Names::File),
    ("PatchTransformer", &["path"], Names::File),
    ("PatchJson6902Transformer", &["path"], Names::File),
    ("ReplacementTransformer", &["replacements", "path"], Names::File),
    ("PatchStrategicMergeTransformer", &["paths"], Names::Resources),
];

impl Localizer<'_> {
    /// Copies what an entry of `generators`, `transformers` or `validators` names, and what the plugins named or held
    /// by it name, and has the entry replaced in the kustomization.
    pub fn localize_plugins(
        &self,
        root: &Root,
        entry: &Spanned<String>,
        kustomization: &Source,
        rewrite: &mut Rewrite,
    ) -> Result<()> {
        let is_inline = self.session.inline_resources(entry).is_some();
        let source = if is_inline { self.session.files.sources.add_inline(entry) } else { root.loader.text(entry)? };
        self.check_resources(&source)?;
        let mut inner = Rewrite::default();
        for tree in read_resources(&source).map_err(|error| Error::from_yaml(error, &source))? {
            for plugin in plugins(&tree) {
                self.localize_plugin(root, &source, &tree, plugin, &mut inner)?;
            }
        }
        match (is_inline, inner.is_empty()) {
            (true, true) => {}
            (true, false) => {
                let text = inner.apply(&source, Form::Resources)?;
                rewrite.set_inline(kustomization, entry, &inner, &source, text);
            }
            (false, true) => rewrite.set(kustomization, entry, self.file(root, entry)?),
            (false, false) => {
                let text = inner.apply(&source, Form::Resources)?;
                rewrite.set(kustomization, entry, self.write_file(root, entry, text.as_bytes())?);
            }
        }
        Ok(())
    }

    fn localize_plugin(
        &self,
        root: &Root,
        source: &Arc<Source>,
        tree: &Tree,
        plugin: NodeId,
        rewrite: &mut Rewrite,
    ) -> Result<()> {
        let [version, kind] = ["apiVersion", "kind"].map(|key| tree.get(plugin, key).map_or("", |id| tree.text(id)));
        if Gvk::split_api_version(version).1 != "builtin" {
            return Ok(());
        }
        for (_, path, names) in FIELDS.into_iter().filter(|(owner, ..)| *owner == kind) {
            for node in values(tree, plugin, path) {
                let entry = self.entry(source, tree, node)?;
                let new = match names {
                    Names::File => self.file(root, &entry)?,
                    Names::Pair => self.pair(root, &entry)?,
                    Names::Resources => self.file_of_resources(root, &entry)?,
                };
                rewrite.set(source, &entry, new);
            }
        }
        if kind == "HelmChartInflationGenerator" && version == "builtin" {
            let home = tree.get(plugin, "chartHome").map(|node| self.entry(source, tree, node)).transpose()?;
            let home = home.unwrap_or_default();
            rewrite.set(source, &home, self.chart_home(root, &home)?);
        }
        Ok(())
    }

    /// A scalar of a plugin's configuration as an entry.
    fn entry(&self, source: &Arc<Source>, tree: &Tree, node: NodeId) -> Result<Spanned<String>> {
        let entry = Spanned {
            value: tree.text(node).to_owned(),
            file: source.id,
            at: tree.node(node).at,
            len: tree.source_len(node),
        };
        if tree.is_scalar(node) {
            return Ok(entry);
        }
        Err(self.at(Error::new(Code::WrongType, "a path must be a text, or an item of a list"), &entry))
    }
}

/// The plugins that a document configures: itself, or the items of a list.
fn plugins(tree: &Tree) -> Vec<NodeId> {
    let root = tree.root();
    let kind = tree.get(root, "kind").map_or("", |kind| tree.text(kind));
    match tree.get(root, "items").filter(|_| kind.ends_with("List")) {
        Some(items) => tree.items(items).collect(),
        None => vec![root],
    }
}

/// The values at a path, through lists on the way and at its end.
fn values(tree: &Tree, from: NodeId, path: &[&str]) -> Vec<NodeId> {
    let mut found = vec![from];
    for key in path {
        found = found.into_iter().flat_map(|node| each(tree, node)).filter_map(|node| tree.get(node, key)).collect();
    }
    found.into_iter().flat_map(|node| each(tree, node)).collect()
}

/// The items of a list; of anything else, itself.
fn each(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    if tree.is_sequence(node) { tree.items(node).collect() } else { vec![node] }
}
