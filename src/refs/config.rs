//! Which fields the built-in transformers work on: the built-in tables, and what `configurations` and `crds` add.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use rustomize_yaml::{Source, Spanned, from_node, read_document_strictly};
use serde::Deserialize;

use super::FieldSpecs;
use super::name_references::{NameReference, NameReferences};
use super::{crd, defaults};
use crate::compat::Compat;
use crate::diagnostics::{Error, Result, Span};
use crate::kustomization::FieldSpec;
use crate::load::Loader;

/// The fields of each built-in transformer.
///
/// The configuration of a directory flows up to all that build on it, so that merging is done over and over: lists that
/// nobody added to are shared and cost nothing.
#[derive(Debug, Clone, Default)]
pub struct TransformerConfig {
    /// Where `namePrefix` works.
    pub name_prefix: FieldSpecs,
    /// Where `nameSuffix` works.
    pub name_suffix: FieldSpecs,
    /// Where `namespace` works.
    pub namespace: FieldSpecs,
    /// Where `commonLabels`, and `labels` with `includeSelectors`, work.
    pub common_labels: FieldSpecs,
    /// Where all `labels` work.
    pub labels: FieldSpecs,
    /// Where `labels` with `includeTemplates` work.
    pub template_labels: FieldSpecs,
    /// Where `labels` with `includeVolumeClaimTemplates` work.
    pub volume_claim_template_labels: FieldSpecs,
    /// Where `commonAnnotations` work.
    pub common_annotations: FieldSpecs,
    /// Where names of other resources stand.
    pub name_reference: NameReferences,
    /// Where vars are looked for.
    pub var_reference: FieldSpecs,
    /// Where `images` work.
    pub images: FieldSpecs,
    /// Where `replicas` work.
    pub replicas: FieldSpecs,
}

static NEWEST: LazyLock<Arc<TransformerConfig>> = LazyLock::new(|| {
    let references = defaults::NAME_REFERENCE.iter().map(|&((group, version, kind), referrers)| NameReference {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
        referrers: FieldSpecs::agreeing(referrers),
    });
    Arc::new(TransformerConfig {
        name_prefix: FieldSpecs::built_in(defaults::NAME_PREFIX),
        name_suffix: FieldSpecs::built_in(defaults::NAME_SUFFIX),
        namespace: FieldSpecs::built_in(defaults::NAMESPACE),
        common_labels: FieldSpecs::built_in(defaults::COMMON_LABELS),
        labels: FieldSpecs::default(),
        template_labels: FieldSpecs::built_in(defaults::TEMPLATE_LABELS),
        volume_claim_template_labels: FieldSpecs::built_in(defaults::VOLUME_CLAIM_TEMPLATE_LABELS),
        common_annotations: FieldSpecs::built_in(defaults::COMMON_ANNOTATIONS),
        name_reference: NameReferences::built_in(references.collect()),
        var_reference: FieldSpecs::built_in(defaults::VAR_REFERENCE),
        images: FieldSpecs::built_in(defaults::IMAGES),
        replicas: FieldSpecs::built_in(defaults::REPLICAS),
    })
});

static V5_8_1: LazyLock<Arc<TransformerConfig>> = LazyLock::new(|| {
    let templates = [defaults::TEMPLATE_LABELS, defaults::VOLUME_CLAIM_TEMPLATE_LABELS].concat();
    Arc::new(TransformerConfig {
        template_labels: FieldSpecs::from(templates).sorted(),
        volume_claim_template_labels: FieldSpecs::default(),
        ..(**NEWEST).clone()
    })
});

impl TransformerConfig {
    /// The configuration that holds when nothing is configured; always one and the same.
    pub fn built_in(compat: Compat) -> Arc<TransformerConfig> {
        if compat.template_labels_reach_claims() { V5_8_1.clone() } else { NEWEST.clone() }
    }

    /// The configuration of a directory: that of all below it, the built-in one, and what its `configurations` and
    /// `crds` add.
    ///
    /// Fails for files that cannot be read or understood, and as [`TransformerConfig::merge`] does.
    pub fn load(
        below: &Arc<Self>,
        loader: &Loader,
        configurations: &[Spanned<String>],
        crds: &[Spanned<String>],
    ) -> Result<Arc<Self>> {
        let mut own = TransformerConfig::built_in(loader.compat());
        if !configurations.is_empty() {
            own = Self::merge(&own, &Self::load_files(loader, configurations, Self::read)?)?;
        }
        let merged = Self::merge(below, &own)?;
        if crds.is_empty() {
            return Ok(merged);
        }
        Self::merge(&merged, &Self::load_files(loader, crds, |source, _| crd::read(source))?)
    }

    fn load_files(
        loader: &Loader,
        entries: &[Spanned<String>],
        read: fn(&Arc<Source>, Compat) -> Result<Self>,
    ) -> Result<Arc<Self>> {
        let mut all = Arc::default();
        for entry in entries {
            let source = loader.text(entry)?;
            let file = Arc::new(read(&source, loader.compat())?);
            all = Self::merge(&all, &file).map_err(|error| error.label(Span { source, at: 0, len: 0 }, ""))?;
        }
        Ok(all)
    }

    /// Reads a configuration file. Fails for what is not YAML, for unknown fields and for those that are there twice, and for
    /// values of wrong types.
    fn read(source: &Arc<Source>, compat: Compat) -> Result<Self> {
        let error = |error| Error::from_yaml(error, source);
        let Some(tree) = read_document_strictly(source).map_err(error)? else { return Ok(Self::default()) };
        let file = from_node::<ConfigurationFile>(&tree, tree.root()).map_err(error)?;
        match &file.volume_claim_template_labels {
            Some(section) if compat.template_labels_reach_claims() => {
                let place = Span { source: source.clone(), at: section.at, len: 0 };
                Err(compat.too_new("the section `volumeClaimTemplateLabels`").label(place, ""))
            }
            _ => Ok(file.into()),
        }
    }

    /// Both configurations in one, each list sorted.
    ///
    /// Fails where the two have field specs for the same field that disagree on `create`. The result depends on the
    /// order of the two, see [`FieldSpecs::merged`].
    pub fn merge(first: &Arc<Self>, second: &Arc<Self>) -> Result<Arc<Self>> {
        let merge = |section: &str, get: fn(&Self) -> &FieldSpecs| {
            let merged = get(first).merged(get(second)).map_err(|error| in_section(error, section))?;
            Ok::<_, Error>(merged.sorted())
        };
        let name_reference = first.name_reference.merged(&second.name_reference);
        let merged = TransformerConfig {
            name_prefix: merge("namePrefix", |config| &config.name_prefix)?,
            name_suffix: merge("nameSuffix", |config| &config.name_suffix)?,
            namespace: merge("namespace", |config| &config.namespace)?,
            common_labels: merge("commonLabels", |config| &config.common_labels)?,
            labels: merge("labels", |config| &config.labels)?,
            template_labels: merge("templateLabels", |config| &config.template_labels)?,
            volume_claim_template_labels: merge("volumeClaimTemplateLabels", |config| {
                &config.volume_claim_template_labels
            })?,
            common_annotations: merge("commonAnnotations", |config| &config.common_annotations)?,
            name_reference: name_reference.map_err(|error| in_section(error, "nameReference"))?,
            var_reference: merge("varReference", |config| &config.var_reference)?,
            images: merge("images", |config| &config.images)?,
            replicas: merge("replicas", |config| &config.replicas)?,
        };
        Ok(if merged.is_shared_with(first) { first.clone() } else { Arc::new(merged) })
    }

    fn lists(&self) -> [&FieldSpecs; 11] {
        [
            &self.name_prefix,
            &self.name_suffix,
            &self.namespace,
            &self.common_labels,
            &self.labels,
            &self.template_labels,
            &self.volume_claim_template_labels,
            &self.common_annotations,
            &self.var_reference,
            &self.images,
            &self.replicas,
        ]
    }

    fn is_shared_with(&self, other: &Self) -> bool {
        self.name_reference.is_shared_with(&other.name_reference)
            && self.lists().into_iter().zip(other.lists()).all(|(own, theirs)| own.is_shared_with(theirs))
    }
}

/// What a file of `configurations` can say.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConfigurationFile {
    name_prefix: Vec<FieldSpec>,
    name_suffix: Vec<FieldSpec>,
    namespace: Vec<FieldSpec>,
    common_labels: Vec<FieldSpec>,
    labels: Vec<FieldSpec>,
    template_labels: Vec<FieldSpec>,
    volume_claim_template_labels: Option<Spanned<Vec<FieldSpec>>>,
    common_annotations: Vec<FieldSpec>,
    name_reference: Vec<ReferenceEntry>,
    var_reference: Vec<FieldSpec>,
    images: Vec<FieldSpec>,
    replicas: Vec<FieldSpec>,
}

/// An entry of `nameReference`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReferenceEntry {
    group: Cow<'static, str>,
    version: Cow<'static, str>,
    kind: Cow<'static, str>,
    field_specs: Vec<FieldSpec>,
}

impl From<ConfigurationFile> for TransformerConfig {
    fn from(file: ConfigurationFile) -> Self {
        let sorted = |specs: Vec<FieldSpec>| FieldSpecs::from(specs).sorted();
        let references = file.name_reference.into_iter().map(|entry| NameReference {
            group: entry.group,
            version: entry.version,
            kind: entry.kind,
            referrers: entry.field_specs.into(),
        });
        TransformerConfig {
            name_prefix: sorted(file.name_prefix),
            name_suffix: sorted(file.name_suffix),
            namespace: sorted(file.namespace),
            common_labels: sorted(file.common_labels),
            labels: sorted(file.labels),
            template_labels: sorted(file.template_labels),
            volume_claim_template_labels: sorted(
                file.volume_claim_template_labels.map_or(Vec::new(), |section| section.value),
            ),
            common_annotations: sorted(file.common_annotations),
            name_reference: NameReferences::from(references.collect::<Vec<_>>()).sorted(),
            var_reference: sorted(file.var_reference),
            images: sorted(file.images),
            replicas: sorted(file.replicas),
        }
    }
}

fn in_section(error: Error, section: &str) -> Error {
    error.note(format!("the field specs are in the section `{section}` of a transformer configuration"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Gvk;

    fn with_labels(kind: &'static str, create: bool) -> Arc<TransformerConfig> {
        let spec = FieldSpec { kind: kind.into(), path: "metadata/labels".into(), create, ..FieldSpec::default() };
        Arc::new(TransformerConfig { common_labels: vec![spec].into(), ..TransformerConfig::default() })
    }

    #[test]
    fn the_built_in_tables_are_what_is_said_of_them() {
        let built_in = TransformerConfig::built_in(Compat::Newest);
        let nothing = FieldSpecs::default();
        for list in built_in.lists() {
            let looked_at = FieldSpecs::from(list.specs().to_vec());
            assert!(looked_at.sorted().is_shared_with(&looked_at), "{:?}", list.specs());
            assert!(nothing.merged(&looked_at).unwrap().is_shared_with(&looked_at), "{:?}", list.specs());
        }
        for reference in built_in.name_reference.iter() {
            let looked_at = FieldSpecs::from(reference.referrers.specs().to_vec());
            assert!(looked_at.agrees_with_itself(), "{}", reference.kind);
        }
        let references: Vec<NameReference> = built_in.name_reference.iter().cloned().collect();
        let looked_at = NameReferences::from(references);
        assert!(NameReferences::default().merged(&looked_at).unwrap().is_shared_with(&looked_at));
        assert!(!looked_at.may_change_ids());
    }

    #[test]
    fn the_built_in_tables_merge_for_nothing() {
        let built_in = TransformerConfig::built_in(Compat::Newest);
        let empty = Arc::new(TransformerConfig::default());
        let merged = TransformerConfig::merge(&empty, &built_in).unwrap();
        assert!(merged.is_shared_with(&built_in));
        assert!(Arc::ptr_eq(&TransformerConfig::merge(&merged, &built_in).unwrap(), &merged));
        assert!(Arc::ptr_eq(&TransformerConfig::merge(&built_in, &empty).unwrap(), &built_in));
    }

    #[test]
    fn lists_that_nobody_added_to_stay_shared() {
        let built_in = TransformerConfig::built_in(Compat::Newest);
        let merged = TransformerConfig::merge(&built_in, &with_labels("Foo", true)).unwrap();
        assert!(merged.images.is_shared_with(&built_in.images));
        assert!(merged.name_reference.is_shared_with(&built_in.name_reference));
        let fields = merged.common_labels.select(&Gvk::new("example.com", "v1", "Foo"));
        assert_eq!(fields.iter().map(|field| field.path()).collect::<Vec<_>>(), ["metadata/labels"; 2]);
    }

    #[test]
    fn a_conflict_names_the_section() {
        let error = TransformerConfig::merge(&with_labels("Foo", false), &TransformerConfig::built_in(Compat::Newest))
            .unwrap_err();
        assert!(error.to_string().contains("`commonLabels`"), "{error}");
    }
}
