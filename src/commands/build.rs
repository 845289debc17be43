//! `rustomize build`

use crate::Session;
use crate::cli::BuildArgs;
use crate::commands::report;
use crate::diagnostics::Result;
use crate::load::clean_up_on_signals;
use crate::output::{write_directory, write_file, write_stdout};

/// Builds a directory and writes what comes out, once all of it is known to be good.
pub fn run(arguments: &BuildArgs) -> Result<()> {
    for words in arguments.deprecations() {
        eprintln!("{words}");
    }
    let directory = arguments.directory()?;
    let options = arguments.options()?;
    clean_up_on_signals();
    let output = Session::default().build(&options, directory)?;
    output.warnings().iter().for_each(report);
    match arguments.output() {
        None => write_stdout(output.yaml())?,
        Some(path) if path.is_dir() => write_directory(path, &output.files()?)?,
        Some(path) => write_file(path, output.yaml())?,
    }
    // The process ends here: to take thousands of trees apart first would only take time.
    std::mem::forget(output);
    Ok(())
}
