//! `rustomize argocd parameters`: what Argo CD shows as fields to fill in.

use std::collections::{BTreeMap, BTreeSet};

use rustomize_yaml::{NodeId, Tree};
use serde_json::{Value, json};

use super::environment::Environment;
use super::parameters::PARAMETERS;
use super::settings::Settings;
use crate::Session;
use crate::cli::GenerateArgs;
use crate::diagnostics::Result;
use crate::kustomization::Kustomization;
use crate::load::{Loader, clean_up_on_signals};
use crate::output::{Output, write_stdout};
use crate::resource::Resource;
use crate::transform::Reference;

/// Prints the parameters with the values that they have in the tree, as a list in JSON.
///
/// The values are those without the overrides of the application: set to what is announced, a parameter changes
/// nothing. Fails where the tree cannot be built.
pub fn run(arguments: &GenerateArgs, environment: &Environment) -> Result<()> {
    let settings = Settings::read(arguments, environment)?;
    let directory = arguments.build.directory()?;
    clean_up_on_signals();
    let session = Session::default();
    let file = Loader::open(&session.files, directory, settings.options.load_restrictor)?.kustomization_file()?;
    let kustomization = session.kustomization(&file.source, &Default::default())?;
    let output = session.build(&settings.options, directory)?;
    let found = Found::new(&kustomization, &output);
    let list: Vec<Value> = PARAMETERS.iter().filter_map(|(name, _)| found.announce(name)).collect();
    write_stdout(&format!("{:#}\n", json!(list)))
}

/// What there is in the tree.
struct Found<'a> {
    kustomization: &'a Kustomization,
    images: Vec<String>,
    replicas: BTreeMap<String, String>,
    namespace: String,
}

impl<'a> Found<'a> {
    fn new(kustomization: &'a Kustomization, output: &Output) -> Found<'a> {
        let resources: Vec<&Resource> = output.texts().map(|(resource, _)| resource).collect();
        Found {
            images: images(kustomization, &resources),
            replicas: replicas(&resources),
            namespace: namespace(kustomization, &resources),
            kustomization,
        }
    }

    /// The parameter as Argo CD wants it; `None` for those that are not shown.
    fn announce(&self, name: &str) -> Option<Value> {
        let text = |title, tooltip, value: &str| json!({"name": name, "title": title, "tooltip": tooltip, "itemType": "string", "string": value});
        let map = |title, tooltip, value: &BTreeMap<String, String>| json!({"name": name, "title": title, "tooltip": tooltip, "collectionType": "map", "map": value});
        let none = BTreeMap::new();
        Some(match name {
            "images" => json!({
                "name": name,
                "title": "Images",
                "tooltip": "image:tag, image@digest, image=new:tag",
                "collectionType": "array",
                "array": self.images,
            }),
            "replicas" => map("Replicas", "The number of replicas by the name of the resource", &self.replicas),
            "namespace" => text("Namespace", "Set on everything that can have one", &self.namespace),
            "namePrefix" => text("Name prefix", "Put before all names", &self.kustomization.name_prefix),
            "nameSuffix" => text("Name suffix", "Put behind all names", &self.kustomization.name_suffix),
            "commonLabels" => map("Labels", "Added to everything", &none),
            "commonAnnotations" => map("Annotations", "Added to everything", &none),
            _ => return None,
        })
    }
}

/// The images of all containers, in a form that changes nothing when it is set: the name that the kustomization knows
/// the image by comes first where it has another one. An image that comes with several tags is announced without any.
fn images(kustomization: &Kustomization, resources: &[&Resource]) -> Vec<String> {
    let mut found = BTreeSet::new();
    // Containers that a definition of custom resources speaks of are none, as `images` see it.
    let with_images = resources.iter().filter(|resource| resource.kind() != "CustomResourceDefinition");
    with_images.for_each(|resource| collect_images(resource.tree(), resource.tree().root(), &mut found));
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for image in found {
        by_name.entry(Reference::split(&image).name.to_owned()).or_default().push(image);
    }
    let announced = by_name.into_iter().map(|(name, images)| {
        let known_as =
            kustomization.images.iter().find(|image| *image.new_name == name).map(|image| image.name.as_str());
        match (images.as_slice(), known_as) {
            ([image], Some(known)) => format!("{known}={image}"),
            ([image], None) if *image != name => image.clone(),
            (_, known) => format!("{}={name}", known.unwrap_or(&name)),
        }
    });
    announced.collect()
}

fn collect_images(tree: &Tree, node: NodeId, found: &mut BTreeSet<String>) {
    if tree.is_sequence(node) {
        return tree.items(node).for_each(|item| collect_images(tree, item, found));
    }
    for (key, value) in tree.entries(node) {
        if ["containers", "initContainers"].contains(&tree.text(key)) && tree.is_sequence(value) {
            let images = tree.items(value).filter_map(|container| tree.get(container, "image"));
            found.extend(images.map(|image| tree.text(image).to_owned()).filter(|image| !image.is_empty()));
        } else {
            collect_images(tree, value, found);
        }
    }
}

/// The numbers of replicas, by the name that a resource had in its file: that one stays when a prefix is set. Names
/// that stand for different numbers are left out.
fn replicas(resources: &[&Resource]) -> BTreeMap<String, String> {
    const KINDS: [&str; 4] = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for resource in resources.iter().filter(|resource| KINDS.contains(&resource.kind())) {
        let tree = resource.tree();
        // Without a number there is one.
        let count = tree.path(tree.root(), &["spec", "replicas"]).map_or("1", |count| tree.text(count));
        found.entry(resource.original_id().name.to_string()).or_default().insert(count.to_owned());
    }
    let single = found.into_iter().filter(|(_, counts)| counts.len() == 1);
    single.map(|(name, counts)| (name, counts.into_iter().collect())).collect()
}

/// The namespace that the kustomization sets, or the only one that there is.
fn namespace(kustomization: &Kustomization, resources: &[&Resource]) -> String {
    if !kustomization.namespace.is_empty() {
        return kustomization.namespace.value.clone();
    }
    let namespaced = resources.iter().filter(|resource| !resource.id().is_cluster_scoped());
    let all: BTreeSet<&str> = namespaced.map(|resource| resource.namespace()).collect();
    if all.len() == 1 { all.into_iter().collect() } else { String::new() }
}
