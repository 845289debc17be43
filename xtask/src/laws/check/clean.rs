//! Trees without a fault: applications in a base, an overlay that changes them, and what usually lies beside them.

use std::collections::BTreeMap;

use crate::trees::rng::Rng;

/// A kustomization in the making: its fields in order, each with a text or with items of a list.
#[derive(Clone, Default)]
pub struct Kustomization(Vec<(String, Vec<String>)>);

impl Kustomization {
    /// Sets a field to a text.
    pub fn set(&mut self, field: &str, value: &str) {
        self.0.push((format!("{field}: {value}"), Vec::new()));
    }

    /// Adds an item to a list; its lines go on below its first one.
    pub fn add(&mut self, field: &str, item: impl Into<String>) {
        match self.0.iter_mut().find(|(name, _)| name == field) {
            Some((_, items)) => items.push(item.into()),
            None => self.0.push((field.to_owned(), vec![item.into()])),
        }
    }

    fn print(&self, rng: &mut Rng) -> String {
        let mut text = String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
        for (field, items) in &self.0 {
            if rng.chance(20) {
                text.push_str("\n# What follows is meant.\n");
            }
            match items.as_slice() {
                [] => text.push_str(&format!("{field}\n")),
                items => {
                    text.push_str(&format!("{field}:\n"));
                    for item in items {
                        text.push_str(&format!("- {}\n", item.trim_end().replace('\n', "\n  ")));
                    }
                }
            }
        }
        text
    }
}

/// An application.
#[derive(Clone)]
pub struct App {
    pub name: String,
    /// The kind of its workload.
    pub kind: &'static str,
    /// The name of its image, without a tag.
    pub image: String,
    /// The lines of its container, which more can be added to: eight blanks before each.
    pub container: Vec<String>,
    /// The lines of its pod, beside the container: six blanks before each.
    pub pod: Vec<String>,
    /// What else it has: documents.
    pub others: Vec<String>,
}

/// A tree, before it is written.
#[derive(Clone)]
pub struct Clean {
    pub apps: Vec<App>,
    pub base: Kustomization,
    pub overlay: Kustomization,
    /// Files beside the kustomizations and the applications.
    pub files: BTreeMap<String, String>,
    /// The namespace that the overlay sets.
    pub namespace: String,
    /// The prefix that the overlay sets, if it does.
    pub prefix: String,
    is_split: bool,
    printing: Rng,
}

const NAMES: [&str; 12] = [
    "shop", "orders", "cart", "mailer", "search", "billing", "ledger", "gateway", "profile", "media", "audit", "stock",
];

/// The tree of a number.
pub fn tree(seed: u64, number: usize) -> Clean {
    let mut rng = Rng::new(seed.wrapping_mul(1_000_003) + number as u64);
    let mut names = NAMES.to_vec();
    rng.shuffle(&mut names);
    let count = rng.range(1, 4);
    let mut clean = Clean {
        apps: Vec::new(),
        base: Kustomization::default(),
        overlay: Kustomization::default(),
        files: BTreeMap::new(),
        namespace: rng.word(&["staging", "production", "team-a"]),
        prefix: rng.word(&["stage-", "prod-", "x1-"]),
        is_split: rng.chance(50),
        printing: Rng::new(rng.next()),
    };
    for name in &names[..count] {
        let app = clean.app(name, &mut rng);
        clean.apps.push(app);
    }
    clean.common(&mut rng);
    clean.overlay(&mut rng);
    clean.usual_files(&mut rng);
    clean
}

impl Clean {
    fn app(&mut self, name: &str, rng: &mut Rng) -> App {
        let kind = *rng.pick(&["Deployment", "Deployment", "StatefulSet", "DaemonSet"]);
        let registry = rng.word(&["registry.example.com/", "docker.io/library/", ""]);
        let mut app = App {
            name: name.to_owned(),
            kind,
            image: format!("{registry}{name}"),
            container: Vec::new(),
            pod: vec![format!("serviceAccountName: {name}")],
            others: vec![
                document(
                    "v1",
                    "Service",
                    name,
                    &format!("spec:\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 8080\n"),
                ),
                document("v1", "ServiceAccount", name, ""),
            ],
        };
        self.settings(&mut app, rng);
        self.secret(&mut app, rng);
        if rng.chance(40) {
            app.pod.push(format!("volumes:\n- name: data\n  persistentVolumeClaim:\n    claimName: {name}-data"));
            app.others.push(document("v1", "PersistentVolumeClaim", &format!("{name}-data"), CLAIM));
        }
        if rng.chance(40) {
            let spec = format!("spec:\n  minAvailable: 1\n  selector:\n    matchLabels:\n      app: {name}\n");
            app.others.push(document("policy/v1", "PodDisruptionBudget", name, &spec));
        }
        if rng.chance(30) {
            let spec = format!(
                "spec:\n  podSelector:\n    matchExpressions:\n    - key: app\n      operator: In\n      values: [{name}]\n  policyTypes:\n  - Ingress\n"
            );
            app.others.push(document("networking.k8s.io/v1", "NetworkPolicy", name, &spec));
        }
        if rng.chance(40) {
            app.others.push(ingress(name, rng.chance(50)));
        }
        if rng.chance(30) {
            app.others.push(document(
                "rbac.authorization.k8s.io/v1",
                "Role",
                name,
                "rules:\n- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [get]\n",
            ));
            app.others.push(document("rbac.authorization.k8s.io/v1", "RoleBinding", name, &format!(
                "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: {name}\nsubjects:\n- kind: ServiceAccount\n  name: {name}\n"
            )));
        }
        if kind == "Deployment" && rng.chance(30) {
            let spec = format!(
                "spec:\n  maxReplicas: 5\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: {name}\n"
            );
            app.others.push(document("autoscaling/v2", "HorizontalPodAutoscaler", name, &spec));
        }
        app
    }

    /// Settings in a ConfigMap, generated or written, that the container reads in one of several ways.
    fn settings(&mut self, app: &mut App, rng: &mut Rng) {
        let name = format!("{}-settings", app.name);
        if rng.chance(60) {
            self.base.add("configMapGenerator", format!("name: {name}\nliterals:\n- LEVEL=info\n- APP={}\n", app.name));
        } else {
            app.others.push(document(
                "v1",
                "ConfigMap",
                &name,
                &format!("data:\n  LEVEL: info\n  APP: {}\n", app.name),
            ));
        }
        app.container.push(match rng.below(3) {
            0 => format!("envFrom:\n- configMapRef:\n    name: {name}"),
            1 => format!(
                "env:\n- name: LEVEL\n  valueFrom:\n    configMapKeyRef:\n      name: {name}\n      key: LEVEL\n- name: APP\n  value: {}",
                app.name
            ),
            _ => format!("envFrom:\n- prefix: A_\n  configMapRef:\n    name: {name}\n- secretRef:\n    name: extra\n    optional: true"),
        });
    }

    /// A Secret: generated, sealed, promised by an operator, or declared to come from elsewhere.
    fn secret(&mut self, app: &mut App, rng: &mut Rng) {
        let name = format!("{}-login", app.name);
        let mut comment = String::new();
        match rng.below(4) {
            0 => self.base.add("secretGenerator", format!("name: {name}\nliterals:\n- password=opensesame\n")),
            1 => app.others.push(document("v1", "Secret", &name, "stringData:\n  password: opensesame\n")),
            _ => comment = format!(" # rustomize: external Secret/*{name} the platform makes it"),
        }
        app.pod.push(format!("imagePullSecrets:\n- name: {name}{comment}"));
    }

    /// What the base says of all of its applications.
    fn common(&mut self, rng: &mut Rng) {
        if rng.chance(40) {
            self.base.add("labels", "includeSelectors: true\npairs:\n  suite: stores\n");
        }
        if rng.chance(30) {
            self.base.add("resources", "certificate.yaml");
            let certificate = document(
                "cert-manager.io/v1",
                "Certificate",
                "front",
                "spec:\n  secretName: front-tls\n  dnsNames:\n  - front.example.com\n  issuerRef:\n    name: public\n",
            );
            self.files.insert("base/certificate.yaml".into(), certificate);
        }
    }

    fn overlay(&mut self, rng: &mut Rng) {
        self.overlay.add("resources", "../base");
        self.overlay.set("namespace", &self.namespace.clone());
        self.overlay.set("namePrefix", &self.prefix.clone());
        if rng.chance(50) {
            self.overlay.add("labels", "includeSelectors: true\npairs:\n  environment: live\n");
        }
        if rng.chance(30) {
            self.overlay.add("labels", "includeTemplates: true\npairs:\n  app.kubernetes.io/version: \"2.0\"\n");
        }
        let app = rng.pick(&self.apps).clone();
        let App { name, kind, image, .. } = &app;
        if rng.chance(60) {
            self.overlay.add("images", format!("name: {image}\nnewTag: \"2.0\"\n"));
        }
        if rng.chance(40) && *kind != "DaemonSet" {
            self.overlay.add("replicas", format!("name: {name}\ncount: 3\n"));
        }
        if rng.chance(60) {
            self.patch(&app, rng);
        }
        if rng.chance(30) {
            self.overlay.add("replacements", format!(
                "source:\n  kind: Service\n  name: {name}\n  fieldPath: spec.ports.0.port\ntargets:\n- select:\n    kind: {kind}\n    name: {name}\n  fieldPaths:\n  - spec.template.spec.containers.0.ports.0.containerPort\n"
            ));
        }
        if rng.chance(30) {
            self.overlay.add("components", "../component");
            let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n- quota.yaml\n";
            self.files.insert("component/kustomization.yaml".into(), component.into());
            let quota = document("v1", "ResourceQuota", "limits", "spec:\n  hard:\n    pods: \"20\"\n");
            self.files.insert("component/quota.yaml".into(), quota);
        }
        if rng.chance(30) {
            self.overlay.add("configMapGenerator", "name: flags\nenvs:\n- flags.env\n");
            self.files.insert("overlay/flags.env".into(), "FAST=yes\n".into());
        }
    }

    fn patch(&mut self, app: &App, rng: &mut Rng) {
        let App { name, kind, .. } = app;
        let merge = format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n      - name: main\n        args: [\"--verbose\"]\n"
        );
        match rng.below(3) {
            0 => {
                self.overlay.add("patches", "path: verbose.yaml\n");
                self.files.insert("overlay/verbose.yaml".into(), merge);
            }
            1 => self.overlay.add("patches", format!("patch: |-\n  {}", merge.trim_end().replace('\n', "\n  "))),
            _ => self.overlay.add("patches", format!(
                "target:\n  kind: {kind}\n  name: {name}\npatch: |-\n  - op: add\n    path: /spec/template/spec/priorityClassName\n    value: high\n"
            )),
        }
    }

    /// What is usual beside kustomizations, and no fault.
    fn usual_files(&mut self, rng: &mut Rng) {
        let usual = [
            ("README.md", "# The stores\n"),
            ("base/.gitkeep", ""),
            ("overlay/scripts/deploy.sh", "kubectl apply -k .\n"),
            ("overlay/values.yaml", "replicas: 3\n"),
            ("overlay/NOTES.txt", "Ask before you change it.\n"),
            ("base/docs/example.yaml", "kind: Example\n"),
            ("base/charts/redis/Chart.yaml", "name: redis\n"),
            ("overlay/.sops.yaml", "creation_rules: []\n"),
            ("overlay/login.enc.yaml", "data: ENC[AES256]\n"),
            ("overlay/application.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"),
        ];
        for (path, text) in usual.iter().filter(|_| rng.chance(25)) {
            self.files.insert((*path).into(), (*text).into());
        }
    }

    /// All files, by their paths.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut rng = self.printing.clone();
        let mut files = self.files.clone();
        let mut base = self.base.clone();
        for app in &self.apps {
            let workload = app.workload();
            let documents: Vec<&String> = [&workload].into_iter().chain(&app.others).collect();
            if self.is_split {
                for (number, document) in documents.iter().enumerate() {
                    let file = format!("{}-{number}.yaml", app.name);
                    base.add("resources", file.clone());
                    files.insert(format!("base/{file}"), (*document).clone());
                }
            } else {
                let file = format!("{}.yaml", app.name);
                base.add("resources", file.clone());
                let texts: Vec<&str> = documents.iter().map(|document| document.as_str()).collect();
                files.insert(format!("base/{file}"), texts.join("---\n"));
            }
        }
        files.insert("base/kustomization.yaml".into(), base.print(&mut rng));
        files.insert("overlay/kustomization.yaml".into(), self.overlay.print(&mut rng));
        files
    }
}

impl App {
    /// Its Deployment, StatefulSet or DaemonSet.
    fn workload(&self) -> String {
        let App { name, kind, image, .. } = self;
        let mut text = document("apps/v1", kind, name, "spec:\n");
        if *kind == "StatefulSet" {
            text.push_str(&format!("  serviceName: {name}\n"));
        }
        text.push_str(&format!(
            "  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n"
        ));
        self.pod.iter().for_each(|lines| text.push_str(&format!("      {}\n", lines.replace('\n', "\n      "))));
        text.push_str(&format!(
            "      containers:\n      - name: main\n        image: {image}:1.0\n        ports:\n        - containerPort: 8080\n"
        ));
        self.container
            .iter()
            .for_each(|lines| text.push_str(&format!("        {}\n", lines.replace('\n', "\n        "))));
        text
    }
}

const CLAIM: &str = "spec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n";

fn ingress(name: &str, is_issued: bool) -> String {
    let backend = format!(
        "      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: {name}\n            port:\n              number: 8080\n"
    );
    let rules = format!("spec:\n  rules:\n  - host: {name}.example.com\n    http:\n      paths:\n{backend}");
    let mut text = document("networking.k8s.io/v1", "Ingress", name, &rules);
    if is_issued {
        text =
            text.replacen("metadata:\n", "metadata:\n  annotations:\n    cert-manager.io/cluster-issuer: public\n", 1);
        text.push_str(&format!("  tls:\n  - hosts: [{name}.example.com]\n    secretName: {name}-tls\n"));
    }
    text
}

/// An object: its head, and what else it has.
pub fn document(api_version: &str, kind: &str, name: &str, rest: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n{rest}")
}
