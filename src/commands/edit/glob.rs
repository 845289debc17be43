//! Patterns of file names, as Go's `filepath.Match` and `filepath.Glob` understand them.

use std::fs;
use std::path::Path;

use super::usage;
use crate::diagnostics::Result;

/// The files and directories that a pattern fits, in the order of their directories' names; hidden ones only where the
/// last part of the pattern begins with a dot.
///
/// Fails for a pattern that is none.
pub fn files(pattern: &str) -> Result<Vec<String>> {
    files_at(Path::new("."), pattern)
}

/// The same, as seen from another directory.
pub fn files_at(here: &Path, pattern: &str) -> Result<Vec<String>> {
    Pattern::new(pattern)?;
    let mut found = expand(here, pattern)?;
    if !is_hidden(pattern) {
        found.retain(|path| !is_hidden(path));
    }
    Ok(found)
}

fn is_hidden(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.is_some_and(|name| name.starts_with('.'))
}

fn expand(here: &Path, pattern: &str) -> Result<Vec<String>> {
    if !pattern.contains(['*', '?', '[', '\\']) {
        let exists = fs::symlink_metadata(here.join(pattern)).is_ok();
        return Ok(if exists { vec![pattern.to_owned()] } else { Vec::new() });
    }
    let (directories, name) = match pattern.rsplit_once('/') {
        Some(("", name)) => (vec!["/".to_owned()], name),
        Some((directory, name)) => (expand(here, directory)?, name),
        None => (vec![String::new()], pattern),
    };
    let name = Pattern::new(name)?;
    Ok(directories.iter().flat_map(|directory| within(here, directory, &name)).collect())
}

/// The paths in a directory whose names fit, sorted.
fn within(here: &Path, directory: &str, pattern: &Pattern) -> Vec<String> {
    let listed = fs::read_dir(here.join(directory)).into_iter().flatten().flatten();
    let names = listed.filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<String> = names.filter(|name| pattern.fits(name)).collect();
    found.sort();
    found.iter().map(|name| joined(directory, name)).collect()
}

/// The path of a name in a directory, in its shortest form.
fn joined(directory: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain([name]) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => drop(parts.pop()),
            ".." if directory.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    let root = if directory.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// A pattern that texts can be held against.
pub struct Pattern(Vec<Part>);

enum Part {
    /// `*`: any text without a slash.
    Any,
    /// `?`: any character but a slash.
    One,
    /// A character of its own.
    Character(char),
    /// `[…]`: a character that is, or is not, in one of the ranges.
    Class { is_negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Understands a pattern; fails where a class is empty or open, and for a last backslash.
    pub fn new(text: &str) -> Result<Pattern> {
        let mut characters = text.chars();
        let mut parts = Vec::new();
        let wrong = || usage(format!("{text} is not a pattern")).help("a `[` needs a `]`, or a `\\` before it");
        while let Some(first) = characters.next() {
            parts.push(match first {
                '*' => Part::Any,
                '?' => Part::One,
                '[' => class(&mut characters).ok_or_else(wrong)?,
                '\\' => Part::Character(characters.next().ok_or_else(wrong)?),
                _ => Part::Character(first),
            });
        }
        Ok(Pattern(parts))
    }

    /// Whether it fits a whole text.
    pub fn fits(&self, text: &str) -> bool {
        let characters: Vec<char> = text.chars().collect();
        let (mut at, mut part) = (0, 0);
        // Where the last `*` stands, and up to where it reaches so far.
        let mut star: Option<(usize, usize)> = None;
        while at < characters.len() || part < self.0.len() {
            match self.0.get(part) {
                Some(Part::Any) => {
                    star = Some((part, at));
                    part += 1;
                    continue;
                }
                Some(one) if characters.get(at).is_some_and(|&character| one.holds(character)) => {
                    (at, part) = (at + 1, part + 1);
                    continue;
                }
                _ => {}
            }
            match star {
                Some((any, reached)) if characters.get(reached).is_some_and(|&character| character != '/') => {
                    star = Some((any, reached + 1));
                    (at, part) = (reached + 1, any + 1);
                }
                _ => return false,
            }
        }
        true
    }
}

impl Part {
    fn holds(&self, wanted: char) -> bool {
        match self {
            Part::Any => false,
            Part::One => wanted != '/',
            Part::Character(character) => *character == wanted,
            Part::Class { is_negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&wanted)) != *is_negated
            }
        }
    }
}

/// What stands between `[` and `]`; `None` where that is no class.
fn class(characters: &mut std::str::Chars) -> Option<Part> {
    let is_negated = characters.as_str().starts_with('^');
    if is_negated {
        characters.next();
    }
    let mut ranges = Vec::new();
    while ranges.is_empty() || !characters.as_str().starts_with(']') {
        let low = end_of_range(characters)?;
        let high = match characters.as_str().strip_prefix('-') {
            Some(_) => {
                characters.next();
                end_of_range(characters)?
            }
            None => low,
        };
        ranges.push((low, high));
    }
    characters.next();
    Some(Part::Class { is_negated, ranges })
}

fn end_of_range(characters: &mut std::str::Chars) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        character => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_in_a_segment() {
        for (pattern, text, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a/b.yaml", false),
            ("a/?.yaml", "a/b.yaml", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[\\]a]x", "]x", true),
            ("a\\*", "a*", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-c-d", false),
            ("*", "", true),
            ("", "", true),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().fits(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        for pattern in ["[", "[]", "[]a]", "[^]", "[a", "[a-", "[a-]", "a\\", "x[-a]"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn files_come_by_directory_without_detours() {
        let place = tempfile::tempdir().unwrap();
        for name in ["a/x.yaml", "a-b/x.yaml", "a/.h.yaml", ".g/x.yaml"] {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("a*/x.yaml", &["a/x.yaml", "a-b/x.yaml"][..]),
            ("./a/*", &["a/x.yaml"]),
            ("a/.*", &["a/.h.yaml"]),
            ("*/x.yaml", &[".g/x.yaml", "a/x.yaml", "a-b/x.yaml"]),
            ("./a/x.yaml", &["./a/x.yaml"]),
            ("a/../a/*.yaml", &["a/x.yaml"]),
            ("b/*", &[]),
        ] {
            assert_eq!(files_at(place.path(), pattern).unwrap(), expected, "{pattern}");
        }
    }
}
