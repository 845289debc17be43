//! The objects of a side: what a build comes to, or what manifests hold.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustomize_yaml::{FileId, Tree};

use super::mask::{Mask, hide_secrets, is_secret};
use super::value::{Data, Value};
use crate::diagnostics::{Code, Error, Result};
use crate::generate::{content_hash, is_hash, split_hash};
use crate::load::is_kustomization_file;
use crate::resource::{DEFAULT_NAMESPACE, Resource, read_resources};
use crate::schema::Schema;
use crate::session::Session;

/// What tells objects of a cluster apart. The version of the API does not: it is a way to look at an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// The kind.
    pub kind: String,
    /// The API group; empty for the core.
    pub group: String,
    /// The namespace; empty for `default`, and for what is in none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// One object of a side.
#[derive(Debug, Clone)]
pub struct Object {
    /// What tells it apart.
    pub id: ObjectId,
    /// What it is a version of.
    pub api_version: String,
    /// The name without a hash, of one whose name has a hash.
    pub stem: Option<Stem>,
    /// The names that it had, oldest first, without the one with a hash; the last is the present one.
    pub names: Vec<String>,
    /// The same with hashes.
    pub hashed_names: Vec<String>,
    /// The file that it was read from, and where it begins there.
    pub(super) origin: Option<(FileId, u32)>,
    /// All of it; what a Secret keeps is hidden. Nothing for one that is the same on both sides.
    pub value: Value,
    /// Of one that was built: which object of the output it is.
    pub(super) number: usize,
    /// The number of an object that is printed the same on both sides, and so is not looked into.
    pub(super) same: Option<usize>,
}

/// The name of a generated object without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stem {
    /// The name.
    pub name: String,
    /// Whether it is known that there is a hash, by the build or because it is that of the content. Else it only looks
    /// like one.
    pub is_known: bool,
}

/// The objects of one side.
#[derive(Debug, Default)]
pub struct Side {
    /// In the order of the build, or of the files.
    pub objects: Vec<Object>,
    /// The directory, if it was built.
    pub built: Option<String>,
    /// The types that the build knows in the end: which lists have keys.
    pub(crate) schema: Schema,
}

impl Side {
    /// The objects of a file of manifests, or of all `.yaml`, `.yml` and `.json` files in and below a directory.
    ///
    /// Fails for what cannot be read, and where two objects are the same one.
    pub fn manifests(session: &Session, path: &Path, mask: &Mask) -> Result<Side> {
        let mut objects = Vec::new();
        for file in manifests_in(session, path, &mut HashSet::new())? {
            let shown = session.files.show(&file);
            let bytes = fs::read(&file).map_err(|error| Error::new(Code::Unreadable, format!("{shown}: {error}")))?;
            objects.extend(Side::read(session, &shown, bytes, mask)?);
        }
        Side { objects, ..Side::default() }.checked(session)
    }

    /// The objects of a text.
    pub fn text(session: &Session, name: &str, bytes: Vec<u8>, mask: &Mask) -> Result<Side> {
        Side { objects: Side::read(session, name, bytes, mask)?, ..Side::default() }.checked(session)
    }

    fn read(session: &Session, name: &str, bytes: Vec<u8>, mask: &Mask) -> Result<Vec<Object>> {
        let source = session.files.sources.add_bytes(name, bytes)?;
        let resources = read_resources(&source)?;
        Ok(resources.iter().map(|resource| Object::new(resource, resource.tree(), false, mask)).collect())
    }

    fn checked(self, session: &Session) -> Result<Side> {
        let mut seen = std::collections::HashMap::new();
        for object in &self.objects {
            if let Some(first) = seen.insert(&object.id, object) {
                let place = |object: &Object| {
                    let (file, at) = object.value.place?;
                    Some(crate::diagnostics::Span { source: session.files.sources.get(file)?, at, len: 0 })
                };
                let error = Error::new(Code::DuplicateResource, format!("{} is there twice", object.id));
                if is_secret(&object.value) || is_secret(&first.value) {
                    // The lines are not shown: all of it can stand in one.
                    let [first, again] = [first, object].map(|object| {
                        place(object).map_or_else(String::new, |span| {
                            format!("{}:{}", span.source.name, span.source.position(span.at).line)
                        })
                    });
                    return Err(error.note(format!("first at {first}, again at {again}")));
                }
                return Err(error.label_if(place(object), "again").label_if(place(first), "first"));
            }
        }
        Ok(self)
    }
}

impl Object {
    /// `printed` is what the resource is printed as, which is what counts.
    pub(super) fn new(resource: &Resource, printed: &Tree, is_built: bool, mask: &Mask) -> Object {
        let made = is_built.then(|| (resource.tree(), resource.tree().root()));
        let mut value = Value::of(printed, printed.root(), made);
        hide_secrets(&mut value, mask);
        // A number can be printed in another form than it was written in.
        let name = |field, otherwise| {
            let node = printed.path(printed.root(), &["metadata", field]);
            node.map_or(otherwise, |node| printed.text(node))
        };
        let [namespace, name] = [name("namespace", resource.namespace()), name("name", resource.name())];
        Object::called(resource, is_built, [namespace, name], value)
    }

    /// An object of a build that the other side has too.
    pub(super) fn same(resource: &Resource, number: usize) -> Object {
        let nothing = Value { data: Data::Null, place: None };
        let object = Object::called(resource, true, [resource.namespace(), resource.name()], nothing);
        Object { same: Some(number), ..object }
    }

    fn called(resource: &Resource, is_built: bool, [namespace, name]: [&str; 2], value: Value) -> Object {
        let gvk = &resource.id().gvk;
        let id = ObjectId::new(gvk.group(), gvk.kind(), namespace, name);
        let stem = stem(resource);
        let is_hashed = stem.as_ref().is_some_and(|stem| stem.is_known);
        let bare = |name: &String| if is_hashed { without_hashes(name) } else { name.clone() };
        let own = resource.name();
        let mut hashed_names: Vec<String> = resource.book.previous.iter().map(|id| id.name.to_string()).collect();
        let mut names: Vec<String> = hashed_names.iter().map(bare).collect();
        names.push(stem.as_ref().map_or(own, |stem| &stem.name).to_owned());
        hashed_names.push(own.to_owned());
        [&mut names, &mut hashed_names].into_iter().for_each(Vec::dedup);
        let root = resource.tree().node(resource.tree().root());
        let origin = (is_built && root.file != FileId::default()).then_some((root.file, root.at));
        Object {
            number: 0,
            api_version: resource.api_version().to_owned(),
            stem,
            names,
            hashed_names,
            origin,
            value,
            id,
            same: None,
        }
    }

    /// The name that it had first, by which the same object of several overlays is known.
    pub fn original_name(&self) -> &str {
        self.names.first().map_or(&self.id.name, |name| name)
    }
}

fn stem(resource: &Resource) -> Option<Stem> {
    let (base, hash) = split_hash(resource.name())?;
    let before = resource.book.previous.last().filter(|_| resource.book.needs_hash);
    if before.is_some_and(|before| *before.name == *base) {
        return Some(Stem { name: without_hashes(base), is_known: true });
    }
    let can_have_one = resource.id().gvk.group().is_empty() && matches!(resource.kind(), "ConfigMap" | "Secret");
    can_have_one.then(|| {
        let is_known = content_hash(resource).is_ok_and(|content| content == hash);
        Stem { name: base.to_owned(), is_known }
    })
}

/// A name without any hashes: one that a kustomization asks for by a transformer of its own can stand in the middle.
fn without_hashes(name: &str) -> String {
    let words = name.split('-').filter(|word| !is_hash(word));
    let bare = words.collect::<Vec<_>>().join("-");
    if bare.is_empty() { name.to_owned() } else { bare }
}

/// The files of manifests at a path, in order; of a directory that several links lead to, once.
fn manifests_in(session: &Session, path: &Path, seen: &mut HashSet<PathBuf>) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if path.canonicalize().is_ok_and(|real| !seen.insert(real)) {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| Error::new(Code::Unreadable, format!("{}: {error}", session.files.show(path)));
    let mut entries = fs::read_dir(path).map_err(failed)?.collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let is_manifest = path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
        if is_hidden {
            continue;
        }
        if is_kustomization_file(&path) {
            let message = format!("{} is a kustomization where manifests are expected", session.files.show(&path));
            return Err(Error::new(Code::Usage, message)
                .help("name its directory, or compare all kustomizations below with --all"));
        }
        if path.is_dir() {
            files.extend(manifests_in(session, &path, seen)?);
        } else if is_manifest {
            files.push(path);
        }
    }
    Ok(files)
}

impl ObjectId {
    /// An id by its parts.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
        let namespace = if namespace == DEFAULT_NAMESPACE { "" } else { namespace };
        let [kind, group, namespace, name] = [kind, group, namespace, name].map(str::to_owned);
        ObjectId { kind, group, namespace, name }
    }

    /// `Deployment.apps`
    pub fn type_name(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}", self.kind, self.group)
    }

    /// `web in shop`
    pub fn place_name(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{} in {}", self.name, self.namespace) }
    }
}

impl std::fmt::Display for ObjectId {
    /// `Deployment.apps web in shop`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.type_name(), self.place_name())
    }
}
