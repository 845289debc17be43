use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use rustomize_yaml::Source;

use super::{Code, Diagnostic, Severity, Span};

/// Lines of a source are cut to this width around the place that matters.
const WIDTH: usize = 120;

/// A finding as people read it: the message first, then each place with its line, then the advice.
pub(super) fn render(diagnostic: &Diagnostic, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR.with_name("Error"),
        Severity::Warning => Level::WARNING.with_name("# Warning"),
    };
    let title = match diagnostic.code {
        // The words of these are upstream's, and people filter them out by their ends too.
        Code::Deprecated => diagnostic.message.clone(),
        code => format!("{} [{}]", diagnostic.message, code.as_str()),
    };
    let report =
        Group::with_title(level.primary_title(title)).elements(places(diagnostic)).elements(advice(diagnostic));
    renderer.term_width(WIDTH).render(&[report])
}

/// One snippet for each text, in the order of the labels; the first label is the main one.
fn places(diagnostic: &Diagnostic) -> Vec<Element<'_>> {
    let mut snippets: Vec<(&Arc<Source>, Snippet<'_, Annotation<'_>>)> = Vec::new();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let source = &label.span.source;
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(range(&label.span)).label((!label.text.is_empty()).then(|| visible(&label.text)));
        let known = snippets.iter().position(|(other, _)| Arc::ptr_eq(other, source));
        let (_, snippet) = match known {
            Some(known) => snippets.remove(known),
            None => (source, Snippet::source(source.text()).path(visible(&source.name))),
        };
        snippets.insert(known.unwrap_or(snippets.len()), (source, snippet.annotation(annotation)));
    }
    snippets.into_iter().map(|(_, snippet)| snippet.into()).collect()
}

fn advice(diagnostic: &Diagnostic) -> Vec<Element<'_>> {
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(visible(help)).into());
    let notes = diagnostic.notes.iter().map(|note| Level::NOTE.message(visible(note)).into());
    help.chain(notes).collect()
}

/// The bytes that a span marks: within one line, and at least one character unless the text ends there.
fn range(span: &Span) -> Range<usize> {
    let text = span.source.text();
    let start = text.floor_char_boundary(span.at as usize);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let first = text[start..].chars().next().map_or(0, char::len_utf8);
    let end = text.ceil_char_boundary(start + span.len as usize).clamp((start + first).min(line_end), line_end);
    start..end
}

/// The text with pictures in place of control characters, which could be commands to the terminal. (The renderer does
/// the same to titles and to the lines of sources.)
fn visible(text: &str) -> Cow<'_, str> {
    let harmless = |character: char| !character.is_control() || character == '\n';
    if text.chars().all(harmless) {
        return text.into();
    }
    let picture = |character: char| match character as u32 {
        _ if harmless(character) => character,
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(picture).collect::<String>().into()
}
