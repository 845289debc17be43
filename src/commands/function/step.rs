use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rustomize_yaml::{FileId, emit_as_is};

use super::annotations::{ID, PATH};
use super::item::Item;
use super::merge::merged;
use crate::diagnostics::{Error, Result};
use crate::functions::{FolderFunction, push_indented};
use crate::manifests::{item_texts, read_documents};
use crate::output::{make_directory, write_file};

/// A folder of this name has functions for the folder that it is in.
const FUNCTIONS: &str = "functions";

/// A function and what it runs with.
pub struct Step {
    pub function: FolderFunction,
    /// What to call it in messages.
    pub shown: String,
    /// The manifest that declares it.
    pub config: Item,
    /// Whether it sees all manifests, not only those in and below its folder.
    pub is_global: bool,
    /// Where its results go.
    pub results: Option<PathBuf>,
}

/// What a function answered.
struct Answer {
    items: Vec<Item>,
    results: Option<String>,
}

impl Step {
    /// What the function makes of the items that it may see, then the others. `number` counts the steps.
    ///
    /// Fails with the function, unless its failures may wait: then they are added to `failures`.
    pub fn apply(&self, items: Vec<Item>, number: usize, failures: &mut Vec<Error>) -> Result<Vec<Item>> {
        let scope = scope_of(PATH.of(&self.config));
        let (mut seen, others): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| self.sees(&scope, item));
        for (number, item) in seen.iter_mut().enumerate() {
            ID.set(item, &(number + 1).to_string());
        }
        let (output, error) = self.function.run(&self.input(&seen)?, &self.shown);
        let answer = match (self.answer(&output, number), error) {
            (Err(_), Some(error)) => return Err(error),
            (answer, error) => {
                let answer = answer?;
                self.write_results(&answer)?;
                match error {
                    Some(error) if !self.function.defers_failure => return Err(error),
                    error => failures.extend(error),
                }
                answer
            }
        };
        let mut made = restore(seen, answer.items);
        made.iter_mut().for_each(|item| place(item, &scope));
        made.extend(others);
        Ok(made)
    }

    fn sees(&self, scope: &str, item: &Item) -> bool {
        let path = PATH.of(item);
        self.is_global || scope == "." || (!path.is_empty() && Path::new(&scope_of(path)).starts_with(scope))
    }

    /// The ResourceList that the function reads.
    fn input(&self, items: &[Item]) -> Result<String> {
        let mut list = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:");
        list.push_str(if items.is_empty() { " []\n" } else { "\n" });
        for item in items {
            let text = item.text()?;
            // Comments at the top come to stand above the dash, where go-yaml has them and functions keep them.
            let top: usize = text
                .split_inclusive('\n')
                .take_while(|line| matches!(line.trim().chars().next(), None | Some('#')))
                .map(str::len)
                .sum();
            list.push_str(&text[..top]);
            push_indented(&text[top..], "- ", &mut list);
        }
        list.push_str("functionConfig:\n");
        push_indented(&self.config.text()?, "  ", &mut list);
        Ok(list)
    }

    /// Reads what the function printed: a list, or manifests.
    fn answer(&self, output: &str, number: usize) -> Result<Answer> {
        let file = FileId(number as u32 + 1);
        let name = format!("output of {}", self.shown);
        let read = |text: &str| read_documents(file, &name, text);
        let documents = read(output)?;
        if let [list] = documents.as_slice() {
            let tree = &list.tree;
            let field = |name| tree.get(tree.root(), name);
            let is_list = matches!(list.kind(), "List" | "ResourceList");
            if is_list && (field("items").is_some() || field("functionConfig").is_some()) {
                let texts = field("items").map_or(Vec::new(), |items| item_texts(tree, items));
                let mut items = Vec::new();
                for text in texts {
                    items.extend(read(&text)?.into_iter().map(|manifest| Item::new(manifest.tree)));
                }
                let results = field("results").map(|results| {
                    let mut text = String::new();
                    emit_as_is(tree, results, &mut text);
                    text
                });
                return Ok(Answer { items, results });
            }
        }
        let numbered = documents.into_iter().map(Item::from_stdin);
        Ok(Answer { items: numbered.collect(), results: None })
    }

    fn write_results(&self, answer: &Answer) -> Result<()> {
        let (Some(path), Some(results)) = (&self.results, &answer.results) else { return Ok(()) };
        if let Some(directory) = path.parent() {
            make_directory(directory)?;
        }
        write_file(path, results)
    }
}

/// The folder whose manifests a function at a path sees, `.` for all: its own, or the one above `functions`.
pub fn scope_of(path: &str) -> String {
    let mut folder = Path::new(path).parent().unwrap_or(Path::new(""));
    if folder.file_name().is_some_and(|name| name == FUNCTIONS) {
        folder = folder.parent().unwrap_or(Path::new(""));
    }
    let parts: Vec<_> = folder.iter().filter(|part| *part != ".").map(|part| part.to_string_lossy()).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// Gives what came back the comments and the order of what went there.
fn restore(sent: Vec<Item>, made: Vec<Item>) -> Vec<Item> {
    let sent: HashMap<String, Item> = sent.into_iter().map(|item| (ID.of(&item).to_owned(), item)).collect();
    made.into_iter()
        .map(|item| match sent.get(ID.of(&item)) {
            Some(original) => {
                let mut item = merged(original, item.tree);
                ID.clear(&mut item);
                item
            }
            None => item,
        })
        .collect()
}

/// Gives a manifest without a path the one that its kind and name make in the folder of the function.
fn place(item: &mut Item, scope: &str) {
    PATH.even(item);
    if PATH.of(item).is_empty() {
        let path = default_path(item, if scope == "." { "" } else { scope });
        PATH.set(item, &path);
    }
}

/// The path of a manifest that has none: its namespace, kind and name in a folder.
pub fn default_path(item: &Item, folder: &str) -> String {
    let [kind, name, namespace] =
        [&["kind"][..], &["metadata", "name"], &["metadata", "namespace"]].map(|path| item.text_at(path));
    let file = format!("{}_{name}.yaml", kind.to_lowercase());
    let parts: Vec<&str> = [folder, namespace, &file].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}
