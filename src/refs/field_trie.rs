//! What several lists of fields name in a tree, found by one walk.

use std::sync::Arc;

use rustomize_yaml::{Kind, NodeId, Tree};
use smallvec::SmallVec;

use super::field_spec::{Create, Field, Part};

/// The fields of lists that hold for one type.
///
/// Most paths begin like others. So they are put together to a trie over their parts, and one walk over a tree finds
/// where each of them leads.
#[derive(Debug)]
pub struct FieldTrie {
    /// The first is the root.
    stops: Vec<Stop>,
    /// How many lists there are.
    lists: u16,
}

/// So many places have the fields of most types.
const STOPS: usize = 24;

/// A place in the trie.
#[derive(Debug, Default)]
struct Stop {
    ways: Vec<Way>,
    /// How many parts lead here.
    depth: u32,
    /// Where paths end here: whether they make what is missing.
    end: Option<bool>,
    /// The fields whose paths end here, of lists that are sought.
    targets: SmallVec<[Target; 2]>,
}

#[derive(Debug)]
struct Way {
    part: Part,
    /// How many fields make what is missing here, and whether one of them is sought.
    makers: u16,
    makes: bool,
    to: u32,
}

/// A field: the number of its list, and its number there.
#[derive(Debug, Clone, Copy)]
struct Target {
    list: u16,
    field: u16,
}

/// A list of fields.
#[derive(Debug, Clone, Copy)]
pub struct FieldList<'a> {
    /// The fields, in order.
    pub fields: &'a Arc<[Field]>,
    /// What is made at the ends of those that say so.
    pub create: Create,
    /// Whether to find them. What others find has to take no notice of what is done to them, either way.
    pub sought: bool,
}

/// From where the path of a field is to be followed in a tree: mostly from its end.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    list: u16,
    /// The number of the field in its list.
    pub(super) field: u16,
    pub(super) node: NodeId,
    /// How many parts of the path lead to the node.
    pub(super) depth: u32,
    /// Whether a list stands on the way.
    pub(super) in_list: bool,
    /// Whether something is missing there, or null, and is to be made.
    pub(super) makes: bool,
    /// Whether it is, and no other field makes it.
    pub(super) is_only_maker: bool,
}

/// What was found, by list and by field; of one field in document order.
#[derive(Debug, Default)]
pub struct Hits(SmallVec<[Hit; HITS]>);

/// Most resources have no more.
const HITS: usize = 16;

/// More ways than this from one place are not noted in the bits of one number.
const MOST_WAYS: usize = u64::BITS as usize;

impl Default for FieldTrie {
    fn default() -> Self {
        let mut stops = Vec::with_capacity(STOPS);
        stops.push(Stop::default());
        FieldTrie { stops, lists: 0 }
    }
}

/// Putting lists together.
impl FieldTrie {
    /// Puts lists together. `None` where finding all fields first is not the same as one field after the other: one
    /// leads on from where another one ends, two disagree about what to make, or a path has a part that is no key.
    pub fn new(lists: &[FieldList]) -> Option<FieldTrie> {
        let mut trie = FieldTrie::default();
        lists.iter().all(|list| trie.add(list)).then_some(trie)
    }

    /// Adds a list. Says whether that works, as for [`FieldTrie::new`]; if not, the trie is good for nothing.
    #[must_use]
    pub fn add(&mut self, list: &FieldList) -> bool {
        let number = self.lists;
        self.lists += 1;
        let mut fields = list.fields.iter().enumerate();
        number < u16::MAX && fields.all(|(index, field)| self.add_field((number, index), field, list).is_some())
    }

    fn add_field(&mut self, (number, index): (u16, usize), field: &Field, list: &FieldList) -> Option<()> {
        let makes = field.makes(list.create);
        let mut at = 0;
        for part in field.parts() {
            at = self.way(at, part, (makes, makes && list.sought))?;
        }
        let end = &mut self.stops[at];
        if !end.ways.is_empty() || end.end.is_some_and(|other| other != makes) {
            return None;
        }
        end.end = Some(makes);
        if list.sought {
            end.targets.push(Target { list: number, field: index.try_into().ok()? });
        }
        Some(())
    }

    /// The stop behind a part of the path of a field, made when there is none.
    fn way(&mut self, from: usize, part: &Part, (is_maker, makes): (bool, bool)) -> Option<usize> {
        let to = self.stops.len();
        let Stop { ways, end, depth, .. } = &mut self.stops[from];
        if !part.is_key || end.is_some() {
            return None;
        }
        if let Some(known) = ways.iter_mut().find(|way| way.part.name == part.name) {
            known.makers = known.makers.saturating_add(is_maker.into());
            known.makes |= makes;
            return (known.part.sequence == part.sequence).then_some(known.to as usize);
        }
        if ways.len() == MOST_WAYS {
            return None;
        }
        ways.push(Way { part: part.clone(), makers: is_maker.into(), makes, to: to.try_into().ok()? });
        let depth = *depth + 1;
        self.stops.push(Stop { depth, ..Stop::default() });
        Some(to)
    }
}

/// Finding what they name.
impl FieldTrie {
    /// Finds the fields in a tree.
    pub fn find(&self, tree: &Tree, hits: &mut Hits) {
        let mut search = Search { trie: self, tree, hits };
        search.walk(tree.root(), Spot { stop: &self.stops[0], in_list: false });
        hits.0.sort_by_key(Hit::order);
    }
}

struct Search<'a> {
    trie: &'a FieldTrie,
    tree: &'a Tree,
    hits: &'a mut Hits,
}

/// Where a walk is in the trie, and whether it has come through a list.
#[derive(Clone, Copy)]
struct Spot<'a> {
    stop: &'a Stop,
    in_list: bool,
}

impl<'a> Search<'a> {
    fn walk(&mut self, node: NodeId, spot: Spot<'a>) {
        if spot.stop.end.is_some() {
            return self.add(spot.stop, node, spot, false);
        }
        match self.tree.kind(node) {
            Kind::Mapping => self.mapping(node, spot),
            Kind::Sequence => {
                let tree = self.tree;
                tree.items(node).for_each(|item| self.walk(item, Spot { in_list: true, ..spot }));
            }
            Kind::Scalar if self.tree.is_null(node) => {}
            // An error, for each of them.
            Kind::Scalar => self.add_behind(spot.stop, node, spot),
        }
    }

    fn mapping(&mut self, mapping: NodeId, spot: Spot<'a>) {
        let ways = &*spot.stop.ways;
        if ways.is_empty() {
            return;
        }
        let (tree, trie) = (self.tree, self.trie);
        let mut open = u64::MAX >> (MOST_WAYS - ways.len());
        for (key, value) in tree.entries(mapping) {
            let found = ways.iter().position(|way| tree.is_scalar_of(key, &way.part.name));
            let Some(number) = found.filter(|number| open & (1 << number) != 0) else { continue };
            open &= !(1 << number);
            let way = &ways[number];
            let next = trie.stop(way);
            if !tree.is_null(value) {
                self.walk(value, Spot { stop: next, ..spot });
            } else if way.part.sequence || next.end.is_some() {
                self.add_behind(next, mapping, spot);
            } else if way.makes {
                self.add_made(next, mapping, spot);
            }
            if open == 0 {
                return;
            }
        }
        for (number, way) in ways.iter().enumerate() {
            if way.makes && !way.part.sequence && open & (1 << number) != 0 {
                let first = self.hits.0.len();
                self.add_made(trie.stop(way), mapping, spot);
                if way.makers == 1 {
                    self.hits.0[first..].iter_mut().for_each(|hit| hit.is_only_maker = true);
                }
            }
        }
    }

    /// The fields that end at a stop.
    fn add(&mut self, end: &Stop, node: NodeId, spot: Spot, makes: bool) {
        let (depth, in_list) = (spot.stop.depth, spot.in_list);
        for &Target { list, field } in &end.targets {
            self.hits.0.push(Hit { list, field, node, depth, in_list, makes, is_only_maker: false });
        }
    }

    /// The fields that end at a stop, or lead on from there.
    fn add_behind(&mut self, stop: &Stop, node: NodeId, spot: Spot) {
        self.add(stop, node, spot, false);
        let trie = self.trie;
        stop.ways.iter().for_each(|way| self.add_behind(trie.stop(way), node, spot));
    }

    /// Those of them that make what is missing.
    fn add_made(&mut self, stop: &Stop, node: NodeId, spot: Spot) {
        if stop.end == Some(true) {
            self.add(stop, node, spot, true);
        }
        let trie = self.trie;
        let makers = stop.ways.iter().filter(|way| way.makes);
        makers.for_each(|way| self.add_made(trie.stop(way), node, spot));
    }
}

impl FieldTrie {
    fn stop(&self, way: &Way) -> &Stop {
        &self.stops[way.to as usize]
    }
}

impl Hits {
    /// Those of each list: the first call is for the first list, and so on.
    pub fn by_list<'h>(&'h self) -> impl FnMut() -> &'h [Hit] {
        let (mut rest, mut list) = (&self.0[..], 0);
        move || {
            let end = rest.iter().position(|hit| hit.list != list).unwrap_or(rest.len());
            let (own, others) = rest.split_at(end);
            (rest, list) = (others, list + 1);
            own
        }
    }

    /// Leaves those alone where something is.
    pub(super) fn drop_makers(&mut self) {
        self.0.retain(|hit| !hit.makes);
    }
}

impl Hit {
    fn order(&self) -> u32 {
        u32::from(self.list) << u16::BITS | u32::from(self.field)
    }
}
