//! When a value is the one that a `test` wants.

use rustomize_yaml::{Kind, NodeId, Tree, to_json};

use super::JsonPatch;

impl JsonPatch {
    /// Whether a value of the resource equals one of the patch: they must have the same JSON text, the order of keys
    /// and blanks aside.
    ///
    /// Of a patch in JSON it is the text as the author wrote it that counts, so `1.0` is not `1`, and `"<"` is not the
    /// `"\u003c"` that kustomize makes of it. Lists with nulls in them are never equal: kustomize crashes there.
    pub(super) fn is_equal(&self, tree: &Tree, value: NodeId, wanted: NodeId) -> bool {
        let patch = if self.is_json { &self.read } else { &self.tree };
        if tree.kind(value) != patch.kind(wanted) || tree.len(value) != patch.len(wanted) {
            return false;
        }
        match tree.kind(value) {
            Kind::Scalar => self.has_equal_text(tree, value, wanted),
            Kind::Sequence => tree.items(value).zip(patch.items(wanted)).all(|(value, wanted)| {
                !tree.is_null(value) && !patch.is_null(wanted) && self.is_equal(tree, value, wanted)
            }),
            Kind::Mapping => tree.entries(value).all(|(key, value)| {
                patch.get(wanted, tree.text(key)).is_some_and(|wanted| {
                    tree.is_null(value) && patch.is_null(wanted) || self.is_equal(tree, value, wanted)
                })
            }),
        }
    }

    fn has_equal_text(&self, tree: &Tree, value: NodeId, wanted: NodeId) -> bool {
        let (mut text, mut wanted_text) = (String::new(), String::new());
        if to_json(tree, value, &mut text).is_err() || to_json(&self.tree, wanted, &mut wanted_text).is_err() {
            return false;
        }
        if !self.is_json {
            return text == wanted_text;
        }
        let written = self.read.source().text().get(self.read.node(wanted).at as usize..).unwrap_or_default();
        if text.starts_with('"') {
            return written.starts_with(&text);
        }
        let end = written.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(written.len());
        let written = &written[..end];
        // Large integers have lost their last digits on both sides by now.
        let is_integer = written.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
        written == text || (is_integer && wanted_text == text)
    }
}
