use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::FileId;

/// A typed value with the place that it was read from, so that errors about it can point there.
///
/// Derefs to the value; equality and ordering are those of the value. A value that was not read (a default) has
/// [`FileId`] 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The file that it was read from.
    pub file: FileId,
    /// Byte offset in that file's text.
    pub at: u32,
    /// Bytes; 0 when only the place is known.
    pub len: u32,
}

impl<T> Spanned<T> {
    /// The name under which a deserializer recognises the request for a place.
    pub(crate) const NAME: &'static str = "$spanned";
    /// The fields that it then gives, in this order: file, at, len, value.
    pub(crate) const FIELDS: &'static [&'static str] = &["file", "at", "len", "value"];

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), file: self.file, at: self.at, len: self.len }
    }
}

impl<T> From<T> for Spanned<T> {
    fn from(value: T) -> Self {
        Spanned { value, file: FileId::default(), at: 0, len: 0 }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    /// Works with this crate's deserializer alone: it recognises the name and answers with the place.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(Self::NAME, Self::FIELDS, SpannedVisitor(PhantomData))
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    /// That of the value: its place is not in the text.
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut place = [0u32; 3];
        for number in &mut place {
            map.next_key::<&str>()?;
            *number = map.next_value()?;
        }
        let [file, at, len] = place;
        match map.next_key::<&str>()? {
            Some("value") => Ok(Spanned { value: map.next_value()?, file: FileId(file), at, len }),
            _ => Err(A::Error::missing_field("value")),
        }
    }
}
