//! What the configurations of generators, transformers and validators name.

use rustomize_yaml::{NodeId, Spanned, Tree, from_node_lenient};

use super::graph::{Thing, Use};
use super::links::End;
use super::scan::{Reading, Scan};
use crate::BuildOptions;
use crate::functions::{FunctionSpec, Runs};
use crate::kustomization::{HelmChart, HelmGlobals};
use crate::resource::Resource;

/// What a field of a built-in plugin names.
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
const FIELDS: [(&str, &[&str], Names); 9] = [
    ("ConfigMapGenerator", &["envs"], Names::File),
    ("ConfigMapGenerator", &["files"], Names::Pair),
    ("SecretGenerator", &["envs"], Names::File),
    ("SecretGenerator", &["files"], Names::Pair),
    ("PatchTransformer", &["path"], Names::File),
    ("PatchJson6902Transformer", &["path"], Names::File),
    ("ReplacementTransformer", &["replacements", "path"], Names::File),
    ("PatchStrategicMergeTransformer", &["paths"], Names::Resources),
    ("ValueAddTransformer", &["targetFilePath"], Names::File),
];

impl Scan<'_> {
    /// The entries of `generators`, `transformers` or `validators`: configurations in the entry itself, in a file, or in
    /// a directory, and what they name in turn.
    pub fn configurations(&mut self, reading: &mut Reading, field: &'static str, entries: &[Spanned<String>]) {
        for entry in entries {
            if let Some(resources) = self.session.inline_resources(entry) {
                self.configured(reading, field, &resources);
                continue;
            }
            let directory = self.file_or_directory(reading, field, entry);
            if let Some(Thing::File(_)) = reading.uses.last().map(|one| &one.thing).filter(|_| directory.is_none()) {
                let source = reading.loader.text(entry);
                // What cannot be read names nothing; the build says why.
                let resources = source.and_then(|source| self.session.resources(&source)).unwrap_or_default();
                self.configured(reading, field, &resources);
            }
            if let Some(number) = directory {
                let resources = self.resources_of(number);
                self.configured(reading, field, &resources);
            }
        }
    }

    /// The resources of a directory, as they are written and, where nothing has to be fetched for that, as they are
    /// built: a patch can change what a configuration names.
    fn resources_of(&self, number: usize) -> Vec<Resource> {
        let mut resources = Vec::new();
        let mut is_local = true;
        let (mut seen, mut pending) = (vec![number], vec![number]);
        while let Some(number) = pending.pop() {
            let one = self.found(number);
            for used in &one.uses {
                match &used.thing {
                    Thing::Remote(_) => is_local = false,
                    Thing::File(path) if used.field == "resources" => {
                        let entry = Spanned::from(path.to_string_lossy().into_owned());
                        let source =
                            self.local(&one.directory.to_string_lossy()).and_then(|loader| loader.text(&entry));
                        resources.extend(source.and_then(|text| self.session.resources(&text)).unwrap_or_default());
                    }
                    Thing::Kustomization(below) if !seen.contains(below) => {
                        seen.push(*below);
                        pending.push(*below);
                    }
                    _ => {}
                }
            }
        }
        if is_local {
            let directory = self.found(number).directory.to_string_lossy();
            if let Ok(output) = self.session.build(&BuildOptions::default(), &directory) {
                resources.extend(output.resources().cloned());
            }
        }
        resources
    }

    fn configured(&mut self, reading: &mut Reading, field: &'static str, resources: &[Resource]) {
        for resource in resources {
            let gvk = &resource.id().gvk;
            let from = reading.uses.len();
            if !gvk.group().is_empty() || gvk.version() != "builtin" {
                self.program(reading, field, resource);
            } else if gvk.kind() == "HelmChartInflationGenerator" {
                self.configured_chart(reading, resource);
            } else {
                self.builtin(reading, field, resource);
            }
            let (before, new) = reading.uses.split_at(from);
            let is_new = |one: &Use| !before.iter().any(|old| old.thing == one.thing && old.field == one.field);
            let new: Vec<_> = new.iter().filter(|one| is_new(one)).cloned().collect();
            reading.uses.truncate(from);
            reading.uses.extend(new);
        }
    }

    fn builtin(&mut self, reading: &mut Reading, field: &'static str, resource: &Resource) {
        let tree = resource.tree();
        for (_, path, names) in FIELDS.into_iter().filter(|(owner, ..)| *owner == resource.kind()) {
            for node in values(tree, path) {
                let entry = entry(tree, node);
                match names {
                    Names::File => self.file(reading, field, &entry),
                    Names::Pair => self.pairs(reading, field, &[], &[entry]),
                    Names::Resources => self.patch(reading, field, &entry),
                }
            }
        }
    }

    fn configured_chart(&mut self, reading: &mut Reading, resource: &Resource) {
        let tree = resource.tree();
        let chart = from_node_lenient::<Spanned<HelmChart>>(tree, tree.root());
        let globals = from_node_lenient::<HelmGlobals>(tree, tree.root());
        if let (Ok(chart), Ok(globals)) = (chart, globals) {
            self.chart(reading, &chart, Some(&globals));
        }
    }

    /// A function or an exec plugin: the program or image, and the files that are named beside it.
    fn program(&mut self, reading: &mut Reading, field: &'static str, resource: &Resource) {
        let tree = resource.tree();
        let here = entry(tree, tree.root());
        let mut names = |this: &mut Self, path: &str, program: bool| {
            let way = this.way(reading, path);
            reading.watch(&way, true);
            let thing = match way.end {
                End::Nothing => Thing::Missing(way.real.clone()),
                End::Directory if program => Thing::Missing(way.real.clone()),
                _ => Thing::File(way.real.clone()),
            };
            reading.add(this.session, field, thing, &here);
        };
        // What cannot be read names nothing; the build says why.
        let Ok(function) = FunctionSpec::of_manifest(tree, "") else { return };
        match function.as_ref().map(FunctionSpec::runs) {
            Some(Runs::Image(image, mounts)) => {
                for source in mounts.into_iter().filter(|source| !source.is_empty()) {
                    names(self, source, false);
                }
                reading.add(self.session, field, Thing::Image(image.to_owned()), &here);
            }
            Some(Runs::Executable(path)) if path.contains('/') => names(self, path, true),
            Some(Runs::Executable(name)) => reading.add(self.session, field, Thing::Program(name.to_owned()), &here),
            Some(Runs::Nothing) => {}
            None => self.exec_plugin(reading, field, resource),
        }
    }

    fn exec_plugin(&mut self, reading: &mut Reading, field: &'static str, resource: &Resource) {
        let tree = resource.tree();
        let plugin = format!("{}/{}", resource.api_version(), resource.kind());
        reading.add(self.session, field, Thing::Program(plugin), &entry(tree, tree.root()));
        if let Some(file) = tree.get(tree.root(), "argsFromFile") {
            self.file(reading, field, &entry(tree, file));
        }
    }
}

/// A node as an entry, with its place.
fn entry(tree: &Tree, node: NodeId) -> Spanned<String> {
    let place = tree.node(node);
    Spanned { value: tree.text(node).to_owned(), file: place.file, at: place.at, len: tree.source_len(node) }
}

/// The values at a path, through lists on the way and at its end.
fn values(tree: &Tree, path: &[&str]) -> Vec<NodeId> {
    let each = |node: NodeId| if tree.is_sequence(node) { tree.items(node).collect() } else { vec![node] };
    let mut found = vec![tree.root()];
    for key in path {
        found = found.into_iter().flat_map(each).filter_map(|node| tree.get(node, key)).collect();
    }
    found.into_iter().flat_map(each).collect()
}
