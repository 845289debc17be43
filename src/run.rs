//! From the arguments of the process to its end.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use crate::cli::{self, Command, Request};
use crate::commands::{self, Found, report};
use crate::diagnostics::{Error, Result};

/// Commands that tell by their exit status whether they have found something. Theirs is 2 after an error.
const LOOKING: [&str; 4] = ["check", "deps", "diff", "explain"];

/// Does what the arguments (the name of the program first) ask for.
///
/// Ends with 1 after any error, which is then on stderr; nothing is on stdout in that case. Commands that look for
/// something end with 1 when they have found it, and with 2 after an error.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let is_looking = arguments.get(1).is_some_and(|name| LOOKING.iter().any(|known| name == known));
    match dispatch(arguments) {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Something) => ExitCode::from(1),
        Err(error) => {
            report_failure(&error);
            ExitCode::from(if is_looking { 2 } else { 1 })
        }
    }
}

/// Shows an error and what there was to warn of before it. At a terminal the error comes last, where it is seen; else
/// first, since what shows it elsewhere (Argo CD, say) cuts long texts.
fn report_failure(error: &Error) {
    let at_terminal = std::io::stderr().is_terminal();
    if !at_terminal {
        report(error.diagnostic());
    }
    error.warnings().iter().for_each(report);
    if at_terminal {
        report(error.diagnostic());
    }
}

fn dispatch(arguments: Vec<OsString>) -> Result<Found> {
    if commands::completion::complete(&arguments)? {
        return Ok(Found::Nothing);
    }
    let outcome = match cli::parse(arguments)? {
        Request::Run(Command::Argocd(arguments)) => commands::argocd::run(&arguments),
        Request::Run(Command::Build(arguments)) => commands::build::run(&arguments),
        Request::Run(Command::Cfg(command)) => commands::cfg::run(&command),
        Request::Run(Command::Check(arguments)) => return commands::check::run(&arguments),
        Request::Run(Command::Completion(arguments)) => commands::completion::run(&arguments),
        Request::Run(Command::Create(arguments)) => commands::create::run(&arguments),
        Request::Run(Command::Deps(arguments)) => return commands::deps::run(&arguments),
        Request::Run(Command::Diff(arguments)) => return commands::diff::run(&arguments),
        Request::Run(Command::Edit(arguments)) => commands::edit::run(&arguments),
        Request::Run(Command::Explain(arguments)) => return commands::explain::run(&arguments),
        Request::Run(Command::Function(command)) => commands::function::run(&command),
        Request::Run(Command::Localize(arguments)) => commands::localize::run(&arguments),
        Request::Run(Command::Man(arguments)) => commands::man::run(&arguments),
        Request::Run(Command::Openapi(command)) => commands::openapi::run(&command),
        Request::Run(Command::Schema) => commands::schema::run(),
        Request::Run(Command::Version(arguments)) => commands::version::run(&arguments),
        Request::Print(text) => {
            // Help that nobody reads any more is no error.
            let _ = write!(anstream::stdout(), "{}", text.ansi());
            Ok(())
        }
    };
    outcome.map(|()| Found::Nothing)
}
