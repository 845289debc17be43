//! Which resources a patch (or a replacement) means.

use std::sync::OnceLock;

use super::labels::LabelSelector;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::kustomization::Selector;
use crate::pattern::{self, Pattern};
use crate::resource::{Gvk, Resource, ResourceSet};
use rustomize_yaml::Spanned;

/// The positions, in order, of the resources that a selector selects.
///
/// Names and namespaces are those that a resource had at first, or has now. Fails for a pattern that is no regular
/// expression, and for an expression over labels or annotations that is wrong, if any resource gets as far as that.
pub fn select(resources: &ResourceSet, selector: &Selector, sources: &Sources) -> Result<Vec<usize>> {
    let selection = Selection::new(selector, sources)?;
    let candidates = match (only_text(&selector.name), only_text(&selector.kind)) {
        (Some(name), _) => resources.positions_by_name(name),
        (None, Some(kind)) => resources.positions_by_kind(kind),
        (None, None) => (0..resources.len()).collect(),
    };
    let mut selected = Vec::new();
    for position in candidates {
        if selection.selects(resources.get(position))? {
            selected.push(position);
        }
    }
    Ok(selected)
}

/// A selector, ready to be asked.
pub struct Selection<'a> {
    selector: &'a Selector,
    sources: &'a Sources,
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: OnceLock<LabelSelector>,
    annotations: OnceLock<LabelSelector>,
}

impl<'a> Selection<'a> {
    /// Fails for a pattern that is no regular expression.
    pub fn new(selector: &'a Selector, sources: &'a Sources) -> Result<Selection<'a>> {
        let pattern = |text: &Spanned<String>| {
            if text.is_empty() {
                return Ok(None);
            }
            Pattern::whole(text).map(Some).map_err(|reason| {
                Error::new(Code::InvalidField, format!("`{text}` is not a regular expression: {reason}"))
                    .label_if(sources.place(text), "")
            })
        };
        Ok(Selection {
            selector,
            sources,
            group: pattern(&selector.group)?,
            version: pattern(&selector.version)?,
            kind: pattern(&selector.kind)?,
            name: pattern(&selector.name)?,
            namespace: pattern(&selector.namespace)?,
            labels: OnceLock::new(),
            annotations: OnceLock::new(),
        })
    }

    /// Finds out now whether the selectors of labels and annotations are any good, not only when they are needed.
    pub fn check(&self) -> Result<()> {
        let (labels, annotations) = (&self.selector.label_selector, &self.selector.annotation_selector);
        let mut both = [(&self.labels, labels), (&self.annotations, annotations)].into_iter();
        both.try_for_each(|(cell, text)| if text.is_empty() { Ok(()) } else { self.parsed(cell, text).map(|_| ()) })
    }

    /// Whether a resource is selected. Fails where it takes a selector of labels or annotations that is no good.
    pub fn selects(&self, resource: &Resource) -> Result<bool> {
        Ok(!resource.is_deleted()
            && self.selects_type(&resource.id().gvk)
            && self.selects_name(resource)
            && self.selects_namespace(resource)
            && self.selects_labels(resource)?
            && self.selects_annotations(resource)?)
    }

    /// Whether it may select resources of a type.
    pub fn selects_type(&self, gvk: &Gvk) -> bool {
        fits(&self.kind, gvk.kind()) && fits(&self.group, gvk.group()) && fits(&self.version, gvk.version())
    }

    fn selects_name(&self, resource: &Resource) -> bool {
        let original = resource.book.previous.first().map(|previous| &*previous.name);
        original.is_some_and(|name| fits(&self.name, name)) || fits(&self.name, resource.name())
    }

    fn selects_namespace(&self, resource: &Resource) -> bool {
        self.namespace.is_none()
            || fits(&self.namespace, resource.original_id().effective_namespace())
            || fits(&self.namespace, resource.id().effective_namespace())
    }

    /// Whether the selector names no id at all.
    pub fn is_without_id(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].iter().all(|pattern| pattern.is_none())
    }

    /// Whether an id of the resource, current or previous, fits in type, name and namespace: the rule of replacements,
    /// for which a namespace is the text that is there, or was kept.
    pub fn selects_any_id(&self, resource: &Resource) -> bool {
        let gvk = &resource.id().gvk;
        let selects = |kind: &str, name: &str, namespace: &str| {
            fits(&self.kind, kind) && fits(&self.name, name) && fits(&self.namespace, namespace)
        };
        let mut previous = resource.book.previous.iter();
        fits(&self.group, gvk.group())
            && fits(&self.version, gvk.version())
            && (selects(gvk.kind(), resource.name(), resource.namespace())
                || previous.any(|previous| selects(&previous.kind, &previous.name, &previous.namespace)))
    }

    /// Whether the labels fit. Fails for an expression that is wrong.
    pub fn selects_labels(&self, resource: &Resource) -> Result<bool> {
        let expression = &self.selector.label_selector;
        if expression.is_empty() {
            return Ok(true);
        }
        let labels = self.parsed(&self.labels, expression)?;
        Ok(labels.matches(|key| resource.metadata_map("labels").find(|(name, _)| *name == key).map(|(_, value)| value)))
    }

    /// Whether the annotations fit. Fails for an expression that is wrong.
    pub fn selects_annotations(&self, resource: &Resource) -> Result<bool> {
        let expression = &self.selector.annotation_selector;
        if expression.is_empty() {
            return Ok(true);
        }
        let annotations = self.parsed(&self.annotations, expression)?;
        // kustomize's own are there to be selected by, too.
        let own = resource.build_annotations();
        let find_own = |key: &str| own.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        Ok(annotations.matches(|key| resource.annotation(key).or_else(|| find_own(key))))
    }

    fn parsed<'c>(&self, cell: &'c OnceLock<LabelSelector>, text: &Spanned<String>) -> Result<&'c LabelSelector> {
        if let Some(parsed) = cell.get() {
            return Ok(parsed);
        }
        let parsed = LabelSelector::parse(text).map_err(|reason| {
            Error::new(Code::InvalidField, format!("`{text}` is not a selector: {reason}"))
                .label_if(self.sources.place(text), "")
                .help("write it as `key=value`, `key in (a, b)`, `key` or `!key`, with commas between")
        })?;
        Ok(cell.get_or_init(|| parsed))
    }
}

/// The one text that a pattern fits, when it has no special characters.
pub fn only_text(pattern: &str) -> Option<&str> {
    (!pattern.is_empty() && pattern::is_simple(pattern) && !pattern.contains('.')).then_some(pattern)
}

fn fits(pattern: &Option<Pattern>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}
