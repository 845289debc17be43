use std::collections::BTreeMap;

use rustomize_yaml::{FileId, Tree};

use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Span, nearest};
use crate::resource::{Behavior, Bookkeeping, Resource, ResourceSet, get_or_create_mapping};

/// Takes a generated resource into the set: as a new one, in the place of the one that has or had its id, or merged
/// into that.
///
/// Fails when its behavior does not fit what is there: to replace or to merge needs exactly one, anything else none.
pub fn absorb(set: &mut ResourceSet, resource: Resource, context: &Context) -> Result<()> {
    let id = resource.id();
    let behavior = resource.book.behavior;
    match (set.by_any_id(&id.name, |other| other.same(id)).as_slice(), behavior) {
        ([], Behavior::Merge | Behavior::Replace) => Err(nothing_there(set, &resource, context)),
        ([], _) => set.append(resource, context.sources),
        (&[position], Behavior::Merge | Behavior::Replace) => {
            let resource = combine(set.get(position), resource);
            if set.by_current_id(&resource.id().name, |other| other.same(resource.id())) != [position] {
                return Err(changed_type(set.get(position), &resource, context));
            }
            *set.get_mut(position) = resource;
            Ok(())
        }
        (&[position], _) => Err(exists(set.get(position), &resource, context)),
        (positions, _) => {
            let message =
                format!("{} resources have or had the id {id}; a generator can change one only", positions.len());
            let error =
                Error::new(Code::GeneratorTarget, message).label_if(place(&resource, context), "generated here");
            Err(positions
                .iter()
                .fold(error, |error, &position| error.label_if(place(set.get(position), context), "could be meant")))
        }
    }
}

/// The new resource under the old one's name, with the labels and annotations of both and, to merge, the data of both;
/// where both have a key, the new value wins.
fn combine(old: &Resource, mut new: Resource) -> Resource {
    let merges = new.book.behavior == Behavior::Merge;
    for field in ["labels", "annotations"] {
        let entries: BTreeMap<String, String> = old
            .metadata_map(field)
            .chain(new.metadata_map(field))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        new.set_metadata_map(field, entries.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    }
    new.set_name(old.name());
    new.set_namespace(old.namespace());
    new.var_names.clone_from(&old.var_names);
    if merges {
        merge_data(old.tree(), new.body_mut(), "data");
        merge_data(old.tree(), new.body_mut(), "binaryData");
    }
    new.book = combine_books(&old.book, new.book, merges);
    new
}

/// The state of the old one counts, but for the hash, which both must want, and the origin.
fn combine_books(old: &Bookkeeping, new: Bookkeeping, merges: bool) -> Bookkeeping {
    let origin = if merges { old.origin.clone().or(new.origin) } else { new.origin.or_else(|| old.origin.clone()) };
    Bookkeeping { needs_hash: old.needs_hash && new.needs_hash, origin, ..old.clone() }
}

/// Makes `field` of `new` anew from the texts of both, sorted by key; without any, the field goes.
fn merge_data(old: &Tree, new: &mut Tree, field: &str) {
    let mut entries: BTreeMap<String, (String, FileId, u32)> = texts(old, field).collect();
    entries.extend(texts(new, field));
    let root = new.root();
    new.remove(root, field);
    if entries.is_empty() {
        return;
    }
    let map = get_or_create_mapping(new, root, field);
    for (key, (text, file, at)) in &entries {
        let node = new.set_string(map, key, text);
        new.set_place(node, *file, *at);
    }
}

/// The entries of a mapping under the root with their places; a null stands for the empty text.
fn texts<'a>(tree: &'a Tree, field: &str) -> impl Iterator<Item = (String, (String, FileId, u32))> + 'a {
    let map = tree.get(tree.root(), field);
    map.into_iter().flat_map(|map| tree.entries(map)).map(|(key, value)| {
        let text = if tree.is_null(value) { "" } else { tree.text(value) };
        let node = tree.node(value);
        (tree.text(key).to_owned(), (text.to_owned(), node.file, node.at))
    })
}

fn place(resource: &Resource, context: &Context) -> Option<Span> {
    context.sources.span(resource.tree(), resource.tree().root())
}

fn nothing_there(set: &ResourceSet, resource: &Resource, context: &Context) -> Error {
    let (id, verb) = (resource.id(), resource.book.behavior.name());
    let error = Error::new(Code::GeneratorTarget, format!("cannot {verb} {id}: there is no such resource"))
        .label_if(place(resource, context), format!("has `behavior: {verb}`"));
    let same_kind = set.iter().filter(|other| other.kind() == id.gvk.kind);
    match nearest(&id.name, same_kind.map(Resource::name)) {
        Some(name) if name == id.name => {
            error.help("one of that name lies in another namespace: set the `namespace` of this entry")
        }
        Some(name) => error.help(format!("there is one called `{name}`")),
        None => error.help("list what it changes under `resources`, or leave out `behavior`"),
    }
}

fn exists(old: &Resource, new: &Resource, context: &Context) -> Error {
    Error::new(Code::DuplicateResource, format!("{} exists already", new.id()))
        .label_if(place(new, context), "generated here")
        .label_if(place(old, context), "is there already")
        .help("set `behavior: merge` or `behavior: replace` to change the one that exists")
}

fn changed_type(old: &Resource, new: &Resource, context: &Context) -> Error {
    let verb = new.book.behavior.name();
    Error::new(Code::GeneratorTarget, format!("cannot {verb} {}: it has become {}", new.id(), old.id()))
        .label_if(place(new, context), "generated here")
        .label_if(place(old, context), "was of the same type once")
}
