//! What a container asks for and what it may have: more may not be asked for than is allowed.

use rustomize_yaml::{NodeId, Tree};

use super::rules;
use super::validator::Fault;
use crate::quantity::Quantity;

/// The definition of `resources` of containers and pods.
pub(super) const RESOURCES: &str = "io.k8s.api.core.v1.ResourceRequirements";

/// Finds requests that are above their limits in a node that is of [`RESOURCES`].
pub(super) fn check(tree: &Tree, resources: NodeId, faults: &mut Vec<Fault>) {
    let part = |name| tree.get(resources, name);
    let (Some(requests), Some(limits)) = (part("requests"), part("limits")) else { return };
    for (key, request) in tree.entries(requests) {
        let name = tree.text(key);
        let Some(limit) = tree.get(limits, name) else { continue };
        let (Some(asked), Some(allowed)) = (quantity(tree, request), quantity(tree, limit)) else { continue };
        if asked > allowed {
            let (request_text, limit_text) = (tree.text(request), tree.text(limit));
            faults.push(Fault {
                rule: &rules::REQUEST,
                node: request,
                message: format!("the request of {request_text} {name} is above the limit of {limit_text}"),
                help: None,
                form: None,
                also: Some((limit, "the limit".to_owned())),
            });
        }
    }
}

fn quantity(tree: &Tree, node: NodeId) -> Option<Quantity> {
    Quantity::parse(tree.text(node))
}
