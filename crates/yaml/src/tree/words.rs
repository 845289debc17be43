//! Scalars that are known to be [words](crate::word).

use super::{NodeId, Tree};
use crate::order::front;

impl Tree {
    /// The text of a scalar that is known to be a [word](crate::word).
    #[inline]
    pub(crate) fn word(&self, id: NodeId) -> Option<&str> {
        let slot = self.slot(id);
        if slot.form().is_word() { Some(self.resolve_text(slot.text())) } else { None }
    }

    /// The [front] of a scalar that is known to be a [word](crate::word).
    #[inline]
    pub(crate) fn front_of_word(&self, id: NodeId) -> Option<u64> {
        let slot = self.slot(id);
        if !slot.form().is_word() {
            return None;
        }
        let text = slot.text();
        let buffer = if text.is_in_source() { self.source.text() } else { &self.made };
        // Mostly eight bytes are there to be taken, though not all of them may be the text's.
        match buffer.as_bytes().get(text.offset as usize..).and_then(|rest| rest.first_chunk()) {
            Some(&eight) if text.len() >= 8 => Some(u64::from_be_bytes(eight)),
            Some(&eight) => Some(u64::from_be_bytes(eight) & !(u64::MAX >> (8 * text.len()))),
            None => Some(front(self.resolve_text(text).as_bytes())),
        }
    }
}
