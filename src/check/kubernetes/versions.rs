//! Types and their versions: which a release serves, which it has given up, and what takes their place.
//!
//! Which release serves what is in the table of schemas. What that cannot know is here: what was removed before its first
//! release, and since when something is deprecated, as Kubernetes' guide on deprecated APIs has it.

use rustomize_yaml::nearest;

use super::validator::listed;
use crate::check::schemas::{Known, Release};
use crate::resource::Gvk;

/// A type that Kubernetes removed before the first release that the table describes, or in it.
struct Removed {
    api_version: &'static str,
    kinds: &'static [&'static str],
    /// The minor release that does not have it any more.
    since: u32,
    /// What to use, and the minor release that brought it; empty where nothing takes its place.
    instead: (&'static str, u32),
}

const WORKLOADS: &[&str] = &["Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision"];
const ACCESS: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const REVIEWS: &[&str] =
    &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"];
const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const FLOWS: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];

#[rustfmt::skip]
const REMOVED: &[Removed] = &[
    removed("extensions/v1beta1", &["Deployment", "DaemonSet", "ReplicaSet"], 16, ("apps/v1", 9)),
    removed("extensions/v1beta1", &["NetworkPolicy"], 16, ("networking.k8s.io/v1", 8)),
    removed("extensions/v1beta1", &["PodSecurityPolicy"], 16, ("", 0)),
    removed("extensions/v1beta1", &["Ingress"], 22, ("networking.k8s.io/v1", 19)),
    removed("apps/v1beta1", WORKLOADS, 16, ("apps/v1", 9)),
    removed("apps/v1beta2", WORKLOADS, 16, ("apps/v1", 9)),
    removed("apps/v1beta2", &["DaemonSet"], 16, ("apps/v1", 9)),
    removed("admissionregistration.k8s.io/v1beta1", WEBHOOKS, 22, ("admissionregistration.k8s.io/v1", 16)),
    removed("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 22, ("apiextensions.k8s.io/v1", 16)),
    removed("apiregistration.k8s.io/v1beta1", &["APIService"], 22, ("apiregistration.k8s.io/v1", 10)),
    removed("authentication.k8s.io/v1beta1", &["TokenReview"], 22, ("authentication.k8s.io/v1", 6)),
    removed("authorization.k8s.io/v1beta1", REVIEWS, 22, ("authorization.k8s.io/v1", 6)),
    removed("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22, ("certificates.k8s.io/v1", 19)),
    removed("coordination.k8s.io/v1beta1", &["Lease"], 22, ("coordination.k8s.io/v1", 14)),
    removed("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22, ("networking.k8s.io/v1", 19)),
    removed("rbac.authorization.k8s.io/v1alpha1", ACCESS, 22, ("rbac.authorization.k8s.io/v1", 8)),
    removed("rbac.authorization.k8s.io/v1beta1", ACCESS, 22, ("rbac.authorization.k8s.io/v1", 8)),
    removed("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22, ("scheduling.k8s.io/v1", 14)),
    removed("storage.k8s.io/v1beta1", &["StorageClass"], 22, ("storage.k8s.io/v1", 6)),
    removed("storage.k8s.io/v1beta1", &["VolumeAttachment"], 22, ("storage.k8s.io/v1", 13)),
    removed("storage.k8s.io/v1beta1", &["CSINode"], 22, ("storage.k8s.io/v1", 17)),
    removed("storage.k8s.io/v1beta1", &["CSIDriver"], 22, ("storage.k8s.io/v1", 19)),
    removed("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 25, ("autoscaling/v2", 23)),
    removed("batch/v1beta1", &["CronJob"], 25, ("batch/v1", 21)),
    removed("discovery.k8s.io/v1beta1", &["EndpointSlice"], 25, ("discovery.k8s.io/v1", 21)),
    removed("events.k8s.io/v1beta1", &["Event"], 25, ("events.k8s.io/v1", 19)),
    removed("node.k8s.io/v1beta1", &["RuntimeClass"], 25, ("node.k8s.io/v1", 20)),
    removed("policy/v1beta1", &["PodDisruptionBudget"], 25, ("policy/v1", 21)),
    removed("policy/v1beta1", &["PodSecurityPolicy"], 25, ("", 0)),
    removed("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 26, ("autoscaling/v2", 23)),
    removed("flowcontrol.apiserver.k8s.io/v1beta1", FLOWS, 26, ("flowcontrol.apiserver.k8s.io/v1", 29)),
    removed("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27, ("storage.k8s.io/v1", 24)),
    removed("flowcontrol.apiserver.k8s.io/v1beta2", FLOWS, 29, ("flowcontrol.apiserver.k8s.io/v1", 29)),
    removed("flowcontrol.apiserver.k8s.io/v1beta3", FLOWS, 32, ("flowcontrol.apiserver.k8s.io/v1", 29)),
];

const fn removed(
    api_version: &'static str,
    kinds: &'static [&'static str],
    since: u32,
    instead: (&'static str, u32),
) -> Removed {
    Removed { api_version, kinds, since, instead }
}

/// A type that is deprecated though nothing in the table tells: apiVersion, kinds, since which minor release, and what
/// to use.
type Deprecated = (&'static str, &'static [&'static str], u32, &'static str);

#[rustfmt::skip]
const DEPRECATED: &[Deprecated] = &[
    ("v1", &["ComponentStatus"], 19, ""),
    ("v1", &["Endpoints"], 33, "EndpointSlice of `discovery.k8s.io/v1`"),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 23, "`autoscaling/v2`"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", FLOWS, 23, "`flowcontrol.apiserver.k8s.io/v1beta2`"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", FLOWS, 26, "`flowcontrol.apiserver.k8s.io/v1beta3`"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", FLOWS, 29, "`flowcontrol.apiserver.k8s.io/v1`"),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 24, "`storage.k8s.io/v1`"),
];

/// What there is to say of a type in a release.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All is well with it: the number of its definition.
    Served(usize),
    /// It is served, and deprecated: the number of its definition.
    Deprecated(usize, Words),
    /// The release has it no more.
    Removed(Words),
    /// The release has it not yet, or there never was such a type.
    Unknown(Words),
    /// It is none of Kubernetes' own types.
    Foreign,
}

/// What is wrong, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub message: String,
    pub help: Option<String>,
}

/// What there is to say of a type in a release.
pub(super) fn verdict(release: &Release, api_version: &str, kind: &str) -> Verdict {
    let (group, version) = Gvk::split_api_version(api_version);
    let minor = release.minor();
    match release.find(group, version, kind) {
        Known::Served(number) => match deprecation(release, api_version, kind) {
            Some(words) => Verdict::Deprecated(number, words),
            None => Verdict::Served(number),
        },
        Known::Elsewhere(first, _) if minor < first => Verdict::Unknown(Words {
            message: format!("{kind} of `{api_version}` is not there before Kubernetes 1.{first}"),
            help: stabler(release, api_version, kind).map(|(instead, _)| format!("use `{instead}`")),
        }),
        Known::Elsewhere(_, last) => Verdict::Removed(removal(release, api_version, kind, last + 1)),
        Known::Not | Known::Foreign => match known_removal(api_version, kind) {
            Some(found) => Verdict::Removed(removal(release, api_version, kind, found.since)),
            None => unknown(release, api_version, kind),
        },
    }
}

fn known_removal(api_version: &str, kind: &str) -> Option<&'static Removed> {
    REMOVED.iter().find(|removed| removed.api_version == api_version && removed.kinds.contains(&kind))
}

fn removal(release: &Release, api_version: &str, kind: &str, since: u32) -> Words {
    let help = match known_removal(api_version, kind) {
        Some(Removed { instead: ("", _), .. }) => Some("nothing takes its place".to_owned()),
        Some(Removed { instead: (instead, from), .. }) => {
            Some(format!("use `{instead}`, which is there since 1.{from}"))
        }
        None => stabler(release, api_version, kind).map(|(instead, _)| format!("use `{instead}`")),
    };
    Words { message: format!("{kind} of `{api_version}` is gone since Kubernetes 1.{since}"), help }
}

fn deprecation(release: &Release, api_version: &str, kind: &str) -> Option<Words> {
    let minor = release.minor();
    let is_it = |known: &&Deprecated| known.0 == api_version && known.1.contains(&kind) && known.2 <= minor;
    if let Some((_, _, since, instead)) = DEPRECATED.iter().find(is_it) {
        let message = format!("{kind} of `{api_version}` is deprecated since Kubernetes 1.{since}");
        return Some(Words { message, help: (!instead.is_empty()).then(|| format!("use {instead}")) });
    }
    let (_, version) = Gvk::split_api_version(api_version);
    if is_stable(version) {
        return None;
    }
    let (instead, since) = stabler(release, api_version, kind)?;
    Some(Words {
        message: format!("{kind} of `{api_version}` is deprecated: Kubernetes has `{instead}` since 1.{since}"),
        help: Some(format!("use `{instead}`")),
    })
}

/// The stable version of the same kind and group that the release serves, and since when.
fn stabler(release: &Release, api_version: &str, kind: &str) -> Option<(String, u32)> {
    let (group, _) = Gvk::split_api_version(api_version);
    let mut versions = release.versions_of(kind).into_iter();
    let stable = versions.rfind(|(own, version, _)| *own == group && is_stable(version));
    stable.map(|(group, version, since)| (joined(group, version), since))
}

fn is_stable(version: &str) -> bool {
    !version.contains("alpha") && !version.contains("beta")
}

fn joined(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// A type that no release has. A group without a dot cannot be anyone's but Kubernetes'.
fn unknown(release: &Release, api_version: &str, kind: &str) -> Verdict {
    let (group, version) = Gvk::split_api_version(api_version);
    let is_own = release.has_group(group);
    if !is_own && group.contains('.') {
        return Verdict::Foreign;
    }
    let elsewhere: Vec<String> =
        release.versions_of(kind).iter().map(|(group, version, _)| joined(group, version)).collect();
    let help = if !elsewhere.is_empty() {
        Some(format!("{kind} is of {}", listed(elsewhere.iter().map(String::as_str))))
    } else {
        nearest(kind, release.kinds_of(group, version)).map(|near| format!("did you mean `{near}`?"))
    };
    Verdict::Unknown(Words {
        message: format!("Kubernetes 1.{} has no {kind} of `{api_version}`", release.minor()),
        help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(minor: u32, api_version: &str, kind: &str) -> String {
        let words = |words: Words| format!("{}; {}", words.message, words.help.unwrap_or_default());
        match verdict(&Release::new(minor).unwrap(), api_version, kind) {
            Verdict::Served(_) => "served".into(),
            Verdict::Foreign => "foreign".into(),
            Verdict::Deprecated(_, why) => words(why),
            Verdict::Removed(why) | Verdict::Unknown(why) => words(why),
        }
    }

    #[test]
    fn each_release_has_its_types() {
        assert_eq!(words(30, "apps/v1", "Deployment"), "served");
        assert_eq!(words(30, "autoscaling/v1", "HorizontalPodAutoscaler"), "served");
        assert_eq!(words(30, "example.com/v1", "Deployment"), "foreign");
        for (minor, api_version, kind, expected) in [
            (
                30,
                "extensions/v1beta1",
                "Ingress",
                "Ingress of `extensions/v1beta1` is gone since Kubernetes 1.22; use `networking.k8s.io/v1`, which is there since 1.19",
            ),
            (
                25,
                "policy/v1beta1",
                "PodSecurityPolicy",
                "PodSecurityPolicy of `policy/v1beta1` is gone since Kubernetes 1.25; nothing takes its place",
            ),
            (
                25,
                "autoscaling/v2beta2",
                "HorizontalPodAutoscaler",
                "HorizontalPodAutoscaler of `autoscaling/v2beta2` is deprecated since Kubernetes 1.23; use `autoscaling/v2`",
            ),
            (
                26,
                "autoscaling/v2beta2",
                "HorizontalPodAutoscaler",
                "HorizontalPodAutoscaler of `autoscaling/v2beta2` is gone since Kubernetes 1.26; use `autoscaling/v2`, which is there since 1.23",
            ),
            (
                27,
                "flowcontrol.apiserver.k8s.io/v1beta2",
                "FlowSchema",
                "FlowSchema of `flowcontrol.apiserver.k8s.io/v1beta2` is deprecated since Kubernetes 1.26; use `flowcontrol.apiserver.k8s.io/v1beta3`",
            ),
            (
                25,
                "admissionregistration.k8s.io/v1",
                "ValidatingAdmissionPolicy",
                "ValidatingAdmissionPolicy of `admissionregistration.k8s.io/v1` is not there before Kubernetes 1.30; ",
            ),
            (
                31,
                "admissionregistration.k8s.io/v1beta1",
                "ValidatingAdmissionPolicy",
                "ValidatingAdmissionPolicy of `admissionregistration.k8s.io/v1beta1` is deprecated: Kubernetes has `admissionregistration.k8s.io/v1` since 1.30; use `admissionregistration.k8s.io/v1`",
            ),
            (
                33,
                "v1",
                "Endpoints",
                "Endpoints of `v1` is deprecated since Kubernetes 1.33; use EndpointSlice of `discovery.k8s.io/v1`",
            ),
            (32, "v1", "Endpoints", "served"),
            (30, "apps/v1", "Deploymnet", "Kubernetes 1.30 has no Deploymnet of `apps/v1`; did you mean `Deployment`?"),
            (30, "app/v1", "Deployment", "Kubernetes 1.30 has no Deployment of `app/v1`; Deployment is of `apps/v1`"),
            (30, "v1", "Deployment", "Kubernetes 1.30 has no Deployment of `v1`; Deployment is of `apps/v1`"),
        ] {
            assert_eq!(words(minor, api_version, kind), expected);
        }
    }

    /// What the table of schemas says of removals after its first release is what the guide says.
    #[test]
    fn the_table_agrees_with_the_guide() {
        let oldest = Release::new(Release::all().start).unwrap();
        for removed in REMOVED.iter().filter(|removed| removed.since > oldest.minor()) {
            for kind in removed.kinds {
                let (group, version) = Gvk::split_api_version(removed.api_version);
                let Known::Served(_) = oldest.find(group, version, kind) else {
                    assert_eq!(oldest.find(group, version, kind), Known::Elsewhere(26, removed.since - 1), "{kind}");
                    continue;
                };
                let gone = Release::new(removed.since).unwrap();
                let last = Known::Elsewhere(oldest.minor(), removed.since - 1);
                assert_eq!(gone.find(group, version, kind), last, "{} {kind}", removed.api_version);
            }
        }
    }
}
