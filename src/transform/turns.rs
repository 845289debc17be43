//! What the steps of a pass have to do to the resources of a type, and which of them find their fields by one walk.

use crate::context::EachResource;
use crate::refs::field_spec::Field;
use crate::refs::{Create, FieldList, FieldTrie};
use crate::resource::{Gvk, Resource};

/// What there is to do to the resources of a type, in order.
pub struct Turns<'a> {
    pub gvk: Gvk,
    pub turns: Box<[Turn<'a>]>,
}

pub enum Turn<'a> {
    /// The step with this number finds its way by itself.
    Alone(usize),
    Together(Together<'a>),
}

/// Steps that follow one another and do nothing to what one of the others finds.
pub struct Together<'a> {
    pub trie: FieldTrie,
    /// The numbers of the steps, and the fields that each of them visits.
    pub steps: Box<[(usize, &'a [Field])]>,
}

impl<'a> Turns<'a> {
    /// For resources of a type, from the steps that concern it: with a number, and whether the step has to be done alone.
    pub fn new(gvk: &Gvk, steps: impl Iterator<Item = (usize, &'a dyn EachResource, bool)>) -> Turns<'a> {
        let (mut turns, mut open) = (Vec::new(), Group::default());
        for (number, step, is_alone) in steps {
            let fields = if is_alone { None } else { step.fields(gvk).filter(can_be_found_before) };
            let Some(fields) = fields else {
                open.close(&mut turns);
                turns.push(Turn::Alone(number));
                continue;
            };
            if !open.add(number, fields) {
                open.close(&mut turns);
                if !open.add(number, fields) {
                    turns.push(Turn::Alone(number));
                }
            }
        }
        open.close(&mut turns);
        Turns { gvk: gvk.clone(), turns: turns.into() }
    }
}

/// Whether nothing that is done to the fields changes what steps ask before they change a resource.
fn can_be_found_before(list: &FieldList) -> bool {
    let replaces_annotations = |field: &Field| field.is_annotations() && list.create != Create::Mapping;
    !list.fields.iter().any(|field| field.is_part_of_type() || replaces_annotations(field))
}

#[derive(Default)]
struct Group<'a> {
    steps: Vec<(usize, FieldList<'a>)>,
    trie: FieldTrie,
}

impl<'a> Group<'a> {
    /// Adds a step; says whether it fits.
    fn add(&mut self, number: usize, list: FieldList<'a>) -> bool {
        let fits = self.trie.add(&list);
        if fits {
            self.steps.push((number, list));
        } else {
            let lists: Vec<FieldList> = self.steps.iter().map(|(_, list)| *list).collect();
            self.trie = FieldTrie::new(&lists).unwrap_or_default();
        }
        fits
    }

    fn close(&mut self, turns: &mut Vec<Turn<'a>>) {
        let Group { steps, trie } = std::mem::take(self);
        if steps.len() > 1 {
            let steps = steps.into_iter().map(|(number, list)| (number, list.fields)).collect();
            turns.push(Turn::Together(Together { trie, steps }));
        } else {
            turns.extend(steps.into_iter().map(|(number, _)| Turn::Alone(number)));
        }
    }
}

/// Whether the steps of a group may be told where the fields of a resource are: it has always been of one kind, nothing
/// stands in the place of its annotations, and what is written to a collection is written nowhere else.
pub fn is_ordinary(resource: &Resource) -> bool {
    !resource.is_deleted()
        && resource.original_kind() == resource.kind()
        && resource.misplaced_annotations().is_none()
        && !resource.tree().has_twin_collections()
}
