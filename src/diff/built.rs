//! What kustomizations build to, as sides of a comparison.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{FileId, Source};

use super::mask::Mask;
use super::object::{Object, Side};
use crate::BuildOptions;
use crate::diagnostics::{Error, Result};
use crate::output::Output;
use crate::schema::Schema;
use crate::session::Session;

/// What a kustomization builds to.
#[derive(Debug)]
pub struct Built {
    directory: String,
    output: Output,
    schema: Schema,
}

impl Built {
    /// Builds a directory. Fails as the build does.
    pub fn of(session: &Session, options: &BuildOptions, directory: &str) -> Result<Built> {
        let (output, schema) = session.build_with_schema(options, directory)?;
        Ok(Built { directory: directory.to_owned(), output, schema })
    }

    /// The objects that it comes to.
    pub fn side(&self, mask: &Mask) -> Result<Side> {
        self.side_beside(&FxHashMap::default(), mask)
    }

    /// The objects of two builds that are to be compared. Those that are printed the same are not looked into: in most
    /// comparisons that is nearly all of them.
    pub fn sides(before: &Built, after: &Built, mask: &Mask) -> Result<[Side; 2]> {
        let of_before: FxHashMap<&str, usize> = before.output.texts().map(|(_, text)| text).zip(0..).collect();
        let same: FxHashMap<&str, usize> =
            after.output.texts().filter_map(|(_, text)| Some((text, *of_before.get(text)?))).collect();
        let sides = [before.side_beside(&same, mask)?, after.side_beside(&same, mask)?];
        Ok(sides)
    }

    fn side_beside(&self, same: &FxHashMap<&str, usize>, mask: &Mask) -> Result<Side> {
        let mut objects = Vec::new();
        for (resource, text) in self.output.texts() {
            if let Some(number) = same.get(text) {
                objects.push(Object::same(resource, *number));
                continue;
            }
            let source = Arc::new(Source::new(FileId::default(), "the build", text));
            let printed = rustomize_yaml::read_resources(&source).map_err(|error| Error::from_yaml(error, &source))?;
            objects.extend(printed.first().map(|printed| Object::new(resource, printed, true, mask)));
        }
        for (number, object) in objects.iter_mut().enumerate() {
            object.number = number;
        }
        Ok(Side { objects, built: Some(self.directory.clone()), schema: self.schema.clone() })
    }
}
