//! A tree of files, before it is on disk.

use super::print::print;
use super::value::{Docs, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The files of a tree by path, with `/` between names. `kubectl kustomize` is called on `overlay`.
#[derive(Clone, Default)]
pub struct Tree {
    pub files: BTreeMap<String, File>,
}

/// One file.
#[derive(Clone)]
pub struct File {
    pub body: Body,
    /// Written with `\r\n`.
    pub crlf: bool,
    /// Written with a byte order mark.
    pub bom: bool,
    /// Followed by `...` and a document that no reader looks at.
    pub ended: bool,
}

/// What a file holds.
#[derive(Clone)]
pub enum Body {
    Yaml(Docs),
    Bytes(Vec<u8>),
}

impl Tree {
    /// Adds a file of YAML documents.
    pub fn yaml(&mut self, path: &str, docs: Vec<Value>, style: u64) {
        self.add(path, Body::Yaml(Docs { docs, style, json: false }));
    }

    /// Adds a file of one JSON value.
    pub fn json(&mut self, path: &str, value: Value, style: u64) {
        self.add(path, Body::Yaml(Docs { docs: vec![value], style, json: true }));
    }

    /// Adds any other file.
    pub fn bytes(&mut self, path: &str, text: impl Into<Vec<u8>>) {
        self.add(path, Body::Bytes(text.into()));
    }

    fn add(&mut self, path: &str, body: Body) {
        self.files.insert(path.to_string(), File { body, crlf: false, bom: false, ended: false });
    }

    /// Writes the tree below `root`, which is emptied first.
    pub fn write(&self, root: &Path) -> std::io::Result<()> {
        if root.exists() {
            std::fs::remove_dir_all(root)?;
        }
        for (path, file) in &self.files {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, file.content())?;
        }
        Ok(())
    }
}

impl File {
    fn content(&self) -> Vec<u8> {
        let mut content = match &self.body {
            Body::Yaml(docs) => print(docs).into_bytes(),
            Body::Bytes(bytes) => bytes.clone(),
        };
        if let (true, Body::Yaml(Docs { json: false, .. })) = (self.ended, &self.body) {
            content.extend_from_slice(b"...\nnobody: reads this\n");
        }
        if self.crlf {
            content = String::from_utf8_lossy(&content).replace('\n', "\r\n").into_bytes();
        }
        if self.bom {
            content.splice(0..0, *b"\xef\xbb\xbf");
        }
        content
    }
}
