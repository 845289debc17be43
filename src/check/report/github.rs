//! Workflow commands of GitHub Actions: each becomes an annotation at its line.

use super::severity_name;
use crate::check::Finding;

pub(super) fn print(findings: &[Finding]) -> String {
    findings.iter().map(command).collect()
}

fn command(finding: &Finding) -> String {
    let mut properties = Vec::new();
    if let Some(region) = finding.region() {
        properties.push(format!("file={}", property(&region.path)));
        properties.push(format!("line={}", region.line));
        properties.push(format!("endLine={}", region.end_line));
        // Columns are taken only where the annotation stays on one line.
        if region.line == region.end_line {
            properties.push(format!("col={}", region.column));
            properties.push(format!("endColumn={}", region.end_column));
        }
    }
    properties.push(format!("title={}", property(finding.rule.code)));
    let parts = std::iter::once(&finding.message).chain(&finding.help).chain(&finding.notes);
    let text = parts.map(String::as_str).collect::<Vec<_>>().join("\n");
    format!("::{} {}::{}\n", severity_name(finding.severity), properties.join(","), data(&text))
}

/// A text as the data of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_property_or_a_line_is_escaped() {
        assert_eq!(data("100%: a,b\r\nc"), "100%25: a,b%0D%0Ac");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
