use super::counts;
use crate::check::Finding;

/// Each finding with its lines, and how many there are.
pub(super) fn print(findings: &[Finding], styled: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&finding.render(styled));
        text.push_str("\n\n");
    }
    if !findings.is_empty() {
        let (errors, warnings) = counts(findings);
        let parts = [(errors, "error"), (warnings, "warning")];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> =
            parts.map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" })).collect();
        text.push_str(&format!("{}\n", parts.join(", ")));
    }
    text
}
