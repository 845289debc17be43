//! Patterns of file names, as Go's `filepath.Match` and `filepath.Glob` understand them.

use std::fs;
use std::path::Path;

/// The files and directories that a pattern fits, sorted; hidden ones only where the pattern says so.
pub fn files(pattern: &str) -> Vec<String> {
    files_at(Path::new("."), pattern)
}

/// The same, as seen from another directory.
pub fn files_at(here: &Path, pattern: &str) -> Vec<String> {
    if !pattern.contains(['*', '?', '[']) {
        return if here.join(pattern).exists() { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let start = if pattern.starts_with('/') { "/" } else { "" };
    let mut found = vec![start.to_owned()];
    for segment in pattern.split('/').filter(|segment| !segment.is_empty()) {
        found = found.iter().flat_map(|directory| within(here, directory, segment)).collect();
    }
    found.retain(|path| here.join(path).exists());
    found.sort();
    found
}

/// The paths in a directory (empty, or ending in a slash or without one) whose names fit.
fn within(here: &Path, directory: &str, segment: &str) -> Vec<String> {
    let prefix = match directory {
        "" | "/" => directory.to_owned(),
        _ => format!("{directory}/"),
    };
    if !segment.contains(['*', '?', '[']) {
        return vec![format!("{prefix}{segment}")];
    }
    let listed = fs::read_dir(here.join(directory));
    let names = listed.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_shown = |name: &String| segment.starts_with('.') || !name.starts_with('.');
    names.filter(is_shown).filter(|name| fits(segment, name)).map(|name| format!("{prefix}{name}")).collect()
}

/// Whether a pattern fits a whole text; `*` and `?` fit no slash.
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let next = text.chars().next();
    let after = &text[next.map_or(0, char::len_utf8)..];
    match first {
        '*' => fits(rest, text) || next.is_some_and(|next| next != '/') && fits(pattern, after),
        '?' => next.is_some_and(|next| next != '/') && fits(rest, after),
        '[' => {
            let Some((class, rest)) = rest.split_once(']') else { return false };
            next.is_some_and(|next| next != '/' && holds(class, next)) && fits(rest, after)
        }
        '\\' => {
            rest.chars().next().is_some_and(|escaped| next == Some(escaped) && fits(&rest[escaped.len_utf8()..], after))
        }
        _ => next == Some(first) && fits(rest, after),
    }
}

fn holds(class: &str, wanted: char) -> bool {
    let (class, negated) = class.strip_prefix('^').map_or((class, false), |class| (class, true));
    let characters: Vec<char> = class.chars().collect();
    let mut at = 0;
    let mut found = false;
    while let Some(&low) = characters.get(at) {
        let is_range = characters.get(at + 1) == Some(&'-') && at + 2 < characters.len();
        let high = if is_range { characters[at + 2] } else { low };
        found |= (low..=high).contains(&wanted);
        at += if is_range { 3 } else { 1 };
    }
    found != negated
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
            ("a\\*", "a*", true),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
