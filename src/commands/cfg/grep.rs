use std::cmp::Ordering;

use super::{of_packages, only_folder};
use crate::cli::GrepArgs;
use crate::diagnostics::{Code, Error, Result};
use crate::manifests::{Annotations, FieldPath, Hit, Look, Manifest, read_stdin, stream};
use crate::output::write_stdout;
use crate::pattern::Pattern;
use crate::quantity::Quantity;

/// Prints the manifests that a query fits.
pub fn run(arguments: &GrepArgs) -> Result<()> {
    let query = arguments.query.as_deref().ok_or_else(|| usage("the query is missing".into()))?;
    let query = Query::parse(query)?;
    let annotations = if arguments.annotate { Annotations::All } else { Annotations::Path };
    let look = Look { arranged: false, without_comments: false, flow: false, annotations };
    let print = |manifests: &[Manifest]| {
        let mut found = Vec::new();
        for manifest in manifests {
            if query.fits(manifest)? != arguments.invert_match {
                found.push(manifest.clone());
            }
        }
        stream(&found, look)
    };
    let text = match only_folder(&arguments.directories)? {
        Some(folder) => of_packages(folder, arguments.packages.recurse, print)?,
        None => print(&read_stdin()?)?,
    };
    write_stdout(&text)
}

/// A field, and what is asked of it.
struct Query {
    path: FieldPath,
    test: Test,
}

enum Test {
    Pattern(Pattern),
    /// The orderings that are all right, of the value to this one.
    Limit(&'static [Ordering], Quantity),
}

impl Query {
    /// Understands `path=pattern`, `path>limit` and their like; the path alone asks whether the field is there.
    fn parse(text: &str) -> Result<Query> {
        let mut parts = FieldPath::split(text)?;
        let last = parts.pop().unwrap_or_default();
        let comparisons: [(&str, &'static [Ordering]); 4] = [
            (">=", &[Ordering::Greater, Ordering::Equal]),
            ("<=", &[Ordering::Less, Ordering::Equal]),
            (">", &[Ordering::Greater]),
            ("<", &[Ordering::Less]),
        ];
        let comparison = comparisons.into_iter().find(|(sign, _)| last.contains(sign));
        let sides: Vec<&str> = last.split(comparison.map_or("=", |(sign, _)| sign)).collect();
        let (field, value) = match sides.as_slice() {
            [field] => (*field, ""),
            [field, value] => (*field, *value),
            _ => return Err(usage(format!("{last} compares more than once"))),
        };
        parts.push(field.to_owned());
        let test = match comparison {
            Some((_, orderings)) => Test::Limit(orderings, quantity(value)?),
            None => {
                let pattern = Pattern::search(value);
                Test::Pattern(pattern.map_err(|_| usage(format!("{value} is no regular expression")))?)
            }
        };
        Ok(Query { path: FieldPath::new(&parts)?, test })
    }

    fn fits(&self, manifest: &Manifest) -> Result<bool> {
        let mut fits = false;
        for hit in self.path.hits(&manifest.tree) {
            fits |= self.test.fits(&hit)?;
        }
        Ok(fits)
    }
}

impl Test {
    fn fits(&self, hit: &Hit) -> Result<bool> {
        match self {
            Test::Pattern(pattern) => Ok(pattern.is_match(hit.shown.replace('"', "").trim())),
            Test::Limit(..) if hit.value.is_empty() => Ok(false),
            Test::Limit(orderings, limit) => Ok(orderings.contains(&quantity(&hit.value)?.cmp(limit))),
        }
    }
}

fn quantity(text: &str) -> Result<Quantity> {
    Quantity::parse(text).ok_or_else(|| usage(format!("{text} is no number or quantity, and cannot be compared")))
}

fn usage(message: String) -> Error {
    Error::new(Code::Usage, message)
}
