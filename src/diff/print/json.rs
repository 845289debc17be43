//! A report for programs.

use serde_json::{Map, Value as Json, json};

use super::{Counts, Detail};
use crate::diff::causes::Place;
use crate::diff::object::ObjectId;
use crate::diff::path::Which;
use crate::diff::report::{Change, ObjectDiff, Report, Status};
use crate::diff::value::Value;

/// The report as one JSON object.
pub fn print(report: &Report, detail: Detail) -> String {
    let counts = Counts::of(report.sections.iter().flat_map(|section| &section.objects));
    let summary = json!({
        "added": counts.added,
        "removed": counts.removed,
        "changed": counts.changed,
        "renamed": counts.renamed,
        "compared": report.compared,
    });
    let mut all = Map::new();
    all.insert("summary".to_owned(), summary);
    if detail != Detail::Summary {
        let section = |section: &crate::diff::Section| {
            let objects: Vec<Json> = section.objects.iter().map(|object| object_as_json(object, detail)).collect();
            json!({"builds": section.builds, "objects": objects})
        };
        all.insert("sections".to_owned(), report.sections.iter().map(section).collect());
    }
    format!("{:#}\n", Json::Object(all))
}

fn object_as_json(object: &ObjectDiff, detail: Detail) -> Json {
    let mut json = Map::new();
    let status = match object.status {
        Status::Added => "added",
        Status::Removed => "removed",
        Status::Changed => "changed",
        Status::Renamed => "renamed",
    };
    json.insert("status".to_owned(), status.into());
    json.insert("before".to_owned(), object.before.as_ref().map_or(Json::Null, id));
    json.insert("after".to_owned(), object.after.as_ref().map_or(Json::Null, id));
    json.insert("originalName".to_owned(), object.original_name.clone().into());
    if detail == Detail::Objects {
        json.insert("fields".to_owned(), object.changes.len().into());
        json.insert("references".to_owned(), object.references.len().into());
        return Json::Object(json);
    }
    json.insert("changes".to_owned(), object.changes.iter().map(change).collect());
    let whole = match object.status {
        Status::Added => object.values.1.as_ref(),
        Status::Removed => object.values.0.as_ref(),
        Status::Changed | Status::Renamed => None,
    };
    if let Some(value) = whole {
        json.insert("object".to_owned(), value.to_json());
    }
    if object.status != Status::Changed {
        json.insert("cause".to_owned(), place(object.place.as_ref()));
    }
    let reference =
        |(object, path): &(ObjectId, crate::diff::FieldPath)| json!({"object": id(object), "path": path.to_string()});
    json.insert("references".to_owned(), object.references.iter().map(reference).collect());
    Json::Object(json)
}

fn id(id: &ObjectId) -> Json {
    json!({"group": id.group, "kind": id.kind, "namespace": id.namespace, "name": id.name})
}

fn change(change: &Change) -> Json {
    let mut json = Map::new();
    json.insert("path".to_owned(), change.path.to_string().into());
    if change.is_order {
        json.insert("order".to_owned(), true.into());
    }
    for (name, value) in [("before", &change.before), ("after", &change.after)] {
        if let Some(value) = value {
            json.insert(name.to_owned(), Value::to_json(value));
        }
    }
    json.insert("cause".to_owned(), place(change.cause.as_ref()));
    Json::Object(json)
}

fn place(place: Option<&Place>) -> Json {
    place.map_or(Json::Null, |place| {
        let side = if place.side == Which::Before { "before" } else { "after" };
        json!({"file": place.file, "line": place.line, "column": place.column, "side": side})
    })
}
