/// The candidate that `word` was most likely meant to be: the one with the fewest letters to insert, remove, replace or
/// swap, if that is at most a third of them; upper and lower case count as equal.
///
/// Of several equally near ones the first wins, so the answer is the same each time for the same order of candidates.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    if word.len() > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.chars().take(MAX_LENGTH).flat_map(char::to_lowercase).collect();
        let limit = (word.len().max(other.len()) / 3).max(1);
        if word.len().abs_diff(other.len()) > limit || word.len().max(other.len()) < 2 {
            continue;
        }
        let distance = distance(&word, &other);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer words are not names that someone mistyped.
const MAX_LENGTH: usize = 100;

/// Damerau's and Levenshtein's distance, in the form where no part is changed twice.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_found() {
        let fields = ["resources", "replicas", "replacements", "namePrefix", "images"];
        assert_eq!(nearest("resuorces", fields), Some("resources"));
        assert_eq!(nearest("nameprefx", fields), Some("namePrefix"));
        assert_eq!(nearest("image", fields), Some("images"));
        assert_eq!(nearest("foo", fields), None);
        assert_eq!(nearest("", fields), None);
        assert_eq!(nearest("deployment.yml", ["service.yaml", "deployment.yaml"]), Some("deployment.yaml"));
    }

    #[test]
    fn a_swap_counts_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("abcd"), &chars("abdc")), 1);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }
}
