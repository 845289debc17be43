//! Fixing the names by which resources refer to each other, after they have been renamed.

use rustomize_yaml::{NodeId, Tree};

use super::TransformerConfig;
use super::name_references::{Hit, NameReferences, Reference, ReferenceMap};
use super::referrals::{Referrals, Referrer};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::explain::Journal;
use crate::parallel;
use crate::resource::{Resource, ResourceSet, set_untyped};

/// Writes the current name into every field that names a resource by one of its previous names.
///
/// Which fields those are, and what they refer to, is said by `config`. Fails where a field could mean several
/// resources, and where a field is not what its path makes of it. Mirrors kustomize's name reference transformer,
/// except that each resource is walked once and candidates come from an index.
pub fn fix_names(resources: &mut ResourceSet, config: &TransformerConfig, context: &Context) -> Result<()> {
    fix_names_and_look(resources, config, context, |_| false).map(|_| ())
}

/// Does [`fix_names`] and says whether `look` finds something in any resource as it is then: while its tree is at hand,
/// which for thousands of them is costly to come back to.
pub fn fix_names_and_look(
    resources: &mut ResourceSet,
    config: &TransformerConfig,
    context: &Context,
    look: impl Fn(&Resource) -> bool + Sync,
) -> Result<bool> {
    let (references, sources) = (&config.name_reference, context.sources);
    let referrals = Referrals::new(resources.as_slice());
    // Where names are given to what names are looked up by, and where a journal follows, one has its turn after the other.
    let at_once = context.journal.is_none() && !references.may_change_ids();
    let plans = match at_once {
        true => plans(resources.as_slice(), references, &referrals, sources, &look),
        false => resources.iter().map(|_| Ok(Plan::InTurn)).collect(),
    };
    let mut is_found = false;
    for (position, plan) in plans.into_iter().enumerate() {
        match plan? {
            Plan::Nothing { has_found } => {
                is_found |= has_found;
                continue;
            }
            Plan::Texts(texts) => {
                let tree = resources.body_mut(position).body_mut();
                texts.into_iter().for_each(|(node, text)| tree.set_text(node, &text));
            }
            Plan::InTurn => {
                let resource = resources.get(position);
                let (map, mut hits) = (map_of(references, resource), Vec::new());
                map.find(resource.tree(), &mut hits)?;
                if !hits.is_empty() {
                    let (referrals, journal) = (&referrals, context.journal);
                    let referrer = &Referrer::new(resource, sources)?;
                    let mut fixer = Fixer { resources, referrals, referrer, position, sources, journal };
                    hits.iter().try_for_each(|&hit| fixer.fix(map, hit))?;
                }
            }
        }
        is_found |= look(resources.get(position));
    }
    Ok(is_found)
}

/// What is to be done to a resource.
enum Plan {
    Nothing {
        /// What the look has found.
        has_found: bool,
    },
    /// These scalars get these texts.
    Texts(Vec<(NodeId, String)>),
    /// What it is depends on what is done to this resource and to those before it.
    InTurn,
}

/// What is to be done to each resource, which several threads find out.
fn plans(
    resources: &[Resource],
    references: &NameReferences,
    referrals: &Referrals,
    sources: &Sources,
    look: impl Fn(&Resource) -> bool + Sync,
) -> Vec<Result<Plan>> {
    let positions: Vec<usize> = (0..resources.len()).collect();
    parallel::map(&positions, resources.len(), |&position| {
        let resource = &resources[position];
        let nothing = || Ok(Plan::Nothing { has_found: look(resource) });
        let map = map_of(references, resource);
        if map.is_empty() {
            return nothing();
        }
        let mut hits = Vec::new();
        map.find(resource.tree(), &mut hits)?;
        if hits.is_empty() {
            return nothing();
        }
        let referrer = Referrer::new(resource, sources)?;
        match plan(map, &hits, &Searcher { resources, referrals, referrer: &referrer, position, sources })? {
            Plan::Texts(texts) if texts.is_empty() => nothing(),
            plan => Ok(plan),
        }
    })
}

fn plan(map: &ReferenceMap, hits: &[Hit], searcher: &Searcher) -> Result<Plan> {
    let tree = searcher.tree();
    let mut texts: Vec<(NodeId, String)> = Vec::new();
    for hit in hits {
        let Some(number) = hit.reference.filter(|_| tree.is_scalar(hit.node)) else { return Ok(Plan::InTurn) };
        if tree.is_null(hit.node) {
            continue;
        }
        // A field may be one of several types of reference: what the first makes of it is what the next one looks up.
        let known = texts.iter().position(|(node, _)| *node == hit.node);
        let name = known.map_or(tree.text(hit.node), |known| &texts[known].1);
        let target = match searcher.select(map.reference(number), hit.node, name, false, None) {
            Ok(Some(target)) => target,
            Ok(None) => continue,
            // The error shows what stands there when it is this one's turn.
            Err(_) if known.is_some() => return Ok(Plan::InTurn),
            Err(error) => return Err(error),
        };
        let current = searcher.resources[target].name();
        if current != name {
            match known {
                Some(known) => texts[known].1 = current.to_owned(),
                None => texts.push((hit.node, current.to_owned())),
            }
        }
    }
    Ok(Plan::Texts(texts))
}

/// Referrers count by their original kind, under the current group and version.
fn map_of<'r>(references: &'r NameReferences, resource: &Resource) -> &'r ReferenceMap {
    let gvk = &resource.id().gvk;
    match resource.book.previous.first() {
        Some(first) if &*first.kind != gvk.kind() => references.of_referrer(&resource.original_id().gvk),
        _ => references.of_referrer(gvk),
    }
}

/// Fixes the fields of the resource at `position`.
struct Fixer<'a> {
    resources: &'a mut ResourceSet,
    referrals: &'a Referrals,
    referrer: &'a Referrer,
    position: usize,
    sources: &'a Sources,
    journal: Option<&'a Journal>,
}

impl Fixer<'_> {
    fn fix(&mut self, map: &ReferenceMap, hit: Hit) -> Result<()> {
        let Some(number) = hit.reference else {
            let tree = self.tree_mut();
            let list = tree.new_sequence();
            tree.assign(hit.node, list);
            return Ok(());
        };
        let reference = map.reference(number);
        let tree = self.tree();
        if !tree.is_sequence(hit.node) {
            return self.fix_node(reference, hit.node);
        }
        let items: Vec<NodeId> = tree.items(hit.node).collect();
        for item in items {
            if self.tree().is_sequence(item) {
                return Err(self.searcher().error(item, "a list in a list where names of resources are expected"));
            }
            self.fix_node(reference, item)?;
        }
        Ok(())
    }

    fn fix_node(&mut self, reference: &Reference, node: NodeId) -> Result<()> {
        let tree = self.tree();
        if tree.is_null(node) {
            Ok(())
        } else if tree.is_mapping(node) {
            self.fix_mapping(reference, node)
        } else {
            self.fix_scalar(reference, node)
        }
    }

    fn fix_scalar(&mut self, reference: &Reference, node: NodeId) -> Result<()> {
        let name = self.tree().text(node);
        let Some(target) = self.searcher().select(reference, node, name, false, None)? else { return Ok(()) };
        let name = self.resources.get(target).name();
        if name != self.tree().text(node) {
            let name = name.to_owned();
            self.tree_mut().set_text(node, &name);
            self.note(node, target);
        }
        Ok(())
    }

    /// A mapping with `name` and perhaps `namespace`, both of which follow the resource.
    fn fix_mapping(&mut self, reference: &Reference, mapping: NodeId) -> Result<()> {
        let tree = self.tree();
        let Some(name_node) = tree.get(mapping, "name") else {
            let message = format!("there is no `name` in what `{}` leads to", reference.path);
            return Err(self.searcher().error(mapping, &message));
        };
        let namespace = tree.get(mapping, "namespace").map(|node| tree.text(node).to_owned());
        let name = tree.text(name_node);
        let Some(found) = self.searcher().select(reference, name_node, name, true, namespace.as_deref())? else {
            return Ok(());
        };
        let target = self.resources.get(found);
        let (name, namespace) = (target.name().to_owned(), target.namespace().to_owned());
        if namespace.is_empty() && name == self.tree().text(name_node) {
            return Ok(());
        }
        let tree = self.tree_mut();
        set_untyped(tree, mapping, "name", &name);
        if !namespace.is_empty() {
            set_untyped(tree, mapping, "namespace", &namespace);
        }
        self.note(mapping, found);
        Ok(())
    }

    /// Tells the journal that a name, or a mapping with a name, follows the resource at `target`.
    fn note(&self, node: NodeId, target: usize) {
        if let Some(journal) = self.journal {
            journal.follow(self.resources.get(self.position), node, self.resources.get(target));
        }
    }

    fn searcher(&self) -> Searcher<'_> {
        Searcher {
            resources: self.resources.as_slice(),
            referrals: self.referrals,
            referrer: self.referrer,
            position: self.position,
            sources: self.sources,
        }
    }

    fn tree(&self) -> &Tree {
        self.resources.get(self.position).tree()
    }

    /// Field specs may lead to anything, so the id may change.
    fn tree_mut(&mut self) -> &mut Tree {
        self.resources.get_mut(self.position).tree_mut()
    }
}

/// Finds what the resource at `position` refers to.
struct Searcher<'a> {
    resources: &'a [Resource],
    referrals: &'a Referrals,
    referrer: &'a Referrer,
    position: usize,
    sources: &'a Sources,
}

impl<'a> Searcher<'a> {
    /// The one resource that `name`, which is in `node` or will be, can mean, if there is one. A reference by a mapping
    /// takes the namespace too, and may give one.
    fn select(
        &self,
        reference: &Reference,
        node: NodeId,
        name: &str,
        by_mapping: bool,
        namespace: Option<&str>,
    ) -> Result<Option<usize>> {
        let wanted = (name, &*reference.kind);
        let candidates = self.referrals.candidates(self.resources, self.referrer, wanted, namespace);
        if candidates.is_empty() {
            return Ok(None);
        }
        let resource = &self.resources[self.position];
        let found = self.referrer.narrow(self.resources, resource, candidates, reference);
        let agree = |&other: &usize| {
            let (first, other) = (&self.resources[found[0]], &self.resources[other]);
            first.name() == other.name() && (!by_mapping || first.namespace() == other.namespace())
        };
        match found.len() {
            0 => Ok(None),
            _ if found.iter().all(agree) => Ok(Some(found[0])),
            _ => Err(self.ambiguous(reference, node, &found)),
        }
    }

    fn tree(&self) -> &'a Tree {
        self.resources[self.position].tree()
    }

    fn error(&self, node: NodeId, message: &str) -> Error {
        let resource = &self.resources[self.position];
        let span = self.sources.span(resource.tree(), node);
        Error::new(Code::FieldSpec, format!("{message}, in {}", resource.id())).label_if(span, "")
    }

    fn ambiguous(&self, reference: &Reference, node: NodeId, found: &[usize]) -> Error {
        let resource = &self.resources[self.position];
        let tree = resource.tree();
        let message = format!(
            "the name `{}` in `{}` of {} could mean {} resources",
            tree.text(node),
            reference.path,
            resource.id(),
            found.len()
        );
        let mut error = Error::new(Code::AmbiguousReference, message)
            .label_if(self.sources.span(tree, node), "refers to")
            .help("give the candidates different names or namespaces, or prefixes as the referrer has them");
        for &candidate in found {
            let candidate = &self.resources[candidate];
            let tree = candidate.tree();
            let name = tree.path(tree.root(), &["metadata", "name"]);
            match name.and_then(|name| self.sources.span(tree, name)) {
                Some(span) => error = error.label(span, format!("perhaps {}", candidate.id())),
                None => error = error.note(format!("perhaps {}", candidate.id())),
            }
        }
        error
    }
}
