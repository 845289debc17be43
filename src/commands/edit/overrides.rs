//! Changes to a kustomization that are made in memory alone.

use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, Spanned, Tree, read_document};

use super::add::{push_entries, verified_at};
use super::file::KustomizationText;
use super::metadata::Pairs;
use super::set::{NewImage, parse_replicas, set_images, set_replicas};
use super::{Edited, Outcome, fields, usage};
use crate::diagnostics::{Error, Result};
use crate::load::Loader;

/// What a kustomization shall say beyond what its file says.
///
/// The fields are those of a source of type kustomize in Argo CD. What is built with them is what would be built after
/// the edits that Argo CD makes of them (`edit set nameprefix`, `edit set image` and so on, in its order), but the file
/// stays as it is. A field that is empty changes nothing.
///
/// ```
/// use rustomize::{BuildOptions, LoadRestrictor, Overrides, Session};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().to_string_lossy();
/// std::fs::write(directory.path().join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
/// std::fs::write(directory.path().join("kustomization.yaml"), "resources: [cm.yaml]\n")?;
///
/// let session = Session::default();
/// let overrides = Overrides { name_prefix: "dev-".into(), ..Overrides::default() };
/// session.override_kustomization(LoadRestrictor::RootOnly, &path, &overrides)?;
/// let output = session.build(&BuildOptions::default(), &path)?;
/// assert_eq!(output.yaml(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-a\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `namePrefix`
    pub name_prefix: String,
    /// `nameSuffix`
    pub name_suffix: String,
    /// What `edit set image` takes: `image=new:tag@digest` and its shorter forms.
    pub images: Vec<String>,
    /// What `edit set replicas` takes: `name=count`.
    pub replicas: Vec<String>,
    /// What `edit add label` takes: `key:value`.
    pub labels: Vec<String>,
    /// Replace labels that the kustomization has; without it they are an error.
    pub force_labels: bool,
    /// Leave selectors alone.
    pub labels_without_selector: bool,
    /// With `labels_without_selector`: label templates too.
    pub labels_include_templates: bool,
    /// What `edit add annotation` takes: `key:value`.
    pub annotations: Vec<String>,
    /// Replace annotations that the kustomization has; without it they are an error.
    pub force_annotations: bool,
    /// `namespace`
    pub namespace: String,
    /// Entries of `patches`, as YAML.
    pub patches: Vec<String>,
    /// What `edit add component` takes: directories, patterns of them, URLs.
    pub components: Vec<String>,
    /// Leave out components that are not there.
    pub ignore_missing_components: bool,
}

impl Overrides {
    /// Has the session of a loader read the kustomization at the loader's directory with these changes.
    pub(crate) fn apply(&self, loader: &Loader) -> Result<()> {
        if *self == Overrides::default() {
            return Ok(());
        }
        let mut file = KustomizationText::open_at(loader)?;
        self.change(&mut file.tree, loader)?;
        let change = file.change()?;
        let shown = format!("{} with overrides", loader.shown_entry(&change.name));
        loader.pretend(&Spanned::from(change.name), &shown, &change.after)
    }

    /// Makes the edits, in Argo CD's order.
    fn change(&self, tree: &mut Tree, loader: &Loader) -> Result<()> {
        let root = tree.root();
        if !self.name_prefix.is_empty() {
            fields::set_text(tree, root, "namePrefix", &self.name_prefix);
        }
        if !self.name_suffix.is_empty() {
            fields::set_text(tree, root, "nameSuffix", &self.name_suffix);
        }
        self.set_images(tree).map_err(|error| error.prefixed("images"))?;
        self.set_replicas(tree).map_err(|error| error.prefixed("replicas"))?;
        self.add_labels(tree).map_err(|error| error.prefixed("commonLabels"))?;
        self.add_annotations(tree).map_err(|error| error.prefixed("commonAnnotations"))?;
        if !self.namespace.is_empty() {
            fields::set_text(tree, root, "namespace", &self.namespace);
        }
        self.patches
            .iter()
            .try_for_each(|patch| append_patch(tree, patch))
            .map_err(|error| error.prefixed("patches"))?;
        self.add_components(tree, loader).map_err(|error| error.prefixed("components"))?;
        Ok(())
    }

    fn set_images(&self, tree: &mut Tree) -> Outcome {
        if self.images.is_empty() {
            return Ok(Edited::No);
        }
        let images = self.images.iter().map(|image| NewImage::parse(image)).collect::<Result<Vec<_>>>()?;
        set_images(tree, &images)
    }

    fn set_replicas(&self, tree: &mut Tree) -> Outcome {
        if self.replicas.is_empty() {
            return Ok(Edited::No);
        }
        let replicas = self.replicas.iter().map(|replica| parse_replicas(replica)).collect::<Result<Vec<_>>>()?;
        set_replicas(tree, &replicas)
    }

    fn add_labels(&self, tree: &mut Tree) -> Outcome {
        if self.labels.is_empty() {
            return Ok(Edited::No);
        }
        let pairs = Pairs::parse(&self.labels, "label")?;
        match (self.labels_without_selector, self.labels_include_templates) {
            (true, include_templates) => pairs.add_without_selector(tree, include_templates, self.force_labels),
            (false, true) => Err(usage("templates alone can be labelled only where selectors are left alone")),
            (false, false) => pairs.add(tree, "commonLabels", self.force_labels),
        }
    }

    fn add_annotations(&self, tree: &mut Tree) -> Outcome {
        if self.annotations.is_empty() {
            return Ok(Edited::No);
        }
        Pairs::parse(&self.annotations, "annotation")?.add(tree, "commonAnnotations", self.force_annotations)
    }

    fn add_components(&self, tree: &mut Tree, loader: &Loader) -> Outcome {
        let is_wanted = |component: &&String| !self.ignore_missing_components || loader.path(component).exists();
        let components: Vec<String> = self.components.iter().filter(is_wanted).cloned().collect();
        if components.is_empty() {
            return Ok(Edited::No);
        }
        push_entries(tree, "components", &verified_at(loader, &components)?)
    }
}

/// Puts an entry of `patches`, given as a text, behind those that are there.
fn append_patch(tree: &mut Tree, patch: &str) -> Result<()> {
    let source = Arc::new(Source::new(FileId(0), "the patch", patch));
    let read = read_document(&source, Dialect::Yaml11).map_err(|error| Error::from_yaml(error, &source))?;
    let Some(entry) = read.filter(|entry| entry.is_mapping(entry.root())) else {
        return Err(usage("a patch must be a mapping with path or patch, target and options"));
    };
    let root = tree.root();
    let list = fields::list(tree, root, "patches");
    let copy = tree.graft(&entry, entry.root());
    tree.push(list, copy);
    Ok(())
}
