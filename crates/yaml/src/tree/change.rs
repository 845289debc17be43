//! Changing a tree. Every change stamps the node with the current step.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Form, Kind, NodeId, Slot, Steering, StepId, Style, Tag, Text, Tree};
use crate::{FileId, word};

impl Tree {
    /// Takes note that a mapping has a key twice.
    pub(crate) fn note_repeats(&mut self) {
        self.repeats = true;
    }

    /// From now on, changes are the work of `step`.
    pub fn begin_step(&mut self, step: StepId) {
        self.origins.begin_step(step);
    }

    #[inline]
    pub(super) fn touch(&mut self, id: NodeId) -> &mut Slot {
        let slot = &mut self.nodes[id.index()];
        let form = slot.form();
        let origin = form.origin();
        slot.set_form(form.with_origin(self.origins.of_changed(origin)));
        slot
    }

    /// Changes what a node says of itself, without a stamp.
    fn restate(&mut self, id: NodeId, change: impl FnOnce(Form) -> Form) {
        let slot = &mut self.nodes[id.index()];
        slot.set_form(change(slot.form()));
    }

    /// *Untyped* writing: new text without a tag, in the old style; what it is gets resolved when printed.
    ///
    /// So a prefix on a plain name may make a boolean, and on a quoted name never does.
    pub fn set_text(&mut self, id: NodeId, text: &str) {
        self.set_typed(id, Tag::Unset, text);
    }

    /// *Typed* writing: new text under a given tag, in the old style; a collection becomes a plain scalar.
    pub fn set_typed(&mut self, id: NodeId, tag: Tag, text: &str) {
        let stored = self.store(text);
        let slot = self.touch(id);
        let form = slot.form();
        slot.set_form(match form.kind() {
            Kind::Scalar => form.with_tag(tag),
            _ => Form::new(Kind::Scalar, Style::Plain, tag, form.origin()).with_tagged(form.is_tagged()),
        });
        slot.set_text(stored);
        slot.set_form(slot.form().with_word_of(text));
        self.write_to_twins(id);
    }

    /// Makes a string of a scalar, written as a [new one](Tree::new_string) is; a collection becomes an empty one.
    pub fn make_string(&mut self, id: NodeId) {
        if self.kind(id) != Kind::Scalar {
            return self.set_typed(id, Tag::Str, "");
        }
        let text = self.slot(id).text();
        let (style, is_word) = {
            let text = self.resolve_text(text);
            let style = Tree::style_of_new(text);
            (style, Form::new(Kind::Scalar, style, Tag::Str, 0).with_word_of(text).is_word())
        };
        let slot = self.touch(id);
        slot.set_form(slot.form().with_tag(Tag::Str).with_style(style).with_word(is_word));
        self.write_to_twins(id);
    }

    /// Puts texts before and behind that of a scalar, which becomes [untyped](Tree::set_text).
    pub fn extend_text(&mut self, id: NodeId, front: &str, back: &str) {
        let own = self.slot(id).text();
        let start = self.made.len();
        self.make_room_for_text(front.len() + own.len() + back.len());
        self.made.push_str(front);
        let (from, to) = (own.offset as usize, own.offset as usize + own.len());
        match own.is_in_source() {
            true => self.made.push_str(&self.source.text()[from..to]),
            false => self.made.extend_from_within(from..to),
        }
        self.made.push_str(back);
        let text = &self.made[start..];
        let extended = Text { offset: start as u32, len: text.len() as u32 | Text::MADE };
        let is_word = word::is_word(text);
        let slot = self.touch(id);
        let form = slot.form().with_tag(Tag::Unset);
        slot.set_text(extended);
        slot.set_form(form.with_word(is_word && form.style() != Style::Folded));
        self.write_to_twins(id);
    }

    /// Sets the tag alone.
    pub fn set_tag(&mut self, id: NodeId, tag: Tag) {
        let slot = self.touch(id);
        slot.set_form(slot.form().with_tag(tag));
        self.write_to_twins(id);
    }

    /// Notes that the tag of a node was written out, for readers.
    pub(crate) fn mark_tagged(&mut self, id: NodeId) {
        self.restate(id, |form| form.with_tagged(true));
    }

    /// Says where a made node comes from, for errors about it and for its history.
    pub fn set_place(&mut self, id: NodeId, file: FileId, at: u32) {
        let (_, step) = self.origins.get(self.form(id).origin());
        let origin = self.origins.origin((file, step));
        self.restate(id, |form| form.with_origin(origin));
        self.nodes[id.index()].at = at;
    }

    /// Sets the style alone.
    pub fn set_style(&mut self, id: NodeId, style: Style) {
        let slot = self.touch(id);
        slot.set_form(slot.form().with_style(style));
        self.write_to_twins(id);
    }

    /// *Copy* writing: `id` takes over kind, style, tag, text and children of `from` (which is then spent, unless it
    /// is a scalar), keeping its own place in its parent. Where it was read becomes where `from` was read.
    pub fn assign(&mut self, id: NodeId, from: NodeId) {
        let origin = self.origins.of_changed(self.form(from).origin());
        let mut source = *self.slot(from);
        source.set_form(source.form().with_origin(origin));
        self.put(id, source);
        self.move_steering(from, id);
        self.write_to_twins(id);
    }

    /// Puts another node into the place of one.
    pub(super) fn put(&mut self, id: NodeId, slot: Slot) {
        let next = self.slot(id).next;
        self.nodes[id.index()] = slot.before(next);
    }

    fn move_steering(&mut self, from: NodeId, to: NodeId) {
        self.forget_steering_at(to);
        if let Some(steering) = &mut self.steering {
            for (node, _) in &mut steering.comments {
                if *node == from {
                    *node = to;
                }
            }
        }
    }

    /// Forgets the comments that steer merges, as a round trip through JSON does.
    pub fn forget_steering(&mut self) {
        self.steering = None;
    }

    /// Forgets the comments that steer merges at one node.
    pub fn forget_steering_at(&mut self, id: NodeId) {
        if let Some(steering) = &mut self.steering {
            steering.comments.retain(|(node, _)| *node != id);
            if steering.comments.is_empty() {
                self.steering = None;
            }
        }
    }

    /// Appends an entry without looking whether the key is there already.
    pub fn append_entry(&mut self, mapping: NodeId, key: NodeId, value: NodeId) {
        let slot = self.touch(mapping);
        slot.forget_order();
        let last = slot.last();
        slot.set_last(value);
        match last.some() {
            Some(last) => self.nodes[last.index()].next = key,
            None => slot.set_first(key),
        }
        self.nodes[key.index()].next = value;
        self.nodes[value.index()].next = NodeId::NONE;
    }

    /// Sets the value under `key`: replaces the value of an existing entry (which keeps its place), or appends one.
    ///
    /// A new key has no tag, as kustomize makes them: one like `1` or `true` fails to be printed.
    pub fn set(&mut self, mapping: NodeId, key: &str, value: NodeId) {
        match self.entry(mapping, key) {
            Some((name, old)) => {
                self.replace_after(mapping, name, old, value);
                self.replace_twin(old, value);
            }
            None => {
                let key = self.new_scalar(key, Tag::Unset, Style::Plain);
                self.append_entry(mapping, key, value);
            }
        }
    }

    /// Sets the value under `key` to a string, as `labels` and `annotations` are written.
    pub fn set_string(&mut self, mapping: NodeId, key: &str, text: &str) -> NodeId {
        let value = self.new_string(text);
        self.set(mapping, key, value);
        value
    }

    /// Like [`Tree::set_string`], for a key that is not there.
    pub fn append_string(&mut self, mapping: NodeId, key: &str, text: &str) -> NodeId {
        let value = self.new_string(text);
        let key = self.new_scalar(key, Tag::Unset, Style::Plain);
        self.append_entry(mapping, key, value);
        value
    }

    /// Appends an entry like one that [`Tree::append_string`] has made, for a key that is not there: `value` is the value
    /// of that one. The two share their texts.
    pub fn append_again(&mut self, mapping: NodeId, value: NodeId) -> NodeId {
        let [value, key] = [value, NodeId(value.0 + 1)].map(|made| {
            let copy = self.push_slot(self.slot(made).before(NodeId::NONE));
            self.touch(copy);
            copy
        });
        self.append_entry(mapping, key, value);
        value
    }

    /// Puts an entry in front of all others.
    pub fn prepend_entry(&mut self, mapping: NodeId, key: NodeId, value: NodeId) {
        let first = self.slot(mapping).first();
        self.nodes[key.index()].next = value;
        self.nodes[value.index()].next = first;
        let slot = self.touch(mapping);
        slot.forget_order();
        slot.set_first(key);
        if first == NodeId::NONE {
            slot.set_last(value);
        }
    }

    /// Removes the entry with the text `key`; says whether there was one.
    pub fn remove(&mut self, mapping: NodeId, key: &str) -> bool {
        let Some((name, _)) = self.entry(mapping, key) else { return false };
        self.remove_entry(mapping, name);
        true
    }

    /// Leaves of the entries with one key the last one.
    pub fn drop_repeats(&mut self, mapping: NodeId) {
        if !self.has_repeats() {
            return;
        }
        while let Some(key) = self.entries(mapping).map(|(key, _)| key).find(|&key| !self.is_first(mapping, key)) {
            let text = self.text(key).to_owned();
            self.remove(mapping, &text);
        }
    }

    /// Removes the entry whose key is the node `key`.
    pub fn remove_entry(&mut self, mapping: NodeId, key: NodeId) {
        self.unlink(mapping, key, 2);
    }

    /// Removes the items of a sequence that `keep` refuses; says how many went.
    pub fn retain_items(&mut self, sequence: NodeId, mut keep: impl FnMut(&Tree, NodeId) -> bool) -> usize {
        let items: Vec<NodeId> = self.items(sequence).collect();
        let kept: Vec<NodeId> = items.iter().copied().filter(|&item| keep(self, item)).collect();
        if kept.len() < items.len() {
            self.set_items(sequence, &kept);
        }
        items.len() - kept.len()
    }

    /// Removes the item `item` of a sequence.
    pub fn remove_item(&mut self, sequence: NodeId, item: NodeId) {
        self.unlink(sequence, item, 1);
    }

    fn unlink(&mut self, collection: NodeId, child: NodeId, count: u32) {
        let before = self.items(collection).take_while(|&id| id != child).last();
        let last = if count == 2 { self.slot(child).next } else { child };
        let after = self.slot(last).next;
        self.touch(collection);
        match before {
            Some(before) => self.nodes[before.index()].next = after,
            None => self.nodes[collection.index()].set_first(after),
        }
        if after == NodeId::NONE {
            self.nodes[collection.index()].set_last(before.unwrap_or(NodeId::NONE));
        }
    }

    /// Appends an item to a sequence.
    pub fn push(&mut self, sequence: NodeId, item: NodeId) {
        self.append(sequence, item);
    }

    /// Puts an item at `index` of a sequence; at the end when there are fewer.
    pub fn insert_item(&mut self, sequence: NodeId, index: usize, item: NodeId) {
        let mut items: Vec<NodeId> = self.items(sequence).collect();
        items.insert(index.min(items.len()), item);
        self.set_items(sequence, &items);
    }

    /// Gives a sequence these items (for a mapping: keys and values in turn) in this order.
    pub fn set_items(&mut self, collection: NodeId, items: &[NodeId]) {
        self.touch(collection);
        self.link_children(collection, items.iter().copied());
    }

    fn link_children(&mut self, collection: NodeId, items: impl Iterator<Item = NodeId>) {
        let [mut first, mut last] = [NodeId::NONE; 2];
        for item in items {
            match last.some() {
                Some(last) => self.nodes[last.index()].next = item,
                None => first = item,
            }
            last = item;
        }
        if let Some(last) = last.some() {
            self.nodes[last.index()].next = NodeId::NONE;
        }
        let slot = &mut self.nodes[collection.index()];
        slot.forget_order();
        slot.set_first(first);
        slot.set_last(last);
    }

    /// Another form of the same scalar, perhaps with another text: no change, so not stamped.
    pub(crate) fn restate_scalar(&mut self, id: NodeId, tag: Tag, style: Style, text: Option<&str>) {
        if let Some(text) = text.filter(|&text| text != self.text(id)) {
            let stored = self.store(text);
            self.nodes[id.index()].set_text(stored);
        }
        self.restate(id, |form| form.with_tag(tag).with_tagged(false).with_style(style));
    }

    /// Another form of a scalar, if it is known to be a [word](crate::word): a plain string. Says whether it is.
    #[inline]
    pub(crate) fn restate_word(&mut self, id: NodeId) -> bool {
        let slot = &mut self.nodes[id.index()];
        let form = slot.form();
        if form.is_word() {
            slot.set_form(Form::new(Kind::Scalar, Style::Plain, Tag::Str, form.origin()).with_word(true));
        }
        form.is_word()
    }

    /// Another form of the same collection: no change, so not stamped.
    pub(crate) fn restate_collection(&mut self, id: NodeId, style: Style) {
        self.restate(id, |form| form.with_tag(Tag::Collection).with_style(style));
    }

    /// The same children in another order: no change, so not stamped.
    pub(crate) fn reorder(&mut self, collection: NodeId, children: impl Iterator<Item = NodeId>) {
        self.link_children(collection, children);
    }

    /// Puts `value` in the place of `old`, the value after `key` in a mapping.
    fn replace_after(&mut self, mapping: NodeId, key: NodeId, old: NodeId, value: NodeId) {
        let after = self.slot(old).next;
        self.nodes[key.index()].next = value;
        self.nodes[value.index()].next = after;
        let slot = self.touch(mapping);
        if slot.last() == old {
            slot.set_last(value);
        }
    }

    #[inline]
    fn append(&mut self, collection: NodeId, child: NodeId) {
        self.touch(collection);
        self.link_last(collection, child);
    }

    /// Links a child at the end without a stamp: for readers.
    #[inline]
    pub fn link_last(&mut self, collection: NodeId, child: NodeId) {
        self.nodes[child.index()].next = NodeId::NONE;
        self.nodes[collection.index()].forget_order();
        self.link_read(collection, child);
    }

    /// Copies a subtree of this tree; the copy is not yet part of the tree.
    pub fn duplicate(&mut self, id: NodeId) -> NodeId {
        let copy = self.copy_node(id);
        let mut pairs = vec![(id, copy)];
        let mut next = 0;
        // a list, not recursion: documents may nest deeply
        while let Some(&(original, copy)) = pairs.get(next) {
            next += 1;
            let mut child = self.first_child(original);
            while let Some(id) = child {
                let twin = self.copy_node(id);
                self.link_last(copy, twin);
                if self.kind(id) != Kind::Scalar || self.has_steering() {
                    pairs.push((id, twin));
                }
                child = self.next_sibling(id);
            }
        }
        if self.has_steering() {
            self.copy_steering(pairs.into_iter().collect());
        }
        copy
    }

    /// A copy of a node without its children.
    fn copy_node(&mut self, id: NodeId) -> NodeId {
        self.push_slot(self.slot(id).alone())
    }

    /// Gives each copy the comments of its original.
    fn copy_steering(&mut self, copies: HashMap<NodeId, NodeId>) {
        let Some(Steering { comments }) = self.steering.as_deref_mut() else { return };
        let copied = comments.iter().filter_map(|(node, text)| Some((*copies.get(node)?, *text)));
        let copied: Vec<_> = copied.collect();
        comments.extend(copied);
    }

    /// A tree of its own that holds a copy of a subtree, with its places and steps.
    pub fn part(&self, id: NodeId) -> Tree {
        let mut part = Tree::new(self.source().clone());
        let root = part.graft(self, id);
        part.set_root(root);
        part
    }

    /// Copies a subtree of another tree into this one, with its places and steps; the copy is not yet part of the tree.
    pub fn graft(&mut self, from: &Tree, id: NodeId) -> NodeId {
        self.repeats |= from.repeats;
        // Most nodes have the origin of the one before.
        let mut origin = self.moved_origin(from, id);
        let copy = self.graft_node(from, id, origin.1);
        let mut open = vec![(id, copy)];
        while let Some((original, copy)) = open.pop() {
            for child in from.items(original) {
                if from.form(child).origin() != origin.0 {
                    origin = self.moved_origin(from, child);
                }
                let twin = self.graft_node(from, child, origin.1);
                self.link_last(copy, twin);
                if from.kind(child) != Kind::Scalar {
                    open.push((child, twin));
                }
            }
        }
        copy
    }

    /// The origin of a node of another tree, as that tree and as this one holds it.
    fn moved_origin(&mut self, from: &Tree, id: NodeId) -> (u32, u32) {
        let theirs = from.form(id).origin();
        (theirs, self.origins.origin(from.origins.get(theirs)))
    }

    /// A copy of a node of another tree without its children.
    fn graft_node(&mut self, from: &Tree, id: NodeId, origin: u32) -> NodeId {
        let mut slot = from.slot(id).alone();
        let form = slot.form();
        let has_text = form.kind() == Kind::Scalar;
        if has_text && !(slot.text().is_in_source() && Arc::ptr_eq(&self.source, &from.source)) {
            slot.set_text(self.store(from.text(id)));
        }
        slot.set_form(form.with_origin(origin));
        let copy = self.push_slot(slot);
        for comment in from.steering(id) {
            self.steer(copy, comment);
        }
        copy
    }
}
