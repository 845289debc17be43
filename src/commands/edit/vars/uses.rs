//! Where a text uses a var, and how a replacement writes there.

use crate::commands::edit::refused;
use crate::diagnostics::Result;

/// The part of a text that a replacement writes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What stands at a position between delimiters.
    Between {
        /// What parts the text.
        delimiter: char,
        /// Which part, from 0.
        index: usize,
    },
}

/// What stands in the place of a var until the replacement comes.
pub fn placeholder(name: &str) -> String {
    format!("{name}_PLACEHOLDER")
}

/// The parts of a text that are a var, where all of `names` become placeholders.
///
/// Fails where what stands around it does not set it apart from the rest.
pub fn parts(text: &str, name: &str, names: &[String]) -> Result<Vec<Part>> {
    let used = format!("$({name})");
    let used_names: Vec<&String> = names.iter().filter(|name| text.contains(&format!("$({name})"))).collect();
    let others = used_names.iter().filter(|other| **other != name);
    let settled = others.fold(text.to_owned(), |text, other| text.replace(&format!("$({other})"), &placeholder(other)));
    let mut parts = Vec::new();
    for (at, _) in settled.match_indices(&used) {
        let (before, after) = (&settled[..at], &settled[at + used.len()..]);
        let delimiter = match (before.chars().next_back(), after.chars().next()) {
            (None, None) => {
                parts.push(Part::Whole);
                continue;
            }
            (Some(before), Some(after)) if before != after => {
                let message = format!(
                    "`{text}` cannot be made a replacement: $({name}) has `{before}` before it and `{after}` behind it"
                );
                return Err(refused(message).help("have the same character on both sides, or drop the var by hand"));
            }
            (Some(delimiter), _) | (None, Some(delimiter)) => delimiter,
        };
        if used_names.iter().any(|name| placeholder(name).contains(delimiter)) {
            let message = format!("`{text}` cannot be made a replacement: `{delimiter}` does not set $({name}) apart");
            return Err(refused(message).help("put a dash or a dot beside the var, or drop the var by hand"));
        }
        parts.push(Part::Between { delimiter, index: before.matches(delimiter).count() });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<Part>> {
        parts(text, "A", &["A".to_owned(), "B_C".to_owned()]).ok()
    }

    fn between(delimiter: char, index: usize) -> Part {
        Part::Between { delimiter, index }
    }

    #[test]
    fn a_var_is_set_apart_by_what_stands_beside_it() {
        assert_eq!(of("$(A)"), Some(vec![Part::Whole]));
        assert_eq!(of("$(A).svc.local"), Some(vec![between('.', 0)]));
        assert_eq!(of("http://x/$(A)"), Some(vec![between('/', 3)]));
        assert_eq!(of("a-$(A)-b"), Some(vec![between('-', 1)]));
        assert_eq!(of("$(A)-$(A)"), Some(vec![between('-', 0), between('-', 1)]));
        assert_eq!(of("$(B_C)-$(A)"), Some(vec![between('-', 1)]));
        assert_eq!(of("nothing"), Some(vec![]));
    }

    #[test]
    fn a_var_that_is_not_set_apart_is_refused() {
        assert_eq!(of("x=$(A):1"), None);
        assert_eq!(of("$(A)_x"), None, "the placeholder has a `_` of its own");
        assert_eq!(of("$(B_C)_$(A)"), None);
        assert_eq!(of("$(B_C)$(A)"), None);
    }
}
