//! `cargo xtask schema`: compiles what is known of Kubernetes types into `src/schema/table.rs`.
//!
//! The input is JSON, drawn from the OpenAPI documents that kustomize carries:
//! `resources` (apiVersion, kind, name of the root definition, scope), `scopes` (apiVersion, kind, namespaced) and
//! `definitions` (by name: by field name: `ref`, the definition of the value; `values`, of the values of a map;
//! `items`, of the items of a list; `strategy`, `mergeKey` and `listMapKeys`, the extensions that steer merges).
//!
//! Only what a merge asks for goes into the table: fields with a definition of their own, and lists that merge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Options of `cargo xtask schema`.
#[derive(clap::Args)]
pub struct Options {
    /// The JSON file with the facts
    facts: PathBuf,
    /// The table to write
    #[arg(long, default_value = "src/schema/table.rs")]
    output: PathBuf,
}

/// Reads the facts and writes the table.
pub fn run(options: &Options) -> Result<()> {
    let text =
        std::fs::read_to_string(&options.facts).with_context(|| format!("cannot read {}", options.facts.display()))?;
    let facts: Value = serde_json::from_str(&text)?;
    let table = Table::from_facts(&facts)?;
    std::fs::write(&options.output, table.to_source())
        .with_context(|| format!("cannot write {}", options.output.display()))
}

/// Types of kustomize itself that merge; they come with every schema.
const OWN_TYPES: [(&str, &str, &str); 1] =
    [("kustomize.config.k8s.io/v1beta1", "Kustomization", "io.k8s.api.apps.v1.Kustomization")];
const OWN_LISTS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

#[derive(Default)]
struct Table {
    /// (kind, apiVersion) to the name of the root definition.
    types: BTreeMap<(String, String), String>,
    /// (kind, apiVersion) to whether the type is namespaced.
    scopes: BTreeMap<(String, String), bool>,
    definitions: BTreeMap<String, BTreeMap<String, Field>>,
    merges: BTreeSet<Merge>,
}

/// How the lists of a field merge: whether at all, and by which keys.
type Merge = (bool, Vec<String>);

struct Field {
    of: Of,
    merge: Option<Merge>,
}

enum Of {
    Definition(String),
    Values(String),
    Items(String),
    Nothing,
}

impl Table {
    fn from_facts(facts: &Value) -> Result<Table> {
        let mut table = Table::default();
        for resource in list(facts, "resources")? {
            let key = (text(resource, "kind")?, text(resource, "apiVersion")?);
            if let Ok(definition) = text(resource, "definition") {
                table.types.insert(key.clone(), definition);
            }
            if let Ok(scope) = text(resource, "scope") {
                table.scopes.insert(key, scope == "Namespaced");
            }
        }
        for scope in list(facts, "scopes")? {
            let namespaced = scope["namespaced"].as_bool().context("namespaced is not a boolean")?;
            table.scopes.insert((text(scope, "kind")?, text(scope, "apiVersion")?), namespaced);
        }
        let definitions = facts["definitions"].as_object().context("definitions are missing")?;
        for (name, fields) in definitions {
            let fields = fields.as_object().with_context(|| format!("{name} is not a mapping"))?;
            let fields = fields.iter().filter_map(|(field, facts)| Some((field.clone(), Field::from_facts(facts)?)));
            table.definitions.insert(name.clone(), fields.collect());
        }
        table.add_own();
        for field in table.definitions.values().flat_map(BTreeMap::values) {
            table.merges.extend(field.merge.clone());
        }
        Ok(table)
    }

    fn add_own(&mut self) {
        for (api_version, kind, definition) in OWN_TYPES {
            self.types.insert((kind.into(), api_version.into()), definition.into());
            let merge = || Field { of: Of::Items(String::new()), merge: Some((true, vec!["name".into()])) };
            self.definitions.insert(definition.into(), OWN_LISTS.map(|list| (list.into(), merge())).into());
        }
    }

    fn to_source(&self) -> String {
        let mut names = Names::default();
        let merges: Vec<&Merge> = self.merges.iter().collect();
        let numbers: BTreeMap<&str, usize> =
            self.definitions.keys().enumerate().map(|(at, name)| (name.as_str(), at + 1)).collect();
        let number = |name: &str| numbers.get(name).copied().unwrap_or(0);

        let (mut definitions, mut fields, mut count) = (String::new(), String::new(), 0);
        for (name, own) in &self.definitions {
            let _ = writeln!(definitions, "    Definition {{ name: {}, fields: {count} }},", names.add(name));
            let _ = writeln!(fields, "    // {name}");
            for (field, facts) in own {
                let of = match &facts.of {
                    Of::Definition(name) => format!("Of::Definition({})", number(name)),
                    Of::Values(name) => format!("Of::Values({})", number(name)),
                    Of::Items(name) => format!("Of::Items({})", number(name)),
                    Of::Nothing => "Of::Nothing".to_owned(),
                };
                let merge = facts.merge.as_ref().and_then(|merge| merges.iter().position(|other| *other == merge));
                let merge = merge.map_or(0, |at| at + 1);
                let _ = writeln!(fields, "    field({}, {of}, {merge}), // {field}", names.add(field));
            }
            count += own.len();
        }
        let mut types = String::new();
        for ((kind, api_version), definition) in &self.types {
            let (kind, api_version) = (names.add(kind), names.add(api_version));
            let _ = writeln!(
                types,
                "    Type {{ kind: {kind}, api_version: {api_version}, definition: {} }},",
                number(definition)
            );
        }
        let mut scopes = String::new();
        for ((kind, api_version), namespaced) in &self.scopes {
            let (kind, api_version) = (names.add(kind), names.add(api_version));
            let _ =
                writeln!(scopes, "    Scope {{ kind: {kind}, api_version: {api_version}, namespaced: {namespaced} }},");
        }
        let mut rules = String::new();
        for (merges, keys) in &merges {
            let _ = writeln!(rules, "    MergeRule {{ merges: {merges}, keys: &{keys:?} }},");
        }
        format!(
            "// Generated by `cargo xtask schema`; not edited by hand.\n\n\
             use super::builtin::{{Definition, Field, MergeRule, Of, Scope, Type, field, name}};\n\n\
             /// Every name, one behind the other.\npub(super) static NAMES: &str = \"{}\";\n\n\
             /// How lists merge, by number; 0 is not in it: they do not.\n#[rustfmt::skip]\n\
             pub(super) static RULES: [MergeRule; {}] = [\n{rules}];\n\n\
             /// Sorted by kind and apiVersion.\n#[rustfmt::skip]\n\
             pub(super) static TYPES: [Type; {}] = [\n{types}];\n\n\
             /// Sorted by kind and apiVersion.\n#[rustfmt::skip]\n\
             pub(super) static SCOPES: [Scope; {}] = [\n{scopes}];\n\n\
             /// Sorted by name and numbered from 1; the fields of each reach to the first one of the next.\n\
             #[rustfmt::skip]\npub(super) static DEFINITIONS: [Definition; {}] = [\n{definitions}];\n\n\
             /// Sorted by name within each definition.\n#[rustfmt::skip]\n\
             pub(super) static FIELDS: [Field; {count}] = [\n{fields}];\n",
            names.wrapped(),
            merges.len(),
            self.types.len(),
            self.scopes.len(),
            self.definitions.len(),
        )
    }
}

impl Field {
    /// `None` for a field that no merge asks about.
    fn from_facts(facts: &Value) -> Option<Field> {
        let name = |key: &str| facts[key].as_str().map(str::to_owned);
        if let Some(definition) = name("ref") {
            // What stands beside a reference is lost when kustomize follows it.
            return Some(Field { of: Of::Definition(definition), merge: None });
        }
        if let Some(definition) = name("values") {
            return Some(Field { of: Of::Values(definition), merge: None });
        }
        let strategy = name("strategy")?;
        let keys = match facts["listMapKeys"].as_array() {
            Some(keys) => keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            None => name("mergeKey").into_iter().collect(),
        };
        let of = match facts["list"].as_bool() {
            Some(true) => Of::Items(name("items").unwrap_or_default()),
            _ => Of::Nothing,
        };
        Some(Field { of, merge: Some((strategy.split(',').any(|part| part == "merge"), keys)) })
    }
}

/// All names in one text, so that the table needs no pointers.
#[derive(Default)]
struct Names {
    text: String,
    places: BTreeMap<String, usize>,
}

impl Names {
    fn add(&mut self, name: &str) -> String {
        let at = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.text.push_str(name);
            self.text.len() - name.len()
        });
        format!("name({at}, {})", name.len())
    }

    /// The text as the inside of a string literal, over many lines.
    fn wrapped(&self) -> String {
        let mut lines = String::new();
        for (at, character) in self.text.chars().enumerate() {
            if at % 110 == 0 {
                lines.push_str("\\\n    ");
            }
            lines.push(character);
        }
        lines
    }
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("{key} is not a list"))
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("{key} is not a text"))?.to_owned())
}
