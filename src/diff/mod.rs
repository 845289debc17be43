//! What would change in a cluster: two sides, each what a kustomization builds to or what manifests hold, compared object
//! by object and field by field.
//!
//! Objects are matched by what tells them apart; generated ones by their names without the hash, and references to them
//! follow without being changes of their own. What Secrets keep is hidden as soon as it is read.

mod built;
mod causes;
mod fields;
mod lists;
mod mask;
mod object;
mod origins;
mod pairs;
mod part;
mod path;
pub mod print;
mod renames;
mod report;
mod value;

pub use built::Built;
pub use causes::{Place, name_causes};
pub use mask::Mask;
pub use object::{Object, ObjectId, Side, Stem};
pub use part::AlignedList;
pub use path::{FieldPath, Key, Segment, Which};
pub use report::{Change, ObjectDiff, Report, Section, Status, compare};
pub use value::{Data, Value};
