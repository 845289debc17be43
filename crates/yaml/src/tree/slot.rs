//! How a node lies in memory: in 20 bytes, since what bounds large builds is how much memory they walk over.

use super::origins::ORIGIN_BITS;
use super::{Kind, NodeId, Style, Tag, Text};
use crate::word;

/// One node as it is kept. A scalar needs the place of its text, a collection its ends; they share their room. Fields lie
/// in this order, so that two at a time can be compared.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Slot {
    /// Scalars: the text. Collections: the first and the last child.
    content: [u32; 2],
    pub(super) next: NodeId,
    /// Byte offset in the text of its file.
    pub(super) at: u32,
    form: Form,
}

impl Slot {
    /// What stands where there is no node.
    pub(super) const NOTHING: Slot = Slot { content: [NodeId::NONE.0; 2], next: NodeId::NONE, at: 0, form: Form(0) };

    pub(super) fn scalar(form: Form, text: Text, at: u32) -> Slot {
        Slot { content: [text.offset, text.len], next: NodeId::NONE, at, form }
    }

    /// A collection with nothing in it.
    pub(super) fn collection(form: Form, at: u32) -> Slot {
        Slot { content: [NodeId::NONE.0; 2], next: NodeId::NONE, at, form }
    }

    #[inline]
    pub(super) fn form(&self) -> Form {
        self.form
    }

    pub(super) fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// Where the text of a scalar lies.
    #[inline]
    pub(super) fn text(&self) -> Text {
        Text { offset: self.content[0], len: self.content[1] }
    }

    /// The first child of what is known to be a collection.
    #[inline]
    pub(super) fn first(&self) -> NodeId {
        NodeId(self.content[0])
    }

    /// The first child of a collection; none of a scalar.
    #[inline]
    pub(super) fn first_of_any(&self) -> NodeId {
        if self.form.kind() == Kind::Scalar { NodeId::NONE } else { self.first() }
    }

    /// The last child of what is known to be a collection.
    #[inline]
    pub(super) fn last(&self) -> NodeId {
        NodeId(self.content[1])
    }

    /// Whether all is the same, what follows and the ends of what is inside too.
    #[inline]
    pub(super) fn is_twin(&self, other: &Slot) -> bool {
        let pair = |one: u32, next: u32| u64::from(one) | u64::from(next) << 32;
        let halves = |slot: &Slot| [pair(slot.content[0], slot.content[1]), pair(slot.next.0, slot.at)];
        let ([a, b], [c, d]) = (halves(self), halves(other));
        // Without a branch for each.
        (a ^ c) | (b ^ d) | u64::from(self.form.0 ^ other.form.0) == 0
    }

    /// Gives a scalar another text, of which nothing is known.
    pub(super) fn set_text(&mut self, text: Text) {
        self.content = [text.offset, text.len];
        self.form = self.form.with_word(false);
    }

    pub(super) fn set_first(&mut self, first: NodeId) {
        self.content[0] = first.0;
    }

    pub(super) fn set_last(&mut self, last: NodeId) {
        self.content[1] = last.0;
    }

    /// A copy that another node follows.
    pub(super) fn before(self, next: NodeId) -> Slot {
        Slot { next, ..self }
    }

    /// A copy that is nowhere yet, and without children.
    pub(super) fn alone(self) -> Slot {
        match self.form.kind() {
            Kind::Scalar => self.before(NodeId::NONE),
            _ => Slot::collection(self.form.with_order(false), self.at),
        }
    }

    /// Of a collection that gets other children, or the same in another order, is not known whether they are in order.
    #[inline]
    pub(super) fn forget_order(&mut self) {
        self.form = self.form.with_order(false);
    }
}

/// Kind, style, tag, whether the tag was written out, whether a scalar is known to be a [word](crate::word) or a mapping
/// to be [in order](super::Tree::note_order), and the [origin](super::origins::Origins).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form(u32);

impl Form {
    /// Of a mapping alone: there is no fourth kind.
    const ORDER: u32 = 1;
    const STYLE: u32 = 2;
    const TAG: u32 = 5;
    const TAGGED: u32 = 9;
    const WORD: u32 = 10;
    const ORIGIN: u32 = u32::BITS - ORIGIN_BITS;

    #[inline]
    pub(super) fn new(kind: Kind, style: Style, tag: Tag, origin: u32) -> Form {
        Form(kind as u32 | (style as u32) << Form::STYLE | (tag as u32) << Form::TAG | origin << Form::ORIGIN)
    }

    #[inline]
    pub(super) fn kind(self) -> Kind {
        match self.0 & 3 {
            0 => Kind::Scalar,
            2 => Kind::Sequence,
            _ => Kind::Mapping,
        }
    }

    /// Whether it is a mapping that is known to be in order.
    #[inline]
    pub(super) fn is_in_order(self) -> bool {
        self.0 & 3 == Kind::Mapping as u32 | 1 << Form::ORDER
    }

    /// Of a mapping, whether it is in order; nothing else has one.
    #[inline]
    pub(super) fn with_order(self, is_in_order: bool) -> Form {
        if self.kind() != Kind::Mapping {
            return self;
        }
        Form(self.0 & !(1 << Form::ORDER) | u32::from(is_in_order) << Form::ORDER)
    }

    #[inline]
    pub(super) fn style(self) -> Style {
        match self.0 >> Form::STYLE & 7 {
            0 => Style::Plain,
            1 => Style::SingleQuoted,
            2 => Style::DoubleQuoted,
            3 => Style::Literal,
            4 => Style::Folded,
            _ => Style::Flow,
        }
    }

    #[inline]
    pub(super) fn tag(self) -> Tag {
        match self.0 >> Form::TAG & 15 {
            0 => Tag::Unset,
            1 => Tag::Null,
            2 => Tag::Bool,
            3 => Tag::Int,
            4 => Tag::Float,
            5 => Tag::Time,
            6 => Tag::Str,
            7 => Tag::Binary,
            8 => Tag::Merge,
            9 => Tag::Custom,
            _ => Tag::Collection,
        }
    }

    #[inline]
    pub(super) fn is_tagged(self) -> bool {
        self.0 >> Form::TAGGED & 1 == 1
    }

    #[inline]
    pub(super) fn origin(self) -> u32 {
        self.0 >> Form::ORIGIN
    }

    /// Whether it is a scalar that is known to be a [word](crate::word), and so a string that is printed as it is.
    #[inline]
    pub(super) fn is_word(self) -> bool {
        self.0 >> Form::WORD & 1 == 1
    }

    #[inline]
    pub(super) fn with_word(self, is_word: bool) -> Form {
        Form(self.0 & !(1 << Form::WORD) | u32::from(is_word) << Form::WORD)
    }

    /// The form of a scalar with a text that is looked at.
    pub(super) fn with_word_of(self, text: &str) -> Form {
        let may_be_word = matches!(self.tag(), Tag::Str | Tag::Unset) && self.style() != Style::Folded;
        self.with_word(may_be_word && word::is_word(text))
    }

    /// A word stays one in any style but the folded one, which may fold it otherwise.
    pub(super) fn with_style(self, style: Style) -> Form {
        let form = Form(self.0 & !(7 << Form::STYLE) | (style as u32) << Form::STYLE);
        form.with_word(self.is_word() && style != Style::Folded)
    }

    /// A word stays one as a string, which it also is without a tag.
    pub(super) fn with_tag(self, tag: Tag) -> Form {
        let form = Form(self.0 & !(15 << Form::TAG) | (tag as u32) << Form::TAG);
        form.with_word(self.is_word() && matches!(tag, Tag::Str | Tag::Unset))
    }

    pub(super) fn with_tagged(self, is_tagged: bool) -> Form {
        Form(self.0 & !(1 << Form::TAGGED) | u32::from(is_tagged) << Form::TAGGED)
    }

    #[inline]
    pub(super) fn with_origin(self, origin: u32) -> Form {
        Form(self.0 & ((1 << Form::ORIGIN) - 1) | origin << Form::ORIGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 3] = [Kind::Scalar, Kind::Mapping, Kind::Sequence];
    const STYLES: [Style; 6] =
        [Style::Plain, Style::SingleQuoted, Style::DoubleQuoted, Style::Literal, Style::Folded, Style::Flow];
    const TAGS: [Tag; 11] = [
        Tag::Unset,
        Tag::Null,
        Tag::Bool,
        Tag::Int,
        Tag::Float,
        Tag::Time,
        Tag::Str,
        Tag::Binary,
        Tag::Merge,
        Tag::Custom,
        Tag::Collection,
    ];

    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<Slot>(), 20);
        const { assert!(Form::TAGGED < Form::ORIGIN) };
    }

    #[test]
    fn each_form_is_what_it_was_made_of() {
        for kind in KINDS {
            for style in STYLES {
                for tag in TAGS {
                    for origin in [0, 1, (1 << ORIGIN_BITS) - 1] {
                        let form = Form::new(kind, style, tag, origin);
                        let parts = |form: Form| (form.kind(), form.style(), form.tag(), form.origin());
                        assert_eq!(parts(form), (kind, style, tag, origin));
                        assert!(!form.is_tagged() && form.with_tagged(true).is_tagged());
                        assert_eq!(parts(form.with_tagged(true)), parts(form));
                        assert_eq!(form.with_tagged(true).with_tagged(false), form);
                        let other = Form::new(kind, Style::Flow, Tag::Custom, 7).with_tagged(true);
                        let again = other.with_style(style).with_tag(tag).with_origin(origin);
                        assert_eq!(again, form.with_tagged(true));
                    }
                }
            }
        }
    }

    #[test]
    fn only_mappings_are_in_order() {
        for kind in KINDS {
            let form = Form::new(kind, Style::Flow, Tag::Custom, 7).with_tagged(true);
            let ordered = form.with_order(true);
            assert_eq!((ordered.kind(), ordered.is_in_order()), (kind, kind == Kind::Mapping));
            assert_eq!((ordered.with_order(false), form.is_in_order()), (form, false));
        }
    }

    #[test]
    fn a_word_is_forgotten_with_what_made_it_one() {
        let word = Form::new(Kind::Scalar, Style::Plain, Tag::Str, 1).with_word(true);
        for form in
            [word.with_tag(Tag::Unset), word.with_style(Style::Literal), word.with_tagged(true), word.with_origin(7)]
        {
            assert!(form.is_word());
        }
        for form in [word.with_tag(Tag::Int), word.with_style(Style::Folded), word.with_word(false)] {
            assert!(!form.is_word());
        }
        let mut slot = Slot::scalar(word, Text::EMPTY, 0);
        slot.set_text(Text::EMPTY);
        assert!(!slot.form().is_word());
    }
}
