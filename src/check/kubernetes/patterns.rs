use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::pattern::Pattern;

/// The regular expressions of CustomResourceDefinitions, each compiled once, when a text is first held against it.
#[derive(Debug, Default)]
pub(super) struct Patterns(RefCell<FxHashMap<String, Option<Pattern>>>);

impl Patterns {
    /// Whether some part of the text fits; nothing for what is no pattern.
    pub fn fits(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut known = self.0.borrow_mut();
        if !known.contains_key(pattern) {
            known.insert(pattern.to_owned(), Pattern::search(pattern).ok());
        }
        known.get(pattern)?.as_ref().map(|pattern| pattern.is_match(text))
    }
}
