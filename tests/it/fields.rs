//! Every field of a kustomization, of the files that it names and of the built-in plugins.
//!
//! `testdata/fields` holds trees with what they build to. That the trees cover the fields is not taken on trust: for
//! each field of the table below, some tree builds to something else, or not at all, when the field is taken out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustomize::{BuildOptions, Session};
use rustomize_yaml::{FileId, NodeId, Source, Tree, emit, read_resources};

use crate::program::{copy, directory, files_below, has_kubectl, repository, text, undisturbed};

/// The fields, as the kinds of files have them. `a[].b` is the field `b` of the entries of `a`.
const FIELDS: &[(&str, &str)] = &[
    (
        "Kustomization",
        "apiVersion kind metadata.name metadata.namespace metadata.labels metadata.annotations openapi.path \
         openapi.version resources components crds bases namePrefix nameSuffix namespace commonLabels \
         commonAnnotations configurations generators transformers validators buildMetadata",
    ),
    (
        "Kustomization",
        "labels[].pairs labels[].includeSelectors labels[].includeTemplates labels[].includeVolumeClaimTemplates \
         labels[].fields labels[].fields[].group labels[].fields[].version labels[].fields[].kind \
         labels[].fields[].path labels[].fields[].create",
    ),
    (
        "Kustomization",
        "patchesStrategicMerge patchesJson6902 patchesJson6902[].path patchesJson6902[].patch patchesJson6902[].target \
         patchesJson6902[].target.group patchesJson6902[].target.version patchesJson6902[].target.kind \
         patchesJson6902[].target.name patchesJson6902[].target.namespace",
    ),
    (
        "Kustomization",
        "patches[].path patches[].patch patches[].target patches[].target.group patches[].target.version \
         patches[].target.kind patches[].target.name patches[].target.namespace patches[].target.annotationSelector \
         patches[].target.labelSelector patches[].options.allowNameChange patches[].options.allowKindChange",
    ),
    (
        "Kustomization",
        "images[].name images[].newName images[].newTag images[].tagSuffix images[].digest imageTags[].name \
         imageTags[].newTag replicas[].name replicas[].count",
    ),
    (
        "Kustomization",
        "replacements[].path replacements[].source replacements[].sourceValue replacements[].source.group \
         replacements[].source.version replacements[].source.kind replacements[].source.name \
         replacements[].source.namespace replacements[].source.fieldPath replacements[].source.options.delimiter \
         replacements[].source.options.index replacements[].targets replacements[].targets[].select \
         replacements[].targets[].select.group replacements[].targets[].select.version \
         replacements[].targets[].select.kind replacements[].targets[].select.name \
         replacements[].targets[].select.namespace replacements[].targets[].select.annotationSelector \
         replacements[].targets[].select.labelSelector replacements[].targets[].reject \
         replacements[].targets[].reject[].group replacements[].targets[].reject[].version \
         replacements[].targets[].reject[].kind replacements[].targets[].reject[].name \
         replacements[].targets[].reject[].namespace replacements[].targets[].reject[].annotationSelector \
         replacements[].targets[].reject[].labelSelector replacements[].targets[].fieldPaths \
         replacements[].targets[].options.delimiter replacements[].targets[].options.index \
         replacements[].targets[].options.create",
    ),
    (
        "Kustomization",
        "vars[].name vars[].objref.apiVersion vars[].objref.group vars[].objref.version vars[].objref.kind \
         vars[].objref.name vars[].objref.namespace vars[].fieldref.fieldPath sortOptions.order \
         sortOptions.legacySortOptions.orderFirst sortOptions.legacySortOptions.orderLast",
    ),
    (
        "Kustomization",
        "configMapGenerator[].name configMapGenerator[].namespace configMapGenerator[].behavior \
         configMapGenerator[].literals configMapGenerator[].files configMapGenerator[].envs configMapGenerator[].env \
         configMapGenerator[].options.labels configMapGenerator[].options.annotations \
         configMapGenerator[].options.disableNameSuffixHash configMapGenerator[].options.immutable",
    ),
    (
        "Kustomization",
        "secretGenerator[].name secretGenerator[].namespace secretGenerator[].behavior secretGenerator[].type \
         secretGenerator[].literals secretGenerator[].files secretGenerator[].envs secretGenerator[].env \
         secretGenerator[].options.labels secretGenerator[].options.annotations \
         secretGenerator[].options.disableNameSuffixHash secretGenerator[].options.immutable",
    ),
    (
        "Kustomization",
        "generatorOptions.labels generatorOptions.annotations generatorOptions.disableNameSuffixHash \
         generatorOptions.immutable",
    ),
    (
        "configuration",
        "namePrefix nameSuffix namespace commonLabels labels templateLabels volumeClaimTemplateLabels \
         commonAnnotations nameReference nameReference[].kind nameReference[].group nameReference[].version \
         nameReference[].fieldSpecs varReference images replicas",
    ),
    (
        "ConfigMapGenerator",
        "name metadata.name namespace metadata.namespace behavior literals files envs env options.labels \
         options.annotations options.disableNameSuffixHash options.immutable",
    ),
    (
        "SecretGenerator",
        "name namespace behavior type literals files envs env options.labels options.annotations options.immutable",
    ),
    (
        "IAMPolicyGenerator",
        "cloud kubernetesService.name kubernetesService.namespace serviceAccount.name serviceAccount.projectId",
    ),
    (
        "AnnotationsTransformer",
        "annotations fieldSpecs[].path fieldSpecs[].create fieldSpecs[].group fieldSpecs[].version fieldSpecs[].kind",
    ),
    ("HashTransformer", "kind"),
    ("ImageTagTransformer", "imageTag.name imageTag.newTag fieldSpecs"),
    ("LabelTransformer", "labels fieldSpecs"),
    ("NamespaceTransformer", "metadata.namespace fieldSpecs unsetOnly setRoleBindingSubjects"),
    ("PatchJson6902Transformer", "target target.group target.version target.kind target.name path jsonOp"),
    ("PatchStrategicMergeTransformer", "paths patches"),
    ("PatchTransformer", "path patch target target.kind options.allowNameChange options.allowKindChange"),
    ("PrefixTransformer", "prefix fieldSpecs"),
    ("SuffixTransformer", "suffix fieldSpecs"),
    ("PrefixSuffixTransformer", "prefix suffix fieldSpecs"),
    ("ReplacementTransformer", "replacements"),
    ("ReplicaCountTransformer", "replica.name replica.count fieldSpecs"),
    (
        "ValueAddTransformer",
        "value targets targets[].selector targets[].fieldPath targets[].filePathPosition targetFilePath",
    ),
];

/// Fields that no tree here can show to matter, and why.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("Kustomization", "apiVersion", "a default; `testdata/errors/wrong-api-version`"),
    ("Kustomization", "metadata.name", "names nothing but the kustomization"),
    ("Kustomization", "metadata.namespace", "likewise"),
    ("Kustomization", "metadata.labels", "likewise"),
    ("Kustomization", "metadata.annotations", "likewise"),
    (
        "Kustomization",
        "openapi.version",
        "there is one version, which is the default; `testdata/errors/openapi-version`",
    ),
    ("ConfigMapGenerator", "behavior", "`create` is what happens without it; `Kustomization` has the others"),
    ("ConfigMapGenerator", "env", "upstream reads it in the fields of a kustomization alone"),
    ("SecretGenerator", "behavior", "as that of ConfigMapGenerator"),
    ("SecretGenerator", "env", "as that of ConfigMapGenerator"),
];

/// What kubectl's kustomize (5.5.0) does not know, or does otherwise.
const TOO_NEW_FOR_KUBECTL: [&str; 4] =
    ["configuration-of-claims", "images-in-volumes", "labels-of-claims", "replacement-of-a-value"];

/// A folder of trees, and those of them that have an expected output.
struct Trees {
    folder: PathBuf,
    expected: BTreeMap<String, String>,
}

impl Trees {
    fn at(folder: &Path) -> Trees {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let expected = names.filter_map(|name| {
            let expected = fs::read_to_string(folder.join(&name).join("expected.yaml")).ok()?;
            Some((name, expected))
        });
        Trees { folder: folder.to_owned(), expected: expected.collect() }
    }

    fn all() -> [Trees; 2] {
        ["testdata/fields", "testdata/schemas"].map(|folder| Trees::at(&repository(folder)))
    }

    /// What a tree builds to; nothing where it does not build.
    fn build(&self, name: &str) -> Option<String> {
        let directory = self.folder.join(name);
        let output = Session::default().build(&BuildOptions::default(), directory.to_str().unwrap());
        output.ok().map(|output| output.yaml().to_owned())
    }

    /// The files of a tree, those of its directories too.
    fn files(&self, name: &str) -> Vec<PathBuf> {
        let folder = self.folder.join(name);
        files_below(&folder)
            .iter()
            .filter(|file| !file.ends_with("expected.yaml"))
            .map(|file| folder.join(file))
            .collect()
    }
}

#[test]
fn trees_build_to_what_is_expected() {
    for trees in Trees::all() {
        assert!(trees.expected.len() >= 5);
        for (name, expected) in &trees.expected {
            assert_eq!(trees.build(name).as_deref(), Some(expected.as_str()), "{name}");
        }
    }
}

#[test]
fn kubectl_builds_the_same() {
    if !has_kubectl() {
        return;
    }
    for trees in Trees::all() {
        for (name, expected) in trees.expected.iter().filter(|(name, _)| !TOO_NEW_FOR_KUBECTL.contains(&name.as_str()))
        {
            let output = undisturbed("kubectl").arg("kustomize").arg(trees.folder.join(name)).output().unwrap();
            let printed = text(&output.stdout).replace("kustomize-(devel)", "kustomize-v5.8.1");
            assert_eq!(&printed, expected, "{name}");
        }
    }
}

/// The documents of a file that can be asked for a kind of the table, with that kind.
fn documents(path: &Path) -> Vec<(String, Tree)> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let Ok(content) = fs::read_to_string(path) else { return Vec::new() };
    let Ok(trees) = read_resources(&Arc::new(Source::new(FileId::default(), name, &content))) else {
        return Vec::new();
    };
    let kind = |tree: &Tree| {
        let text = |field: &str| tree.get(tree.root(), field).map(|node| tree.text(node).to_owned());
        match name {
            "kustomization.yaml" => "Kustomization".to_owned(),
            "configuration.yaml" => "configuration".to_owned(),
            _ if text("apiVersion").as_deref() == Some("builtin") => text("kind").unwrap_or_default(),
            _ => String::new(),
        }
    };
    trees.into_iter().map(|tree| (kind(&tree), tree)).collect()
}

/// Takes a field out, of all entries of a list; whether it was there.
fn take_out(tree: &mut Tree, node: NodeId, path: &[&str]) -> bool {
    let [name, rest @ ..] = path else { return false };
    let (name, is_list) = name.strip_suffix("[]").map_or((*name, false), |name| (name, true));
    if !tree.is_mapping(node) {
        return false;
    }
    let entry = tree.entries(node).find(|&(key, _)| tree.text(key) == name);
    let Some((key, value)) = entry else { return false };
    if rest.is_empty() {
        tree.remove_entry(node, key);
        return true;
    }
    let nodes = if is_list { tree.items(value).collect() } else { vec![value] };
    nodes.into_iter().map(|node| take_out(tree, node, rest)).fold(false, |any, taken| any | taken)
}

/// The text of a file without a field; `None` where no document of this kind has it.
fn without(path: &Path, kind: &str, field: &str) -> Option<String> {
    let parts: Vec<&str> = field.split('.').collect();
    let mut documents = documents(path);
    let take_out = |(of, tree): &mut (String, Tree)| of == kind && take_out(tree, tree.root(), &parts);
    let taken = documents.iter_mut().map(take_out).fold(false, |any, taken| any | taken);
    taken.then(|| written(&documents))
}

fn written(documents: &[(String, Tree)]) -> String {
    let texts = documents.iter().map(|(_, tree)| {
        let mut text = String::new();
        emit(tree, tree.root(), &mut text).unwrap();
        text
    });
    texts.collect::<Vec<String>>().join("---\n")
}

impl Trees {
    /// What a tree builds to with another text in one of its files; `None` for an error.
    fn build_with(&self, name: &str, path: &Path, text: &str) -> Option<String> {
        let before = fs::read_to_string(path).unwrap();
        fs::write(path, text).unwrap();
        let built = self.build(name);
        fs::write(path, before).unwrap();
        built
    }

    /// Whether some file of a tree has the field, and whether the tree comes to something else without it.
    fn presence(&self, name: &str, kind: &str, field: &str) -> (bool, bool) {
        let files = self.files(name);
        let others = files.iter().filter_map(|path| Some((path, without(path, kind, field)?)));
        let matters: Vec<bool> = others
            .map(|(path, text)| self.build_with(name, path, &text).as_deref() != Some(self.expected[name].as_str()))
            .collect();
        (!matters.is_empty(), matters.contains(&true))
    }

    /// All trees, in copies that can be changed.
    fn copies(place: &Path) -> Vec<Trees> {
        let all = Trees::all().into_iter().map(|trees| {
            let folder = place.join(trees.folder.file_name().unwrap());
            copy(&trees.folder, &folder);
            Trees { folder, ..trees }
        });
        all.collect()
    }
}

#[test]
fn writing_a_file_anew_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for trees in Trees::copies(place.path()) {
        for (name, expected) in &trees.expected {
            for path in trees.files(name) {
                let documents = documents(&path);
                if documents.iter().any(|(kind, _)| !kind.is_empty()) {
                    let built = trees.build_with(name, &path, &written(&documents));
                    assert_eq!(built.as_ref(), Some(expected), "{}", path.display());
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 20, "{count} files");
}

#[test]
fn every_field_matters_to_some_tree() {
    let place = tempfile::tempdir().unwrap();
    let trees = Trees::copies(place.path());
    let exempt: BTreeSet<(&str, &str)> = EXEMPT.iter().map(|(kind, field, _)| (*kind, *field)).collect();
    let mut idle = Vec::new();
    for (kind, fields) in FIELDS {
        for field in fields.split_whitespace() {
            let presences: Vec<(bool, bool)> = trees
                .iter()
                .flat_map(|trees| trees.expected.keys().map(|name| trees.presence(name, kind, field)))
                .collect();
            let is_there = presences.iter().any(|(is_there, _)| *is_there);
            let matters = presences.iter().any(|(_, matters)| *matters);
            if !is_there || matters == exempt.contains(&(*kind, field)) {
                idle.push(format!("{kind}: {field} (in a tree: {is_there}, matters: {matters})"));
            }
        }
    }
    assert!(
        idle.is_empty(),
        "fields without a tree, without effect, or exempt although they have one:\n{}",
        idle.join("\n")
    );
}

#[test]
fn taking_a_field_out_leaves_the_rest() {
    let kustomization = "images: [{name: a, newTag: b}, {name: c}]\nresources: [d]\n";
    let place = directory(&[("kustomization.yaml", kustomization)]);
    let path = place.path().join("kustomization.yaml");
    let names = without(&path, "Kustomization", "images[].name").unwrap();
    assert_eq!(names, "images:\n- newTag: b\n- {}\nresources:\n- d\n");
    assert_eq!(without(&path, "Kustomization", "images[].digest"), None);
    assert_eq!(without(&path, "configuration", "images"), None);
}
