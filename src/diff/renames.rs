//! References follow when an object gets another name: that is no change of its own.

use rustc_hash::FxHashMap;

use super::pairs::Pair;

/// The names of both sides of objects that are called differently.
#[derive(Debug, Default)]
pub struct Renames {
    /// Each name before and after, with the number of the first pair of objects that is called so.
    pairs: FxHashMap<(String, String), usize>,
    /// For each name of either side, one that stands for all that it can be.
    stands_for: FxHashMap<String, String>,
}

impl Renames {
    /// The new names, and new namespaces, of these objects.
    pub fn of(pairs: &[Pair]) -> Renames {
        let mut renames = Renames::default();
        let named = pairs.iter().enumerate().filter_map(|(number, pair)| Some((number, pair.before?, pair.after?)));
        // A name tells more than a namespace, which many share.
        named.clone().for_each(|(number, before, after)| renames.add(&before.id.name, &after.id.name, number));
        named.for_each(|(number, before, after)| renames.add(&before.id.namespace, &after.id.namespace, number));
        renames
    }

    fn add(&mut self, before: &str, after: &str, number: usize) {
        if before == after || before.is_empty() || after.is_empty() {
            return;
        }
        let known = [before, after].into_iter().find_map(|name| self.stands_for.get(name)).cloned();
        let one = known.unwrap_or_else(|| before.min(after).to_owned());
        for name in [before, after] {
            self.stands_for.entry(name.to_owned()).or_insert_with(|| one.clone());
        }
        self.pairs.entry((before.to_owned(), after.to_owned())).or_insert(number);
    }

    /// Whether nothing is called differently.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pair of objects, by its number, that a text names otherwise than another text which is the same but for names
    /// that have changed: by all of it, or by the first of its words that differs. `None` where more differs.
    pub fn explain(&self, before: &str, after: &str) -> Option<usize> {
        if self.is_empty() || before == after {
            return None;
        }
        self.renamed(before, after).or_else(|| self.explain_words(before, after))
    }

    fn renamed(&self, before: &str, after: &str) -> Option<usize> {
        // Short-lived copies: this is asked for texts that differ alone.
        self.pairs.get(&(before.to_owned(), after.to_owned())).copied()
    }

    fn explain_words(&self, before: &str, after: &str) -> Option<usize> {
        let [old, new] = [words(before), words(after)];
        if old.len() != new.len() {
            return None;
        }
        let mut differing = old.iter().zip(&new).filter(|(old, new)| old != new);
        let first = differing.next().and_then(|(old, new)| self.renamed(old, new))?;
        differing.all(|(old, new)| self.renamed(old, new).is_some()).then_some(first)
    }

    /// A text with each name in the place of which another one may have come replaced by what stands for both. Texts
    /// that come to the same may still differ.
    pub fn neutral(&self, text: &str) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        if let Some(one) = self.stands_for.get(text) {
            return Some(one.clone());
        }
        let words = words(text);
        if !words.iter().any(|word| self.stands_for.contains_key(*word)) {
            return None;
        }
        Some(words.iter().map(|word| self.stands_for.get(*word).map_or(*word, |one| one)).collect())
    }
}

/// A text in words that can be names, and what is between them.
fn words(text: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut words = Vec::new();
    let mut start = 0;
    let mut inside = None;
    for (at, letter) in text.char_indices() {
        if inside.is_some_and(|inside| inside != is_name(letter)) {
            words.push(&text[start..at]);
            start = at;
        }
        inside = Some(is_name(letter));
    }
    words.push(&text[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_texts() {
        let mut renames = Renames::default();
        renames.add("db-1", "db-2", 0);
        renames.add("web", "dev-web", 1);
        assert_eq!(renames.explain("db-1", "db-2"), Some(0));
        assert_eq!(renames.explain("http://db-1.web:80/x", "http://db-2.dev-web:80/x"), Some(0));
        assert_eq!(renames.explain("http://db-2.web:80/x", "http://db-2.dev-web:80/x"), Some(1));
        assert_eq!(renames.explain("db-2", "db-1"), None);
        assert_eq!(renames.explain("db-1 a", "db-2 b"), None);
        assert_eq!(renames.explain("db-10", "db-20"), None);
        assert_eq!(renames.neutral("db-2:5"), renames.neutral("db-1:5"));
        assert_eq!(renames.neutral("x"), None);
    }
}
