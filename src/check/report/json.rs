use serde_json::{Map, Value, json};

use super::{counts, severity_name};
use crate::check::{Finding, Region};

/// `{"findings": […], "errors": 1, "warnings": 2}`; each finding has what it has, and no empty fields.
pub(super) fn print(findings: &[Finding]) -> String {
    let (errors, warnings) = counts(findings);
    let findings: Vec<Value> = findings.iter().map(finding).collect();
    format!("{:#}\n", json!({"findings": findings, "errors": errors, "warnings": warnings}))
}

fn finding(finding: &Finding) -> Value {
    let mut fields = Map::new();
    fields.insert("code".into(), finding.rule.code.into());
    fields.insert("severity".into(), severity_name(finding.severity).into());
    fields.insert("message".into(), finding.message.as_str().into());
    if let Some(region) = finding.region() {
        fields.extend(place(&region));
    }
    let related = finding.labels.iter().skip(1).map(|label| {
        let mut fields = place(&Region::of(&label.span));
        fields.insert("message".into(), label.text.as_str().into());
        Value::from(fields)
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        fields.insert("related".into(), related.into());
    }
    let texts = [("resource", &finding.resource), ("field", &finding.field), ("help", &finding.help)];
    for (name, text) in texts {
        fields.extend(text.as_ref().map(|text| (name.to_owned(), Value::from(text.as_str()))));
    }
    if !finding.notes.is_empty() {
        fields.insert("notes".into(), finding.notes.clone().into());
    }
    fields.into()
}

fn place(region: &Region) -> Map<String, Value> {
    let Region { path, line, column, end_line, end_column } = region;
    let fields: [(&str, Value); 5] = [
        ("path", path.as_str().into()),
        ("line", (*line).into()),
        ("column", (*column).into()),
        ("endLine", (*end_line).into()),
        ("endColumn", (*end_column).into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
