//! Entries that are appended to many mappings.

use super::{Form, Kind, NodeId, Slot, Style, Tag, Text, Tree};

/// A key and a string under it, made ready to be appended to mappings.
#[derive(Debug, Clone)]
pub struct StringEntry {
    /// Both in one.
    text: Box<str>,
    key_len: usize,
    key_form: Form,
    value_form: Form,
}

impl StringEntry {
    /// An entry as labels and annotations are written: see [`Tree::append_string`].
    pub fn new(key: &str, value: &str) -> StringEntry {
        let key_form = Form::new(Kind::Scalar, Style::Plain, Tag::Unset, 0).with_word_of(key);
        let value_form = Form::new(Kind::Scalar, Tree::style_of_new(value), Tag::Str, 0).with_word_of(value);
        StringEntry { text: [key, value].concat().into(), key_len: key.len(), key_form, value_form }
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.text[..self.key_len]
    }

    /// The string under it.
    pub fn value(&self) -> &str {
        &self.text[self.key_len..]
    }
}

impl Tree {
    /// Appends an entry, for a key that is not there; returns the value.
    pub fn append_string_entry(&mut self, mapping: NodeId, entry: &StringEntry) -> NodeId {
        let stored = self.store(&entry.text);
        let key_len = entry.key_len as u32;
        let key_text = Text { len: key_len | Text::MADE, ..stored };
        let value_text = Text { offset: stored.offset + key_len, len: stored.len - key_len };
        let origin = self.origins.of_made();
        let value = self.push_slot(Slot::scalar(entry.value_form.with_origin(origin), value_text, 0));
        let key = self.push_slot(Slot::scalar(entry.key_form.with_origin(origin), key_text, 0));
        self.append_entry(mapping, key, value);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_made_ready_is_one_made_at_once() {
        for (key, value) in [("a", "x"), ("long key", "true"), ("1", ""), ("", "a\nb"), ("é", "ü: 1")] {
            let (mut ready, mut at_once) = (Tree::made(), Tree::made());
            let entry = StringEntry::new(key, value);
            assert_eq!((entry.key(), entry.value()), (key, value));
            let facts = |tree: &Tree, map: NodeId| -> Vec<(String, super::super::Node, bool)> {
                let facts = |node| (tree.text(node).to_owned(), tree.node(node), tree.word(node).is_some());
                tree.items(map).map(facts).collect()
            };
            let maps = [&mut ready, &mut at_once].map(Tree::new_mapping);
            ready.append_string_entry(maps[0], &entry);
            at_once.append_string(maps[1], key, value);
            assert_eq!(facts(&ready, maps[0]), facts(&at_once, maps[1]));
        }
    }
}
