//! `rustomize schema`: kustomizations that build are valid, and editors see mistakes.

use std::fs;
use std::path::{Path, PathBuf};

use rustomize_yaml::{Dialect, FileId, Source, from_node, read_document};
use serde_json::{Value, json};

use crate::program::{files_below, repository, rustomize, skipped, text};

fn schema() -> Value {
    let output = rustomize(".".as_ref(), &["schema"]);
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn kustomizations_below(directory: &Path) -> Vec<PathBuf> {
    let files = files_below(directory).into_iter().map(|file| directory.join(file));
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    files.filter(|path| names.iter().any(|name| path.ends_with(name))).collect()
}

/// What a file holds, where it is YAML.
fn data(path: &Path) -> Option<Value> {
    let source = Source::from_bytes(FileId(0), path.to_string_lossy(), fs::read(path).ok()?).ok()?.into();
    let tree = read_document(&source, Dialect::Yaml11).ok()??;
    from_node(&tree, tree.root()).ok()
}

#[test]
fn the_schema_is_one() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn the_kustomizations_of_this_repository_are_valid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let folders = ["bases", "overlays", "testdata/example", "testdata/vars", "testdata/helm"];
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| kustomizations_below(&repository(folder))).collect();
    assert!(files.len() >= 7, "{files:?}");
    for file in files {
        let data = data(&file).unwrap_or_else(|| panic!("{} is YAML", file.display()));
        let errors: Vec<String> = validator.iter_errors(&data).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    }
}

/// Where the conformance cases are, for those who have them.
#[test]
fn the_kustomizations_of_conformance_cases_that_build_are_valid() {
    let cases = repository("../shared/conformance/build");
    if !cases.is_dir() {
        skipped("the conformance suite is not here");
        return;
    }
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let files = kustomizations_below(&cases);
    let invalid: Vec<String> = files
        .iter()
        .filter_map(|file| Some((file, data(file)?)))
        .filter(|(file, data)| !validator.is_valid(data) && builds(file))
        .map(|(file, _)| file.display().to_string())
        .collect();
    assert!(invalid.is_empty(), "{invalid:#?}");
}

fn builds(file: &Path) -> bool {
    let options = rustomize::BuildOptions { load_restrictor: rustomize::LoadRestrictor::None, ..Default::default() };
    rustomize::Session::default().build(&options, &file.parent().unwrap().to_string_lossy()).is_ok()
}

#[test]
fn mistakes_are_seen() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (good, kustomization) in [
        (true, json!({"resources": ["a.yaml"], "images": [{"name": "a", "newTag": "1"}]})),
        (true, json!({"resources": null, "labels": [{"pairs": {"a": "b"}, "includeSelectors": true}]})),
        (true, json!({"helmCharts": [{"name": "a", "valuesInline": {"any": ["thing", 1]}}]})),
        (true, json!({"NamePrefix": "a-", "vars": [{"name": "A", "fieldref": {"fieldpath": "metadata.name"}}]})),
        (false, json!({"nameprefix": ["a-"]})),
        (false, json!({"resource": ["a.yaml"]})),
        (false, json!({"resources": "a.yaml"})),
        (false, json!({"images": [{"name": "a", "tag": "1"}]})),
        (false, json!({"replicas": [{"name": "a", "count": "3"}]})),
        (false, json!({"kind": "Deployment"})),
    ] {
        assert_eq!(validator.is_valid(&kustomization), good, "{kustomization}");
    }
}

#[test]
fn the_schema_is_for_people_too() {
    let output = rustomize(".".as_ref(), &["schema"]);
    assert!(text(&output.stdout).contains("\n  \"properties\": {\n"), "it is indented");
    assert_eq!(schema()["properties"]["bases"]["deprecated"], true);
    assert_eq!(schema()["properties"]["namespace"]["description"], "Set on all namespaced resources.");
}
