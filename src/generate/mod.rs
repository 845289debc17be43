//! ConfigMaps, Secrets and service accounts made from settings, how they join the resources that are there, and the
//! hash that their names get.

mod absorb;
mod config_map;
mod hash;
mod iam_policy;
mod object;
mod secret;
mod sources;
#[cfg(test)]
pub mod test_support;

pub use absorb::absorb;
pub use config_map::ConfigMapGenerator;
pub use hash::{content_hash, is_hash, name_hash, split_hash};
pub use iam_policy::IamPolicyGenerator;
pub use secret::SecretGenerator;
pub use sources::split_file;
