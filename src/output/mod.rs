//! What comes out, and where it goes.

mod print;
mod render;
mod steps;
mod write;

pub use print::{Printed, print, print_in_one};
pub use render::{Notes, Output, render};
pub use steps::Steps;
pub use write::{
    eprint, make_directory, write_all_pieces, write_directory, write_file, write_files, write_pieces, write_report,
    write_stdout,
};
