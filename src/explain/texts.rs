//! The files that a build read, looked at again: which node stands at a place, and where a value ends.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{Dialect, FileId, NodeId, Source, Tree, push_json_string, scalar_end};

use super::Place;
use super::journal::{Mark, Record};
use super::json::push_number;
use crate::diagnostics::{Sources, Span};

/// Files by number, each parsed when its nodes are asked for.
pub(crate) struct Texts<'a> {
    sources: &'a Sources,
    kustomizations: FxHashSet<FileId>,
    /// Texts that are one value as a whole.
    whole: HashSet<FileId>,
    /// By number, as far as anybody has asked.
    files: Vec<OnceCell<Option<Box<Text>>>>,
    /// Places that are asked for often, as JSON.
    known: RefCell<FxHashMap<Mark, Option<Box<str>>>>,
}

/// A file: its documents, its nodes by their places, and its lines.
pub(crate) struct Text {
    source: Arc<Source>,
    name: Arc<str>,
    /// What a place in it begins with, as JSON.
    json: String,
    parsed: OnceCell<Parsed>,
    /// Where each line begins.
    lines: Vec<u32>,
    /// The line that was asked for last: the next one is mostly near.
    last: Cell<usize>,
    /// Whether it stands in another file in a form that has escapes or folds its lines.
    is_rewritten: bool,
    /// How many lines, and how many characters of each line, come before the text in the file that it is a part of.
    inset: (u32, u32),
    is_whole: bool,
    is_kustomization: bool,
    is_file: bool,
    may_hold_list: OnceCell<bool>,
}

/// What a file says.
#[derive(Default)]
struct Parsed {
    trees: Vec<Tree>,
    nodes: FxHashMap<u32, (usize, NodeId)>,
}

impl<'a> Texts<'a> {
    pub fn new(sources: &'a Sources, record: &Record) -> Texts<'a> {
        let kustomizations = record.steps.iter().map(|step| step.kustomization).collect();
        Texts {
            sources,
            kustomizations,
            whole: record.whole.clone(),
            files: (0..=sources.last().0).map(|_| OnceCell::new()).collect(),
            known: RefCell::default(),
        }
    }

    /// The file of a number; `None` for what was not read.
    pub fn file(&self, id: FileId) -> Option<&Text> {
        let read = || {
            let source = self.sources.get(id)?;
            Some(Box::new(Text::new(source, self.whole.contains(&id), self.kustomizations.contains(&id))))
        };
        self.files.get(id.0 as usize)?.get_or_init(read).as_deref()
    }

    /// Whether a text was read from a file, not made by a generator or printed by a program.
    pub fn is_file(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|text| text.is_file)
    }

    /// The file that one names by a path.
    pub fn named(&self, by: FileId, path: &str) -> Option<&Text> {
        let by = self.sources.get(by)?;
        let wanted = clean(by.name.rsplit_once('/').map_or("", |(directory, _)| directory), path);
        let found = self.sources.find(|source| clean("", &source.name) == wanted)?;
        self.file(found)
    }

    /// What stands at a place: the value that begins there, where there is one.
    pub fn span(&self, mark: Mark) -> Option<Span> {
        let text = self.file(mark.file)?;
        let len = text.node(mark.at).map_or(0, |(tree, node)| tree.source_len(node));
        Some(Span { source: text.source.clone(), at: mark.at, len })
    }

    /// A place as people read it.
    pub fn place(&self, mark: Mark) -> Option<Place> {
        let text = self.file(mark.file)?;
        Some(text.shown(text.lines_of(mark.at)))
    }

    /// The place of a node, which ends where the node does.
    pub fn place_of(&self, tree: &Tree, node: NodeId) -> Option<Place> {
        let (text, lines) = self.lines_of(tree, node)?;
        Some(text.shown(lines))
    }

    /// Appends a place as JSON; says whether there is one. It is kept: places of settings are asked for again and again.
    pub fn push_place(&self, mark: Mark, out: &mut String) -> bool {
        let make = || {
            let text = self.file(mark.file)?;
            let mut json = String::new();
            text.push(text.lines_of(mark.at), &mut json);
            Some(json.into())
        };
        let mut known = self.known.borrow_mut();
        let json = known.entry(mark).or_insert_with(make);
        json.iter().for_each(|json| out.push_str(json));
        json.is_some()
    }

    /// Appends the place of a node as JSON; says whether there is one.
    pub fn push_place_of(&self, tree: &Tree, node: NodeId, out: &mut String) -> bool {
        let found = self.lines_of(tree, node);
        found.map(|(text, lines)| text.push(lines, out)).is_some()
    }

    /// The lines of a node, in its file.
    fn lines_of(&self, tree: &Tree, node: NodeId) -> Option<(&Text, Lines)> {
        let mark = Mark::of_node(tree, node);
        let text = self.file(mark.file)?;
        // A collection of something else may have come under the name of a place in a file.
        let is_other = !tree.is_scalar(node) && tree.source().id != mark.file;
        Some((text, if is_other { text.lines_of(mark.at) } else { text.lines(mark.at, Some((tree, node))) }))
    }
}

/// Where something stands in a file, counted from 1.
#[derive(Debug, Clone, Copy)]
struct Lines {
    first: u32,
    column: u32,
    last: u32,
}

impl Text {
    fn new(source: Arc<Source>, is_whole: bool, is_kustomization: bool) -> Text {
        let starts = memchr::memchr_iter(b'\n', source.text().as_bytes()).map(|at| at as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let first = source.position(0);
        let is_made = |name: &str| name == "IAMPolicyGenerator" || name.starts_with("output of ");
        let mut json = String::from("{\"path\":");
        push_json_string(&mut json, &source.name);
        json.push_str(",\"line\":");
        Text {
            name: source.name.as_str().into(),
            json,
            parsed: OnceCell::new(),
            lines,
            last: Cell::new(0),
            is_rewritten: source.is_rewritten(),
            inset: (first.line - 1, first.column - 1),
            is_whole,
            is_kustomization,
            is_file: !is_made(&source.name),
            may_hold_list: OnceCell::new(),
            source,
        }
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let trees = match (self.is_whole, self.is_kustomization) {
                (true, _) => Vec::new(),
                (_, true) => parse_kustomization(&self.source),
                _ => parse(&self.source),
            };
            let mut nodes = FxHashMap::default();
            for (number, tree) in trees.iter().enumerate() {
                let mut keys = Vec::new();
                collect(tree, number, tree.root(), &mut nodes, &mut keys);
                for key in keys {
                    nodes.entry(tree.node(key).at).or_insert((number, key));
                }
            }
            Parsed { trees, nodes }
        })
    }

    /// The node that begins at a byte: the outermost one.
    pub fn node(&self, at: u32) -> Option<(&Tree, NodeId)> {
        let Parsed { trees, nodes } = self.parsed();
        nodes.get(&at).map(|&(tree, node)| (&trees[tree], node))
    }

    /// The documents.
    pub fn trees(&self) -> &[Tree] {
        &self.parsed().trees
    }

    /// Whether it can be that it holds a list of resources: most files do not even have the word.
    pub fn may_hold_list(&self) -> bool {
        let text = self.source.text().as_bytes();
        *self.may_hold_list.get_or_init(|| memchr::memmem::find(text, b"List").is_some())
    }

    fn shown(&self, Lines { first, column, last }: Lines) -> Place {
        Place { path: self.name.clone(), line: first, column, end_line: last }
    }

    fn push(&self, Lines { first, column, last }: Lines, out: &mut String) {
        out.push_str(&self.json);
        push_number(first as usize, out);
        out.push_str(",\"column\":");
        push_number(column as usize, out);
        if last != first {
            out.push_str(",\"endLine\":");
            push_number(last as usize, out);
        }
        out.push('}');
    }

    /// The lines of what begins at a byte.
    fn lines_of(&self, at: u32) -> Lines {
        let node = if self.is_whole { None } else { self.node(at) };
        self.lines(at, node)
    }

    fn lines(&self, at: u32, node: Option<(&Tree, NodeId)>) -> Lines {
        if self.is_rewritten {
            let last = node.map_or(at, |(tree, node)| tree.node(last_of(tree, node)).at);
            let (first, last) = (self.source.position(at), self.source.position(last));
            return Lines { first: first.line, column: first.column, last: last.line.max(first.line) };
        }
        let line = self.line(at);
        let start = self.lines[line] as usize;
        let before = self.source.text().get(start..at as usize).unwrap_or_default();
        let last = match node {
            _ if self.is_whole => self.line((self.source.text().len() as u32).saturating_sub(1)),
            Some((tree, node)) => self.last_line(tree, node, line),
            None => line,
        };
        let (lines, columns) = self.inset;
        let column = if before.is_ascii() { before.len() } else { before.chars().count() };
        Lines { first: line as u32 + lines + 1, column: column as u32 + columns + 1, last: last as u32 + lines + 1 }
    }

    /// The number of the line of a byte, counted from 0.
    fn line(&self, at: u32) -> usize {
        let begins = |line: usize| self.lines.get(line).is_none_or(|&start| start > at);
        let last = self.last.get();
        let near = (last..last + 3).find(|&line| begins(line + 1)).filter(|_| self.lines[last] <= at);
        let line = near.unwrap_or_else(|| self.lines.partition_point(|&start| start <= at).saturating_sub(1));
        self.last.set(line);
        line
    }

    /// The line that a value ends on which begins on a line.
    fn last_line(&self, tree: &Tree, node: NodeId, line: usize) -> usize {
        let last = last_of(tree, node);
        let (at, value) = (tree.node(last).at, tree.text(last));
        let text = self.source.text();
        // What is plain and of one word ends where it begins.
        let is_short =
            !value.contains(' ') && !matches!(text.as_bytes().get(at as usize), Some(b'|' | b'>' | b'"' | b'\''));
        if is_short && last == node {
            return line;
        }
        let end = if is_short || !tree.is_scalar(last) { None } else { scalar_end(text, at as usize, value) };
        self.line(end.map_or(at, |end| end as u32)).max(line)
    }
}

/// A path below a directory, without `.` and, where they can be taken out, `..`.
fn clean(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')).filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(&last) if part == ".." && last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The last value in a value.
fn last_of(tree: &Tree, node: NodeId) -> NodeId {
    let mut last = node;
    while let Some(next) = tree.items(last).last() {
        last = next;
    }
    last
}

/// A kustomization is read with the rules of YAML 1.1: of equal keys the last one counts.
fn parse_kustomization(source: &Arc<Source>) -> Vec<Tree> {
    let tree = rustomize_yaml::read_document(source, Dialect::Yaml11);
    tree.map(|tree| tree.into_iter().collect()).unwrap_or_default()
}

/// The documents of a file, however it is meant; none for what is not YAML.
fn parse(source: &Arc<Source>) -> Vec<Tree> {
    rustomize_yaml::read_resources(source)
        .or_else(|_| rustomize_yaml::read_stream(source))
        .or_else(|_| rustomize_yaml::read_document(source, Dialect::Yaml11).map(|tree| tree.into_iter().collect()))
        .unwrap_or_default()
}

fn collect(
    tree: &Tree,
    number: usize,
    node: NodeId,
    nodes: &mut FxHashMap<u32, (usize, NodeId)>,
    keys: &mut Vec<NodeId>,
) {
    nodes.entry(tree.node(node).at).or_insert((number, node));
    if tree.is_mapping(node) {
        for (key, value) in tree.entries(node) {
            keys.push(key);
            collect(tree, number, value, nodes, keys);
        }
    } else {
        tree.items(node).for_each(|item| collect(tree, number, item, nodes, keys));
    }
}
