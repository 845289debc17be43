//! SARIF 2.1.0, as code scanning takes it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::severity_name;
use crate::check::{Finding, Region, Rule};
use crate::diagnostics::Span;
use crate::version::RUSTOMIZE;

pub(super) fn print(findings: &[Finding]) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rustomize",
                "version": RUSTOMIZE,
                "rules": Rule::all().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn rule(rule: &'static Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.explanation(), "markdown": rule.explanation()},
        "defaultConfiguration": {"level": severity_name(rule.severity)},
        "properties": {"tags": ["kubernetes", "kustomize"]},
    })
}

fn result(finding: &Finding) -> Value {
    let mut fields = Map::new();
    fields.insert("ruleId".into(), finding.rule.code.into());
    let index = Rule::all().position(|rule| rule == finding.rule);
    fields.extend(index.map(|index| ("ruleIndex".to_owned(), Value::from(index))));
    fields.insert("level".into(), severity_name(finding.severity).into());
    fields.insert("message".into(), json!({"text": message(finding)}));
    let locations: Vec<Value> =
        finding.labels.first().map(|label| location(finding, &label.span)).into_iter().collect();
    fields.insert("locations".into(), locations.into());
    let related = finding.labels.iter().enumerate().skip(1).map(|(id, label)| {
        let place = physical(&label.span);
        json!({"id": id, "physicalLocation": place, "message": {"text": label.text}})
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        fields.insert("relatedLocations".into(), related.into());
    }
    fields.insert("partialFingerprints".into(), json!({"rustomize/v1": fingerprint(finding)}));
    fields.into()
}

/// What is wrong and what to do; alerts show nothing else.
fn message(finding: &Finding) -> String {
    let parts = std::iter::once(&finding.message).chain(&finding.help).chain(&finding.notes);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn location(finding: &Finding, span: &Span) -> Value {
    let mut location = json!({"physicalLocation": physical(span)});
    if let Some(resource) = &finding.resource {
        let name = match &finding.field {
            Some(field) => format!("{resource}/{field}"),
            None => resource.clone(),
        };
        location["logicalLocations"] = json!([{"fullyQualifiedName": name, "kind": "object"}]);
    }
    location
}

fn physical(span: &Span) -> Value {
    let Region { path, line, column, end_line, end_column } = Region::of(span);
    json!({
        "artifactLocation": {"uri": uri(&path)},
        "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
    })
}

/// A path as a relative reference: with slashes, and with an escape for what has a meaning there.
fn uri(path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if uri.starts_with('/') { format!("file://{uri}") } else { uri }
}

/// What stays the same while lines come and go above: the rule, the file, the line itself, and the message.
fn fingerprint(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    let label = finding.labels.first();
    let place = label.map(|label| (label.span.source.name.as_str(), label.span.source.line(label.span.at).trim()));
    let (path, line) = place.unwrap_or_default();
    for part in [finding.rule.code, path, line, &finding.message] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        for (path, expected) in [
            ("a/b.yaml", "a/b.yaml"),
            ("../ä b#1.yaml", "../%C3%A4%20b%231.yaml"),
            ("/tmp/a", "file:///tmp/a"),
            ("https://example.com/a b", "https://example.com/a b"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
