//! `rustomize schema`

use crate::diagnostics::Result;
use crate::kustomization::json_schema;
use crate::output::write_stdout;

/// Prints the JSON Schema of kustomization.yaml.
pub fn run() -> Result<()> {
    write_stdout(&format!("{:#}\n", json_schema()))
}
