//! Label selectors that select nothing in the build.

use rustc_hash::{FxHashMap, FxHashSet};
use rustomize_yaml::{NodeId, Tree};

use super::manifests::short_name;
use super::{Finding, Manifests, rules};
use crate::diagnostics::{Result, nearest};
use crate::resource::Resource;

/// Where a workload has its selector and the template of its pods.
const WORKLOADS: [(&str, &[&str], &[&str]); 7] = [
    ("Deployment", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("StatefulSet", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("DaemonSet", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("ReplicaSet", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("ReplicationController", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("Job", &["spec", "selector"], &["spec", "template", "metadata", "labels"]),
    ("CronJob", &[], &["spec", "jobTemplate", "spec", "template", "metadata", "labels"]),
];

/// Where others select pods of their namespace.
const SELECTORS: [(&str, &[&str]); 3] = [
    ("Service", &["spec", "selector"]),
    ("NetworkPolicy", &["spec", "podSelector"]),
    ("PodDisruptionBudget", &["spec", "selector"]),
];

/// Groups of custom resources that make no pods, so that nothing else in the build can be what is selected.
const WITHOUT_PODS: [&str; 14] = [
    "argoproj.io/Application",
    "argoproj.io/ApplicationSet",
    "argoproj.io/AppProject",
    "bitnami.com",
    "cert-manager.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "kyverno.io",
    "monitoring.coreos.com/PodMonitor",
    "monitoring.coreos.com/PrometheusRule",
    "monitoring.coreos.com/ServiceMonitor",
    "networking.istio.io",
    "traefik.io",
];

/// Labels of pods, by key.
type Labels<'a> = Vec<(&'a str, &'a str)>;

/// Reports selectors that fit no pod.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let pods = Pods::of(manifests);
    for resource in &manifests.resources {
        let (kind, tree) = (resource.kind(), resource.tree());
        if let Some((_, selector, labels)) = workload(resource).filter(|(_, selector, _)| !selector.is_empty()) {
            let (Some(selector), own) = (tree.path(tree.root(), selector), labels_at(tree, labels)) else { continue };
            let terms = terms(tree, selector);
            if let Some(term) = terms.iter().find(|term| !term.fits(&own)) {
                let message = format!("the selector of {} does not fit its own pods", short_name(resource));
                findings.push(with_advice(
                    manifests.finding(&rules::UNMATCHED_SELECTOR, resource, term.node, message),
                    term,
                    &[&own],
                ));
            }
        } else if let Some((_, path)) = SELECTORS.iter().find(|(known, _)| *known == kind) {
            let Some(selector) = tree.path(tree.root(), path) else { continue };
            findings.extend(pods.unmatched(manifests, resource, selector));
        }
    }
    Ok(())
}

fn workload(resource: &Resource) -> Option<(&'static str, &'static [&'static str], &'static [&'static str])> {
    WORKLOADS.iter().copied().find(|(kind, ..)| *kind == resource.kind())
}

/// The pods of a build, by namespace.
struct Pods<'a> {
    labels: FxHashMap<&'a str, Vec<Labels<'a>>>,
    /// Positions among the pods of a namespace, by namespace, key and value of a label.
    by_label: FxHashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// The namespaces where operators may make others.
    open: FxHashSet<&'a str>,
}

impl<'a> Pods<'a> {
    fn of(manifests: &Manifests<'a>) -> Pods<'a> {
        let mut pods =
            Pods { labels: FxHashMap::default(), by_label: FxHashMap::default(), open: FxHashSet::default() };
        for resource in &manifests.resources {
            let (tree, namespace) = (resource.tree(), resource.id().effective_namespace());
            match (workload(resource), resource.kind()) {
                (Some((.., path)), _) => pods.add(namespace, labels_at(tree, path)),
                (None, "Pod") => pods.add(namespace, labels_at(tree, &["metadata", "labels"])),
                _ if may_make_pods(resource) => drop(pods.open.insert(namespace)),
                _ => {}
            }
        }
        pods
    }

    fn add(&mut self, namespace: &'a str, labels: Labels<'a>) {
        let known = self.labels.entry(namespace).or_default();
        for (key, value) in &labels {
            self.by_label.entry((namespace, key, value)).or_default().push(known.len());
        }
        known.push(labels);
    }

    /// Whether any pod of a namespace fits all terms.
    fn any(&self, namespace: &str, terms: &[Term]) -> bool {
        let Some(pods) = self.labels.get(namespace) else { return false };
        let fits = |labels: &Labels| terms.iter().all(|term| term.fits(labels));
        let label = terms.iter().find_map(|term| match &term.condition {
            Condition::In(values) if values.len() == 1 => Some((namespace, term.key, values[0])),
            _ => None,
        });
        match label {
            Some(label) => self.by_label.get(&label).is_some_and(|found| found.iter().any(|&at| fits(&pods[at]))),
            None => pods.iter().any(fits),
        }
    }

    /// The finding that a selector of a resource fits no pod, if that is sure.
    fn unmatched(&self, manifests: &Manifests, resource: &Resource, selector: NodeId) -> Option<Finding> {
        let namespace = resource.id().effective_namespace();
        let pods = self.labels.get(namespace).filter(|_| !self.open.contains(namespace))?;
        let terms = terms(resource.tree(), selector);
        if self.any(namespace, &terms) {
            return None;
        }
        // The term that is to blame fits none; where each fits some, all of them together do not.
        let is_to_blame = |term: &&Term| !self.any(namespace, std::slice::from_ref(*term));
        let term = terms.iter().find(is_to_blame).or(terms.first())?;
        let message = format!("the selector of {} selects no pod of the build", short_name(resource));
        let finding = manifests.finding(&rules::UNMATCHED_SELECTOR, resource, term.node, message);
        // To compare with more would take long, and help nobody.
        let pods: Vec<&Labels> = pods.iter().take(SOME).collect();
        Some(with_advice(finding, term, &pods))
    }
}

/// Advice is looked for among so many.
const SOME: usize = 200;

/// Whether a resource could be one that an operator makes pods of.
fn may_make_pods(resource: &Resource) -> bool {
    let gvk = &resource.id().gvk;
    let full = format!("{}/{}", gvk.group(), gvk.kind());
    gvk.namespaced().is_none()
        && gvk.group().contains('.')
        && !WITHOUT_PODS
            .iter()
            .any(|known| *known == gvk.group() || *known == full || gvk.group().ends_with(&format!(".{known}")))
}

fn labels_at<'a>(tree: &'a Tree, path: &[&str]) -> Labels<'a> {
    let labels = tree.path(tree.root(), path);
    labels
        .map(|labels| tree.entries(labels).map(|(key, value)| (tree.text(key), tree.text(value))).collect())
        .unwrap_or_default()
}

/// One condition of a selector.
struct Term<'a> {
    /// Where it stands.
    node: NodeId,
    key: &'a str,
    condition: Condition<'a>,
}

enum Condition<'a> {
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists,
    DoesNotExist,
}

impl Term<'_> {
    fn fits(&self, labels: &Labels) -> bool {
        let value = labels.iter().find(|(key, _)| *key == self.key).map(|(_, value)| *value);
        match &self.condition {
            Condition::In(values) => value.is_some_and(|value| values.contains(&value)),
            Condition::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
            Condition::Exists => value.is_some(),
            Condition::DoesNotExist => value.is_none(),
        }
    }
}

/// The conditions of a selector: of one with `matchLabels` and `matchExpressions`, or of a plain mapping.
fn terms(tree: &Tree, selector: NodeId) -> Vec<Term<'_>> {
    let (labels, expressions) = (tree.get(selector, "matchLabels"), tree.get(selector, "matchExpressions"));
    let plain = if labels.is_none() && expressions.is_none() { Some(selector) } else { labels };
    let pairs = plain.into_iter().flat_map(|labels| tree.entries(labels));
    let pairs = pairs.filter(|&(_, value)| tree.is_scalar(value));
    let pairs = pairs.map(|(key, value)| Term {
        node: value,
        key: tree.text(key),
        condition: Condition::In(vec![tree.text(value)]),
    });
    let expressions = expressions.into_iter().flat_map(|list| tree.items(list));
    pairs.chain(expressions.filter_map(|expression| term(tree, expression))).collect()
}

fn term(tree: &Tree, expression: NodeId) -> Option<Term<'_>> {
    let node = tree.get(expression, "key")?;
    let values = || {
        let values = tree.get(expression, "values");
        values.map(|values| tree.items(values).map(|value| tree.text(value)).collect()).unwrap_or_default()
    };
    let condition = match tree.text(tree.get(expression, "operator")?) {
        "In" => Condition::In(values()),
        "NotIn" => Condition::NotIn(values()),
        "Exists" => Condition::Exists,
        "DoesNotExist" => Condition::DoesNotExist,
        _ => return None,
    };
    Some(Term { node, key: tree.text(node), condition })
}

/// The finding with what pods have in the place of what is selected.
fn with_advice(finding: Finding, term: &Term, pods: &[&Labels]) -> Finding {
    let of_key =
        || pods.iter().flat_map(|labels| labels.iter()).filter(|(key, _)| *key == term.key).map(|(_, value)| *value);
    if let Condition::In(wanted) = &term.condition
        && let [wanted] = wanted[..]
        && let Some(near) = nearest(wanted, of_key()).or_else(|| of_key().next())
    {
        return match near == wanted {
            true => finding.help("each of its labels is there, but no pod has all of them"),
            false => finding.help(format!("pods have `{}: {near}`", term.key)),
        };
    }
    let keys = pods.iter().flat_map(|labels| labels.iter().map(|(key, _)| *key));
    match nearest(term.key, keys) {
        Some(near) => finding.help(format!("pods have the label `{near}`")),
        None => finding.help(format!("no pod has the label `{}`", term.key)),
    }
}
