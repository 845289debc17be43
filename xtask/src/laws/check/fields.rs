//! Fields that are misspelt, repeated or deprecated, builds that fail, and comments.

use super::Plant;
use super::clean::{Clean, document};
use super::matching::transformer;

const OVERLAY: &str = "overlay/kustomization.yaml";

pub const PLANTS: [Plant; 41] = [
    Plant { code: "duplicate-key", way: "a field", plant: |tree, _| set(tree, "namePrefix", "planted-") },
    Plant {
        code: "duplicate-key",
        way: "a field in another case",
        plant: |tree, _| set(tree, "NamePrefix", "planted-"),
    },
    Plant {
        code: "duplicate-key",
        way: "a field of an entry",
        plant: |tree, _| {
            let image = tree.apps[0].image.clone();
            add(tree, "images", &format!("name: {image}\nnewTag: \"3.0\"\nnewTag: \"planted\""))
        },
    },
    Plant {
        code: "duplicate-key",
        way: "a label",
        plant: |tree, _| add(tree, "labels", "pairs:\n  team: a\n  team: planted"),
    },
    Plant {
        code: "duplicate-key",
        way: "a field of a target",
        plant: |tree, _| {
            add(
                tree,
                "patches",
                "target:\n  kind: Service\n  kind: Service # planted\npatch: |-\n  - op: add\n    path: /metadata/finalizers\n    value: []\n",
            )
        },
    },
    Plant {
        code: "duplicate-key",
        way: "a field of a generator",
        plant: |tree, _| add(tree, "configMapGenerator", "name: more\nname: planted\nliterals:\n- A=1"),
    },
    Plant {
        code: "duplicate-key",
        way: "a key of a resource",
        plant: |tree, _| file(tree, "more.yaml", &document("v1", "ConfigMap", "more", "data:\n  a: b\n  a: planted\n")),
    },
    Plant { code: "unknown-field", way: "of the kustomization", plant: |tree, _| set(tree, "plantedPrefix", "x-") },
    Plant {
        code: "unknown-field",
        way: "of an entry",
        plant: |tree, _| {
            let image = tree.apps[0].image.clone();
            add(tree, "images", &format!("name: {image}\nplantedTag: \"3.0\""))
        },
    },
    Plant { code: "unknown-field", way: "of openapi", plant: |tree, _| set(tree, "openapi", "{planted: schema.json}") },
    Plant {
        code: "unknown-field",
        way: "of a transformer",
        plant: |tree, _| {
            transformer(
                tree,
                "LabelTransformer",
                "labels:\n  team: core\nplantedSpecs:\n- path: metadata/labels\nfieldSpecs:\n- path: metadata/labels\n  create: true\n",
            )
        },
    },
    Plant {
        code: "unknown-field",
        way: "of a field spec of a transformer",
        plant: |tree, _| {
            transformer(
                tree,
                "AnnotationsTransformer",
                "annotations:\n  team: core\nfieldSpecs:\n- path: metadata/annotations\n  create: true\n  planted: Service\n",
            )
        },
    },
    Plant {
        code: "unknown-field",
        way: "of a replacement in a file",
        plant: |tree, _| {
            tree.overlay.add("replacements", "path: more.yaml");
            let text = "sourceValue: x\nplanted: y\ntargets:\n- select:\n    kind: Service\n  fieldPaths:\n  - metadata.annotations.x\n  options:\n    create: true\n";
            tree.files.insert("overlay/more.yaml".into(), text.into());
            "overlay/more.yaml".into()
        },
    },
    Plant {
        code: "unknown-field",
        way: "in the path of a configuration",
        plant: |tree, _| configuration(tree, "images:\n- path: spec/template/spec/containres/image # planted\n"),
    },
    Plant {
        code: "unknown-field",
        way: "in the kind of a configuration",
        plant: |tree, _| {
            configuration(tree, "commonAnnotations:\n- kind: Servicee # planted\n  path: spec/annotations\n")
        },
    },
    Plant {
        code: "unknown-field",
        way: "in the fields of labels",
        plant: |tree, _| {
            add(tree, "labels", "pairs:\n  team: core\nfields:\n- path: spec/template/metadta/labels # planted")
        },
    },
    Plant {
        code: "deprecated-field",
        way: "bases",
        plant: |tree, _| {
            tree.files.insert(
                "more/kustomization.yaml".into(),
                "configMapGenerator:\n- name: more\n  literals: [A=1]\n".into(),
            );
            set(tree, "bases", "[../more] # planted")
        },
    },
    Plant {
        code: "deprecated-field",
        way: "commonLabels",
        plant: |tree, _| set(tree, "commonLabels", "{team: core} # planted"),
    },
    Plant {
        code: "deprecated-field",
        way: "imageTags",
        plant: |tree, _| {
            let image = tree.apps[0].image.clone();
            set(tree, "imageTags", &format!("[{{name: {image}, newTag: \"3.0\"}}] # planted"))
        },
    },
    Plant {
        code: "deprecated-field",
        way: "patchesStrategicMerge",
        plant: |tree, _| {
            let patch = document("v1", "Service", &tree.apps[0].name, "spec:\n  type: NodePort\n");
            tree.files.insert("overlay/more.yaml".into(), patch);
            set(tree, "patchesStrategicMerge", "[more.yaml] # planted")
        },
    },
    Plant {
        code: "deprecated-field",
        way: "patchesJson6902",
        plant: |tree, _| {
            tree.files.insert("overlay/more.yaml".into(), "- op: add\n  path: /spec/type\n  value: NodePort\n".into());
            let name = tree.apps[0].name.clone();
            set(
                tree,
                "patchesJson6902",
                &format!("[{{target: {{version: v1, kind: Service, name: {name}}}, path: more.yaml}}] # planted"),
            )
        },
    },
    Plant {
        code: "deprecated-field",
        way: "vars",
        plant: |tree, _| {
            let name = tree.apps[0].name.clone();
            set(
                tree,
                "vars",
                &format!("[{{name: WHO, objref: {{apiVersion: v1, kind: Service, name: {name}}}}}] # planted"),
            )
        },
    },
    Plant {
        code: "deprecated-field",
        way: "env of a generator",
        plant: |tree, _| {
            tree.files.insert("overlay/more.env".into(), "A=1\n".into());
            add(tree, "secretGenerator", "name: more\nenv: more.env # planted")
        },
    },
    Plant { code: "build-failure", way: "a missing file", plant: |tree, _| add(tree, "resources", "planted.yaml") },
    Plant { code: "build-failure", way: "a missing directory", plant: |tree, _| add(tree, "components", "../planted") },
    Plant {
        code: "build-failure",
        way: "a source of a replacement",
        plant: |tree, _| {
            add(
                tree,
                "replacements",
                "source:\n  name: planted\ntargets:\n- select:\n    kind: Service\n  fieldPaths:\n  - metadata.name",
            )
        },
    },
    Plant {
        code: "build-failure",
        way: "a resource that is there already",
        plant: |tree, _| {
            let text = document("v1", "Service", &tree.apps[0].name, "spec:\n  ports:\n  - port: 80\n");
            tree.files.insert("base/more.yaml".into(), format!("# more\n{}", text.replacen("v1", "v1 # planted", 1)));
            // It comes last, so that it is the second one.
            tree.base.add("components", "../last");
            tree.files.insert(
                "last/kustomization.yaml".into(),
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n- more.yaml\n".into(),
            );
            let text = tree.files.remove("base/more.yaml").unwrap_or_default();
            tree.files.insert("last/more.yaml".into(), text);
            "last/more.yaml".into()
        },
    },
    Plant {
        code: "build-failure",
        way: "a value of another type",
        plant: |tree, _| set(tree, "buildMetadata", "planted"),
    },
    Plant {
        code: "build-failure",
        way: "a resource without a name",
        plant: |tree, _| file(tree, "more.yaml", "kind: ConfigMap # planted\napiVersion: v1\n"),
    },
    Plant {
        code: "invalid-comment",
        way: "an unknown rule",
        plant: |tree, _| set(tree, "# rustomize", "allow planted for a while"),
    },
    Plant {
        code: "invalid-comment",
        way: "an unknown verb",
        plant: |tree, _| set(tree, "# rustomize", "planted unmatched-image"),
    },
    Plant { code: "invalid-comment", way: "no reason", plant: |tree, _| comment(tree, "allow missing-reference") },
    Plant { code: "invalid-comment", way: "no rule", plant: |tree, _| comment(tree, "allow") },
    Plant { code: "invalid-comment", way: "nothing that is external", plant: |tree, _| comment(tree, "external") },
    Plant { code: "invalid-comment", way: "nothing at all", plant: |tree, _| comment(tree, "") },
    Plant {
        code: "unused-allow",
        way: "an image",
        plant: |tree, _| set(tree, "# rustomize", "allow unmatched-image planted"),
    },
    Plant {
        code: "unused-allow",
        way: "a deprecated field",
        plant: |tree, _| set(tree, "# rustomize", "allow deprecated-field planted"),
    },
    Plant {
        code: "unused-allow",
        way: "a reference",
        plant: |tree, _| comment(tree, "allow missing-reference because"),
    },
    Plant { code: "unused-allow", way: "an old name", plant: |tree, _| comment(tree, "allow stale-name because") },
    Plant {
        code: "unused-allow",
        way: "a selector",
        plant: |tree, _| comment(tree, "allow unmatched-selector because"),
    },
    Plant { code: "unused-allow", way: "a file", plant: |tree, _| comment(tree, "allow unused-file because") },
];

fn set(tree: &mut Clean, field: &str, value: &str) -> String {
    tree.overlay.set(field, value);
    OVERLAY.into()
}

fn add(tree: &mut Clean, field: &str, item: &str) -> String {
    tree.overlay.add(field, item);
    OVERLAY.into()
}

/// Adds a file of resources to the overlay.
fn file(tree: &mut Clean, name: &str, text: &str) -> String {
    tree.overlay.add("resources", name);
    tree.files.insert(format!("overlay/{name}"), text.into());
    format!("overlay/{name}")
}

fn configuration(tree: &mut Clean, text: &str) -> String {
    tree.overlay.add("configurations", "more.yaml");
    tree.files.insert("overlay/more.yaml".into(), text.into());
    "overlay/more.yaml".into()
}

/// Adds a ConfigMap with a comment behind one of its values.
fn comment(tree: &mut Clean, words: &str) -> String {
    let data = format!("data:\n  planted: x # rustomize: {words}\n");
    file(tree, "more.yaml", &document("v1", "ConfigMap", "more", &data))
}
