//! Explanations for people.

use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use rustomize_yaml::{NodeId, Source, Tree};

use crate::diagnostics::harmless;
use crate::explain::{Change, Key, Place, ResourceHistory, ValueHistory};

/// What parts of a text look like on a terminal; nothing elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Styles {
    is_coloured: bool,
}

impl Styles {
    /// Colours if stdout is a terminal that wants them.
    pub fn of_stdout() -> Styles {
        Styles { is_coloured: AutoStream::choice(&io::stdout()) != ColorChoice::Never }
    }

    fn paint(self, style: &str, text: &str) -> String {
        if self.is_coloured && !text.is_empty() { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn title(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn place(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn step(self, text: &str) -> String {
        self.paint("33", text)
    }

    fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn gone(self, text: &str) -> String {
        self.paint("31", text)
    }
}

/// All resources, a line each: what it is called, where it begins, how many steps changed it.
pub fn list(all: &[ResourceHistory], styles: Styles) -> String {
    let name = |resource: &ResourceHistory| match resource.name.namespace.as_str() {
        "" => harmless(&resource.name.to_string()),
        namespace => harmless(&format!("{namespace}/{}", resource.name)),
    };
    let names: Vec<String> = all.iter().map(name).collect();
    let places: Vec<String> = all.iter().map(|resource| shown(resource.origin.as_ref())).collect();
    let widths = [width(&names), width(&places)];
    let mut text = String::new();
    for (resource, (name, place)) in all.iter().zip(names.iter().zip(&places)) {
        let steps = match (resource.steps, &resource.deleted) {
            (_, Some(change)) => styles.gone(&format!("deleted: {}", by(change))),
            (0, None) => styles.dim("as it was read"),
            (1, None) => "1 step".to_owned(),
            (steps, None) => format!("{steps} steps"),
        };
        let (name, place) = (format!("{name:<0$}", widths[0]), format!("{place:<0$}", widths[1]));
        let _ = writeln!(text, "{}  {}  {steps}", styles.title(&name), styles.place(&place));
    }
    text
}

/// What the resource is, in a line or two.
fn head(resource: &ResourceHistory, styles: Styles) -> String {
    let mut text = styles.title(&harmless(&resource.name.to_string()));
    if !resource.name.namespace.is_empty() {
        let _ = write!(text, " in {}", harmless(&resource.name.namespace));
    }
    let original = &resource.original;
    if (&original.kind, &original.name) != (&resource.name.kind, &resource.name.name) {
        let _ = write!(text, ", was {}", harmless(&original.to_string()));
    }
    let _ = write!(text, "\nfrom {}", styles.place(&shown(resource.origin.as_ref())));
    if !resource.via.is_empty() {
        let via: Vec<String> = resource.via.iter().map(|place| styles.place(&shown(Some(place)))).collect();
        let _ = write!(text, ", named by {}", via.join(", "));
    }
    text.push('\n');
    if let Some(change) = &resource.deleted {
        let _ = writeln!(text, "{}", styles.gone(&format!("deleted: {}", by(change))));
    }
    text
}

/// The history of each of some values.
pub fn values(resource: &ResourceHistory, values: &[ValueHistory], styles: Styles) -> String {
    let mut text = head(resource, styles);
    for value in values {
        let now = value.value.as_deref().map_or_else(|| styles.gone("deleted"), plain);
        let _ = writeln!(text, "\n{}: {now}", styles.title(&harmless(&value.path)));
        let places: Vec<String> = value.changes.iter().map(|change| shown(change.place.as_ref())).collect();
        let steps: Vec<String> = value.changes.iter().map(name).collect();
        let widths = [width(&places), width(&steps)];
        for (change, (place, step)) in value.changes.iter().zip(places.iter().zip(&steps)) {
            let (place, step) = (format!("{place:<0$}", widths[0]), format!("{step:<0$}", widths[1]));
            let (place, step) = (styles.place(&place), styles.step(&step));
            let _ = writeln!(text, "  {place}  {step}  {}", difference(change, styles));
            // What stands in the same file is at hand, and what led to a file is said at the top.
            let is_elsewhere = |also: &&Place| change.place.as_ref().is_none_or(|place| place.path != also.path);
            for also in change.also.iter().filter(is_elsewhere).filter(|_| change.step != "resource") {
                let _ = writeln!(text, "    {}", styles.dim(&format!("see {}", shown(Some(also)))));
            }
        }
    }
    text
}

fn difference(change: &Change, styles: Styles) -> String {
    let after = change.after.as_deref().map_or_else(|| styles.gone("deleted"), plain);
    match &change.before {
        Some(before) => format!("{} -> {after}", styles.dim(&plain(before))),
        None => after,
    }
}

/// The whole resource as it is printed, with the source of each line at its right; then what was deleted.
pub fn resource(resource: &ResourceHistory, yaml: Option<&str>, values: &[ValueHistory], styles: Styles) -> String {
    let mut text = head(resource, styles);
    if let Some(yaml) = yaml {
        text.push('\n');
        annotate(yaml, values, styles, &mut text);
    }
    let gone: Vec<&ValueHistory> = values.iter().filter(|value| value.value.is_none()).collect();
    if gone.is_empty() || yaml.is_none() {
        return text;
    }
    text.push_str("\ndeleted:\n");
    let lines: Vec<String> = gone
        .iter()
        .map(|value| {
            let before = value.changes.last().and_then(|change| change.before.as_deref()).map(plain);
            format!("{}: {}", harmless(&value.path), before.unwrap_or_default())
        })
        .collect();
    let width = width(&lines).min(WIDEST);
    for (value, line) in gone.iter().zip(lines) {
        let source = value.changes.last().map(by).unwrap_or_default();
        let _ = writeln!(text, "{}  {}", styles.gone(&format!("{line:<width$}")), styles.dim(&format!("# {source}")));
    }
    text
}

/// Sources stand no further right than this, if it can be avoided.
const WIDEST: usize = 72;

fn annotate(yaml: &str, values: &[ValueHistory], styles: Styles, text: &mut String) {
    let sources = sources_of_lines(yaml, values);
    // Texts are printed so that no terminal obeys them; keys that are as they stood are not.
    let lines: Vec<String> =
        yaml.lines().map(|line| line.split('\t').map(harmless).collect::<Vec<_>>().join("\t")).collect();
    let width = lines.iter().map(|line| line.chars().count()).filter(|&width| width <= WIDEST).max().unwrap_or(0);
    for (number, line) in lines.iter().enumerate() {
        match sources.get(&number) {
            Some(source) => {
                let _ = writeln!(text, "{line:<width$}  {}", styles.dim(&format!("# {source}")));
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
}

/// The source of each line that has a value on it, by number.
fn sources_of_lines(yaml: &str, values: &[ValueHistory]) -> HashMap<usize, String> {
    let source = Arc::new(Source::new(Default::default(), "", yaml));
    let Ok(trees) = rustomize_yaml::read_resources(&source) else { return HashMap::new() };
    let Some(tree) = trees.first() else { return HashMap::new() };
    let mut sources = HashMap::new();
    for value in values.iter().filter(|value| value.value.is_some()) {
        let (Some(node), Some(last)) = (find(tree, &value.keys), value.changes.last()) else { continue };
        let line = source.position(tree.node(node).at).line as usize - 1;
        sources.entry(line).or_insert_with(|| by(last));
    }
    sources
}

fn find(tree: &Tree, keys: &[Key]) -> Option<NodeId> {
    keys.iter().try_fold(tree.root(), |node, key| match key {
        Key::Field(name) => tree.get(node, name),
        Key::Item(index) => tree.item(node, (*index)?),
    })
}

fn width(texts: &[String]) -> usize {
    texts.iter().map(|text| text.chars().count()).max().unwrap_or(0)
}

fn shown(place: Option<&Place>) -> String {
    place.map_or_else(|| "(command line)".to_owned(), |place| harmless(&place.to_string()))
}

/// `bases/web/deployment.yaml:8:13 resource`
fn by(change: &Change) -> String {
    format!("{} {}", shown(change.place.as_ref()), name(change))
}

fn name(change: &Change) -> String {
    if change.is_component { format!("{} of a component", change.step) } else { change.step.clone() }
}

/// A value in one line: JSON, without the quotes of a text that is none without them either.
fn plain(json: &str) -> String {
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(text) if is_plain(text) => harmless(text),
        _ => harmless(json),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(['\\', '"'])
        && text.trim() == text
        && !matches!(text, "null" | "true" | "false")
        && text.parse::<f64>().is_err()
}
