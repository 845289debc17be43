//! Builds many directories through one [`Session`], so that what they share is read and built once.
//!
//! `cargo run --release --example session -- overlays/dev overlays/stage overlays/prod`

use std::io::Write;
use std::process::ExitCode;

use rustomize::{BuildOptions, Session};

/// How many builds are held at a time.
const BATCH: usize = 32;

fn main() -> ExitCode {
    let directories: Vec<String> = std::env::args().skip(1).collect();
    let directories: Vec<&str> = directories.iter().map(String::as_str).collect();
    let session = Session::default();
    let mut stdout = std::io::stdout().lock();
    for batch in directories.chunks(BATCH) {
        let outputs = session.build_all(&BuildOptions::default(), batch);
        for (directory, output) in batch.iter().zip(outputs) {
            match output {
                Ok(output) if stdout.write_all(output.yaml().as_bytes()).is_ok() => {}
                Ok(_) => return ExitCode::FAILURE,
                Err(error) => {
                    eprintln!("{directory}: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::SUCCESS
}
