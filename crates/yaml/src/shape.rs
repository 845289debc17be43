//! What a text has in it that decides in which styles it can be printed: libyaml's analysis of a scalar.

/// In which styles a text can be printed and read back as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// It has a line break of any kind.
    pub multiline: bool,
    /// Plain, in a block collection.
    pub plain: bool,
    /// Plain, inside `{}` or `[]`.
    pub flow_plain: bool,
    /// `'…'`
    pub single: bool,
    /// `|` and `>`
    pub block: bool,
}

impl Shape {
    /// Analyses a text as go-yaml v2 does, for the output.
    pub fn of(text: &str) -> Shape {
        Analysis::of(text).shape(false)
    }

    /// Analyses a text as go-yaml v3 does, which has tabs in block scalars.
    pub fn with_tabs(text: &str) -> Shape {
        Analysis::of(text).shape(true)
    }
}

/// The bytes of the line break of any kind (LF, CR, NEL, LS, PS) that `bytes` begin with; 0 when they do not.
pub fn break_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\n' | b'\r', ..] => 1,
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Whether the character that `bytes` begin with is printed as it is, not as an escape.
pub fn is_printable(bytes: &[u8]) -> bool {
    match bytes {
        [b'\n' | 0x20..=0x7e, ..] => true,
        [0xc2, second, ..] => *second >= 0xa0,
        [0xed, second, ..] => *second < 0xa0,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => false,
        [first, ..] => (0xc3..=0xef).contains(first),
        [] => true,
    }
}

fn is_blank_or_end(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|byte| matches!(byte, b' ' | b'\t' | 0)) || break_len(bytes) > 0
}

#[derive(Default)]
struct Analysis {
    empty: bool,
    block_indicators: bool,
    flow_indicators: bool,
    tabs: bool,
    special: bool,
    breaks: bool,
    /// A space or a break at either end.
    blank_ends: bool,
    trailing_space: bool,
    /// A space after a break.
    break_space: bool,
    /// A break after a space.
    space_break: bool,
}

impl Analysis {
    fn of(text: &str) -> Analysis {
        let bytes = text.as_bytes();
        let mut found = Analysis { empty: bytes.is_empty(), ..Analysis::default() };
        if text.starts_with("---") || text.starts_with("...") {
            found.block_indicators = true;
            found.flow_indicators = true;
        }
        let mut at = 0;
        let mut before = Before::Start;
        while at < bytes.len() {
            let width = char_width(bytes[at]);
            before = found.character(&bytes[at..], width, before);
            at += width;
        }
        found
    }

    /// Takes in the character of `width` bytes that `rest` begins with.
    fn character(&mut self, rest: &[u8], width: usize, before: Before) -> Before {
        let first = before == Before::Start;
        let last = rest.len() == width;
        if rest[0].is_ascii_punctuation() {
            self.indicator(rest, before);
            return Before::Other;
        }
        if rest[0].is_ascii_alphanumeric() {
            return Before::Other;
        }
        if rest[0] == b' ' {
            self.blank_ends |= first || last;
            self.trailing_space |= last;
            self.break_space |= before == Before::Break;
            return Before::Space;
        }
        if rest[0] == b'\t' {
            self.tabs = true;
            return Before::Tab;
        }
        self.special |= !is_printable(rest);
        if break_len(rest) > 0 {
            self.breaks = true;
            self.blank_ends |= first || last;
            self.space_break |= before == Before::Space;
            return Before::Break;
        }
        if rest[0] == 0 { Before::Tab } else { Before::Other }
    }

    fn indicator(&mut self, rest: &[u8], before: Before) {
        let first = before == Before::Start;
        match rest[0] {
            b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' if first => self.both(),
            b',' | b'[' | b']' | b'{' | b'}' => {
                self.flow_indicators = true;
                self.block_indicators |= first;
            }
            b':' => {
                self.flow_indicators = true;
                self.block_indicators |= is_blank_or_end(&rest[1..]);
            }
            b'?' => {
                self.flow_indicators = true;
                self.block_indicators |= first && is_blank_or_end(&rest[1..]);
            }
            b'-' if first && is_blank_or_end(&rest[1..]) => self.both(),
            b'#' if before != Before::Other => self.both(),
            _ => {}
        }
    }

    fn both(&mut self) {
        self.flow_indicators = true;
        self.block_indicators = true;
    }

    fn shape(&self, tabs_in_blocks: bool) -> Shape {
        if self.empty {
            return Shape { multiline: false, plain: true, flow_plain: false, single: true, block: false };
        }
        let odd = self.space_break || self.special || self.tabs;
        let not_plain = odd || self.breaks || self.blank_ends || self.break_space;
        Shape {
            multiline: self.breaks,
            plain: !not_plain && !self.block_indicators,
            flow_plain: !not_plain && !self.flow_indicators,
            single: !odd && !self.break_space,
            block: !self.space_break && !self.special && !self.trailing_space && (tabs_in_blocks || !self.tabs),
        }
    }
}

/// What stands before a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    Space,
    Break,
    /// Blank, but no space.
    Tab,
    Other,
}

/// The bytes of the character that begins with `byte`.
pub fn char_width(byte: u8) -> usize {
    match byte {
        0x00..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_forbids_the_plain_style() {
        for text in [
            "a: b", "a #b", " x", "x ", "*x", "&x", "!x", "%x", "@x", "`x", "{a", "[a]", "- a", "-", "---", "...",
            "--- a", ",a", "]", "?", "|", ">", "abc:", "#a", "'", "a\tb", "a\nb", "\u{7f}",
        ] {
            assert!(!Shape::of(text).plain, "{text:?}");
        }
        for text in ["a:b", "a#b", "a, b", "-x", ":x", "?x", "a!", "a%", "a*b", "a[b]", "..", "it's", "a\u{a0}b", "é"]
        {
            assert!(Shape::of(text).plain, "{text:?}");
        }
    }

    #[test]
    fn flow_collections_allow_less() {
        for text in ["a:b", "a,b", "a[b", "a?b", "12:30"] {
            assert!(!Shape::of(text).flow_plain && Shape::of(text).plain, "{text:?}");
        }
    }

    #[test]
    fn blocks_need_lines_without_blanks_at_their_ends() {
        for text in ["a\nb", "\na", " a\nb", "a\n b\n", "a\u{2028}b"] {
            assert!(Shape::of(text).block, "{text:?}");
        }
        for text in ["a \nb", "a\nb ", "a\rb", "a\u{85}b", "😀\nb"] {
            assert!(!Shape::of(text).block, "{text:?}");
        }
        assert!(!Shape::of("a\tb\n").block && Shape::with_tabs("a\tb\n").block);
    }
}
