//! Patches: strategic merge, JSON 6902, and the selection of their targets.

mod strategic_merge;

pub use strategic_merge::{Outcome, strategic_merge};
