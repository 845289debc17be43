//! Field specs as constants.

use std::borrow::Cow;

use crate::kustomization::FieldSpec;

const fn spec(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    path: &'static str,
    create: bool,
) -> FieldSpec {
    FieldSpec {
        group: Cow::Borrowed(group),
        version: Cow::Borrowed(version),
        kind: Cow::Borrowed(kind),
        path: Cow::Borrowed(path),
        create,
    }
}

/// A field of all resources.
pub(super) const fn at_any(path: &'static str) -> FieldSpec {
    spec("", "", "", path, false)
}

/// A field of a kind, whatever its group and version.
pub(super) const fn at(kind: &'static str, path: &'static str) -> FieldSpec {
    spec("", "", kind, path, false)
}

/// A field of a type by group, version and kind, each empty for any.
pub(super) const fn at_typed(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    path: &'static str,
) -> FieldSpec {
    spec(group, version, kind, path, false)
}

/// Like [`at_any`], made where it is missing.
pub(super) const fn make_any(path: &'static str) -> FieldSpec {
    spec("", "", "", path, true)
}

/// Like [`at`], made where it is missing.
pub(super) const fn make(kind: &'static str, path: &'static str) -> FieldSpec {
    spec("", "", kind, path, true)
}

/// Like [`at_typed`], made where it is missing.
pub(super) const fn make_typed(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    path: &'static str,
) -> FieldSpec {
    spec(group, version, kind, path, true)
}
