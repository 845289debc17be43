use clap::{Args, ValueHint};

use super::build::BuildFlags;
use super::illegal;
use crate::BuildOptions;
use crate::diagnostics::{Code, Error, Result};
use crate::diff::print::{Detail, Format};

/// Show what would change in the cluster.
///
/// A and B are directories of kustomizations, which are built, or files and directories of manifests, or - for manifests
/// on stdin. With --rev, DIR is compared with what it was in a revision of its repository; or what it was in two. The exit
/// status is 0 if nothing differs, 1 if something does, and 2 after an error.
#[derive(Debug, Args)]
#[command(override_usage = "rustomize diff [OPTIONS] A B\n       \
                            rustomize diff [OPTIONS] [DIR] --rev BASE[..HEAD]")]
pub struct DiffArgs {
    /// What to compare.
    #[arg(value_name = "A B", value_hint = ValueHint::AnyPath)]
    sides: Vec<String>,
    /// Compare with this revision; two of them with two dots between; with three dots, with where both have parted.
    #[arg(long, value_name = "BASE[..HEAD]", default_value = "", hide_default_value = true)]
    rev: String,
    /// Compare every overlay in and below the directories. Changes that several have in common are shown once.
    #[arg(long)]
    pub all: bool,
    /// The form: text, unified, json, markdown or github.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    format: String,
    /// Show how many objects differ, and no more.
    #[arg(long)]
    summary: bool,
    /// Show a line for each object.
    #[arg(long)]
    stat: bool,
    /// The most bytes of markdown; what does not fit is left out. A comment on GitHub takes 65536 characters.
    #[arg(long, value_name = "BYTES", default_value_t = 60_000)]
    pub limit: usize,
    #[command(flatten)]
    flags: BuildFlags,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffRequest {
    /// Two sides that were named.
    Sides(String, String),
    /// A directory in a revision and, without another, in the work tree.
    Revisions {
        /// The directory.
        directory: String,
        /// The revision before.
        before: String,
        /// The revision after; `None` for the work tree.
        after: Option<String>,
        /// Whether what was before is where both have parted.
        since_parted: bool,
    },
}

impl DiffArgs {
    /// How to build. Fails for a value that its flag does not take.
    pub fn options(&self) -> Result<BuildOptions> {
        self.flags.options()
    }

    /// What to say on stderr about the flags that were given.
    pub fn deprecations(&self) -> Vec<&'static str> {
        self.flags.deprecations()
    }

    /// The form. Fails for an unknown one.
    pub fn format(&self) -> Result<Format> {
        Format::from_name(&self.format).ok_or_else(|| illegal("--format", &self.format, &Format::NAMES))
    }

    /// How much is shown.
    pub fn detail(&self) -> Detail {
        match (self.summary, self.stat) {
            (true, _) => Detail::Summary,
            (_, true) => Detail::Objects,
            _ => Detail::Fields,
        }
    }

    /// What is compared. Fails for another number of sides than it takes.
    pub fn request(&self) -> Result<DiffRequest> {
        let usage = |message: &str| Err(Error::new(Code::Usage, message).help("run 'rustomize diff --help' for usage"));
        if self.rev.is_empty() {
            return match self.sides.as_slice() {
                [a, b] if a == "-" && b == "-" => usage("only one side can be read from stdin"),
                [a, b] => Ok(DiffRequest::Sides(a.clone(), b.clone())),
                _ => usage("two sides expected, or one directory and --rev"),
            };
        }
        let directory = match self.sides.as_slice() {
            [] => ".".to_owned(),
            [one] => one.clone(),
            _ => return usage("with --rev there is one directory"),
        };
        let (before, after, since_parted) = match (self.rev.split_once("..."), self.rev.split_once("..")) {
            (Some((before, after)), _) => (before, Some(after), true),
            (None, Some((before, after))) => (before, Some(after), false),
            (None, None) => (self.rev.as_str(), None, false),
        };
        let or_head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        Ok(DiffRequest::Revisions { directory, before: or_head(before), after: after.map(or_head), since_parted })
    }
}
