use rustomize_yaml::FileId;

use super::*;
use crate::diagnostics::{Code, Error, Result};

fn read_text(text: &str) -> Result<(Kustomization, Vec<crate::diagnostics::Diagnostic>)> {
    read(&std::sync::Arc::new(rustomize_yaml::Source::new(FileId(1), "kustomization.yaml", text)))
}

fn good(text: &str) -> Kustomization {
    read_text(text).unwrap_or_else(|error| panic!("{text}: {error}")).0
}

fn bad(text: &str) -> Error {
    read_text(text).err().unwrap_or_else(|| panic!("{text}: accepted"))
}

fn texts(list: &[rustomize_yaml::Spanned<String>]) -> Vec<&str> {
    list.iter().map(|text| text.as_str()).collect()
}

/// kustomize's verdicts.
#[test]
fn a_kustomization_that_says_nothing_is_refused() {
    for text in [
        "",
        "# a comment\n",
        "null",
        "{}",
        "---\n---\nnamespace: x",
        "resources:",
        "namePrefix: ''",
        "bases: []",
        "imageTags: []",
        "helmChartInflationGenerator: []",
        "kind: Kustomization",
        "kind: Component\nresources: null",
    ] {
        assert_eq!(bad(text).code(), Code::EmptyKustomization, "{text}");
    }
    for text in ["resources: []", "commonLabels: {}", "metadata: {}", "openapi: {}", "helmGlobals: {}", "RESOURCES: []"]
    {
        good(text);
    }
}

#[test]
fn names_and_types_are_taken_as_kustomize_takes_them() {
    let names = good("nameprefix: a\nnamePrefix: b\nNAMESUFFIX: c\nnamespace: 2020-01-01\n---\nfoo: bar");
    assert_eq!((names.name_prefix.as_str(), names.name_suffix.as_str()), ("a", "c"));
    assert_eq!(*names.namespace, "2020-01-01");
    assert_eq!(good("replicas: [{name: x, count: 1e3}]").replicas[0].count, 1000);
    assert_eq!(good("replicas: [{name: x, count: 0x10}]").replicas[0].count, 16);
    let labels = &good("labels: [{pairs: {1: a, yes: b, c: null}, includeSelectors: on}]").labels[0];
    assert!(labels.include_selectors);
    assert_eq!(labels.pairs.keys().collect::<Vec<_>>(), ["1", "c", "true"]);
    assert_eq!(*good("namespace: [y]\nnamespace: x").namespace, "x");
    assert_eq!(texts(&good("resources: [null, a]").resources), ["", "a"]);
}

#[test]
fn values_of_other_types_are_refused() {
    for text in [
        "just text",
        "[]",
        "namespace: n",
        "namespace: 1",
        "labels: {}",
        "labels: [{pairs: {a: 1}}]",
        "resources: a",
        "replicas: [{name: x, count: 1.5}]",
        "replicas: [{name: x, count: '1'}]",
        "namespace: x\nnamespace: [y]",
        "images: [{name: a, newTag: 1.20}]",
        "commonAnnotations: {a: true}",
    ] {
        assert_eq!(bad(text).code(), Code::WrongType, "{text}");
    }
}

#[test]
fn unknown_fields_are_refused_at_any_depth() {
    for text in ["a: &x 1\nnamespace: x", "metadata: {name: x, creationTimestamp: null}", "images: [{name: a, tag: b}]"]
    {
        assert_eq!(bad(text).code(), Code::UnknownField, "{text}");
    }
    let error = bad("resuorces: []");
    assert_eq!(error.diagnostic().help.as_deref(), Some("did you mean `resources`?"));
}

#[test]
fn kind_and_version_must_be_known() {
    assert_eq!(*good("resources: []").kind, "Kustomization");
    let component = good("kind: Component\nresources: []");
    assert!(component.is_component());
    assert_eq!(*component.api_version, "kustomize.config.k8s.io/v1alpha1");
    for text in ["kind: List", "apiVersion: v1", "kind: Component\napiVersion: kustomize.config.k8s.io/v1beta1"] {
        assert_eq!(bad(&format!("resources: []\n{text}")).code(), Code::InvalidField, "{text}");
    }
}

#[test]
fn deprecated_fields_are_warned_of_in_kustomize_s_order_and_moved() {
    let text = "vars: []\nBases: [b]\nresources: [a]\nimageTags: [{name: x}]\nimages: [{name: w}]\ncommonLabels: {}\n";
    let (kustomization, warnings) = read_text(text).unwrap();
    assert_eq!(texts(&kustomization.resources), ["a", "b"]);
    let images: Vec<_> = kustomization.images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(images, ["w", "x"]);
    let lines: Vec<_> = warnings.iter().map(|warning| warning.to_string()).collect();
    assert_eq!(
        lines,
        [
            "# Warning: 'bases' is deprecated. Please use 'resources' instead. Run 'kustomize edit fix' to update your \
             Kustomization automatically.\n--> kustomization.yaml:2:1",
            "# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' to update \
             your Kustomization automatically.\n--> kustomization.yaml:6:1",
            "# Warning: 'imageTags' is deprecated. Please use 'images' instead. Run 'kustomize edit fix' to update your \
             Kustomization automatically.\n--> kustomization.yaml:4:1",
            "# Warning: 'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] Run 'kustomize edit \
             fix' to update your Kustomization automatically.\n--> kustomization.yaml:1:1",
        ]
    );
}

#[test]
fn old_forms_become_today_s() {
    let generators = good("configMapGenerator: [{name: a, env: x, envs: [w]}]\nsecretGenerator: [{name: b, env: z}]");
    assert_eq!(texts(&generators.config_map_generator[0].envs), ["w", "x"]);
    assert_eq!(texts(&generators.secret_generator[0].envs), ["z"]);
    let helm = good("helmChartInflationGenerator: [{chartName: c, values: v, helmHome: h}]\nhelmCharts: [{name: d}]");
    assert_eq!(helm.helm_charts.iter().map(|chart| chart.name.as_str()).collect::<Vec<_>>(), ["d", "c"]);
    assert_eq!((helm.helm_charts[1].values_file.as_str(), helm.helm_globals.unwrap().config_home.as_str()), ("v", "h"));
}

#[test]
fn the_options_of_a_generator_meet_those_of_all() {
    let own = GeneratorOptions { labels: [("a".into(), "own".into())].into(), ..Default::default() };
    let all = GeneratorOptions {
        labels: [("a".into(), "all".into()), ("b".into(), "all".into())].into(),
        immutable: true,
        ..Default::default()
    };
    let merged = GeneratorOptions::merged(Some(&own), Some(&all)).unwrap();
    assert_eq!(merged.labels, [("a".into(), "own".into()), ("b".into(), "all".into())].into());
    assert!(merged.immutable && !merged.disable_name_suffix_hash);
    assert!(GeneratorOptions::merged(None, None).is_none());
}
