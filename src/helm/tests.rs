//! The values that Helm gets, the arguments that it is given, and what is said where something is wrong. Charts are
//! rendered by the tests of the program.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use rustomize_yaml::{Dialect, Spanned, from_node, read_document};

use super::values::{ValuesMerge, merged, printed};
use super::{HelmChartInflationGenerator, HelmPrograms};
use crate::context::{Context, Generator};
use crate::diagnostics::{Code, Error};
use crate::kustomization::HelmChart;
use crate::load::{Files, Loader};
use crate::schema::Schema;
use crate::{HelmOptions, LoadRestrictor, kustomization};

const VALUES: &str = include_str!("../../testdata/helm/values.txt");

#[test]
fn values_are_those_that_kubectl_hands_to_helm() {
    let mut wrong = Vec::new();
    for case in VALUES.split("\n=== ").skip(1) {
        let part = |name: &str, next: &str| {
            let rest = case.split_once(&format!("--- {name}\n")).unwrap().1;
            rest.split_once(&format!("--- {next}\n")).map_or(rest, |(part, _)| part).to_owned()
        };
        let title = case.lines().next().unwrap();
        let mode = title.strip_suffix(')').map_or("", |title| title.rsplit_once('(').unwrap().1);
        let values = values(&part("file", "inline"), &part("inline", "result"), mode);
        let expected = part("result", "end");
        let is_right = match &values {
            Ok(values) => *values == expected,
            Err(_) => expected.is_empty(),
        };
        if !is_right {
            wrong.push(format!("{title}\n{}", values.unwrap_or_else(|error| error.to_string())));
        }
    }
    assert!(wrong.is_empty(), "{} cases went wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn values(file: &str, inline: &str, mode: &str) -> Result<String, Error> {
    in_directory(&[], |context| {
        let inline = context.sources.add_text("inline", inline);
        let inline = read_document(&inline, Dialect::Yaml11).unwrap().unwrap();
        let inline: serde_json::Map<_, _> = from_node(&inline, inline.root()).unwrap();
        match ValuesMerge::from_name(mode).unwrap() {
            ValuesMerge::Replace => printed(&inline),
            mode => merged(&context.sources.add_text("values.yaml", file), &inline, mode, context),
        }
    })
}

/// Aliases in a values file are expanded before anything else; kustomize drops those that are values of mappings.
#[test]
fn aliases_in_a_values_file_are_values_like_others() {
    let file = "a: &a {q: 1}\nb: *a\nc: {<<: *a, d: 1}\nl: [*a]\n";
    let expected = "a:\n  q: 1\nb:\n  q: 1\nc:\n  d: 1\n  q: 1\nl:\n- q: 1\nz: 1\n";
    assert_eq!(values(file, "z: 1", "").unwrap(), expected);
}

#[test]
fn values_of_different_kinds_are_shown() {
    let error = values("image:\n  tag: a\n", "image: b", "").unwrap_err();
    let message = "`valuesInline` has a single value at `image`, where values.yaml has a mapping";
    assert_eq!(error.diagnostic().message, message);
    assert_eq!(places(&error), ["values.yaml:2"]);
}

#[test]
fn an_empty_values_file_is_refused_with_advice() {
    let error = values("# nothing\n", "a: 1", "").unwrap_err();
    assert!(error.diagnostic().help.as_ref().unwrap().contains("valuesMerge: replace"), "{error}");
}

/// Everything that a chart can say, and in which order kustomize hands it on.
#[test]
fn arguments_are_those_of_kustomize() {
    let all = "\
helmGlobals: {chartHome: vendored}
helmCharts:
- name: web
  version: 1.2.3
  repo: https://charts.example.com
  releaseName: r
  namespace: ns
  nameTemplate: 'x-{{ .Release.Name }}'
  valuesFile: values.yaml
  additionalValuesFiles: [more.yaml, sub/most.yaml]
  apiVersions: [a/v1, b/v1]
  kubeVersion: '1.30'
  includeCRDs: true
  skipTests: true
  skipHooks: true
  debug: true
  devel: true
";
    let expected = "template r HOME/vendored/web-1.2.3/web --namespace ns --name-template x-{{ .Release.Name }} -f VALUES \
                    -f HOME/more.yaml -f HOME/sub/most.yaml --api-versions a/v1 --api-versions b/v1 \
                    --kube-version 1.30 --include-crds --skip-tests --no-hooks --debug --devel";
    assert_eq!(arguments(all, &HelmOptions::default()), [expected]);
    let none = "helmCharts:\n- name: web\n";
    assert_eq!(arguments(none, &HelmOptions::default()), ["template --generate-name HOME/charts/web -f VALUES"]);
}

/// The deprecated form has fields for which there is none today; upstream takes them, too, and passes them over.
#[test]
fn the_deprecated_form_becomes_the_one_of_today() {
    let form = "\
helmChartInflationGenerator:
- chartName: web
  chartVersion: 1.2.3
  chartRepoUrl: https://charts.example.com
  chartHome: vendored
  chartRepoName: example
  helmBin: /usr/bin/true
  helmHome: configuration
  values: values.yaml
  valuesLocal: {a: 1}
  valuesMerge: override
  releaseName: r
  releaseNamespace: ns
  extraArgs: [--devel]
";
    let expected = "template r HOME/vendored/web-1.2.3/web -f VALUES";
    assert_eq!(arguments(form, &HelmOptions::default()), [expected]);
    in_directory(&[("kustomization.yaml", form)], |context| {
        let generators = generators(&HelmOptions::default(), context);
        let chart = &generators[0].chart;
        assert_eq!([chart.values_file.as_str(), chart.values_merge.as_str()], ["values.yaml", "override"]);
        assert_eq!((chart.repo.as_str(), chart.values_inline.len()), ("https://charts.example.com", 1));
    });
}

/// Upstream lets the list of the second chart leak into the others, since all share one piece of memory.
#[test]
fn what_a_chart_says_counts_more_than_flags_and_for_itself_alone() {
    let flags = HelmOptions {
        api_versions: vec!["f/v1".into(), "g/v1".into()],
        kube_version: "1.29".into(),
        debug: true,
        ..HelmOptions::default()
    };
    let charts = "helmCharts:\n- name: a\n- name: b\n  apiVersions: [own/v1]\n  kubeVersion: '1.30'\n- name: c\n";
    assert_eq!(
        arguments(charts, &flags),
        [
            "template --generate-name HOME/charts/a -f VALUES --api-versions f/v1 --api-versions g/v1 --kube-version 1.29 --debug",
            "template --generate-name HOME/charts/b -f VALUES --api-versions own/v1 --kube-version 1.30 --debug",
            "template --generate-name HOME/charts/c -f VALUES --api-versions f/v1 --api-versions g/v1 --kube-version 1.29 --debug",
        ]
    );
}

fn arguments(text: &str, options: &HelmOptions) -> Vec<String> {
    in_directory(&[("kustomization.yaml", text)], |context| {
        let home = context.loader.root().to_str().unwrap().to_owned();
        let arguments = generators(options, context).into_iter().map(|generator| {
            let chart = context.loader.path(&format!("{}/{}", generator.chart_home(), *generator.chart.name));
            let arguments = generator.arguments(&chart, Path::new("VALUES"), context);
            let shown: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
            shown.join(" ").replace(&home, "HOME")
        });
        arguments.collect()
    })
}

#[test]
fn helm_is_not_run_unless_allowed() {
    let error = failure("helmCharts:\n- name: web\n", &HelmOptions::default());
    assert_eq!((error.code(), places(&error)), (Code::NotEnabled, vec!["kustomization.yaml:2".to_owned()]));
    assert_eq!(error.diagnostic().help.as_deref(), Some("add `--enable-helm`"));
}

#[test]
fn a_missing_program_is_named_with_advice() {
    let options = HelmOptions { command: "no-such-helm".into(), ..enabled() };
    let error = failure("helmCharts:\n- name: web\n", &options);
    assert_eq!(error.diagnostic().message, "cannot run `no-such-helm`: there is no such program");
    assert_eq!(places(&error), ["kustomization.yaml:2"]);
    assert!(error.diagnostic().help.as_ref().unwrap().contains("--helm-command"), "{error}");
}

#[test]
fn rules_that_a_chart_breaks_are_told_before_helm_is_run() {
    for (chart, place, message) in [
        ("{}", 2, "a Helm chart has no `name`"),
        ("{name: a/b}", 2, "the name of the chart a/b is a path"),
        ("name: a\n  valuesMerge: append", 3, "`valuesMerge` knows no `append`"),
        ("name: a\n  additionalValuesFiles:\n  - /etc/values.yaml", 4, "the path /etc/values.yaml is absolute"),
    ] {
        let error = failure(&format!("helmCharts:\n- {chart}\n"), &enabled());
        assert_eq!(error.diagnostic().message, message);
        assert_eq!(places(&error), [format!("kustomization.yaml:{place}")]);
    }
    let error = failure("helmCharts:\n- name: a\n  additionalValuesFiles: [none.yaml]\n", &enabled());
    assert_eq!(error.code(), Code::MissingFile);
    let error = failure("helmCharts:\n- name: a\n  additionalValuesFiles: [../../etc/passwd]\n", &enabled());
    assert!(matches!(error.code(), Code::MissingFile | Code::OutsideRoot));
}

fn enabled() -> HelmOptions {
    HelmOptions { enabled: true, ..HelmOptions::default() }
}

/// How the first chart of a kustomization fails.
fn failure(text: &str, options: &HelmOptions) -> Error {
    in_directory(&[("kustomization.yaml", text)], |context| {
        generators(options, context)[0].generate(context).unwrap_err()
    })
}

/// The generators of the kustomization's charts.
fn generators(options: &HelmOptions, context: &Context) -> Vec<HelmChartInflationGenerator> {
    let source = context.loader.text(&Spanned::from("kustomization.yaml".to_owned())).unwrap();
    let (kustomization, _) = kustomization::read(&source).unwrap();
    let helm = HelmPrograms::default().program(options);
    let globals = kustomization.helm_globals.as_ref();
    let generator =
        |chart: &Spanned<HelmChart>| HelmChartInflationGenerator::new(chart.clone(), globals, "", helm.clone());
    kustomization.helm_charts.iter().map(generator).collect()
}

/// Files and lines that the error points at.
fn places(error: &Error) -> Vec<String> {
    let labels = error.diagnostic().labels.iter();
    labels
        .map(|label| {
            let source = &label.span.source;
            let name = source.name.rsplit('/').next().unwrap();
            format!("{name}:{}", source.position(label.span.at).line)
        })
        .collect()
}

fn in_directory<T>(files: &[(&str, &str)], with: impl FnOnce(&Context) -> T) -> T {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let read = Arc::new(Files::new());
    let loader = Loader::open(&read, directory.path().to_str().unwrap(), LoadRestrictor::RootOnly).unwrap();
    let (warnings, schema) = (RefCell::default(), Schema::default());
    with(&Context {
        sources: &read.sources,
        schema: &schema,
        warnings: &warnings,
        loader: &loader,
        journal: None,
        collector: None,
    })
}
