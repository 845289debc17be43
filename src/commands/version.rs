//! `rustomize version`

use serde_json::json;

use crate::cli::{VersionArgs, VersionFormat};
use crate::commands::report_deprecations;
use crate::diagnostics::{Code, Error, Result};
use crate::output::write_stdout;
use crate::version::{KUSTOMIZE, RUSTOMIZE, both};

/// What is not told of a build, so that the same source makes the same program.
const UNKNOWN: &str = "unknown";

/// Prints the version, in the forms of the original.
pub fn run(arguments: &VersionArgs) -> Result<()> {
    let format = arguments.format();
    if arguments.short {
        if format != VersionFormat::Plain {
            return Err(Error::new(Code::Usage, "--short and --output cannot be combined"));
        }
        report_deprecations(&["Flag --short has been deprecated, and will be removed in the future."]);
    }
    match format {
        VersionFormat::Plain if arguments.short => write_stdout(&format!("{{{}  {UNKNOWN}   }}\n", both())),
        VersionFormat::Plain => write_stdout(&format!("{}\n", both())),
        VersionFormat::Yaml => {
            let line = |(key, value): (&str, &str)| format!("{key}: {value}\n");
            write_stdout(&facts().map(line).concat())
        }
        VersionFormat::Json => {
            let facts: serde_json::Map<_, _> =
                facts().into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
            write_stdout(&format!("{:#}\n", json!(facts)))
        }
        VersionFormat::Nothing => Ok(()),
    }
}

/// The keys of the original, but for the version of Go, and rustomize's own version.
fn facts() -> [(&'static str, &'static str); 6] {
    [
        ("version", KUSTOMIZE),
        ("gitCommit", UNKNOWN),
        ("buildDate", UNKNOWN),
        ("goOs", system()),
        ("goArch", machine()),
        ("rustomizeVersion", RUSTOMIZE),
    ]
}

/// The operating system as Go calls it.
fn system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// The processor as Go calls it.
fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
