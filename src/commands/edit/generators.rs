//! Generators of ConfigMaps and Secrets.

use std::cell::RefCell;

use rustomize_yaml::{NodeId, Spanned, Tag, Tree};

use super::{Edited, Editor, Outcome, fields, glob, metadata, only, refused, usage, warn};
use crate::cli::{AddConfigmapArgs, AddSecretArgs, GeneratorArgs, RemoveGeneratorArgs, SetGeneratorArgs};
use crate::context::{Context, Generator};
use crate::diagnostics::Result;
use crate::generate::{ConfigMapGenerator, SecretGenerator};
use crate::kustomization::{ConfigMapArgs, SecretArgs};
use crate::load::Loader;
use crate::schema::Schema;
use crate::{LoadRestrictor, Session};

/// Which generators are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generators {
    /// `configMapGenerator`
    ConfigMaps,
    /// `secretGenerator`
    Secrets,
}

impl Generators {
    fn field(self) -> &'static str {
        match self {
            Generators::ConfigMaps => "configMapGenerator",
            Generators::Secrets => "secretGenerator",
        }
    }

    /// The generator of a name and a namespace, where none and `default` are the same.
    fn find(self, tree: &Tree, name: &str, namespace: &str) -> Option<NodeId> {
        let fits = |&generator: &NodeId| {
            fields::text(tree, generator, "name") == name
                && same_namespace(fields::text(tree, generator, "namespace"), namespace)
        };
        fields::items(tree, tree.root(), self.field()).into_iter().find(fits)
    }
}

fn same_namespace(one: &str, other: &str) -> bool {
    let is_default = |namespace: &str| ["", "default"].contains(&namespace);
    one == other || is_default(one) && is_default(other)
}

/// `edit add configmap`
pub fn add_config_map(arguments: &AddConfigmapArgs, editor: &Editor) -> Result<()> {
    let behavior = arguments.behavior.as_str();
    if !["", "create", "merge", "replace"].contains(&behavior) {
        return Err(usage(format!("the behavior must be create, merge or replace, not {behavior}")));
    }
    let field = Some(("behavior", behavior)).filter(|(_, behavior)| !behavior.is_empty());
    add(Generators::ConfigMaps, &arguments.generator, field, editor)
}

/// `edit add secret`
pub fn add_secret(arguments: &AddSecretArgs, editor: &Editor) -> Result<()> {
    add(Generators::Secrets, &arguments.generator, Some(("type", &arguments.secret_type)), editor)
}

/// Adds entries to a generator, with a field of its kind: a Secret has the type that it was made with, a ConfigMap gets
/// the new behavior.
fn add(generators: Generators, arguments: &GeneratorArgs, field: Option<(&str, &str)>, editor: &Editor) -> Result<()> {
    let files = expanded(&arguments.from_file)?;
    let name = only(&arguments.name, "name")?;
    let env_file = &arguments.from_env_file;
    let has_entries = !files.is_empty() || !arguments.from_literal.is_empty();
    if env_file.is_empty() && !has_entries {
        return Err(usage("--from-env-file, --from-file or --from-literal must be given"));
    }
    if !env_file.is_empty() && has_entries {
        return Err(usage("--from-env-file goes with neither --from-file nor --from-literal"));
    }
    editor.change(|tree| {
        let known = generators.find(tree, name, &arguments.namespace);
        let generator = known.unwrap_or_else(|| new_generator(tree, generators, name, arguments));
        if let Some((field, value)) = field.filter(|_| known.is_none() || generators == Generators::ConfigMaps) {
            fields::set_text(tree, generator, field, value);
        }
        let env_files = if env_file.is_empty() { Vec::new() } else { vec![env_file.clone()] };
        for (field, entries) in [("literals", &arguments.from_literal), ("files", &files), ("envs", &env_files)] {
            entries.iter().for_each(|entry| fields::push(tree, generator, field, entry));
        }
        if arguments.disable_name_suffix_hash {
            let options = fields::pairs(tree, generator, "options");
            tree.set_items(options, &[]);
            metadata::add_switch(tree, options, "disableNameSuffixHash");
        }
        check(generators, tree, generator)
    })
}

fn new_generator(tree: &mut Tree, generators: Generators, name: &str, arguments: &GeneratorArgs) -> NodeId {
    let generator = tree.new_mapping();
    fields::set_text(tree, generator, "name", name);
    fields::set_text(tree, generator, "namespace", &arguments.namespace);
    let root = tree.root();
    let list = fields::list(tree, root, generators.field());
    tree.push(list, generator);
    generator
}

/// Makes the object, to see whether it can be made: upstream lets nobody write down what cannot.
fn check(generators: Generators, tree: &Tree, generator: NodeId) -> Outcome {
    let session = Session::default();
    let loader = Loader::open(&session.files, ".", LoadRestrictor::RootOnly)?;
    let (schema, warnings) = (Schema::default(), RefCell::default());
    let sources = &session.files.sources;
    let context =
        Context { sources, schema: &schema, warnings: &warnings, loader: &loader, journal: None, collector: None };
    // Without places: they would be taken for places in the files of this session.
    let name = Spanned::from(fields::text(tree, generator, "name").to_owned());
    let texts = |field| -> Vec<Spanned<String>> {
        let items = fields::items(tree, generator, field).into_iter();
        items.map(|item| Spanned::from(tree.text(item).to_owned())).collect()
    };
    let (literals, files, envs) = (texts("literals"), texts("files"), texts("envs"));
    let made = match generators {
        Generators::ConfigMaps => {
            let args = ConfigMapArgs { name, literals, files, envs, ..ConfigMapArgs::default() };
            ConfigMapGenerator::from(Spanned::from(args)).generate(&context)
        }
        Generators::Secrets => {
            let args = SecretArgs { name, literals, files, envs, ..SecretArgs::default() };
            SecretGenerator::from(Spanned::from(args)).generate(&context)
        }
    };
    made.map(|_| Edited::Yes)
}

/// Entries of `files`, with the files that patterns fit.
fn expanded(entries: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in entries {
        match entry.split('=').collect::<Vec<_>>().as_slice() {
            [key, pattern] if !key.is_empty() => match glob::files(pattern)?.as_slice() {
                [file] => all.push(format!("{key}={file}")),
                found => return Err(usage(format!("{entry} must be one file, but {} are found", found.len()))),
            },
            [_, pattern] => all.extend(existing(&[(*pattern).to_owned()])?),
            parts => all.extend(existing(&[parts[0].to_owned()])?),
        }
    }
    Ok(all)
}

/// The files that patterns fit; warns of patterns that fit none.
pub fn existing(patterns: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for pattern in patterns {
        let files = glob::files(pattern)?;
        if files.is_empty() {
            warn(format!("{pattern} fits no file"));
        }
        found.extend(files);
    }
    Ok(found)
}

/// `edit set configmap` and `edit set secret`
pub fn set(generators: Generators, arguments: &SetGeneratorArgs, editor: &Editor) -> Result<()> {
    let name = only(&arguments.name, "name")?;
    if arguments.from_literal.is_empty() && arguments.new_namespace.is_empty() {
        return Err(usage("--from-literal or --new-namespace must be given"));
    }
    editor.change(|tree| {
        let Some(generator) = generators.find(tree, name, &arguments.namespace) else {
            return Err(refused(format!("{} has no entry with the name {name}", generators.field())));
        };
        let literals = fields::items(tree, generator, "literals");
        if !arguments.from_literal.is_empty() {
            literals.iter().try_for_each(|&literal| key_of(tree.text(literal)).map(drop))?;
        }
        for literal in &arguments.from_literal {
            let key = key_of(literal)?;
            let found = literals.iter().find(|&&known| key_of(tree.text(known)).is_ok_and(|known| known == key));
            let &old = found.ok_or_else(|| refused(format!("{name} has no literal with the key {key}")))?;
            if tree.text(old) != literal {
                tree.set_typed(old, Tag::Str, literal);
            }
        }
        if !arguments.new_namespace.is_empty() {
            fields::set_text(tree, generator, "namespace", &arguments.new_namespace);
        }
        check(generators, tree, generator)
    })
}

/// The key of a literal with exactly one `=`, as upstream wants them here.
fn key_of(literal: &str) -> Result<&str> {
    match literal.split_once('=') {
        Some((key, value)) if !value.contains('=') => Ok(key),
        _ => Err(refused(format!("the literal {literal} must be of the form key=value"))),
    }
}

/// `edit remove configmap` and `edit remove secret`
pub fn remove(generators: Generators, arguments: &RemoveGeneratorArgs, editor: &Editor) -> Result<()> {
    let names: Vec<&str> = only(&arguments.names, "list of names, with commas between them,")?.split(',').collect();
    editor.change(|tree| {
        let is_meant = |tree: &Tree, generator| {
            names.contains(&fields::text(tree, generator, "name"))
                && same_namespace(fields::text(tree, generator, "namespace"), &arguments.namespace)
        };
        let all = fields::items(tree, tree.root(), generators.field());
        let (gone, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|&generator| is_meant(tree, generator));
        if gone.is_empty() {
            return Err(refused(format!("{} has none of these names", generators.field())));
        }
        for name in &names {
            if !gone.iter().any(|&generator| fields::text(tree, generator, "name") == *name) {
                warn(format!("{} has no entry with the name {name}", generators.field()));
            }
        }
        fields::keep(tree, generators.field(), &kept);
        Ok(Edited::Yes)
    })
}
