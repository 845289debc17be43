//! What comes out, and where it goes.

mod print;
mod render;
mod steps;
mod write;

pub use print::{Printed, print, print_in_one};
pub use render::{Notes, Output, render};
pub use steps::Steps;
pub use write::{
    eprint, make_directory, write_directory, write_file, write_file_by, write_files, write_pieces, write_stdout,
};
