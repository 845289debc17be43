//! What the steps of a pass have to do to the resources of a type, and which of them find their fields by one walk.

use std::cell::RefCell;
use std::sync::Arc;

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
    pub trie: Arc<FieldTrie>,
    /// The numbers of the steps, and the fields that each of them visits.
    pub steps: Box<[(usize, &'a [Field])]>,
}

impl<'a> Turns<'a> {
    /// For resources of a type, from the steps that concern it: with a number, and whether the step has to be done alone.
    pub fn new(gvk: &Gvk, steps: impl Iterator<Item = (usize, &'a dyn EachResource, bool)>) -> Turns<'a> {
        let mut turns = Vec::new();
        let (mut numbers, mut lists) = (Vec::new(), Vec::new());
        for (number, step, is_alone) in steps {
            match step.fields(gvk).filter(|list| !is_alone && can_be_found_before(list)) {
                Some(list) => {
                    numbers.push(number);
                    lists.push(list);
                }
                None => {
                    close(&mut numbers, &mut lists, &mut turns);
                    turns.push(Turn::Alone(number));
                }
            }
        }
        close(&mut numbers, &mut lists, &mut turns);
        Turns { gvk: gvk.clone(), turns: turns.into() }
    }
}

/// Whether nothing that is done to the fields changes what steps ask before they change a resource.
fn can_be_found_before(list: &FieldList) -> bool {
    let replaces_annotations = |field: &Field| field.is_annotations() && list.create != Create::Mapping;
    !list.fields.iter().any(|field| field.is_part_of_type() || replaces_annotations(field))
}

/// Makes turns of steps with these numbers and fields.
fn close<'a>(numbers: &mut Vec<usize>, lists: &mut Vec<FieldList<'a>>, turns: &mut Vec<Turn<'a>>) {
    let mut steps = numbers.drain(..).zip(lists.iter().map(|list| &**list.fields));
    for (len, trie) in groups(lists) {
        let steps = steps.by_ref().take(len);
        match trie {
            Some(trie) => turns.push(Turn::Together(Together { trie, steps: steps.collect() })),
            None => turns.extend(steps.map(|(number, _)| Turn::Alone(number))),
        }
    }
    drop(steps);
    lists.clear();
}

/// How many lists in a row go together, and their trie.
type Groups = Vec<(usize, Option<Arc<FieldTrie>>)>;

/// What came of some lists.
struct Known {
    lists: Vec<(Arc<[Field]>, Create, bool)>,
    groups: Groups,
}

thread_local! {
    /// Of the builds before: all overlays of a base have the same fields, and resources of the same types.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// So much is kept.
const MANY: usize = 64;

fn groups(lists: &[FieldList]) -> Groups {
    if lists.len() < 2 {
        return vec![(lists.len(), None)];
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(known) = known.iter().find(|known| known.is_for(lists)) {
            return known.groups.clone();
        }
        let groups = new_groups(lists);
        if known.len() == MANY {
            known.clear();
        }
        let lists = lists.iter().map(|list| (list.fields.clone(), list.create, list.sought)).collect();
        known.push(Known { lists, groups: groups.clone() });
        groups
    })
}

impl Known {
    fn is_for(&self, lists: &[FieldList]) -> bool {
        let is_same = |((fields, create, sought), list): (&(Arc<[Field]>, Create, bool), &FieldList)| {
            let is_same = Arc::ptr_eq(fields, list.fields) || fields == list.fields;
            is_same && *create == list.create && *sought == list.sought
        };
        self.lists.len() == lists.len() && self.lists.iter().zip(lists).all(is_same)
    }
}

fn new_groups(lists: &[FieldList]) -> Groups {
    let mut groups = Vec::new();
    let mut rest = lists;
    while !rest.is_empty() {
        let mut trie = FieldTrie::default();
        let fitting = rest.iter().take_while(|list| trie.add(list)).count();
        // One that does not fit spoils it.
        let trie = if fitting == rest.len() { Some(trie) } else { FieldTrie::new(&rest[..fitting]) };
        groups.push((fitting.max(1), trie.filter(|_| fitting > 1).map(Arc::new)));
        rest = &rest[fitting.max(1)..];
    }
    groups
}

/// Whether the steps of a group may be told where the fields of a resource are: it has always been of one kind, nothing
/// stands in the place of its annotations, and what is written to a collection is written nowhere else.
pub fn is_ordinary(resource: &Resource) -> bool {
    !resource.is_deleted()
        && resource.original_kind() == resource.kind()
        && resource.misplaced_annotations().is_none()
        && !resource.tree().has_twin_collections()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomization::FieldSpec;
    use crate::refs::FieldSpecs;

    /// How the lists of one path each go together, and whether a trie has been made of them.
    fn lens(paths: &[&'static str]) -> Vec<(usize, bool)> {
        let spec = |path: &&'static str| FieldSpec { path: (*path).into(), create: true, ..FieldSpec::default() };
        let specs: Vec<FieldSpecs> = paths.iter().map(|path| FieldSpecs::from(vec![spec(path)])).collect();
        let gvk = Gvk::new("", "v1", "Pod");
        let list =
            |specs| FieldList { fields: FieldSpecs::select_shared(specs, &gvk), create: Create::Mapping, sought: true };
        let lists: Vec<FieldList> = specs.iter().map(list).collect();
        groups(&lists).iter().map(|(len, trie)| (*len, trie.is_some())).collect()
    }

    #[test]
    fn steps_go_together_until_one_leads_on_from_what_another_writes() {
        for _ in 0..2 {
            assert_eq!(lens(&["metadata/labels", "metadata/annotations", "metadata/labels"]), [(3, true)]);
            assert_eq!(lens(&["metadata/labels", "spec/a", "spec/a/b", "spec/c"]), [(2, true), (2, true)]);
            assert_eq!(lens(&["spec/a", "spec/a/b"]), [(1, false), (1, false)]);
            assert_eq!(lens(&["spec/1", "spec/a"]), [(1, false), (1, false)], "a number is no key");
        }
    }
}
