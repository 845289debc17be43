//! Steps that look at one resource at a time, all of them done to one resource before the next one is taken up: its
//! nodes are at hand then, and several threads can share the resources.

use rustomize_yaml::StepId;

use super::turns::{self, Together, Turn, Turns};
use crate::check::Collector;
use crate::context::{Check, Context, EachResource, Transformer};
use crate::diagnostics::{Error, Result, Sources};
use crate::explain::{Journal, Mark};
use crate::refs::{Found, Hits};
use crate::resource::{ByType, Gvk, Origin, Resource, ResourceSet};

/// A step of a pass.
pub struct PassStep<'a> {
    /// Its number.
    pub id: StepId,
    /// What it does.
    pub each: Box<dyn EachResource + 'a>,
    /// What to note of it in the resources.
    pub origin: Option<&'a Origin>,
    /// Who wants to know what it makes of each resource, and the number that it has there.
    pub journal: Option<(&'a Journal, usize)>,
    /// When its check comes; at once only for the last step of a pass.
    check: Check,
}

impl<'a> PassStep<'a> {
    /// A step of a pass that begins with `resources` as they are, if it is the first one.
    pub fn new(id: StepId, each: Box<dyn EachResource + 'a>, origin: Option<&'a Origin>) -> PassStep<'a> {
        let check = each.when_to_check();
        PassStep { id, each, origin, journal: None, check }
    }

    /// Leaves the check away where it would find nothing. For the first step of a pass over `resources`.
    pub fn without_idle_check(mut self, resources: &ResourceSet) -> PassStep<'a> {
        if self.check != Check::Never && self.each.is_check_idle(resources) {
            self.check = Check::Never;
        }
        self
    }

    fn observe(&self, resource: &Resource) {
        if let Some((journal, number)) = self.journal {
            journal.observe_step(number, resource);
        }
    }

    /// Whether no other step may follow in its pass, and none may stand before it that has not been done yet.
    pub fn checks_at_once(&self) -> bool {
        self.check == Check::AtOnce
    }
}

/// Does the steps in order; of those, only the last one may have a check at once. What a step deletes is left alone by
/// those after it.
///
/// Fails as if one step were done to all resources before the next one begins.
pub fn run(steps: &[PassStep], resources: &mut ResourceSet, sources: &Sources) -> Result<()> {
    let pass = Pass { steps, by_type: ByType::default(), sources };
    let failure =
        resources.change_each(steps.len(), |resource| pass.concerns(resource), |resource| pass.change(resource)).err();
    let failed = failure.as_ref().map_or(steps.len(), |(number, _)| *number);
    for step in steps[..failed].iter().filter(|step| step.check != Check::Never) {
        resources.begin_step(step.id);
        step.each.check(resources, sources)?;
    }
    if let Some(last) = steps.last() {
        resources.begin_step(last.id);
    }
    failure.map_or(Ok(()), |(_, error)| Err(error))
}

impl<T: EachResource> Transformer for T {
    /// A pass of one step, the one that the resources are at.
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        run(&[PassStep::new(resources.step(), Box::new(self), None)], resources, context.sources)
    }

    fn examine(&self, resources: &ResourceSet, setting: Mark, context: &Context, findings: &Collector) {
        EachResource::examine(self, resources, setting, context, findings);
    }

    fn each<'a>(&'a self, _: &'a Sources) -> Option<Box<dyn EachResource + 'a>> {
        Some(Box::new(self))
    }
}

struct Pass<'a, 'b> {
    steps: &'a [PassStep<'b>],
    by_type: ByType<Turns<'a>>,
    sources: &'a Sources,
}

/// The number of a step that does not work, and why.
type Failure = (usize, Error);

impl<'a> Pass<'a, '_> {
    fn concerns(&self, resource: &Resource) -> bool {
        !self.turns(&resource.id().gvk).turns.is_empty()
    }

    fn change(&self, resource: &mut Resource) -> std::result::Result<(), Failure> {
        let mut next = Some(0);
        while let Some(first) = next {
            next = self.change_from(resource, first)?;
        }
        Ok(())
    }

    /// Does the steps from number `first` on until one of them makes a resource of another type of it; says with which
    /// step it goes on then.
    fn change_from(&self, resource: &mut Resource, first: usize) -> std::result::Result<Option<usize>, Failure> {
        let turns = self.turns(&resource.id().gvk);
        for turn in &turns.turns {
            match turn {
                Turn::Together(together) if turns::is_ordinary(resource) => self.together(together, resource, first)?,
                Turn::Together(together) => {
                    for &(number, _) in together.steps.iter().filter(|(number, _)| *number >= first) {
                        self.alone(number, resource)?;
                        if resource.is_deleted() {
                            return Ok(None);
                        }
                    }
                }
                Turn::Alone(number) if *number < first => {}
                Turn::Alone(number) => {
                    self.alone(*number, resource)?;
                    if resource.is_deleted() {
                        break;
                    }
                    if resource.id().gvk != turns.gvk {
                        return Ok(Some(number + 1));
                    }
                }
            }
        }
        Ok(None)
    }

    fn alone(&self, number: usize, resource: &mut Resource) -> std::result::Result<(), Failure> {
        let step = &self.steps[number];
        resource.begin_step(step.id);
        // A step that is noted in any case also has a turn where it is not concerned.
        if step.origin.is_none() || step.each.concerns(&resource.id().gvk) {
            step.each.change(resource, self.sources).map_err(|error| (number, error))?;
        }
        if let Some(origin) = step.origin {
            resource.note_transformation(origin, self.sources).map_err(|error| (number, error))?;
        }
        step.observe(resource);
        Ok(())
    }

    /// Does the steps of a group from number `first` on.
    fn together(&self, together: &Together, resource: &mut Resource, first: usize) -> std::result::Result<(), Failure> {
        let mut hits = Hits::default();
        together.trie.find(resource.tree(), &mut hits);
        let mut next = hits.by_list();
        for &(number, fields) in &together.steps {
            let found = Found { fields, hits: next() };
            if number < first {
                continue;
            }
            let step = &self.steps[number];
            resource.begin_step(step.id);
            step.each.change_found(resource, found, self.sources).map_err(|error| (number, error))?;
            step.observe(resource);
        }
        Ok(())
    }

    fn turns(&self, gvk: &Gvk) -> &Turns<'a> {
        self.by_type.get_or_make(gvk, |gvk| {
            // Upstream notes a transformer also where it had nothing to do.
            let has_turn = |step: &PassStep| step.origin.is_some() || step.each.concerns(gvk);
            let steps = self.steps.iter().enumerate().filter(|(_, step)| has_turn(step));
            Turns::new(gvk, steps.map(|(number, step)| (number, &*step.each, step.origin.is_some())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;
    use crate::generate::test_support::{resources, with_files};

    /// Makes another kind of one.
    struct Rename(&'static str, &'static str);

    impl EachResource for Rename {
        fn concerns(&self, gvk: &Gvk) -> bool {
            gvk.kind() == self.0
        }

        fn change(&self, resource: &mut Resource, _: &Sources) -> Result<()> {
            resource.set_kind(self.1);
            Ok(())
        }
    }

    /// Fails when it changes something, or when it looks at all later.
    struct Fails {
        at_once: bool,
    }

    impl EachResource for Fails {
        fn change(&self, _: &mut Resource, _: &Sources) -> Result<()> {
            if self.at_once { Err(Error::new(Code::Usage, "at once")) } else { Ok(()) }
        }

        fn when_to_check(&self) -> Check {
            Check::Later
        }

        fn check(&self, _: &ResourceSet, _: &Sources) -> Result<()> {
            Err(Error::new(Code::Usage, "later"))
        }
    }

    #[test]
    fn the_error_is_that_of_the_first_step_that_has_one_also_where_it_checks_later() {
        with_files(&[], |context| {
            let error = |order: [bool; 2]| {
                let mut set: ResourceSet = resources("{kind: A, metadata: {name: a}}", context).into_iter().collect();
                let steps = order.map(|at_once| PassStep::new(StepId(1), Box::new(Fails { at_once }), None));
                run(&steps, &mut set, context.sources).unwrap_err().to_string()
            };
            assert!(error([false, true]).contains("later"), "{}", error([false, true]));
            assert!(error([true, false]).contains("at once"), "{}", error([true, false]));
        });
    }

    #[test]
    fn a_resource_of_another_type_has_the_turns_of_that_type_from_there_on() {
        with_files(&[], |context| {
            let text = "{kind: A, metadata: {name: a}}\n---\n{kind: B, metadata: {name: b}}\n";
            let mut set: ResourceSet = resources(text, context).into_iter().collect();
            let renames = [Rename("B", "X"), Rename("A", "B"), Rename("A", "Y"), Rename("B", "C")];
            let step = |each| PassStep::new(StepId(1), Box::new(each), None);
            run(&renames.map(step), &mut set, context.sources).unwrap();
            assert_eq!(set.iter().map(Resource::kind).collect::<Vec<_>>(), ["C", "X"]);
        });
    }
}
