//! `rustomize openapi`

use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use rustomize_yaml::{Dialect, FileId, Source, emit, indent_json, read_document, to_json};

use crate::cli::{OpenApiCommand, SchemaFormat};
use crate::diagnostics::{Code, Error, Result};
use crate::load::{clean_up_on_signals, output_of};
use crate::output::write_stdout;
use crate::schema::BUILT_IN_VERSION;

/// Prints what is built in, or fetches the schema of a cluster.
pub fn run(command: &OpenApiCommand) -> Result<()> {
    match command {
        OpenApiCommand::Info { .. } => write_stdout(&format!("{{title:Kubernetes,version:{BUILT_IN_VERSION}}}\n")),
        OpenApiCommand::Fetch { format, .. } => {
            let format = SchemaFormat::from_name(format)?;
            clean_up_on_signals();
            write_stdout(&printed(&fetch()?, format)?)
        }
    }
}

/// What one would type to see what the cluster says.
const COMMAND: [&str; 4] = ["kubectl", "get", "--raw", "/openapi/v2"];

/// The schema of the cluster that kubectl talks to, by its context, configuration and login.
fn fetch() -> Result<Vec<u8>> {
    let output = output_of(Command::new(COMMAND[0]).args(&COMMAND[1..]).stdin(Stdio::null()));
    let output = output.map_err(|error| cannot_run(&error))?;
    match output.status.success() && !output.stdout.is_empty() {
        true => Ok(output.stdout),
        false => Err(failed(&output)),
    }
}

fn cannot_run(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(Code::Fetch, "cannot run `kubectl`: there is no such program")
            .help("the cluster is asked by kubectl: https://kubernetes.io/docs/tasks/tools/");
    }
    Error::new(Code::Fetch, format!("cannot run `kubectl`: {error}"))
}

fn failed(output: &Output) -> Error {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let cause = match said.last() {
        Some(last) => (*last).to_owned(),
        None if output.status.success() => "kubectl printed nothing".to_owned(),
        None => output.status.to_string(),
    };
    let mut error = Error::new(Code::Fetch, format!("cannot fetch the schema of the cluster: {cause}"))
        .help("see that `kubectl config current-context` is the cluster that you mean, and that it is up")
        .note(format!("the command was: {}", COMMAND.join(" ")));
    if said.len() > 1 {
        error = error.note(format!("it said:\n{}", said.join("\n")));
    }
    error
}

/// The schema in the form of the original: keys sorted, and an empty line behind YAML.
///
/// Fails for what is not a JSON object.
fn printed(schema: &[u8], format: SchemaFormat) -> Result<String> {
    let no_schema = |reason: String| {
        Error::new(Code::Fetch, format!("what the cluster answered is not a schema: {reason}"))
            .help(format!("see what it is: {}", COMMAND.join(" ")))
    };
    // JSON can escape a character as two halves, which YAML cannot: read as JSON, it is one character.
    let schema: serde_json::Value = serde_json::from_slice(schema).map_err(|error| no_schema(error.to_string()))?;
    if !schema.is_object() {
        return Err(no_schema("a JSON object is expected".into()));
    }
    let source = Arc::new(Source::new(FileId::default(), "schema", schema.to_string()));
    let unprintable = |error: rustomize_yaml::Error| no_schema(error.to_string());
    let Some(tree) = read_document(&source, Dialect::Yaml12).map_err(unprintable)? else { return Ok(String::new()) };
    let mut text = String::new();
    match format {
        SchemaFormat::Json => {
            to_json(&tree, tree.root(), &mut text).map_err(unprintable)?;
            text = indent_json(&text);
        }
        SchemaFormat::Yaml => emit(&tree, tree.root(), &mut text).map_err(unprintable)?,
    }
    text.push('\n');
    Ok(text)
}
