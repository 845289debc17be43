//! Some of the changes of an object, without the others: what several builds have in common is shown without what one of
//! them has alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::path::{FieldPath, Segment};
use super::report::Change;
use super::value::{Data, Value};

/// The items of a list that differs: which item of one side is which of the other.
#[derive(Debug, Clone)]
pub struct AlignedList {
    /// The list.
    pub path: FieldPath,
    /// A [`Segment::Item`] for each item of either side.
    pub items: Vec<Segment>,
}

/// What was, with some of the changes made that lead to what comes.
pub fn partly(old: &Value, new: &Value, changes: &[Change], lists: &[AlignedList]) -> Value {
    let of_order = |wanted: bool| {
        changes.iter().filter(move |change| change.is_order == wanted).map(|change| change.path.0.as_slice()).collect()
    };
    let mut part = Part {
        values: of_order(false),
        orders: of_order(true),
        lists: lists.iter().map(|list| (list.path.0.as_slice(), list.items.as_slice())).collect(),
        path: Vec::new(),
    };
    part.value(old, new)
}

struct Part<'a> {
    /// Where values change.
    values: HashSet<&'a [Segment]>,
    /// The lists whose items come in their new order.
    orders: HashSet<&'a [Segment]>,
    lists: HashMap<&'a [Segment], &'a [Segment]>,
    path: Vec<Segment>,
}

impl Part<'_> {
    fn value(&mut self, old: &Value, new: &Value) -> Value {
        let data = match (&old.data, &new.data) {
            (Data::Map(from), Data::Map(to)) => Data::Map(self.fields(from, to)),
            (Data::List(from), Data::List(to)) => match self.lists.get(self.path.as_slice()) {
                Some(items) => Data::List(self.items(from, to, items)),
                None => return old.clone(),
            },
            _ if self.changes_here() => return new.clone(),
            _ => return old.clone(),
        };
        Value { data, place: new.place }
    }

    fn fields(&mut self, old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let mut fields = BTreeMap::new();
        for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
            let value = self.below(Segment::Field(name.clone()), old.get(name), new.get(name));
            fields.extend(value.map(|value| (name.clone(), value)));
        }
        fields
    }

    /// What becomes of something that is on both sides or on one.
    fn below(&mut self, segment: Segment, old: Option<&Value>, new: Option<&Value>) -> Option<Value> {
        self.path.push(segment);
        let value = match (old, new) {
            (Some(old), Some(new)) => Some(self.value(old, new)),
            (one, _) if self.changes_here() == one.is_none() => one.or(new).cloned(),
            _ => None,
        };
        self.path.pop();
        value
    }

    fn changes_here(&self) -> bool {
        self.values.contains(self.path.as_slice())
    }

    /// The items in the order that counts; those of the other side follow the item that they follow there.
    fn items(&mut self, old: &[Value], new: &[Value], items: &[Segment]) -> Vec<Value> {
        let is_new_order = self.orders.contains(self.path.as_slice());
        let positions = |item: &Segment| match item {
            Segment::Item { before, after, .. } if is_new_order => (*after, *before),
            Segment::Item { before, after, .. } => (*before, *after),
            Segment::Field(_) => (None, None),
        };
        let mut on_both: Vec<(usize, usize)> =
            items.iter().filter_map(|item| positions(item).1.zip(positions(item).0)).collect();
        on_both.sort_unstable();
        let place = |item: &Segment| match positions(item) {
            (Some(own), _) => (Some(own), None),
            (None, other) => {
                let before = on_both.partition_point(|(position, _)| Some(*position) < other);
                (before.checked_sub(1).map(|at| on_both[at].1), other)
            }
        };
        let mut kept = Vec::new();
        for item in items {
            let Segment::Item { before, after, .. } = item else { continue };
            let sides = (before.and_then(|at| old.get(at)), after.and_then(|at| new.get(at)));
            let value = self.below(item.clone(), sides.0, sides.1);
            kept.extend(value.map(|value| (place(item), value)));
        }
        kept.sort_by_key(|(place, _)| *place);
        kept.into_iter().map(|(_, value)| value).collect()
    }
}
