//! Settings that match nothing.

use super::Plant;
use super::clean::{Clean, document};

const OVERLAY: &str = "overlay/kustomization.yaml";
const BASE: &str = "base/kustomization.yaml";

/// Operations that fit anything.
const OPERATIONS: &str = "patch: |-\n  - op: add\n    path: /metadata/finalizers\n    value: []\n";

pub const PLANTS: [Plant; 33] = [
    Plant {
        code: "unmatched-patch",
        way: "a target by name",
        plant: |tree, _| target(tree, "kind: Service\nname: planted"),
    },
    Plant {
        code: "unmatched-patch",
        way: "a target by kind",
        plant: |tree, _| target(tree, "kind: Xplanted\nname: .*"),
    },
    Plant {
        code: "unmatched-patch",
        way: "a target by labels",
        plant: |tree, _| target(tree, "kind: Service\nlabelSelector: app=planted"),
    },
    Plant {
        code: "unmatched-patch",
        way: "a target by annotations",
        plant: |tree, _| target(tree, "annotationSelector: planted"),
    },
    Plant {
        code: "unmatched-patch",
        way: "a target by namespace",
        plant: |tree, _| target(tree, "namespace: planted\nkind: Service"),
    },
    Plant {
        code: "unmatched-patch",
        way: "a merge patch in a file",
        plant: |tree, _| {
            tree.overlay.add("patches", "path: extra.yaml\n");
            tree.files.insert("overlay/extra.yaml".into(), merge_patch());
            "overlay/extra.yaml".into()
        },
    },
    Plant {
        code: "unmatched-patch",
        way: "a merge patch in the kustomization",
        plant: |tree, _| {
            tree.overlay.add("patches", format!("patch: |-\n  {}", merge_patch().trim_end().replace('\n', "\n  ")));
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-patch",
        way: "a transformer",
        plant: |tree, _| transformer(tree, "PatchTransformer", &format!("target:\n  name: planted\n{OPERATIONS}")),
    },
    Plant {
        code: "unmatched-image",
        way: "a misspelt name",
        plant: |tree, _| {
            tree.overlay.add("images", "name: planted\nnewTag: \"3.0\"\n");
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-image",
        way: "another registry",
        plant: |tree, _| {
            let image = format!("name: mirror.example.com/{} # planted\nnewTag: \"3.0\"\n", tree.apps[0].name);
            tree.overlay.add("images", image);
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-image",
        way: "in the base",
        plant: |tree, _| {
            tree.base.add("images", "name: planted\nnewName: other\n");
            BASE.into()
        },
    },
    Plant {
        code: "unmatched-image",
        way: "a digest",
        plant: |tree, _| {
            tree.overlay.add("images", format!("digest: sha256:{}\nname: planted\n", "0".repeat(64)));
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-image",
        way: "a name that another entry has changed",
        plant: |tree, _| {
            let image = tree.apps[0].image.clone();
            tree.overlay.add("images", format!("name: {image}\nnewName: moved.example.com/app\n"));
            tree.overlay.add("images", format!("name: {image} # planted\nnewTag: \"3.0\"\n"));
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-image",
        way: "a transformer",
        plant: |tree, _| transformer(tree, "ImageTagTransformer", "imageTag:\n  name: planted\n  newTag: \"3.0\"\n"),
    },
    Plant {
        code: "unmatched-replacement",
        way: "a target by name",
        plant: |tree, _| replacement(tree, "name: planted"),
    },
    Plant {
        code: "unmatched-replacement",
        way: "a target by kind",
        plant: |tree, _| replacement(tree, "kind: Xplanted"),
    },
    Plant {
        code: "unmatched-replacement",
        way: "a target by namespace",
        plant: |tree, _| replacement(tree, "kind: Service\nnamespace: planted"),
    },
    Plant {
        code: "unmatched-replacement",
        way: "a target by labels",
        plant: |tree, _| replacement(tree, "labelSelector: app=planted"),
    },
    Plant {
        code: "unmatched-replacement",
        way: "a target that is rejected",
        plant: |tree, _| {
            let select = "sourceValue: x\ntargets:\n- select:\n    kind: Service # planted\n  reject:\n  - kind: Service\n  fieldPaths:\n  - metadata.annotations.x\n";
            tree.overlay.add("replacements", select);
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-replacement",
        way: "in a file",
        plant: |tree, _| {
            tree.overlay.add("replacements", "path: more.yaml\n");
            tree.files.insert("overlay/more.yaml".into(), replacement_text("name: planted"));
            "overlay/more.yaml".into()
        },
    },
    Plant {
        code: "unmatched-replacement",
        way: "a transformer",
        plant: |tree, _| {
            let item = replacement_text("name: planted").trim_end().replace('\n', "\n  ");
            transformer(tree, "ReplacementTransformer", &format!("replacements:\n- {item}\n"))
        },
    },
    Plant {
        code: "unmatched-generator",
        way: "a ConfigMap to merge into",
        plant: |tree, _| generator(tree, "configMapGenerator", "merge"),
    },
    Plant {
        code: "unmatched-generator",
        way: "a ConfigMap to replace",
        plant: |tree, _| generator(tree, "configMapGenerator", "replace"),
    },
    Plant {
        code: "unmatched-generator",
        way: "a Secret to merge into",
        plant: |tree, _| generator(tree, "secretGenerator", "merge"),
    },
    Plant {
        code: "unmatched-generator",
        way: "a Secret to replace",
        plant: |tree, _| generator(tree, "secretGenerator", "replace"),
    },
    Plant {
        code: "unmatched-generator",
        way: "another namespace",
        plant: |tree, _| {
            tree.base.add("configMapGenerator", "name: planted\nliterals:\n- A=1\n");
            tree.overlay
                .add("configMapGenerator", "name: planted\nnamespace: elsewhere\nbehavior: merge\nliterals:\n- A=2\n");
            OVERLAY.into()
        },
    },
    Plant {
        code: "unmatched-generator",
        way: "in the base",
        plant: |tree, _| {
            tree.base.add("secretGenerator", "name: planted\nbehavior: merge\nliterals:\n- A=2\n");
            BASE.into()
        },
    },
    Plant { code: "unmatched-replica", way: "a misspelt name", plant: |tree, _| replica(tree, "planted") },
    Plant {
        code: "unmatched-replica",
        way: "a name with the prefix twice",
        plant: |tree, _| {
            let name = format!("{0}{0}{1} # planted", tree.prefix, tree.apps[0].name);
            replica(tree, &name)
        },
    },
    Plant {
        code: "unmatched-replica",
        way: "a ConfigMap",
        plant: |tree, _| {
            tree.apps[0].others.push(document("v1", "ConfigMap", "planted", "data:\n  a: b\n"));
            replica(tree, "planted")
        },
    },
    Plant {
        code: "unmatched-replica",
        way: "a Service",
        plant: |tree, _| {
            tree.apps[0].others.push(document("v1", "Service", "planted", "spec:\n  ports:\n  - port: 80\n"));
            replica(tree, "planted")
        },
    },
    Plant {
        code: "unmatched-replica",
        way: "in the base",
        plant: |tree, _| {
            tree.base.add("replicas", "name: planted\ncount: 2\n");
            BASE.into()
        },
    },
    Plant {
        code: "unmatched-replica",
        way: "a transformer",
        plant: |tree, _| {
            let specs = "fieldSpecs:\n- path: spec/replicas\n  kind: Deployment\n  create: true\n";
            transformer(tree, "ReplicaCountTransformer", &format!("replica:\n  name: planted\n  count: 2\n{specs}"))
        },
    },
];

fn target(tree: &mut Clean, target: &str) -> String {
    tree.overlay.add("patches", format!("target:\n  {}\n{OPERATIONS}", target.replace('\n', "\n  ")));
    OVERLAY.into()
}

fn merge_patch() -> String {
    "apiVersion: v1 # planted\nkind: Service\nmetadata:\n  name: nobody\nspec:\n  type: NodePort\n".to_owned()
}

fn replacement_text(select: &str) -> String {
    let select = select.replace('\n', "\n    ");
    format!(
        "sourceValue: x\ntargets:\n- select:\n    {select}\n  fieldPaths:\n  - metadata.annotations.x\n  options:\n    create: true\n"
    )
}

fn replacement(tree: &mut Clean, select: &str) -> String {
    tree.overlay.add("replacements", replacement_text(select));
    OVERLAY.into()
}

fn generator(tree: &mut Clean, field: &str, behavior: &str) -> String {
    tree.overlay.add(field, format!("name: planted\nbehavior: {behavior}\nliterals:\n- A=2\n"));
    OVERLAY.into()
}

fn replica(tree: &mut Clean, name: &str) -> String {
    tree.overlay.add("replicas", format!("count: 2\nname: {name}\n"));
    OVERLAY.into()
}

/// Adds a transformer with a file of its own.
pub fn transformer(tree: &mut Clean, kind: &str, settings: &str) -> String {
    tree.overlay.add("transformers", "more.yaml");
    tree.files.insert("overlay/more.yaml".into(), document("builtin", kind, "more", settings));
    "overlay/more.yaml".into()
}
