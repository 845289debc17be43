//! What is told as JSON is what the library says.

use rustomize::explain::{Change, Key, Place, ResourceHistory, ValueHistory};
use serde_json::{Map, Value, json};

/// The first value of a resource of which something else is told as JSON.
pub fn difference(told: &str, resource: &ResourceHistory, values: &[ValueHistory]) -> Option<String> {
    let told: Value = match serde_json::from_str(told) {
        Ok(told) => told,
        Err(error) => return Some(format!("no JSON: {error}")),
    };
    let told = told["values"].as_array().map_or(&[][..], |values| values);
    if told.len() != values.len() {
        return Some(format!("{} values are told, of {}", told.len(), values.len()));
    }
    let expected = values.iter().map(|known| value(resource, known));
    let mut pairs = told.iter().zip(expected);
    pairs.find(|(told, expected)| *told != expected).map(|(told, expected)| format!("{told} is told, of {expected}"))
}

fn value(resource: &ResourceHistory, value: &ValueHistory) -> Value {
    let key = |key: &Key| match key {
        Key::Field(name) => json!(name),
        Key::Item(index) => json!(index),
    };
    let mut object = Map::new();
    object.insert("path".into(), json!(value.path));
    object.insert("keys".into(), value.keys.iter().map(key).collect());
    match &value.value {
        Some(value) => object.insert("value".into(), parsed(value)),
        None => object.insert("deleted".into(), json!(true)),
    };
    object.insert("changes".into(), value.changes.iter().map(|known| change(resource, known)).collect());
    Value::Object(object)
}

fn change(resource: &ResourceHistory, change: &Change) -> Value {
    let mut object = Map::new();
    object.insert("step".into(), json!(change.step));
    if change.is_component {
        object.insert("component".into(), json!(true));
    }
    object.extend(change.place.iter().map(|known| ("place".into(), place(known))));
    // What leads to the file of a resource is told of the resource.
    let is_told = |place: &&Place| change.step == "resource" && resource.via.last() == Some(place);
    let also: Vec<Value> = change.also.iter().filter(|place| !is_told(place)).map(place).collect();
    if !also.is_empty() {
        object.insert("also".into(), also.into());
    }
    for (name, value) in [("before", &change.before), ("after", &change.after)] {
        object.extend(value.iter().map(|value| (name.into(), parsed(value))));
    }
    Value::Object(object)
}

fn place(place: &Place) -> Value {
    let mut object = json!({"path": &*place.path, "line": place.line, "column": place.column});
    if place.end_line != place.line {
        object["endLine"] = place.end_line.into();
    }
    object
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
