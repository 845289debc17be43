//! What an application sets.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::environment::Environment;
use crate::diagnostics::{Code, Error, Result, nearest};

/// The parameters that an application can set: their names, which are those of a source of type kustomize where that
/// has them, and what they accept.
pub const PARAMETERS: [(&str, Accepts); 20] = [
    ("images", Accepts::List),
    ("replicas", Accepts::Pairs('=')),
    ("namespace", Accepts::Text),
    ("namePrefix", Accepts::Text),
    ("nameSuffix", Accepts::Text),
    ("commonLabels", Accepts::Pairs(':')),
    ("forceCommonLabels", Accepts::Switch),
    ("labelWithoutSelector", Accepts::Switch),
    ("labelIncludeTemplates", Accepts::Switch),
    ("commonAnnotations", Accepts::Pairs(':')),
    ("forceCommonAnnotations", Accepts::Switch),
    ("commonAnnotationsEnvsubst", Accepts::Switch),
    ("patches", Accepts::Patches),
    ("components", Accepts::List),
    ("ignoreMissingComponents", Accepts::Switch),
    ("kubeVersion", Accepts::Text),
    ("apiVersions", Accepts::List),
    ("enableHelm", Accepts::Switch),
    ("loadRestrictor", Accepts::Text),
    ("allowEmpty", Accepts::Switch),
];

/// What a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// A text.
    Text,
    /// `true` or `false`.
    Switch,
    /// A list of texts.
    List,
    /// A map, or a list of keys and values with this between them.
    Pairs(char),
    /// A list of patches.
    Patches,
}

impl Accepts {
    fn in_words(self) -> String {
        match self {
            Accepts::Text => "a string".into(),
            Accepts::Switch => "the string true or false".into(),
            Accepts::List => "an array, or a string with commas or spaces between the items".into(),
            Accepts::Pairs(between) => format!("a map, or an array of key{between}value"),
            Accepts::Patches => "an array of patches, or a string that is one".into(),
        }
    }
}

/// A value as Argo CD can carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

/// The parameters that are set, by name.
#[derive(Debug, Default)]
pub struct Parameters(BTreeMap<&'static str, (Accepts, Value)>);

/// A parameter in `ARGOCD_APP_PARAMETERS`.
#[derive(Debug, Deserialize)]
struct Given {
    name: String,
    string: Option<String>,
    array: Option<Vec<String>>,
    map: Option<BTreeMap<String, String>>,
}

impl Parameters {
    /// Reads them: from `ARGOCD_APP_PARAMETERS`; without it from `PARAM_…`, which say the same, but for the keys of
    /// maps; and what neither says from `ARGOCD_ENV_RUSTOMIZE_…`, the variables that an application can set.
    ///
    /// Fails for parameters that there are not.
    pub fn read(environment: &Environment) -> Result<Parameters> {
        let mut parameters = Parameters::default();
        for (name, value) in environment.beginning_with("ARGOCD_ENV_RUSTOMIZE_") {
            let (known, accepts) = known(name)?;
            parameters.0.insert(known, (accepts, Value::Text(value.to_owned())));
        }
        match environment.get("ARGOCD_APP_PARAMETERS") {
            "" => parameters.take_variables(environment)?,
            json => parameters.take_json(json)?,
        }
        Ok(parameters)
    }

    fn take_json(&mut self, json: &str) -> Result<()> {
        let given: Option<Vec<Given>> = serde_json::from_str(json).map_err(|error| {
            Error::new(Code::Parameter, format!("ARGOCD_APP_PARAMETERS cannot be read: {error}"))
                .help("it is a JSON list of objects with `name` and one of `string`, `array` and `map`")
        })?;
        for Given { name, string, array, map } in given.unwrap_or_default() {
            let (known, accepts) = known(&name)?;
            let value = map.map(Value::Map).or(array.map(Value::List)).or(string.map(Value::Text));
            self.0.insert(known, (accepts, value.unwrap_or(Value::Text(String::new()))));
        }
        Ok(())
    }

    fn take_variables(&mut self, environment: &Environment) -> Result<()> {
        let mut lists: BTreeMap<&'static str, (Accepts, BTreeMap<usize, String>)> = BTreeMap::new();
        for (variable, value) in environment.beginning_with("PARAM_") {
            let (name, index) = match variable.rsplit_once('_') {
                Some((name, index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => (name, index.parse().ok()),
                _ => (variable, None),
            };
            let (known, accepts) = known(name).map_err(|error| key_is_lost(variable).unwrap_or(error))?;
            match index {
                Some(index) => {
                    lists.entry(known).or_insert((accepts, BTreeMap::new())).1.insert(index, value.to_owned());
                }
                None => drop(self.0.insert(known, (accepts, Value::Text(value.to_owned())))),
            }
        }
        for (name, (accepts, items)) in lists {
            self.0.insert(name, (accepts, Value::List(items.into_values().collect())));
        }
        Ok(())
    }

    /// A text; empty where it is not set. Fails for any other value.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.0.get(name) {
            None => Ok(""),
            Some((_, Value::Text(text))) => Ok(text),
            Some((accepts, _)) => Err(wrong(name, "is not a string", *accepts)),
        }
    }

    /// A switch; `None` where it is not set. Fails for any other value.
    pub fn switch(&self, name: &str) -> Result<Option<bool>> {
        match self.text(name)?.trim().to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            other => Err(wrong(name, &format!("is {other:?}"), Accepts::Switch)),
        }
    }

    /// A list; empty where it is not set. Fails for maps.
    pub fn list(&self, name: &str) -> Result<Vec<String>> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some((Accepts::Patches, Value::Text(text))) if text.trim().is_empty() => Ok(Vec::new()),
            Some((Accepts::Patches, Value::Text(text))) => Ok(vec![text.clone()]),
            Some((_, Value::Text(text))) => Ok(items(text, |character| character == ',' || character.is_whitespace())),
            Some((_, Value::List(list))) => Ok(list.clone()),
            Some((accepts, Value::Map(_))) => Err(wrong(name, "is a map", *accepts)),
        }
    }

    /// Keys and values, joined as the parameter has them in a list; empty where it is not set. Fails for items without
    /// a value.
    pub fn pairs(&self, name: &str) -> Result<Vec<String>> {
        let (accepts, pairs) = match self.0.get(name) {
            None => return Ok(Vec::new()),
            Some((accepts @ Accepts::Pairs(between), Value::Map(map))) => {
                (*accepts, map.iter().map(|(key, value)| format!("{key}{between}{value}")).collect())
            }
            // Values of annotations can have commas and spaces in them.
            Some((accepts, Value::Text(text))) => (*accepts, items(text, |character| character == '\n')),
            Some((accepts, Value::List(list))) => (*accepts, list.clone()),
            Some((accepts, Value::Map(_))) => return Err(wrong(name, "is a map", *accepts)),
        };
        let is_whole = |pair: &&String| !matches!(accepts, Accepts::Pairs(between) if !pair.contains(between));
        match pairs.iter().find(|pair| !is_whole(pair)) {
            Some(pair) => Err(wrong(name, &format!("has {pair:?}"), accepts)),
            None => Ok(pairs),
        }
    }
}

fn items(text: &str, is_between: impl Fn(char) -> bool) -> Vec<String> {
    text.split(is_between).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The parameter of this name, in any case and with or without dashes and underscores in it.
fn known(name: &str) -> Result<(&'static str, Accepts)> {
    let plain = plain(name);
    let found = PARAMETERS.into_iter().find(|(known, _)| known.to_ascii_lowercase() == plain);
    found.ok_or_else(|| {
        let names = PARAMETERS.map(|(name, _)| name);
        let help = match nearest(name, names) {
            Some(near) => format!("did you mean {near}? There are {}", names.join(", ")),
            None => format!("there are {}", names.join(", ")),
        };
        Error::new(Code::Parameter, format!("there is no parameter {name}")).help(help)
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|character| !['-', '_'].contains(character)).collect::<String>().to_ascii_lowercase()
}

/// The error for a variable that is an entry of a map: what its key was before it became a variable cannot be known.
fn key_is_lost(variable: &str) -> Option<Error> {
    let is_start = |(name, accepts): &(&str, Accepts)| {
        matches!(accepts, Accepts::Pairs(_)) && plain(variable).starts_with(&name.to_ascii_lowercase())
    };
    let (name, accepts) = PARAMETERS.into_iter().find(is_start)?;
    let message = format!("the key of a map cannot be told from PARAM_{variable}");
    let help = format!(
        "set {name} in ARGOCD_APP_PARAMETERS, or PARAM_{}_0; it accepts {}",
        name.to_uppercase(),
        accepts.in_words()
    );
    Some(Error::new(Code::Parameter, message).help(help))
}

/// The error for a parameter whose value cannot be used.
pub fn wrong(name: &str, what: &str, accepts: Accepts) -> Error {
    Error::new(Code::Parameter, format!("the parameter {name} {what}"))
        .help(format!("it accepts {}", accepts.in_words()))
}
