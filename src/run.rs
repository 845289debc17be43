//! From the arguments of the process to its end.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::cli::{self, Command, Request};
use crate::commands::{self, report};
use crate::diagnostics::Result;

/// Does what the arguments (the name of the program first) ask for.
///
/// Ends with 1 after any error, which is then on stderr; nothing is on stdout in that case.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.warnings().iter().for_each(report);
            report(error.diagnostic());
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
    match cli::parse(arguments)? {
        Request::Run(Command::Build(arguments)) => commands::build::run(&arguments),
        Request::Run(Command::Create(arguments)) => commands::edit::create::run(&arguments),
        Request::Run(Command::Edit(arguments)) => commands::edit::run(&arguments),
        Request::Run(Command::Localize(arguments)) => commands::localize::run(&arguments),
        Request::Run(Command::Openapi(command)) => commands::openapi::run(&command),
        Request::Run(Command::Version(arguments)) => commands::version::run(&arguments),
        Request::Print(text) => {
            // Help that nobody reads any more is no error.
            let _ = write!(anstream::stdout(), "{}", text.ansi());
            Ok(())
        }
    }
}
