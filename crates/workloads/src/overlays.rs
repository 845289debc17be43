//! Overlays: one, many beside each other, many over each other.

use crate::apps::{base, overlay};
use crate::{HEAD, Workload, thousands};

/// One ConfigMap under one overlay.
pub fn smallest() -> Workload {
    let mut workload =
        Workload { about: "smallest overlay".into(), builds: vec!["overlay".into()], ..Workload::default() };
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  LOG_LEVEL: info\n";
    workload.file("base/settings.yaml", resource);
    workload.file("base/kustomization.yaml", format!("{HEAD}resources:\n- settings.yaml\n"));
    workload.file("overlay/kustomization.yaml", format!("{HEAD}namePrefix: dev-\nresources:\n- ../base\n"));
    workload
}

/// Overlays over one base of ten applications, to be built one by one.
pub fn beside(count: usize) -> Workload {
    let about = format!("{} overlays over one base, one by one", thousands(count));
    let mut workload = Workload { about, ..Workload::default() };
    base(&mut workload, "base", 10);
    for number in 0..count {
        let directory = format!("overlays/o{number:03}");
        workload.file(format!("{directory}/kustomization.yaml"), overlay("../../base", number));
        workload.builds.push(directory);
    }
    workload
}

/// The same, in one build.
pub fn shared(count: usize) -> Workload {
    let mut workload = beside(count);
    workload.about = format!("one base used by {} overlays of one build", thousands(count));
    let names: String = (0..count).map(|number| format!("- ../overlays/o{number:03}\n")).collect();
    workload.file("all/kustomization.yaml", format!("{HEAD}resources:\n{names}"));
    workload.builds = vec!["all".into()];
    workload
}

/// Overlays, each over the one before, over ten applications.
pub fn layers(depth: usize) -> Workload {
    let about = format!("{depth} layers over 10 apps");
    let mut workload = Workload { about, ..Workload::default() };
    base(&mut workload, "base", 10);
    let mut below = "../base".to_owned();
    for layer in 1..=depth {
        let text = format!(
            r#"{HEAD}resources:
- {below}
namePrefix: l{layer}-
commonAnnotations:
  example.com/layer-{layer}: "yes"
labels:
- pairs:
    layer-{layer}: "on"
  includeTemplates: true
patches:
- target:
    kind: Deployment
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: any
    spec:
      template:
        spec:
          containers:
          - name: server
            env:
            - name: LAYER_{layer}
              value: "{layer}"
"#
        );
        workload.file(format!("layer-{layer:03}/kustomization.yaml"), text);
        below = format!("../layer-{layer:03}");
    }
    workload.builds = vec![below.replace("../", "")];
    workload
}
