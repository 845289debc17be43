//! `$patch`: what a patch wants done with a mapping or a list as a whole.

use rustomize_yaml::NodeId;

use super::Merger;
use crate::diagnostics::{Code, Error, Result};

/// The key that gives directives.
pub(super) const KEY: &str = "$patch";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Directive {
    fn from_text(text: &str) -> Option<Directive> {
        match text {
            "merge" => Some(Directive::Merge),
            "replace" => Some(Directive::Replace),
            "delete" => Some(Directive::Delete),
            _ => None,
        }
    }
}

impl Merger<'_> {
    /// The directive of a mapping of the patch, which is taken out of it. Fails for an unknown one.
    pub(super) fn take_mapping_directive(&mut self, patch: NodeId) -> Result<Directive> {
        let Some(value) = self.tree.get(patch, KEY) else { return Ok(Directive::Merge) };
        let directive = self.parse_directive(value)?;
        self.tree.remove(patch, KEY);
        Ok(directive)
    }

    /// The directive of a list of the patch: an item that has nothing but the directive. It is taken out, with every
    /// other item that has the same one. Fails for an unknown one.
    pub(super) fn take_list_directive(&mut self, patch: NodeId) -> Result<Directive> {
        let directed = self.tree.items(patch).find_map(|item| Some((item, self.tree.get(item, KEY)?)));
        let Some((_, value)) = directed.filter(|&(item, _)| self.tree.len(item) == 1) else {
            return Ok(Directive::Merge);
        };
        let directive = self.parse_directive(value)?;
        let text = self.tree.text(value).to_owned();
        let mut items = self.tree.items(patch).collect();
        self.remove_matching(&mut items, &[KEY], &[text])?;
        self.tree.set_items(patch, &items);
        Ok(directive)
    }

    fn parse_directive(&self, value: NodeId) -> Result<Directive> {
        let text = self.tree.text(value);
        Directive::from_text(text).ok_or_else(|| {
            Error::new(Code::InvalidPatch, format!("`{KEY}` knows no `{text}`"))
                .label_if(self.sources.span(self.tree, value), "")
                .help("use `delete`, `replace` or `merge`")
        })
    }
}
