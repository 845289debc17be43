use clap::{Args, ValueHint};

use super::build::BuildFlags;
use super::illegal;
use crate::check::report::Format;
use crate::check::{CheckOptions, Rule};
use crate::diagnostics::{Code, Error, Result};

/// Find what is wrong, before the cluster says so.
///
/// Looks for faults of kustomizations that a build keeps silent about, and of the manifests that come out. Each is shown
/// with the line of the input. A comment `# rustomize: allow CODE reason` on the line, or the one before, silences a
/// rule in one place. The exit status is 0 if nothing is found, 1 if something is, and 2 after an error.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The directories of kustomizations, or URLs of such; the current directory if there is none.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directories: Vec<String>,
    /// Check all kustomizations in and below the directories, those that others stand on with these.
    #[arg(long)]
    pub all: bool,
    /// The form: text, json, sarif, junit or github.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    format: String,
    /// Findings of this rule, or of all, are errors, and none of them warnings; can be repeated.
    #[arg(long, value_name = "CODE|all")]
    deny: Vec<String>,
    /// Leave out findings of this rule; can be repeated.
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
    /// An object that comes from elsewhere, so that references to it are sound; can be repeated.
    #[arg(long, value_name = "KIND/NAME")]
    external: Vec<String>,
    /// The release of Kubernetes that the manifests are for, such as 1.31; the newest that is known if it is left out.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    kube_version: String,
    /// A file or directory of CustomResourceDefinitions, beside those of the builds; can be repeated.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    crds: Vec<String>,
    /// List the rules.
    #[arg(long)]
    pub list: bool,
    /// Explain a rule.
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    #[command(flatten)]
    flags: BuildFlags,
}

impl CheckArgs {
    /// The directories to check.
    pub fn directories(&self) -> Vec<&str> {
        if self.directories.is_empty() { vec!["."] } else { self.directories.iter().map(String::as_str).collect() }
    }

    /// What to check. Fails for a value that its flag does not take.
    pub fn options(&self) -> Result<CheckOptions> {
        let deny = match self.deny.iter().any(|code| code == "all") {
            true => Rule::all().collect(),
            false => self.deny.iter().map(|code| rule(code)).collect::<Result<_>>()?,
        };
        Ok(CheckOptions {
            build: self.flags.options()?,
            without_manifests: false,
            allow: self.allow.iter().map(|code| rule(code)).collect::<Result<_>>()?,
            deny,
            external: self.external.clone(),
            kube_version: self.kube_version.clone(),
            crds: self.crds.clone(),
        })
    }

    /// The rule to explain, if any. Fails for an unknown one.
    pub fn explain(&self) -> Result<Option<&'static Rule>> {
        self.explain.as_deref().map(rule).transpose()
    }

    /// The form. Fails for an unknown one.
    pub fn format(&self) -> Result<Format> {
        Format::from_name(&self.format).ok_or_else(|| illegal("--format", &self.format, &Format::NAMES))
    }

    /// What to say on stderr about the flags that were given.
    pub fn deprecations(&self) -> Vec<&'static str> {
        self.flags.deprecations()
    }
}

/// The rule with a code.
fn rule(code: &str) -> Result<&'static Rule> {
    Rule::find(code).ok_or_else(|| {
        let error = Error::new(Code::Usage, format!("there is no rule `{code}`"));
        match Rule::nearest_code(code) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`rustomize check --list` lists them"),
        }
    })
}
