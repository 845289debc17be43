//! The order in which people write the fields of manifests.

use rustomize_yaml::{NodeId, Tree};

/// Fields that have a place of their own, in this order; others come behind them by name.
const FIELDS: [&str; 110] = [
    "name",
    "generateName",
    "namespace",
    "clusterName",
    "apiVersion",
    "kind",
    "metadata",
    "type",
    "labels",
    "annotations",
    "spec",
    "status",
    "stringData",
    "data",
    "binaryData",
    "parallelism",
    "completions",
    "backoffLimit",
    "replicas",
    "selector",
    "manualSelector",
    "template",
    "ttlSecondsAfterFinished",
    "volumeClaimTemplates",
    "service",
    "serviceName",
    "podManagementPolicy",
    "updateStrategy",
    "strategy",
    "minReadySeconds",
    "revision",
    "revisionHistoryLimit",
    "paused",
    "progressDeadlineSeconds",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "activeDeadlineSeconds",
    "dnsPolicy",
    "serviceAccountName",
    "serviceAccount",
    "automountServiceAccountToken",
    "nodeName",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "hostname",
    "subdomain",
    "schedulerName",
    "priorityClassName",
    "priority",
    "runtimeClassName",
    "enableServiceLinks",
    "nodeSelector",
    "hostAliases",
    "initContainers",
    "containers",
    "volumes",
    "imagePullSecrets",
    "affinity",
    "tolerations",
    "dnsConfig",
    "readinessGates",
    "image",
    "command",
    "args",
    "workingDir",
    "ports",
    "envFrom",
    "env",
    "resources",
    "volumeMounts",
    "volumeDevices",
    "livenessProbe",
    "readinessProbe",
    "lifecycle",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "clusterIP",
    "externalIPs",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "externalName",
    "externalTrafficPolicy",
    "sessionAffinity",
    "protocol",
    "port",
    "targetPort",
    "hostPort",
    "containerPort",
    "hostIP",
    "readOnly",
    "mountPath",
    "subPath",
    "subPathExpr",
    "mountPropagation",
    "value",
    "valueFrom",
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "prefix",
    "configMapRef",
    "secretRef",
];

/// Kinds, and their API versions, whose lists may be sorted.
const SORTED_KINDS: [&str; 7] =
    ["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet", "ValidatingWebhookConfiguration"];
const SORTED_APIS: [&str; 8] = [
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "batch/v1",
    "batch/v1beta1",
    "extensions/v1beta1",
    "v1",
    "admissionregistration.k8s.io/v1",
];

/// The place of a field among those that have one.
pub fn position(field: &str) -> Option<usize> {
    FIELDS.iter().position(|known| *known == field)
}

/// Orders the fields of a manifest, and the lists whose order means nothing.
pub fn arrange(tree: &mut Tree) {
    let root = tree.root();
    let text = |tree: &Tree, field| tree.get(root, field).map_or("", |node| tree.text(node)).to_owned();
    let (kind, api) = (text(tree, "kind"), text(tree, "apiVersion"));
    if kind.is_empty() || api.is_empty() {
        return;
    }
    let sorts_lists = SORTED_KINDS.contains(&kind.as_str()) && SORTED_APIS.contains(&api.as_str());
    arrange_node(tree, root, "", sorts_lists);
}

fn arrange_node(tree: &mut Tree, node: NodeId, path: &str, sorts_lists: bool) {
    if tree.is_mapping(node) {
        let mut entries: Vec<(NodeId, NodeId)> = tree.entries(node).collect();
        let rank = |name: &str| (position(name).unwrap_or(FIELDS.len()), name.to_owned());
        entries.sort_by_cached_key(|&(key, _)| {
            let name = tree.text(key);
            if position(name).is_some() { (rank(name).0, String::new()) } else { rank(name) }
        });
        let items: Vec<NodeId> = entries.iter().flat_map(|&(key, value)| [key, value]).collect();
        if tree.items(node).ne(items.iter().copied()) {
            tree.set_items(node, &items);
        }
        for (key, value) in entries {
            let path = format!("{path}.{}", tree.text(key));
            arrange_node(tree, value, &path, sorts_lists);
        }
    } else if tree.is_sequence(node) {
        let mut items: Vec<NodeId> = tree.items(node).collect();
        let name = |tree: &Tree, item| tree.get(item, "name").map_or("", |name| tree.text(name)).to_owned();
        match path {
            ".spec.template.spec.containers" if sorts_lists => items.sort_by_cached_key(|&item| name(tree, item)),
            ".webhooks.rules.operations" if sorts_lists => items.sort_by_key(|&item| tree.text(item).to_owned()),
            _ => {}
        }
        if tree.items(node).ne(items.iter().copied()) {
            tree.set_items(node, &items);
        }
        items.into_iter().for_each(|item| arrange_node(tree, item, path, sorts_lists));
    }
}
