//! The rules about manifests: what comes out of a build, as Kubernetes sees it.

mod names;
mod patterns;
mod resources;
mod rules;
mod validator;
mod versions;

use rustomize_yaml::{NodeId, Tree, nearest};

use super::schemas::{CustomTypes, CustomVersion, OBJECT_META, Release, Schema};
use super::{Finding, Manifests};
use crate::diagnostics::{Code, Error, Result};
use crate::manifests::read_folder;
use crate::resource::{Gvk, Resource};
use patterns::Patterns;
pub(super) use rules::ALL as RULES;
use validator::{Fault, Place, Role, Validator};
use versions::{Verdict, Words, verdict};

/// Looks for faults of the manifests of a build.
///
/// Fails for a release that is not known, and for CustomResourceDefinitions that cannot be read.
pub(super) fn check(manifests: &Manifests, findings: &mut Vec<Finding>) -> Result<()> {
    let release = release(&manifests.options.kube_version)?;
    let custom = custom_types(manifests, &release)?;
    let patterns = Patterns::default();
    for resource in &manifests.resources {
        let checked = Checked { release: &release, custom: &custom, patterns: &patterns, resource };
        findings.extend(checked.faults().into_iter().map(|fault| finding(manifests, resource, fault)));
    }
    Ok(())
}

/// The release that is asked for, `1.31` or `v1.31.4`; the newest one where none is.
fn release(asked: &str) -> Result<Release> {
    let known = Release::all();
    let newest = known.end - 1;
    let minor = match asked {
        "" => Some(newest),
        asked => {
            let mut parts = asked.strip_prefix('v').unwrap_or(asked).split('.');
            let is_one = parts.next() == Some("1");
            parts.next().filter(|_| is_one).and_then(|minor| minor.parse().ok())
        }
    };
    minor.and_then(Release::new).ok_or_else(|| {
        let error = Error::new(Code::Usage, format!("the schemas of Kubernetes {asked} are not known"));
        error.help(format!("known are those of 1.{} to 1.{newest}", known.start))
    })
}

/// The types that the build and the given folders declare; those of the build count first.
fn custom_types(manifests: &Manifests, release: &Release) -> Result<CustomTypes> {
    let mut types = CustomTypes::default();
    manifests.resources.iter().for_each(|resource| types.add(resource.tree(), release));
    for folder in &manifests.options.crds {
        let read = read_folder(folder, &["yaml", "yml", "json"], false)?;
        read.iter().for_each(|manifest| types.add(&manifest.tree, release));
    }
    Ok(types)
}

fn finding(manifests: &Manifests, resource: &Resource, fault: Fault) -> Finding {
    let Fault { rule, node, message, help, form, also } = fault;
    let finding = match form {
        Some(form) => manifests.finding_of_text(rule, resource, node, message, |text| !form.fits(text)),
        None => manifests.finding(rule, resource, node, message),
    };
    let finding = finding.help_if(help);
    match also {
        Some((other, text)) => finding.at(manifests.place(resource, other), text),
        None => finding,
    }
}

/// A resource, and what it is held against.
struct Checked<'a> {
    release: &'a Release,
    custom: &'a CustomTypes,
    patterns: &'a Patterns,
    resource: &'a Resource,
}

impl Checked<'_> {
    fn faults(&self) -> Vec<Fault> {
        let tree = self.resource.tree();
        let mut validator = Validator::new(tree, self.release, self.patterns);
        if self.resource.api_version().is_empty() {
            let message = format!("{} has no `apiVersion`, which is required", self.resource.kind());
            let node = tree.entry(tree.root(), "kind").map_or(tree.root(), |(key, _)| key);
            validator.faults.push(Fault { rule: &rules::REQUIRED, node, message, help: None, form: None, also: None });
            self.check_metadata(&mut validator);
            return validator.faults;
        }
        match verdict(self.release, self.resource.api_version(), self.resource.kind()) {
            Verdict::Served(number) => self.hold(self.release.definition(number), &mut validator),
            Verdict::Deprecated(number, why) => {
                validator.faults.push(self.of_type(&rules::DEPRECATED_API, why));
                self.hold(self.release.definition(number), &mut validator);
            }
            Verdict::Removed(why) => validator.faults.push(self.of_type(&rules::REMOVED_API, why)),
            Verdict::Unknown(why) => validator.faults.push(self.of_type(&rules::UNKNOWN_TYPE, why)),
            Verdict::Foreign => self.check_custom(&mut validator),
        }
        self.check_name(&mut validator);
        validator.faults
    }

    /// Holds the whole resource against a schema.
    fn hold(&self, schema: Option<&Schema>, validator: &mut Validator) {
        let tree = self.resource.tree();
        let shown = tree.entry(tree.root(), "kind").map_or(tree.root(), |(key, _)| key);
        if let Some(schema) = schema {
            let place = Place { name: self.resource.kind(), role: Role::Object, shown, flow: false, depth: 0 };
            validator.check(tree.root(), schema, place);
        }
    }

    /// A type that is none of Kubernetes' own: its definition says what it is, and without one only its metadata is known.
    fn check_custom(&self, validator: &mut Validator) {
        let (api_version, kind) = (self.resource.api_version(), self.resource.kind());
        let (group, version) = Gvk::split_api_version(api_version);
        let Some(known) = self.custom.get(group, kind) else {
            let kinds = self.custom.kinds_of(group);
            if let Some(near) = nearest(kind, kinds) {
                let message = format!("there is no CustomResourceDefinition of {kind} of `{group}`");
                let words = Words { message, help: Some(format!("did you mean `{near}`?")) };
                validator.faults.push(self.of_type(&rules::UNKNOWN_TYPE, words));
            }
            return self.check_metadata(validator);
        };
        match known.version(version) {
            Some(version) if version.is_served => {
                if version.is_deprecated {
                    validator
                        .faults
                        .push(self.of_type(&rules::DEPRECATED_API, deprecation(version, api_version, kind)));
                }
                match &version.schema {
                    Some(schema) => self.hold(Some(schema), validator),
                    None => self.check_metadata(validator),
                }
            }
            declared => {
                let served: Vec<&str> =
                    known.versions.iter().filter(|version| version.is_served).map(|version| &*version.name).collect();
                let is = if declared.is_some() { "does not serve" } else { "does not have" };
                let message = format!("the CustomResourceDefinition of {kind} {is} `{version}`");
                let help = (!served.is_empty()).then(|| format!("it serves {}", validator::listed(served.into_iter())));
                validator.faults.push(self.of_type(&rules::UNKNOWN_TYPE, Words { message, help }));
            }
        }
    }

    fn check_metadata(&self, validator: &mut Validator) {
        let tree = self.resource.tree();
        let Some((key, metadata)) = tree.entry(tree.root(), "metadata") else { return };
        if let Some(schema) = self.release.named(OBJECT_META) {
            validator.check(
                metadata,
                schema,
                Place { name: "metadata", role: Role::Field, shown: key, flow: false, depth: 0 },
            );
        }
    }

    fn check_name(&self, validator: &mut Validator) {
        let tree = self.resource.tree();
        let (group, _) = Gvk::split_api_version(self.resource.api_version());
        let Some((form, most)) = names::form(group, self.resource.kind(), self.release.minor()) else { return };
        let Some(node) = tree.path(tree.root(), &["metadata", "name"]) else { return };
        validator.check_name(node, form, most);
    }

    /// A fault of the type itself, shown at `apiVersion`, or at `kind` where the version is not to blame.
    fn of_type(&self, rule: &'static super::Rule, words: Words) -> Fault {
        let tree = self.resource.tree();
        let is_kind = words.help.as_deref().is_some_and(|help| help.starts_with("did you mean"));
        let node = value(tree, if is_kind { "kind" } else { "apiVersion" });
        Fault { rule, node, message: words.message, help: words.help, form: None, also: None }
    }
}

fn value(tree: &Tree, field: &str) -> NodeId {
    tree.get(tree.root(), field).unwrap_or(tree.root())
}

fn deprecation(version: &CustomVersion, api_version: &str, kind: &str) -> Words {
    let help = (!version.warning.is_empty()).then(|| version.warning.clone());
    Words { message: format!("{kind} of `{api_version}` is deprecated"), help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_named_as_people_do() {
        for asked in ["1.31", "v1.31", "1.31.4"] {
            assert_eq!(release(asked).unwrap().minor(), 31);
        }
        assert_eq!(release("").unwrap().minor(), Release::all().end - 1);
        for asked in ["1.24", "2.31", "x", "1", "1.999"] {
            assert!(release(asked).is_err(), "{asked}");
        }
    }
}
