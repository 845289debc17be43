//! Labels and annotations.

use rustomize_yaml::{NodeId, Tag, Tree};

use super::{Edited, Editor, Outcome, fields, refused, usage};
use crate::cli::{LabelArgs, RemovePairsArgs};
use crate::diagnostics::Result;

/// Keys and values as they are typed.
pub struct Pairs {
    kind: &'static str,
    pairs: Vec<(String, String)>,
}

impl Pairs {
    /// Understands `key:value`; the value may be quoted, and left out.
    pub fn parse(arguments: &[String], kind: &'static str) -> Result<Pairs> {
        if arguments.is_empty() {
            return Err(usage(format!("at least one {kind} must be given")));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for argument in arguments {
            let (key, value) = argument.split_once(':').unwrap_or((argument, ""));
            if key.is_empty() && argument.starts_with(':') {
                return Err(
                    usage(format!("invalid {kind}: '{argument}'")).help("write key:value; the value may be quoted")
                );
            }
            let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let pair = (key.to_owned(), quoted.unwrap_or(value).to_owned());
            pairs.retain(|(known, _)| *known != pair.0);
            pairs.push(pair);
        }
        pairs.sort();
        Ok(Pairs { kind, pairs })
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(key, _)| key.as_str())
    }

    /// Puts the pairs into a mapping of the kustomization. Fails for keys that are there, unless that is all right.
    pub fn add(&self, tree: &mut Tree, field: &str, force: bool) -> Outcome {
        let root = tree.root();
        let mapping = fields::pairs(tree, root, field);
        for pair in &self.pairs {
            self.put(tree, mapping, pair, force)?;
        }
        Ok(Edited::Yes)
    }

    /// Puts the pairs into `labels` that leave selectors alone. Fails like [`Pairs::add`].
    pub fn add_without_selector(&self, tree: &mut Tree, include_templates: bool, force: bool) -> Outcome {
        let is = |tree: &Tree, label, switch| fields::text(tree, label, switch) == "true";
        let fits = |tree: &Tree, label| {
            !is(tree, label, "includeSelectors") && is(tree, label, "includeTemplates") == include_templates
        };
        let known = fields::items(tree, tree.root(), "labels").into_iter().find(|&label| fits(tree, label));
        let label = known.unwrap_or_else(|| new_label(tree, include_templates));
        let mapping = fields::pairs(tree, label, "pairs");
        for pair in &self.pairs {
            self.put(tree, mapping, pair, force)?;
        }
        Ok(Edited::Yes)
    }

    fn put(&self, tree: &mut Tree, mapping: NodeId, (key, value): &(String, String), force: bool) -> Result<()> {
        match tree.get(mapping, key) {
            Some(_) if !force => {
                let error = refused(format!("{} {key} already in kustomization file", self.kind));
                return Err(error.help("use --force to override it"));
            }
            Some(old) if tree.text(old) != value => tree.set_typed(old, Tag::Str, value),
            Some(_) => {}
            None => {
                let value = tree.new_string(value);
                fields::add(tree, mapping, key, value);
            }
        }
        Ok(())
    }
}

/// `edit add label`
pub fn add_labels(arguments: &LabelArgs, editor: &Editor) -> Result<()> {
    let pairs = Pairs::parse(&arguments.pairs, "label")?;
    if !arguments.without_selector {
        if arguments.include_templates {
            return Err(usage("--include-templates needs --without-selector"));
        }
        return editor.change(|tree| pairs.add(tree, "commonLabels", arguments.force));
    }
    editor.change(|tree| pairs.add_without_selector(tree, arguments.include_templates, arguments.force))
}

fn new_label(tree: &mut Tree, include_templates: bool) -> NodeId {
    let label = tree.new_mapping();
    if include_templates {
        add_switch(tree, label, "includeTemplates");
    }
    let root = tree.root();
    let labels = fields::list(tree, root, "labels");
    tree.push(labels, label);
    label
}

/// Adds a field that is true.
pub fn add_switch(tree: &mut Tree, mapping: NodeId, name: &str) {
    let value = tree.new_scalar("true", Tag::Bool, rustomize_yaml::Style::Plain);
    fields::add(tree, mapping, name, value);
}

/// `edit remove label` and `edit remove annotation`
pub fn remove(arguments: &RemovePairsArgs, field: &str, kind: &str, editor: &Editor) -> Result<()> {
    let [keys] = arguments.keys.as_slice() else {
        return Err(usage(format!("one list of {kind}s must be given, with commas between them")));
    };
    let keys: Vec<&str> = keys.split(',').collect();
    if keys.contains(&"") {
        return Err(usage(format!("invalid {kind}: the name is empty")));
    }
    let ignore = arguments.ignore_non_existence;
    editor.change(|tree| {
        let root = tree.root();
        let found = fields::entry(tree, root, field).filter(|&(_, value)| tree.is_mapping(value));
        let Some((name, mapping)) = found else {
            let missing = refused(format!("{field} is not in the kustomization"));
            return if ignore { Ok(Edited::Yes) } else { Err(missing) };
        };
        for key in keys {
            if !tree.remove(mapping, key) && !ignore {
                return Err(refused(format!("{kind} {key} is not in {field}")));
            }
        }
        if tree.is_empty(mapping) {
            tree.remove_entry(root, name);
        }
        Ok(Edited::Yes)
    })
}
