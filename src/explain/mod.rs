//! Who set this field? The history of each value of a build, from the first file to the last step.
//!
//! A build with a journal keeps the trees of its resources after each step that changed them. What happened
//! to a value is found out afterwards, by comparing each tree with the one before; which line is to blame follows from
//! where the new value was read, or from the settings of the step.

mod causes;
mod copies;
mod definitions;
mod history;
mod journal;
mod json;
mod patches;
mod path;
mod resource;
mod settings;
mod texts;
mod values;
mod ways;

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::accumulate::Walk;
use crate::context::Observers;
use crate::diagnostics::{Diagnostic, Result, Sources, Span};
use crate::options::BuildOptions;
use crate::output::{self, Output};
use crate::parallel;
use crate::session::Session;

pub(crate) use journal::{Copied, Journal, Mark, Step, steps, trace_of};
pub(crate) use path::push_field;
pub use resource::{ResourceHistory, ResourceName};
pub(crate) use values::Step as WayStep;
pub use values::{Key, ValueHistory};

use causes::Causes;

/// A place in a file, as people read it: lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the working directory, or a URL.
    pub path: Arc<str>,
    /// The line on which it begins.
    pub line: u32,
    /// The column in which it begins.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// One change of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed it: `resource` for the file that it was read from first, `patch`, `namespace`, `labels` and so on;
    /// the kind of its configuration for a function.
    pub step: String,
    /// Whether it came after the step that the resource began with.
    pub is_later: bool,
    /// Whether a component asked for it.
    pub is_component: bool,
    /// The line that is to blame: where the new value stands in a file, or the setting that made it. `None` for what an
    /// option of the command line asked for.
    pub place: Option<Place>,
    /// Other lines that have a say in it: the entry of the kustomization that asks for a patch, both halves of an image.
    pub also: Vec<Place>,
    /// The value before, as JSON; `None` when there was none.
    pub before: Option<String>,
    /// The value after, as JSON; `None` when it went away.
    pub after: Option<String>,
}

/// How much more work a resource is to tell of than to change a little.
const WORK: usize = 20;

/// How many resources are told of before what was told is written.
const AT_ONCE: usize = 64;

/// A build that can be asked who set what.
///
/// ```
/// use rustomize::{BuildOptions, Session};
///
/// let directory = tempfile::tempdir()?;
/// std::fs::write(directory.path().join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
/// std::fs::write(directory.path().join("kustomization.yaml"), "namePrefix: dev-\nresources: [cm.yaml]\n")?;
///
/// let session = Session::default();
/// let explanation = session.explain(&BuildOptions::default(), &directory.path().to_string_lossy())?;
/// let resource = explanation.find("ConfigMap/a")?.remove(0);
/// let name = explanation.values(resource, "metadata.name")?.remove(0);
/// let steps: Vec<&str> = name.changes.iter().map(|change| change.step.as_str()).collect();
/// assert_eq!((name.value.as_deref(), &steps[..]), (Some("\"dev-a\""), &["resource", "prefix"][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Explanation<'s> {
    /// Keeps what one answer has worked out for the next.
    causes: Causes<'s>,
    /// The same for other threads.
    others: Mutex<Vec<Causes<'s>>>,
    sources: &'s Sources,
    output: Output,
}

impl Session {
    /// Builds the kustomization in `directory` and keeps what it takes to say who set what.
    ///
    /// Fails where [`Session::build`] does.
    pub fn explain(&self, options: &BuildOptions, directory: &str) -> Result<Explanation<'_>> {
        let journal = Journal::default();
        let warnings = RefCell::new(Vec::<Diagnostic>::new());
        let observers = Observers { journal: Some(&journal), ..Observers::default() };
        let walked = Walk::build(self, options, &warnings, observers, directory);
        let warnings = warnings.into_inner();
        let output = match walked.and_then(|(resources, notes)| output::render(resources, &notes, &self.files.sources))
        {
            Ok(output) => output.with_warnings(warnings),
            Err(error) => return Err(error.after(warnings)),
        };
        journal.begin(Step { kind: steps::OUTPUT.to_owned(), ..Step::default() });
        output.resources().for_each(|resource| journal.observe_printed(resource));
        let (record, schema) = journal.finish(output.resources());
        let sources = &self.files.sources;
        Ok(Explanation {
            causes: Causes::new(Arc::new(record), schema, sources),
            others: Mutex::default(),
            sources,
            output,
        })
    }
}

impl Explanation<'_> {
    /// What the build came to: the same as without an explanation.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// The same when nothing else is asked any more. What is left is not taken apart, as a process that ends need not.
    pub(crate) fn into_output(self) -> Output {
        let Explanation { causes, others, sources: _, output } = self;
        std::mem::forget((causes, others));
        output
    }

    /// All resources: those of the output in its order, then those that were deleted on the way.
    pub fn resources(&self) -> Vec<ResourceHistory> {
        self.numbers().into_iter().map(|number| self.resource(number)).collect()
    }

    /// The resource of a number that [`Explanation::find`] gave.
    pub fn resource(&self, number: usize) -> ResourceHistory {
        resource::history(&self.causes, number)
    }

    /// The numbers of the resources of the output, in its order.
    pub(crate) fn of_output(&self) -> &[usize] {
        &self.causes.record.output
    }

    /// The numbers of those that were deleted on the way.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = usize> {
        let traces = &self.causes.record.traces;
        (0..traces.len()).filter(|&number| !traces[number].is_output && !traces[number].is_configuration)
    }

    /// The numbers, for [`Explanation::values`], of the resources that are meant by `KIND/NAME`, `KIND.GROUP/NAME` or
    /// `NAME`, with the final name or an earlier one; `NAMESPACE/KIND/NAME` tells those apart that only differ so.
    ///
    /// Names of today win over earlier ones. Fails where nothing is called so, and says what is nearest.
    pub fn find(&self, resource: &str) -> Result<Vec<usize>> {
        resource::find(&self.causes.record, &self.numbers(), resource)
    }

    /// The histories of the values at or below a field path of a resource; all for an empty one.
    ///
    /// A path is made of fields and of items of lists: `spec.template.spec.containers[name=web].image`,
    /// `…containers.web.image` where the type says that `name` tells containers apart, `…containers[0].image`. Keys with
    /// dots in them may stand as they are or in brackets. Fails where there is no such field and never was, and says
    /// what is nearest.
    pub fn values(&self, resource: usize, path: &str) -> Result<Vec<ValueHistory>> {
        values::at(&self.causes, resource, path)
    }

    /// The histories of the values of a resource whose way is wanted, without what the others would take.
    pub(crate) fn values_on(&self, resource: usize, is_wanted: impl Fn(&[WayStep]) -> bool) -> Vec<ValueHistory> {
        // No path at all leads somewhere.
        values::those(&self.causes, resource, "", is_wanted).unwrap_or_default()
    }

    /// The line that made a value of the output what it is, or a value in it. The resource is meant by its place in the
    /// output.
    pub(crate) fn span(&self, position: usize, way: &[Key]) -> Option<Span> {
        let trace = *self.causes.record.output.get(position)?;
        values::last_cause(&self.causes, trace, way).and_then(|mark| self.causes.texts.span(mark))
    }

    /// The whole build as JSON: each resource, each value, each change.
    pub fn to_json(&self) -> String {
        let mut text = Vec::new();
        // Memory takes whatever is written to it.
        let _ = self.write_json(&mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// Writes what [`Explanation::to_json`] returns. Fails where `to` does.
    pub fn write_json(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let mut numbers = self.numbers();
        let (record, sources, others) = (&self.causes.record, self.sources, &self.others);
        let schema = Mutex::new(self.causes.schema.clone());
        let buffers = Mutex::new(Vec::new());
        to.write_all(b"{\"resources\":[")?;
        // A few at a time: what one needs, the next ones use again, and new memory is slow.
        for (at, some) in numbers.chunks_mut(AT_ONCE).enumerate() {
            let work = WORK * some.len();
            let mut parts = parallel::map_parts(some, work, |part| {
                let new = || Causes::new(record.clone(), lock(&schema).clone(), sources);
                let known = lock(others).pop();
                let causes = known.unwrap_or_else(new);
                let mut text: String = lock(&buffers).pop().unwrap_or_default();
                text.clear();
                text.push(',');
                json::push_all(&causes, part, &mut text);
                lock(others).push(causes);
                text
            });
            if at == 0 {
                parts[0].remove(0);
            }
            output::write_all_pieces(to, &parts)?;
            lock(&buffers).append(&mut parts);
        }
        to.write_all(b"\n]}\n")
    }

    /// All resources as JSON, without their values.
    pub fn list_json(&self) -> String {
        let mut text = String::from("{\"resources\":[");
        for (at, number) in self.numbers().into_iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            // Only a path can lead nowhere.
            let _ = json::push_resource(&self.causes, number, None, &mut text);
        }
        text + "\n]}\n"
    }

    /// A resource as JSON, with its values at or below a path as [`Explanation::values`] gives them.
    pub fn resource_json(&self, number: usize, path: &str) -> Result<String> {
        let mut text = String::new();
        json::push_resource(&self.causes, number, Some(path), &mut text)?;
        Ok(text + "\n")
    }

    /// The resources of the output, then those that went away.
    fn numbers(&self) -> Vec<usize> {
        self.of_output().iter().copied().chain(self.deleted()).collect()
    }

    /// The text of the output that belongs to a resource; `None` for one that went away.
    pub fn text(&self, resource: usize) -> Option<&str> {
        let position = self.causes.record.output.iter().position(|&number| number == resource)?;
        self.output.text_of(position)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What people call a step.
fn step_name(step: &Step) -> &str {
    match step.kind.as_str() {
        "PatchTransformer" | "PatchStrategicMergeTransformer" | "PatchJson6902Transformer" => "patch",
        "NamespaceTransformer" => "namespace",
        "PrefixTransformer" => "prefix",
        "SuffixTransformer" => "suffix",
        "LabelTransformer" => "labels",
        "AnnotationsTransformer" => "annotations",
        "ImageTagTransformer" => "images",
        "ReplicaCountTransformer" => "replicas",
        "ReplacementTransformer" => "replacement",
        "ConfigMapGenerator" | "SecretGenerator" => "generator",
        "HelmChartInflationGenerator" => "chart",
        steps::HASHES => "hash",
        steps::REFERENCES => "reference",
        steps::VARS => "var",
        steps::MANAGED_BY => "managed-by label",
        other => other,
    }
}
