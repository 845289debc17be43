//! Copying values from one place to others.

mod select;
mod structured;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustomize_yaml::{Dialect, Kind, NodeId, Source, Spanned, Style, Tag, Tree};
use rustomize_yaml::{from_node_lenient, read_document, read_document_strictly, unknown_fields};

use self::select::{Finder, Targets};
use self::write::Writer;
use super::patch_target::{described, near_selection};
use crate::check::{Collector, Finding, rules};
use crate::compat::Compat;
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::explain::{Copied, Journal, Mark, trace_of};
use crate::kustomization::{FieldOptions, Replacement, Selector, SourceSelector, TargetSelector};
use crate::patch::Selection;
use crate::refs::path::{Blocked, DottedPath};
use crate::resource::{Resource, ResourceSet};

/// Copies values between the fields of resources, as `replacements` say.
#[derive(Debug)]
pub struct ReplacementTransformer {
    replacements: Vec<Arc<Spanned<Replacement>>>,
}

impl ReplacementTransformer {
    /// A transformer for the field of a kustomization, where an empty list of targets is none, unlike in a file or in
    /// a plugin: upstream hands the field on without what is empty.
    pub fn of_field(replacements: &[Arc<Spanned<Replacement>>], context: &Context) -> Result<ReplacementTransformer> {
        let mut replacements = replacements.to_vec();
        for replacement in &mut replacements {
            if replacement.targets.as_ref().is_some_and(Vec::is_empty) {
                Arc::make_mut(replacement).value.targets = None;
            }
        }
        ReplacementTransformer::new(&replacements, context)
    }

    /// A transformer for these replacements, of which those with a `path` are read from their files.
    ///
    /// Fails for files that cannot be read or understood, and for a replacement that has more beside its `path`.
    pub fn new(replacements: &[Arc<Spanned<Replacement>>], context: &Context) -> Result<ReplacementTransformer> {
        let mut all = Vec::with_capacity(replacements.len());
        for replacement in replacements {
            if replacement.path.is_empty() {
                all.push(replacement.clone());
            } else if replacement.source.is_some() || replacement.targets.as_ref().is_some_and(|all| !all.is_empty()) {
                let message = "a replacement has both a `path` and a source or targets of its own";
                return Err(Error::new(Code::Replacement, message)
                    .label_if(context.sources.place(&replacement.path), "the file")
                    .help("put all of it into the file, or leave out `path`"));
            } else {
                let read = read_file(&context.loader.text(&replacement.path)?, context.collector)?;
                all.extend(read.into_iter().map(Arc::new));
            }
        }
        Ok(ReplacementTransformer { replacements: all })
    }
}

/// The replacements of a file: a list of them, or one.
fn read_file(source: &Arc<Source>, collector: Option<&Collector>) -> Result<Vec<Spanned<Replacement>>> {
    let error = |error| Error::from_yaml(error, source);
    let tree = read_document(source, Dialect::Yaml11).map_err(error)?;
    if let (Some(tree), Some(collector)) = (&tree, collector) {
        report_unknown(tree, source, collector);
    }
    match tree.as_ref().map(|tree| (tree, tree.root())) {
        Some((tree, root)) if tree.is_sequence(root) => from_node_lenient(tree, root).map_err(error),
        Some((tree, root)) if tree.is_mapping(root) => Ok(vec![from_node_lenient(tree, root).map_err(error)?]),
        _ => Err(Error::new(Code::Replacement, format!("{} holds no replacement", source.name))
            .help("a file of replacements is a list of them, or one mapping with `source` and `targets`")),
    }
}

/// Reports fields without effect, and keys that are there twice.
fn report_unknown(tree: &Tree, source: &Arc<Source>, collector: &Collector) {
    collector.read(source);
    let root = tree.root();
    let unknown = match tree.is_sequence(root) {
        true => unknown_fields::<Vec<Replacement>>(tree, root),
        false => unknown_fields::<Replacement>(tree, root),
    };
    let report = |rule, error| collector.report(Finding::of_error(rule, &Error::from_yaml(error, source)));
    unknown.into_iter().for_each(|error| report(&rules::UNKNOWN_FIELD, error));
    if let Err(error) = read_document_strictly(source) {
        report(&rules::DUPLICATE_KEY, error);
    }
}

impl Transformer for ReplacementTransformer {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let mut finder = Finder::default();
        for replacement in &self.replacements {
            let Context { sources, journal, collector, .. } = *context;
            let step = Step { replacement, sources, compat: context.loader.compat(), journal, collector };
            step.replace(resources, &mut finder)?;
        }
        Ok(())
    }
}

/// One replacement at work.
struct Step<'a> {
    replacement: &'a Spanned<Replacement>,
    sources: &'a Sources,
    compat: Compat,
    journal: Option<&'a Journal>,
    collector: Option<&'a Collector>,
}

/// Where a value comes from.
enum Value {
    /// The node of a resource, read anew for each target, as a target may be the source itself.
    InResource { position: usize, node: NodeId },
    /// A text of the kustomization, or a part of the text of a node.
    Own { tree: Tree, part_of: Option<(usize, NodeId)> },
}

impl Value {
    fn tree<'t>(&'t self, resources: &'t ResourceSet) -> (&'t Tree, NodeId) {
        match self {
            Value::InResource { position, node } => (resources.get(*position).tree(), *node),
            Value::Own { tree, .. } => (tree, tree.root()),
        }
    }

    /// The node, when it is of the resource at `position`.
    fn node_in(&self, position: usize) -> Option<NodeId> {
        match self {
            Value::InResource { position: own, node } if *own == position => Some(*node),
            _ => None,
        }
    }
}

impl Step<'_> {
    fn replace(&self, resources: &mut ResourceSet, finder: &mut Finder) -> Result<()> {
        let Some(targets) = &self.replacement.targets else {
            return Err(self.error("a replacement has no targets"));
        };
        let value = self.value(resources, finder)?;
        for target in targets {
            self.write(resources, finder, target, &value)?;
        }
        Ok(())
    }

    fn value(&self, resources: &ResourceSet, finder: &mut Finder) -> Result<Value> {
        match (&self.replacement.source, &self.replacement.source_value) {
            (Some(_), Some(value)) => Err(self
                .error("a replacement has both a `source` and a `sourceValue`")
                .label_if(self.sources.place(value), "keep one of the two")),
            (None, None) => Err(self.error("a replacement has neither a `source` nor a `sourceValue`")),
            (None, Some(text)) => Ok(Value::Own { tree: scalar_tree(text, Tag::Unset, Style::Plain), part_of: None }),
            (Some(source), None) => {
                let position = finder.find(resources, source).map_err(|error| self.in_source(error, source))?;
                self.field(resources, position, source).map_err(|error| self.in_source(error, source))
            }
        }
    }

    /// The value of the field that the source names.
    fn field(&self, resources: &ResourceSet, position: usize, source: &SourceSelector) -> Result<Value> {
        let resource = resources.get(position);
        let tree = resource.tree();
        let text = or_name(&source.field_path);
        let path = DottedPath::new(text);
        let error = |reason: String| {
            Error::new(Code::Replacement, format!("{reason}, in {}, the source of a replacement", resource.id()))
                .label_if(self.place_of(&source.field_path), "")
        };
        let node = path.look_up(tree, path.len()).map_err(|blocked| error(blocked.reason))?;
        let is_missing = |&node: &NodeId| tree.is_null(node) || (!tree.is_scalar(node) && tree.is_empty(node));
        let Some(node) = node.filter(|node| !is_missing(node)) else {
            return Err(error(format!("there is no field `{text}`")));
        };
        match &source.options {
            Some(options) if !options.delimiter.is_empty() => {
                let tree = part(tree, node, options).map_err(error)?;
                Ok(Value::Own { tree, part_of: Some((position, node)) })
            }
            _ => Ok(Value::InResource { position, node }),
        }
    }

    fn write(
        &self,
        resources: &mut ResourceSet,
        finder: &mut Finder,
        target: &Spanned<TargetSelector>,
        value: &Value,
    ) -> Result<()> {
        let Some(selector) = &target.select else {
            let error = self.error("a target of a replacement has no `select`");
            return Err(error.label_if(self.place_of(target), "this target"));
        };
        let texts: Vec<&str> = match target.field_paths.len() {
            0 => vec![or_name("")],
            _ => target.field_paths.iter().map(|path| path.as_str()).collect(),
        };
        let paths: Vec<DottedPath> = texts.iter().map(|path| DottedPath::new(path)).collect();
        let positions = Targets::new(selector, &target.reject, self.sources)?.find(resources, finder)?;
        if let (true, Some(collector)) = (positions.is_empty(), self.collector) {
            collector.report(self.unmatched(resources, selector, target));
        }
        for position in positions {
            for (text, path) in texts.iter().zip(&paths) {
                let (tree, node) = value.tree(resources);
                let copy = tree.part(node);
                let live = value.node_in(position);
                let writer = Writer { path, options: target.options.as_ref(), compat: self.compat, value: &copy, live };
                if path.is_part_of_type() {
                    finder.forget();
                }
                let tree = if path.is_part_of_id() {
                    resources.get_mut(position).tree_mut()
                } else {
                    resources.body_mut(position).body_mut()
                };
                if let Err(blocked) = writer.write(tree) {
                    return Err(self.blocked(resources.get(position), target, text, blocked));
                }
                if let Some(journal) = self.journal {
                    let copied = self.copied(resources, target, text, value);
                    journal.observe_copy(resources.body_mut(position), Some(copied));
                }
            }
        }
        Ok(())
    }
}

/// Saying what is without effect.
impl Step<'_> {
    fn unmatched(&self, resources: &ResourceSet, selector: &Selector, target: &Spanned<TargetSelector>) -> Finding {
        let (place, words) = described(resources, selector, self.sources);
        let message = format!("a target of a replacement selects no resource: {words}");
        let finding =
            Finding::new(&rules::UNMATCHED_REPLACEMENT, message).at(place.or_else(|| self.place_of(target)), "");
        let is_selected = |resource: &Resource| {
            Selection::new(selector, self.sources).is_ok_and(|selection| selection.selects_any_id(resource))
        };
        if !target.reject.is_empty() && resources.iter().any(is_selected) {
            return finding.help("what it selects is rejected again by its `reject`");
        }
        finding.help_if(near_selection(resources, selector))
    }
}

/// Saying where a value comes from.
impl Step<'_> {
    fn copied(&self, resources: &ResourceSet, target: &Spanned<TargetSelector>, path: &str, value: &Value) -> Copied {
        let written = target.field_paths.iter().find(|written| written.as_str() == path);
        let mut settings = vec![written.map_or(Mark::of(target), Mark::of), Mark::of(self.replacement)];
        if let Some(own) = &self.replacement.source_value {
            settings.insert(0, Mark::of(own));
        }
        let from = match *value {
            Value::InResource { position, node } => Some((position, node)),
            Value::Own { part_of, .. } => part_of,
        };
        let from = from.and_then(|(position, node)| Some((trace_of(resources.get(position))?, node)));
        Copied { settings, from }
    }
}

/// Saying what went wrong.
impl Step<'_> {
    fn error(&self, message: &str) -> Error {
        Error::new(Code::Replacement, message).label_if(self.sources.place(self.replacement), "this replacement")
    }

    fn place_of<T>(&self, value: &Spanned<T>) -> Option<crate::diagnostics::Span> {
        self.sources.place(value).or_else(|| self.sources.place(self.replacement))
    }

    fn in_source(&self, error: Error, source: &SourceSelector) -> Error {
        let named = [&source.name, &source.kind, &source.field_path].into_iter();
        let place = named.filter_map(|text| self.sources.place(text)).next();
        error.label_if(place.or_else(|| self.sources.place(self.replacement)), "the source of the replacement")
    }

    fn blocked(&self, resource: &Resource, target: &Spanned<TargetSelector>, path: &str, blocked: Blocked) -> Error {
        let message = format!("cannot replace `{path}` of {}: {}", resource.id(), blocked.reason);
        let written = target.field_paths.iter().find(|written| written.as_str() == path);
        let written = written.and_then(|written| self.sources.place(written));
        Error::new(Code::Replacement, message)
            .label_if(written.or_else(|| self.place_of(target)), "")
            .label_if(blocked.node.and_then(|node| self.sources.span(resource.tree(), node)), "in the way")
    }
}

/// The path, or the one that stands for none.
fn or_name(path: &str) -> &str {
    if path.is_empty() { "metadata.name" } else { path }
}

fn scalar_tree(text: &str, tag: Tag, style: Style) -> Tree {
    let mut tree = Tree::made();
    let root = tree.new_scalar(text, tag, style);
    tree.set_root(root);
    tree
}

/// The part of a scalar between two delimiters. Fails with a clause.
fn part(tree: &Tree, node: NodeId, options: &FieldOptions) -> std::result::Result<Tree, String> {
    if tree.kind(node) != Kind::Scalar {
        return Err("`delimiter` needs a scalar, but meets a collection".to_owned());
    }
    let text = tree.text(node);
    let parts: Vec<&str> = text.split(&options.delimiter).collect();
    let part = usize::try_from(options.index).ok().and_then(|index| parts.get(index));
    let Some(part) = part else {
        return Err(format!(
            "there is no part {} in `{text}`, which `{}` cuts into {}",
            options.index,
            options.delimiter,
            parts.len()
        ));
    };
    let mut copy = tree.part(node);
    copy.set_typed(copy.root(), tree.tag(node), part);
    Ok(copy)
}
