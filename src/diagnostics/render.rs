use std::borrow::Cow;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use rustomize_yaml::Source;

use super::{Code, Diagnostic, Label, Severity, Span};

/// Lines of a source are cut to this width around the place that matters.
const WIDTH: usize = 120;

/// What is shown of a finding, whoever found it.
pub(crate) struct Shown<'a> {
    /// What the first line begins with.
    pub level: Level<'static>,
    /// The stable name that stands in brackets.
    pub code: &'a str,
    /// Whether places are named without their lines.
    pub is_brief: bool,
    /// See [`Diagnostic::message`].
    pub message: &'a str,
    /// See [`Diagnostic::labels`].
    pub labels: &'a [Label],
    /// See [`Diagnostic::help`].
    pub help: Option<&'a str>,
    /// See [`Diagnostic::notes`].
    pub notes: &'a [String],
}

impl<'a> From<&'a Diagnostic> for Shown<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        Shown {
            level: match diagnostic.severity {
                Severity::Error => Level::ERROR.with_name("Error"),
                Severity::Warning => Level::WARNING.with_name("# Warning"),
            },
            code: diagnostic.code.as_str(),
            // The words of deprecations are upstream's, with nothing added; they can come by the hundred, so they stay
            // short.
            is_brief: diagnostic.code == Code::Deprecated,
            message: &diagnostic.message,
            labels: &diagnostic.labels,
            help: diagnostic.help.as_deref(),
            notes: &diagnostic.notes,
        }
    }
}

/// A finding as people read it: the message first, then each place with its line, then the advice.
pub(crate) fn render(shown: &Shown, styled: bool) -> String {
    let (title, places) = match shown.is_brief {
        true => (shown.message.to_owned(), origins(shown.labels)),
        false => (title(shown), places(shown.labels)),
    };
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let cause = Group::with_title(shown.level.clone().primary_title(title)).elements(places);
    let advice = advice(shown);
    if !shown.labels.is_empty() {
        return renderer.render(&[cause.elements(advice.map(|(level, text)| level.message(text)))]);
    }
    // Rendered together, groups get a gutter between them, which looks lost where there is no line of a file.
    let advice = advice.map(|(level, text)| Group::with_title(level.secondary_title(text)));
    iter::once(cause).chain(advice).map(|group| renderer.render(&[group])).collect::<Vec<_>>().join("\n")
}

/// The first line, which is all that some people get to see: it ends with the main place, unless the message names
/// that file, and with the code.
fn title(shown: &Shown) -> String {
    let (message, code) = (shown.message.trim_end(), shown.code);
    match shown.labels.first() {
        Some(Label { span, .. }) if !message.contains(&span.source.name) => {
            format!("{message} ({}:{}) [{code}]", span.source.name, span.source.position(span.at).line)
        }
        _ => format!("{message} [{code}]"),
    }
}

/// One snippet for each text, in the order of the labels; the first label is the main one.
fn places(labels: &[Label]) -> Vec<Element<'_>> {
    let mut snippets: Vec<(&Arc<Source>, Snippet<'_, Annotation<'_>>)> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let source = &label.span.source;
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let window = window(source, labels);
        let Range { start, end } = range(&label.span);
        let span = start - window.start..end - window.start;
        let annotation = kind.span(span).label((!label.text.is_empty()).then(|| visible(&label.text)));
        let known = snippets.iter().position(|(other, _)| Arc::ptr_eq(other, source));
        let (_, snippet) = match known {
            Some(known) => snippets.remove(known),
            None => {
                let line = source.position(window.start as u32).line as usize;
                let text =
                    if window == (0..source.text().len()) { inset_text(source) } else { source.text()[window].into() };
                (source, Snippet::source(text).line_start(line).path(visible(&source.name)))
            }
        };
        snippets.insert(known.unwrap_or(snippets.len()), (source, snippet.annotation(annotation)));
    }
    snippets.into_iter().map(|(_, snippet)| snippet.into()).collect()
}

/// File, line and column of each place, without the lines themselves.
fn origins(labels: &[Label]) -> Vec<Element<'_>> {
    let origin = |label: &'_ Label| {
        let position = label.span.source.position(label.span.at);
        let path = visible(&label.span.source.name).into_owned();
        Origin::path(path).line(position.line as usize).char_column(position.column as usize).into()
    };
    labels.iter().map(origin).collect()
}

fn advice<'a>(shown: &Shown<'a>) -> impl Iterator<Item = (Level<'a>, Cow<'a, str>)> {
    let help = shown.help.into_iter().map(|help| (Level::HELP, visible(help)));
    let notes = shown.notes.iter().map(|note| (Level::NOTE, visible(note)));
    help.chain(notes)
}

/// From this size on, a text is cut to the lines that matter, as the renderer would look at all of them.
const LARGE: usize = 50_000;

/// The part of a text from the first line with a label to the last one; all of a text that is not large, or inset.
fn window(source: &Arc<Source>, labels: &[Label]) -> Range<usize> {
    let text = source.text();
    if text.len() < LARGE || inset(source) != 0 {
        return 0..text.len();
    }
    let spans = labels.iter().filter(|label| Arc::ptr_eq(&label.span.source, source)).map(|label| range(&label.span));
    let (first, last) = spans.fold((text.len(), 0), |(first, last), span| (first.min(span.start), last.max(span.end)));
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..].find('\n').map_or(text.len(), |newline| last + newline);
    start..end.max(start)
}

/// The text as it stands in its file: an inline text, whose lines begin further in there, gets spaces before them.
fn inset_text(source: &Source) -> Cow<'_, str> {
    match inset(source) {
        0 => source.text().into(),
        columns => {
            let margin = " ".repeat(columns);
            format!("{margin}{}", source.text().replace('\n', &format!("\n{margin}"))).into()
        }
    }
}

fn inset(source: &Source) -> usize {
    source.position(0).column as usize - 1
}

/// The bytes of [`inset_text`] that a span marks: within one line, and at least one character unless the text ends
/// there.
fn range(span: &Span) -> Range<usize> {
    let text = span.source.text();
    let start = text.floor_char_boundary(span.at as usize);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let first = text[start..].chars().next().map_or(0, char::len_utf8);
    let end = text.ceil_char_boundary(start + span.len as usize).clamp((start + first).min(line_end), line_end);
    let shift = match inset(&span.source) {
        0 => 0,
        columns => columns * (text[..start].matches('\n').count() + 1),
    };
    start + shift..end + shift
}

/// A text in one line, without what a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
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
