//! What ConfigMaps and Secrets have in common.

use std::collections::BTreeMap;

use base64::Engine;
use rustomize_yaml::{NodeId, Spanned, Style, Tag, Tree};

use super::sources::{PairSources, Value};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::GeneratorOptions;
use crate::resource::{Behavior, Resource, get_or_create_mapping};

/// An object in the making.
pub struct Object {
    tree: Tree,
}

impl Object {
    /// An object with `apiVersion: v1`, this kind and this name; `args` is the entry that asks for it.
    ///
    /// Fails when there is no name.
    pub fn new<T>(
        kind: &str,
        args: &Spanned<T>,
        name: &Spanned<String>,
        namespace: &Spanned<String>,
        context: &Context,
    ) -> Result<Object> {
        if name.is_empty() {
            return Err(Error::new(Code::GeneratorSource, format!("a generated {kind} has no name"))
                .label_if(context.sources.place(args), "this entry needs a `name`"));
        }
        let mut tree = Tree::made();
        let root = tree.new_mapping();
        tree.set_place(root, args.file, args.at);
        tree.set_root(root);
        tree.set_string(root, "apiVersion", "v1");
        tree.set_string(root, "kind", kind);
        let metadata = get_or_create_mapping(&mut tree, root, "metadata");
        let mut object = Object { tree };
        object.set_read_string(metadata, "name", name);
        if !namespace.is_empty() {
            object.set_read_string(metadata, "namespace", namespace);
        }
        Ok(object)
    }

    /// Sets `type`.
    pub fn set_type(&mut self, name: &str) {
        self.tree.set_string(self.tree.root(), "type", name);
    }

    /// Adds an empty mapping.
    pub fn add_empty(&mut self, field: &str) {
        let root = self.tree.root();
        get_or_create_mapping(&mut self.tree, root, field);
    }

    /// Sets `key` under `field` to a text that was made of `value`.
    pub fn set_value(&mut self, field: &str, key: &str, text: &str, value: &Value) {
        let root = self.tree.root();
        let map = get_or_create_mapping(&mut self.tree, root, field);
        let node = self.tree.set_string(map, key, text);
        self.tree.set_place(node, value.file, value.at);
        if let Some((key, _)) = self.tree.entry(map, key) {
            self.tree.set_place(key, value.file, value.at);
        }
    }

    /// The resource, with what the generator's options and behavior ask for. Fails for a label or annotation without
    /// a name.
    pub fn finish(mut self, options: Option<&GeneratorOptions>, behavior: &str) -> Result<Resource> {
        let root = self.tree.root();
        if let Some(options) = options {
            let metadata = get_or_create_mapping(&mut self.tree, root, "metadata");
            self.set_quoted(metadata, "labels", &options.labels)?;
            self.set_quoted(metadata, "annotations", &options.annotations)?;
            if options.immutable {
                let immutable = self.tree.new_scalar("true", Tag::Bool, Style::Plain);
                self.tree.set(root, "immutable", immutable);
            }
        }
        let mut resource = Resource::new(self.tree);
        resource.book.needs_hash = !options.is_some_and(|options| options.disable_name_suffix_hash);
        resource.book.generated = true;
        resource.book.behavior = Behavior::from_name(behavior);
        Ok(resource)
    }

    fn set_read_string(&mut self, mapping: NodeId, key: &str, value: &Spanned<String>) {
        let node = self.tree.set_string(mapping, key, value);
        self.tree.set_place(node, value.file, value.at);
    }

    fn set_quoted(&mut self, metadata: NodeId, field: &str, entries: &BTreeMap<String, String>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if entries.contains_key("") {
            let message = format!("an entry of `{field}` in the options of a generator has an empty name");
            return Err(Error::new(Code::GeneratorSource, message));
        }
        let map = get_or_create_mapping(&mut self.tree, metadata, field);
        for (key, value) in entries {
            let node = self.tree.new_scalar(value, Tag::Str, Style::SingleQuoted);
            self.tree.set(map, key, node);
        }
        Ok(())
    }
}

/// The pairs that a generator's lists give, sorted by key.
pub fn pairs(
    envs: &[Spanned<String>],
    literals: &[Spanned<String>],
    files: &[Spanned<String>],
    context: &Context,
) -> Result<BTreeMap<String, Value>> {
    PairSources { envs, literals, files }.read(context)
}

/// Base64 as kustomize writes it: in lines of 70 characters, each ended, when it is longer than one.
pub fn encode_base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut folded = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        folded.push_str(line);
        folded.push('\n');
        rest = after;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_base64_is_cut_into_lines() {
        assert_eq!(encode_base64(&[b'a'; 51]).len(), 68);
        assert_eq!(encode_base64(&[b'a'; 52]).len(), 74);
        let lines: Vec<usize> = encode_base64(&[b'a'; 105]).lines().map(str::len).collect();
        assert_eq!(lines, [70, 70]);
        assert!(encode_base64(&[b'a'; 105]).ends_with('\n'));
    }
}
