//! What built objects are called in the files that they were read from.

use std::collections::HashMap;

use rustomize_yaml::{FileId, NodeId, Tree, read_resources};

use super::object::{Object, ObjectId};
use crate::session::Session;

/// Looks at files again.
pub struct Origins<'s> {
    session: &'s Session,
    /// The ids in a file, by where the objects begin.
    files: HashMap<FileId, HashMap<u32, ObjectId>>,
}

impl<'s> Origins<'s> {
    /// Has looked at nothing yet.
    pub fn new(session: &'s Session) -> Origins<'s> {
        Origins { session, files: HashMap::new() }
    }

    /// The id of an object as it stands in its file; `None` for one that was made.
    pub fn of(&mut self, object: &Object) -> Option<ObjectId> {
        let (file, at) = object.origin?;
        let read = || {
            let source = self.session.files.sources.get(file);
            let trees = source.and_then(|source| read_resources(&source).ok()).unwrap_or_default();
            let mut ids = HashMap::new();
            trees.iter().for_each(|tree| collect(tree, tree.root(), &mut ids));
            ids
        };
        self.files.entry(file).or_insert_with(read).get(&at).cloned()
    }
}

/// Adds the id of an object, or those of the items of a list.
fn collect(tree: &Tree, node: NodeId, ids: &mut HashMap<u32, ObjectId>) {
    let text = |path: &[&str]| tree.path(node, path).map_or("", |node| tree.text(node));
    let group = text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    let id = ObjectId::new(group, text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    if !id.name.is_empty() {
        ids.insert(tree.node(node).at, id);
    }
    tree.get(node, "items").into_iter().flat_map(|items| tree.items(items)).for_each(|item| collect(tree, item, ids));
}
