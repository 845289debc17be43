//! A tree of files, before it is on disk.

use super::print::print;
use super::value::{Docs, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The files of a tree by path, with `/` between names, and how it is built. Both programs are called on `overlay`.
#[derive(Clone, Default)]
pub struct Tree {
    pub files: BTreeMap<String, File>,
    pub call: Call,
}

/// The flags of a build, those that both programs know.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Call {
    /// `--load-restrictor LoadRestrictionsNone`
    pub load_anything: bool,
    /// `--output DIR`: a file for each resource.
    pub into_directory: bool,
    /// `--reorder WHAT`
    pub reorder: Option<&'static str>,
}

impl Call {
    /// The flags as they are typed; `out` is the directory for [`Call::into_directory`].
    pub fn flags(self, out: &str) -> Vec<String> {
        let mut flags = vec![];
        if self.load_anything {
            flags.extend(["--load-restrictor", "LoadRestrictionsNone"]);
        }
        if self.into_directory {
            flags.extend(["--output", out]);
        }
        if let Some(order) = self.reorder {
            flags.extend(["--reorder", order]);
        }
        flags.into_iter().map(String::from).collect()
    }
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
    /// A symbolic link to a path, as seen from its own directory.
    Link(String),
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

    /// Adds a symbolic link.
    pub fn link(&mut self, path: &str, to: &str) {
        self.add(path, Body::Link(to.to_string()));
    }

    /// The paths of the kustomization files.
    pub fn kustomizations(&self) -> Vec<String> {
        let named = |path: &&String| {
            matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
        };
        self.files.keys().filter(named).cloned().collect()
    }

    /// The first document of a file of YAML.
    pub fn document(&self, path: &str) -> Option<&Value> {
        match &self.files.get(path)?.body {
            Body::Yaml(docs) => docs.docs.first(),
            _ => None,
        }
    }

    /// The first document of a file of YAML, to change it.
    pub fn document_mut(&mut self, path: &str) -> Option<&mut Value> {
        match &mut self.files.get_mut(path)?.body {
            Body::Yaml(docs) => docs.docs.first_mut(),
            _ => None,
        }
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
            match &file.body {
                Body::Link(to) => link(to, &path)?,
                _ => std::fs::write(path, file.content())?,
            }
        }
        Ok(())
    }
}

impl File {
    /// Whether it is a symbolic link, whose content is the path that it points to.
    pub fn is_link(&self) -> bool {
        matches!(self.body, Body::Link(_))
    }

    /// The bytes on disk.
    pub fn content(&self) -> Vec<u8> {
        let mut content = match &self.body {
            Body::Yaml(docs) => print(docs).into_bytes(),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Link(to) => to.clone().into_bytes(),
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

#[cfg(unix)]
fn link(to: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, path)
}

#[cfg(not(unix))]
fn link(to: &str, path: &Path) -> std::io::Result<()> {
    std::fs::write(path, to)
}
