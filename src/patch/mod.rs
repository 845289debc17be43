//! Patches: strategic merge, JSON 6902, and the selection of their targets.

mod apply;
mod json6902;
mod labels;
mod selector;
mod strategic_merge;

pub use apply::{allow_changes, apply_json_patch, apply_strategic_merge, prepared_for_targets};
pub use json6902::{Applying, JsonPatch};
pub use selector::{Selection, only_text, select};
pub use strategic_merge::{Outcome, ReplacedList, merge_values, strategic_merge};
