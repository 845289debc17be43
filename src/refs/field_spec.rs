//! Walking a tree along the path of one field spec.

use std::borrow::Cow;

use rustomize_yaml::{Kind, NodeId, Style, Tag, Tree};
use smallvec::SmallVec;

use super::field_trie::Hit;
use crate::diagnostics::{Code, Error, Result, Span};
use crate::kustomization::FieldSpec;
use crate::resource::{Gvk, Resource};

/// What is made at the end of a path whose field is missing, or null, when the field spec says `create`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// Nothing, whatever the field spec says.
    No,
    /// An empty mapping.
    Mapping,
    /// An empty scalar; where there was a null, it gets this tag.
    Scalar(Tag),
}

/// What is done to a node that a field names.
pub type Act<'a> = &'a mut dyn FnMut(&mut Tree, NodeId) -> Result<()>;

/// The path of a field spec, taken apart once and walked often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    path: Cow<'static, str>,
    parts: Box<[Part]>,
    create: bool,
    is_part_of_id: bool,
    is_in_metadata: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The key to look up.
    pub name: Cow<'static, str>,
    /// Written with `[]` behind it: the value should be a sequence, and is never made.
    pub sequence: bool,
    /// Whether kustomize takes the name for a key. An empty one is an error wherever it meets a mapping; and so are
    /// numbers, `-`, `*` and `[…]`, which mean something else to its lookups.
    pub is_key: bool,
    /// See [`rustomize_yaml::is_word`].
    is_word: bool,
}

impl Part {
    /// A part as written; `None` for one of spaces alone, which changes nothing.
    fn new(text: Cow<'static, str>) -> Option<Part> {
        let (stripped, sequence) = text.strip_suffix("[]").map_or((&*text, false), |name| (name, true));
        let name = stripped.trim();
        if name.is_empty() && !stripped.is_empty() {
            return None;
        }
        let is_key = is_key(name);
        let name = match &text {
            Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix("[]").unwrap_or(text).trim()),
            Cow::Owned(_) => Cow::Owned(name.to_owned()),
        };
        let is_word = rustomize_yaml::is_word(&name);
        Some(Part { name, sequence, is_key, is_word })
    }
}

fn is_key(name: &str) -> bool {
    match name.as_bytes() {
        [] => false,
        [first, ..] if first.is_ascii_alphabetic() => true,
        _ => {
            let is_odd = matches!(name, "-" | "*")
                || (name.starts_with('[') && name.ends_with(']'))
                || name.parse::<i64>().is_ok();
            !is_odd
        }
    }
}

impl Field {
    /// The field that a spec speaks of.
    pub fn new(spec: &FieldSpec) -> Field {
        let parts: Box<[Part]> = match &spec.path {
            Cow::Borrowed(path) if !path.contains('\\') => {
                pieces(path, '/').filter_map(|part| Part::new(part.into())).collect()
            }
            path => split_path(path, '/').into_iter().filter_map(|part| Part::new(part.into())).collect(),
        };
        let is_part_of_id = leads_to_id(parts.iter().map(|part| &*part.name));
        let is_in_metadata = parts.len() > 1 && parts[0].name == "metadata";
        Field { path: spec.path.clone(), parts, create: spec.create, is_part_of_id, is_in_metadata }
    }

    /// Whether the field is made where it is missing, by those who make things so.
    pub fn makes(&self, create: Create) -> bool {
        self.create && create != Create::No
    }

    /// With how many parts both paths begin.
    pub fn shared_parts(&self, other: &Field) -> usize {
        self.parts.iter().zip(&other.parts).take_while(|(one, other)| one == other).count()
    }

    /// The path as it was written.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn shared_path(&self) -> Cow<'static, str> {
        self.path.clone()
    }

    /// Whether the field, or what is under it, makes up the id of a resource.
    pub fn is_part_of_id(&self) -> bool {
        self.is_part_of_id
    }

    /// Whether it says what type the resource has.
    pub fn is_part_of_type(&self) -> bool {
        matches!(self.name(0), Some("kind" | "apiVersion"))
    }

    /// Whether it is a field of `metadata`.
    fn is_in_metadata(&self) -> bool {
        self.is_in_metadata
    }

    /// Whether it is `metadata.annotations`.
    pub fn is_annotations(&self) -> bool {
        matches!(&*self.parts, [metadata, annotations] if metadata.name == "metadata" && annotations.name == "annotations")
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.parts.get(index).map(|part| &*part.name)
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// Whether the field that these names lead to makes up the id of a resource, or holds what does.
pub(super) fn leads_to_id<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    match names.next() {
        None | Some("kind" | "apiVersion") => true,
        Some("metadata") => matches!(names.next(), None | Some("name" | "namespace")),
        Some(_) => false,
    }
}

/// Whether the spec is meant for resources of this type: each part that it names is equal.
pub fn selects(spec: &FieldSpec, gvk: &Gvk) -> bool {
    (spec.kind.is_empty() || spec.kind == gvk.kind())
        && (spec.group.is_empty() || spec.group == gvk.group())
        && (spec.version.is_empty() || spec.version == gvk.version())
}

/// Does [`visit`] in the tree of a resource, which is copied from a shared one only when there is something to do; of
/// such a tree, it does not say what is missing.
///
/// Where the field is part of an id, the resource must have been borrowed from its set accordingly.
pub fn visit_resource(resource: &mut Resource, field: &Field, create: Create, act: Act) -> Result<Option<usize>> {
    if resource.is_tree_shared() && !reaches(resource.tree(), field, create) {
        return Ok(None);
    }
    if !field.is_part_of_id() {
        return visit(resource.body_mut(), field, create, act);
    }
    let tree = resource.body_mut();
    let root = tree.root();
    let mut reached = None;
    let (missing, met_list) = walk(tree, field, (root, 0, false), create, &mut |tree, node| {
        reached = Some(node);
        act(tree, node)
    })?;
    if let Some(node) = reached {
        follow(resource, field, node, met_list);
    }
    Ok(missing)
}

/// Calls `act` for every node that fields name, from where they have been found in the resource.
pub(super) fn visit_hits(
    resource: &mut Resource,
    fields: &[Field],
    hits: &[Hit],
    create: Create,
    act: Act,
) -> Result<()> {
    let mut reached = SmallVec::<[(&Field, NodeId, bool); 2]>::new();
    let is_metadata = |hit: &Hit| fields[usize::from(hit.field)].is_in_metadata();
    let tree = if hits.iter().all(is_metadata) { resource.metadata_mut() } else { resource.body_mut() };
    for hit in hits {
        let field = &fields[usize::from(hit.field)];
        let end = visit_hit(tree, field, hit, create, act)?;
        if let Some((node, met_list)) = end.filter(|_| field.is_part_of_id()) {
            reached.push((field, node, met_list));
        }
    }
    reached.into_iter().for_each(|(field, node, met_list)| follow(resource, field, node, met_list));
    Ok(())
}

/// Says which node has been reached last, if any, and whether through a list.
fn visit_hit(tree: &mut Tree, field: &Field, hit: &Hit, create: Create, act: Act) -> Result<Option<(NodeId, bool)>> {
    let depth = hit.depth as usize;
    let end = match &field.parts[depth..] {
        [] => Some(hit.node),
        // What was missing then may have been made since, if there are others that do so.
        [last] if hit.is_only_maker || (hit.makes && tree.get(hit.node, &last.name).is_none()) => {
            Some(append_made(tree, hit.node, last, create))
        }
        _ => None,
    };
    if let Some(end) = end {
        act(tree, end)?;
        return Ok(Some((end, hit.in_list)));
    }
    let mut reached = None;
    let from = (hit.node, depth, hit.in_list);
    let (_, met_list) = walk(tree, field, from, create, &mut |tree, node| {
        reached = Some(node);
        act(tree, node)
    })?;
    Ok(reached.map(|node| (node, met_list)))
}

/// Brings the id up to date after a field that is a part of it has been written at a node, which was found through a list or
/// not. No id is made anew for nothing.
fn follow(resource: &mut Resource, field: &Field, node: NodeId, met_list: bool) {
    if field.is_part_of_type() {
        resource.forget_id();
    } else if field.path == "metadata/name" && !met_list {
        resource.follow_name(node);
    } else if field.path == "metadata/namespace" && !met_list {
        resource.follow_namespace(node);
    } else {
        resource.follow_metadata();
    }
}

/// Calls `act` for every node that the field names in `tree`, in document order; lists on the way are walked through.
///
/// Does what kustomize's field-spec filter does: a missing field is no error and, if the spec says `create` and
/// `create` says what, it is made, with the mappings on the way to it; a null on the way ends the walk, unless
/// something is made there; a null at the end is handed to `act` like anything else. Fails where a scalar stands in
/// the way, and for a path with an empty part.
///
/// Says which part is missing where mappings alone lead to it: wherever a path goes on from there is nothing to do
/// either, unless it makes something.
pub fn visit(tree: &mut Tree, field: &Field, create: Create, act: Act) -> Result<Option<usize>> {
    let root = tree.root();
    walk(tree, field, (root, 0, false), create, act).map(|(missing, _)| missing)
}

/// Says beside what [`visit`] says whether the path led into a list. The walk begins at a node that so many parts lead to,
/// through a list or not.
fn walk(
    tree: &mut Tree,
    field: &Field,
    (node, depth, met_list): (NodeId, usize, bool),
    create: Create,
    act: Act,
) -> Result<(Option<usize>, bool)> {
    let create = if field.create { create } else { Create::No };
    let mut walk = Walk { field, create, act, met_list, missing: None };
    walk.step(tree, node, depth)?;
    Ok((walk.missing, walk.met_list))
}

/// Whether [`visit`] would find something to do in `tree`: a node, something to make, or an error. Changes nothing,
/// so that a shared tree need not be copied in vain.
pub fn reaches(tree: &Tree, field: &Field, create: Create) -> bool {
    reaches_from(tree, tree.root(), &field.parts, field.makes(create))
}

fn reaches_from(tree: &Tree, node: NodeId, parts: &[Part], create: bool) -> bool {
    let Some((part, rest)) = parts.split_first() else { return true };
    match tree.kind(node) {
        _ if tree.is_null(node) => false,
        Kind::Scalar => true,
        Kind::Sequence => tree.items(node).any(|item| reaches_from(tree, item, parts, create)),
        Kind::Mapping if !part.is_key => true,
        Kind::Mapping => match tree.get(node, &part.name) {
            Some(value) if tree.is_null(value) => create || part.sequence || rest.is_empty(),
            Some(value) => reaches_from(tree, value, rest, create),
            None => create && !part.sequence,
        },
    }
}

struct Walk<'a, 'b> {
    field: &'a Field,
    create: Create,
    act: Act<'b>,
    /// Whether the path has led into a list, which may have several ends.
    met_list: bool,
    /// The part that is missing, if no list led there.
    missing: Option<usize>,
}

impl Walk<'_, '_> {
    fn step(&mut self, tree: &mut Tree, node: NodeId, depth: usize) -> Result<()> {
        if depth == self.field.parts.len() {
            return (self.act)(tree, node);
        }
        match tree.kind(node) {
            _ if tree.is_null(node) => Ok(()),
            Kind::Mapping => self.mapping(tree, node, depth),
            Kind::Sequence => {
                self.met_list = true;
                let mut next = tree.first_child(node);
                while let Some(item) = next {
                    next = tree.next_sibling(item);
                    self.step(tree, item, depth)?;
                }
                Ok(())
            }
            Kind::Scalar => Err(blocked(tree, node, &self.field.path, depth)),
        }
    }

    fn mapping(&mut self, tree: &mut Tree, mapping: NodeId, depth: usize) -> Result<()> {
        let field = self.field;
        let part = &field.parts[depth];
        if !part.is_key {
            return Err(odd_path(&field.path, part));
        }
        let made = self.made_at(depth);
        let value = match tree.get(mapping, &part.name) {
            Some(value) => value,
            None if part.sequence || made == Create::No => {
                self.missing = (!self.met_list && made == Create::No).then_some(depth);
                return Ok(());
            }
            None => append_made(tree, mapping, part, made),
        };
        if tree.is_null(value) {
            fill_null(tree, value, if part.sequence { None } else { Some(made) });
        }
        self.step(tree, value, depth + 1)
    }

    /// What is to be made for the part at `depth`: mappings on the way, the wanted thing at the end.
    fn made_at(&self, depth: usize) -> Create {
        match self.create {
            Create::No => Create::No,
            end if depth + 1 == self.field.parts.len() => end,
            _ => Create::Mapping,
        }
    }
}

/// The error for a part that is no key where a mapping has been reached.
pub(super) fn odd_path(path: &str, part: &Part) -> Error {
    let message = if part.name.is_empty() {
        format!("the field path `{path}` has an empty part")
    } else {
        format!("the field path `{path}` has `{}` where the name of a field is needed", part.name)
    };
    Error::new(Code::FieldSpec, message).help("field specs walk through lists by themselves")
}

/// The error for a scalar that stands in the way of a path, before its part number `depth`.
pub(super) fn blocked(tree: &Tree, node: NodeId, path: &str, depth: usize) -> Error {
    let parts = split_path(path, '/');
    let place = match depth {
        0 => "the resource".to_owned(),
        _ => format!("`{}`", parts[..depth.min(parts.len())].join("/")),
    };
    let message = format!(
        "cannot reach the field `{path}` of {}: {place} is the scalar `{}`, not a mapping or a list",
        describe(tree),
        tree.text(node),
    );
    Error::new(Code::FieldSpec, message).label_if(own_span(tree, node), "a mapping or a list is needed here")
}

/// An entry for what is missing at the end of a path, or on the way to it.
fn append_made(tree: &mut Tree, mapping: NodeId, part: &Part, made: Create) -> NodeId {
    let value = match made {
        Create::Scalar(_) => tree.new_scalar("", Tag::Unset, Style::Plain),
        Create::Mapping | Create::No => tree.new_mapping(),
    };
    let key =
        if part.is_word { tree.new_word(&part.name) } else { tree.new_scalar(&part.name, Tag::Unset, Style::Plain) };
    tree.append_entry(mapping, key, value);
    value
}

/// Turns a null into what would have been made in its place; `None` stands for a sequence.
fn fill_null(tree: &mut Tree, value: NodeId, made: Option<Create>) {
    let filling = match made {
        Some(Create::No) => return,
        Some(Create::Scalar(tag)) => return tree.set_tag(value, tag),
        Some(Create::Mapping) => tree.new_mapping(),
        None => tree.new_sequence(),
    };
    tree.assign(value, filling);
}

/// What to call the resource in a message.
fn describe(tree: &Tree) -> String {
    let root = tree.root();
    let text = |path: &[&str]| tree.path(root, path).map_or("", |id| tree.text(id));
    format!("{} `{}`", text(&["kind"]), text(&["metadata", "name"]))
}

/// The place of a node that was read from the same text as its tree.
fn own_span(tree: &Tree, node: NodeId) -> Option<Span> {
    let (source, at) = (tree.source(), tree.node(node));
    let len = tree.text(node).lines().next().map_or(0, str::len) as u32;
    (source.id == at.file && at.file.0 != 0).then(|| Span { source: source.clone(), at: at.at, len })
}

/// Splits at a separator; one at the start does not count.
fn pieces(path: &str, separator: char) -> impl Iterator<Item = &str> {
    path.strip_prefix(separator).unwrap_or(path).split(separator)
}

/// Splits at a separator that has no backslash before it; one separator at the start does not count.
pub(super) fn split_path(path: &str, separator: char) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in pieces(path, separator) {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(separator);
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &'static str, create: bool) -> Field {
        Field::new(&FieldSpec { path: path.into(), create, ..FieldSpec::default() })
    }

    fn names(field: &Field) -> Vec<&str> {
        field.parts.iter().map(|part| &*part.name).collect()
    }

    /// `spec: {list: [{name: a}, {name: b}, null], scalar: x, empty: null}`
    fn sample() -> Tree {
        let mut tree = Tree::made();
        let (root, spec, list) = (tree.new_mapping(), tree.new_mapping(), tree.new_sequence());
        tree.set_root(root);
        tree.set(root, "spec", spec);
        tree.set(spec, "list", list);
        for name in ["a", "b"] {
            let item = tree.new_mapping();
            tree.set_string(item, "name", name);
            tree.push(list, item);
        }
        let null = tree.new_scalar("null", Tag::Null, Style::Plain);
        tree.push(list, null);
        tree.set_string(spec, "scalar", "x");
        let null = tree.new_scalar("null", Tag::Null, Style::Plain);
        tree.set(spec, "empty", null);
        tree
    }

    fn visited(tree: &mut Tree, field: &Field, create: Create) -> Result<Vec<String>> {
        let mut seen = Vec::new();
        let expected = reaches(tree, field, create);
        let result = visit(tree, field, create, &mut |tree, node| {
            seen.push(format!("{:?} {}", tree.kind(node), tree.text(node)));
            Ok(())
        });
        assert!(expected || (seen.is_empty() && result.is_ok()), "`reaches` said no");
        result.map(|_| seen)
    }

    #[test]
    fn paths_split_at_slashes_that_are_not_escaped() {
        assert_eq!(names(&field("a/b[]/c", false)), ["a", "b", "c"]);
        assert_eq!(names(&field("/a/b\\/c/d", false)), ["a", "b/c", "d"]);
        assert_eq!(names(&field("", false)), [""]);
    }

    #[test]
    fn lists_are_walked_through_with_and_without_brackets() {
        for path in ["spec/list/name", "spec/list[]/name"] {
            assert_eq!(visited(&mut sample(), &field(path, false), Create::No).unwrap(), ["Scalar a", "Scalar b"]);
        }
    }

    #[test]
    fn what_is_missing_is_known_unless_a_list_leads_there() {
        let missing = |path| visit(&mut sample(), &field(path, false), Create::No, &mut |_, _| Ok(())).unwrap();
        assert_eq!(["none/x", "spec/none/x", "spec/scalar"].map(missing), [Some(0), Some(1), None]);
        assert_eq!(["spec/list/none/x", "spec/empty/x", "spec/none[]/x"].map(missing), [None, None, Some(1)]);
        assert_eq!(visit(&mut sample(), &field("none/x", true), Create::Mapping, &mut |_, _| Ok(())).unwrap(), None);
    }

    #[test]
    fn a_missing_field_is_made_only_when_both_sides_agree() {
        let path = "spec/new/deep";
        assert!(visited(&mut sample(), &field(path, false), Create::Mapping).unwrap().is_empty());
        assert!(visited(&mut sample(), &field(path, true), Create::No).unwrap().is_empty());
        assert_eq!(visited(&mut sample(), &field(path, true), Create::Mapping).unwrap(), ["Mapping "]);
    }

    #[test]
    fn a_null_at_the_end_is_visited_and_one_on_the_way_ends_the_walk_unless_filled() {
        assert_eq!(visited(&mut sample(), &field("spec/empty", false), Create::No).unwrap(), ["Scalar null"]);
        assert!(visited(&mut sample(), &field("spec/empty/x", false), Create::Mapping).unwrap().is_empty());
        let mut tree = sample();
        assert_eq!(visited(&mut tree, &field("spec/empty/x", true), Create::Mapping).unwrap(), ["Mapping "]);
        assert!(tree.path(tree.root(), &["spec", "empty", "x"]).is_some());
    }

    #[test]
    fn brackets_turn_a_null_into_an_empty_list() {
        // kustomize prints `containers: []` for `containers: null` under the `images` transformer
        let mut tree = sample();
        assert!(visited(&mut tree, &field("spec/empty[]/image", true), Create::No).unwrap().is_empty());
        let empty = tree.path(tree.root(), &["spec", "empty"]).unwrap();
        assert!(tree.is_sequence(empty));
    }

    #[test]
    fn a_scalar_in_the_way_and_an_empty_part_are_errors() {
        let error = visited(&mut sample(), &field("spec/scalar/x", false), Create::No).unwrap_err();
        assert!(error.to_string().contains("`spec/scalar` is the scalar `x`"), "{error}");
        assert!(visited(&mut sample(), &field("spec//x", false), Create::No).is_err());
        assert!(visited(&mut sample(), &field("", false), Create::No).is_err());
    }

    #[test]
    fn fields_of_the_id_are_known() {
        for path in ["kind", "metadata", "metadata/name", "metadata/namespace"] {
            assert!(field(path, false).is_part_of_id(), "{path}");
        }
        assert!(!field("metadata/labels", false).is_part_of_id());
        assert!(!field("spec/kind", false).is_part_of_id());
    }
}
