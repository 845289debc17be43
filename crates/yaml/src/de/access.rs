//! How serde walks over the nodes of collections.

use std::cmp::Ordering;

use serde::de::value::{BorrowedStrDeserializer, U32Deserializer};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::failure::Failure;
use super::{Name, NodeDeserializer, Unknown};
use crate::tree::{Entries, Items};
use crate::{ErrorKind, NodeId, Spanned};

/// The items of a list; none of a null.
pub(super) struct ItemsAccess<'a> {
    list: NodeDeserializer<'a>,
    items: Items<'a>,
}

impl<'a> ItemsAccess<'a> {
    pub(super) fn new(list: NodeDeserializer<'a>) -> Self {
        ItemsAccess { list, items: list.tree.items(list.id) }
    }
}

impl<'a> SeqAccess<'a> for ItemsAccess<'a> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let item = self.list.child(item, Name::ItemOf(self.list.field()));
        let result = seed.deserialize(item).map(Some);
        result.map_err(|failure| failure.at_node(item.tree, item.id))
    }

    /// How many there are in all, so that a list gets the room that it needs, and no more.
    fn size_hint(&self) -> Option<usize> {
        Some(self.list.tree.len(self.list.id))
    }
}

/// The entries of a mapping whose keys are not known beforehand.
pub(super) struct EntriesAccess<'a> {
    mapping: NodeDeserializer<'a>,
    entries: Entries<'a>,
    current: Option<(NodeId, NodeId)>,
}

impl<'a> EntriesAccess<'a> {
    pub(super) fn new(mapping: NodeDeserializer<'a>) -> Self {
        EntriesAccess { mapping, entries: mapping.tree.entries(mapping.id), current: None }
    }
}

impl<'a> MapAccess<'a> for EntriesAccess<'a> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.current = self.entries.next();
        let Some((name, _)) = self.current else { return Ok(None) };
        // The reader has made strings of all keys.
        let result = seed.deserialize(BorrowedStrDeserializer::new(self.mapping.tree.text(name))).map(Some);
        result.map_err(|failure: Failure| failure.at_node(self.mapping.tree, name))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let Some((name, value)) = self.current else { return Err(out_of_turn()) };
        let value = self.mapping.child(value, Name::Field(self.mapping.tree.text(name)));
        seed.deserialize(value).map_err(|failure| failure.at_node(value.tree, value.id))
    }
}

fn out_of_turn() -> Failure {
    Failure::new(ErrorKind::Type, "a value was asked for before its key")
}

/// The entries of a mapping that becomes a struct: one for each field that is there.
pub(super) struct FieldsAccess<'a> {
    mapping: NodeDeserializer<'a>,
    fields: std::vec::IntoIter<Field<'a>>,
    current: Option<Field<'a>>,
}

struct Field<'a> {
    /// The field's name as the struct has it.
    name: &'static str,
    /// The key as it is written.
    key: &'a str,
    value: NodeDeserializer<'a>,
}

impl<'a> FieldsAccess<'a> {
    /// Finds the field for each key. Fails for a key that has none, if the reader is strict.
    pub(super) fn new(mapping: NodeDeserializer<'a>, known: &'static [&'static str]) -> Result<Self, Failure> {
        let tree = mapping.tree;
        let mut fields: Vec<Field> = Vec::with_capacity(tree.len(mapping.id));
        for (key_node, value) in tree.entries(mapping.id) {
            let key = tree.text(key_node);
            match field_name(key, known) {
                Some(name) => {
                    let value = mapping.child(value, Name::Field(name));
                    keep_the_winner(&mut fields, Field { name, key, value })?;
                }
                None => {
                    let failure = || Failure::unknown_field(key, mapping.field(), known).at_node(tree, key_node);
                    match mapping.unknown {
                        Unknown::Refuse => return Err(failure()),
                        Unknown::Pass => {}
                        Unknown::Collect(found) => found.borrow_mut().push(failure().into()),
                    }
                }
            }
        }
        let mut present = Vec::with_capacity(fields.len());
        for field in fields {
            if !field.value.is_null()? {
                present.push(field);
            }
        }
        Ok(FieldsAccess { mapping, fields: present.into_iter(), current: None })
    }
}

fn field_name(key: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let same = known.iter().find(|name| **name == key);
    same.or_else(|| known.iter().find(|name| name.eq_ignore_ascii_case(key))).copied()
}

/// Of entries for one field, the last wins if they are spelled alike; else the one whose key comes last in JSON.
fn keep_the_winner<'a>(fields: &mut Vec<Field<'a>>, new: Field<'a>) -> Result<(), Failure> {
    let Some(old) = fields.iter_mut().find(|field| field.name == new.name) else {
        fields.push(new);
        return Ok(());
    };
    let wins = match new.key.cmp(old.key) {
        Ordering::Equal => true,
        Ordering::Greater => !new.value.is_null()?,
        Ordering::Less => old.value.is_null()?,
    };
    if wins {
        *old = new;
    }
    Ok(())
}

impl<'a> MapAccess<'a> for FieldsAccess<'a> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.current = self.fields.next();
        let Some(field) = &self.current else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(field.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let Some(Field { value, .. }) = self.current.take() else { return Err(out_of_turn()) };
        seed.deserialize(value).map_err(|failure| failure.at_node(self.mapping.tree, value.id))
    }
}

/// The answer to a request for a [`Spanned`] value: the place in three numbers, then the value.
pub(super) struct SpannedAccess<'a> {
    node: NodeDeserializer<'a>,
    given: usize,
}

impl<'a> SpannedAccess<'a> {
    pub(super) fn new(node: NodeDeserializer<'a>) -> Self {
        SpannedAccess { node, given: 0 }
    }
}

impl<'a> MapAccess<'a> for SpannedAccess<'a> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Some(name) = Spanned::<()>::FIELDS.get(self.given) else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let NodeDeserializer { tree, id, .. } = self.node;
        let number = match self.given {
            0 => tree.node(id).file.0,
            1 => tree.node(id).at,
            2 => tree.source_len(id),
            _ => return seed.deserialize(self.node),
        };
        self.given += 1;
        seed.deserialize(U32Deserializer::new(number))
    }
}
