use std::fmt;

use super::{Diagnostic, Severity};

/// Writes a finding without colour: the message first, then each place with its line, then the advice.
pub(super) fn plain(diagnostic: &Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    write!(f, "{severity}[{}]: {}", diagnostic.code.as_str(), diagnostic.message)?;
    for label in &diagnostic.labels {
        let position = label.span.source.position(label.span.at);
        let line = label.span.source.line(label.span.at);
        write!(f, "\n  --> {}:{}:{}", label.span.source.name, position.line, position.column)?;
        write!(f, "\n   | {line}")?;
        if !label.text.is_empty() {
            write!(f, "\n   = {}", label.text)?;
        }
    }
    if let Some(help) = &diagnostic.help {
        write!(f, "\nhelp: {help}")?;
    }
    for note in &diagnostic.notes {
        write!(f, "\nnote: {note}")?;
    }
    Ok(())
}
