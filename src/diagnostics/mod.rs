//! What went wrong, where, and what to do about it.

mod code;
mod render;
mod sources;

use std::sync::Arc;

use rustomize_yaml::Source;

pub use code::Code;
pub(crate) use render::{Shown, harmless, render};
pub use rustomize_yaml::nearest;
pub use sources::Sources;

/// What library functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The build failed.
    Error,
    /// The build went on.
    Warning,
}

/// A place in a text: `len` bytes from byte `at` of the source's text.
#[derive(Debug, Clone)]
pub struct Span {
    /// The text.
    pub source: Arc<Source>,
    /// Byte offset.
    pub at: u32,
    /// Bytes; 0 when only the place is known.
    pub len: u32,
}

impl Span {
    /// Whether both begin at the same place of the same text.
    pub fn same(&self, other: &Span) -> bool {
        Arc::ptr_eq(&self.source, &other.source) && self.at == other.at
    }
}

/// A place with what it has to do with the matter.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// A few words; may be empty for the main place.
    pub text: String,
}

/// One finding: what is wrong, where, and what to do.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Stable and documented.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence that ends the matter for someone in a hurry; no newline, no full stop.
    pub message: String,
    /// The first is where the cause is.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// More that is worth knowing.
    pub notes: Vec<String>,
}

/// A failure with its one cause, and what there was to warn of before it.
#[derive(Debug, Clone)]
pub struct Error(Box<Failure>);

#[derive(Debug, Clone)]
struct Failure {
    cause: Diagnostic,
    warnings: Vec<Diagnostic>,
}

impl Error {
    /// An error without a place yet.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        let cause = Diagnostic::new(Severity::Error, code, message.into());
        Error(Box::new(Failure { cause, warnings: Vec::new() }))
    }

    /// Adds a place and what it has to do with the error; the first one added is the main one.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Error {
        self.0.cause.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a place where there is one.
    pub fn label_if(self, span: Option<Span>, text: impl Into<String>) -> Error {
        match span {
            Some(span) => self.label(span, text),
            None => self,
        }
    }

    /// Puts what the error is about before its message, with a colon between them.
    pub fn prefixed(mut self, about: &str) -> Error {
        self.0.cause.message.insert_str(0, &format!("{about}: "));
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.0.cause.help = Some(help.into());
        self
    }

    /// Adds something worth knowing.
    pub fn note(mut self, note: impl Into<String>) -> Error {
        self.0.cause.notes.push(note.into());
        self
    }

    /// The finding itself.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.0.cause
    }

    /// The same error, with what there was to warn of before it.
    pub fn after(mut self, warnings: Vec<Diagnostic>) -> Error {
        self.0.warnings = warnings;
        self
    }

    /// What there was to warn of before the error.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.cause.code
    }

    /// An error of the YAML layer, placed in the source that it speaks of.
    pub fn from_yaml(error: rustomize_yaml::Error, source: &Arc<Source>) -> Error {
        Error::in_source(error, Some(source))
    }

    /// An error of the YAML layer about a node of a tree, placed where the node was read, if it was.
    pub fn of_node(error: rustomize_yaml::Error, sources: &Sources) -> Error {
        let source = sources.get(error.file);
        Error::in_source(error, source.as_ref())
    }

    fn in_source(error: rustomize_yaml::Error, source: Option<&Arc<Source>>) -> Error {
        let span = |at, len| source.map(|source| Span { source: source.clone(), at, len });
        let mut result = Error::new(Code::of_yaml(error.kind), error.message).label_if(span(error.at, error.len), "");
        if let Some(also) = error.also {
            result = result.label_if(span(also.0, 0), also.1);
        }
        if let Some(help) = error.help {
            result = result.help(help);
        }
        result
    }
}

impl Diagnostic {
    /// A warning: the build goes on.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: Code, message: String) -> Diagnostic {
        Diagnostic { code, severity, message, labels: Vec::new(), help: None, notes: Vec::new() }
    }

    /// The finding as people read it, with the control sequences of a terminal or without. Ends without a newline.
    ///
    /// The first line is the message, the main place and the code in brackets; then come the places, each with its
    /// line, then the advice.
    pub fn render(&self, styled: bool) -> String {
        render::render(&Shown::from(self), styled)
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.cause.fmt(f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(source: &Arc<Source>, word: &str) -> Span {
        Span { source: source.clone(), at: source.text().find(word).unwrap() as u32, len: word.len() as u32 }
    }

    #[test]
    fn an_error_begins_with_its_message_and_shows_its_places() {
        let sources = Sources::default();
        let first = sources.add_text("overlay/kustomization.yaml", "resources:\n- ../base\n- déployment.yml # one\n");
        let second = sources.add_text("base/a.yaml", format!("a: {}\nb: x\n", "long ".repeat(100)));
        let error = Error::new(Code::MissingFile, "overlay/déployment.yml: no such file or directory")
            .label(span(&first, "déployment.yml"), "")
            .label(span(&second, "b: x"), "seen here")
            .label(span(&first, "../base"), "and here")
            .label(span(&second, "long "), "and there")
            .help("there is deployment.yaml in the same directory")
            .note("and so on");
        let expected = "\
Error: overlay/déployment.yml: no such file or directory (overlay/kustomization.yaml:3) [missing-file]
 --> overlay/kustomization.yaml:3:3
  |
2 | - ../base
  |   ------- and here
3 | - déployment.yml # one
  |   ^^^^^^^^^^^^^^
  |
 ::: base/a.yaml:1:4
  |
1 | a: long long long long long long long long long long long long long long long long long long long long long long ...
  |    ----- and there
2 | b: x
  | ---- seen here
  |
  = help: there is deployment.yaml in the same directory
  = note: and so on";
        assert_eq!(error.to_string(), expected);
        assert!(error.diagnostic().render(true).contains("\u{1b}["));
    }

    #[test]
    fn a_deprecation_is_upstream_s_line_and_a_place() {
        let sources = Sources::default();
        let source = sources.add_text("kustomization.yaml", "\nbases: []\n");
        let mut warning =
            Diagnostic::warning(Code::Deprecated, "'bases' is deprecated. Please use 'resources' instead.");
        warning.labels.push(Label { span: span(&source, "bases"), text: String::new() });
        let expected = "# Warning: 'bases' is deprecated. Please use 'resources' instead.\n--> kustomization.yaml:2:1";
        assert_eq!(warning.to_string(), expected);
    }

    #[test]
    fn places_of_an_inline_text_are_shown_as_they_stand_in_the_file() {
        let sources = Sources::default();
        let file = sources.add_text("kustomization.yaml", "patches:\n- patch: |-\n    kind: A\n    name: b\n");
        let at = file.text().find('|').unwrap() as u32;
        let value = "kind: A\nname: b".to_owned();
        let inline = sources.add_inline(&rustomize_yaml::Spanned { value, file: file.id, at, len: 0 });
        let error =
            Error::new(Code::InvalidPatch, "no").label(span(&inline, "b"), "this").label(span(&inline, "A"), "");
        let expected = "\
Error: no (kustomization.yaml:4) [invalid-patch]
 --> kustomization.yaml:4:11
  |
3 |     kind: A
  |           -
4 |     name: b
  |           ^ this";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn of_a_large_text_the_same_is_shown_as_of_a_small_one() {
        let shown = |lines: usize| {
            let sources = Sources::default();
            let before = "a: b\n".repeat(20);
            let source = sources.add_text(
                "a.yaml",
                format!("{before}one: ä\n{}two: c\n{}", "x: y\n".repeat(3), "z: z\n".repeat(lines)),
            );
            let error =
                Error::new(Code::WrongType, "wrong").label(span(&source, "two"), "here").label(span(&source, "ä"), "");
            error.to_string()
        };
        assert_eq!(shown(20_000), shown(2));
        assert!(shown(2).contains("\n25 | two: c\n   | ^^^ here"), "{}", shown(2));
    }

    #[test]
    fn a_huge_line_is_cut_and_control_characters_of_the_input_stay_out_of_the_terminal() {
        let sources = Sources::default();
        let text = format!("{{\"a\": \"{}\", \"here\u{1b}[31m\": 1}}", "x".repeat(5_000_000));
        let source = sources.add_text("a\u{1b}[31m.json", text);
        let error = Error::new(Code::WrongType, "wrong \u{1b}[31m")
            .label(span(&source, "here"), "not \u{1b}[31m")
            .help("try \u{1b}[31m")
            .note("or \u{1b}[31m");
        let shown = error.to_string();
        assert!(shown.len() < 1000 && shown.contains("here"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
