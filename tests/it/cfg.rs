//! `rustomize cfg` on the folder `testdata/manifests`.

use crate::program::{command, directory, piped, repository, rustomize, text};

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = rustomize(&repository("testdata"), &[&["cfg"], arguments].concat());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
    text(&output.stdout).to_owned()
}

/// What comes out when a text comes in.
fn filtered(arguments: &[&str], input: &str) -> String {
    let command = command(&repository("testdata"), &[&["cfg"], arguments].concat());
    text(&piped(command, input).stdout).to_owned()
}

const BACKUP: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: backup
spec:
  template:
    spec:
      containers:
      - name: backup
        image: backup:1
        resources:
          limits: {memory: 512Mi}
";

/// With its fields and containers in order and lists as go-yaml has them; a comment goes with the line below it.
const WEB: &str = "\
apiVersion: apps/v1
# the web tier
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: proxy
        image: \"proxy:3\"
      # the last by name
      - name: web
        image: web:1.2 # pinned
        ports:
        - containerPort: 80
";

#[test]
fn cat_arranges_fields_and_keeps_comments() {
    assert_eq!(printed(&["cat", "manifests", "-R=false"]), format!("{BACKUP}---\n{WEB}"));
    let bare = printed(&["cat", "manifests/web.yaml", "--strip-comments"]);
    let expected: Vec<&str> = WEB.lines().filter(|line| !line.trim().starts_with('#')).collect();
    assert_eq!(bare, expected.join("\n").replace(" # pinned", "") + "\n");
    let as_written = printed(&["cat", "manifests/web.yaml", "--format=false"]);
    let header = filtered(&["cat"], "# who may copy it\n\n# a\nkind: A\napiVersion: v1\n");
    assert_eq!(header, "# who may copy it\n\napiVersion: v1\n# a\nkind: A\n");
    assert!(as_written.starts_with("# the web tier\nkind: Deployment\napiVersion: apps/v1\n"), "{as_written}");
}

#[test]
fn cat_goes_into_packages_and_passes_over_what_is_ignored() {
    let all = printed(&["cat", "manifests"]);
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cache\ndata:\n  a: '1'\n  b: \"2\"\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: cache\n";
    assert_eq!(all, format!("{BACKUP}---\n{WEB}---\n{config}---\n{service}"));
}

#[test]
fn cat_knows_what_is_local() {
    let local = printed(&["cat", "manifests/web.yaml", "--include-local", "--exclude-non-local"]);
    let expected = "apiVersion: example.com/v1\n# only for tools\nkind: Settings\nmetadata: {name: tools, annotations: {config.kubernetes.io/local-config: \"true\"}}\n";
    assert_eq!(local, expected);
}

#[test]
fn cat_annotates_and_wraps() {
    let annotated = printed(&["cat", "manifests/jobs", "--annotate"]);
    let annotations = "  annotations:\n    config.kubernetes.io/index: '0'\n    config.kubernetes.io/path: 'backup.yml'\n    internal.config.kubernetes.io/index: '0'\n    internal.config.kubernetes.io/path: 'backup.yml'\n";
    assert_eq!(annotated, BACKUP.replace("  name: backup\nspec", &format!("  name: backup\n{annotations}spec")));
    let list = filtered(
        &["cat", "--wrap-kind", "ResourceList", "--wrap-version=config.kubernetes.io/v1"],
        "kind: A\n---\nkind: B\n",
    );
    assert_eq!(list, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- kind: A\n- kind: B\n");
    let unwrapped = filtered(&["cat"], "kind: List\nitems:\n- kind: A # one\n- kind: B\n");
    assert_eq!(unwrapped, "kind: A # one\n---\nkind: B\n");
    assert_eq!(filtered(&["cat", "--style=FlowStyle"], "kind: A\nspec: [1]\n"), "{kind: A, spec: [1]}\n");
}

#[test]
fn cat_writes_to_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.yaml");
    assert_eq!(printed(&["cat", "manifests/jobs", "--dest", file.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), BACKUP);
}

#[test]
fn count_counts_each_package() {
    let counts = printed(&["count", "manifests"]);
    assert_eq!(
        counts,
        "manifests/\nDeployment: 1\nJob: 1\nSettings: 1\n\nmanifests/cache/\nConfigMap: 1\nService: 1\n"
    );
    assert_eq!(printed(&["count", "manifests", "--kind=false", "-R=false"]), "manifests/\n3\n");
    assert_eq!(filtered(&["count"], "kind: B\n---\nkind: A\n---\nkind: B\n"), "A: 1\nB: 2\n");
}

#[test]
fn grep_finds_values_patterns_and_amounts() {
    let names = |arguments: &[&str]| {
        let found = printed(&[&["grep"], arguments, &["manifests", "-R=false"]].concat());
        let names = found.lines().filter_map(|line| line.trim().strip_prefix("config.kubernetes.io/path: "));
        names.map(|name| name.trim_matches('\'').to_owned()).collect::<Vec<_>>()
    };
    let (job, web) = ("jobs/backup.yml", "web.yaml");
    assert_eq!(names(&["kind=Deployment"]), [web]);
    assert_eq!(names(&["metadata.name=^(web|backup)$"]), [job, web]);
    assert_eq!(names(&["metadata.name=(?i)^WEB$"]), [web], "as Go reads patterns");
    assert_eq!(names(&["spec.replicas>=3"]), [web]);
    assert_eq!(names(&["spec.replicas>3"]), [] as [&str; 0]);
    assert_eq!(names(&["spec.replicas"]), [web], "the field alone");
    assert_eq!(names(&["spec.template.spec.containers[name=.*].resources.limits.memory<1Gi"]), [job]);
    assert_eq!(names(&["spec.template.spec.containers[name=web].image=^web:1"]), [web]);
    let local =
        printed(&["grep", "metadata.annotations.config\\.kubernetes\\.io/local-config=true", "manifests/web.yaml"]);
    assert!(local.starts_with("# only for tools\nkind: Settings\n"), "{local}");
    let others = printed(&["grep", "kind=Deployment", "manifests", "-R=false", "--invert-match"]);
    assert!(others.contains("kind: Job") && others.contains("kind: Settings") && !others.contains("kind: Deployment"));
}

#[test]
fn grep_tells_the_file_unless_it_shall_not() {
    let found = printed(&["grep", "kind=Job", "manifests/jobs"]);
    assert!(
        found.contains("    config.kubernetes.io/index: '0'\n    config.kubernetes.io/path: 'backup.yml'\n"),
        "{found}"
    );
    let found = printed(&["grep", "kind=Job", "manifests/jobs", "--annotate=false"]);
    assert!(!found.contains("/index:") && found.contains("    config.kubernetes.io/path: 'backup.yml'\n"), "{found}");
    assert_eq!(filtered(&["grep", "kind=B", "--annotate=false"], "kind: A\n---\nkind: B # it\n"), "kind: B # it\n");
}

#[test]
fn tree_shows_folders_and_fields() {
    let tree = printed(&["tree", "manifests", "--image", "--replicas"]);
    let expected = "\
manifests
├── [web.yaml]  Deployment shop/web
│   ├── spec.replicas: 3
│   └── spec.template.spec.containers
│       ├── 0
│       │   └── image: proxy:3
│       └── 1
│           └── image: web:1.2
├── Pkg: cache
│   ├── [service.yaml]  Service cache
│   └── deep
│       └── [config.yaml]  ConfigMap cache
└── jobs
    └── [backup.yml]  Job backup
        └── spec.template.spec.containers
            └── 0
                └── image: backup:1
";
    assert_eq!(tree, expected);
    let most = printed(&["tree", "manifests/jobs", "--all", "--image=false", "--field=metadata.name"]);
    let expected = "\
manifests/jobs
└── [backup.yml]  Job backup
    ├── metadata.name: backup
    └── spec.template.spec.containers
        └── 0
            ├── name: backup
            └── resources: {limits: {memory: 512Mi}}
";
    assert_eq!(most, expected);
}

#[test]
fn tree_shows_owners() {
    let owned = |name: &str, owner: &str| {
        format!("kind: Pod\nmetadata:\n  name: {name}\n  ownerReferences:\n  - kind: ReplicaSet\n    name: {owner}\n")
    };
    let set = "kind: ReplicaSet\nmetadata:\n  name: web\n";
    let input = [owned("web-2", "web"), set.to_owned(), owned("web-1", "web")].join("---\n");
    let expected = "\
.
└── [Resource]  ReplicaSet web
    ├── [Resource]  Pod web-1
    └── [Resource]  Pod web-2
";
    assert_eq!(filtered(&["tree", "-"], &input), expected);
    assert_eq!(filtered(&["tree", "-"], &owned("web-1", "gone")), "", "an owner that is not there is an error");
}

#[test]
fn what_cannot_be_read_is_an_error_and_prints_nothing() {
    let directory = directory(&[("a.yaml", "kind: A\n"), ("b.yaml", "kind: B\n  x: [\n")]);
    for arguments in [
        &["cat", "."][..],
        &["count", "."],
        &["grep", "kind=A", "."],
        &["tree"],
        &["cat", "none"],
        &["bogus"],
        &["grep"],
    ] {
        let output = rustomize(directory.path(), &[&["cfg"], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{arguments:?}");
    }
    let output = rustomize(directory.path(), &["cfg", "cat", "."]);
    assert!(text(&output.stderr).contains("b.yaml:2"), "{}", text(&output.stderr));
    let help = rustomize(directory.path(), &["cfg"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("Usage: rustomize cfg"));
}
