//! What is wrong, before the cluster says so: faults of kustomizations that a build keeps silent about, and faults of
//! the manifests that come out.
//!
//! A build is done with a collector, to which transformers report settings without effect. What comes out is looked
//! at then, and so are the kustomizations themselves. Every finding points at a line of the input.

mod allow;
mod collector;
mod deprecated;
mod external;
mod failure;
mod fields;
mod finding;
mod kubernetes;
mod manifests;
mod origins;
mod references;
pub(crate) mod report;
mod rule;
pub(crate) mod rules;
mod schemas;
mod selectors;
mod stale;
mod unused;

use std::cell::RefCell;
use std::path::PathBuf;

use crate::BuildOptions;
use crate::accumulate::Walk;
use crate::context::Observers;
use crate::diagnostics::{Diagnostic, Result};
use crate::output;
use crate::session::Session;

pub(crate) use collector::{Collector, Visited};
pub use finding::{Finding, Region};
pub(crate) use manifests::Manifests;
pub use rule::{Group, Rule};

/// What to check, and how.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// How to build.
    pub build: BuildOptions,
    /// Whether manifests are left alone, as `build --strict` does: only kustomizations are checked then.
    pub without_manifests: bool,
    /// Rules whose findings are left out.
    pub allow: Vec<&'static Rule>,
    /// Rules whose findings are errors, even where they are warnings by default.
    pub deny: Vec<&'static Rule>,
    /// Objects that come from elsewhere, as `KIND/NAME`: a `*` in the name stands for anything.
    pub external: Vec<String>,
    /// The release of Kubernetes that manifests are for, such as `1.31`; the newest known one if it is empty.
    pub kube_version: String,
    /// Directories and files of CustomResourceDefinitions, beside those of the build itself.
    pub crds: Vec<String>,
}

impl Session {
    /// Checks the kustomization in `directory`: what it says, and what it builds to.
    ///
    /// The findings come in the order of their places in the input. That the kustomization does not build is a finding too;
    /// an error is what keeps it from being checked: a directory without a kustomization, what cannot be fetched, a
    /// program that has to be allowed first.
    ///
    /// ```
    /// use rustomize::{Session, check::CheckOptions};
    ///
    /// let directory = tempfile::tempdir()?;
    /// std::fs::write(directory.path().join("cm.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// std::fs::write(directory.path().join("kustomization.yaml"), "\
    /// resources: [cm.yaml]
    /// images:
    /// - name: nginx
    ///   newTag: '1.29'
    /// ")?;
    ///
    /// let session = Session::default();
    /// let findings = session.check(&directory.path().to_string_lossy(), &CheckOptions::default())?;
    /// let place = findings[0].region().map(|region| (region.line, region.column));
    /// assert_eq!((findings[0].rule.code, place), ("unmatched-image", Some((3, 9))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, directory: &str, options: &CheckOptions) -> Result<Vec<Finding>> {
        self.check_all(&[directory], options)
    }

    /// Checks the kustomizations in several directories. What is found in a file that several of them stand on is told
    /// once.
    ///
    /// Fails where [`Session::check`] does, for any of them.
    pub fn check_all(&self, directories: &[&str], options: &CheckOptions) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        let collector = Collector::default();
        for directory in directories {
            found.extend(self.build_and_check(directory, options, &collector)?);
        }
        let roots: Vec<PathBuf> =
            directories.iter().filter_map(|directory| self.files.absolute(directory).canonicalize().ok()).collect();
        let is_own = |file: &str| {
            let file = self.files.absolute(file);
            roots.iter().any(|root| file.starts_with(root))
        };
        allow::apply(&mut found, &collector, options, is_own);
        Ok(finish(found, options))
    }

    /// Checks only what the kustomizations of a build say, and not the manifests: what is found is an error.
    pub(crate) fn check_kustomizations(&self, directory: &str, options: &BuildOptions) -> Result<Vec<Finding>> {
        let options = CheckOptions { build: options.clone(), without_manifests: true, ..CheckOptions::default() };
        self.check(directory, &options)
    }

    fn build_and_check(&self, directory: &str, options: &CheckOptions, collector: &Collector) -> Result<Vec<Finding>> {
        let warnings = RefCell::new(Vec::<Diagnostic>::new());
        let observers = Observers { collector: Some(collector), ..Observers::default() };
        let walked = Walk::build(self, &options.build, &warnings, observers, directory);
        let sources = &self.files.sources;
        let output = match walked.and_then(|(resources, notes)| output::render(resources, &notes, sources)) {
            Ok(output) => output,
            Err(error) => {
                let failure = failure::finding(&error).ok_or_else(|| error.after(warnings.into_inner()))?;
                let mut findings = collector.take_findings();
                findings.push(failure);
                return Ok(findings);
            }
        };
        let mut findings = collector.take_findings();
        let manifests = Manifests::new(self, directory, output.resources(), collector, options);
        rules::check(&manifests, &mut findings)?;
        Ok(findings)
    }
}

/// The findings that are left, in the order of their places, each once.
fn finish(mut found: Vec<Finding>, options: &CheckOptions) -> Vec<Finding> {
    found.retain(|finding| !options.allow.contains(&finding.rule));
    for finding in &mut found {
        if options.deny.contains(&finding.rule) || options.without_manifests {
            finding.severity = crate::diagnostics::Severity::Error;
        }
    }
    // Where a finding is takes a look at all of its file, so that is asked once.
    let mut placed: Vec<_> = found.into_iter().map(|finding| (finding.order(), finding)).collect();
    placed.sort_by(|(one, _), (other, _)| one.cmp(other));
    placed.dedup_by(|(one, _), (other, _)| one == other);
    placed.into_iter().map(|(_, finding)| finding).collect()
}
