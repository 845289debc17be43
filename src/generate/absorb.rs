use std::collections::BTreeMap;

use rustomize_yaml::{FileId, Tree};

use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Span, nearest};
use crate::resource::{Behavior, Bookkeeping, ORIGIN, Resource, ResourceSet, get_or_create_mapping, origin_text};

/// Takes a generated resource into the set: as a new one, in the place of the one that has or had its id, or merged
/// into that.
///
/// Says at which position it is. Fails when its behavior does not fit what is there: to replace or to merge needs
/// exactly one, anything else none.
pub fn absorb(set: &mut ResourceSet, resource: Resource, context: &Context) -> Result<usize> {
    let id = resource.id();
    let behavior = resource.book.behavior;
    match (set.with_any_id(id).as_slice(), behavior) {
        ([], Behavior::Merge | Behavior::Replace) => Err(nothing_there(set, &resource, context)),
        ([], _) => set.append(resource, context.sources).map(|()| set.len() - 1),
        (&[position], Behavior::Merge | Behavior::Replace) => {
            let resource = combine(set.get(position), resource, context)?;
            if set.with_current_id(resource.id()) != [position] {
                return Err(changed_type(set.get(position), &resource, context));
            }
            *set.get_mut(position) = resource;
            Ok(position)
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
fn combine(old: &Resource, mut new: Resource, context: &Context) -> Result<Resource> {
    let merges = new.book.behavior == Behavior::Merge;
    // What is merged keeps its origin; what is replaced has a new one.
    let origin = if merges { old.origin(context.sources)? } else { None };
    for field in ["labels", "annotations"] {
        let mut entries: BTreeMap<String, String> = old
            .metadata_map(field)
            .chain(new.metadata_map(field))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        if let (Some(origin), "annotations") = (&origin, field) {
            entries.insert(ORIGIN.to_owned(), origin_text(origin));
        }
        new.set_metadata_map(field, entries.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    }
    new.set_name(old.name());
    new.set_namespace(old.namespace());
    new.var_names.clone_from(&old.var_names);
    if merges {
        merge_data(old.tree(), new.body_mut(), "data");
        merge_data(old.tree(), new.body_mut(), "binaryData");
    }
    new.book = combine_books(&old.book, &new.book);
    new.set_trace(old.trace());
    Ok(new)
}

/// The state of the old one counts, but for the hash, which both must want.
fn combine_books(old: &Bookkeeping, new: &Bookkeeping) -> Bookkeeping {
    Bookkeeping { needs_hash: old.needs_hash && new.needs_hash, ..old.clone() }
}

/// Makes `field` of `new` anew from the texts of both, sorted by key; without any, the field goes.
fn merge_data(old: &Tree, new: &mut Tree, field: &str) {
    let mut entries: BTreeMap<String, (String, FileId, u32)> = BTreeMap::new();
    // Of the old ones with one key, the first one counts.
    for (key, text) in texts(new, field).chain(texts(old, field)) {
        entries.entry(key).or_insert(text);
    }
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
    let same_kind = set.iter().filter(|other| other.kind() == id.gvk.kind());
    match nearest(&id.name, same_kind.map(Resource::name)) {
        Some(name) if *name == *id.name => {
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

#[cfg(test)]
mod tests {
    use rustomize_yaml::Spanned;

    use super::*;
    use crate::context::Generator;
    use crate::generate::ConfigMapGenerator;
    use crate::generate::test_support::{resources, with_files, yaml};
    use crate::kustomization::{ConfigMapArgs, GeneratorOptions};

    const EXISTING: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: p-a
  namespace: ns
  labels: {l: 1, keep: x}
  annotations:
    a: old
    keep: 1
    internal.config.kubernetes.io/previousKinds: ConfigMap
    internal.config.kubernetes.io/previousNames: a
    internal.config.kubernetes.io/previousNamespaces: ns
data: {b: 1, c: \"two\\nlines\", n: null, over: old}
binaryData: {x: //4A}
immutable: true
";

    fn absorbed(behavior: &str, name: &str) -> Result<String> {
        let args = ConfigMapArgs {
            name: name.to_owned().into(),
            namespace: "ns".to_owned().into(),
            behavior: behavior.to_owned().into(),
            literals: vec!["over=new".to_owned().into(), "d=1".to_owned().into()],
            options: Some(GeneratorOptions {
                labels: [("l".to_owned(), "2".to_owned())].into(),
                annotations: [("a".to_owned(), "new".to_owned())].into(),
                ..GeneratorOptions::default()
            }),
            ..ConfigMapArgs::default()
        };
        with_files(&[], |context| {
            let mut set: ResourceSet = resources(EXISTING, context).into_iter().collect();
            for made in ConfigMapGenerator::from(Spanned::from(args)).generate(context)? {
                absorb(&mut set, made, context)?;
            }
            assert!(!set.get(0).book.needs_hash, "both must want the hash");
            Ok(set.iter().map(yaml).collect::<Vec<_>>().join("---\n"))
        })
    }

    #[test]
    fn merging_keeps_the_name_and_what_is_not_overwritten() {
        let expected = "\
apiVersion: v1
binaryData:
  x: //4A
data:
  b: \"1\"
  c: |-
    two
    lines
  d: \"1\"
  \"n\": \"\"
  over: new
kind: ConfigMap
metadata:
  annotations:
    a: new
    keep: \"1\"
  labels:
    keep: x
    l: \"2\"
  name: p-a
  namespace: ns
";
        assert_eq!(absorbed("merge", "a").unwrap(), expected);
        let replaced = expected.replace("binaryData:\n  x: //4A\n", "");
        let data = "data:\n  d: \"1\"\n  over: new\nkind";
        let start = replaced.find("data").unwrap()..replaced.find("kind").unwrap() + "kind".len();
        assert_eq!(
            absorbed("replace", "a").unwrap(),
            [&replaced[..start.start], data, &replaced[start.end..]].concat()
        );
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for behavior in ["", "create", "unknown"] {
            let error = absorbed(behavior, "a").unwrap_err().to_string();
            assert!(error.contains("exists already") && error.contains("behavior: merge"), "{error}");
        }
        let error = absorbed("merge", "aa").unwrap_err().to_string();
        assert!(error.contains("cannot merge") && error.contains("there is no such resource"), "{error}");
    }

    #[test]
    fn a_new_one_is_appended() {
        assert!(absorbed("", "b").unwrap().ends_with("  name: b\n  namespace: ns\n"));
    }
}
