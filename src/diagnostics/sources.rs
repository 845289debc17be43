use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use bytestring::ByteString;
use rustomize_yaml::{FileId, NodeId, Source, Spanned, Tree};

use super::{Code, Error, Result, Span};

/// Every text that a session has read, by number: how a node finds back to its file.
#[derive(Debug, Default)]
pub struct Sources {
    all: RwLock<Vec<Arc<Source>>>,
}

impl Sources {
    /// Takes in the bytes of a file under the name that people shall see.
    ///
    /// Fails for what is neither UTF-8 nor marked as UTF-16.
    pub fn add_bytes(&self, name: &str, bytes: impl Into<Bytes>) -> Result<Arc<Source>> {
        let bytes: Bytes = bytes.into();
        let added = self.add(|id| Source::from_shared_bytes(id, name, bytes.clone()));
        added.map_err(|error| {
            if !is_marked(&bytes)
                && let Err(error) = std::str::from_utf8(&bytes)
            {
                return self.not_text(name, &bytes, error.valid_up_to());
            }
            let refused = Error::new(Code::Encoding, format!("{name}: {}", error.message));
            error.help.into_iter().fold(refused, Error::help)
        })
    }

    /// Keeps numbers for `count` texts that are still to come, so that they do not depend on which is read first; the
    /// first of the numbers.
    pub fn reserve(&self, count: usize) -> FileId {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let first = FileId(all.len() as u32 + 1);
        all.extend(std::iter::repeat_n(Arc::default(), count));
        first
    }

    /// Takes in the bytes of a file under a number that was reserved; `None` for what is not UTF-8.
    pub fn add_reserved(&self, id: FileId, name: &str, bytes: Bytes) -> Option<Arc<Source>> {
        let source = Arc::new(Source::from_text(id, name, ByteString::try_from(bytes).ok()?));
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        *all.get_mut((id.0 as usize).checked_sub(1)?)? = source.clone();
        Some(source)
    }

    /// Takes in a text under the name that people shall see.
    pub fn add_text(&self, name: &str, text: impl Into<String>) -> Arc<Source> {
        self.add(|id| Ok::<_, std::convert::Infallible>(Source::new(id, name, text)))
            .unwrap_or_else(|never| match never {})
    }

    /// Takes in a text that stands inside a file, as an inline patch does in a kustomization, so that places in it
    /// are shown as places of the file: see [`Source::inside`].
    pub fn add_inline(&self, text: &Spanned<String>) -> Arc<Source> {
        let Some(outer) = self.get(text.file) else { return self.add_text("inline text", text.value.clone()) };
        self.add(|id| {
            let source = Source::new(id, outer.name.clone(), text.value.clone());
            Ok::<_, std::convert::Infallible>(source.inside(outer.clone(), text.at))
        })
        .unwrap_or_else(|never| match never {})
    }

    fn add<E>(
        &self,
        make: impl FnOnce(FileId) -> std::result::Result<Source, E>,
    ) -> std::result::Result<Arc<Source>, E> {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let source = Arc::new(make(FileId(all.len() as u32 + 1))?);
        all.push(source.clone());
        Ok(source)
    }

    /// The error for bytes that are not UTF-8 from `at` on, shown in a copy with the bad bytes replaced.
    fn not_text(&self, name: &str, bytes: &[u8], at: usize) -> Error {
        let shown = self.add_text(name, String::from_utf8_lossy(bytes));
        let before = Source::new(FileId(0), "", String::from_utf8_lossy(&bytes[..at]));
        let span = Span { source: shown, at: before.text().len() as u32, len: 1 };
        Error::new(Code::Encoding, format!("{name} is not valid UTF-8 (byte 0x{:02x})", bytes[at]))
            .label(span, "")
            .help("save the file as UTF-8, or list it under `files:` of a generator when it is binary")
    }

    /// The source with this number; `None` for [`FileId`] 0, "made, not read".
    pub fn get(&self, id: FileId) -> Option<Arc<Source>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get((id.0 as usize).checked_sub(1)?).cloned()
    }

    /// The largest number that there is.
    pub fn last(&self) -> FileId {
        FileId(self.all.read().unwrap_or_else(PoisonError::into_inner).len() as u32)
    }

    /// The number of the first source that is looked for.
    pub fn find(&self, mut is_it: impl FnMut(&Source) -> bool) -> Option<FileId> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|source| is_it(source)).map(|source| source.id)
    }

    /// Where a node was read; `None` when it was made.
    pub fn span(&self, tree: &Tree, id: NodeId) -> Option<Span> {
        let node = tree.node(id);
        let source = self.get(node.file)?;
        Some(Span { source, at: node.at, len: tree.text(id).lines().next().map_or(0, str::len) as u32 })
    }

    /// Where a typed value was read; `None` when it was not.
    pub fn place<T>(&self, value: &Spanned<T>) -> Option<Span> {
        Some(Span { source: self.get(value.file)?, at: value.at, len: value.len })
    }
}

/// Whether bytes are marked as UTF-16.
fn is_marked(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_an_inline_text_are_places_of_its_file() {
        let sources = Sources::default();
        let file = sources.add_text("kustomization.yaml", "patches:\n- patch: |-\n    kind: A\n    name: b\n");
        let at = file.text().find('|').map_or(0, |at| at as u32);
        let inline = sources.add_inline(&Spanned { value: "kind: A\nname: b".to_owned(), file: file.id, at, len: 0 });
        let position = inline.position(14);
        assert_eq!((position.line, position.column, inline.name.as_str()), (4, 11, "kustomization.yaml"));
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_where_they_stand() {
        let sources = Sources::default();
        let error = sources.add_bytes("a.yaml", b"a: b\r\nkey: caf\xe9\r\n".to_vec()).unwrap_err();
        assert_eq!(error.code(), Code::Encoding);
        let span = &error.diagnostic().labels[0].span;
        let position = span.source.position(span.at);
        assert_eq!((position.line, position.column), (2, 9));
    }
}
