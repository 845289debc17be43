//! The rules, each with its words, and what looks for their faults.

use super::rule::declare_rules;
use super::{Finding, Manifests, Rule, fields, kubernetes, references, selectors, stale, unused};
use crate::diagnostics::Result;

/// Every rule.
pub(super) static ALL: &[&[&Rule]] = &[KUSTOMIZATION, kubernetes::RULES];

/// Looks at what came out of a build.
type Check = fn(&Manifests, &mut Vec<Finding>) -> Result<()>;

/// What looks for faults of kustomizations, beside what transformers report while they work.
const OF_KUSTOMIZATIONS: &[Check] = &[fields::check, selectors::check, references::check, stale::check, unused::check];

/// What looks for faults of manifests.
const OF_MANIFESTS: &[Check] = &[kubernetes::check];

/// Looks for everything that is asked for.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    OF_KUSTOMIZATIONS.iter().try_for_each(|check| check(manifests, findings))?;
    if manifests.options.without_manifests {
        return Ok(());
    }
    OF_MANIFESTS.iter().try_for_each(|check| check(manifests, findings))
}

declare_rules! { KUSTOMIZATION of Kustomization:
    /// A patch says what to change and where, and the build goes on without a word where a `target` selects nothing: the
    /// change is lost. Mostly the name of the target is misspelt, or the resource has another name by now, or is gone.
    /// (A strategic merge patch without `target` has to find the resource that it names; else the build fails.)
    UNMATCHED_PATCH = "unmatched-patch" Warning "a patch that selects no resource",
    /// An entry of `images` is for containers with an image of that name. Where there is none, the tag that was set with
    /// care reaches nothing.
    UNMATCHED_IMAGE = "unmatched-image" Warning "an entry of `images` that no container has",
    /// A target of a replacement selects resources by what it gives: where there is none, or all of them are rejected again, the
    /// value goes nowhere. (A source that is not there is an error of the build.)
    UNMATCHED_REPLACEMENT = "unmatched-replacement" Warning "a target of a replacement that selects no resource",
    /// A generator with `behavior: merge` or `behavior: replace` needs the ConfigMap or Secret that it changes: its name and
    /// namespace have to be those of a resource that is there already.
    UNMATCHED_GENERATOR = "unmatched-generator" Error "a generator that merges into nothing",
    /// `replicas` name a Deployment, StatefulSet, ReplicaSet or ReplicationController by its name, before or after prefixes.
    /// The build fails where there is none.
    UNMATCHED_REPLICA = "unmatched-replica" Error "an entry of `replicas` that names nothing",
    /// A mapping with one key twice: which of the two values counts is not said, and one of them is lost.
    DUPLICATE_KEY = "duplicate-key" Error "a key that is there twice",
    /// A field that is not known is most likely misspelt, and what it says has no effect.
    UNKNOWN_FIELD = "unknown-field" Error "a field that there is not",
    /// A file in the folder of a kustomization that no kustomization of the repository names: it was forgotten, or should
    /// go. Only files count that look as if they were meant for a build: YAML, JSON, `.env` and `.properties`; not what
    /// git ignores, not what tools keep there (Helm's values, Skaffold, Compose and such), not hidden files, not folders
    /// called `charts`, `docs`, `examples`, `scripts`, `tests` and the like, and not applications of Argo CD and Flux.
    UNUSED_FILE = "unused-file" Warning "a file beside a kustomization that nothing uses",
    /// A strategic merge patch replaces a list of a custom resource as a whole, as nobody has said by which key its items are
    /// told apart: items that the patch does not have are gone. Say what a JSON 6902 patch shall add, or give the type a
    /// schema: with `openapi` in the kustomization, or with `--merge-with-crds` where its CustomResourceDefinition is in the
    /// build.
    REPLACED_LIST = "replaced-list" Warning "a list that a patch replaces, as its type has no schema",
    /// A label with a value that is bound to change (a version, a commit, a date) reaches the selector of a workload, by
    /// `commonLabels` or by `labels` with `includeSelectors`. Selectors of Deployments, StatefulSets, DaemonSets and
    /// ReplicaSets cannot be changed: with the next value, the cluster refuses the workload until it is deleted.
    VOLATILE_SELECTOR = "volatile-selector" Warning "a label bound to change that reaches the selector of a workload",
    /// A pod, an Ingress, a role binding or a webhook names a ConfigMap, Secret, ServiceAccount, PersistentVolumeClaim or
    /// Service that the build does not have, in the namespace where it looks for it; or a key that a ConfigMap or Secret
    /// of the build does not have. References that are `optional` do not count, nor does what every namespace has, nor
    /// Secrets that a SealedSecret, an ExternalSecret or a Certificate of the build promises. Say what comes from elsewhere
    /// with a comment in any file of the build, `# rustomize: external Secret/login`, or with
    /// `--external 'Secret/tls-*'`.
    MISSING_REFERENCE = "missing-reference" Warning "a reference to what the build does not have",
    /// The build has renamed a resource (by a prefix, a suffix, a hash or a namespace), and its old name is left where
    /// kustomize does not look: in a field of a custom resource or an annotation that is called after what it names, or in
    /// an address in a variable, an argument or a ConfigMap. Copy the name with `replacements`, or say in a `nameReference`
    /// of `configurations` that the field holds one.
    STALE_NAME = "stale-name" Warning "a value that is the old name of a renamed resource",
    /// A Service, a NetworkPolicy or a PodDisruptionBudget whose selector fits no pod of the build does nothing; a Deployment
    /// whose selector does not fit its own template is refused. Only pods in the same namespace count. Nothing is found
    /// where other pods may be made by operators: where the namespace has custom resources that could be workloads, or no
    /// workloads at all.
    UNMATCHED_SELECTOR = "unmatched-selector" Warning "a label selector that selects nothing in the build",
    /// A field that kustomize will drop, or has given another name. `rustomize edit fix` rewrites most of them.
    DEPRECATED_FIELD = "deprecated-field" Warning "a deprecated field of a kustomization",
    /// The build fails, and nothing behind the fault is checked. The note names the code of the error, and
    /// [errors.md](errors.md) tells about each.
    BUILD_FAILURE = "build-failure" Error "a build that fails",
    /// A comment that begins with `# rustomize:` and is not understood: it allows a rule that there is not, gives no
    /// reason, or says something else than `allow` or `external`.
    INVALID_COMMENT = "invalid-comment" Warning "a comment for rustomize that it does not understand",
    /// A comment allows a fault that is not there, or no longer there: it would hide the next one. Comments in bases that lie
    /// elsewhere are left alone, as they may be needed where the bases are used otherwise.
    UNUSED_ALLOW = "unused-allow" Warning "a comment that allows what is not found",
}
