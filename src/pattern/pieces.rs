//! Patterns of literal texts, `.`, `.*`, `.+` and `|`: what selectors mostly are, matched without a compiled expression.

/// Alternatives, each a sequence of pieces.
#[derive(Debug, Clone)]
pub(super) struct Pieces(Vec<Vec<Piece>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This character.
    Character(char),
    /// Any character but a newline.
    One,
    /// Any number of them.
    Run,
}

impl Pieces {
    /// `None` when it takes a regular expression to match the pattern.
    pub(super) fn new(pattern: &str) -> Option<Pieces> {
        pattern.split('|').map(pieces).collect::<Option<_>>().map(Pieces)
    }

    /// Whether the whole text fits.
    pub(super) fn is_match(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.0.iter().any(|pieces| fits(pieces, &text))
    }
}

fn pieces(alternative: &str) -> Option<Vec<Piece>> {
    let alternative = alternative.strip_prefix('^').unwrap_or(alternative);
    let alternative = alternative.strip_suffix('$').unwrap_or(alternative);
    let mut pieces = Vec::new();
    let mut rest = alternative.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => pieces.push(Piece::Character(rest.next().filter(char::is_ascii_punctuation)?)),
            '.' if rest.next_if_eq(&'*').is_some() => pieces.push(Piece::Run),
            '.' if rest.next_if_eq(&'+').is_some() => pieces.extend([Piece::One, Piece::Run]),
            '.' => pieces.push(Piece::One),
            '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            _ => pieces.push(Piece::Character(character)),
        }
        if rest.peek().is_some_and(|next| matches!(next, '*' | '+' | '?' | '{')) {
            return None;
        }
    }
    Some(pieces)
}

/// Matches with one place to come back to, the last run, which suffices: an earlier one need not be longer.
fn fits(pieces: &[Piece], text: &[char]) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut run: Option<(usize, usize)> = None;
    loop {
        let fits = match (pieces.get(piece), text.get(at)) {
            (Some(Piece::Run), _) => {
                piece += 1;
                run = Some((piece, at));
                continue;
            }
            (None, None) => return true,
            (Some(Piece::One), Some(character)) => *character != '\n',
            (Some(Piece::Character(wanted)), Some(character)) => wanted == character,
            _ => false,
        };
        if fits {
            (piece, at) = (piece + 1, at + 1);
            continue;
        }
        match run {
            Some((after, reached)) if text.get(reached).is_some_and(|character| *character != '\n') => {
                run = Some((after, reached + 1));
                (piece, at) = (after, reached + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn pieces_fit_what_the_regular_expression_fits() {
        let patterns =
            ["a.*b", ".*", ".+", "a.*.b", ".*a.*a", "ab|.*c", "^a|b$", "|a", "a\\.b", ".", "a.+c.*", "a\\/b"];
        let texts = ["", "a", "b", "ab", "aab", "a.b", "axb", "abc", "aa", "aca", "a\nb", "bca", "accc", "a/b"];
        for pattern in patterns {
            let (pieces, regex) = (Pieces::new(pattern).unwrap(), Regex::new(&format!("^(?:{pattern})$")).unwrap());
            for text in texts {
                assert_eq!(pieces.is_match(text), regex.is_match(text), "{pattern} on {text:?}");
            }
        }
    }

    #[test]
    fn other_patterns_are_left_to_regular_expressions() {
        for pattern in ["a*", "(a)", "[a]", "a?", "a{2}", "\\d", "a|(b)", ".?", ".*?", "a^b", "*", "\\"] {
            assert!(Pieces::new(pattern).is_none(), "{pattern}");
        }
    }
}
