//! Builds many directories through one [`Session`], so that what they share is read and built once.
//!
//! `cargo run --release --example session -- overlays/dev overlays/stage overlays/prod`

use std::io::{self, Write};
use std::process::ExitCode;

use rustomize::{BuildOptions, Session};

/// The threads of a program that builds on several of them allocate all the time. The allocator of the GNU C library has
/// locks for what they share; this one has next to none.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let directories: Vec<String> = std::env::args().skip(1).collect();
    let session = Session::default();
    let mut stdout = io::stdout().lock();
    let written = session.build_each(&BuildOptions::default(), &directories, |number, printed| {
        let printed = printed.map_err(|error| format!("{}: {error}", directories[number]))?;
        let mut texts = printed.texts().iter();
        texts.try_for_each(|text| stdout.write_all(text.as_bytes())).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
