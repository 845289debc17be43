//! One kustomization of the walk: reading it, and the resources, directories and components that it names.

use std::cell::OnceCell;
use std::sync::Arc;

use rustomize_yaml::{FileId, Source, Spanned};

use super::{Accumulator, BuildMetadata, Walk};
use crate::check::Visited;
use crate::context::{Context, Transformer};
use crate::diagnostics::{Code, Error, Result};
use crate::explain::Mark;
use crate::kustomization::Kustomization;
use crate::load::{self, Loader};
use crate::options::Reorder;
use crate::resource::{Origin, Resource, ResourceSet};
use crate::transform::SortOrder;

/// A directory with its kustomization.
pub(super) struct Target {
    /// The directory.
    pub loader: Loader,
    /// What its kustomization says.
    pub kustomization: Arc<Kustomization>,
    /// The name of the kustomization file.
    pub file_name: &'static str,
    /// Found out when it is asked for, which is for each of thousands of steps then.
    shown_file: OnceCell<Arc<str>>,
    /// The number of its text.
    pub file: FileId,
    /// The entries that lead here from the root; empty when nobody will ask.
    pub via: Arc<[Mark]>,
    /// Where it lies, when origins are kept.
    pub origin: Option<Origin>,
    /// The namespace of the nearest kustomization above that sets one; Helm charts are rendered for it.
    pub helm_namespace: String,
}

impl Target {
    /// Reads the kustomization of a directory.
    pub fn load(walk: &Walk, loader: Loader) -> Result<Target> {
        walk.warnings.borrow_mut().extend(loader.warning());
        let file = loader.kustomization_file()?;
        let kustomization = walk.session.kustomization(&file.source, walk.warnings)?;
        if let Some(collector) = walk.observers.collector {
            collector.visit(Visited {
                source: file.source.clone(),
                kustomization: kustomization.clone(),
                loader: loader.clone(),
            });
        }
        refuse_too_new(&kustomization, walk)?;
        Ok(Target {
            kustomization,
            file_name: file.name,
            shown_file: OnceCell::new(),
            file: file.source.id,
            via: Arc::default(),
            loader,
            origin: None,
            helm_namespace: String::new(),
        })
    }

    /// What `buildMetadata` asks for.
    pub fn build_metadata(&self) -> BuildMetadata {
        let asked = &self.kustomization.build_metadata;
        let has = |name: &str| asked.iter().any(|entry| entry.value == name);
        BuildMetadata {
            tracks: !asked.is_empty(),
            origins: has("originAnnotations"),
            transformations: has("transformerAnnotations"),
            managed_by: has("managedByLabel"),
        }
    }

    /// The kustomization file as people would type it.
    pub fn shown_file(&self) -> &Arc<str> {
        self.shown_file.get_or_init(|| match self.loader.shown_root().as_str() {
            "." => self.file_name.into(),
            root => format!("{root}/{}", self.file_name).into(),
        })
    }

    /// The origin of a built-in generator or transformer that a field of this kustomization asks for.
    pub fn builtin_origin(&self, kind: &str) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        Some(Origin {
            path: String::new(),
            configured_in: origin.append(self.file_name).path,
            configured_by: crate::resource::ConfiguredBy {
                api_version: "builtin".into(),
                kind: kind.into(),
                ..Default::default()
            },
            ..origin.clone()
        })
    }
}

/// Refuses fields that the kustomize that the build is like does not know.
fn refuse_too_new(kustomization: &Kustomization, walk: &Walk) -> Result<()> {
    let compat = walk.options.compat;
    let mut fields = kustomization.labels.iter().filter_map(|label| label.include_volume_claim_templates.as_ref());
    match fields.next() {
        Some(field) if compat.template_labels_reach_claims() => {
            let place = walk.session.files.sources.place(field);
            Err(compat.too_new("`includeVolumeClaimTemplates`").label_if(place, ""))
        }
        _ => Ok(()),
    }
}

/// What an entry of `resources` names.
enum Found {
    Directory(Loader),
    /// A file, and its resources if they have been read ahead.
    File(Arc<Source>, Option<Vec<Resource>>),
}

impl Walk<'_> {
    /// Reads `paths`, each a file of resources or a directory with a kustomization.
    pub(super) fn accumulate_resources(
        &self,
        target: &Target,
        paths: &[Spanned<String>],
        field: &'static str,
        accumulator: &mut Accumulator,
    ) -> Result<()> {
        let mut ahead = target.loader.read_ahead(paths, |file| {
            let resources = self.session.resources(file).ok()?;
            // Several threads find out what their ids are, not the one that puts them into the set.
            for resource in &resources {
                resource.id();
            }
            Some(resources)
        });
        for (index, path) in paths.iter().enumerate() {
            target.loader.fetch_ahead(&paths[index..]);
            let found = match ahead.get_mut(index).and_then(Option::take) {
                Some((file, resources)) => Found::File(file, resources),
                None => match target.loader.resource(path)? {
                    load::Target::Directory(loader) => Found::Directory(loader),
                    load::Target::File(file) => Found::File(file, None),
                },
            };
            let loader = match found {
                Found::Directory(loader) => loader,
                Found::File(file, resources) => {
                    let resources = resources.map_or_else(|| self.session.resources(&file), Ok);
                    let accumulated =
                        resources.and_then(|resources| self.accumulate_file(target, path, resources, accumulator));
                    match accumulated {
                        Ok(()) => continue,
                        Err(error) => target.loader.directory_instead(path, error)?,
                    }
                }
            };
            let had_schema = self.schema.borrow().is_own();
            let below = self.sub_target(target, path, loader)?;
            if below.kustomization.kind.value == "Component" {
                let message = format!("`{}` is a Component and cannot stand under `{field}`", path.value);
                return Err(Error::new(Code::InvalidField, message)
                    .label_if(self.session.files.sources.place(path), "")
                    .help("list it under `components`"));
            }
            let accumulated = self.accumulate_base(&below)?;
            self.catch_up(had_schema, accumulator)?;
            accumulator.merge(accumulated, self).map_err(|error| self.name_entry(error, path))?;
        }
        Ok(())
    }

    /// Adds the entry of `resources` that brought in a resource whose id is taken.
    fn name_entry(&self, error: Error, entry: &Spanned<String>) -> Error {
        match error.code() {
            Code::DuplicateResource => {
                error.label_if(self.session.files.sources.place(entry), "brought in by this entry")
            }
            _ => error,
        }
    }

    fn accumulate_file(
        &self,
        target: &Target,
        path: &Spanned<String>,
        resources: Vec<Resource>,
        accumulator: &mut Accumulator,
    ) -> Result<()> {
        let origin = target.origin.as_ref().map(|origin| origin.append(path));
        self.note_step("resource", target, Mark::of(path), 0);
        for mut resource in resources {
            if let Some(origin) = &origin {
                if let Some(node) = resource.misplaced_annotations() {
                    let message =
                        format!("the annotations of {} are no mapping, and its origin is noted there", resource.id());
                    let place = self.session.files.sources.span(resource.tree(), node);
                    return Err(Error::new(Code::InvalidResource, message).label_if(place, "a mapping belongs here"));
                }
                resource.note_origin(origin);
            }
            self.schema.borrow().meet(&mut resource)?;
            if let Some(journal) = self.observers.journal {
                journal.enter(&mut resource);
            }
            if let Some(collector) = self.observers.collector {
                collector.read(resource.tree().source());
            }
            let appended = accumulator.resources.append(resource, &self.session.files.sources);
            appended.map_err(|error| self.name_entry(error, path))?;
        }
        Ok(())
    }

    /// Applies a component to what its parent has so far.
    pub(super) fn accumulate_component(
        &self,
        target: &Target,
        path: &Spanned<String>,
        mut accumulator: Accumulator,
    ) -> Result<Accumulator> {
        let loader = target.loader.enter(path)?;
        let had_schema = self.schema.borrow().is_own();
        let below = self.sub_target(target, path, loader)?;
        if below.kustomization.kind.value != "Component" {
            let message = format!("`{}` is not a Component", path.value);
            return Err(Error::new(Code::InvalidField, message)
                .label_if(self.session.files.sources.place(path), "")
                .help("list it under `resources`, or give its kustomization `kind: Component` and `apiVersion: kustomize.config.k8s.io/v1alpha1`"));
        }
        self.catch_up(had_schema, &mut accumulator)?;
        let accumulated = self.accumulate(&below, accumulator)?;
        // Upstream merges the result into a new, empty accumulator, which is when ids are checked again.
        let mut result = Accumulator::default();
        result.merge(accumulated, self)?;
        Ok(result)
    }

    /// Has what was read before a schema of the user's own see it, when one has come since.
    fn catch_up(&self, had_schema: bool, accumulator: &mut Accumulator) -> Result<()> {
        let schema = self.schema.borrow();
        if had_schema || !schema.is_own() { Ok(()) } else { schema.meet_again(&mut accumulator.resources) }
    }

    fn sub_target(&self, parent: &Target, path: &Spanned<String>, loader: Loader) -> Result<Target> {
        let mut target = Target::load(self, loader)?;
        target.origin = parent.origin.as_ref().map(|origin| origin.append(path));
        if self.observers.journal.is_some() {
            target.via = parent.via.iter().copied().chain([Mark::of(path)]).collect();
        }
        let own = &parent.kustomization.namespace.value;
        target.helm_namespace = if own.is_empty() { parent.helm_namespace.clone() } else { own.clone() };
        self.set_schema(&target, false)?;
        Ok(target)
    }

    /// Takes the schema that the target's `openapi` names; only the root's, or the first one found, counts.
    pub(super) fn set_schema(&self, target: &Target, is_root: bool) -> Result<()> {
        let field = &target.kustomization.openapi;
        // The file is read even where it does not count, so that a missing one is an error as it is upstream.
        let document = field.get("path").map(|path| target.loader.text(path)).transpose()?;
        self.schema.borrow_mut().choose(field, document, is_root, &self.session.files.sources)
    }

    /// Puts the resources into the order that the kustomization or the command line asks for.
    pub(super) fn sort(&self, target: &Target, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        let order = match (&target.kustomization.sort_options, self.options.reorder) {
            (Some(options), reorder) => {
                if reorder.is_some() {
                    context.warn(
                        Code::Usage,
                        "the order is set both by `sortOptions` and by `--reorder`; the kustomization wins".to_owned(),
                    );
                }
                SortOrder::from(options.clone())
            }
            (None, Some(Reorder::None)) => return Ok(()),
            (None, Some(Reorder::Legacy) | None) => SortOrder::legacy(),
        };
        order.transform(resources, context)
    }
}
