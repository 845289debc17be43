//! Generators and transformers that are configured by a file of their own, with `apiVersion: builtin`.
//!
//! As upstream, fields that a configuration does not have are passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustomize_yaml::{Spanned, from_node_lenient, from_node_unconverted, unknown_fields};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    AnnotationsTransformer, HashTransformer, ImageTagTransformer, LabelTransformer, NamespaceTransformer,
    PatchJson6902Transformer, PatchStrategicMergeTransformer, PatchTransformer, PrefixTransformer,
    ReplacementTransformer, ReplicaCountTransformer, RoleBindingSubjects, SuffixTransformer, ValueAddTransformer,
};
use crate::check::{Finding, rules};
use crate::context::{Context, Generator, Transformer};
use crate::diagnostics::{Code, Error, Result, nearest};
use crate::generate::{ConfigMapGenerator, IamPolicyGenerator, SecretGenerator};
use crate::kustomization::{ConfigMapArgs, FieldSpec, Image, ObjectMeta, Replacement, Replica, SecretArgs};
use crate::refs::FieldSpecs;
use crate::resource::{Resource, ResourceSet};

/// What a configuration stands for.
pub enum Builtin {
    /// Makes resources.
    Generator(Box<dyn Generator>),
    /// Changes resources.
    Transformer(Box<dyn Transformer>),
}

/// The generator or transformer that `configuration` describes; its kind says which one.
///
/// Fails for a kind that there is not, for values of the wrong type, and for settings that contradict the rules of the
/// kind. Helm charts are not dealt with here.
pub fn configure(configuration: &Resource, context: &Context) -> Result<Builtin> {
    if let Some(collector) = context.collector {
        collector.configure(configuration);
    }
    let from = Configuration { resource: configuration, context };
    let transformer: Box<dyn Transformer> = match configuration.kind() {
        "ConfigMapGenerator" => return Ok(Builtin::Generator(Box::new(from.config_map()?))),
        "SecretGenerator" => return Ok(Builtin::Generator(Box::new(from.secret()?))),
        "IAMPolicyGenerator" => return Ok(Builtin::Generator(Box::new(from.read_embedded::<IamPolicyGenerator>()?))),
        "AnnotationsTransformer" => Box::new(from.annotations()?),
        "HashTransformer" => Box::new(HashTransformer),
        "ImageTagTransformer" => Box::new(from.image_tag()?),
        "LabelTransformer" => Box::new(from.labels()?),
        "NamespaceTransformer" => Box::new(from.namespace()?),
        "PatchJson6902Transformer" => Box::new(PatchJson6902Transformer::load(&from.read()?, context)?),
        "PatchStrategicMergeTransformer" => Box::new(from.strategic_merge()?),
        "PatchTransformer" => Box::new(PatchTransformer::load(&from.read()?, context)?),
        "PrefixTransformer" => Box::new(from.prefix()?),
        "SuffixTransformer" => Box::new(from.suffix()?),
        "PrefixSuffixTransformer" => Box::new(PrefixSuffixTransformer(from.prefix()?, from.suffix()?)),
        "ReplacementTransformer" => Box::new(from.replacements()?),
        "ReplicaCountTransformer" => Box::new(from.replica_count()?),
        "ValueAddTransformer" => Box::new(ValueAddTransformer::new(from.read()?, context)?),
        _ => return Err(from.unknown()),
    };
    Ok(Builtin::Transformer(transformer))
}

/// The kinds that [`configure`] knows.
const KINDS: [&str; 17] = [
    "AnnotationsTransformer",
    "ConfigMapGenerator",
    "HashTransformer",
    "IAMPolicyGenerator",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SecretGenerator",
    "SuffixTransformer",
    "ValueAddTransformer",
];

/// Every kind with `apiVersion: builtin`, sorted: those that [`configure`] knows, and charts.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds = KINDS.to_vec();
    kinds.push("HelmChartInflationGenerator");
    kinds.sort_unstable();
    kinds
}

/// Prefix and suffix in one, as kustomize once had it.
struct PrefixSuffixTransformer(PrefixTransformer, SuffixTransformer);

impl Transformer for PrefixSuffixTransformer {
    fn transform(&self, resources: &mut ResourceSet, context: &Context) -> Result<()> {
        self.0.transform(resources, context)?;
        self.1.transform(resources, context)
    }
}

struct Configuration<'a> {
    resource: &'a Resource,
    context: &'a Context<'a>,
}

impl Configuration<'_> {
    /// The whole configuration as a typed value.
    fn read<T: DeserializeOwned>(&self) -> Result<T> {
        self.report_unknown::<T>();
        let tree = self.resource.tree();
        from_node_lenient(tree, tree.root()).map_err(|error| Error::of_node(error, self.context.sources))
    }

    /// The same for a type that upstream embeds in another one: numbers are no texts there.
    fn read_embedded<T: DeserializeOwned>(&self) -> Result<T> {
        self.report_unknown::<T>();
        let tree = self.resource.tree();
        from_node_unconverted(tree, tree.root()).map_err(|error| Error::of_node(error, self.context.sources))
    }

    /// Reports fields that have no effect, when somebody collects that. Some at the top are read by others.
    fn report_unknown<T: DeserializeOwned>(&self) {
        let Some(collector) = self.context.collector else { return };
        let tree = self.resource.tree();
        let unknown = unknown_fields::<T>(tree, tree.root());
        let is_read = |error: &rustomize_yaml::Error| {
            let mut top = tree.entries(tree.root()).map(|(key, _)| key);
            let key = top.find(|&key| tree.node(key).at == error.at && tree.node(key).file == error.file);
            let is_affix = self.resource.kind().ends_with("fixTransformer");
            key.is_some_and(|key| match tree.text(key) {
                "apiVersion" | "kind" | "metadata" => true,
                "prefix" | "suffix" => is_affix,
                _ => false,
            })
        };
        for error in unknown.into_iter().filter(|error| !is_read(error)) {
            collector.report(Finding::of_error(&rules::UNKNOWN_FIELD, &Error::of_node(error, self.context.sources)));
        }
    }

    fn metadata(&self) -> Result<ObjectMeta> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct WithMetadata {
            metadata: ObjectMeta,
        }
        let tree = self.resource.tree();
        let config = from_node_lenient::<WithMetadata>(tree, tree.root());
        config.map(|config| config.metadata).map_err(|error| Error::of_node(error, self.context.sources))
    }

    fn config_map(&self) -> Result<ConfigMapGenerator> {
        let mut args: Spanned<ConfigMapArgs> = self.read_embedded()?;
        self.default_name(&mut args.value.name, &mut args.value.namespace)?;
        Ok(args.into())
    }

    fn secret(&self) -> Result<SecretGenerator> {
        let mut args: Spanned<SecretArgs> = self.read_embedded()?;
        self.default_name(&mut args.value.name, &mut args.value.namespace)?;
        Ok(args.into())
    }

    /// Generated resources are called like their configuration unless it says something else.
    fn default_name(&self, name: &mut Spanned<String>, namespace: &mut Spanned<String>) -> Result<()> {
        let metadata = self.metadata()?;
        if name.is_empty() {
            *name = Spanned::from(metadata.name);
        }
        if namespace.is_empty() {
            *namespace = metadata.namespace;
        }
        Ok(())
    }

    fn annotations(&self) -> Result<AnnotationsTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            annotations: BTreeMap<String, String>,
            field_specs: Vec<FieldSpec>,
        }
        let config: Config = self.read()?;
        Ok(AnnotationsTransformer::new(config.annotations, config.field_specs.into()))
    }

    fn labels(&self) -> Result<LabelTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            labels: BTreeMap<String, String>,
            field_specs: Vec<FieldSpec>,
        }
        let config: Config = self.read()?;
        Ok(LabelTransformer::new(config.labels, config.field_specs.into()))
    }

    fn image_tag(&self) -> Result<ImageTagTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            image_tag: Spanned<Image>,
            field_specs: Vec<FieldSpec>,
        }
        let config: Config = self.read()?;
        let compat = self.context.loader.compat();
        Ok(ImageTagTransformer::new(vec![config.image_tag], config.field_specs.into(), compat))
    }

    fn replica_count(&self) -> Result<ReplicaCountTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            replica: Spanned<Replica>,
            field_specs: Vec<FieldSpec>,
        }
        let config: Config = self.read()?;
        Ok(ReplicaCountTransformer::new(vec![config.replica], config.field_specs.into()))
    }

    fn strategic_merge(&self) -> Result<PatchStrategicMergeTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Config {
            paths: Vec<Spanned<String>>,
            patches: Spanned<String>,
        }
        let config: Config = self.read()?;
        PatchStrategicMergeTransformer::load(&config.paths, &config.patches, self.context)
    }

    fn replacements(&self) -> Result<ReplacementTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Config {
            #[serde(deserialize_with = "rustomize_yaml::unconverted")]
            replacements: Vec<Arc<Spanned<Replacement>>>,
        }
        ReplacementTransformer::new(&self.read::<Config>()?.replacements, self.context)
    }

    fn namespace(&self) -> Result<NamespaceTransformer> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            metadata: ObjectMeta,
            field_specs: Vec<FieldSpec>,
            unset_only: bool,
            set_role_binding_subjects: Spanned<String>,
        }
        let config: Config = self.read()?;
        let mode = &config.set_role_binding_subjects;
        let subjects = RoleBindingSubjects::from_name(mode).ok_or_else(|| {
            Error::new(Code::InvalidField, format!("invalid `setRoleBindingSubjects`: `{}`", **mode))
                .label_if(self.context.sources.place(mode), "")
                .help("it must be `defaultOnly`, `allServiceAccounts` or `none`")
        })?;
        let transformer = NamespaceTransformer::new(config.metadata.namespace.value, config.field_specs.into());
        Ok(transformer.unset_only(config.unset_only).subjects(subjects))
    }

    fn prefix(&self) -> Result<PrefixTransformer> {
        Ok(PrefixTransformer::new(self.text("prefix")?, self.affix_specs()?))
    }

    fn suffix(&self) -> Result<SuffixTransformer> {
        Ok(SuffixTransformer::new(self.text("suffix")?, self.affix_specs()?))
    }

    /// A text of prefix or suffix, which may be written as a number too: upstream reads these two with another reader.
    fn text(&self, field: &str) -> Result<String> {
        let tree = self.resource.tree();
        match tree.get(tree.root(), field) {
            Some(node) if tree.is_null(node) => Ok(String::new()),
            Some(node) if tree.is_scalar(node) => Ok(tree.text(node).to_owned()),
            Some(node) => Err(Error::new(Code::WrongType, format!("`{field}` must be a text"))
                .label_if(self.context.sources.span(tree, node), "")),
            None => Ok(String::new()),
        }
    }

    /// The field specs of prefix and suffix, which must be there.
    fn affix_specs(&self) -> Result<FieldSpecs> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Config {
            field_specs: Option<Vec<FieldSpec>>,
        }
        match self.read::<Config>()?.field_specs {
            Some(specs) => Ok(specs.into()),
            None => Err(self
                .error(format!("a {} needs `fieldSpecs`", self.resource.kind()))
                .help("write `fieldSpecs: [{path: metadata/name}]` for the names of all resources")),
        }
    }

    fn unknown(&self) -> Error {
        let kind = self.resource.kind();
        let error = self.error(format!("there is no built-in generator or transformer `{kind}`"));
        match nearest(kind, KINDS) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are {}", KINDS.join(", "))),
        }
    }

    fn error(&self, message: String) -> Error {
        let tree = self.resource.tree();
        Error::new(Code::Plugin, message).label_if(self.context.sources.span(tree, tree.root()), "")
    }
}
