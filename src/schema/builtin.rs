//! The types of Kubernetes that kustomize knows, in a table that is part of the program.

use super::table::{DEFINITIONS, FIELDS, NAMES, RULES, SCOPES, TYPES};

/// A part of [`NAMES`]: tables hold no pointers, so nothing has to be relocated when the program starts.
pub(super) struct Name {
    at: u16,
    len: u8,
}

pub(super) const fn name(at: u16, len: u8) -> Name {
    Name { at, len }
}

impl Name {
    fn text(&self) -> &'static str {
        let at = usize::from(self.at);
        &NAMES[at..at + usize::from(self.len)]
    }

    /// For comparisons, which texts and bytes answer alike.
    fn bytes(&self) -> &'static [u8] {
        let at = usize::from(self.at);
        &NAMES.as_bytes()[at..at + usize::from(self.len)]
    }
}

/// How a list merges.
pub(super) struct MergeRule {
    /// Whether its items are matched with those of a patch at all.
    pub merges: bool,
    /// The fields that match items.
    pub keys: &'static [&'static str],
}

/// A type that resources have, with the number of its definition.
pub(super) struct Type {
    pub kind: Name,
    pub api_version: Name,
    pub definition: u16,
}

/// Whether the resources of a type live in namespaces.
pub(super) struct Scope {
    pub kind: Name,
    pub api_version: Name,
    pub namespaced: bool,
}

/// A named definition and where its fields begin in [`FIELDS`].
pub(super) struct Definition {
    pub name: Name,
    pub fields: u16,
}

/// A field of a definition.
pub(super) struct Field {
    name: Name,
    of: Of,
    rule: u8,
}

pub(super) const fn field(name: Name, of: Of, rule: u8) -> Field {
    Field { name, of, rule }
}

/// What a field holds, by the number of its definition.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Definition(u16),
    Values(u16),
    Items(u16),
    Nothing,
}

/// A place in the table: a definition, or a field that has no definition of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// By its number; 0 for one that is known and has nothing in it that matters.
    Definition(u16),
    /// By its index.
    Field(u16),
}

/// The definition of the type, if it is in the table.
pub(super) fn root(api_version: &str, kind: &str) -> Option<Place> {
    let wanted = (kind.as_bytes(), api_version.as_bytes());
    let at = TYPES.binary_search_by(|other| (other.kind.bytes(), other.api_version.bytes()).cmp(&wanted));
    Some(Place::Definition(TYPES[at.ok()?].definition))
}

/// Whether the resources of the type live in namespaces; `None` for a type that is not in the table.
pub(super) fn is_namespaced(group: &str, version: &str, kind: &str) -> Option<bool> {
    let api_version = |text: &'static str| match text.split_once('/') {
        Some(parts) => parts,
        None => ("", text),
    };
    let first = SCOPES.partition_point(|scope| scope.kind.bytes() < kind.as_bytes());
    SCOPES[first..]
        .iter()
        .take_while(|scope| scope.kind.bytes() == kind.as_bytes())
        .find(|scope| api_version(scope.api_version.text()) == (group, version))
        .map(|scope| scope.namespaced)
}

/// The definition of that name.
pub(super) fn definition(name: &str) -> Option<Place> {
    let at = DEFINITIONS.binary_search_by(|definition| definition.name.text().cmp(name));
    Some(Place::Definition(at.ok()? as u16 + 1))
}

impl Place {
    /// The name of a definition.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Place::Definition(number) => Some(DEFINITIONS.get(usize::from(number).checked_sub(1)?)?.name.text()),
            Place::Field(_) => None,
        }
    }

    /// The field of that name, or the values of a map.
    pub(super) fn field(self, name: &str) -> Option<Place> {
        let number = match self {
            Place::Definition(number) => usize::from(number),
            Place::Field(at) => match FIELDS[usize::from(at)].of {
                Of::Values(number) => return Some(Place::Definition(number)),
                _ => return None,
            },
        };
        let first = usize::from(DEFINITIONS.get(number.checked_sub(1)?)?.fields);
        let end = DEFINITIONS.get(number).map_or(FIELDS.len(), |next| usize::from(next.fields));
        let at = first + FIELDS[first..end].binary_search_by(|field| field.name.bytes().cmp(name.as_bytes())).ok()?;
        Some(match FIELDS[at].of {
            Of::Definition(number) => Place::Definition(number),
            _ => Place::Field(at as u16),
        })
    }

    /// The items of a list.
    pub(super) fn items(self) -> Option<Place> {
        match self {
            Place::Field(at) => match FIELDS[usize::from(at)].of {
                Of::Items(number) => Some(Place::Definition(number)),
                _ => None,
            },
            Place::Definition(_) => None,
        }
    }

    /// How a list merges.
    pub(super) fn rule(self) -> Option<&'static MergeRule> {
        match self {
            Place::Field(at) => RULES.get(usize::from(FIELDS[usize::from(at)].rule).checked_sub(1)?),
            Place::Definition(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_their_numbers_are_in_range() {
        assert!(TYPES.is_sorted_by_key(|entry| (entry.kind.text(), entry.api_version.text())));
        assert!(SCOPES.is_sorted_by_key(|entry| (entry.kind.text(), entry.api_version.text())));
        assert!(DEFINITIONS.is_sorted_by_key(|definition| definition.name.text()));
        for (number, definition) in DEFINITIONS.iter().enumerate() {
            let end = DEFINITIONS.get(number + 1).map_or(FIELDS.len(), |next| usize::from(next.fields));
            assert!(FIELDS[usize::from(definition.fields)..end].is_sorted_by_key(|field| field.name.text()));
        }
        for field in &FIELDS {
            let (Of::Definition(number) | Of::Values(number) | Of::Items(number)) = field.of else { continue };
            assert!(usize::from(number) <= DEFINITIONS.len() && usize::from(field.rule) <= RULES.len());
        }
    }
}
