//! Builds a tree with both programs and says whether they agree.

use super::tree::Tree;
use anyhow::{Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any build of a small tree can take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a program made of a tree.
#[derive(Clone, Default)]
pub struct Outcome {
    pub ok: bool,
    /// It neither succeeded nor failed in good order: a signal, a panic, no answer.
    pub died: bool,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// How the two outcomes relate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Same bytes, or both refuse.
    Same,
    /// They differ for a reason that is known and meant.
    Explained(&'static str),
    OutputDiffers,
    OnlyOracleBuilds,
    OnlyRustomizeBuilds,
    RustomizeDied,
}

/// The two programs.
pub struct Programs {
    pub rustomize: Option<PathBuf>,
}

/// A tree's outcomes.
pub struct Comparison {
    pub verdict: Verdict,
    pub oracle: Outcome,
    pub rustomize: Outcome,
}

impl Programs {
    /// Whether `kubectl kustomize` can be called.
    pub fn has_oracle() -> bool {
        let call =
            Command::new("kubectl").args(["kustomize", "--help"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        call.is_ok_and(|status| status.success())
    }

    /// Writes the tree to `root` and builds it with both.
    pub fn compare(&self, tree: &Tree, root: &Path) -> Result<Comparison> {
        tree.write(root).with_context(|| format!("cannot write the tree to {}", root.display()))?;
        let oracle = build(Command::new("kubectl").args(["kustomize", "overlay"]).current_dir(root))?;
        let Some(program) = &self.rustomize else {
            return Ok(Comparison { verdict: Verdict::Same, oracle, rustomize: Outcome::default() });
        };
        let rustomize = build(Command::new(program).args(["build", "overlay"]).current_dir(root))?;
        Ok(Comparison { verdict: verdict(&oracle, &rustomize), oracle, rustomize })
    }
}

fn verdict(oracle: &Outcome, rustomize: &Outcome) -> Verdict {
    if rustomize.died {
        return Verdict::RustomizeDied;
    }
    match (oracle.ok, rustomize.ok) {
        (false, true) => explanation(&oracle.stderr).map_or(Verdict::OnlyRustomizeBuilds, Verdict::Explained),
        (true, false) => Verdict::OnlyOracleBuilds,
        (false, false) => Verdict::Same,
        (true, true) if version_free(&oracle.stdout) == version_free(&rustomize.stdout) => Verdict::Same,
        (true, true) => Verdict::OutputDiffers,
    }
}

/// Errors of the oracle that newer releases of kustomize no longer report.
fn explanation(stderr: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("panic: ", "the oracle panics"),
        ("unable to parse SM or JSON patch from []", "empty patch files are ignored since 5.6"),
        // The newest source says so only of a patch that has both a resource and an operation; `[]` has neither.
        ("illegally qualifies as both an SM and JSON patch", "a patch without operations is ignored since 5.6"),
    ];
    KNOWN.iter().find(|(text, _)| stderr.contains(text)).map(|(_, reason)| *reason)
}

/// The output without the version in the managed-by label.
fn version_free(output: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"managed-by: kustomize-";
    let mut out = Vec::with_capacity(output.len());
    for line in output.split_inclusive(|byte| *byte == b'\n') {
        match line.windows(MARK.len()).position(|window| window == MARK) {
            Some(at) => out.extend_from_slice(&line[..at + MARK.len()]),
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn build(command: &mut Command) -> Result<Outcome> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start a program to compare")?;
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let stdout = scope.spawn(move || read(out.as_mut()));
        let stderr = scope.spawn(move || read(err.as_mut()));
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if start.elapsed() > TIMEOUT {
                child.kill()?;
                child.wait()?;
                break None;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        let code = status.and_then(|status| status.code());
        Ok(Outcome {
            ok: code == Some(0),
            died: code.is_none_or(|code| code > 100),
            stdout: stdout.join().unwrap_or_default(),
            stderr: String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned(),
        })
    })
}

fn read(from: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = vec![];
    if let Some(from) = from {
        // A pipe that breaks leaves what was read so far, which is what there is to compare.
        let _ = from.read_to_end(&mut bytes);
    }
    bytes
}
