//! What `check` says of manifests is what `kubernetes-validate` says of them, for valid ones and for broken ones.
//!
//! The manifests are made from the schemas. A broken one has one fault: of those that its schema forbids, or of those that
//! only Kubernetes' own validation knows (closed sets of values, forms of names, bounds), which `kubernetes-validate` cannot
//! see. Whatever else the two disagree on breaks the law, but for what [`Difference`] explains.

mod breakage;
mod generate;
mod oracle;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustomize::Session;
use rustomize::check::{CheckOptions, Finding, Group};
use serde_json::Value;

use crate::kubernetes::{self, Table};
use crate::trees::Rng;
use breakage::Breakage;
use oracle::Answer;

/// A manifest, the release that it is for, and what was broken in it.
struct Manifest {
    number: usize,
    release: u32,
    value: Value,
    breakage: Option<Breakage>,
}

/// Why verdicts may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// The published schemas do not say it: a closed set of values, the form of a name, a bound, an item that is there twice.
    NotPublished,
    /// The published schemas let an object be null that has to be there; the API takes null for nothing.
    NullRequired,
    /// The published schemas say of what is a number or a text that it is exactly one of "a number or null" and "a text or
    /// null", and so refuse null by mistake; the API takes it for nothing.
    NullChoice,
}

/// Holds the law for manifests of some numbers, over the first, a middle and the newest release; a count of each kind.
pub fn hold(seed: u64, numbers: Range<usize>) -> Result<String> {
    let table = kubernetes::table()?;
    let releases =
        [table.releases[0], table.releases[table.releases.len() / 2], table.releases[table.releases.len() - 1]];
    let manifests: Vec<Manifest> =
        numbers.map(|number| manifest(&table, releases[number % releases.len()], seed, number)).collect();
    let answers = oracle::ask(&manifests)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let scratch = tempfile::tempdir()?;
    for (manifest, answer) in manifests.iter().zip(answers) {
        let findings = check(&scratch.path().join(manifest.number.to_string()), manifest)?;
        let class = compare(manifest, &findings, &answer).with_context(|| told(manifest, &findings, &answer))?;
        *counts.entry(class).or_default() += 1;
    }
    counts.iter().for_each(|(class, count)| println!("{count:6} {class}"));
    Ok(format!("{} manifests over 1.{}, 1.{} and 1.{}", manifests.len(), releases[0], releases[1], releases[2]))
}

fn manifest(table: &Table, release: u32, seed: u64, number: usize) -> Manifest {
    let mut rng = Rng::new(seed << 32 | number as u64);
    let mut generated = generate::manifest(table, release, &mut rng);
    let breakage = if rng.chance(60) { breakage::apply(&mut generated, &mut rng) } else { None };
    Manifest { number, release, value: generated.value, breakage }
}

/// What `check` finds of the manifest, not of the kustomization around it; a build that fails is found too.
fn check(place: &Path, manifest: &Manifest) -> Result<Vec<Finding>> {
    fs::create_dir(place)?;
    fs::write(place.join("kustomization.yaml"), "resources: [manifest.yaml]\n")?;
    fs::write(place.join("manifest.yaml"), serde_json::to_string_pretty(&manifest.value)?)?;
    let options = CheckOptions { kube_version: format!("1.{}", manifest.release), ..CheckOptions::default() };
    let directory = place.to_str().context("a scratch directory is text")?;
    let mut findings = Session::default().check(directory, &options)?;
    let is_of_manifest = |finding: &Finding| {
        finding.rule.code == "build-failure"
            || finding.rule.group == Group::Manifests && finding.rule.code != "deprecated-api"
    };
    findings.retain(is_of_manifest);
    fs::remove_dir_all(place)?;
    Ok(findings)
}

/// The class that a manifest is of; fails where the two disagree without a reason.
fn compare(manifest: &Manifest, findings: &[Finding], answer: &Answer) -> Result<String> {
    let found = !findings.is_empty();
    let Some(breakage) = &manifest.breakage else {
        return match (found, answer) {
            (false, Answer::Valid) => Ok("valid, and both say so".to_owned()),
            _ => bail!("a valid manifest"),
        };
    };
    let name = breakage.name;
    if found && !findings.iter().any(|finding| breakage.codes.contains(&finding.rule.code)) {
        bail!("{name} is found as something else");
    }
    match (found, answer, breakage.difference) {
        (true, Answer::Invalid(_) | Answer::UnknownType, None) => Ok(format!("{name}: both say so")),
        (true, Answer::Valid, Some(difference @ (Difference::NotPublished | Difference::NullRequired))) => {
            Ok(format!("{name}: check alone says so ({difference:?})"))
        }
        (false, Answer::Invalid(_), Some(Difference::NullChoice)) => {
            Ok(format!("{name}: kubernetes-validate alone says so ({:?})", Difference::NullChoice))
        }
        _ => bail!("{name} at {}", breakage.pointer),
    }
}

fn told(manifest: &Manifest, findings: &[Finding], answer: &Answer) -> String {
    let mut told = format!("manifest {} for 1.{}\n{:#}\n", manifest.number, manifest.release, manifest.value);
    findings.iter().for_each(|finding| told.push_str(&format!("check: {}\n", finding.render(false))));
    told.push_str(&format!("kubernetes-validate: {answer:?}"));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of what `cargo xtask laws schemas --count 2000` tries.
    #[test]
    fn verdicts_agree() {
        if !kubernetes::has_schemas() {
            eprintln!(
                "SKIPPED: kubernetes-validate is not installed in target/kubernetes-validate; nothing was compared with it"
            );
            return;
        }
        hold(7, 0..60).unwrap();
    }
}
