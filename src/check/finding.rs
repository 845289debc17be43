use annotate_snippets::Level;

use super::Rule;
use crate::diagnostics::{Error, Label, Severity, Shown, Span, render};

/// Something that is wrong, and where.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence; no newline, no full stop.
    pub message: String,
    /// Places in the input: the first is where the fault is, the others have to do with it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// More that is worth knowing.
    pub notes: Vec<String>,
    /// The resource of the output that it is about, such as `staging/Deployment/web`, or `Deployment/web` without a namespace.
    pub resource: Option<String>,
    /// The field of that resource, such as `spec.replicas`.
    pub field: Option<String>,
}

/// A part of a file: lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// The file, relative to the working directory, or a URL.
    pub path: String,
    /// The line on which it begins.
    pub line: u32,
    /// The column in which it begins.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
    /// The column behind its end.
    pub end_column: u32,
}

impl Region {
    /// The region that a span covers.
    pub(crate) fn of(span: &Span) -> Region {
        let (start, end) = (span.source.position(span.at), span.source.position(span.at + span.len));
        Region {
            path: span.source.name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl Finding {
    /// A finding without a place yet, as bad as its rule says.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            notes: Vec::new(),
            resource: None,
            field: None,
        }
    }

    /// A finding that says what an error says.
    pub(crate) fn of_error(rule: &'static Rule, error: &Error) -> Finding {
        let diagnostic = error.diagnostic();
        let mut finding = Finding::new(rule, diagnostic.message.clone()).help_if(diagnostic.help.clone());
        finding.labels.clone_from(&diagnostic.labels);
        finding.notes.clone_from(&diagnostic.notes);
        finding
    }

    /// Adds a place, if there is one, and what it has to do with the matter; the first one added is where the fault is.
    pub fn at(mut self, span: Option<Span>, text: impl Into<String>) -> Finding {
        self.labels.extend(span.map(|span| Label { span, text: text.into() }));
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where there is something to say.
    pub fn help_if(mut self, help: Option<String>) -> Finding {
        self.help = help.or(self.help);
        self
    }

    /// Adds something worth knowing.
    pub fn note(mut self, note: impl Into<String>) -> Finding {
        self.notes.push(note.into());
        self
    }

    /// Where the fault is.
    pub fn region(&self) -> Option<Region> {
        self.labels.first().map(|label| Region::of(&label.span))
    }

    /// What decides on the order, and what two findings that say the same have in common. Those without a place come first.
    pub(super) fn order(&self) -> (Option<Region>, &'static str, String) {
        (self.region(), self.rule.code, self.message.clone())
    }

    /// The finding as people read it, with the control sequences of a terminal or without. Ends without a newline.
    pub fn render(&self, styled: bool) -> String {
        let shown = Shown {
            level: match self.severity {
                Severity::Error => Level::ERROR.with_name("Error"),
                Severity::Warning => Level::WARNING.with_name("Warning"),
            },
            code: self.rule.code,
            is_brief: false,
            message: &self.message,
            labels: &self.labels,
            help: self.help.as_deref(),
            notes: &self.notes,
        };
        render(&shown, styled)
    }
}
