//! Explanations for programs.

use rustomize_yaml::push_json_string;

use super::causes::Causes;
use super::values::{self, Key, ValueHistory};
use super::{Change, Place, ResourceHistory, ResourceName, resource};

/// A whole build.
pub(super) fn all(causes: &Causes, numbers: &[usize]) -> String {
    let mut out = String::from("{\"resources\":[");
    for (at, &number) in numbers.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        push_head(&resource::history(causes, number), &mut out);
        out.push_str(",\"values\":[");
        let mut is_first = true;
        values::all(causes, number, |value| {
            out.push_str(if is_first { "\n" } else { ",\n" });
            is_first = false;
            push_value(&value, &mut out);
        });
        out.push_str("]}");
    }
    out.push_str("\n]}\n");
    out
}

/// One resource, with these of its values; without any for a list of resources.
pub(crate) fn push_resource(resource: &ResourceHistory, values: Option<&[ValueHistory]>, out: &mut String) {
    push_head(resource, out);
    if let Some(values) = values {
        out.push_str(",\"values\":[");
        for (at, value) in values.iter().enumerate() {
            out.push_str(if at == 0 { "\n" } else { ",\n" });
            push_value(value, out);
        }
        out.push(']');
    }
    out.push('}');
}

/// The fields of a resource, without the closing brace.
fn push_head(resource: &ResourceHistory, out: &mut String) {
    out.push('{');
    push_name(&resource.name, out);
    out.push_str(",\"original\":{");
    push_name(&resource.original, out);
    out.push_str("},\"origin\":");
    match &resource.origin {
        Some(place) => push_place(place, out),
        None => out.push_str("null"),
    }
    push_places("via", &resource.via, out);
    out.push_str(&format!(",\"steps\":{},\"deleted\":", resource.steps));
    match &resource.deleted {
        Some(change) => push_change(change, false, out),
        None => out.push_str("null"),
    }
}

fn push_name(name: &ResourceName, out: &mut String) {
    let fields =
        [("apiVersion", &name.api_version), ("kind", &name.kind), ("namespace", &name.namespace), ("name", &name.name)];
    for (at, (field, text)) in fields.into_iter().enumerate() {
        out.push_str(if at == 0 { "\"" } else { ",\"" });
        out.push_str(field);
        out.push_str("\":");
        push_json_string(out, text);
    }
}

fn push_value(value: &ValueHistory, out: &mut String) {
    out.push_str("{\"path\":");
    push_json_string(out, &value.path);
    push_keys(&value.keys, out);
    match &value.value {
        Some(text) => {
            out.push_str(",\"value\":");
            out.push_str(text);
        }
        None => out.push_str(",\"deleted\":true"),
    }
    out.push_str(",\"changes\":[");
    for (at, change) in value.changes.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_change(change, true, out);
    }
    out.push_str("]}");
}

fn push_keys(keys: &[Key], out: &mut String) {
    out.push_str(",\"keys\":[");
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match key {
            Key::Field(name) => push_json_string(out, name),
            Key::Item(Some(index)) => out.push_str(&index.to_string()),
            Key::Item(None) => out.push_str("null"),
        }
    }
    out.push(']');
}

fn push_change(change: &Change, with_values: bool, out: &mut String) {
    out.push_str("{\"step\":");
    push_json_string(out, &change.step);
    if change.is_component {
        out.push_str(",\"component\":true");
    }
    if let Some(place) = &change.place {
        out.push_str(",\"place\":");
        push_place(place, out);
    }
    push_places("also", &change.also, out);
    if with_values {
        for (field, value) in [("before", &change.before), ("after", &change.after)] {
            if let Some(value) = value {
                out.push_str(&format!(",\"{field}\":"));
                out.push_str(value);
            }
        }
    }
    out.push('}');
}

fn push_places(field: &str, places: &[Place], out: &mut String) {
    if places.is_empty() {
        return;
    }
    out.push_str(&format!(",\"{field}\":["));
    for (at, place) in places.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_place(place, out);
    }
    out.push(']');
}

fn push_place(place: &Place, out: &mut String) {
    use std::fmt::Write;
    out.push_str("{\"path\":");
    push_json_string(out, &place.path);
    // Writing to a text does not fail.
    let _ = write!(out, ",\"line\":{},\"column\":{}", place.line, place.column);
    if place.end_line != place.line {
        let _ = write!(out, ",\"endLine\":{}", place.end_line);
    }
    out.push('}');
}
