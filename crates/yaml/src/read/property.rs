//! Scanning what stands in front of a node (anchor, tag), aliases, and directives.

use super::Result;
use super::scan::Scanner;
use super::token::{Slice, Token, TokenKind};
use crate::Tag;

/// The handles that `%TAG` directives of a document define, with their prefixes.
pub(super) type TagHandles = Vec<(String, String)>;

/// What the handle `!!` stands for, and the prefix of every tag that YAML itself defines.
const STANDARD: &str = "tag:yaml.org,2002:";

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.%!~*'()[]".contains(&byte)
}

impl Scanner<'_> {
    /// An anchor (`&name`) or an alias (`*name`).
    pub(super) fn scan_name(&mut self, kind: TokenKind) -> Result<Token> {
        let at = self.pos;
        self.pos += 1;
        let start = self.pos;
        self.skip_word();
        let ends = self.is_blank_or_end(self.pos) || b"?:,]}%@`".contains(&self.byte(self.pos));
        if self.pos > start && ends {
            return Ok(Token::named(kind, at, Slice::source(start, self.pos)));
        }
        let what = if kind == TokenKind::Alias { "an alias" } else { "an anchor" };
        let message = format!("{what} is named with letters, digits, `-` and `_`");
        let quoted = if kind == TokenKind::Alias {
            "quote a text that begins with `*`"
        } else {
            "quote a text that begins with `&`"
        };
        Err(self.error_at(at, &message).spanning((self.pos - at) as u32).help(quoted).into())
    }

    fn skip_word(&mut self) {
        while is_word(self.byte(self.pos)) {
            self.pos += 1;
        }
    }

    fn skip_blanks(&mut self) {
        while self.is_blank(self.pos) {
            self.pos += 1;
        }
    }

    /// A tag: `!`, `!name`, `!!name`, `!handle!name` or `!<uri>`. The token's text is the tag as written.
    pub(super) fn scan_tag(&mut self) -> Result<Token> {
        let at = self.pos;
        self.pos += 1;
        if self.byte(self.pos) == b'<' {
            self.pos += 1;
            self.skip_uri(at, true)?;
            if self.byte(self.pos) != b'>' {
                return Err(self.error_at(at, "a tag that begins with `!<` ends with `>`").into());
            }
            self.pos += 1;
        } else {
            self.skip_word();
            let has_handle = self.byte(self.pos) == b'!';
            if has_handle {
                self.pos += 1;
            }
            self.skip_uri(at, has_handle)?;
        }
        if !self.is_blank_or_end(self.pos) {
            let error = self.error_at(self.pos, "a space or a line break must follow a tag").spanning(1);
            return Err(error.also(at as u32, "the tag").help("quote a text that begins with `!`").into());
        }
        Ok(Token::named(TokenKind::Tag, at, Slice::source(at, self.pos)))
    }

    /// Steps over the characters of a tag's URI, checking its escapes.
    fn skip_uri(&mut self, at: usize, required: bool) -> Result<()> {
        let start = self.pos;
        while is_uri(self.byte(self.pos)) {
            if self.byte(self.pos) == b'%' { self.skip_uri_escape(at)? } else { self.pos += 1 }
        }
        if required && self.pos == start { Err(self.error_at(at, "this tag has no name").into()) } else { Ok(()) }
    }

    /// One character written as `%XX`, as many times as its UTF-8 has bytes.
    fn skip_uri_escape(&mut self, at: usize) -> Result<()> {
        let first = self.uri_octet(at)?;
        let more = match first {
            0x00..=0x7f => 0,
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            _ => return Err(self.error_at(at, "a tag with an escape that is not UTF-8").into()),
        };
        for _ in 0..more {
            if self.uri_octet(at)? & 0xc0 != 0x80 {
                return Err(self.error_at(at, "a tag with an escape that is not UTF-8").into());
            }
        }
        Ok(())
    }

    fn uri_octet(&mut self, at: usize) -> Result<u8> {
        let digit = |at: usize| char::from(self.byte(at)).to_digit(16);
        match (self.byte(self.pos), digit(self.pos + 1), digit(self.pos + 2)) {
            (b'%', Some(high), Some(low)) => {
                self.pos += 3;
                Ok((high << 4 | low) as u8)
            }
            _ => Err(self.error_at(at, "in a tag, two hexadecimal digits must follow `%`").into()),
        }
    }

    /// A directive: `%YAML 1.1` or `%TAG ! prefix`. The token's text is the line.
    pub(super) fn scan_directive(&mut self) -> Result<Token> {
        let at = self.pos;
        self.pos += 1;
        let name = self.pos;
        while is_word(self.byte(self.pos)) {
            self.pos += 1;
        }
        let kind = match &self.bytes[name..self.pos] {
            b"YAML" if self.is_blank_or_end(self.pos) => TokenKind::VersionDirective,
            b"TAG" if self.is_blank_or_end(self.pos) => TokenKind::TagDirective,
            _ => {
                let error = self.error_at(at, "a line that begins with `%` must be a %YAML or %TAG directive");
                return Err(error.spanning((self.pos - at) as u32).help("quote a text that begins with `%`").into());
            }
        };
        self.skip_blanks();
        if kind == TokenKind::VersionDirective {
            self.skip_version(at)?
        } else {
            self.skip_tag_directive(at)?
        }
        let slice = Slice::source(at, self.pos);
        self.skip_blanks();
        if self.byte(self.pos) == b'#' {
            self.skip_rest_of_line();
        }
        match self.break_len(self.pos) {
            0 if !self.is_end(self.pos) => self.error("only a comment may follow a directive on its line"),
            len => {
                if len > 0 {
                    self.skip_break(len);
                }
                self.on_line_of_token = false;
                Ok(Token::named(kind, at, slice))
            }
        }
    }

    fn skip_version(&mut self, at: usize) -> Result<()> {
        for (index, separator) in [b'.', b' '].into_iter().enumerate() {
            let digits = self.bytes[self.pos..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.pos += digits;
            let ends = index == 1 || self.byte(self.pos) == separator;
            if !(1..=9).contains(&digits) || !ends {
                return Err(self.error_at(at, "a %YAML directive needs a version: `%YAML 1.1`").into());
            }
            self.pos += 1 - index;
        }
        Ok(())
    }

    fn skip_tag_directive(&mut self, at: usize) -> Result<()> {
        let handle = self.pos;
        if self.byte(self.pos) == b'!' {
            self.pos += 1;
            self.skip_word();
            if self.byte(self.pos) == b'!' {
                self.pos += 1;
            } else if self.pos > handle + 1 {
                return Err(self.error_at(at, "the handle of a %TAG directive ends with `!`").into());
            }
        }
        let handle_end = self.pos;
        self.skip_blanks();
        if handle == handle_end || self.pos == handle_end {
            return Err(self
                .error_at(at, "a %TAG directive needs a handle and a prefix: `%TAG !e! tag:example.com:`")
                .into());
        }
        self.skip_uri(at, true)?;
        if self.is_blank_or_end(self.pos) {
            return Ok(());
        }
        Err(self.error_at(at, "a space or a line break must follow the prefix of a %TAG directive").into())
    }
}

/// Handle and prefix of a `%TAG` directive that has been scanned.
pub(super) fn tag_directive(line: &str) -> (String, String) {
    let mut words = line.split_ascii_whitespace().skip(1).map(unescape_uri);
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// What a tag as written stands for: [`Tag::Unset`] for a lone `!`, `None` when its handle has not been defined.
pub(super) fn resolve_tag(written: &str, handles: &TagHandles) -> Option<Tag> {
    let tag = full_tag(written, handles)?;
    if tag == "!" {
        return Some(Tag::Unset);
    }
    match tag.strip_prefix(STANDARD).or_else(|| tag.strip_prefix("!!")) {
        Some("null") => Some(Tag::Null),
        Some("bool") => Some(Tag::Bool),
        Some("int") => Some(Tag::Int),
        Some("float") => Some(Tag::Float),
        Some("timestamp") => Some(Tag::Time),
        Some("str") => Some(Tag::Str),
        Some("binary") => Some(Tag::Binary),
        Some("merge") => Some(Tag::Merge),
        _ => Some(Tag::Custom),
    }
}

fn full_tag(written: &str, handles: &TagHandles) -> Option<String> {
    if let Some(uri) = written.strip_prefix("!<") {
        return Some(unescape_uri(uri.strip_suffix('>').unwrap_or(uri)));
    }
    let name = &written[1..];
    let word = name.bytes().take_while(|&byte| is_word(byte)).count();
    let (handle, suffix) = match name.as_bytes().get(word) {
        Some(b'!') => written.split_at(word + 2),
        _ => written.split_at(1),
    };
    let defined = handles.iter().find(|(name, _)| name == handle).map(|(_, prefix)| prefix.as_str());
    let prefix = match (defined, handle) {
        (Some(prefix), _) => prefix,
        (None, "!") => "!",
        (None, "!!") => STANDARD,
        _ => return None,
    };
    Some(format!("{prefix}{}", unescape_uri(suffix)))
}

fn unescape_uri(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if *byte == b'%' => {
                bytes.push(code);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
