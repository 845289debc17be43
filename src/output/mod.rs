//! What comes out, and where it goes.

mod render;
mod write;

pub use render::{Notes, Output, render};
pub use write::{write_directory, write_file, write_files, write_stdout};
