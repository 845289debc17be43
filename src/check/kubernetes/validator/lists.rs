//! Lists: their items, and that no two of them are the same.

use rustc_hash::FxHashMap;
use rustomize_yaml::{NodeId, to_json};

use super::{Fault, Place, Role, Validator, rules};
use crate::check::schemas::{Identity, Name, Schema};

impl Validator<'_> {
    pub(super) fn check_items(&mut self, list: NodeId, schema: &Schema, place: Place) {
        let tree = self.tree;
        if let Some(child) = &schema.items {
            for item in tree.items(list) {
                let inside = Place { role: Role::Item, shown: item, depth: place.depth + 1, ..place };
                self.check_child(item, child, inside);
            }
        }
        if tree.len(list) < 2 {
            return;
        }
        match &schema.identity {
            Identity::None => {}
            Identity::Value => self.check_twins(list, place, |validator, item| validator.as_set_item(item)),
            Identity::Fields(keys) => {
                self.check_twins(list, place, |validator, item| validator.as_map_item(item, keys))
            }
        }
    }

    /// Finds items that are called the same, by what `identify` says of each: what to compare, what to show, and the words.
    fn check_twins(
        &mut self,
        list: NodeId,
        place: Place,
        identify: impl Fn(&Self, NodeId) -> Option<(String, NodeId, String)>,
    ) {
        let tree = self.tree;
        let mut seen: FxHashMap<String, NodeId> = FxHashMap::default();
        for item in tree.items(list) {
            let Some((identity, shown, words)) = identify(self, item) else { continue };
            let Some(first) = seen.insert(identity.clone(), shown) else { continue };
            seen.insert(identity, first);
            self.faults.push(Fault {
                rule: &rules::DUPLICATE,
                node: shown,
                message: format!("`{}` has two items with {words}", place.name),
                help: None,
                form: None,
                also: Some((first, "the first one".to_owned())),
            });
        }
    }

    fn as_set_item(&self, item: NodeId) -> Option<(String, NodeId, String)> {
        let identity = self.json(item);
        let words = format!("the value `{}`", identity.trim_matches('"'));
        Some((identity, item, words))
    }

    /// Nothing where one of the fields is not there, which is a fault of its own or means something else each time.
    fn as_map_item(&self, item: NodeId, keys: &[(Name, Option<String>)]) -> Option<(String, NodeId, String)> {
        let (mut identity, mut words, mut shown) = (String::new(), Vec::new(), None);
        for (key, default) in keys {
            let value = match self.tree.get(item, key) {
                Some(value) => {
                    shown = shown.or(Some(value));
                    self.json(value)
                }
                None => default.clone()?,
            };
            words.push(format!("`{key}: {}`", value.trim_matches('"')));
            identity.push_str(&value);
            identity.push('\n');
        }
        Some((identity, shown?, words.join(" and ")))
    }

    pub(super) fn json(&self, node: NodeId) -> String {
        let mut json = String::new();
        // What cannot be printed does not get this far: the build fails.
        let _ = to_json(self.tree, node, &mut json);
        json
    }
}
