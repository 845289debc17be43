//! Regular expressions as Go's `regexp` reads them, which is what upstream's selectors and image names are.
//!
//! Most patterns that people write are plain names. Those, names with dots, and what is made of names, `.*` and `|` are
//! matched without compiling anything.

mod fold;
mod pieces;

use std::fmt::Write;

use pieces::Pieces;
use regex::Regex;

/// A pattern that has been understood.
#[derive(Debug, Clone)]
pub struct Pattern(Matcher);

#[derive(Debug, Clone)]
enum Matcher {
    /// A name in which a dot stands for any character but a newline.
    Simple(String),
    Pieces(Pieces),
    Regex(Regex),
}

impl Pattern {
    /// A pattern that has to fit a whole text; the empty one fits every text.
    ///
    /// The error says what is wrong with the pattern.
    pub fn whole(pattern: &str) -> Result<Pattern, String> {
        if is_simple(pattern) && !pattern.is_empty() {
            return Ok(Pattern(Matcher::Simple(pattern.to_owned())));
        }
        if let Some(pieces) = Pieces::new(pattern).filter(|_| !pattern.is_empty()) {
            return Ok(Pattern(Matcher::Pieces(pieces)));
        }
        let whole = if pattern.is_empty() { String::new() } else { format!("^(?:{pattern})$") };
        Pattern::search(&whole)
    }

    /// A pattern that has to fit some part of a text. The error says what is wrong with it.
    pub fn search(pattern: &str) -> Result<Pattern, String> {
        let translated = translate(pattern)?;
        let folded = fold::without_flag(&translated);
        let regex = Regex::new(folded.as_deref().unwrap_or(&translated)).map_err(|error| reason(&error))?;
        Ok(Pattern(Matcher::Regex(regex)))
    }

    /// Whether the text fits.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.0 {
            Matcher::Simple(pattern) => after_simple(pattern, text) == Some(""),
            Matcher::Pieces(pieces) => pieces.is_match(text),
            Matcher::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Whether the pattern has no special characters but dots.
pub fn is_simple(pattern: &str) -> bool {
    !pattern.contains(['\\', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'])
}

/// What follows in `text` after a simple pattern at its start; `None` when it does not start so.
pub fn after_simple<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    if text.is_ascii() {
        let (start, rest) = text.split_at_checked(pattern.len())?;
        let fits = |(wanted, found): (u8, u8)| found == wanted || (wanted == b'.' && found != b'\n');
        // Names that are alike mostly differ in their ends.
        let mut pairs = pattern.bytes().zip(start.bytes());
        return (pairs.next_back().is_none_or(fits) && pairs.all(fits)).then_some(rest);
    }
    let mut rest = text.chars();
    for wanted in pattern.chars() {
        let found = rest.next()?;
        if found != wanted && (wanted != '.' || found == '\n') {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The last line of a message of the regex crate, which is what is wrong; the lines above draw the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The pattern in the syntax of the regex crate, where that means something else: classes like `\d` are ASCII in Go, a
/// `{` that repeats nothing and a `[` within a class are themselves, a repetition cannot be repeated.
fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut repeated = false;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let repetition = repetition_length(rest);
        if repetition > 0 {
            if repeated {
                return Err(format!("invalid nested repetition operator in `{pattern}`"));
            }
            let lazy = usize::from(rest[repetition..].starts_with('?'));
            out.push_str(&rest[..repetition + lazy]);
            rest = &rest[repetition + lazy..];
            repeated = true;
            continue;
        }
        repeated = false;
        rest = match first {
            '\\' => translate_escape(after, false, &mut out)?,
            '[' => translate_class(after, &mut out)?,
            '{' => {
                out.push_str("\\{");
                after
            }
            _ => {
                out.push(first);
                after
            }
        };
    }
    Ok(out)
}

/// How long the repetition is that the text starts with; 0 for none.
fn repetition_length(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'*' | b'+' | b'?') => 1,
        Some(b'{') => {
            let Some(end) = text.find('}') else { return 0 };
            let (least, most) = text[1..end].split_once(',').unwrap_or((&text[1..end], ""));
            let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if !least.is_empty() && is_number(least) && is_number(most) { end + 1 } else { 0 }
        }
        _ => 0,
    }
}

/// Translates what follows a backslash; gives back what follows that.
fn translate_escape<'a>(text: &'a str, in_class: bool, out: &mut String) -> Result<&'a str, String> {
    let Some(escaped) = text.chars().next() else { return Err("trailing backslash".to_owned()) };
    let after = &text[escaped.len_utf8()..];
    let class = match escaped {
        'd' => "0-9",
        's' => "\\t\\n\\f\\r ",
        'w' => "0-9A-Za-z_",
        'D' => "^0-9",
        'S' => "^\\t\\n\\f\\r ",
        'W' => "^0-9A-Za-z_",
        _ => "",
    };
    match escaped {
        _ if in_class && !class.is_empty() && !class.starts_with('^') => out.push_str(class),
        _ if !class.is_empty() => push(out, format_args!("[{class}]")),
        'b' | 'B' if !in_class => push(out, format_args!("(?-u:\\{escaped})")),
        'Q' if !in_class => {
            let (quoted, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(quoted));
            return Ok(after);
        }
        '0'..='7' => {
            let digits = text.len() - text.trim_start_matches(|digit| matches!(digit, '0'..='7')).len();
            if escaped != '0' && digits < 2 {
                return Err(format!("invalid escape sequence: `\\{escaped}`"));
            }
            let (octal, after) = text.split_at(digits.min(3));
            push(out, format_args!("\\x{{{:x}}}", u32::from_str_radix(octal, 8).unwrap_or_default()));
            return Ok(after);
        }
        'p' | 'P' if after.starts_with('{') => return translate_unicode_class(escaped == 'P', &after[1..], out),
        '<' | '>' => out.push(escaped),
        _ => push(out, format_args!("\\{escaped}")),
    }
    Ok(after)
}

/// Translates a class of Unicode after `\p{`; gives back what follows it.
fn translate_unicode_class<'a>(negated: bool, text: &'a str, out: &mut String) -> Result<&'a str, String> {
    let Some((name, after)) = text.split_once('}') else { return Err("missing closing `}`".to_owned()) };
    let positive = name.trim_start_matches('^');
    let letter = if negated == (positive == name) { 'P' } else { 'p' };
    push(out, format_args!("\\{letter}{{{positive}}}"));
    Ok(after)
}

/// Translates a class after its opening bracket; gives back what follows it.
fn translate_class<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    out.push('[');
    let mut rest = text;
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut is_first = true;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            ']' if !is_first => {
                out.push(']');
                return Ok(after);
            }
            '[' if rest.starts_with("[:") && rest.contains(":]") => {
                let end = rest.find(":]").map_or(rest.len(), |end| end + 2);
                out.push_str(&rest[..end]);
                &rest[end..]
            }
            '\\' => translate_escape(after, true, out)?,
            '[' | ']' | '&' | '~' => {
                push(out, format_args!("\\{first}"));
                after
            }
            _ => {
                out.push(first);
                after
            }
        };
        is_first = false;
    }
    Err("missing closing `]`".to_owned())
}

fn push(out: &mut String, arguments: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(pattern: &str, text: &str) -> bool {
        Pattern::whole(pattern).unwrap().is_match(text)
    }

    #[test]
    fn plain_names_and_dots_need_no_regex() {
        assert!(matches!(Pattern::whole("my.app").unwrap().0, Matcher::Simple(_)));
        assert!(whole("my.app", "my.app") && whole("my.app", "my-app"));
        assert!(!whole("my.app", "my.app2") && !whole("my.app", "my\napp") && !whole("app", "my-app"));
        assert!(whole("", "anything"));
    }

    #[test]
    fn alternatives_stay_within_the_whole() {
        assert!(whole("a|b", "b") && !whole("a|b", "ab") && !whole("a|b", "xb"));
        assert!(whole("app-.*", "app-1") && !whole("app-.*", "my-app-1"));
        // Upstream puts the pattern between brackets without looking at it.
        assert!(whole("a)(b", "ab"));
    }

    #[test]
    fn go_differs_from_the_regex_crate() {
        for (pattern, fits, does_not) in [
            ("{REGISTRY}/app", "{REGISTRY}/app", "REGISTRY/app"),
            ("a{,2}", "a{,2}", "aa"),
            ("a{2}", "aa", "a"),
            ("\\d+", "12", "١٢"),
            ("[\\w-]+", "a-b_1", "é"),
            ("[\\D]", "x", "1"),
            ("[[a]", "[", "b"),
            ("[[:alpha:]]", "b", "1"),
            ("[a&&b]", "&", "x"),
            ("[]a]", "]", "b"),
            ("\\<a", "<a", "a"),
            ("\\Qa.b\\E", "a.b", "axb"),
            ("\\101", "A", "B"),
            ("a\\.b", "a.b", "axb"),
            ("\\p{Greek}+\\pL", "αβγ", "abc"),
            ("\\p{^Lu}[\\P{^Lu}]", "aA", "Aa"),
        ] {
            assert!(whole(pattern, fits), "{pattern} should fit {fits}");
            assert!(!whole(pattern, does_not), "{pattern} should not fit {does_not}");
        }
    }

    #[test]
    fn case_counts_for_nothing_where_the_pattern_says_so() {
        for (pattern, fits, does_not) in [
            ("(?i)app-1", "App-1", "app-2"),
            ("(?i)k", "\u{212a}", "g"),
            ("(?i)straße", "STRAẞE", "strasse"),
            ("(?i)σ", "ς", "s"),
            ("(?i)ǆ", "ǅ", "z"),
            ("(?i)[a-c]x", "BX", "dx"),
            ("(?i)[^a-c]", "d", "B"),
            ("(?i)[[:upper:]]", "a", "1"),
            ("(?i)[[:^upper:]]", "1", "a"),
            ("(?i)\\p{Lu}", "a", "1"),
            ("(?i)[\\P{Lu}]", "1", "a"),
            ("(?i:a)b", "Ab", "AB"),
            ("a(?i)b|c", "C", "AB"),
            ("((?i)a)b", "Ab", "aB"),
            ("(?i)ı", "ı", "I"),
        ] {
            assert!(whole(pattern, fits), "{pattern} should fit {fits}");
            assert!(!whole(pattern, does_not), "{pattern} should not fit {does_not}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in ["[", "(", "a**", "a{2}{3}", "*", "\\", "\\1", "a)", "[b-a]"] {
            assert!(Pattern::whole(pattern).is_err(), "{pattern}");
        }
    }
}
