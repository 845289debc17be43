use clap::{Args, ValueHint};

use super::build::BuildFlags;
use super::illegal;
use crate::BuildOptions;
use crate::diagnostics::Result;

/// Say who set a field: every file and step that wrote it.
///
/// Without a field, the whole resource is shown, each line with its source; without a resource, all resources are
/// listed. The exit status is 0 if every value that is shown is still the one of its first file, 1 if a step changed or
/// deleted one of them, and 2 after an error.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The directory of a kustomization, or the URL of one; the current directory if there is none.
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub directory: String,
    /// The resource, by the name that it has in the end or had before: KIND/NAME, NAME or NAMESPACE/KIND/NAME.
    #[arg(value_name = "KIND/NAME")]
    pub resource: Option<String>,
    /// The field, such as spec.template.spec.containers[name=web].image, or …containers.web.image.
    #[arg(value_name = "FIELD.PATH")]
    pub field: Option<String>,
    /// The form: text, or json for programs.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: String,
    #[command(flatten)]
    flags: BuildFlags,
}

/// A form of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl ExplainArgs {
    /// How to build. Fails for a value that its flag does not take.
    pub fn options(&self) -> Result<BuildOptions> {
        self.flags.options()
    }

    /// The form. Fails for an unknown one.
    pub fn format(&self) -> Result<ExplainFormat> {
        match self.output.as_str() {
            "text" => Ok(ExplainFormat::Text),
            "json" => Ok(ExplainFormat::Json),
            other => Err(illegal("--output", other, &["text", "json"])),
        }
    }

    /// What to say on stderr about the flags that were given.
    pub fn deprecations(&self) -> Vec<&'static str> {
        self.flags.deprecations()
    }
}
