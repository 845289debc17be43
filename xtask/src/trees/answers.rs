//! The oracle's answers, kept in files, so that trees that were built once cost nothing when only rustomize has changed.

use super::compare::Outcome;
use super::tree::Tree;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory with one file for each tree that the oracle was asked about.
pub struct Answers {
    folder: PathBuf,
    /// What the oracle says that it is: another oracle gives other answers.
    oracle: Vec<u8>,
}

impl Answers {
    /// Makes the directory if there is none.
    pub fn open(folder: &Path) -> Result<Answers> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let version = Command::new("kubectl").args(["version", "--client"]).output().context("cannot run kubectl")?;
        Ok(Answers { folder: folder.to_owned(), oracle: version.stdout })
    }

    /// What the oracle said of the tree, or what it says now.
    pub fn recall(&self, tree: &Tree, ask: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
        let name = format!("{:032x}", self.key(tree));
        let file = self.folder.join(&name);
        if let Some(outcome) = std::fs::read(&file).ok().and_then(|bytes| decode(&bytes)) {
            return Ok(outcome);
        }
        let outcome = ask()?;
        // Another run may write the same answer, or read it while it is written.
        let aside = self.folder.join(format!("{name}.{}", std::process::id()));
        std::fs::write(&aside, encode(&outcome))?;
        std::fs::rename(&aside, &file)?;
        Ok(outcome)
    }

    /// Stands for the files and the arguments, and for the program that is asked.
    fn key(&self, tree: &Tree) -> u128 {
        let mut hash = Fnv::new();
        hash.add(&self.oracle);
        for flag in tree.call.flags("out") {
            hash.add(flag.as_bytes());
        }
        for (path, file) in &tree.files {
            hash.add(path.as_bytes());
            hash.add(if file.is_link() { b"link" } else { b"file" });
            hash.add(&file.content());
        }
        hash.0
    }
}

/// FNV-1a with 128 bits: the same on every machine and in every release.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Adds a text and its length, so that two texts are not like one.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&bytes.len().to_le_bytes()) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}

/// A line with the verdict and the length of the output, the output, the errors.
fn encode(outcome: &Outcome) -> Vec<u8> {
    let word = match outcome {
        Outcome { ok: true, .. } => "built",
        Outcome { died: true, .. } => "died",
        _ => "failed",
    };
    let mut bytes = format!("{word} {}\n", outcome.stdout.len()).into_bytes();
    bytes.extend(&outcome.stdout);
    bytes.extend(outcome.stderr.as_bytes());
    bytes
}

/// Nothing for what [`encode`] has not written.
fn decode(bytes: &[u8]) -> Option<Outcome> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (word, length) = std::str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
    let (stdout, stderr) = bytes[end + 1..].split_at_checked(length.parse().ok()?)?;
    Some(Outcome {
        ok: word == "built",
        died: word == "died",
        stdout: stdout.to_vec(),
        stderr: String::from_utf8_lossy(stderr).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Answers, decode, encode};
    use crate::trees::compare::Outcome;
    use crate::trees::tree::Tree;

    #[test]
    fn an_answer_is_given_again_for_the_same_tree_only() {
        let folder = tempfile::tempdir().unwrap();
        let answers = Answers { folder: folder.path().to_owned(), oracle: vec![] };
        let mut tree = Tree::default();
        tree.bytes("a", "text\n");
        let first = Outcome { ok: false, died: true, stdout: b"a: 1\n".to_vec(), stderr: "panic\n".into() };
        let kept = answers.recall(&tree, || Ok(first.clone())).unwrap();
        assert_eq!(encode(&kept), encode(&first));
        let again = answers.recall(&tree, || panic!("asked again")).unwrap();
        assert_eq!(encode(&again), encode(&first));
        assert!(again.died && !again.ok);
        tree.call.into_directory = true;
        assert!(answers.recall(&tree, || Ok(Outcome { ok: true, ..Outcome::default() })).unwrap().ok);
    }

    #[test]
    fn half_of_an_answer_is_none() {
        assert!(decode(b"built 100\nonly").is_none());
    }
}
