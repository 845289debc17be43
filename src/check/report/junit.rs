//! JUnit's XML: a failed test for each finding, and one that passes where there is none.

use crate::check::Finding;

pub(super) fn print(findings: &[Finding]) -> String {
    let (tests, failures) = (findings.len().max(1), findings.len());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!("<testsuites tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"));
    xml.push_str(&format!(
        "  <testsuite name=\"rustomize check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n"
    ));
    if findings.is_empty() {
        xml.push_str("    <testcase classname=\"rustomize\" name=\"check\"/>\n");
    }
    findings.iter().for_each(|finding| push_case(&mut xml, finding));
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn push_case(xml: &mut String, finding: &Finding) {
    let code = escaped(finding.rule.code);
    let (name, place) = match finding.region() {
        Some(region) => (
            format!("{}:{}:{} {}", region.path, region.line, region.column, finding.message),
            format!(" file=\"{}\" line=\"{}\"", escaped(&region.path), region.line),
        ),
        None => (finding.message.clone(), String::new()),
    };
    xml.push_str(&format!(
        "    <testcase classname=\"rustomize.{code}\" name=\"{}\"{place}>\n      <failure type=\"{code}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        escaped(&name),
        escaped(&finding.message),
        escaped(&finding.render(false)),
    ));
}

/// The text with entities for what has a meaning, and without what XML cannot hold.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\n' | '\t' => result.push(character),
            '\u{fffe}' | '\u{ffff}' => result.push(char::REPLACEMENT_CHARACTER),
            control if control.is_control() => result.push(char::REPLACEMENT_CHARACTER),
            other => result.push(other),
        }
    }
    result
}
