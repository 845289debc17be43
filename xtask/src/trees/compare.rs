//! Builds a tree with both programs and says whether they agree.

use super::answers::Answers;
use super::history::{Again, CHANGES, Change, Proof, Side};
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
    /// What it printed; of a directory that it filled, every file below its name.
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// How the two outcomes relate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Same bytes, or both refuse.
    Same,
    /// They differ for a reason that is known, meant and shown to be the reason.
    Explained(&'static str),
    OutputDiffers,
    OnlyOracleBuilds,
    OnlyRustomizeBuilds,
    RustomizeDied,
}

impl Verdict {
    /// Whether somebody has to look at it.
    pub fn differs(self) -> bool {
        !matches!(self, Verdict::Same | Verdict::Explained(_))
    }
}

/// The reason that stands for more than one.
const SEVERAL: &str = "several changes at once";

/// The two programs.
pub struct Programs {
    pub rustomize: Option<PathBuf>,
    /// The release that rustomize is told to do as.
    pub compat: Option<String>,
    /// Where the oracle's answers are kept.
    pub answers: Option<Answers>,
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

    /// Writes the tree to `root`, builds it with both, and looks for the reason when they differ.
    pub fn compare(&self, tree: &Tree, root: &Path) -> Result<Comparison> {
        let oracle = self.ask_oracle(tree, root)?;
        if self.rustomize.is_none() {
            return Ok(Comparison { verdict: Verdict::Same, oracle, rustomize: Outcome::default() });
        }
        let rustomize = self.ask_rustomize(tree, root)?;
        let mut verdict = verdict(&oracle, &rustomize);
        if verdict.differs()
            && !rustomize.died
            && let Some(reason) = self.reason(tree, root, &oracle, &rustomize)?
        {
            verdict = Verdict::Explained(reason);
        }
        Ok(Comparison { verdict, oracle, rustomize })
    }

    /// The changes since 5.5.0 that make the difference, if that can be shown.
    fn reason(&self, tree: &Tree, root: &Path, oracle: &Outcome, rustomize: &Outcome) -> Result<Option<&'static str>> {
        let all = self.said_again(tree);
        let mut answer = oracle.clone();
        if let Some(first) = all.reasons.first() {
            answer = self.answer_to(&all.again, root)?;
            if same(&all.again, &answer, rustomize) {
                return Ok(Some(if all.reasons.len() > 1 { SEVERAL } else { first }));
            }
        }
        for change in self.changes() {
            let shown = match &change.proof {
                Proof::SaidAgain(_) => false,
                Proof::Panic(places) => rustomize.ok && panics_in(&answer, places),
                Proof::Verdict { fails, says, without } => {
                    let (one, other) = match fails {
                        Side::Oracle => (&answer, rustomize),
                        Side::Rustomize => (rustomize, &answer),
                    };
                    let complaint = !one.ok && other.ok && says(&one.stderr);
                    match without(tree).filter(|_| complaint) {
                        Some(without) => !self.compare(&without, root)?.verdict.differs(),
                        None => false,
                    }
                }
            };
            if shown {
                return Ok(Some(change.name));
            }
        }
        Ok(None)
    }

    /// The tree as it is said again for all changes at once, with the oracle's answer, for whoever looks for the rest.
    pub fn last_attempt(&self, tree: &Tree, root: &Path) -> Result<Option<(Tree, Outcome)>> {
        let all = self.said_again(tree);
        if all.reasons.is_empty() {
            return Ok(None);
        }
        let answer = self.answer_to(&all.again, root)?;
        Ok(Some((all.again.tree, answer)))
    }

    /// The changes that rustomize is to follow.
    fn changes(&self) -> impl Iterator<Item = &'static Change> {
        let newest = self.compat.is_none();
        CHANGES.iter().filter(move |change| newest || change.in_5_8_1)
    }

    /// The tree said again for each change that it shows.
    fn said_again(&self, tree: &Tree) -> AllAgain {
        let mut all = AllAgain { again: Again::from(tree.clone()), reasons: vec![] };
        for change in self.changes() {
            if let Proof::SaidAgain(rewrite) = change.proof
                && let Some(next) = rewrite(&all.again.tree)
            {
                all.again.tree = next.tree;
                all.again.put_back.extend(next.put_back);
                all.again.any_order |= next.any_order;
                all.again.digests |= next.digests;
                all.reasons.push(change.name);
            }
        }
        all
    }

    /// The oracle's answer to a tree said again, as it would be to the tree itself.
    fn answer_to(&self, again: &Again, root: &Path) -> Result<Outcome> {
        let mut answer = self.ask_oracle(&again.tree, root)?;
        if !again.put_back.is_empty() {
            let mut text = String::from_utf8_lossy(&answer.stdout).into_owned();
            for (written, meant) in &again.put_back {
                text = text.replace(written, meant);
            }
            answer.stdout = text.into_bytes();
        }
        Ok(answer)
    }

    fn ask_oracle(&self, tree: &Tree, root: &Path) -> Result<Outcome> {
        // Without garbage collection it takes a third less time.
        let now = || ask(tree, root, Command::new("kubectl").env("GOGC", "off").args(["kustomize", "overlay"]));
        match &self.answers {
            Some(answers) => answers.recall(tree, now),
            None => now(),
        }
    }

    fn ask_rustomize(&self, tree: &Tree, root: &Path) -> Result<Outcome> {
        let Some(program) = &self.rustomize else { return Ok(Outcome::default()) };
        let mut command = Command::new(program);
        command.args(["build", "overlay"]);
        if let Some(release) = &self.compat {
            command.args(["--compat", release]);
        }
        ask(tree, root, &mut command)
    }
}

/// A tree said again for every change that it shows.
struct AllAgain {
    again: Again,
    /// The changes.
    reasons: Vec<&'static str>,
}

/// Whether the oracle's answer to a tree said again is what rustomize says to the tree itself.
fn same(again: &Again, answer: &Outcome, rustomize: &Outcome) -> bool {
    if verdict(answer, rustomize) == Verdict::Same {
        return true;
    }
    if again.digests && answer.ok && rustomize.ok && one_algorithm(answer) == one_algorithm(rustomize) {
        return true;
    }
    again.any_order && answer.ok && rustomize.ok && documents(&answer.stdout) == documents(&rustomize.stdout)
}

/// The output with one algorithm in all digests: a replacement may have written a part of one.
fn one_algorithm(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&version_free(&outcome.stdout)).replace("sha512", "sha256")
}

/// The documents in an order of their own.
fn documents(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&version_free(output)).replace("\n==> ", "\n---\n==> ");
    let mut documents: Vec<String> = text.split("\n---\n").map(|document| document.trim_end().to_owned()).collect();
    documents.sort();
    documents
}

fn panics_in(outcome: &Outcome, places: &[&str]) -> bool {
    !outcome.ok && outcome.stderr.contains("panic: ") && places.iter().all(|place| outcome.stderr.contains(place))
}

/// Writes the tree and runs the program on it.
fn ask(tree: &Tree, root: &Path, command: &mut Command) -> Result<Outcome> {
    tree.write(root).with_context(|| format!("cannot write the tree to {}", root.display()))?;
    let folder = root.join("out");
    if tree.call.into_directory {
        std::fs::create_dir_all(&folder)?;
    }
    let mut outcome = build(command.args(tree.call.flags("out")).current_dir(root))?;
    if tree.call.into_directory {
        outcome.stdout.extend(every_file(&folder)?);
    }
    Ok(outcome)
}

/// The files of a directory by name, each below its name.
fn every_file(folder: &Path) -> Result<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let mut out = vec![];
    for path in paths {
        out.extend_from_slice(b"==> ");
        out.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
        out.push(b'\n');
        out.extend(std::fs::read(&path)?);
    }
    Ok(out)
}

fn verdict(oracle: &Outcome, rustomize: &Outcome) -> Verdict {
    if rustomize.died {
        return Verdict::RustomizeDied;
    }
    match (oracle.ok, rustomize.ok) {
        (false, true) => Verdict::OnlyRustomizeBuilds,
        (true, false) => Verdict::OnlyOracleBuilds,
        (false, false) => Verdict::Same,
        (true, true) if version_free(&oracle.stdout) == version_free(&rustomize.stdout) => Verdict::Same,
        (true, true) => Verdict::OutputDiffers,
    }
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
