//! What is wrong with the text of a kustomization, though the build takes it: keys that are there twice, fields that are
//! passed over, field specs that name a field which is called otherwise.

use std::sync::Arc;

use rustomize_yaml::{Dialect, NodeId, Source, Tree, read_document, read_document_strictly};

use super::collector::Visited;
use super::{Finding, Manifests, deprecated, rules};
use crate::diagnostics::{Error, Result, Span, nearest};
use crate::resource::{KINDS_FIRST, KINDS_LAST, Resource};

/// What `openapi` can say.
const OPENAPI: [&str; 2] = ["path", "version"];

/// Reports what is wrong with the texts of the kustomizations of the build.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let mut specs = Vec::new();
    for visited in manifests.collector.kustomizations() {
        // It has been read before, so that it is sound but for what the build does not mind.
        let Some(tree) = document(&visited.source, findings) else { continue };
        repeated_in_other_case(&visited.source, &tree, findings);
        deprecated::of_kustomization(&visited.source, &tree, findings);
        unknown_openapi(&visited.source, &tree, findings);
        collect_specs(&visited.source, &tree, &mut specs);
        specs.extend(configurations(&visited));
    }
    for (source, tree) in manifests.collector.configurations() {
        collect_specs(&source, &tree, &mut specs);
    }
    findings.extend(specs.iter().filter_map(|spec| unmatched(spec, manifests)));
    Ok(())
}

/// The document of a text. A key that is there twice is reported, and the document is then what the build makes of it.
fn document(source: &Arc<Source>, findings: &mut Vec<Finding>) -> Option<Tree> {
    match read_document_strictly(source) {
        Ok(tree) => tree,
        Err(error) => {
            findings.push(Finding::of_error(&rules::DUPLICATE_KEY, &Error::from_yaml(error, source)));
            read_document(source, Dialect::Yaml11).ok().flatten()
        }
    }
}

fn span(source: &Arc<Source>, tree: &Tree, node: NodeId) -> Span {
    Span { source: source.clone(), at: tree.node(node).at, len: tree.source_len(node) }
}

/// Fields are found whatever their case, so that one can be there twice without two equal keys.
fn repeated_in_other_case(source: &Arc<Source>, tree: &Tree, findings: &mut Vec<Finding>) {
    let keys: Vec<NodeId> = tree.entries(tree.root()).map(|(key, _)| key).collect();
    for (at, &key) in keys.iter().enumerate() {
        let before = keys[..at].iter().find(|&&other| tree.text(other).eq_ignore_ascii_case(tree.text(key)));
        if let Some(&before) = before {
            let finding = Finding::new(&rules::DUPLICATE_KEY, format!("a second key `{}`", tree.text(key)));
            let finding = finding.at(Some(span(source, tree, key)), "");
            findings.push(
                finding
                    .at(Some(span(source, tree, before)), "the first one")
                    .help("upper and lower case make no difference in the fields of a kustomization"),
            );
        }
    }
}

fn unknown_openapi(source: &Arc<Source>, tree: &Tree, findings: &mut Vec<Finding>) {
    let openapi = tree.entries(tree.root()).find(|&(key, _)| tree.text(key).eq_ignore_ascii_case("openapi"));
    for (key, _) in openapi.into_iter().flat_map(|(_, value)| tree.entries(value)) {
        let name = tree.text(key);
        if !OPENAPI.contains(&name) {
            let finding = Finding::new(&rules::UNKNOWN_FIELD, format!("unknown field `{name}` in `openapi`"));
            let near = nearest(name, OPENAPI).unwrap_or("path");
            findings.push(finding.at(Some(span(source, tree, key)), "").help(format!("did you mean `{near}`?")));
        }
    }
}

/// A field spec somewhere in an input.
struct Spec {
    kind: Option<(String, Span)>,
    path: String,
    place: Span,
}

fn collect_specs(source: &Arc<Source>, tree: &Tree, specs: &mut Vec<Spec>) {
    collect_below(source, tree, tree.root(), false, specs);
}

/// Field specs are the items of these lists, and those of all lists in a file of `configurations`.
fn collect_below(source: &Arc<Source>, tree: &Tree, node: NodeId, in_specs: bool, specs: &mut Vec<Spec>) {
    if tree.is_mapping(node) {
        if let Some(path) = tree.get(node, "path").filter(|_| in_specs) {
            let kind = tree.get(node, "kind").filter(|&kind| !tree.text(kind).is_empty());
            specs.push(Spec {
                kind: kind.map(|kind| (tree.text(kind).to_owned(), span(source, tree, kind))),
                path: tree.text(path).to_owned(),
                place: span(source, tree, path),
            });
        }
        for (key, value) in tree.entries(node) {
            let in_specs = matches!(tree.text(key), "fields" | "fieldSpecs");
            collect_below(source, tree, value, in_specs, specs);
        }
    } else if tree.is_sequence(node) {
        tree.items(node).for_each(|item| collect_below(source, tree, item, in_specs, specs));
    }
}

/// The field specs in the files that a kustomization names as `configurations`.
fn configurations(visited: &Visited) -> Vec<Spec> {
    let mut specs = Vec::new();
    for entry in &visited.kustomization.configurations {
        let Ok(source) = visited.loader.text(entry) else { continue };
        let Ok(Some(tree)) = read_document(&source, Dialect::Yaml11) else { continue };
        for (key, section) in tree.entries(tree.root()) {
            let in_specs = tree.text(key) != "nameReference";
            collect_below(&source, &tree, section, in_specs, &mut specs);
        }
    }
    specs
}

/// The finding that no resource has the field, where one has a field that is called nearly so.
fn unmatched(spec: &Spec, manifests: &Manifests) -> Option<Finding> {
    let parts: Vec<String> = parts(&spec.path);
    let fits = |resource: &&&Resource| spec.kind.as_ref().is_none_or(|(kind, _)| resource.kind() == kind);
    let selected = manifests.resources.iter().filter(fits);
    let mut near = None;
    let mut is_any = false;
    for resource in selected {
        is_any = true;
        match walk(resource.tree(), resource.tree().root(), &parts) {
            Walked::There => return None,
            Walked::Near(found) => near = near.or(Some(found)),
            Walked::Nothing => {}
        }
    }
    if let (Some((kind, place)), false) = (&spec.kind, is_any) {
        let is_known = KINDS_FIRST.contains(&kind.as_str()) || KINDS_LAST.contains(&kind.as_str());
        let near = nearest(kind, manifests.resources.iter().map(|resource| resource.kind())).filter(|_| !is_known)?;
        let finding =
            Finding::new(&rules::UNKNOWN_FIELD, format!("a field spec is for the kind `{kind}`, which nothing has"));
        return Some(finding.at(Some(place.clone()), "").help(format!("did you mean `{near}`?")));
    }
    let finding = Finding::new(&rules::UNKNOWN_FIELD, format!("no resource has the field `{}`", spec.path));
    near.map(|near| finding.at(Some(spec.place.clone()), "").help(format!("did you mean `{near}`?")))
}

/// The parts of a path: what stands between slashes that are not escaped, without brackets.
fn parts(path: &str) -> Vec<String> {
    let escaped = path.replace("\\/", "\u{0}");
    escaped.split('/').map(|part| part.trim_end_matches("[]").replace('\u{0}', "/")).collect()
}

enum Walked {
    There,
    /// A key that is called nearly like the one that is missing.
    Near(String),
    Nothing,
}

/// How many letters more or less a slip makes.
const MOST_LETTERS: usize = 2;

fn walk(tree: &Tree, node: NodeId, parts: &[String]) -> Walked {
    let Some((part, rest)) = parts.split_first() else { return Walked::There };
    if tree.is_sequence(node) {
        let mut near = Walked::Nothing;
        for item in tree.items(node) {
            match walk(tree, item, parts) {
                Walked::There => return Walked::There,
                Walked::Near(found) => near = Walked::Near(found),
                Walked::Nothing => {}
            }
        }
        return near;
    }
    match tree.get(node, part) {
        Some(value) => walk(tree, value, rest),
        None => {
            // `template` and `jobTemplate` are no slips for one another.
            let keys = tree.entries(node).map(|(key, _)| tree.text(key));
            let alike = keys.filter(|key| key.len().abs_diff(part.len()) <= MOST_LETTERS);
            nearest(part, alike).map_or(Walked::Nothing, |near| Walked::Near(near.to_owned()))
        }
    }
}
