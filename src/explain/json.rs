//! Explanations for programs. Nothing stands between what is known and the text: a whole build has many values.

use rustomize_yaml::{NodeId, push_json_string};

use super::causes::{Cause, Causes};
use super::values::{self, Leaf, Step};
use super::{Place, ResourceHistory, ResourceName, resource, step_name};
use crate::diagnostics::Result;

/// Resources, each with all of its values.
pub(super) fn push_all(causes: &Causes, numbers: &[usize], out: &mut String) {
    for (at, &number) in numbers.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        // The empty path leads to the resource.
        let _ = push_resource(causes, number, Some(""), out);
    }
}

/// One resource, with its values at or below a path; without any for none. Fails for a path that leads nowhere.
pub(super) fn push_resource(causes: &Causes, number: usize, path: Option<&str>, out: &mut String) -> Result<()> {
    push_head(causes, number, out);
    if let Some(path) = path {
        out.push_str(",\"values\":[");
        let mut before = "\n";
        values::each(causes, number, path, |leaf| {
            out.push_str(std::mem::replace(&mut before, ",\n"));
            push_leaf(causes, leaf, out);
        })?;
        out.push(']');
    }
    out.push('}');
    Ok(())
}

/// The fields of a resource, without the closing brace.
fn push_head(causes: &Causes, number: usize, out: &mut String) {
    let ResourceHistory { name, original, origin, via, steps, .. } = &resource::history(causes, number);
    out.push('{');
    push_name(name, out);
    out.push_str(",\"original\":{");
    push_name(original, out);
    out.push_str("},\"origin\":");
    match origin {
        Some(place) => push_place(place, out),
        None => out.push_str("null"),
    }
    push_places("via", via.iter().cloned(), out);
    out.push_str(",\"steps\":");
    push_number(*steps, out);
    out.push_str(",\"deleted\":");
    match resource::deletion(causes, number) {
        Some((step, cause)) => {
            let place = causes.texts.place(cause.main);
            push_change(causes, &causes.record.steps[step], (&cause, place), [None; 2], out);
        }
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

fn push_leaf(causes: &Causes, leaf: &Leaf, out: &mut String) {
    out.push_str("{\"path\":");
    push_json_string(out, leaf.path);
    push_keys(leaf.keys, out);
    let history = leaf.at.history;
    match leaf.value() {
        Some((stage, node)) => {
            out.push_str(",\"value\":");
            history.push_value(stage, node, out);
        }
        None => out.push_str(",\"deleted\":true"),
    }
    out.push_str(",\"changes\":[");
    for (at, written) in causes.changes(leaf.at).iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let step = &causes.record.steps[history.stages[written.stage].step];
        let value = |(stage, node): (usize, NodeId)| Written { history, stage, node };
        let cause = (&written.cause, written.place(&causes.texts, history));
        push_change(causes, step, cause, [written.before.map(value), written.after.map(value)], out);
    }
    out.push_str("]}");
}

fn push_keys(keys: &[Step], out: &mut String) {
    out.push_str(",\"keys\":[");
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match key {
            Step::Field(name) => push_json_string(out, name),
            Step::Item(Some(index)) => push_number(*index, out),
            Step::Item(None) => out.push_str("null"),
        }
    }
    out.push(']');
}

/// A value at a stage.
#[derive(Clone, Copy)]
struct Written<'h> {
    history: &'h super::history::History,
    stage: usize,
    node: NodeId,
}

/// A change by a step, with the values before and after.
fn push_change(
    causes: &Causes,
    step: &super::Step,
    (cause, place): (&Cause, Option<Place>),
    [before, after]: [Option<Written>; 2],
    out: &mut String,
) {
    out.push_str("{\"step\":");
    push_json_string(out, cause.step.unwrap_or(step_name(step)));
    if causes.is_component(step) {
        out.push_str(",\"component\":true");
    }
    if let Some(place) = place {
        out.push_str(",\"place\":");
        push_place(&place, out);
    }
    push_places("also", cause.also.iter().filter_map(|&mark| causes.texts.known_place(mark)), out);
    for (field, value) in [(",\"before\":", before), (",\"after\":", after)] {
        if let Some(Written { history, stage, node }) = value {
            out.push_str(field);
            history.push_value(stage, node, out);
        }
    }
    out.push('}');
}

fn push_places(field: &str, places: impl Iterator<Item = Place>, out: &mut String) {
    let mut is_first = true;
    for place in places {
        if std::mem::take(&mut is_first) {
            out.extend([",\"", field, "\":["]);
        } else {
            out.push(',');
        }
        push_place(&place, out);
    }
    if !is_first {
        out.push(']');
    }
}

fn push_place(place: &Place, out: &mut String) {
    out.push_str("{\"path\":");
    push_json_string(out, &place.path);
    out.push_str(",\"line\":");
    push_number(place.line as usize, out);
    out.push_str(",\"column\":");
    push_number(place.column as usize, out);
    if place.end_line != place.line {
        out.push_str(",\"endLine\":");
        push_number(place.end_line as usize, out);
    }
    out.push('}');
}

fn push_number(number: usize, out: &mut String) {
    if number > 9 {
        push_number(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}
