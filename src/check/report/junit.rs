//! JUnit's XML, as the schema of Jenkins has it: a suite for each file, with a failed test for each finding; one that
//! passes where there is none.

use crate::check::Finding;

pub(super) fn print(findings: &[Finding]) -> String {
    let total = counts(findings.len().max(1), findings.len());
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rustomize check\" {total}>\n");
    if findings.is_empty() {
        xml.push_str(&format!("  <testsuite name=\"rustomize\" {total}>\n"));
        xml.push_str("    <testcase classname=\"rustomize\" name=\"check\"/>\n  </testsuite>\n");
    }
    // They come in the order of files.
    for findings in findings.chunk_by(|one, other| path(one) == path(other)) {
        let counts = counts(findings.len(), findings.len());
        match path(&findings[0]) {
            Some(path) => {
                let path = escaped(&path);
                xml.push_str(&format!("  <testsuite name=\"{path}\" file=\"{path}\" {counts}>\n"));
            }
            None => xml.push_str(&format!("  <testsuite name=\"rustomize\" {counts}>\n")),
        }
        findings.iter().for_each(|finding| push_case(&mut xml, finding));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn counts(tests: usize, failures: usize) -> String {
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"")
}

fn path(finding: &Finding) -> Option<String> {
    finding.region().map(|region| region.path)
}

fn push_case(xml: &mut String, finding: &Finding) {
    let (code, message) = (escaped(finding.rule.code), escaped(&finding.message));
    let place = finding.region().map(|region| format!("{}:{}: ", region.line, region.column)).unwrap_or_default();
    xml.push_str(&format!("    <testcase classname=\"rustomize.{code}\" name=\"{place}{message}\">\n"));
    let text = escaped(&finding.render(false));
    xml.push_str(&format!("      <failure type=\"{code}\" message=\"{message}\">{text}</failure>\n    </testcase>\n"));
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
