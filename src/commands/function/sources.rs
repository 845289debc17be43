//! Which functions run: those that are typed, those of `--fn-path`, else those that the manifests declare.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use rustomize_yaml::{FileId, Style, Tag, Tree};

use super::annotations::{INDEX, PATH};
use super::item::Item;
use super::step::{Step, scope_of};
use crate::cli::FnRunArgs;
use crate::diagnostics::{Code, Diagnostic, Error, Result};
use crate::functions::{Declaration, FolderFunction};
use crate::manifests::{read_documents, read_folder};
use crate::options::FunctionOptions;

/// Fails for flags that do not go together.
pub fn check(arguments: &FnRunArgs) -> Result<()> {
    if !arguments.exec_path.is_empty() && !arguments.enable_exec {
        return Err(Error::new(Code::Usage, "must specify --enable-exec with --exec-path"));
    }
    let is_typed = !arguments.image.is_empty() || !arguments.exec_path.is_empty();
    if !arguments.function_arguments.is_empty() && !is_typed {
        let error = Error::new(Code::Usage, "must specify --image: there is no function for what comes behind `--`");
        return Err(error.help("name one with --image, or with --enable-exec --exec-path"));
    }
    Ok(())
}

/// The functions in the order in which they run.
///
/// Fails for declarations that cannot be understood. Says on stderr which programs are left out.
pub fn steps(items: &[Item], arguments: &FnRunArgs) -> Result<Vec<Step>> {
    let directory = std::env::current_dir()
        .map_err(|error| Error::new(Code::MissingFile, format!("there is no working directory: {error}")))?;
    let mut plan = Plan { arguments, options: options(arguments), directory, steps: Vec::new() };
    let typed = typed(arguments)?;
    if arguments.fn_path.is_empty() && typed.is_none() {
        let mut declared = Vec::new();
        for item in items {
            if FolderFunction::is_declared(&item.tree, &shown(item))? {
                declared.push(item);
            }
        }
        declared.sort_by_cached_key(|item| run_order(item));
        declared.into_iter().try_for_each(|item| plan.add(item, false))?;
    }
    for folder in &arguments.fn_path {
        for manifest in read_folder(folder, &["yaml", "yml"], false)? {
            plan.add(&Item::from_file(manifest), true)?;
        }
    }
    if let Some(typed) = typed {
        plan.add(&typed, true)?;
    }
    Ok(plan.steps)
}

struct Plan<'a> {
    arguments: &'a FnRunArgs,
    options: FunctionOptions,
    directory: PathBuf,
    steps: Vec<Step>,
}

impl Plan<'_> {
    /// Adds the function of a manifest. As upstream, images that come from outside see all manifests.
    fn add(&mut self, config: &Item, from_outside: bool) -> Result<()> {
        let shown = shown(config);
        match FolderFunction::declared(&config.tree, &shown, &self.options, &self.directory)? {
            Declaration::None => {}
            Declaration::NotAllowed => {
                let message = format!("the function {shown} is a program and does not run without --enable-exec");
                crate::commands::report(&Diagnostic::warning(Code::NotEnabled, message));
            }
            Declaration::Function(function) => {
                let is_global = self.arguments.global_scope || (from_outside && function.is_container);
                let results = Some(&self.arguments.results_dir).filter(|directory| !directory.is_empty());
                let results =
                    results.map(|directory| Path::new(directory).join(format!("results-{}.yaml", self.steps.len())));
                self.steps.push(Step { function, shown, config: config.clone(), is_global, results });
            }
        }
        Ok(())
    }
}

fn options(arguments: &FnRunArgs) -> FunctionOptions {
    FunctionOptions {
        enable_exec: arguments.enable_exec,
        network: arguments.network,
        mounts: arguments.mount.clone(),
        env: arguments.env.clone(),
        as_current_user: arguments.as_current_user,
        ..FunctionOptions::default()
    }
}

/// What to call a function in messages: its kind and name, and where it stands.
fn shown(item: &Item) -> String {
    match PATH.of(item) {
        "" => item.name(),
        path => format!("{} of {path}", item.name()),
    }
}

/// Deeper folders first, those of one depth by name, functions of one file as they stand there.
fn run_order(item: &Item) -> (Reverse<usize>, String, String, usize) {
    let path = PATH.of(item);
    let scope = scope_of(path);
    let depth = if scope == "." { 0 } else { scope.split('/').count() };
    (Reverse(depth), scope, path.to_owned(), INDEX.of(item).parse().unwrap_or_default())
}

/// The function that the flags and arguments describe.
fn typed(arguments: &FnRunArgs) -> Result<Option<Item>> {
    let (kind, field, value) = match (arguments.image.as_str(), arguments.exec_path.as_str()) {
        ("", "") => return Ok(None),
        ("", path) => ("exec", "path", path),
        (image, _) => ("container", "image", image),
    };
    let mut item = Item::new(config_map(&arguments.function_arguments)?);
    let mut function = Tree::made();
    let (root, inner) = (function.new_mapping(), function.new_mapping());
    function.set_root(root);
    function.set(root, kind, inner);
    function.set_style(inner, Style::Flow);
    let value = function.new_scalar(value, Tag::Str, Style::Plain);
    function.set(inner, field, value);
    if kind == "container" && arguments.network {
        let network = function.new_scalar("true", Tag::Bool, Style::Plain);
        function.set(inner, "network", network);
    }
    let mut text = String::new();
    rustomize_yaml::emit_as_is(&function, root, &mut text);
    let tree = &mut item.tree;
    let metadata = crate::resource::get_or_create_mapping(tree, tree.root(), "metadata");
    let map = crate::resource::get_or_create_mapping(tree, metadata, "annotations");
    let annotation = tree.new_scalar(&text, Tag::Str, Style::Literal);
    tree.set(map, "config.kubernetes.io/function", annotation);
    Ok(Some(item))
}

/// The configuration that is typed behind `--`: perhaps a kind, then keys and values.
fn config_map(words: &[String]) -> Result<Tree> {
    let (kind, pairs) = match words.split_first() {
        Some((first, rest)) if !first.contains('=') => (first.as_str(), rest),
        _ => ("ConfigMap", words),
    };
    let documents = read_documents(FileId(0), "function-input", "metadata:\n  name: function-input\ndata: {}\n")?;
    let mut tree = documents.into_iter().next().map(|manifest| manifest.tree).unwrap_or_else(Tree::made);
    let root = tree.root();
    let data = crate::resource::get_or_create_mapping(&mut tree, root, "data");
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            let error = Error::new(Code::Usage, "args must have keys and values separated by =");
            return Err(error.note(format!("found `{pair}`")));
        };
        // The function says what a value is, so that it has no tag and no quotes here.
        let value = tree.new_scalar(value, Tag::Unset, Style::Plain);
        tree.set(data, key, value);
    }
    for (key, value) in [("kind", kind), ("apiVersion", "v1")] {
        let value = tree.new_scalar(value, Tag::Unset, Style::Plain);
        tree.set(root, key, value);
    }
    Ok(tree)
}
