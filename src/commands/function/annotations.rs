//! Where a manifest comes from and goes to, in annotations: each has a name of today and one of old, which functions of
//! either age read and write.

use std::collections::HashMap;

use super::item::Item;
use crate::diagnostics::{Code, Error, Result};

/// An annotation and the name that it had before.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub internal: &'static str,
    pub legacy: &'static str,
    what: &'static str,
}

/// The path of the file, from the folder.
pub const PATH: Pair =
    Pair { internal: "internal.config.kubernetes.io/path", legacy: "config.kubernetes.io/path", what: "path" };
/// The number of the document in the file.
pub const INDEX: Pair =
    Pair { internal: "internal.config.kubernetes.io/index", legacy: "config.kubernetes.io/index", what: "index" };
/// The number of the manifest in the input of a function.
pub const ID: Pair = Pair { internal: "internal.config.kubernetes.io/id", legacy: "config.k8s.io/id", what: "id" };

/// Knows a manifest again that comes back from a function.
const MARK: &str = "internal.config.kubernetes.io/annotations-migration-resource-id";

impl Pair {
    /// The value under either name, that of today first.
    pub fn of(self, item: &Item) -> &str {
        let value = item.annotation(self.internal);
        if value.is_empty() { item.annotation(self.legacy) } else { value }
    }

    /// Sets it under both names.
    pub fn set(self, item: &mut Item, value: &str) {
        item.annotate(self.internal, value);
        item.annotate(self.legacy, value);
    }

    /// Removes it under both names.
    pub fn clear(self, item: &mut Item) {
        item.unannotate(self.internal);
        item.unannotate(self.legacy);
    }

    /// Gives the name that has no value the value of the other.
    pub fn even(self, item: &mut Item) {
        match (item.annotation(self.internal).to_owned(), item.annotation(self.legacy).to_owned()) {
            (internal, legacy) if internal.is_empty() && !legacy.is_empty() => item.annotate(self.internal, &legacy),
            (internal, legacy) if legacy.is_empty() && !internal.is_empty() => item.annotate(self.legacy, &internal),
            _ => {}
        }
    }

    fn check(self, item: &Item) -> Result<()> {
        let (internal, legacy) = (item.annotation(self.internal), item.annotation(self.legacy));
        if internal.is_empty() || legacy.is_empty() || internal == legacy {
            return Ok(());
        }
        Err(self.contradiction(item))
    }

    /// Takes over the value that a function has changed under one of its names.
    fn follow(self, item: &mut Item, original: &str) -> Result<()> {
        let (internal, legacy) = (item.annotation(self.internal).to_owned(), item.annotation(self.legacy).to_owned());
        if original.is_empty() || internal == legacy {
            return Ok(());
        }
        if original != internal && original != legacy {
            return Err(self.contradiction(item));
        }
        if original == internal {
            item.annotate(self.internal, &legacy)
        } else {
            item.annotate(self.legacy, &internal)
        }
        Ok(())
    }

    fn contradiction(self, item: &Item) -> Error {
        let (internal, legacy) = (item.annotation(self.internal), item.annotation(self.legacy));
        let message = format!(
            "the {} annotations of {} contradict each other: {} is `{internal}`, {} is `{legacy}`",
            self.what,
            item.name(),
            self.internal,
            self.legacy
        );
        Error::new(Code::InvalidResource, message)
    }
}

/// The annotations that manifests have before a function runs.
pub struct Before {
    places: HashMap<String, [String; 2]>,
    internal: bool,
    legacy: bool,
}

impl Before {
    /// Marks the items and gives their annotations both names.
    pub fn prepare(items: &mut [Item]) -> Result<Before> {
        let (mut internal, mut legacy) = (None, None);
        let mut places = HashMap::new();
        for (number, item) in items.iter_mut().enumerate() {
            let has = |name: fn(Pair) -> &'static str| {
                [PATH, INDEX, ID].iter().any(|pair| !item.annotation(name(*pair)).is_empty())
            };
            let (new, old) = (has(|pair| pair.internal), has(|pair| pair.legacy));
            if new || old {
                let is_other = *internal.get_or_insert(new) != new || *legacy.get_or_insert(old) != old;
                if is_other {
                    let message = "some manifests have annotations with names of today, others with names of old alone";
                    return Err(Error::new(Code::InvalidResource, message));
                }
            }
            places.insert(number.to_string(), [PATH, INDEX].map(|pair| pair.of(item).to_owned()));
            item.annotate(MARK, &number.to_string());
            for pair in [PATH, INDEX, ID] {
                pair.even(item);
                pair.check(item)?;
            }
        }
        let is_empty = places.is_empty();
        Ok(Before { places, internal: internal.unwrap_or(is_empty), legacy: legacy.unwrap_or(is_empty) })
    }

    /// Makes the annotations agree that a function has changed under one name, and leaves the names that were there.
    ///
    /// Fails where both names were changed, to different values.
    pub fn reconcile(&self, items: &mut [Item]) -> Result<()> {
        for item in items {
            [PATH, INDEX, ID].into_iter().for_each(|pair| pair.even(item));
            if let Some([path, index]) = self.places.get(item.annotation(MARK)) {
                PATH.follow(item, path)?;
                INDEX.follow(item, index)?;
            }
            for pair in [ID, PATH, INDEX] {
                if !self.internal {
                    item.unannotate(pair.internal);
                }
                if !self.legacy {
                    item.unannotate(pair.legacy);
                }
                pair.check(item)?;
            }
            item.unannotate(MARK);
        }
        Ok(())
    }
}
