//! Folders of manifests, as `cfg` and `fn` work on them: no kustomization, every YAML file counts.

mod order;
mod path;
mod print;
mod read;
mod split;

pub use order::position as field_position;
pub use path::{FieldPath, Hit};
pub use print::{Annotations, Look, changed_text, clear_empty, flow_text, stream};
pub use read::{Manifest, packages, read_documents, read_folder, read_stdin};
pub use split::item_texts;
