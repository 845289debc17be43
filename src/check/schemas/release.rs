use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use super::table::Table;
use super::{Child, Schema};

/// The types of one release of Kubernetes.
#[derive(Debug)]
pub(crate) struct Release {
    table: &'static Table,
    minor: u32,
    /// Each definition, once it was needed.
    schemas: Vec<OnceLock<Option<Schema>>>,
    /// The groups of all types, once one was asked for.
    groups: OnceLock<BTreeSet<&'static str>>,
}

/// What Kubernetes knows of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// The release serves it: the number of its definition.
    Served(usize),
    /// Other releases do: the first and the last of them.
    Elsewhere(u32, u32),
    /// Its group has no such type in any release.
    Not,
    /// The group is none of Kubernetes' own.
    Foreign,
}

impl Release {
    /// The release with this minor version; nothing for one that is not known.
    pub fn new(minor: u32) -> Option<Release> {
        let table = Table::built_in();
        if !table.releases.contains(&minor) {
            return None;
        }
        let schemas = std::iter::repeat_with(OnceLock::new).take(table.definition_count).collect();
        Some(Release { table, minor, schemas, groups: OnceLock::new() })
    }

    /// The minor versions of the releases that are known.
    pub fn all() -> Range<u32> {
        Table::built_in().releases.clone()
    }

    /// The minor version.
    pub fn minor(&self) -> u32 {
        self.minor
    }

    fn place(&self) -> u32 {
        self.minor - self.table.releases.start
    }

    /// The definition of that number, where this release has it.
    pub fn definition(&self, number: usize) -> Option<&Schema> {
        let schema = self.schemas.get(number)?;
        schema.get_or_init(|| self.table.schema(number, self.place())).as_ref()
    }

    /// The definition of that name.
    pub fn named(&self, name: &str) -> Option<&Schema> {
        self.definition(self.table.definition(name)?)
    }

    /// The number of the definition of that name.
    pub fn number_of(&self, name: &str) -> Option<usize> {
        self.table.definition(name)
    }

    /// What a child is; nothing where it may be anything.
    pub fn resolve<'a>(&'a self, child: &'a Child) -> Option<&'a Schema> {
        match child {
            Child::Own(schema) => Some(schema),
            Child::Definition(number) => self.definition(*number),
        }
    }

    /// What is known of a type.
    pub fn find(&self, group: &str, version: &str, kind: &str) -> Known {
        let mut found = self.table.kinds_named(kind).filter(|own| (own.group, own.version) == (group, version));
        match found.next() {
            Some(own) if own.releases >> self.place() & 1 == 1 => Known::Served(own.definition),
            Some(own) => Known::Elsewhere(self.release_at(own.releases.trailing_zeros()), self.last(own.releases)),
            None if self.has_group(group) => Known::Not,
            None => Known::Foreign,
        }
    }

    fn release_at(&self, place: u32) -> u32 {
        self.table.releases.start + place
    }

    fn last(&self, releases: u32) -> u32 {
        self.release_at(31 - releases.leading_zeros())
    }

    /// The groups and versions in which this release serves a kind, and the first known release that did.
    pub fn versions_of(&self, kind: &str) -> Vec<(&'static str, &'static str, u32)> {
        let served = self.table.kinds_named(kind).filter(|own| own.releases >> self.place() & 1 == 1);
        served.map(|own| (own.group, own.version, self.release_at(own.releases.trailing_zeros()))).collect()
    }

    /// The kinds that this release serves in a group and version.
    pub fn kinds_of(&self, group: &str, version: &str) -> impl Iterator<Item = &'static str> {
        let is_served = |releases: u32| releases >> self.place() & 1 == 1;
        let kinds = self.table.kinds();
        kinds
            .filter(move |own| (own.group, own.version) == (group, version) && is_served(own.releases))
            .map(|own| own.kind)
    }

    /// Whether Kubernetes has types of that group, in any release.
    pub fn has_group(&self, group: &str) -> bool {
        self.groups.get_or_init(|| self.table.kinds().map(|own| own.group).collect()).contains(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::schemas::{Others, What};

    #[test]
    fn types_are_known_by_release() {
        let newest = Release::new(Release::all().end - 1).unwrap();
        let Known::Served(deployment) = newest.find("apps", "v1", "Deployment") else { panic!() };
        let deployment = newest.definition(deployment).unwrap();
        assert_eq!(deployment.what, What::Object);
        assert!(matches!(deployment.others, Others::Refused));
        let spec = newest.resolve(deployment.field("spec").unwrap()).unwrap();
        assert_eq!(spec.required, ["selector", "template"]);
        assert_eq!(newest.resolve(spec.field("replicas").unwrap()).unwrap().what, What::Integer);
        assert_eq!(newest.find("flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema"), Known::Elsewhere(25, 28));
        assert_eq!(newest.find("apps", "v1", "Deploiment"), Known::Not);
        assert_eq!(newest.find("example.com", "v1", "Deployment"), Known::Foreign);
        assert!(Release::new(24).is_none());
    }

    #[test]
    fn what_changed_between_releases_is_kept_apart() {
        let of = |minor| {
            let release = Release::new(minor).unwrap();
            release.named("io.k8s.api.core.v1.Container").unwrap().field("restartPolicy").is_some()
        };
        assert_eq!((of(25), of(28)), (false, true));
    }
}
