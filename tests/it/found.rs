//! What random trees have found, each as small as it gets. What is expected is what `kubectl kustomize` does.

use rustomize::{BuildOptions, Session};

use crate::program::directory;

/// Builds a directory with these files; what is printed, or the error.
fn build(files: &[(&str, &str)]) -> Result<String, String> {
    let directory = directory(files);
    let output = Session::default().build(&BuildOptions::default(), directory.path().to_str().unwrap());
    output.map(|output| output.yaml().to_owned()).map_err(|error| error.to_string())
}

const KEYS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\nstatus:\n  \"\": true\n";

#[test]
fn a_strategic_merge_refuses_an_empty_key_also_where_it_changes_nothing() {
    let patched = "resources: [a.yaml]\npatches:\n- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'\n";
    assert!(
        build(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", KEYS)]).unwrap().contains("\"\": true")
    );
    let error = build(&[("kustomization.yaml", patched), ("a.yaml", KEYS)]).unwrap_err();
    assert!(error.contains("empty"), "{error}");
}

const TEXT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: text\n";

#[test]
fn a_text_in_the_place_of_annotations_makes_way_for_what_a_new_name_notes() {
    let with = |fields: &str| {
        let kustomization = format!("resources: [a.yaml]\n{fields}");
        build(&[("kustomization.yaml", &kustomization), ("a.yaml", TEXT)])
    };
    let renamed = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    x: z\n  name: p-a\n";
    assert_eq!(with("namePrefix: p-\ncommonAnnotations: {x: z}\n").unwrap(), renamed);
    assert!(with("commonAnnotations: {x: z}\n").is_err(), "nothing has been noted before");
    let error = with("buildMetadata: [originAnnotations]\n").unwrap_err();
    assert!(error.contains("annotations"), "{error}");
}

#[test]
fn a_validator_labels_only_what_has_no_labels_of_a_file() {
    let kustomization = "resources: [a.yaml]\nvalidators:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  \
         metadata: {name: v}\n  labels: {validated-by: us}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n";
    let resource = |labels: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{labels}");
    let built = |labels| build(&[("kustomization.yaml", kustomization), ("a.yaml", &resource(labels))]);
    let labelled = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    validated-by: us\n  name: a\n";
    assert_eq!(built("").unwrap(), labelled);
    assert!(built("  labels: {a: b}\n").is_err());
}

#[test]
fn a_validator_may_write_what_is_there_already() {
    let kustomization = "resources: [a.yaml]\nvalidators:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  \
         metadata: {name: v}\n  labels: {a: b}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    a: b\n  name: a\n";
    let built = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]);
    assert_eq!(built.unwrap(), resource, "kustomize refuses it, as the label is no longer on its line");
}

#[test]
fn replacements_do_not_see_annotations_that_kustomize_keeps_for_itself() {
    let kustomization = "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: 'metadata.annotations.config\\.kubernetes\\.io/index'}\n  \
         targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]\n";
    let resource =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/index: '3'}\n";
    let error = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]).unwrap_err();
    assert!(error.contains("there is no field"), "{error}");
}

#[test]
fn vars_do_not_see_annotations_that_kustomize_keeps_for_itself() {
    let kustomization = "resources: [a.yaml]\nvars:\n- name: V\n  objref: {kind: ConfigMap, name: a, apiVersion: v1}\n  \
         fieldref: {fieldPath: 'metadata.annotations.config\\.kubernetes\\.io/index'}\n";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let error = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]).unwrap_err();
    assert!(error.contains("which is not there"), "{error}");
}

/// Builds as `--output DIRECTORY` does; the files by name.
fn build_into_directory(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let directory = directory(files);
    let options = BuildOptions { file_each: true, ..BuildOptions::default() };
    let output = Session::default().build(&options, directory.path().to_str().unwrap()).unwrap();
    output.files().unwrap()
}

#[test]
fn files_are_written_without_reading_again_what_is_printed() {
    let tabs = [
        (
            "kustomization.yaml",
            "configMapGenerator: [{name: a, files: [f.txt], options: {disableNameSuffixHash: true}}]\n",
        ),
        ("f.txt", "\ttab\n"),
    ];
    assert!(build(&tabs).unwrap_err().contains("tab"));
    let text = "apiVersion: v1\ndata:\n  f.txt: \"\\ttab\\n\"\nkind: ConfigMap\nmetadata:\n  name: a\n";
    assert_eq!(build_into_directory(&tabs), [("v1_configmap_a.yaml".to_owned(), text.to_owned())]);

    let deployment = |replicas: &str| {
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: {replicas}\n")
    };
    let (resource, patch) = (deployment("\"1\""), deployment("2"));
    let merged = [
        ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
        ("a.yaml", &resource),
        ("p.yaml", &patch),
    ];
    assert_eq!(build(&merged).unwrap(), deployment("\"2\""));
    assert_eq!(build_into_directory(&merged), [("apps_v1_deployment_a.yaml".to_owned(), deployment("2"))]);
}

#[test]
fn an_empty_list_of_targets_is_a_list_in_a_file_and_none_in_a_kustomization() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let replacement = "source: {kind: ConfigMap, name: a}\ntargets: []\n";
    let in_file = "resources: [a.yaml]\nreplacements: [{path: r.yaml}]\n";
    let in_field = "resources: [a.yaml]\nreplacements: [{source: {kind: ConfigMap, name: a}, targets: []}]\n";
    let built = |kustomization, replacement| {
        build(&[("kustomization.yaml", kustomization), ("a.yaml", resource), ("r.yaml", replacement)])
    };
    assert_eq!(built(in_file, replacement).unwrap(), resource);
    assert!(built(in_file, "source: {kind: ConfigMap, name: a}\n").unwrap_err().contains("no targets"));
    assert!(built(in_field, replacement).unwrap_err().contains("no targets"));
}

#[test]
fn a_subject_of_no_kind_is_no_service_account() {
    let resource = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: a\nroleRef:\n  \
                    apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: r\nsubjects:\n- kind: null\n  name: s\n  \
                    namespace: other\n";
    let built = build(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", resource)]);
    assert_eq!(built.unwrap(), resource, "kustomize panics");
}

#[test]
fn noting_a_transformation_makes_texts_of_all_annotations() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {list: [], number: 1}\n\
                    data:\n  list: x$(LIST)\n  number: $(NUMBER)\n";
    let kustomization = "resources: [a.yaml]\ncommonAnnotations: {x: z}\nbuildMetadata: [managedByLabel]\n\
                         configurations: [c.yaml]\nvars:\n\
                         - {name: LIST, objref: {apiVersion: v1, kind: ConfigMap, name: a}, fieldref: {fieldPath: metadata.annotations.list}}\n\
                         - {name: NUMBER, objref: {apiVersion: v1, kind: ConfigMap, name: a}, fieldref: {fieldPath: metadata.annotations.number}}\n";
    let configuration = "varReference: [{kind: ConfigMap, path: data}]\n";
    let built = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource), ("c.yaml", configuration)]);
    assert!(built.unwrap().starts_with("apiVersion: v1\ndata:\n  list: x\n  number: \"1\"\n"));
}

/// Expected values are the oracle's.
#[test]
fn what_somebody_else_wrote_into_the_notes_of_a_build_is_read_and_written_anew() {
    let kustomization = "resources: [a.yaml]\nnamePrefix: a-\nbuildMetadata: [transformerAnnotations]\n";
    let noted = |text: &str| {
        let resource = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations:\n    \
             alpha.config.kubernetes.io/transformations: {text}\n"
        );
        build(&[("kustomization.yaml", kustomization), ("a.yaml", &resource)])
    };
    for (text, written) in [
        ("''", ""),
        ("null", ""),
        (
            r#""- path: a\n  configuredBy:\n    kind: x\n  repo: b\n""#,
            "- path: a,  repo: b,  configuredBy:,    kind: x,",
        ),
        ("'- {Path: 5, repo: true, ref: ~}'", "- path: \"5\",  repo: \"true\","),
        ("'- {configuredIn:billing: {a: b}}'", "- {},"),
        ("'[null, {path: a, path: b}]'", "- null,- path: b,"),
    ] {
        let expected: String = written.split_inclusive(',').map(|line| format!("      {line}")).collect();
        let expected = format!("transformations: |\n{}      - configuredIn: kustom", expected.replace(',', "\n"));
        let built = noted(text).unwrap();
        assert!(built.contains(&expected), "{text}: {expected}{built}");
    }
    for text in
        ["text", "'- a'", "'{}'", "'['", "'- {path: [1]}'", "'- {configuredBy: x}'", "'- {configuredBy: {kind: 1}}'"]
    {
        let error = noted(text).unwrap_err();
        assert!(error.contains("annotation `alpha.config.kubernetes.io/transformations` of"), "{text}: {error}");
        assert!(error.contains("a.yaml:6:"), "{text}: {error}");
    }
}

#[test]
fn what_is_generated_into_a_resource_keeps_an_origin_that_can_be_read() {
    let kustomization = "resources: [a.yaml]\nconfigMapGenerator: [{name: x, behavior: merge, literals: [c=d]}]\n";
    let merged = |origin: &str| {
        let resource = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations: {{config.kubernetes.io/origin: {origin}}}\n"
        );
        build(&[("kustomization.yaml", kustomization), ("a.yaml", &resource)])
    };
    for origin in ["''", "'{path: 5, Repo: z}'", "null"] {
        assert_eq!(merged(origin).unwrap(), "apiVersion: v1\ndata:\n  c: d\nkind: ConfigMap\nmetadata:\n  name: x\n");
    }
    for origin in ["text", "'[]'", "'{path: [1]}'"] {
        let error = merged(origin).unwrap_err();
        assert!(
            error.contains("annotation `config.kubernetes.io/origin` of") && error.contains("a.yaml:5:"),
            "{error}"
        );
    }
}

#[test]
fn what_a_replacement_makes_inside_of_its_source_is_a_part_of_the_value() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    a: b\n  name: a\n";
    let kustomization = "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: metadata.labels}\n  \
                         targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.labels.from], options: {create: true}}]\n";
    let built = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]);
    let labels = "    a: b\n    from:\n      a: b\n      from: {}\n";
    assert_eq!(built.unwrap(), resource.replace("    a: b\n", labels));
}

#[test]
fn noting_a_transformation_parts_annotations_from_those_of_pods() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: search}\n";
    let base = "commonAnnotations: {owner: me}\nresources: [job.yaml]\n";
    let patch = "resources: [base]\npatches:\n- target: {kind: Job}\n  \
         patch: '{kind: Job, metadata: {name: search, annotations: {owner: you}}}'\n";
    let of_pods = |metadata: &str| {
        let kustomization = format!("{metadata}{patch}");
        let files =
            [("kustomization.yaml", &*kustomization), ("base/kustomization.yaml", base), ("base/job.yaml", job)];
        let output = build(&files).unwrap();
        output.split_once("spec:\n").unwrap().1.to_owned()
    };
    let expected = |owner: &str| format!("  template:\n    metadata:\n      annotations:\n        owner: {owner}\n");
    assert_eq!(of_pods(""), expected("you"), "one value, in two places");
    assert_eq!(of_pods("buildMetadata: [originAnnotations]\n"), expected("me"));
}

#[test]
fn a_folded_text_in_the_configuration_of_a_transformer_gets_an_empty_line() {
    let kustomization = "resources: [a.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: AnnotationsTransformer\n  \
         metadata: {name: t}\n  annotations:\n    by: >\n      one\n      two\n\n        deeper\n      back\n  \
         fieldSpecs: [{path: metadata/annotations, create: true}]\n";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let built = build(&[("kustomization.yaml", kustomization), ("a.yaml", resource)]).unwrap();
    let expected = "    by: |\n      one two\n\n\n        deeper\n      back\n";
    assert!(built.contains(expected), "{built}");
}

#[test]
fn a_local_resource_stays_when_another_one_has_its_id() {
    let resource = |name: &str, annotations: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n{annotations}  name: {name}\n")
    };
    let local = "  annotations:\n    config.kubernetes.io/local-config: \"true\"\n";
    let with = |order: &str, first: &str| {
        let kustomization = format!(
            "resources: [a.yaml, b.yaml]\nsortOptions: {{order: {order}}}\nreplacements:\n\
             - source: {{kind: ConfigMap, name: a}}\n  targets: [{{select: {{name: b}}}}]\n"
        );
        build(&[
            ("kustomization.yaml", &kustomization),
            ("a.yaml", &resource("a", first)),
            ("b.yaml", &resource("b", local)),
        ])
    };
    assert_eq!(with("fifo", "").unwrap(), format!("{}---\n{}", resource("a", ""), resource("a", local)));
    assert!(with("legacy", "").unwrap_err().contains("same id"));
    assert!(with("fifo", local).unwrap_err().contains("same id"), "both would go");
}

#[test]
fn a_key_that_stands_twice_matters_where_it_is_printed() {
    let kustomization = "resources: [a.yaml]\n";
    let built = |kustomization: &str, rest: &str| {
        let resource = format!("apiVersion: v1\nkind: ConfigMap\n{rest}");
        build(&[("kustomization.yaml", kustomization), ("a.yaml", &resource)])
    };
    let printed = |data: &str, metadata: &str| format!("apiVersion: v1\n{data}kind: ConfigMap\nmetadata:\n{metadata}");
    let name = "  name: a\n";
    let annotated = built(kustomization, "metadata: {name: a, annotations: {a: b, a: c}}\n");
    assert_eq!(annotated.unwrap(), printed("", "  annotations:\n    a: c\n  name: a\n"), "the last one counts");
    let error = built(kustomization, "metadata: {name: a}\ndata: {x: '1', x: '2'}\n").unwrap_err();
    assert!(error.contains("a second key `x`") && error.contains("a.yaml:4:16"), "{error}");

    let patch = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '3', x: '4'}}";
    let patched = format!("{kustomization}patches: [{{patch: \"{patch}\"}}]\n");
    let with_data = "metadata: {name: a}\ndata: {z: q}\n";
    let expected = printed("data:\n  x: \"3\"\n  z: q\n", name);
    assert_eq!(built(&patched, with_data).unwrap(), expected, "of a patch, the first one counts");
    assert!(built(&patched, "metadata: {name: a}\n").is_err(), "the mapping of the patch comes as it is");

    let generated = |behavior: &str| {
        format!("{kustomization}configMapGenerator: [{{name: a, behavior: {behavior}, literals: [q=r]}}]\n")
    };
    let twice = "metadata: {name: a}\ndata: {x: y, x: z}\n";
    assert_eq!(built(&generated("replace"), twice).unwrap(), printed("data:\n  q: r\n", name));
    assert_eq!(built(&generated("merge"), twice).unwrap(), printed("data:\n  q: r\n  x: \"y\"\n", name));
    let gone = "metadata: {name: a, annotations: {config.kubernetes.io/local-config: 'true'}}\ndata: {x: y, x: z}\n";
    assert_eq!(built(kustomization, gone).unwrap(), "");
    let list =
        "metadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems: [{kind: A, metadata: {name: b}, x: 1, x: 2}]\n";
    assert!(built(kustomization, list).is_err());
}

#[test]
fn the_configuration_of_a_plugin_is_printed_before_it_is_read() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let built = |field: &str, plugin: &str| {
        let kustomization = format!("resources: [a.yaml]\n{field}: [t.yaml]\n");
        let plugin = format!("apiVersion: builtin\nmetadata: {{name: t}}\n{plugin}");
        build(&[("kustomization.yaml", &kustomization), ("a.yaml", resource), ("t.yaml", &plugin)])
    };
    let prefixed = |prefix: &str| {
        let plugin = format!("kind: PrefixTransformer\nprefix: {prefix}\nfieldSpecs: [{{path: metadata/name}}]\n");
        built("transformers", &plugin).unwrap()
    };
    assert!(prefixed("0x10").ends_with("name: 16a\n"));
    assert!(prefixed("1.0").ends_with("name: 1a\n"));
    let labels =
        "kind: LabelTransformer\nlabels: {q: 2020-01-01}\nfieldSpecs: [{path: metadata/labels, create: true}]\n";
    assert!(built("transformers", labels).unwrap().contains("q: \"2020-01-01T00:00:00Z\"\n"));

    // A number is a text in a field of the plugin itself, but not in one of a type that it embeds.
    let annotations = |spec: &str| {
        let plugin = format!("kind: AnnotationsTransformer\nannotations: {{q: 1}}\nfieldSpecs: [{{{spec}}}]\n");
        built("transformers", &plugin)
    };
    assert!(annotations("path: metadata/annotations, create: true").unwrap().contains("q: \"1\"\n"));
    assert!(annotations("path: metadata/annotations, create: true, kind: 1").is_err());
    assert!(annotations("path: metadata/annotations, create: ").is_err(), "nothing in braces is an empty text");
    assert!(built("generators", "kind: ConfigMapGenerator\nname: 1\nliterals: [a=b]\n").is_err());
    assert!(built("generators", "kind: ConfigMapGenerator\nname: b\nliterals: [a=b]\n").is_ok());
    assert!(built("generators", "kind: SecretGenerator\nname: b\ntype: true\nliterals: [a=b]\n").is_err());
}

#[test]
fn a_json_patch_cannot_put_a_scalar_in_the_place_of_the_resource_nor_take_its_kind_away() {
    let patched = |operation: &str| {
        let kustomization =
            format!("resources: [a.yaml]\npatches: [{{target: {{kind: Foo}}, patch: '[{operation}]'}}]\n");
        build(&[("kustomization.yaml", &kustomization), ("a.yaml", "kind: Foo\nmetadata:\n  name: a\n")])
    };
    let untouched = "kind: Foo\nmetadata:\n  name: a\n";
    for value in ["1", "null", "\"text\""] {
        assert_eq!(patched(&format!(r#"{{"op": "replace", "path": "", "value": {value}}}"#)).unwrap(), untouched);
    }
    let error = patched(r#"{"op": "copy", "path": "/kind", "from": "/nothing"}"#).unwrap_err();
    assert!(error.contains("no `kind` any more"), "{error}");
}

#[test]
fn a_file_of_crds_may_hold_comments_alone() {
    let resource = "kind: Foo\nmetadata:\n  name: a\n";
    let built = |crds: &str| {
        build(&[
            ("kustomization.yaml", "resources: [a.yaml]\ncrds: [c.yaml]\n"),
            ("a.yaml", resource),
            ("c.yaml", crds),
        ])
    };
    assert_eq!(built("# none yet\n").unwrap(), resource);
    assert!(built("").is_err());
}

#[test]
fn a_label_or_annotation_has_a_name() {
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let built = |fields: &str| {
        build(&[("kustomization.yaml", &format!("resources: [a.yaml]\n{fields}\n")), ("a.yaml", resource)])
    };
    let generator = "configMapGenerator: [{name: g, literals: [a=b]";
    for fields in [
        "commonLabels: {'': x}",
        "commonAnnotations: {'': x, a: b}",
        "labels: [{pairs: {'': x}}]",
        &format!("{generator}, options: {{labels: {{'': x}}}}}}]"),
        &format!("{generator}}}]\ngeneratorOptions: {{annotations: {{'': x}}}}"),
    ] {
        let error = built(fields).unwrap_err();
        assert!(error.contains("name") && error.contains("empty"), "{fields}: {error}");
    }
    let elsewhere = "labels: [{pairs: {'': x}, fields: [{path: spec/labels, kind: Deployment}]}]";
    assert!(built(elsewhere).is_err(), "labels of the metadata are always meant, too");
    let nowhere = "transformers:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  metadata: {name: t}\n  \
         labels: {'': x}\n  fieldSpecs: [{path: spec/labels}]";
    assert_eq!(built(nowhere).unwrap(), resource);
}

#[test]
fn a_field_spec_that_leads_to_all_annotations_does_not_see_those_that_kustomize_keeps_for_itself() {
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\nnamePrefix: p-\nconfigurations: [c.yaml]\n"),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
        ("c.yaml", "nameReference: [{kind: ConfigMap, fieldSpecs: [{path: metadata/annotations}]}]\n"),
    ];
    let expected = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-a\n";
    assert_eq!(build(&files).unwrap(), expected, "kustomize finds a mapping without a name and fails");
}

#[test]
fn a_schema_that_comes_late_says_what_is_cluster_scoped_among_what_is_there() {
    let schema = r#"{"definitions": {}, "paths": {"/apis/x.io/v1/foos": {"get": {"x-kubernetes-action": "get",
        "x-kubernetes-group-version-kind": {"group": "x.io", "kind": "Foo", "version": "v1"}}}}}"#;
    let patched = "patches: [{patch: '{apiVersion: x.io/v1, kind: Foo, metadata: {name: a}, b: c}'}]\n";
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nopenapi: {path: s.json}\n";
    let built = |kustomization: &str, below: &str| {
        build(&[
            ("kustomization.yaml", &format!("{kustomization}{patched}")),
            ("a.yaml", "apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: a, namespace: n}\n"),
            ("c/kustomization.yaml", below),
            ("c/s.json", schema),
            ("base/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: p-\n"),
            ("base/a.yaml", "apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: a}\n"),
        ])
    };
    let expected = "apiVersion: x.io/v1\nb: c\nkind: Foo\nmetadata:\n  name: a\n  namespace: \"n\"\n";
    assert_eq!(built("resources: [a.yaml]\ncomponents: [c]\n", component).unwrap(), expected);
    assert!(built("resources: [a.yaml]\n", component).is_err(), "a patch without namespace is for the default one");
    let base = "resources: []\nopenapi: {path: s.json}\n";
    assert_eq!(built("resources: [a.yaml, c]\n", base).unwrap(), expected);
    let patching = format!("{component}{patched}");
    assert!(built("resources: [a.yaml]\ncomponents: [c]\n", &patching).is_ok(), "the component itself, too");
    let renamed = built("resources: [base]\ncomponents: [c]\n", component);
    assert!(renamed.is_err(), "the name that it had before was noted when it still had a namespace");
}

#[test]
fn images_of_a_definition_of_resources_stay_also_where_transformations_are_noted() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.b.c\n\
                      spec:\n  containers:\n  - image: nginx\n";
    for noted in ["", "buildMetadata: [originAnnotations]\n", "buildMetadata: [transformerAnnotations]\n"] {
        let kustomization = format!("resources: [a.yaml]\nimages: [{{name: nginx, newTag: '2'}}]\n{noted}");
        let output = build(&[("kustomization.yaml", &kustomization), ("a.yaml", definition)]).unwrap();
        assert!(output.ends_with("spec:\n  containers:\n  - image: nginx\n"), "{output}");
    }
}
