//! The fields that a list of field specs names in resources of one type.

use std::sync::{Arc, OnceLock};

use super::field_spec::{self, Act, Create, Field};
use super::field_trie::{FieldList, FieldTrie, Hit, Hits};
use crate::diagnostics::Result;
use crate::resource::Resource;

/// The fields that a list of field specs names in resources of one type.
#[derive(Debug)]
pub(super) struct FieldMap {
    /// In the order of the specs.
    fields: Arc<[Field]>,
    /// None where the fields have to be visited one after the other; made when they are visited.
    trie: OnceLock<Option<FieldTrie>>,
}

impl FieldMap {
    pub fn new(fields: Arc<[Field]>) -> FieldMap {
        FieldMap { fields, trie: OnceLock::new() }
    }

    fn trie(&self) -> Option<&FieldTrie> {
        let list = FieldList { fields: &self.fields, create: Create::Mapping, sought: true };
        let make = || if self.fields.len() > 1 { FieldTrie::new(&[list]) } else { None };
        self.trie.get_or_init(make).as_ref()
    }

    /// The fields, in order.
    pub fn fields(&self) -> &Arc<[Field]> {
        &self.fields
    }

    /// Calls `act` for every node that the fields name in `resource`: for one field after the other, for those of one
    /// field in document order, up to the first error.
    pub fn visit(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        let Some(trie) = self.trie() else { return self.visit_each(resource, create, act) };
        let mut hits = Hits::default();
        trie.find(resource.tree(), &mut hits);
        if create == Create::No {
            hits.drop_makers();
        }
        Found { fields: &self.fields, hits: hits.by_list()() }.visit(resource, create, act)
    }

    fn visit_each(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        let mut dead_end: Option<(&Field, usize)> = None;
        for field in self.fields.iter() {
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
}

/// The fields of a list, and where they have been found in a resource.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The fields.
    pub fields: &'a [Field],
    /// Where they are.
    pub hits: &'a [Hit],
}

impl Found<'_> {
    /// Calls `act` for every node that the fields name in the resource, as [`FieldSpecs::visit`](super::FieldSpecs::visit)
    /// does. What is made depends on `create` as what was found did.
    pub fn visit(&self, resource: &mut Resource, create: Create, act: Act) -> Result<()> {
        if self.hits.is_empty() {
            return Ok(());
        }
        field_spec::visit_hits(resource, self.fields, self.hits, create, act)
    }
}

#[cfg(test)]
mod tests {
    use rustomize_yaml::read_resources;

    use super::*;
    use crate::diagnostics::{Code, Error, Sources};
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
            let one_by_one = FieldMap { fields: map.fields.clone(), trie: OnceLock::from(None) };
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
        let is_at_once = |specs: &[Spec]| map(specs).trie().is_some();
        assert!(is_at_once(&[("spec/a", true), ("spec/b/c", false), ("spec/a", true)]));
        assert!(!is_at_once(&[("spec/a", true), ("spec/a/b", true)]));
        assert!(!is_at_once(&[("spec/a/b", true), ("spec/a", true)]));
        assert!(!is_at_once(&[("spec/a", true), ("spec/a", false)]), "only one of the two makes it");
        assert!(!is_at_once(&[("spec/a[]/b", false), ("spec/a/c", false)]));
        assert!(!is_at_once(&[("spec/1", false), ("spec/b", false)]), "a number is no key");
    }
}
