//! Where a path of an operation leads.

use std::borrow::Cow;

use rustomize_yaml::{Kind, NodeId, Tree};

/// A mapping or list of the document, and the key or index in it that a path ends with.
pub(super) struct Place<'p> {
    pub container: NodeId,
    pub key: Cow<'p, str>,
}

/// Follows a path up to its last part; what stands before its first slash does not count.
///
/// On failure says how far it got: the last container, and the part that it does not have.
pub(super) fn follow<'p>(tree: &Tree, root: NodeId, path: &'p str) -> Result<Place<'p>, Lost> {
    let mut parts = path.split('/').skip(1).map(unescape);
    let mut container = root;
    let Some(mut key) = parts.next() else { return Err(Lost { container: root, part: None }) };
    for next in parts {
        let lost = || Lost { container, part: Some(key.clone().into_owned()) };
        let child = child(tree, container, &key).ok().flatten().ok_or_else(lost)?;
        if tree.kind(child) == Kind::Scalar {
            return Err(lost());
        }
        container = child;
        key = next;
    }
    Ok(Place { container, key })
}

/// A path that leads nowhere.
pub(super) struct Lost {
    /// As far as it leads.
    pub container: NodeId,
    /// What is missing there; `None` when the path is not one at all.
    pub part: Option<String>,
}

fn unescape(part: &str) -> Cow<'_, str> {
    if !part.as_bytes().contains(&b'~') {
        return Cow::Borrowed(part);
    }
    let mut text = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('~') {
        text.push_str(&rest[..at]);
        let (character, taken) = match rest.as_bytes().get(at + 1) {
            Some(b'0') => ('~', 2),
            Some(b'1') => ('/', 2),
            _ => ('~', 1),
        };
        text.push(character);
        rest = &rest[at + taken..];
    }
    Cow::Owned(text + rest)
}

/// An index that a list does not have, or that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadIndex;

/// The value under a key of a mapping, which may be missing, or at an index of a list, which must be there. Nulls count
/// as missing.
pub(super) fn child(tree: &Tree, container: NodeId, key: &str) -> Result<Option<NodeId>, BadIndex> {
    let value = match tree.kind(container) {
        Kind::Sequence => tree.item(container, index(key, tree.len(container))?),
        _ => tree.get(container, key),
    };
    Ok(value.filter(|&value| !tree.is_null(value)))
}

/// The position of an item among `len`: negative numbers count from the end; signs and leading zeros are fine.
pub(super) fn index(key: &str, len: usize) -> Result<usize, BadIndex> {
    let number: i64 = key.parse().map_err(|_| BadIndex)?;
    let position = if number < 0 { number.checked_add(len as i64).ok_or(BadIndex)? } else { number };
    usize::try_from(position).ok().filter(|&position| position < len).ok_or(BadIndex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(unescape("a~1b~0c~01~"), "a/b~c~1~");
    }

    #[test]
    fn indices_may_have_signs_and_zeros() {
        for (key, expected) in [("0", Ok(0)), ("01", Ok(1)), ("+2", Ok(2)), ("-1", Ok(2)), ("-3", Ok(0))] {
            assert_eq!(index(key, 3), expected);
        }
        for key in ["3", "-4", "", "-", "x", "1.0", "99999999999999999999", "-9223372036854775808"] {
            assert_eq!(index(key, 3), Err(BadIndex));
        }
    }
}
