//! How an application is to be built: what the operator allows, and what the application sets.

use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, Tree, emit, read_document};

use super::environment::Environment;
use super::expand::expand;
use super::parameters::{Accepts, Parameters, wrong};
use crate::cli::{GenerateArgs, illegal};
use crate::diagnostics::{Code, Error, Result};
use crate::{BuildOptions, HelmOptions, LoadRestrictor, Overrides};

/// How an application is to be built.
#[derive(Debug)]
pub struct Settings {
    /// What its kustomization shall say beyond what its file says.
    pub overrides: Overrides,
    /// How to build.
    pub options: BuildOptions,
    /// Whether it is right that nothing is rendered.
    pub allow_empty: bool,
}

/// The parameters that an application may set only where the operator allows it: they run a program, or read what lies
/// outside of the application's directory.
const TO_BE_ALLOWED: [&str; 2] = ["enableHelm", "loadRestrictor"];

impl Settings {
    /// Reads the parameters of the application, and what the operator's flags say.
    ///
    /// Fails for parameters that there are not, that are not allowed, or whose values cannot be used.
    pub fn read(arguments: &GenerateArgs, environment: &Environment) -> Result<Settings> {
        for allowed in &arguments.allow {
            if !TO_BE_ALLOWED.contains(&allowed.as_str()) {
                return Err(illegal("--allow", allowed, &TO_BE_ALLOWED));
            }
        }
        let parameters = Parameters::read(environment)?;
        let mut options = arguments.build.options()?;
        set_load_restrictor(&mut options, &parameters, arguments)?;
        set_helm(&mut options.helm, &parameters, arguments, environment)?;
        Ok(Settings {
            overrides: overrides(&parameters, environment)?,
            options,
            allow_empty: parameters.switch("allowEmpty")?.unwrap_or(arguments.allow_empty),
        })
    }
}

fn set_load_restrictor(options: &mut BuildOptions, parameters: &Parameters, arguments: &GenerateArgs) -> Result<()> {
    match parameters.text("loadRestrictor")? {
        "" => {}
        "LoadRestrictionsRootOnly" => options.load_restrictor = LoadRestrictor::RootOnly,
        "LoadRestrictionsNone" => {
            if options.load_restrictor != LoadRestrictor::None {
                allowed("loadRestrictor", arguments)?;
            }
            options.load_restrictor = LoadRestrictor::None;
        }
        other => {
            let error = Error::new(Code::Parameter, format!("the parameter loadRestrictor is {other:?}"));
            return Err(error.help("it accepts LoadRestrictionsRootOnly and LoadRestrictionsNone"));
        }
    }
    Ok(())
}

/// The versions that charts see are the application's, else those of the flags, else those of the cluster.
fn set_helm(
    helm: &mut HelmOptions,
    parameters: &Parameters,
    arguments: &GenerateArgs,
    environment: &Environment,
) -> Result<()> {
    match parameters.switch("enableHelm")? {
        Some(true) if !helm.enabled => {
            allowed("enableHelm", arguments)?;
            helm.enabled = true;
        }
        Some(enabled) => helm.enabled = enabled,
        None => {}
    }
    let of_cluster = |value: &mut String| {
        if value.is_empty() {
            *value = environment.get("KUBE_VERSION").to_owned();
        }
    };
    match parameters.text("kubeVersion")? {
        "" => of_cluster(&mut helm.kube_version),
        version => helm.kube_version = version.to_owned(),
    }
    let versions = parameters.list("apiVersions")?;
    if !versions.is_empty() {
        helm.api_versions = versions;
    } else if helm.api_versions.is_empty() {
        let versions = environment.get("KUBE_API_VERSIONS").split(',').filter(|version| !version.is_empty());
        helm.api_versions = versions.map(str::to_owned).collect();
    }
    Ok(())
}

/// Refuses a parameter that only the operator may allow, and has not.
fn allowed(name: &str, arguments: &GenerateArgs) -> Result<()> {
    if arguments.allow.iter().any(|allowed| allowed == name) {
        return Ok(());
    }
    let error = Error::new(Code::NotEnabled, format!("applications may not set the parameter {name} here"));
    Err(error.help(format!("whoever runs the plugin allows it with --allow {name} in the args of plugin.yaml")))
}

fn overrides(parameters: &Parameters, environment: &Environment) -> Result<Overrides> {
    let text = |name| parameters.text(name).map(str::to_owned);
    let switch = |name| parameters.switch(name).map(Option::unwrap_or_default);
    let expanded = |texts: Vec<String>| texts.iter().map(|text| expand(text, environment)).collect::<Vec<_>>();
    let annotations = parameters.pairs("commonAnnotations")?;
    let patches = parameters.list("patches")?.iter().map(|patch| patch_entries(patch)).collect::<Result<Vec<_>>>()?;
    Ok(Overrides {
        name_prefix: text("namePrefix")?,
        name_suffix: text("nameSuffix")?,
        images: expanded(parameters.list("images")?),
        replicas: parameters.pairs("replicas")?,
        labels: expanded(parameters.pairs("commonLabels")?),
        force_labels: switch("forceCommonLabels")?,
        labels_without_selector: switch("labelWithoutSelector")?,
        labels_include_templates: switch("labelIncludeTemplates")?,
        annotations: if switch("commonAnnotationsEnvsubst")? { expanded(annotations) } else { annotations },
        force_annotations: switch("forceCommonAnnotations")?,
        namespace: text("namespace")?,
        patches: patches.concat(),
        components: parameters.list("components")?,
        ignore_missing_components: switch("ignoreMissingComponents")?,
    })
}

/// The entries of `patches` that an item of the parameter stands for: an entry, a list of them, or a patch as it is.
fn patch_entries(item: &str) -> Result<Vec<String>> {
    let source = Arc::new(Source::new(FileId(0), "the parameter patches", item));
    let tree = read_document(&source, Dialect::Yaml11).map_err(|error| Error::from_yaml(error, &source))?;
    let tree = tree.unwrap_or_else(Tree::made);
    let root = tree.root();
    let entries = if tree.is_sequence(root) { tree.items(root).collect() } else { vec![root] };
    let is_field = |key: &str| ["path", "patch", "target", "options"].contains(&key);
    let is_entry = |&entry| {
        tree.is_mapping(entry) && !tree.is_empty(entry) && tree.entries(entry).all(|(key, _)| is_field(tree.text(key)))
    };
    if entries.iter().all(is_entry) {
        let text = |entry| {
            let mut text = String::new();
            emit(&tree, entry, &mut text).map_err(|error| Error::from_yaml(error, &source)).map(|()| text)
        };
        entries.into_iter().map(text).collect()
    } else if tree.get(root, "kind").is_some() {
        Ok(vec![format!("patch: {}\n", serde_json::json!(item))])
    } else {
        let error = wrong("patches", &format!("has {item:?}"), Accepts::Patches);
        Err(error.note("a patch is a mapping with `path` or `patch`, and perhaps `target` and `options`; or a strategic merge patch as it is"))
    }
}
