//! Trees that many builds begin with: what is the same for all of these builds is worked out once.

use std::sync::{Arc, OnceLock};

use rustomize_yaml::{Road, Room, Tree, canonicalise};

use super::Resource;

/// What all copies of a resource that many builds begin with have in common.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// What becomes of the tree on its way through JSON; empty until a build asks.
    through_json: OnceLock<Arc<Tree>>,
    /// The hash of what is not metadata; empty until a build asks.
    content_hash: OnceLock<String>,
    /// How much room the tree has come to need.
    room: Room,
}

impl Resource {
    /// A copy for others to begin with: what the way through JSON makes of it as it is will be worked out once, and so is
    /// in which order it is printed.
    pub fn to_begin_with(&self) -> Resource {
        let mut tree = self.tree().clone();
        tree.note_order();
        let begun = Resource { tree: Arc::new(tree), beginning: Some(Arc::default()), ..self.clone() };
        // The hash of others takes metadata in.
        let has_begun_content = matches!(self.kind(), "ConfigMap" | "Secret");
        Resource { is_as_begun: true, has_begun_content, ..begun }
    }

    /// Makes a shared tree this resource's own, with the room that earlier builds needed.
    pub(super) fn take_own(&mut self) {
        self.is_as_begun = false;
        if let Some(beginning) = self.beginning.as_ref().filter(|_| self.is_tree_shared()) {
            self.tree = Arc::new(self.tree.copy_with_room(&beginning.room));
        }
    }

    /// The hash of the content as `make` makes it, if it is not known yet.
    pub fn content_hash<E>(&self, make: impl FnOnce(&Resource) -> Result<String, E>) -> Result<String, E> {
        let Some(beginning) = self.beginning.as_ref().filter(|_| self.has_begun_content) else { return make(self) };
        if let Some(hash) = beginning.content_hash.get() {
            return Ok(hash.clone());
        }
        let hash = make(self)?;
        Ok(beginning.content_hash.get_or_init(|| hash).clone())
    }

    /// Tells others that begin with the same tree how much room it has come to need.
    pub fn note_room(&self) {
        if let Some(beginning) = &self.beginning {
            beginning.room.note(&self.tree);
        }
    }

    /// Sends the tree through JSON, as a JSON 6902 patch does before its first operation. The id is to be found out anew.
    ///
    /// Fails for what JSON cannot hold; then the tree is to be used no more.
    pub fn send_through_json(&mut self) -> rustomize_yaml::Result<()> {
        let Some(beginning) = self.beginning.as_ref().filter(|_| self.is_as_begun) else {
            let tree = self.tree_mut();
            let root = tree.root();
            return canonicalise(tree, root, Road::Json6902);
        };
        let sent = match beginning.through_json.get() {
            Some(sent) => sent.clone(),
            None => {
                let mut tree = self.tree().clone();
                let root = tree.root();
                canonicalise(&mut tree, root, Road::Json6902)?;
                tree.note_order();
                beginning.through_json.get_or_init(|| Arc::new(tree)).clone()
            }
        };
        (self.is_as_begun, self.has_begun_content) = (false, false);
        self.tree = sent;
        self.forget_id();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rustomize_yaml::emit;

    use super::*;
    use crate::generate::test_support::{resources, with_files};

    fn text(resource: &Resource) -> String {
        let mut text = String::new();
        emit(resource.tree(), resource.tree().root(), &mut text).unwrap();
        text
    }

    #[test]
    fn copies_are_sent_once_and_only_while_they_are_what_they_were() {
        with_files(&[], |context| {
            let given =
                "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nspec:\n  c: 9007199254740993\n  b: 1\n  a: 'x'\n";
            let expected =
                "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nspec:\n  a: x\n  b: 1\n  c: 9007199254740992\n";
            let kept = resources(given, context).remove(0).to_begin_with();
            let (mut one, mut two, mut changed) = (kept.clone(), kept.clone(), kept.clone());
            one.send_through_json().unwrap();
            two.send_through_json().unwrap();
            changed.set_name("b");
            changed.send_through_json().unwrap();
            assert_eq!((text(&one), text(&kept)), (expected.to_owned(), text(&resources(given, context)[0])));
            assert!(Arc::ptr_eq(one.shared_tree(), two.shared_tree()));
            assert_eq!(text(&changed), expected.replace("name: a", "name: b"));
            one.set_name("c");
            assert_eq!((text(&two), one.id().name.to_string()), (expected.to_owned(), "c".to_owned()));
        });
    }

    #[test]
    fn a_hash_is_worked_out_once_while_nothing_but_metadata_changes() {
        with_files(&[], |context| {
            let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}}";
            let kept = resources(text, context).remove(0).to_begin_with();
            let hash = |resource: &Resource, new: &str| resource.content_hash(|_| Ok::<_, ()>(new.to_owned())).unwrap();
            let (one, mut renamed, mut changed) = (kept.clone(), kept.clone(), kept.clone());
            let tree = renamed.metadata_mut();
            let metadata = tree.get(tree.root(), "metadata").unwrap();
            tree.set_string(metadata, "namespace", "n");
            changed.body_mut();
            assert_eq!([hash(&one, "1"), hash(&renamed, "2"), hash(&changed, "3")], ["1", "1", "3"]);
            let other = resources(&text.replace("ConfigMap", "Other"), context).remove(0).to_begin_with();
            assert_eq!([hash(&other, "4"), hash(&other, "5")], ["4", "5"], "metadata counts there");
        });
    }
}
