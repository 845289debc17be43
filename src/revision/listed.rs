//! Lists of paths, as git prints them.

use std::path::PathBuf;

use super::path_of;

/// The paths of a list: one a line, where git puts quotes around those with odd letters; or, as with `-z`, with a zero
/// byte behind each.
pub fn paths_listed(text: &[u8]) -> Vec<PathBuf> {
    if text.contains(&0) {
        return text.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(path_of).collect();
    }
    let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines
        .filter(|line| !line.is_empty())
        .map(|line| unquoted(line).map_or_else(|| path_of(line), |name| path_of(&name)))
        .collect()
}

/// A name without the quotes around it, each escape replaced by the byte that it stands for; `None` for one that has no
/// quotes, or is not escaped as git does it.
fn unquoted(name: &[u8]) -> Option<Vec<u8>> {
    let mut rest = name.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first == b'"' {
            return None;
        }
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (escaped, more) = rest.split_first()?;
        rest = more;
        bytes.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'"' | b'\\' => *escaped,
            b'0'..=b'3' => {
                let (digits, more) = rest.split_at_checked(2)?;
                rest = more;
                let octal = [*escaped, digits[0], digits[1]];
                u8::from_str_radix(std::str::from_utf8(&octal).ok()?, 8).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        paths_listed(text.as_bytes()).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn names_come_one_a_line_or_with_zero_bytes_behind_them() {
        assert_eq!(listed("a.yaml\n\nb c.yaml\r\nd"), ["a.yaml", "b c.yaml", "d"]);
        assert_eq!(listed("a.yaml\0b\nc.yaml\0\"d\0"), ["a.yaml", "b\nc.yaml", "\"d"]);
        assert!(listed("").is_empty());
    }

    #[test]
    fn what_git_puts_in_quotes_is_read_as_it_is_meant() {
        assert_eq!(listed(r#""o \303\266/\"q\"\t\\.yaml""#), ["o ö/\"q\"\t\\.yaml"]);
        // Not quoted by git.
        for odd in [r#""a"#, r#""a"b""#, r#""\z""#, r#""\30""#, r#"""#] {
            assert_eq!(listed(odd), [odd]);
        }
    }
}
