use std::collections::BTreeMap;

use super::Branch;
use crate::cli::TreeArgs;
use crate::diagnostics::Result;
use crate::manifests::{FieldPath, Manifest, field_position};

/// A field that is shown under each manifest that has it.
pub struct ShownField {
    /// What it is shown under.
    name: String,
    /// What it is called there, for fields of containers.
    of_container: Option<&'static str>,
    path: FieldPath,
}

/// Where containers are.
const CONTAINERS: [&[&str]; 3] = [
    &["spec", "containers"],
    &["spec", "template", "spec", "containers"],
    &["spec", "jobTemplate", "spec", "template", "spec", "containers"],
];

impl ShownField {
    /// The fields that are asked for.
    pub fn of(arguments: &TreeArgs) -> Result<Vec<ShownField>> {
        let mut fields = Vec::new();
        for path in &arguments.field {
            fields.push(ShownField::plain(&FieldPath::split(path)?)?);
        }
        let is_shown = |flag: Option<bool>| flag.unwrap_or(arguments.all);
        let of_containers = [
            (arguments.name, "name"),
            (arguments.image, "image"),
            (arguments.command, "command"),
            (arguments.args, "args"),
            (arguments.env, "env"),
            (arguments.resources, "resources"),
            (arguments.ports, "ports"),
        ];
        for (_, field) in of_containers.into_iter().filter(|(flag, _)| is_shown(*flag)) {
            for containers in CONTAINERS {
                let path = FieldPath::new(&[containers, &["[name=.*]", field]].concat())?;
                fields.push(ShownField { name: containers.join("."), of_container: Some(field), path });
            }
        }
        if is_shown(arguments.replicas) {
            fields.push(ShownField::plain(&["spec", "replicas"])?);
        }
        if is_shown(arguments.ports) {
            fields.push(ShownField::plain(&["spec", "ports"])?);
        }
        Ok(fields)
    }

    fn plain(parts: &[impl AsRef<str>]) -> Result<ShownField> {
        let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        Ok(ShownField { name: names.join("."), of_container: None, path: FieldPath::new(parts)? })
    }
}

/// Fields of containers by the name of the container.
type Containers = BTreeMap<(usize, String), Vec<(&'static str, String)>>;

/// The branches for the fields of a manifest, in their usual order.
pub fn branches(manifest: &Manifest, fields: &[ShownField]) -> Vec<Branch> {
    let mut found: BTreeMap<(usize, &str), (String, Containers)> = BTreeMap::new();
    for field in fields {
        let hits = field.path.hits(&manifest.tree);
        let Some(first) = hits.first() else { continue };
        let (value, containers) = found.entry(ranked(&field.name)).or_default();
        match field.of_container {
            None => *value = first.shown.clone(),
            Some(name) => {
                for hit in hits {
                    let container = hit.matches.join("/");
                    let (rank, container) = (ranked(&container).0, container.clone());
                    containers.entry((rank, container)).or_default().push((name, hit.shown));
                }
            }
        }
    }
    found.into_iter().map(|((_, name), (value, containers))| branch(name, &value, containers)).collect()
}

fn branch(name: &str, value: &str, containers: Containers) -> Branch {
    if containers.is_empty() {
        return Branch::new(format!("{name}: {value}"));
    }
    let of_container = |(number, mut fields): (usize, Vec<(&'static str, String)>)| {
        fields.sort_by(|(one, _), (other, _)| ranked(one).cmp(&ranked(other)));
        let branches = fields.iter().map(|(field, value)| Branch::new(format!("{field}: {value}"))).collect();
        Branch { text: number.to_string(), branches }
    };
    Branch { text: name.to_owned(), branches: containers.into_values().enumerate().map(of_container).collect() }
}

/// A name with its place in the usual order.
fn ranked(name: &str) -> (usize, &str) {
    (field_position(name).unwrap_or(usize::MAX), name)
}
