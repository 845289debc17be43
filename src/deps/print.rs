//! What is known of dependencies, for people and for tools.

use std::fmt::Write;
use std::path::Path;

use rustc_hash::FxHashSet;
use serde_json::{Value, json};

use super::changed::Touched;
use super::graph::{Dependencies, Kustomization, Thing, Use};
use crate::diagnostics::{Code, Error, Result, Span, harmless};
use crate::session::Session;

/// How dependencies are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A line for each, with who names it.
    #[default]
    Text,
    /// Everything, for programs.
    Json,
    /// A rule for `make`.
    Make,
    /// A graph for Graphviz.
    Dot,
    /// The same graph, drawn.
    Svg,
}

impl Format {
    /// The names that a user can give.
    pub const NAMES: [&str; 5] = ["text", "json", "make", "dot", "svg"];

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        let all = [Format::Text, Format::Json, Format::Make, Format::Dot, Format::Svg];
        Format::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }
}

/// Shows what the roots stand on. Fails only where a picture cannot be drawn.
pub fn print(dependencies: &Dependencies, session: &Session, format: Format) -> Result<String> {
    let printer = Printer { dependencies, session };
    match format {
        Format::Text => Ok(printer.text()),
        Format::Json => Ok(lines(&printer.json())),
        Format::Make => Ok(printer.make()),
        Format::Dot => Ok(printer.dot()),
        Format::Svg => svg(&printer.dot()),
    }
}

/// Shows which builds are touched: a directory in each line, or with `json` also why.
pub fn print_touched(dependencies: &Dependencies, session: &Session, touched: &[Touched], format: Format) -> String {
    let printer = Printer { dependencies, session };
    let shown = |number: &usize| dependencies.kustomizations[*number].shown.clone();
    match format {
        Format::Json => lines(&Value::Array(
            touched
                .iter()
                .map(|one| {
                    json!({
                        "directory": shown(&one.kustomization),
                        "changed": printer.path(&one.changed),
                        "through": one.way.iter().map(shown).collect::<Vec<_>>(),
                    })
                })
                .collect(),
        )),
        _ => touched.iter().map(|one| shown(&one.kustomization) + "\n").collect(),
    }
}

fn lines(value: &Value) -> String {
    format!("{value:#}\n")
}

struct Printer<'a> {
    dependencies: &'a Dependencies,
    session: &'a Session,
}

impl Printer<'_> {
    /// The kustomizations that the roots stand on and themselves, depth first.
    fn reached(&self, roots: &[usize]) -> Vec<usize> {
        let mut seen = FxHashSet::default();
        let mut order = Vec::new();
        let mut pending: Vec<usize> = roots.iter().rev().copied().collect();
        while let Some(number) = pending.pop() {
            if seen.insert(number) {
                order.push(number);
                let below: Vec<usize> = self.one(number).directories().collect();
                pending.extend(below.into_iter().rev());
            }
        }
        order
    }

    fn one(&self, number: usize) -> &Kustomization {
        &self.dependencies.kustomizations[number]
    }

    fn path(&self, path: &Path) -> String {
        self.session.files.show(path)
    }

    fn kustomization_file(&self, one: &Kustomization) -> Option<String> {
        one.file.as_deref().map(|path| self.path(path))
    }

    /// What a thing is called.
    fn name(&self, thing: &Thing) -> String {
        match thing {
            Thing::File(path) | Thing::Missing(path) => self.path(path),
            Thing::Kustomization(number) => self.one(*number).shown.clone(),
            Thing::Remote(text) | Thing::Program(text) | Thing::Image(text) => text.clone(),
        }
    }

    fn text(&self) -> String {
        let mut rows: Vec<[String; 2]> = Vec::new();
        for number in self.reached(&self.dependencies.roots) {
            let one = self.one(number);
            rows.extend(self.kustomization_file(one).map(|file| [harmless(&file), String::new()]));
            for used in one.uses.iter().filter(|used| !matches!(used.thing, Thing::Kustomization(_))) {
                let by = used.by.as_ref().map_or_else(String::new, |by| format!(" at {}", place(by)));
                let (_, remark) = kind(&used.thing);
                rows.push([harmless(&self.name(&used.thing)), format!("{}{by}{remark}", used.field)]);
            }
        }
        let width = rows.iter().map(|[name, _]| name.chars().count()).filter(|width| *width < 60).max().unwrap_or(0);
        let mut text = String::new();
        for [name, by] in rows {
            let padding = if by.is_empty() { 0 } else { width.saturating_sub(name.chars().count()) + 2 };
            text.push_str(&format!("{name}{:padding$}{by}\n", ""));
        }
        text
    }

    fn json(&self) -> Value {
        let one = |number: usize| {
            let one = self.one(number);
            json!({
                "directory": one.shown,
                "file": self.kustomization_file(one),
                "kind": if one.is_component { "Component" } else { "Kustomization" },
                "uses": one.uses.iter().map(|used| self.use_as_json(used)).collect::<Vec<_>>(),
            })
        };
        let roots = &self.dependencies.roots;
        json!({
            "roots": roots.iter().map(|number| self.one(*number).shown.clone()).collect::<Vec<_>>(),
            "kustomizations": self.reached(roots).into_iter().map(one).collect::<Vec<_>>(),
        })
    }

    fn use_as_json(&self, used: &Use) -> Value {
        let by = used.by.as_ref().map(|by| {
            let position = by.source.position(by.at);
            json!({"file": by.source.name, "line": position.line, "column": position.column})
        });
        json!({"field": used.field, "type": kind(&used.thing).0, "name": self.name(&used.thing), "by": by})
    }

    /// Every file that one root stands on, each once.
    fn files(&self, root: usize) -> Vec<String> {
        let mut seen = FxHashSet::default();
        let mut files = Vec::new();
        for one in self.reached(&[root]).into_iter().map(|number| self.one(number)) {
            let named = one.uses.iter().filter_map(|used| match &used.thing {
                Thing::File(path) | Thing::Missing(path) => Some(self.path(path)),
                _ => None,
            });
            files
                .extend(self.kustomization_file(one).into_iter().chain(named).filter(|file| seen.insert(file.clone())));
        }
        files
    }

    /// A rule for each root: it depends on its files, and a file that has gone is no error.
    fn make(&self) -> String {
        let mut text = String::new();
        let mut all = FxHashSet::default();
        let mut rules = String::new();
        for &root in &self.dependencies.roots {
            text.push_str(&for_make(&self.one(root).shown));
            text.push(':');
            for file in self.files(root) {
                let file = for_make(&file);
                text.push_str(&format!(" \\\n  {file}"));
                if all.insert(file.clone()) {
                    rules.push_str(&format!("\n{file}:\n"));
                }
            }
            text.push('\n');
        }
        text + &rules
    }

    fn dot(&self) -> String {
        let mut text = "digraph dependencies {\n  rankdir=LR;\n".to_owned();
        let mut seen = FxHashSet::default();
        for number in self.reached(&self.dependencies.roots) {
            let from = quoted(&self.one(number).shown);
            if seen.insert(from.clone()) {
                let _ = writeln!(text, "  {from} [shape=box];");
            }
            for used in &self.one(number).uses {
                let to = quoted(&self.name(&used.thing));
                let shape = match used.thing {
                    Thing::Kustomization(_) => "box",
                    Thing::File(_) => "plaintext",
                    Thing::Missing(_) | Thing::Remote(_) | Thing::Program(_) | Thing::Image(_) => "ellipse",
                };
                if seen.insert(to.clone()) {
                    let _ = writeln!(text, "  {to} [shape={shape}];");
                }
                let edge = format!("  {from} -> {to} [label={}];\n", quoted(used.field));
                if seen.insert(edge.clone()) {
                    text.push_str(&edge);
                }
            }
        }
        text.push_str("}\n");
        text
    }
}

/// What kind of thing it is, and what there is to remark.
fn kind(thing: &Thing) -> (&'static str, &'static str) {
    match thing {
        Thing::File(_) => ("file", ""),
        Thing::Kustomization(_) => ("kustomization", ""),
        Thing::Missing(_) => ("missing", " (missing)"),
        Thing::Remote(_) => ("remote", " (remote)"),
        Thing::Program(_) => ("program", " (program)"),
        Thing::Image(_) => ("image", " (image)"),
    }
}

fn place(span: &Span) -> String {
    let position = span.source.position(span.at);
    format!("{}:{}:{}", span.source.name, position.line, position.column)
}

/// A name as a prerequisite or target of a rule.
///
/// What `make` has no way to write is `?`, which stands for any letter of the files that are there.
fn for_make(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut backslashes = 0;
    for letter in name.chars() {
        let (escape, written) = match letter {
            '$' => ("$", letter),
            ' ' | '#' | ':' | '*' | '?' | '[' => ("\\", letter),
            '%' | ';' | '=' | '|' => ("", '?'),
            _ if letter.is_control() => ("", '?'),
            _ => ("", letter),
        };
        if escape == "\\" || written == '?' {
            // Backslashes stand for themselves but where one could escape what follows.
            text.extend(std::iter::repeat_n('\\', backslashes));
        }
        text.push_str(escape);
        text.push(written);
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
    }
    text.extend(std::iter::repeat_n('\\', backslashes));
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Draws a graph.
fn svg(dot: &str) -> Result<String> {
    let failed = |reason: String| {
        Error::new(Code::Output, format!("the graph cannot be drawn: {reason}"))
            .help("print it with `--format dot`, and draw it with Graphviz")
    };
    let graph = layout::gv::DotParser::new(dot).process().map_err(failed)?;
    let mut builder = layout::gv::GraphBuilder::new();
    builder.visit_graph(&graph);
    let mut graph = builder.get();
    let mut writer = layout::backends::svg::SVGWriter::new();
    graph.do_it(false, false, false, &mut writer);
    Ok(writer.finalize())
}
