//! Where the characters of a quoted or plain scalar stand in its file: its escapes and folded lines undone.

/// The offset in `written`, which begins with a scalar that is no block, of byte `at` of the text that the scalar holds.
/// The text may lack spaces that the scalar begins with.
pub(crate) fn offset(written: &str, text: &str, at: usize) -> usize {
    let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let mut reader = Reader { written, at: usize::from(quote.is_some()), quote };
    let mut skipped = text.starts_with(char::is_whitespace);
    let mut decoded = 0;
    loop {
        let before = reader.at;
        let Some(piece) = reader.next() else { return before };
        if !skipped && piece.trim().is_empty() {
            continue;
        }
        skipped = true;
        decoded += piece.len();
        if decoded > at {
            return before;
        }
    }
}

struct Reader<'a> {
    written: &'a str,
    at: usize,
    quote: Option<char>,
}

impl Reader<'_> {
    /// What comes next, a character or a folded line break.
    fn next(&mut self) -> Option<String> {
        let rest = &self.written[self.at..];
        let first = rest.chars().next()?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[blanks..].starts_with(['\n', '\r']) {
            return Some(self.fold());
        }
        match (self.quote, first) {
            (Some('"'), '\\') => self.escape(),
            (Some('\''), '\'') if rest[1..].starts_with('\'') => {
                self.at += 2;
                Some("'".to_owned())
            }
            (Some(quote), first) if quote == first => None,
            _ => {
                self.at += first.len_utf8();
                Some(first.to_string())
            }
        }
    }

    /// A line break with all blanks around it: a space, or for empty lines a break each.
    fn fold(&mut self) -> String {
        let rest = &self.written[self.at..];
        let end = rest.len() - rest.trim_start().len();
        let breaks = rest[..end].matches('\n').count();
        self.at += end;
        if breaks < 2 { " ".to_owned() } else { "\n".repeat(breaks - 1) }
    }

    fn escape(&mut self) -> Option<String> {
        let rest = &self.written[self.at + 1..];
        let first = rest.chars().next()?;
        let digits = match first {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '\n' | '\r' => {
                self.at += 1 + rest.len() - rest.trim_start().len();
                return Some(String::new());
            }
            _ => 0,
        };
        self.at += 1 + first.len_utf8() + digits;
        let code = || u32::from_str_radix(rest.get(1..=digits)?, 16).ok().and_then(char::from_u32);
        let character = match first {
            'x' | 'u' | 'U' => code(),
            'L' => Some('\u{2028}'),
            'P' => Some('\u{2029}'),
            'N' => Some('\u{85}'),
            '_' => Some('\u{a0}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            // The others stand for characters of one byte, as long as their letters.
            other => Some(other),
        };
        self.written.is_char_boundary(self.at.min(self.written.len())).then_some(())?;
        Some(character.unwrap_or('?').to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::offset;

    fn shown<'a>(written: &'a str, text: &str, word: &str) -> &'a str {
        &written[offset(written, text, text.find(word).unwrap())..][..word.len()]
    }

    #[test]
    fn escapes_and_folded_lines_are_undone() {
        let text = "kind: A\nname: \"é\"\nx: y z";
        let written = "\"kind: A\\nname: \\\"\\xe9\\\"\n\n    x: y\n    z\"";
        for word in ["kind", "A", "name", "x", "y", "z"] {
            assert_eq!(shown(written, text, word), word);
        }
        assert_eq!(shown("'it''s one\n  word more'", "it's one word more", "more"), "more");
        assert_eq!(shown("a: b\n  c", "a: b c", "c"), "c");
        assert_eq!(shown("\"  \\n a: b\"", "a: b", "b"), "b");
    }
}
