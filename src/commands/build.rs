//! `rustomize build`

use crate::Session;
use crate::cli::BuildArgs;
use crate::commands::{report, report_deprecations, report_finding};
use crate::diagnostics::{Code, Error, Result};
use crate::load::clean_up_on_signals;
use crate::options::BuildOptions;
use crate::output::{Output, Printed, write_directory, write_file, write_pieces, write_report, write_stdout};

/// Builds a directory and writes what comes out, once all of it is known to be good; before that, if asked, who set what
/// in it.
pub fn run(arguments: &BuildArgs) -> Result<()> {
    report_deprecations(&arguments.deprecations());
    let directory = arguments.directory()?;
    let options = arguments.options()?;
    clean_up_on_signals();
    let session = Session::default();
    if arguments.strict {
        refuse_findings(&session, directory, &options)?;
    }
    let Some(path) = arguments.provenance() else {
        let built = build(arguments, &options, &session, directory);
        session.end();
        return built;
    };
    let explanation = session.explain(&options, directory)?;
    write_report(path, |to| explanation.write_json(to))?;
    write(arguments, explanation.into_output())
}

/// Shows what is wrong with the kustomization, and fails if anything is.
fn refuse_findings(session: &Session, directory: &str, options: &BuildOptions) -> Result<()> {
    let findings = session.check_kustomizations(directory, options)?;
    if findings.is_empty() {
        return Ok(());
    }
    findings.iter().for_each(report_finding);
    let faults = if findings.len() == 1 { "1 fault is".to_owned() } else { format!("{} faults are", findings.len()) };
    Err(Error::new(Code::Strict, format!("{faults} found, and the build is strict"))
        .help("correct them, allow them with comments, or leave out --strict: see `rustomize check --help`"))
}

/// Builds and writes what comes out: with as little memory as it takes, but for files of their own.
fn build(arguments: &BuildArgs, options: &BuildOptions, session: &Session, directory: &str) -> Result<()> {
    match arguments.output() {
        Some(path) if path.is_dir() => write(arguments, session.build(options, directory)?),
        _ => write_printed(arguments, session.print(options, directory)?),
    }
}

/// Writes what was built to where the arguments say, and what there is to warn of to stderr.
pub fn write(arguments: &BuildArgs, output: Output) -> Result<()> {
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

/// Writes what was printed to stdout or to a file, and what there is to warn of to stderr.
pub fn write_printed(arguments: &BuildArgs, printed: Printed) -> Result<()> {
    printed.warnings().iter().for_each(report);
    match arguments.output() {
        None => write_pieces(printed.texts())?,
        Some(path) => write_file(path, &printed.texts().concat())?,
    }
    std::mem::forget(printed);
    Ok(())
}
