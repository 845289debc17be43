//! Applications as teams write them, and the overlay that an environment puts over them.

use std::fmt::Write;

use crate::{HEAD, Workload, thousands};

/// So many applications in one base, under one overlay.
pub fn workload(apps: usize) -> Workload {
    let about = format!("{} apps ({} resources), one overlay", thousands(apps), thousands(apps * 5));
    let mut workload = Workload { about, builds: vec!["overlay".into()], ..Workload::default() };
    base(&mut workload, "base", apps);
    workload.file("overlay/kustomization.yaml", overlay("../base", 0));
    workload
}

/// A base in `directory`: a file for each application, and a generated ConfigMap.
pub fn base(workload: &mut Workload, directory: &str, apps: usize) {
    let mut resources = format!("{HEAD}resources:\n");
    let mut generators = "configMapGenerator:\n".to_owned();
    for number in 0..apps {
        let name = app_name(number);
        workload.file(format!("{directory}/{name}.yaml"), app(number));
        resources += &format!("- {name}.yaml\n");
        generators += &format!("- name: {name}-settings\n  literals:\n  - LOG_LEVEL=info\n  - SHARD={number}\n");
    }
    workload.file(format!("{directory}/kustomization.yaml"), resources + &generators);
}

/// The name of an application.
pub fn app_name(number: usize) -> String {
    format!("app-{number:05}")
}

/// A Deployment, a Service, a ServiceAccount and a HorizontalPodAutoscaler.
fn app(number: usize) -> String {
    let name = app_name(number);
    let (replicas, minor) = (1 + number % 4, number % 30);
    format!(
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  annotations:
    example.com/about: "number {number} of the applications that a build of manifests is measured with"
spec:
  replicas: {replicas}
  template:
    metadata:
      annotations:
        prometheus.io/scrape: "true"
    spec:
      serviceAccountName: {name}
      containers:
      - name: server
        image: registry.example.com/shop/{name}:1.{minor}.0
        args: ["--listen=:8080", "--name={name}", "--settings=/etc/{name}/settings.yaml"]
        envFrom:
        - configMapRef:
            name: {name}-settings
        env:
        - name: HOST_IP
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
        resources:
          requests: {{cpu: 100m, memory: 96Mi}}
          limits: {{memory: 256Mi}}
        readinessProbe:
          httpGet: {{path: /healthz, port: http}}
          periodSeconds: 5
        ports:
        - name: http
          containerPort: 8080
        volumeMounts:
        - name: settings
          mountPath: /etc/{name}
      volumes:
      - name: settings
        configMap:
          name: {name}-settings
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
spec:
  minReplicas: 1
  maxReplicas: 8
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
"#
    )
}

/// An overlay over a base of at least three applications, with the fields that overlays mostly have.
pub fn overlay(base: &str, number: usize) -> String {
    let mut images = String::new();
    for app in 0..3 {
        let _ = write!(images, "- name: registry.example.com/shop/{}\n  newTag: 2.0.{number}\n", app_name(app));
    }
    format!(
        r#"{HEAD}namespace: shop-{number}
namePrefix: s{number}-
resources:
- {base}
labels:
- pairs:
    environment: e{number}
    team: shop
  includeSelectors: true
commonAnnotations:
  example.com/owner: shop@example.com
images:
{images}replicas:
- name: app-00001
  count: 6
patches:
- target:
    kind: Deployment
  patch: |-
    - op: add
      path: /spec/template/spec/priorityClassName
      value: shop
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: app-00000
    spec:
      template:
        spec:
          containers:
          - name: server
            env:
            - name: ENVIRONMENT
              value: "{number}"
"#
    )
}
