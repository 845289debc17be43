//! Writing a value to the places that a path leads to.

use rustomize_yaml::{Kind, NodeId, Tree};

use super::structured;
use crate::compat::Compat;
use crate::kustomization::FieldOptions;
use crate::refs::path::{Blocked, DottedPath, Found};

/// A value on its way to a field.
pub(super) struct Writer<'a> {
    pub path: &'a DottedPath,
    pub options: Option<&'a FieldOptions>,
    pub compat: Compat,
    /// The value is the root.
    pub value: &'a Tree,
    /// The value in the tree that is written to, where that is the source: what is made or written there changes it.
    pub live: Option<NodeId>,
}

impl Writer<'_> {
    /// Writes the value to every field of `tree` that the path leads to.
    ///
    /// Where a text stands in the way, kustomize first tries to write into the YAML or JSON that it holds.
    pub fn write(&self, tree: &mut Tree) -> Result<(), Blocked> {
        if self.write_into_text(tree).is_some() {
            return Ok(());
        }
        let found = self.path.find(tree, 0, self.making(), &structured::read)?;
        if found.is_empty() {
            let reason = if self.making().is_some() { "it is not there and cannot be made" } else { "it is not there" };
            return Err(Blocked { reason: reason.to_owned(), node: None });
        }
        self.set_all(tree, found)
    }

    /// `None` where no text is in the way, and where anything about it does not fit.
    fn write_into_text(&self, tree: &mut Tree) -> Option<()> {
        let (start, scalar, mut inner) = (1..self.path.len()).find_map(|count| {
            let node = self.path.look_up(tree, count).ok().flatten()?;
            let inner = tree.is_scalar(node).then(|| structured::read(tree.text(node)))?;
            inner.map(|inner| (count, node, inner))
        })?;
        let found = self.path.find(&mut inner, start, self.making(), &structured::read).ok()?;
        if found.is_empty() {
            return None;
        }
        self.inside_of_text().set_all(&mut inner, found).ok()?;
        let text = structured::print(&inner, tree.text(scalar))?;
        tree.set_typed(scalar, tree.tag(scalar), &text);
        Some(())
    }

    /// The writer for the YAML or JSON that a text holds.
    fn inside_of_text(&self) -> Writer<'_> {
        let options = self.options.filter(|_| !self.compat.ignores_delimiters_in_texts());
        Writer { options, live: None, ..*self }
    }

    /// What comes at the end of a path of which parts are missing.
    fn making(&self) -> Option<Kind> {
        self.options.filter(|options| options.create).map(|_| self.value.kind(self.value.root()))
    }

    fn set_all(&self, tree: &mut Tree, found: Vec<Found>) -> Result<(), Blocked> {
        for found in found {
            match found {
                Found::Node(node) => match self.live {
                    Some(source) => {
                        let value = tree.part(source);
                        Writer { value: &value, ..*self }.set(tree, node)?;
                    }
                    None => self.set(tree, node)?,
                },
                Found::InText(kind) => self.refuse_parts_of(kind, None)?,
            }
        }
        Ok(())
    }

    fn delimiter(&self) -> Option<(&str, i64)> {
        self.options.filter(|options| !options.delimiter.is_empty()).map(|options| (&*options.delimiter, options.index))
    }

    fn refuse_parts_of(&self, kind: Kind, node: Option<NodeId>) -> Result<(), Blocked> {
        if kind == Kind::Scalar || self.delimiter().is_none() {
            return Ok(());
        }
        Err(Blocked { reason: "`delimiter` needs a scalar, but meets a collection".to_owned(), node })
    }

    /// Of a scalar only the text changes: its type stays, and must fit when it is printed. Anything else is replaced.
    fn set(&self, tree: &mut Tree, node: NodeId) -> Result<(), Blocked> {
        let value = self.value.root();
        self.refuse_parts_of(tree.kind(node), Some(node))?;
        if !tree.is_scalar(node) {
            let copy = tree.graft(self.value, value);
            tree.assign(node, copy);
            return Ok(());
        }
        let text = match self.delimiter() {
            None => self.value.text(value).to_owned(),
            Some((delimiter, index)) => {
                let text = if self.value.is_null(value) { "" } else { self.value.text(value) };
                let mut parts: Vec<&str> = tree.text(node).split(delimiter).collect();
                match usize::try_from(index) {
                    Err(_) => parts.insert(0, text),
                    Ok(index) if index < parts.len() => parts[index] = text,
                    Ok(_) => parts.push(text),
                }
                parts.join(delimiter)
            }
        };
        tree.set_typed(node, tree.tag(node), &text);
        Ok(())
    }
}
