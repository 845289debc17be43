//! Folders of manifests, as `cfg` and `fn` work on them: no kustomization, every YAML file counts.

mod order;
mod path;
mod print;
mod read;

pub use order::position as field_position;
pub use path::{FieldPath, Hit};
pub use print::{Annotations, Look, flow_text, stream};
pub use read::{Manifest, packages, read_folder, read_stdin};
