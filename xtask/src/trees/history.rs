//! What changed in kustomize between the oracle's 5.5.0 and the newest source, each change with a proof; and what
//! rustomize does otherwise on purpose, where trees can show it.
//!
//! A difference is explained in one of two ways only. Either the tree can be **said again** so that 5.5.0 understands
//! what the newest kustomize understands: then rustomize has to print, for the tree as it stands, the very bytes that
//! the oracle prints for the tree as it was said again. Or the change is one of **verdict**, where one of the two has to
//! fail with the words that belong to the change: then both have to agree on the tree without what triggers it.

use super::rewrite;
use super::tree::Tree;

/// A change of kustomize since 5.5.0.
pub struct Change {
    /// As the report names it.
    pub name: &'static str,
    /// Whether release 5.8.1 has it too; where not, `--compat 5.8.1` has to do as 5.5.0 does.
    pub in_5_8_1: bool,
    pub proof: Proof,
}

/// How a change shows that it is the reason of a difference.
pub enum Proof {
    /// The oracle's answer to the tree said again is the right answer.
    SaidAgain(fn(&Tree) -> Option<Again>),
    /// One of the two fails and says so, and both agree on the tree without the cause.
    Verdict { fails: Side, says: fn(&str) -> bool, without: fn(&Tree) -> Option<Tree> },
    /// The oracle panics in the place that was mended.
    Panic(&'static [&'static str]),
}

/// Who fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Oracle,
    Rustomize,
}

/// A tree said again for the oracle.
pub struct Again {
    pub tree: Tree,
    /// Texts of the tree that had to be replaced, to be put back in the output.
    pub put_back: Vec<(String, String)>,
    /// Documents may stand in another order in the oracle's answer.
    pub any_order: bool,
    /// The algorithm of digests is another one in the oracle's answer.
    pub digests: bool,
}

impl From<Tree> for Again {
    fn from(tree: Tree) -> Self {
        Again { tree, put_back: vec![], any_order: false, digests: false }
    }
}

/// Every change that trees can show.
pub const CHANGES: &[Change] = &[
    Change {
        name: "an empty patch is ignored (5.5.0: an error)",
        in_5_8_1: true,
        proof: Proof::SaidAgain(rewrite::without_empty_patches),
    },
    Change {
        name: "replacements: sourceValue (5.5.0: unknown field)",
        in_5_8_1: true,
        proof: Proof::SaidAgain(rewrite::source_value_as_resource),
    },
    Change {
        name: "replacements: select and reject are regular expressions (5.5.0: exact texts)",
        in_5_8_1: true,
        proof: Proof::SaidAgain(rewrite::patterns_as_names),
    },
    Change {
        name: "images reach spec/volumes[]/image/reference (5.5.0: not)",
        in_5_8_1: true,
        proof: Proof::SaidAgain(rewrite::image_volumes_configured),
    },
    Change {
        name: "labels with includeTemplates leave volumeClaimTemplates alone (5.5.0: not)",
        in_5_8_1: false,
        proof: Proof::SaidAgain(rewrite::template_labels_as_fields),
    },
    Change {
        name: "images: digests of any algorithm (5.5.0: sha256)",
        in_5_8_1: false,
        proof: Proof::SaidAgain(rewrite::digests_as_sha256),
    },
    Change {
        name: "images: an invalid pattern fits nothing (5.5.0 panics)",
        in_5_8_1: false,
        proof: Proof::SaidAgain(rewrite::without_invalid_image_patterns),
    },
    Change {
        name: "ValidatingAdmissionPolicy is cluster-scoped (5.5.0: not)",
        in_5_8_1: false,
        proof: Proof::SaidAgain(rewrite::policies),
    },
    Change {
        name: "a resource that a patch deletes is passed over (5.5.0 panics)",
        in_5_8_1: true,
        proof: Proof::Panic(&["kyaml/yaml.(*RNode).Content(", "kyaml/resid.GvkFromNode("]),
    },
    Change {
        name: "a subject without a kind is no service account (kustomize panics; docs/differences.md)",
        in_5_8_1: true,
        proof: Proof::Panic(&["resmap.getNamespacesForRoleBinding(", "interface conversion: interface {} is nil"]),
    },
    Change {
        name: "patches: unknown options are an error (5.5.0: ignored)",
        in_5_8_1: true,
        proof: Proof::Verdict {
            fails: Side::Rustomize,
            says: |error| error.contains("unknown field"),
            without: rewrite::without_unknown_options,
        },
    },
    Change {
        name: "a path with an inner `..` is an error (5.5.0: not)",
        in_5_8_1: false,
        proof: Proof::Verdict {
            fails: Side::Rustomize,
            says: |error| error.contains("ambiguous"),
            without: rewrite::without_inner_dots,
        },
    },
    Change {
        name: "replacements reach into text that holds JSON or YAML (5.5.0: an error)",
        in_5_8_1: true,
        proof: Proof::Verdict {
            fails: Side::Oracle,
            says: |error| error.contains("wrong node kind: expected MappingNode but got ScalarNode"),
            without: rewrite::without_structured_replacements,
        },
    },
    Change {
        name: "replacements do not see annotations that kustomize keeps for itself (docs/differences.md)",
        in_5_8_1: true,
        proof: Proof::Verdict {
            fails: Side::Rustomize,
            says: |error| {
                let missing = ["there is no field `metadata.annotations.", "cannot replace `metadata.annotations."];
                missing.iter().any(|missing| error.contains(missing)) && error.contains("config")
            },
            without: rewrite::without_own_annotations,
        },
    },
    Change {
        name: "vars do not see annotations that kustomize keeps for itself (docs/differences.md)",
        in_5_8_1: true,
        proof: Proof::Verdict {
            fails: Side::Rustomize,
            says: |error| {
                let reads = ["the var `", "reads `metadata.annotations.", "config", "which is not there"];
                reads.iter().all(|part| error.contains(part))
            },
            without: rewrite::without_own_annotations,
        },
    },
    Change {
        name: "a validator may write what is there already (docs/differences.md)",
        in_5_8_1: true,
        proof: Proof::Verdict { fails: Side::Oracle, says: unequal_but_the_same, without: rewrite::without_validators },
    },
];

/// Whether the oracle calls a resource changed and shows the same text for it before and after.
fn unequal_but_the_same(error: &str) -> bool {
    let Some((_, nodes)) = error.split_once("validator shouldn't modify the resource map: nodes unequal:") else {
        return false;
    };
    let Some((nodes, _)) = nodes.split_once("&resource.Resource") else { return false };
    let mut shown = nodes.split(" -- {").skip(1).map(|node| {
        let text: String = node.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
        text.rfind('}').map_or_else(String::new, |end| text[..end].to_string())
    });
    matches!((shown.next(), shown.next()), (Some(before), Some(after)) if before == after)
}
