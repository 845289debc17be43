//! Walking a tree along the paths of all field specs that hold for its type, at once.

use rustomize_yaml::{Kind, NodeId, Tree};

use super::field_spec::{self, Act, Create, Field, Part};
use crate::diagnostics::{Error, Result};
use crate::resource::Resource;

/// The fields that a list of field specs names in resources of one type.
///
/// Most paths begin like others. So they are put together to a trie over their parts, and one walk over a tree finds
/// them all, where that does the same as one walk after the other.
#[derive(Debug)]
pub(super) struct FieldMap {
    /// In the order of the specs.
    fields: Box<[Field]>,
    /// The first is the root. None where the fields have to be visited one after the other.
    stops: Option<Box<[Stop]>>,
}

/// A place in the trie.
#[derive(Debug, Default)]
struct Stop {
    /// Those that make something come first, in the order in which they do.
    ways: Vec<Way>,
    /// Numbers of the fields whose paths end here.
    ends: Vec<usize>,
    /// The number of the first field whose path leads here.
    first: usize,
    /// How many parts lead here.
    depth: usize,
}

#[derive(Debug)]
struct Way {
    part: Part,
    /// The first field that makes what is missing here.
    maker: Option<usize>,
    to: usize,
}

/// More ways than this from one place are not noted in the bits of one number.
const MOST_WAYS: usize = u64::BITS as usize;

impl FieldMap {
    pub fn new(fields: Box<[Field]>) -> FieldMap {
        let stops = if fields.len() > 1 { trie(&fields) } else { None };
        FieldMap { fields, stops: stops.map(Vec::into_boxed_slice) }
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Calls `act` for every node that the fields name in `resource`: for those of one field in document order, and with
    /// the error of the first field that has one.
    pub fn visit(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        match &self.stops {
            Some(stops) => self.visit_at_once(stops, resource, create, act),
            None => self.visit_each(resource, create, act),
        }
    }

    fn visit_each(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        let mut dead_end: Option<(&Field, usize)> = None;
        for field in &self.fields {
            // Most paths go where a pod may have many things and has none of them.
            let is_behind = |(other, depth): (&Field, usize)| field.shared_parts(other) > depth;
            if !field.makes(create) && dead_end.is_some_and(is_behind) {
                continue;
            }
            let missing = field_spec::visit_resource(resource, field, create, act)?;
            dead_end = missing.map(|depth| (field, depth));
        }
        Ok(())
    }

    fn visit_at_once(&self, stops: &[Stop], resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        let reaches = |field| field_spec::reaches(resource.tree(), field, create);
        if resource.is_tree_shared() && !self.fields.iter().any(reaches) {
            return Ok(());
        }
        let mut walk = Walk { map: self, stops, create, act, reached: Reached::default(), failure: None };
        let tree = resource.body_mut();
        walk.step(tree, tree.root(), 0);
        let Walk { reached, failure, .. } = walk;
        if let Some((_, error)) = failure {
            return Err(error);
        }
        reached.follow(resource);
        Ok(())
    }
}

/// What of an id a walk has come to.
#[derive(Debug, Default)]
struct Reached {
    id: bool,
    its_type: bool,
}

impl Reached {
    /// No id is made anew for nothing.
    fn follow(&self, resource: &mut Resource) {
        if self.its_type {
            resource.forget_id();
        } else if self.id {
            resource.follow_metadata();
        }
    }
}

/// The paths as a trie. `None` where the order of the fields matters: one leads on from where another one ends, two
/// disagree about what to make, or a path has a part that is no key.
fn trie(fields: &[Field]) -> Option<Vec<Stop>> {
    let mut stops = vec![Stop::default()];
    for (number, field) in fields.iter().enumerate() {
        let mut at = 0;
        for part in field.parts() {
            at = way(&mut stops, at, part, (number, field))?;
        }
        let end = &mut stops[at];
        let agrees = |&other: &usize| fields[other].creates() == field.creates();
        if !end.ways.is_empty() || !end.ends.iter().all(agrees) {
            return None;
        }
        end.ends.push(number);
    }
    for stop in &mut stops {
        stop.ways.sort_by_key(|way| way.maker.unwrap_or(usize::MAX));
    }
    Some(stops)
}

/// The stop behind a part of the path of a field, made when there is none.
fn way(stops: &mut Vec<Stop>, from: usize, part: &Part, (number, field): (usize, &Field)) -> Option<usize> {
    let to = stops.len();
    let Stop { ways, ends, depth, .. } = &mut stops[from];
    if !part.is_key || !ends.is_empty() {
        return None;
    }
    let maker = field.creates().then_some(number);
    if let Some(known) = ways.iter_mut().find(|way| way.part.name == part.name) {
        known.maker = known.maker.or(maker);
        return (known.part.sequence == part.sequence).then_some(known.to);
    }
    if ways.len() == MOST_WAYS {
        return None;
    }
    ways.push(Way { part: part.clone(), maker, to });
    let depth = *depth + 1;
    stops.push(Stop { first: number, depth, ..Stop::default() });
    Some(to)
}

struct Walk<'a, 'b> {
    map: &'a FieldMap,
    stops: &'a [Stop],
    create: Create,
    act: Act<'b>,
    reached: Reached,
    /// The first error of the first field that has one, and the number of that field.
    failure: Option<(usize, Error)>,
}

impl<'a> Walk<'a, '_> {
    fn step(&mut self, tree: &mut Tree, node: NodeId, at: usize) {
        let stop = &self.stops[at];
        if !stop.ends.is_empty() {
            return self.end(tree, node, stop);
        }
        match tree.kind(node) {
            _ if tree.is_null(node) => {}
            Kind::Mapping => self.mapping(tree, node, stop),
            Kind::Sequence => {
                let mut next = tree.first_child(node);
                while let Some(item) = next {
                    next = tree.next_sibling(item);
                    self.step(tree, item, at);
                }
            }
            Kind::Scalar => {
                let path = self.map.fields[stop.first].path();
                self.fail(stop.first, field_spec::blocked(tree, node, path, stop.depth));
            }
        }
    }

    fn end(&mut self, tree: &mut Tree, node: NodeId, stop: &Stop) {
        for &number in &stop.ends {
            let field = &self.map.fields[number];
            self.reached.id |= field.is_part_of_id();
            self.reached.its_type |= field.is_part_of_type();
            if let Err(error) = (self.act)(tree, node) {
                self.fail(number, error);
            }
        }
    }

    fn mapping(&mut self, tree: &mut Tree, mapping: NodeId, stop: &'a Stop) {
        if let [way] = &*stop.ways
            && let Some(value) = tree.get(mapping, &way.part.name)
        {
            return self.enter(tree, value, way);
        }
        let mut open = u64::MAX >> (MOST_WAYS - stop.ways.len());
        let mut next = tree.first_child(mapping);
        while let (Some(key), true) = (next, open != 0) {
            let Some(value) = tree.next_sibling(key) else { break };
            let found = stop.ways.iter().position(|way| tree.is_scalar_of(key, &way.part.name));
            if let Some(number) = found.filter(|number| open & (1 << number) != 0) {
                open &= !(1 << number);
                self.enter(tree, value, &stop.ways[number]);
            }
            next = tree.next_sibling(value);
        }
        if self.create == Create::No {
            return;
        }
        for (number, way) in stop.ways.iter().enumerate().take_while(|(_, way)| way.maker.is_some()) {
            if open & (1 << number) != 0 && !way.part.sequence {
                let value = field_spec::append_made(tree, mapping, &way.part.name, self.made(way));
                self.enter(tree, value, way);
            }
        }
    }

    fn enter(&mut self, tree: &mut Tree, value: NodeId, way: &Way) {
        if tree.is_null(value) {
            field_spec::fill_null(tree, value, (!way.part.sequence).then(|| self.made(way)));
        }
        self.step(tree, value, way.to);
    }

    /// What is to be made where a way leads: mappings before the end, the wanted thing there.
    fn made(&self, way: &Way) -> Create {
        match self.create {
            end if way.maker.is_some() && !self.stops[way.to].ends.is_empty() => end,
            Create::Mapping | Create::Scalar(_) if way.maker.is_some() => Create::Mapping,
            _ => Create::No,
        }
    }

    fn fail(&mut self, number: usize, error: Error) {
        if self.failure.as_ref().is_none_or(|(first, _)| number < *first) {
            self.failure = Some((number, error));
        }
    }
}

#[cfg(test)]
mod tests {
    use rustomize_yaml::read_resources;

    use super::*;
    use crate::diagnostics::{Code, Sources};
    use crate::generate::test_support::yaml;
    use crate::kustomization::FieldSpec;

    const SAMPLE: &str = "kind: A\nmetadata: {name: n, labels: null}\nspec:\n  empty: null\n  scalar: x\n  \
                          list: [{name: a, ports: [{name: p}]}, {name: b, other: q}, null]\n";

    /// A path, and whether what is missing is made.
    type Spec = (&'static str, bool);

    fn map(specs: &[Spec]) -> FieldMap {
        let spec = |&(path, create): &Spec| FieldSpec { path: path.into(), create, ..FieldSpec::default() };
        FieldMap::new(specs.iter().map(|one| Field::new(&spec(one))).collect())
    }

    fn resource() -> Resource {
        let source = Sources::default().add_text("test.yaml", SAMPLE);
        Resource::new(read_resources(&source).unwrap().remove(0))
    }

    /// What is visited, the error, what the resource has become and is called.
    fn outcome(map: &FieldMap) -> (Vec<String>, Option<String>, String, String) {
        let (mut seen, mut resource) = (Vec::new(), resource());
        resource.id();
        let result = map.visit(&mut resource, Create::Scalar(rustomize_yaml::Tag::Str), &mut |tree, node| {
            seen.push(tree.text(node).to_owned());
            match tree.text(node) {
                "p" => Err(Error::new(Code::FieldSpec, "p is refused")),
                "q" => Err(Error::new(Code::FieldSpec, "q is refused")),
                "n" => {
                    tree.set_text(node, "new");
                    Ok(())
                }
                _ => Ok(()),
            }
        });
        seen.sort_unstable();
        (seen, result.err().map(|error| error.to_string()), yaml(&resource), resource.id().to_string())
    }

    #[test]
    fn one_walk_does_what_one_walk_after_the_other_does() {
        for specs in [
            &[("metadata/name", false), ("metadata/labels", true), ("spec/list/name", false)][..],
            &[("spec/new/b", true), ("other/x", false), ("spec/new/a", true), ("other/y", true), ("spec/new/b", true)],
            &[("spec/b", false), ("spec/a", true), ("spec/b/c", false), ("spec/list/made", true)],
            &[("spec/empty/a", true), ("spec/empty/b", false), ("spec/none[]/a", true), ("spec/scalar", false)],
            &[("spec/empty[]/a", true), ("spec/empty[]/b", false), ("metadata/namespace", true)],
            &[("none/a", false), ("none/b", true), ("spec/list[]/name", false), ("spec/list/name", false)],
        ] {
            let map = map(specs);
            let one_by_one = FieldMap { fields: map.fields.clone(), stops: None };
            assert_eq!(outcome(&map), outcome(&one_by_one), "{specs:?}");
        }
    }

    #[test]
    fn the_error_is_that_of_the_first_field_that_has_one() {
        let fails = |specs, message| outcome(&map(specs)).1.is_some_and(|error| error.contains(message));
        assert!(fails(&[("spec/list/other", false), ("spec/list/ports/name", false)], "q is refused"));
        assert!(fails(&[("spec/list/ports/name", false), ("spec/list/other", false)], "p is refused"));
        assert!(fails(&[("spec/scalar/a", false), ("spec/list/other", false)], "`spec/scalar` is the scalar"));
        assert!(fails(&[("spec/list/other", false), ("spec/scalar/a", false)], "q is refused"));
    }

    #[test]
    fn fields_are_visited_one_after_the_other_where_one_leads_on_from_another() {
        let is_at_once = |specs: &[Spec]| map(specs).stops.is_some();
        assert!(is_at_once(&[("spec/a", true), ("spec/b/c", false), ("spec/a", true)]));
        assert!(!is_at_once(&[("spec/a", true), ("spec/a/b", true)]));
        assert!(!is_at_once(&[("spec/a/b", true), ("spec/a", true)]));
        assert!(!is_at_once(&[("spec/a", true), ("spec/a", false)]), "only one of the two makes it");
        assert!(!is_at_once(&[("spec/a[]/b", false), ("spec/a/c", false)]));
        assert!(!is_at_once(&[("spec/1", false), ("spec/b", false)]), "a number is no key");
    }
}
