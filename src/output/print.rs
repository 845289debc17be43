//! Printing for whoever wants nothing but the text: each resource is let go when its text is there.

use std::sync::Arc;

use rustomize_yaml::Tree;

use super::render::{Notes, SEPARATOR, append_text, room_for, work_for};
use crate::diagnostics::{Diagnostic, Result, Sources};
use crate::parallel;
use crate::resource::{Resource, ResourceSet};

/// What a build came to, as text alone, which takes less memory than an [`Output`](super::Output): in pieces where it is
/// long, so that it never needs to be there twice.
#[derive(Debug, Default)]
pub struct Printed {
    texts: Vec<String>,
    /// What is left of the resources: to take them apart is up to whoever does not end the process next.
    _rest: Vec<Resource>,
    warnings: Vec<Diagnostic>,
}

impl Printed {
    /// The pieces, which follow one another, with what separates the resources.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// What there was to warn of.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The same text, with warnings.
    pub fn with_warnings(self, warnings: Vec<Diagnostic>) -> Printed {
        Printed { warnings, ..self }
    }
}

/// Turns resources into text, as [`render`](super::render()) does, and fails as it does.
pub fn print(resources: ResourceSet, notes: &Notes, sources: &Sources) -> Result<Printed> {
    let mut resources = resources.into_vec();
    let work = work_for(&resources);
    let parts = parallel::map_parts(&mut resources, work, |part| print_part(part, notes, sources));
    let mut texts = Vec::with_capacity(resources.len());
    for part in parts {
        texts.extend(part?);
    }
    if let Some(last) = texts.last_mut() {
        last.truncate(last.len() - SEPARATOR.len());
    }
    Ok(Printed { texts, _rest: resources, warnings: Vec::new() })
}

/// Like [`print`], in one piece and by this thread alone. What a resource took is at hand for the next one.
pub fn print_in_one(resources: ResourceSet, notes: &Notes, sources: &Sources) -> Result<Printed> {
    let resources = resources.into_vec();
    let mut text = String::with_capacity(resources.iter().map(|resource| room_for(resource) + SEPARATOR.len()).sum());
    for mut resource in resources {
        if !text.is_empty() {
            text.push_str(SEPARATOR);
        }
        append_text(&mut resource, notes, sources, &mut text)?;
        resource.note_room();
    }
    Ok(Printed { texts: vec![text], ..Printed::default() })
}

/// How long a piece is at most: copies of this length find room where the trees of resources were.
const LONGEST: usize = 1 << 16;

/// The texts of the resources, each with the separator behind it, in pieces.
fn print_part(resources: &mut [Resource], notes: &Notes, sources: &Sources) -> Result<Vec<String>> {
    let nothing = Arc::new(Tree::made());
    let mut room = String::new();
    let mut texts = Vec::with_capacity(resources.len());
    for resource in resources {
        room.clear();
        room.reserve(room_for(resource));
        append_text(resource, notes, sources, &mut room)?;
        room.push_str(SEPARATOR);
        resource.set_tree(nothing.clone());
        let mut rest = room.as_str();
        // The separator stays in one piece: behind the last resource it will be cut off.
        while rest.len() > LONGEST + SEPARATOR.len() {
            let (piece, behind) = rest.split_at(rest.floor_char_boundary(LONGEST));
            texts.push(piece.to_owned());
            rest = behind;
        }
        texts.push(rest.to_owned());
    }
    Ok(texts)
}
