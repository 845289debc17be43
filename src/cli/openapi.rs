use clap::Subcommand;

use super::illegal;
use crate::diagnostics::Result;

/// What can be done with OpenAPI schemas.
#[derive(Debug, Subcommand)]
pub enum OpenApiCommand {
    /// Print which version of Kubernetes the built-in schema describes.
    Info {
        /// Taken and passed over, as in the original.
        #[arg(hide = true)]
        more: Vec<String>,
    },
    /// Print the schema of the cluster that kubectl talks to, for `openapi.path` of a kustomization.
    Fetch {
        /// The form: json or yaml.
        #[arg(long, value_name = "FORM", default_value = "json")]
        format: String,
        /// Taken and passed over, as in the original.
        #[arg(hide = true)]
        more: Vec<String>,
    },
}

/// How a schema is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaFormat {
    /// As JSON, indented.
    Json,
    /// As YAML.
    Yaml,
}

impl SchemaFormat {
    /// The form of that name. Fails for another.
    pub fn from_name(name: &str) -> Result<SchemaFormat> {
        match name {
            "json" => Ok(SchemaFormat::Json),
            "yaml" => Ok(SchemaFormat::Yaml),
            other => Err(illegal("--format", other, &["json", "yaml"])),
        }
    }
}
