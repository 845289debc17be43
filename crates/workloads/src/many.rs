//! Kustomizations in which there are thousands of one thing, each of which is about a resource of its own.

use crate::apps::app_name;
use crate::{HEAD, Workload, thousands};

/// A Deployment in which `line` is an item of the arguments.
fn deployment(number: usize, line: &str) -> String {
    let name = app_name(number);
    format!(
        r"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
      - name: server
        image: registry.example.com/shop/{name}:1.0.0
        args:
        - {line}
        ports:
        - containerPort: 8080
          name: http
"
    )
}

/// What stands before the first and between any two resources of a file.
const NEXT: &str = "---\n";

fn in_one_kustomization(about: String, resources: String, rest: &str) -> Workload {
    let mut workload = Workload { about, builds: vec!["all".into()], ..Workload::default() };
    workload.file("all/resources.yaml", resources);
    workload.file("all/kustomization.yaml", format!("{HEAD}resources:\n- resources.yaml\n{rest}"));
    workload
}

/// Strategic merge patches, each for a Deployment of its own; every second one has a file of its own.
pub fn patches(count: usize) -> Workload {
    let mut resources = String::new();
    let mut entries = "patches:\n".to_owned();
    let mut files = Vec::new();
    for number in 0..count {
        resources += NEXT;
        resources += &deployment(number, "--verbose");
        let lines = [
            "apiVersion: apps/v1".to_owned(),
            "kind: Deployment".to_owned(),
            "metadata:".to_owned(),
            format!("  name: {}", app_name(number)),
            "spec:".to_owned(),
            format!("  replicas: {}", number % 7),
            "  template:".to_owned(),
            "    spec:".to_owned(),
            "      containers:".to_owned(),
            "      - name: server".to_owned(),
            format!("        env: [{{name: NUMBER, value: \"{number}\"}}]"),
            "      - name: sidecar".to_owned(),
            "        image: registry.example.com/shop/sidecar:2".to_owned(),
        ];
        if number % 2 == 0 {
            entries += "- patch: |-\n";
            lines.iter().for_each(|line| entries += &format!("    {line}\n"));
        } else {
            entries += &format!("- path: patches/{}.yaml\n", app_name(number));
            files.push((format!("all/patches/{}.yaml", app_name(number)), lines.join("\n") + "\n"));
        }
    }
    let about = format!("{} strategic merge patches", thousands(count));
    let mut workload = in_one_kustomization(about, resources, &entries);
    workload.files.extend(files);
    workload
}

/// Replacements, each from a ConfigMap of its own into two fields of a Deployment of its own.
pub fn replacements(count: usize) -> Workload {
    let mut resources = String::new();
    let mut entries = "replacements:\n".to_owned();
    for number in 0..count {
        let name = app_name(number);
        resources += NEXT;
        resources += &deployment(number, "replaced");
        resources += &format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-settings\ndata:\n  listen: :{}\n  tag: 1.{number}\n",
            8000 + number
        );
        entries += &format!(
            r"- source:
    kind: ConfigMap
    name: {name}-settings
    fieldPath: data.listen
  targets:
  - select:
      kind: Deployment
      name: {name}
    fieldPaths:
    - spec.template.spec.containers.[name=server].args.0
    - metadata.annotations.listen
    options:
      create: true
"
        );
    }
    let about = format!("{} replacements", thousands(count));
    in_one_kustomization(about, resources, &entries)
}

/// Vars, each of a Service of its own, used in a Deployment of its own.
pub fn vars(count: usize) -> Workload {
    let mut resources = String::new();
    let mut entries = "namePrefix: dev-\nvars:\n".to_owned();
    for number in 0..count {
        let name = app_name(number);
        resources += NEXT;
        resources += &deployment(number, &format!("--peer=$(PEER_{number}):80"));
        resources +=
            &format!("---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  ports:\n  - port: 80\n");
        entries +=
            &format!("- name: PEER_{number}\n  objref:\n    apiVersion: v1\n    kind: Service\n    name: {name}\n");
    }
    let about = format!("{} vars", thousands(count));
    in_one_kustomization(about, resources, &entries)
}

/// A patch of a Service's ports, which merge by port and protocol: half of the patch's are new.
pub fn ports(count: usize) -> Workload {
    let service =
        |ports: String| format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: wide\nspec:\n  ports:\n{ports}");
    let port = |number: usize, rest: &str| format!("  - port: {}\n    protocol: TCP\n{rest}", 1 + number);
    let there: String = (0..count).map(|number| port(number, &format!("    name: port-{number}\n"))).collect();
    let patched: String =
        (0..count).map(|number| port(count / 2 + number, &format!("    targetPort: {}\n", 10_000 + number))).collect();
    let about = format!("a patch of a list of {} ports", thousands(count));
    let mut workload = in_one_kustomization(about, service(there), "patches:\n- path: patch.yaml\n");
    workload.file("all/patch.yaml", service(patched));
    workload
}
