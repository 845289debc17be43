use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustomize_yaml::{FileId, Source, Tree};

use super::Finding;
use crate::kustomization::Kustomization;
use crate::load::Loader;
use crate::resource::Resource;

/// Takes findings, and what there is to know for others, while a build goes on.
#[derive(Debug, Default)]
pub(crate) struct Collector(RefCell<Collected>);

#[derive(Debug, Default)]
struct Collected {
    findings: Vec<Finding>,
    kustomizations: Vec<Visited>,
    seen: BTreeSet<FileId>,
    texts: Vec<Arc<Source>>,
    configurations: Vec<(Arc<Source>, Arc<Tree>)>,
}

/// A kustomization that a build came upon.
#[derive(Debug, Clone)]
pub(crate) struct Visited {
    /// Its text.
    pub source: Arc<Source>,
    /// What it says.
    pub kustomization: Arc<Kustomization>,
    /// Stands at its directory.
    pub loader: Loader,
}

impl Collector {
    /// Takes a finding.
    pub fn report(&self, finding: Finding) {
        self.0.borrow_mut().findings.push(finding);
    }

    /// Takes note of a kustomization, once.
    pub fn visit(&self, visited: Visited) {
        let mut collected = self.0.borrow_mut();
        if collected.seen.insert(visited.source.id) {
            collected.texts.push(visited.source.clone());
            collected.kustomizations.push(visited);
        }
    }

    /// Takes note of a text that is read, once: it may say what to allow.
    pub fn read(&self, source: &Arc<Source>) {
        let mut collected = self.0.borrow_mut();
        if collected.seen.insert(source.id) {
            collected.texts.push(source.clone());
        }
    }

    /// Takes note of what configures a transformer.
    pub fn configure(&self, configuration: &Resource) {
        let tree = configuration.shared_tree().clone();
        self.0.borrow_mut().configurations.push((tree.source().clone(), tree));
    }

    /// What configures transformers.
    pub fn configurations(&self) -> Vec<(Arc<Source>, Arc<Tree>)> {
        self.0.borrow().configurations.clone()
    }

    /// The findings so far, which are its no longer.
    pub fn take_findings(&self) -> Vec<Finding> {
        std::mem::take(&mut self.0.borrow_mut().findings)
    }

    /// The kustomizations so far, in order.
    pub fn kustomizations(&self) -> Vec<Visited> {
        self.0.borrow().kustomizations.clone()
    }

    /// The texts that were read so far, kustomizations among them.
    pub fn texts(&self) -> Vec<Arc<Source>> {
        self.0.borrow().texts.clone()
    }
}
