//! The round trip through JSON that a JSON 6902 patch begins with, made once for trees that many builds begin with.

use std::sync::{Arc, OnceLock};

use rustomize_yaml::{Result, Road, Tree, canonicalise};

use super::Resource;

/// What becomes of a tree on its way through JSON, for all copies of it; empty until one of them asks.
pub(super) type ThroughJson = Arc<OnceLock<Arc<Tree>>>;

impl Resource {
    /// A copy for others to begin with: what the way through JSON makes of it as it is will be worked out once.
    pub fn to_begin_with(&self) -> Resource {
        Resource { through_json: Some(Arc::default()), ..self.clone() }
    }

    /// Sends the tree through JSON, as a JSON 6902 patch does before its first operation. The id is to be found out anew.
    ///
    /// Fails for what JSON cannot hold; then the tree is to be used no more.
    pub fn send_through_json(&mut self) -> Result<()> {
        let Some(known) = self.through_json.take() else {
            let tree = self.tree_mut();
            let root = tree.root();
            return canonicalise(tree, root, Road::Json6902);
        };
        let sent = match known.get() {
            Some(sent) => sent.clone(),
            None => {
                let mut tree = self.tree().clone();
                let root = tree.root();
                canonicalise(&mut tree, root, Road::Json6902)?;
                known.get_or_init(|| Arc::new(tree)).clone()
            }
        };
        self.set_tree(sent);
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
}
