//! Helm charts: pulled by `helm pull`, rendered by `helm template`.

mod program;
mod pull;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustomize_yaml::{Source, Spanned, from_node_unconverted};

use program::Task;
pub use program::{Helm, HelmPrograms};
use pull::ChartHome;
use values::{ValuesFile, ValuesMerge};

use crate::context::{Context, Generator};
use crate::diagnostics::{Code, Error, Result, Span, nearest};
use crate::kustomization::{HelmChart, HelmGlobals};
use crate::load::Scratch;
use crate::resource::{Resource, read_resources, read_resources_and_lists};

/// Renders a Helm chart.
#[derive(Debug, Clone)]
pub struct HelmChartInflationGenerator {
    chart: Spanned<HelmChart>,
    globals: HelmGlobals,
    helm: Helm,
}

impl HelmChartInflationGenerator {
    /// A generator for an entry of `helmCharts`. `namespace` is for charts that have none of their own.
    pub fn new(mut chart: Spanned<HelmChart>, globals: Option<&HelmGlobals>, namespace: &str, helm: Helm) -> Self {
        if chart.namespace.is_empty() {
            chart.value.namespace = Spanned::from(namespace.to_owned());
        }
        HelmChartInflationGenerator { chart, globals: globals.cloned().unwrap_or_default(), helm }
    }

    /// A generator that a resource of the kind `HelmChartInflationGenerator` configures: it has the fields of a chart
    /// and of `helmGlobals` side by side. Fails for a field of the wrong type.
    pub fn from_configuration(resource: &Resource, helm: Helm, context: &Context) -> Result<Self> {
        let tree = resource.tree();
        let failed = |error| Error::from_yaml(error, tree.source());
        let chart = from_node_unconverted(tree, tree.root()).map_err(failed)?;
        let globals = from_node_unconverted(tree, tree.root()).map_err(failed)?;
        let generator = HelmChartInflationGenerator { chart, globals, helm };
        generator.check(context)?;
        Ok(generator)
    }

    /// Fails for what is wrong before Helm is run: it is not allowed, or a field breaks a rule.
    fn check(&self, context: &Context) -> Result<()> {
        let invalid = |message: String, field: &Spanned<String>| {
            let place = context.sources.place(field).or_else(|| context.sources.place(&self.chart));
            Error::new(Code::InvalidField, message).label_if(place, "")
        };
        let chart = &self.chart;
        if !self.helm.options.enabled {
            return Err(Error::new(Code::NotEnabled, "Helm charts are rendered only with `--enable-helm`")
                .label_if(self.place(context), "this chart")
                .help("add `--enable-helm`"));
        }
        if self.helm.options.command.is_empty() {
            return Err(Error::new(Code::Usage, "--helm-command is empty").help("name the Helm program"));
        }
        if chart.name.is_empty() {
            return Err(invalid("a Helm chart has no `name`".into(), &chart.name));
        }
        if chart.name.contains('/') {
            let message = format!("the name of the chart {} is a path", *chart.name);
            return Err(invalid(message, &chart.name).help("name its directory in `chartHome` or its path in `repo`"));
        }
        for file in &chart.additional_values_files {
            if Path::new(file.as_str()).is_absolute() {
                return Err(invalid(format!("the path {} is absolute", **file), file)
                    .help("write it relative to the directory of this kustomization"));
            }
            context.loader.bytes(file)?;
        }
        if ValuesMerge::from_name(&chart.values_merge).is_none() {
            let message = format!("`valuesMerge` knows no `{}`", *chart.values_merge);
            return Err(invalid(message, &chart.values_merge).help("it can be `override`, `merge` or `replace`"));
        }
        Ok(())
    }

    fn place(&self, context: &Context) -> Option<Span> {
        context.sources.place(&self.chart.name).or_else(|| context.sources.place(&self.chart))
    }
}

impl Generator for HelmChartInflationGenerator {
    /// Runs Helm, and reads what it prints. The resources are marked as Helm's, so that the namespace transformer leaves
    /// them alone.
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        self.check(context)?;
        let output = self.render(context).map_err(|error| {
            let is_placed = !error.diagnostic().labels.is_empty();
            if is_placed { error } else { error.label_if(self.place(context), "this chart") }
        })?;
        let name = format!("output of helm for the chart {}", *self.chart.name);
        let rendered = context.sources.add_bytes(&name, output).and_then(|source| read(&source));
        let mut resources = rendered.map_err(|error| error.label_if(self.place(context), "rendered by this chart"))?;
        for resource in &mut resources {
            resource.book.from_helm = true;
        }
        Ok(resources)
    }
}

/// The resources that Helm has printed. Where reading fails, kustomize tries again and lets lists be: so a `FooList` can
/// be a resource whose items are none. Of what it then reads it drops at once what is for local use.
fn read(output: &Arc<Source>) -> Result<Vec<Resource>> {
    read_resources(output).or_else(|error| {
        let mut resources = read_resources_and_lists(output).map_err(|_| error)?;
        resources.retain(|resource| {
            let local = resource.annotation("config.kubernetes.io/local-config");
            local.is_none_or(|value| value == "false")
        });
        Ok(resources)
    })
}

/// A chart on the disk.
struct Found {
    /// The chart's directory, as the kustomization says it.
    nominal: PathBuf,
    /// Where it was pulled to, if it was.
    pulled: Option<ChartHome>,
}

/// Rendering.
impl HelmChartInflationGenerator {
    fn render(&self, context: &Context) -> Result<Vec<u8>> {
        let config_home = self.globals.config_home.as_str();
        self.helm.check_version(config_home)?;
        let found = self.find(context)?;
        let directory = match &found.pulled {
            Some(home) => home.path().join(&*self.chart.name),
            None => found.nominal.clone(),
        };
        let (_directory, values) = self.write_values(&found, context)?;
        let arguments = self.arguments(&directory, &values, context);
        let aim = format!("render the chart {}", *self.chart.name);
        self.helm.run(&Task { aim, arguments, repo: "", config_home })
    }

    /// Finds the chart in `chartHome`, or pulls it.
    fn find(&self, context: &Context) -> Result<Found> {
        let chart = &self.chart;
        let nominal = context.loader.path(&format!("{}/{}", self.chart_home(), *chart.name));
        if nominal.is_dir() {
            return Ok(Found { nominal, pulled: None });
        }
        if chart.repo.is_empty() {
            return Err(self.missing(&nominal, context));
        }
        let pulled = pull::pull(chart, &self.helm, &self.globals.config_home)?;
        Ok(Found { nominal, pulled: Some(pulled) })
    }

    /// The directory that holds the chart's, relative to that of the kustomization.
    fn chart_home(&self) -> String {
        self.chart.home(Some(&self.globals))
    }

    fn missing(&self, nominal: &Path, context: &Context) -> Error {
        let name = &*self.chart.name;
        let message = format!("there is no chart {}, and no `repo` to pull it from", context.loader.show(nominal));
        let error = Error::new(Code::MissingFile, message);
        let siblings = nominal.parent().and_then(|home| fs::read_dir(home).ok()).into_iter().flatten().flatten();
        let names: Vec<String> = siblings.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("there is a chart {near} in the same directory")),
            None => error.help("say with `repo` where it comes from, or with `helmGlobals.chartHome` where it lies"),
        }
    }

    /// Writes the values into a file of their own, for Helm to read.
    fn write_values(&self, found: &Found, context: &Context) -> Result<(Scratch, PathBuf)> {
        let file = self.values_file(found, context);
        let inline = &self.chart.values_inline;
        let content: Arc<[u8]> = match ValuesMerge::from_name(&self.chart.values_merge).unwrap_or_default() {
            _ if inline.is_empty() => file.bytes(context)?,
            ValuesMerge::Replace => values::printed(inline)?.into_bytes().into(),
            mode => values::merged(&file.text(context)?, inline, mode, context)?.into_bytes().into(),
        };
        let failed = |error| Error::new(Code::Helm, format!("cannot write the values of the chart: {error}"));
        let directory = Scratch::create().map_err(failed)?;
        let path = directory.directory().join(format!("{}-values.yaml", *self.chart.name));
        fs::write(&path, content).map_err(failed)?;
        Ok((directory, path))
    }

    /// The values file that the kustomization names, or else the chart's own.
    fn values_file(&self, found: &Found, context: &Context) -> ValuesFile {
        let chart = &self.chart;
        let is_own = chart.values_file.is_empty();
        let entry = if is_own {
            chart.name.clone().map(|name| format!("{}/{name}/values.yaml", self.chart_home()))
        } else {
            chart.values_file.clone()
        };
        let pulled = found.pulled.as_ref().and_then(|home| {
            let path = context.loader.path(&entry);
            Some(home.path().join(&*chart.name).join(path.strip_prefix(&found.nominal).ok()?))
        });
        ValuesFile { entry, pulled, is_own }
    }

    /// `helm template` as kustomize calls it. What the chart says counts more than what flags say.
    fn arguments(&self, directory: &Path, values: &Path, context: &Context) -> Vec<OsString> {
        let (chart, options) = (&self.chart, &self.helm.options);
        let mut arguments: Vec<OsString> = vec!["template".into()];
        arguments.push(if chart.release_name.is_empty() { "--generate-name" } else { &chart.release_name }.into());
        arguments.push(directory.into());
        let mut option = |name: &str, value: OsString| {
            if !value.is_empty() {
                arguments.extend([name.into(), value]);
            }
        };
        option("--namespace", chart.namespace.as_str().into());
        option("--name-template", chart.name_template.as_str().into());
        option("-f", values.into());
        for file in &chart.additional_values_files {
            option("-f", context.loader.path(file).into());
        }
        let api_versions = if chart.api_versions.is_empty() { &options.api_versions } else { &chart.api_versions };
        for version in api_versions {
            option("--api-versions", version.into());
        }
        let kube_version = if chart.kube_version.is_empty() { &options.kube_version } else { &chart.kube_version };
        option("--kube-version", kube_version.into());
        let flags = [
            (chart.include_crds, "--include-crds"),
            (chart.skip_tests, "--skip-tests"),
            (chart.skip_hooks, "--no-hooks"),
            (chart.debug || options.debug, "--debug"),
            (chart.devel, "--devel"),
        ];
        arguments.extend(flags.into_iter().filter(|(given, _)| *given).map(|(_, name)| name.into()));
        arguments
    }
}
