//! Which kustomize a build is like. Everything that has changed since kustomize's last release is here, a method each;
//! nothing else in a build may depend on it.

use std::fmt;

use crate::diagnostics::{Code, Error};
use crate::resource::Gvk;

/// The kustomize that a build is like, so that taking up rustomize and taking up what is new are two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Compat {
    /// The last release.
    V5_8_1,
    /// The newest source.
    #[default]
    Newest,
}

impl Compat {
    /// All of them, the oldest first.
    pub const ALL: [Compat; 2] = [Compat::V5_8_1, Compat::Newest];

    /// What it is called on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Compat::V5_8_1 => "5.8.1",
            Compat::Newest => "newest",
        }
    }

    /// The one of that name; a `v` before a number does not matter.
    pub fn from_name(name: &str) -> Option<Compat> {
        let number = name.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        Compat::ALL.into_iter().find(|compat| compat.name() == number.unwrap_or(name))
    }

    /// `labels[].includeTemplates` also label the volumeClaimTemplates of StatefulSets, which cannot be changed once
    /// they run; `labels[].includeVolumeClaimTemplates` and its section of a configuration are unknown.
    pub(crate) fn template_labels_reach_claims(self) -> bool {
        self == Compat::V5_8_1
    }

    /// A digest other than `sha256:` keeps an image from being found.
    pub(crate) fn knows_only_sha256(self) -> bool {
        self == Compat::V5_8_1
    }

    /// The name of an image that is no sound pattern ends the build (with a panic, in kustomize); else it fits nothing.
    pub(crate) fn fails_on_unsound_image_names(self) -> bool {
        self == Compat::V5_8_1
    }

    /// A replacement inside of a structured text takes no notice of `delimiter` and `index`.
    pub(crate) fn ignores_delimiters_in_texts(self) -> bool {
        self == Compat::V5_8_1
    }

    /// A name in the path of a directory may have `..` in it.
    pub(crate) fn takes_folded_paths(self) -> bool {
        self == Compat::V5_8_1
    }

    /// Whether the table of scopes has this type only since then: policies of admission were taken for namespaced.
    pub(crate) fn forgets_scope_of(self, gvk: &Gvk) -> bool {
        self == Compat::V5_8_1
            && gvk.group() == "admissionregistration.k8s.io"
            && gvk.version() == "v1"
            && matches!(gvk.kind(), "ValidatingAdmissionPolicy" | "ValidatingAdmissionPolicyBinding")
    }
}

/// Saying so.
impl Compat {
    /// The error for what this kustomize does not know.
    pub(crate) fn too_new(self, what: &str) -> Error {
        Error::new(Code::UnknownField, format!("{what} is newer than kustomize {self}"))
            .help(format!("leave it out, or build without --compat {self} (or RUSTOMIZE_COMPAT)"))
    }
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for compat in Compat::ALL {
            assert_eq!(Compat::from_name(compat.name()), Some(compat));
        }
        assert_eq!(Compat::from_name("v5.8.1"), Some(Compat::V5_8_1));
        for unknown in ["", "v", "5.8", "vnewest", "NEWEST", "5.8.1 "] {
            assert_eq!(Compat::from_name(unknown), None, "{unknown}");
        }
    }
}
