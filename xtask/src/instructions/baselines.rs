//! What builds took when it was recorded, in a text file of which each line has its reason.

use anyhow::{Context, Result, bail};
use rustomize_workloads::thousands;
use std::path::Path;

const HEAD: &str = "\
# Instructions of `rustomize build`, counted with callgrind on one core. `.ci/run` fails where a build takes 5 % more.
# `cargo xtask instructions --record REASON` writes new numbers; the reason stays with those that have changed much.
";
const COMPILER: &str = "# compiled by ";

/// Recorded counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// The compiler, and what it compiled for.
    pub compiler: String,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    workload: String,
    count: u64,
    reason: String,
}

impl Baselines {
    /// Reads the file; nothing is recorded where there is none.
    pub fn read(path: &Path) -> Result<Baselines> {
        match std::fs::read_to_string(path) {
            Ok(text) => Baselines::parse(&text).with_context(|| format!("cannot understand {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Baselines::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn parse(text: &str) -> Result<Baselines> {
        let mut baselines = Baselines::default();
        for line in text.lines() {
            if let Some(compiler) = line.strip_prefix(COMPILER) {
                baselines.compiler = compiler.to_owned();
            } else if !line.starts_with('#') && !line.is_empty() {
                let parts: Vec<&str> = line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
                let [workload, count, reason] = parts[..] else { bail!("a line without three parts: {line}") };
                let (workload, count) = (workload.to_owned(), count.replace(',', "").parse()?);
                let reason = reason.to_owned();
                baselines.lines.push(Line { workload, count, reason });
            }
        }
        Ok(baselines)
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, self.text())?)
    }

    fn text(&self) -> String {
        let mut text = format!("{HEAD}{COMPILER}{}\n\n", self.compiler);
        for Line { workload, count, reason } in &self.lines {
            text += &format!("{workload:<16}  {:>16}  {reason}\n", thousands(*count));
        }
        text
    }

    /// What the workload took.
    pub fn count_of(&self, workload: &str) -> Option<u64> {
        self.lines.iter().find(|line| line.workload == workload).map(|line| line.count)
    }

    /// Takes in new counts. What has changed by less than half a percent keeps its reason.
    pub fn record<const N: usize>(&mut self, compiler: &str, counts: [(&str, u64); N], reason: &str) {
        self.compiler = compiler.to_owned();
        let old = std::mem::take(&mut self.lines);
        self.lines = counts
            .map(|(workload, count)| {
                let same =
                    old.iter().find(|line| line.workload == workload && line.count.abs_diff(count) * 200 < count);
                let reason = same.map_or(reason, |line| &line.reason).to_owned();
                Line { workload: workload.to_owned(), count, reason }
            })
            .into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let mut baselines = Baselines::default();
        baselines.record(
            "rustc 1.95.0 for x86_64-linux",
            [("smallest", 3_000_000), ("apps-200", 80_000_000)],
            "first count",
        );
        assert_eq!(Baselines::parse(&baselines.text()).unwrap(), baselines);
        assert!(baselines.text().ends_with(
            "smallest                 3,000,000  first count\napps-200                80,000,000  first count\n"
        ));
    }

    #[test]
    fn the_reason_stays_with_what_has_not_changed() {
        let mut baselines = Baselines::default();
        baselines.record("a", [("one", 1_000_000), ("two", 1_000_000)], "old");
        baselines.record("a", [("one", 1_001_000), ("two", 1_200_000)], "new");
        let reasons: Vec<&str> = baselines.lines.iter().map(|line| line.reason.as_str()).collect();
        assert_eq!((reasons, baselines.count_of("two")), (vec!["old", "new"], Some(1_200_000)));
    }
}
