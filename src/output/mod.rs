//! What comes out, and where it goes.

mod render;
mod steps;
mod write;

pub use render::{Notes, Output, render};
pub use steps::Steps;
pub use write::{write_directory, write_file, write_files, write_stdout};
