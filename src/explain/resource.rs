//! The resources of a build, those that were deleted too.

use std::sync::Arc;

use rustomize_yaml::{NodeId, Tree, nearest};

use super::causes::{Cause, Causes};
use super::history::History;
use super::journal::{Record, Trace};
use super::{Change, Mark, Place, steps as names, values};
use crate::diagnostics::{Code, Error, Result};

/// What a resource is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceName {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`; empty without one.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
}

/// A resource: what it is called, where it comes from, and what became of it as a whole.
#[derive(Debug, Clone)]
pub struct ResourceHistory {
    /// Its number, for [`super::Explanation::values`].
    pub number: usize,
    /// What it is called in the end.
    pub name: ResourceName,
    /// What it was called first.
    pub original: ResourceName,
    /// Where it begins: in the file that it was read from, or at the generator.
    pub origin: Option<Place>,
    /// The entries of `resources` and `components` that lead there, outermost first.
    pub via: Vec<Place>,
    /// How many steps changed it after the first one.
    pub steps: usize,
    /// The change that deleted it.
    pub deleted: Option<Change>,
}

impl ResourceName {
    pub(super) fn of(tree: &Tree) -> ResourceName {
        let [api_version, kind, namespace, name] = ResourceName::fields(tree).map(str::to_owned);
        ResourceName { api_version, kind, namespace, name }
    }

    /// `apiVersion`, `kind`, namespace and name as they stand in a tree.
    pub(super) fn fields(tree: &Tree) -> [&str; 4] {
        let text =
            |from: Option<NodeId>, key| from.and_then(|from| tree.get(from, key)).map_or("", |node| tree.text(node));
        let (root, metadata) = (Some(tree.root()), tree.get(tree.root(), "metadata"));
        [text(root, "apiVersion"), text(root, "kind"), text(metadata, "namespace"), text(metadata, "name")]
    }

    /// The same of a name.
    pub(super) fn parts(&self) -> [&str; 4] {
        [&self.api_version, &self.kind, &self.namespace, &self.name]
    }

    /// The API group; empty for the core.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Whether it is meant by a name, or by kind, perhaps with its version and its group, and name, perhaps with the namespace before.
    fn is(&self, wanted: &str) -> bool {
        // A name can have slashes itself.
        let Some(rest) = wanted.strip_suffix(self.name.as_str()) else { return false };
        if rest.is_empty() {
            return true;
        }
        let Some(rest) = rest.strip_suffix('/') else { return false };
        match rest.split_once('/') {
            Some((namespace, kind)) => namespace == self.namespace && self.is_kind(kind),
            None => self.is_kind(rest),
        }
    }

    fn is_kind(&self, kind: &str) -> bool {
        kind.eq_ignore_ascii_case(&self.kind)
            || kind.split_once('.').is_some_and(|(kind, group)| {
                let is_group = |group: &str| group.eq_ignore_ascii_case(self.group());
                let is_version = |version: &str| version.eq_ignore_ascii_case(self.version());
                let with_version = group.split_once('.').unwrap_or((group, ""));
                kind.eq_ignore_ascii_case(&self.kind)
                    && (is_group(group) || (is_version(with_version.0) && is_group(with_version.1)))
            })
    }

    fn version(&self) -> &str {
        self.api_version.rsplit('/').next().unwrap_or_default()
    }

    /// The ways to call it, each of which tells it from more others than the one before.
    pub fn ways_to_call_it(&self) -> [String; 4] {
        let ResourceName { kind, namespace, name, .. } = self;
        let dot = if self.group().is_empty() { "" } else { "." };
        let of_group = format!("{kind}{dot}{}/{name}", self.group());
        let in_namespace = format!("{namespace}/{kind}/{name}");
        let both = format!("{namespace}/{of_group}");
        let all = format!("{namespace}/{kind}.{}{dot}{}/{name}", self.version(), self.group());
        if namespace.is_empty() { [of_group, in_namespace, both, all] } else { [in_namespace, of_group, both, all] }
    }
}

impl std::fmt::Display for ResourceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// The history of a resource as a whole.
pub(super) fn history(causes: &Causes, number: usize) -> ResourceHistory {
    let history = causes.history(number);
    let texts = &causes.texts;
    let place = |origin: Origin| match origin {
        Origin::Read(tree) => texts.place_of(tree, tree.root()),
        Origin::Made(mark) => texts.place(mark),
    };
    ResourceHistory {
        number,
        name: name(&history),
        original: ResourceName::of(&history.stages[0].tree),
        origin: place(origin(causes, &history)),
        via: via(causes, number).filter_map(|mark| texts.place(mark)).collect(),
        steps: steps(causes, &history),
        deleted: deletion(causes, number).map(|(step, cause)| {
            values::of_step(causes, &causes.record.steps[step], cause.clone(), texts.place(cause.main))
        }),
    }
}

/// Where a resource begins.
pub(super) enum Origin<'a> {
    /// In a file, with the root of this tree.
    Read(&'a Tree),
    /// At the setting of its generator.
    Made(Mark),
}

pub(super) fn origin<'h>(causes: &Causes, history: &'h History) -> Origin<'h> {
    let first = &history.stages[0];
    let mark = Mark::of_node(&first.tree, first.tree.root());
    if mark.is_some() && causes.texts.is_file(mark.file) {
        Origin::Read(&first.tree)
    } else {
        Origin::Made(causes.record.steps[first.step].setting)
    }
}

/// The entries of kustomizations that lead to a resource, outermost first.
pub(super) fn via<'a>(causes: &'a Causes, number: usize) -> impl Iterator<Item = Mark> + 'a {
    let step = &causes.record.steps[causes.record.traces[number].states[0].step];
    let own = (step.kind == names::RESOURCE).then_some(step.setting);
    step.via.iter().copied().chain(own)
}

/// What a resource is called in the end; what a patch deleted whole, as it was before.
pub(super) fn name(history: &History) -> ResourceName {
    last_name(history.stages.iter().map(|stage| &stage.tree))
}

fn last_name<'t>(trees: impl DoubleEndedIterator<Item = &'t Arc<Tree>> + Clone) -> ResourceName {
    let mut named = trees.clone().rev().map(|tree| ResourceName::of(tree));
    let last = named.find(|name| !name.name.is_empty());
    last.or_else(|| trees.clone().next().map(|tree| ResourceName::of(tree))).unwrap_or_default()
}

/// How many steps changed something. What was only written again does not count here.
pub(super) fn steps(causes: &Causes, history: &History) -> usize {
    let first = history.stages[0].step;
    let is_counted = |step: usize| step != first && causes.record.steps[step].kind != names::OUTPUT;
    let changed = history.stages.iter().zip(&history.changed).filter(|&(_, has_changed)| *has_changed);
    // Stages follow one another as steps do.
    let mut last = first;
    changed
        .filter(|(stage, _)| std::mem::replace(&mut last, stage.step) != stage.step && is_counted(stage.step))
        .count()
}

/// The step that deleted the resource, and the line that said so.
pub(super) fn deletion(causes: &Causes, number: usize) -> Option<(usize, Cause)> {
    let trace = &causes.record.traces[number];
    if trace.is_output {
        return None;
    }
    if let Some(step) = trace.deleted {
        return Some((step, causes.deletion(number, &causes.record.steps[step])));
    }
    // Nobody deleted it, and it is not there: it is for local use alone, or a function left it out.
    let last = trace.last_tree()?;
    let path = ["metadata", "annotations", "config.kubernetes.io/local-config"];
    if let Some(node) = last.path(last.root(), &path) {
        return Some((
            trace.seen,
            Cause { main: Mark::of_node(last, node), step: Some("local-config"), ..Cause::default() },
        ));
    }
    let next = (trace.seen + 1).min(causes.record.steps.len() - 1);
    Some((next, Cause { main: causes.record.steps[next].setting, ..Cause::default() }))
}

/// The resources of a name. Fails for none, and says what is nearest.
pub(super) fn find(record: &Record, numbers: &[usize], wanted: &str) -> Result<Vec<usize>> {
    let names: Vec<Names> = numbers.iter().map(|&number| Names::of(&record.traces[number])).collect();
    let those = |is_it: &dyn Fn(&Names) -> bool| -> Vec<usize> {
        numbers.iter().zip(&names).filter(|(_, names)| is_it(names)).map(|(&number, _)| number).collect()
    };
    let finally = those(&|names| names.last.is(wanted));
    if !finally.is_empty() {
        return Ok(finally);
    }
    let before = those(&|names| names.all.iter().any(|name| name.is(wanted)));
    if before.is_empty() { Err(unknown(&names, wanted)) } else { Ok(before) }
}

/// What a resource was called over time.
struct Names {
    all: Vec<ResourceName>,
    last: ResourceName,
}

impl Names {
    fn of(trace: &Trace) -> Names {
        let trees = trace.trees();
        Names { all: trees.iter().map(|tree| ResourceName::of(tree)).collect(), last: last_name(trees.iter()) }
    }
}

fn unknown(resources: &[Names], wanted: &str) -> Error {
    let mut names: Vec<String> = Vec::new();
    for Names { all, last } in resources {
        for name in [Some(last), all.first()].into_iter().flatten() {
            let text = match wanted.split('/').count() {
                1 => name.name.clone(),
                2 => name.to_string(),
                _ => format!("{}/{name}", name.namespace),
            };
            names.push(text);
        }
    }
    let error = Error::new(Code::NotThere, format!("there is no resource `{wanted}`, and never was"));
    if let Some(Names { last, .. }) = resources.iter().find(|names| names.last.is_kind(wanted)) {
        return error.help(format!("a resource is called by its kind and its name: `{last}`"));
    }
    let last = wanted.rsplit('/').next().unwrap_or_default();
    let near = nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned);
    let near = near.or_else(|| {
        let by_name = |name: &&String| name.rsplit('/').next() == Some(last);
        names.iter().find(by_name).cloned().or_else(|| {
            let short: Vec<&str> = names.iter().filter_map(|name| name.rsplit('/').next()).collect();
            nearest(last, short).map(str::to_owned)
        })
    });
    match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("without a resource, all that there are are listed"),
    }
}
