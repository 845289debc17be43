//! What happens to resources while a build goes on, for those who ask afterwards: after each step, the trees that it
//! changed. Trees are shared, so a step that leaves a resource alone costs a comparison of two pointers; of the tree
//! before a change no more is kept than what was otherwise.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, NodeId, Past, Source, Spanned, Tree};

use crate::resource::{Resource, ResourceSet};
use crate::schema::Schema;

/// A place that something was read from; file 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub file: FileId,
    pub at: u32,
}

impl Mark {
    /// Where a typed value was read.
    pub fn of<T>(value: &Spanned<T>) -> Mark {
        Mark { file: value.file, at: value.at }
    }

    /// Where a node was read.
    pub fn of_node(tree: &Tree, id: NodeId) -> Mark {
        let node = tree.node(id);
        Mark { file: node.file, at: node.at }
    }

    /// Whether there is a place.
    pub fn is_some(self) -> bool {
        self.file != FileId::default()
    }
}

/// What the steps are called that no transformer of a kustomization stands for.
pub(crate) mod steps {
    /// Resources are read from a file.
    pub const RESOURCE: &str = "resource";
    /// Generated names get their hashes.
    pub const HASHES: &str = "HashTransformer";
    /// Fields follow the names that they name.
    pub const REFERENCES: &str = "the fixing of references to names";
    /// `$(NAME)` gets its value.
    pub const VARS: &str = "the vars";
    /// Notes of where a resource is from and of what touched it.
    pub const BUILD_METADATA: &str = "buildMetadata";
    /// The label that says who manages a resource.
    pub const MANAGED_BY: &str = "the managed-by label";
    /// The last brush-up of annotations before they are printed.
    pub const OUTPUT: &str = "output";
}

/// A step of the build, as the journal knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    /// The kind of the generator or transformer, or `resource`.
    pub kind: String,
    /// The kustomization that asks for it.
    pub kustomization: FileId,
    /// The setting: a field or an entry of the kustomization, or the resource that configures the step.
    pub setting: Mark,
    /// The entries of `resources` and `components` that lead to the kustomization, outermost first.
    pub via: Arc<[Mark]>,
    /// What the step reads its changes from, if it is a patch.
    pub patches: Vec<Arc<Source>>,
    /// The number that it stamps nodes with; 0 for none.
    pub stamp: u32,
}

/// A resource at one moment.
#[derive(Debug)]
pub(crate) struct State {
    /// Number of the step that left it so.
    pub step: usize,
    form: Form,
    /// How many states of any resource came before.
    pub moment: usize,
    /// For a copied value: what said so, and where the value came from.
    pub copied: Option<Arc<Copied>>,
}

/// How the tree of a state is kept.
#[derive(Debug)]
enum Form {
    Whole(Arc<Tree>),
    /// Told by the tree of the next state.
    Past(Past),
}

/// A value that was copied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Copied {
    /// The settings that say so, the narrowest first.
    pub settings: Vec<Mark>,
    /// The resource and the node that it was copied from, at the step.
    pub from: Option<(usize, NodeId)>,
}

/// What became of one resource.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub states: Vec<State>,
    /// The step that deleted it.
    pub deleted: Option<usize>,
    /// The last step that met it.
    pub seen: usize,
    /// It is printed.
    pub is_output: bool,
    /// It configures a step and was never meant to be built.
    pub is_configuration: bool,
    /// Values of others are copied from it.
    pub is_source: bool,
    /// The steps in which values of others follow its name.
    pub followed: Vec<usize>,
}

/// A field that followed the name (or namespace) of another resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Followed {
    pub step: usize,
    pub node: NodeId,
    /// The resource that it names.
    pub target: usize,
}

/// A var: where it is declared and what it reads.
#[derive(Debug, Clone)]
pub(crate) struct ReadVar {
    pub name: String,
    pub declared: Mark,
    /// The resource, and the node in it.
    pub from: Option<(usize, NodeId)>,
}

/// Everything that was noted.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub steps: Vec<Step>,
    pub traces: Vec<Trace>,
    moments: usize,
    /// By number of the trace that refers.
    pub followed: FxHashMap<usize, Vec<Followed>>,
    pub vars: Vec<ReadVar>,
    /// Texts that are one value as a whole.
    pub whole: HashSet<FileId>,
    /// The resources of the output, in order.
    pub output: Vec<usize>,
    /// The kustomization that is built.
    pub root: FileId,
}

/// How many states to have room for at first: most resources have as many.
const STATES: usize = 6;

/// Takes notes while a build goes on, also of what several threads do.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    record: Mutex<Record>,
    schema: Mutex<Schema>,
}

impl Journal {
    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic of one thread becomes one of all.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, changes are the work of this step.
    pub fn begin(&self, step: Step) {
        self.record().steps.push(step);
    }

    /// Says where the step that has begun is asked for, and what it reads its changes from.
    pub fn configure(&self, setting: Mark, patches: Vec<Arc<Source>>) {
        if let Some(step) = self.record().steps.last_mut() {
            (step.setting, step.patches) = (setting, patches);
        }
    }

    /// Notes a resource that is new.
    pub fn enter(&self, resource: &mut Resource) {
        self.record().enter(resource);
    }

    /// Notes what a resource has become.
    pub fn observe(&self, resource: &mut Resource) {
        self.observe_copy(resource, None);
    }

    /// Notes what a resource has become by a value that was copied into it.
    pub fn observe_copy(&self, resource: &mut Resource, copied: Option<Copied>) {
        self.record().observe(resource, copied);
    }

    /// The number of the step that has begun last.
    pub fn step(&self) -> usize {
        self.record().step()
    }

    /// Notes what a step made of a resource that is known, while others may have begun after it.
    pub fn observe_step(&self, step: usize, resource: &Resource) {
        let mut record = self.record();
        let moment = record.next_moment();
        if let Some(trace) = trace_of(resource).and_then(|number| record.traces.get_mut(number)) {
            trace.note(step, moment, resource, None);
        }
    }

    /// Notes that the resources have met the step, and all before it that have been noted one by one.
    pub fn meet_all(&self, resources: &ResourceSet) {
        let mut record = self.record();
        let step = record.step();
        for number in resources.iter().filter(|resource| !resource.is_deleted()).filter_map(trace_of) {
            record.traces[number].seen = step;
        }
    }

    /// Notes what the step made of all resources, before the deleted ones go.
    pub fn observe_all(&self, resources: &mut ResourceSet) {
        let mut record = self.record();
        resources.bodies_mut().for_each(|resource| record.observe(resource, None));
    }

    /// Says that the resources configure steps.
    pub fn set_aside(&self, resources: &ResourceSet) {
        let mut record = self.record();
        for number in resources.iter().filter_map(trace_of) {
            record.traces[number].is_configuration = true;
        }
    }

    /// Says that a field of `referrer` followed a name of `target`.
    pub fn follow(&self, referrer: &Resource, node: NodeId, target: &Resource) {
        let (Some(referrer), Some(target)) = (trace_of(referrer), trace_of(target)) else { return };
        let mut record = self.record();
        let step = record.step();
        record.followed.entry(referrer).or_default().push(Followed { step, node, target });
    }

    /// Says what a var reads.
    pub fn read_var(&self, name: &Spanned<String>, from: Option<(&Resource, NodeId)>) {
        let from = from.and_then(|(resource, node)| Some((trace_of(resource)?, node)));
        self.record().vars.push(ReadVar { name: name.value.clone(), declared: Mark::of(name), from });
    }

    /// Says that a text is one value as a whole.
    pub fn take_whole(&self, text: &Source) {
        self.record().whole.insert(text.id);
    }

    /// Says which kustomization is built, and what is known of types in the end.
    pub fn set_root(&self, root: FileId, schema: &Schema) {
        let mut record = self.record();
        record.root = root;
        *self.schema.lock().unwrap_or_else(PoisonError::into_inner) = schema.clone();
    }

    /// Notes what becomes of a resource when it is printed.
    pub fn observe_printed(&self, resource: &Resource) {
        let mut record = self.record();
        let (step, moment) = (record.step(), record.next_moment());
        if let Some(trace) = trace_of(resource).and_then(|number| record.traces.get_mut(number)) {
            trace.note(step, moment, resource, None);
        }
    }

    /// Ends the notes: these resources are the output. Returns what is known of types in the end, too.
    pub fn finish<'a>(self, resources: impl Iterator<Item = &'a Resource>) -> (Record, Schema) {
        let mut record = self.record.into_inner().unwrap_or_else(PoisonError::into_inner);
        record.output = resources.filter_map(trace_of).collect();
        let Record { traces, output, followed, vars, .. } = &mut record;
        output.iter().for_each(|&number| traces[number].is_output = true);
        for Followed { step, target, .. } in followed.values().flatten() {
            let steps = &mut traces[*target].followed;
            if !steps.contains(step) {
                steps.push(*step);
            }
        }
        let read = vars.iter().filter_map(|var| var.from).map(|(number, _)| number);
        let copied = |trace: &Trace| -> Vec<usize> {
            let sources = trace.states.iter().filter_map(|state| state.copied.as_ref()?.from);
            sources.map(|(number, _)| number).collect()
        };
        let sources: Vec<usize> = read.chain(traces.iter().flat_map(copied)).collect();
        sources.into_iter().for_each(|number| traces[number].is_source = true);
        (record, self.schema.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Trace {
    /// Notes what the resource is at a moment, if a step has changed it.
    fn note(&mut self, step: usize, moment: usize, resource: &Resource, copied: Option<Copied>) {
        self.seen = step;
        let tree = resource.shared_tree();
        if self.last_tree().is_none_or(|last| !Arc::ptr_eq(last, tree)) {
            if let Some(last) = self.states.last_mut() {
                last.shorten(tree);
            }
            let form = Form::Whole(tree.clone());
            self.states.push(State { step, form, moment, copied: copied.map(Arc::new) });
        }
        if resource.is_deleted() {
            self.deleted = Some(step);
        }
    }

    /// What the resource has become; `None` for one that was never there.
    pub fn last_tree(&self) -> Option<&Arc<Tree>> {
        match &self.states.last()?.form {
            Form::Whole(tree) => Some(tree),
            Form::Past(_) => None,
        }
    }

    /// The trees of all states.
    pub fn trees(&self) -> Vec<Arc<Tree>> {
        let mut trees: Vec<Arc<Tree>> = Vec::with_capacity(self.states.len());
        for state in self.states.iter().rev() {
            match (&state.form, trees.last()) {
                (Form::Whole(tree), _) => trees.push(tree.clone()),
                (Form::Past(past), Some(next)) => trees.push(Arc::new(next.before(past))),
                // The last one is never told by another one.
                (Form::Past(_), None) => {}
            }
        }
        trees.reverse();
        trees
    }
}

impl State {
    /// What tells its tree by that of the next state, if that is how it is kept.
    pub fn past(&self) -> Option<&Past> {
        match &self.form {
            Form::Past(past) => Some(past),
            Form::Whole(_) => None,
        }
    }

    /// Keeps of its tree what it takes to tell it by the one that it has become.
    fn shorten(&mut self, next: &Tree) {
        if let Form::Whole(tree) = &self.form
            && let Some(past) = next.past(tree)
        {
            self.form = Form::Past(past);
        }
    }
}

impl Record {
    fn enter(&mut self, resource: &mut Resource) {
        let (step, moment) = (self.step(), self.next_moment());
        let mut states = Vec::with_capacity(STATES);
        states.push(State { step, form: Form::Whole(resource.shared_tree().clone()), moment, copied: None });
        self.traces.push(Trace { states, seen: step, ..Trace::default() });
        resource.set_trace(self.traces.len() as u32);
    }

    fn observe(&mut self, resource: &mut Resource, copied: Option<Copied>) {
        let Some(number) = trace_of(resource) else { return self.enter(resource) };
        let (step, moment) = (self.step(), self.next_moment());
        if let Some(trace) = self.traces.get_mut(number) {
            trace.note(step, moment, resource, copied);
        }
    }

    fn next_moment(&mut self) -> usize {
        self.moments += 1;
        self.moments
    }

    fn step(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }
}

/// The number under which the journal knows a resource.
pub(crate) fn trace_of(resource: &Resource) -> Option<usize> {
    (resource.trace() as usize).checked_sub(1)
}
