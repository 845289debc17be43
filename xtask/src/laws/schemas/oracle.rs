//! `kubernetes-validate`, asked about many manifests at once.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Manifest;
use crate::kubernetes;

/// What `kubernetes-validate` says of a manifest, with unknown fields refused.
#[derive(Debug)]
pub enum Answer {
    Valid,
    Invalid(#[expect(dead_code, reason = "shown when the law does not hold")] String),
    UnknownType,
}

/// Does what `kubernetes_validate.validate` does, and keeps what it has read: a release is read once.
const SCRIPT: &str = r#"
import functools, json, sys
from kubernetes_validate import utils
utils.schema_contents = functools.lru_cache(None)(utils.schema_contents)

def crawled(resource, cache={}):
    key = id(resource.contents)
    if key not in cache:
        cache[key] = (resource @ Base()).crawl()
    return cache[key]

Base = utils.Registry

class Registry:
    "An empty registry: the first resource that it gets is the schema of the type, the second the definitions."
    def __init__(self): self.first = None

class Pair:
    def __init__(self, first): self.first = first

class Resource:
    @staticmethod
    def from_contents(contents): return Part(contents)

class Part:
    def __init__(self, contents): self.resource = Original.from_contents(contents)
    def __matmul__(self, registry):
        if isinstance(registry, Registry): return Pair(self.resource)
        return crawled(self.resource).with_resource(registry.first.id(), registry.first)

Original = utils.Resource
utils.Registry, utils.Resource = Registry, Resource

for line in sys.stdin:
    asked = json.loads(line)
    try:
        utils.validate(asked["manifest"], asked["release"], strict=True)
        answer = {"valid": True}
    except utils.ValidationError as error:
        answer = {"invalid": "/".join(map(str, error.path)) + ": " + error.message}
    except utils.SchemaNotFoundError:
        answer = {"unknown": True}
    print(json.dumps(answer))
"#;

/// An answer for each manifest.
pub fn ask(manifests: &[Manifest]) -> Result<Vec<Answer>> {
    let mut python = Command::new(kubernetes::python()?);
    python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().context("cannot run Python")?;
    let mut input = child.stdin.take().context("Python takes no input")?;
    let lines: Vec<String> = manifests.iter().map(question).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()));
    let output = child.wait_with_output()?;
    if !output.status.success() || writer.join().is_err() {
        bail!("kubernetes-validate failed");
    }
    let answers: Vec<Answer> = String::from_utf8(output.stdout)?.lines().map(answer).collect::<Result<_>>()?;
    if answers.len() != manifests.len() {
        bail!("kubernetes-validate gave {} answers for {} manifests", answers.len(), manifests.len());
    }
    Ok(answers)
}

fn question(manifest: &Manifest) -> String {
    format!("{}\n", json!({"release": format!("1.{}", manifest.release), "manifest": manifest.value}))
}

fn answer(line: &str) -> Result<Answer> {
    let answer: Value = serde_json::from_str(line)?;
    Ok(match (answer["valid"].as_bool(), answer["invalid"].as_str()) {
        (Some(true), _) => Answer::Valid,
        (_, Some(why)) => Answer::Invalid(why.to_owned()),
        _ => Answer::UnknownType,
    })
}
