use clap::{Args, ValueHint};

use super::illegal;
use crate::deps::Format;
use crate::diagnostics::{Code, Error, Result};

/// List every file, remote and generator source of a build, or the builds that a change touches.
///
/// With --changed or --rev, the kustomizations in and below ROOT are listed that the change touches, so that only those
/// have to be built; the exit status is then 1 if there are any and 0 if there are none. After an error it is 2.
#[derive(Debug, Args)]
#[command(override_usage = "rustomize deps [OPTIONS] [DIR]...\n       \
                            rustomize deps --changed FILE... ROOT\n       \
                            rustomize deps --rev BASE [ROOT]")]
pub struct DepsArgs {
    /// The directories of kustomizations (or ROOT); the current directory if there is none.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directories: Vec<String>,
    /// Files that have changed, come or gone; `-` reads them from stdin, one a line.
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::AnyPath)]
    changed: Vec<String>,
    /// List the builds that are touched by what has changed in the work tree since this revision; since where the
    /// branches have parted, with three dots behind it.
    #[arg(long, value_name = "BASE")]
    rev: Option<String>,
    /// The form: text, json, make, dot or svg.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    format: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DepsRequest {
    /// What the builds of these directories stand on.
    List(Vec<String>),
    /// The builds in and below a directory that a change touches.
    Touched {
        /// The directory.
        root: String,
        /// The files that have changed.
        changed: Vec<String>,
        /// The revision since which others have changed.
        revision: Option<String>,
    },
}

impl DepsArgs {
    /// The form. Fails for an unknown one, and for a drawing of what has no lines between it.
    pub fn format(&self) -> Result<Format> {
        let format =
            Format::from_name(&self.format).ok_or_else(|| illegal("--format", &self.format, &Format::NAMES))?;
        let asks_for_change = !self.changed.is_empty() || self.rev.is_some();
        if asks_for_change && !matches!(format, Format::Text | Format::Json) {
            let message = format!("--format {} cannot show which builds are touched", self.format);
            return Err(Error::new(Code::Usage, message).help("use text or json"));
        }
        Ok(format)
    }

    /// What is asked. Fails for several ROOTs.
    pub fn request(&self) -> Result<DepsRequest> {
        let mut directories = self.directories.clone();
        if self.changed.is_empty() && self.rev.is_none() {
            if directories.is_empty() {
                directories.push(".".to_owned());
            }
            return Ok(DepsRequest::List(directories));
        }
        let mut changed = self.changed.clone();
        // A list of files takes all that follows it, so ROOT is its last.
        if directories.is_empty() && changed.len() > 1 {
            directories.extend(changed.pop());
        }
        if directories.len() > 1 {
            return Err(Error::new(Code::Usage, "several directories given, one expected")
                .help("with --changed and --rev there is one ROOT, below which builds are looked for"));
        }
        let root = directories.pop().unwrap_or_else(|| ".".to_owned());
        Ok(DepsRequest::Touched { root, changed, revision: self.rev.clone() })
    }
}
