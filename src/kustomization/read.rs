use std::sync::Arc;

use rustomize_yaml::{Dialect, NodeId, Source, Spanned, Tree, from_node, read_document};

use super::generator::{ConfigMapArgs, SecretArgs};
use super::helm::HelmGlobals;
use super::types::Kustomization;
use crate::diagnostics::{Code, Diagnostic, Error, Label, Result, Span};

const KUSTOMIZATION: (&str, &str) = ("Kustomization", "kustomize.config.k8s.io/v1beta1");
const COMPONENT: (&str, &str) = ("Component", "kustomize.config.k8s.io/v1alpha1");

/// Reads a kustomization file: its fields, with deprecated names moved to today's and defaults filled in.
///
/// Fails for what is not YAML, for unknown fields and wrong types, for a file that says nothing, and for another
/// `kind` or `apiVersion` than the known ones. The second part of the answer warns of deprecated fields.
pub fn read(source: &Arc<Source>) -> Result<(Kustomization, Vec<Diagnostic>)> {
    let Some((tree, mut kustomization)) = read_fields(source)? else {
        return Err(empty(source));
    };
    let root = tree.root();
    if !tree.entries(root).any(|(key, value)| says_something(&tree, key, value)) {
        return Err(empty(source));
    }
    kustomization.modernise();
    kustomization.check_kind(source)?;
    Ok((kustomization, deprecations(source, &tree)))
}

/// Reads a kustomization file as it is written: what is deprecated, left out or without a field stays so.
///
/// Fails for what is not YAML, for unknown fields and wrong types.
pub fn read_as_written(source: &Arc<Source>) -> Result<Kustomization> {
    Ok(read_fields(source)?.map(|(_, kustomization)| kustomization).unwrap_or_default())
}

/// The document and its fields; `None` for a file without a document.
fn read_fields(source: &Arc<Source>) -> Result<Option<(Tree, Kustomization)>> {
    let placed = |error| Error::from_yaml(error, source);
    let Some(tree) = read_document(source, Dialect::Yaml11).map_err(placed)? else { return Ok(None) };
    let root = tree.root();
    if !tree.is_mapping(root) && !tree.is_null(root) {
        let what = if tree.is_sequence(root) { "a list" } else { "a scalar" };
        let message = format!("{} must be a mapping, not {what}", source.name);
        return Err(Error::new(Code::WrongType, message).label(place(source, &tree, root), ""));
    }
    let kustomization = from_node(&tree, root).map_err(placed)?;
    Ok(Some((tree, kustomization)))
}

fn empty(source: &Arc<Source>) -> Error {
    Error::new(Code::EmptyKustomization, format!("{} is empty", source.name))
        .label(Span { source: source.clone(), at: 0, len: 0 }, "")
        .help("list at least `resources: []`")
}

fn place(source: &Arc<Source>, tree: &Tree, node: NodeId) -> Span {
    Span { source: source.clone(), at: tree.node(node).at, len: tree.text(node).len() as u32 }
}

/// The deprecated fields of a kustomization, in upstream's order, with its words about each.
const DEPRECATED: [(&str, &str); 6] = [
    ("bases", "'bases' is deprecated. Please use 'resources' instead."),
    ("commonLabels", "'commonLabels' is deprecated. Please use 'labels' instead."),
    ("imageTags", "'imageTags' is deprecated. Please use 'images' instead."),
    ("patchesJson6902", "'patchesJson6902' is deprecated. Please use 'patches' instead."),
    ("patchesStrategicMerge", "'patchesStrategicMerge' is deprecated. Please use 'patches' instead."),
    ("vars", "'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL]"),
];

fn deprecations(source: &Arc<Source>, tree: &Tree) -> Vec<Diagnostic> {
    let advice = "Run 'kustomize edit fix' to update your Kustomization automatically.";
    let given = |field: &str| {
        let mut entries = tree.entries(tree.root());
        entries.find(|&(key, value)| tree.text(key).eq_ignore_ascii_case(field) && !tree.is_null(value))
    };
    let warning = |(field, words): (&str, &str)| {
        let (key, _) = given(field)?;
        let mut warning = Diagnostic::warning(Code::Deprecated, format!("{words} {advice}"));
        warning.labels.push(Label { span: place(source, tree, key), text: String::new() });
        Some(warning)
    };
    DEPRECATED.into_iter().filter_map(warning).collect()
}

/// Whether a field keeps its kustomization from being empty. An empty list does, unless its entries would have been
/// moved to another field; an empty text does not.
fn says_something(tree: &Tree, key: NodeId, value: NodeId) -> bool {
    let is = |names: &[&str]| names.iter().any(|name| tree.text(key).eq_ignore_ascii_case(name));
    if tree.is_null(value) || is(&["apiVersion", "kind"]) {
        false
    } else if tree.is_scalar(value) {
        !tree.text(value).is_empty()
    } else {
        !tree.is_empty(value) || !is(&["bases", "imageTags", "helmChartInflationGenerator"])
    }
}

impl Kustomization {
    /// Whether it is a component, which works on the resources of those that name it.
    pub fn is_component(&self) -> bool {
        *self.kind == COMPONENT.0
    }

    /// Fills in what can be left out and moves what stands in old fields to the new ones.
    fn modernise(&mut self) {
        if self.kind.is_empty() {
            self.kind.value = KUSTOMIZATION.0.into();
        }
        if self.api_version.is_empty() {
            self.api_version.value = self.required_version().into();
        }
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        for ConfigMapArgs { env, envs, .. } in self.config_map_generator.iter_mut().map(|args| &mut args.value) {
            move_env(env, envs);
        }
        for SecretArgs { env, envs, .. } in self.secret_generator.iter_mut().map(|args| &mut args.value) {
            move_env(env, envs);
        }
        self.modernise_helm();
    }

    fn modernise_helm(&mut self) {
        let mut globals = HelmGlobals::default();
        for chart in std::mem::take(&mut self.helm_chart_inflation_generator) {
            if !chart.chart_home.is_empty() {
                globals.chart_home = chart.chart_home.clone();
            }
            if !chart.helm_home.is_empty() {
                globals.config_home = chart.helm_home.clone();
            }
            self.helm_charts.push(chart.map(|chart| chart.into_chart()));
        }
        if self.helm_globals.is_none() && !(globals.chart_home.is_empty() && globals.config_home.is_empty()) {
            self.helm_globals = Some(globals);
        }
    }

    fn required_version(&self) -> &'static str {
        if self.is_component() { COMPONENT.1 } else { KUSTOMIZATION.1 }
    }

    fn check_kind(&self, source: &Arc<Source>) -> Result<()> {
        let place = |value: &Spanned<String>| Span { source: source.clone(), at: value.at, len: value.len };
        if ![KUSTOMIZATION.0, COMPONENT.0].contains(&self.kind.as_str()) {
            let (name, kind) = (&source.name, &self.kind);
            let message = format!("the kind of {name} must be {} or {}, not {kind}", KUSTOMIZATION.0, COMPONENT.0);
            return Err(Error::new(Code::InvalidField, message).label(place(&self.kind), ""));
        }
        let required = self.required_version();
        if *self.api_version != required {
            let message = format!("the apiVersion of a {} must be {required}, not {}", self.kind, self.api_version);
            return Err(Error::new(Code::InvalidField, message).label(place(&self.api_version), ""));
        }
        Ok(())
    }
}

fn move_env(env: &mut Spanned<String>, envs: &mut Vec<Spanned<String>>) {
    if !env.is_empty() {
        envs.push(std::mem::take(env));
    }
}
