//! References to container images: their parts, and whether a name means them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::compat::Compat;
use crate::pattern::{self, Pattern};

/// The parts of a reference such as `registry:5000/app:v1@sha256:…`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// What stands before tag and digest.
    pub name: &'a str,
    /// Empty for none.
    pub tag: &'a str,
    /// Empty for none.
    pub digest: &'a str,
}

impl<'a> Reference<'a> {
    /// Takes a reference apart. A colon before the first slash belongs to the registry, not to a tag.
    pub fn split(text: &'a str) -> Reference<'a> {
        let start = text.find('/').unwrap_or_default();
        let find = |wanted: char| text[start..].find(wanted).map(|at| start + at);
        match (find(':'), find('@')) {
            (None, None) => Reference { name: text, tag: "", digest: "" },
            (Some(colon), Some(at)) if colon < at => {
                Reference { name: &text[..colon], tag: &text[colon + 1..at], digest: &text[at + 1..] }
            }
            (_, Some(at)) => Reference { name: &text[..at], tag: "", digest: &text[at + 1..] },
            (Some(colon), None) => Reference { name: &text[..colon], tag: &text[colon + 1..], digest: "" },
        }
    }
}

/// The name of an image as `images` give it: a pattern for everything before tag and digest.
#[derive(Debug, Clone)]
pub struct ImageName {
    text: String,
    is_simple: bool,
    compat: Compat,
    /// The whole reference as one pattern; `None` for one that is not sound, which fits nothing.
    pattern: OnceLock<Option<Pattern>>,
}

/// What may follow the name: a tag, a digest.
fn tag_and_digest(compat: Compat) -> &'static str {
    if compat.knows_only_sha256() { TAG_AND_SHA256 } else { TAG_AND_DIGEST }
}

const TAG_AND_SHA256: &str = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
const TAG_AND_DIGEST: &str = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";

impl ImageName {
    /// A name or pattern.
    pub fn new(text: &str, compat: Compat) -> ImageName {
        ImageName { text: text.to_owned(), is_simple: pattern::is_simple(text), compat, pattern: OnceLock::new() }
    }

    /// Whether it can fit anything: a pattern may not be one.
    pub fn is_sound(&self) -> bool {
        self.is_simple || self.pattern().is_some()
    }

    /// As upstream, the pattern is put before the rest without brackets around it.
    fn pattern(&self) -> Option<&Pattern> {
        let whole = || Pattern::search(&format!("^{}{}", self.text, tag_and_digest(self.compat))).ok();
        self.pattern.get_or_init(whole).as_ref()
    }

    /// Whether the reference is one to an image of this name.
    pub fn fits(&self, reference: &str) -> bool {
        if self.is_simple {
            let rest = pattern::after_simple(&self.text, reference);
            return rest.is_some_and(|rest| is_tag_and_digest(rest, self.compat));
        }
        self.pattern().is_some_and(|pattern| pattern.is_match(reference))
    }
}

/// The names of a list of images, to find those that a reference fits without asking each.
#[derive(Debug, Clone, Default)]
pub struct ImageNames {
    names: Vec<ImageName>,
    compat: Compat,
    index: OnceLock<Index>,
    first_unsound: OnceLock<Option<usize>>,
}

/// With fewer names than this, asking each is faster than the index.
const MANY: usize = 8;

#[derive(Debug, Clone, Default)]
struct Index {
    simple: Vec<Group>,
    /// The numbers of the names that are patterns.
    patterns: Vec<usize>,
}

/// Simple names of one length with dots, which stand for any character, at the same places.
#[derive(Debug, Clone)]
struct Group {
    length: usize,
    dots: Vec<usize>,
    /// The numbers of the names, in order, by their text.
    numbers: FxHashMap<String, Vec<usize>>,
}

impl ImageNames {
    /// Names or patterns, in order.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, compat: Compat) -> ImageNames {
        let names = names.into_iter().map(|name| ImageName::new(name, compat)).collect();
        ImageNames { names, compat, ..ImageNames::default() }
    }

    /// The number of the first name that is no sound pattern, where that matters.
    pub fn first_unsound(&self) -> Option<usize> {
        if !self.compat.fails_on_unsound_image_names() {
            return None;
        }
        *self.first_unsound.get_or_init(|| self.names.iter().position(|name| !name.is_sound()))
    }

    /// Whether the reference is one to an image of the name with this number.
    pub fn fits(&self, number: usize, reference: &str) -> bool {
        self.names[number].fits(reference)
    }

    /// The first name from number `from` on that the reference fits.
    pub fn find(&self, reference: &str, from: usize) -> Option<usize> {
        if self.names.len() < MANY {
            return (from..self.names.len()).find(|&number| self.fits(number, reference));
        }
        let index = self.index.get_or_init(|| Index::new(&self.names));
        let simple = name_parts(reference, self.compat).filter_map(|name| index.find(name, from)).min();
        let patterns = index.patterns.iter().copied().filter(|&number| number >= from);
        let pattern = patterns.take_while(|&number| simple.is_none_or(|simple| number < simple));
        let pattern = pattern.into_iter().find(|&number| self.fits(number, reference));
        pattern.or(simple)
    }
}

/// What a reference may have before its tag and digest.
fn name_parts(reference: &str, compat: Compat) -> impl Iterator<Item = &str> {
    let ends = reference.match_indices([':', '@']).map(|(at, _)| at).chain([reference.len()]);
    ends.filter(move |&end| is_tag_and_digest(&reference[end..], compat)).map(|end| &reference[..end])
}

impl Index {
    fn new(names: &[ImageName]) -> Index {
        let mut index = Index::default();
        for (number, ImageName { text, is_simple, .. }) in names.iter().enumerate() {
            if !is_simple {
                index.patterns.push(number);
                continue;
            }
            let length = text.chars().count();
            let dots: Vec<usize> = text.chars().enumerate().filter(|(_, c)| *c == '.').map(|(at, _)| at).collect();
            let group = index.simple.iter_mut().position(|group| group.length == length && group.dots == dots);
            let group = group.unwrap_or_else(|| {
                index.simple.push(Group { length, dots, numbers: FxHashMap::default() });
                index.simple.len() - 1
            });
            index.simple[group].numbers.entry(text.clone()).or_default().push(number);
        }
        index
    }

    /// The first simple name from number `from` on that is this one.
    fn find(&self, name: &str, from: usize) -> Option<usize> {
        let length = name.chars().count();
        let groups = self.simple.iter().filter(|group| group.length == length);
        groups.filter_map(|group| group.find(name, from)).min()
    }
}

impl Group {
    fn find(&self, name: &str, from: usize) -> Option<usize> {
        let mut dots = self.dots.iter().copied().peekable();
        let masked: Option<String> = name
            .chars()
            .enumerate()
            .map(|(at, c)| match dots.next_if_eq(&at) {
                Some(_) if c == '\n' => None,
                Some(_) => Some('.'),
                None => Some(c),
            })
            .collect();
        self.numbers.get(&masked?)?.iter().copied().find(|&number| number >= from)
    }
}

/// Does by hand what [`tag_and_digest`] says.
fn is_tag_and_digest(text: &str, compat: Compat) -> bool {
    let is_value = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte));
    let (tag, digest) = match text.find('@') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_tag = tag.is_empty() || tag.strip_prefix(':').is_some_and(is_value);
    let is_digest = |digest: &str| {
        digest.split_once(':').is_some_and(|(algorithm, value)| is_algorithm(algorithm, compat) && is_value(value))
    };
    is_tag && digest.is_none_or(is_digest)
}

/// `sha256`, `multihash+base58`: words with one separator between them.
fn is_algorithm(text: &str, compat: Compat) -> bool {
    if compat.knows_only_sha256() {
        return text == "sha256";
    }
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.split(['.', '+', '_', '-']).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> [&str; 3] {
        let Reference { name, tag, digest } = Reference::split(text);
        [name, tag, digest]
    }

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(split("nginx"), ["nginx", "", ""]);
        assert_eq!(split("nginx:1.2"), ["nginx", "1.2", ""]);
        assert_eq!(split("r.io:5000/a/nginx:1.2@sha256:ab"), ["r.io:5000/a/nginx", "1.2", "sha256:ab"]);
        assert_eq!(split("r.io:5000/nginx"), ["r.io:5000/nginx", "", ""]);
        assert_eq!(split("nginx@sha256:ab"), ["nginx", "", "sha256:ab"]);
        assert_eq!(split("/nginx:1"), ["/nginx", "1", ""]);
    }

    #[test]
    fn names_fit_with_any_tag_or_digest() {
        let name = ImageName::new("gcr.io/app", Compat::Newest);
        for text in [
            "gcr.io/app",
            "gcr.io/app:v1",
            "gcr.io/app:",
            "gcr.io/app:{TAG}",
            "gcr.io/app@sha256:abc",
            "gcr.io/app:v1@multihash+base58:abc",
            "gcrxio/app",
        ] {
            assert!(name.fits(text), "{text}");
        }
        for text in [
            "gcr.io/app2",
            "gcr.io/app:v1:v2",
            "gcr.io/app@sha256",
            "gcr.io/app@:abc",
            "x/gcr.io/app",
            "gcr.io/app:v 1",
        ] {
            assert!(!name.fits(text), "{text}");
        }
    }

    #[test]
    fn patterns_are_compiled_when_they_are_needed() {
        assert!(ImageName::new("(foo|bar)", Compat::Newest).fits("bar:1"));
        assert!(ImageName::new("foo|bar", Compat::Newest).fits("foox"), "upstream puts no brackets around the name");
        assert!(!ImageName::new("[", Compat::Newest).fits("["));
    }

    #[test]
    fn the_last_release_knows_one_algorithm_and_fails_on_what_is_no_pattern() {
        let digest = format!("app:v1@sha256:{}", "0".repeat(64));
        for name in ["app", "(app|web)"] {
            for (compat, other) in [(Compat::V5_8_1, false), (Compat::Newest, true)] {
                let name = ImageName::new(name, compat);
                assert!(name.fits(&digest));
                assert_eq!([name.fits("app@sha512:ab"), name.fits("app@multihash+base58:ab")], [other; 2]);
            }
        }
        let unsound = |compat| ImageNames::new(["app", "["], compat).first_unsound();
        assert_eq!([unsound(Compat::V5_8_1), unsound(Compat::Newest)], [Some(1), None]);
    }

    #[test]
    fn the_first_of_many_names_is_found() {
        let names = ["a.b/x", "a.b/x", "c", "x[0-9]+", "x12", "r:5/a", "a.b", "z", "c"];
        let many = ImageNames::new(names, Compat::Newest);
        for text in
            ["a.b/x:1", "a-b/x", "c", "x12", "x13:1", "r:5/a@s:1", "r:5/a:1", "r:5", "a\nb", "none", "c:1:2", "c@x"]
        {
            for from in 0..names.len() {
                let each = (from..names.len()).find(|&number| many.fits(number, text));
                assert_eq!(many.find(text, from), each, "{text} from {from}");
            }
        }
        assert_eq!((many.find("a-b/x", 0), many.find("a-b/x", 1), many.find("a-b/x", 2)), (Some(0), Some(1), None));
        assert_eq!((many.find("x12", 0), many.find("x12", 4)), (Some(3), Some(4)));
    }

    /// The two ways of matching agree.
    #[test]
    fn simple_names_fit_as_the_pattern_does() {
        let pattern = Pattern::search(&format!("^a.b{TAG_AND_DIGEST}")).unwrap();
        for text in
            ["a.b", "a.b:", "a-b:1@x:y", "a.b@x+y:", "a.b@x++y:", "a.b@:", "a.b:1@", "a\nb", "a.b@x:y@z", "a.b:{}"]
        {
            assert_eq!(ImageName::new("a.b", Compat::Newest).fits(text), pattern.is_match(text), "{text}");
        }
    }
}
