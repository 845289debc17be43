//! Finding the source and the targets of a replacement without going through all resources for each.

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Error, Result, Sources, nearest};
use crate::kustomization::{Selector, SourceSelector};
use crate::patch::{Selection, only_text};
use crate::resource::{DEFAULT_NAMESPACE, Resource, ResourceSet};

/// Remembers which resources are, or were, of a kind, until one of them may have become another.
#[derive(Default)]
pub(super) struct Finder {
    by_kind: Option<FxHashMap<String, Vec<usize>>>,
}

impl Finder {
    /// A type has been written to.
    pub fn forget(&mut self) {
        self.by_kind = None;
    }

    /// Positions, in order, of at least all resources that have or had the name and the kind, as far as these are given.
    fn candidates(&mut self, resources: &ResourceSet, name: Option<&str>, kind: Option<&str>) -> Vec<usize> {
        match (name, kind) {
            (Some(name), _) => resources.positions_by_name(name),
            (None, Some(kind)) => {
                let by_kind = self.by_kind.get_or_insert_with(|| index_by_kind(resources));
                by_kind.get(kind).cloned().unwrap_or_default()
            }
            (None, None) => (0..resources.len()).collect(),
        }
    }

    /// The position of the one resource that the source names, by any of its ids.
    ///
    /// Fails where there is none or where there are several.
    pub fn find(&mut self, resources: &ResourceSet, source: &SourceSelector) -> Result<usize> {
        let given = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        let (name, kind) = (given(&source.name), given(&source.kind));
        let mut found = self.candidates(resources, name.as_deref(), kind.as_deref());
        found.retain(|&position| is_source(resources.get(position), source));
        match found[..] {
            [position] => Ok(position),
            [] => Err(no_source(resources, source)),
            _ => Err(found.iter().fold(
                Error::new(
                    Code::Replacement,
                    format!("{} resources fit the source of a replacement, {}", found.len(), describe(source)),
                )
                .help("name it more exactly, with its kind, name and namespace"),
                |error, &position| error.note(format!("it fits {}", resources.get(position).id())),
            )),
        }
    }
}

fn index_by_kind(resources: &ResourceSet) -> FxHashMap<String, Vec<usize>> {
    let mut by_kind: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (position, resource) in resources.iter().enumerate() {
        let previous = resource.book.previous.iter().map(|previous| &*previous.kind);
        for kind in previous.chain([resource.kind()]) {
            let positions = by_kind.entry(kind.to_owned()).or_default();
            if positions.last() != Some(&position) {
                positions.push(position);
            }
        }
    }
    by_kind
}

/// Whether an id of the resource, current or previous, is the one that the source gives.
fn is_source(resource: &Resource, source: &SourceSelector) -> bool {
    let gvk = &resource.id().gvk;
    let fits = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
    let or_default = |namespace: &'_ str| if namespace.is_empty() { DEFAULT_NAMESPACE } else { namespace }.to_owned();
    let is = |kind: &str, name: &str, namespace: &str| {
        fits(&source.kind, kind)
            && fits(&source.name, name)
            && (source.namespace.is_empty() || **source.namespace == or_default(namespace))
    };
    let mut previous = resource.book.previous.iter();
    fits(&source.group, gvk.group())
        && fits(&source.version, gvk.version())
        && (is(gvk.kind(), resource.name(), resource.namespace())
            || previous.any(|previous| is(&previous.kind, &previous.name, &previous.namespace)))
}

fn describe(source: &SourceSelector) -> String {
    let or_any = |text: &str| if text.is_empty() { "any".to_owned() } else { format!("`{text}`") };
    format!("kind {}, name {}", or_any(&source.kind), or_any(&source.name))
}

fn no_source(resources: &ResourceSet, source: &SourceSelector) -> Error {
    let message = format!("no resource fits the source of a replacement, {}", describe(source));
    let error = Error::new(Code::Replacement, message);
    let of_kind = resources.iter().filter(|resource| source.kind.is_empty() || resource.kind() == source.kind.as_str());
    match nearest(&source.name, of_kind.map(Resource::name)) {
        Some(near) if near != source.name.as_str() => error.help(format!("did you mean `{near}`?")),
        _ => error,
    }
}

/// The resources that a target selects and does not reject.
pub(super) struct Targets<'a> {
    selector: &'a Selector,
    select: Selection<'a>,
    reject: Vec<(&'a Selector, Selection<'a>)>,
}

impl<'a> Targets<'a> {
    /// Fails for patterns that are no regular expressions.
    pub fn new(selector: &'a Selector, reject: &'a [Selector], sources: &'a Sources) -> Result<Targets<'a>> {
        let select = Selection::new(selector, sources)?;
        let reject = reject.iter().map(|selector| Ok((selector, Selection::new(selector, sources)?)));
        Ok(Targets { selector, select, reject: reject.collect::<Result<_>>()? })
    }

    /// Their positions, in order. Fails for expressions over labels or annotations that are wrong.
    pub fn find(&self, resources: &ResourceSet, finder: &mut Finder) -> Result<Vec<usize>> {
        let (name, kind) = (only_text(&self.selector.name), only_text(&self.selector.kind));
        let mut found = Vec::new();
        for position in finder.candidates(resources, name, kind) {
            if self.includes(resources.get(position))? {
                found.push(position);
            }
        }
        Ok(found)
    }

    fn includes(&self, resource: &Resource) -> Result<bool> {
        if !self.select.selects_any_id(resource)
            || !self.select.selects_labels(resource)?
            || !self.select.selects_annotations(resource)?
        {
            return Ok(false);
        }
        for (selector, reject) in &self.reject {
            let by_labels = !selector.label_selector.is_empty() || !selector.annotation_selector.is_empty();
            if (by_labels && reject.selects_labels(resource)? && reject.selects_annotations(resource)?)
                || (!reject.is_without_id() && reject.selects_any_id(resource))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
