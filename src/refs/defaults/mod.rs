//! The fields in which the built-in transformers work unless a configuration says more: kustomize's own tables.

mod name_reference;
mod spec;
mod var_reference;

use spec::{at_any, at_typed, make, make_any, make_typed};

use crate::kustomization::FieldSpec;

pub use name_reference::NAME_REFERENCE;
pub use var_reference::VAR_REFERENCE;

/// Where `namePrefix` works.
pub static NAME_PREFIX: &[FieldSpec] = &[at_any("metadata/name")];

/// Where `nameSuffix` works.
pub static NAME_SUFFIX: &[FieldSpec] = &[at_any("metadata/name")];

/// Where `namespace` works, beside `metadata.namespace` and the subjects of role bindings.
pub static NAMESPACE: &[FieldSpec] = &[
    make("Namespace", "metadata/name"),
    at_typed(
        "apiextensions.k8s.io",
        "",
        "CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/namespace",
    ),
    make_typed("apiregistration.k8s.io", "", "APIService", "spec/service/namespace"),
];

/// Where `commonLabels`, and `labels` with `includeSelectors`, work.
pub static COMMON_LABELS: &[FieldSpec] = &[
    make_typed("", "v1", "Service", "spec/selector"),
    at_typed(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
    at_typed("apps", "", "Deployment", "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"),
    make("Deployment", "spec/template/metadata/labels"),
    make("Deployment", "spec/selector/matchLabels"),
    make_typed("apps", "", "StatefulSet", "spec/selector/matchLabels"),
    at_typed(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    at_typed(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
    at_typed("apps", "", "StatefulSet", "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"),
    make_typed("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels"),
    make_typed("apps", "", "StatefulSet", "spec/template/metadata/labels"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/metadata/labels"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels"),
    at_typed("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
    at_typed("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels"),
    at_typed("batch", "", "Job", "spec/selector/matchLabels"),
    make_typed("batch", "", "Job", "spec/template/metadata/labels"),
    at_typed("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
    at_typed("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
    at_typed("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels"),
    make_typed("", "v1", "ReplicationController", "spec/template/metadata/labels"),
    make_typed("", "v1", "ReplicationController", "spec/selector"),
    make("DaemonSet", "spec/template/metadata/labels"),
    make("DaemonSet", "spec/selector/matchLabels"),
    make("ReplicaSet", "spec/template/metadata/labels"),
    make("ReplicaSet", "spec/selector/matchLabels"),
    make_any("metadata/labels"),
];

/// Where `labels` with `includeTemplates` work.
pub static TEMPLATE_LABELS: &[FieldSpec] = &[
    make("Deployment", "spec/template/metadata/labels"),
    make_typed("apps", "", "StatefulSet", "spec/template/metadata/labels"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/metadata/labels"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels"),
    make_typed("batch", "", "Job", "spec/template/metadata/labels"),
    make_typed("", "v1", "ReplicationController", "spec/template/metadata/labels"),
    make("DaemonSet", "spec/template/metadata/labels"),
    make("ReplicaSet", "spec/template/metadata/labels"),
    make_any("metadata/labels"),
];

/// Where `labels` with `includeVolumeClaimTemplates` work.
pub static VOLUME_CLAIM_TEMPLATE_LABELS: &[FieldSpec] =
    &[make_typed("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels")];

/// Where `commonAnnotations` work.
pub static COMMON_ANNOTATIONS: &[FieldSpec] = &[
    make("Deployment", "spec/template/metadata/annotations"),
    make("StatefulSet", "spec/template/metadata/annotations"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations"),
    make_typed("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations"),
    make_typed("batch", "", "Job", "spec/template/metadata/annotations"),
    make_typed("", "v1", "ReplicationController", "spec/template/metadata/annotations"),
    make("DaemonSet", "spec/template/metadata/annotations"),
    make("ReplicaSet", "spec/template/metadata/annotations"),
    make_any("metadata/annotations"),
];

/// Where `images` work.
pub static IMAGES: &[FieldSpec] = &[
    make_any("spec/containers[]/image"),
    make_any("spec/initContainers[]/image"),
    make_any("spec/volumes[]/image/reference"),
    make_any("spec/template/spec/containers[]/image"),
    make_any("spec/template/spec/initContainers[]/image"),
    make_any("spec/template/spec/volumes[]/image/reference"),
];

/// Where `replicas` work.
pub static REPLICAS: &[FieldSpec] = &[
    make("Deployment", "spec/replicas"),
    make("StatefulSet", "spec/replicas"),
    make("ReplicaSet", "spec/replicas"),
    make("ReplicationController", "spec/replicas"),
];
