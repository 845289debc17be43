//! Builds many directories through one [`Session`], so that what they share is read and built once.
//!
//! `cargo run --release --example session -- overlays/dev overlays/stage overlays/prod`

use std::io::Write;
use std::process::ExitCode;

use rustomize::{BuildOptions, Session};

fn main() -> ExitCode {
    let session = Session::default();
    let mut stdout = std::io::stdout().lock();
    for directory in std::env::args().skip(1) {
        match session.build(&BuildOptions::default(), &directory) {
            Ok(output) => {
                if stdout.write_all(output.yaml().as_bytes()).is_err() {
                    return ExitCode::FAILURE;
                }
            }
            Err(error) => {
                eprintln!("{directory}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
