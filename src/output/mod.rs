//! What comes out, and where it goes.

mod write;

pub use write::{write_directory, write_file, write_stdout};
