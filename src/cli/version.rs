use clap::Args;

/// Print the version.
///
/// It is the version of the kustomize that rustomize is like, with rustomize's own version behind the plus sign.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Deprecated: without it the output is short already.
    #[arg(long, hide = true)]
    pub short: bool,
    /// The form: yaml or json.
    #[arg(short, long, value_name = "FORM", default_value = "", hide_default_value = true)]
    output: String,
    /// Accepted and of no effect, as in the original.
    #[arg(hide = true)]
    words: Vec<String>,
}

/// How the version is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionFormat {
    /// The versions alone, as one.
    Plain,
    /// As YAML, with more about the program.
    Yaml,
    /// As JSON, with more about the program.
    Json,
    /// A form that does not exist prints nothing, as in the original.
    Nothing,
}

impl VersionArgs {
    /// The form asked for.
    pub fn format(&self) -> VersionFormat {
        match self.output.as_str() {
            "" => VersionFormat::Plain,
            "yaml" => VersionFormat::Yaml,
            "json" => VersionFormat::Json,
            _ => VersionFormat::Nothing,
        }
    }
}
