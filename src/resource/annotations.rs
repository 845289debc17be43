//! The annotations in which kustomize keeps its state: read into fields on the way in, dropped on the way out.

use std::sync::Arc;

use super::{Behavior, PreviousId, Resource};

const DOMAIN: &str = "internal.config.kubernetes.io/";

/// Annotations that never reach the output although they carry nothing for us.
const STRIPPED: [&str; 8] = [
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
];

/// Marks what a Helm chart rendered; the namespace transformer leaves it alone.
const FROM_HELM: &str = "config.kubernetes.io/helm-generated";

/// Annotations in which kustomize keeps its state, below [`DOMAIN`].
const KEPT: [&str; 10] = [
    "previousKinds",
    "previousNames",
    "previousNamespaces",
    "prefixes",
    "suffixes",
    "refBy",
    "generatorBehavior",
    "needsHashSuffix",
    "allowNameChange",
    "allowKindChange",
];

/// Whether an annotation of this name is kustomize's own, and so never reaches the output.
pub fn is_build_annotation(key: &str) -> bool {
    key == FROM_HELM || STRIPPED.contains(&key) || key.strip_prefix(DOMAIN).is_some_and(|name| KEPT.contains(&name))
}

impl Resource {
    /// Moves kustomize's own annotations from the tree into the fields of [`super::Bookkeeping`].
    ///
    /// Users can see this at work: a resource that carries `internal.config.kubernetes.io/needsHashSuffix: enabled`
    /// gets a hash.
    pub fn absorb_annotations(&mut self) {
        let is_ours = |key: &str| key.starts_with(DOMAIN) || key == FROM_HELM || STRIPPED.contains(&key);
        let ours: Vec<(String, String)> = self
            .metadata_map("annotations")
            .filter(|(key, _)| is_ours(key))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        if ours.is_empty() {
            return;
        }
        let mut gone = Vec::new();
        let mut names = Previous::default();
        for (key, value) in &ours {
            if self.absorb(key, value, &mut names) {
                gone.push(key.as_str());
            }
        }
        names.store(self);
        let tree = self.body_mut();
        let Some(map) = tree.path(tree.root(), &["metadata", "annotations"]) else { return };
        for key in gone {
            tree.remove(map, key);
        }
    }

    /// The annotations in which kustomize would keep the state of this resource, those that say something: names and
    /// values. The opposite of [`Resource::absorb_annotations`].
    pub fn build_annotations(&self) -> Vec<(String, String)> {
        let book = &self.book;
        let joined = |part: fn(&PreviousId) -> &str| book.previous.iter().map(part).collect::<Vec<_>>().join(",");
        let affixes = |affixes: &[Arc<str>]| affixes.iter().map(|affix| &**affix).collect::<Vec<_>>().join(",");
        let switch = |is_on: bool| if is_on { "enabled".to_owned() } else { String::new() };
        let behavior = if book.generated { book.behavior.name() } else { "" };
        let kept = [
            ("previousKinds", joined(|previous| &previous.kind)),
            ("previousNames", joined(|previous| &previous.name)),
            ("previousNamespaces", joined(|previous| &previous.namespace)),
            ("prefixes", affixes(&book.prefixes)),
            ("suffixes", affixes(&book.suffixes)),
            ("refBy", book.referred_by.join(",")),
            ("generatorBehavior", behavior.to_owned()),
            ("needsHashSuffix", switch(book.needs_hash)),
            ("allowNameChange", switch(book.allow_name_change)),
            ("allowKindChange", switch(book.allow_kind_change)),
        ];
        let kept = kept.into_iter().map(|(name, value)| (format!("{DOMAIN}{name}"), value));
        let from_helm = if book.from_helm { "true" } else { "" };
        kept.chain([(FROM_HELM.to_owned(), from_helm.to_owned())]).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Whether kustomize would keep any state of this resource in annotations, so that there is a mapping of them.
    pub fn has_build_annotations(&self) -> bool {
        let book = &self.book;
        let has_lists = !book.prefixes.is_empty() || !book.suffixes.is_empty() || !book.referred_by.is_empty();
        let switches =
            [book.generated, book.needs_hash, book.allow_name_change, book.allow_kind_change, book.from_helm];
        !book.previous.is_empty() || has_lists || switches.contains(&true)
    }

    fn absorb(&mut self, key: &str, value: &str, previous: &mut Previous) -> bool {
        let list = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
        let book = &mut self.book;
        match key.strip_prefix(DOMAIN).unwrap_or(key) {
            "previousKinds" => previous.kinds = list(),
            "previousNames" => previous.names = list(),
            "previousNamespaces" => previous.namespaces = list(),
            "prefixes" => book.prefixes = value.split(',').map(Arc::from).collect(),
            "suffixes" => book.suffixes = value.split(',').map(Arc::from).collect(),
            "refBy" => book.referred_by = list(),
            "generatorBehavior" => {
                book.generated = true;
                book.behavior = Behavior::from_name(value);
            }
            "needsHashSuffix" => book.needs_hash = value == "enabled",
            "allowNameChange" => book.allow_name_change = value == "enabled",
            "allowKindChange" => book.allow_kind_change = value == "enabled",
            FROM_HELM => book.from_helm = value == "true",
            _ => return STRIPPED.contains(&key),
        }
        true
    }
}

/// The three parallel lists that previous ids are kept in.
#[derive(Default)]
struct Previous {
    kinds: Vec<String>,
    names: Vec<String>,
    namespaces: Vec<String>,
}

impl Previous {
    fn store(self, resource: &mut Resource) {
        let ids = self.kinds.into_iter().zip(self.names).zip(self.namespaces);
        resource.book.previous.extend(ids.map(|((kind, name), namespace)| PreviousId {
            kind: kind.into(),
            name: name.into(),
            namespace: namespace.into(),
        }));
    }
}
