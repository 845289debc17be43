//! Strategic merge patches, as kustomize understands them.
//!
//! A merge walks the whole target, not only what the patch names, and leaves its marks there too: fields that were
//! written without a value go away, and of list items with equal keys only the last one stays.
//!
//! Of both trees the values are *nodes of one tree*: the patch is grafted into the target first, so that moving a value
//! is relinking a node. Where a value is new, or replaces another one altogether, it is merged with itself: that takes
//! the directives and the nulls out of it.

mod directive;
mod irregular;
mod list;
mod mapping;
#[cfg(test)]
mod tests;

use rustomize_yaml::{Kind, NodeId, Style, Tag, Tree};

use crate::diagnostics::{Code, Error, Result, Sources, Span};
use crate::schema::{Node, Schema};

/// What a patch leaves of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The target is there, merged.
    Merged,
    /// The patch says `$patch: delete` of the whole resource.
    Deleted,
}

/// Merges the root of `patch` into the root of `target`.
///
/// Fails where the two hold different kinds of values under one name, for an unknown `$patch` directive, and for a
/// schema of the user that cannot be read. `replaced` takes note of lists that are replaced for want of a schema.
pub fn strategic_merge(
    target: &mut Tree,
    patch: &Tree,
    schema: &Schema,
    sources: &Sources,
    replaced: Option<&mut Vec<ReplacedList>>,
) -> Result<Outcome> {
    schema.ready()?;
    let root = target.root();
    target.reserve(patch.node_count());
    let patch = target.graft(patch, patch.root());
    let words = &Words::PATCH;
    let mut merger = Merger { tree: target, schema, sources, words, new_items_last: false, path: Vec::new(), replaced };
    // A patch that replaces the whole resource changes nothing: kustomize drops the replacement.
    match merger.merge(Some(root), Some(patch), None)? {
        Merged::Gone => Ok(Outcome::Deleted),
        Merged::KeptNull | Merged::Node(_) => Ok(Outcome::Merged),
    }
}

/// Merges the root of `over` into the root of `values`, as kustomize merges the values of a Helm chart: like a strategic
/// merge patch, but where lists merge by keys, new items come last. What is merged away altogether leaves an empty mapping.
///
/// Fails as [`strategic_merge`] does; `names` are what errors call `over` and `values`.
pub fn merge_values(
    values: &mut Tree,
    over: &Tree,
    names: [&str; 2],
    schema: &Schema,
    sources: &Sources,
) -> Result<()> {
    schema.ready()?;
    let root = values.root();
    let over = values.graft(over, over.root());
    let words = Words { patch: names[0], target: names[1] };
    let mut merger =
        Merger { tree: values, schema, sources, words: &words, new_items_last: true, path: Vec::new(), replaced: None };
    let root = match merger.merge(Some(root), Some(over), None)? {
        Merged::Node(id) => id,
        Merged::Gone | Merged::KeptNull => values.new_mapping(),
    };
    values.set_root(root);
    Ok(())
}

/// What errors call the two sides.
struct Words<'a> {
    patch: &'a str,
    target: &'a str,
}

impl Words<'_> {
    const PATCH: Words<'static> = Words { patch: "the patch", target: "the resource" };
}

struct Merger<'a> {
    tree: &'a mut Tree,
    schema: &'a Schema,
    sources: &'a Sources,
    words: &'a Words<'a>,
    /// Where lists merge by keys, new items come behind those of the target, not before.
    new_items_last: bool,
    /// Keys and items on the way to the current value, for errors.
    path: Vec<NodeId>,
    /// Takes note of lists that are replaced for want of a schema, if somebody wants to know.
    replaced: Option<&'a mut Vec<ReplacedList>>,
}

/// A list that a patch has replaced as a whole, since nothing is known of its items.
#[derive(Debug, Clone)]
pub struct ReplacedList {
    /// The way to it, in words.
    pub path: String,
    /// Where the list of the patch stands.
    pub patch: Option<Span>,
    /// Where the list of the target stands.
    pub target: Option<Span>,
}

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Merged {
    /// It goes away.
    Gone,
    /// It is a null that the target spells out, and stays.
    KeptNull,
    /// It is this node.
    Node(NodeId),
}

impl Merger<'_> {
    /// Merges two values of which each may be missing or null.
    fn merge(&mut self, target: Option<NodeId>, patch: Option<NodeId>, schema: Option<Node>) -> Result<Merged> {
        let old = target.filter(|&id| !self.tree.is_null(id));
        let new = patch.filter(|&id| !self.tree.is_null(id));
        let Some(kind) = old.or(new).map(|id| self.tree.kind(id)) else {
            let is_spelled_out = patch.is_none() && target.is_some_and(|id| !self.tree.text(id).is_empty());
            return Ok(if is_spelled_out { Merged::KeptNull } else { Merged::Gone });
        };
        if let (Some(old), Some(new)) = (old, new)
            && self.tree.kind(new) != kind
        {
            return Err(self.kinds_differ(old, new));
        }
        if let (Some(old), Some(patch)) = (old, patch)
            && kind != Kind::Scalar
            && self.tree.is_empty(old)
        {
            // What is put into `{}` is not to be printed between braces, where some values come out differently.
            self.tree.set_style(old, self.tree.style(patch));
        }
        match kind {
            Kind::Scalar => Ok(self.replace(target, patch)),
            Kind::Mapping => {
                let schema = self.schema_at(schema, old, new);
                self.merge_mappings(old, patch, schema)
            }
            Kind::Sequence => {
                let schema = self.schema_at(schema, old, new);
                if let (None, Some(old), Some(new)) = (&schema, old, new) {
                    self.note_replaced(old, new);
                }
                let Some(schema) = schema.filter(|schema| schema.merges()) else {
                    return Ok(self.replace(target, patch));
                };
                self.merge_lists(old, patch, &schema)
            }
        }
    }

    /// Takes note of a list that goes for want of a schema, if it has a mapping that the new one does not have.
    fn note_replaced(&mut self, old: NodeId, new: NodeId) {
        if self.replaced.is_none() || old == new || self.tree.is_empty(new) {
            return;
        }
        let tree = &*self.tree;
        let stays = |item: NodeId| tree.items(new).any(|other| tree.same_data(item, tree, other));
        if tree.items(old).filter(|&item| tree.is_mapping(item)).all(stays) {
            return;
        }
        let (patch, target) = (self.sources.span(tree, new), self.sources.span(tree, old));
        let list = ReplacedList { path: self.shown_path(), patch, target };
        self.replaced.as_deref_mut().into_iter().for_each(|lists| lists.push(list.clone()));
    }

    /// What counts is the value of the patch, whose null clears; without one, that of the target.
    fn replace(&self, target: Option<NodeId>, patch: Option<NodeId>) -> Merged {
        match patch.or(target) {
            Some(id) if !self.tree.is_null(id) => Merged::Node(id),
            _ => Merged::Gone,
        }
    }

    /// The schema of a value: from a comment at it, else the one that is known from above, else that of the type which
    /// the value itself names.
    fn schema_at(&self, known: Option<Node>, old: Option<NodeId>, new: Option<NodeId>) -> Option<Node> {
        let mut values = [old, new].into_iter().flatten();
        if self.tree.has_steering()
            && let Some(schema) = values.clone().find_map(|value| self.schema_from_comment(value))
        {
            return Some(schema);
        }
        known.or_else(|| values.find_map(|value| self.schema_of_type(value)))
    }

    fn schema_from_comment(&self, id: NodeId) -> Option<Node> {
        self.schema.steered(self.tree.steering(id).next()?)
    }

    fn schema_of_type(&self, id: NodeId) -> Option<Node> {
        let text = |key| self.tree.get(id, key).filter(|&value| !self.tree.is_null(value));
        let (kind, api_version) = (text("kind")?, text("apiVersion")?);
        self.schema.root(self.tree.text(api_version), self.tree.text(kind))
    }

    /// Quotes a plain text that YAML 1.1 takes for something else, as kustomize does when it sets a field.
    fn quote(&mut self, id: NodeId) {
        let node = self.tree.node(id);
        if node.kind == Kind::Scalar
            && node.style == Style::Plain
            && matches!(node.tag, Tag::Str | Tag::Unset)
            && may_be_other_than_text(self.tree.text(id))
            && Tree::style_of_new(self.tree.text(id)) == Style::DoubleQuoted
        {
            self.tree.set_style(id, Style::DoubleQuoted);
        }
    }

    fn kinds_differ(&self, old: NodeId, new: NodeId) -> Error {
        let message = format!(
            "{} has {} at {}, where {} has {}",
            self.words.patch,
            kind_name(self.tree.kind(new)),
            self.shown_path(),
            self.words.target,
            kind_name(self.tree.kind(old))
        );
        Error::new(Code::InvalidPatch, message)
            .label_if(self.sources.span(self.tree, new), format!("of {}", self.words.patch))
            .label_if(self.sources.span(self.tree, old), format!("of {}", self.words.target))
    }

    fn not_a_mapping(&self, item: NodeId) -> Error {
        let message = format!("an item of {} is not a mapping, and its items merge by key", self.shown_path());
        Error::new(Code::InvalidPatch, message).label_if(self.sources.span(self.tree, item), "")
    }

    fn empty_key(&self, key: NodeId) -> Error {
        let message =
            format!("a key of {} is empty, so that a strategic merge patch cannot be applied", self.shown_path());
        Error::new(Code::InvalidPatch, message)
            .label_if(self.sources.span(self.tree, key), "")
            .help("give the key a name, or use a JSON 6902 patch")
    }

    /// The keys on the way to the current value; `name`s stand for items.
    fn shown_path(&self) -> String {
        let part = |&id: &NodeId| match self.tree.get(id, "name") {
            Some(name) => format!("[name={}]", self.tree.text(name)),
            None if self.tree.is_scalar(id) => format!(".{}", self.tree.text(id)),
            None => "[]".to_owned(),
        };
        let path: String = self.path.iter().map(part).collect();
        if path.is_empty() { "the top".to_owned() } else { format!("`{}`", path.trim_start_matches('.')) }
    }
}

/// A first look that passes over most texts: numbers, booleans and nulls begin with one of these.
fn may_be_other_than_text(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || "+-.~yYnNtTfFoO".contains(first))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Scalar => "a single value",
        Kind::Mapping => "a mapping",
        Kind::Sequence => "a list",
    }
}
