//! The `rustomize` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    rustomize::run(std::env::args_os())
}
