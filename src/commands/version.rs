//! `rustomize version`

use crate::cli::{VersionArgs, VersionFormat};
use crate::diagnostics::{Code, Error, Result};
use crate::output::write_stdout;

/// Prints the version.
pub fn run(arguments: &VersionArgs) -> Result<()> {
    let format = arguments.format();
    if arguments.short {
        if format != VersionFormat::Plain {
            return Err(Error::new(Code::Usage, "--short and --output cannot be combined"));
        }
        eprintln!("Flag --short has been deprecated, and will be removed in the future.");
    }
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    match format {
        VersionFormat::Plain => write_stdout(&format!("{version}\n")),
        VersionFormat::Yaml => write_stdout(&format!("version: {version}\nos: {system}\narch: {machine}\n")),
        VersionFormat::Json => {
            let facts = serde_json::json!({"version": version, "os": system, "arch": machine});
            write_stdout(&format!("{facts:#}\n"))
        }
        VersionFormat::Nothing => Ok(()),
    }
}
