//! What comes out, and where it goes.

mod origin;
mod render;
mod write;

pub use origin::{origin_text, transformations_text};
pub use render::{Notes, Output, render};
pub use render::{ORIGIN, TRANSFORMATIONS};
pub use write::{write_directory, write_file, write_stdout};
