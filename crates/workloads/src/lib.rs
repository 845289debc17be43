//! Kustomization trees of any size, on which rustomize is measured: by `cargo xtask bench`, `cargo xtask instructions`
//! and `cargo bench`.
//!
//! A workload is a list of files and of the directories to build. The same workload always has the same bytes, so that
//! numbers of different days can be compared.

mod apps;
mod big;
mod many;
mod overlays;

use std::io;
use std::path::Path;

/// A tree of files, and what is built of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workload {
    /// What it is called: `apps-200`.
    pub name: String,
    /// What people read of it in a table.
    pub about: String,
    /// Path below the workload's directory, and text.
    pub files: Vec<(String, String)>,
    /// The directories to build, one build each.
    pub builds: Vec<String>,
}

/// The kinds of workloads. The number given with a kind is its size; what it counts, the kind says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One ConfigMap under one overlay; the size says nothing.
    Smallest,
    /// So many applications of five resources each, in a file each, under one overlay that uses the common fields.
    Apps,
    /// So many megabytes of custom resource definitions with long descriptions, under a prefix and a label.
    Crds,
    /// A ConfigMap of so many megabytes, written as a resource.
    ConfigMap,
    /// So many overlays over one base of ten applications, each a build of its own.
    Overlays,
    /// So many overlays, each over the one before.
    Layers,
    /// One build of so many overlays over one base of ten applications.
    Shared,
    /// So many strategic merge patches, each for a Deployment of its own, half of them in files.
    Patches,
    /// So many replacements, each from a ConfigMap of its own into a Deployment of its own.
    Replacements,
    /// So many vars, each of a Service of its own, used in a Deployment of its own.
    Vars,
    /// One patch of one list of so many items, which merge by several keys.
    Ports,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 11] = [
        Kind::Smallest,
        Kind::Apps,
        Kind::Crds,
        Kind::ConfigMap,
        Kind::Overlays,
        Kind::Layers,
        Kind::Shared,
        Kind::Patches,
        Kind::Replacements,
        Kind::Vars,
        Kind::Ports,
    ];

    /// The name, with which those of its workloads begin.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Smallest => "smallest",
            Kind::Apps => "apps",
            Kind::Crds => "crds",
            Kind::ConfigMap => "config-map",
            Kind::Overlays => "overlays",
            Kind::Layers => "layers",
            Kind::Shared => "shared-base",
            Kind::Patches => "patches",
            Kind::Replacements => "replacements",
            Kind::Vars => "vars",
            Kind::Ports => "ports",
        }
    }

    /// The workload of this kind and size.
    pub fn of_size(self, size: usize) -> Workload {
        let mut workload = match self {
            Kind::Smallest => overlays::smallest(),
            Kind::Apps => apps::workload(size),
            Kind::Crds => big::crds(size),
            Kind::ConfigMap => big::config_map(size),
            Kind::Overlays => overlays::beside(size),
            Kind::Layers => overlays::layers(size),
            Kind::Shared => overlays::shared(size),
            Kind::Patches => many::patches(size),
            Kind::Replacements => many::replacements(size),
            Kind::Vars => many::vars(size),
            Kind::Ports => many::ports(size),
        };
        workload.name = match self {
            Kind::Smallest => self.name().to_owned(),
            _ => format!("{}-{size}", self.name()),
        };
        workload
    }
}

impl Workload {
    /// The workloads that the README's table shows.
    pub fn all() -> Vec<Workload> {
        let sizes = [
            (Kind::Smallest, 1),
            (Kind::Apps, 50),
            (Kind::Apps, 200),
            (Kind::Apps, 1_000),
            (Kind::Apps, 4_000),
            (Kind::Crds, 5),
            (Kind::ConfigMap, 1),
            (Kind::Overlays, 300),
            (Kind::Layers, 20),
            (Kind::Shared, 50),
            (Kind::Patches, 2_000),
            (Kind::Replacements, 2_000),
            (Kind::Vars, 2_000),
        ];
        sizes.map(|(kind, size)| kind.of_size(size)).into()
    }

    /// The workload called so: a kind and, behind a dash, its size, as in `apps-200`.
    pub fn named(name: &str) -> Option<Workload> {
        if name == Kind::Smallest.name() {
            return Some(Kind::Smallest.of_size(1));
        }
        let (kind, size) = name.rsplit_once('-')?;
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
        size.parse().ok().filter(|&size| size > 0).map(|size| kind.of_size(size))
    }

    /// Writes the files below `directory`.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let mut made = None;
        for (path, text) in &self.files {
            let path = directory.join(path);
            let parent = path.parent().map(Path::to_owned);
            if parent != made {
                parent.iter().try_for_each(std::fs::create_dir_all)?;
                made = parent;
            }
            std::fs::write(path, text)?;
        }
        Ok(())
    }

    /// The bytes of all files.
    pub fn input_size(&self) -> usize {
        self.files.iter().map(|(_, text)| text.len()).sum()
    }

    fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.push((path.into(), text.into()));
    }
}

/// What every kustomization begins with.
const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// `count` with commas between the thousands.
pub fn thousands(count: impl std::fmt::Display) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_workloads() {
        for kind in Kind::ALL {
            let workload = kind.of_size(3);
            let named = Workload::named(&workload.name).unwrap_or_else(|| panic!("nothing called {}", workload.name));
            assert_eq!((named.files.len(), named.builds), (workload.files.len(), workload.builds));
        }
        assert!(["apps", "apps-0", "apps-x", "other-3", ""].iter().all(|name| Workload::named(name).is_none()));
    }

    #[test]
    fn what_is_built_is_there() {
        for kind in Kind::ALL {
            let workload = kind.of_size(4);
            assert!(!workload.builds.is_empty() && !workload.about.is_empty(), "{}", workload.name);
            for build in &workload.builds {
                let file = format!("{build}/kustomization.yaml");
                assert!(workload.files.iter().any(|(path, _)| *path == file), "{} has no {file}", workload.name);
            }
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([7, 1_000, 20_000, 1_234_567].map(thousands), ["7", "1,000", "20,000", "1,234,567"]);
    }
}
