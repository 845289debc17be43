//! What a scalar is, and what becomes of it: the rules of the two YAML readers that kustomize uses.

use std::borrow::Cow;

use crate::timestamp::Timestamp;
use crate::{Error, ErrorKind, Result, Style, Tag};

/// Which of kustomize's two YAML readers to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// go-yaml v3, which reads resources and strategic merge patches: `yes`, `on` and `n` are strings.
    Yaml12,
    /// go-yaml v2 as sigs.k8s.io/yaml uses it, which reads kustomization files and JSON 6902 patches: `yes`, `on` and
    /// `n` are booleans, and dates are strings.
    Yaml11,
}

/// The value of a scalar, as kustomize decodes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A positive integer that does not fit [`Scalar::Int`].
    Uint(u64),
    /// Any other number, infinities and NaN too.
    Float(f64),
    /// A string.
    Str(Cow<'a, str>),
}

/// The type of a plain scalar without a tag.
///
/// Where both dialects differ, [`Dialect::Yaml11`] takes `y`, `yes`, `on`, `n`, `no`, `off` for booleans and
/// timestamps for strings (sigs.k8s.io/yaml hands them on as written).
pub fn resolve(text: &str, dialect: Dialect) -> Tag {
    match text.as_bytes() {
        b"<<" => return Tag::Merge,
        bytes if let Some(tag) = tag_at_a_glance(bytes) => return tag,
        [b'0'] => return Tag::Int,
        [b'1'..=b'9', rest @ ..] => match rest.iter().position(|byte| !byte.is_ascii_digit()) {
            // it surely fits
            None if rest.len() < 18 => return Tag::Int,
            // nothing else follows the first digits of a number or a timestamp
            Some(at) if !matches!(rest[at], b'.' | b'e' | b'E' | b'_' | b'-') => return Tag::Str,
            _ => {}
        },
        [b'+' | b'-', second, ..] if !matches!(second, b'0'..=b'9' | b'.' | b'_') => return Tag::Str,
        _ => {}
    }
    plain_value(text, dialect, true).map_or(Tag::Str, |(tag, _)| tag)
}

/// The type of a plain text that is no `<<`, if its first bytes and its length show it: most texts begin with a letter
/// that no number, null or boolean begins with, or are too long for a word.
#[inline]
fn tag_at_a_glance(text: &[u8]) -> Option<Tag> {
    let [first, rest @ ..] = text else { return None };
    match FIRSTS[*first as usize] {
        First::Nothing => Some(Tag::Str),
        First::Word if text.len() > 5 => Some(Tag::Str),
        First::Word => match (first.to_ascii_lowercase(), rest.first()?.to_ascii_lowercase()) {
            (b'n', b'u' | b'o') | (b't', b'r') | (b'f', b'a') | (b'y', b'e') | (b'o', b'n' | b'f') => None,
            _ => Some(Tag::Str),
        },
        First::Number => None,
    }
}

/// Whether a text begins with a letter that no null, boolean or number begins with, in any version of YAML.
pub fn is_surely_string(text: &str) -> bool {
    text.as_bytes()
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() && FIRSTS[*first as usize] == First::Nothing)
}

/// What a plain text can be that begins with a byte, if it is no string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Nothing,
    /// A word of at most five letters.
    Word,
    Number,
}

static FIRSTS: [First; 256] = {
    let mut table = [First::Nothing; 256];
    let (words, numbers) = (b"yYnNtTfFoO~", b"0123456789+-.");
    let mut at = 0;
    while at < words.len() {
        table[words[at] as usize] = First::Word;
        at += 1;
    }
    at = 0;
    while at < numbers.len() {
        table[numbers[at] as usize] = First::Number;
        at += 1;
    }
    table
};

/// The value of a scalar with a tag, as go-yaml decodes it when kustomize prints a resource (or reads a kustomization).
///
/// [`Tag::Unset`] means what a scalar without a tag means: a quoted or block scalar is a string, a plain one is
/// resolved. Timestamps come as RFC 3339 text, `!!binary` decoded (what is not UTF-8 in it as U+FFFD).
///
/// # Errors
/// [`ErrorKind::Tag`] when the tag does not fit the text: `!!int 1.0`. The place of the error is 0; the caller knows
/// the node.
pub fn scalar_value(tag: Tag, style: Style, text: &str, dialect: Dialect) -> Result<Scalar<'_>> {
    let is_plain = matches!(style, Style::Plain | Style::Flow);
    match tag {
        Tag::Str | Tag::Merge | Tag::Custom | Tag::Collection => Ok(Scalar::Str(text.into())),
        Tag::Unset if !is_plain => Ok(Scalar::Str(text.into())),
        Tag::Binary => decode_binary(text).map(|text| Scalar::Str(text.into())),
        Tag::Unset | Tag::Null | Tag::Bool | Tag::Int | Tag::Float | Tag::Time => {
            let as_time = matches!(tag, Tag::Unset | Tag::Time);
            let (found, value) = plain_value(text, dialect, as_time).unwrap_or((Tag::Str, Scalar::Str(text.into())));
            match (tag, value) {
                (_, Scalar::Str(_))
                    if found == Tag::Time && !timestamp(text).is_some_and(|time| time.is_printable()) =>
                {
                    let message = format!("the offset of `{text}` from UTC is a day or more");
                    Err(Error::new(ErrorKind::Unprintable, 0, message).help("quote the text"))
                }
                (Tag::Float, Scalar::Int(int)) => Ok(Scalar::Float(int as f64)),
                (_, value) if tag == Tag::Unset || tag == found => Ok(value),
                _ => Err(misfit(found, text, tag)),
            }
        }
    }
}

fn misfit(found: Tag, text: &str, wanted: Tag) -> Error {
    let article = if wanted == Tag::Int { "an" } else { "a" };
    let message = format!("cannot decode {} `{text}` as {article} {}", found.short(), wanted.short());
    Error::new(ErrorKind::Tag, 0, message)
}

/// Type and value of a plain text that is no string; `None` for a string.
fn plain_value(text: &str, dialect: Dialect, as_time: bool) -> Option<(Tag, Scalar<'_>)> {
    match text.as_bytes().first() {
        None => Some((Tag::Null, Scalar::Null)),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text, dialect),
        Some(b'.') => special_float(text).or_else(|| float(text)),
        Some(b'0'..=b'9') if as_time && timestamp(text).is_some() => timestamp(text).map(|time| match dialect {
            Dialect::Yaml12 => (Tag::Time, Scalar::Str(time.to_string().into())),
            Dialect::Yaml11 => (Tag::Str, Scalar::Str(text.into())),
        }),
        Some(b'+' | b'-') => special_float(text).or_else(|| number(text, dialect)),
        Some(b'0'..=b'9') => number(text, dialect),
        _ => None,
    }
}

fn timestamp(text: &str) -> Option<Timestamp> {
    // a date begins with four digits and a dash
    if text.as_bytes().get(4) == Some(&b'-') { Timestamp::parse(text) } else { None }
}

/// The words that are not strings.
fn word(text: &str, dialect: Dialect) -> Option<(Tag, Scalar<'static>)> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some((Tag::Null, Scalar::Null)),
        "true" | "True" | "TRUE" => Some((Tag::Bool, Scalar::Bool(true))),
        "false" | "False" | "FALSE" => Some((Tag::Bool, Scalar::Bool(false))),
        _ if dialect == Dialect::Yaml12 => None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some((Tag::Bool, Scalar::Bool(true))),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some((Tag::Bool, Scalar::Bool(false))),
        _ => None,
    }
}

fn special_float(text: &str) -> Option<(Tag, Scalar<'static>)> {
    let value = match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    };
    Some((Tag::Float, Scalar::Float(value)))
}

/// A text that begins with a dot, as Go's `ParseFloat` takes it: `.5`, `.5_0e3`.
fn float(text: &str) -> Option<(Tag, Scalar<'static>)> {
    let bytes = text.as_bytes();
    let stray_underscore = bytes.iter().enumerate().any(|(at, &byte)| {
        let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        byte == b'_' && !(is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
    });
    if stray_underscore { None } else { decimal_float(&text.replace('_', "")) }
}

/// What begins with a digit or a sign: integers in Go's notations, then floats, as go-yaml tries them in turn.
fn number(text: &str, dialect: Dialect) -> Option<(Tag, Scalar<'static>)> {
    let has_underscore = memchr::memchr(b'_', text.as_bytes()).is_some();
    let plain: Cow<'_, str> = if has_underscore { text.replace('_', "").into() } else { text.into() };
    if let Some(int) = go_integer(&plain) {
        return Some((Tag::Int, int));
    }
    if let Some(found) = decimal_float(&plain) {
        return Some(found);
    }
    // a sign behind the base prefix, which Go refuses and go-yaml takes
    let bases: &[(&str, &str, u32)] = match dialect {
        Dialect::Yaml12 => &[("0b", "", 2), ("-0b", "-", 2), ("0o", "", 8), ("-0o", "-", 8)],
        Dialect::Yaml11 => &[("0b", "", 2), ("-0b", "-", 2)],
    };
    bases.iter().find_map(|&(prefix, sign, radix)| {
        let digits = plain.strip_prefix(prefix)?;
        let int = signed(&format!("{sign}{digits}"), radix)?;
        Some((Tag::Int, int))
    })
}

/// An integer as Go writes them: `0x1f`, `0o17`, `017`, `0b11`, with a sign before the prefix.
fn go_integer(text: &str) -> Option<Scalar<'static>> {
    let (sign, digits) = match text.as_bytes()[0] {
        b'-' => ("-", &text[1..]),
        b'+' => ("+", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        "-" => 0i64.checked_sub_unsigned(magnitude).map(Scalar::Int),
        "+" => i64::try_from(magnitude).ok().map(Scalar::Int),
        _ => Some(i64::try_from(magnitude).map_or(Scalar::Uint(magnitude), Scalar::Int)),
    }
}

/// Digits with an optional sign in front, as Go's `ParseInt` and then `ParseUint` take them.
fn signed(text: &str, radix: u32) -> Option<Scalar<'static>> {
    let signs = text.bytes().take_while(|byte| matches!(byte, b'+' | b'-')).count();
    if signs > 1 {
        return None;
    }
    let int = i64::from_str_radix(text, radix).ok().map(Scalar::Int);
    int.or_else(|| if signs == 0 { u64::from_str_radix(text, radix).ok().map(Scalar::Uint) } else { None })
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it is not too large for a float.
fn decimal_float(text: &str) -> Option<(Tag, Scalar<'static>)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let places = digits(fraction);
        if whole + places == 0 {
            return None;
        }
        rest = &fraction[places..];
    } else if whole == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let places = digits(exponent);
        if places == 0 || places < exponent.len() {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if value.is_infinite() { None } else { Some((Tag::Float, Scalar::Float(value))) }
}

/// Base64 as Go's standard decoding takes it: padded, line breaks ignored.
fn decode_binary(text: &str) -> Result<String> {
    let invalid = || {
        Error::new(ErrorKind::Tag, 0, "the text of a !!binary value is not base64")
            .help("base64 has letters, digits, `+` and `/`, and is padded with `=`")
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = digits.iter().rev().take_while(|&&byte| byte == b'=').count();
    if !digits.len().is_multiple_of(4) || padding > 2 {
        return Err(invalid());
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    for (index, four) in digits.chunks_exact(4).enumerate() {
        let is_last = (index + 1) * 4 == digits.len();
        let given = if is_last { 4 - padding } else { 4 };
        let mut bits: u32 = 0;
        for &digit in &four[..given] {
            bits = bits << 6 | base64_digit(digit).ok_or_else(invalid)?;
        }
        bits <<= 6 * (4 - given);
        bytes.extend_from_slice(&bits.to_be_bytes()[1..given]);
    }
    Ok(text_of(&bytes))
}

fn base64_digit(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Bytes as Go's JSON writes them: U+FFFD for each byte that is not UTF-8.
fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All texts of up to four of these bytes.
    fn texts(bytes: &[u8]) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..4 {
            let longer: Vec<_> = texts[from..]
                .iter()
                .flat_map(|text| bytes.iter().map(move |&byte| format!("{text}{}", char::from(byte))))
                .collect();
            from = texts.len();
            texts.extend(longer);
        }
        texts
    }

    #[test]
    fn a_glance_sees_what_the_rules_say() {
        for text in
            [texts(b"0179.eE_-+xob:"), texts(b"nNulLtTrReEyYsSoOfFa~"), vec!["false".into(), "False".into()]].concat()
        {
            for dialect in [Dialect::Yaml12, Dialect::Yaml11] {
                let ruled = plain_value(&text, dialect, true).map_or(Tag::Str, |(tag, _)| tag);
                assert_eq!(resolve(&text, dialect), ruled, "{text:?}");
            }
        }
    }
}
