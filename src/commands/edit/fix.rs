//! `rustomize edit fix`

use std::fs;

use rustomize_yaml::{NodeId, Tree};

use super::changes::{self, Change};
use super::comparison::compare;
use super::file::KustomizationText;
use super::{fields, metadata, refused, vars};
use crate::cli::environment_compat;
use crate::commands::report;
use crate::diagnostics::Result;
use crate::output::Output;
use crate::{BuildOptions, Session};

/// Replaces deprecated fields, with `vars` those too, and says so when what is built would not be the same.
pub fn run(with_vars: bool, dry_run: bool) -> Result<()> {
    let session = Session::default();
    let mut file = KustomizationText::open(&session)?;
    let options = BuildOptions { compat: environment_compat()?, ..BuildOptions::default() };
    let before = session.build(&options, ".");
    fix(&mut file.tree)?;
    let mut all = if with_vars { vars::to_replacements(&mut file.tree)? } else { Vec::new() };
    let change = file.change()?;
    let name = change.name.clone();
    all.push(change);
    let after = build_with(&options, &all);
    changes::finish(&all, dry_run)?;
    compare(&name, &before, &after).iter().for_each(report);
    Ok(())
}

/// What would be built, were the changes made.
fn build_with(options: &BuildOptions, changes: &[Change]) -> Result<Output> {
    let session = Session::default();
    for change in changes {
        if let Ok(path) = fs::canonicalize(&change.name) {
            session.files.pretend(&path, &change.name, &change.after)?;
        }
    }
    session.build(options, ".")
}

fn fix(tree: &mut Tree) -> Result<()> {
    fields::move_items(tree, "patchesJson6902", "patches");
    let root = tree.root();
    for item in fields::items(tree, root, "patchesStrategicMerge") {
        let text = tree.text(item).to_owned();
        let patch = tree.new_mapping();
        let field = if std::path::Path::new(&text).is_file() { "path" } else { "patch" };
        fields::set_text(tree, patch, field, &text);
        replace_item(tree, "patchesStrategicMerge", item, patch);
    }
    fields::move_items(tree, "patchesStrategicMerge", "patches");
    fix_labels(tree)
}

fn replace_item(tree: &mut Tree, field: &str, old: NodeId, new: NodeId) {
    let root = tree.root();
    let items = fields::items(tree, root, field);
    let items: Vec<NodeId> = items.into_iter().map(|item| if item == old { new } else { item }).collect();
    fields::keep(tree, field, &items);
}

/// Makes `labels` of `commonLabels`. Fails for labels that are in both.
fn fix_labels(tree: &mut Tree) -> Result<()> {
    let root = tree.root();
    let Some((name, pairs)) = fields::entry(tree, root, "commonLabels") else { return Ok(()) };
    if tree.is_empty(pairs) {
        tree.remove_entry(root, name);
        return Ok(());
    }
    for label in fields::items(tree, root, "labels") {
        let Some(known) = fields::get(tree, label, "pairs") else { continue };
        let twice = tree.entries(known).find(|&(key, _)| tree.get(pairs, tree.text(key)).is_some());
        if let Some((key, _)) = twice {
            return Err(refused(format!("the label {} is in both commonLabels and labels", tree.text(key))));
        }
    }
    let label = tree.new_mapping();
    metadata::add_switch(tree, label, "includeSelectors");
    let copy = tree.duplicate(pairs);
    fields::add(tree, label, "pairs", copy);
    fields::replace(tree, "commonLabels", "labels", &[label]);
    Ok(())
}
