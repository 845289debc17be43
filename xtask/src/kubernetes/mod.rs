//! `cargo xtask kubernetes`: compiles the schemas of Kubernetes' types into `src/check/schemas/kubernetes.bin`.
//!
//! The schemas come from the Python package `kubernetes-validate`, which carries those of many releases. Most
//! definitions are the same in most releases, so each text of a definition is stored once, with the releases that have
//! it. What the published schemas leave out (closed sets of values, forms of names, bounds) is in `facts.txt`.

mod encode;
mod facts;
mod node;
mod package;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::programs;
use facts::Facts;
use node::Reader;
pub use node::{Node, Shape};
#[cfg(test)]
pub use package::has_schemas;
pub use package::python;

/// Options of `cargo xtask kubernetes`.
#[derive(clap::Args)]
pub struct Options {
    /// The table to write
    #[arg(long, default_value = "src/check/schemas/kubernetes.bin")]
    output: PathBuf,
    /// Write nothing, and fail where the table is not what would be written
    #[arg(long)]
    check: bool,
    /// The directory of the schemas, one folder a release; by default that of the Python package, which is installed
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// The first minor release of Kubernetes 1 that the table describes.
const FIRST_RELEASE: u32 = 25;

/// Everything that goes into the table.
#[derive(Default)]
pub struct Table {
    /// The minor releases, from [`FIRST_RELEASE`] on.
    pub releases: Vec<u32>,
    /// (kind, group, version) and the name of its definition: the releases that serve it, a bit each.
    kinds: BTreeMap<(String, String, String, String), u32>,
    /// By name: each text, and the releases that have it, a bit each.
    definitions: BTreeMap<String, Vec<(Node, u32)>>,
}

/// Reads the schemas and writes or checks the table.
pub fn run(options: &Options) -> Result<()> {
    let schemas = match &options.schemas {
        Some(schemas) => schemas.clone(),
        None => package::schemas()?,
    };
    let bytes = encode::encode(&Table::read(&package::releases(&schemas)?)?)?;
    let output = programs::root().join(&options.output);
    if options.check {
        if std::fs::read(&output).ok().as_deref() != Some(&bytes) {
            bail!("{} is not what `cargo xtask kubernetes` writes", output.display());
        }
        println!("{} is current", output.display());
        return Ok(());
    }
    std::fs::write(&output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    println!("{}: {} bytes", output.display(), bytes.len());
    Ok(())
}

/// The table as it is to be, from the schemas of the Python package.
pub fn table() -> Result<Table> {
    Table::read(&package::releases(&package::schemas()?)?)
}

impl Table {
    /// The types that a release serves: kind, group, version and definition.
    pub fn kinds_of(&self, release: u32) -> impl Iterator<Item = (&str, &str, &str, &Node)> {
        let served = self.kinds.iter().filter(move |(_, releases)| **releases & bit(release) != 0);
        served.filter_map(move |((kind, group, version, definition), _)| {
            Some((kind.as_str(), group.as_str(), version.as_str(), self.definition(definition, release)?))
        })
    }

    /// What a definition says in a release.
    pub fn definition(&self, name: &str, release: u32) -> Option<&Node> {
        let texts = self.definitions.get(name)?;
        texts.iter().find(|(_, releases)| releases & bit(release) != 0).map(|(node, _)| node)
    }

    /// Reads the definitions of each release.
    fn read(releases: &BTreeMap<u32, PathBuf>) -> Result<Table> {
        let mut table = Table::default();
        let mut facts = Facts::read()?;
        for (&release, file) in releases.range(FIRST_RELEASE..) {
            if release != FIRST_RELEASE + table.releases.len() as u32 {
                bail!("there is no schema for the release before 1.{release}");
            }
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let document: Value = serde_json::from_str(&text)?;
            table.add(release, &document, &mut facts).with_context(|| format!("in {}", file.display()))?;
        }
        facts.refuse_unused()?;
        Ok(table)
    }

    fn add(&mut self, release: u32, document: &Value, facts: &mut Facts) -> Result<()> {
        let bit = bit(release);
        self.releases.push(release);
        let definitions = document["$defs"].as_object().context("there are no definitions")?;
        for (name, definition) in definitions {
            for id in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
                let part = |name: &str| id[name].as_str().unwrap_or_default().to_owned();
                let key = (part("kind"), part("group"), part("version"), name.clone());
                *self.kinds.entry(key).or_default() |= bit;
            }
            let mut node = Reader { definitions }.node(definition).with_context(|| format!("definition {name}"))?;
            facts.add_to(name, &mut node)?;
            let texts = self.definitions.entry(name.clone()).or_default();
            match texts.iter_mut().find(|(text, _)| *text == node) {
                Some((_, releases)) => *releases |= bit,
                None => texts.push((node, bit)),
            }
        }
        Ok(())
    }
}

/// The bit that stands for a release.
fn bit(release: u32) -> u32 {
    1 << (release - FIRST_RELEASE)
}
